"""How the debrief speaks of a class: seats, orders, days and measures by their names, and never by identifiers."""

from collections.abc import Mapping
from dataclasses import dataclass

from escalation.classroom.exercise import Exercise, label_of, shown, takes
from escalation.classroom.model_play import rule_labels
from escalation.classroom.outcomes import told
from escalation.classroom.things import Thing, factor, written
from escalation.experiments.analysis_questions import Question
from escalation.expressions.kinds import Quantity
from escalation.language import labels
from escalation.model.calendar import DAY
from escalation.model.process import Measure, Value
from escalation.model.script import Decide, Held
from escalation.reporting.decimals import (
    answer,
    answer_range,
    count,
    difference,
    difference_range,
    error_of,
    percent,
    written_date,
)
from escalation.reporting.sentences import joined, quoted
from escalation.reporting.view import Table
from escalation.statistics.estimate import Estimate
from escalation.statistics.paired import PairedDifference
from escalation.web.text import text


@dataclass(frozen=True)
class Voice:
    """Names and numbers of one exercise as readers know them. rules: what is told of a rule's firing."""

    exercise: Exercise
    rules: Mapping[str, str]

    @staticmethod
    def of(exercise: Exercise) -> "Voice":
        """The voice of an exercise."""
        return Voice(exercise, rule_labels(exercise))

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is told of, shares first."""
        return tuple(sorted(told(self.exercise.model), key=lambda item: item.how != "ever"))

    @property
    def shares(self) -> tuple[Measure, ...]:
        """Those that come about or not."""
        return tuple(item for item in self.measures if item.how == "ever")

    def seat(self, actor: str) -> str:
        """What a seat is called."""
        return self.exercise.role(actor).name

    def name(self, item: Measure) -> str:
        """What a measure is called."""
        return item.label or labels.label_of(None, item.name)

    def choice(self, name: str) -> str:
        """What a choice is called."""
        found = self.exercise.choice(name)
        return found.label or labels.label_of(None, found.name)

    def order(self, order: Decide) -> str:
        """An order with what was filled in."""
        asked = {each.name: each for each in takes(self.exercise, order.choice)}
        rule = self.exercise.rule(self.exercise.choice(order.choice).rule)
        kinds = {draw.target.rpartition(".")[2]: draw.value.kind for draw in rule.draws}
        things = {name: Thing(name, each.label, kinds[name], each.unit == "%") for name, each in asked.items()}
        filled = ", ".join(
            f"{things[name].label}: {self._written(things[name], value)}"
            for name, value in order.draws.items()
            if name in things
        )
        label = self.choice(order.choice)
        return text("told.filled", order=label, filled=filled) if filled else label

    def _written(self, thing: Thing, value: Value) -> str:
        rungs = {rung.id: rung.label for ladder in self.exercise.scenario.ladders for rung in ladder.rungs}
        return written(thing, value, rungs, self.exercise.scenario.start)

    def thing(self, name: str) -> str:
        """What a name on a screen is called."""
        return label_of(self.exercise, name)

    def shown(self, name: str, value: Value | None) -> str:
        """The value of such a name."""
        return shown(self.exercise, name, value)

    def day(self, instant: int) -> str:
        """The day of an instant."""
        return written_date(self.exercise.starts.isoformat(), instant / DAY)

    def iso_day(self, day: str) -> str:
        """A day that is written as ISO says."""
        return written_date(day, 0)

    def question(self, item: Measure) -> Question:
        """A measure as the pages that write numbers take it."""
        share, unit = item.how == "ever", ""
        if not share and isinstance(item.kind, Quantity):
            unit = Thing(item.name, "", item.kind).unit
        return Question(item.name, item.name, self.name(item), "is" if share else "number", unit, better=item.better)

    def in_units(self, item: Measure, estimate: Estimate) -> Estimate:
        """An estimate in the unit in which it is told."""
        scale = factor(item.kind.dimension) if isinstance(item.kind, Quantity) else 1.0
        low, high = (None if end is None else end / scale for end in (estimate.low, estimate.high))
        return Estimate(
            estimate.value / scale,
            low,
            high,
            estimate.level,
            estimate.n,
            estimate.futures,
            estimate.method,
            estimate.reason,
        )

    def level(self, item: Measure, estimate: Estimate) -> str:
        """Value and interval: `34 % (28–41 %)`."""
        value, interval, *_ = self.level_cells(item, estimate)
        return f"{value} ({interval})"

    def level_cells(self, item: Measure, estimate: Estimate | None) -> tuple[str, str, str, str]:
        """Value, interval, level and n; blank where no world had a value."""
        if estimate is None:
            return "—", "—", "—", "0"
        asked, told_in = self.question(item), self.in_units(item, estimate)
        error = error_of(told_in)
        value = answer(asked, told_in.value, error)
        interval = answer_range(asked, told_in.low, told_in.high, error) if told_in.bounded else told_in.reason
        return value, interval, percent(told_in.level), count(told_in.n)

    def difference(self, item: Measure, found: PairedDifference) -> str:
        """A difference with its interval: `+7.0 points (+1.2 to +12.8 points)`."""
        value, interval, *_ = self.difference_cells(item, found)
        return f"{value} ({interval})" if interval else value

    def moved(self, item: Measure, found: Estimate) -> str:
        """A mean difference with its interval."""
        asked, estimate = self.question(item), self.in_units(item, found)
        error = error_of(estimate)
        value = difference(asked, estimate.value, error)
        if estimate.low is None or estimate.high is None:
            return value
        return f"{value} ({difference_range(asked, estimate.low, estimate.high, error)})"

    def why_held(self, held: Held) -> str:
        """Why an order could not be carried out, with gates by their labels."""
        shut = self.exercise.shut(held)
        return text("told.shut", gates=joined([quoted(name) for name in shut])) if shut else text("told.not_then")

    def difference_cells(self, item: Measure, found: PairedDifference) -> tuple[str, str, str, str, str]:
        """Difference, interval, level, n and verdict."""
        asked, estimate = self.question(item), self.in_units(item, found.estimate)
        error = error_of(estimate)
        interval = ""
        if found.verdict != "identical":
            bounded = estimate.low is not None and estimate.high is not None
            interval = difference_range(asked, estimate.low, estimate.high, error) if bounded else estimate.reason  # type: ignore[arg-type]
        value = difference(asked, estimate.value, error)
        return value, interval, percent(estimate.level), count(found.pairs), found.verdict

    def happened(self, item: Measure, value: float | None) -> str:
        """What a measure came to in one world."""
        if item.how == "ever":
            return text("told.beliefs_yes" if value else "told.beliefs_no") if value is not None else "—"
        if value is None:
            return "—"
        return self._written(Thing(item.name, "", item.kind), value)

    def levels_table(self, caption: str, columns: Mapping[str, Mapping[str, Estimate]]) -> Table:
        """Every measure under every heading, with interval, level and n."""
        rows = tuple(
            (self.name(item), heading, *self.level_cells(item, found.get(item.name)))
            for item in self.measures
            for heading, found in columns.items()
        )
        head = ("measure", "odds_kind", "mean", "interval", "level", "futures")
        return Table(caption, tuple(text(f"told.{each}") for each in head), rows)
