"""Looking at a run as it grows: a sink that has the answers of every trajectory reduced to futures, look by look."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from escalation.experiments.analysis_questions import Question, answers
from escalation.experiments.block import BlockResult
from escalation.experiments.columns import Column, columns_of, decode
from escalation.experiments.deep import THIRDS, places
from escalation.experiments.design import Block, Design
from escalation.experiments.sink import Sink
from escalation.experiments.stopping import LEVEL, Look, Standing
from escalation.experiments.stopping_rule import Goal, looks
from escalation.model.process import Model
from escalation.statistics.asymptotic_sequence import asymptotic_sequence
from escalation.statistics.confidence_sequence import before_any
from escalation.statistics.estimate import Estimate
from escalation.statistics.paired import verdict_of
from escalation.statistics.slices import slices

Floats = npt.NDArray[np.float64]
NOT_FELT = "nothing that the two policies differ in can reach it, and every pair is equal"


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

    def gaps(self, block: Block) -> list[Block]:
        """The piece, if it is not here."""
        return [] if self.has(block) else [block]

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

    def gaps(self, block: Block) -> list[Block]:
        """What the other sink does not have of it."""
        return self.inner.gaps(block)

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
        return replace(
            result, values=values, series=(), series_lucks=result.lucks[:0], failures=(), firings=None, over_time=()
        )

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
