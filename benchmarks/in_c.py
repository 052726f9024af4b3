"""Programs in C, compiled where a compiler is found: the ladder and birth–death by hand, to measure the engines by."""

import atexit
import ctypes
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from escalation.chance.streams import stream_key

SOURCES = Path(__file__).parent / "c"
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-std=c11", "-shared", "-fPIC")
"""Without contraction: the same rounding as the engines'."""
FREER = ("-ffp-contract=fast", "-freciprocal-math", "-fno-trapping-math", "-fno-math-errno")
"""Where no bits are to be kept, at the limit."""
STREAMS = (
    "convoy.after", "cooling.rate", "crossing.rate", "exercise.after", "incident.rate", "recall.rate",
    "talks_end.after", "seen.scouts.every", "seen.scouts.error", "capital.sanctions.deliver", "talks_open.after",
    "capital.protest.decide", "capital.sanctions.decide", "push",
)  # fmt: skip
"""In the order of the enumeration in ladder.c."""
MEASURES = ("sanctioned", "time_to_sanctions", "tense", "most_abroad", "incidents", "mean_abroad")
THRESHOLDS = {"stated": 900.0, "early": 700.0}
MOST_FIRINGS = 4_000
"""Firings of a trajectory that a log has room for."""


@cache
def compiler() -> str | None:
    """The C compiler, if there is one."""
    return shutil.which("cc")


@cache
def library(source: str, *defined: str) -> Any:
    """The compiled program, with those names defined for the preprocessor.

    Raises RuntimeError: there is no compiler, or it refuses.
    """
    cc = compiler()
    if cc is None:
        raise RuntimeError("no C compiler is found")
    made = _folder() / f"{'-'.join((Path(source).stem, *defined))}.so"
    freer = FREER if "UNADDRESSED" in defined else ()
    command = [cc, *FLAGS, *freer, *(f"-D{name}" for name in defined), "-o", str(made), str(SOURCES / source), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return ctypes.CDLL(str(made))


@cache
def _folder() -> Path:
    """Where this process keeps what it compiled; it goes with the process."""
    folder = mkdtemp(prefix="escalation-benchmarks-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@dataclass(frozen=True)
class Played:
    """What came of trajectories. measures: (n, MEASURES). firings: (n,). log: (all firings, 2), instant and rank."""

    measures: Any
    firings: Any
    log: Any


def play(
    variant: Sequence[str], policy: str, first: int, count: int, *, horizon: int, seed: int = 1, logged: bool = False
) -> Played:
    """Trajectories first … first + count - 1 of the ladder, fifty to a future as in a plain run.

    variant: of "LIBM", "UNADDRESSED", or nothing for the same bytes as the engines'.
    """
    code = library("ladder.c", *variant, *(("LOGGED",) if logged else ()))
    code.play.restype = ctypes.c_int64
    keys = np.array([stream_key(name) for name in STREAMS], dtype=np.uint64)
    measures, firings = np.full((count, len(MEASURES)), np.nan), np.zeros(count, dtype=np.int64)
    log = np.zeros((count * MOST_FIRINGS if logged else 0, 2), dtype=np.int64)
    all_firings = code.play(
        _pointer(keys),
        ctypes.c_uint64(seed),
        ctypes.c_int64(first),
        ctypes.c_int64(count),
        ctypes.c_double(THRESHOLDS[policy]),
        ctypes.c_int64(horizon),
        _pointer(measures),
        _pointer(firings),
        _pointer(log),
    )
    if (firings < 0).any():
        raise RuntimeError("a trajectory failed")
    return Played(measures, firings, log[:all_firings])


def _pointer(array: Any) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
