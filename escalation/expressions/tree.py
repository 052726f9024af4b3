"""The typed tree of an expression: what every engine reads, whatever the author wrote."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any
from typing import Literal as OneOf

from escalation.expressions.kinds import Kind, Quantity, Truth

ArithmeticSign = OneOf["+", "-", "*", "/"]
ComparisonSign = OneOf["<", "<=", ">", ">=", "==", "!="]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in the text, in base units: float, bool, or the index (int) of a word or rung."""

    value: float | bool | int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Name:
    """The present value of whatever the full dotted path names."""

    path: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus a quantity."""

    operand: "Expr"
    kind: Kind


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    operand: "Expr"
    kind: Kind = Truth()


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """IEEE arithmetic on two quantities (or a date and a duration); a division by zero is infinite or NaN."""

    sign: ArithmeticSign
    left: "Expr"
    right: "Expr"
    kind: Kind


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of two values of one kind; anything but != is false on NaN."""

    sign: ComparisonSign
    left: "Expr"
    right: "Expr"
    kind: Kind = Truth()


@dataclass(frozen=True, slots=True)
class And:
    """Every operand holds."""

    operands: tuple["Expr", ...]
    kind: Kind = Truth()


@dataclass(frozen=True, slots=True)
class Or:
    """At least one operand holds."""

    operands: tuple["Expr", ...]
    kind: Kind = Truth()


@dataclass(frozen=True, slots=True)
class If:
    """One of two values, by a condition; `cases:` becomes a chain of these."""

    condition: "Expr"
    then: "Expr"
    otherwise: "Expr"
    kind: Kind


@dataclass(frozen=True, slots=True)
class Call:
    """A function of values: min max clip abs sqrt exp log floor count_of level, or one that only the model uses."""

    function: str
    arguments: tuple["Expr", ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Draw:
    """One uniform through the quantile function of a distribution.

    `parameters` names the arguments, in the registry's order (for two quantiles, in ascending level: p10, p90);
    `place` is the draw's number within its text; `stream` is its address, filled in when the model is built.
    """

    distribution: str
    parameters: tuple[str, ...]
    arguments: tuple["Expr", ...]
    place: int
    kind: Kind
    stream: str | None = None


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Time since the scenario's start, in milliseconds."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Since:
    """Time since a rule last fired, or since a date; in a condition it stands only as `since(x) >= D`.

    Exactly one of `rule` and `date` is given.
    """

    rule: str | None
    date: "Expr | None"
    kind: Kind


@dataclass(frozen=True, slots=True)
class Count:
    """How often a rule has fired so far, a plain number."""

    rule: str
    kind: Kind = Quantity()


Expr = Literal | Name | Negative | Not | Arithmetic | Comparison | And | Or | If | Call | Draw | Elapsed | Since | Count
NODE_TYPES = (
    Literal,
    Name,
    Negative,
    Not,
    Arithmetic,
    Comparison,
    And,
    Or,
    If,
    Call,
    Draw,
    Elapsed,
    Since,
    Count,
)


def children(node: Expr) -> Iterator[Expr]:
    """The nodes directly below one node, in the order of the text."""
    kind: Any = type(node)
    for name in _field_names(kind):
        value = getattr(node, name)
        if isinstance(value, NODE_TYPES):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, NODE_TYPES))


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    """Of one kind of node; asked for at every node of every tree."""
    return tuple(field.name for field in fields(kind))


def walk(node: Expr) -> Iterator[Expr]:
    """A node and everything below it, parents first."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(tuple(children(node))))


def names_in(node: Expr) -> frozenset[str]:
    """Paths of all names that a tree reads."""
    return frozenset(part.path for part in walk(node) if isinstance(part, Name))


def transform(node: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """A copy of the tree with `change` applied to every node, children first."""
    replaced: dict[str, Any] = {}
    kind: Any = type(node)
    for name in _field_names(kind):
        value = getattr(node, name)
        if isinstance(value, NODE_TYPES):
            replaced[name] = transform(value, change)
        elif isinstance(value, tuple) and any(isinstance(item, NODE_TYPES) for item in value):
            replaced[name] = tuple(transform(item, change) for item in value)
    return change(replace(node, **replaced) if replaced else node)
