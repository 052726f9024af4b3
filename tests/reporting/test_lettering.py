"""Labels on charts: where they break and how they keep apart."""

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from escalation.reporting.date_axis import date_ticks
from escalation.reporting.lettering import kept_apart, width, wrapped
from escalation.reporting.short_labels import LONGEST, short

places = st.lists(st.tuples(st.floats(0, 200), st.floats(5, 40)), min_size=1, max_size=8)


@settings(derandomize=True, deadline=None)
@given(places)
def test_labels_never_overlap_and_keep_their_order(labels: list[tuple[float, float]]) -> None:
    """Each label begins where the one before it ends, or later."""
    labels.sort()
    heights = [height for _, height in labels]
    placed = kept_apart([centre for centre, _ in labels], heights, 0.0, 200.0)
    for (below, high), (above, tall) in pairwise(zip(placed, heights, strict=True)):
        assert above - tall / 2 >= below + high / 2 - 1e-6


@settings(derandomize=True, deadline=None)
@given(places)
def test_labels_that_fit_stay_inside(labels: list[tuple[float, float]]) -> None:
    """When there is room for all of them, none leaves it."""
    labels.sort()
    heights = [height for _, height in labels]
    assume(sum(heights) <= 200)
    placed = kept_apart([centre for centre, _ in labels], heights, 0.0, 200.0)
    assert placed[0] - heights[0] / 2 >= -1e-6
    assert placed[-1] + heights[-1] / 2 <= 200 + 1e-6


def test_labels_that_do_not_collide_are_not_moved() -> None:
    """A label stands at its value when its neighbours allow it."""
    assert kept_apart([20.0, 60.0, 120.0], [10.0, 10.0, 10.0], 0.0, 200.0) == [20.0, 60.0, 120.0]


def test_two_labels_at_one_value_share_the_way() -> None:
    """Labels at one place move apart by the same distance."""
    assert kept_apart([100.0, 100.0], [20.0, 20.0], 0.0, 200.0) == pytest.approx([90.0, 110.0])


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=80), st.floats(60, 200), st.integers(1, 3))
def test_broken_lines_fit_their_room(text: str, room: float, lines: int) -> None:
    """However a label is written, it takes at most so many lines and each fits."""
    made = wrapped(text, room, lines)
    assert 1 <= len(made) <= lines
    assert all(width(line) <= room for line in made)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.text("abcdeß한글", min_size=1, max_size=12), min_size=1, max_size=4))
def test_a_label_that_fits_loses_no_letter(words: list[str]) -> None:
    """Breaking a label into lines drops nothing while there are lines enough."""
    assert "".join(wrapped(" ".join(words), 200.0, lines=60)).replace(" ", "") == "".join(words)


def test_a_label_that_does_not_fit_says_that_it_goes_on() -> None:
    """What is cut ends in an ellipsis."""
    assert wrapped("x" * 10_000, 100.0)[-1].endswith("…")
    assert len(short("x" * 10_000)) == LONGEST
    assert short("x" * 10_000).endswith("…")
    assert short("short") == "short"


@settings(derandomize=True, deadline=None)
@given(st.dates(), st.floats(0.1, 40_000))
def test_ticks_of_dates_are_few_in_order_and_inside(start: object, horizon: float) -> None:
    """Any start and any horizon have between one and a few ticks, ascending, none outside."""
    assume(start.year + horizon / 365 < 9_000)  # type: ignore[attr-defined]
    days = [day for day, _ in date_ticks(str(start), horizon)]
    assert 1 <= len(days) <= 5
    assert days == sorted(set(days))
    assert days[0] >= 0
    assert days[-1] <= horizon


def test_months_are_named_and_years_told_where_they_change() -> None:
    """Eighteen months from October 2024 have ticks half a year apart."""
    assert date_ticks("2024-10-18", 547.0) == [(75.0, "Jan\n2025"), (256.0, "Jul"), (440.0, "Jan\n2026")]
