"""Times until something has happened: in stages, with age, or once a condition has lasted."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from escalation.model.process import Edge, Hazard, Waiting
from tests.known_answers.answers import known_answer
from tests.known_answers.comparison import Comparison, of_distribution, of_mean, of_share
from tests.known_answers.trial import Trial
from tests.models import Sketch

NOW = "elapsed / 1 day - began"
"""Days since the run began."""


@known_answer("Erlang passage", wrong="stage rate")
def test_stages_one_after_another(trial: Trial) -> dict[str, Comparison]:
    """Three stages, each left at the rate λ: the time has mean 3/λ and distribution 1 − e⁻ˣ(1 + x + x²/2), x = λt.

    Source: Cox (1962), Renewal Theory: the special Erlangian distribution
    """
    rate, stages = 0.3, 3
    sketch = Sketch(stage=0.0, began=0.0, took=0.0)
    step = Hazard(f"{trial.rate('stage rate', rate)} / 1 day", f"stage < {stages}")
    sketch.event("step", step, {"stage": "stage + 1", "took": NOW})
    again = {"stage": "0", "began": "elapsed / 1 day"}
    took = trial.repeat(sketch, 120.0, 350, 100, again, f"took if stage > {stages - 1} else 120")

    def cdf(t: NDArray[np.float64]) -> NDArray[np.float64]:
        x = rate * t
        return 1 - np.exp(-x) * (1 + x + x**2 / 2)

    return {
        "mean": of_mean(took, stages / rate),
        "by day 8": of_share(took <= 8, float(cdf(np.asarray(8.0)))),
        "by day 12": of_share(took <= 12, float(cdf(np.asarray(12.0)))),
        "largest gap": of_distribution(took, cdf),
    }


@known_answer("Weibull passage", wrong="scale")
def test_a_delay_with_an_age(trial: Trial) -> dict[str, Comparison]:
    """A delay of shape k and scale s has mean s · Γ(1 + 1/k) and distribution 1 − exp(−(t/s)ᵏ); here k = 2.

    Source: Weibull (1951), A statistical distribution function of wide applicability
    """
    scale, shape = 10.0, 2
    sketch = Sketch(waits=True, began=0.0, took=0.0)
    after = f"weibull(shape={shape}, scale={trial.rate('scale', scale)} days)"
    sketch.event("passage", Waiting("waits", after), {"waits": "false", "took": NOW})
    again = {"waits": "true", "began": "elapsed / 1 day"}
    took = trial.repeat(sketch, 100.0, 300, 100, again, "100 if waits else took")

    def cdf(t: NDArray[np.float64]) -> NDArray[np.float64]:
        return -np.expm1(-((t / scale) ** shape))

    return {
        "mean": of_mean(took, scale * math.gamma(1 + 1 / shape)),
        "by day 8": of_share(took <= 8, float(cdf(np.asarray(8.0)))),
        "by day 12": of_share(took <= 12, float(cdf(np.asarray(12.0)))),
        "largest gap": of_distribution(took, cdf),
    }


@known_answer("Up for a time without a break", wrong="failure rate")
def test_sustained_on_a_chain_of_two_states(trial: Trial) -> dict[str, Comparison]:
    """From up, the chain is first up for D without a break after (exp(λD) − 1)(1/λ + 1/μ) on average; λ fails, μ mends.

    A spell reaches D with probability exp(−λD), so m = E[min(X, D)] + (1 − exp(−λD))(1/μ + m), where X is exponential
    and E[min(X, D)] = (1 − exp(−λD))/λ. Each firing here takes the chain down, which adds 1/μ to the next time.

    Source: the renewal argument of Feller (1968), volume 1, chapter XIII (success runs), in continuous time
    """
    failure, repair, lasting, jobs = 0.5, 0.25, 2.5, 200
    sketch = Sketch(days=1e6, up=True, jobs=0.0)
    going = f"jobs < {jobs}"
    sketch.event("fail", Hazard(f"{trial.rate('failure rate', failure)} / 1 day", f"up and {going}"), {"up": "false"})
    sketch.event("mend", Hazard(f"{trial.rate('repair rate', repair)} / 1 day", f"not up and {going}"), {"up": "true"})
    sketch.event("lasted", Edge("up", f"{lasting} days"), {"jobs": "jobs + 1", "up": "false"})
    days = trial.days_until(sketch, f"jobs >= {jobs}", 180)
    mean = math.expm1(failure * lasting) * (1 / failure + 1 / repair)
    compared = of_mean((days + 1 / repair) / jobs, mean + 1 / repair)
    return {"mean": replace(compared, n=compared.n * jobs)}
