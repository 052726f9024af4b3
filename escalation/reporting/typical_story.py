"""A typical trajectory as a dated story short enough to read: the firings that turned it, each with the line behind it.

What matters most is told first and the rest only while there is room: steps of ladders, dated events and things that
became true once, the first of what happened again and again, the first reports. Then all of it in the order of time.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from escalation.expressions.kinds import Kind, Quantity, Truth
from escalation.model.evaluate import evaluate
from escalation.model.process import Dated, Model, Rule, Value
from escalation.model.replay import replayed
from escalation.model.scenario import Scenario
from escalation.model.trajectory import Firing, Trajectory
from escalation.reporting.decimals import written_date
from escalation.reporting.expression_words import Words
from escalation.reporting.marks import code, quoted
from escalation.reporting.percentages import is_share, said_share, shares_of
from escalation.reporting.said_values import kinds_of, said
from escalation.reporting.sentences import joined

LONGEST = 16
"""Lines of a story, its end not counted."""
STEPS = {
    "pending": "{} becomes pending",
    "withdraw": "{} is withdrawn",
    "decide": "{} is decided",
    "deliver": "{} is delivered",
    "stand_down": "{} is left again",
    "announce": "{} is announced",
}
WEIGHT = {"decide": 0, "deliver": 0, "stand_down": 0}
"""Steps that matter most; any other step comes after them."""
_PLAIN = Quantity()


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One firing: its day, what happened, and the line of the scenario that made it happen (`file:line`)."""

    day: str
    text: str
    where: str


@dataclass(frozen=True, slots=True)
class _Told:
    """A line with its place in time and how much it matters, 0 most."""

    place: int
    weight: int
    line: StoryLine


def typical_story(scenario: Scenario, model: Model, trajectory: Trajectory) -> tuple[tuple[StoryLine, ...], int]:
    """The lines of a story in the order of time, and how many firings that changed something are not told."""
    teller = _Teller(scenario, model, trajectory)
    told = list(teller.lines())
    kept = sorted(sorted(told, key=lambda each: (each.weight, each.place))[:LONGEST], key=lambda each: each.place)
    changing = sum(1 for firing in trajectory.log if any("#" not in name for name, _, _ in firing.changed))
    return (*(each.line for each in kept), teller.end()), max(changing - len(kept), 0)


class _Teller:
    """Puts the firings of one trajectory into words."""

    def __init__(self, scenario: Scenario, model: Model, trajectory: Trajectory) -> None:
        self.scenario, self.trajectory = scenario, trajectory
        self.words = Words(scenario)
        self.shares = shares_of(scenario)
        self.start = date.fromisoformat(scenario.start)
        self.kinds: dict[str, Kind] = kinds_of(model)
        self.rules = {rule.name: rule for rule in model.rules}
        self.after = {id(firing): after for firing, _, after in replayed(model, trajectory)}
        self.rungs = {f"{ladder.name}.{rung.id}": rung.id for ladder in scenario.ladders for rung in ladder.rungs}
        self.headline = f"{scenario.ladders[0].name}." if scenario.ladders else "\n"
        self.times = Counter(firing.rule for firing in trajectory.log if self._changes(firing))
        self.delivered = {
            (firing.rule.removesuffix(".deliver"), firing.time)
            for firing in trajectory.log
            if firing.rule.endswith(".deliver")
        }
        self.decided = {
            (firing.rule.removesuffix(".decide"), firing.time)
            for firing in trajectory.log
            if firing.rule.endswith(".decide")
        }
        self.reading = {
            f"{reading.name}.{report.name}": reading for reading in scenario.intelligence for report in reading.reports
        }

    def lines(self) -> Iterator[_Told]:
        """Every firing that could be told, in the order of time."""
        met: Counter[str] = Counter()
        reported: set[str] = set()
        for place, firing in enumerate(self.trajectory.log):
            rule, changes = self.rules.get(firing.rule), self._changes(firing)
            if rule is None or (not changes and not self._gates(firing)):
                continue
            source = firing.rule.rpartition(".")[0]
            met[firing.rule] += 1
            if source in self.reading:
                if source not in reported and changes:
                    reported.add(source)
                    yield self._told(place, 4, firing, rule, self._report(source, changes))
                elif self._gates(firing):
                    yield self._told(place, 1, firing, rule, f"{self._who(source)} reports again")
                continue
            found = self._event(firing, rule, changes, met[firing.rule])
            if found is not None:
                weight, text = found
                yield self._told(place, weight, firing, rule, text)

    def _told(self, place: int, weight: int, firing: Firing, rule: Rule, text: str) -> _Told:
        origin = rule.origin
        where = f"{PurePath(origin.file).name}:{origin.line}" if origin is not None else ""
        gates = self._gates(firing)
        line = StoryLine(written_date(self.scenario.start, firing.time / 86_400_000), f"{text}{gates}.", where)
        return _Told(place, min(weight, 1) if gates else weight, line)

    def _event(
        self, firing: Firing, rule: Rule, changes: list[tuple[str, Value, Value]], number: int
    ) -> tuple[int, str] | None:
        path, _, step = firing.rule.rpartition(".")
        if path in self.rungs:
            if step == "deliver" and (path, firing.time) in self.decided:
                return None
            of = "" if len(self.scenario.ladders) == 1 else f" on {self.words.name(path.rpartition('.')[0])}"
            text = STEPS.get(step, f"{{}}: {step.replace('_', ' ')}").format(self.words.rung(self.rungs[path]))
            text += (" and delivered" if step == "decide" and (path, firing.time) in self.delivered else "") + of
            first = 0 if path.startswith(self.headline) else 1
            also = [each for each in changes if not self._of_ladder(each[0])]
            return first + WEIGHT.get(step, 1), text + (f"; {self._said(also)}" if also else "")
        if number > 1 and not self._gates(firing):
            return None
        again = self.times[firing.rule]
        label = quoted(rule.label) if rule.label else code(firing.rule)
        title = f"{label}, the first of {again}" if again > 1 and number == 1 else label
        turning = isinstance(rule.clock, Dated) or (again == 1 and any(self._turns(each) for each in changes))
        return 2 if turning else 3, f"{title}: {self._said(changes)}" if changes else title

    def _changes(self, firing: Firing) -> list[tuple[str, Value, Value]]:
        """What really changed and is no business of the build alone."""
        return [each for each in firing.changed if "#" not in each[0] and not _same(each[1], each[2])]

    def _of_ladder(self, name: str) -> bool:
        thing, _, last = name.rpartition(".")
        return last in ("pending", "decided", "delivered", "announced") and thing != ""

    def _turns(self, change: tuple[str, Value, Value]) -> bool:
        return not isinstance(self.kinds.get(change[0], _PLAIN), Quantity)

    def _who(self, source: str) -> str:
        report = next(each for each in self.reading[source].reports if source.endswith(f".{each.name}"))
        return self.words.label(report.name, report.label)

    def _report(self, source: str, changes: list[tuple[str, Value, Value]]) -> str:
        value = next((after for name, _, after in changes if name == source), None)
        reading = self.reading[source]
        what = self.words.name(reading.name)
        told = f": {self._value(source, value, reading.kind)}" if value is not None else ""
        return f"{self._who(source)} first reports on {what}{told}"

    def _value(self, name: str, value: Value, kind: Kind) -> str:
        return said_share(value) if is_share(name, kind, self.shares) else said(value, kind, self.start)

    def _said(self, changes: list[tuple[str, Value, Value]]) -> str:
        shown = [each for each in changes if not each[0].endswith(".known")][:3]
        more = len([each for each in changes if not each[0].endswith(".known")]) - len(shown)
        parts = [self._change(*each) for each in shown]
        return joined(parts + ([f"{more} more things change"] if more else []))

    def _change(self, name: str, before: Value, after: Value) -> str:
        kind = self.kinds.get(name, _PLAIN)
        if isinstance(kind, Truth):
            return f"{self.words.name(name)} {'becomes true' if after else 'ceases to be true'}"
        was, now = (self._value(name, value, kind) for value in (before, after))
        return f"{self.words.name(name)} goes from {was} to {now}"

    def _gates(self, firing: Firing) -> str:
        """What a firing does to decisions under way: their clocks run only while every gate is open."""
        parts = []
        for path, rung in self.rungs.items():
            decide, step = f"{path}.decide", firing.rule.removeprefix(f"{path}.")
            ladder = path.rpartition(".")[0]
            moved = any(name in (f"{ladder}.pending", f"{ladder}.decided") for name, _, _ in firing.changed)
            if decide not in self.rules or not self._gated(path):
                continue
            if decide in firing.enabled:
                verb = (
                    "every gate is open" if step == "pending" else f"every gate to {self.words.rung(rung)} is open now"
                )
                parts.append(verb)
            elif step == "pending":
                parts.append(f"{self._shut(firing, decide)}, so its decision does not begin")
            elif decide in firing.disabled and not moved:
                parts.append(f"{self._shut(firing, decide)} to {self.words.rung(rung)}")
        return f"; {joined(parts)}" if parts else ""

    def _shut(self, firing: Firing, decide: str) -> str:
        """The gates that are shut after a firing, by name."""
        after = self.after[id(firing)]
        shut = [gate.label or code(gate.name) for gate in self.rules[decide].gates if not evaluate(gate.holds, after)]
        return f"the gate{'s' if len(shut) > 1 else ''} {joined(shut)} {'are' if len(shut) > 1 else 'is'} shut"

    def _gated(self, path: str) -> bool:
        ladder, _, rung = path.partition(".")
        found = next((each for each in self.scenario.ladders if each.name == ladder), None)
        return found is not None and any(
            each.id == rung and each.climb is not None and bool(each.climb.gates) for each in found.rungs
        )

    def end(self) -> StoryLine:
        """Where the ladders stand at the end."""
        standing = {ladder.name: ladder.rungs[ladder.starts_at].id for ladder in self.scenario.ladders}
        for firing in self.trajectory.log:
            for name, _, after in firing.changed:
                ladder, _, stage = name.rpartition(".")
                if stage == "decided" and ladder in standing:
                    rungs = next(each.rungs for each in self.scenario.ladders if each.name == ladder)
                    standing[ladder] = rungs[int(after)].id
        day = written_date(self.scenario.start, self.scenario.horizon / 86_400_000)
        if not standing:
            return StoryLine(day, "The end of what is watched.", "")
        told = joined([f"{self.words.name(name)} stands on {self.words.rung(rung)}" for name, rung in standing.items()])
        return StoryLine(day, f"The end: {told}, as far as decided.", "")


def _same(before: Value, after: Value) -> bool:
    return before == after or (before != before and after != after)
