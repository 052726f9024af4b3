"""Populations and queues, solved in closed form or as Markov chains."""

from functools import cache
from math import exp

import numpy as np

from escalation.model.process import Hazard
from tests.known_answers.known_answer import KnownAnswer, Rates, moments
from tests.models import Sketch


def _rate(value: float) -> str:
    return f"{value!r} / 1 day"


def birth_death(rates: Rates) -> Sketch:
    sketch = Sketch(days=1, x=50.0).measure("x", "final", "x")
    sketch.event("birth", Hazard(f"x * {_rate(rates['birth'])}", "true"), {"x": "x + 1"})
    return sketch.event("death", Hazard(f"x * {_rate(rates['death'])}", "true"), {"x": "x - 1"})


def birth_death_deviations(sample, rates):
    b, d = rates["birth"], rates["death"]
    growth = exp(b - d)
    return moments(sample["x"], 50 * growth, 50 * (b + d) / (b - d) * growth * (growth - 1))


def immigration_death(rates: Rates) -> Sketch:
    sketch = Sketch(days=1, x=0.0).measure("x", "final", "x")
    sketch.event("arrive", Hazard(_rate(rates["arrive"]), "true"), {"x": "x + 1"})
    return sketch.event("leave", Hazard(f"x * {_rate(rates['leave'])}", "true"), {"x": "x - 1"})


def immigration_death_deviations(sample, rates):
    mean = rates["arrive"] / rates["leave"] * (1 - exp(-rates["leave"]))
    return moments(sample["x"], mean, mean)


def batch_arrivals(rates: Rates) -> Sketch:
    sketch = Sketch(days=1, x=0.0).measure("x", "final", "x").measure("n", "count", "arrive")
    effect = {"x": "x + arrive.size"}
    return sketch.event("arrive", Hazard(_rate(rates["arrive"]), "true"), effect, {"size": "uniform(0, 2)"})


def batch_arrivals_deviations(sample, rates):
    # Compound Poisson: mean λE[B], variance λE[B²]; sizes uniform on [0, 2] have moments 1 and 4/3.
    return (*moments(sample["x"], rates["arrive"], rates["arrive"] * 4 / 3), sample["n"] - rates["arrive"])


def transient(generator: np.ndarray, start: int, time: float) -> np.ndarray:
    """The distribution of a Markov chain at a time: row `start` of exp(Q t)."""
    from scipy.linalg import expm

    return expm(generator * time)[start]


def average(generator: np.ndarray, start: int, time: float) -> np.ndarray:
    """The share of [0, time) spent in each state on average: the integral of exp(Q t), by Van Loan's block matrix."""
    from scipy.linalg import expm

    size = len(generator)
    block = np.block([[generator, np.eye(size)], [np.zeros((size, 2 * size))]])
    return expm(block * time)[start, size:] / time


def dimerisation(rates: Rates) -> Sketch:
    sketch = Sketch(days=1, x=40.0, y=0.0).measure("y", "final", "y").measure("n", "count", "bind")
    sketch.event("bind", Hazard(f"x * (x - 1) / 2 * {_rate(rates['bind'])}", "x > 1"), {"x": "x - 2", "y": "y + 1"})
    return sketch.event("split", Hazard(f"y * {_rate(rates['split'])}", "true"), {"x": "x + 2", "y": "y - 1"})


def dimerisation_deviations(sample, rates):
    generator = np.zeros((21, 21))
    for pairs in range(21):
        single = 40 - 2 * pairs
        if pairs < 20:
            generator[pairs, pairs + 1] = single * (single - 1) / 2 * rates["bind"]
        if pairs:
            generator[pairs, pairs - 1] = pairs * rates["split"]
        generator[pairs, pairs] = -generator[pairs].sum()
    singles = 40 - 2 * np.arange(21)
    bound = rates["bind"] * float(average(generator, 0, 1) @ (singles * (singles - 1) / 2))
    return (*_discrete(sample["y"], transient(generator, 0, 1)), sample["n"] - bound)


def _discrete(values: np.ndarray, chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.arange(len(chances))
    mean = float(chances @ numbers)
    return moments(values, mean, float(chances @ (numbers - mean) ** 2))


def queue(servers: int):
    def sketch(rates: Rates) -> Sketch:
        made = Sketch(days=30, x=0.0).measure("x", "final", "x").measure("mean", "mean", "x")
        made.measure("wait", "time_in", f"x > {servers - 1}").measure("served", "count", "serve")
        made.event("arrive", Hazard(_rate(rates["arrive"]), "true"), {"x": "x + 1"})
        return made.event("serve", Hazard(f"min(x, {servers}) * {_rate(rates['serve'])}", "true"), {"x": "x - 1"})

    return sketch


@cache
def _queue(servers: int, arrive: float, serve: float) -> tuple[np.ndarray, np.ndarray]:
    size = 121
    generator = np.zeros((size, size))
    for x in range(size):
        if x < size - 1:
            generator[x, x + 1] = arrive
        if x:
            generator[x, x - 1] = min(x, servers) * serve
        generator[x, x] = -generator[x].sum()
    return transient(generator, 0, 30), average(generator, 0, 30)


def queue_deviations(servers: int):
    def deviations(sample, rates):
        at_end, on_average = _queue(servers, rates["arrive"], rates["serve"])
        numbers = np.arange(len(at_end))
        full = on_average[servers:].sum()
        served = 30 * rates["serve"] * float(on_average @ np.minimum(numbers, servers))
        return (
            *_discrete(sample["x"], at_end),
            sample["mean"] - on_average @ numbers,
            sample["wait"] / 86_400_000 / 30 - full,
            sample["served"] - served,
        )

    return deviations


BAILEY = "Bailey (1964), The Elements of Stochastic Processes"
ANSWERS = (
    KnownAnswer(
        "birth–death", f"E = 50 e^(b−d), V = 50 (b+d)/(b−d) e^(b−d) (e^(b−d) − 1): {BAILEY}",
        {"birth": 1.0, "death": 0.6}, 1500, birth_death, birth_death_deviations, ("birth",),
    ),
    KnownAnswer(
        "immigration–death", "Poisson of mean a/l (1 − e^(−l)): Bailey (1964)",
        {"arrive": 60.0, "leave": 1.0}, 2000, immigration_death, immigration_death_deviations, ("arrive",),
    ),
    KnownAnswer(
        "batch arrivals", "compound Poisson, E = λE[B], V = λE[B²]: Feller (1968), Introduction, I, XII.2",
        {"arrive": 60.0}, 1500, batch_arrivals, batch_arrivals_deviations, ("arrive",),
    ),
    KnownAnswer(
        "dimerisation", "exp(Qt) of the 21-state chain: McQuarrie (1967), J. Appl. Prob. 4, 413",
        {"bind": 0.01, "split": 0.5}, 5000, dimerisation, dimerisation_deviations, ("bind",),
    ),
    KnownAnswer(
        "M/M/1", "exp(Qt) and its integral, 121 states: Gross & Harris (1998), Fundamentals of Queueing Theory",
        {"arrive": 1.6, "serve": 2.0}, 2400, queue(1), queue_deviations(1), ("arrive", "serve"),
    ),
    KnownAnswer(
        "M/M/3", "exp(Qt) and its integral, 121 states: Gross & Harris (1998)",
        {"arrive": 2.0, "serve": 0.85}, 2000, queue(3), queue_deviations(3), ("arrive", "serve"),
    ),
)  # fmt: skip
