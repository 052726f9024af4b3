"""The set-up finds a Python that will do, or says in words what it needs."""

import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / ".ci" / "find-python"


def pretend_python(folder: Path, name: str, version: str, fits: bool) -> Path:
    """A program that answers as a Python of that version would when asked whether it fits."""
    program = folder / name
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {version}" && exit 0\nexit {0 if fits else 1}\n'
    )
    program.chmod(0o755)
    return program


def find_python(folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run the search on a machine that has only what stands in a folder."""
    command = ["/bin/sh", str(SCRIPT), given]
    return subprocess.run(command, env={**os.environ, "PATH": str(folder)}, capture_output=True, text=True, timeout=10)


def test_the_first_python_that_fits_is_taken(tmp_path: Path) -> None:
    """A newer name whose program does not work is passed over for the next one that does."""
    pretend_python(tmp_path, "python3.13", "3.13.0", fits=False)
    pretend_python(tmp_path, "python3.12", "3.12.1", fits=True)
    pretend_python(tmp_path, "python3", "3.11.2", fits=True)
    assert find_python(tmp_path).stdout == "python3.12\n"


def test_a_python_that_is_named_is_taken_or_refused(tmp_path: Path) -> None:
    """`PYTHON=` decides alone, with spaces in its path, even where another Python would do."""
    pretend_python(tmp_path, "python3", "3.11.2", fits=True)
    folder = tmp_path / "my own"
    folder.mkdir()
    good = pretend_python(folder, "good", "3.12.1", fits=True)
    old = pretend_python(folder, "old", "3.9.2", fits=False)
    assert find_python(tmp_path, str(good)).stdout == f"{good}\n"
    assert find_python(tmp_path, str(old)).returncode == 1


def test_a_machine_without_a_fitting_python_is_told_what_is_needed(tmp_path: Path) -> None:
    """The message names the version needed, what was found, and how to name another."""
    pretend_python(tmp_path, "python3", "3.9.2", fits=False)
    result = find_python(tmp_path)
    assert result.returncode == 1
    assert result.stdout == ""
    for words in ("3.11 or newer", f"{tmp_path}/python3: Python 3.9.2", "PYTHON=/path/to/python3"):
        assert words in result.stderr
