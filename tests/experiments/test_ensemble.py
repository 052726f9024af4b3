import numpy as np
import pandas as pd
import pytest

from escalation.experiments.columns import column_of, decode, encode, unit_of
from escalation.experiments.run import run_ensemble
from escalation.expressions.kinds import DURATION, RATE, Category, Dimension, Instant, Quantity, Rung, Truth
from escalation.model.calendar import DAY
from escalation.model.process import Measure
from tests.experiments.births import births, with_lever, with_rung


@pytest.fixture(scope="module")
def ensemble():
    return run_ensemble(with_rung(births().model()), n=100, workers=1)


def test_rows_stand_by_policy_then_trajectory(ensemble):
    """The columns are policy, future, luck, then the measures in the scenario's order."""
    frame = ensemble.outcomes
    assert list(frame.columns) == ["policy", "future", "luck", "x_end", "many", "when_many", "born", "rung_end"]
    assert frame["policy"].tolist() == ["base"] * 100 + ["other"] * 100
    assert frame["luck"].tolist() == [*range(100)] * 2
    assert frame["future"].tolist() == [t // 50 for t in range(100)] * 2


def test_columns_have_the_types_people_expect(ensemble):
    """Truths are bool, numbers and times float, rungs ordered words."""
    frame = ensemble.outcomes
    assert frame["many"].dtype == bool
    assert frame[["x_end", "when_many", "born"]].dtypes.eq("float64").all()
    assert frame["rung_end"].cat.categories.tolist() == ["low", "middle", "high"]
    assert frame["rung_end"].cat.ordered
    assert ((frame["rung_end"] >= "middle") == (frame["x_end"] >= 6)).all()


def test_a_first_is_in_days_and_blank_if_it_never_came(ensemble):
    """Blank is never the horizon."""
    frame = ensemble.outcomes
    assert (frame["when_many"].notna() == frame["many"]).all()
    assert frame["when_many"].isna().any()
    assert frame["when_many"].max() <= 30
    assert frame["when_many"].max() > 20


def test_a_policy_that_changes_nothing_is_equal_in_every_row(ensemble):
    """Policies meet the same futures and the same luck."""
    measures = ensemble.outcomes.columns[3:]
    base, other = (ensemble.outcomes[ensemble.outcomes["policy"] == name][measures] for name in ("base", "other"))
    pd.testing.assert_frame_equal(base.reset_index(drop=True), other.reset_index(drop=True), check_exact=True)


def test_a_series_has_a_row_a_day_that_is_sampled(ensemble):
    """Series of different steps share rows; a day that one of them does not sample is blank there."""
    frame = ensemble.series
    assert list(frame.columns) == ["policy", "future", "luck", "day", "path", "rung_path", "many_path"]
    one = frame[(frame["policy"] == "other") & (frame["luck"] == 7)]
    assert one["day"].tolist() == [0.0, 7.0, 14.0, 21.0, 28.0]
    assert one["path"].is_monotonic_increasing
    assert one["rung_path"].isna().tolist() == [False, True, False, True, False]
    assert (one["many_path"].astype(bool) == (one["path"] >= 6)).all()


def test_series_are_kept_of_the_first_2000_trajectories(monkeypatch):
    """The rest have outcomes only."""
    monkeypatch.setattr("escalation.experiments.block.WITH_SERIES", 60)
    ensemble = run_ensemble(births().model(), n=130, workers=1)
    assert ensemble.series["luck"].max() == 59
    assert len(ensemble.outcomes) == 260


def test_a_model_without_series_has_an_empty_table():
    """Its columns are the keys and the day."""
    sketch = births()
    sketch.measures = [measure for measure in sketch.measures if measure[1] != "series"]
    ensemble = run_ensemble(sketch.model(), n=5, workers=1)
    assert list(ensemble.series.columns) == ["policy", "future", "luck", "day"]
    assert ensemble.series.empty


def test_firings_are_kept_on_request():
    """Every firing with its trajectory, instant, rule and number."""
    ensemble = run_ensemble(births().model(), n=20, workers=1, keep=["firings"])
    frame = ensemble.firings
    assert list(frame.columns) == ["policy", "future", "luck", "time", "rule", "number"]
    counted = (
        frame.groupby(["policy", "luck"])
        .size()
        .reindex(pd.MultiIndex.from_frame(ensemble.outcomes[["policy", "luck"]]), fill_value=0)
    )
    assert counted.to_numpy().tolist() == ensemble.outcomes["born"].tolist()
    with pytest.raises(ValueError, match="'everything' cannot be kept"):
        run_ensemble(births().model(), n=1, keep=["everything"])


def test_policies_set_their_levers():
    """Twice the pace, more births in most trajectories and never fewer."""
    ensemble = run_ensemble(with_lever(births().model(), slow=1.0, fast=2.0), n=50, workers=1)
    slow, fast = (ensemble.outcomes.query("policy == @name")["born"].to_numpy() for name in ("slow", "fast"))
    assert (fast >= slow).all()
    assert (fast > slow).sum() > 40


def test_a_notebook_is_shown_what_was_run(ensemble):
    """Titles are escaped, and nothing is estimated."""
    shown = ensemble._repr_html_()
    assert "100 trajectories a policy in 2 futures, seed 1" in shown
    assert "<script" not in shown


TROOPS = Dimension.base("troops")


@pytest.mark.parametrize(
    ("kind", "how", "form", "unit", "factor"),
    [
        (Truth(), "ever", "truth", "", 1.0),
        (Quantity(DURATION), "first", "number", "days since the start", DAY),
        (Quantity(DURATION), "time_in", "number", "days", DAY),
        (Quantity(DURATION), "max", "number", "days", DAY),
        (Quantity(TROOPS), "final", "number", "troops", 1.0),
        (Quantity(TROOPS / DURATION), "mean", "number", "troops/day", 1 / DAY),
        (Quantity(RATE), "final", "number", "1/day", 1 / DAY),
        (Instant(), "final", "number", "days since the start", DAY),
        (Category("winner", ("a", "b")), "final", "word", "", 1.0),
        (Rung("ladder", ("a", "b")), "max", "rung", "", 1.0),
    ],
)
def test_a_measure_has_the_unit_of_tables(kind, how, form, unit, factor):
    """Times in days, quantities in the author's units, and what matters in the column's own unit."""
    column = column_of(Measure("m", how, kind, matters=3 * factor))
    assert (column.form, column.unit, column.factor) == (form, unit, pytest.approx(factor))
    assert column.matters == pytest.approx(3)


def test_units_are_spelt_with_powers():
    """A dimension is read as a person would write it."""
    assert unit_of(TROOPS * TROOPS / DURATION) == "troops^2/day"
    assert unit_of(Dimension()) == ""


def test_blanks_survive_being_coded():
    """None is NaN among numbers and a missing value among words and truths that may be unknown."""
    number = column_of(Measure("m", "final", Quantity(DURATION)))
    assert np.isnan(decode(number, encode(number, [None, DAY]))[0])
    word = column_of(Measure("m", "final", Category("c", ("a", "b"))))
    words = decode(word, encode(word, [None, 1]))
    assert (words.isna().tolist(), words[1]) == ([True, False], "b")
    truth = column_of(Measure("m", "final", Truth()))
    assert decode(truth, encode(truth, [None, True, False])).tolist() == [pd.NA, True, False]
