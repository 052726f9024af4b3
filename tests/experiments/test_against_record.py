"""The check against the record, on processes whose distribution theory knows."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import expon, poisson

import escalation
from escalation.experiments.against_record import AgainstRecord, Held
from escalation.experiments.hindsight import touched

N = 900
ESTIMATES = "date,source_agency,quantity_kind,low,best,high,source,confidence,note"
EVENTS = "date,actor,kind,event,quantity,unit,source,confidence"
SCENARIO = f"""escalation: 1
title: Arrivals of a Poisson process, two a day
starts: 2030-01-01
lasts: 30 days
state:
  here: {{initial: 0, assumption: invented}}
  first_seen: {{initial: false, assumption: invented}}
  never_seen: {{initial: false, assumption: invented}}
events:
  arrive: {{rate: 2 / 1 day, effect: {{here: here + 1}}, assumption: invented}}
  come:
    while: not first_seen
    rate: 1 / 8 days
    effect: {{first_seen: true}}
    assumption: invented
    as_of: 2030-02-01
intelligence:
  late:
    of: here
    assumption: invented
    reports:
      paper: {{every: 12 days}}
evidence:
  tables:
    counts:
      rows: |
        {ESTIMATES}
        2030-01-06,one,arrived,9,10,13,A paper,documented,
        2030-01-11,one,arrived,40,40,,A paper,documented,at least
        2030-01-21,one,arrived,,10,10,A paper,documented,at most
        2030-01-06,two,arrived,,20,,A paper,documented,
        2030-01-11,two,daily,,14,,A paper,documented,
        2030-01-11,three,seen,,14,,A paper,documented,
        2030-01-21,three,seen,,28,,A paper,documented,
    events:
      rows: |
        {EVENTS}
        2030-01-08,somebody,arrival,It came,,,A paper,documented
        2030-01-09,somebody,arrival,It came,,,A paper,documented
        2030-01-09,nobody,arrival,It never comes,,,A paper,documented
  window: 15 days
  periods:
    - [2030-01-01, 2030-01-31]
  estimates:
    one: {{of: here, kind: arrived, agency: one}}
    two: {{of: here, kind: arrived, agency: two}}
    weekly: {{of: here, kind: daily, agency: two, over: 1 week}}
    paper: {{of: late, kind: seen, agency: three}}
  dates:
    came: {{first: first_seen, kind: arrival, actor: somebody}}
    never: {{first: never_seen, kind: arrival, actor: nobody}}
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> escalation.LoadedScenario:
    """The scenario above."""
    path = tmp_path_factory.mktemp("record") / "poisson.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return escalation.load(path)


@pytest.fixture(scope="module")
def told(loaded: escalation.LoadedScenario) -> AgainstRecord:
    """Its check, every trajectory in a future of its own."""
    record = loaded.run(N, futures=N, seed=3, workers=1).analysis.record
    assert record is not None
    return record


def near(share: float, expected: float) -> bool:
    """Within 3.9 standard errors: one false alarm in ten thousand."""
    return abs(share - expected) <= 3.9 * math.sqrt(expected * (1 - expected) / N) + 1e-9


def number(told: AgainstRecord, entry: str, date: str) -> Held:
    """What became of one row."""
    return next(each.held for each in told.said if (each.entry, each.date) == (entry, date))


@pytest.mark.parametrize(("entry", "observed", "mean"), [("one", 10, 10), ("two", 20, 10), ("weekly", 14, 14)])
def test_the_place_of_a_number_is_that_of_theory(told: AgainstRecord, entry: str, observed: int, mean: int) -> None:
    """At a Poisson count the mid-rank of k is P(X < k) + P(X = k) / 2, of a stock and of a flow."""
    held = number(told, entry, "2030-01-11" if entry == "weekly" else "2030-01-06")
    assert held.record == observed
    law = poisson(mean)
    assert held.place is not None
    assert near(held.place.value, law.cdf(observed - 1) + law.pmf(observed) / 2)
    assert held.fifth is not None
    assert held.last is not None
    assert held.inside == (held.fifth.value <= observed <= held.last.value)


def test_the_model_s_quantiles_are_those_of_theory(told: AgainstRecord) -> None:
    """Median and middle 90 % of a Poisson count lie where its distribution function says."""
    held = number(told, "one", "2030-01-06")
    for estimate, share in ((held.fifth, 0.05), (held.median, 0.5), (held.last, 0.95)):
        assert estimate is not None
        below, upto = poisson(10).cdf(estimate.value - 1), poisson(10).cdf(estimate.value)
        error = 3.9 * math.sqrt(share * (1 - share) / N)
        assert below - error <= share <= upto + error
        assert estimate.n == N


def test_a_bound_is_open_on_its_other_side(told: AgainstRecord) -> None:
    """At least 40 where the model has 20 lies outside, at most 10 where it has 40 too; a range that meets is inside."""
    assert number(told, "one", "2030-01-11").inside is False
    assert number(told, "one", "2030-01-21").inside is False
    assert number(told, "one", "2030-01-06").inside is True


def test_the_window_closes(told: AgainstRecord) -> None:
    """Rows after the window are kept for the charts and are no part of the check or of the growth."""
    assert {(each.date, each.in_window) for each in told.said if each.entry == "one"} == {
        ("2030-01-06", True), ("2030-01-11", True), ("2030-01-21", False),
    }  # fmt: skip
    grown = next(each for each in told.grown if each.entry == "one")
    assert (grown.first, grown.last, grown.held.record) == ("2030-01-06", "2030-01-11", 4.0)
    # N(10) / N(5) has median near 2: half of a Poisson count of 20 falls on either half of ten days.
    assert grown.held.median is not None
    assert grown.held.median.value == pytest.approx(2.0, abs=0.1)


def test_how_far_numbers_lie_apart_is_reckoned_alike_in_record_and_model(told: AgainstRecord) -> None:
    """The record's log-sd is that of its rows, and the model's that of its values at the same dates."""
    apart = next(each for each in told.apart if each.subject == "arrived")
    assert apart.estimates == 4
    assert apart.held.record == pytest.approx(np.std(np.log([10, 40, 10, 20]), ddof=1))
    assert apart.held.median is not None
    # Counts of 10, 20, 40 and 10 again, each with its Poisson error of about a third at most.
    assert apart.held.median.value == pytest.approx(np.std(np.log([10, 20, 40, 10]), ddof=1), abs=0.1)


def test_the_day_of_an_event_is_held_against_first_times(told: AgainstRecord) -> None:
    """The record says day 7 to the end of day 8; exponential waiting puts its middle at 1 - exp(-8 / 8)."""
    came, never = told.came
    assert (came.held.low, came.held.record, came.held.high) == (7.0, 8.0, 9.0)
    assert came.held.place is not None
    assert near(came.held.place.value, expon(scale=8).cdf(8))
    assert came.held.inside is True
    assert never.held.median is not None
    assert (never.held.median.value, never.held.inside) == (math.inf, False)


def test_what_is_not_known_at_a_date_is_left_out_and_counted(told: AgainstRecord) -> None:
    """A paper that appears every twelve days has said nothing on the tenth, and something on the twentieth."""
    before, after = number(told, "paper", "2030-01-11"), number(told, "paper", "2030-01-21")
    assert (before.unknown, before.inside, before.median) == (N, None, None)
    assert (after.unknown, after.median.n if after.median else 0) == (0, N)


def test_hindsight_is_named(told: AgainstRecord, loaded: escalation.LoadedScenario) -> None:
    """A rule whose assumption is dated after the start is hindsight, and so is what reads what it sets."""
    assert [(each.name, each.as_of) for each in told.learnt] == [("come", "2030-02-01")]
    assert [each.hindsight for each in told.came] == [True, False]
    assert not touched(loaded.scenario, ["here"])


def test_without_series_only_dates_are_checked(loaded: escalation.LoadedScenario) -> None:
    """A scenario whose evidence is taken away has no check; one whose rows are none has no numbers."""
    ensemble = loaded.run(20, seed=3, workers=1).ensemble
    from escalation.experiments.analysis import analyse

    assert analyse(ensemble, replace(loaded.scenario, evidence=None)).record is None
    bare = analyse(replace(ensemble, series=ensemble.series.iloc[:0]), loaded.scenario).record
    assert bare is not None
    assert (bare.said, bare.n, len(bare.came)) == ((), 0, 2)
