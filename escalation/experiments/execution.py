"""Running a design: trajectories in pieces, by threads, processes or Dask, with the same result.

Pieces go to a sink as they are finished, whoever finishes first. A trajectory that fails is recorded with its address
and the rest go on; a worker that is killed has its pieces run again; an interruption keeps the pieces that are done.
"""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from escalation.experiments.block import BlockResult
from escalation.experiments.design import BLOCK, CANONICAL, Block, Design
from escalation.experiments.executor_kinds import ExecutorError, kind_of
from escalation.experiments.likeness import Refusal
from escalation.experiments.over_time import OverTimeReducer
from escalation.experiments.runner import Process, Work, runner_of
from escalation.experiments.sink import Sink
from escalation.experiments.worker_pools import Pool, found_elsewhere, pool_of

Progress = Callable[[int, int], None]
"""Told how many trajectories are done, and of how many."""
NEW_POOLS = 3
"""How often killed workers are replaced before the rest of the run is given up."""
INTERRUPTED = "interrupted"
UNDER_WAY = 3
"""Pieces handed out at a time, for each worker: enough that none waits, and few enough to be held in memory."""
ROUNDS = 8
"""Into how many pieces for each worker a compiled run is cut at least, where it is large enough."""
LARGEST_PIECE = 20 * CANONICAL
ELSEWHERE = 16
"""Workers that a run is cut for where how many a scheduler has is not known yet."""
LOOK = 0.2
"""Seconds between two looks whether somebody asks to stop."""

__all__ = ["INTERRUPTED", "Outcome", "Process", "Progress", "Work", "available_workers", "execute"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The pieces that were run, in canonical order, unless a sink has them; `stopped` says why some are missing.

    over_time: what is known of trajectories whose paths are not kept; None where a sink has it.
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
    work: Work,
    workers: int | None = None,
    progress: Progress | None = None,
    sink: Sink | None = None,
    executor: str = "auto",
) -> Outcome:
    """Run every piece of the design that the sink does not have, or until it asks to stop.

    Args:
        work: what to run.
        workers: how many; None is as many as there are processors. A Dask scheduler's are those it has.
        progress: told of every piece.
        sink: where finished pieces go; without one they are in the outcome.
        executor: auto, threads, processes, dask:local or dask:tcp://HOST:PORT. Processes of one's own that no other
            process could import (written in a notebook, say) keep the run in this one.

    Raises:
        ValueError: fewer than one worker, or workers or an engine that cannot be had. And whatever compiling raises.
    """
    wanted = available_workers() if workers is None else workers
    if wanted < 1:
        raise ValueError(f"there must be at least one worker, not {wanted}")
    engine = work.chosen
    kind = kind_of(executor, engine)
    cut_for = ELSEWHERE if workers is None and kind.startswith("dask:t") else wanted
    blocks = list(work.design.blocks(piece_size(work.design, engine, cut_for)))
    finished = _Finished(work.design, blocks, progress, sink)
    missing = finished.missing(blocks)
    here = kind == "processes" and (wanted == 1 or len(missing) == 1)
    if not missing:
        stopped = ""
    elif here or not all(map(found_elsewhere, work.processes)):
        stopped = _run_here(work, missing, finished)
    else:
        stopped = _run_in_pools(work, kind, missing, wanted, finished)
    place = {policy: index for index, policy in enumerate(work.design.policies)}
    ordered = sorted(finished.results, key=lambda block: (place[block.policy], block.first))
    return Outcome(tuple(finished.results[block] for block in ordered), stopped, finished.over_time)


def piece_size(design: Design, engine: str, workers: int) -> int:
    """Trajectories that a worker runs at a time. Short pieces cost a compiled run much; SimPy's last long enough."""
    if engine != "compiled":
        return BLOCK
    share = design.total // (workers * ROUNDS * CANONICAL)
    return max(CANONICAL, min(share * CANONICAL, LARGEST_PIECE))


class _Finished:
    """Pieces that are done, and the telling of it."""

    def __init__(self, design: Design, blocks: list[Block], progress: Progress | None, sink: Sink | None) -> None:
        self.results: dict[Block, BlockResult] = {}
        self.over_time = OverTimeReducer(design) if sink is None else None
        self.progress, self.sink = progress, sink
        self.total = sum(block.size for block in blocks)
        self.done = self.total - sum(block.size for block in self.missing(blocks))
        if self.done:
            self.tell()

    def has(self, block: Block) -> bool:
        return block in self.results if self.sink is None else self.sink.has(block)

    def add(self, block: Block, result: BlockResult) -> None:
        if self.has(block):
            return
        if self.sink is not None:
            self.sink.add(block, result)
        else:
            assert self.over_time is not None
            self.results[block] = self.over_time.take(result)
        self.done += block.size
        self.tell()

    def tell(self) -> None:
        if self.progress is not None:
            self.progress(self.done, self.total)

    def stop_asked(self) -> str:
        return "" if self.sink is None else self.sink.stop_asked()

    def missing(self, blocks: Iterable[Block]) -> list[Block]:
        if self.sink is None:
            return [block for block in blocks if block not in self.results]
        return [gap for block in blocks for gap in self.sink.gaps(block)]


def _run_here(work: Work, blocks: list[Block], finished: _Finished) -> str:
    """Run the pieces in this thread."""
    import numpy as np

    runner, flag = runner_of(work), np.zeros(1, dtype=np.int8)
    try:
        for block in blocks:
            if finished.stop_asked():
                return finished.stop_asked()
            result = runner.run(block, flag)
            assert result is not None
            finished.add(block, result)
    except KeyboardInterrupt:
        return INTERRUPTED
    return ""


def _run_in_pools(work: Work, kind: str, blocks: list[Block], workers: int, finished: _Finished) -> str:
    """Run what is missing by workers, and by new ones whenever some were killed.

    Workers that cannot be had stop a run that has begun, which keeps what is done, and are an error before that.
    """
    for _ in range(1 + NEW_POOLS):
        missing = finished.missing(blocks)
        try:
            pool = pool_of(kind, work, min(workers, len(missing)))
            asked = _run_in_pool(pool, missing, finished)
        except KeyboardInterrupt:
            return INTERRUPTED
        except ExecutorError as error:
            if not finished.done:
                raise
            return str(error)
        if asked or not finished.missing(blocks):
            return asked
    left = sum(block.size for block in finished.missing(blocks))
    return (
        f"workers were killed {1 + NEW_POOLS} times, perhaps for want of memory: "
        f"{left:,} of {work.design.total:,} trajectories were not run"
    )


Waiting = dict["Future[BlockResult | Refusal | None]", Block]


def _run_in_pool(pool: Pool, blocks: list[Block], finished: _Finished) -> str:
    """Run pieces until all are done, a worker is killed, or the sink asks to stop (then why).

    An interruption is raised once what is done is gathered.
    """
    waiting: Waiting = {}
    coming = iter(blocks)
    try:
        while True:
            asked = finished.stop_asked()
            room = max(0, UNDER_WAY * pool.workers() - len(waiting))
            whole = not asked and _submit(pool, islice(coming, room), waiting)
            if not waiting:
                return asked
            done, _ = wait(waiting, timeout=LOOK, return_when=FIRST_COMPLETED)
            for future in done:
                whole &= _take(pool, future, waiting.pop(future), finished)
            if asked or not whole:
                return asked
    except KeyboardInterrupt:
        with _deaf_to_interruptions():
            pool.stop()
            pool.close()
            for future, block in waiting.items():
                if future.done() and not future.cancelled():
                    _take(pool, future, block, finished)
        raise
    finally:
        pool.stop()
        pool.close()


def _submit(pool: Pool, blocks: Iterator[Block], waiting: Waiting) -> bool:
    """Hand out pieces; whether the workers took them all."""
    try:
        for block in blocks:
            waiting[pool.submit(block)] = block
    except pool.gone:
        return False
    return True


def _take(pool: Pool, future: "Future[BlockResult | Refusal | None]", block: Block, finished: _Finished) -> bool:
    """Keep a piece's result; one that was in a killed worker has none, and then this is False.

    Raises ExecutorError for a worker that was refused.
    """
    try:
        result = future.result()
    except pool.gone:
        return False
    if isinstance(result, Refusal):
        raise ExecutorError(result.sentence)
    if result is not None:
        finished.add(block, result)
    return True


@contextmanager
def _deaf_to_interruptions() -> Iterator[None]:
    """A second Ctrl-C while the finished pieces are gathered would lose them."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
