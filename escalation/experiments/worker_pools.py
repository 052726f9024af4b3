"""Workers as `concurrent.futures` executors: threads, processes of this machine, and Dask's (`dask_workers`).

Each gives a function to submit pieces by, and a way to tell running pieces to stop.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from types import ModuleType
from typing import Any, Protocol

from escalation.experiments.block import BlockResult
from escalation.experiments.design import Block
from escalation.experiments.likeness import Refusal
from escalation.experiments.runner import Runner, Work, runner_of

Done = Future[BlockResult | Refusal | None]


class Pool(Protocol):
    """Workers for one work.

    gone: what is raised, by `submit` or by what it gave, where workers were lost and the piece with them.
    """

    gone: tuple[type[BaseException], ...]

    def workers(self) -> int:
        """How many pieces can be run at once, now."""
        ...

    def submit(self, block: Block) -> Done:
        """Hand out a piece; what comes of it may be the refusal of a worker."""
        ...

    def stop(self) -> None:
        """Tell running pieces to end without a result."""
        ...

    def close(self) -> None:
        """Wait for the workers and let them go; pieces that wait are not begun."""
        ...


def pool_of(kind: str, work: Work, workers: int) -> Pool:
    """So many workers of a kind. Raises ExecutorError, EngineError."""
    if kind == "threads":
        return Threads(work, workers)
    if kind == "processes":
        return Processes(work, workers)
    from escalation.experiments.dask_workers import DaskWorkers

    return DaskWorkers(work, workers, kind)


def found_elsewhere(process: Callable[..., Any]) -> bool:
    """Whether another process can import it: it stands in a module, outside every function, under its own name."""
    module, name = getattr(process, "__module__", "__main__"), getattr(process, "__qualname__", "<nameless>")
    return module != "__main__" and "<" not in name


# ---------------------------------------------------------------------- threads


class Threads:
    """Threads of this process: the compiled engine leaves the interpreter to the others while it runs."""

    gone: tuple[type[BaseException], ...] = ()

    def __init__(self, work: Work, workers: int) -> None:
        import numpy as np

        self._flag = np.zeros(1, dtype=np.int8)
        self._runner = runner_of(work)
        self._pool, self._workers = ThreadPoolExecutor(workers), workers

    def workers(self) -> int:
        """See `Pool`."""
        return self._workers

    def submit(self, block: Block) -> Done:
        """See `Pool`."""
        return self._pool.submit(self._runner.run, block, self._flag)

    def stop(self) -> None:
        """See `Pool`."""
        self._flag[0] = 1

    def close(self) -> None:
        """See `Pool`."""
        self._pool.shutdown(cancel_futures=True)


# ---------------------------------------------------------------------- processes

_worker: tuple[Runner, Any] | None = None
"""What this process was told, if it is a worker."""


class Processes:
    """Processes of this machine, which end with this one."""

    gone: tuple[type[BaseException], ...] = (BrokenProcessPool,)

    def __init__(self, work: Work, workers: int) -> None:
        context = get_context("spawn")
        # Without a lock: a worker killed while it held one would stop all the others.
        self._flag = context.RawValue("b", 0)
        self._pool, self._workers = ProcessPoolExecutor(workers, context, _begin, (work, self._flag)), workers

    def workers(self) -> int:
        """See `Pool`."""
        return self._workers

    def submit(self, block: Block) -> Done:
        """See `Pool`."""
        with main_left_alone(), interruptions_held():
            return self._pool.submit(_run_in_worker, block)

    def stop(self) -> None:
        """See `Pool`."""
        self._flag.value = 1

    def close(self) -> None:
        """See `Pool`."""
        self._pool.shutdown(cancel_futures=True)


def _begin(work: Work, flag: Any) -> None:
    """A worker's first act: leave interruptions to the parent, end with it, and compile the model once."""
    global _worker
    import numpy as np

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _worker = runner_of(work), np.frombuffer(flag, dtype=np.int8)
    # What is imported and compiled stays to the end: the collector need not walk it again and again.
    gc.freeze()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run_in_worker(block: Block) -> BlockResult | None:
    assert _worker is not None
    runner, flag = _worker
    return runner.run(block, flag)


@contextmanager
def main_left_alone() -> Iterator[None]:
    """Workers need nothing of the caller's script, and importing it in each of them would run it again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def interruptions_held() -> Iterator[None]:
    """Workers are born deaf to Ctrl-C, which would end them before they could say so; ours is answered afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
