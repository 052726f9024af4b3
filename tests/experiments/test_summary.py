"""A summary answers as the outcomes would have, is the same however it was made, and does not grow."""

import random
import tracemalloc
from dataclasses import fields, is_dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import escalation
from escalation.experiments.analysis import analyse
from escalation.experiments.analysis_of_summary import analyse_summary
from escalation.experiments.design import Design, DesignError
from escalation.experiments.ensemble import Ensemble
from escalation.experiments.summary import KEPT, Reducer, Summary, reduce
from escalation.experiments.summary_file import JSON, PARQUET, read_summary, summary_json, write_arrays
from escalation.statistics.estimate import Estimate
from escalation.statistics.quantile import METHOD as OF_QUANTILES
from escalation.statistics.quantile_sketch import RELATIVE_ERROR
from tests.experiments.block_results import drawn_pieces, pieces_of

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TUTORIAL = escalation.load(SCENARIOS / "first-ladder.yaml")
LEFT_OUT = {"typical", "record", "reduced", "method"}


def bytes_of(summary: Summary) -> tuple[bytes, bytes]:
    """Both files of a summary."""
    arrays = BytesIO()
    write_arrays(summary, arrays)
    return summary_json(summary).encode(), arrays.getvalue()


def require_alike(told: Any, exact: Any, place: str = "") -> None:
    """Numbers agree to nine digits; a quantile lies within its stated error, its interval is the sketch's own test."""
    if isinstance(exact, Estimate) and exact.method == OF_QUANTILES:
        assert abs(told.value - exact.value) <= RELATIVE_ERROR * abs(exact.value), place
        assert (told.n, told.futures) == (exact.n, exact.futures), place
    elif is_dataclass(exact):
        for field in fields(exact):
            if field.name not in LEFT_OUT:
                require_alike(getattr(told, field.name), getattr(exact, field.name), f"{place}.{field.name}")
    elif isinstance(exact, tuple):
        assert len(told) == len(exact), place
        for index, (one, other) in enumerate(zip(told, exact, strict=True)):
            require_alike(one, other, f"{place}[{index}]")
    elif isinstance(exact, float | np.ndarray):
        assert told == pytest.approx(exact, rel=1e-9, abs=1e-12, nan_ok=True), place
    else:
        assert told == exact, place


def held_alike(loaded: Any, ensemble: Ensemble) -> None:
    """Compare every estimate from the rows of an ensemble with that from their summary."""
    summary = reduce(pieces_of(ensemble, 64), loaded.model, loaded.scenario, ensemble.design)
    bare = replace(ensemble, outcomes=ensemble.outcomes.iloc[:0])
    require_alike(analyse_summary(summary, bare, loaded.scenario), analyse(ensemble, loaded.scenario))


@pytest.fixture(scope="module")
def ensemble() -> Ensemble:
    """The tutorial, 330 trajectories a policy, 30 in each future."""
    return TUTORIAL.run(n=330, futures=11, workers=1).ensemble


def test_estimates_from_a_summary_are_those_from_the_outcomes(ensemble: Ensemble) -> None:
    """Shares, means, differences, incidence, ranges and convergence of the tutorial."""
    held_alike(TUTORIAL, ensemble)


def test_trajectories_that_failed_are_left_out_of_a_summary_as_of_the_outcomes(ensemble: Ensemble) -> None:
    """Futures of unequal size, and one with no trajectory left under one policy."""
    rows = ensemble.outcomes
    lost = (np.random.default_rng(1).random(len(rows)) < 0.3) | ((rows["policy"] == "quick") & (rows["future"] == 4))
    held_alike(TUTORIAL, replace(ensemble, outcomes=rows[~lost].reset_index(drop=True)))


def test_the_flagship_is_told_alike_from_a_summary() -> None:
    """Every question of the flagship, seven policies, 100 trajectories each in 20 futures."""
    flagship = escalation.load(SCENARIOS / "seoul-2024.yaml")
    held_alike(flagship, flagship.run(n=100, futures=20, workers=1).ensemble)


@pytest.mark.nightly
def test_the_flagship_at_a_thousand_is_told_alike_from_a_summary() -> None:
    """Every question of the flagship, seven policies, 1,000 trajectories each."""
    flagship = escalation.load(SCENARIOS / "seoul-2024.yaml")
    held_alike(flagship, flagship.run(n=1_000).ensemble)


def test_a_summary_is_the_same_bytes_in_whatever_pieces_it_was_made(ensemble: Ensemble) -> None:
    """Pieces of 1, 7 and 100 in any order, in one reducer or in three that are merged."""
    made = [bytes_of(reduce(pieces_of(ensemble, 100), TUTORIAL.model, TUTORIAL.scenario, ensemble.design))]
    for size in (7, 1):
        pieces = list(pieces_of(ensemble, size))
        random.Random(size).shuffle(pieces)
        three = [Reducer(TUTORIAL.model, TUTORIAL.scenario, ensemble.design) for _ in range(3)]
        for place, piece in enumerate(pieces):
            three[place % 3].add(piece)
        three[2].merge(three[0])
        three[1].merge(three[2])
        made.append(bytes_of(three[1].finish()))
    assert made[0] == made[1] == made[2]


def test_a_summary_comes_back_from_its_files_as_it_was(ensemble: Ensemble, tmp_path: Path) -> None:
    """What is read is written again to the same bytes."""
    told = bytes_of(reduce(pieces_of(ensemble, 100), TUTORIAL.model, TUTORIAL.scenario, ensemble.design))
    for name, content in zip((JSON, PARQUET), told, strict=True):
        (tmp_path / name).write_bytes(content)
    assert bytes_of(read_summary(tmp_path, ensemble.design)) == told


def test_a_run_that_was_cut_short_is_summed_up_as_far_as_it_came(ensemble: Ensemble) -> None:
    """Futures that some policy has not met are paired as with failed partners, as in the tables."""
    rows = ensemble.outcomes
    cut = replace(
        ensemble, outcomes=rows[(rows["luck"] < 200) | ((rows["policy"] == "patient") & (rows["luck"] < 260))]
    )
    pieces = [piece for piece in pieces_of(ensemble, 20)
              if piece.block.last <= (260 if piece.block.policy == "patient" else 200)]  # fmt: skip
    summary = reduce(pieces, TUTORIAL.model, TUTORIAL.scenario, ensemble.design)
    bare = replace(ensemble, outcomes=rows.iloc[:0])
    require_alike(analyse_summary(summary, bare, TUTORIAL.scenario), analyse(cut, TUTORIAL.scenario))


def test_beyond_the_kept_futures_only_ranges_bands_and_steps_rest_on_the_first() -> None:
    """Of 2,400 futures of one trajectory, shares and means rest on all and the range on the first 2,000."""
    design = Design(("patient", "quick"), KEPT + 400, 1, 1)
    summary = reduce(drawn_pieces(TUTORIAL.model, design), TUTORIAL.model, TUTORIAL.scenario, design)
    bare = replace(TUTORIAL.run(n=1, workers=1).ensemble, design=design)
    told = analyse_summary(summary, replace(bare, outcomes=bare.outcomes.iloc[:0], series=bare.series.iloc[:0]),
                           TUTORIAL.scenario)  # fmt: skip
    assert told.reduced == KEPT
    for each in told.outcomes:
        assert each.estimate.n + each.blank == KEPT + 400
        assert each.across.n <= KEPT
    assert told.convergence[0].steps[-1].futures == KEPT + 400
    assert max(step.futures for step in told.convergence[0].steps[:-1]) <= KEPT


def peak(n: int) -> float:
    """Megabytes at the highest while n trajectories a policy are reduced."""
    design = Design(("patient", "quick"), n, 50, 1)
    tracemalloc.start()
    try:
        reduce(drawn_pieces(TUTORIAL.model, design), TUTORIAL.model, TUTORIAL.scenario, design)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_trajectories() -> None:
    """A million rows are reduced in at most five megabytes more than a hundred thousand; as rows they are forty."""
    peak(100)  # What is imported on the way is no part of it.
    assert peak(500_000) < peak(50_000) + 5


@pytest.mark.nightly
def test_memory_does_not_grow_to_ten_million() -> None:
    """Ten million trajectories a policy are reduced in at most a hundred megabytes more than a hundred thousand."""
    peak(100)
    assert peak(10_000_000) < peak(100_000) + 100


def test_a_summary_of_bare_ranges_is_refused() -> None:
    """Nothing may be averaged over a bare range, and a summary cannot be cut into slices."""
    deep = escalation.load(Path(__file__).parents[1] / "cases" / "valid" / "deep-ranges.yaml")
    with pytest.raises(DesignError, match="is `deep`"):
        deep.run(n=10, keep=("summary",), workers=1)
