"""Customers who arrive at random and are served one at a time by one server or several."""

import math

from escalation.model.calendar import DAY
from escalation.model.process import Hazard
from tests.known_answers.answers import known_answer
from tests.known_answers.chains import at_time, mean_and_variance
from tests.known_answers.comparison import Comparison, of_mean, of_share
from tests.known_answers.trial import Trial
from tests.models import Sketch


def queue(trial: Trial, arrivals: float, service: float, servers: int, days: float = 100) -> Sketch:
    """M/M/c: `n` customers, `servers` of whom at most are served, rates a day."""
    sketch = Sketch(days=days, n=0.0)
    sketch.event("arrive", Hazard(f"{trial.rate('arrival rate', arrivals)} / 1 day", "true"), {"n": "n + 1"})
    leave = f"{trial.rate('service rate', service)} * min(n, {servers}) / 1 day"
    return sketch.event("leave", Hazard(leave, "true"), {"n": "n - 1"})


@known_answer("M/M/1 from empty", wrong="arrival rate")
def test_one_server_from_empty(trial: Trial) -> dict[str, Comparison]:
    """The number present at t after an empty start: exp(Qt) of the chain cut off at 40 customers.

    Source: Bailey (1954), A continuous time treatment of a simple queue using generating functions
    """
    arrivals, service, t = 1.0, 1.0, 1.5
    numbers = trial.repeat(queue(trial, arrivals, service, 1), t, 700, 150, {"n": "0"}, "n")
    jumps = {(n, n + 1): arrivals for n in range(40)} | {(n, n - 1): service for n in range(1, 41)}
    shares = at_time(jumps, 0, t)
    mean, _ = mean_and_variance(shares)
    return {"mean at t": of_mean(numbers, mean), "empty at t": of_share(numbers == 0, shares[0])}


@known_answer("M/M/3 in the long run", wrong="arrival rate")
def test_three_servers_in_the_long_run(trial: Trial) -> dict[str, Comparison]:
    """With a = λ/μ and ρ = a/c all are busy for the share C(c, a), and a + C ρ/(1 − ρ) are present on average.

    Here C = top / ((1 − ρ) Σ aᵏ/k! + top), k below c, and top = aᶜ/c!.

    Source: Erlang (1917), Solution of some problems in the theory of probabilities of significance in automatic
    telephone exchanges
    """
    arrivals, service, servers, warm, days = 1.2, 1.0, 3, 40, 640
    window = warm * DAY, days * DAY
    sketch = queue(trial, arrivals, service, servers, days)
    sketch.measure("present", "mean", "n", during=window).measure("busy", "time_in", f"n >= {servers}", during=window)
    made = trial.run(sketch.model(), 180)
    load = arrivals / service
    share = load / servers
    top = load**servers / math.factorial(servers)
    wait = top / ((1 - share) * sum(load**k / math.factorial(k) for k in range(servers)) + top)
    busy = [float(item.measures["busy"] or 0) / (window[1] - window[0]) for item in made]
    present = [float(item.measures["present"] or 0) for item in made]
    return {
        "mean present over 600 days": of_mean(present, load + wait * share / (1 - share)),
        "share of 600 days with all busy": of_mean(busy, wait),
    }
