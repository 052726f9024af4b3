"""The compiled engine carries a script out as the SimPy engine does, bit for bit: what is done and what is held."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.engines.branching import CannotBranch, branch
from escalation.engines.playing import run_script
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import Simulation
from escalation.model.calendar import DAY
from escalation.model.process import Dated, Hazard, Periodic
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
    assert batch is not None and batch.held is not None
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
    try:
        snapshots.append(branch(program, snapshots[0], 7))
    except CannotBranch:
        pass
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
@settings(max_examples=1500, **QUIET)
def test_many_scripts_are_the_same_on_both_engines(sketch, seed):
    """As above, over many more."""
    check(sketch, seed)
