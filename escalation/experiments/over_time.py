"""Series of all trajectories, without the trajectories: what charts over time need of those whose paths are not kept.

The paths of the first 2,000 trajectories of a policy are kept. Of all others a piece keeps, for each series of numbers,
how many values lie in each cell at each time, and for each series of rungs how many trajectories of each future stand
on each rung at each time. Both are whole numbers, so pieces can be put together in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from escalation.experiments.columns import Column
from escalation.experiments.design import Block, Design
from escalation.statistics.future_counts import FutureCounts
from escalation.statistics.time_histogram import TimeHistogram

if TYPE_CHECKING:
    from escalation.experiments.block import BlockResult

Whole = npt.NDArray[np.int64]
Codes = npt.NDArray[Any]


@dataclass(frozen=True)
class PieceOverTime:
    """The series of some trajectories of one policy.

    futures, sizes: the futures that they belong to, ascending, and how many of them each has; shape (F,). numbers: by
    series of numbers. standing: by series of rungs, trajectories by rung, time and future, shape (rungs, times, F).
    """

    futures: Whole
    sizes: Whole
    numbers: Mapping[str, TimeHistogram]
    standing: Mapping[str, Whole]

    @classmethod
    def of(cls, columns: Sequence[Column], futures: Whole, tables: Sequence[Codes]) -> PieceOverTime:
        """Of a table a series, of trajectories by times, as they travel; `futures` of the trajectories, ascending."""
        labels, member, sizes = np.unique(futures, return_inverse=True, return_counts=True)
        numbers, standing = {}, {}
        for column, table in zip(columns, tables, strict=True):
            if column.form == "number":
                numbers[column.name] = TimeHistogram.of(table)
            elif column.form == "rung":
                standing[column.name] = _standing(table, member.astype(np.int64), labels.size, len(column.words))
        return cls(labels, sizes.astype(np.int64), numbers, standing)

    @classmethod
    def joined(cls, pieces: Sequence[PieceOverTime]) -> PieceOverTime:
        """Several pieces of one policy with the same series, no trajectory in two of them."""
        labels = np.unique(np.concatenate([each.futures for each in pieces]))
        sizes = np.zeros(labels.size, dtype=np.int64)
        numbers = {name: replace(each) for name, each in pieces[0].numbers.items()}
        standing = {
            name: np.zeros((*each.shape[:2], labels.size), dtype=np.int64) for name, each in pieces[0].standing.items()
        }
        for place, piece in enumerate(pieces):
            here = np.searchsorted(labels, piece.futures)
            sizes[here] += piece.sizes
            for name, each in piece.standing.items():
                standing[name][:, :, here] += each
            for name, histogram in piece.numbers.items() if place else ():
                numbers[name].merge(histogram)
        return cls(labels, sizes, numbers, standing)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything in it by name, to be stored; `from_arrays` makes it again."""
        named = {"futures": self.futures, "sizes": self.sizes}
        for name, each in self.numbers.items():
            named |= {f"cells {name}": each.cells, f"counts {name}": each.counts, f"missing {name}": each.missing}
        return named | {f"standing {name}": each for name, each in self.standing.items()}

    @classmethod
    def from_arrays(cls, named: Mapping[str, npt.NDArray[Any]]) -> PieceOverTime:
        """What `arrays` told."""
        numbers, standing = {}, {}
        for key, array in named.items():
            kind, _, name = key.partition(" ")
            if kind == "cells":
                numbers[name] = TimeHistogram(array, named[f"counts {name}"], named[f"missing {name}"])
            elif kind == "standing":
                standing[name] = array
        return cls(named["futures"], named["sizes"], numbers, standing)


def _standing(table: Codes, member: Whole, futures: int, rungs: int) -> Whole:
    times = table.shape[1]
    # A blank, −1, counts in a last row that is left out.
    rung = np.where(table < 0, rungs, table).astype(np.int64)
    place = (rung * times + np.arange(times)) * futures + member[:, None]
    shape = (rungs + 1, times, futures)
    return np.bincount(place.ravel(), minlength=int(np.prod(shape))).reshape(shape)[:-1]


@dataclass
class OverTime:
    """The series of all trajectories of one policy. n: how many there are.

    standing: by series of rungs, an event for each rung and time, rungs outside.
    """

    n: int = 0
    numbers: dict[str, TimeHistogram] = field(default_factory=dict)
    standing: dict[str, FutureCounts] = field(default_factory=dict)


@dataclass
class _Begun:
    """A future of which some trajectories are not here yet."""

    covered: int = 0
    size: int = 0
    standing: dict[str, Whole] = field(default_factory=dict)


class OverTimeReducer:
    """Puts the series of pieces together as they come, in any order; each trajectory is to come once."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.policies = {name: OverTime() for name in design.policies}
        self._begun: dict[tuple[str, int], _Begun] = {}

    def take(self, result: BlockResult) -> BlockResult:
        """Take in what a piece says of trajectories whose paths are not kept; gives the rest of it."""
        for block, piece in result.over_time:
            self._add(block, piece)
        return replace(result, over_time=()) if result.over_time else result

    def finish(self, results: Iterable[BlockResult], columns: Sequence[Column]) -> dict[str, OverTime]:
        """The series of all trajectories; `results` hold the paths that are kept. Nothing where every path is kept."""
        from escalation.experiments.block import WITH_SERIES

        if not any(each.n for each in self.policies.values()):
            return {}
        for result in results:
            block = result.block
            if len(result.series_lucks):
                futures = result.series_lucks // self.design.per_future
                piece = PieceOverTime.of(columns, futures, result.series)
                self._add(Block(block.policy, block.first, min(block.last, WITH_SERIES)), piece)
        for (policy, _), begun in sorted(self._begun.items()):
            self._close(self.policies[policy], np.array([begun.size]), begun.standing)
        self._begun.clear()
        return self.policies

    def _add(self, block: Block, piece: PieceOverTime) -> None:
        policy = self.policies[block.policy]
        policy.n += int(piece.sizes.sum())
        for name, histogram in piece.numbers.items():
            if name in policy.numbers:
                policy.numbers[name].merge(histogram)
            else:
                policy.numbers[name] = replace(histogram)
        k = self.design.per_future
        begins, ends = piece.futures * k, np.minimum((piece.futures + 1) * k, self.design.n)
        whole = (begins >= block.first) & (ends <= block.last)
        self._close(policy, piece.sizes[whole], {name: each[:, :, whole] for name, each in piece.standing.items()})
        for future in np.unique([block.first // k, (block.last - 1) // k]).tolist():
            if future * k < block.first or min((future + 1) * k, self.design.n) > block.last:
                self._gather(block, future, piece)

    def _gather(self, block: Block, future: int, piece: PieceOverTime) -> None:
        """Part of a future; when it is the last part, the future is closed."""
        k = self.design.per_future
        begun = self._begun.setdefault((block.policy, future), _Begun())
        end = min((future + 1) * k, self.design.n)
        begun.covered += min(end, block.last) - max(future * k, block.first)
        for place in np.flatnonzero(piece.futures == future).tolist():
            begun.size += int(piece.sizes[place])
            for name, each in piece.standing.items():
                begun.standing[name] = begun.standing.get(name, 0) + each[:, :, place : place + 1]
        if begun.covered == end - future * k:
            self._close(self.policies[block.policy], np.array([begun.size]), begun.standing)
            del self._begun[block.policy, future]

    @staticmethod
    def _close(policy: OverTime, sizes: Whole, standing: Mapping[str, Whole]) -> None:
        for name, each in standing.items():
            events = each.shape[0] * each.shape[1]
            policy.standing.setdefault(name, FutureCounts(events)).add(each.reshape(events, -1), sizes)
