"""The functions of `chance.elementary` as LLVM IR, one number or eight at a time, with the same bits.

The same basic operations in the same order; `frexp` and `ldexp` are done on the bits of the double. Where Python takes
a branch, both sides are computed and chosen between, but for the far tail of the normal and, on one lane, its centre.
Functions whose name ends in `_of_uniform` know that their argument is a uniform: 2**-54 to 1 - 2**-53.
"""

from collections.abc import Callable, Sequence
from functools import partial

from escalation.chance import elementary as e
from escalation.chance.elementary import INF, NAN
from escalation.engines.compiled.assembly import EIGHT, ONE, Function, Value, double, function

FRACTION = 52
FRACTION_BITS = 2**FRACTION - 1
SMALLEST_NORMAL = 2.0**-1022
BITS_OF_SQRT_HALF = int(double(e.SQRT_HALF), 16)
# Keeps the exponent of every number positive while it is read off its bits.
BIAS = 1024
BITS_OF_2_52 = int(double(2.0**52), 16)
FAR = 5.0


def log(x: Value) -> Value:
    """Natural logarithm of any double: -inf at 0, NaN below."""
    small = x < SMALLEST_NORMAL
    inside = _log_of_normal(small.choose(x * 2.0**54, x), small.choose(2.0**52 + BIAS + 54, 2.0**52 + BIAS))
    outside = x.equals(0.0).choose(-INF, (x > 0.0).choose(x, NAN))
    return ((x > 0.0) & (x < INF)).choose(inside, outside)


def log_of_normal(x: Value) -> Value:
    """Natural logarithm of a positive, finite, normal double."""
    return _log_of_normal(x, 2.0**52 + BIAS)


def _log_of_normal(x: Value, no_exponent: Value | float) -> Value:
    # x = m * 2**exponent with m from SQRT_HALF to twice that; the exponent becomes a double in the last bits of 2**52.
    past = x.cast("bitcast", "i64").bits("sub", BITS_OF_SQRT_HALF)
    m = past.bits("and", FRACTION_BITS).bits("add", BITS_OF_SQRT_HALF).cast("bitcast", "double")
    exponent = past.bits("add", BIAS << FRACTION).bits("lshr", FRACTION).bits("or", BITS_OF_2_52)
    n = exponent.cast("bitcast", "double") - no_exponent
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = w * (e.LOG2 + w * (e.LOG4 + w * e.LOG6)) + z * (e.LOG1 + w * (e.LOG3 + w * (e.LOG5 + w * e.LOG7)))
    half = 0.5 * f * f
    return n * e.LN2_HIGH - ((half - (s * (half + r) + n * e.LN2_LOW)) - f)


def exp(x: Value) -> Value:
    """Exponential of any double: infinity above 709.78, 0 below -745.13."""
    inside = (x >= e.EXP_UNDERFLOWS) & (x <= e.EXP_OVERFLOWS)
    outside = (x > 0.0).choose(INF, (x < 0.0).choose(0.0, x))
    # Outside, the conversion to a whole number makes poison, which `select` does not pass on.
    return inside.choose(_exp_inside(x), outside)


def _exp_inside(x: Value) -> Value:
    whole = (x * e.PER_LN2 + (x > 0.0).choose(0.5, -0.5)).cast("fptosi", "i32")
    n = whole.cast("sitofp", "double")
    high = x - n * e.LN2_HIGH
    low = n * e.LN2_LOW
    t = high - low
    z = t * t
    c = t - z * (e.EXP1 + z * (e.EXP2 + z * (e.EXP3 + z * (e.EXP4 + z * e.EXP5))))
    y = 1.0 - ((low - t * c / (2.0 - c)) - high)
    # A subnormal result is made in two steps, the first exact, so that it is rounded once.
    tiny = n < -1021.0
    raised = (n + tiny.choose(1000.0, 0.0)).cast("fptosi", "i32").cast("sext", "i64").bits("shl", FRACTION)
    scaled = y.cast("bitcast", "i64").bits("add", raised).cast("bitcast", "double")
    return scaled * tiny.choose(e.TINY_SCALE, 1.0)


def floor(x: Value) -> Value:
    """The greatest whole number not above x; no machine needs libm for it."""
    size = (x < 0.0).choose(-x, x)
    whole = size < 2.0**52
    cut = whole.choose(x, 0.0).cast("fptosi", "i64").cast("sitofp", "double")
    below = (cut > x).choose(cut - 1.0, cut)
    return (whole & x.compare("one", 0.0)).choose(below, x)


def spent_hazard_of_uniform(u: Value) -> Value:
    """-log(1 - u) of a uniform, as `chance.quantiles` has it: exponential with mean 1."""
    left = 1.0 - u
    return (u - (1.0 - left)) / left - log_of_normal(left)


def spent_hazard(u: Value) -> Value:
    """The same of any double below 1."""
    left = 1.0 - u
    return (u - (1.0 - left)) / left - call("log", left)


def normal_quantile(p: Value) -> Value:
    """The standard normal quantile of any double; NaN outside [0, 1]."""
    tail, x = (_by_branches if p.lanes == ONE else _by_lanes)(p, lambda tail: call("log", tail))
    return tail.equals(0.0).choose((p < 0.5).choose(-INF, INF), x)


def normal_quantile_of_uniform(u: Value) -> Value:
    """The standard normal quantile of eight uniforms."""
    return _by_lanes(u, log_of_normal)[1]


def _by_lanes(p: Value, logarithm: Callable[[Value], Value]) -> tuple[Value, Value]:
    """The smaller tail, and the quantile where that is above 0."""
    q = p - 0.5
    centre = (q >= -0.425) & (q <= 0.425)
    below = q < 0.0
    tail = below.choose(p, 1.0 - p)
    r = (-logarithm(tail)).square_root()
    coefficients = [centre.choose(a, b) for a, b in zip(e.CENTRE, e.SHOULDER, strict=True)]
    near = _ratio(coefficients, centre.choose(0.180625 - q * q, r - 1.6))
    far = r > FAR
    x = _where_any(far, near, lambda: far.choose(_ratio(e.FAR_TAIL, r - FAR), near))
    return tail, centre.choose(q, below.choose(-1.0, 1.0)) * x


def _where_any(lanes: Value, usually: Value, rarely: Callable[[], Value]) -> Value:
    """A value that is computed in a block of its own if any lane asks for it."""
    code = lanes.code
    mask = code.write("i8", ONE, f"bitcast {lanes.told} to i8")
    code.fork(code.write("i1", ONE, f"icmp ne {mask.told}, 0"), "rare", "both")
    code.label("rare")
    found = rarely()
    code.jump("both")
    code.label("both")
    return code.meet((usually, "start"), (found, "rare"))


def _by_branches(p: Value, logarithm: Callable[[Value], Value]) -> tuple[Value, Value]:
    code = p.code
    q = p - 0.5
    below = q < 0.0
    tail = below.choose(p, 1.0 - p)
    code.fork((q >= -0.425) & (q <= 0.425), "centre", "outer")
    code.label("centre")
    inner = q * _ratio(e.CENTRE, 0.180625 - q * q)
    code.jump("found")
    code.label("outer")
    r = (-logarithm(tail)).square_root()
    code.fork(r <= FAR, "shoulder", "far")
    code.label("shoulder")
    near = _ratio(e.SHOULDER, r - 1.6)
    code.jump("sign")
    code.label("far")
    rare = _ratio(e.FAR_TAIL, r - FAR)
    code.jump("sign")
    code.label("sign")
    size = code.meet((near, "shoulder"), (rare, "far"))
    outer = below.choose(-size, size)
    code.jump("found")
    code.label("found")
    return tail, code.meet((inner, "centre"), (outer, "sign"))


def _ratio(table: Sequence[Value | float], r: Value) -> Value:
    a7, a6, a5, a4, a3, a2, a1, a0, b7, b6, b5, b4, b3, b2, b1 = table
    above = ((((((a7 * r + a6) * r + a5) * r + a4) * r + a3) * r + a2) * r + a1) * r + a0
    below = ((((((b7 * r + b6) * r + b5) * r + b4) * r + b3) * r + b2) * r + b1) * r + 1.0
    return above / below


def call(name: str, x: Value) -> Value:
    """`log`, `exp`, `normal_quantile`, ... of an argument, by the function of its width."""
    return x.code.call(f"e_{name}" if x.lanes == ONE else f"{name}8", x)


_ANY = {
    "log": log,
    "exp": exp,
    "floor": floor,
    "spent_hazard": spent_hazard,
    "normal_quantile": normal_quantile,
}
_OF_UNIFORM = {
    "spent_hazard_of_uniform": spent_hazard_of_uniform,
    "normal_quantile_of_uniform": normal_quantile_of_uniform,
}
FUNCTIONS: dict[str, Callable[[], Function]] = {
    **{f"e_{name}": partial(function, f"e_{name}", "x", body) for name, body in _ANY.items()},
    **{f"{name}8": partial(function, f"{name}8", "x", body, EIGHT) for name, body in (_ANY | _OF_UNIFORM).items()},
}
"""By name, without the sign @: `e_log` takes and gives a double, `log8` an `<8 x double>`."""
