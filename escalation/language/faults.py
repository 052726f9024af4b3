"""A fault in what the author wrote: where, what, what was expected, and a suggestion."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from escalation.language.node import Node
from escalation.model.process import Origin


@dataclass(frozen=True, slots=True)
class Sources:
    """What was read. texts: every file's text by the name shown in origins, for quoting the line of a fault.

    settings: what `--set` said of ladder ceilings and `NAME.active` switches, which only policies know: by path.
    """

    texts: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault. length: how many characters the caret underlines from the origin's column."""

    file: str
    line: int
    column: int
    message: str
    suggestion: str = ""
    length: int = 1
    layer: str = "scenario"

    @classmethod
    def at(cls, origin: Origin, message: str, suggestion: str = "", length: int = 1) -> "Fault":
        """A fault at the place where something was written."""
        return cls(origin.file, origin.line, origin.column, message, suggestion, length, origin.layer)


class InvalidScenario(Exception):
    """The scenario has faults, all of them, in the order of files and lines."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(f"{f.file}:{f.line}:{f.column}: {f.message}" for f in self.faults))


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that most resembles the word, or None when none does."""
    close = get_close_matches(word, sorted(set(candidates)), n=1, cutoff=0.6)
    return close[0] if close else None
