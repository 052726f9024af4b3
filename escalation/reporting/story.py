"""One trajectory as a dated story: which rule, which line, what made it true, what it drew, changed and stopped."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from textwrap import wrap

from escalation.expressions.kinds import DURATION, Kind, Quantity
from escalation.expressions.tree import Draw, names_in, walk
from escalation.model.evaluate import evaluate
from escalation.model.process import Edge, Following, Model, Origin, Rule, Value
from escalation.model.replay import replayed
from escalation.model.trajectory import Firing, Trajectory
from escalation.reporting.percentages import is_share, said_share
from escalation.reporting.said_values import kinds_of, said, said_date

WIDTH = 118
_PLAIN = Quantity()
_TIME = Quantity(DURATION)
STEPS = {
    "pending": "becomes pending",
    "withdraw": "is no longer pending",
    "decide": "is decided",
    "deliver": "is delivered",
    "stand_down": "is left",
    "announce": "is announced",
    "observe": "observes",
    "publish": "reports what it observed",
}
"""What the rules made from ladders and readings do, in words."""


@dataclass(frozen=True)
class Telling:
    """What is told and how. hidden: also what the build keeps for itself, and reports that changed nothing.

    only: names of ladders, rules, readings or state; what does not concern one of them is left out. policy: what the
    policy sets, in words. shares: names that are told as percentages.
    """

    hidden: bool = False
    only: tuple[str, ...] = ()
    policy: str = ""
    shares: frozenset[str] = frozenset()


def story(model: Model, trajectory: Trajectory, telling: Telling = Telling()) -> Iterator[str]:
    """Lines of text: a head with what this future and this luck fix, then each firing, then why it ends."""
    words, told = _Words(model, telling), 0
    yield from words.head(model, trajectory)
    for firing, before, after in replayed(model, trajectory):
        lines = words.firing(firing, before, after)
        if lines:
            told += 1
            yield ""
            yield from lines
    yield ""
    if trajectory.failure is not None:
        failure = trajectory.failure
        yield f"{said_date(failure.time, words.start, with_time=True)}  stopped: in {failure.rule}, {failure.message}"
    yield f"{told} of {trajectory.firings} firings told"


def concerns(names: Iterable[str], only: tuple[str, ...]) -> bool:
    """Whether one of the names is one of those asked for, or below it."""
    return not only or any(name == asked or name.startswith(f"{asked}.") for name in names for asked in only)


class _Words:
    """The words for one model: kinds, rules and effects' draws by name."""

    def __init__(self, model: Model, telling: Telling) -> None:
        self.telling, self.start = telling, date.fromisoformat(model.start)
        self.kinds: dict[str, Kind] = kinds_of(model)
        self.rules = {rule.name: rule for rule in model.rules}
        self.gated = [rule for rule in model.rules if rule.gates]
        self.derived = [item.name for item in model.derived if telling.hidden or self.shown(item.name)]
        self.drawn_for: dict[str, tuple[str, Draw]] = {}
        for rule in model.rules:
            for assign in rule.effect:
                for part in walk(assign.value):
                    if isinstance(part, Draw) and part.stream:
                        self.drawn_for[part.stream] = assign.target, part

    # ------------------------------------------------------------------ the head

    def head(self, model: Model, trajectory: Trajectory) -> Iterator[str]:
        """Which trajectory it is, what its policy, future and luck fix, and how the world begins."""
        point, first = trajectory.point, trajectory.first
        yield f"{model.title}: policy {point.policy}, future {point.future}, luck {point.luck}, seed {point.seed}"
        if self.telling.policy:
            yield from _listed("policy", [self.telling.policy])
        yield from _listed("future", [self.named(item.name, first[item.name]) for item in model.uncertainties])
        biases = [item.name for item in model.variables if item.name.endswith(".bias") and item.hidden]
        yield from _listed("biases", [self.named(name, first[name]) for name in biases])
        world = [item.name for item in model.variables if not item.hidden and self.shown(item.name)]
        yield from _listed("begins", [self.named(name, first[name]) for name in world])

    # ------------------------------------------------------------------ a firing

    def firing(self, firing: Firing, before: dict[str, Value], after: dict[str, Value]) -> list[str]:
        """The lines of one firing; none when it is not told."""
        rule = self.rules.get(firing.rule)
        changes = [entry for entry in firing.changed if self.telling.hidden or self.shown(entry[0])]
        follows = [(name, before[name], after[name]) for name in self.derived if _differ(before[name], after[name])]
        gates = self.gates(firing, before, after)
        if not self.telling.hidden and not changes and not gates and (rule is None or not rule.label):
            return []
        touched = (firing.rule, *(name for name, *_ in (*changes, *follows)), *(gate for gate, _ in gates))
        if not concerns(touched, self.telling.only):
            return []
        lines = [f"{said_date(firing.time, self.start, with_time=True)}  {self.title(firing, rule)}"]
        lines += self.reasons(firing, rule, before)
        lines += _listed("drew", self.draws(firing))
        lines += _listed("changed", [self.change(*entry) for entry in changes])
        lines += _listed("so", [self.change(*entry) for entry in follows])
        for index, (_, text) in enumerate(gates):
            lines += _listed("gates" if index == 0 else "", [text])
        for word, names in (("started", firing.enabled), ("stopped", firing.disabled)):
            shown = [name for name in names if (self.telling.hidden or self.shown(name)) and name != firing.rule]
            lines += _listed(word, shown)
        return lines

    def title(self, firing: Firing, rule: Rule | None) -> str:
        """What happened, the rule's name, and where it is written."""
        if rule is None:
            return f"{firing.rule}, from outside the model"
        step = STEPS.get(firing.rule.rpartition(".")[2], "") if "." in firing.rule else ""
        return f"{f'{rule.label or firing.rule} {step}'.strip()} ({firing.rule}){_place(rule.origin)}"

    def reasons(self, firing: Firing, rule: Rule | None, before: dict[str, Value]) -> Iterator[str]:
        """What made it true, and since when; of a report, what had been observed and when."""
        because = [entry for entry in firing.because if self.telling.hidden or self.shown(entry[0])]
        clock = rule.clock if rule is not None else None
        if isinstance(clock, Following):
            yield from self.followed(firing, clock.leader, before)
        elif because:
            yield from _listed("because", [self.named(*entry) for entry in because])
        if isinstance(clock, Edge) and firing.began is not None and firing.began < firing.time:
            became = said_date(firing.began, self.start, with_time=True)
            lasted = f" and has lasted {said(firing.time - firing.began, _TIME, self.start)}"
            tail = lasted if clock.after is None else "; these are the values of that moment"
            yield from _listed("", [f"which became true on {became}{tail}"])

    def followed(self, firing: Firing, leader: str, before: dict[str, Value]) -> Iterator[str]:
        """What the leader had drawn, when it is a report with its date, and whether a newer one was there before."""
        seen = {name.rpartition(".")[2]: (name, value) for name, value in firing.because}
        at = seen.pop("at", None) if f"{leader}.at" in self.kinds else None
        when = f" of {said_date(firing.began, self.start, with_time=True)}" if firing.began is not None else ""
        parts = [f"{short} = {self.value(*entry)}" for short, entry in seen.items()]
        yield from _listed("because", [f"{leader}{when}", *parts])
        newest = before.get(f"{leader.rpartition('.')[0]}#observed", -1)
        if at is not None and newest > at[1]:
            yield from _listed("", ["dropped: a newer observation had come before it"])

    def gates(self, firing: Firing, before: dict[str, Value], after: dict[str, Value]) -> list[tuple[str, str]]:
        """Gates of what is being decided: all as that begins, then those that open or shut; (path, words)."""
        found = []
        for rule in self.gated:
            assert rule.gated is not None
            if not evaluate(rule.gated, after):
                continue
            begins = not evaluate(rule.gated, before)
            for gate in rule.gates:
                holds, held = evaluate(gate.holds, after), evaluate(gate.holds, before)
                word = ("is open" if holds else "is shut") if begins else ("opens" if holds else "shuts")
                if begins or holds != held:
                    path = f"{rule.name.rpartition('.')[0]}.{gate.name}"
                    reads = [self.named(name, after[name]) for name in sorted(names_in(gate.holds)) if self.shown(name)]
                    found.append((path, f"{gate.label or gate.name} {word} ({', '.join(reads)}){_place(gate.origin)}"))
        if firing.rule in self.rules and self.rules[firing.rule].gates:
            found.append((firing.rule, "all are open"))
        return found

    def draws(self, firing: Firing) -> list[str]:
        """What was drawn: by name, for the clock, or inside the effect."""
        own = firing.own
        told = []
        if own is not None and own.what == "wait":
            told.append(f"a wait of {said(own.value, _TIME, self.start)}")
        elif own is not None:
            told.append(f"{own.value:.4g} of hazard to spend")
        for name, value in firing.draws:
            if name in self.drawn_for:
                target, draw = self.drawn_for[name]
                told.append(f"{draw.distribution} for {target} = {self.value(target, value, draw.kind)}")
            elif not name.endswith(".observe.at"):
                told.append(f"{name.rpartition('.')[2]} = {self.value(name, value)}")
        return told

    # ------------------------------------------------------------------ values

    def shown(self, name: str) -> bool:
        """Whether an author knows the name: what the build keeps has a `#`, and `.known` goes without saying."""
        return "#" not in name and not name.endswith(".known")

    def value(self, name: str, value: Value, kind: Kind | None = None) -> str:
        """A value in the reader's words."""
        of = kind or self.kinds.get(name, _PLAIN)
        if value == value and is_share(name, of, self.telling.shares):
            return said_share(value)
        return said(value, of, self.start)

    def named(self, name: str, value: Value) -> str:
        return f"{name} = {self.value(name, value)}"

    def change(self, name: str, before: Value, after: Value) -> str:
        return f"{name} {self.value(name, before)} → {self.value(name, after)}"


def _differ(before: Value, after: Value) -> bool:
    """Whether two values differ; an unknown one is no other than an unknown one."""
    return before != after and not (before != before and after != after)


def _place(origin: Origin | None) -> str:
    return f"  {origin}" if origin is not None else ""


def _listed(word: str, parts: list[str]) -> list[str]:
    """A line of a list under its word, broken between entries where it is long."""
    if not parts:
        return []
    text = wrap(", ".join(parts), WIDTH - 14, break_long_words=False, break_on_hyphens=False)
    return [f"    {word if index == 0 else '':<10}{line}" for index, line in enumerate(text)]
