"""What the report says in words is true of its numbers, whatever they are."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.experiments.analysis import Difference, Outcome
from escalation.experiments.analysis_questions import Question
from escalation.reporting import sentences
from escalation.statistics.fan import fan
from escalation.statistics.future_range import range_across_futures
from escalation.statistics.paired import paired_difference
from escalation.statistics.proportion import proportion

ARMED = Question("armed", "armed", "Defensive arms decided", "holds")


def outcome(values: Any, futures: Any) -> Outcome:
    return Outcome("p", "armed", proportion(values, futures), range_across_futures(values, futures), (), 0)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=2, max_size=12))
def test_the_headline_gives_the_range_before_the_simulation_error(worlds: list[list[bool]]) -> None:
    """Whatever came of it, the future is spoken of first and the error of finite n is named so."""
    told = sentences.headline(ARMED, outcome(np.ravel(worlds), np.repeat(np.arange(len(worlds)), 3)), "As stated")
    assert told.startswith("Under “As stated”: Defensive arms decided in ")
    assert 0 < told.index("futures") < told.index("simulation error ") < told.index(f"n\u00a0=\u00a0{3 * len(worlds)}")
    assert "nan" not in told


def test_a_simulation_error_does_not_reach_beyond_what_a_share_can_be() -> None:
    """Beside 0 each side of the interval is told for itself; in the middle one number stands for both."""
    rare = outcome(np.arange(300) == 0, np.arange(300))
    none = outcome(np.arange(300) < 0, np.arange(300))
    half = outcome(np.arange(300) % 2 == 0, np.arange(300))
    assert "simulation error −0.3 +1.5 points" in sentences.headline(ARMED, rare, "As stated")
    assert "simulation error +1.3 points" in sentences.headline(ARMED, none, "As stated")
    assert "simulation error ±" in sentences.headline(ARMED, half, "As stated")


def test_the_ends_of_the_range_are_told_as_estimates() -> None:
    """Each end has its interval at the level told; where futures are too few to bound it, one side only."""
    rng = np.random.default_rng(3)
    made = outcome(rng.random(2_000) < np.repeat(rng.uniform(0.1, 0.9, 40), 50), np.repeat(np.arange(40), 50))
    assert made.across.low is not None
    told = sentences.ends_of_range(ARMED, made)
    ends = sentences.interval_of_end(ARMED, made.across.low, 0.05)
    assert told.startswith(f"The range’s ends are estimates: {ends} for the lower, ")
    assert told.endswith(" (95\u202f% intervals).")
    open_below = replace(made.across.low, low=None, high=0.3)
    assert sentences.interval_of_end(ARMED, open_below, 0.05) == "at most 30\u202f%"
    assert sentences.interval_of_end(ARMED, replace(open_below, low=0.1, high=None), 0.05) == "at least 10\u202f%"


def test_futures_that_are_all_alike_are_not_said_to_matter() -> None:
    """Nothing depends on the future when every trajectory ends alike."""
    told = sentences.headline(ARMED, outcome(np.zeros(20), np.repeat(np.arange(4), 5)), "As stated")
    assert "in 0\u202f% of trajectories, alike across the futures" in told
    assert "depending" not in told


def test_without_a_second_future_no_range_is_told() -> None:
    """One future says nothing of the others, and the sentence says that."""
    alone = outcome(np.array([0.0, 1.0]), np.zeros(2))
    assert "The range across futures cannot be told: a single future" in sentences.headline(ARMED, alone, "As stated")
    assert "cannot be told: a single future" in sentences.share_that_stays(alone)


@pytest.mark.parametrize(("worlds", "words"), [([0, 0, 1, 1], "100\u202f%"), ([0, 0, 0, 0], "no spread to divide")])
def test_the_share_that_more_runs_cannot_remove(worlds: list[int], words: str) -> None:
    """All of it when only the future decides; none to speak of when nothing differs."""
    told = sentences.share_that_stays(outcome(np.repeat(worlds, 5).astype(float), np.repeat(np.arange(4), 5)))
    assert words in told


def test_policies_are_gathered_by_their_verdict() -> None:
    """Each policy is named once, under the verdict that is its own."""
    futures = np.repeat(np.arange(30), 4)
    luck = np.random.default_rng(1).random(120)
    base = luck < 0.2
    rows = [
        (name, Difference(name, "base", "armed", paired_difference(luck < share, base, futures, "lower", 0.05)))
        for name, share in (("A", 0.2), ("B", 0.9), ("C", 0.95))
    ]
    told = sentences.compared(ARMED, rows, "base")
    assert told == "Defensive arms decided, against “base”: identical under “A”; worse under “B” and “C”."


def test_a_fan_without_any_value_is_unknown() -> None:
    """No number is told of a series that nobody knows; a later blank falls back on the last day known."""
    assert sentences.middle_of(fan(np.full((5, 3), np.nan)), "troops") == "unknown in every trajectory"
    known = np.array([[1.0, 5.0, np.nan]] * 5)
    assert sentences.middle_of(fan(known), "troops").startswith("median 5.00 troops")


def test_lists_read_as_sentences() -> None:
    """One, two and three things."""
    assert [sentences.joined(parts) for parts in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
