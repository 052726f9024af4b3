import json
import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from pandas.testing import assert_frame_equal

from escalation.experiments import store
from escalation.experiments.ensemble import assemble
from escalation.experiments.run import run_ensemble
from escalation.experiments.run_key import package_hash, run_key, safe_stem
from escalation.experiments.store import (
    RunFolder,
    StoreError,
    faults,
    find,
    latest,
    load_ensemble,
    read_manifest,
)
from escalation.experiments.stored_runs import stored_runs
from tests.experiments.births import failing, with_rung
from tests.experiments.folders import KEEP, TEXT, digest_of, put

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ensemble():
    return run_ensemble(with_rung(failing(10).model()), n=60, workers=1, keep=["firings"])


@pytest.fixture(scope="module")
def key(ensemble):
    return run_key(ensemble.design, name="한국 정책.yaml", scenario_text=TEXT, keep=KEEP)


def stored(reports, key, ensemble):
    with RunFolder(reports, key) as folder:
        put(folder, ensemble)
        return folder.finish()


def everything_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_finished_run_is_found_and_reads_back_as_it_was(tmp_path, ensemble, key):
    """Tables, types, failures and what the measures are survive the disk."""
    place = stored(tmp_path, key, ensemble)
    assert find(tmp_path, key) == place
    back = load_ensemble(place)
    for name in ("outcomes", "series", "firings"):
        assert_frame_equal(getattr(back, name), getattr(ensemble, name), check_exact=True)
    for name in ("title", "start", "horizon", "design", "policies", "columns", "failures", "stopped"):
        assert getattr(back, name) == getattr(ensemble, name)
    assert len(back.failures) > 0


def test_a_folder_is_named_by_what_determines_it(tmp_path, ensemble, key):
    """`reports/STEM/N-seedS-KEY`, with nothing beside it but the pointer to the latest."""
    place = stored(tmp_path, key, ensemble)
    assert place == tmp_path / "한국 정책" / f"60-seed1-{key.digest[:6]}"
    assert sorted(path.name for path in place.parent.iterdir()) == sorted([place.name, "latest"])
    assert latest(tmp_path, key.name) == place
    assert everything_below(place) == [
        "failures.jsonl",
        "figures",
        "figures/ladder.svg",
        "firings.parquet",
        "manifest.json",
        "outcomes.csv",
        "outcomes.parquet",
        "run.log",
        "scenario.resolved.yaml",
        "series.parquet",
    ]


def test_the_manifest_holds_no_time_host_or_path(tmp_path, ensemble, key):
    """It says what determines the run and lists the files with their sha256."""
    place = stored(tmp_path, key, ensemble)
    manifest = read_manifest(place)
    libraries = manifest["determined_by"].pop("libraries")
    said = json.dumps(manifest)
    for word in (str(tmp_path), f'"{os.uname().nodename}"', sys.version.split()[0], "2026-"):
        assert word not in said
    assert "python" not in dict(libraries)
    assert manifest["determined_by"]["seed"] == 1
    assert manifest["trajectories"] == {"asked": 120, "done": 120, "failed": len(ensemble.failures)}
    assert "run.log" not in manifest["files"]
    assert faults(place) == []


def test_the_manifest_holds_what_else_is_stated(tmp_path, ensemble, key):
    """Facts stated before or after the tables stand beside those of the ensemble."""
    with RunFolder(tmp_path, key) as folder:
        folder.state("exit", 5)
        put(folder, ensemble)
        manifest = read_manifest(folder.finish())
    assert (manifest["exit"], manifest["title"]) == (5, "A sketch")


def test_the_same_run_again_changes_nothing(tmp_path, ensemble, key):
    """The first folder stands, byte for byte, and the second is the same folder."""
    first = stored(tmp_path, key, ensemble)
    before = (digest_of(first), (first / "run.log").stat().st_mtime_ns)
    assert stored(tmp_path, key, ensemble) == first
    assert (digest_of(first), (first / "run.log").stat().st_mtime_ns) == before
    assert len(list(first.parent.iterdir())) == 2


def test_two_runs_of_one_key_at_once_both_succeed(tmp_path, ensemble, key):
    """One wins; the other finds it."""
    together = Barrier(4)

    def run(_):
        with RunFolder(tmp_path, key) as folder:
            put(folder, ensemble)
            together.wait()
            return folder.finish()

    with ThreadPoolExecutor(4) as threads:
        places = set(threads.map(run, range(4)))
    assert len(places) == 1
    assert len(list((tmp_path / key.name).iterdir())) == 2
    assert faults(places.pop()) == []


def test_one_key_with_other_bytes_is_an_alarm(tmp_path, ensemble, key):
    """Neither run is lost: the first stands, the second is set aside."""
    first = stored(tmp_path, key, ensemble)
    other = replace(ensemble, outcomes=ensemble.outcomes.iloc[1:])
    with pytest.raises(StoreError, match=r"same key and differs; this run is kept in .*-differs"):
        stored(tmp_path, key, other)
    assert faults(first) == []
    assert len(list(first.parent.glob("*-differs"))) == 1


def test_a_folder_that_was_changed_is_not_taken_for_the_run(tmp_path, ensemble, key):
    """The message says which file, and nothing is overwritten."""
    place = stored(tmp_path, key, ensemble)
    (place / "outcomes.csv").write_text("spoilt")
    with pytest.raises(StoreError, match=r"no longer whole \(outcomes\.csv has been changed\)"):
        find(tmp_path, key)
    (place / "outcomes.csv").unlink()
    with pytest.raises(StoreError, match=r"outcomes\.csv is missing"):
        find(tmp_path, key)


def test_something_else_of_that_name_is_left_alone(tmp_path, key):
    """A person is asked to move it."""
    place = tmp_path / key.name / key.folder_name()
    place.mkdir(parents=True)
    with pytest.raises(StoreError, match="is in the way"):
        find(tmp_path, key)


def test_another_run_with_the_same_short_name_gets_a_longer_one(tmp_path, ensemble, key, monkeypatch):
    """Six digits are for people; the whole key decides."""
    first = stored(tmp_path, key, ensemble)
    manifest = read_manifest(first) | {"key": "another"}
    (first / "manifest.json").write_text(json.dumps(manifest))
    assert find(tmp_path, key) is None
    second = stored(tmp_path, key, ensemble)
    assert second.name == key.folder_name(12)
    assert find(tmp_path, key) == second


def test_a_run_stopped_early_is_kept_under_a_name_that_says_so(tmp_path, ensemble, key):
    """It can be read, is not taken for the run, is not the latest, and a second one does not replace it."""
    part = replace(ensemble, stopped="interrupted")
    places = [stored(tmp_path, key, part) for _ in range(2)]
    assert [place.name for place in places] == [f"{key.folder_name()}-partial", f"{key.folder_name()}-partial-2"]
    assert load_ensemble(places[0]).stopped == "interrupted"
    assert find(tmp_path, key) is None
    assert latest(tmp_path, key.name) is None


def test_a_run_stopped_before_its_first_block_can_be_stored_and_read(tmp_path, ensemble, key):
    """Its tables are empty, with the columns and types of full ones."""
    model = with_rung(failing(10).model())
    nothing = assemble(model, ensemble.design, [], "interrupted", firings=True)
    back = load_ensemble(stored(tmp_path, key, nothing))
    assert back.outcomes.empty
    assert back.firings.empty
    assert_frame_equal(back.outcomes, ensemble.outcomes.iloc[:0], check_exact=True)
    assert_frame_equal(back.series, ensemble.series.iloc[:0], check_exact=True)


def test_what_was_computed_survives_a_fault_in_the_report(tmp_path, ensemble, key):
    """An exception after the tables were written leaves a partial folder that holds them."""

    def write_a_broken_report():
        with RunFolder(tmp_path, key) as folder:
            put(folder, ensemble)
            raise RuntimeError("no such chart")

    with pytest.raises(RuntimeError):
        write_a_broken_report()
    (place,) = (tmp_path / key.name).iterdir()
    assert place.name.endswith("-partial")
    assert read_manifest(place)["unfinished"] == "no such chart"
    assert len(load_ensemble(place).outcomes) == len(ensemble.outcomes)


@pytest.fixture
def little_room():
    """No file may hold more than so many bytes, as on a disk that is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_leaves_nothing_behind(tmp_path, ensemble, key, little_room):
    """A table that cannot be written whole is absent, and so is the folder."""
    little_room(1_000)
    with pytest.raises(StoreError, match=r"^outcomes\.parquet cannot be written in .*: File too large"):
        stored(tmp_path, key, ensemble)
    assert list((tmp_path / key.name).iterdir()) == []


def test_a_disk_that_fills_up_later_leaves_what_is_whole_under_a_partial_name(tmp_path, ensemble, key, little_room):
    """Outcomes fitted and the firings did not: what was computed is not lost, and not taken for a run."""
    little_room(7_000)
    with pytest.raises(StoreError, match=r"^firings\.parquet cannot be written in .*: File too large"):
        stored(tmp_path, key, ensemble)
    (place,) = (tmp_path / key.name).iterdir()
    assert place.name.endswith("-partial")
    assert (place / "outcomes.parquet").exists()
    assert not any("writing" in name or "firings" in name for name in everything_below(place))


def test_a_disk_that_is_full_from_the_start_leaves_nothing_behind(tmp_path, key, little_room):
    """Not even an empty folder."""
    little_room(0)
    with pytest.raises(StoreError, match=r"run\.log cannot be written"):
        RunFolder(tmp_path, key)
    assert list((tmp_path / key.name).iterdir()) == []


def test_a_file_is_whole_or_absent(tmp_path, key):
    """A failure while a file is being written leaves neither it nor a part of it."""
    with RunFolder(tmp_path, key) as folder:

        def write(file):
            file.write(b"half")
            raise OSError(28, "No space left on device")

        with pytest.raises(StoreError, match="No space left on device"):
            folder.write_with("summary.csv", write)
        assert [path.name for path in folder.path.iterdir()] == ["run.log"]
        folder.write("summary.csv", "whole")
        assert (folder.path / "summary.csv").read_text() == "whole"
        with pytest.raises(StoreError, match="already written"):
            folder.write("summary.csv", "again")


def test_a_failure_at_the_last_step_is_told(tmp_path, ensemble, key, monkeypatch):
    """When the folder cannot be given its name, no folder of that name is there."""

    def refuse(*_):
        raise OSError(13, "Permission denied")

    with RunFolder(tmp_path, key) as folder:
        put(folder, ensemble)
        monkeypatch.setattr(store.os, "rename", refuse)
        with pytest.raises(StoreError, match="cannot be made: Permission denied"):
            folder.finish()
        monkeypatch.undo()
    assert find(tmp_path, key) is None


def test_a_place_that_cannot_be_written_is_told(tmp_path, key):
    """Before anything is computed."""
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(StoreError, match="cannot be written"):
        RunFolder(tmp_path / "reports", key)


def test_where_links_cannot_be_made_latest_is_a_file(tmp_path, ensemble, key, monkeypatch):
    """It holds the folder's name, and is read as the link would be."""

    def refuse(*_, **__):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    place = stored(tmp_path, key, ensemble)
    assert (place.parent / "latest").read_text() == place.name + "\n"
    assert latest(tmp_path, key.name) == place


def test_latest_moves_to_the_run_finished_last(tmp_path, ensemble, key):
    """It is replaced in one step."""
    stored(tmp_path, key, ensemble)
    other = replace(key, scenario="f" * 64)
    place = stored(tmp_path, other, ensemble)
    assert latest(tmp_path, key.name) == place
    assert latest(tmp_path, "unheard of") is None


def test_a_folder_has_one_hash_whatever_the_circumstances(tmp_path):
    """Workers, PYTHONHASHSEED, TZ, LC_ALL, working directory and umask do not show in it."""
    circumstances = [
        ("1", "022", {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"}),
        ("2", "077", {"PYTHONHASHSEED": "7", "TZ": "Asia/Seoul", "LC_ALL": "C.UTF-8"}),
        ("3", "002", {"PYTHONHASHSEED": "7", "TZ": "America/New_York", "LC_ALL": "de_DE.UTF-8"}),
    ]
    found = set()
    for number, (workers, umask, environment) in enumerate(circumstances):
        place = tmp_path / f"place {number}"
        place.mkdir()
        command = [sys.executable, str(ROOT / "tests/experiments/folders.py"), str(ROOT), workers, umask]
        done = subprocess.run(
            command, cwd=place, env=os.environ | environment, capture_output=True, text=True, timeout=100
        )
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
        modes = {path.stat().st_mode & 0o777 for path in place.rglob("*") if path.is_file()}
        assert modes == {0o666 & ~int(umask, 8)}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("scenarios/seoul-2024.yaml", "seoul-2024"),
        ("한국 정책.yml", "한국 정책"),
        ("../../etc/passwd", "passwd"),
        ("..", "scenario"),
        ("a:b*c?.yaml", "a-b-c-"),
        (".hidden.yaml", "hidden"),
        ("가" * 100 + ".yaml", "가" * 40),
    ],
)
def test_a_stem_is_made_safe(name, stem):
    """Letters of any script stay; what a file system could mistake does not."""
    assert safe_stem(name) == stem


def test_whatever_determines_a_run_changes_its_key(ensemble, key):
    """Every field counts, and the same fields are the same key."""
    changed = {
        "name": "b",
        "scenario": "0",
        "policies": ("base",),
        "seed": 2,
        "n": 61,
        "per_future": 3,
        "overrides": ("a=1",),
        "keep": (),
        "sources": "0",
        "platform": "0",
        "libraries": (),
        "schema": 2,
    }
    assert changed.keys() == {name for name in key.__dataclass_fields__}
    digests = {replace(key, **{name: value}).digest for name, value in changed.items()}
    assert len(digests | {key.digest}) == len(changed) + 1
    assert run_key(ensemble.design, name="한국 정책.yaml", scenario_text=TEXT, keep=KEEP).digest == key.digest


def test_the_hash_of_the_sources_sees_every_file(tmp_path, monkeypatch):
    """A changed, a renamed and a new file change it; compiled files do not count."""
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "a.py").write_text("1")
    monkeypatch.setattr("escalation.experiments.run_key.files", lambda _: tmp_path)
    hashes = [package_hash.__wrapped__()]
    (tmp_path / "room" / "__pycache__").mkdir()
    (tmp_path / "room" / "__pycache__" / "a.pyc").write_text("x")
    assert package_hash.__wrapped__() == hashes[0]
    (tmp_path / "room" / "a.py").write_text("2")
    hashes.append(package_hash.__wrapped__())
    (tmp_path / "room" / "a.py").rename(tmp_path / "room" / "b.py")
    hashes.append(package_hash.__wrapped__())
    (tmp_path / "c.lark").write_text("")
    hashes.append(package_hash.__wrapped__())
    assert len(set(hashes)) == 4


@pytest.mark.parametrize("text", ["[]", "{}", "7", '{"key": "a"}'])
def test_a_manifest_that_is_not_a_runs_is_told(tmp_path, ensemble, key, text):
    """JSON that says nothing of a run is damage, told with its place, and no fault of ours."""
    folder = stored(tmp_path, key, ensemble)
    (folder / "manifest.json").write_text(text)
    with pytest.raises(StoreError, match="does not say `"):
        find(tmp_path, key)


def test_a_run_that_is_killed_before_its_report_is_listed_and_can_be_read(tmp_path, ensemble, key):
    """Nothing runs after a kill: the tables stand under a hidden name, with a manifest, and are told as unfinished."""
    writing = RunFolder(tmp_path, key)
    writing.write_ensemble(ensemble)
    (told,) = stored_runs(tmp_path, thorough=True)
    assert told.damage == ""
    assert "before its report" in told.stopped
    assert_frame_equal(load_ensemble(tmp_path / told.path).outcomes, ensemble.outcomes)


def test_a_table_that_was_cut_short_is_listed_as_damaged(tmp_path, ensemble, key):
    """Looked at thoroughly, a run of which a file was changed is not told as whole."""
    folder = stored(tmp_path, key, ensemble)
    with (folder / "outcomes.parquet").open("r+b") as file:
        file.truncate(100)
    (told,) = stored_runs(tmp_path, thorough=True)
    assert told.damage == "outcomes.parquet has been changed"
