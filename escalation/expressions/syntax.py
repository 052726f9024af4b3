"""Text to a syntax tree: what was written and where, before anything has a meaning."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from escalation.expressions.problems import Problem
from escalation.expressions.spelling import misspellings, surprise

if TYPE_CHECKING:
    from lark import Lark

MAX_LENGTH = 10_000
"""Characters in one expression."""
MAX_DEPTH = 100
"""Operations, calls and brackets inside one another."""


class Number(NamedTuple):
    """`10_000`, `30%`, `14 days` or `12 hours 30 minutes`: the number and unit ("" and "%" included) of each part."""

    start: int
    end: int
    depth: int
    parts: tuple[tuple[str, str], ...]


class Date(NamedTuple):
    """`2024-11-05`."""

    start: int
    end: int
    depth: int
    text: str


class Flag(NamedTuple):
    """`true` or `false`."""

    start: int
    end: int
    depth: int
    holds: bool


class Word(NamedTuple):
    """A dotted path, or a word known only opposite a value."""

    start: int
    end: int
    depth: int
    path: str


class Brackets(NamedTuple):
    """Something in brackets."""

    start: int
    end: int
    depth: int
    inner: "Syntax"


class Minus(NamedTuple):
    """A sign before a value."""

    start: int
    end: int
    depth: int
    operand: "Syntax"


class Negation(NamedTuple):
    """`not` before a condition."""

    start: int
    end: int
    depth: int
    operand: "Syntax"


class Sum(NamedTuple):
    """Two values and one of + - * / between them."""

    start: int
    end: int
    depth: int
    sign: str
    left: "Syntax"
    right: "Syntax"


class Compare(NamedTuple):
    """Two or more values with comparison signs between them; more than two are a fault."""

    start: int
    end: int
    depth: int
    operands: tuple["Syntax", ...]
    signs: tuple[str, ...]


class Junction(NamedTuple):
    """Conditions joined by `and`, or by `or`."""

    start: int
    end: int
    depth: int
    word: str
    operands: tuple["Syntax", ...]


class Choice(NamedTuple):
    """`then if condition else otherwise`."""

    start: int
    end: int
    depth: int
    then: "Syntax"
    condition: "Syntax"
    otherwise: "Syntax"


class Argument(NamedTuple):
    """One argument of a call; `keyword` is empty if it is given by its place."""

    start: int
    end: int
    depth: int
    keyword: str
    value: "Syntax"


class Application(NamedTuple):
    """A name applied to arguments; `name_end` is where the name ends."""

    start: int
    end: int
    depth: int
    name: str
    name_end: int
    arguments: tuple[Argument, ...]


Syntax = Union[  # noqa: UP007
    Number, Date, Flag, Word, Brackets, Minus, Negation, Sum, Compare, Junction, Choice, Application
]


class _Builder:
    """What lark calls for each rule of the grammar, with the rule's parts."""

    def expression(self, parts: list[Any]) -> Any:
        return parts[0]

    def chance(self, parts: list[Any]) -> tuple[Any, Any]:
        return parts[0], parts[1]

    def number(self, parts: list[Any]) -> Number:
        token = parts[0]
        return Number(token.start_pos, token.end_pos, 1, ((str(token), ""),))

    def percent(self, parts: list[Any]) -> Number:
        return Number(parts[0].start_pos, parts[1].end_pos, 1, ((str(parts[0]), "%"),))

    def measured(self, parts: list[Any]) -> Number:
        pairs = tuple((str(number), str(unit)) for number, unit in zip(parts[::2], parts[1::2], strict=True))
        return Number(parts[0].start_pos, parts[-1].end_pos, 1, pairs)

    def date(self, parts: list[Any]) -> Date:
        return Date(parts[0].start_pos, parts[0].end_pos, 1, str(parts[0]))

    def truth(self, parts: list[Any]) -> Flag:
        return Flag(parts[0].start_pos, parts[0].end_pos, 1, parts[0] == "true")

    def word(self, parts: list[Any]) -> Word:
        return Word(parts[0].start_pos, parts[0].end_pos, 1, str(parts[0]))

    def call(self, parts: list[Any]) -> Application:
        name, *arguments, close = parts
        # A fold over n arguments is as deep as n operations.
        depth = 1 + max((each.depth for each in arguments), default=0) + max(0, len(arguments) - 2)
        return Application(name.start_pos, close.end_pos, depth, str(name), name.end_pos, tuple(arguments))

    def positional(self, parts: list[Any]) -> Argument:
        value = parts[0]
        return Argument(value.start, value.end, value.depth, "", value)

    def keyword(self, parts: list[Any]) -> Argument:
        name, value = parts
        return Argument(name.start_pos, value.end, value.depth, str(name), value)

    def brackets(self, parts: list[Any]) -> Brackets:
        return Brackets(parts[0].start_pos, parts[2].end_pos, parts[1].depth + 1, parts[1])

    def negative(self, parts: list[Any]) -> Minus:
        return Minus(parts[0].start_pos, parts[1].end, parts[1].depth + 1, parts[1])

    def negation(self, parts: list[Any]) -> Negation:
        return Negation(parts[0].start_pos, parts[1].end, parts[1].depth + 1, parts[1])

    def arithmetic(self, parts: list[Any]) -> Sum:
        left, sign, right = parts
        return Sum(left.start, right.end, 1 + max(left.depth, right.depth), str(sign), left, right)

    def comparison(self, parts: list[Any]) -> Compare:
        operands = tuple(parts[::2])
        return Compare(
            operands[0].start, operands[-1].end, _deeper(operands), operands, tuple(str(sign) for sign in parts[1::2])
        )

    def conjunction(self, parts: list[Any]) -> Junction:
        return Junction(parts[0].start, parts[-1].end, _deeper(parts), "and", tuple(parts))

    def disjunction(self, parts: list[Any]) -> Junction:
        return Junction(parts[0].start, parts[-1].end, _deeper(parts), "or", tuple(parts))

    def choice(self, parts: list[Any]) -> Choice:
        return Choice(parts[0].start, parts[2].end, _deeper(parts), *parts)


def _deeper(parts: Any) -> int:
    return 1 + max(each.depth for each in parts)


@lru_cache(maxsize=1)
def _parser() -> "Lark":
    from lark import Lark

    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        lexer="basic",
        start=["expression", "chance"],
        maybe_placeholders=False,
        transformer=_Builder(),
    )


def parse(text: str) -> tuple[Syntax | None, tuple[Problem, ...]]:
    """The syntax tree of an expression, or every problem of its spelling, or the first of its form."""
    return _parse(text, "expression")


def parse_chance(text: str) -> tuple[tuple[Syntax, Syntax] | None, tuple[Problem, ...]]:
    """The share and the duration of `10% in 1 year`."""
    return _parse(text, "chance")


@lru_cache(maxsize=4096)
def _parse(text: str, start: str) -> tuple[Any, tuple[Problem, ...]]:
    if found := _too_much(text) or misspellings(text):
        return None, found
    from lark.exceptions import UnexpectedInput, UnexpectedToken

    try:
        tree: Any = _parser().parse(text, start=start)
    except UnexpectedInput as error:
        at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        at = len(text) if at_end or error.pos_in_stream is None else error.pos_in_stream
        return None, (surprise(text, at, start),)
    for part in tree if start == "chance" else (tree,):
        if part.depth > MAX_DEPTH:
            return None, (_too_deep(part.start, part.end),)
    return tree, ()


def _too_much(text: str) -> tuple[Problem, ...]:
    if len(text) > MAX_LENGTH:
        message = f"this is {len(text)} characters long, an expression may have {MAX_LENGTH}"
        return (Problem(0, len(text), message, "name parts of it under derived:"),)
    if text.count("(") <= MAX_DEPTH:
        return ()
    depth = 0
    for at, character in enumerate(text):
        if character == "(":
            depth += 1
            if depth > MAX_DEPTH:
                return (_too_deep(at, at + 1),)
        elif character == ")":
            depth -= 1
    return ()


def _too_deep(start: int, end: int) -> Problem:
    message = f"more than {MAX_DEPTH} brackets or operations stand inside one another"
    return Problem(start, end, message, "name parts of it under derived:")
