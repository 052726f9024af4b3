"""A fault in what the author wrote: where, what, what was expected, a suggestion; and how it is shown."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

from escalation.expressions.problems import nearest as nearest_by_edits
from escalation.language.node import Node
from escalation.model.process import Origin

Format = Literal["text", "json", "github"]

_WIDEST = 100
_BEFORE = 60
_TAB = 4
_LINE_BREAK = re.compile("\r\n|\n")
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_NO_WIDTH = frozenset(("Mn", "Me", "Cf"))


@dataclass(frozen=True, slots=True)
class Sources:
    """What was read. texts: every file's text by the name shown in origins, for quoting the line of a fault.

    settings: what `--set` said of ladder ceilings and `NAME.active` switches, which only policies know: by path.
    """

    texts: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault. length: how many characters the caret underlines from the origin's column.

    expected: what should have stood there, without the word itself (`a duration, like 14 days`).
    """

    file: str
    line: int
    column: int
    message: str
    suggestion: str = ""
    length: int = 1
    layer: str = "scenario"
    expected: str = ""

    @classmethod
    def at(cls, origin: Origin, message: str, suggestion: str = "", length: int = 1, expected: str = "") -> "Fault":
        """A fault at the place where something was written."""
        return cls(origin.file, origin.line, origin.column, message, suggestion, length, origin.layer, expected)


class InvalidScenario(Exception):
    """The scenario has faults, all of them, in the order of files and lines; `sources` quotes their lines."""

    def __init__(self, faults: tuple[Fault, ...], sources: Sources | None = None) -> None:
        self.faults = tuple(sorted(faults))
        self.sources = sources if sources is not None else Sources()
        super().__init__("\n".join(f"{f.file}:{f.line}:{f.column}: {f.message}" for f in self.faults))


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that most resembles the word, or None when none does: a slip of the keys first, then likeness."""
    slip = nearest_by_edits(word, sorted(set(candidates := tuple(candidates))))
    if slip is not None:
        return slip
    close = get_close_matches(word, sorted(set(candidates)), n=1, cutoff=0.6)
    return close[0] if close else None


def render_all(faults: Iterable[Fault], sources: Sources, format: Format = "text") -> str:
    """All faults, in the order of files and lines.

    format: `text` for people, with the line, a caret and a closing count; `json`, a list of objects with the fields of
    `Fault`; `github`, one workflow command a fault, which marks the line in a review.
    """
    ordered = sorted(faults)
    if format == "json":
        return json.dumps([asdict(fault) for fault in ordered], indent=2)
    if format == "github":
        return "\n".join(_github(fault) for fault in ordered)
    return "\n\n".join([*(render(fault, sources) for fault in ordered), _count(ordered)])


def render(fault: Fault, sources: Sources) -> str:
    """`file:line:column: message`, the line with a caret, what was expected and the suggestion.

    Nothing of the author's text reaches the terminal as a control sequence.
    """
    lines = [f"{_plain(fault.file)}:{fault.line}:{fault.column}: {_plain(fault.message)}"]
    lines += _quoted_line(fault, sources)
    if fault.expected:
        lines.append(f"  expected {_plain(fault.expected)}")
    if fault.suggestion:
        lines.append(f"  {_plain(fault.suggestion)}")
    return "\n".join(lines)


def _quoted_line(fault: Fault, sources: Sources) -> list[str]:
    """The line of the fault and the caret under it; nothing when the line is not known or empty."""
    text = sources.texts.get(fault.file)
    lines = _lines(text) if text is not None else ()
    if not 1 <= fault.line <= len(lines) or not lines[fault.line - 1].strip():
        return []
    shown, before, under = _window(lines[fault.line - 1], fault.column - 1, fault.length)
    gutter = f"{fault.line:>5} | "
    return [gutter + shown, " " * (len(gutter) - 2) + "| " + " " * before + "^" * under]


@lru_cache(maxsize=8)
def _lines(text: str) -> tuple[str, ...]:
    return tuple(_LINE_BREAK.split(text))


def _window(line: str, place: int, length: int) -> tuple[str, int, int]:
    """At most `_WIDEST` columns of a line around a character: the text, the columns before the caret, and under it."""
    place = max(0, min(place, len(line)))
    first, last = max(0, place - _BEFORE), min(len(line), place + _WIDEST)
    cells = list(_cells(line[first:last]))
    start, at = 0, place - first
    while sum(width for _, width in cells[start:at]) > _BEFORE:
        start += 1
    stop, room = start, _WIDEST - 2
    while stop < len(cells) and cells[stop][1] <= room:
        room -= cells[stop][1]
        stop += 1
    head = "…" if first + start > 0 else ""
    tail = "…" if first + stop < len(line) else ""
    before = len(head) + sum(width for _, width in cells[start:at])
    under = sum(width for _, width in cells[at : min(stop, at + length)])
    return head + "".join(shown for shown, _ in cells[start:stop]) + tail, before, max(1, under)


def _cells(text: str) -> Iterator[tuple[str, int]]:
    """Each character as it can be shown, and the columns of a terminal that it fills."""
    column = 0
    for character in text:
        shown, width = character, 1
        if character == "\t":
            width = _TAB - column % _TAB
            shown = " " * width
        elif _UNSAFE.match(character):
            shown = "\N{REPLACEMENT CHARACTER}"
        elif unicodedata.category(character) in _NO_WIDTH:
            width = 0
        elif unicodedata.east_asian_width(character) in "WF":
            width = 2
        column += width
        yield shown, width


def _plain(text: str) -> str:
    """A text on one line, with what could steer a terminal written as an escape."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _count(faults: list[Fault]) -> str:
    files = Counter(fault.file for fault in faults)
    if not faults:
        return "no faults"
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return count if len(files) == 1 else f"{count} in {len(files)} files"


def _github(fault: Fault) -> str:
    text = ": ".join(part for part in (fault.message, fault.expected and f"expected {fault.expected}") if part)
    text += f" ({fault.suggestion})" if fault.suggestion else ""
    end = fault.column + max(1, fault.length)
    place = f"file={_property(fault.file)},line={fault.line},col={fault.column},endColumn={end}"
    return f"::error {place}::{_data(text)}"


def _data(text: str) -> str:
    """Text of a workflow command: its own three escapes, then what could steer a terminal."""
    return _plain(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
