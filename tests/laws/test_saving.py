"""A trajectory in progress is one value: saved, it goes on as it would have, any number of times, from any copy."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.engines.orders import Order
from escalation.engines.program import Program, prepare
from escalation.engines.saving import NotSettled
from escalation.engines.simpy import Simulation
from escalation.model.build import build
from escalation.model.calendar import DAY
from escalation.model.process import Dated, Edge, Following, Hazard, Periodic, Waiting
from escalation.model.snapshot import DamagedSnapshot, OtherModel, Snapshot
from escalation.model.trajectory import Point, Trajectory
from tests.laws.random_sketches import sketches
from tests.laws.test_what_changes_nothing import shuffled
from tests.models import Sketch

SETTINGS = settings(derandomize=True, deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))


def told(trajectory: Trajectory, since: int = -1) -> str:
    """All that a trajectory says, exactly, with the firings after an instant; NaN equals itself here."""
    log = tuple(firing for firing in trajectory.log if firing.time > since)
    return repr((log, trajectory.measures, trajectory.series, trajectory.firings, trajectory.failure))


def at(program: Program, instant: int, luck: int = 3, **options: object) -> Simulation:
    """A recorded simulation that was run up to an instant, unless it failed before."""
    simulation = Simulation(program, Point("base", 7, luck), record=True, **options)
    simulation.run(instant)
    return simulation


def finished(simulation: Simulation) -> Trajectory:
    simulation.run()
    return simulation.trajectory()


def check_going_on(sketch: Sketch, instants: list[int], luck: int) -> None:
    """A trajectory is saved at each instant, sent through bytes and resumed, and ends as the unbroken one."""
    program = prepare(sketch.model())
    unbroken = finished(at(program, 0, luck))
    simulation = at(program, 0, luck)
    for instant in sorted(instants):
        simulation.run(instant)
        saved = simulation.save()
        assert saved.to_bytes() == simulation.save().to_bytes(), "saving is no event"
        simulation = Simulation.resume(program, Snapshot.from_bytes(saved.to_bytes()), record=True, verify=True)
        assert simulation.save().to_bytes() == saved.to_bytes(), "resuming is no event"
    assert told(finished(simulation)) == told(unbroken, max(instants))


INSTANTS = st.lists(st.integers(0, 40 * DAY), min_size=1, max_size=4)
LUCKS = st.integers(0, 10**6)


@SETTINGS
@given(sketches(), INSTANTS, LUCKS)
def test_going_on_from_a_snapshot_is_going_on(sketch, instants, luck):
    """Saved at random instants of a random model, a trajectory fires, draws and measures as the unbroken one."""
    check_going_on(sketch, instants, luck)


@pytest.mark.nightly
@settings(SETTINGS, max_examples=500)
@given(sketches(), INSTANTS, LUCKS)
def test_going_on_from_many_snapshots_is_going_on(sketch, instants, luck):
    """The same, five hundred times."""
    check_going_on(sketch, instants, luck)


@SETTINGS
@given(sketches(), st.integers(0, 20 * DAY))
def test_a_snapshot_may_be_resumed_any_number_of_times(sketch, instant):
    """Two simulations that go on from one snapshot do not see one another, nor does the one that was saved."""
    program = prepare(sketch.model())
    simulation = at(program, instant)
    saved = simulation.save()
    one, other = (Simulation.resume(program, saved, record=True) for _ in range(2))
    while one.step() and other.step():
        pass
    first = told(finished(one), instant)
    assert first == told(finished(other), instant) == told(finished(simulation), instant)
    assert first == told(finished(Simulation.resume(program, saved, record=True)), instant)


def crowded() -> Sketch:
    """A model in which every kind of clock waits at once, some of them standing still."""
    sketch = Sketch(days=60, go=True, open=False, n=0.0, m=0.0)
    sketch.event("tick", Periodic("exponential(mean=3 days)"), {"n": "n + 1", "open": "n > 3"})
    sketch.event("month", Dated("2030-01-25"), {"m": "m + 100"})
    gated = Waiting("go", "lognormal(median=9 days, sigma=1)", "resume", "open")
    sketch.event("gated", gated, {"m": "m + gated.size"}, {"size": "normal(1, 1)"})
    sketch.event("late", Edge("n > 1", "1.5 days", "weibull(shape=2, scale=8 days) * (1 + n / 9)"), {"m": "m + 3"})
    sketch.event("hazard", Hazard("n / 30 days", "go"), {"m": "m + 1"})
    sketch.event("echo", Following("tick", "lognormal(median=5 days, sigma=1)", 40), {"m": "m * 1.01"})
    sketch.measure("mean", "mean", "m").measure("path", "series", "m", every=DAY).measure("n", "count", "echo")
    return sketch


@pytest.mark.parametrize("day", range(0, 60, 6))
def test_what_waits_at_once_goes_on(day):
    """Delays that run, stand still, follow and are in a pool are all kept, in their order."""
    program = prepare(crowded().model())
    for luck in range(5):
        unbroken = finished(at(program, 0, luck))
        resumed = Simulation.resume(program, at(program, day * DAY, luck).save(), record=True)
        assert told(finished(resumed)) == told(unbroken, day * DAY)


def ladder() -> Sketch:
    sketch = Sketch(days=90, x=0.0)
    sketch.event("drift", Periodic("2 days"), {"x": "x + normal(0, 1)"})
    rung = {"when": "x > 0 - 9", "decide": "exponential(mean=9 days)", "deliver": "exponential(mean=9 days)"}
    sketch.ladder("seoul", {"aid": {}, "kit": rung, "arms": rung}, "kim")
    return sketch.measure("kit", "first", "seoul.decided >= kit").measure("mean", "mean", "x")


def test_a_played_trajectory_goes_on():
    """Decisions taken before a snapshot are in it, and a played actor is still played after it."""
    program = prepare(ladder().model())
    simulation = at(program, 10 * DAY, played=("kim",))
    simulation.decide(Order("seoul.kit.decide"))
    resumed = Simulation.resume(program, simulation.save(), record=True)
    for each in (simulation, resumed):
        each.run(20 * DAY)
        assert each["seoul.decided"] == 1, "nobody has decided on arms"
        each.decide(Order("seoul.arms.decide"))
    assert told(finished(simulation), 10 * DAY) == told(finished(resumed), 10 * DAY)
    assert simulation["arms.delivered"] == 1


def test_measures_do_not_feel_a_snapshot_between_two_decisions_of_an_instant():
    """A state that is settled once and changed again in the same instant was never seen by a measure."""
    sketch = Sketch(days=9, x=0.1).measure("mean", "mean", "x").measure("top", "max", "x")
    sketch.event("up", Periodic("3 days"), {"x": "x + 0.1"})
    program = prepare(sketch.model())
    simulation = at(program, 3 * DAY)
    simulation.put({"x": 7.0})
    resumed = Simulation.resume(program, simulation.save())
    for each in (simulation, resumed):
        each.put({"x": 0.2})
    trajectory = finished(simulation)
    assert finished(resumed).measures == trajectory.measures
    assert trajectory.measures["top"] < 1


def test_a_trajectory_that_failed_is_saved_as_failed():
    """A failure is kept with its rule and instant, and nothing happens afterwards."""
    sketch = Sketch(days=9, x=0.0).measure("x", "final", "x")
    sketch.event("bad", Periodic("3 days"), {"x": "1 / (x - x)"})
    program = prepare(sketch.model())
    simulation = at(program, 5 * DAY)
    resumed = Simulation.resume(program, Snapshot.from_bytes(simulation.save().to_bytes()))
    assert resumed.finished
    assert finished(resumed).failure == simulation.failure is not None
    assert resumed.trajectory().measures == simulation.trajectory().measures


def test_settings_and_given_values_are_in_the_snapshot():
    """Levers and uncertainties set from outside hold after it as before it."""
    sketch = crowded().lever(push="1.5").uncertain(u="uniform(0, 2)")
    sketch.event("pushes", Hazard("push * u / 9 days", "go"), {"m": "m + push"})
    program = prepare(sketch.model())
    options = {"settings": {"push": 2.5}, "given": {"u": 0.75}}
    unbroken = finished(at(program, 0, **options))
    saved = at(program, 9 * DAY, **options).save()
    assert (saved.settings, saved.given) == (options["settings"], options["given"])
    assert told(finished(Simulation.resume(program, saved, record=True))) == told(unbroken, 9 * DAY)


def test_only_a_settled_instant_can_be_saved():
    """While something is still due in the instant, saving is refused by the name of what is due."""
    sketch = Sketch(days=9, x=0.0)
    for name in ("a", "b"):
        sketch.event(name, Periodic("3 days"), {"x": "x + 1"})
    simulation = Simulation(prepare(sketch.model()), Point("base", 0, 0))
    simulation.step()
    with pytest.raises(NotSettled, match="b is still due in this instant"):
        simulation.save()
    simulation.step()
    assert simulation.save().values["x"] == 2


def test_a_process_of_ones_own_cannot_be_saved():
    """What a generator will do next is no data."""

    def process(world):
        yield world.after(days=1)

    simulation = Simulation(prepare(Sketch(days=9, x=0.0).model()), Point("base", 0, 0), processes=[process])
    with pytest.raises(NotSettled, match="process of your own"):
        simulation.save()


@SETTINGS
@given(sketches(), st.integers(0, 1000))
def test_a_snapshot_does_not_mind_the_order_of_writing(sketch, seed):
    """A model whose mappings are permuted is the same model, and goes on from the same snapshot."""
    scenario = sketch.scenario()
    program, other = prepare(build(scenario)), prepare(build(shuffled(scenario, seed)))
    assert program.identity == other.identity
    simulation = at(program, 9 * DAY)
    resumed = finished(Simulation.resume(other, simulation.save()))
    trajectory = finished(simulation)
    assert repr(sorted(resumed.measures.items())) == repr(sorted(trajectory.measures.items()))
    assert (resumed.series, resumed.firings) == (trajectory.series, trajectory.firings)


def test_another_model_is_refused():
    """One number changed makes another model; a label changed does not."""
    model = crowded().model()
    saved = at(prepare(model), DAY).save()
    renamed = replace(model, title="Another", rules=tuple(replace(rule, label="?") for rule in model.rules))
    assert Simulation.resume(prepare(renamed), saved).now == DAY
    for other in (replace(model, horizon=model.horizon + 1), replace(model, measures=())):
        with pytest.raises(OtherModel, match="the snapshot is of another model"):
            Simulation.resume(prepare(other), saved)


def test_damaged_bytes_are_refused():
    """A byte changed or lost anywhere, another version, or something else altogether: a sentence each, no snapshot."""
    content = at(prepare(crowded().model()), 9 * DAY).save().to_bytes()
    for place in range(0, len(content), 97):
        damaged = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        with pytest.raises(DamagedSnapshot):
            Snapshot.from_bytes(damaged)
    for damaged in (b"", content[:-9], content[1:], b"PK\x03\x04", content + b"x"):
        with pytest.raises(DamagedSnapshot):
            Snapshot.from_bytes(damaged)
    with pytest.raises(DamagedSnapshot, match="format 2, and this version reads 1"):
        Snapshot.from_bytes(content.replace(b"snapshot 1 ", b"snapshot 2 ", 1))


def test_a_snapshot_is_plain_json():
    """Any JSON reader can read it; what is no number in JSON is spelled out."""
    sketch = crowded().reading("seen", "n", {"spy": {"every": "20 days"}})
    body = json.loads(at(prepare(sketch.model()), DAY).save().to_bytes().splitlines()[1], parse_constant=pytest.fail)
    assert body["values"]["seen"] == {"double": "nan"}
    assert body["clocks"]["hazard"]["armed"] == 0
