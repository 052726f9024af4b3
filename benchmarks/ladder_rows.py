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
            "the search for the least of 22 keys, mispredicted branches, a division for each hazard that changed",
            "UNADDRESSED",
        ),
        Row(
            GROUP,
            "compiled",
            "**compiled engine**",
            1_000,
            play,
            "the same; its draws are made eight at a time, ahead",
            no_compiled,
        ),
        by_hand(
            "c libm",
            "C by hand, like for like, libm's log and exp",
            "Philox four numbers at a time, a quantile at each draw",
            "LIBM",
        ),
        by_hand(
            "c own", "C by hand, like for like, the same bytes", "the same, with our own log and exp, one at a time"
        ),
        Row(
            GROUP,
            "numpy",
            "NumPy, 10,000 trajectories in lock-step",
            10_000,
            processor(in_numpy),
            "memory: every step gathers and scatters the state of each group",
        ),
        Row(
            GROUP,
            "simpy",
            "SimPy engine",
            12,
            processor(engines.simpy(model, POLICY)),
            "the interpreter: some two hundred bytecodes a clock that is looked at",
        ),
        Row(
            GROUP,
            "natural",
            "SimPy the natural way, a signal a variable",
            12,
            processor(engines.natural(model, POLICY)),
            "the interpreter: a generator is woken for each change it may care about",
        ),
    ]
