"""The natural way in SimPy and the engine run the same model, so that their costs compare like with like."""

from pathlib import Path

import pytest

import escalation
from benchmarks.natural import NaturalRun, signals_of
from escalation.engines.program import prepare
from escalation.engines.simpy import Simulation
from escalation.model.trajectory import Point

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("scenario", ["first-ladder", "seoul-2024"])
def test_the_natural_way_measures_what_the_engine_does(scenario):
    """Both ways fire as often, end in the same state and measure the same (ties aside, which none of these meets)."""
    loaded = escalation.load(ROOT / "scenarios" / f"{scenario}.yaml")
    program = prepare(loaded.model)
    signalled = signals_of(program)
    variables = [item.name for item in (*program.model.variables, *program.model.derived)]
    for policy in loaded.policies:
        for luck in range(4):
            point = Point(policy, luck // 2, luck)
            engine, natural = Simulation(program, point), NaturalRun(program, point, signalled)
            engine.run()
            natural.run()
            assert engine.fired == natural.fired
            assert [engine[name] for name in variables] == pytest.approx(
                [natural.s[program.slots[name]] for name in variables], rel=0, abs=0, nan_ok=True
            )
            assert repr(engine.trajectory()) == repr(natural.trajectory())
