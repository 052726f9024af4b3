"""What a person fills in with an order: the draws of its rule, each with the range that the model thinks possible."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import Literal as OneOf

from escalation.classroom.things import Thing, factor
from escalation.expressions.kinds import Category, Kind, Quantity, Rung, Truth
from escalation.expressions.tree import Draw
from escalation.language.labels import label_of
from escalation.model.evaluate import evaluate
from escalation.model.process import Assign, Value
from escalation.reporting.decimals import as_said

TAILS = (0.001, 0.999)
"""Between these quantiles the model thinks a draw possible: what a person fills in lies there too."""
NEVER_BELOW_NOTHING = ("lognormal", "exponential", "gamma", "weibull", "poisson")
NO, YES = "no", "yes"
_NUMBER = re.compile(
    r"([-−+]?)(\d{1,3}(?:[,_ \u202f\u00a0']\d{3})+|\d+)(\.\d+)?(?:[ \u202f\u00a0]?([A-Za-z%][\w%/ ]*))?"
)
LONGEST = 40


class BadOrder(ValueError):
    """An order cannot be read or is impossible, said in a sentence for the person who gave it."""


@dataclass(frozen=True, slots=True)
class Takes:
    """A draw that a person fills in. Numbers are in `unit` (a share in %); low and high are None where open.

    words: what can be chosen, in the order of their values; for a truth `no` and `yes`.
    """

    name: str
    label: str
    kind: OneOf["number", "choice", "truth"]
    unit: str = ""
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()


def takes_of(draw: Assign, percent: bool, known: Mapping[str, Value]) -> Takes:
    """What a draw takes; `known` are the values that stand before a trajectory begins (levers)."""
    name = draw.target.rpartition(".")[2]
    label, kind = label_of(None, name), draw.value.kind
    match kind:
        case Truth():
            return Takes(name, label, "truth", words=(NO, YES))
        case Category(_, words) | Rung(_, words):
            return Takes(name, label, "choice", words=tuple(label_of(None, word) for word in words))
        case Quantity(dimension):
            thing = Thing(draw.target, label, kind, percent)
            scale = factor(dimension) / (100.0 if thing.percent else 1.0)
            low, high = (_rounded(end, scale, down=down) for end, down in _ends(draw, known))
            return Takes(name, label, "number", thing.unit, low, high)
        case _:
            raise TypeError(f"a person cannot fill in {draw.target}, a date")


def _ends(draw: Assign, known: Mapping[str, Value]) -> tuple[tuple[float | None, bool], tuple[float | None, bool]]:
    """The two quantiles of a draw, in its own scale; None where they hang on what only a trajectory knows."""
    try:
        ends = sorted(float(evaluate(draw.value, known, lambda _, u=u: u)) for u in TAILS)  # type: ignore[misc]
    except (KeyError, TypeError, ValueError, ArithmeticError):
        above_nothing = isinstance(draw.value, Draw) and draw.value.distribution in NEVER_BELOW_NOTHING
        return (0.0 if above_nothing else None, True), (None, False)
    low, high = (end if isfinite(end) else None for end in ends)
    return (low, True), (high, False)


def _rounded(end: float | None, scale: float, *, down: bool) -> float | None:
    """An end in the unit of the form, to two digits and outwards."""
    if end is None:
        return None
    value = end / scale
    if value == 0:
        return 0.0
    step = 10.0 ** (floor(log10(abs(value))) - 1)
    return round((floor if down else ceil)(round(value / step, 6)) * step, 9)


def value_of(asked: Takes, text: str, kind: Kind) -> Value:
    """The value that a text gives, in the model's units.

    Raises:
        BadOrder: it cannot be read, or lies outside the range.
    """
    said = " ".join(text.split())
    if asked.kind != "number":
        return _word(asked, said)
    found = _NUMBER.fullmatch(said)
    if found is None:
        raise BadOrder(f"{asked.label}: {_quoted(said)} is not a number, such as {_example(asked)}.")
    sign, whole, rest, unit = found.groups()
    if unit and not _same_unit(unit, asked.unit):
        meant = f"in {asked.unit}" if asked.unit else "without a unit"
        raise BadOrder(f"{asked.label} is asked {meant}, and {_quoted(said)} is in {_short(unit)}.")
    number = float(re.sub(r"\D", "", whole) + (rest or "")) * (-1 if sign in ("-", "−") else 1)
    if not isfinite(number):
        raise BadOrder(f"{asked.label}: {_quoted(said)} is too large a number.")
    _within(asked, number)
    assert isinstance(kind, Quantity)
    dimension = kind.dimension
    return number * factor(dimension) / (100.0 if asked.unit == "%" else 1.0)


def _within(asked: Takes, number: float) -> None:
    low, high = asked.low, asked.high
    if (low is not None and number < low) or (high is not None and number > high):
        ends = [
            f"{word} {as_said(end, asked.unit)}"
            for word, end in (("at least", low), ("at most", high))
            if end is not None
        ]
        raise BadOrder(f"{asked.label} is {' and '.join(ends)}, and {as_said(number, asked.unit)} was asked for.")


def _word(asked: Takes, said: str) -> Value:
    folded = {word.casefold(): index for index, word in enumerate(asked.words)}
    index = folded.get(said.casefold())
    if index is None:
        raise BadOrder(f"{asked.label} is one of {', '.join(asked.words)}, and not {_quoted(said)}.")
    return bool(index) if asked.kind == "truth" else index


def _same_unit(said: str, unit: str) -> bool:
    said = said.strip().casefold()
    words = {unit.casefold(), unit.casefold().removesuffix("s")} | ({"percent", "per cent"} if unit == "%" else set())
    return said in words


def _example(asked: Takes) -> str:
    middle = next((end for end in (asked.low, asked.high) if end is not None), 10.0)
    return as_said(middle, asked.unit)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _quoted(text: str) -> str:
    return f"“{_short(text)}”" if text else "nothing"
