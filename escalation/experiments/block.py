"""What a block of trajectories gave, packed in arrays: small to send between processes, and of fixed order."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
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
    PartsOverTime = tuple[tuple[Block, PieceOverTime], ...]

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
    known: how many rules the model has, so that is where `others` begin; needed only where there are any.
    """

    lucks: "Array"
    times: "Array"
    rules: "Array"
    numbers: "Array"
    others: tuple[str, ...] = ()
    known: int = 0


@dataclass(frozen=True, slots=True)
class BlockResult:
    """A block's trajectories that reached the horizon, and those that failed.

    lucks: shape (n,). values: one array of codes or floats of shape (n,) for each measure that is no series.
    series_lucks: shape (m,), m ≤ n: of those whose paths are kept. series: one array of shape (m, days) for each
    series; (0, 0) where m is 0. over_time: what is kept of the paths of all others, a part for each canonical block.
    """

    block: Block
    lucks: "Array"
    values: tuple["Array", ...]
    series_lucks: "Array"
    series: tuple["Array", ...]
    failures: tuple[FailedTrajectory, ...]
    firings: Firings | None = None
    over_time: "PartsOverTime" = ()


def split_series(
    block: Block, columns: tuple[Column, ...], lucks: "Array", futures: "Array", tables: "Sequence[Array]"
) -> "tuple[Array, tuple[Array, ...], PartsOverTime]":
    """The lucks and paths that are kept, and what is kept of the others.

    columns: of the series. lucks, futures: of the trajectories that reached the horizon, ascending. tables: a table a
    series, of these trajectories by days, as they travel.
    """
    from escalation.experiments.over_time import PieceOverTime

    kept = slice(0, int((lucks < WITH_SERIES).sum()))
    beyond = []
    if columns and block.last > WITH_SERIES:
        for each in canonical_parts(Block(block.policy, max(block.first, WITH_SERIES), block.last), 0):
            rows = _between(lucks, each.first, each.last)
            beyond.append((each, PieceOverTime.of(columns, futures[rows], [table[rows] for table in tables])))
    return lucks[kept], tuple(table[kept] if kept.stop else table[:0, :0] for table in tables), tuple(beyond)


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
        encode(column, [value for each in finished for value in each.series[column.name]]).reshape(-1, len(times))
        for column, times in zip(series, series_times(model).values(), strict=True)
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
    return Firings(table[:, 0], table[:, 1], table[:, 2].astype(np.int32), table[:, 3], tuple(others), len(known))


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
    results = []
    for piece in canonical_parts(block, WITH_SERIES):
        futures, lucks = design.numbers(piece)
        batch = compiled.run(block.policy, lucks, futures, seed=design.seed, log=firings, stop=stop)
        if batch is None:
            return None
        results.append(pack_batch(compiled.model, piece, design, batch))
    return join(results)


def canonical_parts(block: Block, since: int) -> list[Block]:
    """A block in parts: what lies before `since` as one, and from there on cut at the borders of canonical blocks."""
    since = min(max(since, block.first), block.last)
    borders = range((since // CANONICAL + 1) * CANONICAL, block.last, CANONICAL)
    cuts = sorted({block.first, since, *borders, block.last})
    return [Block(block.policy, first, last) for first, last in pairwise(cuts)]


# ---------------------------------------------------------------------- taken apart and put together


def part(result: BlockResult, first: int, last: int) -> BlockResult:
    """The trajectories `first` up to, but not including, `last` of a result. They must lie within its block."""
    block = result.block
    if not block.first <= first <= last <= block.last:
        raise ValueError(f"{first} to {last} is no part of {block.first} to {block.last}")
    if (first, last) == (block.first, block.last):
        return result
    rows, drawn = _between(result.lucks, first, last), _between(result.series_lucks, first, last)
    return BlockResult(
        block=Block(block.policy, first, last),
        lucks=result.lucks[rows],
        values=tuple(each[rows] for each in result.values),
        series_lucks=result.series_lucks[drawn],
        series=tuple(each[drawn] if drawn.start < drawn.stop else each[:0].reshape(0, 0) for each in result.series),
        failures=tuple(each for each in result.failures if first <= each.luck < last),
        firings=None if result.firings is None else _firings_between(result.firings, first, last),
        over_time=_over_time_between(result.over_time, first, last),
    )


def _over_time_between(parts: "PartsOverTime", first: int, last: int) -> "PartsOverTime":
    """Those that lie inside, of parts in ascending order; what is counted together cannot be taken apart."""
    begin = bisect_left(parts, first, key=lambda part: part[0].first)
    end = bisect_right(parts, last, key=lambda part: part[0].last)
    beside = [*parts[max(begin - 1, 0) : begin], *parts[end : end + 1]]
    for block, _ in beside:
        if block.first < first < block.last or block.first < last < block.last:
            raise ValueError(f"the series of {block} are counted together: they cannot be cut at {first} or {last}")
    return parts[begin : max(begin, end)]


def up_to(results: Iterable[BlockResult], n: int) -> Iterator[BlockResult]:
    """What the results have of trajectories before `n`; pieces that lie beyond are left out."""
    for each in results:
        if each.block.first < n:
            yield part(each, each.block.first, min(each.block.last, n))


def _firings_between(firings: Firings, first: int, last: int) -> Firings:
    rows = _between(firings.lucks, first, last)
    columns = (firings.lucks[rows], firings.times[rows], firings.rules[rows], firings.numbers[rows])
    return Firings(*columns, firings.others, firings.known)


def _between(lucks: "Array", first: int, last: int) -> slice:
    import numpy as np

    return slice(*np.searchsorted(lucks, [first, last]).tolist())


def join(results: Iterable[BlockResult]) -> BlockResult:
    """Adjacent pieces of one policy, given in order, as one.

    Raises ValueError where there are none, or where one does not begin where the other ends.
    """
    import numpy as np

    pieces = list(results)
    if not pieces:
        raise ValueError("there is nothing to join")
    for one, next_one in pairwise(pieces):
        if (one.block.policy, one.block.last) != (next_one.block.policy, next_one.block.first):
            raise ValueError(f"{next_one.block} does not follow {one.block}")
    if len(pieces) == 1:
        return pieces[0]
    # A piece without series has arrays without days, which fit to no other.
    charted = [each for each in pieces if len(each.series_lucks)] or pieces[:1]
    logs = [each.firings for each in pieces if each.firings is not None]
    return BlockResult(
        block=Block(pieces[0].block.policy, pieces[0].block.first, pieces[-1].block.last),
        lucks=np.concatenate([each.lucks for each in pieces]),
        values=tuple(np.concatenate(arrays) for arrays in zip(*(each.values for each in pieces), strict=True)),
        series_lucks=np.concatenate([each.series_lucks for each in charted]),
        series=tuple(np.concatenate(arrays) for arrays in zip(*(each.series for each in charted), strict=True)),
        failures=tuple(failure for each in pieces for failure in each.failures),
        firings=_joined_firings(logs) if logs else None,
        over_time=_over_time_together([each for piece in pieces for each in piece.over_time]),
    )


def _over_time_together(parts: "Sequence[tuple[Block, PieceOverTime]]") -> "PartsOverTime":
    """Adjacent parts of one canonical block become one."""
    from escalation.experiments.over_time import PieceOverTime

    groups: list[list[tuple[Block, PieceOverTime]]] = []
    for part in parts:
        last = groups[-1][-1][0] if groups else None
        if last is not None and last.last == part[0].first and part[0].first % CANONICAL:
            groups[-1].append(part)
        else:
            groups.append([part])
    return tuple(
        (Block(each[0][0].policy, each[0][0].first, each[-1][0].last), PieceOverTime.joined([one for _, one in each]))
        if len(each) > 1
        else each[0]
        for each in groups
    )


def _joined_firings(logs: list[Firings]) -> Firings:
    import numpy as np

    others = tuple(sorted({name for each in logs for name in each.others}))
    known = max(each.known for each in logs)
    return Firings(
        lucks=np.concatenate([each.lucks for each in logs]),
        times=np.concatenate([each.times for each in logs]),
        rules=np.concatenate([renumbered(each, others) for each in logs]),
        numbers=np.concatenate([each.numbers for each in logs]),
        others=others,
        known=known,
    )


def renumbered(firings: Firings, others: tuple[str, ...]) -> "Array":
    """Its rules as positions in the model's rules, and after these in `others`, which hold all of its own."""
    import numpy as np

    if firings.others == others or not firings.others:
        return firings.rules
    codes = np.array([firings.known + others.index(name) for name in firings.others], dtype=firings.rules.dtype)
    moved = firings.rules.copy()
    own = moved >= firings.known
    moved[own] = codes[moved[own] - firings.known]
    return moved
