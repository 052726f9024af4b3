"""The door of the room: text to a typed tree and every problem found, and `cases:` to one tree."""

from collections.abc import Sequence
from dataclasses import replace

from escalation.expressions.kinds import Kind, Truth
from escalation.expressions.problems import Problem
from escalation.expressions.reading import SHARE, TIME, Reading
from escalation.expressions.scope import Scope
from escalation.expressions.syntax import parse, parse_chance
from escalation.expressions.tree import Draw, Expr, If, transform, walk


def read(text: str, scope: Scope, expected: Kind | None = None) -> tuple[Expr | None, tuple[Problem, ...]]:
    """The typed tree of a text, or None and every problem found in it, in order.

    expected: the kind the whole must have (None: any). Words and rungs of an expected kind may be written bare.
    Draws are numbered from 0 in the order of the text. Never raises for anything in the text.
    """
    syntax, problems = parse(text)
    if syntax is None:
        return None, problems
    reading = Reading(text, scope)
    return reading.finish(reading.expecting(syntax, expected))


def read_chance(text: str, scope: Scope) -> tuple[tuple[Expr, Expr] | None, tuple[Problem, ...]]:
    """The share and the duration of `10% in 1 year`; months and years have their mean lengths."""
    parts, problems = parse_chance(text)
    if parts is None:
        return None, problems
    reading = Reading(text, replace(scope, mean_months=True))
    share = reading.expecting(parts[0], SHARE)
    duration = reading.expecting(parts[1], TIME)
    whole, problems = reading.finish(share)
    return (None if whole is None or duration is None else (whole, duration)), problems


def chain(cases: Sequence[tuple[Expr, Expr]], otherwise: Expr) -> Expr:
    """`cases:` as a chain of choices: the value of the first condition that holds.

    Each part was read alone, so draws are numbered anew through all of them, in order.

    Raises:
        ValueError: the values are not all of one kind, or a condition is not true or false.
    """
    for condition, value in cases:
        if value.kind != otherwise.kind or condition.kind != Truth():
            raise ValueError(f"{value.kind} and {otherwise.kind} cannot be cases of one another")
    parts = _numbered([part for case in cases for part in case] + [otherwise])
    result = parts[-1]
    for at in range(len(parts) - 3, -1, -2):
        result = If(parts[at], parts[at + 1], result, otherwise.kind)
    return result


def _numbered(parts: Sequence[Expr]) -> list[Expr]:
    done: list[Expr] = []
    first = 0
    for part in parts:
        count = sum(isinstance(node, Draw) for node in walk(part))
        done.append(_shifted(part, first) if count and first else part)
        first += count
    return done


def _shifted(part: Expr, by: int) -> Expr:
    return transform(part, lambda node: replace(node, place=node.place + by) if isinstance(node, Draw) else node)
