"""Workers as `concurrent.futures` executors: threads, processes of this machine, and Dask's on this or many.

Each gives a function to submit pieces by, and a way to tell running pieces to stop. A worker of another version or
numeric platform than ours is refused, for its bytes could differ.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from importlib import metadata
from multiprocessing import get_context, parent_process
from threading import Lock, Thread
from types import ModuleType
from typing import Any, Protocol

from escalation.experiments.block import BlockResult
from escalation.experiments.design import Block
from escalation.experiments.executor_kinds import ExecutorError
from escalation.experiments.runner import Runner, Work, runner_of

Done = Future[BlockResult | None]


class Pool(Protocol):
    """Workers for one work."""

    def submit(self, block: Block) -> Done:
        """Hand out a piece. Raises BrokenProcessPool where workers are gone."""
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
    return DaskWorkers(work, workers, kind)


def found_elsewhere(process: Callable[..., Any]) -> bool:
    """Whether another process can import it: it stands in a module, outside every function, under its own name."""
    module, name = getattr(process, "__module__", "__main__"), getattr(process, "__qualname__", "<nameless>")
    return module != "__main__" and "<" not in name


# ---------------------------------------------------------------------- threads


class Threads:
    """Threads of this process: the compiled engine leaves the interpreter to the others while it runs."""

    def __init__(self, work: Work, workers: int) -> None:
        import numpy as np

        self._flag = np.zeros(1, dtype=np.int8)
        self._runner = runner_of(work)
        self._pool = ThreadPoolExecutor(workers)

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

    def __init__(self, work: Work, workers: int) -> None:
        context = get_context("spawn")
        # Without a lock: a worker killed while it held one would stop all the others.
        self._flag = context.RawValue("b", 0)
        self._pool = ProcessPoolExecutor(workers, context, _begin, (work, self._flag))

    def submit(self, block: Block) -> Done:
        """See `Pool`."""
        with _main_left_alone(), _interruptions_held():
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


# ---------------------------------------------------------------------- Dask


def fingerprint() -> dict[str, str]:
    """What the bytes of a result could depend on, as this process has it."""
    from escalation.chance.numeric_platform import platform_hash
    from escalation.experiments.run_key import package_hash

    return {
        "escalation's sources": package_hash(),
        "the numeric platform": platform_hash(),
        "numpy": metadata.version("numpy"),
        "simpy": metadata.version("simpy"),
    }


def require_alike(theirs: dict[str, str], worker: str) -> None:
    """Refuse a worker that is not as we are. Raises ExecutorError, naming it and what differs."""
    for name, ours in fingerprint().items():
        if theirs.get(name) != ours:
            raise ExecutorError(
                f"the worker {worker} differs in {name}: it has {theirs.get(name, 'none')[:12]}, here it is {ours[:12]}"
            )


class DaskWorkers:
    """Workers of a Dask scheduler: `dask:local` starts some here; others are where the scheduler has them.

    Each worker makes the work ready once. What a lost worker was running is given to another.
    """

    def __init__(self, work: Work, workers: int, kind: str) -> None:
        from distributed import Client, LocalCluster

        self._cluster = None
        address = kind.removeprefix("dask:")
        if address == "local":
            self._cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
        try:
            self._client = Client(self._cluster or address, timeout="10s", set_as_default=False)
        except OSError as error:
            raise ExecutorError(f"no Dask scheduler answers at {address}: {error}") from None
        for worker, theirs in self._client.run(fingerprint).items():
            require_alike(theirs, worker)
        self._ours = fingerprint()
        self._name = sha256(repr((work.model, work.firings, work.engine)).encode()).hexdigest()
        self._work = self._client.scatter(work, broadcast=True, hash=False)
        self._executor = self._client.get_executor(retries=3, pure=False)
        self._waits = True

    def submit(self, block: Block) -> Done:
        """See `Pool`."""
        done: Done = self._executor.submit(_run_on_dask, self._work, self._name, self._ours, block)
        return done

    def stop(self) -> None:
        """See `Pool`."""
        self._waits = False

    def close(self) -> None:
        """See `Pool`."""
        self._executor.shutdown(wait=self._waits)
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


_ready: dict[str, Runner] = {}
_making = Lock()


def _run_on_dask(work: Work, name: str, ours: dict[str, str], block: Block) -> BlockResult | None:
    """A piece on a Dask worker, which may have joined after the others were looked at."""
    import numpy as np
    from distributed import get_worker

    with _making:
        if name not in _ready:
            if fingerprint() != ours:
                raise ExecutorError(f"the worker {get_worker().address} is not of our version or numeric platform")
            _ready[name] = runner_of(work)
    return _ready[name].run(block, np.zeros(1, dtype=np.int8))
