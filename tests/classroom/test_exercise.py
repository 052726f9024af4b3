"""A scenario becomes an exercise: turns, menus, what a seat reads and fills in, and the model cut at the last turn."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.classroom.exercise import (
    BadOrder,
    Exercise,
    NoClassroom,
    exercise_of,
    filled,
    label_of,
    offered,
    shown,
    takes,
    told,
)
from escalation.classroom.model_play import ModelPlay
from escalation.engines.compiled.engine import Compiled
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import Simulation, simulate
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from escalation.model.calendar import DAY
from escalation.model.evaluate import evaluate
from escalation.model.identity import identity
from escalation.model.process import Months
from escalation.model.scenario import Scenario
from escalation.model.script import Force, Put
from escalation.model.trajectory import Point

ROOT = Path(__file__).parents[2]
FLAGSHIP = (ROOT / "scenarios" / "seoul-2024.yaml", (ROOT / "scenarios" / "seoul-2024" / "classroom.yaml",))
LESSON = (FLAGSHIP[0], (ROOT / "scenarios" / "classroom" / "forty-five-minutes.yaml",))
LIRATH = (ROOT / "scenarios" / "classroom" / "lirath.yaml", ())
every_exercise = pytest.mark.parametrize("files", [FLAGSHIP, LESSON, LIRATH], ids=["seoul", "lesson", "lirath"])


@cache
def scenario(files: tuple[Path, tuple[Path, ...]]) -> Scenario:
    return read_scenario(*files).scenario


@cache
def exercise(files: tuple[Path, tuple[Path, ...]]) -> Exercise:
    return exercise_of(scenario(files), build(scenario(files)))


@cache
def program(files: tuple[Path, tuple[Path, ...]]) -> Program:
    return prepare(exercise(files).model)


@pytest.fixture(scope="module")
def small() -> Exercise:
    return exercise_of(read_scenario(Path(__file__).parent / "small.yaml").scenario)


def started(program: Program, point: Point) -> Simulation:
    """A trajectory at its first settled instant."""
    sim = Simulation(program, point)
    sim.run(0)
    return sim


def begun(small: Exercise) -> Simulation:
    return started(prepare(small.model), Point("baseline", 1, 1))


# ---------------------------------------------------------------------- turns, and the model


def test_turns_fill_the_time_there_is(small: Exercise) -> None:
    """Months are counted from the start, and a turn that would end after the horizon is none."""
    assert small.instants == (0, 28 * DAY, 59 * DAY)
    assert small.turns == 2
    assert small.scenario.classroom is not None
    assert small.scenario.classroom.turn == Months(1)
    assert (small.minutes, small.practice, small.late) == (8, False, "hold")


def test_the_model_ends_with_the_last_turn(small: Exercise) -> None:
    """Horizon, series and windows are cut at the last turn's end; a measure that begins later watches nothing."""
    assert small.model.horizon == small.instants[-1]
    measures = {measure.name: measure for measure in small.model.measures}
    assert set(measures) == {"path", "early"}
    assert measures["early"].during == (5 * DAY, 59 * DAY)
    sim = begun(small)
    sim.run()
    assert len(sim.trajectory().series["path"]) == 9


@every_exercise
def test_cutting_changes_nothing_before_the_cut(files: tuple[Path, tuple[Path, ...]]) -> None:
    """A trajectory of the exercise is the scenario's own, up to the end of the last turn."""
    whole, end = prepare(build(scenario(files))), exercise(files).instants[-1]
    policy = whole.model.policies[0].name
    for number in range(4):
        point = Point(policy, number, number)
        log = [each for each in simulate(whole, point, record=True).log if each.time <= end]
        cut = simulate(program(files), point, record=True).log
        assert [(each.time, each.rule) for each in cut] == [(each.time, each.rule) for each in log]


@every_exercise
def test_both_engines_play_the_exercise(files: tuple[Path, tuple[Path, ...]]) -> None:
    """The cut model is a model like any other: compiled, it gives the measures that SimPy gives."""
    model = exercise(files).model
    points = [Point(model.policies[0].name, number, number) for number in range(3)]
    sims = [started(program(files), point) for point in points]
    batch = Compiled(model).go_on([sim.save() for sim in sims])
    names = [measure.name for measure in model.measures if measure.how != "series"]
    for row, point in enumerate(points):
        told_by_simpy = simulate(program(files), point).measures
        for column, name in enumerate(names):
            value = told_by_simpy[name]
            assert value is None or batch.values[row, column] == float(value), name


def test_a_classroom_changes_no_model() -> None:
    """With or without the block a scenario is the same model, and so the same results."""
    read = read_scenario(ROOT / "tests" / "cases" / "valid" / "classroom.yaml").scenario
    assert read.classroom is not None
    assert identity(build(read)) == identity(build(replace(read, classroom=None)))


@every_exercise
def test_the_resolved_text_gives_the_same_exercise(files: tuple[Path, tuple[Path, ...]], tmp_path: Path) -> None:
    """What `show` prints can be kept beside a session: read again it has the same model, seats, menus and sentences."""
    kept = tmp_path / "kept.yaml"
    kept.write_text(read_scenario(*files).text, encoding="utf-8")
    again = exercise_of(read_scenario(kept).scenario)
    assert identity(again.model) == identity(exercise(files).model)
    for part in ("instants", "roles", "needs", "unknown_gates", "projector", "note", "debrief", "minutes", "late"):
        assert getattr(again, part) == getattr(exercise(files), part), part


def test_what_cannot_be_played_says_so(small: Exercise) -> None:
    """A scenario without the block, or without a role, is refused in a sentence; so is another scenario's model."""
    with pytest.raises(NoClassroom, match="cannot be played in class"):
        exercise_of(replace(small.scenario, classroom=None))
    assert small.scenario.classroom is not None
    with pytest.raises(NoClassroom, match="nobody to play"):
        exercise_of(replace(small.scenario, classroom=replace(small.scenario.classroom, roles=())))
    with pytest.raises(ValueError, match="not that of this scenario"):
        exercise_of(small.scenario, exercise(LIRATH).model)


# ---------------------------------------------------------------------- what a seat reads


@every_exercise
def test_whatever_a_screen_shows_has_a_value(files: tuple[Path, tuple[Path, ...]]) -> None:
    """Every name of a screen, question and inject can be read at every turn's end, and has a label of its own."""
    played, sim = exercise(files), Simulation(program(files), Point(program(files).model.policies[0].name, 2, 2))
    names = {*played.projector, *(name for role in played.roles for name in role.sees)}
    for until in played.instants:
        sim.run(until)
        values = sim.save().values
        for name in names:
            assert told(played, name, values)
            assert label_of(played, name) != name
            assert name in values
        for forecast in played.forecasts:
            assert evaluate(forecast.resolves, values) in (True, False)
        for inject in played.injects:
            assert inject.when is None or evaluate(inject.when, values) in (True, False)


def test_values_are_written_for_a_reader(small: Exercise) -> None:
    """Three digits and a unit, shares in per cent, times in days, truths as yes and no, rungs by their labels."""
    assert shown(small, "sent", 10_234.5) == "10,200 troops"
    assert shown(small, "sent", 7.0) == "7 troops"
    assert shown(small, "mood", 0.1234) == "12\u202f%"
    assert shown(small, "waited", 36 * 3_600_000.0) == "1.50 days"
    assert shown(small, "ready", True) == "yes"
    assert shown(small, "south.decided", 1) == "Deeds"
    assert shown(small, "seen", float("nan")) == shown(small, "seen", None) == "not known"
    assert label_of(small, "seen.scouts") == "Seen: Scouts"
    assert label_of(small, "south.decided") == "South: decided"


def test_a_reading_is_not_known_until_a_report_has_come(small: Exercise) -> None:
    """Before the first report the screen says so, and afterwards it has the number."""
    sim = begun(small)
    sim.run(9 * DAY)
    assert told(small, "seen", sim.save().values) == "not known"
    sim.run(11 * DAY)
    assert told(small, "seen", sim.save().values).endswith(" troops")
    assert told(small, "least", sim.save().values) == "5\u202f%"


# ---------------------------------------------------------------------- what a seat orders


def test_a_menu_has_the_choices_that_a_role_may_order(small: Exercise) -> None:
    """Orders name events and ladders; without them a role has all that are its own."""
    assert small.role("north").choices == ("march",)
    assert small.role("south").choices == ("south.deeds.decide", "south.deeds.stand_down")


def test_a_gate_that_a_seat_does_not_see_is_not_known_to_it(small: Exercise) -> None:
    """The gate that reads what is hidden has no truth on the menu, and does not say that an order is impossible."""
    sim = begun(small)
    climb, down = offered(small, small.role("south"), sim.save().values)
    assert climb.gates == (("They are not ready", None), ("Open (“Mood” is above “Least”)", True))
    assert climb.possible
    assert not down.possible
    assert climb.needs == "Possible while “Words” is in force and all of its conditions hold."
    assert down.needs == "Possible while “Deeds” is in force."
    sim.put({"ready": True, "mood": 0.01})
    climb, _ = offered(small, small.role("south"), sim.save().values)
    assert climb.gates == (("They are not ready", None), ("Open (“Mood” is above “Least”)", False))
    assert not climb.possible


def test_an_order_says_what_it_needs_and_takes(small: Exercise) -> None:
    """A sentence without a name of the code, how often a turn, and each draw with its kind, unit and range."""
    (march,) = offered(small, small.role("north"), begun(small).save().values)
    assert march.needs == "Possible while “Sent” is below 9,000 troops."
    assert (march.label, march.help, march.per_turn) == ("March", "Send them", 3)
    size, extra, pace, share, way, is_open = march.takes
    assert (extra.unit, extra.low, extra.high) == ("troops", 0, None)  # It hangs on the size, which is not known yet.
    assert (size.kind, size.unit, size.low, size.high) == ("number", "troops", 100, 200)
    assert (pace.unit, pace.low, pace.high) == ("days", 2, 4)
    assert (share.unit, share.low, share.high) == ("%", 10, 30)
    assert (way.kind, way.words) == ("choice", ("By sea", "By road"))
    assert (is_open.kind, is_open.words) == ("truth", ("no", "yes"))


@every_exercise
def test_the_menu_agrees_with_the_engine(files: tuple[Path, tuple[Path, ...]]) -> None:
    """What is possible on a menu without hidden gates is what the engine would admit, and the other way round."""
    played, sim = exercise(files), Simulation(program(files), Point(program(files).model.policies[0].name, 5, 5))
    for until in played.instants:
        sim.run(until)
        values = sim.save().values
        for role in played.roles:
            admitted = sim.choices(role.actor)
            for item in offered(played, role, values):
                if None not in dict(item.gates).values():
                    gates = admitted.get(item.choice)
                    assert item.possible == (gates is not None and all(gates.values())), item.choice


@every_exercise
def test_every_item_of_a_shipped_menu_can_be_read(files: tuple[Path, tuple[Path, ...]]) -> None:
    """It has a label and a sentence in the scenario's words: no name of the code is left in it."""
    played = exercise(files)
    sim = started(program(files), Point(program(files).model.policies[0].name, 1, 1))
    for role in played.roles:
        for item in offered(played, role, sim.save().values):
            assert item.label
            assert item.needs.startswith("Possible ")
            assert "_" not in item.needs + item.label + item.help
            assert "`" not in item.needs


def test_what_is_filled_in_becomes_values_of_the_model(small: Exercise) -> None:
    """Numbers with or without their unit, words in any case; a blank leaves the draw to chance."""
    texts = {"size": "150 troops", "pace": "2.5 days", "share": "12 %", "way": "by ROAD", "open": "yes"}
    assert filled(small, "march", texts) == {"size": 150.0, "pace": 2.5 * DAY, "share": 0.12, "way": 1, "open": True}
    assert filled(small, "march", {"size": " ", "open": "No"}) == {"open": False}


@pytest.mark.parametrize(
    ("choice", "texts", "said"),
    [
        ("march", {"size": "99"}, "at least 100 troops and at most 200 troops"),
        ("march", {"size": "nan"}, "is not a number"),
        ("march", {"size": "1,5"}, "is not a number"),
        ("march", {"size": "150 shells"}, "is asked in troops"),
        ("march", {"way": "by air"}, "one of By sea, By road"),
        ("march", {"size; drop": "1"}, "does not ask for"),
        ("march", {"size": "9" * 100_000}, "too large a number"),
        ("march", {"extra": "-1"}, "at least 0 troops"),
        ("march", {"half": "1"}, "does not ask for"),
        ("march", {"size": "x" * 100_000}, "is not a number"),
        ("nothing", {}, "no such order"),
    ],
)
def test_what_cannot_be_filled_in_is_refused_in_a_sentence(
    small: Exercise, choice: str, texts: dict[str, str], said: str
) -> None:
    """Out of range, unreadable, in another unit, or nothing that is asked for; the sentence stays short."""
    with pytest.raises(BadOrder) as refused:
        filled(small, choice, texts)
    assert said in str(refused.value)
    assert len(str(refused.value)) < 300


@settings(derandomize=True, deadline=None)
@given(number=st.integers(0, 400), grouped=st.booleans())
def test_a_number_is_taken_just_inside_its_range(number: int, grouped: bool) -> None:
    """Whatever whole number is filled in becomes itself, or is refused when it lies outside."""
    sail = exercise(FLAGSHIP)
    (size,) = takes(sail, "sea_lift")
    wanted = number * 10
    text = f"{wanted:,}" if grouped else str(wanted)
    assert size.low is not None
    assert size.high is not None
    if size.low <= wanted <= size.high:
        assert filled(sail, "sea_lift", {"size": text}) == {"size": float(wanted)}
    else:
        with pytest.raises(BadOrder):
            filled(sail, "sea_lift", {"size": text})


def test_an_inject_sets_values(small: Exercise) -> None:
    """What an inject sets has become a number, whatever constants its author wrote it with."""
    storm, call = small.injects
    assert [(each.target, evaluate(each.value, {})) for each in storm.set] == [("mood", 0.1)]
    assert storm.offered
    assert call.when is not None


def test_a_session_is_answered_as_the_exercise_has_it(tmp_path):
    """Orders once a turn unless it says otherwise; gauges of the truth, no report; an inject fires, then sets."""
    path = tmp_path / "small.yaml"
    text = (Path(__file__).parent / "small.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("set: {mood: 2 * least}", "fire: prepare, set: {mood: 2 * least}"), encoding="utf-8")
    play = ModelPlay.of_file(path)
    assert [play.per_turn(each) for each in ("march", "south.deeds.decide")] == [3, 1]
    assert {"sent", "mood", "ready", "south.decided"} <= set(play.gauges())
    assert [each for each in play.gauges() if each.startswith("seen")] == []
    world = play.begin(Point(play.exercise.model.policies[0].name, 1, 1), ())
    fired, put = play.effects("storm", world, 5)
    assert (fired, put) == (Force(5, "prepare"), Put(5, {"mood": 0.1}))
    assert play.effects("call", world, 5) == ()
