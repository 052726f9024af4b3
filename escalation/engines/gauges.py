"""Measures of a trajectory in progress: read when an instant has settled, told of the segments between (law 12)."""

from copy import copy
from typing import Any

from escalation.engines.program import MeasureCode, Program, RuleCode
from escalation.model.process import Value


class Gauge:
    """A watched value: what it is, and since when."""

    __slots__ = ("read", "since", "value", "watch")

    def __init__(self, code: MeasureCode, s: list[Any]) -> None:
        self.read, self.watch = code.read, code.watcher()
        self.since, self.value = 0, code.read(s)

    def settle(self, s: list[Any], now: int) -> None:
        """Read it again: the value of before lasted until now."""
        value = self.read(s)
        if value != self.value:
            if now > self.since:
                self.watch.segment(self.since, now, self.value)
            self.since, self.value = now, value

    def result(self, end: int) -> Any:
        """The measure, if the present value lasts until before `end`; nothing is changed."""
        watch = self.watch
        if end > self.since:
            watch = copy(watch)
            watch.segment(self.since, end, self.value)
        return watch.result()


class Gauges:
    """What is being measured. `touched` says which measures read something that changed; `settle` reads those again.

    counts: of every measure, how many firings it has counted. by_measure: those that watch states.
    """

    def __init__(self, program: Program, s: list[Any]) -> None:
        self._model = program.model
        self.counts = [0] * len(self._model.measures)
        self._windows = program.windows
        self.by_measure = {index: Gauge(code, s) for index, code in program.measure_code.items()}
        self.touched: set[int] = set()

    def count(self, code: RuleCode, now: int) -> None:
        """A rule has fired."""
        for index in code.counted_by:
            low, high = self._windows[index]
            if low <= now <= high:
                self.counts[index] += 1

    def settle(self, s: list[Any], now: int) -> None:
        """The instant is over."""
        gauges = self.by_measure
        for index in self.touched:
            gauges[index].settle(s, now)
        self.touched.clear()

    def counts_by_name(self) -> dict[str, int]:
        """How often each measure of firings has counted one so far."""
        measures = enumerate(self._model.measures)
        return {item.name: self.counts[index] for index, item in measures if index not in self.by_measure}

    def results(self, end: int) -> tuple[dict[str, Value | None], dict[str, tuple[Value | None, ...]]]:
        """Measures and series by name; the last segments last until before `end`.

        It may be asked at any settled instant and changes nothing.
        """
        measures: dict[str, Value | None] = {}
        series: dict[str, tuple[Value | None, ...]] = {}
        for index, measure in enumerate(self._model.measures):
            gauge = self.by_measure.get(index)
            if gauge is None:
                measures[measure.name] = float(self.counts[index])
            elif measure.how == "series":
                series[measure.name] = gauge.result(end)
            else:
                measures[measure.name] = gauge.result(end)
        return measures, series
