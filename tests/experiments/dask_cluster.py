"""A Dask scheduler and its workers as processes of their own on loopback, for tests."""

import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from distributed import Client

ROOT = Path(__file__).parents[2]
NOTED = """
import os
from escalation.experiments import dask_workers

def noted(work, name, ours, block, run=dask_workers._run_on_dask):
    result = run(work, name, ours, block)
    with open({path!r}, "a") as file:
        file.write(f"{{block.policy}} {{block.first}} {{block.last}}\\n")
    return result

if dask_workers._run_on_dask.__name__ != "noted":
    dask_workers._run_on_dask = noted
"""
OTHER_VERSION = """
from escalation.experiments import run_key

run_key.package_hash = lambda: "0123456789abcdef"
"""


class Cluster:
    """A scheduler; workers are started and killed by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._start("scheduler", "scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        self.client = Client(self.address, timeout=60, set_as_default=False)

    def _start(self, name: str, *words: str) -> None:
        command = [sys.executable, "-m", "dask", *words]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)

    def start(self, name: str, preload: str = NOTED) -> None:
        """A worker that notes the pieces it has run in a file of its name."""
        script = self.folder / f"{name}.py"
        script.write_text(preload.format(path=str(self.folder / f"{name}.pieces")))
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name, "--host", "127.0.0.1"]
        space = ["--local-directory", str(self.folder / "space"), "--preload", str(script)]
        self._start(name, "worker", self.address, *options, *space)

    def pieces(self, name: str) -> list[str]:
        """What a worker has run, a line each."""
        path = self.folder / f"{name}.pieces"
        return path.read_text().splitlines() if path.exists() else []

    def await_workers(self, count: int) -> None:
        """Until there are just so many."""
        until = time.monotonic() + 60
        while len(self.client.nthreads()) != count:
            assert time.monotonic() < until, f"{self.client.nthreads()} and not {count}"
            time.sleep(0.05)

    def kill(self, name: str) -> None:
        """SIGKILL: no word of farewell."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def close(self) -> None:
        """End everything."""
        self.client.close()
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()
