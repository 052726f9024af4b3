"""Measures of a trajectory in progress: read when an instant has settled, told of the segments between (law 12)."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from escalation.engines.program import Program, RuleCode
from escalation.model.measures import Watch, watch, window
from escalation.model.process import Value


class Gauges:
    """What is being measured. `touch` says which measures read something that changed, `settle` reads those again."""

    def __init__(self, program: Program, s: list[Any]) -> None:
        model = program.model
        self._program = program
        self._counts = [0] * len(model.measures)
        self._windows = [window(measure, model.horizon) for measure in model.measures]
        self._held: list[tuple[int, Any, Watch] | None] = [
            None if function is None else (0, function(s), watch(measure, program.start, model.horizon))
            for measure, function in zip(model.measures, program.measure_code, strict=True)
        ]
        self.touched: set[int] = set()

    def touch(self, indexes: Iterable[int]) -> None:
        """These measures read something that changed in this instant."""
        self.touched.update(indexes)

    def count(self, code: RuleCode, now: int) -> None:
        """A rule has fired."""
        for index in code.counted_by:
            low, high = self._windows[index]
            if low <= now <= high:
                self._counts[index] += 1

    def settle(self, s: list[Any], now: int) -> None:
        """The instant is over."""
        for index in sorted(self.touched):
            function, entry = self._program.measure_code[index], self._held[index]
            if function is None or entry is None:
                continue
            value = function(s)
            since, held, watched = entry
            if value != held:
                if now > since:
                    watched.segment(since, now, held)
                self._held[index] = (now, value, watched)
        self.touched.clear()

    def results(self, end: int) -> tuple[dict[str, Value | None], dict[str, tuple[Value | None, ...]]]:
        """Measures and series by name; the last segments last until before `end`.

        It may be asked at any settled instant and changes nothing.
        """
        measures: dict[str, Value | None] = {}
        series: dict[str, tuple[Value | None, ...]] = {}
        for index, measure in enumerate(self._program.model.measures):
            entry = self._held[index]
            if entry is None:
                measures[measure.name] = float(self._counts[index])
                continue
            since, held, watched = deepcopy(entry)
            if end > since:
                watched.segment(since, end, held)
            if measure.how == "series":
                series[measure.name] = watched.result()
            else:
                measures[measure.name] = watched.result()
        return measures, series
