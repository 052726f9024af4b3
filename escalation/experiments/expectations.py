"""Running a scenario's `expect` blocks: claims that travel with it, told as holds, fails or undecided.

Each claim is run at a fixed seed and n, every trajectory in a future of its own, which tells most for that n. A
claim about a number fails only if the whole 99 % interval lies outside, and is undecided if the interval straddles.
Over a bare range (`deep:`) it must hold in every third: the worst of them decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from typing import Literal as OneOf

from escalation.experiments.columns import Column
from escalation.experiments.deep import DeepName, deep_names, thirds
from escalation.experiments.ensemble import Ensemble
from escalation.experiments.run import run_ensemble
from escalation.expressions.kinds import Truth
from escalation.model.build import build
from escalation.model.process import Measure
from escalation.model.scenario import Expectation, Scenario
from escalation.statistics.estimate import Estimate
from escalation.statistics.mean import mean
from escalation.statistics.paired import paired_difference
from escalation.statistics.proportion import proportion
from escalation.statistics.quantile import quantile

if TYPE_CHECKING:
    import pandas as pd

    Values = pd.Series[float]

TRAJECTORIES = 400
SEED = 20_241_018
"""Any number does; that it never changes is what matters."""
LEVEL = 0.99

Given = tuple[tuple[str, str], ...]
Status = OneOf["holds", "fails", "undecided"]
WORST: tuple[Status, ...] = ("fails", "undecided", "holds")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a claim.

    estimate: what a claim about a number rests on, in the unit of the measure's column; None for never and always.
    sentence: why, with its numbers.
    """

    claim: str
    status: Status
    estimate: Estimate | None
    sentence: str


def check_expectations(
    scenario: Scenario,
    resolve_given: Callable[[Given], Scenario],
    *,
    n: int = TRAJECTORIES,
    seed: int = SEED,
    workers: int | None = 1,
    engine: str = "auto",
    executor: str = "auto",
) -> tuple[Verdict, ...]:
    """A verdict for each claim, in the author's order.

    workers, engine, executor: see `execution.execute`; claims are small and stay on this machine, Dask or not.
    resolve_given: the scenario with a claim's `given` values set. Claims made under the same values share a run.
    Raises KeyboardInterrupt if a run is stopped: a claim is judged on all of its trajectories or not at all.
    """
    claims = list(enumerate(scenario.expectations))
    near = "auto" if executor.startswith("dask") else executor
    run = partial(run_ensemble, workers=workers, engine=engine, executor=near)
    verdicts: dict[int, Verdict] = {}
    for given in dict.fromkeys(claim.given for _, claim in claims):
        together = [(index, claim) for index, claim in claims if claim.given == given]
        made = resolve_given(given) if given else scenario
        ensemble = _run(made, together, n, seed, run)
        if ensemble.stopped:
            raise KeyboardInterrupt
        ranges = deep_names(made)
        verdicts |= {index: judge_over(claim, _watched(index), ensemble, ranges) for index, claim in together}
    return tuple(verdicts[index] for index, _ in claims)


def _watched(index: int) -> str:
    return f"expect:{index}"


def _run(
    scenario: Scenario, claims: Sequence[tuple[int, Expectation]], n: int, seed: int, run: Callable[..., Ensemble]
) -> Ensemble:
    watch = tuple(
        Measure(_watched(index), "ever" if claim.how == "never" else "min", Truth(), claim.condition)
        for index, claim in claims
        if claim.condition is not None
    )
    named = {name for _, claim in claims for name in (claim.policy, claim.than) if name is not None}
    every = any(claim.policy is None for _, claim in claims)
    measures = tuple(measure for measure in scenario.measures if measure.how != "series")
    model = build(replace(scenario, measures=measures), watch)
    return run(model, n=n, futures=n, seed=seed, policies=None if every else sorted(named))


def judge_over(claim: Expectation, watched: str, ensemble: Ensemble, ranges: Sequence[DeepName]) -> Verdict:
    """The verdict on one claim over bare ranges: what it says of a number must hold in every third of each."""
    if not ranges or claim.how in ("never", "always"):
        return judge(claim, watched, ensemble)
    found = []
    for name, low, high, rows in thirds(ranges, ensemble.design.seed, ensemble.outcomes):
        verdict = judge(claim, watched, replace(ensemble, outcomes=rows))
        where = f"where {name.name} is {low:.4g} to {high:.4g}{f' {name.unit}' if name.unit else ''}"
        found.append(replace(verdict, sentence=f"{where}, {verdict.sentence}"))
    if not found:
        return judge(claim, watched, ensemble)
    return min(found, key=lambda verdict: WORST.index(verdict.status))


def judge(claim: Expectation, watched: str, ensemble: Ensemble) -> Verdict:
    """The verdict on one claim, under the policy it names or under every one: the worst decides."""
    names = [policy.name for policy in ensemble.policies]
    policies = names if claim.policy is None else [claim.policy]
    verdicts = [_judge_policy(claim, watched, policy, ensemble) for policy in policies if policy != claim.than]
    return min(verdicts, key=lambda verdict: WORST.index(verdict.status))


def _judge_policy(claim: Expectation, watched: str, policy: str, ensemble: Ensemble) -> Verdict:
    concerned = {policy, claim.than}
    failed = [failure for failure in ensemble.failures if failure.policy in concerned]
    if claim.how in ("never", "always"):
        verdict = _judge_condition(claim, watched, policy, ensemble)
    elif claim.how == "between":
        verdict = _judge_between(claim, policy, ensemble)
    else:
        verdict = _judge_difference(claim, policy, ensemble)
    if verdict.status == "holds" and failed:
        first = failed[0]
        why = (
            f"{len(failed)} trajectories failed, the first (future {first.future}, luck {first.luck}): {first.message}"
        )
        return replace(verdict, status="undecided", sentence=f"{verdict.sentence}; but {why}")
    return verdict


def _judge_condition(claim: Expectation, watched: str, policy: str, ensemble: Ensemble) -> Verdict:
    rows = _rows(ensemble, policy)
    broken = rows[rows[watched].astype(bool) == (claim.how == "never")]
    if len(rows) == 0:
        return Verdict(claim.claim, "undecided", None, f"no trajectory under {policy} reached its horizon")
    if len(broken):
        first = broken.iloc[0]
        happened = "it held" if claim.how == "never" else "it did not hold throughout"
        sentence = (
            f"under {policy} {happened} in {len(broken)} of {len(rows)} trajectories, "
            f"the first in future {first['future']}, luck {first['luck']}"
        )
        return Verdict(claim.claim, "fails", None, sentence)
    held = "what is excluded happened in none" if claim.how == "never" else "it held throughout in each"
    return Verdict(claim.claim, "holds", None, f"under {policy} {held} of {len(rows)} trajectories")


def _judge_between(claim: Expectation, policy: str, ensemble: Ensemble) -> Verdict:
    assert claim.measure is not None
    assert claim.low is not None
    assert claim.high is not None
    column = ensemble.column(claim.measure)
    low, high = claim.low / column.factor, claim.high / column.factor
    rows = _rows(ensemble, policy)
    estimate, what, left_out = _estimate(column, numbers(column, rows[column.name]), rows["future"])
    status: Status = "undecided"
    if estimate.low is not None and estimate.high is not None:
        if low <= estimate.low and estimate.high <= high:
            status = "holds"
        elif estimate.high < low or estimate.low > high:
            status = "fails"
    sentence = f"under {policy} {what} {_told(estimate)}, claimed between {low:g} and {high:g}{_unit(column)}{left_out}"
    return Verdict(claim.claim, status, estimate, sentence)


def _estimate(column: Column, values: "Values", futures: "pd.Series[int]") -> tuple[Estimate, str, str]:
    """The number that a claim is about: a share, a mean, or of an event's time the median, never counting as late."""
    known = values.notna()
    left_out = int((~known).sum())
    note = f"; {left_out} trajectories in which it is blank are left out" if left_out else ""
    values, futures = values[known], futures[known]
    if column.form == "truth":
        return proportion(values, futures, LEVEL), f"the share of trajectories with {column.name} is", note
    if column.how == "first":
        return quantile(values, futures, 0.5, LEVEL), f"the median of {column.name} (never being late) is", note
    return mean(values, futures, LEVEL), f"the mean of {column.name} is", note


def _judge_difference(claim: Expectation, policy: str, ensemble: Ensemble) -> Verdict:
    assert claim.measure is not None
    assert claim.than is not None
    column = ensemble.column(claim.measure)
    pairs = _rows(ensemble, policy).merge(_rows(ensemble, claim.than), on=["future", "luck"], suffixes=("", " than"))
    first, second = (numbers(column, pairs[name]) for name in (column.name, f"{column.name} than"))
    if column.how == "first":
        first = _later(first, second)
        second = first * 0.0
    difference = paired_difference(first, second, pairs["future"], level=LEVEL)
    estimate = difference.estimate
    sign = 1.0 if claim.how == "more_than" else -1.0
    if column.how == "first":
        where = f"later under {policy} than under {claim.than}"
        sentence = f"the share of pairs with {column.name} {where}, less earlier, is {_told(estimate)}"
    else:
        sentence = f"{column.name} under {policy} less {claim.than} is {_told(estimate)}{_unit(column)}"
    if difference.left_out:
        sentence += f"; {difference.left_out} pairs with a blank are left out"
    return Verdict(claim.claim, _side(estimate, sign), estimate, sentence)


def _later(first: "Values", second: "Values") -> "Values":
    """1 where the first comes later, -1 where it comes earlier, 0 where both come together or never."""
    return (first > second).astype(float) - (first < second).astype(float)


def _side(estimate: Estimate, sign: float) -> Status:
    """Whether the whole interval lies on the claimed side of zero, on the other (zero included), or on both."""
    if estimate.low is None or estimate.high is None:
        return "undecided"
    low, high = sorted((estimate.low * sign, estimate.high * sign))
    return "holds" if low > 0 else "fails" if high <= 0 else "undecided"


def numbers(column: Column, values: Any) -> "Values":
    """A column as floats: true is 1, a rung its place; blank is NaN, and a `first` that never came infinite."""
    if column.form in ("word", "rung"):
        codes = values.cat.codes.astype("float64")
        return codes.where(codes >= 0)
    floats = values.astype("float64")
    return floats.fillna(float("inf")) if column.how == "first" else floats


def _rows(ensemble: Ensemble, policy: str) -> "pd.DataFrame":
    return ensemble.outcomes[ensemble.outcomes["policy"] == policy]


def _told(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.4g} ({estimate.reason})"
    return f"{estimate.value:.4g} ({estimate.level:.0%} interval {estimate.low:.4g} to {estimate.high:.4g})"


def _unit(column: Column) -> str:
    return f" {column.unit}" if column.unit else ""
