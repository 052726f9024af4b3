"""A fault in what the author wrote: where, what, what was expected, and a suggestion."""

from dataclasses import dataclass

from escalation.model.process import Origin


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
