import itertools
import random

import pytest

from escalation.chance.elementary import INF, NAN
from escalation.model import functions
from tests.engines.compiled.machine import Emitted, same_bits

ODD = (NAN, 0.0, -0.0, 1.0, 2.0, -1.5, INF, -INF)


@pytest.mark.parametrize("sources", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["median_known", "mean_known", "max_known"])
def test_readings_are_joined_as_python_joins_them(name, sources):
    """Unknown ones, equal ones, zeros of both signs and infinities, in every order."""
    tried = list(itertools.product(ODD, repeat=sources))
    true = [getattr(functions, name)(*row) for row in tried]
    assert same_bits(Emitted(f"f_{name}_{sources}", sources)(tried), true).all()


@pytest.mark.parametrize("sources", [1, 3])
def test_agreement_is_counted_as_python_counts_it(sources):
    """The needed-th largest of those that have reported, or NaN, for each number that may be asked for."""
    tried = [(n, *row) for row in itertools.product(ODD, repeat=sources) for n in (1.0, 2.0, 3.0, 4.0)]
    true = [functions.agreed_known(*row) for row in tried]
    assert same_bits(Emitted(f"f_agreed_known_{sources}", 1 + sources)(tried), true).all()


@pytest.mark.parametrize("name", ["median_known", "mean_known", "max_known"])
def test_twelve_sources_are_joined_as_well(name):
    """The same of a dozen readings, some unknown and some alike."""
    rng = random.Random(1)
    tried = [[rng.choice((NAN, rng.random(), rng.choice(ODD))) for _ in range(12)] for _ in range(300)]
    true = [getattr(functions, name)(*row) for row in tried]
    assert same_bits(Emitted(f"f_{name}_12", 12)(tried), true).all()
