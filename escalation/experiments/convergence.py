"""How an answer settled as futures were added: its simulation error shrinks, its range across futures does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from escalation.experiments.analysis_questions import Question, answers
from escalation.statistics.estimate import Estimate
from escalation.statistics.future_range import FutureRange, range_across_futures
from escalation.statistics.mean import mean
from escalation.statistics.proportion import proportion

FEWEST = 5
"""Futures of the first step; each later step has twice as many, the last all of them."""


@dataclass(frozen=True, slots=True)
class Step:
    """The answer from the first so many futures. estimate: share or mean. across: its range across futures."""

    futures: int
    estimate: Estimate
    across: FutureRange


@dataclass(frozen=True, slots=True)
class Convergence:
    """The answer to one question under one policy from ever more futures."""

    policy: str
    question: str
    steps: tuple[Step, ...]


def steps_to(total: int) -> tuple[int, ...]:
    """Numbers of futures: doubling from the fewest, the last being all of them; one only where there are few."""
    found = []
    many = FEWEST
    while many * 3 <= total * 2:  # A step just short of the last would say the same.
        found.append(many)
        many *= 2
    return (*found, total)


def convergence(policy: str, question: Question, frame: Any, level: float) -> Convergence:
    """The steps of one question. frame: the outcomes of one policy."""
    import numpy as np

    values = answers(question, frame[question.column])
    known = ~np.isnan(values)
    futures = frame["future"].to_numpy()
    order: Sequence[int] = np.unique(futures).tolist()
    steps = []
    for many in steps_to(len(order)):
        chosen = known & np.isin(futures, order[:many])
        estimate = (proportion if question.share else mean)(values[chosen], futures[chosen], level)
        steps.append(Step(many, estimate, range_across_futures(values[chosen], futures[chosen], level=level)))
    return Convergence(policy, question.key, tuple(steps))
