"""A small scenario's names, units and distributions, made by hand for these tests."""

from dataclasses import dataclass, replace
from datetime import date

from escalation.expressions.kinds import DURATION, PURE, Category, Dimension, Instant, Quantity, Rung, Truth
from escalation.expressions.scope import Scope, UnitDefinition


@dataclass(frozen=True)
class Parameter:
    name: str
    role: str
    default: float | None = None


@dataclass(frozen=True)
class Distribution:
    name: str
    parameters: tuple[Parameter, ...]
    result: str = "number"
    from_quantiles: object = None


def _values(*names):
    return tuple(Parameter(name, "value") for name in names)


def _pure(*names):
    return tuple(Parameter(name, "pure") for name in names)


DISTRIBUTIONS = {
    each.name: each
    for each in (
        Distribution("uniform", _values("low", "high")),
        Distribution("normal", _values("mean", "sd"), from_quantiles=True),
        Distribution("lognormal", _values("median") + _pure("sigma"), from_quantiles=True),
        Distribution("exponential", _values("mean")),
        Distribution("triangular", _values("low", "mode", "high")),
        Distribution("pert", (*_values("low", "mode", "high"), Parameter("weight", "pure", 4.0))),
        Distribution("gamma", _pure("shape") + _values("scale"), from_quantiles=True),
        Distribution("weibull", _pure("shape") + _values("scale")),
        Distribution("poisson", _pure("mean"), "integer"),
        Distribution("bernoulli", _pure("p"), "boolean"),
        Distribution("one_of", _pure("weight"), "index"),
    )
}

TROOPS = Quantity(Dimension.base("troops"))
PLAIN = Quantity(PURE)
TIME = Quantity(DURATION)
LADDER = Rung("seoul", ("humanitarian", "defensive_arms", "offensive_arms"))
OTHER_LADDER = Rung("moscow", ("silence", "warning"))
WINNER = Category("us_winner", ("sceptic", "supporter"))

SCOPE = Scope(
    names={
        "in_russia": TROOPS,
        "at_front": TROOPS,
        "anger": PLAIN,
        "support": PLAIN,
        "nis_slant": PLAIN,
        "patience": TIME,
        "lift_interval": TIME,
        "combat": Truth(),
        "frozen": Truth(),
        "us_winner": WINNER,
        "polled_winner": WINNER,
        "seoul.decided": LADDER,
        "seoul.pending": LADDER,
        "moscow.decided": OTHER_LADDER,
        "vote": Instant(),
        "troops_seen.age": TIME,
    },
    hints={"seoul": "write seoul.announced, seoul.pending, seoul.decided or seoul.delivered"},
    rules=frozenset({"sea_lift", "seoul.defensive_arms.decide"}),
    distributions=DISTRIBUTIONS,
    units={name: UnitDefinition(Dimension.base(name)) for name in ("troops", "shells")},
    start=date(2024, 10, 18),
    draws=True,
    elapsed=True,
    mean_months=True,
    aged=frozenset({"troops_seen.age"}),
)
"""Where everything is allowed."""
CONDITION = replace(SCOPE, draws=False, elapsed=False, since_at_least=True, mean_months=False)
"""Where a `when` stands."""
RATE = replace(CONDITION, since_at_least=False)
"""Where a rate stands, but for its months."""
