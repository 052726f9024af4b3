"""A run ends at the first look at which what was asked for is known: always the same look, and it is a plain run of
that length."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import escalation
from escalation.api import LoadedScenario, Run
from escalation.experiments.block import BlockResult, FailedTrajectory, up_to
from escalation.experiments.design import Block, Design
from escalation.experiments.looking import Gathered, Looking
from escalation.experiments.run import run_ensemble
from escalation.experiments.stopping import Look
from escalation.experiments.stopping_rule import Goal, goals
from tests.experiments.births import births

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
  aside: {initial: 0, assumption: a}
events:
  one: {while: first, rate: push / 50 days, effect: {done: done + 1}, assumption: a}
  other: {while: not first, rate: (push + more) / 50 days, effect: {done: done + 1}, assumption: a}
  beside: {rate: push / 50 days, effect: {aside: aside + 1}, assumption: a}
policies:
  by-one: {label: By the one}
  by-other: {label: By the other, set: {first: false}}
  much-more: {label: Much more, set: {first: false, more: 4}}
measures:
  often: {ever: done >= 2, matters: 12%, better: higher}
  busy: {time_in: done >= 2, label: Days with two or more}
  total: {final: done}
  unmoved: {final: aside}
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedScenario:
    path: Path = tmp_path_factory.mktemp("stopping") / "exchangeable.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return escalation.load(path)


@pytest.fixture(scope="module")
def stopped(loaded: LoadedScenario) -> Run:
    """A run that is asked for two precisions and may take 8,000 trajectories."""
    return loaded.run(8_000, policies=["by-one"], workers=1, precision={"often": "10pp", "busy": 8.0})


def last(run: Run) -> Look:
    assert run.stopping is not None
    assert run.stopping.last is not None
    return run.stopping.last


def test_a_run_ends_when_its_means_are_known(stopped: Run) -> None:
    """It ends before its budget, at a look, and every half-width is at most what was asked."""
    assert stopped.stopping is not None
    assert stopped.stopping.met
    assert stopped.stopping.looks == (1_000, 2_000, 4_000)[: len(stopped.stopping.looks)]
    assert last(stopped).n == stopped.ensemble.design.n < 8_000
    for each in last(stopped).standings:
        assert each.half_width is not None
        assert each.goal.asked is not None
        assert each.half_width <= each.goal.asked


def test_what_is_kept_is_a_plain_run_of_that_length(loaded: LoadedScenario, stopped: Run) -> None:
    """The tables are those of a run that was asked for as many trajectories from the beginning."""
    plain = loaded.run(last(stopped).n, policies=["by-one"], workers=1)
    pd.testing.assert_frame_equal(plain.outcomes, stopped.outcomes)
    pd.testing.assert_frame_equal(plain.series, stopped.series)
    assert plain.ensemble.design == stopped.ensemble.design
    assert stopped.ensemble.complete


def test_workers_change_neither_where_a_run_ends_nor_what_it_tells(loaded: LoadedScenario, stopped: Run) -> None:
    """Pieces that were under way beyond the last look are left out, whoever had begun them."""
    other = loaded.run(8_000, policies=["by-one"], workers=2, precision=["busy=8 days", "often=0.1e2 points"])
    assert other.stopping is not None
    assert other.stopping.looks == stopped.stopping.looks  # type: ignore[union-attr]
    assert {each.estimate for each in last(other).standings} == {each.estimate for each in last(stopped).standings}
    pd.testing.assert_frame_equal(other.outcomes, stopped.outcomes)


def test_the_interval_beside_it_is_that_of_the_report(stopped: Run) -> None:
    """The same mean over the same trajectories, with the interval of a fixed n inside the one valid at every look."""
    for each in last(stopped).standings:
        told = stopped.analysis.outcome("by-one", each.goal.question.key).estimate
        assert each.fixed == told
        assert each.estimate.value == pytest.approx(told.value)
        assert (each.estimate.n, each.estimate.futures) == (told.n, told.futures)
        assert each.estimate.low is not None
        assert told.low is not None
        assert each.estimate.high is not None
        assert told.high is not None
        assert each.estimate.low < told.low < told.high < each.estimate.high


def test_exchangeable_policies_end_as_the_same_for_our_purposes(loaded: LoadedScenario) -> None:
    """Two rules with one distribution: the whole interval comes to lie inside the size that matters."""
    run = loaded.run(16_000, policies=["by-one", "by-other"], workers=1, decide=True)
    (standing,) = last(run).standings
    assert standing.goal.question.key == "often"
    assert standing.verdict == "same for our purposes"
    assert run.stopping is not None
    assert run.stopping.met


def test_policies_that_differ_are_told_apart_in_every_pair(loaded: LoadedScenario) -> None:
    """Of three policies, all three pairs: the one with more is better than either, and the others are the same."""
    run = loaded.run(16_000, workers=1, decide=["often"])
    told = {(each.goal.policy, each.goal.against): each.verdict for each in last(run).standings}
    assert told == {
        ("by-other", "by-one"): "same for our purposes",
        ("much-more", "by-one"): "better",
        ("much-more", "by-other"): "better",
    }


def test_what_the_policies_cannot_reach_is_identical_at_once(loaded: LoadedScenario) -> None:
    """No lever in which they differ is read by what makes it: exact at the first look, without bounds or interval."""
    run = loaded.run(2_000, policies=["by-one", "much-more"], workers=1, decide="unmoved")
    (standing,) = last(run).standings
    assert (last(run).n, standing.verdict, standing.estimate.method) == (1_000, "identical", "exact")


def test_a_budget_that_ends_first_says_so(loaded: LoadedScenario) -> None:
    """Nothing known well enough: all of the budget is run, the last look is at its end, and the pair is open."""
    run = loaded.run(1_500, policies=["by-one", "by-other"], workers=1, decide="total")
    assert run.stopping is not None
    assert not run.stopping.met
    assert run.stopping.looks == (1_000, 1_500)
    assert run.ensemble.design.n == 1_500
    assert last(run).standings[0].verdict == "cannot be told apart"


def test_a_run_shorter_than_a_look_is_looked_at_once(loaded: LoadedScenario) -> None:
    """Its end is its only look."""
    run = loaded.run(60, futures=30, policies=["by-one"], workers=1, precision={"often": 0.49})
    assert last(run).n == 60
    assert run.ensemble.design.per_future == 2


# ---------------------------------------------------------------------- without the engine


@cache
def model() -> Any:
    return births().model()


POLICIES = ("base", "other")


def piece(policy: str, first: int, many: Any, failed: tuple[int, ...] = ()) -> tuple[Block, BlockResult]:
    """Trajectories from `first` on of which `many` says whether it was many; those at the places `failed` failed."""
    held = np.asarray(many, dtype=np.int16)
    block = Block(policy, first, first + held.size)
    kept = np.setdiff1d(np.arange(held.size), failed)
    numbers = held[kept].astype(float)
    lost = tuple(FailedTrajectory(policy, 0, first + place, 1, "", None, "lost") for place in failed)
    values = (numbers, held[kept], np.where(numbers > 0, 1.0, np.nan), numbers)
    return block, BlockResult(block, first + kept, values, np.empty(0, np.int64), (np.empty((0, 0)),), lost)


def looking(n: int, *, decide: bool = True, per_future: int = 50, told: Any = None) -> Looking:
    """A sink that looks at two policies: at their shares of `many`, or at the pair."""
    from escalation.experiments.analysis_questions import questions

    design = Design(POLICIES, n, per_future, 1)
    question = next(iter(questions(model().measures[1], model().horizon)))
    question = replace(question, better="higher", matters=0.05)
    pair = Goal("decide", question, "other", "base", 0.05, (-1.0, 1.0))
    means = [Goal("precision", question, policy, "", 0.05, (0.0, 1.0)) for policy in POLICIES]
    return Looking(Gathered(), model(), design, [pair] if decide else means, told)


def draws(rng: np.random.Generator, n: int, per_future: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """Two exchangeable policies: the same futures, a luck of their own."""
    p = np.repeat(rng.beta(2, 2, size=n // per_future), per_future)
    return rng.random(n) < p, rng.random(n) < p


@pytest.mark.parametrize("runs", [60, pytest.param(1_000, marks=pytest.mark.nightly)])
def test_exchangeable_policies_are_called_different_no_more_often_than_the_level_allows(runs: int) -> None:
    """Runs of two policies that are one, to 32,000 trajectories each: *better* or *worse* no more often than 99.9 % of
    binomial counts at 5 %, and otherwise the same for our purposes."""
    ended = []
    for seed in range(runs):
        sink, rng = looking(32_000), np.random.default_rng(seed)
        sides = dict(zip(POLICIES, draws(rng, 32_000), strict=True))
        for first in range(0, 32_000, 1_000):
            for policy, held in sides.items():
                if not sink.stop_asked():
                    sink.add(*piece(policy, first, held[first : first + 1_000]))
        ended.append(sink.looked[-1].standings[0].verdict)
    wrong = sum(verdict in ("better", "worse") for verdict in ended)
    assert wrong <= binom.ppf(0.999, runs, 0.05)
    assert ended.count("same for our purposes") == runs - wrong


def test_neither_the_size_of_pieces_nor_their_order_shows() -> None:
    """Pieces of 7, 130 or 1,000 trajectories, shuffled, some of them across a look: the same looks to the last bit."""
    held = dict(zip(POLICIES, draws(np.random.default_rng(5), 4_000), strict=True))
    failed = {7, 1_003, 1_999, 2_600}
    seen: list[tuple[Look, ...]] = []
    for size in (7, 130, 1_000):
        sink = looking(4_000, decide=False)
        pieces = [
            piece(policy, first, each, tuple(place - first for place in failed if first <= place < first + each.size))
            for policy, all_of in held.items()
            for first in range(0, 4_000, size)
            for each in [all_of[first : first + size]]
        ]
        for place in np.random.default_rng(size).permutation(len(pieces)):
            sink.add(*pieces[place])
        seen.append(tuple(sink.looked))
    assert [look.n for look in seen[0]] == [1_000, 2_000, 4_000]
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][-1].standings[0].estimate.n == 4_000 - len(failed)


def test_what_was_done_before_counts_as_what_is_done_now() -> None:
    """A run that is taken up again in the middle of a look makes the same looks, and does not keep its pieces twice."""
    held = dict(zip(POLICIES, draws(np.random.default_rng(7), 4_000), strict=True))
    pieces = [
        piece(policy, first, each[first : first + 100])
        for first in range(0, 4_000, 100)
        for policy, each in held.items()
    ]
    whole, again = looking(4_000, decide=False), looking(4_000, decide=False)
    for each in pieces:
        whole.add(*each)
    again.take_up(result for _, result in pieces[:29])
    for each in pieces[29:]:
        again.add(*each)
    assert again.looked == whole.looked
    assert [look.n for look in again.looked] == [1_000, 2_000, 4_000]
    assert not again.has(pieces[0][0])


def test_failed_trajectories_leave_their_pairs_out() -> None:
    """One that failed under either policy is in no difference."""
    sink = looking(1_000)
    held = np.ones(1_000)
    sink.add(*piece("base", 0, held, (1, 2)))
    sink.add(*piece("other", 0, held, (2, 3, 4)))
    assert sink.looked[0].standings[0].estimate.n == 996


def test_looks_are_of_whole_futures() -> None:
    """With 30 trajectories a future the first look waits for 1,020, and its last future is whole."""
    sink = looking(5_000, per_future=30, decide=False)
    held = dict(zip(POLICIES, draws(np.random.default_rng(6), 5_010, 30), strict=True))
    for first in range(0, 5_000, 100):
        for policy, all_of in held.items():
            sink.add(*piece(policy, first, all_of[first : min(first + 100, 5_000)]))
    assert [look.n for look in sink.looked] == [1_020, 2_010, 4_020, 5_000][: len(sink.looked)]
    assert sink.looked[0].standings[0].estimate.futures == 34


def test_every_look_is_told_and_the_end_is_asked_for_once() -> None:
    """Nobody is told of a look after the one at which all was known."""
    told: list[Look] = []
    sink = looking(8_000, told=told.append)
    assert sink.stop_asked() == ""
    for first in range(0, 8_000, 1_000):
        sink.add(*piece("base", first, np.zeros(1_000)))
        sink.add(*piece("other", first, np.ones(1_000)))
    assert [look.n for look in told] == [1_000]
    assert sink.stop_asked() == "everything that was asked for is known"
    assert sink.has(Block("base", 7_000, 8_000))


def test_results_beyond_a_look_are_cut_where_it_was() -> None:
    """Trajectories, failures and series up to the look and none after it, as a run of that length has them."""
    whole = run_ensemble(model(), n=100, workers=1, keep=["firings"])
    from escalation.experiments.ensemble import assemble
    from escalation.experiments.execution import Work, execute

    design = Design(POLICIES, 150, 50, 1)
    longer = execute(Work(model(), design, True), 1).results
    cut = assemble(model(), replace(design, n=100), up_to([*longer], 100), "", True)
    pd.testing.assert_frame_equal(cut.outcomes, whole.outcomes)
    odd = assemble(model(), replace(design, n=130), up_to([*longer], 130), "", True)
    straight = run_ensemble(model(), n=130, workers=1, keep=["firings"])
    pd.testing.assert_frame_equal(odd.outcomes, straight.outcomes)
    pd.testing.assert_frame_equal(odd.series, straight.series)
    assert odd.firings is not None
    assert straight.firings is not None
    pd.testing.assert_frame_equal(odd.firings, straight.firings)


# ---------------------------------------------------------------------- bare ranges


def test_over_a_bare_range_every_third_has_to_be_known() -> None:
    """Nothing is averaged over it: a goal for each third of each range, from the futures that lie there."""
    deep = escalation.load(Path(__file__).parents[1] / "cases" / "valid" / "deep-ranges.yaml")
    rule = deep.stopping_rule(1_000, {"replied": 0.3})
    assert rule is not None
    design = deep.design(1_000, None, 500, 1)
    assert len(goals(rule, deep.scenario, deep.model, design)) == 2 * 3 * len(design.policies)
    run = deep.run(1_000, futures=500, workers=1, precision={"replied": 0.3})
    told = last(run).standings
    assert sum(each.estimate.futures for each in told if each.goal.part and each.goal.part[0].name == "lag") == 1_000
    slices = run.analysis.deep.slices  # type: ignore[union-attr]
    for each in told:
        assert each.goal.part is not None
        name, place = each.goal.part
        part = next(part for part in slices if (part.of, part.place) == (name, place))
        assert each.fixed == part.analysis.outcome(each.goal.policy, "replied").estimate
