"""All trajectories of an experiment, as tables. Nothing here computes an estimate (law 19)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from escalation.experiments.block import BlockResult, FailedTrajectory, Firings, renumbered
from escalation.experiments.columns import Column, categorical, columns_of, decode, series_times
from escalation.experiments.design import Design
from escalation.expressions.units import DAY
from escalation.model.process import Model, Policy

if TYPE_CHECKING:
    import pandas as pd

    from escalation.experiments.over_time import OverTime
    from escalation.experiments.summary import Summary

KEYS = ("policy", "future", "luck")


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What an experiment gave.

    title, start, horizon: of the scenario; the start an ISO date, the horizon in milliseconds and inside.
    policies: those that were run, in the scenario's order. columns: what each measure is (unit, type, direction).
    outcomes: `policy, future, luck`, then a column a measure; a row for every policy and trajectory that reached its
        horizon, in that order. A failed trajectory has no outcomes and so no row: it is in `failures`.
    series: `policy, future, luck, day`, then a column a series measure; the first 2,000 trajectories of a policy.
    firings: None, or `policy, future, luck, time` (milliseconds), `rule, number`, failed trajectories' too.
    over_time: by policy, what is known of the series of all trajectories; empty where `series` has them all.
    stopped: why trajectories of the design are missing, "" when none is.
    summary: what was kept instead of the outcomes, which then have no row; None where they were kept.
    """

    title: str
    start: str
    horizon: int
    design: Design
    policies: tuple[Policy, ...]
    columns: tuple[Column, ...]
    outcomes: "pd.DataFrame"
    series: "pd.DataFrame"
    failures: tuple[FailedTrajectory, ...] = ()
    firings: "pd.DataFrame | None" = None
    stopped: str = ""
    summary: "Summary | None" = None
    over_time: "Mapping[str, OverTime]" = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every trajectory of the design was run, though some may have failed."""
        return not self.stopped

    @property
    def done(self) -> int:
        """Trajectories that were run, of all policies together."""
        return self.finished + len(self.failures)

    @property
    def finished(self) -> int:
        """Trajectories that reached the horizon, whether or not their rows were kept."""
        return len(self.outcomes) if self.summary is None else self.summary.n

    @property
    def reportable(self) -> bool:
        """Whether anything can be estimated."""
        return self.finished > 0 if self.summary is None else self.summary.reportable

    def column(self, name: str) -> Column:
        """What a measure is. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"there is no measure {name!r}")

    def _repr_html_(self) -> str:
        """What a notebook shows: how much was run and what was measured."""
        design = self.design
        said = f"{design.n:,} trajectories a policy in {design.futures:,} futures, seed {design.seed}"
        if self.failures:
            said += f"; {len(self.failures):,} failed"
        if self.stopped:
            said += f"; stopped early ({self.stopped}) after {self.done:,} of {design.total:,}"
        policies = ", ".join(escape(policy.label or policy.name) for policy in self.policies)
        rows = "".join(
            f"<tr><td>{escape(column.name)}</td><td>{escape(column.label)}</td><td>{escape(column.unit)}</td></tr>"
            for column in self.columns
        )
        return (
            f"<p><strong>{escape(self.title)}</strong><br>{escape(said)}<br>Policies: {policies}</p>"
            f"<table><thead><tr><th>measure</th><th>what</th><th>unit</th></tr></thead><tbody>{rows}</tbody></table>"
        )


def assemble(
    model: Model, design: Design, results: Iterable[BlockResult], stopped: str = "", firings: bool = False
) -> Ensemble:
    """Tables of the blocks that were run, given in canonical order, of which each is looked at once."""
    columns = columns_of(model)
    by_name = {policy.name: policy for policy in model.policies}
    outcomes, series = OutcomeRows(design, columns), SeriesRows(model, design, columns)
    failures: list[FailedTrajectory] = []
    logs: list[tuple[str, Firings]] = []
    for result in results:
        outcomes.add(result)
        series.add(result)
        failures += result.failures
        if firings and result.firings is not None:
            logs.append((result.block.policy, result.firings))
    return Ensemble(
        title=model.title,
        start=model.start,
        horizon=model.horizon,
        design=design,
        policies=tuple(by_name[name] for name in design.policies),
        columns=columns,
        outcomes=outcomes.frame(),
        series=series.frame(),
        failures=tuple(failures),
        firings=firing_rows(model, design, logs, others_of(logs)) if firings else None,
        stopped=stopped,
    )


class _Parts:
    """One column that grows by arrays; each is copied, since it may be a view of far more."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.parts: list[Any] = []

    def add(self, array: Any) -> None:
        import numpy as np

        self.parts.append(np.array(array, dtype=self.kind))

    def whole(self) -> Any:
        """All of them as one array; what they took is given back."""
        import numpy as np

        whole = np.concatenate(self.parts) if self.parts else np.empty(0, dtype=self.kind)
        self.parts = []
        return whole


class _Keys:
    """The columns `policy, future, luck`."""

    def __init__(self, design: Design) -> None:
        import numpy as np

        self.design = design
        self.codes, self.lucks = _Parts(np.int16), _Parts(np.int64)

    def add(self, policy: str, lucks: Any) -> None:
        import numpy as np

        self.codes.add(np.full(len(lucks), self.design.policies.index(policy)))
        self.lucks.add(lucks)

    def columns(self) -> "dict[str, Any]":
        lucks = self.lucks.whole()
        policy = categorical(self.codes.whole(), self.design.policies)
        return {"policy": policy, "future": lucks // self.design.per_future, "luck": lucks}


class OutcomeRows:
    """The table of outcomes of blocks that come one after another."""

    def __init__(self, design: Design, columns: Sequence[Column]) -> None:
        import numpy as np

        self.keys = _Keys(design)
        self.measured = [
            (column, _Parts(np.int16 if column.coded else np.float64)) for column in columns if not column.series
        ]

    def add(self, result: BlockResult) -> None:
        """A row for each of its trajectories that reached the horizon."""
        self.keys.add(result.block.policy, result.lucks)
        for (_, parts), array in zip(self.measured, result.values, strict=True):
            parts.add(array)

    def frame(self) -> "pd.DataFrame":
        """The table."""
        import pandas as pd

        return pd.DataFrame(
            self.keys.columns() | {each.name: decode(each, parts.whole()) for each, parts in self.measured}
        )


class SeriesRows:
    """The table of series of blocks that come one after another."""

    def __init__(self, model: Model, design: Design, columns: Sequence[Column]) -> None:
        import numpy as np

        self.keys, self.rows = _Keys(design), 0
        times = series_times(model)
        self.instants = sorted(set().union(*times.values()))
        place = {instant: index for index, instant in enumerate(self.instants)}
        self.measured = [
            (column, [place[each] for each in times[column.name]], _Parts(np.int16 if column.coded else np.float64))
            for column in columns
            if column.series
        ]

    def add(self, result: BlockResult) -> None:
        """A row for each of its trajectories whose series are kept, and each instant at which any is sampled."""
        import numpy as np

        rows = len(result.series_lucks)
        if not rows:
            return
        self.keys.add(result.block.policy, np.repeat(result.series_lucks, len(self.instants)))
        self.rows += rows
        for (column, places, parts), array in zip(self.measured, result.series, strict=True):
            whole = np.full((rows, len(self.instants)), -1 if column.coded else np.nan, dtype=parts.kind)
            whole[:, places] = array
            parts.add(whole.reshape(-1))

    def frame(self) -> "pd.DataFrame":
        """The table."""
        import numpy as np
        import pandas as pd

        table = self.keys.columns()
        table["day"] = np.tile(np.array(self.instants, dtype=np.float64) / DAY, self.rows)
        return pd.DataFrame(table | {each.name: decode(each, parts.whole()) for each, _, parts in self.measured})


def others_of(logs: Iterable[tuple[str, Firings]]) -> tuple[str, ...]:
    """Names under which processes of someone's own fired, in order."""
    return tuple(sorted({name for _, firings in logs for name in firings.others}))


def firing_rows(
    model: Model, design: Design, logs: Sequence[tuple[str, Firings]], others: tuple[str, ...]
) -> "pd.DataFrame":
    """The table of firings, of policies and their blocks' firings; `others` are all there are in the run."""
    import numpy as np
    import pandas as pd

    keys, times, rules, numbers = _Keys(design), _Parts(np.int64), _Parts(np.int32), _Parts(np.int64)
    for policy, firings in logs:
        keys.add(policy, firings.lucks)
        times.add(firings.times)
        rules.add(renumbered(firings, others))
        numbers.add(firings.numbers)
    names = [*(rule.name for rule in model.rules), *others]
    table = keys.columns() | {"time": times.whole(), "rule": categorical(rules.whole(), names)}
    return pd.DataFrame(table | {"number": numbers.whole()})
