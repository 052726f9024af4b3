"""One call of the machine code: the arrays that it reads and writes, and the log that it fills."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from escalation.engines.compiled.module import ARGUMENTS

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]
    Table = tuple[Array, Array]

FIRST_LOG = 250_000
"""Firings that a log holds at first; it grows as needed."""


@dataclass
class Call:
    """What one call of the machine code reads and writes. It must live until the call returns."""

    lucks: "Array"
    futures: "Array"
    image: "Array"
    values: "Array"
    series: "Array"
    status: "Array"
    stop: "Array"
    table: "Table | None"
    seed: int
    branch: int
    wide: int
    resumed: bool = False
    script: "Array | None" = None
    held: "Array | None" = None
    logs: "list[Array]" = field(default_factory=list)

    def part(self, places: slice, image: "Array") -> "Call":
        """A call for some of its trajectories, which tells into the same arrays."""
        names = ("lucks", "futures", "values", "series", "status")
        return replace(self, image=image, **{name: getattr(self, name)[places] for name in names})

    def words(self) -> "Array":
        """The arguments."""
        import numpy as np

        self._log = np.zeros((FIRST_LOG if self.wide else 0, max(self.wide, 1)), dtype=np.int64)
        words = np.zeros(len(ARGUMENTS), dtype=np.uint64)
        arrays = {
            name: getattr(self, name) for name in ("lucks", "futures", "image", "values", "series", "status", "stop")
        }
        if self.table is not None:
            arrays |= {"table": self.table[0], "rows": self.table[1]}
        if self.script is not None and self.held is not None:
            arrays |= {"script": self.script, "held": self.held}
        given = {name: each.ctypes.data for name, each in arrays.items()}
        given |= {"seed": self.seed, "branch": self.branch, "count": len(self.lucks), "charted": len(self.series)}
        given |= {"resumed": int(self.resumed), "steps": 0 if self.script is None else len(self.script)}
        given["items"] = 0 if self.held is None else self.held.shape[1]
        for name, word in given.items():
            words[ARGUMENTS.index(name)] = word
        self._offer_log(words)
        return words

    def _offer_log(self, words: "Array") -> None:
        words[ARGUMENTS.index("log")] = self._log.ctypes.data if self.wide else 0
        words[ARGUMENTS.index("log_capacity")] = len(self._log)
        words[ARGUMENTS.index("log_used")] = 0

    def keep_log(self, words: "Array") -> int:
        """Put what is logged aside; how many firings that was."""
        used = int(words[ARGUMENTS.index("log_used")])
        self.logs.append(self._log[:used].copy())
        words[ARGUMENTS.index("log_used")] = 0
        return used

    def make_room(self, words: "Array") -> None:
        """The log is full: put it aside, or make a larger one for a trajectory that did not fit."""
        import numpy as np

        if not self.keep_log(words):
            self._log = np.zeros((2 * len(self._log), self.wide), dtype=np.int64)
            self._offer_log(words)
