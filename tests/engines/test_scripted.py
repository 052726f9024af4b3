"""The compiled engine carries a script out as the SimPy engine does, bit for bit: what is done and what is held."""

import random
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.engines.branching import CannotBranch, branch
from escalation.engines.playing import run_script
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import Simulation
from escalation.model.calendar import DAY
from escalation.model.process import Dated, Following, Hazard, Periodic
from escalation.model.scenario import Play
from escalation.model.script import Decide, Force, HandOver, Input, Put, Script
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Point
from tests.engines.agreement import bits, told
from tests.laws.random_sketches import sketches
from tests.laws.test_saving import ladder
from tests.models import Sketch

pytest.importorskip("llvmlite")
from escalation.engines.compiled.engine import Compiled

LAST = 40


def inputs(program: Program, chance: random.Random) -> Script:
    """Up to fourteen inputs of every kind, some of them nonsense, several often in one instant."""
    model = program.model
    instants = [chance.choice((0, chance.randrange(LAST * DAY), chance.randrange(LAST) * DAY)) for _ in range(5)]
    return tuple(one(model, chance, chance.choice(instants)) for _ in range(chance.randrange(1, 15)))


def one(model, chance: random.Random, instant: int) -> Input:
    kind = chance.randrange(10)
    filled = {} if chance.random() < 0.6 else {"size": chance.gauss(0, 1)}
    if kind < 5:
        choice = chance.choice(model.choices)
        named = {name.rpartition(".")[2] for name in choice.draws}
        keep = named >= filled.keys() or chance.random() < 0.1
        return Decide(instant, choice.name if chance.random() < 0.95 else "nobody.dances", filled if keep else {})
    if kind < 7:
        rule = chance.choice(model.rules)
        keep = {draw.target.rpartition(".")[2] for draw in rule.draws} >= filled.keys() or chance.random() < 0.1
        return Force(instant, rule.name if chance.random() < 0.95 else "storm", filled if keep else {})
    if kind < 9:
        values = {"x": chance.gauss(0, 2), "a": chance.random() < 0.5, "y": 0.5, "b": True}
        some = dict(chance.sample(sorted(values.items()), chance.randrange(1, 4)))
        return Put(instant, some if chance.random() < 0.95 else {"nothing": 1.0})
    return HandOver(instant, chance.choice(("kim", "actor0", "actor3", "nobody")), chance.choice(("person", "model")))


def differ(program: Program, compiled: Compiled, snapshots: Sequence[Snapshot], script: Script) -> list[str]:
    """Snapshots from which the engines do not carry a script out alike."""
    batch, found = compiled.go_on(snapshots, script=script), []
    assert batch is not None
    assert batch.held is not None
    for place, snapshot in enumerate(snapshots):
        right = run_script(program, snapshot, script)
        held = [id(each.input) for each in right.held]
        alike = [id(item) in held for item in script] == batch.held[place].tolist()
        trajectory = right.trajectory
        alike &= trajectory.failure == batch.failures.get(place) and batch.firings[place] == trajectory.firings
        here = [bits(value) for value in batch.values[place]], [bits(value) for value in batch.series[place]]
        if not alike or (trajectory.failure is None and here != told(program.model, trajectory)):
            found.append(f"{snapshot.point} from {snapshot.instant}")
    return found


def begun(program: Program, luck: int, played: Sequence[str], instant: int) -> Snapshot:
    simulation = Simulation(program, Point("base", luck, luck), played=played)
    simulation.run(instant)
    return simulation.save()


def check(sketch: Sketch, seed: int) -> None:
    """Four trajectories and a branch of one, with two scripts."""
    program, chance = prepare(sketch.model()), random.Random(seed)
    compiled = Compiled(program.model, scripted=True)
    played = chance.sample(["kim", *(each for each in ("actor0", "actor3") if each in str(program.model.choices))], 1)
    snapshots = [begun(program, luck, played, 0) for luck in range(3)]
    with suppress(CannotBranch):
        snapshots.append(branch(program, snapshots[0], 7))
    for _ in range(2):
        assert differ(program, compiled, snapshots, inputs(program, chance)) == []


QUIET = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@given(sketches(), st.integers(0, 2**32))
@settings(max_examples=60, **QUIET)
def test_a_script_is_the_same_on_both_engines(sketch, seed):
    """Decisions, injects, settings and changes of hands on random models, from the start and from a branch."""
    check(sketch, seed)


@pytest.mark.nightly
@given(sketches(), st.integers(0, 2**32))
@settings(max_examples=600, **QUIET)
def test_many_scripts_are_the_same_on_both_engines(sketch, seed):
    """As above, over many more."""
    check(sketch, seed)


PLAYED = Play(1, "")


def together_and_failing() -> Sketch:
    """Two choices of one order that both set x, one of another; a variable with a range; a rule that reads a draw."""
    sketch = Sketch(days=20, x=0.0, y=0.0)
    sketch.ranges["y"] = ("0 - 3", "3")
    for name, order in (("up", 0), ("down", 0), ("double", 1)):
        effect = {"x": f"x + {name}.size"} if name != "double" else {"x": "x * 2"}
        drawn = {} if name == "double" else {"size": "normal(0, 1)"}
        sketch.event(name, Hazard("0 / 1 day", "x < 50"), effect, drawn, actor="kim", order=order, play=PLAYED)
    sketch.event("tick", Periodic("1 day"), {"y": "y + tick.step"}, {"step": "normal(0, 0.3)"})
    sketch.event("late", Dated("2030-01-15"), {"y": "y * 1.2"})
    sketch.event("echo", Following("tick", "30 days", 40), {"x": "x + tick.step"})
    return sketch.measure("x", "final", "x").measure("y", "max", "y").measure("ticks", "count", "tick")


def test_what_clashes_and_what_comes_after_a_failure_is_held_alike():
    """Of two orders that set one name the later is held; after a failure every input is, on both engines."""
    program = prepare(together_and_failing().model())
    compiled = Compiled(program.model, scripted=True)
    both = Decide(DAY, "up", {"size": 2.0}), Decide(DAY, "down"), Decide(DAY, "double")
    early = Force(0, "echo")
    wild = Put(3 * DAY, {"y": 7.0})
    wrong, near = Decide(2 * DAY, "down", {"wrong": 1.0}), Put(2 * DAY, {"y": 2.5})
    script = (early, *both, wrong, near, Decide(9 * DAY, "double"))
    snapshots = [begun(program, luck, ("kim",), 0) for luck in range(40)]
    assert differ(program, compiled, snapshots, script) == []
    assert differ(program, compiled, snapshots, (*script, wild)) == []
    batch = compiled.go_on(snapshots, script=(*script, wild))
    assert batch is not None
    assert batch.held is not None
    assert batch.held[:, [0, 2, 4, 6]].all()
    assert not batch.held[:, [1, 3]].any()
    assert not batch.held[:, 7].all()
    assert len(batch.failures) == len(snapshots)


def test_failures_on_the_way_are_the_same():
    """Some trajectories leave the range before the last input and hold it, some later, some never."""
    program = prepare(together_and_failing().model())
    compiled = Compiled(program.model, scripted=True)
    script = Put(2 * DAY, {"y": 2.5}), Decide(9 * DAY, "up"), HandOver(9 * DAY, "kim", "model")
    snapshots = [begun(program, luck, ("kim",), DAY) for luck in range(60)]
    assert differ(program, compiled, snapshots, script) == []
    batch = compiled.go_on(snapshots, script=script)
    assert batch is not None
    assert batch.held is not None
    assert 0 < batch.held[:, 1].sum() < len(batch.failures) < len(snapshots)
    failed = next(snapshot for place, snapshot in enumerate(snapshots) if place in batch.failures)
    simulation = Simulation.resume(program, failed)
    simulation.put({"y": 9.0})
    assert differ(program, compiled, [simulation.save(), failed], script) == []


def test_a_script_that_differs_in_one_draw_is_found():
    """A control: the comparison sees a single draw that was filled in otherwise."""
    program = prepare(together_and_failing().model())
    compiled = Compiled(program.model, scripted=True)
    snapshots = [begun(program, luck, ("kim",), 0) for luck in range(3)]
    one, other = ((Decide(DAY, "up", {"size": size}),) for size in (2.0, 2.0000000000000004))
    batch = compiled.go_on(snapshots, script=other)
    right = run_script(program, snapshots[0], one).trajectory
    assert batch is not None
    assert [bits(value) for value in batch.values[0]] != told(program.model, right)[0]


def test_a_script_that_cannot_be_carried_out_is_refused():
    """Before the snapshot, beyond the horizon, with a log, on an engine that is not made for it, or of two seatings."""
    program = prepare(ladder().model())
    compiled, plain = Compiled(program.model, scripted=True), Compiled(program.model)
    played, alone = begun(program, 1, ("kim",), 5 * DAY), begun(program, 1, (), 5 * DAY)
    good = (Decide(6 * DAY, "seoul.kit.decide"),)
    for refused in (
        lambda: compiled.go_on([played], script=(Decide(DAY, "seoul.kit.decide"),)),
        lambda: compiled.go_on([played], script=(Decide(91 * DAY, "seoul.kit.decide"),)),
        lambda: compiled.go_on([played], script=good, log=True),
        lambda: plain.go_on([played], script=good),
        lambda: compiled.go_on([played, alone], script=good),
    ):
        with pytest.raises(ValueError, match="script"):
            refused()
    assert compiled.go_on([played], script=good) is not None


def test_a_clock_that_nothing_but_a_script_looks_at_is_there():
    """No rule of the model changes what withdraws a follower; a script does."""
    sketch = Sketch(days=9, x=0.0, off=False).measure("x", "final", "x")
    sketch.event("tick", Periodic("1 day"))
    sketch.event("echo", Following("tick", "2.5 days", 40, unless="off"), {"x": "x + 1"})
    program = prepare(sketch.model())
    compiled = Compiled(program.model, scripted=True)
    script = Put(5 * DAY, {"off": True}), Put(6 * DAY, {"off": False})
    snapshots = [begun(program, 0, (), 0)]
    assert differ(program, compiled, snapshots, script) == []
    batch = compiled.go_on(snapshots, script=script)
    assert batch is not None
    assert batch.values[0].tolist() == [2.0]
