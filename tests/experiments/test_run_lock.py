"""One process works on a folder at a time, with `flock` and without."""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from escalation.experiments import run_lock
from escalation.experiments.run_lock import RunLock

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from escalation.experiments.run_lock import RunLock
print(RunLock(Path(sys.argv[1]), flock=sys.argv[2] == "True").take(), flush=True)
time.sleep(100)
"""


@pytest.fixture(params=[True, False], ids=["flock", "holder files"])
def flock(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def holder_elsewhere(folder: Path, flock: bool) -> "subprocess.Popen[str]":
    """Another process that has the lock."""
    command = [sys.executable, "-c", HOLD, str(folder), str(flock)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def test_only_one_has_it_and_the_next_takes_over_when_it_dies(tmp_path: Path, flock: bool) -> None:
    """While the other process lives it is told by its number; killed with -9, it has let go."""
    with holder_elsewhere(tmp_path, flock) as other:
        lock = RunLock(tmp_path, flock=flock)
        assert not lock.take()
        assert lock.holder() == f"process {other.pid} on {platform.node()}"
        assert RunLock(tmp_path).holder_at_work() == lock.holder()
        other.kill()
        other.wait()
        assert RunLock(tmp_path).holder_at_work() == ""
        assert lock.take()
        lock.release()


def test_what_is_released_can_be_taken_again(tmp_path: Path, flock: bool) -> None:
    """Three times in turn, never two at once."""
    for _ in range(3):
        one, two = RunLock(tmp_path, flock=flock), RunLock(tmp_path, flock=flock)
        assert one.take()
        assert not two.take()
        one.release()
        assert two.take()
        two.release()


def test_a_number_given_anew_to_another_process_is_no_holder(tmp_path: Path) -> None:
    """A holder that died, and whose number another process has now, is told apart by when it began."""
    told = {"pid": os.getpid(), "began": "0", "host": platform.node()}
    (tmp_path / "holder-1").write_text(json.dumps(told))
    assert RunLock(tmp_path, flock=False).take()


def test_a_holder_on_another_machine_is_dead_once_it_is_silent(tmp_path: Path) -> None:
    """Its file is touched while it lives; three minutes without are its death."""
    path = tmp_path / "holder-1"
    path.write_text(json.dumps({"pid": 1, "began": "", "host": "elsewhere"}))
    assert not RunLock(tmp_path, flock=False).take()
    before = time.time() - run_lock.SILENCE - 5
    os.utime(path, (before, before))
    assert RunLock(tmp_path, flock=False).take()
    assert not RunLock(tmp_path, flock=False).take()


def test_a_holder_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without flock its file grows younger, however long it works."""
    monkeypatch.setattr(run_lock, "SIGN_OF_LIFE", 0.01)
    lock = RunLock(tmp_path, flock=False)
    assert lock.take()
    os.utime(tmp_path / "holder-1", (0, 0))
    for _ in range(500):
        if (tmp_path / "holder-1").stat().st_mtime > 1:
            break
        time.sleep(0.01)
    lock.release()
    assert (tmp_path / "holder-1").stat().st_mtime > 1


def test_where_there_is_no_flock_files_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that refuses the call is met without a word."""
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    lock = RunLock(tmp_path)
    assert lock.take()
    assert (tmp_path / "holder-1").exists()
    assert not RunLock(tmp_path).take()
    lock.release()


def test_a_folder_that_is_gone_has_no_lock(tmp_path: Path, flock: bool) -> None:
    """Whoever waited for it is told, and begins anew."""
    with pytest.raises(FileNotFoundError):
        RunLock(tmp_path / "gone", flock=flock).take()
