"""What must not matter does not: order of writing, idle rules, names, logs, pauses, policies that set nothing."""

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.engines.program import prepare
from escalation.engines.simpy import Simulation, simulate
from escalation.model.build import build
from escalation.model.process import Hazard
from escalation.model.scenario import Scenario
from escalation.model.trajectory import Point, Trajectory
from tests.laws.random_sketches import sketches
from tests.models import Sketch

SETTINGS = settings(derandomize=True, deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
LUCKS = (0, 1)


def run(scenario: Scenario, luck: int, policy: str = "base", **options: object) -> Trajectory:
    if _LAST[:1] != [scenario]:
        _LAST[:] = [scenario, prepare(build(scenario))]
    return simulate(_LAST[1], Point(policy, 7, luck), **{"record": True, **options})


_LAST: list = []
"""The last scenario that ran, and its program: preparing costs more than running."""


def same(left: Trajectory, right: Trajectory) -> None:
    """Every firing, measure and failure; what a log enumerates is compared as a set."""
    for one, other in zip(left.log, right.log, strict=False):
        assert replace(one, changed=(), draws=(), because=()) == replace(other, changed=(), draws=(), because=())
        assert repr(sorted(one.changed)) == repr(sorted(other.changed))
        assert repr(sorted(one.draws)) == repr(sorted(other.draws))
    assert len(left.log) == len(right.log)
    assert repr(sorted(left.measures.items())) == repr(sorted(right.measures.items()))
    assert (left.series, left.failure) == (right.series, right.failure)


def shuffled(scenario: Scenario, seed: int) -> Scenario:
    """Every mapping of the scenario in another order; rungs and effects' draws keep their own."""
    random = Random(seed)

    def mix(items: tuple) -> tuple:
        return tuple(random.sample(items, len(items)))

    def event(item: object) -> object:
        return replace(item, effect=mix(item.effect), draws=mix(item.draws))

    def rung(item: object) -> object:
        climb = None if item.climb is None else replace(item.climb, gates=mix(item.climb.gates))
        told = mix(item.on_announcement)
        return replace(item, climb=climb, on_decision=mix(item.on_decision), on_announcement=told)

    return replace(
        scenario,
        constants=mix(scenario.constants),
        uncertainties=mix(scenario.uncertainties),
        levers=mix(scenario.levers),
        state=mix(scenario.state),
        derived=mix(scenario.derived),
        events=mix(tuple(event(item) for item in scenario.events)),
        intelligence=mix(tuple(replace(item, reports=mix(item.reports)) for item in scenario.intelligence)),
        ladders=tuple(replace(item, rungs=tuple(rung(each) for each in item.rungs)) for item in scenario.ladders),
        policies=mix(scenario.policies),
        measures=mix(scenario.measures),
    )


@SETTINGS
@given(sketches(), st.integers(0, 1000))
def test_the_order_of_writing_changes_nothing(sketch, seed):
    """Permuting every mapping of a scenario gives the same firings, draws and measures."""
    scenario = sketch.scenario()
    plain = [run(scenario, luck) for luck in LUCKS]
    other = shuffled(scenario, seed)
    for luck in LUCKS:
        same(plain[luck], run(other, luck))


@SETTINGS
@given(sketches(), st.sampled_from(["aaa", "e1x", "zzz"]))
def test_an_idle_rule_with_draws_changes_no_other_firing(sketch, name):
    """A rule that draws and writes what nobody reads leaves every other firing as it was."""
    scenario = sketch.scenario()
    plain = [run(scenario, luck) for luck in LUCKS]
    sketch.start["idle"] = 0.0
    sketch.kinds["idle"] = sketch.kinds["x"]
    sketch.event(name, Hazard("1 / 1 day", "true"), {"idle": "idle + normal(0, 1) + exponential(mean=2)"})
    scenario = sketch.scenario()
    for luck in LUCKS:
        with_idle = run(scenario, luck)
        log = tuple(firing for firing in with_idle.log if firing.rule != name)
        assert len(log) < len(with_idle.log) or with_idle.failure is not None
        same(plain[luck], replace(with_idle, log=log))


@SETTINGS
@given(sketches(), st.integers(3, 5))
def test_renaming_a_rule_that_keeps_its_stream_changes_only_its_name(sketch, number):
    """With `stream:` a renamed rule keeps its luck; a name that sorts alike keeps its place in ties."""
    old, new = f"e{number}", f"e{number}x"
    scenario = sketch.scenario()
    renamed = tuple(replace(item, name=new, stream=old) if item.name == old else item for item in scenario.events)
    plain = [run(scenario, luck) for luck in LUCKS]
    other = replace(scenario, events=renamed)
    for luck in LUCKS:
        after = run(other, luck)

        def back(name: str) -> str:
            return old + name[len(new) :] if name == new or name.startswith(f"{new}.") else name

        log = tuple(
            replace(
                firing,
                rule=back(firing.rule),
                draws=tuple((back(name), value) for name, value in firing.draws),
                enabled=tuple(sorted(map(back, firing.enabled))),
                disabled=tuple(sorted(map(back, firing.disabled))),
            )
            for firing in after.log
        )
        failure = after.failure and replace(after.failure, rule=back(after.failure.rule))
        before = plain[luck]
        if failure is not None and before.failure is not None:
            failure = replace(failure, message=before.failure.message)
        same(before, replace(after, log=log, failure=failure))


@SETTINGS
@given(sketches())
def test_renaming_an_unrelated_rule_changes_no_other_firing(sketch):
    """A rule that nothing reads gets other luck under another name; the others keep theirs."""
    sketch.start["idle"] = 0.0
    sketch.kinds["idle"] = sketch.kinds["x"]
    sketch.event("idler", Hazard("1 / 1 day", "true"), {"idle": "idle + normal(0, 1)"})
    scenario = sketch.scenario()
    events = tuple(replace(e, name="rest", stream="rest") if e.name == "idler" else e for e in scenario.events)
    plain = [run(scenario, luck) for luck in LUCKS]
    renamed = replace(scenario, events=events)
    for luck in LUCKS:
        one, other = plain[luck], run(renamed, luck)
        assert [f.time for f in one.log if f.rule == "idler"] != [f.time for f in other.log if f.rule == "rest"]
        keep = [tuple(f for f in t.log if f.rule not in ("idler", "rest")) for t in (one, other)]
        same(replace(one, log=keep[0]), replace(other, log=keep[1]))


@SETTINGS
@given(sketches())
def test_logging_changes_no_result(sketch):
    """With or without a log, and with every rule looked at after every firing, the trajectory is the same."""
    scenario = sketch.scenario()
    for luck in LUCKS:
        logged, plain = run(scenario, luck), run(scenario, luck, record=False)
        verified = run(scenario, luck, record=False, verify=True)
        assert repr(replace(logged, log=(), first={})) == repr(plain) == repr(verified)


@SETTINGS
@given(sketches(), st.lists(st.integers(0, 40 * 86_400_000), max_size=12), st.integers(0, 5))
def test_pauses_and_steps_change_nothing(sketch, pauses, steps):
    """Stopping anywhere, stepping, and asking for measures on the way leaves one and the same trajectory."""
    scenario = sketch.scenario()
    program = prepare(build(scenario))
    for luck in LUCKS:
        simulation = Simulation(program, Point("base", 7, luck), record=True)
        for pause in sorted(pauses):
            if pause >= simulation.now and simulation.failure is None:
                simulation.run(pause)
                simulation.trajectory()
                for _ in range(steps):
                    simulation.step()
        simulation.run()
        assert repr(simulation.trajectory()) == repr(run(scenario, luck))


@SETTINGS
@given(sketches())
def test_a_policy_that_changes_nothing_is_identical(sketch):
    """A policy that sets a lever to its default, or a switch to on, has the firings of one that sets nothing."""
    sketch.policy("same", push=1.5).policy("on", **{"e0__active": True, "seoul__ceiling": 2, "seen__spy__active": True})
    scenario = sketch.scenario()
    bare = replace(scenario, policies=scenario.policies[:1])
    plain = [run(bare, luck) for luck in LUCKS]
    for luck in LUCKS:
        base = plain[luck]
        for policy in ("base", "same", "on"):
            other = run(scenario, luck, policy)
            # A switch is one more thing that a condition reads, so logs may list it among their reasons.
            log = tuple(replace(firing, because=()) for firing in other.log)
            same(replace(base, log=tuple(replace(f, because=()) for f in base.log)), replace(other, log=log))


@SETTINGS
@given(sketches())
def test_trajectories_do_not_depend_on_what_ran_before(sketch):
    """One program, run in any order and twice, gives each point its one trajectory."""
    program = prepare(sketch.model())
    points = [Point("base", 7, luck) for luck in (0, 1, 2)]
    forwards = [repr(simulate(program, point)) for point in points]
    backwards = [repr(simulate(program, point)) for point in reversed(points)]
    assert forwards == backwards[::-1]


def test_random_models_are_worth_running():
    """The generator's models fire, climb, see and seldom fail: otherwise the properties above would say little."""
    made: list[Sketch] = []

    @settings(SETTINGS, max_examples=25)
    @given(sketches())
    def collect(sketch: Sketch) -> None:
        made.append(sketch)

    collect()
    trajectories = [run(sketch.scenario(), 0) for sketch in made]
    rules = {firing.rule.rpartition(".")[2] for trajectory in trajectories for firing in trajectory.log}
    assert {"pending", "decide", "deliver", "publish", "withdraw", "announce", "e0", "e5", "f0", "f1"} <= rules
    assert sum(trajectory.failure is not None for trajectory in trajectories) < 5
    assert sum(trajectory.firings for trajectory in trajectories) > 1000
