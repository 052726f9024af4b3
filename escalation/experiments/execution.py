"""Running a design: trajectories in blocks, in this process or in several, with the same result.

Blocks are put in canonical order whoever finishes first. A trajectory that fails is recorded with its address and
the rest go on; a worker that is killed has its blocks run again; an interruption keeps the blocks that are done.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from threading import Thread
from types import ModuleType
from typing import Any

from escalation.engines.program import Program, prepare
from escalation.engines.simpy import simulate
from escalation.experiments.block import BlockResult, FailedTrajectory, pack
from escalation.experiments.design import Block, Design
from escalation.experiments.over_time import OverTimeReducer
from escalation.experiments.summary_sink import SummarySink, without_outcomes
from escalation.model.process import Model
from escalation.model.trajectory import Point, Trajectory

Process = Callable[[Any], Any]
"""A researcher's own SimPy process: a generator function of a `World`."""
Progress = Callable[[int, int], None]
"""Told how many trajectories are done, and of how many."""
NEW_POOLS = 3
"""How often killed workers are replaced before the rest of the run is given up."""
INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Work:
    """What every worker is told once: the model, the design, whether to keep firings, and processes of one's own.

    processes: generator functions of a `World`, each of which another process must be able to import by its name.
    """

    model: Model
    design: Design
    firings: bool = False
    processes: tuple[Process, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The blocks that were run, in canonical order; `stopped` says why some are missing, or is empty.

    over_time: the series of trajectories whose paths are not kept.
    """

    results: tuple[BlockResult, ...]
    stopped: str = ""
    over_time: "OverTimeReducer | None" = None


def available_workers() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def execute(
    work: Work, workers: int | None = None, progress: Progress | None = None, sink: SummarySink | None = None
) -> Outcome:
    """Run every block of the design; with one worker, in this process.

    sink: takes each block as it is done; the outcome then holds no outcomes.

    Processes of one's own that no other process could import (written in a notebook, say) keep the run in this one.

    Raises ValueError for fewer than one worker, and whatever compiling the model raises.
    """
    wanted = available_workers() if workers is None else workers
    if wanted < 1:
        raise ValueError(f"there must be at least one worker, not {wanted}")
    program = prepare(work.model)
    blocks = list(work.design.blocks())
    finished = _Finished(work.design, progress, sink)
    if wanted == 1 or len(blocks) == 1 or not all(map(_found_elsewhere, work.processes)):
        stopped = _run_here(program, work, blocks, finished)
    else:
        stopped = _run_in_pools(work, blocks, min(wanted, len(blocks)), finished)
    place = {policy: index for index, policy in enumerate(work.design.policies)}
    ordered = sorted(finished.results, key=lambda block: (place[block.policy], block.first))
    return Outcome(tuple(finished.results[block] for block in ordered), stopped, finished.over_time)


def _found_elsewhere(process: Process) -> bool:
    """Whether another process can import it: it stands in a module, outside every function, under its own name."""
    module, name = getattr(process, "__module__", "__main__"), getattr(process, "__qualname__", "<nameless>")
    return module != "__main__" and "<" not in name


class _Finished:
    """Blocks that are done, and the telling of it."""

    def __init__(self, design: Design, progress: Progress | None, sink: SummarySink | None = None) -> None:
        self.results: dict[Block, BlockResult] = {}
        self.total, self.progress, self.sink = design.total, progress, sink
        self.over_time = OverTimeReducer(design)
        self.done = 0

    def add(self, block: Block, result: BlockResult) -> None:
        if block in self.results:
            return
        result = self.over_time.take(result)
        if self.sink is not None:
            self.sink.add(block, result)
            result = without_outcomes(result)
        self.results[block] = result
        self.done += block.size
        if self.progress is not None:
            self.progress(self.done, self.total)

    def missing(self, blocks: Iterable[Block]) -> list[Block]:
        return [block for block in blocks if block not in self.results]


# ---------------------------------------------------------------------- one block


def run_block(
    program: Program, work: Work, block: Block, should_stop: Callable[[], bool] = lambda: False
) -> BlockResult | None:
    """All trajectories of a block; None if it was told to stop on the way."""
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


def _run_here(program: Program, work: Work, blocks: list[Block], finished: _Finished) -> str:
    try:
        for block in blocks:
            result = run_block(program, work, block)
            assert result is not None
            finished.add(block, result)
    except KeyboardInterrupt:
        return INTERRUPTED
    return ""


# ---------------------------------------------------------------------- several processes

_worker: tuple[Program, Work, Any] | None = None
"""What this process was told, if it is a worker."""


def _begin(work: Work, stop: Any) -> None:
    """A worker's first act: leave interruptions to the parent, end with it, and compile the model once."""
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _worker = prepare(work.model), work, stop
    # What is imported and compiled stays to the end: the collector need not walk it again and again.
    gc.freeze()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run_in_worker(block: Block) -> BlockResult | None:
    assert _worker is not None
    program, work, stop = _worker
    return run_block(program, work, block, lambda: bool(stop.value))


def _run_in_pools(work: Work, blocks: list[Block], workers: int, finished: _Finished) -> str:
    """Run what is missing in a pool, and in a new one whenever workers were killed."""
    for _ in range(1 + NEW_POOLS):
        try:
            _run_in_pool(work, finished.missing(blocks), workers, finished)
        except KeyboardInterrupt:
            return INTERRUPTED
        if not finished.missing(blocks):
            return ""
    left = sum(block.size for block in finished.missing(blocks))
    return (
        f"workers were killed {1 + NEW_POOLS} times, perhaps for want of memory: "
        f"{left:,} of {work.design.total:,} trajectories were not run"
    )


def _run_in_pool(work: Work, blocks: list[Block], workers: int, finished: _Finished) -> None:
    """Run blocks until all are done or a worker is killed; an interruption is raised once what is done is gathered."""
    context = get_context("spawn")
    # Without a lock: a worker killed while it held one would stop all the others.
    stop = context.RawValue("b", 0)
    pool = ProcessPoolExecutor(min(workers, len(blocks)), context, _begin, (work, stop))
    waiting: dict[Future[BlockResult | None], Block] = {}
    try:
        _submit(pool, blocks, waiting)
        for future in as_completed(waiting):
            _take(future, waiting[future], finished)
    except KeyboardInterrupt:
        with _deaf_to_interruptions():
            stop.value = 1
            pool.shutdown(cancel_futures=True)
            for future, block in waiting.items():
                if future.done() and not future.cancelled():
                    _take(future, block, finished)
        raise
    finally:
        stop.value = 1
        pool.shutdown(cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, blocks: list[Block], waiting: dict[Future[BlockResult | None], Block]) -> None:
    """Hand out the blocks, or those that a pool takes before it breaks."""
    with _main_left_alone(), _interruptions_held(), suppress(BrokenProcessPool):
        for block in blocks:
            waiting[pool.submit(_run_in_worker, block)] = block


def _take(future: "Future[BlockResult | None]", block: Block, finished: _Finished) -> None:
    """Keep a block's result; one that was in a killed worker has none."""
    try:
        result = future.result()
    except BrokenProcessPool:
        return
    if result is not None:
        finished.add(block, result)


@contextmanager
def _main_left_alone() -> Iterator[None]:
    """Workers need nothing of the caller's script, and importing it in each of them would run it again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _interruptions_held() -> Iterator[None]:
    """Workers are born deaf to Ctrl-C, which would end them before they could say so; ours is answered afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _deaf_to_interruptions() -> Iterator[None]:
    """A second Ctrl-C while the finished blocks are gathered would lose them."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
