"""The SimPy engine's cost a firing beside the same ladder written the natural way, and how long the command takes to
start: `python -m benchmarks.engine`. Times are of the processor; the two take turns in one process.
"""

import gc
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import escalation
from benchmarks.natural import NaturalRun, signals_of
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import Simulation
from escalation.model.trajectory import Point, Trajectory

ROOT = Path(__file__).parents[1]
SCENARIOS = ("scenarios/seoul-2024.yaml", "scenarios/first-ladder.yaml")
ROUNDS = 9
LUCKS = 20
"""Trajectories of each policy in one round; each round has others."""
STARTS = 7
COMMANDS = (("--help",), ("check", "scenarios/seoul-2024.yaml"))

Runner = Callable[[Point], Trajectory]


@dataclass(frozen=True)
class Case:
    """A scenario under all its policies, and the two ways to run it."""

    program: Program
    policies: tuple[str, ...]
    engine: Runner
    natural: Runner


def case(path: str) -> Case:
    loaded = escalation.load(ROOT / path)
    program = prepare(loaded.model)
    signalled = signals_of(program)

    def engine(point: Point) -> Trajectory:
        simulation = Simulation(program, point)
        simulation.run()
        return simulation.trajectory()

    def natural(point: Point) -> Trajectory:
        run = NaturalRun(program, point, signalled)
        run.run()
        return run.trajectory()

    return Case(program, loaded.policies, engine, natural)


def points(case: Case, number: int) -> list[Point]:
    """The trajectories of one round, fifty to a future as in a plain run."""
    lucks = range(number * LUCKS, (number + 1) * LUCKS)
    return [Point(policy, luck // 50, luck) for policy in case.policies for luck in lucks]


def timed(runner: Runner, chosen: list[Point]) -> tuple[float, list[Trajectory]]:
    """Microseconds of the processor a firing, and what came of it."""
    gc.collect()
    began = process_time()
    trajectories = [runner(point) for point in chosen]
    spent = process_time() - began
    return spent / sum(each.firings for each in trajectories) * 1e6, trajectories


def reference() -> float:
    """Microseconds for a thousand rounds of a fixed loop: how fast this processor is just now."""
    began, kept, total = process_time(), {}, 0
    for i in range(200_000):
        kept[i & 255] = total
        total += i
    return (process_time() - began) / 200 * 1e6


def compare(path: str) -> None:
    this = case(path)
    costs: dict[str, list[float]] = {"engine": [], "natural": [], "loop": []}
    ratios, firings, differ, count = [], 0, 0, 0
    for number in range(ROUNDS):
        chosen = points(this, number)
        ways = {"engine": this.engine, "natural": this.natural}
        done = {}
        for way in sorted(ways, reverse=bool(number % 2)):
            costs[way].append(0.0)
            costs[way][-1], done[way] = timed(ways[way], chosen)
        costs["loop"].append(reference())
        ratios.append(costs["engine"][-1] / costs["natural"][-1])
        differ += sum(repr(one) != repr(other) for one, other in zip(done["engine"], done["natural"], strict=True))
        firings += sum(each.firings for each in done["engine"])
        count += len(chosen)
    print(f"\n{path}: {len(this.program.rules)} rules, {count:,} trajectories, {firings:,} firings")
    for way, costed in costs.items():
        unit = "µs a firing" if way != "loop" else "µs a thousand rounds of a fixed loop"
        print(f"  {way:<8}{median(costed):8.2f} {unit}  (from {min(costed):.2f} to {max(costed):.2f})")
    print(f"  engine / natural: {median(ratios):.2f}  (from {min(ratios):.2f} to {max(ratios):.2f})")
    print(f"  trajectories whose firings, measures or series differ: {differ}")


def start_up(arguments: tuple[str, ...]) -> None:
    """Seconds of a whole process: of the processor, and by the clock on the wall."""
    spent, waited = [], []
    for _ in range(STARTS):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
        subprocess.run([sys.executable, "-m", "escalation", *arguments], cwd=ROOT, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        waited.append(perf_counter() - began)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print(f"  escalation {' '.join(arguments):<36}{median(spent):6.2f} s processor{median(waited):8.2f} s wall")


def main() -> None:
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    )
    for path in SCENARIOS:
        compare(path)
    print(f"\nstart-up, median of {STARTS}:")
    for arguments in COMMANDS:
        start_up(arguments)


if __name__ == "__main__":
    main()
