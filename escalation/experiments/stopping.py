"""When a run stops: it is looked at after 1,000, 2,000, 4,000 … trajectories a policy, in whole futures and always at
the same ones, whoever ran which piece; it ends at the first look at which everything asked for is known.

The intervals are valid at all looks at once (`statistics.confidence_sequence`), so that stopping by what is seen does
not make them promise more than they keep.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from escalation.experiments.analysis import estimate_of
from escalation.experiments.analysis_questions import Question, answers
from escalation.experiments.block import BlockResult
from escalation.experiments.columns import Column, columns_of, decode
from escalation.experiments.deep import THIRDS, places
from escalation.experiments.design import Block, Design
from escalation.experiments.ensemble import Ensemble
from escalation.experiments.sink import Sink
from escalation.experiments.stopping_rule import Goal, StoppingRule, looks
from escalation.model.process import Model
from escalation.statistics.asymptotic_sequence import asymptotic_sequence
from escalation.statistics.confidence_sequence import before_any
from escalation.statistics.estimate import Estimate
from escalation.statistics.paired import Verdict, paired_difference, verdict_of
from escalation.statistics.slices import slices

Floats = npt.NDArray[np.float64]
LEVEL = 0.95
UNDECIDED: Verdict = "cannot be told apart"
NOT_FELT = "nothing that the two policies differ in can reach it, and every pair is equal"


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


class Tally:
    """What is known of one goal, look by look."""

    def __init__(self, goal: Goal, per_future: int) -> None:
        self.goal = goal
        self.bets = None if goal.bounds is None else before_any(*goal.bounds, per_future)
        self.seen: list[tuple[Floats, Floats]] = []
        self.differing = False

    def standing(self, sums: Floats, counts: Floats, look: int) -> Standing:
        """How it stands with further futures: sums of their answers, and how many there are; shape (G,)."""
        question = self.goal.question
        estimate = self._estimate(sums, counts, look)
        if self.goal.kind == "precision":
            return Standing(self.goal, estimate, None)
        if not self.goal.felt and not self.differing:
            exact = Estimate(0.0, 0.0, 0.0, LEVEL, estimate.n, estimate.futures, "exact", NOT_FELT)
            return Standing(self.goal, exact, "identical")
        return Standing(self.goal, estimate, verdict_of(estimate, question.better, question.matters))

    def _estimate(self, sums: Floats, counts: Floats, look: int) -> Estimate:
        self.differing = self.differing or bool(sums.any())
        if self.bets is not None:
            self.bets = self.bets.plus(sums, counts)
            return self.bets.estimate(LEVEL)
        self.seen.append((sums, counts))
        futures = [np.concatenate(arrays) for arrays in zip(*self.seen, strict=True)]
        return asymptotic_sequence(futures[0], futures[1], look, LEVEL)


class Gathered:
    """A sink that keeps every piece in memory."""

    def __init__(self) -> None:
        self.results: dict[Block, BlockResult] = {}

    def has(self, block: Block) -> bool:
        """Whether the piece is here."""
        return block in self.results

    def add(self, block: Block, result: BlockResult) -> None:
        """Keep it."""
        self.results.setdefault(block, result)

    def stop_asked(self) -> str:
        """Nothing: it wants all."""
        return ""

    def in_order(self, design: Design) -> tuple[BlockResult, ...]:
        """Policy by policy, each in the order of luck."""
        place = {policy: index for index, policy in enumerate(design.policies)}
        ordered = sorted(self.results, key=lambda block: (place[block.policy], block.first))
        return tuple(self.results[block] for block in ordered)


class Looking:
    """A sink that looks at the run as it grows and asks for its end; what it is given goes on to another sink.

    told: hears of every look.
    """

    def __init__(
        self,
        inner: Sink,
        model: Model,
        design: Design,
        asked: Sequence[Goal],
        told: Callable[[Look], None] | None = None,
    ) -> None:
        self.inner, self.design, self.told = inner, design, told
        self.columns = {each.name: (place, each) for place, each in _places(model)}
        self.read = {self.columns[goal.question.column][0] for goal in asked}
        self.tallies = [Tally(goal, design.per_future) for goal in asked]
        self.coming = list(looks(design))
        self.looked: list[Look] = []
        self.waiting: dict[Block, BlockResult] = {}
        self.here = 0

    def has(self, block: Block) -> bool:
        """Whether the other sink has it."""
        return self.inner.has(block)

    def add(self, block: Block, result: BlockResult) -> None:
        """Keep a piece, and look if it was the last that a look waits for."""
        self._take(block, result)
        self.inner.add(block, result)
        self._look_on()

    def take_up(self, results: Iterable[BlockResult]) -> None:
        """Look at what the other sink had before, as far as that goes."""
        for result in results:
            self._take(result.block, result)
            self._look_on()

    def _take(self, block: Block, result: BlockResult) -> None:
        if block not in self.waiting and block.last > self._from:
            self.waiting[block] = self._needed(result)
            self.here += self._counting(block)

    def _needed(self, result: BlockResult) -> BlockResult:
        """The measures that a goal reads, and nothing else, which would be kept in memory for them."""
        values = tuple(each if place in self.read else each[:0] for place, each in enumerate(result.values))
        return replace(result, values=values, series=(), series_lucks=result.lucks[:0], failures=(), firings=None)

    def _look_on(self) -> None:
        while self.coming and not self.met and self.here == self._wanted:
            self._look(self.coming.pop(0))
            self.here = sum(map(self._counting, self.waiting))

    def stop_asked(self) -> str:
        """That everything asked for is known, or why the other sink wants to stop."""
        return "everything that was asked for is known" if self.met else self.inner.stop_asked()

    @property
    def met(self) -> bool:
        """Whether everything asked for is known."""
        return bool(self.looked) and self.looked[-1].met

    @property
    def _from(self) -> int:
        return self.looked[-1].n if self.looked else 0

    @property
    def _wanted(self) -> int:
        """Trajectories that the coming look waits for."""
        return (self.coming[0] - self._from) * len(self.design.policies)

    def _counting(self, block: Block) -> int:
        """Trajectories of a piece that the coming look waits for; no piece comes twice, whole or in part."""
        last = self.coming[0] if self.coming else self._from
        return max(0, min(block.last, last) - max(block.first, self._from))

    def _look(self, n: int) -> None:
        part = Stretch(self.design, self.columns, self._from, n, list(self.waiting.values()))
        number = len(self.looked)
        self.looked.append(
            Look(number, n, tuple(each.standing(*part.by_future(each.goal), number) for each in self.tallies))
        )
        self.waiting = {block: result for block, result in self.waiting.items() if block.last > n}
        if self.told is not None:
            self.told(self.looked[-1])


def _places(model: Model) -> Iterator[tuple[int, Column]]:
    """Each measure that is no series, with its place in the values of a block."""
    return enumerate(column for column in columns_of(model) if not column.series)


class Stretch:
    """The trajectories from one look to the next: answers in the order of luck, then reduced to futures."""

    def __init__(
        self,
        design: Design,
        columns: dict[str, tuple[int, Column]],
        first: int,
        last: int,
        results: Sequence[BlockResult],
    ) -> None:
        self.design, self.columns, self.first, self.last = design, columns, first, last
        self.results = {policy: [each for each in results if each.block.policy == policy] for policy in design.policies}
        self.future = np.arange(first, last) // design.per_future - first // design.per_future
        self.made: dict[tuple[str, Question], Floats] = {}
        self.thirds: dict[Any, npt.NDArray[np.intp]] = {}

    def by_future(self, goal: Goal) -> tuple[Floats, Floats]:
        """Sum of the answers (or differences) in each future, and how many there are."""
        told = self.answered(goal.policy, goal.question)
        if goal.against:
            told = told - self.answered(goal.against, goal.question)
        known = ~np.isnan(told)
        count = int(self.future[-1]) + 1
        sums = np.bincount(self.future[known], weights=told[known], minlength=count).astype(np.float64)
        counts = np.bincount(self.future[known], minlength=count).astype(np.float64)
        if goal.part is not None:
            inside = self._third(goal.part[0]) == goal.part[1]
            sums, counts = sums[inside], counts[inside]
        return sums, counts

    def answered(self, policy: str, question: Question) -> Floats:
        """The answer of each trajectory, NaN where it failed or has none; shape (last − first,)."""
        if (policy, question) not in self.made:
            place, column = self.columns[question.column]
            values = np.full(self.last - self.first, np.nan)
            for result in self.results[policy]:
                rows = slice(*np.searchsorted(result.lucks, [self.first, self.last]))
                told = decode(column, result.values[place][rows])
                values[result.lucks[rows] - self.first] = answers(question, told)
            self.made[policy, question] = values
        return self.made[policy, question]

    def _third(self, name: Any) -> npt.NDArray[np.intp]:
        """Which third of a bare range each future of the stretch lies in."""
        if name not in self.thirds:
            futures = np.arange(self.first // self.design.per_future, (self.last - 1) // self.design.per_future + 1)
            self.thirds[name] = slices(places((name,), self.design.seed, futures)[name.name], THIRDS)
        return self.thirds[name]


# ---------------------------------------------------------------------- the run that was stopped


def up_to(results: Sequence[BlockResult], n: int) -> tuple[BlockResult, ...]:
    """The results of trajectories before `n`; pieces that were begun beyond a look are left out."""
    return tuple(_before(each, n) for each in results if each.block.first < n)


def _before(result: BlockResult, n: int) -> BlockResult:
    if result.block.last <= n:
        return result
    rows, drawn = (slice(int(np.searchsorted(lucks, n))) for lucks in (result.lucks, result.series_lucks))
    firings = result.firings
    if firings is not None:
        kept = slice(int(np.searchsorted(firings.lucks, n)))
        arrays = (firings.lucks, firings.times, firings.rules, firings.numbers)
        lucks, times, rules, numbers = (each[kept] for each in arrays)
        firings = replace(firings, lucks=lucks, times=times, rules=rules, numbers=numbers)
    return replace(
        result,
        block=replace(result.block, last=n),
        lucks=result.lucks[rows],
        values=tuple(each[rows] for each in result.values),
        series_lucks=result.series_lucks[drawn],
        series=tuple(each[drawn] for each in result.series),
        failures=tuple(each for each in result.failures if each.luck < n),
        firings=firings,
    )


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
