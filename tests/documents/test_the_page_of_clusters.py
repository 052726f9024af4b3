"""The scripts of docs/cluster.md do what the page says."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cluster.md"
TOOLS = {"dask": "dask", "escalation": "escalation"}


def test_the_scripts_for_slurm_make_one_run(tmp_path: Path) -> None:
    """Forty shards and their merging, on a small scenario with two: the merged run is found as the run itself."""
    shards, merge, *_ = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    command = tmp_path / "bin" / "escalation"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m escalation "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path}
    changes = {
        "scenarios/seoul-2024.yaml": shlex.quote(str(ROOT / "tests/cli/letters.yaml")),
        "seoul-2024": "letters",
        "100000": "1200",
        "/40": "/2",
        "of-40": "of-2",
        "--workers 4": "--workers 1",
    }

    def done(script: str, **more: str) -> str:
        for old, new in changes.items():
            script = script.replace(old, new)
        run = subprocess.run(
            ["sh", "-c", script], cwd=tmp_path, env=environment | more, capture_output=True, text=True, timeout=300
        )
        assert run.returncode == 0, run.stderr
        return run.stdout

    folders = [done(shards, SLURM_ARRAY_TASK_ID=number).strip() for number in ("2", "1")]
    assert [folder[-len("-shard-2-of-2") :] for folder in folders] == ["-shard-2-of-2", "-shard-1-of-2"]
    report = done(merge).strip()
    assert (tmp_path / report).is_file()
    again = done("escalation run scenarios/seoul-2024.yaml -n 100000 --quiet").strip()
    assert (tmp_path / again).samefile(tmp_path / report)


def test_the_page_names_every_ending_of_a_run() -> None:
    """Codes 1, 4 and 5 stand there as the command has them."""
    from escalation.cli.exits import Exit

    page = PAGE.read_text(encoding="utf-8")
    assert f"keeps what it has done and exits with {Exit.STOPPED_EARLY}" in page
    assert f"trajectories failed exits with {Exit.SOME_FAILED}" in page
    assert f"nothing is begun, and the message says why | {Exit.OUR_FAULT} |" in page


def test_the_example_of_a_scheduler_and_two_workers_runs(tmp_path: Path) -> None:
    """On another port, with fewer trajectories: the last line is the path of a report."""
    pytest.importorskip("distributed", reason="Dask is not installed")
    page = PAGE.read_text(encoding="utf-8")
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
