"""What a block of trajectories gave, packed in arrays: small to send between processes, and of fixed order."""

from dataclasses import dataclass
from re import sub
from typing import TYPE_CHECKING, Any

from escalation.experiments.columns import columns_of, encode, encode_array, series_times
from escalation.experiments.design import Block, Design
from escalation.model.process import Model
from escalation.model.trajectory import Point, Trajectory

if TYPE_CHECKING:
    import numpy as np

    from escalation.engines.compiled.engine import Batch, Compiled

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
    series_lucks: shape (m,), m ≤ n. series: one array of shape (m, days) for each series.
    """

    block: Block
    lucks: "Array"
    values: tuple["Array", ...]
    series_lucks: "Array"
    series: tuple["Array", ...]
    failures: tuple[FailedTrajectory, ...]
    firings: Firings | None = None


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
    charted = [each for each in finished if each.point.luck < WITH_SERIES]
    return BlockResult(
        block=block,
        lucks=np.array([each.point.luck for each in finished], dtype=np.int64),
        values=tuple(
            encode(column, [each.measures[column.name] for each in finished]) for column in columns if not column.series
        ),
        series_lucks=np.array([each.point.luck for each in charted], dtype=np.int64),
        series=tuple(
            encode(column, [value for each in charted for value in each.series[column.name]]).reshape(len(charted), -1)
            if charted
            else encode(column, []).reshape(0, 0)
            for column in columns
            if column.series
        ),
        failures=tuple(failures),
        firings=None if logged is None else _pack_firings(model, logged),
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
    charted = good[: len(batch.series)]
    columns = columns_of(model)
    widths = [len(times) for times in series_times(model).values()]
    parts = np.split(batch.series[charted], np.cumsum(widths)[:-1], axis=1) if widths else []
    single, several = [c for c in columns if not c.series], [c for c in columns if c.series]
    return BlockResult(
        block=block,
        lucks=lucks[good],
        values=tuple(encode_array(column, batch.values[good, i]) for i, column in enumerate(single)),
        series_lucks=lucks[: len(batch.series)][charted],
        series=tuple(
            encode_array(column, part) if charted.any() else encode(column, []).reshape(0, 0)
            for column, part in zip(several, parts, strict=True)
        ),
        failures=tuple(
            FailedTrajectory.of(Trajectory(design.point(block.policy, block.first + place), {}, {}, 0, failure))
            for place, failure in sorted(batch.failures.items())
        ),
        firings=None if batch.log is None else _firings_of(lucks, batch.log[0]),
    )


def _firings_of(lucks: "Array", keys: "Array") -> Firings:
    import numpy as np

    return Firings(lucks[keys[:, 0]], keys[:, 1].copy(), keys[:, 2].astype(np.int32), keys[:, 3].copy())


def run_piece(
    compiled: "Compiled", design: Design, block: Block, *, firings: bool, stop: "Array | None" = None
) -> BlockResult | None:
    """All trajectories of a block on the compiled engine; None if it was told to stop on the way (`stop[0]` not 0).

    The lucks of a design ascend, so those whose series are kept come first.
    """
    futures, lucks = design.numbers(block)
    charted = int((lucks < WITH_SERIES).sum())
    batch = compiled.run(block.policy, lucks, futures, seed=design.seed, charted=charted, log=firings, stop=stop)
    return None if batch is None else pack_batch(compiled.model, block, design, batch)
