"""A summary on disk: `summary.json` with what is counted, `summary.parquet` with its arrays, the same bytes always.

`summary.parquet` is a table of arrays (`named_arrays`): of answers and arrivals, by question and column; their names
are those of `escalation.experiments.summary`. Sums without rounding stand in `summary.json` in hexadecimal, in units
of 2⁻¹⁰⁷⁴.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from escalation.experiments.design import Design
from escalation.experiments.named_arrays import Named, Row, read_named, write_named
from escalation.experiments.summary import Answers, Arrivals, Pairs, PolicySummary, Summary
from escalation.statistics.exact_sum import UNIT
from escalation.statistics.future_counts import FutureCounts
from escalation.statistics.future_moments import FutureMoments
from escalation.statistics.quantile_sketch import RELATIVE_ERROR, QuantileSketch

JSON, PARQUET = "summary.json", "summary.parquet"


# ---------------------------------------------------------------------- writing


def summary_json(summary: Summary) -> str:
    """What is counted, as JSON."""
    told = {
        "n": summary.design.n,
        "per_future": summary.design.per_future,
        "seed": summary.design.seed,
        "kept_futures": summary.kept,
        "relative_error": RELATIVE_ERROR,
        "unit_of_sums": f"2^-{UNIT}",
        "policies": {name: _policy(each) for name, each in summary.policies.items()},
    }
    return json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _policy(told: PolicySummary) -> dict[str, Any]:
    answers = {
        key: {"share": each.share, "blank": each.blank, "zero_one": each.zero_one, **_moments(each.moments)}
        for key, each in told.answers.items()
    }
    pairs = {
        key: {
            "differing": each.differing,
            "only_first": each.only_first,
            "only_second": each.only_second,
            "neither": each.neither,
            **_moments(each.moments),
        }
        for key, each in told.pairs.items()
    }
    return {"n": told.n, "futures": told.futures, "answers": answers, "pairs": pairs}


def _moments(told: FutureMoments) -> dict[str, Any]:
    if not told.groups:
        return {}
    groups = {str(size): [many, *map(hex, sums)] for size, (many, *sums) in sorted(told.groups.items())}
    return {"low": told.low, "high": told.high, "sums": groups}


def write_arrays(summary: Summary, file: IO[bytes]) -> None:
    """`summary.parquet`."""
    write_named(_of(summary), file)


def _of(summary: Summary) -> Iterator[Row]:
    for policy, told in summary.policies.items():
        for key, each in told.answers.items():
            kept = {"totals": each.totals, "sizes": each.sizes, "inside": each.inside}
            yield policy, "answers", key, kept | counts_as_arrays(each.counts) | _sketch(each.sketch)
        for key, first in told.arrivals.items():
            kept = {"came": first.came, "sizes": first.sizes}
            yield policy, "arrivals", key, kept | counts_as_arrays(first.by_day) | _sketch(first.when)


def counts_as_arrays(told: FutureCounts) -> Named:
    """Counts over futures, by name."""
    sizes = sorted(told.futures)
    if not sizes:
        return {}
    return {
        "counts.sizes": np.array(sizes, dtype=np.int64),
        "counts.futures": np.array([told.futures[size] for size in sizes], dtype=np.int64),
        "counts.sums": np.stack([told.sums[size] for size in sizes]),
    }


def _sketch(told: QuantileSketch) -> Named:
    sizes = sorted(told.sizes)
    if not sizes:
        return {}
    return {
        "sketch.cells": told.cells,
        "sketch.table": told.table,
        "sketch.lows": told.lows,
        "sketch.highs": told.highs,
        "sketch.sizes": np.array(sizes, dtype=np.int64),
        "sketch.futures": np.array([told.sizes[size] for size in sizes], dtype=np.int64),
    }


# ---------------------------------------------------------------------- reading


def read_summary(folder: Path, design: Design) -> Summary:
    """The summary that a run's folder holds. Raises OSError, KeyError or ValueError where it is not one."""
    told = json.loads((folder / JSON).read_text(encoding="utf-8"))
    arrays = read_named(folder / PARQUET)
    made = {}
    for name, policy in told["policies"].items():
        answers = {key: _answers(each, arrays[name, "answers", key]) for key, each in policy["answers"].items()}
        arrivals = {
            key: _arrivals(each) for (of, kind, key), each in arrays.items() if (of, kind) == (name, "arrivals")
        }
        pairs = {key: _pairs(each) for key, each in policy["pairs"].items()}
        made[name] = PolicySummary(answers, arrivals, pairs, policy["n"], policy["futures"])
    return Summary(design, told["kept_futures"], made)


def _answers(told: dict[str, Any], arrays: Named) -> Answers:
    return Answers(
        told["share"], arrays["totals"], arrays["sizes"], arrays["inside"], told["blank"], told["zero_one"],
        counts_of(arrays, 1), _moments_of(told), _sketch_of(arrays),
    )  # fmt: skip


def _arrivals(arrays: Named) -> Arrivals:
    came = arrays["came"]
    return Arrivals(counts_of(arrays, came.shape[0]), came, arrays["sizes"], _sketch_of(arrays))


def _pairs(told: dict[str, Any]) -> Pairs:
    return Pairs(_moments_of(told), told["differing"], told["only_first"], told["only_second"], told["neither"])


def _moments_of(told: dict[str, Any]) -> FutureMoments:
    if "sums" not in told:
        return FutureMoments()
    groups = {}
    for size, (many, first, second, third) in told["sums"].items():
        groups[int(size)] = (many, int(first, 16), int(second, 16), int(third, 16))
    return FutureMoments(groups, told["low"], told["high"])


def counts_of(arrays: Named, events: int) -> FutureCounts:
    """Counts over futures from their arrays."""
    made = FutureCounts(events)
    if "counts.sizes" in arrays:
        sizes = arrays["counts.sizes"].tolist()
        made.futures = dict(zip(sizes, arrays["counts.futures"].tolist(), strict=True))
        made.sums = dict(zip(sizes, arrays["counts.sums"], strict=True))
    return made


def _sketch_of(arrays: Named) -> QuantileSketch:
    if "sketch.sizes" not in arrays:
        return QuantileSketch()
    sizes = dict(zip(arrays["sketch.sizes"].tolist(), arrays["sketch.futures"].tolist(), strict=True))
    cells, table, lows, highs = (arrays[f"sketch.{name}"] for name in ("cells", "table", "lows", "highs"))
    return QuantileSketch(cells, table, lows, highs, sizes)
