"""Finished pieces are put together, taken apart, and kept on disk, in any sizes and any order."""

from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.engines.program import prepare
from escalation.experiments.block import BlockResult, Firings, join, part
from escalation.experiments.design import CANONICAL, Block, Design, DesignError, Shard, plain_design, sharded
from escalation.experiments.piece_file import Damaged, entries_of, write_pieces
from escalation.experiments.pieces import Pieces, by_canonical_blocks
from escalation.experiments.runner import Process, Work, run_block
from tests.experiments.births import births, failing, visit, with_rung
from tests.models import Sketch

KEY = "a" * 64
N = 30


@pytest.fixture(scope="module")
def whole() -> BlockResult:
    """Thirty trajectories, some of which fail, with series and firings."""
    return result_of(Block("base", 0, N))


def result_of(block: Block, sketch: Sketch | None = None, *processes: Process) -> BlockResult:
    model = with_rung((sketch or failing(10)).model())
    work = Work(model, plain_design(["base", "other"], N), True, processes)
    found = run_block(prepare(model), work, block)
    assert found is not None
    return found


def same(one: object, other: object) -> bool:
    """Whether two results hold the same, arrays bit for bit and of the same types."""
    if isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray)
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, BlockResult | Firings):
        return all(same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    return one == other


cuts = st.lists(st.integers(1, N - 1), unique=True).map(sorted)


@settings(derandomize=True, deadline=None)
@given(cuts)
def test_joining_what_was_taken_apart_changes_nothing(whole: BlockResult, at: list[int]) -> None:
    """Parts at any borders, joined again, are the same arrays and failures."""
    edges = [0, *at, N]
    assert len(whole.failures) > 0
    assert same(join(part(whole, *pair) for pair in pairwise(edges)), whole)


def test_a_part_is_what_running_it_alone_gives(whole: BlockResult) -> None:
    """Trajectories 7 to 18 of a piece of thirty are those of a piece of twelve."""
    assert same(part(whole, 7, 19), result_of(Block("base", 7, 19)))


def test_only_adjacent_pieces_are_joined(whole: BlockResult) -> None:
    """A gap, another order or another policy is an error, and so is nothing at all."""
    one, two = part(whole, 0, 10), part(whole, 10, N)
    for wrong in ([two, one], [one, part(whole, 11, N)], [one, replace(two, block=Block("other", 10, N))], []):
        with pytest.raises(ValueError, match=r"follow|nothing"):
            join(wrong)


def test_rules_of_ones_own_are_numbered_alike_once_joined() -> None:
    """Of pieces in which other processes acted, or none, every firing keeps its name."""

    def arrive(world: Any) -> Any:
        yield world.after(days=5)
        world.set(x=world["x"] + 1, rule="arrive")

    pieces = [
        result_of(Block("base", 0, 4), births()),
        result_of(Block("base", 4, 8), births(), visit),
        result_of(Block("base", 8, 12), births(), arrive),
    ]

    def named(result: BlockResult) -> list[str]:
        assert result.firings is not None
        names = ["birth", *result.firings.others]
        return [names[rule] for rule in result.firings.rules]

    together = named(join(pieces))
    assert together == [name for piece in pieces for name in named(piece)]
    assert (together.count("visit"), together.count("arrive")) == (4, 4)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(at=cuts)
def test_pieces_come_back_from_disk_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, whole: BlockResult, at: list[int]
) -> None:
    """In files of any pieces, read in any order, everything comes back bit for bit."""
    folder = tmp_path_factory.mktemp("pieces")
    edges = [0, *at, N]
    given_apart = [part(whole, *pair) for pair in pairwise(edges)]
    for piece in reversed(given_apart):
        write_pieces(folder, KEY, [piece])
    pieces = Pieces(entry for path in sorted(folder.iterdir()) for entry in entries_of(path, KEY))
    (back,) = pieces.results(["base", "other"])
    assert same(back, whole)
    assert pieces.failures(["base"]) == whole.failures
    assert pieces.done == N


def test_every_flipped_byte_is_found(tmp_path: Path, whole: BlockResult) -> None:
    """Wherever a file is damaged, its head or its piece is refused, never read."""
    path = write_pieces(tmp_path, KEY, [part(whole, 0, 3)])
    sound = path.read_bytes()
    for place in range(0, len(sound), 37):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
        with pytest.raises(Damaged):
            entries_of(path, KEY)[0].read()
    for length in (0, 10, 60, len(sound) - 1):
        path.write_bytes(sound[:length])
        with pytest.raises(Damaged):
            entries_of(path, KEY)[0].read()
    path.write_bytes(sound)
    with pytest.raises(Damaged, match="another run"):
        entries_of(path, "b" * 64)
    assert same(entries_of(path, KEY)[0].read(), part(whole, 0, 3))


@settings(derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.integers(0, N - 1), st.integers(1, N)).map(sorted), max_size=6))
def test_overlapping_pieces_count_once(whole: BlockResult, spans: list[list[int]]) -> None:
    """Whatever overlaps, the index knows exactly which trajectories are there and which are not."""
    pieces, there = Pieces(), set()
    for first, last in spans:
        if first < last:
            pieces.add(_entry(first, last))
            there |= set(range(first, last))
    missing = {luck for gap in pieces.gaps(Block("base", 0, N)) for luck in range(gap.first, gap.last)}
    assert missing == set(range(N)) - there
    assert pieces.done == len(there)


def _entry(first: int, last: int):  # type: ignore[no-untyped-def]
    from escalation.experiments.journal import _placeholder

    empty = np.empty(0)
    return _placeholder(BlockResult(Block("base", first, last), empty, (), empty, (), ()))


def test_pieces_are_gathered_by_canonical_blocks() -> None:
    """Small ones are put together, and none crosses a border of a thousand."""

    def bare(policy: str, first: int, last: int) -> BlockResult:
        lucks, empty = np.arange(first, last), np.empty(0, dtype=np.int64)
        return BlockResult(Block(policy, first, last), lucks, (), empty, (), ())

    given_pieces = [
        bare("b", 990, 1_010),
        bare("a", 10, 20),
        bare("a", 0, 10),
        bare("a", 30, 40),
        bare("a", 1_010, 3_500),
    ]
    found = [each.block for each in by_canonical_blocks(given_pieces)]
    assert found == [
        Block("a", 0, 20),
        Block("a", 30, 40),
        Block("a", 1_010, 2_000),
        Block("a", 2_000, 3_000),
        Block("a", 3_000, 3_500),
        Block("b", 990, 1_000),
        Block("b", 1_000, 1_010),
    ]


@settings(derandomize=True, deadline=None)
@given(st.integers(1, 12_345), st.integers(1, 13), st.sampled_from([1, 7, 100, 1_000]))
def test_shards_share_a_design_without_gap_or_overlap(n: int, of: int, size: int) -> None:
    """Each trajectory is in one shard; shards are whole canonical blocks and differ by one at most."""
    design = Design(("a", "b"), n, 50, 1)
    blocks = -(-n // CANONICAL)
    if of > blocks:
        with pytest.raises(DesignError, match=f"at most {blocks:,} shards"):
            sharded(design, f"{of}/{of}")
        return
    shards = [sharded(design, f"{number}/{of}") for number in range(1, of + 1)]
    assert [luck for shard in shards for luck in shard.lucks] == list(range(n))
    assert all(shard.lucks.start % CANONICAL == 0 for shard in shards)
    sizes = {-(-len(shard.lucks) // CANONICAL) for shard in shards}
    assert max(sizes) - min(sizes) <= 1
    assert sum(block.size for shard in shards for block in shard.blocks(size)) == design.total


@pytest.mark.parametrize("text", ["", "3", "0/3", "4/3", "a/b", "1/0", "-1/3", "1/2/3", "٣/٣"])
def test_what_names_no_shard_is_refused(text: str) -> None:
    """With an example of what would."""
    with pytest.raises(DesignError, match="3/40` is the third of forty"):
        sharded(Design(("a",), 10_000, 50, 1), text)


def test_a_shard_says_which_it_is() -> None:
    """In words, and in the name of its folder."""
    assert (str(Shard(3, 40)), Shard(3, 40).suffix) == ("3 of 40", "-shard-3-of-40")
