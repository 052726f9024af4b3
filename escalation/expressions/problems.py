"""A problem in a text, and the search for the name that was meant."""

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_NAME = 80
"""Characters above which no nearest name is looked for."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong with a text between two character offsets, and what to write instead (may be empty)."""

    start: int
    end: int
    message: str
    suggestion: str = ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name with the fewest edits from a word, if they are at most a third of its letters (at least one)."""
    if len(word) > LONGEST_NAME:
        return None
    allowed = max(1, len(word) // 3)
    best: tuple[int, int, str] | None = None
    for name in known:
        if abs(len(name) - len(word)) > allowed:
            continue
        found = (edits(word.lower(), name.lower()), abs(len(name) - len(word)), name)
        if found[0] <= allowed and (best is None or found < best):
            best = found
    return best[2] if best else None


def edits(left: str, right: str) -> int:
    """Letters to insert, delete, replace, or swap with a neighbour (Damerau 1964, optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, above, row = row, before, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]
