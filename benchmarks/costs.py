"""Costs that are no firings: compiling, loading from the cache, starting; processor's time of fresh processes.

`python -m benchmarks.costs RULES` prints how long one process took to compile, or to load, the machine code of that
many rules (0: the benchmark ladder) after its imports, and how it was made.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from benchmarks import engines, family
from benchmarks.ladder_rows import ladder
from escalation.engines.simpy import Simulation
from escalation.model.trajectory import Point

ROOT = Path(__file__).parents[1]
REPEATS = 5
COMPILED = (0, 25, 100, 300)
"""Rules that are compiled; 0 is the benchmark ladder."""
FROM_CACHE = 25
BRANCHES = 5000
MINUTE = 60_000
COMMANDS = (("--help",), ("check", "scenarios/seoul-2024.yaml"))


@dataclass(frozen=True)
class Cost:
    """Seconds of something that happens once; the median of some repeats, None where it cannot be done here."""

    key: str
    name: str
    seconds: float | None
    missing: str = ""


def costs() -> list[Cost]:
    """All of them."""
    missing = engines.missing_compiled()
    made = [_compiling(rules, missing) for rules in COMPILED]
    made += [_cached(missing), _branching(missing)]
    return made + [_starting(words) for words in COMMANDS]


def load_once(rules: int) -> tuple[float, str]:
    """Seconds from a model to its functions in memory, and whether they were `compiled` or `cached`."""
    model = family.model(rules) if rules else ladder()
    # What a process imports and readies once, whatever it then loads.
    engines.compiled_engine(family.model(2))
    began = process_time()
    made = engines.compiled_engine(model)
    return process_time() - began, made._library.made


def _child(rules: int, cache: str) -> tuple[float, str]:
    command = [sys.executable, "-m", "benchmarks.costs", str(rules)]
    environment = {**os.environ, "XDG_CACHE_HOME": cache}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    seconds, made = json.loads(done.stdout)
    return float(seconds), str(made)


def _compiling(rules: int, missing: str) -> Cost:
    name = f"compile {f'{rules} rules' if rules else 'the benchmark ladder, 22 rules'}"
    if missing:
        return Cost(f"compile {rules}", name, None, missing)

    def once() -> float:
        with TemporaryDirectory() as cache:
            seconds, made = _child(rules, cache)
        assert made == "compiled"
        return seconds

    return Cost(f"compile {rules}", name, _median(once))


def _cached(missing: str) -> Cost:
    key, name = "cached", f"load {FROM_CACHE} rules from the cache, after imports"
    if missing:
        return Cost(key, name, None, missing)
    with TemporaryDirectory() as cache:
        _child(FROM_CACHE, cache)

        def once() -> float:
            seconds, made = _child(FROM_CACHE, cache)
            assert made == "cached"
            return seconds

        return Cost(key, name, _median(once))


def _branching(missing: str) -> Cost:
    """Seconds of one of many branches of a trajectory, all but its firings: it is branched just before the horizon."""
    key, name = "branch", f"one of {BRANCHES:,} branches of the benchmark ladder, without its firings"
    if missing:
        return Cost(key, name, None, missing)
    model = ladder()
    compiled = engines.compiled_engine(model)
    trunk = Simulation(compiled.program, Point(model.policies[0].name, 0, 0))
    trunk.run(model.horizon - MINUTE)
    past, numbers = trunk.save(), range(1, BRANCHES + 1)
    compiled.branches(past, numbers[:1])

    def once() -> float:
        began = process_time()
        compiled.branches(past, numbers)
        return (process_time() - began) / BRANCHES

    return Cost(key, name, _median(once))


def _starting(words: tuple[str, ...]) -> Cost:
    """Seconds of the processor of a whole process."""

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "escalation", *words], cwd=ROOT, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return Cost(f"start {words[0]}", f"`escalation {' '.join(words)}`, whole process", _median(once))


def _median(once: Callable[[], float]) -> float:
    return median(once() for _ in range(REPEATS))


if __name__ == "__main__":
    print(json.dumps(load_once(int(sys.argv[1]))))
