"""What runs pieces of work in one worker: a model made ready once, by the engine that was chosen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from escalation.engines.choice import choose
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import simulate
from escalation.experiments.block import BlockResult, FailedTrajectory, pack, run_piece
from escalation.experiments.design import Block, Design
from escalation.model.process import Model
from escalation.model.trajectory import Point, Trajectory

if TYPE_CHECKING:
    import numpy as np

    from escalation.engines.compiled.engine import Compiled

    Flag = np.ndarray[Any, Any]

Process = Callable[[Any], Any]
"""A researcher's own SimPy process: a generator function of a `World`."""


@dataclass(frozen=True, slots=True)
class Work:
    """What every worker is told once: the model, the design, whether to keep firings, and processes of one's own.

    processes: generator functions of a `World`, each of which another process must be able to import by its name.
    engine: auto, compiled or simpy.
    """

    model: Model
    design: Design
    firings: bool = False
    processes: tuple[Process, ...] = ()
    engine: str = "auto"

    @property
    def chosen(self) -> str:
        """The engine that runs it. Raises EngineError."""
        return choose(self.engine, own_processes=bool(self.processes)).engine


class Runner(Protocol):
    """Runs pieces of one work, from any thread."""

    def run(self, block: Block, stop: "Flag") -> BlockResult | None:
        """All trajectories of a piece; None if `stop[0]` was set on the way."""
        ...


def runner_of(work: Work) -> Runner:
    """Make a work ready to run in this process. Raises EngineError."""
    if work.chosen == "compiled":
        from escalation.engines.compiled.engine import Compiled

        return CompiledRunner(Compiled(work.model), work)
    return SimpyRunner(prepare(work.model), work)


@dataclass(frozen=True)
class CompiledRunner:
    """Machine code: threads run it side by side."""

    compiled: "Compiled"
    work: Work

    def run(self, block: Block, stop: "Flag") -> BlockResult | None:
        """See `Runner`."""
        return run_piece(self.compiled, self.work.design, block, firings=self.work.firings, stop=stop)


@dataclass(frozen=True)
class SimpyRunner:
    """The engine to believe, one trajectory after another."""

    program: Program
    work: Work

    def run(self, block: Block, stop: "Flag") -> BlockResult | None:
        """See `Runner`."""
        return run_block(self.program, self.work, block, lambda: bool(stop[0]))


def run_block(
    program: Program, work: Work, block: Block, should_stop: Callable[[], bool] = lambda: False
) -> BlockResult | None:
    """All trajectories of a block on the SimPy engine; None if it was told to stop on the way."""
    finished: list[Trajectory] = []
    failures: list[FailedTrajectory] = []
    failed: list[Trajectory] = []
    for number in range(block.first, block.last):
        if should_stop():
            return None
        point = work.design.point(block.policy, number)
        result = run_one(program, point, work.firings, work.processes)
        if isinstance(result, FailedTrajectory):
            failures.append(result)
        elif result.failure is not None:
            failures.append(FailedTrajectory.of(result))
            failed.append(result)
        else:
            finished.append(result)
    return pack(work.model, block, finished, failures, finished + failed if work.firings else None)


def run_one(
    program: Program, point: Point, record: bool, processes: tuple[Process, ...] = ()
) -> Trajectory | FailedTrajectory:
    """One trajectory; an error of our own is recorded like any other failure, and ends nothing else."""
    try:
        return simulate(program, point, record=record, processes=processes)
    except Exception as error:
        return FailedTrajectory.unexpected(point, error)
