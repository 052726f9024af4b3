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


def in_c_at_the_limit(n: int) -> tuple[int, float]:
    """All firings of n trajectories, and the mean number alive at the end."""
    code = in_c.library("birth_death.c", "UNADDRESSED")
    code.birth_death.restype = ctypes.c_int64
    left = np.zeros(n, dtype=np.int64)
    firings = code.birth_death(
        ctypes.c_uint64(1),
        ctypes.c_int64(n),
        ctypes.c_double(BIRTHS),
        ctypes.c_double(1.0),
        ctypes.c_int64(FIRST),
        ctypes.c_double(HORIZON),
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
    limit = None if no_c else processor(lambda n: in_c_at_the_limit(n)[0])
    play = None if no_compiled else processor(engines.compiled(model, "alone"))

    def other(key: str, name: str, module: str, n: int, bound: str) -> Row:
        missing = "" if installed(python, module) else "not installed"
        run: Run | None = None if missing else partial(elsewhere, python, key)
        return Row(GROUP, key, name, n, run, bound, missing)

    return [
        Row(GROUP, "births c", "C by hand, at the limit: Gillespie's direct method", 200, limit, "one division", no_c),
        Row(
            GROUP,
            "births compiled",
            "**compiled engine**",
            100,
            play,
            "two clocks that keep their spent hazards, where the direct method has one sum",
            no_compiled,
        ),
        other("gillespy2", "GillesPy2, SSA in C++", "gillespy2", 100, "a process is started and its output parsed"),
        other("libroadrunner", "libRoadRunner, Gillespie", "roadrunner", 20, "its general state and event handling"),
        Row(
            GROUP,
            "births simpy",
            "SimPy engine",
            1,
            processor(engines.simpy(model, "alone")),
            "the interpreter",
        ),
    ]
