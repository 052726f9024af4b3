"""A ladder, read from its YAML file, that is a Markov chain: rates for decisions, and a gate that opens and shuts."""

from pathlib import Path

import numpy as np

from escalation.language.resolve import read_scenario
from escalation.model.build import build
from tests.known_answers.answers import known_answer
from tests.known_answers.chains import at_time
from tests.known_answers.comparison import Comparison, of_share
from tests.known_answers.trial import Trial

SCENARIO = Path(__file__).parent / "three_rungs.yaml"
PACE, OPENING, SHUTTING = 0.06, 0.15, 0.03
"""A day."""
DAYS, STEP, CYCLE = (20, 30, 45), 5, 100
"""Days of a crisis that are looked at; the step of the series, and from one crisis to the next, in days."""


def shares_on_rungs(t: float) -> list[float]:
    """The probability of each rung t days into a crisis; states are (rung, is the gate open)."""
    jumps = {((rung, False), (rung, True)): OPENING for rung in range(3)}
    jumps |= {((rung, True), (rung, False)): SHUTTING for rung in range(3)}
    jumps |= {((0, False), (1, False)): PACE, ((0, True), (1, True)): PACE, ((1, True), (2, True)): PACE}
    shares = at_time(jumps, (0, False), t)
    return [shares[rung, False] + shares[rung, True] for rung in range(3)]


@known_answer("Ladder of three rungs", wrong="pace")
def test_a_ladder_is_a_markov_chain(trial: Trial) -> dict[str, Comparison]:
    """Six states (rung, gate): the share on each rung t days into a crisis is a sum of two entries of exp(Qt).

    Source: Kolmogorov (1931), Über die analytischen Methoden in der Wahrscheinlichkeitsrechnung
    """
    rates = {"pace": PACE, "opening": OPENING, "shutting": SHUTTING}
    sets = [f"constants.{name}.value={trial.rate(name, rate)!r} / 1 day" for name, rate in rates.items()]
    made = trial.run(build(read_scenario(SCENARIO, sets=sets).scenario), 250)
    heights = np.asarray([item.series["height"][:-1] for item in made]).reshape(-1, CYCLE // STEP)
    compared = {}
    for day in DAYS:
        for rung, share in enumerate(shares_on_rungs(day)):
            # Between the fast rise and the fall the middle rung hardly feels the pace, so it is looked at late only.
            if rung != 1 or day == DAYS[-1]:
                compared[f"rung {rung} on day {day}"] = of_share(heights[:, day // STEP] == rung, share)
    return compared
