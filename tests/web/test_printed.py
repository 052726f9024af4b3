"""What is printed for a class comes from the exercise: every seat, every order, every turn."""

import itertools
from collections import Counter
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from escalation.classroom.exercise import Exercise, exercise_of
from escalation.language.resolve import read_scenario
from escalation.web.printed import KINDS, cards_of, menu_of, plan_of, printed
from tests.web.played import SCENARIO, venue_of_lirath
from tests.web.stand import teach_app, teacher, venue_in


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return exercise_of(read_scenario(SCENARIO).scenario)


@pytest.fixture
def asked(tmp_path: Path) -> Any:
    from starlette.requests import Request

    from escalation.web.security import Visitor

    app = teach_app(venue_in(tmp_path))
    return Request({"type": "http", "app": app, "headers": [], "state": {"visitor": Visitor("teach", "x")}})


def body(asked: Any, kind: str, exercise: Exercise) -> str:
    return bytes(printed(asked, kind, exercise).body).decode()


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_is_made_of_the_exercise(asked: Any, kind: str, exercise: Exercise) -> None:
    """It names the exercise, and what can be pressed on it is not printed."""
    page = body(asked, kind, exercise)
    assert "Lirath" in page
    assert page.count("<form") == page.count('<form class="screen ') == (kind == "cards")


def test_there_is_a_sheet_for_each_seat_and_turn_with_every_order(asked: Any, exercise: Exercise) -> None:
    """Paper mode gives each seat, each turn, a box for every order and one for waiting."""
    page = body(asked, "sheets", exercise)
    assert page.count('<article class="sheet">') == len(exercise.roles) * exercise.turns
    boxes = sum(1 + len(menu_of(exercise, role.actor)) for role in exercise.roles) * exercise.turns
    assert page.count('class="box"') == boxes


def test_there_is_a_card_for_each_person_of_each_seat(asked: Any, exercise: Exercise) -> None:
    """A seat with four titles has four cards."""
    cards = sum(len(role.seats or (role.role,)) for role in exercise.roles)
    assert body(asked, "cards", exercise).count('class="card cut"') == cards


def test_a_class_of_any_size_has_a_card_each(exercise: Exercise) -> None:
    """Seats differ by one person at most; each title is given once, and the others advise."""
    names = [role.name for role in exercise.roles]
    for people in (1, len(names) + 1, 20, 200):
        cards = cards_of(exercise, people)
        sizes = Counter(name for name, _ in cards)
        assert len(cards) == len(set(cards)) == people
        assert max(sizes.values()) - min(sizes[name] for name in names) <= 1
    assert {title for role in exercise.roles for title in role.seats} < {title for _, title in cards_of(exercise, 200)}
    assert sum(title.startswith("Adviser") for _, title in cards_of(exercise, 20)) > 0


def test_a_brief_names_the_conditions_of_an_order(asked: Any, exercise: Exercise) -> None:
    """Every gate of every order by its label."""
    page = unescape(body(asked, "briefs", exercise))
    gates = {label for role in exercise.roles for item in menu_of(exercise, role.actor) for label, _ in item.gates}
    assert gates
    assert all(f"<li>{each}</li>" in page for each in gates)


def test_the_steps_of_the_plan_follow_one_another(exercise: Exercise) -> None:
    """Each begins when the one before ends, and every turn is there."""
    steps = plan_of(exercise, 6)
    assert steps[0].begins == 0
    assert all(later.begins == earlier.begins + earlier.minutes for earlier, later in itertools.pairwise(steps))
    assert sum(step.what.startswith("Turn ") for step in steps) == exercise.turns


def test_the_instructor_finds_what_is_printed_and_the_wall_with_its_code(tmp_path: Path) -> None:
    """The links of the page that steers lead to each page to print, and to the wall, on this machine with the code."""
    venue = venue_of_lirath(tmp_path)
    client, code = teacher(venue), venue.session.open_room(1.0)
    assert [client.get(f"/teach/print/{kind}").status_code for kind in (*KINDS, "else")] == [200, 200, 200, 200, 404]
    assert code in client.get("/wall").text
    venue.session.close()
