"""A session's world as the exercise and its model have it."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from escalation.classroom.exercise import Exercise, Item, exercise_of, filled, label_of, offered, shown, told
from escalation.classroom.play import Odds
from escalation.language.resolve import read_scenario
from escalation.model.calendar import DAY
from escalation.model.classroom import InjectSpec
from escalation.model.evaluate import evaluate
from escalation.model.process import Phase, Rule, Value
from escalation.model.script import Decide, Force, Held, Input, Put, Script
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Firing, Point
from escalation.reporting.decimals import written_date

if TYPE_CHECKING:
    from escalation.classroom.world import Resolved

_STEPS = {"pending": "before the government", "withdraw": "dropped", "deliver": "delivered"}
"""What steps of a ladder that nobody chooses are called."""


class ModelPlay:
    """Answers what a session asks (`Play`). Deterministic; an engine is imported when a world is first made."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._labels = rule_labels(exercise)
        self._choices = {choice.name: choice.label or choice.name for choice in exercise.model.choices}
        known = {each.name for each in exercise.model.variables if not each.hidden}
        known |= {each.name for each in exercise.model.derived if not each.hidden}
        self._gauges = tuple(
            name
            for name, thing in exercise.things.items()
            if name in known and not thing.reported and not name.endswith(".known")
        )

    @staticmethod
    def of_file(path: Path) -> "ModelPlay":
        """The play of a resolved scenario.

        Raises:
            InvalidScenario: it cannot be read. NoClassroom: it cannot be played in class.
        """
        return ModelPlay(exercise_of(read_scenario(path).scenario))

    def begin(self, point: Point, played: Collection[str]) -> Snapshot:
        """The world at its first instant, people deciding for the actors `played`."""
        from escalation.classroom.world import begin

        return begin(self.exercise, point, played)

    def resolve(self, snapshot: Snapshot, script: Script, until: int) -> "Resolved":
        """The world at a later instant, with a script's inputs on the way."""
        from escalation.classroom.world import resolve

        return resolve(self.exercise, snapshot, script, until)

    def digest(self, snapshot: Snapshot) -> str:
        """What tells two worlds apart."""
        from escalation.classroom.world import digest

        return digest(snapshot)

    def bot_orders(self, actor: str, snapshot: Snapshot, number: int) -> tuple[Decide, ...]:
        """Orders of an actor by addressed chance; number: the turn."""
        from escalation.classroom.world import bot_orders

        return bot_orders(self.exercise, self.exercise.role(actor), snapshot, number)

    def odds(self, snapshot: Snapshot) -> tuple[Odds, Odds]:
        """What may come of the world as it is: if the seats do nothing more, and if the model plays them."""
        from escalation.classroom.odds import odds

        return odds(self.exercise, snapshot)

    def why_held(self, held: Held) -> str:
        """Why an order could not be carried out, with gates by their labels."""
        shut = "; ".join(self.exercise.shut(held))
        return f"this did not hold: {shut}" if shut else "not possible then"

    def told(self, name: str, snapshot: Snapshot) -> str:
        """The present value of a name, as a reader sees it."""
        return told(self.exercise, name, snapshot.values)

    def label(self, name: str) -> str:
        """What a name, or a choice, is called."""
        return self._choices.get(name) or label_of(self.exercise, name)

    def menu(self, actor: str, snapshot: Snapshot) -> tuple[Item, ...]:
        """What a seat may order."""
        return offered(self.exercise, self.exercise.role(actor), snapshot.values)

    def filled(self, choice: str, texts: Mapping[str, str]) -> dict[str, Value]:
        """The values of what a person filled in. Raises ValueError with a sentence."""
        return filled(self.exercise, choice, texts)

    def per_turn(self, choice: str) -> int:
        """How often a seat may take a choice in one turn; once unless the scenario says otherwise."""
        return self.exercise.choice(choice).per_turn or 1

    def holds(self, inject: str, snapshot: Snapshot) -> bool:
        """Whether the condition of an inject is true."""
        when = self._inject(inject).when
        return when is not None and bool(evaluate(when, snapshot.values))  # type: ignore[arg-type]

    def settled(self, question: int, snapshot: Snapshot, actor: str) -> bool:
        """Whether a seat sees that a question (from 0) is settled for good."""
        asked = self.exercise.forecasts[question]
        return actor in asked.closes_to and bool(evaluate(asked.closes, snapshot.values))  # type: ignore[arg-type]

    def effects(self, inject: str, snapshot: Snapshot, instant: int) -> tuple[Input, ...]:
        """What an inject does to the world: a rule fires, then what it sets is set."""
        brought = self._inject(inject)
        found: list[Input] = [] if brought.fire is None else [Force(instant, brought.fire)]
        if brought.set:
            values = {each.target: evaluate(each.value, snapshot.values) for each in brought.set}  # type: ignore[arg-type]
            found.append(Put(instant, values))
        return tuple(found)

    def gauges(self) -> tuple[str, ...]:
        """The names that the instructor reads, of the truth."""
        return self._gauges

    def happened(self, resolved: "Resolved") -> tuple[str, ...]:
        """What happened in a turn, in truth, a line each; observations on their way are left out."""
        return tuple(self._line(firing) for firing in resolved.firings if firing.rule in self._labels)

    def _line(self, firing: Firing) -> str:
        """The day, what fired, and what it changed by as much as can be read."""
        told = {
            name: (shown(self.exercise, name, before), shown(self.exercise, name, after))
            for name, before, after in firing.changed
            if name in self._gauges
        }
        changes = [f"{self.label(name)}: {now}, after {was}" for name, (was, now) in told.items() if was != now]
        return "; ".join([f"{self.date(firing.time)}: {self._labels[firing.rule]}", *changes])

    def date(self, instant: int) -> str:
        """A day of the scenario's calendar."""
        return written_date(self.exercise.starts.isoformat(), instant / DAY)

    def _inject(self, name: str) -> InjectSpec:
        return next(each for each in self.exercise.injects if each.id == name)


def rule_labels(exercise: Exercise) -> dict[str, str]:
    """What is told of a rule's firing, by the rule; observations on their way are left out."""
    model = exercise.model
    labels = {rule.name: _rule_label(rule) for rule in model.rules if rule.phase is not Phase.REPORTS and rule.label}
    return labels | {choice.rule: choice.label for choice in model.choices if choice.label}


def _rule_label(rule: Rule) -> str:
    """A step of a ladder with the word for it; any other rule as its author calls it."""
    word = _STEPS.get(rule.name.rpartition(".")[2], "")
    return f"{rule.label}, {word}" if word else rule.label
