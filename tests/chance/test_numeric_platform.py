import re

import pytest
from scipy import special
from scipy.special import cython_special

from escalation.chance import numeric_platform
from escalation.chance.numeric_platform import large_poisson, platform_hash


def test_the_platform_has_one_short_name():
    """The hash is twelve hexadecimal digits and the same when computed again."""
    first = platform_hash()
    assert re.fullmatch("[0-9a-f]{12}", first)
    platform_hash.cache_clear()
    assert platform_hash() == first


@pytest.mark.parametrize("function", ["gammaincinv", "betaincinv"])
def test_another_last_bit_is_another_platform(monkeypatch, function):
    """A library whose values differ by one rounding anywhere in the battery has another name."""

    class Elsewhere:
        gammaincinv = staticmethod(cython_special.gammaincinv)
        betaincinv = staticmethod(cython_special.betaincinv)
        pdtr = staticmethod(cython_special.pdtr)

    own = getattr(cython_special, function)
    setattr(Elsewhere, function, staticmethod(lambda *xs: own(*xs) * (1.0 + 2.0**-52)))
    here = platform_hash()
    monkeypatch.setattr(numeric_platform, "_special", lambda: Elsewhere)
    assert platform_hash.__wrapped__() != here


@pytest.mark.parametrize("mean", [64.5, 500.25, 1e5, 1e9, 2.0**52])
def test_a_large_poisson_is_the_least_number_that_reaches_u(mean):
    """At every level, the steps of the distribution function themselves included, P(X <= k) >= u > P(X <= k - 1)."""
    steps = [float(special.pdtr(mean // 1.0 + d * mean**0.5 // 1.0, mean)) for d in (-5, -2, 0, 1, 3)]
    for u in [2.0**-54, 1e-9, 0.01, 0.5, 0.99, 1.0 - 1e-12, *steps]:
        k = large_poisson(u, mean)
        assert k == k // 1.0
        assert special.pdtr(k, mean) >= u > special.pdtr(k - 1.0, mean)
