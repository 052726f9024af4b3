"""A piece of work is the same arrays whichever engine ran it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from escalation.api import load
from escalation.engines.compiled.engine import Compiled
from escalation.engines.program import prepare
from escalation.experiments.block import WITH_SERIES, BlockResult, canonical_parts, run_piece
from escalation.experiments.design import CANONICAL, Block, plain_design
from escalation.experiments.runner import Work, run_block
from escalation.model.process import Edge, Hazard, Model
from tests.models import Sketch


def arrays(result: BlockResult | None) -> list[tuple[str, str, bytes]]:
    """Every array of a result: what it is called, its type and shape, and its bytes."""
    assert result is not None
    named = {"lucks": result.lucks, "series lucks": result.series_lucks}
    named |= {f"value {index}": each for index, each in enumerate(result.values)}
    named |= {f"series {index}": each for index, each in enumerate(result.series)}
    for block, part in result.over_time:
        named |= {f"over time {block} {name}": each for name, each in part.arrays().items()}
    if result.firings is not None:
        of = result.firings
        named |= {"of": of.lucks, "times": of.times, "rules": of.rules, "numbers": of.numbers}
    return [(name, f"{each.dtype} {each.shape}", np.ascontiguousarray(each).tobytes()) for name, each in named.items()]


def both(model: Model, block: Block, firings: bool = True, n: int = 100_000) -> tuple[BlockResult, BlockResult]:
    """A block by the compiled and by the SimPy engine."""
    design = plain_design([policy.name for policy in model.policies], n)
    ours = run_piece(Compiled(model), design, block, firings=firings)
    theirs = run_block(prepare(model), Work(model, design, firings), block)
    assert ours is not None
    assert theirs is not None
    return ours, theirs


@pytest.mark.parametrize("first", [0, WITH_SERIES - 7, WITH_SERIES + 3])
def test_a_piece_of_the_first_ladder_is_the_same_arrays(first: int) -> None:
    """Values, series of the first two thousand alone, and firings: the same bytes, types and shapes."""
    model = load(Path("scenarios/first-ladder.yaml")).model
    ours, theirs = both(model, Block(model.policies[0].name, first, first + 20))
    assert arrays(ours) == arrays(theirs)
    assert ours.failures == theirs.failures == ()


def failing() -> Sketch:
    """A level that leaves its range in about a third of all trajectories."""
    sketch = Sketch(days=30, x=0.0, a=False)
    sketch.ranges["x"] = ("0 - 10", "4")
    sketch.event("rise", Hazard("0.1 / 1 day", "true"), {"x": "x + 1"}, {"size": "normal(0, 1)"})
    sketch.event("turn", Edge("x > 2", "1 day", "exponential(mean=2 days)"), {"a": "true"})
    return (
        sketch.measure("top", "max", "x")
        .measure("turned", "first", "a")
        .measure("path", "series", "x", every=86_400_000)
    )


def test_failures_are_told_alike_and_the_others_go_on() -> None:
    """The same trajectories fail, with one rule, instant and sentence; finished firings of failed ones are kept."""
    ours, theirs = both(failing().model(), Block("base", 0, 60))
    assert ours.failures == theirs.failures
    assert 5 < len(ours.failures) < 55
    assert arrays(ours) == arrays(theirs)


def test_a_block_that_is_told_to_stop_gives_nothing() -> None:
    """A stop flag that is set before the first trajectory leaves no result."""
    model = failing().model()
    design = plain_design(["base"], 100)
    stop = np.ones(1, dtype=np.int8)
    assert run_piece(Compiled(model), design, Block("base", 0, 10), firings=False, stop=stop) is None


@settings(derandomize=True, deadline=None)
@given(first=st.integers(0, 600_000), size=st.integers(1, 12_000), since=st.integers(0, 600_000))
@example(first=500_000, size=20_000, since=WITH_SERIES)
def test_the_parts_of_a_block_tile_it_and_are_few_wherever_it_lies(first: int, size: int, since: int) -> None:
    """Parts of a block follow one another from its first to its last, none empty, as few as its size asks for."""
    block = Block("one", first, first + size)
    parts = canonical_parts(block, since)
    assert [part.first for part in parts[1:]] == [part.last for part in parts[:-1]]
    assert (parts[0].first, parts[-1].last) == (block.first, block.last)
    assert all(part.size > 0 for part in parts)
    assert all(part.last <= since or part.first // CANONICAL == (part.last - 1) // CANONICAL for part in parts)
    assert len(parts) <= 3 + size // CANONICAL
