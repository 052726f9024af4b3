"""Which rule first fired differently: against a plain reading of both logs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import escalation
from escalation.experiments.first_difference import first_differences, part, spread
from tests.test_api import TUTORIAL


def log(*firings: tuple[int, str]) -> tuple[np.ndarray, list[str]]:
    return np.array([time for time, _ in firings]), [rule for _, rule in firings]


@pytest.mark.parametrize(
    ("a", "b", "parting"),
    [
        ([(1, "x")], [(1, "x")], None),
        ([], [], None),
        ([(1, "x"), (5, "y")], [(1, "x"), (3, "y")], (3, "y", "B")),
        ([(1, "x"), (5, "y")], [(1, "x"), (7, "y")], (5, "y", "A")),
        ([(1, "x")], [(1, "x"), (7, "y")], (7, "y", "B")),
        ([(1, "x"), (7, "y")], [(1, "x")], (7, "y", "A")),
        ([(1, "x"), (1, "y")], [(1, "y")], (1, "x", "A")),
        ([(1, "y")], [(1, "x"), (1, "y")], (1, "x", "B")),
        ([(1, "x"), (2, "z")], [(1, "y"), (2, "z")], (1, "x", "A")),
    ],
)
def test_two_logs_part_where_only_one_fires(a: list, b: list, parting: tuple | None) -> None:
    """The earlier firing that the other lacks; of one instant, the one that the other does not fire in it."""
    found = part(log(*a), log(*b))
    assert (found and found[:3]) == parting


FIRINGS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from("xyz")), max_size=6).map(sorted)


@settings(derandomize=True, deadline=None)
@given(FIRINGS, FIRINGS)
def test_parting_is_symmetric_and_tells_of_a_true_firing(a: list, b: list) -> None:
    """Equal logs never part; others part at a firing of the named side, before which they are equal."""
    found, mirrored = part(log(*a), log(*b)), part(log(*b), log(*a))
    assert (found is None) == (a == b) == (mirrored is None)
    if found is not None and mirrored is not None:
        time, rule, side, in_a, in_b = found
        assert (time, rule) in (a if side == "A" else b)
        assert [each for each in a if each[0] < time] == [each for each in b if each[0] < time]
        assert (mirrored[3], mirrored[4], mirrored[0]) == (in_b, in_a, time)


def test_the_chosen_trajectories_are_spread_over_all() -> None:
    """100 of 2,000 pairs: every twentieth; fewer than the limit: all."""
    pairs = [(luck // 50, luck) for luck in range(2_000)]
    assert [luck for _, luck in spread(pairs, 100)] == list(range(0, 2_000, 20))
    assert spread(pairs[:7], 100) == tuple(pairs[:7])


def test_what_is_found_is_what_two_traces_show() -> None:
    """For each trajectory the first difference is where the two recorded traces first differ."""
    a, b = escalation.load(TUTORIAL), escalation.load(TUTORIAL, set={"levers.threshold.default": "450 soldiers"})
    pairs = [(luck // 5, luck) for luck in range(60)]
    told = first_differences((a.model, b.model), ["patient", "quick"], pairs, 1, most=40, workers=1)
    assert told.looked == 40
    assert told.alike + told.other_values + len(told.found) == 40
    assert len(told.found) > 5
    assert {each.policy for each in told.found} == {"patient"}
    for each in told.found:
        logs = [
            [(firing.time, firing.rule) for firing in one.trace(each.policy, each.luck, future=each.future).log]
            for one in (a, b)
        ]
        place = next(k for k, (one, other) in enumerate(zip(*logs, strict=False)) if one != other)
        assert (each.in_a, each.in_b) == (logs[0][place], logs[1][place])
        assert each.time == min(logs[0][place][0], logs[1][place][0])


def test_other_values_with_the_same_firings_are_told_apart_from_no_difference() -> None:
    """A size that no condition reads changes values and not one firing."""
    a = escalation.load(TUTORIAL)
    text = TUTORIAL.read_text(encoding="utf-8")
    assert "push / 12 days" in text
    b = escalation.load(TUTORIAL, set={"measures.most_abroad.max": "abroad + 1 soldiers"})
    told = first_differences((a.model, b.model), ["patient"], [(0, luck) for luck in range(10)], 1, workers=1)
    assert (told.looked, told.other_values, told.found) == (10, 10, ())
