"""The scenarios for teachers are sound: those of the folder `classroom`, and the flagship's exercise."""

from functools import cache
from pathlib import Path

import pytest

from escalation.classroom.exercise import Exercise, exercise_of, offered
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import Simulation, simulate
from escalation.experiments.expectations import check_expectations
from escalation.language.resolve import Resolved, read_scenario, resolve_given
from escalation.model.build import build
from escalation.model.trajectory import Point

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FLAGSHIP = SCENARIOS / "seoul-2024.yaml"
FULL, LESSON = SCENARIOS / "seoul-2024" / "classroom.yaml", SCENARIOS / "classroom" / "forty-five-minutes.yaml"
LIRATH = SCENARIOS / "classroom" / "lirath.yaml"
REAL = (
    "seoul",
    "korea",
    "pyongyang",
    "moscow",
    "russia",
    "kyiv",
    "ukrain",
    "washington",
    "america",
    "kremlin",
    "kursk",
)

Files = tuple[Path, ...]
every_exercise = pytest.mark.parametrize(
    "files", [(FLAGSHIP, FULL), (FLAGSHIP, LESSON), (LIRATH,)], ids=["flagship", "lesson", "lirath"]
)


@cache
def resolved(files: Files) -> Resolved:
    return read_scenario(files[0], files[1:])


@cache
def exercise(files: Files) -> Exercise:
    return exercise_of(resolved(files).scenario)


@cache
def program(files: Files) -> Program:
    return prepare(build(resolved(files).scenario))


def test_every_file_for_class_is_tested() -> None:
    """Nothing lies in the folder that these tests do not read."""
    assert set((SCENARIOS / "classroom").glob("*.yaml")) == {LESSON, LIRATH}


@every_exercise
def test_a_scenario_for_class_has_no_note_and_no_bare_number(files: Files) -> None:
    """Reading it finds nothing to say, and every number rests on a source or an assumption."""
    assert [note.message for note in resolved(files).notes] == []
    numbers = resolved(files).scenario.numbers
    assert [each.path for each in numbers if not each.basis.sources and each.basis.assumption is None] == []


@every_exercise
def test_an_exercise_is_complete(files: Files) -> None:
    """Every playable actor has a role with seats, aims, brief, screen and menu; there are questions and a note."""
    played, scenario = exercise(files), resolved(files).scenario
    if LESSON not in files:
        assert {role.actor for role in played.roles} == {
            name for name, each in scenario.actors.items() if each.playable
        }
    for role in played.roles:
        assert min(map(len, (role.seats, role.aims, role.sees, role.choices))) >= 1, role.actor
        assert len(role.brief) > 60
    assert len(played.forecasts) >= 2
    assert {bool(inject.turn) for inject in played.injects} == {True, False}
    assert any(inject.offered for inject in played.injects)
    assert len(played.debrief) >= 2
    assert len(played.note) > 60


@every_exercise
def test_every_order_has_a_sentence_of_help_or_is_of_a_ladder(files: Files) -> None:
    """What an event's order means is said beside it."""
    played = exercise(files)
    sim = Simulation(prepare(played.model), Point(played.model.policies[0].name, 1, 1))
    sim.run(0)
    ladders = {ladder.name for ladder in resolved(files).scenario.ladders}
    for role in played.roles:
        for item in offered(played, role, sim.save().values):
            assert item.help or item.choice.split(".")[0] in ladders, item.choice


@every_exercise
def test_everybody_can_do_something_in_some_turn(files: Files) -> None:
    """Left to the model, twelve trajectories show each role at least one order that it could give."""
    played = exercise(files)
    code, able = prepare(played.model), set()
    for number in range(12):
        sim = Simulation(code, Point(played.model.policies[0].name, number, number))
        for until in played.instants[:-1]:
            sim.run(until)
            values = sim.save().values
            able |= {
                role.actor for role in played.roles if any(item.possible for item in offered(played, role, values))
            }
    assert able == {role.actor for role in played.roles}


@pytest.mark.parametrize("overlay", [FULL, LESSON], ids=["full", "lesson"])
def test_an_exercise_on_the_flagship_changes_no_firing(overlay: Path) -> None:
    """With it laid over the core every trajectory is as it was, rule by rule."""
    for number in range(6):
        point = Point("as-stated", number, number)
        plain = simulate(program((FLAGSHIP,)), point, record=True)
        assert simulate(program((FLAGSHIP, overlay)), point, record=True).log == plain.log


def test_the_short_lesson_fits_into_forty_five_minutes() -> None:
    """Its turns, with three minutes each to lock and reveal, leave a quarter of an hour for briefing and debrief."""
    played = exercise((FLAGSHIP, LESSON))
    assert played.turns * (played.minutes + 3) <= 30
    assert not played.practice


def test_the_invented_scenario_names_nobody_real() -> None:
    """No real country or capital of the flagship's story stands in it."""
    text = LIRATH.read_text(encoding="utf-8").casefold()
    assert [name for name in REAL if name in text] == []


def test_the_invented_scenario_keeps_its_claims() -> None:
    """At a small n a claim may be undecided, and none is false."""
    read = resolved((LIRATH,))
    verdicts = check_expectations(read.scenario, lambda given: resolve_given(read, given), n=60)
    assert len(verdicts) == len(read.scenario.expectations) > 0
    assert [each.sentence for each in verdicts if each.status == "fails"] == []


def test_the_invented_scenario_fails_no_trajectory() -> None:
    """Fifty trajectories under each policy reach the horizon."""
    code = program((LIRATH,))
    for policy in code.model.policies:
        for number in range(50):
            assert simulate(code, Point(policy.name, number, number)).failure is None, (policy.name, number)
