import inspect
import math
import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from escalation.chance.distributions import REGISTRY, by_quantiles, distribution, quantile_level
from escalation.chance.quantiles import ParameterError
from escalation.chance.two_quantiles import gamma_from_quantiles

GOOD = {
    "uniform": (1.0, 2.0),
    "normal": (1.0, 2.0),
    "lognormal": (3.0, 0.5),
    "exponential": (3.0,),
    "triangular": (1.0, 2.0, 4.0),
    "pert": (1.0, 2.0, 4.0),
    "gamma": (2.5, 1.0),
    "weibull": (1.5, 1.0),
    "poisson": (5.0,),
    "bernoulli": (0.4,),
    "one_of": (0.2, 0.3, 0.5),
}


def test_the_registry_lists_the_distributions_of_the_language_in_its_order():
    """The registry has every distribution the language names, under its own name, and cannot be changed."""
    assert list(REGISTRY) == list(GOOD)
    assert all(name == each.name for name, each in REGISTRY.items())
    with pytest.raises(TypeError):
        REGISTRY["cauchy"] = REGISTRY["normal"]  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        REGISTRY["normal"].scipy = True  # type: ignore[misc]


def test_the_registry_says_whose_bits_and_whose_order_can_be_relied_on():
    """Gamma, PERT and (large) Poisson may belong to the platform; only the places of `one_of` have no order."""
    assert {name for name, each in REGISTRY.items() if each.scipy} == {"gamma", "pert", "poisson"}
    assert {name for name, each in REGISTRY.items() if not each.monotone} == {"one_of"}
    assert {name for name, each in REGISTRY.items() if each.variadic} == {"one_of"}
    assert {name for name, each in REGISTRY.items() if each.from_quantiles} == {"normal", "lognormal", "gamma"}


@pytest.mark.parametrize("name", [name for name in GOOD if name != "one_of"])
def test_the_parameters_are_the_arguments_of_the_quantile_and_the_check(name):
    """Names and order in the registry are those of the functions behind it."""
    each = REGISTRY[name]
    names = [parameter.name for parameter in each.parameters]
    assert list(inspect.signature(each.quantile).parameters) == ["u", *names]
    assert len(inspect.signature(each.check).parameters) == len(names)


@pytest.mark.parametrize("name", GOOD)
def test_a_value_parameter_scales_with_the_result_and_a_pure_one_does_not(name):
    """Multiplying every `value` parameter by 8 multiplies a number by 8, so the roles say the dimensions truly."""
    each = REGISTRY[name]
    roles = [each.parameters[min(i, len(each.parameters) - 1)].role for i in range(len(GOOD[name]))]
    scaled = [8.0 * x if role == "value" else x for x, role in zip(GOOD[name], roles, strict=True)]
    if each.result == "number":
        assert "value" in roles
        assert each.quantile(0.3, *scaled) == pytest.approx(8.0 * each.quantile(0.3, *GOOD[name]), rel=1e-14)
    else:
        assert set(roles) == {"pure"}


@pytest.mark.parametrize("name", GOOD)
def test_a_result_has_the_kind_the_registry_says(name):
    """Numbers are doubles, integers whole doubles, booleans truth values, places ints."""
    each = REGISTRY[name]
    values = [each.quantile(k / 100, *GOOD[name]) for k in range(1, 100)]
    kind = {"number": float, "integer": float, "boolean": bool, "index": int}[each.result]
    assert {type(value) for value in values} == {kind}
    assert each.result != "integer" or all(value.is_integer() for value in values)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", GOOD)
def test_a_parameter_that_is_not_finite_is_refused(name, bad):
    """NaN and the infinities are refused in every place of every distribution."""
    REGISTRY[name].check(*GOOD[name])
    for place in range(len(GOOD[name])):
        parameters = list(GOOD[name])
        parameters[place] = bad
        with pytest.raises(ParameterError):
            REGISTRY[name].check(*parameters)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("lognormal", (1.0, -0.3), "sigma must not be negative, it is -0.3"),
        ("lognormal", (-1.0, 0.3), "median must not be negative, it is -1.0"),
        ("lognormal", (math.nan, 0.3), "median must be a finite number, it is nan"),
        ("normal", (0.0, -1), "sd must not be negative, it is -1.0"),
        ("normal", (math.inf, 1.0), "mean must be a finite number, it is inf"),
        ("uniform", (2.0, 1.0), "low must not be above high, they are 2.0 and 1.0"),
        ("uniform", (-1e308, 1e308), "low and high are too far apart, they are -1e+308 and 1e+308"),
        ("triangular", (1.0, 3.0, 2.0), "mode must lie between low and high, it is 3.0 and they are 1.0 and 2.0"),
        ("pert", (1.0, 0.5, 2.0), "mode must lie between low and high, it is 0.5 and they are 1.0 and 2.0"),
        ("exponential", (-7.0,), "mean must not be negative, it is -7.0"),
        ("gamma", (0.0, 1.0), "shape must be above 0, it is 0.0"),
        ("weibull", (1.0, -1.0), "scale must not be negative, it is -1.0"),
        ("poisson", (-1.0,), "mean must not be negative, it is -1.0"),
        ("poisson", (1e16,), "mean must not be above 2**52, it is 1e+16"),
        ("bernoulli", (1.2,), "p must lie between 0 and 1, it is 1.2"),
        ("bernoulli", (math.nan,), "p must lie between 0 and 1, it is nan"),
        ("one_of", (0.5, -0.5), "a weight must not be negative, it is -0.5"),
        ("one_of", (0.0, 0.0), "the weights must have a finite sum above 0, it is 0.0"),
        ("one_of", (), "the weights must have a finite sum above 0, it is 0.0"),
    ],
)
def test_a_bad_parameter_is_named_with_its_value(name, parameters, message):
    """The message says which parameter is wrong, what it must be and what it is."""
    with pytest.raises(ParameterError) as refused:
        REGISTRY[name].check(*parameters)
    assert str(refused.value) == message


def test_a_distribution_can_be_sent_to_another_process():
    """Every distribution, said either way, survives pickling and draws the same."""
    said = [by_quantiles(name, "p10", "p90") for name in ("normal", "lognormal", "gamma")]
    for each, parameters in [
        *((REGISTRY[name], GOOD[name]) for name in GOOD),
        *((each, (30.0, 90.0)) for each in said),
    ]:
        twin = pickle.loads(pickle.dumps(each))
        assert twin.quantile(0.3, *parameters) == each.quantile(0.3, *parameters)
        twin.check(*parameters)


def test_levels_run_from_p1_to_p99():
    """`pN` names a level for whole N from 1 to 99 and nothing else does."""
    assert [quantile_level(f"p{n}") for n in range(1, 100)] == [n / 100 for n in range(1, 100)]
    assert [quantile_level(word) for word in ("p0", "p100", "p05", "p2.5", "p", "mean", "P10", "p10 ")] == [None] * 8


LEVEL_PAIRS = st.lists(st.integers(1, 99), min_size=2, max_size=2, unique=True).map(sorted)
VALUES = st.tuples(st.floats(0.1, 1e4), st.floats(1.01, 50.0)).map(lambda two: (two[0], two[0] * two[1]))


@pytest.mark.parametrize("name", ["normal", "lognormal", "gamma"])
def test_two_quantiles_are_had_back(name):
    """The distribution said by two quantiles has them, within 1e-13, for any two levels and either order of words."""

    @settings(derandomize=True, deadline=None, max_examples=60)
    @given(LEVEL_PAIRS, VALUES)
    def had_back(levels, values):
        lower, upper = levels
        said = by_quantiles(name, f"p{upper}", f"p{lower}")
        assert [(each.name, each.role) for each in said.parameters] == [(f"p{lower}", "value"), (f"p{upper}", "value")]
        try:
            said.check(*values)
        except ParameterError as refused:
            assume("no gamma distribution" not in str(refused))
        for level, value in zip(levels, values, strict=True):
            assert said.quantile(level / 100, *values) == pytest.approx(value, rel=1e-13)

    had_back()


def test_a_median_given_as_a_quantile_is_exact():
    """With p50 as the lower level the median, or mean, is that value to the last bit."""
    for name in ("normal", "lognormal"):
        assert by_quantiles(name, "p50", "p90").quantile(0.5, 30.0, 90.0) == 30.0


def test_equal_quantiles_leave_nothing_to_chance():
    """Two equal quantiles make a normal or log-normal exactly that value; no gamma has them."""
    for name in ("normal", "lognormal"):
        said = by_quantiles(name, "p10", "p90")
        said.check(0.3, 0.3)
        assert {said.quantile(u, 0.3, 0.3) for u in (2.0**-54, 0.1, 0.5, 0.99)} == {0.3}
    with pytest.raises(ParameterError, match="no gamma distribution"):
        by_quantiles("gamma", "p10", "p90").check(0.3, 0.3)


@pytest.mark.parametrize("shape", [0.05, 0.7, 3.0, 250.0, 1e6])
def test_a_gammas_shape_is_found_from_its_quantiles(shape):
    """From SciPy's p10 and p90 of a known gamma its shape and scale come back, as exactly as the two allow.

    The quantiles' ratio moves by about its logarithm times a relative change of the shape, or less, and is known
    to some 4e-15.
    """
    p10, p90 = (float(stats.gamma.ppf(level, shape, scale=5.0)) for level in (0.1, 0.9))
    found = gamma_from_quantiles(0.1, p10, 0.9, p90)
    assert found == pytest.approx((shape, 5.0), rel=2e-14 / min(1.0, math.log(p90 / p10)))


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("normal", (3.0, 2.0), "quantiles must not cross, but p10 = 3.0 and p90 = 2.0"),
        ("normal", (math.nan, 2.0), "a quantile must be a finite number, but p10 = nan"),
        ("normal", (1.0, math.inf), "a quantile must be a finite number, but p90 = inf"),
        ("lognormal", (0.0, 2.0), "a quantile of a distribution above 0 must be above 0, but p10 = 0.0"),
        ("gamma", (-1.0, 2.0), "a quantile of a distribution above 0 must be above 0, but p10 = -1.0"),
        (
            "gamma",
            (1e-200, 2.0),
            "no gamma distribution with a shape between 2**-6 and 2**30 has p10 = 1e-200 and p90 = 2.0",
        ),
    ],
)
def test_quantiles_no_distribution_has_are_refused(name, values, message):
    """Crossing, endless, negative or impossible quantiles give an error that shows them."""
    with pytest.raises(ParameterError) as refused:
        by_quantiles(name, "p10", "p90").check(*values)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("name", "keywords", "message"),
    [
        ("cauchy", (), "cauchy is not a distribution, these are: uniform, normal"),
        ("uniform", ("p10", "p90"), "uniform cannot be said by two quantiles, only normal, lognormal, gamma can"),
        ("normal", ("p10", "p10"), "two quantiles must have different levels, both are p10"),
        ("normal", ("p10", "sd"), "normal takes two quantiles and nothing else, it was given p10, sd"),
        ("normal", ("p10",), "normal takes two quantiles and nothing else, it was given p10"),
        ("normal", ("p10", "p50", "p90"), "normal takes two quantiles and nothing else, it was given p10, p50, p90"),
    ],
)
def test_a_call_that_means_no_distribution_is_refused(name, keywords, message):
    """An unknown name or a wrong set of levels gives an error that says what there is."""
    with pytest.raises(ParameterError) as refused:
        distribution(name, keywords)
    assert str(refused.value).startswith(message)


def test_the_keywords_of_a_call_choose_its_form():
    """Levels mean two quantiles; any other keywords, or none, the registry's own form."""
    assert distribution("lognormal", ("p90", "p10")) is by_quantiles("lognormal", "p90", "p10")
    assert distribution("lognormal", ("median", "sigma")) is REGISTRY["lognormal"]
    assert distribution("lognormal") is REGISTRY["lognormal"]


def test_scipy_is_imported_only_by_the_draws_that_need_it():
    """Neither the room, its own quantiles nor a Poisson up to the line load SciPy; one above it does."""
    script = """
import sys
from escalation.chance.distributions import REGISTRY, by_quantiles
from escalation.chance.streams import Streams
import escalation.chance.numeric_platform
u = Streams(1, 1).stream("x").uniform(0)
REGISTRY["lognormal"].quantile(u, 1.0, 0.5), REGISTRY["poisson"].quantile(u, 64.0)
by_quantiles("lognormal", "p10", "p90").quantile(u, 1.0, 2.0)
assert not any(name.startswith("scipy") for name in sys.modules)
REGISTRY["poisson"].quantile(u, 65.0)
assert "scipy.special" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
