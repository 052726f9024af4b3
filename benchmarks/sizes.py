"""How time and memory grow with n: `escalation run scenarios/first-ladder.yaml -n N`, whole processes, all policies."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

ROOT = Path(__file__).parents[1]
SCENARIO = "scenarios/first-ladder.yaml"
ON_SIMPY = (1_000, 10_000)
WITH_OUTCOMES = (1_000, 10_000, 100_000, 1_000_000)
SUMMARISED = (100_000, 1_000_000, 10_000_000)


@dataclass(frozen=True)
class Size:
    """n trajectories a policy. wall, processor: seconds. peak: bytes of the largest process. keep: what was kept."""

    n: int
    keep: str
    wall: float
    processor: float
    peak: int


def can_summarise() -> bool:
    """Whether a run can keep a summary, whose memory does not grow."""
    command = [sys.executable, "-m", "escalation", "run", SCENARIO, "-n", "1", "--keep", "summary", "--quiet"]
    with TemporaryDirectory() as folder:
        return subprocess.run([*command, "--out", folder], cwd=ROOT, capture_output=True).returncode in (0, 5)


def sizes(compiled: bool) -> list[Size]:
    """One run of each size that is in reach: of the compiled engine, and of a summary where one can be kept."""
    made = [_one(n, "outcomes") for n in (WITH_OUTCOMES if compiled else ON_SIMPY)]
    return made + [_one(n, "summary") for n in (SUMMARISED if compiled and can_summarise() else ())]


def _one(n: int, keep: str) -> Size:
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "escalation", "run", SCENARIO, "-n", str(n), "--keep", keep, "--quiet"]
        began = perf_counter()
        child = subprocess.Popen([*command, "--out", folder], cwd=ROOT, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = perf_counter() - began
    if child.returncode not in (0, 5):
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}")
    # Linux counts in kibibytes, macOS in bytes.
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Size(n, keep, wall, used.ru_utime + used.ru_stime, peak)
