"""Populations whose members come, go, arrive together and pair off."""

import numpy as np

from escalation.model.process import Hazard
from tests.known_answers.answers import known_answer
from tests.known_answers.chains import at_time, mean_and_variance
from tests.known_answers.comparison import Comparison, of_mean, of_share, of_variance
from tests.known_answers.trial import Trial
from tests.models import Sketch


@known_answer("Immigration and death", wrong="immigration rate")
def test_immigration_and_death(trial: Trial) -> dict[str, Comparison]:
    """From none, the number at t is Poisson: mean and variance are λ/μ · (1 − exp(−μt)).

    Source: Bartlett (1955), An Introduction to Stochastic Processes
    """
    immigration, death, t = 1.5, 1.0, 1.0
    sketch = Sketch(n=0.0)
    sketch.event("come", Hazard(f"{trial.rate('immigration rate', immigration)} / 1 day", "true"), {"n": "n + 1"})
    sketch.event("go", Hazard(f"{trial.rate('death rate', death)} * n / 1 day", "true"), {"n": "n - 1"})
    numbers = trial.repeat(sketch, t, 700, 200, {"n": "0"}, "n")
    mean = immigration / death * (1 - np.exp(-death * t))
    return {"mean": of_mean(numbers, mean), "variance": of_variance(numbers, mean, mean)}


@known_answer("Birth and death", wrong="birth rate")
def test_birth_and_death(trial: Trial) -> dict[str, Comparison]:
    """From one, the mean at t is exp((λ − μ)t), the variance (λ + μ)/(λ − μ) · exp((λ − μ)t) · (exp((λ − μ)t) − 1).

    Source: Kendall (1948), On the generalized "birth-and-death" process
    """
    birth, death, t = 1.5, 1.0, 1.0
    sketch = Sketch(n=1.0)
    sketch.event("birth", Hazard(f"{trial.rate('birth rate', birth)} * n / 1 day", "true"), {"n": "n + 1"})
    sketch.event("death", Hazard(f"{trial.rate('death rate', death)} * n / 1 day", "true"), {"n": "n - 1"})
    numbers = trial.repeat(sketch, t, 400, 150, {"n": "1"}, "n")
    mean = np.exp((birth - death) * t)
    variance = (birth + death) / (birth - death) * mean * (mean - 1)
    return {"mean": of_mean(numbers, mean), "variance": of_variance(numbers, mean, variance)}


@known_answer("Batch arrivals", wrong="arrival rate")
def test_batch_arrivals(trial: Trial) -> dict[str, Comparison]:
    """Compound Poisson: what arrives in a time t has mean λt · E[B] and variance λt · E[B²]; here B is 1, 2, 3 or 4.

    Source: Feller (1968), An Introduction to Probability Theory and Its Applications, volume 1, chapter XII
    """
    arrivals = 1.0
    sketch = Sketch(n=0.0)
    hazard = Hazard(f"{trial.rate('arrival rate', arrivals)} / 1 day", "true")
    sketch.event("arrive", hazard, {"n": "n + floor(arrive.size)"}, draw={"size": "uniform(1, 5)"})
    numbers = trial.repeat(sketch, 1.0, 1_000, 160, {"n": "0"}, "n")
    sizes = np.arange(1, 5)
    mean, variance = arrivals * sizes.mean(), arrivals * (sizes**2).mean()
    return {"mean": of_mean(numbers, mean), "variance": of_variance(numbers, mean, variance)}


@known_answer("Dimerisation", wrong="pairing rate")
def test_dimerisation(trial: Trial) -> dict[str, Comparison]:
    """Of 12 molecules each pair meets at the rate c, and a pair parts at the rate d: exp(Qt) over the 7 states.

    Source: McQuarrie (1967), Stochastic approach to chemical kinetics; Gillespie (1977) for the hazard c·n(n − 1)/2
    """
    molecules, pairing, parting, t = 12, 0.1, 0.1, 1.0
    sketch = Sketch(n=float(molecules))
    met = f"{trial.rate('pairing rate', pairing)} * n * (n - 1) / 2 / 1 day"
    parted = f"{trial.rate('parting rate', parting)} * ({molecules} - n) / 2 / 1 day"
    sketch.event("pair", Hazard(met, "true"), {"n": "n - 2"})
    sketch.event("part", Hazard(parted, "true"), {"n": "n + 2"})
    numbers = trial.repeat(sketch, t, 300, 100, {"n": str(molecules)}, "n")
    states = [molecules - 2 * pairs for pairs in range(molecules // 2 + 1)]
    jumps = {(n, n - 2): pairing * n * (n - 1) / 2 for n in states if n > 1}
    jumps |= {(n, n + 2): parting * (molecules - n) / 2 for n in states if n < molecules}
    shares = at_time(jumps, molecules, t)
    mean, _ = mean_and_variance(shares)
    most_paired = sum(share for n, share in shares.items() if n <= 6)
    return {"mean": of_mean(numbers, mean), "at most 6 single": of_share(numbers <= 6, most_paired)}
