"""The normal distribution function in basic IEEE operations, so that its bytes are the same everywhere.

The complementary error function is fdlibm's (Sun Microsystems 1993: `s_erf.c`), with the exponential of `elementary`.
Only + - * / are used, in the order written here. Every function is total and raises nothing.
"""

from escalation.chance.elementary import NAN, exp

ROOT_HALF = 7.07106781186547524401e-01
SPLIT = 2.0**27 + 1.0

ERF_OF_ONE = 8.45062911510467529297e-01
"""erf(1) to single precision; the rational function below adds the rest."""
BEYOND = 28.0
"""erfc underflows above."""

# Numerators and denominators from the highest power down to the constant; every denominator's constant is 1.
NEAR = (
    (
        -2.37630166566501626084e-05,
        -5.77027029648944159157e-03,
        -2.84817495755985104766e-02,
        -3.25042107247001499370e-01,
        1.28379167095512558561e-01,
    ),
    (
        -3.96022827877536812320e-06,
        1.32494738004321644526e-04,
        5.08130628187576562776e-03,
        6.50222499887672944485e-02,
        3.97917223959155352819e-01,
        1.0,
    ),
)
AROUND_ONE = (
    (
        -2.16637559486879084300e-03,
        3.54783043256182359371e-02,
        -1.10894694282396677476e-01,
        3.18346619901161753674e-01,
        -3.72207876035701323847e-01,
        4.14856118683748331666e-01,
        -2.36211856075265944077e-03,
    ),
    (
        1.19844998467991074170e-02,
        1.36370839120290507362e-02,
        1.26171219808761642112e-01,
        7.18286544141962662868e-02,
        5.40397917702171048937e-01,
        1.06420880400844228286e-01,
        1.0,
    ),
)
TAIL = (
    (
        -9.81432934416914548592e00,
        -8.12874355063065934246e01,
        -1.84605092906711035994e02,
        -1.62396669462573470355e02,
        -6.23753324503260060396e01,
        -1.05586262253232909814e01,
        -6.93858572707181764372e-01,
        -9.86494403484714822705e-03,
    ),
    (
        -6.04244152148580987438e-02,
        6.57024977031928170135e00,
        1.08635005541779435134e02,
        4.29008140027567833386e02,
        6.45387271733267880336e02,
        4.34565877475229228821e02,
        1.37657754143519042600e02,
        1.96512716674392571292e01,
        1.0,
    ),
)
FAR_TAIL = (
    (
        -4.83519191608651397019e02,
        -1.02509513161107724954e03,
        -6.37566443368389627722e02,
        -1.60636384855821916062e02,
        -1.77579549177547519889e01,
        -7.99283237680523006574e-01,
        -9.86494292470009928597e-03,
    ),
    (
        -2.24409524465858183362e01,
        4.74528541206955367215e02,
        2.55305040643316442583e03,
        3.19985821950859553908e03,
        1.53672958608443695994e03,
        3.25792512996573918826e02,
        3.03380607434824582924e01,
        1.0,
    ),
)


def erfc(x: float) -> float:
    """The complementary error function, 1 - erf(x), within three units in the last place; NaN of NaN."""
    if x != x:
        return NAN
    size = -x if x < 0.0 else x
    if size < 0.84375:
        rest = x * _ratio(NEAR, x * x)
        return 1.0 - (x + rest) if x < 0.25 else 0.5 - (rest + (x - 0.5))
    if size < 1.25:
        rest = _ratio(AROUND_ONE, size - 1.0)
        return 1.0 - ERF_OF_ONE - rest if x > 0.0 else 1.0 + (ERF_OF_ONE + rest)
    tail = _tail(size) if size < BEYOND else 0.0
    return tail if x > 0.0 else 2.0 - tail


def normal_cdf(x: float) -> float:
    """The probability that a standard normal variable is not above x; NaN of NaN.

    Within a few units in the last place around 0; the rounding of x / √2 costs about x² units in the far tails.
    """
    return 0.5 * erfc(-x * ROOT_HALF)


def _tail(x: float) -> float:
    """erfc beyond 1.25. The square is taken of x's upper half, which is exact, and the rest is added."""
    inverse = 1.0 / (x * x)
    ratio = _ratio(TAIL if x < 1.0 / 0.35 else FAR_TAIL, inverse)
    scaled = SPLIT * x
    high = scaled - (scaled - x)
    return exp(-high * high - 0.5625) * exp((high - x) * (high + x) + ratio) / x


def _ratio(tables: tuple[tuple[float, ...], tuple[float, ...]], x: float) -> float:
    above, below = (_polynomial(table, x) for table in tables)
    return above / below


def _polynomial(table: tuple[float, ...], x: float) -> float:
    value = table[0]
    for coefficient in table[1:]:
        value = value * x + coefficient
    return value
