"""Work that is interrupted by failures, under each memory: the mean time from its beginning to its end.

Failures come at the rate λ while the machine is up and are mended at the rate μ. Every job begins at the end of the one
before it, with the machine up, so the end of the last job is a sum of independent times. What is made 3 % too long is
the work itself.
"""

import math
from dataclasses import replace

from escalation.model.process import Hazard, Waiting
from tests.known_answers.answers import known_answer
from tests.known_answers.comparison import Comparison, of_mean
from tests.known_answers.trial import Trial
from tests.models import Sketch

FAILURE, REPAIR = 0.5, 1.0
"""A day."""
CYCLE = 1 / FAILURE + 1 / REPAIR
"""The mean time from one failure to the next, in days."""
FIXED = 2.0
"""Days of work."""
MEAN = 0.5
"""Mean days of exponential work."""
SHORT, LONG = 1.0, 3.0
"""The ends of uniform work, in days."""


def completion(trial: Trial, memory: str, after: str, mean: float, jobs: int, trajectories: int) -> Comparison:
    """The mean time that a job takes; the work of one is drawn by `after`."""
    sketch = Sketch(days=1e6, up=True, jobs=0.0)
    going = f"jobs < {jobs}"
    sketch.event("fail", Hazard(f"{trial.rate('failure rate', FAILURE)} / 1 day", f"up and {going}"), {"up": "false"})
    sketch.event("mend", Hazard(f"{trial.rate('repair rate', REPAIR)} / 1 day", f"not up and {going}"), {"up": "true"})
    sketch.event("work", Waiting(f"up and {going}", after, memory=memory), {"jobs": "jobs + 1"})
    compared = of_mean(trial.days_until(sketch, f"jobs >= {jobs}", trajectories) / jobs, mean)
    return replace(compared, n=compared.n * jobs)


def fixed(trial: Trial) -> str:
    return f"{trial.rate('work', FIXED)} days"


def exponential(trial: Trial) -> str:
    return f"exponential(mean={trial.rate('work', MEAN)} days)"


def uniform(trial: Trial) -> str:
    return f"uniform({trial.rate('work', SHORT)} days, {trial.rate('work', LONG)} days)"


@known_answer("Interrupted work, memory: resume", wrong="work")
def test_resume(trial: Trial) -> dict[str, Comparison]:
    """Preemptive resume: E[C] = E[W](1 + λ/μ), whatever the distribution of the work W.

    Source: Gaver (1962), A waiting line with interrupted service, including priorities
    """
    slower = 1 + FAILURE / REPAIR
    return {
        "fixed work": completion(trial, "resume", fixed(trial), FIXED * slower, 100, 150),
        "exponential work": completion(trial, "resume", exponential(trial), MEAN * slower, 300, 400),
        "uniform work": completion(trial, "resume", uniform(trial), (SHORT + LONG) / 2 * slower, 120, 140),
    }


@known_answer("Interrupted work, memory: restart", wrong="work")
def test_restart(trial: Trial) -> dict[str, Comparison]:
    """Preemptive repeat different: E[C] = (1/λ + 1/μ)(1/φ − 1) with φ = E[exp(−λW)].

    Source: Nicola (1986), A single server queue with mixed types of interruptions; Gaver (1962)
    """
    shares = (math.exp(-FAILURE * SHORT) - math.exp(-FAILURE * LONG)) / (FAILURE * (LONG - SHORT))
    return {
        "fixed work": completion(trial, "restart", fixed(trial), CYCLE * math.expm1(FAILURE * FIXED), 130, 150),
        "exponential work": completion(trial, "restart", exponential(trial), CYCLE * FAILURE * MEAN, 300, 450),
        "uniform work": completion(trial, "restart", uniform(trial), CYCLE * (1 / shares - 1), 130, 180),
    }


@known_answer("Interrupted work, memory: keep", wrong="work")
def test_keep(trial: Trial) -> dict[str, Comparison]:
    """Preemptive repeat identical: E[C] = (1/λ + 1/μ)(E[exp(λW)] − 1).

    Source: Kulkarni, Nicola and Trivedi (1987), The completion time of a job on multimode systems
    """
    grown = (math.exp(FAILURE * LONG) - math.exp(FAILURE * SHORT)) / (FAILURE * (LONG - SHORT))
    kept = FAILURE * MEAN / (1 - FAILURE * MEAN)
    return {
        "fixed work": completion(trial, "keep", fixed(trial), CYCLE * math.expm1(FAILURE * FIXED), 130, 150),
        "exponential work": completion(trial, "keep", exponential(trial), CYCLE * kept, 300, 500),
        "uniform work": completion(trial, "keep", uniform(trial), CYCLE * (grown - 1), 130, 180),
    }
