"""What each firing of a rule sets off: things that stay a while each by itself, and deliveries in batches."""

import math

from escalation.model.calendar import DAY
from escalation.model.process import Following, Hazard
from tests.known_answers.answers import known_answer
from tests.known_answers.comparison import Comparison, of_mean, of_share
from tests.known_answers.trial import Trial
from tests.models import Sketch


@known_answer("M/G/∞ by rules that follow", wrong="arrival rate")
def test_arrivals_that_each_stay_a_while(trial: Trial) -> dict[str, Comparison]:
    """Arrivals at rate λ stay a time S each: in the long run λE[S] are present, Poisson, and none with exp(−λE[S]).

    Here S is between 1 and 5 days, each as likely.

    Source: Mirasol (1963), The output of an M/G/∞ queuing system is Poisson; Takács (1962), Introduction to the Theory
    of Queues
    """
    arrivals, least, most, warm, days = 0.4, 1.0, 5.0, 5, 205
    sketch = Sketch(days=days, n=0.0)
    sketch.event("arrive", Hazard(f"{trial.rate('arrival rate', arrivals)} / 1 day", "true"), {"n": "n + 1"})
    stay = f"uniform({least} days, {most} days)"
    sketch.event("leave", Following("arrive", stay, 100), {"n": "n - 1"})
    window = warm * DAY, days * DAY
    sketch.measure("present", "mean", "n", during=window).measure("none", "time_in", "n < 1", during=window)
    made = trial.run(sketch.model(), 1000)
    load = arrivals * (least + most) / 2
    none = [float(item.measures["none"] or 0) / (window[1] - window[0]) for item in made]
    return {
        "mean present over 200 days": of_mean([float(item.measures["present"] or 0) for item in made], load),
        "share of 200 days with none": of_mean(none, math.exp(-load)),
    }


@known_answer("Delivery in batches", wrong="batches")
def test_batches_at_random_intervals(trial: Trial) -> dict[str, Comparison]:
    """At exponential intervals of mean b the share that has come at t is min(N, n)/n, N being Poisson of mean t/b.

    All have come with the probability that N is at least n.

    Source: Erlang (1909), The theory of probabilities and telephone conversations
    """
    number, every, t = 6, 10.0, 60.0
    wait = f"exponential(mean={every / trial.rate('batches', 1.0)!r} days)"
    sketch = Sketch(days=t)
    rungs = {"aid": {}, "arms": {"when": "true", "deliver": (number, wait, wait)}}
    sketch.ladder("seoul", rungs).measure("share", "final", "arms.delivered")
    made = trial.run(sketch.model(), 15_000)
    mean = t / every
    chances = [math.exp(-mean) * mean**k / math.factorial(k) for k in range(number)]
    below = sum(chance * k / number for k, chance in enumerate(chances))
    shares = [float(item.measures["share"] or 0) for item in made]
    whole = [share == 1 for share in shares]
    return {
        "mean share at t": of_mean(shares, below + 1 - sum(chances)),
        "all delivered at t": of_share(whole, 1 - sum(chances)),
    }
