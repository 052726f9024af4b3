"""Addressed randomness: a uniform belongs to (seed, stream, luck, number, branch) and to nothing else.

The generator is NumPy's Philox4x64-10 (Salmon, Moraes, Dror and Shaw 2011), which computes any block of its
sequence from its place alone. The stream's name gives half of the key, the luck number a word of the counter,
so nothing is consumed: numbers may be read in any order, any number of times, by anyone, with one answer.
"""

from collections.abc import Callable, Iterable
from functools import cache
from hashlib import blake2b
from typing import Any

from numpy.random import Philox

UNIT = 2.0**-53
SMALLEST = 2.0**-54
WORDS = 2**64
FIRST_WINDOW = 8
WIDEST_WINDOW = 64


class CollisionError(ValueError):
    """Two stream names have the same key, so their draws would be the same draws."""


@cache
def stream_key(name: str) -> int:
    """The 64-bit key of a stream: BLAKE2b of its name in UTF-8, 8 bytes, read as a little-endian integer."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def check_collisions(names: Iterable[str], key: Callable[[str], int] = stream_key) -> None:
    """Refuse a set of stream names of which two share a key; a name given twice is one name.

    Raises:
        CollisionError: naming both streams.
    """
    seen: dict[int, str] = {}
    for name in names:
        other = seen.setdefault(key(name), name)
        if other != name:
            raise CollisionError(f"streams {other!r} and {name!r} share a 64-bit key: rename one of them")


class Streams:
    """Every stream of one trajectory (or of one future, with the future's number in the luck's place).

    Args:
        seed: of the whole experiment, 0 <= seed < 2**64.
        luck: which luck, 0 <= luck < 2**64.
        branch: 0, or the number of the branch under which a saved trajectory draws its luck anew.
    """

    __slots__ = ("_generator", "_inner", "_state", "_streams", "branch", "luck", "seed")

    def __init__(self, seed: int, luck: int, branch: int = 0) -> None:
        self.seed = _word("seed", seed)
        self.luck = _word("luck", luck)
        self.branch = _word("branch", branch)
        self._streams: dict[str, Stream] = {}
        self._generator = Philox(key=0)
        # NumPy takes a state's words from any sequence; tuples of ints are the cheapest of them.
        self._inner: dict[str, tuple[int, ...]] = {}
        self._state: Any = {
            "bit_generator": "Philox",
            "state": self._inner,
            "buffer": (0, 0, 0, 0),
            "buffer_pos": 4,
            "has_uint32": 0,
            "uinteger": 0,
        }

    def __reduce__(self) -> tuple[type["Streams"], tuple[int, int, int]]:
        return Streams, (self.seed, self.luck, self.branch)

    def stream(self, name: str) -> "Stream":
        """The stream of that name; the same object each time."""
        found = self._streams.get(name)
        if found is None:
            found = self._streams[name] = Stream(self, name)
        return found

    def words(self, key: int, block: int, count: int) -> list[int]:
        """The first `count` 64-bit words from block `block` (0, 1, ...) on, of the stream with that key."""
        self._inner["key"] = (self.seed, key)
        self._inner["counter"] = (block, 0, self.luck, self.branch)
        self._generator.state = self._state
        words: list[int] = self._generator.random_raw(count).tolist()
        return words


class Stream:
    """The uniforms of one draw in the text, numbered from 0.

    A window of neighbouring words is kept, and doubles while numbers are read in order; it never changes an answer.
    """

    __slots__ = ("_first", "_key", "_streams", "_words", "name")

    def __init__(self, streams: Streams, name: str) -> None:
        self.name = name
        self._key = stream_key(name)
        self._streams = streams
        self._first = 0
        self._words: list[int] = []

    def __reduce__(self) -> tuple[Callable[[Streams, str], "Stream"], tuple[Streams, str]]:
        return Streams.stream, (self._streams, self.name)

    def uniform(self, k: int) -> float:
        """Number k of the stream: a double strictly between 0 and 1, on the grid of 2**-53 (0 is read as 2**-54).

        Raises:
            ValueError: k is negative, or not below 2**64.
        """
        place = k - self._first
        if 0 <= place < len(self._words):
            return (self._words[place] >> 11) * UNIT or SMALLEST
        self._move_window(k)
        return (self._words[k - self._first] >> 11) * UNIT or SMALLEST

    def _move_window(self, k: int) -> None:
        _word("the number of a draw", k)
        wide = len(self._words)
        follows = wide and k == self._first + wide
        self._first = k - k % 4
        self._words = self._streams.words(self._key, k // 4, min(2 * wide, WIDEST_WINDOW) if follows else FIRST_WINDOW)


def _word(what: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} must be a whole number, it is {value!r}")
    if not 0 <= value < WORDS:
        raise ValueError(f"{what} must be at least 0 and below 2**64, it is {value}")
    return value
