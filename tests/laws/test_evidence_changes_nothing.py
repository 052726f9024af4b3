"""The record is held against trajectories; it moves none of them (laws 12 and 16)."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.experiments.watches import evidence_watches
from escalation.expressions.kinds import Quantity, Truth
from escalation.expressions.tree import Comparison, Literal, Name
from escalation.model.build import build
from escalation.model.calendar import DAY
from escalation.model.evidence import Estimated, Evidence, Fact, Happened
from escalation.model.process import Origin, Periodic
from escalation.model.scenario import Scenario
from escalation.model.trajectory import Point
from tests.laws.random_sketches import sketches
from tests.models import Sketch

HERE = Origin("record.csv", 2, 1)


def fact(day: float) -> Fact:
    """A recorded number of a day."""
    return Fact(int(day * DAY), "2030-01-01", "somebody", 3.0, 3.0, 3.0, "a paper", "documented", "", HERE)


def about(scenario: Scenario, name: str, days: tuple[float, ...], over: int | None = None) -> Scenario:
    """The scenario with evidence about one of its numbers, and about when it is first above 2."""
    value = Name(name, Quantity())
    told = Estimated("told", "Told", "things", Quantity(), value, over, tuple(map(fact, days)), HERE)
    above = Comparison(">", value, Literal(2.0, Quantity()))
    happened = Happened("came", "Came", above, 0, DAY, "a paper", HERE)
    return replace(scenario, evidence=Evidence(7 * DAY, (), (told,), (happened,), (), len(days)))


def number_of(scenario: Scenario) -> str | None:
    """A state that is a number."""
    return next((each.name for each in scenario.state if not isinstance(each.kind, Truth)), None)


@settings(derandomize=True, deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(sketch=sketches(), luck=st.integers(0, 50))
def test_evidence_changes_no_trajectory(sketch: Sketch, luck: int) -> None:
    """With evidence and without: every firing, with its draws, and every measure of the author is the same."""
    plain = sketch.scenario()
    name = number_of(plain)
    if name is None:
        return
    watched = about(plain, name, (0, 1, 3.5, 20))
    point = Point("base", 3, luck)
    bare = simulate(prepare(build(plain)), point, record=True)
    held = simulate(prepare(build(watched, evidence_watches(watched))), point, record=True)
    assert [(each.time, each.rule, each.number) for each in held.log] == [
        (each.time, each.rule, each.number) for each in bare.log
    ]
    assert [sorted(map(repr, each.draws)) for each in held.log] == [sorted(map(repr, each.draws)) for each in bare.log]
    assert repr({key: held.measures[key] for key in bare.measures}) == repr(bare.measures)
    assert repr({key: held.series[key] for key in bare.series}) == repr(bare.series)


def test_an_expression_is_sampled_at_the_dates_of_its_rows() -> None:
    """A count that grows by a half every 12 hours is 0, 3 and 7 on days 0, 3 and 7, and above 2 from 2.5 days on."""
    sketch = Sketch(days=10, things=0.0)
    sketch.event("grow", Periodic("12 hours", None, None), {"things": "things + 0.5"})
    scenario = about(sketch.scenario(), "things", (0, 3, 7), over=DAY)
    told = evidence_watches(scenario)[0]
    assert told.times == tuple(day * DAY for day in (-1, 0, 2, 3, 6, 7))
    scenario = about(sketch.scenario(), "things", (0, 3, 7))
    done = simulate(prepare(build(scenario, evidence_watches(scenario))), Point("base", 0, 0))
    assert done.series["record:told"] == (0.0, 3.0, 7.0)
    assert done.measures["record:came"] == 2.5 * DAY
