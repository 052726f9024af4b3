"""What a study will cost, from a short trial of each of its scenarios: an estimate, with what it rests on."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

from escalation.experiments.block import WITH_SERIES, BlockResult
from escalation.experiments.design import Design
from escalation.experiments.ensemble import assemble
from escalation.experiments.execution import Work, execute
from escalation.experiments.expectations import TRAJECTORIES as CLAIMED
from escalation.experiments.study_plan import Planned
from escalation.experiments.tables import write_parquet
from escalation.model.process import Model

LONG_ENOUGH = 0.2
"""Seconds: a trial is made four times as long until its trajectories have taken so long."""
MOST = 16_384
"""Trajectories a policy, of a trial."""
REPORT_SECONDS, REPORT_BYTES = 1.5, 700_000.0
EACH_SECONDS, EACH_BYTES = 0.06, 30_000.0
"""What a report takes by itself, and for each question under each policy: measured on the shipped scenarios."""
EACH_ROW = 1.5e-6
"""Seconds for each trajectory and question, of the estimates."""
START = 2.0
"""Seconds until several processes are at work on the SimPy engine: each imports the program and compiles the model."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a trial of a scenario showed.

    trajectories: how many it played. engine: by which. seconds: of one trajectory, in one worker. row: bytes
    of a trajectory's outcomes. series: bytes of its series, of the trajectories that keep them.
    """

    trajectories: int
    engine: str
    seconds: float
    row: float
    series: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run is expected to take: seconds by the clock, bytes on disk."""

    seconds: float
    size: float


def trial(model: Model, design: Design, engine: str = "auto") -> Rate:
    """Play a few trajectories of each policy of a design by an engine, in one worker.

    What a run costs before its first trajectory (imports, compiling the model) is taken off.
    """
    _played(model, design, 1, engine)
    idle, small, _ = _played(model, design, 1, engine)
    n, taken = 1, 0.0
    while taken < LONG_ENOUGH and n < min(MOST, max(2, design.n // 4)):
        n = min(4 * n, MOST)
        whole, small, results = _played(model, design, n, engine)
        taken = max(whole - idle, 1e-6)
    ensemble = assemble(model, small, results)
    row, series = BytesIO(), BytesIO()
    write_parquet([ensemble.outcomes], row)
    write_parquet([ensemble.series], series)
    sizes = (row.getbuffer().nbytes / small.total, series.getbuffer().nbytes / small.total)
    chosen = Work(model, small, engine=engine).chosen
    return Rate(small.total, chosen, taken / (small.total - len(design.policies)), *sizes)


def _played(model: Model, design: Design, n: int, engine: str) -> tuple[float, Design, tuple[BlockResult, ...]]:
    """Seconds that `n` trajectories of each policy take, and what they gave.

    Each has a future of its own, since tables of like futures are smaller than tables of many.
    """
    small = Design(design.policies, n, 1, design.seed)
    began = time.perf_counter()
    outcome = execute(Work(model, small, engine=engine), workers=1)
    if outcome.stopped:
        raise KeyboardInterrupt
    return time.perf_counter() - began, small, outcome.results


def cost(planned: Planned, rate: Rate, workers: int) -> Cost:
    """Of one run in so many workers: its trajectories, the claims that it judges in one of them, its report."""
    assert planned.design is not None
    design, told = planned.design, planned.questions * len(planned.design.policies)
    playing = design.total * rate.seconds / workers + (START if workers > 1 and rate.engine == "simpy" else 0.0)
    judging = planned.claims * CLAIMED * rate.seconds
    charted = min(design.n, WITH_SERIES) * len(design.policies)
    size = design.total * rate.row + charted * rate.series + REPORT_BYTES + EACH_BYTES * told
    telling = REPORT_SECONDS + EACH_SECONDS * told + EACH_ROW * design.total * planned.questions
    return Cost(playing + judging + telling, size)


def together(costs: Iterable[Cost]) -> Cost:
    """The cost of runs one after another."""
    each = list(costs)
    return Cost(sum(one.seconds for one in each), sum(one.size for one in each))
