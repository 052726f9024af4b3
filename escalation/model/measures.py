"""What is measured on one trajectory: a value watched over its settled instants (law 12).

A watched value is constant between settled instants, so a measure is told of *segments*: from an instant up to,
but not including, the next at which the value changes. Unknown numbers (NaN) are left out of `max`, `min` and
`mean`; a measure that never saw a known one is blank (None).
"""

from bisect import bisect_left
from collections.abc import Callable
from datetime import date
from functools import partial
from math import isnan
from typing import Any, Protocol

from escalation.model.calendar import add_months
from escalation.model.process import Measure, Months


class Watch(Protocol):
    """Takes segments in order of time and gives the measure's value at the end.

    What it holds is never changed in place, so a shallow copy of a watch may go its own way. `kept` names the
    attributes that segments change: with these a fresh watch goes on where another was.
    """

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of what it has kept."""

    def segment(self, start: int, end: int, value: Any) -> None:
        """The value held from `start` up to before `end` (milliseconds)."""

    def result(self) -> Any:
        """The measure, once every segment up to one past the horizon has been told."""


class Ever:
    """Whether a condition ever held within the window."""

    kept = ("held",)

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high, self.held = low, high, False

    def segment(self, start: int, end: int, value: bool) -> None:
        """See `Watch`."""
        if value and start <= self.high and end > self.low:
            self.held = True

    def result(self) -> bool:
        """See `Watch`."""
        return self.held


class First:
    """When a condition first held within the window, in milliseconds; blank if it never did."""

    kept = ("at",)

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high
        self.at: float | None = None

    def segment(self, start: int, end: int, value: bool) -> None:
        """See `Watch`."""
        if value and self.at is None and start <= self.high and end > self.low:
            self.at = float(max(start, self.low))

    def result(self) -> float | None:
        """See `Watch`."""
        return self.at


class TimeIn:
    """How long a condition held, in milliseconds, over [low, high)."""

    kept = ("total",)

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high, self.total = low, high, 0

    def segment(self, start: int, end: int, value: bool) -> None:
        """See `Watch`."""
        if value:
            self.total += max(0, min(end, self.high) - max(start, self.low))

    def result(self) -> float:
        """See `Watch`."""
        return float(self.total)


class Mean:
    """The average of a number over the time in [low, high) for which it is known."""

    kept = ("total", "known")

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high, self.total, self.known = low, high, 0.0, 0

    def segment(self, start: int, end: int, value: float) -> None:
        """See `Watch`."""
        length = min(end, self.high) - max(start, self.low)
        if length > 0 and not isnan(value):
            self.total += value * length
            self.known += length

    def result(self) -> float | None:
        """See `Watch`."""
        return self.total / self.known if self.known else None


class Extreme:
    """The largest (sign 1) or smallest (sign -1) known value within the window."""

    kept = ("best",)

    def __init__(self, low: int, high: int, sign: int) -> None:
        self.low, self.high, self.sign = low, high, sign
        self.best: Any = None

    def segment(self, start: int, end: int, value: Any) -> None:
        """See `Watch`."""
        if start > self.high or end <= self.low or value != value:
            return
        if self.best is None or (value - self.best) * self.sign > 0:
            self.best = value

    def result(self) -> Any:
        """See `Watch`."""
        return self.best


class Final:
    """The value at one instant; blank if unknown then."""

    kept = ("value",)

    def __init__(self, at: int) -> None:
        self.at = at
        self.value: Any = None

    def segment(self, start: int, end: int, value: Any) -> None:
        """See `Watch`."""
        if start <= self.at < end and value == value:
            self.value = value

    def result(self) -> Any:
        """See `Watch`."""
        return self.value


class Series:
    """The value at each of several instants, in order; blank where unknown."""

    kept = ("values",)

    def __init__(self, times: tuple[int, ...]) -> None:
        self.times = times
        self.values: tuple[Any, ...] = ()

    def segment(self, start: int, end: int, value: Any) -> None:
        """See `Watch`."""
        done = len(self.values)
        self.values += (value if value == value else None,) * (bisect_left(self.times, end, done) - done)

    def result(self) -> tuple[Any, ...]:
        """See `Watch`."""
        return self.values


def sample_times(measure: Measure, start: date, horizon: int) -> tuple[int, ...]:
    """The instants of a series: its own, or the start and then every step up to the horizon, which is inside."""
    if measure.times:
        return measure.times
    assert measure.every is not None
    if isinstance(measure.every, Months):
        times, number = [0], measure.every.count
        while (instant := add_months(start, 0, number)) <= horizon:
            times.append(instant)
            number += measure.every.count
        return tuple(times)
    return tuple(range(0, horizon + 1, measure.every))


def watcher(measure: Measure, start: date, horizon: int) -> Callable[[], Watch]:
    """What makes a fresh watch for each trajectory; `count` has none, since it counts firings and not states."""
    low, high = window(measure, horizon)
    match measure.how:
        case "ever":
            return partial(Ever, low, high)
        case "first":
            return partial(First, low, high)
        case "time_in":
            return partial(TimeIn, low, high)
        case "mean":
            return partial(Mean, low, high)
        case "max" | "min":
            return partial(Extreme, low, high, 1 if measure.how == "max" else -1)
        case "final":
            return partial(Final, high if measure.at is None else measure.at)
        case "series":
            return partial(Series, sample_times(measure, start, horizon))
        case _:
            raise ValueError(f"{measure.how} watches no value")


def window(measure: Measure, horizon: int) -> tuple[int, int]:
    """First and last instant that count for a measure."""
    return (0, horizon) if measure.during is None else measure.during
