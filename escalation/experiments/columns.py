"""How a measure stands in a table: its unit, its type, and the codes in which a block of values travels.

Tables are for people: times and durations in days, quantities in the author's units, rungs and categories as words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from typing import Literal as OneOf

from escalation.expressions.kinds import TIME, Category, Dimension, Instant, Kind, Quantity, Rung, Truth
from escalation.expressions.units import DAY
from escalation.model.process import Measure, Model, Value

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Form = OneOf["truth", "number", "word", "rung"]


@dataclass(frozen=True, slots=True)
class Column:
    """One measure as a column of a table.

    form: truth is true or false; number a float; word and rung one of `words` (a rung's are ordered, lowest first).
    unit: of a number: `days`, `troops`, `troops/day`; "days since the start" of a date or a `first`; "" if plain.
    factor: base units (milliseconds) in one unit of the column.
    blank: what an empty cell means, or "" if there can be none.
    better, matters: the direction that is good, and the smallest difference that matters, in the column's unit.
    series: whether it holds a value for each of several days.
    """

    name: str
    label: str
    how: str
    form: Form
    unit: str = ""
    factor: float = 1.0
    words: tuple[str, ...] = ()
    blank: str = ""
    better: str = "neither"
    matters: float | None = None
    series: bool = False

    @property
    def coded(self) -> bool:
        """Whether values travel as small integers, with -1 for a blank, instead of floats with NaN."""
        return self.form != "number"


def columns_of(model: Model) -> tuple[Column, ...]:
    """A column a measure, in the scenario's order."""
    return tuple(column_of(measure) for measure in model.measures)


def column_of(measure: Measure) -> Column:
    """The column of one measure."""
    form, unit, factor, words = _shape(measure)
    matters = measure.matters
    return Column(
        name=measure.name,
        label=measure.label or measure.name,
        how=measure.how,
        form=form,
        unit=unit,
        factor=factor,
        words=words,
        blank=_blank(measure),
        better=measure.better,
        matters=None if matters is None else matters / factor,
        series=measure.how == "series",
    )


def _shape(measure: Measure) -> tuple[Form, str, float, tuple[str, ...]]:
    if measure.how == "first":
        return "number", "days since the start", DAY, ()
    if measure.how == "time_in":
        return "number", "days", DAY, ()
    if measure.how == "count":
        return "number", "", 1.0, ()
    if measure.how == "ever":
        return "truth", "", 1.0, ()
    return _shape_of_kind(measure.kind)


def _shape_of_kind(kind: Kind) -> tuple[Form, str, float, tuple[str, ...]]:
    match kind:
        case Truth():
            return "truth", "", 1.0, ()
        case Instant():
            return "number", "days since the start", DAY, ()
        case Category(_, words):
            return "word", "", 1.0, words
        case Rung(_, rungs):
            return "rung", "", 1.0, rungs
        case Quantity(dimension):
            return "number", unit_of(dimension), _factor(dimension), ()


def unit_of(dimension: Dimension) -> str:
    """A dimension in the units of tables: `days`, `troops`, `troops/day`, `1/day`, "" for a plain number."""
    above = [(base, e) for base, e in dimension.exponents if e > 0]
    below = [(base, -e) for base, e in dimension.exponents if e < 0]
    if not above and not below:
        return ""
    top = "·".join(_power("days" if base == TIME else base, e) for base, e in above) or "1"
    return top + "".join("/" + _power("day" if base == TIME else base, e) for base, e in below)


def _power(unit: str, exponent: int) -> str:
    return unit if exponent == 1 else f"{unit}^{exponent}"


def _factor(dimension: Dimension) -> float:
    return float(DAY ** dict(dimension.exponents).get(TIME, 0))


def _blank(measure: Measure) -> str:
    match measure.how:
        case "ever" | "count" | "time_in":
            return ""
        case "first":
            return "it never happened"
        case "series":
            return "unknown on that day, or a day that this series does not sample"
        case _:
            return "never known"


def encode(column: Column, values: "list[Value | None] | tuple[Value | None, ...]") -> "np.ndarray[Any, Any]":
    """Values in the model's units as an array: floats in the column's unit, or codes."""
    import numpy as np

    if column.coded:
        return np.array([-1 if value is None else int(value) for value in values], dtype=np.int16)
    floats = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return floats if column.factor == 1.0 else floats / column.factor


def series_times(model: Model) -> dict[str, tuple[int, ...]]:
    """The instants at which each series is sampled, in milliseconds."""
    from datetime import date

    from escalation.model.measures import sample_times

    start = date.fromisoformat(model.start)
    return {m.name: sample_times(m, start, model.horizon) for m in model.measures if m.how == "series"}


def encode_array(column: Column, values: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """As `encode`, of an array in the model's units in which NaN is blank."""
    import numpy as np

    if column.coded:
        return np.where(np.isnan(values), -1.0, values).astype(np.int16)
    return values.copy() if column.factor == 1.0 else values / column.factor


def decode(column: Column, codes: "np.ndarray[Any, Any]") -> "pd.Series[Any]":
    """The column itself: bool (nullable `boolean` where it can be blank), float, or an (ordered) categorical."""
    import pandas as pd

    if column.form == "number":
        return pd.Series(codes, dtype="float64")
    if column.form == "truth":
        if not column.blank:
            return pd.Series(codes == 1, dtype="bool")
        return pd.Series(pd.arrays.BooleanArray(codes == 1, codes < 0))
    return pd.Series(categorical(codes, column.words, ordered=column.form == "rung"))


def categorical(codes: "np.ndarray[Any, Any]", words: Sequence[str], ordered: bool = False) -> "pd.Categorical[Any]":
    """Words from their codes; -1 is blank. The type holds every word, met or not."""
    import pandas as pd

    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(words), ordered=ordered))
