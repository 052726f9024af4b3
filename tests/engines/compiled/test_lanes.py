import pytest

from escalation.chance.distributions import REGISTRY
from escalation.chance.elementary import INF, NAN, normal_quantile
from escalation.chance.quantiles import exponential
from escalation.chance.streams import Streams, stream_key
from escalation.engines.compiled.definitions import definitions
from escalation.engines.compiled.lanes import FINISHED, fill, finishes
from tests.engines.compiled.machine import HOST, MACHINES, called, eight_at_a_time, same_bits

EIGHTS = 400
BY_CONSTANTS = [
    ("uniform", (-3.0, 8.5)),
    ("uniform", (2.0, 2.0)),
    ("normal", (100.0, 15.0)),
    ("normal", (-1.0, 0.0)),
    ("lognormal", (3.5 * 86_400_000.0, 0.7)),
    ("lognormal", (1.0, 400.0)),
    ("exponential", (86_400_000.0 / 3.0,)),
    ("weibull", (0.7, 30.0)),
    ("weibull", (1e-4, 1.0)),
    ("triangular", (10_000.0, 12_000.0, 20_000.0)),
    ("triangular", (1.0, 1.0, 2.0)),
    ("triangular", (5.0, 5.0, 5.0)),
    ("bernoulli", (0.3,)),
    ("bernoulli", (0.0,)),
    ("one_of", (1.0, 0.0, 2.5, 3.0)),
    ("one_of", (2.0,)),
]


def filled(kind, parameters=(), machine=HOST, change=str):
    name, text, needs = fill(kind, parameters)
    make = eight_at_a_time(name, change(definitions(needs) + text), machine)
    return make(11, 22, 33, stream_key("a"), 5, EIGHTS)


def drawn(quantile, parameters=()):
    stream = Streams(11, 22, 33).stream("a")
    return [float(quantile(stream.uniform(40 + k), *parameters)) for k in range(8 * EIGHTS)]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("kind", "quantile"),
    [("uniform", float), ("hazard", lambda u: exponential(u, 1.0)), ("normal quantile", normal_quantile)],
)
def test_a_fill_without_parameters_has_the_bits_of_the_quantile(kind, quantile, machine):
    """Uniforms, spent hazards and normal quantiles are finished as Python finishes them."""
    assert same_bits(filled(kind, (), machine), drawn(quantile)).all()


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("kind", "parameters"), BY_CONSTANTS)
def test_a_fill_with_constants_has_the_bits_of_the_quantile(kind, parameters, machine):
    """A distribution with constant parameters is finished on eight lanes, results of zero and infinity too."""
    assert finishes(kind, parameters)
    assert same_bits(filled(kind, parameters, machine), drawn(REGISTRY[kind].quantile, parameters)).all()


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("gamma", (2.0, 3.0)),
        ("poisson", (4.0,)),
        ("normal", (0.0, -1.0)),
        ("uniform", (2.0, 1.0)),
        ("weibull", (0.0, NAN)),
    ],
)
def test_what_is_not_finished_on_lanes_comes_as_uniforms(kind, parameters):
    """Other distributions, and parameters that the check refuses, get the plain uniforms of the stream."""
    assert not finishes(kind, parameters)
    assert fill(kind, parameters).name == "uniforms8"
    assert same_bits(filled(kind, parameters), drawn(float)).all()


def test_every_finished_distribution_is_tried_above():
    """No distribution is finished on lanes without a test."""
    assert {kind for kind, _ in BY_CONSTANTS} == FINISHED


def test_fills_of_different_constants_have_different_names():
    """Parameters that differ in the last bit, or by the sign of a zero, are other functions; equal ones the same."""
    names = {fill("normal", each).name for each in [(0.0, 1.0), (-0.0, 1.0), (0.0, 1.0 + 2.0**-52), (1.0, 0.0)]}
    assert len(names) == 4
    assert fill("normal", (0.0, 1.0)) == fill("normal", (0, 1))


def test_a_fill_that_is_changed_is_found():
    """The comparison can fail: a hazard whose logarithm lacks its last coefficient is another."""
    from escalation.chance.elementary import LOG7
    from escalation.engines.compiled.assembly import double

    got = filled("hazard", change=lambda text: text.replace(double(LOG7), double(0.0)))
    assert not same_bits(got, drawn(lambda u: exponential(u, 1.0))).all()


@pytest.mark.parametrize("machine", MACHINES)
def test_a_fill_calls_nothing_that_is_not_in_its_text(machine):
    """Whatever the machine, fills need no library of mathematics."""
    for kind, parameters in [("hazard", ()), ("normal quantile", ()), *BY_CONSTANTS]:
        name, text, needs = fill(kind, parameters)
        whole = definitions(needs) + text
        assert {each for each in called(whole, machine) if f" @{each}(" not in whole} == set(), name


def test_infinite_parameters_are_refused():
    """An infinite mean is no good constant."""
    assert not finishes("exponential", (INF,))
