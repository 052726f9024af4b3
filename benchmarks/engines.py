"""The engines as functions that play trajectories and give their firings; the compiled one may be missing."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from benchmarks.natural import NaturalRun, signals_of
from escalation.engines.compiled import machine_code
from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.model.process import Model
from escalation.model.trajectory import Point

LUCKS = 50
"""Trajectories of one future, as in a plain run."""

Play = Callable[[int], int]


def missing_compiled() -> str:
    """Why the compiled engine cannot be measured, or nothing."""
    if find_spec("escalation.engines.compiled.engine") is None:
        return "not built"
    return "" if machine_code.available() else "llvmlite is not installed"


def compiled_engine(model: Model) -> Any:
    """A model, compiled (or found in the cache)."""
    from escalation.engines.compiled.engine import Compiled

    return Compiled(model)


def compiled(model: Model, policy: str) -> Play:
    """The compiled engine; compiles at the first call."""
    made: list[Any] = []

    def play(n: int) -> int:
        import numpy as np

        if not made:
            made.append(compiled_engine(model))
        lucks = np.arange(n)
        batch = made[0].run(policy, lucks, lucks // LUCKS)
        if batch.failures:
            raise RuntimeError(f"{len(batch.failures)} trajectories failed")
        return int(batch.firings.sum())

    return play


def simpy(model: Model, policy: str) -> Play:
    """The SimPy engine."""
    program = prepare(model)
    return lambda n: sum(simulate(program, Point(policy, luck // LUCKS, luck)).firings for luck in range(n))


def natural(model: Model, policy: str) -> Play:
    """SimPy the natural way: a generator a rule, a signal a variable."""
    program = prepare(model)
    signalled = signals_of(program)

    def play(n: int) -> int:
        firings = 0
        for luck in range(n):
            run = NaturalRun(program, Point(policy, luck // LUCKS, luck), signalled)
            run.run()
            firings += run.trajectory().firings
        return firings

    return play
