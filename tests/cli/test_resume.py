"""Runs that are killed, stopped, refused by the disk, run twice at once or in shards end as one that was left alone."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from escalation.cli.exits import Exit
from tests.cli.test_command import ROOT, call
from tests.cli.test_same_bytes import folder_digest

LETTERS = Path(__file__).parent / "letters.yaml"
SMALL = ("-n", "300", "--workers", "1", "--keep", "firings")
SIMPY = (*SMALL, "--engine", "simpy")
"""In pieces of a hundred, slow enough to be interrupted in between; the choice shows in no byte."""


def begun(out: Path, *words: str) -> "subprocess.Popen[str]":
    """The command in a process group of its own."""
    command = [sys.executable, "-m", "escalation", "run", str(LETTERS), "--out", str(out), *(words or SIMPY)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Its code, the last line of stdout, and stderr."""
    try:
        out, err = process.communicate(timeout=240)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, (out.strip().splitlines() or [""])[-1], err


def stored(folder: Path) -> list[str]:
    """What stands on the scenario's shelf, hidden or not."""
    return sorted(path.name for path in (folder / "letters").iterdir())


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, float]:
    """The digest of a run that was left alone, and the seconds it took."""
    began = time.monotonic()
    code, report, err = ended(begun(tmp_path_factory.mktemp("unbroken"), *SMALL))
    assert code == Exit.DONE, err
    return folder_digest(Path(report).parent), time.monotonic() - began


# ---------------------------------------------------------------------- killed


def killed(out: Path, times: int, seconds: float, seed: int) -> tuple[int, str, str]:
    """A run that is killed so many times at random moments, and begun again each time; how the last one ended."""
    chance = random.Random(seed)
    for _ in range(times):
        process = begun(out)
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.2, 1.0) * seconds)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    return ended(begun(out))


def test_a_run_killed_at_random_moments_is_the_same_bytes(tmp_path: Path, unbroken: tuple[str, float]) -> None:
    """Five kills, wherever they fall: the folder is that of a run left alone, and nothing is left beside it."""
    digest, seconds = unbroken
    code, report, err = killed(tmp_path, 5, seconds, seed=1)
    assert code == Exit.DONE, err
    assert folder_digest(Path(report).parent) == digest
    assert stored(tmp_path) == sorted([Path(report).parent.name, "latest"])


def test_a_run_killed_before_it_could_tidy_up_is_tidied_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the folder had its name: the same command says it is stored, sets `latest` and leaves nothing."""
    from escalation.experiments.journal import Journal

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "remove", lambda self: None)
        report = Path(call("run", LETTERS, *SMALL, "--out", tmp_path).stdout.splitlines()[-1])
    (tmp_path / "letters" / "latest").unlink()
    (tmp_path / "letters" / ".removed-1").mkdir()
    (tmp_path / "index.html").unlink()
    assert "stored already" in call("run", LETTERS, *SMALL, "--out", tmp_path).stderr
    assert stored(tmp_path) == sorted([report.parent.name, "latest"])
    assert (tmp_path / "index.html").exists()


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(10))
def test_a_run_killed_fifty_times_is_the_same_bytes(tmp_path: Path, unbroken: tuple[str, float], seed: int) -> None:
    """Ten runs of five kills each."""
    digest, seconds = unbroken
    code, report, err = killed(tmp_path, 5, seconds, seed=100 + seed)
    assert code == Exit.DONE, err
    assert folder_digest(Path(report).parent) == digest
    assert stored(tmp_path) == sorted([Path(report).parent.name, "latest"])


# ---------------------------------------------------------------------- stopped, and gone on with


def stopped_after(monkeypatch: pytest.MonkeyPatch, out: Path, pieces: int) -> None:
    """A run in this process that gets Ctrl-C after so many pieces."""
    from escalation.experiments.journal import Journal

    add, count = Journal.add, [0]

    def adding(self: Journal, *given: object) -> None:
        add(self, *given)  # type: ignore[arg-type]
        count[0] += 1
        if count[0] == pieces:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "add", adding)
        result = call("run", LETTERS, *SIMPY, "--out", out)
    assert result.exit_code == Exit.STOPPED_EARLY, result.output
    assert "the same command goes on from there" in result.stderr


def test_ctrl_c_leaves_a_report_and_the_same_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: tuple[str, float]
) -> None:
    """What was done is told in a partial report; twice stopped there is one of it, and at the end none, and no byte of
    the run but its log shows that it was stopped.
    """
    stopped_after(monkeypatch, tmp_path, 2)
    (partial,) = (tmp_path / "letters").glob("*-partial")
    assert "Stopped early" in (partial / "report.html").read_text(encoding="utf-8")
    stopped_after(monkeypatch, tmp_path, 2)
    assert [path.name for path in (tmp_path / "letters").glob("*-partial*")] == [partial.name]
    listed = call("runs", "--out", tmp_path).stdout
    assert "stopped early (interrupted)" in listed
    assert "unfinished; the same command goes on, 400 of 600 trajectories done" in listed
    result = call("run", LETTERS, *SIMPY, "--out", tmp_path, "--resume")
    assert "going on: 400 of 600 trajectories are done already" in result.stderr
    assert "ran 200 of 600 trajectories" in result.stderr
    report = Path(result.stdout.splitlines()[-1])
    assert stored(tmp_path) == sorted([report.parent.name, "latest"])
    log = (report.parent / "run.log").read_text(encoding="utf-8")
    assert "going on: 200 of 600" in log
    assert "going on: 400 of 600" in log
    assert folder_digest(report.parent) == unbroken[0]


def test_resume_wants_something_to_resume(tmp_path: Path) -> None:
    """Where nothing was begun, it is said and nothing is run; what is stored already is no reason to refuse."""
    result = call("run", LETTERS, *SIMPY, "--out", tmp_path, "--resume")
    assert result.exit_code == Exit.WRONG_USAGE
    assert "there is nothing to resume: no unfinished run of letters is in" in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []
    call("run", LETTERS, "-n", "20", "--workers", "1", "--out", tmp_path)
    again = call("run", LETTERS, "-n", "20", "--out", tmp_path, "--resume")
    assert (again.exit_code, "stored already" in again.stderr) == (Exit.DONE, True)


def test_resume_refuses_a_changed_scenario_with_its_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry that differs is named with what it was and is, and where; without --resume a new run begins."""
    text = LETTERS.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shutil.copy(LETTERS, tmp_path / "edited.yaml")
    words = ("run", "edited.yaml", *SIMPY, "--out", tmp_path)
    from escalation.experiments.journal import Journal

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "flush", lambda self: signal.raise_signal(signal.SIGINT))
        call(*words)
    line, written = next((n, t) for n, t in enumerate(text.splitlines(), 1) if t.strip().startswith("lasts:"))
    (tmp_path / "edited.yaml").write_text(text.replace(written, "lasts: 77 days"), encoding="utf-8")
    result = call(*words, "--seed", "3", "--resume")
    told = " ".join(result.stderr.split())
    assert result.exit_code == Exit.WRONG_USAGE
    was = written.partition(":")[2].partition("#")[0].strip()
    assert f"lasts: {was} (edited.yaml:{line}) there, 77 days (edited.yaml:{line}) here" in told
    assert "seed is 1 there, 3 here" in told


# ---------------------------------------------------------------------- the disk refuses


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A file system of its own, of so many bytes."""
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no file system may be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("room", [20_000, 100_000, 350_000])
def test_a_full_disk_is_refused_and_gone_on_with(tmp_path: Path, unbroken: tuple[str, float], room: int) -> None:
    """With room for a record, for some pieces, or for all of them and not the report: code 4, and nothing is lost."""
    with small_disk(tmp_path / "disk", "8m") as disk:
        free = os.statvfs(disk)
        (disk / "filler").write_bytes(b"\0" * (free.f_bavail * free.f_frsize - room))
        words = ("run", LETTERS, *SIMPY, "--out", disk)
        result = call(*words)
        assert result.exit_code == Exit.STOPPED_EARLY, result.output
        assert "No space left on device" in result.stderr
        (disk / "filler").unlink()
        again = call(*words)
        assert again.exit_code == Exit.DONE, again.output
        if room > 300_000:
            assert "600 of 600 trajectories are kept in" in result.stderr
            assert "all 600 trajectories were run before" in again.stderr
        report = Path(again.stdout.splitlines()[-1])
        assert folder_digest(report.parent) == unbroken[0]
        assert stored(disk) == sorted([report.parent.name, "latest"])


def test_a_read_only_folder_is_refused_at_once(tmp_path: Path) -> None:
    """Before a trajectory is run, with the reason, and with nothing left there."""
    with small_disk(tmp_path / "disk", "8m") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        result = call("run", LETTERS, "-n", "1000000", "--out", disk / "reports")
        assert result.exit_code == Exit.OUR_FAULT
        assert "cannot be written: Read-only file system" in result.stderr
        assert list(disk.iterdir()) == []


# ---------------------------------------------------------------------- two at once


def test_of_two_runs_at_once_one_works_and_both_end_well(tmp_path: Path, unbroken: tuple[str, float]) -> None:
    """Both exit with 0 and name the same report, whose bytes are those of one run alone."""
    processes = [begun(tmp_path) for _ in range(2)]
    (one, report, told), (other, same, said) = map(ended, processes)
    assert (one, other) == (Exit.DONE, Exit.DONE), told + said
    assert report == same
    assert folder_digest(Path(report).parent) == unbroken[0]
    assert stored(tmp_path) == sorted([Path(report).parent.name, "latest"])
    assert ("is under way" in told) + ("is under way" in said) <= 1


def test_the_one_that_waits_takes_over_when_the_other_is_killed(tmp_path: Path, unbroken: tuple[str, float]) -> None:
    """What the first had written counts; the second ends with the same bytes."""
    first = begun(tmp_path)
    hidden = tmp_path / "letters"
    while not list(hidden.glob(".partial-*/lock")):
        time.sleep(0.02)
    second = begun(tmp_path)
    assert second.stderr is not None
    told = second.stderr.readline()
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    code, report, err = ended(second)
    assert code == Exit.DONE, err
    # A slow start of the second may find the first one's run finished already.
    assert "is under way" in told or "stored already" in told
    assert folder_digest(Path(report).parent) == unbroken[0]


# ---------------------------------------------------------------------- shards


def test_shards_are_run_apart_and_merged_into_the_very_run(tmp_path: Path) -> None:
    """Two shards, run where the merger never was, give the folder of one run, report included; `runs` lists them."""
    words = (LETTERS, "-n", "1200", "--futures", "40", "--workers", "1", "--csv", "--overlay", _overlay(tmp_path))
    whole = Path(call("run", *words, "--out", tmp_path / "whole").stdout.splitlines()[-1]).parent
    parts = []
    for number in (2, 1):
        result = call("run", *words, "--shard", f"{number}/2", "--out", tmp_path / "parts", "--quiet")
        assert result.exit_code == Exit.DONE, result.output
        parts.append(Path(result.stdout.splitlines()[-1]))
    again = call("run", *words, "--shard", "2/2", "--out", tmp_path / "parts")
    assert (again.exit_code, "this very shard is stored already" in again.stderr) == (Exit.DONE, True)
    listed = call("runs", "--out", tmp_path / "parts").stdout
    assert "shard 1 of 2, n 1,200" in listed
    lonely = call("merge", parts[0])
    assert (lonely.exit_code, lonely.stderr) == (Exit.WRONG_USAGE, "escalation: shard 1 of 2 is missing\n")
    moved = [
        Path(shutil.move(part, tmp_path / "elsewhere" / part.name)) for part in _made(tmp_path / "elsewhere", parts)
    ]
    merged = call("merge", *moved, "--out", tmp_path / "merged", "--quiet")
    assert merged.exit_code == Exit.DONE, merged.output
    assert folder_digest(Path(merged.stdout.splitlines()[-1]).parent) == folder_digest(whole)
    assert call("merge", *moved, "--out", tmp_path / "merged").stdout == merged.stdout


def _made(folder: Path, parts: list[Path]) -> list[Path]:
    folder.mkdir()
    return parts


def _overlay(folder: Path) -> Path:
    """A file laid over the scenario, so that places in the report come from two files."""
    (folder / "laid").mkdir(exist_ok=True)
    path = folder / "laid" / "longer.yaml"
    path.write_text("about: A longer look.\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("option", [("--keep", "summary"), ("--keep", "firings", "--csv"), ("--no-expect",)])
def test_shards_keep_what_their_run_keeps(tmp_path: Path, option: tuple[str, ...]) -> None:
    """Merged, they are the folder of one run with the same options."""
    words = (LETTERS, "-n", "1200", *option, "--workers", "1", "--quiet")
    whole = call("run", *words, "--out", tmp_path / "whole")
    parts = [call("run", *words, "--out", tmp_path / "parts", "--shard", f"{number}/2") for number in (1, 2)]
    merged = call("merge", *(part.stdout.strip() for part in parts), "--out", tmp_path / "merged", "--quiet")
    assert merged.exit_code == whole.exit_code == Exit.DONE, merged.stderr
    assert folder_digest(Path(merged.stdout.strip()).parent) == folder_digest(Path(whole.stdout.strip()).parent)


def test_a_killed_shard_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after a piece, it leaves no folder but its journal, which `runs` tells, and the same command ends it."""
    from escalation.experiments.journal import Journal

    words = ("run", LETTERS, "-n", "1100", "--workers", "1", "--shard", "2/2", "--out", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "add", lambda *_: signal.raise_signal(signal.SIGINT))
        result = call(*words)
    assert result.exit_code == Exit.STOPPED_EARLY
    assert result.stdout == ""
    assert "shard 2 of 2, n 1,100" in call("runs", "--out", tmp_path).stdout
    again = call(*words, "--resume")
    assert again.exit_code == Exit.DONE, again.output
    assert stored(tmp_path) == [Path(again.stdout.splitlines()[-1]).name]


def test_a_shard_beyond_the_blocks_is_wrong_usage(tmp_path: Path) -> None:
    """A run of 300 is one block of a thousand."""
    result = call("run", LETTERS, "-n", "300", "--shard", "2/3", "--out", tmp_path)
    assert result.exit_code == Exit.WRONG_USAGE
    assert "at most 1 shards" in " ".join(result.stderr.split())
