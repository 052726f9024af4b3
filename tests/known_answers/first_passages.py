"""Times until something happens for the first time, and which of several things it is."""

from math import exp, gamma

from escalation.model.calendar import DAY
from escalation.model.process import Hazard, Waiting
from tests.known_answers.known_answer import KnownAnswer, Rates, moments
from tests.models import Sketch

STAGES = 30
ROUNDS = 40


def erlang(rates: Rates) -> Sketch:
    sketch = Sketch(days=1000, x=0.0).measure("t", "first", f"x >= {STAGES}")
    return sketch.event("stage", Hazard(f"{rates['stage']!r} / 1 day", f"x < {STAGES}"), {"x": "x + 1"})


def erlang_deviations(sample, rates):
    return moments(sample["t"] / DAY, STAGES / rates["stage"], STAGES / rates["stage"] ** 2)


def weibull(rates: Rates) -> Sketch:
    sketch = Sketch(days=1000, x=0.0).measure("t", "first", "x > 0")
    return sketch.event("break", Waiting("x < 1", f"weibull(4, 1 day / {rates['break']!r})"), {"x": "1"})


def weibull_deviations(sample, rates):
    scale = 1 / rates["break"]
    mean = scale * gamma(1.25)
    return moments(sample["t"] / DAY, mean, scale**2 * gamma(1.5) - mean**2)


def competing(rates: Rates) -> Sketch:
    """Rounds in which a hazard races a uniform delay; a day passes between rounds."""
    sketch = (
        Sketch(days=10_000, open=True, n=0.0, a=0.0).measure("t", "first", f"n >= {ROUNDS}").measure("a", "final", "a")
    )
    racing = f"open and n < {ROUNDS}"
    sketch.event("one", Hazard(f"{rates['one']!r} / 1 day", racing), {"n": "n + 1", "a": "a + 1", "open": "false"})
    delay = f"uniform(0 days, 1 day / {rates['other']!r})"
    sketch.event("other", Waiting(racing, delay), {"n": "n + 1", "open": "false"})
    return sketch.event("again", Waiting("not open", "1 day"), {"open": "true"})


def competing_deviations(sample, rates):
    one, longest = rates["one"], 1 / rates["other"]
    lost = (1 - exp(-one * longest)) / (one * longest)
    won = ROUNDS * (1 - lost)
    return (
        *moments(sample["a"], won, won * lost),
        sample["t"] / DAY - (ROUNDS - 1) - ROUNDS * (1 - lost) / one,
    )


ANSWERS = (
    KnownAnswer(
        "Erlang passage", "E = k/λ, V = k/λ², k = 30: Cox (1962), Renewal Theory",
        {"stage": 2.0}, 2500, erlang, erlang_deviations, ("stage",),
    ),
    KnownAnswer(
        "Weibull passage", "E = Γ(1+1/k)/λ, V = (Γ(1+2/k) − Γ(1+1/k)²)/λ², k = 4: Weibull (1951), JAM 18, 293",
        {"break": 0.1}, 6000, weibull, weibull_deviations, ("break",),
    ),
    KnownAnswer(
        "competing risks", "P = 1 − (1 − e^(−aL))/(aL), E[min] = P/a: Cox (1959), J. R. Stat. Soc. B 21, 411",
        {"one": 1.0, "other": 0.25}, 1500, competing, competing_deviations, ("one",),
    ),
)  # fmt: skip
