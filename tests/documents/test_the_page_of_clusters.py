"""docs/cluster.md: its example runs as it stands."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = {"dask": "dask", "escalation": "escalation"}


def test_the_example_of_a_scheduler_and_two_workers_runs(tmp_path: Path) -> None:
    """On another port, with fewer trajectories: the last line is the path of a report."""
    pytest.importorskip("distributed", reason="Dask is not installed")
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    script = next(block for block in re.findall(r"^```sh\n(.*?)^```", page, re.M | re.S) if "dask scheduler" in block)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        script = script.replace("8786", str(found.getsockname()[1])).replace("-n 4000", "-n 200")
    for name, module in TOOLS.items():
        (tmp_path / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n', encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    path = f"{tmp_path}:{os.environ['PATH']}"
    with (tmp_path / "said").open("w+") as said, (tmp_path / "complaints").open("w+") as complaints:
        process = subprocess.Popen(
            ["sh", "-e", "-c", script],
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
            stdout=said,
            stderr=complaints,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=120)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
        told = (tmp_path / "said").read_text()
    assert code == 0, (tmp_path / "complaints").read_text()
    assert (tmp_path / told.splitlines()[-1]).name == "report.html"
    assert (tmp_path / told.splitlines()[-1]).exists()
