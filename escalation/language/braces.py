"""What a comma does to an author inside `{ }` and `[ ]`: it ends the entry, whatever bracket of ours it stands in.

`{lag: lognormal(median=3 days, sigma=0.5)}` reads as `lag = "lognormal(median=3 days"` and a key `sigma=0.5)`
without a value; `[3,000 troops, 5]` has three items. Each such run of entries gets one message.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from escalation.language.faults import Fault
from escalation.model.process import Origin

_NAME = re.compile(r"[^\W\d][\w.\-]*\Z")
_TIGHT = re.compile(r"[^\W\d][\w.\-]*:\S")
_THOUSANDS = re.compile(r"(?<![\w.])\d{1,3}\Z")
_THREE_DIGITS = re.compile(r"\d{3}(?!\d)")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """One entry of a flow collection.

    key: None in a list. text: the value as it stands in the source. plain: key (in a list, the value) without quotes.
    scalar: the value is plain text. bare: a key with neither colon nor value. start, stop: PyYAML's marks (index, line,
    column) of its first character and just after its last.
    """

    key: str | None
    text: str
    plain: bool
    scalar: bool
    bare: bool
    start: Any
    stop: Any

    @property
    def unclosed(self) -> int:
        """Round brackets opened less those closed, in plain text."""
        seen = (self.key or "") * self.plain + self.text * self.scalar
        return seen.count("(") - seen.count(")") if "(" in seen or ")" in seen else 0

    @property
    def torn(self) -> bool:
        """Whether it looks like the tail of the entry before it."""
        if self.tight:
            return False
        return self.bare or (self.key is not None and self.plain and not _NAME.match(self.key)) or self.unclosed < 0

    @property
    def tight(self) -> bool:
        """Whether only the space after the colon is missing: `b:2`."""
        return self.bare and _TIGHT.match(self.key or "") is not None


def torn_entries(pieces: list[Piece], origin: Callable[[Any], Origin]) -> tuple[list[Fault], set[int]]:
    """The faults of one `{ }` or `[ ]`, and the places in `pieces` of the entries that they cover.

    origin: from a mark to a place in the file.
    """
    faults: list[Fault] = []
    covered: set[int] = set()
    for run in _runs(pieces):
        faults.append(_fault(run, pieces, origin))
        covered.update(run)
    return faults, covered


def _runs(pieces: list[Piece]) -> Iterator[range]:
    """Stretches of entries that the author meant as one."""
    first = 0
    while first < len(pieces):
        last, depth = first, pieces[first].unclosed
        while last + 1 < len(pieces) and (depth > 0 or pieces[last + 1].torn or _thousands(pieces[last : last + 2])):
            last += 1
            depth += pieces[last].unclosed
        if last > first or depth or pieces[first].torn or pieces[first].tight:
            yield range(first, last + 1)
        first = last + 1


def _thousands(pair: list[Piece]) -> bool:
    """Whether a comma touches digits on both sides: `3,000`."""
    before, after = pair
    touching = after.start.index == before.stop.index + 1
    return bool(touching and _THOUSANDS.search(before.text) and _THREE_DIGITS.match(after.key or after.text))


def _fault(run: range, pieces: list[Piece], origin: Callable[[Any], Origin]) -> Fault:
    piece = pieces[run.start]
    if piece.bare:
        listed = "inside { } write `name: value`; a list stands in [ ]"
        cure = "put a space after its colon" if piece.tight else listed
        return Fault.at(origin(piece.start), f'"{_short(piece.key or "")}" has no value', cure, _length(piece))
    if len(run) == 1:
        return _lone(piece, origin(piece.start))
    if _thousands(pieces[run.start : run.start + 2]):
        after = pieces[run.start + 1]
        number = (_THOUSANDS.search(piece.text) or [""])[0]
        digits = (after.key or after.text)[:3]
        message = f'the comma after "{number}" ended the entry: write {number}_{digits}'
        return Fault.at(origin(piece.stop), message, "or put the whole text in quotes")
    if sum(pieces[at].unclosed for at in run) > 0:
        message = f'"{_short(piece.text)}" has a bracket that is never closed'
        return Fault.at(origin(piece.start), message, "write ) where it ends", _length(piece))
    written = piece.text.rsplit("(", 1)[-1] if piece.unclosed > 0 else piece.text
    who = f'"{_short(piece.key)}"' if piece.key is not None else "the item"
    message = f'the comma after "{_short(written.strip())}" ended the entry: give {who} a line of its own, '
    last = pieces[run.stop - 1]
    alone = last.bare and _NAME.match(last.key or "") is not None
    cure = f"or write `{last.key}: …`, if it is an entry of its own" if alone else ""
    return Fault.at(origin(piece.stop), message + "or put it in quotes", cure)


def _lone(piece: Piece, place: Origin) -> Fault:
    if piece.unclosed:
        which = "closed" if piece.unclosed > 0 else "opened"
        cure = "give the entry a line of its own, or put it in quotes"
        message = f'"{_short(piece.text or piece.key or "")}" has a bracket that is never {which}'
        return Fault.at(place, message, cure, _length(piece))
    message = f'"{_short(piece.key or "")}" is no name, so it cannot stand before a colon inside {{ }}'
    return Fault.at(place, message, "give the entry a line of its own, or put the text in quotes", _length(piece))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else "…" + line[1 - _LONGEST :]


def _length(piece: Piece) -> int:
    return max(1, piece.stop.column - piece.start.column) if piece.stop.line == piece.start.line else 1
