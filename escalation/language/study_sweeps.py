"""The values of one setting of a study: one, a list, or evenly spaced ones, each with the place where it is written."""

import re
from decimal import Decimal
from fractions import Fraction

from escalation.language.faults import Fault
from escalation.language.node import Scalar
from escalation.language.study_document import Steps
from escalation.language.written import Written, short

MOST_STEPS = 1_000
_NUMBER = re.compile(r"(-?[0-9][0-9_]*(?:\.[0-9]+)?)(\s*%|\s+[A-Za-z][\w/ ]*|)\Z")


def values_of(sweep: "Written | list[Written] | Steps") -> tuple[tuple[Scalar, ...], list[Fault]]:
    """The values in order, and what is wrong with them; none where something is."""
    if isinstance(sweep, Steps):
        return _spread(sweep)
    leaves = sweep if isinstance(sweep, list) else [sweep]
    faults = [
        Fault.at(leaf.origin, f"{short(leaf)} is written twice", "keep one of the two", len(leaf))
        for place, leaf in enumerate(leaves)
        if leaf in leaves[:place]
    ]
    return tuple(leaf.node for leaf in leaves), faults


def _spread(sweep: Steps) -> tuple[tuple[Scalar, ...], list[Fault]]:
    """Values at even distances; the ends are told as their author wrote them."""
    first, last = _NUMBER.match(sweep.from_), _NUMBER.match(sweep.to)
    wrong = [leaf for leaf, found in ((sweep.from_, first), (sweep.to, last)) if found is None]
    if first is None or last is None:
        cure = "evenly spaced values are numbers with a unit, such as 1_000 troops; write a list of anything else"
        return (), [_fault(leaf, f"{short(leaf)} is no number", cure) for leaf in wrong]
    if _unit(first[2]) != _unit(last[2]):
        return (), [_fault(sweep.to, f"`from` and `to` have different units: {short(sweep.from_)}", "write one unit")]
    low, high, steps = _exactly(first[1]), _exactly(last[1]), int(sweep.steps)
    if low == high:
        return (), [_fault(sweep.to, "`from` and `to` are the same", "write the value alone")]
    if steps > MOST_STEPS:
        return (), [_fault(sweep.steps, f"more than {MOST_STEPS:,} steps", "fewer, or several studies")]
    grouped = "_" in sweep.from_ or "_" in sweep.to
    inside = [low + (high - low) * step / steps for step in range(1, steps)]
    texts = [_written(value, grouped) + last[2] for value in inside]
    places = [Scalar(text, sweep.from_.origin) for text in texts]
    return (sweep.from_.node, *places, sweep.to.node), []


def _exactly(text: str) -> Fraction:
    return Fraction(text.replace("_", ""))


def _unit(text: str) -> str:
    """A unit as it is compared: `day` and `days` are one."""
    return " ".join(text.split()).removesuffix("s")


def _written(value: Fraction, grouped: bool) -> str:
    """A number as an author writes it, to the last digit that a double holds."""
    if value.denominator == 1:
        return f"{value.numerator:_}" if grouped else str(value.numerator)
    return format(Decimal(repr(float(value))), "f")


def _fault(leaf: Written, message: str, cure: str) -> Fault:
    return Fault.at(leaf.origin, message, cure, len(leaf))
