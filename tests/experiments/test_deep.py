"""Bare ranges: every number is of one third, and a claim holds over all of it or not at all."""

from dataclasses import replace

import numpy as np
import pytest

import escalation
from escalation.experiments.deep import deep_names, parts_of_pairs, places
from escalation.experiments.expectations import check_expectations
from escalation.statistics.estimate import Estimate
from escalation.statistics.slices import between, slices

TEXT = """escalation: 1
title: Deep
starts: 2030-01-01
lasts: 10 weeks
uncertainties:
  reluctance: {deep: [4, 12], label: How reluctant, assumption: nobody can say}
  %s
levers:
  gain: {default: 1, assumption: judged}
state:
  height: {initial: 0, assumption: none at first}
events:
  note:
    at: 2030-01-02
    effect:
      height: gain * (reluctance - 8) + normal(0, 0.1)
    assumption: judged
policies:
  as-is: {label: As it is}
  turned: {set: {gain: -1}}
  doubled: {set: {gain: 2}}
measures:
  reached: {final: height, better: higher}
  above: {ever: height > 0}
expect:
  - claim: It never goes beyond four and a half
    policy: as-is
    measure: reached
    between: [-4.5, 4.5]
  - claim: On the whole it is about nothing
    policy: as-is
    measure: reached
    between: [-1, 1]
  - claim: Doubling raises it
    policy: doubled
    measure: reached
    more_than: as-is
"""
SECOND = "shift: {deep: [0 days, 6 days], assumption: nobody can say}"


def scenario(folder, second=""):
    path = folder / "deep.yaml"
    path.write_text(TEXT % second, encoding="utf-8")
    return escalation.load(path)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One deep name, 300 futures of 5."""
    return scenario(tmp_path_factory.mktemp("deep")).run(n=1500, futures=300, workers=1)


def test_thirds_recover_the_means_of_a_linear_function(run):
    """height = reluctance − 8: its thirds have the means −8/3, 0 and 8/3, each inside its interval at 95 %."""
    told = [each.analysis.outcome("as-is", "reached").estimate for each in run.analysis.deep.slices]
    for estimate, truth in zip(told, (-8 / 3, 0.0, 8 / 3), strict=True):
        spread = estimate.high - estimate.value
        assert abs(estimate.value - truth) < 4.5 / 1.96 * spread


def test_the_lowest_and_the_highest_are_where_a_monotone_function_has_them(run):
    """Upwards in the lowest and the highest third, downwards the other way round; and they lie apart."""
    deep = run.analysis.deep
    up, down = deep.span("as-is", "reached"), deep.span("turned", "reached")
    assert up.between.apart
    assert (up.low_at[0][1:], up.high_at[0][1:]) == ((4.0, 4.0 + 8 / 3), (4.0 + 16 / 3, 12.0))
    assert (down.low_at, down.high_at) == (up.high_at, up.low_at)


def test_nothing_is_averaged_over_the_whole_range(run):
    """The analysis itself has no outcome, difference or path; the parts hold every trajectory once."""
    told = run.analysis
    assert (told.outcomes, told.differences, told.ladders, told.first_times, told.sights, told.paths) == ((),) * 6
    assert sum(each.analysis.policies[0].n for each in told.deep.slices) == told.policies[0].n == 1500
    with pytest.raises(KeyError):
        told.outcome("as-is", "reached")


def test_a_future_lies_where_its_uniform_says(run):
    """The place that is told is that of the value which the trajectory drew: the height follows it."""
    outcomes = run.outcomes[run.outcomes["policy"] == "as-is"]
    shares = places(deep_names(run.loaded.scenario), 1, outcomes["future"].to_numpy())["reluctance"]
    assert np.abs(outcomes["reached"].to_numpy() - (4 + 8 * shares - 8)).max() < 1.0


def test_every_joint_cell_of_two_ranges_is_looked_at(tmp_path):
    """With a second name that changes nothing, 300 futures allow nine cells; the first name puts the ends."""
    deep = scenario(tmp_path, SECOND).run(n=300, futures=300, workers=1).analysis.deep
    assert (deep.parts, deep.cells, [each.name for each in deep.names]) == (3, 9, ["reluctance", "shift"])
    assert deep.fewest >= 5
    span = deep.span("as-is", "reached")
    assert (span.low_at[0][1], span.high_at[0][2]) == (4.0, 12.0)
    assert (deep.names[1].unit, deep.names[1].low, deep.names[1].high) == ("days", 0.0, 6.0)


def test_few_futures_give_coarser_cells_and_then_none(tmp_path):
    """40 futures allow four cells, 12 allow none; what is missing is said and not made up."""
    two = scenario(tmp_path, SECOND)
    assert two.run(n=40, futures=40, workers=1).analysis.deep.parts == 2
    few = two.run(n=12, futures=12, workers=1).analysis.deep
    assert (few.parts, few.cells) == (1, 0)
    one = two.run(n=10, futures=1, workers=1).analysis.deep
    assert len(one.slices) == 2
    assert len(one.empty) == 4


def test_a_claim_about_a_number_must_hold_in_every_third(tmp_path):
    """What is true on average only fails, and the sentence says where; doubling lowers what is below nothing."""
    loaded = scenario(tmp_path)
    wide, average, doubling = check_expectations(loaded.scenario, lambda given: loaded.scenario)
    assert (wide.status, average.status, doubling.status) == ("holds", "fails", "fails")
    assert average.sentence.startswith("where reluctance is 4 to 6.667, under as-is the mean of reached is -2.")


def test_a_plain_scenario_has_no_deep(tmp_path):
    """Set to a value, the range is gone and results are plain ones."""
    loaded = scenario(tmp_path)
    plain = escalation.load(loaded.path, set={"reluctance": 5}).run(n=20, futures=20, workers=1)
    assert plain.analysis.deep is None
    assert plain.analysis.outcome("as-is", "reached").estimate.value == pytest.approx(-3, abs=0.2)


def test_two_runs_are_compared_third_by_third(run):
    """Also where the range is deep in one of them only; without one there is a single part."""
    deep = run.loaded.scenario
    plain = replace(deep, uncertainties=(), numbers=())
    futures = np.arange(30)
    parts = parts_of_pairs((plain, deep), 1, futures)
    assert [words for words, _ in parts] == [f" · reluctance, {each} third" for each in ("lowest", "middle", "highest")]
    assert (np.sum([inside for _, inside in parts], axis=0) == 1).all()
    assert [(words, inside.all()) for words, inside in parts_of_pairs((plain, plain), 1, futures)] == [("", True)]


def test_places_on_the_edges_belong_to_a_part():
    """0 is in the first, the greatest uniform in the last."""
    assert slices([0.0, 1 / 3, 0.5, 1 - 2.0**-53, 1.0], 3).tolist() == [0, 1, 1, 2, 2]


def test_extremes_of_nothing_are_nothing():
    """Estimates without a value are passed over; where none has one there is no lowest."""
    blank = Estimate(float("nan"), None, None, 0.95, 0, 0, "none", "nothing")
    one = Estimate(2.0, 1.0, 3.0, 0.95, 10, 5, "some")
    assert between([blank, blank]) is None
    assert between([blank, one]).low_at == 1
    assert not between([one, replace(one, value=2.5)]).apart
    assert between([one, replace(one, value=4.0, low=3.5, high=5.0)]).apart
