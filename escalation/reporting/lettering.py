"""Text on charts: how wide it is, where it breaks, and how labels beside one another keep apart."""

from collections.abc import Sequence
from unicodedata import combining, east_asian_width

SIZE = 11.5
"""Letters on charts, in points; a chart is 360 points wide, so about as many pixels on a telephone."""
TITLE = 13.0
"""Letters of a chart's title, in points."""
LINE = 1.2
"""Height of a line, in letter sizes."""


def width(text: str, size: float = SIZE) -> float:
    """A safe guess of the width of a text in points, whatever font the reader has."""
    return size * sum(_advance(letter) for letter in text)


def _advance(letter: str) -> float:
    if combining(letter):
        return 0.0
    if east_asian_width(letter) in "WF":
        return 1.05
    return 0.38 if letter in " .,:;'|!il" else 0.92 if letter in "mwMW@%" else 0.72 if letter.isupper() else 0.62


def wrapped(text: str, room: float, lines: int = 3, size: float = SIZE) -> tuple[str, ...]:
    """A text broken into at most so many lines that fit into `room` points; what does not fit ends in an ellipsis."""
    clean = " ".join("".join(letter if letter.isprintable() else " " for letter in text[:400]).split())
    made: list[str] = [""]
    for word in clean.split(" "):
        joined = f"{made[-1]} {word}".strip()
        if width(joined, size) <= room:
            made[-1] = joined
        else:
            made += [""] if made[-1] else []
            for letter in word:
                if made[-1] and width(made[-1] + letter, size) > room:
                    made.append("")
                made[-1] += letter
    if len(made) > lines or len(text) > 400:
        made = made[:lines]
        while made[-1] and width(made[-1] + "…", size) > room:
            made[-1] = made[-1][:-1]
        made[-1] += "…"
    return tuple(made)


def kept_apart(centres: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Centres moved as little as needed so that labels of these heights, in this order, do not overlap.

    centres: ascending. Pools neighbours that collide and places each pool at its mean (the least-squares answer); when
    the labels together are higher than the room from `low` to `high` they start at `low` and reach past `high`.
    """
    pools: list[tuple[float, float, int]] = []
    for centre, height in zip(centres, heights, strict=True):
        start, extent, members = centre - height / 2, height, 1
        start = max(start, low)
        while pools and pools[-1][0] + pools[-1][1] > start:
            earlier, length, many = pools.pop()
            start = (earlier * many + (start - length) * members) / (many + members)
            extent, members = extent + length, members + many
        pools.append((max(low, min(start, high - extent)), extent, members))
        while len(pools) > 1 and pools[-2][0] + pools[-2][1] > pools[-1][0] + 1e-9:
            later, extent, members = pools.pop()
            earlier, length, many = pools.pop()
            start = (earlier * many + (later - length) * members) / (many + members)
            total = length + extent
            pools.append((max(low, min(start, high - total)), total, many + members))
    return _centres(pools, heights)


def _centres(pools: Sequence[tuple[float, float, int]], heights: Sequence[float]) -> list[float]:
    placed: list[float] = []
    for start, _, members in pools:
        for height in heights[len(placed) : len(placed) + members]:
            placed.append(start + height / 2)
            start += height
    return placed
