"""The compiled engine goes on from a snapshot, or from a branch of one, as the SimPy engine does, bit for bit."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.engines.branching import Branching, CannotBranch
from escalation.engines.orders import Order
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import Simulation
from escalation.model.calendar import DAY
from escalation.model.process import Model, Periodic, Waiting
from escalation.model.snapshot import OtherModel, Snapshot
from escalation.model.trajectory import Point, Trajectory
from tests.engines.agreement import bits, log_of, told
from tests.laws.random_sketches import sketches
from tests.laws.test_saving import crowded, ladder
from tests.models import Sketch

pytest.importorskip("llvmlite")
from escalation.engines.compiled import engine
from escalation.engines.compiled.engine import Batch, Compiled


def resumed(program: Program, snapshot: Snapshot) -> Trajectory:
    simulation = Simulation.resume(program, snapshot, record=True)
    simulation.run()
    return simulation.trajectory()


def logged(model: Model, batch: Batch, place: int) -> list[object]:
    """One trajectory's rows of a log, as `log_of` has them."""
    assert batch.log is not None
    keys, drawn = batch.log
    mine = keys[:, 0] == place
    rules = [model.rules[key[2]] for key in keys[mine]]
    return [
        (int(key[1]), rule.name, int(key[3]), bits(row[0]), tuple(bits(x) for x in row[1 : 1 + len(rule.draws)]))
        for key, row, rule in zip(keys[mine], drawn[mine], rules, strict=True)
    ]


def differ(program: Program, compiled: Compiled, snapshots: list[Snapshot]) -> list[str]:
    """Snapshots from which the engines do not go on alike."""
    model, batch, found = program.model, compiled.go_on(snapshots, log=True), []
    assert batch is not None
    for place, snapshot in enumerate(snapshots):
        right = resumed(program, snapshot)
        here = [bits(value) for value in batch.values[place]], [bits(value) for value in batch.series[place]]
        alike = right.failure == batch.failures.get(place) and batch.firings[place] == right.firings
        alike &= right.failure is not None or here == told(model, right)
        if not alike or logged(model, batch, place) != log_of(model, right):
            found.append(f"{snapshot.point} from {snapshot.instant}, branches {snapshot.branches}")
    return found


def all_of(batch: Batch) -> tuple[object, ...]:
    """A batch as what can be compared, every number by its bits."""
    assert batch.log is not None
    numbers = (batch.values, batch.series, batch.firings, batch.lucks, batch.futures, *batch.log)
    return (*(each.tobytes() for each in numbers), *(each.shape for each in numbers), batch.failures)


def check_branches(program: Program, compiled: Compiled, snapshot: Snapshot, numbers: Sequence[int]) -> None:
    """Branches that the machine code draws are those that `Branching` draws."""
    branching = Branching(program, snapshot)
    right = compiled.go_on([branching.branch(number) for number in numbers], charted=2, log=True)
    made = compiled.branches(snapshot, numbers, charted=2, log=True)
    assert right is not None
    assert made is not None
    assert all_of(made) == all_of(right)


def check_random_models(sketch: Sketch, instants: list[int]) -> None:
    """From random instants of a random model, and from branches there."""
    program = prepare(sketch.model())
    snapshots = []
    for luck, instant in enumerate(instants):
        simulation = Simulation(program, Point("base", luck, luck), record=True)
        simulation.run(instant)
        saved = simulation.save()
        snapshots.append(saved)
        if saved.failure is None:
            snapshots += [Branching(program, saved).branch(number) for number in (1, 2)]
    compiled = Compiled(program.model)
    assert differ(program, compiled, snapshots) == []
    for snapshot in snapshots:
        check_branches(program, compiled, snapshot, (3, 2**64 - 1, 4, 5))


INSTANTS = st.lists(st.integers(0, 40 * DAY), min_size=3, max_size=3)
SETTINGS = settings(max_examples=6, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


@SETTINGS
@given(sketches(), INSTANTS)
def test_random_models_go_on_alike(sketch, instants):
    """The same firings, draws, measures and failures."""
    check_random_models(sketch, instants)


@pytest.mark.nightly
@settings(SETTINGS, max_examples=200)
@given(sketches(), INSTANTS)
def test_many_random_models_go_on_alike(sketch, instants):
    """The same, two hundred times."""
    check_random_models(sketch, instants)


def test_what_waits_at_once_goes_on_alike():
    """Every kind of clock at work, some standing still, day by day, with branches of branches."""
    program, snapshots = prepare(crowded().model()), []
    for day in range(0, 60, 3):
        simulation = Simulation(program, Point("base", 0, day), record=True)
        simulation.run(day * DAY)
        saved = simulation.save()
        snapshots += [saved, Branching(program, saved).branch(5)]
        again = simulation.branch(7, record=True)
        again.run(min(day + 5, 60) * DAY)
        snapshots.append(Branching(program, again.save()).branch(8))
    assert differ(program, Compiled(program.model), snapshots) == []


def test_branches_of_every_kind_of_clock_are_drawn_alike(monkeypatch):
    """Those of the machine code are those of the other engine, day by day, in portions, and of branches too."""
    monkeypatch.setattr(engine, "PORTION", 4)
    program = prepare(crowded().model())
    compiled = Compiled(program.model)
    for day in range(0, 60, 3):
        simulation = Simulation(program, Point("base", 0, day))
        simulation.run(day * DAY)
        saved = simulation.save()
        check_branches(program, compiled, saved, range(1, 12))
        check_branches(program, compiled, Branching(program, saved).branch(20), (1, 7, 2, 19))
    assert compiled.branches(saved, ()).values.shape == (0, len(compiled.module.gauges.told))


def test_a_branch_under_a_number_it_has_met_is_refused():
    """The plain luck is number 0, and a past has met the luck of every branch that it came by."""
    program = prepare(crowded().model())
    simulation = Simulation(program, Point("base", 0, 0))
    simulation.run(5 * DAY)
    compiled, saved = Compiled(program.model), Branching(program, simulation.save()).branch(3)
    for number, why in ((0, "plain luck"), (3, "came by branch 3")):
        with pytest.raises(CannotBranch, match=why):
            compiled.branches(saved, (1, number))
    with pytest.raises(OtherModel):
        Compiled(ladder().model()).branches(saved, (1,))


def test_a_delay_that_cannot_be_drawn_again_is_told_alike():
    """Given its age it may be no number at all: then the branch fails at once, on both engines."""
    sketch = Sketch(days=20, x=0.0).measure("x", "final", "x")
    sketch.event("slow", Waiting("x < 1", after="8 days * log(2.8 + uniform(-3, 6))"), {"x": "x + 1"})
    program = prepare(sketch.model())
    compiled, failed = Compiled(program.model), 0
    for luck in range(40):
        simulation = Simulation(program, Point("base", luck, luck))
        simulation.run(3 * DAY)
        saved = simulation.save()
        check_branches(program, compiled, saved, range(1, 6))
        batch = compiled.branches(saved, range(1, 6))
        failed += saved.failure is None and len(batch.failures) == 5
    assert failed > 5


def test_a_played_actor_is_played_on_both():
    """What a person decided is in the state, and the model does not choose for the seat afterwards."""
    program = prepare(ladder().model())
    simulation = Simulation(program, Point("base", 0, 0), played=("kim",), record=True)
    simulation.run(10 * DAY)
    simulation.decide(Order("seoul.kit.decide"))
    saved = simulation.save()
    compiled = Compiled(program.model)
    assert differ(program, compiled, [saved, Branching(program, saved).branch(1)]) == []
    check_branches(program, compiled, saved, range(1, 9))


def test_a_seat_that_changes_hands_goes_on_alike():
    """Left to the model and taken again, on the way, with what its clocks had begun."""
    program = prepare(ladder().model())
    compiled, snapshots = Compiled(program.model), []
    for luck in range(5):
        simulation = Simulation(program, Point("base", luck, luck), played=("kim",), record=True)
        for day, to in ((4, "model"), (15, "person"), (16, "model"), (30, "person")):
            simulation.run(day * DAY)
            simulation.hand_over("kim", to)
            simulation.run(day * DAY)
            snapshots.append(simulation.save())
    assert {each.played for each in snapshots} == {(), ("kim",)}
    assert differ(program, compiled, snapshots) == []
    for each in snapshots:
        check_branches(program, compiled, each, (1, 2))


def test_a_difference_would_be_found():
    """The control: one clock of a snapshot a day later is another trajectory."""
    program = prepare(crowded().model())
    simulation = Simulation(program, Point("base", 0, 0), record=True)
    simulation.run(9 * DAY)
    saved = simulation.save()
    tick = {**saved.clocks["tick"], "due_at": saved.clocks["tick"]["due_at"] + DAY}
    moved = Snapshot(
        **{name: getattr(saved, name) for name in Snapshot.__slots__} | {"clocks": {**saved.clocks, "tick": tick}}
    )
    batch = Compiled(program.model).go_on([moved], log=True)
    assert logged(program.model, batch, 0) != log_of(program.model, resumed(program, saved))
    assert logged(program.model, batch, 0) == log_of(program.model, resumed(program, moved))


def test_what_failed_stays_failed():
    """A trajectory that failed, on its way or at its start, has a failure and blanks; the others go on."""
    sketch = Sketch(days=20, x=0.0).uncertain(u="uniform(0, 2)").measure("x", "final", "x")
    sketch.measure("path", "series", "x", every=DAY)
    sketch.ranges["x"] = ("0", "9 + u")
    sketch.event("up", Periodic("3 days"), {"x": "x + 4"})
    program = prepare(sketch.model())
    snapshots = []
    for fixed in ({}, {"u": -10.0}, {"u": 100.0}):
        simulation = Simulation(program, Point("base", 0, 0), given=fixed, record=True)
        simulation.run(8 * DAY)
        snapshots.append(simulation.save())
        simulation.run()
        snapshots.append(simulation.save())
    compiled = Compiled(program.model)
    assert differ(program, compiled, snapshots) == []
    assert sorted(compiled.go_on(snapshots).failures) == [0, 1, 2, 3]


def test_another_models_snapshot_is_refused():
    """As on the SimPy engine."""
    program = prepare(crowded().model())
    saved = Simulation(program, Point("base", 0, 0))
    saved.run(DAY)
    with pytest.raises(OtherModel):
        Compiled(ladder().model()).go_on([saved.save()])
