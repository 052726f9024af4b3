from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings

from escalation.expressions import tree
from escalation.expressions.check import read
from escalation.expressions.kinds import RATE, Instant, Quantity
from escalation.expressions.text import write
from tests.expressions.border_scope import PLAIN, SCOPE, TIME, TROOPS
from tests.expressions.expression_trees import trees


@settings(derandomize=True, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(trees())
def test_what_is_written_is_read_again_as_the_same_tree(expr):
    """Writing a well-typed tree and reading the words gives the same tree, literals to the last bit."""
    words = write(expr, SCOPE.start)
    again, problems = read(words, SCOPE, expr.kind)
    assert problems == (), words
    assert again == expr, words


@pytest.mark.parametrize(
    "text",
    [
        "1_500 troops",
        "14 days",
        "36 hours",
        "0.5 milliseconds",
        "1 / lift_interval",
        "in_russia - (at_front - 500 troops)",
        "(anger + 1) * support",
        "-(anger + 1)",
        "not (combat or frozen)",
        "(combat and frozen) or in_russia >= 3_000 troops",
        "1 if combat else 2 if frozen else 3",
        "us_winner == sceptic and seoul.decided >= defensive_arms",
        "lognormal(median=1_500 troops, sigma=0.4)",
        "lognormal(p10=30 days, p90=90 days)",
        "2024-11-05",
        "since(sea_lift) >= 14 days",
        "count(seoul.defensive_arms.decide) > 2",
    ],
)
def test_plain_texts_are_written_as_they_were(text):
    """An expression in the usual spelling comes back in the same words."""
    expr, problems = read(text, SCOPE)
    assert problems == ()
    assert write(expr, SCOPE.start) == text


@pytest.mark.parametrize(
    ("literal", "words"),
    [
        (tree.Literal(-5 * 86_400_000.0, TIME), "-5 days"),
        (tree.Literal(-2.0, TROOPS), "-2 troops"),
        (tree.Literal(3.0 / 86_400_000.0, Quantity(RATE)), "3 / 1 day"),
        (tree.Literal(float("inf"), PLAIN), "inf"),
        (tree.Literal(86_400_000.0 * 1.5, Instant()), "2024-10-19 + 12 hours"),
        (tree.Literal(1e30, Instant()), "start + 1.1574074074074075e+22 days"),
    ],
)
def test_literals_that_no_author_wrote_have_words_too(literal, words):
    """Negative numbers, rates, infinities and times of day made by the model are written as well as words allow."""
    assert write(literal, date(2024, 10, 18)) == words


def test_a_date_without_the_start_is_told_from_the_start():
    """Without the scenario's first day a date is the time since then."""
    assert write(tree.Literal(86_400_000.0 * 18, Instant())) == "start + 18 days"
