"""Where everything of a trajectory in progress lies in one block of memory, and what it is at the beginning.

Words of eight bytes. What must begin afresh with each trajectory stands from the pointer on, so that one copy of an
image begins it; before the pointer stand the numbers made ahead for each stream, and the future met last.
"""

from array import array
from dataclasses import dataclass, field
from struct import pack, unpack

NEVER = 0x7F7F7F7F7F7F7F7F
"""The key of a clock that is due at no time."""
LANES = 8
WORD = 8
LINE = 64
"""Bytes of a line of the cache, and of eight lanes."""

# Words that philox reads through one pointer: seed, luck, branch; and the same for the future.
SEED, LUCK, BRANCH = 0, 8, 16
FUTURE_SEED, FUTURE, FUTURE_BRANCH = 24, 32, 40
NOW = 48
"""The instant of the alarm at work."""
INSTANT = 56
"""The instant of the last firing."""
FIRINGS = 64
LIMIT = 72
"""More firings than this are a fault: in one instant or in all."""
FAULT = 80
"""0, or one more than the rank of the rule that failed; -1 at the start."""
OWN = 88
"""What the clock of the rule that fires had drawn, for a log."""
HEAD = 96

Word = int | float


@dataclass
class Layout:
    """Offsets by name, in bytes, and the image that a trajectory begins with."""

    image: list[int] = field(default_factory=lambda: [0] * (HEAD // WORD))
    """Words as their bits."""
    places: dict[tuple[object, ...], int] = field(default_factory=dict)
    kept: int = 0
    """Bytes before the image that outlast a trajectory: numbers made ahead, and the future met last."""

    def word(self, *name: object, first: Word = 0) -> int:
        """The place of a word of the image, made at the first asking."""
        return self.words(*name, first=first)

    def words(self, *name: object, count: int = 1, first: Word = 0) -> int:
        """The place of several words side by side, all with one first value."""
        found = self.places.get(name)
        if found is None:
            found = self.places[name] = len(self.image) * WORD
            self.image += [bits(first)] * count
        return found

    def align(self, size: int) -> None:
        """Go on at a multiple of `size` bytes."""
        self.image += [0] * (-len(self.image) % (size // WORD))

    def before(self, *name: object, count: int) -> int:
        """The place, below zero, of words that no image overwrites; on a boundary of 64 bytes."""
        found = self.places.get(name)
        if found is None:
            self.kept += -(-count * WORD // LINE) * LINE
            found = self.places[name] = -self.kept
        return found

    def bytes_of_image(self) -> bytes:
        """The image."""
        return array("Q", self.image).tobytes()


def bits(value: Word) -> int:
    """A word as an unsigned number: whole numbers as they are (two's complement), doubles by their bits."""
    if isinstance(value, float):
        found: int = unpack("<Q", pack("<d", value))[0]
        return found
    return value & (2**64 - 1)
