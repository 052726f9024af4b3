"""An actor's choices pass from a person to the model and back in the middle of a trajectory."""

from math import exp, sqrt

import pytest

from escalation.engines.program import Program, prepare
from escalation.engines.simpy import Simulation
from escalation.model.calendar import DAY
from escalation.model.process import Hazard, Waiting
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Point
from tests.models import Sketch

CLOCKS = [Hazard("1 / 14 days", "x < 1"), Waiting("x < 1", "exponential(mean=14 days)")]
both_clocks = pytest.mark.parametrize("clock", CLOCKS, ids=["hazard", "delay"])


def seat(clock: object) -> Program:
    """One choice of one actor, at a chance of 1 in 14 days."""
    sketch = Sketch(days=60, x=0.0).measure("x", "final", "x")
    return prepare(sketch.event("go", clock, {"x": "x + 1"}, actor="kim").model())


def second_time(program: Program, luck: int) -> Simulation | None:
    """The model has had the seat for 14 days in vain, a person for 14 days, and the model takes it again."""
    simulation = Simulation(program, Point("base", luck, luck), played=("kim",))
    simulation.run(0)
    simulation.hand_over("kim", "model")
    simulation.run(14 * DAY)
    if simulation["x"]:
        return None
    simulation.hand_over("kim", "person")
    simulation.run(28 * DAY)
    assert simulation["x"] == 0.0
    simulation.hand_over("kim", "model")
    simulation.run(28 * DAY)
    return simulation


@both_clocks
def test_a_model_that_takes_a_seat_again_draws_afresh(clock):
    """It fires in its second 14 days as often as in any 14 days, however long it waited in vain before."""
    program, found = seat(clock), []
    for luck in range(1500):
        simulation = second_time(program, luck)
        if simulation is not None:
            simulation.run(42 * DAY)
            found.append(simulation["x"])
    share = 1 - exp(-1)
    assert abs(sum(found) - share * len(found)) < 4 * sqrt(share * (1 - share) * len(found))


@both_clocks
def test_the_compiled_engine_goes_on_where_a_seat_was_taken_again(clock):
    """Bit for bit, from before and after the last change of hands."""
    pytest.importorskip("llvmlite")
    from escalation.engines.compiled.engine import Compiled
    from tests.engines.test_going_on import differ

    program = seat(clock)
    snapshots: list[Snapshot] = []
    for luck in range(40):
        simulation = second_time(program, luck)
        if simulation is not None:
            snapshots.append(simulation.save())
            simulation.hand_over("kim", "person")
            snapshots.append(simulation.save())
    assert len(snapshots) > 10
    assert differ(program, Compiled(program.model), snapshots) == []
