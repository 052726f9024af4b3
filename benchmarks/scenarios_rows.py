"""The rows of real scenarios: the flagship and the tutorial, all policies, by each engine and SimPy the natural way."""

from pathlib import Path

import escalation
from benchmarks import engines
from benchmarks.rows import Row, processor

SCENARIOS = Path(__file__).parents[1] / "scenarios"
GROUP = "scenarios"
NAMES = {"seoul-2024": "flagship", "first-ladder": "tutorial"}


def rows() -> list[Row]:
    """With everything that a report watches, as in `escalation run`."""
    missing = engines.missing_compiled()
    made = []
    for file, name in NAMES.items():
        loaded = escalation.load(SCENARIOS / f"{file}.yaml")
        for key, engine in (("compiled", engines.compiled), ("simpy", engines.simpy), ("natural", engines.natural)):
            plays = [] if key == "compiled" and missing else [engine(loaded.model, each) for each in loaded.policies]
            words = {"compiled": "**compiled engine**", "simpy": "SimPy engine", "natural": "SimPy the natural way"}
            run = processor(lambda n, plays=plays: sum(play(n) for play in plays)) if plays else None
            few = {"seoul-2024": 12, "first-ladder": 40}[file]
            made.append(
                Row(
                    GROUP,
                    f"{name} {key}",
                    f"{name} (`{file}`, {len(loaded.model.rules)} rules), {words[key]}",
                    2_000 if key == "compiled" else few,
                    run,
                    "",
                    "" if plays else missing,
                )
            )
    return made
