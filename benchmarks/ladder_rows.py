"""The rows of the benchmark ladder: `benchmarks/ladder.yaml` by every engine, and by hand in NumPy and C."""

from pathlib import Path

import escalation
from benchmarks import engines, in_c
from benchmarks.lockstep import Lockstep
from benchmarks.rows import Row, processor
from escalation.model.build import build
from escalation.model.process import Model

LADDER = Path(__file__).with_name("ladder.yaml")
GROUP = "ladder"
POLICY = "stated"


def ladder() -> Model:
    """The model, measured as its author asks and no more."""
    return build(escalation.load(LADDER).scenario)


def rows() -> list[Row]:
    """Fastest first."""
    model = ladder()
    no_compiled, no_c = engines.missing_compiled(), "" if in_c.compiler() else "no C compiler"

    def in_numpy(n: int) -> int:
        return int(Lockstep(n, in_c.THRESHOLDS[POLICY], model.horizon).run()[1].sum())

    def by_hand(key: str, name: str, limit: str, *variant: str) -> Row:
        def play(n: int) -> int:
            return int(in_c.play(variant, POLICY, 0, n, horizon=model.horizon).firings.sum())

        return Row(GROUP, key, name, 1_000, None if no_c else processor(play), limit, no_c)

    play = None if no_compiled else processor(engines.compiled(model, POLICY))
    return [
        by_hand(
            "c limit",
            "C by hand, at the limit: xoshiro256++ and ziggurats, no addresses",
            "no one place: the search for the least of 22 keys takes about a quarter, rules and their readers the rest",
            "UNADDRESSED",
        ),
        Row(
            GROUP,
            "compiled",
            "**compiled engine**",
            1_000,
            play,
            "as the limit: its addressed draws are made eight at a time, ahead, and cost little",
            no_compiled,
        ),
        by_hand(
            "c libm",
            "C by hand, like for like, libm's log and exp",
            "the same and the draws: Philox by four, each quantile on its own when it is drawn",
            "LIBM",
        ),
        by_hand("c own", "C by hand, like for like, the same bytes", "the same, with our own log and exp"),
        Row(
            GROUP,
            "numpy",
            "NumPy, 10,000 trajectories in lock-step",
            10_000,
            processor(in_numpy),
            "gathering and scattering the state of hazards and edges: two thirds of its time",
        ),
        Row(
            GROUP,
            "simpy",
            "SimPy engine",
            12,
            processor(engines.simpy(model, POLICY)),
            "the interpreter",
        ),
        Row(
            GROUP,
            "natural",
            "SimPy the natural way, a signal a variable",
            12,
            processor(engines.natural(model, POLICY)),
            "the interpreter, and a generator woken for each change of what it reads",
        ),
    ]
