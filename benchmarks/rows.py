"""What is measured, as data: a row is a name and a function from a number of trajectories to (seconds, firings).

Rows of a table take turns, round after round, so that a machine that grows busy grows busy for all of them; a row's
cost is the median of its rounds.
"""

import gc
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from time import process_time

ROUNDS = 9

Run = Callable[[int], tuple[float, int]]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    key: its name in targets. n: trajectories of one round. limit: what bounds it, in words. missing: why it cannot be
    run here, or nothing.
    """

    group: str
    key: str
    name: str
    n: int
    run: Run | None = None
    limit: str = ""
    missing: str = ""


@dataclass
class Measured:
    """A row's rounds: nanoseconds a firing in each, and the firings of one."""

    row: Row
    costs: list[float] = field(default_factory=list)
    firings: int = 0

    @property
    def cost(self) -> float:
        """The median, in nanoseconds a firing."""
        return median(self.costs)


def processor(play: Callable[[int], int]) -> Run:
    """The row's function from one that plays n trajectories and gives their firings: seconds of the processor."""

    def run(n: int) -> tuple[float, int]:
        began = process_time()
        firings = play(n)
        return process_time() - began, firings

    return run


def measure(rows: Iterable[Row], rounds: int = ROUNDS, tell: Callable[[str], None] = print) -> Mapping[str, Measured]:
    """Every row that can be run, in turns; by its key. The first turn, which loads and compiles, does not count."""
    measured = {row.key: Measured(row) for row in rows if row.run is not None}
    for number in range(-1, rounds):
        for each in measured.values():
            gc.collect()
            assert each.row.run is not None
            seconds, each.firings = each.row.run(each.row.n if number >= 0 else max(1, each.row.n // 20))
            if number >= 0:
                each.costs.append(seconds / each.firings * 1e9)
        if number >= 0:
            tell(f"round {number + 1} of {rounds}")
    return measured
