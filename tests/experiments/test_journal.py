"""A run that is kept piece by piece is the same bytes as one that was never interrupted."""

import json
import random
from dataclasses import replace
from pathlib import Path
from shutil import copyfile, copytree

import numpy as np
import pyarrow.parquet as pq
import pytest

from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.experiments.block import BlockResult, FailedTrajectory, pack
from escalation.experiments.design import Block, Design, Shard, plain_design
from escalation.experiments.journal import Journal, Kept, claim, discard, hidden_place
from escalation.experiments.over_time import PieceOverTime
from escalation.experiments.piece_file import piece_files
from escalation.experiments.row_groups import cut, firing_groups
from escalation.experiments.run import gathered_ensemble
from escalation.experiments.run_key import RunKey, run_key
from escalation.experiments.shards import CannotMerge, store_shard, together
from escalation.experiments.store import RunFolder, StoreError, find, read_manifest
from escalation.model.trajectory import Trajectory
from escalation.statistics.time_histogram import TimeHistogram
from tests.experiments.births import failing, with_rung
from tests.experiments.folders import KEEP, TEXT, digest_of

N = 2_300
MODEL = with_rung(failing(12).model())
DESIGN = plain_design(["base", "other"], N)
KEPT = Kept({"title": "A sketch"}, {"scenario.resolved.yaml": TEXT})
Run = dict[str, list[Trajectory]]


@pytest.fixture(scope="module")
def key() -> RunKey:
    return run_key(DESIGN, name="a.yaml", scenario_text=TEXT, keep=KEEP)


@pytest.fixture(scope="module")
def run() -> Run:
    """All trajectories of each policy."""
    program = prepare(MODEL)
    return {
        policy: [simulate(program, DESIGN.point(policy, number), record=True) for number in range(N)]
        for policy in DESIGN.policies
    }


def piece(run: Run, block: Block) -> BlockResult:
    """What a worker would make of a block."""
    here = run[block.policy][block.first : block.last]
    good = [each for each in here if each.failure is None]
    failed = [each for each in here if each.failure is not None]
    return pack(MODEL, block, good, [FailedTrajectory.of(each) for each in failed], good + failed)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, run: Run, key: RunKey) -> str:
    """The digest of the folder of a run that was never on disk before it was whole."""
    whole = [piece(run, Block(policy, 0, N)) for policy in DESIGN.policies]
    ensemble = gathered_ensemble(MODEL, DESIGN, whole, firings=True)
    assert len(ensemble.failures) > 10
    with RunFolder(tmp_path_factory.mktemp("reports"), key) as folder:
        folder.write("scenario.resolved.yaml", TEXT)
        folder.write_ensemble(ensemble)
        return digest_of(folder.finish())


def opened(reports: Path, key: RunKey, design: Design = DESIGN) -> Journal:
    """The journal of a run, begun if there is none; the lock stays with this process until it is let go."""
    found = claim(reports, key, design, KEPT, lambda: None, lambda _: None)
    assert not isinstance(found, Path)
    journal, lock = found
    lock.release()
    return journal


def give(journal: Journal, run: Run, blocks: list[Block]) -> None:
    """What a worker would run, in this order."""
    for block in blocks:
        for gap in journal.gaps(block):
            journal.add(gap, piece(run, gap))


def finished(reports: Path, journal: Journal) -> str:
    """Store the run from its journal; the digest of its folder."""
    ensemble = gathered_ensemble(MODEL, journal.design, journal.results())
    groups = firing_groups(MODEL, journal.design, journal.results(), journal.pieces.others())
    with RunFolder(reports, journal.key, journal.folder, journal.read_log()) as folder:
        folder.write("scenario.resolved.yaml", TEXT)
        folder.write_ensemble(ensemble, groups)
        place = folder.finish()
    journal.remove()
    assert sorted(path.name for path in place.parent.iterdir()) == sorted([place.name, "latest"])
    return digest_of(place)


@pytest.mark.parametrize("size", [1, 7, 100, 1_000, 5_000])
def test_pieces_of_any_size_in_any_order_are_the_same_bytes(
    tmp_path: Path, run: Run, key: RunKey, unbroken: str, size: int
) -> None:
    """The size of a piece, and which is finished first, show in no byte of the run's folder."""
    blocks = list(DESIGN.blocks(size))
    random.Random(size).shuffle(blocks)
    journal = opened(tmp_path, key)
    give(journal, run, blocks)
    journal.flush()
    assert finished(tmp_path, journal) == unbroken


@pytest.mark.parametrize("seed", range(4))
def test_a_run_that_is_killed_again_and_again_is_the_same_bytes(
    tmp_path: Path, run: Run, key: RunKey, unbroken: str, seed: int
) -> None:
    """Each time pieces have another size, some are written, some lost, and a file is damaged or torn."""
    chance = random.Random(seed)
    for _ in range(6):
        journal = opened(tmp_path, key)
        blocks = list(DESIGN.blocks(chance.choice([1, 7, 100, 333, 1_000])))
        give(journal, run, blocks[: chance.randrange(len(blocks))])
        journal.flush()
        give(journal, run, blocks)
        files = list(piece_files(journal.folder / "pieces"))
        if files:
            path = chance.choice(files)
            sound = path.read_bytes()
            at = chance.randrange(len(sound))
            path.write_bytes(chance.choice([sound[:at], sound[:at] + bytes([sound[at] ^ 255]) + sound[at + 1 :]]))
    journal = opened(tmp_path, key)
    assert "dropped" in journal.read_log() or "run again" in journal.read_log()
    give(journal, run, list(DESIGN.blocks()))
    journal.flush()
    assert finished(tmp_path, journal) == unbroken


def test_the_digest_sees_one_changed_value(tmp_path: Path, run: Run, key: RunKey, unbroken: str) -> None:
    """The control: a single number of a single trajectory that differs is another digest."""
    journal = opened(tmp_path, key)
    at = next(number for number in range(1_234, N) if run["base"][number].failure is None)
    other = replace(run["base"][at], measures={**run["base"][at].measures, "x_end": 77.0})
    changed = {**run, "base": [*run["base"][:at], other, *run["base"][at + 1 :]]}
    give(journal, changed, list(DESIGN.blocks()))
    journal.flush()
    assert finished(tmp_path, journal) != unbroken


def test_row_groups_are_cut_by_place_alone(tmp_path: Path, run: Run, key: RunKey) -> None:
    """Of a policy, a hundred thousand trajectories share a group of outcomes, and a thousand one of firings."""
    journal = opened(tmp_path, key)
    give(journal, run, list(DESIGN.blocks(7)))
    journal.flush()
    finished(tmp_path, journal)
    place = tmp_path / "a" / key.folder_name()
    groups = {
        name: pq.ParquetFile(place / f"{name}.parquet").num_row_groups for name in ("outcomes", "series", "firings")
    }
    assert groups == {"outcomes": 2, "series": 4, "firings": 6}


def test_a_frame_is_cut_where_a_journal_is() -> None:
    """A group begins at each policy and each border, and an empty table is one group."""
    import pandas as pd

    lucks = [*range(0, 250_000, 50_000), *range(0, 150_000, 50_000)]
    frame = pd.DataFrame({"policy": pd.Categorical(["a"] * 5 + ["b"] * 3), "luck": lucks})
    assert [list(each["luck"]) for each in cut(frame, "outcomes")] == [
        [0, 50_000],
        [100_000, 150_000],
        [200_000],
        [0, 50_000],
        [100_000],
    ]
    assert [len(each) for each in cut(frame.iloc[:0], "outcomes")] == [0]


def test_a_long_run_has_some_thousand_files(tmp_path: Path, run: Run, key: RunKey) -> None:
    """Files come less often the more there are: k of them take k + k²/200 seconds, so ten hours are some 2,600."""
    now = 0.0
    journal = opened(tmp_path, key)
    journal._clock, journal._written = (lambda: now), 0.0
    for luck in range(1_600):
        now += 0.25
        give(journal, run, [Block("base", luck, luck + 1)])
    files = len(list(piece_files(journal.folder / "pieces")))
    assert 180 <= files <= 210
    assert len(opened(tmp_path, key).pieces.gaps(Block("base", 0, 1_600))) <= 1


def test_what_is_gathered_is_written_when_it_is_large(
    tmp_path: Path, run: Run, key: RunKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However short the time."""
    monkeypatch.setattr("escalation.experiments.journal.GATHERED", 100_000)
    journal = opened(tmp_path, key)
    journal._clock = lambda: journal._written
    give(journal, run, [Block("base", 0, 1_000)])
    assert journal.pieces.done == 1_000


def test_histograms_count_in_what_is_gathered(tmp_path: Path, key: RunKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece of few outcomes whose histograms over time are large is written as soon as it comes."""
    monkeypatch.setattr("escalation.experiments.journal.GATHERED", 100_000)
    none, wide = np.empty(0, dtype=np.int64), np.zeros((10, 2_000), dtype=np.int64)
    numbers = {"aid": TimeHistogram(np.arange(2_000), wide, np.zeros(10, dtype=np.int64))}
    for name, over_time, written in (("small", {}, 0), ("large", numbers, 1)):
        block = Block("base", 0, 1)
        journal = opened(tmp_path / name, key)
        monkeypatch.setattr(journal, "_clock", lambda written=journal._written: written)
        counted = PieceOverTime(np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64), over_time, {})
        journal.add(block, BlockResult(block, np.arange(1), (), none, (), (), over_time=((block, counted),)))
        assert journal.pieces.done == written


def test_a_full_disk_loses_nothing_that_was_written(
    tmp_path: Path, run: Run, key: RunKey, unbroken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal says where; later the same journal goes on from there."""
    journal = opened(tmp_path, key)
    give(journal, run, list(DESIGN.blocks(1_000))[:2])
    journal.flush()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("escalation.experiments.piece_file.os.fsync", full)
        give(journal, run, list(DESIGN.blocks(1_000))[2:4])
        with pytest.raises(StoreError, match="No space left on device"):
            journal.flush()
    assert not list((journal.folder / "pieces").glob(".writing-*"))
    journal = opened(tmp_path, key)
    assert journal.found == 2_000
    give(journal, run, list(DESIGN.blocks(1_000)))
    journal.flush()
    assert finished(tmp_path, journal) == unbroken


# ---------------------------------------------------------------------- whose it is


def test_a_journal_of_another_run_is_left_alone(tmp_path: Path, key: RunKey) -> None:
    """Twelve digits could meet; the whole key decides, and a person is asked."""
    journal = opened(tmp_path, key)
    (journal.folder / "run.json").write_text('{"key": "another"}')
    with pytest.raises(StoreError, match="belongs to another run"):
        opened(tmp_path, key)


def test_what_is_stored_meanwhile_is_found_and_the_rest_is_tidied(tmp_path: Path, run: Run, key: RunKey) -> None:
    """Killed between the last name and the tidying, a run is whole: the hidden folder goes the next time."""
    journal = opened(tmp_path, key)
    give(journal, run, list(DESIGN.blocks()))
    journal.flush()
    journal.remove = lambda: None  # type: ignore[method-assign]
    with pytest.raises(AssertionError):
        finished(tmp_path, journal)
    place = find(tmp_path, key)
    assert place is not None
    assert claim(tmp_path, key, DESIGN, KEPT, lambda: find(tmp_path, key), lambda _: None) == place
    assert discard(tmp_path, key, None)
    assert not hidden_place(tmp_path, key).exists()
    assert not discard(tmp_path, key, None)


# ---------------------------------------------------------------------- shards


def shard_folders(reports: Path, run: Run, key: RunKey, of: int, size: int = 100) -> list[Path]:
    found = []
    for number in range(1, of + 1):
        design = replace(DESIGN, shard=Shard(number, of))
        journal = opened(reports, key, design)
        give(journal, run, list(design.blocks(size)))
        journal.flush()
        found.append(store_shard(reports, journal, KEPT))
    return found


@pytest.mark.parametrize(("of", "order"), [(1, 1), (2, -1), (3, 1), (3, -1)])
def test_all_shards_together_are_the_run(
    tmp_path: Path, run: Run, key: RunKey, unbroken: str, of: int, order: int
) -> None:
    """Merged in any order, they are the folder of a run that was never shared out."""
    shards = together(shard_folders(tmp_path / "parts", run, key, of)[::order])
    journal = opened(tmp_path / "whole", key)
    journal.lend(shards.entries())
    assert journal.done == DESIGN.total
    assert finished(tmp_path / "whole", journal) == unbroken


def test_a_shard_is_the_same_bytes_however_it_was_run(tmp_path: Path, run: Run, key: RunKey) -> None:
    """In pieces of 7 or of 1,000: one folder."""
    one, other = (shard_folders(tmp_path / str(size), run, key, 2, size) for size in (7, 1_000))
    assert list(map(digest_of, one)) == list(map(digest_of, other))


def test_whatever_keeps_shards_from_being_one_run_is_named(tmp_path: Path, run: Run, key: RunKey) -> None:
    """A missing one, a damaged one, one of another key, one of another number of shards, and what is no shard."""
    one, two, three = shard_folders(tmp_path / "a", run, key, 3)

    def refusal(*folders: Path) -> str:
        with pytest.raises(CannotMerge) as caught:
            together(folders)
        return str(caught.value)

    assert refusal(one, three) == "shard 2 of 3 is missing"
    assert refusal(two, two) == "shards 1 and 3 of 3 are missing"
    other_key = replace(key, platform="other", seed=2, libraries=(("numpy", "0.1"),))
    _, other = shard_folders(tmp_path / "b", run, other_key, 2)
    told = refusal(one, two, other)
    assert f"{other} is of another run than {one}: seed is 2 there, 1 here" in told
    assert f"the numeric platform is other there, {key.platform} here" in told
    assert "numpy is 0.1 there" in told
    half = shard_folders(tmp_path / "c", run, key, 2)[0]
    assert refusal(one, two, half) == f"{half} is one of 2 shards, and {one} one of 3"
    with next(iter(piece_files(two / "pieces"))).open("r+b") as file:
        file.truncate(200)
    assert refusal(one, two, three).startswith(f"{two} is no longer whole: pieces/0-0.pieces has been changed")
    assert refusal(tmp_path) == f"{tmp_path} is no shard of a run: it has no manifest.json"


def test_a_shard_must_hold_its_part_and_be_of_the_run_it_says(tmp_path: Path, run: Run, key: RunKey) -> None:
    """A copy under another number, a file that no manifest answers for, and a seed that was changed are found."""
    one, two, three = shard_folders(tmp_path / "a", run, key, 3)
    copy = copytree(one, tmp_path / "copy")
    told = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    (copy / "manifest.json").write_text(json.dumps({**told, "shard": [2, 3]}), encoding="utf-8")
    with pytest.raises(CannotMerge, match="does not hold all of shard 2 of 3: trajectories "):
        together((one, copy, three))
    own = [entry.block for entry in together((one, two, three)).entries_in(one)]
    for piece in piece_files(two / "pieces"):
        copyfile(piece, one / "pieces" / f"9-{piece.name}")
    assert [entry.block for entry in together((one, two, three)).entries_in(one)] == own
    for folder in (one, two, three):
        told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        told["determined_by"]["seed"] = 2
        (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(CannotMerge, match="the key is not that of what its manifest says"):
        together((one, two, three))


def test_a_piece_that_cannot_be_opened_is_left_alone(tmp_path: Path, run: Run, key: RunKey) -> None:
    """What no trajectory can be read from stops no run: it is told in the log."""
    journal = opened(tmp_path, key)
    give(journal, run, [Block(DESIGN.policies[0], 0, 100)])
    journal.flush()
    (journal.folder / "pieces" / "aaaa.pieces").mkdir()
    again = opened(tmp_path, key)
    assert again.found == journal.done == 100
    assert "aaaa.pieces cannot be read and is left alone" in again.read_log()


def test_a_shard_tells_what_it_is_instead_of_its_tables(tmp_path: Path, run: Run, key: RunKey) -> None:
    """Its manifest says which part it is; whoever wants tables is told how to get them."""
    from escalation.experiments.store import load_ensemble

    _, two = shard_folders(tmp_path, run, key, 2)
    told = read_manifest(two)
    assert (two.name, told["shard"]) == (f"{key.folder_name()}-shard-2-of-2", [2, 2])
    assert told["trajectories"]["asked"] == told["trajectories"]["done"] == 2 * 1_300
    with pytest.raises(StoreError, match="`escalation merge`"):
        load_ensemble(two)
    assert not (two.parent / "latest").exists()
