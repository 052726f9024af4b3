"""A branch has the past of its trunk and luck of its own; what is known of the past stays known."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.chance.streams import Streams
from escalation.engines import simpy
from escalation.engines.branching import Branching, CannotBranch, branch
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import Simulation
from escalation.model.calendar import DAY
from escalation.model.process import Dated, Edge, Following, Hazard, Periodic, Waiting
from escalation.model.snapshot import OtherModel, Snapshot
from escalation.model.trajectory import Point, Trajectory
from tests.laws.random_sketches import sketches
from tests.laws.test_saving import crowded, finished, ladder, told
from tests.models import Sketch

SETTINGS = settings(derandomize=True, deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))


def saved(sketch: Sketch, day: float, luck: int = 0) -> tuple[Program, Snapshot]:
    """One trajectory, saved on a day."""
    program = prepare(sketch.model())
    simulation = Simulation(program, Point("base", 0, luck), record=True)
    simulation.run(round(day * DAY))
    return program, simulation.save()


def after(program: Program, snapshot: Snapshot, number: int) -> Trajectory:
    """A branch of a snapshot, with its log from there on."""
    return finished(Simulation.resume(program, branch(program, snapshot, number), record=True))


def due_days(program: Program, snapshot: Snapshot, rule: str, branches: int = 20) -> list[float]:
    """When a rule first fires in each of several branches, in days."""
    firings = [
        [firing.time / DAY for firing in after(program, snapshot, number).log if firing.rule == rule]
        for number in range(1, branches + 1)
    ]
    return [times[0] for times in firings if times]


@SETTINGS
@given(sketches(), st.integers(0, 30 * DAY), st.integers(1, 2**64 - 1))
def test_whatever_runs_can_be_branched(sketch, instant, number):
    """A branch of a random model keeps its past, has nothing due before its own next instant, and runs to its end."""
    program = prepare(sketch.model())
    simulation = Simulation(program, Point("base", 7, 3))
    simulation.run(instant)
    if simulation.failure is not None:
        return
    trunk = simulation.save()
    made = branch(program, trunk, number)
    for field in ("values", "gauges", "fired", "firings", "counts", "instant"):
        assert repr(getattr(made, field)) == repr(getattr(trunk, field))
    assert made.branch == number
    for fields in made.clocks.values():
        assert not fields["live"] or fields["due_at"] > instant
    one, other = (Simulation.resume(program, each, record=True, verify=True) for each in (made, made))
    assert told(finished(one)) == told(finished(other))
    assert Snapshot.from_bytes(made.to_bytes()).to_bytes() == made.to_bytes()


@pytest.mark.parametrize("number", [1, 7, 2**64 - 1])
@pytest.mark.parametrize("sketch", [crowded, ladder])
def test_branching_where_nothing_has_happened_is_starting_with_that_luck(sketch, number, monkeypatch):
    """At the first instant nothing is known of any delay, so a branch is a fresh trajectory of the branch's luck."""
    program, trunk = saved(sketch(), 0)
    branched = [after(program, trunk, number)]
    monkeypatch.setattr(simpy, "Streams", lambda seed, luck, *branch: Streams(seed, luck, *(branch and (number,))))
    fresh = Simulation(program, Point("base", 0, 0), record=True)
    assert told(finished(fresh), 0) == told(branched[0])
    assert branched[0].firings > 20


def test_a_branch_of_a_number_is_always_the_same():
    """Numbers tell branches apart; taken twice, alone or among others, a number gives one branch."""
    program, trunk = saved(crowded(), 20)
    branching = Branching(program, trunk)
    many = [branching.branch(number).to_bytes() for number in range(1, 30)]
    assert len(set(many)) == 29
    assert many == [branch(program, trunk, number).to_bytes() for number in range(1, 30)]
    assert trunk.to_bytes() == saved(crowded(), 20)[1].to_bytes(), "branching changes no snapshot"


def test_a_branch_can_be_branched():
    """A branch of a branch has the past of both, and luck that neither has met."""
    program, trunk = saved(crowded(), 10)
    first = Simulation.resume(program, branch(program, trunk, 4))
    first.run(30 * DAY)
    second = branch(program, first.save(), 9)
    assert second.branches == (4, 9)
    assert second.values == first.save().values
    lucks = {told(after(program, first.save(), number), 30 * DAY) for number in range(5, 25)}
    assert len(lucks) == 20


def test_luck_that_the_past_has_met_is_refused():
    """Number 0 is the plain luck; a number cannot be met twice on one way."""
    program, trunk = saved(crowded(), 10)
    with pytest.raises(CannotBranch, match="branch 0 is the plain luck"):
        branch(program, trunk, 0)
    again = branch(program, branch(program, trunk, 4), 9)
    for number in (4, 9):
        with pytest.raises(CannotBranch, match=f"came by branch {number}"):
            branch(program, again, number)
    for number in (-1, 2**64):
        with pytest.raises(ValueError, match="branch must be at least 0"):
            branch(program, trunk, number)


def test_another_models_snapshot_is_not_branched():
    """A branch is one of the same model."""
    with pytest.raises(OtherModel):
        branch(prepare(ladder().model()), saved(crowded(), 10)[1], 1)


def test_what_the_future_fixed_stays():
    """Uncertainties and dates with draws are the future's: every branch meets them as the trunk would have."""
    sketch = Sketch(days=60, x=0.0).uncertain(u="uniform(0, 2)")
    sketch.event("date", Dated("2030-01-20 + lognormal(median=9 days, sigma=0.7)"), {"x": "x + u"})
    program, trunk = saved(sketch, 5)
    trunk_days = [firing.time / DAY for firing in finished(Simulation.resume(program, trunk, record=True)).log]
    assert set(due_days(program, trunk, "date")) == set(trunk_days)
    assert branch(program, trunk, 1).values["u"] == trunk.values["u"]


def test_a_kept_draw_stays():
    """`memory: keep` promises the same draw again, also after a branch; `resume` and `restart` do not."""
    for memory, kept in (("keep", True), ("resume", False), ("restart", False)):
        sketch = Sketch(days=99, go=True)
        sketch.event("job", Waiting("go", "uniform(20 days, 40 days)", memory))
        program, trunk = saved(sketch, 10)
        assert (len(set(due_days(program, trunk, "job"))) == 1) == kept
        trunk_day = finished(Simulation.resume(program, trunk, record=True)).log[0].time / DAY
        assert not kept or set(due_days(program, trunk, "job")) == {trunk_day}


def test_for_stays():
    """A condition that has lasted three days of ten fires seven days after the branch, in every branch."""
    sketch = Sketch(days=99, x=0.0)
    sketch.event("rise", Dated("2030-01-06"), {"x": "1"})
    sketch.event("lasts", Edge("x > 0", "10 days"))
    program, trunk = saved(sketch, 8)
    assert set(due_days(program, trunk, "lasts")) == {15.0}


@pytest.mark.parametrize("clock", [Waiting("go", "9 days"), Edge("go", "1 day", "9 days"), Periodic("9 days + 0 days")])
def test_a_delay_without_a_draw_stays(clock):
    """What was certain is not drawn again."""
    program, trunk = saved(Sketch(days=99, go=True).lever(push="1.5").event("sure", clock), 4)
    assert branch(program, trunk, 1).clocks == trunk.clocks


@pytest.mark.parametrize(
    ("clock", "least"),
    [
        (Waiting("go", "uniform(1 day, 9 days)"), 1),
        (Waiting("go", "9 days - uniform(0 days, 8 days)"), 1),
        (Edge("go", "1 day", "uniform(1 day, 9 days)"), 2),
        (Periodic("uniform(1 day, 9 days)"), 1),
        (Waiting("go", "uniform(1 day, 2 days) if shut else uniform(1 day, 9 days)"), 1),
        (Waiting("go", "max(uniform(1 day, 9 days), 2 days)"), 1),
    ],
)
def test_a_delay_that_runs_is_longer_than_its_age(clock, least):
    """Drawn again it is anywhere between its age and its longest, and nowhere else."""
    sketch = Sketch(days=99, go=True, shut=False).event("job", clock)
    luck = next(luck for luck in range(50) if saved(sketch, 6, luck)[1].fired["job"] == 0)
    program, trunk = saved(sketch, 6, luck)
    days = due_days(program, trunk, "job", 200)
    assert 6 < min(days) < 6.2
    assert 8.8 < max(days) < 10
    assert max(days) < 9 + least - 1


def test_a_delay_that_stands_still_keeps_its_age():
    """Four days of work are done: what is left is what a job of five to nine days has left after four."""
    sketch = Sketch(days=99, go=True, open=True)
    sketch.event("shuts", Dated("2030-01-05"), {"open": "false"})
    sketch.event("opens", Dated("2030-01-21"), {"open": "true"})
    sketch.event("job", Waiting("go", "uniform(5 days, 9 days)", "restart", "open"))
    program, trunk = saved(sketch, 10)
    days = due_days(program, trunk, "job", 200)
    assert 21 < min(days) < 21.2
    assert 24.8 < max(days) < 25


def test_of_a_delay_that_never_ran_nothing_is_known():
    """Behind a gate that was always shut even a delay of nothing is as likely as it was at the start."""
    sketch = Sketch(days=99, go=True, open=False).event("opens", Dated("2030-01-21"), {"open": "true"})
    sketch.event("job", Waiting("go", "poisson(1) * 1 day", "restart", "open"))
    program, trunk = saved(sketch, 10)
    days = due_days(program, trunk, "job", 400)
    at_once = sum(day == 20 for day in days)
    expected = 400 * 0.36787944117144233
    assert abs(at_once - expected) < 4.5 * (expected * (1 - 0.36787944117144233)) ** 0.5


def test_a_delay_is_drawn_again_as_it_was_drawn():
    """A name that has changed since the drawing is read as it was then."""
    sketch = Sketch(days=99, go=True, factor=1.0).event("slower", Dated("2030-01-03"), {"factor": "50"})
    sketch.event("job", Waiting("go", "factor * uniform(6 days, 9 days)"))
    program, trunk = saved(sketch, 5)
    assert max(due_days(program, trunk, "job", 50)) < 9


def test_what_elapsed_is_said_at_the_drawing():
    """`elapsed` in a delay is the time at which that was drawn, not that of the branch."""
    sketch = Sketch(days=99, go=False).event("begin", Dated("2030-01-03"), {"go": "true"})
    sketch.event("job", Waiting("go", "elapsed * uniform(3, 4)"))
    program, trunk = saved(sketch, 5)
    days = due_days(program, trunk, "job", 50)
    assert 8 < min(days) < max(days) < 10


def test_each_report_under_way_keeps_what_was_seen():
    """What a source saw is past; when it is told is drawn again, later than now."""
    sketch = Sketch(days=40, x=3.0).measure("seen", "final", "seen")
    spy = {"every": "10 days", "lag": "uniform(1 day, 9 days)", "error": "lognormal(median=1, sigma=0.5)"}
    sketch.reading("seen", "x", {"spy": spy})
    program, trunk = saved(sketch, 11)
    ((carried, began, *_),) = trunk.clocks["seen.spy.publish"]["under_way"]
    assert began == 10 * DAY
    made = [branch(program, trunk, number).clocks["seen.spy.publish"]["under_way"][0] for number in range(1, 20)]
    assert {item[0] for item in made} == {carried}
    assert len({item[4] for item in made}) == 19
    assert all(DAY < item[4] <= 9 * DAY for item in made)


def test_a_delay_beyond_the_horizon_may_come_before_it():
    """What the trunk would not have lived to see, a branch may."""
    sketch = Sketch(days=20, go=True).event("job", Waiting("go", "exponential(mean=30 days)"))
    luck = next(k for k in range(50) if not saved(sketch, 2, k)[1].clocks["job"]["live"])
    program, trunk = saved(sketch, 2, luck)
    assert 3 < len(due_days(program, trunk, "job", 40)) < 37


@pytest.mark.parametrize(
    ("delay", "why"),
    [
        ("uniform(1 day, 2 days) + uniform(8 days, 9 days)", "it has more than one draw"),
        ("30 days / uniform(1, 2)", "something is divided by a draw"),
        ("abs(normal(0, 1)) * 9 days + 9 days", r"abs\(…\) of a draw may rise and fall"),
        ("9 days if uniform(0, 1) > 2 else 10 days", "a condition in it draws"),
        ("9 days if bernoulli(0.5) else 10 days", "a condition in it draws"),
        ("uniform(8 days, uniform(9 days, 10 days))", r"uniform\(…\) is drawn for another draw"),
    ],
)
def test_a_delay_that_is_not_monotone_in_one_draw_is_refused_by_name(delay, why):
    """While such a delay runs, no branch is made, and the rule, the place and the reason are told."""
    sketch = Sketch(days=99, go=True).event("odd_job", Waiting("go", delay))
    program, trunk = saved(sketch, 1)
    with pytest.raises(CannotBranch, match=rf"`after` of odd_job .* not monotone in one draw, since {why}"):
        branch(program, trunk, 1)


@pytest.mark.parametrize(
    ("clock", "place"),
    [
        (Edge("go", "0 days", "30 days / uniform(1, 2)"), "after"),
        (Periodic("30 days / uniform(1, 2)"), "every"),
        (Following("lead", "30 days / uniform(1, 2)", 9), "lag"),
    ],
)
def test_a_refusal_names_the_place(clock, place):
    """`after`, `every` or `lag`."""
    sketch = Sketch(days=99, go=True).event("lead", Dated("2030-01-02")).event("odd", clock)
    program, trunk = saved(sketch, 3)
    with pytest.raises(CannotBranch, match=f"`{place}` of odd"):
        branch(program, trunk, 1)


def test_a_delay_that_does_not_run_is_no_obstacle():
    """Only what would have to be drawn again is looked at, and only the arm that was taken."""
    sketch = Sketch(days=99, go=False, short=True)
    sketch.event("rests", Waiting("go", "30 days / uniform(1, 2)"))
    sketch.event("runs", Waiting("not go", "uniform(8 days, 9 days) if short else 30 days / uniform(1, 2)"))
    sketch.event("other", Dated("2030-01-03"), {"short": "false"})
    program, trunk = saved(sketch, 5)
    assert len(set(due_days(program, trunk, "runs"))) == 20


def test_rules_that_a_person_plays_are_branched_around():
    """A played actor stays played in every branch; the world around it has other luck."""
    program = prepare(ladder().model())
    simulation = Simulation(program, Point("base", 0, 0), played=("kim",))
    simulation.run(20 * DAY)
    branches = [simulation.branch(number) for number in range(1, 20)]
    for each in branches:
        each.run()
        assert each["seoul.decided"] == 0
    assert len({each["x"] for each in branches}) == 19


def test_a_hazard_goes_on_at_the_rate_that_holds():
    """After a branch a hazard has spent what it had spent, and needs more than that."""
    sketch = Sketch(days=99, go=True).event("strike", Hazard("1 / 30 days", "go"))
    luck = next(k for k in range(50) if saved(sketch, 9, k)[1].fired["strike"] == 0)
    program, trunk = saved(sketch, 9, luck)
    for number in range(1, 20):
        fields = branch(program, trunk, number).clocks["strike"]
        assert fields["spent"] == pytest.approx(0.3)
        assert fields["needed"] > fields["spent"]
        assert fields["due_at"] == pytest.approx(9 * DAY + (fields["needed"] - fields["spent"]) * 30 * DAY, abs=1)
