"""From an ensemble to estimates: the numbers are those that the tables hold."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from escalation.experiments.analysis import Analysis, analyse
from escalation.experiments.analysis_questions import questions
from escalation.expressions.kinds import DURATION, Category, Quantity, Rung
from tests.reporting.synthetic import DAY, HORIZON, Size, ensemble, measure, scenario

SIZE = Size(20, 5, 14)
RUNG = "rung:seoul.defensive_arms.decided"


@pytest.fixture(scope="module")
def tables() -> SimpleNamespace:
    return ensemble(size=SIZE)


@pytest.fixture(scope="module")
def told(tables: SimpleNamespace) -> Analysis:
    return analyse(tables, scenario())


def of(tables: SimpleNamespace, policy: str) -> pd.DataFrame:
    rows: pd.DataFrame = tables.outcomes
    return rows[rows["policy"] == policy].reset_index(drop=True)


def test_shares_and_means_are_those_of_the_tables(tables: SimpleNamespace, told: Analysis) -> None:
    """A share is the mean of the truths, a mean that of the numbers, under each policy."""
    for policy in told.policies:
        rows = of(tables, policy.name)
        assert told.outcome(policy.name, "armed").estimate.value == pytest.approx(rows["armed"].mean())
        assert told.outcome(policy.name, "losses").estimate.value == pytest.approx(rows["losses"].mean())
        assert told.outcome(policy.name, RUNG).estimate.value == pytest.approx(rows[RUNG].notna().mean())


def test_a_time_to_an_event_is_told_as_how_often_it_came(tables: SimpleNamespace, told: Analysis) -> None:
    """The question of a `first` is a share; no outcome is the mean of the times that happened."""
    rows = of(tables, "as-stated")
    assert told.question("combat").share
    assert told.outcome("as-stated", "combat").estimate.value == pytest.approx(rows["combat"].notna().mean())
    came = [each.estimate.value for each in told.outcomes if each.policy == "as-stated"]
    assert not any(value == pytest.approx(rows["combat"].mean()) for value in came)


def test_a_time_with_a_size_that_matters_is_also_told_as_waiting(tables: SimpleNamespace, told: Analysis) -> None:
    """What never came counts as waited for until the end, so every trajectory is in the mean."""
    waited = of(tables, "as-stated")["combat"].fillna(547.0)
    outcome = told.outcome("as-stated", "combat: waited")
    assert outcome.estimate.value == pytest.approx(waited.mean())
    assert outcome.estimate.n == 100
    assert told.question("combat: waited").matters == 14.0


def test_differences_are_paired_and_those_of_the_tables(tables: SimpleNamespace, told: Analysis) -> None:
    """Each difference is the policy less the first, row by row."""
    for each in told.differences:
        assert each.against == "as-stated"
        if each.question in ("armed", "losses"):
            rows, base = of(tables, each.policy), of(tables, "as-stated")
            gap = rows[each.question].astype(float) - base[each.question].astype(float)
            assert each.paired.estimate.value == pytest.approx(gap.mean())
            assert each.paired.pairs == 100


def test_a_trajectory_that_failed_under_one_policy_leaves_its_pair_out(tables: SimpleNamespace) -> None:
    """Pairs are made by future and luck, whatever the order of rows and whichever are missing."""
    rows = tables.outcomes
    lost = (rows["policy"] == "early-signal") & rows["luck"].isin([3, 40, 41])
    fewer = SimpleNamespace(outcomes=rows[~lost].sample(frac=1.0, random_state=1), series=None)
    each = next(
        d for d in analyse(fewer, scenario()).differences if (d.policy, d.question) == ("early-signal", "armed")
    )
    assert (each.paired.pairs, each.paired.left_out) == (97, 3)
    gap = of(tables, "early-signal")["armed"].astype(float) - of(tables, "as-stated")["armed"].astype(float)
    assert each.paired.estimate.value == pytest.approx(gap.drop([3, 40, 41]).mean())


def test_equal_policies_are_identical_in_every_question(tables: SimpleNamespace) -> None:
    """A policy with the same trajectories is identical on every measure and rung."""
    rows, series = tables.outcomes, tables.series
    kept = rows[rows["policy"].isin(["as-stated", "early-signal"])].copy()
    kept[kept.columns[3:]] = pd.concat([kept.iloc[:100]] * 2)[kept.columns[3:]].to_numpy()
    kept = kept.infer_objects()
    told = analyse(SimpleNamespace(outcomes=kept, series=series.iloc[:0]), scenario())
    assert told.differences
    assert {each.paired.verdict for each in told.differences} == {"identical"}


def test_the_shares_of_a_ladder_sum_to_one_each_day(told: Analysis) -> None:
    """Every trajectory stands on exactly one rung of each ladder."""
    assert {each.stage for each in told.ladders} == {"decided", "delivered"}
    for each in told.ladders:
        assert np.allclose(np.sum(each.shares, axis=0), 1.0)
        assert all(low <= share <= high for trio in zip(each.low, each.shares, each.high, strict=True)
                   for low, share, high in zip(*trio, strict=True))  # fmt: skip


def test_a_ladder_in_the_tables_is_the_ladder_that_is_told(tables: SimpleNamespace, told: Analysis) -> None:
    """The share on a rung on a day is the count of rows that name it."""
    each = next(one for one in told.ladders if (one.policy, one.stage) == ("early-signal", "decided"))
    rows = tables.series[tables.series["policy"] == "early-signal"]
    for place in (0, 10, len(each.days) - 1):
        here = rows[rows["day"] == each.days[place]]["ladder:seoul.decided"]
        assert each.shares[2][place] == pytest.approx((here == "defensive_arms").mean())


def test_days_of_another_series_do_not_count_as_blank_days(tables: SimpleNamespace, told: Analysis) -> None:
    """A table holds the days of all series; each is told on its own days only."""
    extra = tables.series[tables.series["day"] == 0.0].assign(day=3.0)
    for column in extra.columns[4:]:
        extra[column] = None if extra[column].dtype == "category" else np.nan
    series = pd.concat([tables.series, extra], ignore_index=True)
    again = analyse(SimpleNamespace(outcomes=tables.outcomes, series=series), scenario())
    assert again.ladders == told.ladders
    assert [each.days for each in again.sights] == [each.days for each in told.sights]


def test_incidence_ends_at_the_share_in_which_it_came(told: Analysis) -> None:
    """The curve never falls and ends at the outcome's own share, at the horizon."""
    assert told.first_times
    for each in told.first_times:
        curve = each.incidence
        assert (np.diff(curve.value) >= 0).all()
        assert curve.times[-1] == 547.0
        assert curve.value[-1] == pytest.approx(told.outcome(each.policy, each.key).estimate.value)


def test_another_policy_can_be_the_one_compared_with(tables: SimpleNamespace) -> None:
    """`against` names the policy that is subtracted; an unknown one is refused with the names there are."""
    told = analyse(tables, scenario(), against="quiet-help")
    assert {each.against for each in told.differences} == {"quiet-help"}
    assert "quiet-help" not in {each.policy for each in told.differences}
    with pytest.raises(ValueError, match="as-stated"):
        analyse(tables, scenario(), against="nobody")


def test_no_trajectory_is_refused(tables: SimpleNamespace) -> None:
    """Nothing run is said, not told as empty numbers."""
    with pytest.raises(ValueError, match="no trajectory was run"):
        analyse(SimpleNamespace(outcomes=tables.outcomes.iloc[:0], series=None), scenario())


def test_an_earlier_event_is_a_lower_time_and_a_higher_share() -> None:
    """Where a shorter time is better, coming more often is better too: the direction is turned round for the share."""
    first = measure("t", "first", Quantity(DURATION), better="lower", matters=3.0 * DAY)
    share, waited = questions(first, HORIZON)
    assert (share.better, share.matters) == ("higher", None)
    assert (waited.better, waited.matters, waited.limit) == ("lower", 3.0, 547.0)


def test_rungs_and_words_are_asked_one_by_one() -> None:
    """A rung is told as at least each rung above the lowest, a word as each word; a series is asked nothing."""
    rung = measure("top", "max", Rung("seoul", ("a", "b", "c")))
    word = measure("winner", "final", Category("who", ("x", "y")))
    assert [each.words for each in questions(rung, HORIZON)] == [("b", "c"), ("c",)]
    assert [each.words for each in questions(word, HORIZON)] == [("x",), ("y",)]
    assert list(questions(measure("p", "series", Quantity(), every=7 * DAY), HORIZON)) == []


def test_a_blank_number_is_left_out_and_counted(tables: SimpleNamespace) -> None:
    """Trajectories without a value are counted as blank and are in no mean."""
    rows = tables.outcomes.copy()
    rows.loc[rows["luck"] < 7, "losses"] = np.nan
    outcome = analyse(SimpleNamespace(outcomes=rows, series=None), scenario()).outcome("as-stated", "losses")
    assert (outcome.blank, outcome.estimate.n) == (7, 93)


def test_only_what_lies_above_the_first_rung_in_force_is_asked(tables: SimpleNamespace) -> None:
    """A ladder that starts on its second rung has no question about reaching it."""
    plain = scenario()
    higher = replace(plain, ladders=(replace(plain.ladders[0], starts_at=1),))
    told = analyse(SimpleNamespace(outcomes=tables.outcomes, series=None), higher)
    assert told.rungs == ((RUNG, "rung:seoul.offensive_arms.decided"),)
    assert "rung:seoul.non_lethal.decided" not in {each.key for each in told.questions}
