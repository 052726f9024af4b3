"""Logarithm, exponential and normal quantile in basic IEEE operations, so that their bytes are the same everywhere.

Only + - * / and square root (which IEEE 754 rounds correctly), and exact scaling by powers of two, are used, in
the order written here; a compiled twin repeats that order without contraction or reassociation. The methods are
those of fdlibm (Sun Microsystems 1993: `e_log.c`, `e_exp.c`) and algorithm AS 241, PPND16 (Wichura 1988). Every
function is total: it answers with a NaN or an infinity as IEEE 754 would and raises nothing.
"""

import math
from math import frexp, ldexp

INF = math.inf
NAN = math.nan

SQRT_HALF = 0.7071067811865476
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
PER_LN2 = 1.44269504088896338700e00

LOG1 = 6.666666666666735130e-01
LOG2 = 3.999999999940941908e-01
LOG3 = 2.857142874366239149e-01
LOG4 = 2.222219843214978396e-01
LOG5 = 1.818357216161805012e-01
LOG6 = 1.531383769920937332e-01
LOG7 = 1.479819860511658591e-01

EXP1 = 1.66666666666666019037e-01
EXP2 = -2.77777777770155933842e-03
EXP3 = 6.61375632143793436117e-05
EXP4 = -1.65339022054652515390e-06
EXP5 = 4.13813679705723846039e-08

EXP_OVERFLOWS = 7.09782712893383973096e02
EXP_UNDERFLOWS = -7.45133219101941108420e02
TINY_SCALE = 2.0**-1000

# AS 241's three rational functions: numerator from the seventh power down to the constant, then the denominator
# from the seventh power down to the first (its constant is 1).
CENTRE = (
    2509.0809287301226727,
    33430.575583588128105,
    67265.770927008700853,
    45921.953931549871457,
    13731.693765509461125,
    1971.5909503065514427,
    133.14166789178437745,
    3.3871328727963666080,
    5226.4952788528545610,
    28729.085735721942674,
    39307.895800092710610,
    21213.794301586595867,
    5394.1960214247511077,
    687.18700749205790830,
    42.313330701600911252,
)
SHOULDER = (
    7.74545014278341407640e-4,
    2.27238449892691845833e-2,
    2.41780725177450611770e-1,
    1.27045825245236838258,
    3.64784832476320460504,
    5.76949722146069140550,
    4.63033784615654529590,
    1.42343711074968357734,
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    1.51986665636164571966e-2,
    1.48103976427480074590e-1,
    6.89767334985100004550e-1,
    1.67638483018380384940,
    2.05319162663775882187,
)
FAR_TAIL = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    1.24266094738807843860e-3,
    2.65321895265761230930e-2,
    2.96560571828504891230e-1,
    1.78482653991729133580,
    5.46378491116411436990,
    6.65790464350110377720,
    2.04426310338993978564e-15,
    1.42151175831644588870e-7,
    1.84631831751005468180e-5,
    7.86869131145613259100e-4,
    1.48753612908506148525e-2,
    1.36929880922735805310e-1,
    5.99832206555887937690e-1,
)


def log(x: float) -> float:
    """Natural logarithm, within one unit in the last place; -inf at 0, NaN below."""
    if not 0.0 < x < INF:
        return _log_outside(x)
    m, e = frexp(x)
    if m < SQRT_HALF:
        m += m
        e -= 1
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = w * (LOG2 + w * (LOG4 + w * LOG6)) + z * (LOG1 + w * (LOG3 + w * (LOG5 + w * LOG7)))
    half = 0.5 * f * f
    return e * LN2_HIGH - ((half - (s * (half + r) + e * LN2_LOW)) - f)


def _log_outside(x: float) -> float:
    if x == 0.0:
        return -INF
    return x if x > 0.0 else NAN


def exp(x: float) -> float:
    """Exponential, within one unit in the last place; infinity above 709.78, 0 below -745.13."""
    if not EXP_UNDERFLOWS <= x <= EXP_OVERFLOWS:
        return _exp_outside(x)
    n = int(x * PER_LN2 + (0.5 if x > 0.0 else -0.5))
    high = x - n * LN2_HIGH
    low = n * LN2_LOW
    t = high - low
    z = t * t
    c = t - z * (EXP1 + z * (EXP2 + z * (EXP3 + z * (EXP4 + z * EXP5))))
    y = 1.0 - ((low - t * c / (2.0 - c)) - high)
    if n >= -1021:
        return ldexp(y, n)
    # Scaled in two steps, the first exact, so that a subnormal result is rounded once whatever `ldexp` does.
    return ldexp(y, n + 1000) * TINY_SCALE


def _exp_outside(x: float) -> float:
    if x > 0.0:
        return INF
    return 0.0 if x < 0.0 else x


def sqrt(x: float) -> float:
    """Square root, correctly rounded; NaN below 0."""
    return NAN if x < 0.0 else math.sqrt(x)


def divide(a: float, b: float) -> float:
    """Quotient a / b; infinity with the sign of both when b is a zero, NaN for 0 / 0."""
    if b:
        return a / b
    return NAN if a == 0.0 or a != a else math.copysign(INF, a) * math.copysign(1.0, b)


def floor(x: float) -> float:
    """The greatest whole number not above x, as a double; infinities and NaN are themselves."""
    return x // 1.0 if -INF < x < INF else x


def normal_quantile(p: float) -> float:
    """The x below which a standard normal variable falls with probability p; NaN outside [0, 1].

    Within 1.1e-15 of the truth, relative (Wichura 1988, with the rounding of some thirty operations).
    """
    q = p - 0.5
    if -0.425 <= q <= 0.425:
        return q * _ratio(CENTRE, 0.180625 - q * q)
    tail = p if q < 0.0 else 1.0 - p
    if not tail > 0.0:
        return math.copysign(INF, q) if tail == 0.0 else NAN
    r = math.sqrt(-log(tail))
    x = _ratio(SHOULDER, r - 1.6) if r <= 5.0 else _ratio(FAR_TAIL, r - 5.0)
    return -x if q < 0.0 else x


def _ratio(table: tuple[float, ...], r: float) -> float:
    a7, a6, a5, a4, a3, a2, a1, a0, b7, b6, b5, b4, b3, b2, b1 = table
    above = ((((((a7 * r + a6) * r + a5) * r + a4) * r + a3) * r + a2) * r + a1) * r + a0
    below = ((((((b7 * r + b6) * r + b5) * r + b4) * r + b3) * r + b2) * r + b1) * r + 1.0
    return above / below
