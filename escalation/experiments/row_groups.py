"""Where tables are cut into row groups: by the place of a row alone, whoever ran it and in whatever pieces.

A row group is so many canonical blocks of one policy, or fewer at its end. So a table is written a group at a time,
from a frame in memory or from a journal, with the same bytes.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from escalation.experiments.block import BlockResult
from escalation.experiments.design import CANONICAL, Design
from escalation.experiments.ensemble import firing_rows
from escalation.model.process import Model

if TYPE_CHECKING:
    import pandas as pd

BLOCKS = {"outcomes": 100, "series": 1, "firings": 1}
"""Canonical blocks in a row group of each table: a trajectory has one row of outcomes and hundreds of the others."""


def cut(frame: "pd.DataFrame", table: str) -> Iterator["pd.DataFrame"]:
    """A frame whose rows are in canonical order as its row groups; an empty one is a group itself."""
    import numpy as np

    groups = frame["luck"].to_numpy() // (BLOCKS[table] * CANONICAL)
    policies = frame["policy"].cat.codes.to_numpy()
    edges = np.flatnonzero((np.diff(groups) != 0) | (np.diff(policies) != 0)) + 1
    starts = [0, *edges.tolist()]
    for first, last in zip(starts, [*starts[1:], len(frame)], strict=True):
        yield frame.iloc[first:last]


def firing_groups(
    model: Model, design: Design, results: Iterable[BlockResult], others: tuple[str, ...]
) -> Iterator["pd.DataFrame"]:
    """The table of firings of results in canonical order, no more than a row group in memory at a time.

    others: every name in them under which processes of someone's own fired.
    """
    size, written = BLOCKS["firings"] * CANONICAL, False
    for _, group in groupby(results, key=lambda each: (each.block.policy, each.block.first // size)):
        logs = [(result.block.policy, result.firings) for result in group if result.firings is not None]
        frame = firing_rows(model, design, logs, others)
        if len(frame):
            written = True
            yield frame
    if not written:
        yield firing_rows(model, design, (), others)
