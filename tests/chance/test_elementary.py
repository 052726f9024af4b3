import ast
import math
import random
import struct
import sys
from hashlib import sha256
from pathlib import Path

import mpmath
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from escalation import chance
from escalation.chance import elementary
from escalation.chance.elementary import EXP_OVERFLOWS, EXP_UNDERFLOWS, divide, exp, floor, log, normal_quantile, sqrt

TINIEST = math.ulp(0.0)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
GRID = st.integers(1, 2**53 - 1).map(lambda top: top * 2.0**-53)


@pytest.fixture(autouse=True)
def _forty_digits():
    with mpmath.workdps(40):
        yield


def ulps(got: float, true: mpmath.mpf) -> float:
    return float(abs(mpmath.mpf(got) - true) / math.ulp(float(true)))


def same(a: float, b: float) -> bool:
    return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1.0, a) == math.copysign(1.0, b))


def log_points() -> list[float]:
    rng = random.Random(1)
    points = [k / 1000 for k in range(1, 3000)]
    points += [math.ldexp(rng.random() + 0.5, e) for e in range(-1074, 1024)]
    points += [1.0 + s * 2.0**-j for j in range(1, 53) for s in (1.0, -0.5)]
    points += [rng.uniform(0.5, 2.0) for _ in range(3000)]
    return [*points, TINIEST, sys.float_info.min, sys.float_info.max, math.sqrt(0.5), math.sqrt(2.0)]


def exp_points() -> list[float]:
    rng = random.Random(2)
    points = [k / 500 for k in range(-2000, 2000)]
    points += [rng.uniform(EXP_UNDERFLOWS, EXP_OVERFLOWS) for _ in range(4000)]
    points += [rng.uniform(-745.1, -708.0) for _ in range(500)]
    points += [(k + 0.5) * math.log(2.0) for k in range(-1070, 1020, 7)]
    return [*points, EXP_OVERFLOWS, 2.0**-60, -(2.0**-60), TINIEST]


def test_log_is_within_one_unit_in_the_last_place():
    """The logarithm agrees with 40-digit arithmetic within 1 ulp, near 1, over every binade and below normal."""
    assert max(ulps(log(x), mpmath.log(mpmath.mpf(x))) for x in log_points()) < 1.0


def test_exp_is_within_one_unit_in_the_last_place():
    """The exponential agrees with 40-digit arithmetic within 1 ulp over its whole range, subnormal results too."""
    assert max(ulps(exp(x), mpmath.exp(mpmath.mpf(x))) for x in exp_points()) < 1.0


def true_quantile(p: float) -> mpmath.mpf:
    """Newton's method at 40 digits from the answer under test: two steps square its error away."""
    x = mpmath.mpf(float(ndtri(p)))
    for _ in range(3):
        x -= (mpmath.ncdf(x) - mpmath.mpf(p)) / mpmath.npdf(x)
    return x


def quantile_points(n: int) -> list[float]:
    rng = random.Random(3)
    points = [rng.random() for _ in range(n)] + [2.0 ** -rng.uniform(1, 54) for _ in range(n)]
    points += [2.0 ** -rng.uniform(54, 1000) for _ in range(n // 4)]
    edges = [0.075, 0.925, math.exp(-25.0), 2.0**-53, 2.0**-54, 1.0 - 2.0**-53, 0.5 + 2.0**-53, 0.5 - 2.0**-54]
    points += [math.nextafter(p, way) for p in edges for way in (0.0, 1.0)]
    return [p for p in points if 0.0 < p < 1.0 and p != 0.5]


def test_the_normal_quantile_is_within_its_bound_of_the_truth():
    """The normal quantile agrees with 40-digit arithmetic within 1.1e-15, relative."""
    assert max(abs(float(normal_quantile(p) / true_quantile(p) - 1)) for p in quantile_points(700)) < 1.1e-15


def test_the_normal_quantile_is_pinned_to_scipy():
    """The normal quantile agrees with SciPy's within the sum of both errors (ours 6e-16, theirs 7e-16 at worst)."""
    assert max(abs(normal_quantile(p) / float(ndtri(p)) - 1) for p in quantile_points(20_000)) < 1.4e-15


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (log, 0.0, -math.inf),
        (log, -0.0, -math.inf),
        (log, -1.0, math.nan),
        (log, -math.inf, math.nan),
        (log, math.inf, math.inf),
        (log, math.nan, math.nan),
        (log, 1.0, 0.0),
        (exp, 0.0, 1.0),
        (exp, -0.0, 1.0),
        (exp, math.inf, math.inf),
        (exp, -math.inf, 0.0),
        (exp, math.nan, math.nan),
        (exp, 710.0, math.inf),
        (exp, math.nextafter(EXP_OVERFLOWS, 1e9), math.inf),
        (exp, -746.0, 0.0),
        (exp, math.nextafter(EXP_UNDERFLOWS, -1e9), 0.0),
        (exp, EXP_UNDERFLOWS, TINIEST),
        (exp, -1e308, 0.0),
        (sqrt, -1.0, math.nan),
        (sqrt, -math.inf, math.nan),
        (sqrt, -0.0, -0.0),
        (sqrt, math.inf, math.inf),
        (sqrt, math.nan, math.nan),
        (floor, -0.0, -0.0),
        (floor, -0.5, -1.0),
        (floor, 0.5, 0.0),
        (floor, math.inf, math.inf),
        (floor, -math.inf, -math.inf),
        (floor, math.nan, math.nan),
        (floor, 2.0**80, 2.0**80),
        (normal_quantile, 0.0, -math.inf),
        (normal_quantile, 1.0, math.inf),
        (normal_quantile, 0.5, 0.0),
        (normal_quantile, -0.1, math.nan),
        (normal_quantile, 1.1, math.nan),
        (normal_quantile, math.nan, math.nan),
    ],
)
def test_the_edges_are_those_of_ieee_754(function, x, expected):
    """At zeros, infinities, NaN and the ends of their ranges the functions answer as IEEE 754 would."""
    assert same(function(x), expected)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1.0, 0.0, math.inf),
        (1.0, -0.0, -math.inf),
        (-1.0, 0.0, -math.inf),
        (-1.0, -0.0, math.inf),
        (math.inf, 0.0, math.inf),
        (0.0, 0.0, math.nan),
        (-0.0, 0.0, math.nan),
        (math.nan, 0.0, math.nan),
        (1.0, math.nan, math.nan),
        (math.inf, math.inf, math.nan),
        (1.0, -math.inf, -0.0),
        (1e308, 1e-308, math.inf),
        (6.0, 4.0, 1.5),
    ],
)
def test_division_is_total(a, b, expected):
    """A quotient by zero is an infinity with the right sign or NaN, never an exception."""
    assert same(divide(a, b), expected)


@given(st.floats(), st.floats())
@settings(derandomize=True, deadline=None, max_examples=500)
def test_no_argument_raises(a, b):
    """Every function answers every double."""
    for function in (log, exp, sqrt, floor, normal_quantile):
        assert isinstance(function(a), float)
    assert isinstance(divide(a, b), float)


@given(FINITE)
@settings(derandomize=True, deadline=None)
def test_floor_is_the_greatest_whole_number_not_above(x):
    """`floor` agrees with exact integer arithmetic."""
    assert floor(x) == math.floor(x)


@given(GRID)
@example(math.sqrt(0.5) - 2.0**-53)
@settings(derandomize=True, deadline=None, max_examples=1500)
def test_log_never_falls_along_the_grid_of_uniforms(u):
    """From one uniform to the next on the grid of 2**-53 the logarithm does not fall."""
    assert log(u) <= log(u + 2.0**-53)


@given(GRID, st.integers(4, 64))
@example(0.075 - 2.0**-51, 4)
@example(0.925 - 2.0**-53, 4)
@example(round(math.exp(-25.0) * 2**53 - 2) * 2.0**-53, 4)
@settings(derandomize=True, deadline=None, max_examples=1500)
def test_the_normal_quantile_never_falls_over_four_steps_of_the_grid(u, steps):
    """Uniforms 2**-51 or more apart keep their order, seams of the approximation included.

    The slope is at least 2.5 and the error under 1.1e-15, relative, so nearer ones may swap by a last bit.
    """
    v = min(u + steps * 2.0**-53, 1.0)
    assert normal_quantile(u) <= normal_quantile(v)


@given(st.floats(-746.0, 710.0), st.floats(0.0, 1e-12))
@settings(derandomize=True, deadline=None, max_examples=3000)
def test_exp_never_falls(x, step):
    """A larger exponent never gives a smaller exponential, however small the step."""
    assert exp(x) <= exp(x + abs(x) * step)


def test_the_coefficients_are_fdlibms_words():
    """The polynomials' coefficients are, bit for bit, those fdlibm publishes in hexadecimal."""
    words = {
        "LOG": "3FE5555555555593 3FD999999997FA04 3FD2492494229359 3FCC71C51D8E78AF 3FC7466496CB03DE 3FC39A09D078C69F "
        "3FC2F112DF3E5244",
        "EXP": "3FC555555555553E BF66C16C16BEBD93 3F11566AAF25DE2C BEBBBD41C5D26BF1 3E66376972BEA4D0",
        "LN2_": "3FE62E42FEE00000 3DEA39EF35793C76",
    }
    for stem, hexadecimal in words.items():
        names = [f"{stem}{end}" for end in (("HIGH", "LOW") if stem == "LN2_" else range(1, 8))]
        for name, word in zip(names, hexadecimal.split(), strict=False):
            assert struct.pack(">d", getattr(elementary, name)).hex().upper() == word


def test_every_bit_is_pinned():
    """The bits of 11,000 values are fixed, so that a machine or an edit that changes one anywhere is seen.

    The arguments are made by exact operations only.
    """
    fractions = [k / 1021 for k in range(1, 1021)]
    spread = [math.ldexp(0.5 + f / 2.0, 2 * k - 1060) for k, f in enumerate(fractions)]
    tails = [math.ldexp(0.5 + f / 2.0, -(k % 1000)) for k, f in enumerate(fractions)]
    battery = {
        log: [*spread, *fractions, *(1.0 + f for f in fractions), *(1.0 + f / 64.0 for f in fractions)],
        exp: [
            *fractions,
            *(-f for f in fractions),
            *(f * 1454.0 - 745.0 for f in fractions),
        ],
        normal_quantile: [
            *fractions,
            *tails,
            *(1.0 - f / 1024.0 for f in fractions),
            *(f * 2.0**-40 for f in fractions),
        ],
    }
    assert {f.__name__: bits([f(x) for x in points]) for f, points in battery.items()} == {
        "log": "b3331b8c1ef574ff",
        "exp": "7ebda9080b305f41",
        "normal_quantile": "5687226d28d6a5fc",
    }


def bits(values: list[float]) -> str:
    return sha256(struct.pack(f"<{len(values)}d", *values)).hexdigest()[:16]


@pytest.mark.parametrize("file", sorted(Path(chance.__file__).parent.glob("*.py")), ids=lambda file: file.name)
def test_the_room_uses_nothing_whose_bytes_a_machine_decides(file):
    """No file takes more from `math` than exact or correctly rounded functions, calls `pow`, or raises a variable."""
    exact = {"inf", "nan", "copysign", "frexp", "ldexp", "sqrt"}
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "math":
            assert node.attr in exact
        if isinstance(node, ast.ImportFrom) and node.module == "math":
            assert {name.name for name in node.names} <= exact
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"pow", "sum"}
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            assert isinstance(node.left, ast.Constant)
            ast.literal_eval(node.right)
