"""How a report writes numbers."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.experiments.analysis_questions import Question
from escalation.reporting.decimals import (
    BLANK,
    count,
    difference,
    difference_range,
    percent,
    percent_range,
    plus_minus,
    quantity,
    short_date,
    step_decimals,
    written_date,
)

SHARE = Question("armed", "armed", "Armed", "holds")
TROOPS = Question("front", "front", "At the front", "number", unit="troops")
shares = st.floats(0.0, 1.0)
errors = st.one_of(st.none(), st.floats(1e-6, 0.5))


@settings(derandomize=True, deadline=None)
@given(shares, errors)
def test_a_written_percentage_lies_within_half_its_last_digit(share: float, error: float | None) -> None:
    """Reading a percentage back gives the share to half of its last digit, or the bound that it names."""
    sign, digits = re.fullmatch(r"([<>]?)([\d.]+)\u202f%", percent(share, error)).groups()  # type: ignore[union-attr]
    decimals = len(digits.partition(".")[2])
    step = 10.0**-decimals
    if sign:
        assert share * 100 < float(digits) if sign == "<" else share * 100 > float(digits) - 1e-9
    else:
        assert abs(float(digits) - share * 100) <= step / 2 + 1e-9


@settings(derandomize=True, deadline=None)
@given(shares, errors)
def test_only_never_is_nought_and_only_always_is_a_hundred(share: float, error: float | None) -> None:
    """A share that is not exactly 0 or 1 is never written as 0 % or 100 %."""
    written = percent(share, error)
    assert (float(written.strip("<>\u202f%")) == 0 and "<" not in written) == (share == 0)
    assert (float(written.strip("<>\u202f%")) == 100 and ">" not in written) == (share == 1)


@pytest.mark.parametrize(
    ("share", "error", "written"),
    [
        (0.244, 0.019, "24\u202f%"),
        (0.244, 0.004, "24.4\u202f%"),
        (0.24444, 0.0004, "24.44\u202f%"),
        (0.5, None, "50\u202f%"),
    ],
)
def test_a_percentage_has_the_decimals_its_error_can_bear(share: float, error: float | None, written: str) -> None:
    """Half a point of error allows whole percents, a twentieth one decimal, less two."""
    assert percent(share, error) == written


def test_a_range_has_one_percent_sign_and_no_tangled_bounds() -> None:
    """`5–62 %`; where an end is a bound the two are joined by a word; equal ends are written once."""
    assert percent_range(0.05, 0.62, 0.02) == "5–62\u202f%"
    assert percent_range(0.72, 0.998, 0.02) == "72 to >99\u202f%"
    assert percent_range(0.0, 0.0, 0.02) == "0\u202f%"


def test_a_quantity_is_written_to_the_digits_its_error_can_bear() -> None:
    """Errors decide digits, also above the point; without one, three significant digits and whole numbers."""
    assert quantity(11_834.2, "troops", 210.0) == "11,830 troops"
    assert quantity(11_834.2, "troops", 510.0) == "11,800 troops"
    assert quantity(0.25617, "") == "0.256"
    assert quantity(-1234.4, "days") == "−1,234 days"
    assert quantity(float("nan"), "days") == BLANK


def test_a_difference_of_shares_is_in_points_with_its_sign() -> None:
    """Percentage points, a real minus sign, and one unit for an interval."""
    assert difference(SHARE, 0.176, 0.018) == "+17.6 points"
    assert difference(SHARE, -0.0004, 0.018) == "0.0 points"
    assert difference_range(SHARE, -0.06, 0.012, 0.03) == "−6.0 to +1.2 points"
    assert difference(TROOPS, -200.0, 30.0) == "−200 troops"
    assert plus_minus(SHARE, 0.0191) == "±1.9 points"
    assert plus_minus(SHARE, None) == "not known"


@settings(derandomize=True, deadline=None)
@given(st.floats(-1e9, 1e9), st.one_of(st.none(), st.floats(1e-3, 1e6)))
def test_no_number_begins_like_a_formula(value: float, error: float | None) -> None:
    """No written quantity begins with a hyphen, and none is a negative nought."""
    written = quantity(value, "troops", error)
    assert not written.startswith(("-", "=", "+", "@"))
    assert not re.match(r"−[0.,]+( |$)", written)


def test_dates_are_written_in_english_from_the_day() -> None:
    """Day 0 is the start; a moment within a day is that day; leap days count."""
    assert written_date("2024-10-18", 0.0) == "18 October 2024"
    assert written_date("2024-10-18", 547.0) == "18 April 2026"
    assert short_date("2024-02-28", 1.99) == "29 Feb 2024"


def test_thousands_are_set_off_by_commas() -> None:
    """Counts are read in thousands."""
    assert count(1_234_567) == "1,234,567"


@pytest.mark.parametrize(("ticks", "decimals"), [((0, 0.15, 0.3), 2), ((0, 5, 10), 0), ((0, 2.5, 5), 1), ((7.0,), 0)])
def test_ticks_are_written_as_they_are(ticks: tuple[float, ...], decimals: int) -> None:
    """A step of 0.15 takes two decimals, so that no tick is written as another number."""
    assert step_decimals(ticks) == decimals
