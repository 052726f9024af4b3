"""What a measure is asked: one number a trajectory that can be estimated and compared.

A measure of a truth asks how often; of a quantity, how much; of a time to an event, whether it came by the end (and,
where a size of time matters, how long it was waited for within the horizon), never the mean of those that came; of
a rung or a word, how often it was at least that rung, or that word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from escalation.experiments.columns import column_of
from escalation.model.calendar import DAY
from escalation.model.process import Measure

Floats = npt.NDArray[np.float64]
Direction = Literal["higher", "lower", "neither"]
Form = Literal["holds", "came", "waited", "is", "at_least", "number"]
OPPOSITE: dict[Direction, Direction] = {"higher": "lower", "lower": "higher", "neither": "neither"}


@dataclass(frozen=True, slots=True)
class Question:
    """One number a trajectory, asked of one column of the outcomes.

    key: unique in an analysis. column: the measure. form: how the number is made from the column; `words` are the
    words that count for `is` and `at_least`. share: told as a share of trajectories. unit: in words, empty for shares
    and plain numbers. better, matters: of this number, in its own unit (a share, days). limit: the end of the
    window in days, for `waited`; its length, for a `time_in`; 0 where nothing bounds the number.
    watched: made by the build, not by the author.
    """

    key: str
    column: str
    label: str
    form: Form
    unit: str = ""
    words: tuple[str, ...] = ()
    better: Direction = "neither"
    matters: float | None = None
    limit: float = 0.0
    watched: bool = False

    @property
    def share(self) -> bool:
        """Whether the answer is a share of trajectories."""
        return self.form not in ("number", "waited")

    @property
    def widest(self) -> float:
        """The largest difference that there can be between two trajectories; endless where nothing bounds it."""
        return 1.0 if self.share else self.limit or inf


def questions(measure: Measure, horizon: int, waits: bool = False) -> Iterator[Question]:
    """What one measure is asked; nothing of a series. `horizon` in milliseconds.

    waits: ask of every first time how long it was waited for, also where the author says no size that matters.
    """
    column = column_of(measure)
    name, label, better = measure.name, column.label, measure.better
    matters = column.matters or None
    watched = ":" in name
    if measure.how == "series":
        return
    if measure.how == "first":
        told = label if watched else f"{label}: came by the end"
        yield Question(name, name, told, "came", better=OPPOSITE[better], watched=watched)
        if matters is not None or waits:
            end = (measure.during[1] if measure.during else horizon) / DAY
            key, text = f"{name}: waited", f"{label}: time before it, counted to the end"
            yield Question(key, name, text, "waited", "days", (), better, matters, end, watched)
    elif column.form == "truth":
        yield Question(name, name, label, "holds", better=better, matters=matters, watched=watched)
    elif column.form == "rung":
        for index, rung in enumerate(column.words[1:], start=1):
            text = f"{label}: at least {rung}"
            yield Question(
                f"{name}: at least {rung}", name, text, "at_least", words=column.words[index:], better=better
            )
    elif column.form == "word":
        for word in column.words:
            yield Question(f"{name}: {word}", name, f"{label}: {word}", "is", words=(word,))
    else:
        first, last = measure.during or (0, horizon)
        limit = (last - first) / DAY if measure.how == "time_in" else 0.0
        yield Question(name, name, label, "number", column.unit, (), better, matters, limit, watched)


def answers(question: Question, column: Any) -> Floats:
    """The number of each trajectory, shape (n,); NaN where the measure is blank. `column` is a pandas Series."""
    match question.form:
        case "came":
            return column.notna().to_numpy(dtype=np.float64)
        case "waited":
            return np.fmin(column.to_numpy(dtype=np.float64, na_value=np.nan), question.limit)
        case "is" | "at_least":
            told = column.isin(question.words).to_numpy(dtype=np.float64)
            return np.where(column.isna().to_numpy(), np.nan, told)
        case _:
            return column.astype("float64").to_numpy(dtype=np.float64, na_value=np.nan)
