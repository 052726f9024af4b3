"""Reports that take six days and set out every day, read from their YAML file: up to six are in flight together."""

from pathlib import Path

import numpy as np

from escalation.language.resolve import read_scenario
from escalation.model.build import build
from tests.known_answers.answers import known_answer
from tests.known_answers.comparison import Comparison, of_path
from tests.known_answers.trial import Trial

SCENARIO = Path(__file__).parent / "reports_in_flight.yaml"
LAG = 6
"""Days."""


@known_answer("Reports in flight", wrong="lag")
def test_reports_in_flight(trial: Trial) -> dict[str, Comparison]:
    """With a report a day, six days old, seen(t) = truth(t − 6 days) for daily steps, else as at 00:00 of that day.

    Source: a deterministic identity, from what a report without error is
    """
    sets = [f"constants.lag.value={trial.rate('lag', LAG)!r} days"]
    made = trial.run(build(read_scenario(SCENARIO, sets=sets).scenario), 20)
    hours = np.arange(90 * 24 + 1)
    then = hours - 24 * LAG
    midnight = then - then % 24
    compared = {}
    for what, instant in (("ramp", then), ("crowd", midnight)):
        truth = np.asarray([item.series[f"{what}_path"] for item in made])
        expected = np.where(instant >= 0, truth[:, np.maximum(instant, 0)], 0.0)
        compared[f"{what}, every hour"] = of_path([item.series[f"{what}_seen_path"] for item in made], expected)
    return compared
