"""Units of time, and what to call a kind in the author's words."""

from escalation.expressions.kinds import (
    DURATION,
    PURE,
    TIME,
    Category,
    Dimension,
    Instant,
    Kind,
    Quantity,
    Rung,
    Truth,
)

DAY = 86_400_000.0
"""Milliseconds in a day."""

EXACT_TIME: dict[str, float] = {
    spelling: milliseconds
    for word, milliseconds in (
        ("millisecond", 1.0),
        ("second", 1_000.0),
        ("minute", 60_000.0),
        ("hour", 3_600_000.0),
        ("day", DAY),
        ("week", 7 * DAY),
    )
    for spelling in (word, word + "s")
}
"""Milliseconds in each unit of time that always has the same length."""

MEAN_TIME: dict[str, float] = {
    spelling: days * DAY for word, days in (("month", 30.436875), ("year", 365.2425)) for spelling in (word, word + "s")
}
"""Milliseconds in a mean Gregorian month and year; allowed in rates and chances only (law 2)."""

TIME_UNITS = EXACT_TIME | MEAN_TIME


def describe(kind: Kind) -> str:
    """What a kind is, as the end of a sentence that begins "this is": `a time`, `in troops`, `a date`."""
    match kind:
        case Quantity(dimension):
            return describe_dimension(dimension)
        case Truth():
            return "true or false"
        case Instant():
            return "a date"
        case Category(name, _):
            return f"a word of {name}"
        case Rung(ladder, _):
            return f"a rung of {ladder}"


def describe_dimension(dimension: Dimension) -> str:
    """What a number counts: `a plain number`, `a time`, `a rate`, `in troops`, `in troops per time`."""
    if dimension == PURE:
        return "a plain number"
    if dimension == DURATION:
        return "a time"
    above = [_power(base, exponent) for base, exponent in dimension.exponents if exponent > 0]
    below = [_power(base, -exponent) for base, exponent in dimension.exponents if exponent < 0]
    if not above:
        return "a rate, per " + " and ".join(below)
    return "in " + " times ".join(above) + ("".join(" per " + each for each in below))


def _power(base: str, exponent: int) -> str:
    return base if exponent == 1 else f"{base} squared" if exponent == 2 else f"{base} to the power {exponent}"


def example(kind: Kind) -> str:
    """Something of this kind that an author could write."""
    match kind:
        case Quantity(dimension):
            return with_unit("14" if dimension == DURATION else "0.3" if dimension == PURE else "1", dimension)
        case Truth():
            return "true"
        case Instant():
            return "2024-11-05"
        case Category(_, words) | Rung(_, words):
            return words[0]


def with_unit(number: str, dimension: Dimension) -> str:
    """A number as an author would write it in this dimension: `0 troops`, `14 days`, `1 troops / 1 day`."""
    above = [base for base, exponent in dimension.exponents for _ in range(exponent)]
    below = [base for base, exponent in dimension.exponents for _ in range(-exponent)]
    first = f"{number} {_unit(above[0], number)}" if above else number
    return (
        first
        + "".join(f" * 1 {_unit(base, '1')}" for base in above[1:])
        + "".join(f" / 1 {_unit(base, '1')}" for base in below)
    )


def _unit(base: str, number: str) -> str:
    if base != TIME:
        return base
    return "day" if number == "1" else "days"
