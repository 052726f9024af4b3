"""When a run stops: it is looked at after 1,000, 2,000, 4,000 … trajectories a policy, in whole futures and always at
the same ones, whoever ran which piece; it ends at the first look at which everything asked for is known.

The intervals are valid at all looks at once (`statistics.confidence_sequence`), so that stopping by what is seen does
not make them promise more than they keep.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from escalation.experiments.analysis import estimate_of
from escalation.experiments.analysis_questions import answers
from escalation.experiments.deep import THIRDS, places
from escalation.experiments.ensemble import Ensemble
from escalation.experiments.stopping_rule import Goal, StoppingRule
from escalation.statistics.estimate import Estimate
from escalation.statistics.paired import Verdict, paired_difference
from escalation.statistics.slices import slices

Floats = npt.NDArray[np.float64]
LEVEL = 0.95
UNDECIDED: Verdict = "cannot be told apart"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one goal stands at a look.

    estimate: valid at every look. half_width: of its interval; None where there is none. verdict: of a pair, by that
    interval; None for a precision. fixed: the estimate as the report has it, valid at a fixed n; only once the run is
    over.
    """

    goal: Goal
    estimate: Estimate
    verdict: Verdict | None
    fixed: Estimate | None = None

    @property
    def half_width(self) -> float | None:
        """Half the width of the interval, in the question's unit."""
        low, high = self.estimate.low, self.estimate.high
        return None if low is None or high is None else (high - low) / 2

    @property
    def met(self) -> bool:
        """Whether nothing more need be known for this goal."""
        if self.goal.kind == "decide":
            return self.verdict != UNDECIDED
        return self.half_width is not None and self.goal.asked is not None and self.half_width <= self.goal.asked


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at one look. number: from 0. n: trajectories a policy."""

    number: int
    n: int
    standings: tuple[Standing, ...]

    @property
    def met(self) -> bool:
        """Whether everything that was asked for is known."""
        return all(each.met for each in self.standings)


@dataclass(frozen=True, slots=True)
class Stopping:
    """What was asked of a run's length and what came of it.

    rule: what was asked. looks: trajectories a policy at the looks that were made. last: the last of them; None where
    the run was interrupted before the first.
    """

    rule: StoppingRule
    looks: tuple[int, ...]
    last: Look | None

    @property
    def met(self) -> bool:
        """Whether the run ended because everything asked for was known, and not with its budget."""
        return self.last is not None and self.last.met

    def facts(self) -> dict[str, Any]:
        """What a manifest says of it, as JSON."""
        standings = self.last.standings if self.last is not None else ()
        told = {"asked": list(self.rule.said), "budget": self.rule.budget, "looks": list(self.looks), "met": self.met}
        return told | {"level": LEVEL, "goals": [_facts_of(each) for each in standings]}


def _facts_of(each: Standing) -> dict[str, Any]:
    goal, told, fixed = each.goal, each.estimate, each.fixed
    part = None if goal.part is None else {"of": goal.part[0].name, "third": goal.part[1]}
    return {
        "kind": goal.kind,
        "question": goal.question.key,
        "policy": goal.policy,
        "against": goal.against,
        "part": part,
        "asked": goal.asked,
        "half_width": each.half_width,
        "verdict": each.verdict,
        "met": each.met,
        "value": told.value if told.value == told.value else None,
        "valid_at_every_look": [told.low, told.high],
        "at_a_fixed_n": None if fixed is None else [fixed.low, fixed.high],
        "n": told.n,
        "futures": told.futures,
        "method": told.method,
    }


def stopping_of(rule: StoppingRule, looked: Sequence[Look], ensemble: Ensemble) -> Stopping:
    """What came of the rule, with the intervals that the report tells beside it."""
    if not looked:
        return Stopping(rule, (), None)
    frames = {str(name): rows for name, rows in ensemble.outcomes.groupby("policy", sort=False, observed=True)}
    told = tuple(replace(each, fixed=_fixed(each.goal, frames, ensemble)) for each in looked[-1].standings)
    return Stopping(rule, tuple(each.n for each in looked), replace(looked[-1], standings=told))


def _fixed(goal: Goal, frames: dict[str, Any], ensemble: Ensemble) -> Estimate:
    """The estimate with the interval of a fixed n."""
    first, second = (_rows(goal, frames.get(name), ensemble) for name in (goal.policy, goal.against or goal.policy))
    if not goal.against:
        return estimate_of(goal.question, first, LEVEL)[0]
    pairs = first.merge(second, on=["future", "luck"], suffixes=("", " against"))
    one, other = (
        answers(goal.question, pairs[name]) for name in (goal.question.column, f"{goal.question.column} against")
    )
    question = goal.question
    return paired_difference(
        one, other, pairs["future"].to_numpy(), question.better, question.matters, LEVEL, question.widest
    ).estimate


def _rows(goal: Goal, rows: Any, ensemble: Ensemble) -> Any:
    """The rows of a policy that a goal is about: none where all of it failed."""
    if rows is None:
        rows = ensemble.outcomes.iloc[:0]
    rows = rows[["future", "luck", goal.question.column]]
    if goal.part is None:
        return rows
    name, place = goal.part
    shares = places((name,), ensemble.design.seed, rows["future"].to_numpy())[name.name]
    return rows[slices(shares, THIRDS) == place]
