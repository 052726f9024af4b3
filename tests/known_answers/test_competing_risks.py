"""Two things that may happen, of which the first withdraws the other."""

import math

from escalation.model.process import Hazard, Waiting
from tests.known_answers.answers import known_answer
from tests.known_answers.comparison import Comparison, of_mean, of_share
from tests.known_answers.trial import Trial
from tests.models import Sketch

NOW = "elapsed / 1 day - began"
AGAIN = {"cause": "0", "began": "elapsed / 1 day", "took": "0"}


@known_answer("Competing hazards", wrong="first rate")
def test_hazards_compete(trial: Trial) -> dict[str, Comparison]:
    """The first comes after 1/(λ₁ + λ₂) on average, and is cause 1 by t with λ₁/(λ₁ + λ₂) · (1 − exp(−(λ₁ + λ₂)t)).

    Source: Cox (1959), The analysis of exponentially distributed life-times with two types of failure
    """
    first, second, t = 0.8, 0.2, 1.6
    sketch = Sketch(cause=0.0, began=0.0, took=0.0)
    for cause, name, rate in ((1, "first", first), (2, "second", second)):
        hazard = Hazard(f"{trial.rate(f'{name} rate', rate)} / 1 day", "cause < 1")
        sketch.event(name, hazard, {"cause": str(cause), "took": NOW})
    noted = trial.repeat(sketch, 40.0, 700, 130, AGAIN, "took if cause < 2 else 0 - took")
    by_first = first / (first + second) * -math.expm1(-(first + second) * t)
    return {
        "mean time": of_mean(abs(noted), 1 / (first + second)),
        "cause 1 by t": of_share((noted > 0) & (noted <= t), by_first),
    }


@known_answer("Competing Weibull delays", wrong="first scale")
def test_delays_compete(trial: Trial) -> dict[str, Comparison]:
    """With one shape k, cause 1 comes first with s₁⁻ᵏ/(s₁⁻ᵏ + s₂⁻ᵏ), after Γ(1 + 1/k)(s₁⁻ᵏ + s₂⁻ᵏ)^(−1/k) on average.

    Here k = 4.

    Source: David and Moeschberger (1978), The Theory of Competing Risks: hazards in proportion
    """
    shape, first, second = 4, 9.0, 11.0
    sketch = Sketch(cause=0.0, began=0.0, took=0.0)
    for cause, name, scale in ((1, "first", first), (2, "second", second)):
        after = f"weibull(shape={shape}, scale={trial.rate(f'{name} scale', scale)} days)"
        sketch.event(name, Waiting("cause < 1", after), {"cause": str(cause), "took": NOW})
    noted = trial.repeat(sketch, 100.0, 180, 100, AGAIN, "took if cause < 2 else 0 - took")
    weights = first**-shape, second**-shape
    return {
        "cause 1": of_share(noted > 0, weights[0] / sum(weights)),
        "mean time": of_mean(abs(noted), math.gamma(1 + 1 / shape) * sum(weights) ** (-1 / shape)),
    }
