"""Pieces of a run without a run: from the rows of an ensemble, or drawn at random."""

from collections.abc import Iterator

import numpy as np

from escalation.experiments.block import BlockResult
from escalation.experiments.columns import Column, columns_of
from escalation.experiments.design import Block, Design
from escalation.experiments.ensemble import Ensemble
from escalation.model.process import Model

NONE = np.empty(0, dtype=np.int64)


def pieces_of(ensemble: Ensemble, size: int) -> Iterator[BlockResult]:
    """The rows of an ensemble in pieces of a size, less their series."""
    columns = [column for column in ensemble.columns if not column.series]
    for block in ensemble.design.blocks(size):
        rows = ensemble.outcomes[ensemble.outcomes["policy"] == block.policy]
        rows = rows[(rows["luck"] >= block.first) & (rows["luck"] < block.last)]
        values = tuple(codes(column, rows[column.name]) for column in columns)
        yield BlockResult(block, rows["luck"].to_numpy(), values, NONE, (), ())


def codes(column: Column, values):
    """A column of a table as it travels."""
    if column.form == "number":
        return values.to_numpy(dtype=np.float64)
    if column.form == "truth":
        return values.astype("Int16").fillna(-1).to_numpy(dtype=np.int16)
    return values.cat.codes.to_numpy(dtype=np.int16)


def drawn_pieces(model: Model, design: Design, size: int = 1_000) -> Iterator[BlockResult]:
    """Pieces whose every value is drawn at random, a tenth of them blank where the measure can be."""
    columns = [column for column in columns_of(model) if not column.series]
    for block in design.blocks(size):
        rng = np.random.default_rng([block.first, design.policies.index(block.policy)])
        values = tuple(_drawn(column, block, rng) for column in columns)
        yield BlockResult(block, np.arange(block.first, block.last), values, NONE, (), ())


def _drawn(column: Column, block: Block, rng: np.random.Generator):
    blank = rng.random(block.size) < (0.1 if column.blank else 0.0)
    if column.form == "number":
        return np.where(blank, np.nan, rng.uniform(0.0, 100.0, block.size))
    drawn = rng.integers(0, len(column.words) or 2, block.size)
    return np.where(blank, -1, drawn).astype(np.int16)
