"""What a block of trajectories gave, packed in arrays: small to send between processes, and of fixed order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from re import sub
from typing import TYPE_CHECKING, Any

from escalation.experiments.columns import Column, columns_of, encode, encode_array, series_times
from escalation.experiments.design import CANONICAL, Block, Design
from escalation.model.process import Model
from escalation.model.trajectory import Point, Trajectory

if TYPE_CHECKING:
    import numpy as np

    from escalation.engines.compiled.engine import Batch, Compiled
    from escalation.experiments.over_time import PieceOverTime

    Array = np.ndarray[Any, Any]

WITH_SERIES = 2_000
"""Trajectories a policy whose series are kept: the first."""


@dataclass(frozen=True, slots=True)
class FailedTrajectory:
    """A trajectory that did not reach its horizon, with its address.

    rule: the rule that failed, "" where none is known. time: milliseconds, None where none is known. error: the type
    of an exception that is our own fault, "" when the scenario led there.
    """

    policy: str
    future: int
    luck: int
    seed: int
    rule: str
    time: int | None
    message: str
    error: str = ""

    @classmethod
    def of(cls, trajectory: Trajectory) -> "FailedTrajectory":
        """The failure that a trajectory tells of."""
        point, failure = trajectory.point, trajectory.failure
        assert failure is not None
        return cls(point.policy, point.future, point.luck, point.seed, failure.rule, failure.time, failure.message)

    @classmethod
    def unexpected(cls, point: Point, error: Exception) -> "FailedTrajectory":
        """An exception that nobody foresaw, less the addresses in memory that its text may hold."""
        kind = type(error).__name__
        message = sub(r"0x[0-9a-fA-F]+", "0x…", str(error)) or kind
        return cls(point.policy, point.future, point.luck, point.seed, "", None, message, kind)


@dataclass(frozen=True, slots=True)
class Firings:
    """Every firing of a block: trajectory, instant, rule, number; arrays of one length.

    rules: positions in the model's rules, and after these in `others`, under which processes of one's own acted.
    """

    lucks: "Array"
    times: "Array"
    rules: "Array"
    numbers: "Array"
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockResult:
    """A block's trajectories that reached the horizon, and those that failed.

    lucks: shape (n,). values: one array of codes or floats of shape (n,) for each measure that is no series.
    series_lucks: shape (m,), m ≤ n: of those whose paths are kept. series: one array of shape (m, days) for each
    series. over_time: what is kept of the paths of all others; None where there are none, or where it has been taken.
    """

    block: Block
    lucks: "Array"
    values: tuple["Array", ...]
    series_lucks: "Array"
    series: tuple["Array", ...]
    failures: tuple[FailedTrajectory, ...]
    firings: Firings | None = None
    over_time: "PieceOverTime | None" = None


def split_series(
    block: Block, columns: tuple[Column, ...], lucks: "Array", futures: "Array", tables: "Sequence[Array]"
) -> "tuple[Array, tuple[Array, ...], PieceOverTime | None]":
    """The lucks and paths that are kept, and what is kept of the others.

    columns: of the series. lucks, futures: of the trajectories that reached the horizon, ascending. tables: a table a
    series, of these trajectories by days, as they travel.
    """
    from escalation.experiments.over_time import PieceOverTime

    kept = lucks < WITH_SERIES
    if block.last <= WITH_SERIES or not columns:
        beyond = None
    else:
        beyond = PieceOverTime.of(columns, futures[~kept], [table[~kept] for table in tables])
    return lucks[kept], tuple(table[kept] if kept.any() else table[:0, :0] for table in tables), beyond


def pack(
    model: Model,
    block: Block,
    finished: list[Trajectory],
    failures: list[FailedTrajectory],
    logged: list[Trajectory] | None = None,
) -> BlockResult:
    """Trajectories as arrays; `logged` are those whose firings are kept, if any are."""
    import numpy as np

    columns = columns_of(model)
    series = tuple(column for column in columns if column.series)
    lucks, futures = (
        np.array([getattr(each.point, name) for each in finished], dtype=np.int64) for name in ("luck", "future")
    )
    tables = [
        encode(column, [value for each in finished for value in each.series[column.name]]).reshape(
            len(finished), -1 if finished else 0
        )
        for column in series
    ]
    charted, paths, beyond = split_series(block, series, lucks, futures, tables)
    return BlockResult(
        block=block,
        lucks=lucks,
        values=tuple(
            encode(column, [each.measures[column.name] for each in finished]) for column in columns if not column.series
        ),
        series_lucks=charted,
        series=paths,
        failures=tuple(failures),
        firings=None if logged is None else _pack_firings(model, logged),
        over_time=beyond,
    )


def _pack_firings(model: Model, logged: list[Trajectory]) -> Firings:
    import numpy as np

    known = [rule.name for rule in model.rules]
    others = sorted({firing.rule for each in logged for firing in each.log} - set(known))
    place = {name: index for index, name in enumerate(known + others)}
    rows = [
        (each.point.luck, firing.time, place[firing.rule], firing.number)
        for each in sorted(logged, key=lambda each: each.point.luck)
        for firing in each.log
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return Firings(table[:, 0], table[:, 1], table[:, 2].astype(np.int32), table[:, 3], tuple(others))


def pack_batch(model: Model, block: Block, design: Design, batch: "Batch") -> BlockResult:
    """What the compiled engine gave, the same arrays as `pack` makes of its trajectories."""
    import numpy as np

    good = np.ones(len(batch.lucks), dtype=bool)
    good[list(batch.failures)] = False
    lucks = batch.lucks.astype(np.int64)
    columns = columns_of(model)
    widths = [len(times) for times in series_times(model).values()]
    parts = np.split(batch.series[good], np.cumsum(widths)[:-1], axis=1) if widths else []
    single, several = [c for c in columns if not c.series], tuple(c for c in columns if c.series)
    tables = [encode_array(column, part) for column, part in zip(several, parts, strict=True)]
    charted, paths, beyond = split_series(block, several, lucks[good], batch.futures[good].astype(np.int64), tables)
    return BlockResult(
        block=block,
        lucks=lucks[good],
        values=tuple(encode_array(column, batch.values[good, i]) for i, column in enumerate(single)),
        series_lucks=charted,
        series=paths,
        failures=tuple(
            FailedTrajectory.of(Trajectory(design.point(block.policy, block.first + place), {}, {}, 0, failure))
            for place, failure in sorted(batch.failures.items())
        ),
        firings=None if batch.log is None else _firings_of(lucks, batch.log[0]),
        over_time=beyond,
    )


def _firings_of(lucks: "Array", keys: "Array") -> Firings:
    import numpy as np

    return Firings(lucks[keys[:, 0]], keys[:, 1].copy(), keys[:, 2].astype(np.int32), keys[:, 3].copy())


def run_piece(
    compiled: "Compiled", design: Design, block: Block, *, firings: bool, stop: "Array | None" = None
) -> BlockResult | None:
    """All trajectories of a block on the compiled engine; None if it was told to stop on the way (`stop[0]` not 0).

    The lucks of a design ascend. Where paths are not kept, the block is run part by part, and each part's series are
    let go once they are counted.
    """
    cuts = [block.first, *range(max(block.first, WITH_SERIES), block.last, CANONICAL), block.last]
    parts = [Block(block.policy, first, last) for first, last in pairwise(cuts) if first < last]
    results = []
    for part in parts:
        futures, lucks = design.numbers(part)
        batch = compiled.run(block.policy, lucks, futures, seed=design.seed, log=firings, stop=stop)
        if batch is None:
            return None
        results.append(pack_batch(compiled.model, part, design, batch))
    return results[0] if len(results) == 1 else _together(block, results)


def _together(block: Block, parts: "Sequence[BlockResult]") -> BlockResult:
    """Adjacent parts of a block, in order, as the whole block."""
    import numpy as np

    from escalation.experiments.over_time import PieceOverTime

    charted = [each for each in parts if len(each.series_lucks)] or parts[:1]
    logs = [each.firings for each in parts if each.firings is not None]
    beyond = [each.over_time for each in parts if each.over_time is not None]
    return BlockResult(
        block=block,
        lucks=np.concatenate([each.lucks for each in parts]),
        values=tuple(np.concatenate(arrays) for arrays in zip(*(each.values for each in parts), strict=True)),
        series_lucks=np.concatenate([each.series_lucks for each in charted]),
        series=tuple(np.concatenate(arrays) for arrays in zip(*(each.series for each in charted), strict=True)),
        failures=tuple(failure for each in parts for failure in each.failures),
        firings=_firings_together(logs) if logs else None,
        over_time=PieceOverTime.joined(beyond) if beyond else None,
    )


def _firings_together(logs: "Sequence[Firings]") -> Firings:
    import numpy as np

    columns = zip(*((log.lucks, log.times, log.rules, log.numbers) for log in logs), strict=True)
    lucks, times, rules, numbers = (np.concatenate(parts) for parts in columns)
    return Firings(lucks, times, rules, numbers)
