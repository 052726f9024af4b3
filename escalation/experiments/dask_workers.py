"""Dask's workers, on this machine or on many, as a `concurrent.futures` executor.

The work is sent to each worker once and made ready there once. A piece that was in a lost worker is given to another,
and a worker that joins takes part. One that is unlike us is refused before its first piece.
"""

import time
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import replace
from logging import CRITICAL
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from distributed import Client, KilledWorker, LocalCluster, get_worker
from distributed.comm import CommClosedError

from escalation.experiments.block import BlockResult
from escalation.experiments.design import Block
from escalation.experiments.executor_kinds import ExecutorError
from escalation.experiments.likeness import Refusal, likeness, unlike
from escalation.experiments.runner import Runner, Work, runner_of

if TYPE_CHECKING:
    from escalation.experiments.worker_pools import Done

ANSWER = 10
"""Seconds in which a scheduler must answer."""
FIRST_WORKER = 60
"""Seconds in which it must have a worker."""
ASKED_AGAIN = 1.0
"""Seconds between two questions how many workers there are."""
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""The first act of a worker of our own: Ctrl-C at a terminal reaches it too, and it is for us to answer."""
KEPT_READY = 2
"""Works that a worker keeps ready, so that two runs can take turns."""


class DaskWorkers:
    """See `worker_pools.Pool`. workers: how many `dask:local` starts; a scheduler's are those it has.

    Raises ExecutorError: no scheduler answers, it has no workers, or one of them is unlike us.
    """

    # TypeError: Dask's own, where a worker is lost between giving its result and our reading how it ended.
    gone: tuple[type[BaseException], ...] = (KilledWorker, CancelledError, CommClosedError, TypeError)

    def __init__(self, work: Work, workers: int, kind: str) -> None:
        self._cluster: Any = None
        address = kind.removeprefix("dask:")
        if address == "local":
            self._cluster = _local(workers)
        try:
            self._client = _connected(self._cluster or address)
            try:
                self._prepare(work)
            except BaseException:
                self._client.close()
                raise
        except BaseException:
            self._close_cluster()
            raise

    def _prepare(self, work: Work) -> None:
        """Look at the workers, and send them the work; the engine is chosen here, so that it is one everywhere."""
        self._ours = likeness()
        _require_alike(self._client, self._ours)
        self._name = uuid4().hex
        self._work = self._client.scatter(replace(work, engine=work.chosen), broadcast=True, hash=False)
        self._executor = self._client.get_executor(pure=False)
        self._threads, self._asked = 0, 0.0

    def workers(self) -> int:
        """Threads of all workers that there are now."""
        if time.monotonic() - self._asked > ASKED_AGAIN:
            with suppress(OSError):
                self._threads = sum(self._client.nthreads().values())
            self._asked = time.monotonic()
        return max(1, self._threads)

    def submit(self, block: Block) -> "Done":
        """See `Pool`."""
        done: Done = self._executor.submit(_run_on_dask, self._work, self._name, self._ours, block)
        return done

    def stop(self) -> None:
        """Pieces that are under way elsewhere end by themselves, and nobody waits for them."""
        self._executor.shutdown(wait=False)

    def close(self) -> None:
        """See `Pool`."""
        self._client.close()
        self._close_cluster()

    def _close_cluster(self) -> None:
        if self._cluster is not None:
            self._cluster.close()


def _local(workers: int) -> Any:
    """Workers of our own on this machine, which need nothing of the caller's script and are deaf to Ctrl-C."""
    from escalation.experiments.worker_pools import interruptions_held, main_left_alone

    with main_left_alone(), interruptions_held():
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
            silence_logs=CRITICAL,
            preload=[DEAF],
        )


def _connected(where: Any) -> Client:
    try:
        return Client(where, timeout=ANSWER, set_as_default=False)
    except OSError as error:
        raise ExecutorError(f"no Dask scheduler answers at {where}: {error}") from None


def _require_alike(client: Client, ours: dict[str, str]) -> None:
    """Look at every worker that is there, and wait for the first. Raises ExecutorError."""
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER)
    except TimeoutError:
        raise ExecutorError(f"the Dask scheduler has had no workers for {FIRST_WORKER} s") from None
    for worker, theirs in client.run(likeness, on_error="return").items():
        if isinstance(theirs, BaseException):
            raise ExecutorError(f"the worker {worker} is refused, since it cannot run this: {theirs}")
        refusal = unlike(worker, theirs, ours)
        if refusal is not None:
            raise ExecutorError(refusal.sentence)


_ready: dict[str, Runner] = {}
"""What this worker has made ready, the latest last."""
_making = Lock()


def _run_on_dask(work: Work, name: str, ours: dict[str, str], block: Block) -> BlockResult | Refusal | None:
    """A piece on a worker, which may have joined after the others were looked at.

    A refusal is given back, not raised: Dask would try the piece again elsewhere, and nobody would hear of it. So is
    whatever else goes wrong here: what is raised on our side is of the transport alone.
    """
    try:
        return _piece(work, name, ours, block)
    except Exception as error:
        return Refusal(f"the worker {get_worker().address} failed: {type(error).__name__}: {error}")


def _piece(work: Work, name: str, ours: dict[str, str], block: Block) -> BlockResult | Refusal | None:
    import numpy as np

    with _making:
        if name not in _ready:
            refusal = unlike(get_worker().address, likeness(), ours)
            if refusal is not None:
                return refusal
            while len(_ready) >= KEPT_READY:
                del _ready[next(iter(_ready))]
            _ready[name] = runner_of(work)
        runner = _ready[name]
    return runner.run(block, np.zeros(1, dtype=np.int8))
