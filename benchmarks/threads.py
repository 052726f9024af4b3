"""How far two threads come beside two processes: firings a second on the wall, of the benchmark ladder compiled.

`python -m benchmarks.threads PROCESSOR N` is one of the processes, kept on that processor: it readies itself, says so,
waits for a line, plays n trajectories and says how many firings and seconds that took.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import engines
from benchmarks.ladder_rows import POLICY, ladder

ROOT = Path(__file__).parents[1]
ROUNDS = 9
N = 4_000
"""Trajectories of each thread and process in a round: half a second or so."""

FREE = 1.8
"""Two processes by one thread, below which others were at work on the machine and nothing is said of threads."""


@dataclass(frozen=True)
class Speeds:
    """Millions of firings a second on the wall, medians: one thread, two threads, two pinned processes.

    reached: the median over rounds of two threads by two processes.
    """

    one: float
    two: float
    processes: float
    reached: float

    @property
    def undisturbed(self) -> bool:
        """Whether both processors were ours: two processes then come near twice the speed of one thread."""
        return self.processes >= FREE * self.one


def speeds() -> Speeds | None:
    """Measured in turns; None without the compiled engine or a second processor."""
    if engines.missing_compiled() or len(os.sched_getaffinity(0)) < 2:
        return None
    play = engines.compiled(ladder(), POLICY)
    play(50)
    one, two, processes = [], [], []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            one.append(_timed(lambda: play(N)))
            two.append(_timed(lambda: sum(pool.map(play, (N, N)))))
            processes.append(_two_processes())
    reached = median(threads / pinned for threads, pinned in zip(two, processes, strict=True))
    return Speeds(median(one), median(two), median(processes), reached)


def _timed(work: engines.Callable[[], int]) -> float:
    began = perf_counter()
    firings = work()
    return firings / (perf_counter() - began) / 1e6


def _two_processes() -> float:
    """Both begin at a word from here; the slower one ends the time."""
    chosen = sorted(os.sched_getaffinity(0))[:2]
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.threads", str(processor), str(N)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for processor in chosen
    ]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()
    began, firings = perf_counter(), 0
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        assert child.stdout is not None
        firings += int(child.stdout.readline())
    speed = firings / (perf_counter() - began) / 1e6
    for child in children:
        child.communicate()
    return speed


def main() -> None:
    """One of the two processes."""
    os.sched_setaffinity(0, {int(sys.argv[1])})
    play = engines.compiled(ladder(), POLICY)
    play(50)
    print("ready", flush=True)
    sys.stdin.readline()
    print(play(int(sys.argv[2])), flush=True)


if __name__ == "__main__":
    main()
