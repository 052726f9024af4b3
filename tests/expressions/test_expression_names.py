import time

import pytest

from escalation.expressions.check import read
from escalation.expressions.kinds import RATE, Dimension, Instant, Quantity, Truth
from escalation.expressions.problems import edits, nearest
from escalation.expressions.units import EXACT_TIME, MEAN_TIME, describe
from tests.expressions.border_scope import LADDER, PLAIN, SCOPE, TIME, TROOPS, WINNER


@pytest.mark.parametrize(
    ("left", "right", "count"),
    [("kitten", "sitting", 3), ("", "abc", 3), ("same", "same", 0), ("hte", "the", 1), ("ca", "abc", 3)],
)
def test_edits_are_counted_with_swaps_as_one(left, right, count):
    """Known answers of the optimal string alignment distance, the same in both directions."""
    assert edits(left, right) == edits(right, left) == count


def test_the_nearest_name_is_near():
    """The nearest of several names is offered, and none that shares little with the word."""
    assert nearest("in_rusia", ["in_russia", "in_asia"]) == "in_russia"
    assert nearest("True", ["true", "tree"]) == "true"
    assert nearest("quagmire", ["in_russia", "at_front"]) is None
    assert nearest("x" * 1000, ["x" * 1001]) is None


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (PLAIN, "a plain number"),
        (TIME, "a time"),
        (TROOPS, "in troops"),
        (Quantity(RATE), "a rate, per time"),
        (Quantity(Dimension((("time", -1), ("troops", 2)))), "in troops squared per time"),
        (Quantity(Dimension((("shells", 1), ("troops", 3)))), "in shells times troops to the power 3"),
        (Truth(), "true or false"),
        (Instant(), "a date"),
        (WINNER, "a word of us_winner"),
        (LADDER, "a rung of seoul"),
    ],
)
def test_kinds_have_words(kind, words):
    """A message says what a value is as its author would."""
    assert describe(kind) == words


def test_units_of_time_are_exact():
    """Milliseconds in a day, a week, and the mean Gregorian month and year (146,097 days in 400 years)."""
    assert EXACT_TIME["day"] == 24 * 60 * 60 * 1000
    assert EXACT_TIME["weeks"] == 7 * EXACT_TIME["days"]
    assert MEAN_TIME["year"] == 146_097 / 400 * EXACT_TIME["day"]
    assert MEAN_TIME["month"] * 12 == MEAN_TIME["year"]


def test_a_scenario_of_expressions_is_read_at_once():
    """340 different expressions of usual length take less than half a second of the processor."""
    texts = [
        f"(0.5 if combat else {n}) * in_russia / 3 days if anger > {n} and not frozen else 1 troops / 1 day"
        for n in range(340)
    ]
    read("anger", SCOPE)
    begun = time.process_time()
    assert all(read(text, SCOPE)[0] is not None for text in texts)
    assert time.process_time() - begun < 0.5
