"""All trajectories of an experiment, as tables. Nothing here computes an estimate (law 19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from escalation.experiments.block import BlockResult, FailedTrajectory
from escalation.experiments.columns import Column, categorical, columns_of, decode, series_times
from escalation.experiments.design import Design
from escalation.expressions.units import DAY
from escalation.model.process import Model, Policy

if TYPE_CHECKING:
    import pandas as pd

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
    stopped: why trajectories of the design are missing, "" when none is.
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

    @property
    def complete(self) -> bool:
        """Whether every trajectory of the design was run, though some may have failed."""
        return not self.stopped

    @property
    def done(self) -> int:
        """Trajectories that were run, of all policies together."""
        return len(self.outcomes) + len(self.failures)

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
    model: Model, design: Design, results: Sequence[BlockResult], stopped: str = "", firings: bool = False
) -> Ensemble:
    """Tables of the blocks that were run, given in canonical order."""
    columns = columns_of(model)
    by_name = {policy.name: policy for policy in model.policies}
    return Ensemble(
        title=model.title,
        start=model.start,
        horizon=model.horizon,
        design=design,
        policies=tuple(by_name[name] for name in design.policies),
        columns=columns,
        outcomes=_outcomes(design, columns, results),
        series=_series(model, design, columns, results),
        failures=tuple(failure for result in results for failure in result.failures),
        firings=_firings(model, design, results) if firings else None,
        stopped=stopped,
    )


def _keys(design: Design, counted: Sequence[tuple[str, Any]]) -> "dict[str, Any]":
    """The columns `policy, future, luck` of rows whose lucks are given, block by block."""
    import numpy as np

    place = {policy: index for index, policy in enumerate(design.policies)}
    codes = [np.full(len(lucks), place[policy], dtype=np.int16) for policy, lucks in counted]
    lucks = _joined([lucks for _, lucks in counted], np.int64)
    policy = categorical(_joined(codes, np.int16), design.policies)
    return {"policy": policy, "future": lucks // design.per_future, "luck": lucks}


def _joined(parts: "Sequence[Any]", kind: Any) -> Any:
    import numpy as np

    return np.concatenate(parts) if parts else np.empty(0, dtype=kind)


def _outcomes(design: Design, columns: Sequence[Column], results: Sequence[BlockResult]) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    table = _keys(design, [(result.block.policy, result.lucks) for result in results])
    for index, column in enumerate(column for column in columns if not column.series):
        kind = np.int16 if column.coded else np.float64
        table[column.name] = decode(column, _joined([result.values[index] for result in results], kind))
    return pd.DataFrame(table)


def _series(model: Model, design: Design, columns: Sequence[Column], results: Sequence[BlockResult]) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    times = series_times(model)
    instants = sorted(set().union(*times.values()))
    place = {instant: index for index, instant in enumerate(instants)}
    counted = [(result.block.policy, np.repeat(result.series_lucks, len(instants))) for result in results]
    table = _keys(design, counted)
    rows = sum(len(result.series_lucks) for result in results)
    table["day"] = np.tile(np.array(instants, dtype=np.float64) / DAY, rows)
    for index, column in enumerate(column for column in columns if column.series):
        blank, kind = (-1, np.int16) if column.coded else (np.nan, np.float64)
        whole = np.full((rows, len(instants)), blank, dtype=kind)
        parts = [result.series[index] for result in results if len(result.series_lucks)]
        if parts:
            whole[:, [place[instant] for instant in times[column.name]]] = np.concatenate(parts)
        table[column.name] = decode(column, whole.reshape(-1))
    return pd.DataFrame(table)


def _firings(model: Model, design: Design, results: Sequence[BlockResult]) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    kept = [(result.block.policy, result.firings) for result in results if result.firings is not None]
    table = _keys(design, [(policy, firings.lucks) for policy, firings in kept])
    table["time"] = _joined([firings.times for _, firings in kept], np.int64)
    known = [rule.name for rule in model.rules]
    names = known + sorted({name for _, firings in kept for name in firings.others})
    codes = [
        np.array([names.index(name) for name in (*known, *firings.others)], dtype=np.int32)[firings.rules]
        for _, firings in kept
    ]
    table["rule"] = categorical(_joined(codes, np.int32), names)
    table["number"] = _joined([firings.numbers for _, firings in kept], np.int64)
    return pd.DataFrame(table)
