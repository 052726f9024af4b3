"""The normal copula: uniforms that vary together, each still uniform, in basic IEEE operations and a fixed order.

A rank correlation of Spearman is what authors say and what does not depend on the distributions; Pearson (1907) gives
the correlation of the normal variables that has it: 2 sin(π ρ / 6). The factor of Cholesky makes such normal variables
of independent ones, the first of which stays as it is.
"""

from collections.abc import Sequence
from math import sqrt

from escalation.chance.elementary import normal_quantile
from escalation.chance.error_function import normal_cdf
from escalation.chance.streams import SMALLEST, UNIT

Rows = tuple[tuple[float, ...], ...]

SIXTH_OF_PI = 5.23598775598298873077e-01
ROUNDING = 2.0**-46
"""What rounding may leave of a squared pivot that is nothing in truth."""
ROOT_OF_ROUNDING = 2.0**-23
"""What it may leave below such a pivot; correlations are seldom said to three digits."""
GREATEST = 1.0 - UNIT

# fdlibm's sine near 0 (Sun Microsystems 1993: `k_sin.c`), highest power first.
SINE = (
    1.58969099521155010221e-10,
    -2.50507602534068634195e-08,
    2.75573137070700676789e-06,
    -1.98412698298579493134e-04,
    8.33333333332248946124e-03,
    -1.66666666666666324348e-01,
)


class Impossible(ValueError):
    """No variables have these correlations: the matrix is not positive semi-definite."""


def normal_correlation(spearman: float) -> float:
    """The correlation of two normal variables whose rank correlation is `spearman`, -1 to 1: 2 sin(π ρ / 6)."""
    if spearman in (-1.0, 0.0, 1.0):
        return spearman
    x = SIXTH_OF_PI * spearman
    z = x * x
    series = SINE[0]
    for coefficient in SINE[1:]:
        series = series * z + coefficient
    return 2.0 * (x + x * z * series)


def factor(spearman: Sequence[Sequence[float]]) -> Rows:
    """The lower triangle L with L Lᵀ = the normal correlations of a matrix of rank correlations.

    spearman: square, symmetric, 1 on its diagonal. Row i of the answer has i + 1 entries. A variable that follows from
    those before it (a correlation of 1) has a last entry of 0.

    Raises:
        Impossible: nothing varies together so.
    """
    rows: list[tuple[float, ...]] = []
    for i, wanted in enumerate(spearman):
        row: list[float] = []
        for j in range(i):
            rest = normal_correlation(wanted[j]) - _inner(row, rows[j])
            pivot = rows[j][j]
            if pivot == 0.0 and abs(rest) > ROOT_OF_ROUNDING:
                raise Impossible("the matrix is not positive semi-definite")
            row.append(rest / pivot if pivot else 0.0)
        left = 1.0 - _inner(row, row)
        if left < -ROUNDING:
            raise Impossible("the matrix is not positive semi-definite")
        rows.append((*row, sqrt(left) if left > ROUNDING else 0.0))
    return tuple(rows)


def _inner(first: Sequence[float], second: Sequence[float]) -> float:
    """The sum of products of as many entries as both have, from the left."""
    total = 0.0
    for a, b in zip(first, second, strict=False):
        total += a * b
    return total


def most_possible(spearman: Sequence[Sequence[float]]) -> float:
    """The greatest share t, 0 to 1, of all correlations together that is possible, from below within a thousandth."""
    low, high = 0, 1000
    while high - low > 1:
        middle = (low + high) // 2
        scaled = [[1.0 if i == j else r * middle / 1000 for j, r in enumerate(row)] for i, row in enumerate(spearman)]
        try:
            factor(scaled)
            low = middle
        except Impossible:
            high = middle
    return low / 1000


def vary_together(rows: Rows, uniforms: Sequence[float]) -> tuple[float, ...]:
    """Uniforms that vary together, of independent ones; the first is the very same.

    rows: a factor. Results lie strictly between 0 and 1, on or between the uniforms that streams give.
    """
    normals = [normal_quantile(u) for u in uniforms]
    rest = (_between(normal_cdf(_inner(row, normals))) for row in rows[1:])
    return (uniforms[0], *rest)


def _between(u: float) -> float:
    """A probability as a uniform, which is never quite 0 or 1 (law 13)."""
    return min(max(u, SMALLEST), GREATEST)
