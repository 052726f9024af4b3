"""Which pieces of a run are on disk, in canonical order whatever their sizes and whoever ran them."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from escalation.experiments.block import BlockResult, FailedTrajectory, join, part
from escalation.experiments.design import CANONICAL, Block
from escalation.experiments.piece_file import Entry


@dataclass(frozen=True, slots=True, order=True)
class _Span:
    """Trajectories `first` up to `last`, and the piece that holds them."""

    first: int
    last: int
    entry: Entry = field(compare=False)


class Pieces:
    """An index of pieces on disk. Where two hold the same trajectory, the one that was added first counts."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._spans: dict[str, list[_Span]] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Take in a piece, or of it what is not here yet."""
        spans = self._spans.setdefault(entry.block.policy, [])
        for gap in self.gaps(entry.block):
            insort(spans, _Span(gap.first, gap.last, entry))

    @property
    def done(self) -> int:
        """Trajectories that are here, of all policies together."""
        return sum(span.last - span.first for spans in self._spans.values() for span in spans)

    @property
    def policies(self) -> tuple[str, ...]:
        """Those of which something is here."""
        return tuple(self._spans)

    def gaps(self, block: Block) -> list[Block]:
        """What of a block is not here."""
        found, at = [], block.first
        for span in self._within(block):
            if span.first > at:
                found.append(Block(block.policy, at, span.first))
            at = span.last
        if at < block.last:
            found.append(Block(block.policy, at, block.last))
        return found

    def _within(self, block: Block) -> Iterator[_Span]:
        """The spans that share a trajectory with a block."""
        spans = self._spans.get(block.policy, [])
        place = bisect_left(spans, block.first, key=lambda span: span.last)
        if place < len(spans) and spans[place].last == block.first:
            place += 1
        while place < len(spans) and spans[place].first < block.last:
            yield spans[place]
            place += 1

    def blocks(self, policies: Sequence[str]) -> Iterator[Block]:
        """The canonical blocks of which something is here, a policy after the other."""
        for policy in policies:
            met: set[int] = set()
            for span in self._spans.get(policy, []):
                met |= set(range(span.first // CANONICAL, -(-span.last // CANONICAL)))
            for number in sorted(met):
                yield Block(policy, number * CANONICAL, (number + 1) * CANONICAL)

    def results(self, policies: Sequence[str], *, abreast: bool = False) -> Iterator[BlockResult]:
        """All that is here, in canonical order and in parts no larger than a canonical block.

        abreast: in the order of blocks instead, all policies of one before the next.

        What is whole comes as one result a canonical block; of what is not, adjacent pieces come together. Raises
        Damaged, and OSError where the disk refuses.
        """
        blocks = self.blocks(policies)
        for block in sorted(blocks, key=lambda each: each.first) if abreast else blocks:
            yield from _adjacent(self._read(block))

    def _read(self, block: Block) -> Iterator[BlockResult]:
        for span in self._within(block):
            first, last = max(span.first, block.first), min(span.last, block.last)
            yield part(span.entry.read(), first, last)

    def failures(self, policies: Sequence[str]) -> tuple[FailedTrajectory, ...]:
        """Those that failed, in canonical order; read from the heads alone."""
        return tuple(
            failure
            for policy in policies
            for span in self._spans.get(policy, [])
            for failure in span.entry.failures
            if span.first <= failure.luck < span.last
        )

    def others(self) -> tuple[str, ...]:
        """Names under which processes of someone's own fired, in order."""
        spans = (span for spans in self._spans.values() for span in spans)
        return tuple(sorted({name for span in spans for name in span.entry.others}))


def _adjacent(results: Iterable[BlockResult]) -> Iterator[BlockResult]:
    together: list[BlockResult] = []
    for result in results:
        if together and together[-1].block.last != result.block.first:
            yield join(together)
            together = []
        together.append(result)
    if together:
        yield join(together)


def by_canonical_blocks(results: Iterable[BlockResult]) -> list[BlockResult]:
    """Pieces of any sizes as pieces that cross no border of a canonical block, adjacent ones put together."""
    cut = [
        part(result, max(first, result.block.first), min(first + CANONICAL, result.block.last))
        for result in results
        for first in range(result.block.first // CANONICAL * CANONICAL, result.block.last, CANONICAL)
    ]
    cut.sort(key=lambda each: (each.block.policy, each.block.first))
    found: list[list[BlockResult]] = []
    for each in cut:
        before = found[-1][-1].block if found else None
        follows = before is not None and (before.policy, before.last) == (each.block.policy, each.block.first)
        if follows and each.block.first % CANONICAL:
            found[-1].append(each)
        else:
            found.append([each])
    return [join(each) for each in found]
