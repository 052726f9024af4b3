"""What a YAML file says, with the place of every key and value: the form in which layers are merged."""

from bisect import bisect_right
from dataclasses import dataclass, field

from escalation.model.process import Origin


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as written. text: the author's characters, unquoted. quoted: it stood in quotes or a block.

    segments: (position in text, line, column) where a source line begins inside the text, when the text is quoted
    or runs over several lines; empty when text position k stands simply k columns after the origin.
    instead: the value in whose place a setting has put this one.
    """

    text: str
    origin: Origin
    quoted: bool = False
    segments: tuple[tuple[int, int, int], ...] = ()
    instead: "Scalar | None" = field(default=None, compare=False, repr=False)

    def at(self, position: int) -> Origin:
        """Where the character at `position` of the text stands in the file (exact but inside escapes)."""
        place = bisect_right(self.segments, position, key=lambda segment: segment[0])
        start, line, column = self.segments[place - 1] if place else (0, self.origin.line, self.origin.column)
        return Origin(self.origin.file, line, column + position - start, self.origin.layer)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple["Node", ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping: keys in the author's order, each with its value and the place of the key.

    refused: keys that the author wrote but whose value was refused with a fault; they have no entry, and to call
    them missing as well would be to say one thing twice.
    """

    entries: dict[str, "Node"]
    keys: dict[str, Origin]
    origin: Origin
    flow: bool = field(default=False)
    refused: frozenset[str] = frozenset()


Node = Scalar | Sequence | Mapping
Path = tuple[str | int, ...]
"""Keys and list positions from the top of the document to a node."""
