"""When a first came: told of the trajectories in which it came, and never of the others."""

from dataclasses import replace

import numpy as np
import pytest

from escalation.experiments.analysis import analyse
from escalation.experiments.analysis_over_time import FirstTime
from escalation.reporting.decimals import short_date
from escalation.reporting.first_time_table import first_time_table
from escalation.reporting.scales import scales
from escalation.reporting.summary import lines
from escalation.statistics.incidence import incidence
from tests.reporting.synthetic import Size, ensemble, scenario

TOLD = replace(scenario(), measures=scenario().measures[4:5])


@pytest.fixture(scope="module")
def analysis():
    return analyse(ensemble(TOLD, Size(40, 10, 28)), TOLD)


def test_median_and_range_are_those_of_the_days_on_which_it_came(analysis):
    """The quantiles in `summary.csv` are NumPy's of the days that are not blank, with how many were left out."""
    days = ensemble(TOLD, Size(40, 10, 28)).outcomes.query("policy == 'as-stated'")["combat"].to_numpy()
    came = days[~np.isnan(days)]
    assert 0 < came.size < days.size
    told = [each for each in lines(analysis) if each.section == "when it came" and each.question == "combat"]
    told = [each for each in told if each.policy == "as-stated"]
    assert [each.value for each in told] == [np.quantile(came, q, method="inverted_cdf") for q in (0.05, 0.5, 0.95)]
    assert {(each.n, each.left_out) for each in told} == {(came.size, days.size - came.size)}
    for each in told:
        assert each.low is not None
        assert each.high is not None
        assert each.low <= each.value <= each.high
        assert each.value_shown == short_date(TOLD.start, each.value)
        assert "of those in which it came" in each.statement


def test_the_table_gives_the_share_beside_the_days(analysis):
    """How often it came, the median day with its interval, and the ends of the middle 90 %."""
    of = [each for each in analysis.first_times if each.key == "combat"]
    table = first_time_table([(each.policy, each.label, each) for each in of[:1]], analysis.start)
    assert table is not None
    assert "in which it came at all" in table.caption
    row, first = table.rows[0], of[0]
    assert row[0] == "as-stated"
    assert row[2].startswith(f"{100 * first.incidence.value[-1]:.0f}\u202f% (interval ")
    assert row[3].startswith(short_date(analysis.start, first.when[1].value) + " (")
    assert row[6] == f"{first.when[1].n} of {first.incidence.n}"


def test_policies_that_read_alike_share_a_row_and_what_never_came_has_none(analysis):
    """Five equal rows are one of every policy; a thing without a day is left out."""
    first = next(each for each in analysis.first_times if each.key == "combat")
    table = first_time_table([(name, "Combat", first) for name in "abcde"], analysis.start)
    assert table is not None
    assert [row[0] for row in table.rows] == ["every policy"]
    assert first_time_table([("a", "Combat", replace(first, when=()))], analysis.start) is None


@pytest.mark.parametrize(("came", "end"), [(0, 0.01), (12, 0.01), (60, 0.02), (300, 0.1), (3_000, 1.0)])
def test_a_scale_shows_the_rare_and_holds_the_frequent(came, end):
    """The least step that holds curve and band: one per cent for what never came in 5,000, all for the frequent."""
    days = np.where(np.arange(5_000) < came, 10.0, np.nan)
    futures = np.random.default_rng(1).permutation(np.repeat(np.arange(1_000), 5))
    told = FirstTime("x", "X", "", "", "p", incidence(days, futures, np.arange(0.0, 29.0, 7.0)))
    found = scales([told])["x"]
    assert found == pytest.approx(end)
    assert told.incidence.band_high is not None
    assert found >= told.incidence.band_high.max()
