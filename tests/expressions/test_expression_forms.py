from dataclasses import replace
from datetime import date

import pytest

from escalation.expressions import tree
from escalation.expressions.check import chain, read, read_chance
from escalation.expressions.kinds import DURATION, Dimension, Instant, Quantity, Truth
from tests.expressions.border_scope import CONDITION, LADDER, PLAIN, RATE, SCOPE, TIME, TROOPS, WINNER

DAY = 86_400_000.0


def good(text, scope=SCOPE, expected=None):
    expr, problems = read(text, scope, expected)
    assert problems == ()
    return expr


@pytest.mark.parametrize(
    ("text", "bracketed"),
    [
        ("anger + support * 2", "anger + (support * 2)"),
        ("anger - support - 2", "(anger - support) - 2"),
        ("anger / support / 2", "(anger / support) / 2"),
        ("-anger * support", "(-anger) * support"),
        ("anger - -support", "anger - (-support)"),
        ("anger + 1 < support * 2", "(anger + 1) < (support * 2)"),
        ("not combat and frozen", "(not combat) and frozen"),
        ("not anger < 1", "not (anger < 1)"),
        ("anger if combat or frozen else support + 1", "anger if (combat or frozen) else (support + 1)"),
        ("1 if combat else 2 if frozen else 3", "1 if combat else (2 if frozen else 3)"),
        ("1 / 12 days", "1 / (12 days)"),
        ("60 troops / 1 day", "(60 troops) / (1 day)"),
        ("-12 hours 30 minutes", "-(12 hours 30 minutes)"),
    ],
)
def test_signs_bind_as_in_arithmetic(text, bracketed):
    """Brackets where everybody would put them change nothing."""
    assert good(text) == good(bracketed)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("10_000", 10_000.0, PLAIN),
        ("1e3", 1000.0, PLAIN),
        ("0.5", 0.5, PLAIN),
        ("30%", 30.0 / 100, PLAIN),
        ("0.07%", float("0.07") / 100, PLAIN),
        ("3_000 troops", 3000.0, TROOPS),
        ("14 days", 14 * DAY, TIME),
        ("1 week", 7 * DAY, TIME),
        ("5 milliseconds", 5.0, TIME),
        ("12 hours 30 minutes", 45_000_000.0, TIME),
        ("1 month", 30.436875 * DAY, TIME),
        ("2 years", 2 * (365.2425 * DAY), TIME),
        ("2024-11-05", 18 * DAY, Instant()),
        ("2024-10-17", -DAY, Instant()),
        ("true", True, Truth()),
        ("false", False, Truth()),
    ],
)
def test_literals_are_exact(text, value, kind):
    """A number is its digits, then one multiplication by its unit; a date counts milliseconds from the start."""
    assert good(text) == tree.Literal(value, kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("in_russia / at_front", PLAIN),
        ("in_russia / 3 days", Quantity(Dimension((("time", -1), ("troops", 1))))),
        ("in_russia * (1 / 3 days) * 6 days", TROOPS),
        ("sqrt(in_russia * at_front)", TROOPS),
        ("vote - 2024-11-01", TIME),
        ("vote + 3 days", Instant()),
        ("3 days + vote", Instant()),
        ("vote - patience", Instant()),
        ("max(in_russia, 0 troops)", TROOPS),
        ("min(vote, 2024-11-05)", Instant()),
        ("clip(support, 0, 1)", PLAIN),
        ("abs(-3 days)", TIME),
        ("floor(in_russia / 1 troops)", PLAIN),
        ("count_of(combat, frozen, anger > 1)", PLAIN),
        ("level(seoul.decided) * 2", PLAIN),
        ("elapsed / 20 days", PLAIN),
        ("since(sea_lift)", TIME),
        ("since(2025-01-20)", TIME),
        ("since(vote)", TIME),
        ("troops_seen.age", TIME),
        ("count(sea_lift) + 1", PLAIN),
        ("uniform(2024-11-05, vote)", Instant()),
        ("bernoulli(30%)", Truth()),
        ("poisson(3)", PLAIN),
        ("seoul.pending if combat else humanitarian", LADDER),
        ("sceptic if combat else polled_winner", WINNER),
    ],
)
def test_every_form_has_its_kind(text, kind):
    """Dimensions multiply and divide; dates differ by times; everything else keeps the kind of its parts."""
    assert good(text).kind == kind


def test_words_are_known_opposite_a_value_of_their_kind():
    """A word or rung may stand on either side, in brackets or in a choice, or alone where its kind is expected."""
    assert good("us_winner == sceptic").right == tree.Literal(0, WINNER)
    assert good("supporter != us_winner").left == tree.Literal(1, WINNER)
    assert good("seoul.decided >= (defensive_arms)").right == tree.Literal(1, LADDER)
    assert good("seoul.decided < (offensive_arms if combat else humanitarian)").right.kind == LADDER
    assert good("supporter", expected=WINNER) == tree.Literal(1, WINNER)
    assert good("sceptic if combat else supporter", expected=WINNER).otherwise == tree.Literal(1, WINNER)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("lognormal(1_500 troops, 0.4)", ("median", "sigma")),
        ("lognormal(median=1_500 troops, sigma=0.4)", ("median", "sigma")),
        ("lognormal(sigma=0.4, median=1_500 troops)", ("median", "sigma")),
        ("lognormal(1_500 troops, sigma=0.4)", ("median", "sigma")),
        ("lognormal(p90=90 days, p10=30 days)", ("p10", "p90")),
        ("gamma(shape=2, scale=3 days)", ("shape", "scale")),
        ("pert(1 days, 2 days, 3 days)", ("low", "mode", "high", "weight")),
    ],
)
def test_arguments_of_draws_stand_in_the_registrys_order(text, parameters):
    """By place, by name or by quantiles, arguments come in one order, defaults filled in."""
    draw = good(text)
    assert draw.parameters == parameters
    assert len(draw.arguments) == len(parameters)


def test_a_default_parameter_is_a_plain_literal():
    """A parameter that was left out is its default."""
    assert good("pert(1 days, 2 days, 3 days)").arguments[3] == tree.Literal(4.0, PLAIN)


def test_draws_are_numbered_in_the_order_of_the_text():
    """Places run from 0 as written, outer before inner, whatever the order of parameters."""
    text = "normal(sd=exponential(1), mean=uniform(0, 1)) if bernoulli(0.5) else poisson(2)"
    places = {node.distribution: node.place for node in tree.walk(good(text)) if isinstance(node, tree.Draw)}
    assert places == {"normal": 0, "exponential": 1, "uniform": 2, "bernoulli": 3, "poisson": 4}


def test_since_stands_in_a_condition_only_at_least():
    """`since(x) >= D` may stand where nothing else may age; elsewhere in the condition nothing changes."""
    expr = good("combat and not since(sea_lift) >= 14 days", CONDITION, Truth())
    assert expr.operands[1].operand.left == tree.Since("sea_lift", None, TIME)
    assert good("(since(2025-01-20)) >= patience", CONDITION).left.date == tree.Literal(94 * DAY, Instant())


def test_a_chance_is_a_share_in_a_time():
    """`10% in 1 year` gives both; a year has its mean length even where none is allowed."""
    pair, problems = read_chance("10% * support in 1 year", RATE)
    assert problems == ()
    assert pair[0].kind == PLAIN
    assert pair[1] == tree.Literal(365.2425 * DAY, TIME)


def test_cases_become_a_chain_of_choices():
    """The first condition that holds decides, and draws are numbered through all the parts."""
    cases = [(good("combat"), good("normal(1, 2)")), (good("bernoulli(0.5)"), good("normal(3, 4) + normal(5, 6)"))]
    whole = chain(cases, good("exponential(7)"))
    assert whole.condition == good("combat")
    assert whole.otherwise.condition.distribution == "bernoulli"
    assert sorted(node.place for node in tree.walk(whole) if isinstance(node, tree.Draw)) == [0, 1, 2, 3, 4]
    assert whole.otherwise.otherwise.place == 4


def test_cases_of_unlike_kinds_are_refused():
    """Values of cases are of one kind."""
    with pytest.raises(ValueError, match="cannot be cases"):
        chain([(good("combat"), good("1"))], good("1 days"))


def test_dates_count_from_the_scopes_start():
    """The same date in two scenarios is two instants."""
    moved = replace(SCOPE, start=date(2024, 11, 5))
    assert good("2024-11-05", moved) == tree.Literal(0.0, Instant())
    assert good("14 days", moved).kind == Quantity(DURATION)
