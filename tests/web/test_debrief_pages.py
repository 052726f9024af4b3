"""What the debrief's pages say of classes whose numbers are known."""

import threading
import time
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import pytest

from escalation.classroom.debrief_beliefs import beliefs, came_true
from escalation.classroom.debrief_luck import luck_or_choice
from escalation.classroom.debrief_path import paths
from escalation.classroom.debrief_secrets import secrets
from escalation.classroom.debrief_turns import which_turn
from escalation.classroom.debrief_what_if import change_of, what_if
from escalation.classroom.record import Believed, Record
from escalation.classroom.state import Changed
from escalation.model.script import Decide, Held
from escalation.reporting.class_debrief import Page
from escalation.web import debrief_judgement
from escalation.web.debrief_answers import asked_of, change_said, what_if_page, what_we_believed
from escalation.web.debrief_course import _became, was_it_likely
from escalation.web.debrief_voice import Voice
from escalation.web.debriefing import CannotTell, Debriefing, Sizes
from escalation.web.text import text
from tests.classroom.toys import HEAD, exercise_from, played

TOY = f"""
{HEAD}
state:
  armed: {{initial: false, seen_by: [north], assumption: invented}}
  ready: {{initial: false, seen_by: [south], assumption: invented}}
  shot: {{initial: false, assumption: invented}}
  men: {{initial: 100, assumption: invented}}
events:
  arm:
    {{actor: north, label: Arm the guns, while: not armed, rate: 1 / 9 days, effect: {{armed: true}},
     play: {{help: Arm}}, assumption: invented}}
  wait_and_see:
    {{actor: south, label: Send an envoy, while: not ready, rate: 1 / 9 days, effect: {{ready: true}},
     play: {{help: Send}}, assumption: invented}}
  shoot: {{label: A shot is fired, while: armed and not shot, rate: 1 / 20 days, effect: {{shot: true}},
    assumption: invented}}
intelligence:
  men_seen:
    of: men
    seen_by: [south]
    label: Men at the border
    reports: {{scouts: {{every: 1 day, error: 1.5, assumption: invented}}}}
measures:
  shots: {{ever: shot, label: A shot}}
classroom:
  turn: 10 days
  roles: {{north: {{sees: [armed], orders: [arm]}}, south: {{sees: [men_seen, ready], orders: [wait_and_see]}}}}
  forecasts: [{{ask: Will the guns be armed?, resolves: armed, by_turn: 1}}]
"""


@cache
def record(*orders: tuple[int, tuple[str, ...]]) -> Record:
    return played(exercise_from(TOY), dict(orders), 3)


@cache
def armed() -> Record:
    return record((1, ("arm",)), (2, ("wait_and_see",)))


def voice() -> Voice:
    return Voice.of(armed().exercise)


def words(page: Page) -> str:
    """Everything that is read on a page."""
    tables = [cell for table in page.tables for row in table.rows for cell in row]
    charts = [f"{chart.heading} {chart.sentence}" for chart in page.charts]
    stories = [line for story in page.stories for line in (story.heading, *story.lines)]
    return " ".join([page.answer, *page.paragraphs, *charts, *tables, *stories, page.note, *page.talk])


def test_a_change_is_said_by_names():
    """An order left out, one given after all, and one in another's place, without an identifier."""
    left_out = Changed(1, "north", "arm", True)
    assert change_said(voice(), left_out) == "Had The North not ordered “Arm the guns” in turn 1"
    added = Changed(2, "south", "wait_and_see", False)
    assert change_said(voice(), added) == "Had The South ordered “Send an envoy” in turn 2 after all"


def test_what_if_says_by_how_much_and_how_sure():
    """Without arms no shot: the share falls to nothing, with an interval and its n; predictions stand beside it."""
    settled = Changed(1, "north", "arm", True)
    found = what_if(armed(), change_of(armed(), settled), 200)
    page = what_if_page(voice(), settled, found, (0.1, 0.5))
    value = found.differences["shots"].estimate
    assert value.low is not None
    assert -0.8 < value.low < value.value < -0.4
    assert "A shot" in page.answer
    assert "points (−" in page.answer
    assert "2 predicted, 30\u202f% on average, from 10\u202f% to 50\u202f%" in words(page)
    assert "nearest prediction was 10\u202f%" in words(page)
    assert [row for row in page.charts[0].table.rows if row[-1] == "200"]
    assert [story.heading for story in page.stories if "A shot is fired" in " ".join(story.lines)] == []


def test_a_change_that_changes_nothing_is_told_as_that():
    """An envoy moves no measure: exactly nothing, and no number is made up for it."""
    settled = Changed(2, "south", "wait_and_see", True)
    page = what_if_page(voice(), settled, what_if(armed(), change_of(armed(), settled), 20), ())
    assert "nothing that is measured would be different" in page.answer
    assert "Nobody predicted" in words(page)


def test_the_turn_that_mattered_is_named():
    """Arming in turn 1 made the shot; the envoy of turn 2 is exactly zero, and seats are told apart."""
    effects = which_turn(armed(), 100)
    page = debrief_judgement.which_turn(voice(), armed(), effects)
    assert page.answer.startswith("Turn 1:")
    assert "Turn 2: Send an envoy" in [row[0] for row in page.charts[0].table.rows]
    assert debrief_judgement.turns_to_judge(voice(), effects)[0][:2] == ("north", 1)
    nothing = record()
    page = debrief_judgement.which_turn(voice(), nothing, which_turn(nothing, 5))
    assert "Nobody gave an order" in page.answer


def test_luck_is_told_from_choice():
    """With these orders a shot comes in some futures and not in others; without any it never does."""
    page = debrief_judgement.luck_or_choice(voice(), luck_or_choice(armed(), 60))
    assert "“A shot”" in page.answer
    assert "likelier way" in page.answer or "less likely way" in page.answer or "either way" in page.answer
    assert [row[-1] for row in page.charts[0].table.rows] == ["60"] * 3
    found = luck_or_choice(armed(), 400)
    for impossible, said, unsaid in (((0.4, 0.1), "chosen", "barred"), ((0.5, 0.1), "barred", "chosen")):
        made = debrief_judgement.luck_or_choice(voice(), replace(found, impossible=impossible))
        assert text(f"told.luck_{said}") in made.paragraphs[0]
        assert text(f"told.luck_{unsaid}") not in made.paragraphs[0]
    apart = {"value": 0.5, "low": 0.45, "high": 0.55}, {"value": 0.3, "low": 0.25, "high": 0.35}
    meeting = {"value": 0.5, "low": 0.35, "high": 0.65}, {"value": 0.4, "low": 0.25, "high": 0.55}
    for (ours, model), tells in ((apart, True), (meeting, False)):
        both = replace(
            found,
            other_futures={"shots": replace(found.other_futures["shots"], **ours)},
            baseline={"shots": replace(found.baseline["shots"], **model)},
        )
        assert (text("told.luck_chosen") in words(debrief_judgement.luck_or_choice(voice(), both))) == tells
    for share, came, said in (
        (0.9, 1.0, "likely"),
        (0.9, 0.0, "unlikely"),
        (0.1, 1.0, "unlikely"),
        (0.1, 0.0, "likely"),
        (0.5, 1.0, "open"),
    ):
        same = {"shots": replace(found.same_future["shots"], value=share)}
        made = debrief_judgement.luck_or_choice(voice(), replace(found, same_future=same, happened={"shots": came}))
        assert text(f"told.luck_{said}") in made.answer
    held = debrief_judgement.luck_or_choice(voice(), luck_or_choice(record(), 60))
    assert "did in none of 60 futures like ours" in held.answer


def test_a_page_has_no_identifier_of_the_model():
    """Names, orders and measures are called as their author calls them."""
    effects, given = which_turn(armed(), 5), Changed(1, "north", "arm", True)
    pages = [
        debrief_judgement.which_turn(voice(), armed(), effects),
        debrief_judgement.luck_or_choice(voice(), luck_or_choice(armed(), 5)),
        was_it_likely(voice(), armed(), paths(armed(), 5)),
        what_if_page(voice(), given, what_if(armed(), change_of(armed(), given), 5), ()),
    ]
    for page in pages:
        for raw in ("wait_and_see", "men_seen", "north", "south", "shots"):
            assert raw not in words(page)


def test_what_a_seat_read_stands_beside_the_truth():
    """A source that always says half as much again: 150 was read where 100 was true."""
    known = secrets(armed())
    assert {each.actor for each in known} == {"south"}
    assert {(each.read, each.truth) for each in known if each.read is not None} == {(150.0, 100.0)}
    page = what_we_believed(voice(), armed(), beliefs((), {}), {}, known)
    assert "The South read 150 for “Men at the border" in words(page)
    assert "and the truth was 100" in words(page)


def test_a_forecast_is_scored_by_what_came_at_the_end_of_its_turn():
    """The guns were armed in turn 1: 90 % scores 0.01, which is better than always saying a half."""
    came = came_true(armed())
    assert came == {0: True}
    assert came_true(record()) == {0: False}
    given = (Believed(0, "Ada", "north", 1, 0.9),)
    page = what_we_believed(voice(), replace(armed(), forecasts=given), beliefs(given, came), came, ())
    assert "Brier score of 0.01" in page.answer
    assert "better than always saying 50 %" in page.answer
    assert "“Will the guns be armed?” Yes. The one answer was 90\u202f%." in words(page)


def test_of_two_equal_orders_one_that_was_held_is_told_as_held_once():
    """The first was carried out, the second was not possible any more."""
    order = Decide(0, "north.arm")
    turn = SimpleNamespace(held=(Held(Decide(0, "north.arm"), "once is enough"),))
    voice = SimpleNamespace(why_held=lambda held: held.why)
    assert _became(voice, turn, (order, Decide(0, "north.arm"))) == ["carried out", "not possible: once is enough"]  # type: ignore[arg-type]


def test_a_scenario_that_measures_nothing_says_so(tmp_path):
    """No page breaks: two say that there is nothing to compare, and a prediction can still be asked for."""
    bare = played(exercise_from(TOY.replace("measures:\n  shots: {ever: shot, label: A shot}\n", "")), {1: ("arm",)})
    assert asked_of(Voice.of(bare.exercise), Changed(1, "north", "arm", True)) is None
    making = Debriefing(SimpleNamespace(worked=0), Sizes(5, 5, 60))  # type: ignore[arg-type]
    session = session_of(("a",))
    session.exercise, session.record = bare.exercise, lambda: bare
    session.play = SimpleNamespace(happened=lambda turn: ())
    session.state.told = SimpleNamespace(stage="answer", change=Changed(1, "north", "arm", True))
    pages = making.all(session)
    assert making.failed == {}
    assert [each.number for each in pages if "measures nothing" in each.answer] == [4, 5]


# ---------------------------------------------------------------------- worked out beside the class


def session_of(digests: tuple[str, ...], failing: bool = False):
    """What a debriefing asks of a session."""
    told = SimpleNamespace(stage="", change=None)
    state = SimpleNamespace(
        done=[SimpleNamespace(turn=place + 1, digest=each) for place, each in enumerate(digests)],
        told=told,
        predictions={},
        forecasts={},
        hands={},
        proposals={},
        members={},
        phase="debrief",
    )
    return SimpleNamespace(folder="class", state=state, record=lambda: failing)


class Counted(Debriefing):
    """Makes a page of nothing, and counts."""

    def _maker(self, session, number, record, change):
        def make():
            self.made_pages = [*getattr(self, "made_pages", []), threading.current_thread().name]
            if record:
                raise ValueError("no luck can be drawn again")
            yield Page(number, "?", "!")

        return make


def waited(making: Debriefing, session, number: int) -> Page | None:
    """The page once it is there; gives up after ten seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        found = making.page(session, number)
        if found is not None:
            return found
        time.sleep(0.01)
    return None


def test_a_page_is_made_once_and_elsewhere():
    """Asking never waits; another thread makes it, once; a turn that was played again makes another."""
    venue = SimpleNamespace(worked=0)
    making = Counted(venue)  # type: ignore[arg-type]
    session = session_of(("a", "b"))
    assert making.page(session, 1) is None
    assert waited(making, session, 1) == Page(1, "?", "!")
    assert making.page(session, 1) is making.page(session, 1)
    assert len(making.made_pages) == 1
    assert threading.current_thread().name not in making.made_pages
    assert venue.worked == 1
    assert making.page(session_of(("a", "c")), 1) is None


def test_what_if_has_no_page_before_its_answer():
    """Neither asked for nor ahead: nothing of it can be seen before the predictions are closed."""
    making = Counted(SimpleNamespace(worked=0))  # type: ignore[arg-type]
    session = session_of(("a",))
    session.state.told = SimpleNamespace(stage="predict", change=Changed(1, "north", "arm", True))
    assert making.page(session, 5) is None
    assert [each.number for each in making.all(session)] == [1, 2, 3, 4, 6]


def test_a_change_is_worked_out_while_it_is_predicted(monkeypatch):
    """The numbers are begun as the change is settled, once, and a change that cannot be is no fault of the clock."""
    session = session_of(("a",))
    change = Changed(1, "north", "arm", True)
    session.state.told = SimpleNamespace(stage="predict", change=change)
    session.state.turn = session.state.turns = 1
    making, asked = Counted(SimpleNamespace(worked=0, session=session, name="class")), threading.Event()  # type: ignore[arg-type]
    making.warmed.add("class")
    times = []

    def refuse(record, settled):
        times.append(settled)
        asked.set()
        raise ValueError("no luck can be drawn again")

    monkeypatch.setattr(making, "_change", refuse)
    making.look()
    making.look()
    assert asked.wait(10)
    assert times == [change]


def test_a_page_that_cannot_be_made_says_why(capsys):
    """And the others are there."""
    making = Counted(SimpleNamespace(worked=0))  # type: ignore[arg-type]
    session = session_of(("a",), failing=True)
    with pytest.raises(CannotTell, match="no luck can be drawn again"):
        waited(making, session, 1)
    assert making.all(session) == ()
    assert "no luck" in capsys.readouterr().err
