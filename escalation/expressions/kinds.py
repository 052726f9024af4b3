"""The kinds of value an expression can have, and the dimensions of its numbers."""

from dataclasses import dataclass

TIME = "time"
"""Name of the one built-in base dimension; every other base is a unit that the author declared."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """Exponents of base dimensions, sorted by base; the empty tuple is a plain number."""

    exponents: tuple[tuple[str, int], ...] = ()

    @classmethod
    def base(cls, name: str) -> "Dimension":
        """Dimension of one base unit."""
        return cls(((name, 1),))

    def __mul__(self, other: "Dimension") -> "Dimension":
        """Dimension of a product."""
        total = dict(self.exponents)
        for base, exponent in other.exponents:
            total[base] = total.get(base, 0) + exponent
        return Dimension(tuple(sorted((base, e) for base, e in total.items() if e)))

    def __truediv__(self, other: "Dimension") -> "Dimension":
        """Dimension of a quotient."""
        return self * Dimension(tuple((base, -exponent) for base, exponent in other.exponents))


PURE = Dimension()
DURATION = Dimension.base(TIME)
RATE = PURE / DURATION


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number (float) with a dimension; durations are in milliseconds, authors' units have factor 1, 30% is 0.3."""

    dimension: Dimension = PURE


@dataclass(frozen=True, slots=True)
class Truth:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A date: milliseconds (float) since the scenario's start, 00:00."""


@dataclass(frozen=True, slots=True)
class Category:
    """One of a few words, held as its index. Known only opposite a value of the same category."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung of one ladder, held as its index, lowest first."""

    ladder: str
    rungs: tuple[str, ...]


Kind = Quantity | Truth | Instant | Category | Rung
