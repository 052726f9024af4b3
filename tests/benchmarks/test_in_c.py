"""The ladder in C and in NumPy is the ladder: what is timed beside the engines does the same work."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import escalation
from benchmarks import engines, in_c
from benchmarks.lockstep import LUCKS, Lockstep
from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.model.build import build
from escalation.model.trajectory import Point

LADDER = Path(__file__).parents[2] / "benchmarks" / "ladder.yaml"
pytestmark = pytest.mark.skipif(in_c.compiler() is None, reason="no C compiler")
MODEL = build(escalation.load(LADDER).scenario)
N = 8


@pytest.mark.parametrize("policy", sorted(in_c.THRESHOLDS))
def test_like_for_like_is_the_same_trajectory(policy: str) -> None:
    """Every firing (instant and rule) and every measure of the addressed program in C is the SimPy engine's."""
    program = prepare(MODEL)
    played = in_c.play((), policy, 40, N, horizon=MODEL.horizon, logged=True)
    ends = np.cumsum(played.firings)
    for k in range(N):
        expected = simulate(program, Point(policy, (40 + k) // 50, 40 + k), record=True)
        log = [(firing.time, program.by_name[firing.rule]) for firing in expected.log]
        assert played.log[ends[k] - played.firings[k] : ends[k]].tolist() == [list(each) for each in log]
        told = [expected.measures[name] for name in in_c.MEASURES]
        assert [None if value != value else value for value in played.measures[k].tolist()] == told


MONTHS = 8 * 30 * 86_400_000
SEVERAL = 5_000
"""Trajectories compared, in a hundred futures: the futures are what is independent."""
WIDEST = 4.5
"""|z| that seven statistics of three comparisons exceed once in some seven thousand tests."""


def by_future(measures: np.ndarray, firings: np.ndarray) -> np.ndarray:
    """Means of the firings and the measures in each future; a time that never came counts as the end."""
    told = np.column_stack([firings, np.where(np.isnan(measures), MONTHS, measures)])
    return told.reshape(-1, LUCKS, told.shape[1]).mean(axis=1)


@cache
def addressed() -> np.ndarray:
    played = in_c.play((), "stated", 0, SEVERAL, horizon=MONTHS)
    return by_future(played.measures, played.firings)


def unlike(one: np.ndarray, other: np.ndarray) -> float:
    """The largest |z| of the differences in means."""
    variance = one.var(axis=0, ddof=1) / len(one) + other.var(axis=0, ddof=1) / len(other)
    return float(np.max(np.abs(one.mean(axis=0) - other.mean(axis=0)) / np.sqrt(variance)))


@pytest.mark.parametrize("variant", [("LIBM",), ("UNADDRESSED",)])
def test_other_draws_are_the_same_ladder_in_distribution(variant: tuple[str, ...]) -> None:
    """With libm, or at the limit, the means of firings and measures are the addressed program's."""
    played = in_c.play(variant, "stated", 10 * SEVERAL, SEVERAL, horizon=MONTHS)
    assert unlike(by_future(played.measures, played.firings), addressed()) < WIDEST


def test_lockstep_is_the_same_ladder_in_distribution() -> None:
    """NumPy's ten thousand steps have the means of the addressed program."""
    assert unlike(by_future(*Lockstep(SEVERAL, in_c.THRESHOLDS["stated"], MONTHS).run()), addressed()) < WIDEST


def test_another_ladder_is_told_apart() -> None:
    """The comparison can fail: under the other policy the means differ by far more."""
    played = in_c.play(("LIBM",), "early", 10 * SEVERAL, SEVERAL, horizon=MONTHS)
    assert unlike(by_future(played.measures, played.firings), addressed()) > WIDEST


def test_the_compiled_engine_does_the_work_that_c_does() -> None:
    """Over a thousand trajectories the compiled engine has the firings and the measures of the program in C."""
    pytest.importorskip("llvmlite")
    compiled = engines.compiled_engine(MODEL)
    lucks = np.arange(1_000)
    batch = compiled.run("stated", lucks, lucks // LUCKS)
    played = in_c.play((), "stated", 0, 1_000, horizon=MODEL.horizon)
    assert not batch.failures
    assert (batch.firings == played.firings).all()
    assert tuple(measure.name for measure in MODEL.measures) == in_c.MEASURES
    assert np.array_equal(batch.values, played.measures, equal_nan=True)
