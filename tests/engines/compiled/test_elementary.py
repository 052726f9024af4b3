import math
import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.chance import elementary as e
from escalation.chance.quantiles import _spent_hazard
from escalation.engines.compiled import elementary
from escalation.engines.compiled.assembly import double
from escalation.engines.compiled.definitions import definitions
from tests.engines.compiled.machine import HOST, MACHINES, PLAIN, Emitted, assembly, called, same_bits

TWINS = {"log": e.log, "exp": e.exp, "floor": e.floor, "normal_quantile": e.normal_quantile}
OF_UNIFORM = {"spent_hazard": _spent_hazard, "normal_quantile": e.normal_quantile}
BORDERS = [
    0.0,
    1.0,
    0.5,
    0.075,
    0.925,
    math.exp(-25.0),
    e.SQRT_HALF,
    2.0**-53,
    2.0**-54,
    1.0 - 2.0**-53,
    math.ulp(0.0),
    sys.float_info.min,
    sys.float_info.max,
    e.EXP_OVERFLOWS,
    e.EXP_UNDERFLOWS,
    -708.3964185322641,
    -1021 * math.log(2.0),
    2.0**52,
    2.0**51 + 0.5,
    2.0**53,
    math.inf,
    math.nan,
]


def points(n: int, seed: int) -> list[float]:
    rng = random.Random(seed)
    drawn = [rng.random() for _ in range(n)] + [rng.uniform(-760.0, 720.0) for _ in range(n)]
    drawn += [math.ldexp(rng.random() + 0.5, power) for power in range(-1074, 1024)]
    drawn += [2.0 ** -rng.uniform(1.0, 80.0) for _ in range(n)]
    near = [math.nextafter(border, way) for border in BORDERS for way in (-math.inf, math.inf)]
    both = drawn + near + BORDERS
    return both + [-x for x in both]


def uniforms(n: int, seed: int) -> list[float]:
    rng = random.Random(seed)
    tops = [rng.getrandbits(53) for _ in range(n)] + [rng.getrandbits(rng.randint(1, 53)) for _ in range(n)]
    tops += [2**53 - 1 - rng.getrandbits(rng.randint(1, 53)) for _ in range(n)]
    tops += [int(border * 2**53) + k for border in (0.075, 0.925, 0.5, math.exp(-25.0)) for k in range(-3, 4)]
    return [top * 2.0**-53 or 2.0**-54 for top in [*tops, 0, 1, 2, 2**53 - 1]]


def emitted(name, lanes, machine=HOST, change=str):
    return Emitted(f"e_{name}" if lanes == 1 else f"{name}8", 1, lanes, machine=machine, change=change)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("lanes", [1, 8])
@pytest.mark.parametrize("name", TWINS)
def test_an_elementary_function_has_the_bits_of_its_twin(name, lanes, machine):
    """On one lane and on eight, with and without AVX, every double has Python's answer: borders, subnormals, NaN."""
    xs = points(4000, 1)
    assert same_bits(emitted(name, lanes, machine)(xs), [TWINS[name](x) for x in xs]).all()


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", OF_UNIFORM)
def test_what_knows_its_argument_is_a_uniform_has_the_bits_of_its_twin(name, machine):
    """Down to 2**-54 and up to 1 - 2**-53, where the logarithm need not look for subnormals or infinities."""
    us = uniforms(6000, 2)
    assert same_bits(emitted(f"{name}_of_uniform", 8, machine)(us), [OF_UNIFORM[name](u) for u in us]).all()


@pytest.mark.parametrize("lanes", [1, 8])
def test_the_spent_hazard_has_the_bits_of_its_twin(lanes):
    """The exponential of mean 1 of any uniform, and of any number below 1."""
    us = [u for u in uniforms(3000, 3) + points(500, 4) if -math.inf < u < 1.0]
    assert same_bits(emitted("spent_hazard", lanes)(us), [_spent_hazard(u) for u in us]).all()


@pytest.mark.parametrize("name", TWINS)
def test_any_double_drawn_has_the_twins_answer(name):
    """Hypothesis finds no double, of any bits, on which the two differ."""
    one, eight = emitted(name, 1), emitted(name, 8)

    @settings(derandomize=True, deadline=None, max_examples=200)
    @given(st.lists(st.floats() | st.floats(0.0, 1.0), min_size=1, max_size=9))
    def compare(xs):
        true = [TWINS[name](x) for x in xs]
        assert same_bits(one(xs), true).all()
        assert same_bits(eight(xs), true).all()

    compare()


@pytest.mark.parametrize(
    ("name", "constant"),
    [("log", e.LOG7), ("exp", e.EXP5), ("normal_quantile", e.CENTRE[0]), ("normal_quantile", e.FAR_TAIL[8])],
)
@pytest.mark.parametrize("lanes", [1, 8])
def test_a_coefficient_that_is_changed_is_found(name, constant, lanes):
    """The comparison can fail: a coefficient of the last term, one in a thousand off, changes some answer."""
    xs = points(4000, 1)
    changed = emitted(name, lanes, change=lambda text: text.replace(double(constant), double(constant * 1.001)))
    assert not same_bits(changed(xs), [TWINS[name](x) for x in xs]).all()


@pytest.mark.parametrize("machine", MACHINES)
def test_no_library_of_mathematics_is_called(machine):
    """Square roots, roundings and conversions are instructions on every x86-64; what is called is defined beside."""
    names = frozenset(elementary.FUNCTIONS)
    assert called(definitions(names), machine) <= names


def test_a_call_of_the_library_of_mathematics_would_be_seen():
    """The search above finds one: LLVM's own `floor` is a call where the processor has no such instruction."""
    text = "declare double @llvm.floor.f64(double)\n"
    text += "define double @f(double %x) {\n %y = call double @llvm.floor.f64(double %x)\n ret double %y\n}"
    assert called(text, PLAIN) == {"floor"}


def test_nothing_is_contracted():
    """The machine code of this processor multiplies and adds apart, though it could do both at once."""
    assert "vfmadd" not in assembly(definitions(elementary.FUNCTIONS))
    assert "mulsd" in assembly(definitions(elementary.FUNCTIONS), PLAIN)
