"""The rows of births and deaths: ours, the limit in C, and two simulators of chemistry where they are installed."""

import ctypes
import json
import subprocess
from functools import partial
from pathlib import Path

import numpy as np

import escalation
from benchmarks import engines, in_c
from benchmarks.elsewhere import BIRTHS, FIRST, HORIZON
from benchmarks.rows import Row, Run, processor
from escalation.model.build import build

HERE = Path(__file__).parent
GROUP = "births and deaths"
DAY = 86_400_000.0


def at_the_limit(n: int, clocks: bool) -> tuple[int, float]:
    """All firings of n trajectories in C, and the mean number alive at the end.

    clocks: a clock a rule, as in the engines; otherwise Gillespie's direct method.
    """
    code = in_c.library("birth_death.c", "UNADDRESSED")
    code.birth_death.restype = ctypes.c_int64
    left = np.zeros(n, dtype=np.int64)
    firings = code.birth_death(
        ctypes.c_int(clocks),
        ctypes.c_uint64(1),
        ctypes.c_int64(n),
        ctypes.c_double(BIRTHS / DAY),
        ctypes.c_double(1.0 / DAY),
        ctypes.c_int64(FIRST),
        ctypes.c_int64(round(HORIZON * DAY)),
        ctypes.c_void_p(left.ctypes.data),
    )
    return int(firings), float(left.mean())


def elsewhere(python: str, name: str, n: int) -> tuple[float, int]:
    """Another simulator, in a process of its own: seconds and firings."""
    command = [python, str(HERE / "elsewhere.py"), name, str(n)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, firings, _ = json.loads(done.stdout.splitlines()[-1])
    return float(seconds), int(firings)


def installed(python: str, module: str) -> bool:
    """Whether that Python can import it."""
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return subprocess.run([python, "-c", code], capture_output=True).returncode == 0


def rows(python: str) -> list[Row]:
    """python: an interpreter that may have the other simulators."""
    model = build(escalation.load(HERE / "birth_death.yaml").scenario)
    no_compiled, no_c = engines.missing_compiled(), "" if in_c.compiler() else "no C compiler"
    play = None if no_compiled else processor(engines.compiled(model, "alone"))

    def other(key: str, name: str, module: str, n: int, bound: str) -> Row:
        missing = "" if installed(python, module) else "not installed"
        run: Run | None = None if missing else partial(elsewhere, python, key)
        return Row(GROUP, key, name, n, run, bound, missing)

    def by_hand(key: str, name: str, clocks: bool, bound: str) -> Row:
        run = None if no_c else processor(lambda n: at_the_limit(n, clocks)[0])
        return Row(GROUP, key, name, 200, run, bound, no_c)

    return [
        by_hand("births direct", "C by hand, at the limit: Gillespie's direct method", False, "a division, a branch"),
        by_hand("births c", "C by hand, at the limit: a clock a rule", True, "two divisions, a branch"),
        Row(
            GROUP,
            "births compiled",
            "**compiled engine**",
            100,
            play,
            "addressed draws, the order of ties, measures; two clocks where the direct method has one sum",
            no_compiled,
        ),
        other(
            "gillespy2",
            "GillesPy2, SSA in C++",
            "gillespy2",
            100,
            "its own loop: at four times as many trajectories a firing costs the same",
        ),
        other(
            "libroadrunner",
            "libRoadRunner, Gillespie",
            "roadrunner",
            20,
            "its own loop; where in it was not looked for",
        ),
        Row(
            GROUP,
            "births simpy",
            "SimPy engine",
            1,
            processor(engines.simpy(model, "alone")),
            "the interpreter",
        ),
    ]
