import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.chance.distributions import REGISTRY, by_quantiles
from escalation.chance.elementary import INF, NAN
from escalation.chance.quantiles import ParameterError
from escalation.engines.compiled.definitions import definitions, externals
from tests.engines.compiled.machine import MACHINES, Emitted, called, same_bits
from tests.engines.compiled.test_elementary import uniforms

ARITY = {name: len(each.parameters) for name, each in REGISTRY.items() if not each.variadic} | {"one_of_3": 3}
OURS = sorted(ARITY.keys() - {"gamma", "pert"})
ODD = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0**52, 2.0**52 + 1, 2.0**-1074, 1e308, -1e308, INF, -INF, NAN, 0.3)
LEVELS = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)


def known(name):
    return REGISTRY["one_of" if name.startswith("one_of") else name]


def is_good(check, parameters) -> bool:
    try:
        check(*parameters)
    except ParameterError:
        return False
    return True


def parameters(name: str, n: int, seed: int) -> list[tuple[float, ...]]:
    """Good parameters of the distribution, of many sizes, with coinciding bounds and zeros among them."""
    rng = random.Random(seed)
    drawn = []
    while len(drawn) < n:
        size = 10.0 ** rng.uniform(-3, 3)
        found = [rng.choice((rng.uniform(-size, size), rng.uniform(0, size), rng.random(), 1.0, 0.0)) for _ in range(3)]
        if name in ("uniform", "triangular", "pert"):
            found = sorted(found[: ARITY[name]])
            found = [found[0]] * len(found) if rng.random() < 0.1 else found
        if is_good(known(name).check, found[: ARITY[name]]):
            drawn.append(tuple(found[: ARITY[name]]))
    return drawn


def rows(name: str, n: int, seed: int) -> list[tuple[float, ...]]:
    us = random.Random(seed).choices(uniforms(n, seed), k=n)
    return [(u, *each) for u, each in zip(us, parameters(name, n, seed), strict=True)]


def truth_of(name, row) -> float:
    return float(known(name).quantile(*row))


@pytest.mark.parametrize("name", ARITY)
def test_a_quantile_has_the_bits_of_its_twin(name):
    """Whatever the uniform and the good parameters, SciPy's three among them, the draw is Python's."""
    given_rows = rows(name, 1500, 1)
    assert same_bits(Emitted(f"q_{name}", 1 + ARITY[name])(given_rows), [truth_of(name, r) for r in given_rows]).all()


@pytest.mark.parametrize("machine", MACHINES[1:])
@pytest.mark.parametrize("name", OURS)
def test_a_quantile_is_the_same_on_lesser_machines(name, machine):
    """Without AVX-512, and on any x86-64, the bits do not change."""
    given_rows = rows(name, 300, 2)
    got = Emitted(f"q_{name}", 1 + ARITY[name], machine=machine)(given_rows)
    assert same_bits(got, [truth_of(name, r) for r in given_rows]).all()


@pytest.mark.parametrize("name", ARITY)
def test_ok_is_true_where_the_check_raises_nothing(name):
    """Zeros of both signs, bounds in and out of order, overflowing widths, infinities and NaN: one verdict."""
    rng = random.Random(3)
    tried = [tuple(rng.choice(ODD) for _ in range(ARITY[name])) for _ in range(1500)] + parameters(name, 200, 4)
    verdicts = [is_good(known(name).check, each) for each in tried]
    assert Emitted(f"ok_{name}", ARITY[name], truth=True)(tried).tolist() == verdicts
    assert {True, False} == set(verdicts)


@pytest.mark.parametrize("mean", [0.0, 1e-300, 0.5, 63.9, 64.0, 64.1, 100.5, 1e4, 1e9, 2.0**52])
def test_poisson_numbers_agree_on_both_sides_of_the_great_means(mean):
    """The sum and the search give Python's whole numbers at both ends of the uniforms."""
    given_rows = [
        (u, mean) for u in (2.0**-54, 1e-9, 0.5, 1.0 - 2.0**-53, *random.Random(5).choices(uniforms(9, 5), k=20))
    ]
    assert same_bits(Emitted("q_poisson", 2)(given_rows), [truth_of("poisson", r) for r in given_rows]).all()


@pytest.mark.parametrize("weights", [1, 2, 7])
def test_one_of_is_emitted_for_any_number_of_weights(weights):
    """A place among one, two or seven, zeros among the weights, is Python's."""
    rng = random.Random(6)
    given_rows = []
    for u in uniforms(200, 6):
        drawn = [rng.choice((0.0, 1.0, rng.random())) for _ in range(weights - 1)]
        given_rows.append((u, *drawn, 0.5 + rng.random()))
    got = Emitted(f"q_one_of_{weights}", 1 + weights)(given_rows)
    assert got.tolist() == [REGISTRY["one_of"].quantile(*row) for row in given_rows]


def said(name: str, n: int, seed: int) -> list[tuple[float, ...]]:
    rng = random.Random(seed)
    found = []
    while len(found) < n:
        lower, upper = sorted(rng.sample(LEVELS, 2))
        a, b = (rng.choice((rng.uniform(0.1, 9.0), rng.choice(ODD))) for _ in range(2))
        found.append((lower, a, upper, b))
    return found


def shape_of(name, row):
    return by_quantiles(name, f"p{row[0] * 100:.0f}", f"p{row[2] * 100:.0f}")


def is_found(name, row) -> bool:
    try:
        shape_of(name, row).check(row[1], row[3])
    except (ParameterError, ArithmeticError):
        return False
    return True


@pytest.mark.parametrize(("name", "n"), [("normal", 1500), ("lognormal", 1500), ("gamma", 200)])
def test_two_quantiles_give_the_twins_draws_and_verdicts(name, n):
    """What Python refuses is not ok; what it accepts is drawn with its bits, gamma through Python's own search."""
    tried = said(name, n, 7)
    verdicts = [is_found(name, row) for row in tried]
    assert Emitted(f"ok_{name}_from_quantiles", 4, truth=True)(tried).tolist() == verdicts
    good = [row for row, verdict in zip(tried, verdicts, strict=True) if verdict]
    us = uniforms(n, 8)[: len(good)]
    true = [shape_of(name, row).quantile(u, row[1], row[3]) for u, row in zip(us, good, strict=True)]
    assert len(good) > n / 10
    got = Emitted(f"q_{name}_from_quantiles", 5)([(u, *row) for u, row in zip(us, good, strict=True)])
    assert same_bits(got, true).all()


@pytest.mark.parametrize("name", ["normal", "lognormal", "weibull", "triangular", "uniform"])
def test_any_parameters_drawn_give_the_twins_draw(name):
    """Hypothesis finds no good parameters of any size on which the draws or the verdicts differ."""
    quantile, ok = Emitted(f"q_{name}", 1 + ARITY[name]), Emitted(f"ok_{name}", ARITY[name], truth=True)

    @settings(derandomize=True, deadline=None, max_examples=200)
    @given(
        st.integers(0, 2**53 - 1).map(lambda top: top * 2.0**-53 or 2.0**-54),
        st.lists(st.floats(), min_size=ARITY[name], max_size=ARITY[name]),
        st.booleans(),
    )
    def compare(u, drawn, in_order):
        drawn = sorted(drawn) if in_order else drawn
        good = is_good(known(name).check, drawn)
        assert bool(ok([drawn])[0]) == good
        if good:
            assert same_bits(quantile([[u, *drawn]]), [truth_of(name, (u, *drawn))]).all()

    compare()


def test_a_formula_that_is_changed_is_found():
    """The comparison can fail: a normal that is scaled by a last bit more is another."""
    given_rows = rows("normal", 300, 1)
    changed = Emitted("q_normal", 3, change=lambda text: text.replace("%sd, %v1", "%mean, %v1"))
    assert not same_bits(changed(given_rows), [truth_of("normal", r) for r in given_rows]).all()


def test_only_scipys_three_and_the_gamma_search_come_from_elsewhere():
    """Of everything that can be drawn, only gamma, beta and large Poisson draws ask for a symbol."""
    names = [f"q_{name}" for name in ARITY] + ["q_normal_from_quantiles", "ok_gamma_from_quantiles"]
    outside = {"sp_gammaincinv", "sp_betaincinv", "sp_pdtr", "py_gamma_from_quantiles"}
    assert externals(names) == outside
    assert externals(["q_normal", "ok_gamma", "f_median_known_3"]) == frozenset()
    for machine in MACHINES:
        text = definitions(names)
        assert {each for each in called(text, machine) if f"@{each}(" not in text} == set()


def test_the_text_does_not_depend_on_the_order_of_the_names():
    """Names in any order, and given twice, make the same text, in which each function stands once."""
    text = definitions(["q_weibull", "e_log", "q_normal"])
    assert text == definitions(["q_normal", "q_weibull", "q_normal", "e_log"])
    assert text.count("define internal double @e_log(") == 1


def test_a_name_that_no_function_has_is_refused():
    """A misspelled name fails when the text is made, not when it is loaded."""
    for name in ("q_cauchy", "e_sin", "f_mode_known_2", "uniform"):
        with pytest.raises(KeyError):
            definitions([name])


def test_nan_is_no_good_parameter():
    """NaN is refused by every check, in each place."""
    for name, arity in ARITY.items():
        ok = Emitted(f"ok_{name}", arity, truth=True)
        for place in range(arity):
            assert not ok([[math.nan if place == k else 0.5 for k in range(arity)]])[0]
