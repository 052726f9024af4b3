"""Finished pieces as a file: data alone, with checksums, so that what was torn or damaged is known and never read.

A file is its mark, the length of the head, sha256 of the head, the head (JSON), and the packed pieces one after
another. The head names the run and, of each piece, its block, how many rows it has, where it lies, and its sha256. A
packed piece is the shape of its histograms over time (JSON, after its length, filled up with blanks so that numbers lie
where processors like them) and its arrays.
"""

import json
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from escalation.experiments.block import BlockResult, FailedTrajectory, Firings
from escalation.experiments.design import Block

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MARK = b"escalation pieces 2\n"
LENGTH = 8
DIGEST = 32
ENDING = ".pieces"
LUCK = "<i8"
FIRINGS = ("<i8", "<i8", "<i4", "<i8")
"""Types of the columns of firings: luck, time, rule, number."""


class Damaged(Exception):
    """A file, or a piece in it, is not as it was written; said in a sentence without its place."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is alike in all pieces of a file: types of the values, and types and days of the series."""

    values: tuple[str, ...]
    series: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece in a file. rows, charted, fired: of its values, its series and its firings (None if none are kept).

    at, size: where its packed bytes lie. unpacked: how many they are unpacked. sha256: of the packed ones. others,
    known: as in `Firings`. A long run has very many entries, so one holds nothing that its piece can say itself.
    """

    file: Path
    layout: Layout
    block: Block
    rows: int
    charted: int
    fired: int | None
    others: tuple[str, ...]
    known: int
    failures: tuple[FailedTrajectory, ...]
    at: int
    size: int
    unpacked: int
    sha256: bytes

    def read(self) -> BlockResult:
        """The piece. Raises Damaged, and OSError where the disk refuses."""
        import pyarrow as pa

        return self._unpacked(_Reader(pa.decompress(self._bytes(), self.unpacked, "zstd", asbytes=True)))

    def check(self) -> None:
        """Raises Damaged if its bytes are not those that were written, and OSError."""
        self._bytes()

    def _bytes(self) -> bytes:
        with self.file.open("rb") as file:
            file.seek(self.at)
            packed = file.read(self.size)
        if sha256(packed).digest() != self.sha256:
            raise Damaged(
                f"trajectories {self.block.first} to {self.block.last - 1} of {self.block.policy} are damaged"
            )
        return packed

    def _unpacked(self, reader: "_Reader") -> BlockResult:
        series_days = [days if self.charted else 0 for _, days in self.layout.series]
        over_time = json.loads(reader.text())
        return BlockResult(
            block=self.block,
            lucks=reader.take(LUCK, self.rows),
            values=tuple(reader.take(kind, self.rows) for kind in self.layout.values),
            series_lucks=reader.take(LUCK, self.charted),
            series=tuple(
                reader.take(kind, self.charted * days).reshape(self.charted, days)
                for (kind, _), days in zip(self.layout.series, series_days, strict=True)
            ),
            failures=self.failures,
            firings=self._firings(reader),
            over_time=self._over_time(over_time, reader),
        )

    def _over_time(self, shapes: list[Any], reader: "_Reader") -> Any:
        from escalation.experiments.over_time import PieceOverTime

        return tuple(
            (
                Block(self.block.policy, first, last),
                PieceOverTime.from_arrays(
                    {name: reader.take(kind, prod(shape)).reshape(shape) for name, kind, shape in arrays}
                ),
            )
            for first, last, arrays in shapes
        )

    def _firings(self, reader: "_Reader") -> Firings | None:
        if self.fired is None:
            return None
        lucks, times, rules, numbers = (reader.take(kind, self.fired) for kind in FIRINGS)
        return Firings(lucks, times, rules, numbers, self.others, self.known)


class _Reader:
    """Arrays one after another out of bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def text(self) -> bytes:
        """A text after its length."""
        begins = self.at + LENGTH
        self.at = begins + int.from_bytes(self.data[self.at : begins], "little")
        return self.data[begins : self.at]

    def take(self, kind: str, count: int) -> "Array":
        import numpy as np

        found = np.frombuffer(self.data, kind, count, self.at) if count else np.empty(0, dtype=kind)
        self.at += found.nbytes
        return found


# ---------------------------------------------------------------------- writing


def write_pieces(folder: Path, key: str, results: Sequence[BlockResult]) -> Path:
    """Some pieces as a new file of a run's journal, whole or absent, and settled on the disk. Raises OSError."""
    path = folder / f"{secrets.token_hex(8)}{ENDING}"
    temporary = path.with_name(f".writing-{path.name}")
    try:
        with temporary.open("xb") as file:
            write_into(file, key, results)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        settle(folder)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return path


def write_into(file: IO[bytes], key: str, results: Sequence[BlockResult]) -> None:
    """Some pieces of a run, one at least, as the content of a file: the same pieces are the same bytes."""
    layout = _layout(results)
    packed = [_packed(result) for result in results]
    entries, at = [], 0
    for result, (data, unpacked) in zip(results, packed, strict=True):
        entries.append(_said(result, at, data, unpacked))
        at += len(data)
    head = json.dumps(
        {"key": key, "values": layout.values, "series": layout.series, "pieces": entries}, separators=(",", ":")
    ).encode()
    file.write(MARK + len(head).to_bytes(LENGTH, "little") + sha256(head).digest() + head)
    file.writelines(data for data, _ in packed)


def settle(folder: Path) -> None:
    """Names in a folder last only when the folder has been written out. Raises OSError."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _layout(results: Sequence[BlockResult]) -> Layout:
    charted = next((each for each in results if len(each.series_lucks)), results[0])
    return Layout(
        values=tuple(_kind(each) for each in results[0].values),
        series=tuple((_kind(each), each.shape[1]) for each in charted.series),
    )


def _kind(array: "Array") -> str:
    return str(array.dtype.newbyteorder("<").str)


def _packed(result: BlockResult) -> tuple[bytes, int]:
    """A piece's arrays as one row of bytes, packed, and how many they were."""
    import numpy as np
    import pyarrow as pa

    arrays = [(result.lucks, LUCK), *((each, _kind(each)) for each in result.values)]
    arrays += [(result.series_lucks, LUCK), *((each, _kind(each)) for each in result.series)]
    if result.firings is not None:
        columns = (result.firings.lucks, result.firings.times, result.firings.rules, result.firings.numbers)
        arrays += zip(columns, FIRINGS, strict=True)
    arrays += [(each, _kind(each)) for _, piece in result.over_time for each in piece.arrays().values()]
    shapes = [
        [part.first, part.last, [[name, _kind(each), each.shape] for name, each in piece.arrays().items()]]
        for part, piece in result.over_time
    ]
    said = json.dumps(shapes, separators=(",", ":")).encode()
    said = said.ljust(-(-len(said) // LENGTH) * LENGTH)
    parts = [np.ascontiguousarray(array, dtype=kind).tobytes() for array, kind in arrays]
    data = b"".join([len(said).to_bytes(LENGTH, "little"), said, *parts])
    return pa.compress(data, "zstd", asbytes=True), len(data)


def _said(result: BlockResult, at: int, data: bytes, unpacked: int) -> list[Any]:
    block, firings = result.block, result.firings
    logged = None if firings is None else [len(firings.lucks), firings.others, firings.known]
    failures = [asdict(failure) for failure in result.failures]
    rows = [len(result.lucks), len(result.series_lucks)]
    place = [at, len(data), unpacked, sha256(data).hexdigest()]
    return [[block.policy, block.first, block.last], rows, logged, failures, place]


# ---------------------------------------------------------------------- reading


def entries_of(path: Path, key: str) -> tuple[Entry, ...]:
    """The pieces that a file holds, by its head alone. Raises Damaged, and OSError where the disk refuses."""
    with path.open("rb") as file:
        start = file.read(len(MARK) + LENGTH + DIGEST)
        if len(start) < len(MARK) + LENGTH + DIGEST or not start.startswith(MARK):
            raise Damaged("the file does not begin as it should")
        length = int.from_bytes(start[len(MARK) : len(MARK) + LENGTH], "little")
        size = os.fstat(file.fileno()).st_size
        head = file.read(min(length, size))
    if sha256(head).digest() != start[len(MARK) + LENGTH :]:
        raise Damaged("the head of the file is damaged")
    told = json.loads(head)
    if told["key"] != key:
        raise Damaged("the file belongs to another run")
    layout = Layout(tuple(told["values"]), tuple((kind, days) for kind, days in told["series"]))
    return tuple(_entry(path, layout, each, len(start) + length) for each in told["pieces"])


def _entry(path: Path, layout: Layout, told: list[Any], begins: int) -> Entry:
    block, (rows, charted), logged, failures, (at, size, unpacked, digest) = told
    fired, others, known = logged or (None, (), 0)
    return Entry(
        file=path,
        layout=layout,
        block=Block(*block),
        rows=rows,
        charted=charted,
        fired=fired,
        others=tuple(others),
        known=known,
        failures=tuple(FailedTrajectory(**failure) for failure in failures),
        at=begins + at,
        size=size,
        unpacked=unpacked,
        sha256=bytes.fromhex(digest),
    )


def piece_files(folder: Path) -> Iterable[Path]:
    """The files of pieces in a folder, in the order of their names; none where there is no such folder."""
    return sorted(folder.glob(f"*{ENDING}"))
