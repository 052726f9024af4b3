"""A run's folder is the same bytes whatever machine-like circumstances it is made in (law 21)."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "scenarios" / "first-ladder.yaml"

CIRCUMSTANCES = {
    "one worker": (["--workers", "1"], {}, None, None),
    "three workers, another time zone and language": (
        ["--workers", "3"],
        {"TZ": "Asia/Seoul", "LC_ALL": "C", "PYTHONHASHSEED": "0"},
        None,
        None,
    ),
    "two workers, another hash seed, folder and umask": (
        ["--workers", "2"],
        {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "7"},
        "scenarios",
        0o077,
    ),
    "the SimPy engine": (["--engine", "simpy"], {}, None, None),
    "processes": (["--executor", "processes", "--workers", "2"], {}, None, None),
    "Dask": (["--executor", "dask:local", "--workers", "2"], {}, None, None),
}


def folder_digest(folder: Path) -> str:
    """One sha256 over every file's place and content, less run.log."""
    total = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "run.log":
            total.update(f"{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return total.hexdigest()


def run_in(out: Path, options: list[str], environment: dict[str, str], cwd: str | None, umask: int | None) -> Path:
    """Run the tutorial in a process of its own; the folder of the run."""
    where = ROOT / cwd if cwd else ROOT
    file = os.path.relpath(TUTORIAL, where)
    asked = ["-n", "2300", "--futures", "46", "--keep", "firings", "--out", str(out), "--quiet", *options]
    command = [sys.executable, "-m", "escalation", "run", file, *asked]
    done = subprocess.run(
        command,
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        umask=-1 if umask is None else umask,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip().splitlines()[-1]).parent


@pytest.fixture(scope="module")
def digests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The digest of the run's folder in each circumstance."""
    return {
        name: folder_digest(run_in(tmp_path_factory.mktemp("reports"), *circumstance))
        for name, circumstance in CIRCUMSTANCES.items()
    }


@pytest.mark.parametrize("circumstance", list(CIRCUMSTANCES)[1:])
def test_a_run_is_the_same_bytes_in_any_circumstance(digests: dict[str, str], circumstance: str) -> None:
    """Workers, engine, executor, hash seed, time zone, language, folder and umask change no byte of a run's folder."""
    assert digests[circumstance] == digests["one worker"]
