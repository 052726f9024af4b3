"""What is left of a wait when a trajectory is branched: the conditional law, given the age.

Forty copies of a clock run side by side in one trajectory, to one instant, and are branched there again and again:
each copy that was still waiting gives one independent remaining time a branch.
"""

import math
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalation.engines.branching import Branching
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import Simulation
from escalation.expressions.kinds import Truth
from escalation.model.calendar import DAY
from escalation.model.process import Dated, Edge, Following, Hazard, Periodic, Waiting
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Point, Trajectory
from tests.known_answers.answers import known_answer
from tests.known_answers.comparison import Comparison, of_distribution, of_mean, of_share
from tests.known_answers.trial import Trial
from tests.models import Sketch

Days = NDArray[np.float64]
COPIES = 40
STILL = 20
"""Copies that are compared: as many whatever the luck, and whether or not a number is wrong."""


def copies(sketch: Sketch, clock: Any) -> Sketch:
    """Forty events `wait0`, … with one clock, in whose texts `#` stands for the number of the copy."""
    texts = {each.name: getattr(clock, each.name) for each in fields(clock)}
    for k in range(COPIES):
        own = {name: text.replace("#", str(k)) for name, text in texts.items() if isinstance(text, str)}
        truth(sketch, f"done{k}", False)
        sketch.event(f"wait{k}", replace(clock, **own), {f"done{k}": "true"})
        sketch.measure(f"done{k}", "first", f"done{k}")
    return sketch


def truth(sketch: Sketch, name: str, value: bool) -> None:
    """One more variable."""
    sketch.start[name], sketch.kinds[name] = value, Truth()


def saved_at(trial: Trial, program: Program, day: float) -> Snapshot:
    """The one trajectory that all branches of an answer have in common."""
    simulation = Simulation(program, Point("base", 0, 0, trial.seed))
    simulation.run(round(day * DAY))
    return simulation.save()


def branched(program: Program, saved: Snapshot, branches: int) -> Iterator[Trajectory]:
    """Its branches, each run to the end."""
    branching = Branching(program, saved)
    for number in range(1, branches + 1):
        simulation = Simulation.resume(program, branching.branch(number))
        simulation.run()
        yield simulation.trajectory()


def left_after(trial: Trial, sketch: Sketch, day: float, branches: int, whose: str = "not done#") -> Days:
    """The days that each copy still waits, branch by branch, for the first copies that wait on that day; inf if never.

    whose: the truth that tells a copy that waits.
    """
    program = prepare(sketch.model())
    saved = saved_at(trial, program, day)
    name, wanted = whose.removeprefix("not "), not whose.startswith("not ")
    waiting = [k for k in range(COPIES) if saved.values[name.replace("#", str(k))] is wanted][:STILL]
    assert len(waiting) == STILL, "another seed"
    found: list[float] = []
    for trajectory in branched(program, saved, branches * trial.times):
        times: list[Any] = [trajectory.measures[f"done{k}"] for k in waiting]
        found += [math.inf if time is None else time / DAY - day for time in times]
    return np.asarray(found)


@known_answer("Branched: a Weibull delay of age a", wrong="scale")
def test_a_weibull_delay_with_an_age(trial: Trial) -> dict[str, Comparison]:
    """Given that it is longer than a, the rest is longer than t with exp((a/s)ᵏ − ((a + t)/s)ᵏ); here k = 3, and a
    name in the scale changes after the drawing, which must not matter.

    Source: Barlow and Proschan (1975), Statistical Theory of Reliability and Life Testing: remaining life
    """
    scale, shape, age = 10.0, 3, 7.0
    sketch = Sketch(days=300, stretch=1.0)
    sketch.event("other", Dated("2030-01-04"), {"stretch": "4"})
    text = f"weibull(shape={shape}, scale={trial.rate('scale', scale)} days) * stretch"
    left = left_after(trial, copies(sketch, Waiting("not done#", text)), age, 700)

    def cdf(t: Days) -> Days:
        return -np.expm1((age / scale) ** shape - ((age + t) / scale) ** shape)

    return {"by 3 days": of_share(left <= 3, float(cdf(np.asarray(3.0)))), "largest gap": of_distribution(left, cdf)}


@known_answer("Branched: a log-normal delay of age a", wrong="median")
def test_a_lognormal_delay_with_an_age(trial: Trial) -> dict[str, Comparison]:
    """Given that it is longer than a, the rest is at most t with 1 − Φ(−z(a + t))/Φ(−z(a)), z(x) = log(x/m)/σ.

    Source: Barlow and Proschan (1975), Statistical Theory of Reliability and Life Testing: remaining life
    """
    median, sigma, age = 10.0, 0.25, 8.0
    text = f"lognormal(median={trial.rate('median', median)} days, sigma={sigma})"
    left = left_after(trial, copies(Sketch(days=300, go=True), Edge("go", "0 days", text)), age, 380)
    return {"largest gap": of_distribution(left, lambda t: _lognormal_given(t, age, median, sigma))}


def _lognormal_given(t: Days, age: float, median: float, sigma: float) -> Days:
    from scipy.special import ndtr

    given = float(ndtr(-math.log(age / median) / sigma))
    return np.asarray(1 - ndtr(-np.log((age + t) / median) / sigma) / given)


@known_answer("Branched: a delay that falls with its uniform", wrong="median")
def test_a_decreasing_delay_with_an_age(trial: Trial) -> dict[str, Comparison]:
    """exp(−X) of a normal X is log-normal, drawn the other way round: the rest has the law of the log-normal.

    Source: Barlow and Proschan (1975), Statistical Theory of Reliability and Life Testing: remaining life
    """
    median, sigma, age = 10.0, 0.25, 8.0
    text = f"{trial.rate('median', median)} days * exp(0 - normal(0, {sigma}))"
    left = left_after(trial, copies(Sketch(days=300), Waiting("not done#", text, "resume")), age, 380)
    return {"largest gap": of_distribution(left, lambda t: _lognormal_given(t, age, median, sigma))}


@known_answer("Branched: an Erlang delay of age a", wrong="mean")
def test_an_erlang_delay_with_an_age(trial: Trial) -> dict[str, Comparison]:
    """Twelve stages of mean 1/λ drawn as one delay: given that it is longer than a, the rest is longer than t with
    S(a + t)/S(a), S(x) = exp(−λx) · Σᵢ (λx)ⁱ/i!, i from 0 to 11.

    Source: Cox (1962), Renewal Theory: the special Erlangian distribution
    """
    rate, age, stages = 1.2, 8.0, 12
    text = f"gamma(shape={stages}, scale={trial.rate('mean', 1 / rate)} days)"
    left = left_after(trial, copies(Sketch(days=900), Waiting("not done#", text)), age, 700)

    def longer(t: Days) -> Days:
        x = np.asarray(rate * t)
        return np.exp(-x) * sum(x**i / math.factorial(i) for i in range(stages))

    def cdf(t: Days) -> Days:
        return 1 - longer(age + t) / longer(np.asarray(age))

    return {"by 2 days": of_share(left <= 2, float(cdf(np.asarray(2.0)))), "largest gap": of_distribution(left, cdf)}


@known_answer("Branched: a hazard whose rate changes", wrong="rate")
def test_a_hazard_that_has_spent_much(trial: Trial) -> dict[str, Comparison]:
    """A hazard has no age: whatever it has spent, it fires λc + 3λ(t − c) times on average in the t days after the
    branch, if its rate λ becomes 3λ on day c of these.

    Source: Kingman (1993), Poisson Processes
    """
    rate, age, change, until = 0.1, 5.0, 4.0, 8.0
    sketch = Sketch(days=age + until, factor=1.0, hits=0.0).measure("hits", "final", "hits")
    sketch.event("more", Dated(f"2030-01-01 + {age + change} days"), {"factor": "3"})
    for k in range(COPIES):
        hazard = Hazard(f"{trial.rate('rate', rate)} * factor / 1 day", "true")
        sketch.event(f"hit{k}", hazard, {"hits": "hits + 1"})
    program = prepare(sketch.model())
    saved = saved_at(trial, program, age)
    trajectories = branched(program, saved, 700 * trial.times)
    hits = [float(each.measures["hits"] or 0) - float(saved.values["hits"] or 0) for each in trajectories]
    return {"mean number": of_mean(np.asarray(hits), COPIES * rate * (change + 3 * (until - change)))}


@known_answer("Branched: what has lasted goes on lasting", wrong="scale")
def test_a_condition_that_has_lasted(trial: Trial) -> dict[str, Comparison]:
    """A condition that must hold D and has held a fires D − a after the branch or never; if it falls after a Weibull
    delay, it fires with exp((a/s)ᵏ − (D/s)ᵏ): that it had held for a is past, and stays. Here k = 4.

    Source: Barlow and Proschan (1975), Statistical Theory of Reliability and Life Testing: remaining life
    """
    scale, shape, lasts, age = 10.0, 4, 11.0, 6.0
    sketch = Sketch(days=30)
    for k in range(COPIES):
        truth(sketch, f"up{k}", True)
        delay = f"weibull(shape={shape}, scale={trial.rate('scale', scale)} days)"
        sketch.event(f"falls{k}", Waiting(f"up{k}", delay), {f"up{k}": "false"})
    copies(sketch, Edge("up#", f"{lasts} days"))
    left = left_after(trial, sketch, age, 300, whose="up#")
    assert set(np.round(left[np.isfinite(left)], 9)) == {lasts - age}, "it fires on the day on which it would have"
    return {"fires": of_share(np.isfinite(left), math.exp((age / scale) ** shape - (lasts / scale) ** shape))}


@known_answer("Branched: a pool of delays, each with its age", wrong="scale")
def test_a_pool_with_many_ages(trial: Trial) -> dict[str, Comparison]:
    """Of delays that began a day apart each has its own age a: by t after the branch it is over with
    1 − exp((a/s)ᵏ − ((a + t)/s)ᵏ), so that over the n under way the mean number is the sum of these; here k = 3.

    Source: Barlow and Proschan (1975), Statistical Theory of Reliability and Life Testing: remaining life
    """
    scale, shape, day, later = 12.0, 3, 30.5, 3.0
    sketch = Sketch(days=day + later, going=0.0, over=0.0)
    sketch.event("leader", Periodic("1 day"), {"going": "going + 1"})
    lag = f"weibull(shape={shape}, scale={trial.rate('scale', scale)} days)"
    sketch.event("follower", Following("leader", lag, 99), {"over": "over + 1"}).measure("over", "final", "over")
    program = prepare(sketch.model())
    saved = saved_at(trial, program, day)
    ages = np.asarray([day - began / DAY for _, began, *_ in saved.clocks["follower"]["under_way"]])
    trajectories = branched(program, saved, 1200 * trial.times)
    over = [float(each.measures["over"] or 0) - float(saved.values["over"] or 0) for each in trajectories]
    new = [_weibull_rest(np.asarray(0.0), later - began, scale, shape) for began in (0.5, 1.5, 2.5)]
    expected = _weibull_rest(ages, later, scale, shape).sum() + sum(map(float, new))
    return {"mean number over": of_mean(np.asarray(over), expected)}


@known_answer("Branched: interrupted work, mixed over its past", wrong="work")
def test_branching_leaves_the_distribution_as_it_was(trial: Trial) -> dict[str, Comparison]:
    """Trajectories of other lucks, each branched once on day 9, are together as if none had been branched: with
    preemptive resume E[C] = E[W](1 + λ/μ), whatever the distribution of the work W, which here is even.

    Source: Gaver (1962), A waiting line with interrupted service, including priorities; the law of total probability
    """
    fails, mends, work, day = 0.25, 1.0, 10.0, 9.0
    low, high = (trial.rate("work", work * share) for share in (0.8, 1.2))
    sketch = Sketch(days=900)
    for k in range(COPIES):
        truth(sketch, f"up{k}", True)
        sketch.event(f"fails{k}", Hazard(f"{fails} / 1 day", f"up{k} and not done{k}"), {f"up{k}": "false"})
        sketch.event(f"mends{k}", Hazard(f"{mends} / 1 day", f"not up{k}"), {f"up{k}": "true"})
    copies(sketch, Waiting("up# and not done#", f"uniform({low} days, {high} days)", "resume"))
    program = prepare(sketch.model())
    times: list[Any] = []
    for luck in range(90 * trial.times):
        simulation = Simulation(program, Point("base", luck, luck, trial.seed))
        simulation.run(round(day * DAY))
        other = simulation.branch(1)
        other.run()
        times += [other.trajectory().measures[f"done{k}"] for k in range(COPIES)]
    return {"mean": of_mean(np.asarray(times) / DAY, work * (1 + fails / mends))}


def _weibull_rest(age: Days, t: float, scale: float, shape: float) -> Days:
    return np.asarray(-np.expm1((age / scale) ** shape - ((age + t) / scale) ** shape))
