"""Verdicts on policies whose truth is known: exchangeable ones, equal ones, one that differs by too little to matter.

A lever picks which of two rules acts. They have one distribution and two names, so their luck is independent and no
difference is true: whatever is told apart is told apart by chance.
"""

from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from escalation.experiments.execution import available_workers
from escalation.experiments.run import run_ensemble
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from escalation.model.process import Model
from escalation.statistics.paired import PairedDifference, paired_difference

TEXT = """\
escalation: 1
title: Two rules that are one
starts: 2030-01-01
lasts: 100 days
uncertainties:
  push: {value: 'uniform(0.5, 1.5)', assumption: a}
levers:
  first: {default: true, assumption: a}
  more: {default: 0, assumption: a}
state:
  done: {initial: 0, assumption: a}
events:
  one: {while: first, rate: push / 20 days, effect: {done: done + 1}, assumption: a}
  other: {while: not first, rate: (push + more) / 20 days, effect: {done: done + 1}, assumption: a}
policies:
  by-one: {}
  again: {set: {first: true, more: 0}}
  by-other: {set: {first: false}}
  a-little-more: {set: {first: false, more: 0.06}}
  much-more: {set: {first: false, more: 0.25}}
measures:
  total: {final: done, matters: 1, better: higher}
  often: {ever: done >= 5}
"""
LEVEL, BAND = 0.95, 0.999


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path: Path = tmp_path_factory.mktemp("exchangeable") / "exchangeable.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return build(read_scenario(path).scenario)


def differences(model: Model, policy: str, seed: int, n: int, futures: int) -> dict[str, PairedDifference]:
    """One policy less `by-one`, on both measures, in a run of its own."""
    run = run_ensemble(model, n=n, policies=["by-one", policy], futures=futures, seed=seed, workers=1)
    base, other = (run.outcomes[run.outcomes["policy"] == name].set_index("luck") for name in ("by-one", policy))
    told = {}
    for column in run.columns:
        sides = (other[column.name].to_numpy(dtype=float), base[column.name].to_numpy(dtype=float))
        better, matters = column.better, column.matters
        told[column.name] = paired_difference(*sides, base["future"].to_numpy(), better, matters, LEVEL)
    return told


def misses(model: Model, policy: str, n: int, futures: int, seed: int) -> dict[str, bool]:
    """Whether the interval of each measure misses 0 at one seed."""
    told = differences(model, policy, seed, n, futures)
    found = {}
    for name in ("total", "often"):
        low, high = told[name].estimate.low, told[name].estimate.high
        assert low is not None
        assert high is not None
        found[name] = low > 0 or high < 0
    return found


def told_apart(model: Model, policy: str, seeds: int, n: int, futures: int) -> dict[str, int]:
    """In how many seeds the interval of each measure misses 0; many seeds are shared among processes."""
    one = partial(misses, model, policy, n, futures)
    if seeds < 100:
        found = list(map(one, range(1, seeds + 1)))
    else:
        with ProcessPoolExecutor(available_workers(), get_context("spawn")) as pool:
            found = list(pool.map(one, range(1, seeds + 1), chunksize=20))
    assert len(found) == seeds
    return {name: sum(each[name] for each in found) for name in ("total", "often")}


@cache
def band(seeds: int) -> tuple[int, int]:
    """Where the count of false alarms falls in 999 of 1,000 such experiments, if 5 % of intervals miss."""
    low, high = binom.interval(BAND, seeds, 1 - LEVEL)
    return int(low), int(high)


@pytest.mark.parametrize(("seeds", "n", "futures"), [
    (60, 100, 50),
    pytest.param(1_000, 500, 50, marks=pytest.mark.nightly),
])  # fmt: skip
def test_exchangeable_policies_are_told_apart_as_often_as_the_level_says(
    model: Model, seeds: int, n: int, futures: int
) -> None:
    """Over many seeds the share of false alarms at 5 % lies inside the 99.9 % binomial band, for a mean and a share."""
    low, high = band(seeds)
    counts = told_apart(model, "by-other", seeds, n, futures)
    print(f"exchangeable: {counts} of {seeds} seeds at n = {n} told apart at 5 %; the band is {low} to {high}")
    for count in counts.values():
        assert low <= count <= high


def test_the_same_experiment_notices_policies_that_differ(model: Model) -> None:
    """With a rate a quarter higher the same count lies far above the band: the null can fail."""
    counts = told_apart(model, "much-more", 20, 100, 50)
    assert min(counts.values()) > band(20)[1]


def test_equal_policies_are_identical(model: Model) -> None:
    """A policy that sets every lever to its default is identical, not merely hard to tell apart."""
    for told in differences(model, "again", 1, 100, 50).values():
        assert (told.verdict, told.differing, told.estimate.value) == ("identical", 0, 0.0)


def test_a_difference_too_small_to_matter_ends_as_the_same_for_our_purposes(model: Model) -> None:
    """A true difference of 0.3 of what matters: open at n = 50, *same for our purposes* at n = 2,000.

    The difference is 0.06 × 100 / 20 = 0.3 and 1 matters. Both counts have a mean of about 5 and independent luck, so a
    difference has a variance of about 10.3, and the interval's half-width is 0.9 at n = 50 and 0.14 at n = 2,000.
    """
    few = differences(model, "a-little-more", 1, 50, 50)["total"]
    many = differences(model, "a-little-more", 1, 2_000, 200)["total"]
    assert few.verdict == "cannot be told apart"
    assert many.verdict == "same for our purposes"
    half = float(np.sqrt(10.3 / 2_000))
    assert abs(many.estimate.value - 0.3) < 3.3 * half
