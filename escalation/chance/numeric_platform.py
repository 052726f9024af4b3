"""The quantiles taken from SciPy, whose last bits belong to a machine and a build, and the hash that names these.

`scipy.special.cython_special` is used because it exports the same functions as C pointers to compiled code, and
because its scalars cost a fraction of a ufunc call. SciPy is imported at the first draw that needs it.
"""

import math
import struct
from functools import cache
from hashlib import sha256
from typing import Any

from escalation.chance.elementary import normal_quantile


@cache
def _special() -> Any:
    from scipy.special import cython_special

    return cython_special


def standard_gamma(u: float, shape: float) -> float:
    """Quantile u of the gamma distribution of that shape and scale 1."""
    return _special().gammaincinv(shape, u)


def standard_beta(u: float, a: float, b: float) -> float:
    """Quantile u of the beta distribution with shapes a and b, on [0, 1]."""
    return _special().betaincinv(a, b, u)


def large_poisson(u: float, mean: float) -> float:
    """Quantile u of the Poisson distribution: the least whole number whose distribution function reaches u.

    For means from some tens up to 2**52. Searched from Cornish and Fisher's approximation, which is seldom more than
    a step off, because SciPy's `pdtrik` grows slow with the mean and gives NaN for very large ones.
    """
    reaches = _special().pdtr
    z = normal_quantile(u)
    low = high = max((mean + math.sqrt(mean) * z + (z * z - 1.0) / 6.0) // 1.0, 0.0)
    # Walk in doubling strides until low is below u and high is not, then halve.
    stride = 1.0
    while reaches(high, mean) < u:
        low, high, stride = high, high + stride, 2.0 * stride
    while low >= 0.0 and reaches(low, mean) >= u:
        low, high, stride = max(low - stride, -1.0), low, 2.0 * stride
    middle = (low + high) / 2.0 // 1.0
    while low < middle < high:
        if reaches(middle, mean) < u:
            low = middle
        else:
            high = middle
        middle = (low + high) / 2.0 // 1.0
    return high


@cache
def platform_hash() -> str:
    """Twelve hexadecimal digits naming the numeric platform: the sha256 of a fixed battery of these quantiles.

    Two machines with one hash give the same bytes for models with gamma, pert or large Poisson draws, as far as
    the battery can tell.
    """
    levels = (2.0**-54, 1e-9, 0.001, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999, 1.0 - 2.0**-53)
    shapes = (0.05, 0.5, 1.0, 1.7, 2.5, 8.0, 40.0, 1000.0)
    values = [standard_gamma(u, shape) for u in levels for shape in shapes]
    values += [standard_beta(u, 1.0 + 4.0 * c, 5.0 - 4.0 * c) for u in levels for c in (0.0, 0.125, 0.3, 0.5, 0.9, 1.0)]
    values += [large_poisson(u, mean) for u in levels for mean in (65.0, 100.5, 1e3, 1e6)]
    return sha256(struct.pack(f"<{len(values)}d", *values)).hexdigest()[:12]
