"""Expressions in words: conditions as clauses, values as phrases, whatever is arithmetic as the formula it is.

A thing is called by its author's label where that is short and no other thing has it, and else by its name in code.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from copy import copy
from datetime import date

from escalation.expressions import tree
from escalation.expressions.kinds import DURATION, PURE, Category, Instant, Kind, Quantity, Rung, Truth
from escalation.expressions.text import write, write_duration, write_number
from escalation.expressions.tree import Expr, transform
from escalation.expressions.units import MEAN_TIME
from escalation.language.labels import label_of
from escalation.model.calendar import DAY
from escalation.model.process import Months, Value
from escalation.model.scenario import Scenario
from escalation.reporting.decimals import written_date
from escalation.reporting.marks import code, quoted
from escalation.reporting.sentences import joined

LONGEST_LABEL = 70
"""Characters of a label that can stand for its name inside a sentence."""
_IS = {"<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least", "==": "is", "!=": "is not"}
_IS_DATE = _IS | {"<": "is before", "<=": "is not after", ">": "is after", ">=": "is not before"}
_STAGES = {
    "pending": "the rung being decided on {}",
    "decided": "the rung decided on {}",
    "delivered": "the highest rung delivered on {}",
    "ceiling": "the highest rung allowed on {}",
    "announced": "the rung announced on {}",
}
_NUMBER = re.compile(r"(?<![\w.])(\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?) ?(%?)")


class Words:
    """What the things of one scenario are called, and its expressions in those words."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.start = date.fromisoformat(scenario.start)
        self.rungs = {rung.id: rung.label for ladder in scenario.ladders for rung in ladder.rungs}
        self.names = dict(self._names())
        self.shares = _percents(number.text for number in scenario.numbers)

    def within(self, path: str) -> "Words":
        """The same words for what stands under one path: what its author wrote in percent is said in percent."""
        own = [each.text for each in self.scenario.numbers if f"{each.path}.".startswith(f"{path}.")]
        return self._with_shares(_percents(own)) if own else self

    def in_plain_numbers(self) -> "Words":
        """The same words without any percentage, for what is counted in a unit of its own."""
        return self._with_shares(frozenset())

    def _with_shares(self, shares: frozenset[float]) -> "Words":
        inner = copy(self)
        inner.shares = shares
        return inner

    # ------------------------------------------------------------------ what things are called

    def _names(self) -> Iterator[tuple[str, str]]:
        """Every path with what it is called in a sentence."""
        told = {each.name for each in self.scenario.state}
        told |= {each.name for each in self.scenario.events} | {each.name for each in self.scenario.ladders}
        called = _called({each.name: each.label for each in self.scenario.measures}, told)
        called |= _called(dict(_labels(self.scenario)), told)
        yield from called.items()
        for ladder in self.scenario.ladders:
            of = called[ladder.name]
            yield from ((f"{ladder.name}.{stage}", told.format(of)) for stage, told in _STAGES.items())
            yield from (
                (f"{rung.id}.delivered", f"the share delivered of {self.rung(rung.id)}") for rung in ladder.rungs
            )
        for reading in self.scenario.intelligence:
            of = called[reading.name]
            yield f"{reading.name}.age", f"the age of the newest observation behind {of}"
            for belief in reading.believed:
                own = f"{of} as {self.actor(belief.actor)} believes it"
                yield f"{reading.name}.{belief.actor}", own
                yield f"{reading.name}.{belief.actor}.age", f"the age of {own}"
            for report in reading.reports:
                by = f"{of} as {self.label(report.name, report.label)} has it"
                yield f"{reading.name}.{report.name}", by
                yield f"{reading.name}.{report.name}.age", f"the age of {by}"

    @staticmethod
    def label(name: str, label: str) -> str:
        """A label that the author gave, else the name in code."""
        return quoted(label) if label and label != label_of(None, name) else code(name)

    @staticmethod
    def both(name: str, label: str, always: bool = False) -> str:
        """The label and the name: how a thing is introduced. always: even a label that only repeats the name."""
        shown = label and (always or label != label_of(None, name))
        return f"{quoted(label)} ({code(name)})" if shown else code(name)

    def rung(self, rung: str) -> str:
        """A rung."""
        label = self.rungs.get(rung, "")
        alone = [each.casefold() for each in self.rungs.values()].count(label.casefold()) == 1
        return quoted(label) if label and alone and len(label) <= LONGEST_LABEL else code(rung)

    def name(self, path: str) -> str:
        """Whatever a path names."""
        return self.names.get(path) or code(path)

    def rule(self, path: str) -> str:
        """A rule, as `since` and `count` name it."""
        return self.names.get(path) or code(path)

    def actor(self, name: str) -> str:
        """An actor, by its name as shown."""
        return quoted(self.scenario.actors[name].name) if name in self.scenario.actors else code(name)

    # ------------------------------------------------------------------ values

    def value(self, node: Expr, own: str = "") -> str:
        """A value as a phrase. own: the rule whose draws are called by their bare names."""
        match node:
            case tree.Literal(value, kind):
                return self.literal(value, kind)
            case tree.Name(path):
                return code(path.removeprefix(own + ".")) if own and path.startswith(own + ".") else self.name(path)
            case tree.Draw():
                return self.draw(node, own)
            case tree.If(condition, then, otherwise):
                rest = self.value(otherwise, own)
                return f"{self.value(then, own)} if {self.clause(condition, own)}, otherwise {rest}"
            case tree.Elapsed():
                return "the time since the start"
            case tree.Since(rule, when):
                moment = f"{self.rule(rule)} last happened" if when is None and rule else self.value(when or node, own)
                return f"the time since {moment}"
            case tree.Count(rule):
                return f"the number of times that {self.rule(rule)} has happened"
            case _ if isinstance(node.kind, Truth):
                return f"whether {self.clause(node, own)}"
            case _:
                return self.formula(node, own)

    def literal(self, value: Value, kind: Kind) -> str:
        """A value that stands in the text, with its unit."""
        match kind:
            case Truth():
                return "true" if value else "false"
            case Rung(_, rungs):
                return self.rung(rungs[int(value)])
            case Category(_, words):
                return code(words[int(value)])
            case Instant():
                return self.date(float(value))
            case Quantity(dimension) if dimension == DURATION and float(value) >= 0:
                part = self._author_units(tree.Literal(value, kind))
                return part.path if isinstance(part, tree.Name) else self.duration(float(value))
            case Quantity(dimension) if dimension == PURE:
                return self.share(float(value)) if float(value) in self.shares else number_words(float(value))
            case _:
                return write(self._author_units(tree.Literal(value, kind)), self.start).replace("_", ",")

    @staticmethod
    def share(value: float) -> str:
        """A share as the author wrote it."""
        return f"{number_words(float(f'{value * 100:.12g}'))}%"

    def date(self, instant: float) -> str:
        """A day, and how long after midnight where it is not midnight."""
        days, rest = divmod(instant, DAY)
        told = written_date(self.scenario.start, days)
        return told if rest == 0 else f"{told}, {write_duration(rest)} after midnight"

    def duration(self, milliseconds: float) -> str:
        """A length of time, in days where they say it in few digits."""
        days = milliseconds / DAY
        if days >= 1 and days == round(days, 2) and days * DAY == milliseconds:
            return f"{number_words(days)} {'day' if days == 1 else 'days'}"
        return write_duration(milliseconds).replace("_", ",")

    def period(self, every: Expr | Months | int, own: str = "") -> str:
        """A period: `every month`, `every 14 days`, `every time a … has passed`."""
        if isinstance(every, Months):
            return "calendar month" if every.count == 1 else f"{every.count} calendar months"
        return self.duration(every) if isinstance(every, int) else self.value(every, own)

    def formula(self, node: Expr, own: str = "") -> str:
        """Arithmetic as it stands, in code."""
        return code(write(transform(node, lambda part: self._author_units(part, own)), self.start))

    def _author_units(self, part: Expr, own: str = "") -> Expr:
        """A number as its author would write it, in place of the number in base units."""
        if isinstance(part, tree.Name) and own and part.path.startswith(own + "."):
            return tree.Name(part.path.removeprefix(own + "."), part.kind)
        if not isinstance(part, tree.Literal) or not isinstance(part.kind, Quantity) or isinstance(part.value, bool):
            return part
        if part.kind.dimension == PURE:
            return tree.Name(self.share(float(part.value)), part.kind) if part.value in self.shares else part
        for unit in ("year", "month"):
            count = float(part.value) / MEAN_TIME[unit]
            if part.kind.dimension.exponents == (("time", 1),) and count >= 1 and count == int(count):
                return tree.Name(f"{int(count)} {unit}{'' if count == 1 else 's'}", part.kind)
        return part

    def draw(self, node: tree.Draw, own: str = "") -> str:
        """A distribution with its parameters."""
        if node.distribution == "one_of":
            words = node.kind.words if isinstance(node.kind, Category) else tuple(map(str, range(len(node.arguments))))
            shares = (self._chance(each, own) for each in node.arguments)
            return f"one of {joined([f'{code(word)} ({share})' for word, share in zip(words, shares, strict=True)])}"
        if node.distribution == "bernoulli":
            return f"true with a chance of {self._chance(node.arguments[0], own)}, else false"
        pairs = list(zip(node.parameters, node.arguments, strict=True))
        told = [f"{_parameter(name)} {self.value(each, own)}" for name, each in pairs]
        article = "an" if node.distribution[0] in "aeio" else "a"
        return f"{article} {node.distribution} draw ({', '.join(told)})"

    def _chance(self, node: Expr, own: str = "") -> str:
        """A share in percent if it is a number."""
        return self.share(float(node.value)) if isinstance(node, tree.Literal) else self.value(node, own)

    # ------------------------------------------------------------------ conditions

    def clause(self, node: Expr, own: str = "") -> str:
        """A condition as a clause that follows `while` or `if`."""
        match node:
            case tree.Literal(value):
                return "nothing prevents it" if value else "the impossible happens"
            case tree.Name(path):
                return self._is_true(path, "is")
            case tree.Not(tree.Name(path)):
                return self._is_true(path, "is not")
            case tree.Not(operand):
                return f"it is not so that {self._inside(operand, own)}"
            case tree.And(operands):
                return " and ".join(self._inside(each, own) for each in operands)
            case tree.Or(operands):
                return "either " + " or ".join(self._inside(each, own) for each in operands)
            case tree.Comparison():
                return self._comparison(node, own)
            case tree.If(condition, then, otherwise):
                rest = self._inside(otherwise, own)
                return f"{self._inside(then, own)} (if {self.clause(condition, own)}; otherwise {rest})"
            case _:
                return f"{self.value(node, own)} is true"

    def _is_true(self, path: str, verb: str) -> str:
        thing, dot, last = path.rpartition(".")
        if dot and last == "known":
            return f"{self.name(thing)} {verb} known"
        if dot and last == "active":
            return f"{self.name(thing)} {verb} switched on"
        return f"{self.name(path)} {verb} true"

    def becoming(self, node: Expr, own: str = "") -> str:
        """The moment at which a condition becomes true, as a clause that follows `when`."""
        match node:
            case tree.Name(path) if not path.endswith((".known", ".active")):
                return f"{self.name(path)} becomes true"
            case tree.Not(tree.Name(path)) if not path.endswith((".known", ".active")):
                return f"{self.name(path)} ceases to be true"
            case _:
                return f"it becomes true that {self.clause(node, own)}"

    def being(self, node: Expr, when: str) -> str:
        """That a condition is true, with a word on when: `ever`, `never`, `always`, `first`."""
        if isinstance(node, tree.Name) and not node.path.endswith((".known", ".active")):
            return f"{self.name(node.path)} is {when} true"
        return f"it is {when} true that {self.clause(node)}"

    def _inside(self, node: Expr, own: str) -> str:
        """A clause inside another, in brackets where it has parts of its own."""
        told = self.clause(node, own)
        return f"({told})" if isinstance(node, tree.And | tree.Or | tree.If) else told

    def _comparison(self, node: tree.Comparison, own: str) -> str:
        left, right = self.value(node.left, own), self.value(node.right, own)
        if isinstance(node.left, tree.Since) and node.sign in (">=", ">"):
            since = left.removeprefix("the time since ")
            return f"{'at least' if node.sign == '>=' else 'more than'} {right} have passed since {since}"
        if isinstance(node.left.kind, Rung):
            higher = {">=": " or higher", "<=": " or lower"}.get(node.sign, "")
            verb = {">": "is above", "<": "is below", "!=": "is not"}.get(node.sign, "is")
            return f"{left} {verb} {right}{higher}"
        said = _IS_DATE if isinstance(node.left.kind, Instant) else _IS
        return f"{left} {said[node.sign]} {right}"


def number_words(value: float) -> str:
    """A plain number, exact, with commas."""
    return (
        write_number(value).replace("_", ",").replace("-", "−") if value < 0 else write_number(value).replace("_", ",")
    )


def _parameter(name: str) -> str:
    """The name of a parameter; a quantile says what share lies below it."""
    level = re.fullmatch(r"p(\d+)", name)
    return f"{level[1]}% below" if level else name


def _percents(texts: Iterable[str]) -> frozenset[float]:
    """Numbers that texts write as percentages and in no other way."""
    percents: set[float] = set()
    others: set[float] = set()
    for text in texts:
        for digits, sign in _NUMBER.findall(text):
            value = float(digits.replace("_", ""))
            (percents if sign else others).add(value / 100 if sign else value)
    return frozenset(percents - others)


def _called(labels: Mapping[str, str], always: Container[str]) -> dict[str, str]:
    """A short label of its own in quotes, else the name in code."""
    uses = Counter(label.casefold() for label in labels.values())
    return {
        name: quoted(label)
        if (name in always or label != label_of(None, name))
        and uses[label.casefold()] == 1
        and len(label) <= LONGEST_LABEL
        else code(name)
        for name, label in labels.items()
    }


def _labels(scenario: Scenario) -> Iterable[tuple[str, str]]:
    """The label of everything that an expression can mention by one name."""
    labels = {each.name: label_of(None, each.name) for each in scenario.constants}
    labels |= {each.name: label_of(None, each.name) for each in scenario.uncertainties}
    for number in scenario.numbers:
        if (name := number.path.split(".")[1:2]) and name[0] in labels:
            labels[name[0]] = number.label
    labels |= {each.name: each.label for each in scenario.levers}
    labels |= {each.name: each.label for each in scenario.state}
    labels |= {each.name: each.label for each in scenario.derived}
    labels |= {each.name: each.label for each in scenario.events}
    labels |= {each.name: each.label for each in scenario.intelligence}
    labels |= {each.name: each.label for each in scenario.ladders}
    return labels.items()
