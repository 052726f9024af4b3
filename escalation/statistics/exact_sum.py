"""Sums of floats without rounding, so that they do not depend on the order or the grouping of what is added.

A double is a whole number of 2⁻¹⁰⁷⁴, the smallest there is. Sums are kept as Python integers in that unit; they are
exact whatever is added, and two of them are added by `+`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import Floats

UNIT = 1074
"""Sums are whole numbers of 2 to the minus this."""
HALF = 1 << 26
SPLITTER = 134217729.0


def exact_sum(values: ArrayLike) -> int:
    """The sum of finite floats in units of 2⁻¹⁰⁷⁴. Raises ValueError for NaN and infinity."""
    numbers = np.asarray(values, dtype=np.float64).ravel()
    numbers = numbers[numbers != 0.0]
    if not numbers.size:
        return 0
    if not np.isfinite(numbers).all():
        raise ValueError("a sum without rounding takes finite numbers")
    shares, exponents = np.frexp(numbers)
    whole = np.ldexp(shares, 53)
    # Two halves of 27 and 26 bits, so that a column of a hundred million of each is added exactly as floats.
    upper = np.floor(whole / HALF)
    lower = whole - upper * HALF
    lowest = int(exponents.min())
    place = exponents - lowest
    tops, bottoms = (np.bincount(place, weights=part) for part in (upper, lower))
    total = 0
    for shift in np.flatnonzero((tops != 0) | (bottoms != 0)).tolist():
        total += (int(tops[shift]) * HALF + int(bottoms[shift])) << shift
    # Whole numbers of 53 bits at the lowest exponent; below the unit there are only zeros to drop.
    shift = lowest - 53 + UNIT
    return total << shift if shift >= 0 else total >> -shift


def products(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Products and what rounding them lost (Dekker 1971): first · second = product + rest, but for underflow."""
    product = first * second
    a, b = _halves(first)
    c, d = _halves(second)
    return product, ((a * c - product) + a * d + b * c) + b * d


def _halves(values: Floats) -> tuple[Floats, Floats]:
    wide = SPLITTER * values
    upper = wide - (wide - values)
    return upper, values - upper


def powers(values: ArrayLike) -> tuple[int, int, int]:
    """Sums of values, of their squares and of their cubes, in units of 2⁻¹⁰⁷⁴.

    Squares and cubes are carried to twice the digits of a double, so that a small spread about a large mean is not
    lost in them; numbers beyond 10⁹⁰ are refused with ValueError.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.size and float(np.abs(numbers).max()) > 1e90:
        raise ValueError("numbers beyond 1e90 have no cube that could be summed")
    square, rest = products(numbers, numbers)
    cube, left = products(square, numbers)
    squares = exact_sum(np.concatenate([square, rest]))
    return exact_sum(numbers), squares, exact_sum(np.concatenate([cube, left, rest * numbers]))
