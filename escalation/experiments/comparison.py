"""Two runs compared: what their scenarios say differently, and what that changes, trajectory by trajectory.

B less A, under each policy and on each measure that both have, in pairs of one (policy, future, luck). The luck belongs
to (seed, stream, luck, number) and to nothing else (law 13), so what a change does not touch is the same in both.
"""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from escalation.experiments.analysis import Difference, asked_of
from escalation.experiments.analysis_questions import Question, answers
from escalation.experiments.deep import parts_of_pairs
from escalation.experiments.ensemble import Ensemble
from escalation.experiments.execution import Process, Progress
from escalation.experiments.first_difference import TRAJECTORIES, FirstDifferences, first_differences
from escalation.experiments.watches import watches
from escalation.language.differences import Change, Place, differences
from escalation.language.node import Mapping
from escalation.model.build import build
from escalation.model.calendar import DAY
from escalation.model.process import Model
from escalation.model.scenario import Scenario
from escalation.statistics.paired import PairedDifference, paired_difference

if TYPE_CHECKING:
    import pandas as pd


class Incomparable(ValueError):
    """Two runs of which nothing can be paired, said in a sentence."""


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two runs.

    name: what a person calls it. key: what it is stored under, `seoul-2024/2000-seed1-a1b2c3`. scenario, document: what
    was run, and the text's tree. ensemble: what came of it. places: where entries are written, if not where the
    document says. processes: SimPy processes that took part. unrepeatable: why its trajectories cannot be played
    again; empty if they can.
    """

    name: str
    key: str
    scenario: Scenario
    document: Mapping
    ensemble: Ensemble
    places: Table[str, Place] | None = None
    processes: tuple[Process, ...] = ()
    unrepeatable: str = ""
    built: "Callable[[], Model] | None" = None

    def model(self) -> Model:
        """Its model, with what a report watches."""
        return self.built() if self.built is not None else build(self.scenario, watches(self.scenario))


@dataclass(frozen=True)
class Comparison:
    """What two runs differ in.

    a, b: what they are called; keys: what they are stored under. start: the ISO date of B's day 0. changes: of the
    scenario. policies: (name, label in B) of those compared, over bare ranges once for each third of each. pairs,
    futures: trajectories of each that both runs have, and their futures. questions: what both measure. differences: B
    less A, a row for each question and policy, in this order. first_different: which rule first fired differently.
    remarks: what a reader must know of how they were paired. failed: trajectories that failed in either.
    """

    a: str
    b: str
    keys: tuple[str, str]
    title: str
    start: str
    level: float
    seed: int
    changes: tuple[Change, ...]
    policies: tuple[tuple[str, str], ...]
    pairs: int
    futures: int
    questions: tuple[Question, ...]
    differences: tuple[Difference, ...]
    first_different: FirstDifferences
    remarks: tuple[str, ...] = ()
    failed: int = 0


def compare_runs(
    a: Side,
    b: Side,
    *,
    level: float = 0.95,
    firings: int = TRAJECTORIES,
    workers: int | None = None,
    progress: Progress | None = None,
    engine: str = "auto",
    executor: str = "auto",
) -> Comparison:
    """Everything that B changes against A.

    level: of every interval. firings: how many trajectories are played again to find the rule that first fired
    differently; 0 is none. workers, engine, executor: of these; see `execution.execute`.

    Raises:
        Incomparable: no trajectory, policy or measure is in both.
    """
    for side in (a, b):
        if side.ensemble.summary is not None:
            raise Incomparable(f"{side.name} was kept as a summary, whose trajectories cannot be paired with others")
    policies = _shared_policies(a, b)
    pairs = _shared_pairs(a, b)
    asked, remarks = _shared_questions(a, b)
    frames = [_by_policy(side.ensemble, policies) for side in (a, b)]
    asked = _once(asked, frames)
    index = np.array(pairs, dtype=np.int64).T
    play = partial(first_differences, workers=workers, progress=progress, engine=engine, executor=executor)
    parts = parts_of_pairs((a.scenario, b.scenario), a.ensemble.design.seed, index[0])
    found = tuple(
        Difference(
            policy + part,
            a.name,
            question.key,
            _paired(question, [frame[policy] for frame in frames], index[:, inside], level),
        )
        for question in asked
        for policy in policies
        for part, inside in parts
    )
    labels = {policy.name: policy.label or policy.name for policy in b.scenario.policies}
    return Comparison(
        a=a.name,
        b=b.name,
        keys=(a.key, b.key),
        title=b.scenario.title,
        start=b.scenario.start,
        level=level,
        seed=a.ensemble.design.seed,
        changes=differences(a.document, b.document, a.places, b.places),
        policies=tuple((name + part, labels.get(name, name) + part) for name in policies for part, _ in parts),
        pairs=len(pairs),
        futures=len({future for future, _ in pairs}),
        questions=tuple(asked),
        differences=found,
        first_different=_first_different(a, b, policies, pairs, firings, play),
        remarks=(*_remarks(a, b, policies, len(pairs)), *remarks),
        failed=len(a.ensemble.failures) + len(b.ensemble.failures),
    )


# ---------------------------------------------------------------------- what both have


def _shared_policies(a: Side, b: Side) -> tuple[str, ...]:
    other = set(a.ensemble.design.policies)
    shared = tuple(name for name in b.ensemble.design.policies if name in other)
    if not shared:
        raise Incomparable(
            f"no policy was run in both: {a.name} has {', '.join(a.ensemble.design.policies)}; "
            f"{b.name} has {', '.join(b.ensemble.design.policies)}"
        )
    return shared


def _shared_pairs(a: Side, b: Side) -> list[tuple[int, int]]:
    """The (future, luck) that both designs have, in the order of luck."""
    first, second = a.ensemble.design, b.ensemble.design
    if first.seed != second.seed:
        raise Incomparable(
            f"{a.name} was run with seed {first.seed} and {b.name} with seed {second.seed}: no trajectory of one has "
            "the luck of one of the other, so nothing can be paired; run one of them again with the other's seed"
        )
    for side in (a, b):
        if not len(side.ensemble.outcomes) and not side.ensemble.failures:
            raise Incomparable(f"{side.name} holds no trajectory")
    lucks = np.arange(min(first.n, second.n))
    futures = lucks // first.per_future
    same = futures == lucks // second.per_future
    return list(zip(futures[same].tolist(), lucks[same].tolist(), strict=True))


def _shared_questions(a: Side, b: Side) -> tuple[list[Question], list[str]]:
    """What both are asked, as B asks it, and a remark for each that is measured in two ways."""
    mine = {question.key: question for question in asked_of(a.scenario, a.ensemble.outcomes.columns, waits=True)}
    shared, remarks = [], []
    for question in asked_of(b.scenario, b.ensemble.outcomes.columns, waits=True):
        other = mine.get(question.key)
        if other is None:
            continue
        if (other.form, other.unit, other.words) == (question.form, question.unit, question.words):
            shared.append(question)
        else:
            remarks.append(
                f"`{question.key}` is not compared: {a.name} tells it {_kind(other)}, {b.name} {_kind(question)}"
            )
    if not shared:
        why = f": {remarks[0]}" if remarks else ""
        raise Incomparable(f"no measure of one name and kind is in both {a.name} and {b.name}{why}")
    return shared, remarks


def _once(asked: list[Question], frames: "list[dict[str, pd.DataFrame]]") -> list[Question]:
    """Without the waits for rungs for which a first time of the author's says the same in every trajectory."""
    written = [each for each in asked if each.form == "waited" and not each.watched]

    def told(question: Question) -> bool:
        return any(
            other.limit == question.limit
            and all(part[question.column].equals(part[other.column]) for frame in frames for part in frame.values())
            for other in written
        )

    return [each for each in asked if not (each.form == "waited" and each.watched and told(each))]


def _kind(question: Question) -> str:
    if question.words:
        return f"as one of {', '.join(question.words)}"
    return "as a share" if question.share else f"in {question.unit}" if question.unit else "as a plain number"


# ---------------------------------------------------------------------- pairs


def _by_policy(ensemble: Ensemble, policies: tuple[str, ...]) -> "dict[str, pd.DataFrame]":
    groups = ensemble.outcomes.groupby("policy", sort=False, observed=True)
    found = {str(name): part for name, part in groups}
    return {name: found.get(name, ensemble.outcomes.iloc[:0]) for name in policies}


def _paired(question: Question, frames: "list[pd.DataFrame]", index: Any, level: float) -> PairedDifference:
    """B less A over the shared trajectories; one that failed, or was not run, leaves its pair out."""
    futures, lucks = index
    told_a, told_b = (_aligned(question, frame, lucks) for frame in frames)
    return paired_difference(told_b, told_a, futures, question.better, question.matters, level, question.widest)


def _aligned(question: Question, frame: "pd.DataFrame", lucks: Any) -> Any:
    """The answers of the trajectories with these lucks, NaN where there is no row."""
    values = np.full(len(lucks), np.nan)
    own = frame["luck"].to_numpy()
    places = np.searchsorted(lucks, own)
    inside = places < len(lucks)
    inside[inside] = lucks[places[inside]] == own[inside]
    values[places[inside]] = answers(question, frame[question.column])[inside]
    return values


# ---------------------------------------------------------------------- firings


def _first_different(
    a: Side,
    b: Side,
    policies: tuple[str, ...],
    pairs: list[tuple[int, int]],
    most: int,
    play: Callable[..., FirstDifferences],
) -> FirstDifferences:
    for side in (a, b):
        if side.unrepeatable:
            return FirstDifferences(untold=f"{side.name} cannot be played again: {side.unrepeatable}")
    if most == 0 or not pairs:
        return FirstDifferences(untold="no trajectory was played again")
    models, processes = (a.model(), b.model()), (a.processes, b.processes)
    return play(models, policies, pairs, a.ensemble.design.seed, processes=processes, most=most)


# ---------------------------------------------------------------------- what a reader must know


def _remarks(a: Side, b: Side, policies: tuple[str, ...], pairs: int) -> Iterator[str]:
    if a.key == b.key:
        yield f"{a.name} and {b.name} are one run"
    if a.scenario.title != b.scenario.title:
        yield f"two titles: “{a.scenario.title}” (A) and “{b.scenario.title}” (B)"
    yield from _of_designs(a, b, pairs)
    for side, letter in ((a, "A"), (b, "B")):
        only = [name for name in side.ensemble.design.policies if name not in policies]
        if only:
            yield f"only {letter} was run under {', '.join(only)}, so nothing is compared there"
    yield from _of_frames(a, b)


def _of_designs(a: Side, b: Side, pairs: int) -> Iterator[str]:
    first, second = a.ensemble.design, b.ensemble.design
    if first.n != second.n:
        yield (
            f"A has {first.n:,} trajectories a policy and B {second.n:,}: the first {min(first.n, second.n):,} are in "
            "both"
        )
    if first.per_future != second.per_future:
        yield (
            f"A has {first.per_future:,} trajectories in each future and B {second.per_future:,}, so only {pairs:,} "
            "have the same future and the same luck in both"
        )
    for side, letter in ((a, "A"), (b, "B")):
        design, ensemble = side.ensemble.design, side.ensemble
        if ensemble.stopped:
            done = f"{ensemble.done:,} of {design.total:,} trajectories"
            yield f"{letter} was stopped early, with {done}; the others are left out"
        if ensemble.failures:
            many, word = len(ensemble.failures), "trajectory" if len(ensemble.failures) == 1 else "trajectories"
            yield f"{many:,} {word} of {letter} failed; their pairs are left out"


def _of_frames(a: Side, b: Side) -> Iterator[str]:
    if a.scenario.start != b.scenario.start:
        yield f"A starts on {a.scenario.start} and B on {b.scenario.start}: days are counted from each one's own start"
    if a.scenario.horizon != b.scenario.horizon:
        days = [f"{side.scenario.horizon / DAY:,.10g}" for side in (a, b)]
        yield f"A lasts {days[0]} days and B {days[1]}: each is measured to its own end"
