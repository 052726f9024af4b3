"""The ladder in C is the ladder: what is timed beside the engines does the same work."""

from pathlib import Path

import numpy as np
import pytest

import escalation
from benchmarks import in_c
from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.model.build import build
from escalation.model.trajectory import Point

LADDER = Path(__file__).parents[2] / "benchmarks" / "ladder.yaml"
pytestmark = pytest.mark.skipif(in_c.compiler() is None, reason="no C compiler")
MODEL = build(escalation.load(LADDER).scenario)
N = 16


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
