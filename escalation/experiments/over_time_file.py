"""`over_time.parquet`: the series of all trajectories of a run of which few paths are kept, as a table of arrays.

Of each policy: how many trajectories (`all`, `n`); of each series of numbers, `cells` (the leading bits of a double,
see `statistics.time_histogram`), `counts` by time and cell, and `missing`; of each series of rungs, counts over
futures, an event for each rung and time.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import numpy as np

from escalation.experiments.named_arrays import Row, read_named, write_named
from escalation.experiments.over_time import OverTime
from escalation.experiments.summary_file import counts_as_arrays, counts_of
from escalation.statistics.time_histogram import TimeHistogram

OVER_TIME = "over_time.parquet"


def write_over_time(policies: Mapping[str, OverTime], file: IO[bytes]) -> None:
    """The series of all trajectories, by policy."""
    write_named(_rows(policies), file)


def _rows(policies: Mapping[str, OverTime]) -> Iterator[Row]:
    for policy, told in policies.items():
        yield policy, "all", "", {"n": np.array([told.n])}
        for name, each in sorted(told.numbers.items()):
            yield policy, "numbers", name, {"cells": each.cells, "counts": each.counts, "missing": each.missing}
        for name, standing in sorted(told.standing.items()):
            yield policy, "rungs", name, {"events": np.array([standing.events]), **counts_as_arrays(standing)}


def read_over_time(path: Path) -> dict[str, OverTime]:
    """What `write_over_time` wrote; nothing where there is no such file. Raises OSError, KeyError or ValueError."""
    if not path.exists():
        return {}
    made: dict[str, OverTime] = {}
    for (policy, of, key), arrays in read_named(path).items():
        told = made.setdefault(policy, OverTime())
        if of == "all":
            told.n = int(arrays["n"][0])
        elif of == "numbers":
            told.numbers[key] = TimeHistogram(arrays["cells"], arrays["counts"], arrays["missing"])
        else:
            told.standing[key] = counts_of(arrays, int(arrays["events"][0]))
    return made
