"""Results over bare ranges (`deep:`), for which nobody claims a probability: told slice by slice, never averaged.

A run samples each range evenly, so that a future's place in it is the very uniform that its stream gives (law 13). The
range is cut into thirds; every estimate is made anew from the futures of one third. With several deep names the lowest
and the highest result are also looked for among the joint cells of their slices, as far as there are futures enough.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from escalation.chance.streams import Streams
from escalation.experiments.columns import column_of
from escalation.expressions.tree import Draw, Literal
from escalation.model.process import Measure, Uncertainty
from escalation.model.scenario import Scenario
from escalation.statistics.slices import Between, between, slices

if TYPE_CHECKING:
    from escalation.experiments.analysis import Analysis

THIRDS = 3
LEAST_FUTURES = 5
"""Futures that every joint cell must have for the cells to be told."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DeepName:
    """A bare range: low and high in `unit`, the unit of tables."""

    name: str
    label: str
    unit: str
    low: float
    high: float

    def part(self, place: int, parts: int = THIRDS) -> tuple[float, float]:
        """The ends of one of equal parts of the range."""
        width = (self.high - self.low) / parts
        return self.low + width * place, self.high if place == parts - 1 else self.low + width * (place + 1)


@dataclass(frozen=True, slots=True)
class Slice:
    """One third of one deep range and every estimate from its futures. place: 0 is lowest."""

    of: DeepName
    place: int
    low: float
    high: float
    analysis: "Analysis"


@dataclass(frozen=True, slots=True)
class Span:
    """From the lowest to the highest answer to one question under one policy.

    between: of the joint cells where there are such, else of all slices. low_at, high_at: the deep names and the ends
    of their parts where the lowest and the highest lie.
    """

    policy: str
    question: str
    between: Between
    low_at: tuple[tuple[DeepName, float, float], ...]
    high_at: tuple[tuple[DeepName, float, float], ...]


@dataclass(frozen=True, slots=True)
class Deep:
    """What is told instead of averages.

    parts: into how many each range is cut for the joint cells (1: there are none). cells: how many joint cells, and
    fewest: the futures of the smallest. empty: slices in which no future lies, or not under every policy.
    """

    names: tuple[DeepName, ...]
    slices: tuple[Slice, ...]
    spans: tuple[Span, ...]
    parts: int
    cells: int
    fewest: int
    empty: tuple[tuple[DeepName, int], ...]

    def span(self, policy: str, question: str) -> Span | None:
        """From the lowest to the highest; None when nothing could be estimated."""
        return next((each for each in self.spans if (each.policy, each.question) == (policy, question)), None)

    def of(self, name: DeepName) -> tuple[Slice, ...]:
        """The slices of one name, lowest first."""
        return tuple(each for each in self.slices if each.of == name)


def deep_names(scenario: Scenario) -> tuple[DeepName, ...]:
    """The bare ranges of a scenario, in the author's order."""
    found = ((number.path.split("."), number.label) for number in scenario.numbers)
    labels = {path[1]: label for path, label in found if path[0] == "uncertainties" and "deep" in path}
    return tuple(_named(item, labels) for item in scenario.uncertainties if item.deep)


def _named(item: Uncertainty, labels: Mapping[str, str]) -> DeepName:
    assert isinstance(item.value, Draw)
    column = column_of(Measure(item.name, "final", item.kind))
    low, high = (float(end.value) / column.factor for end in item.value.arguments if isinstance(end, Literal))
    return DeepName(item.name, labels.get(item.name, item.name), column.unit, low, high)


def places(names: Sequence[DeepName], seed: int, futures: npt.ArrayLike) -> dict[str, Floats]:
    """Where each future lies in each range, as a share of it: the uniform that the future draws."""
    every, back = np.unique(np.asarray(futures, dtype=np.int64), return_inverse=True)
    streams = [Streams(seed, int(future)) for future in every]
    return {
        each.name: np.array([future.stream(each.name).uniform(0) for future in streams], dtype=np.float64)[back]
        for each in names
    }


def thirds(names: Sequence[DeepName], seed: int, outcomes: Any) -> Iterator[tuple[DeepName, float, float, Any]]:
    """The rows of each third of each range, with its ends; thirds without rows are left out."""
    shares = places(names, seed, outcomes["future"].to_numpy())
    for each, place in product(names, range(THIRDS)):
        rows = outcomes[slices(shares[each.name], THIRDS) == place]
        if len(rows):
            yield each, *each.part(place), rows


def parts_of_pairs(
    scenarios: Sequence[Scenario], seed: int, futures: npt.NDArray[np.int64]
) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    """The parts in which pairs of two runs are compared, in words, and which pairs lie in each; one if nothing is deep.

    A range that is deep in one of them only is cut as well: what is averaged over it there claims a probability.
    """
    names = {each.name: each for scenario in scenarios for each in deep_names(scenario)}
    if not names:
        return [("", np.ones(futures.size, dtype=bool))]
    shares = places(tuple(names.values()), seed, futures)
    return [
        (f" · {name}, {word} third", slices(shares[name], THIRDS) == place)
        for name in names
        for place, word in enumerate(("lowest", "middle", "highest"))
    ]


def over_slices(tables: Any, names: tuple[DeepName, ...], analyse: Callable[[Any], "Analysis"]) -> "Analysis":
    """An analysis whose `deep` holds everything, and which has no estimate over the whole range.

    tables: `outcomes`, `series` and `design`. analyse: of a part of them.
    """
    seed = tables.design.seed
    shares = places(names, seed, tables.outcomes["future"].to_numpy())
    has_series = tables.series is not None and len(tables.series)
    of_series = places(names, seed, tables.series["future"].to_numpy()) if has_series else {}
    run = set(map(str, tables.outcomes["policy"].unique()))
    made: list[Slice] = []
    empty: list[tuple[DeepName, int]] = []
    for each, place in product(names, range(THIRDS)):
        rows = tables.outcomes[slices(shares[each.name], THIRDS) == place]
        if set(map(str, rows["policy"].unique())) != run:
            empty.append((each, place))
            continue
        series = tables.series[slices(of_series[each.name], THIRDS) == place] if has_series else tables.series
        part = SimpleNamespace(outcomes=rows, series=series)
        made.append(Slice(each, place, *each.part(place), analyse(part)))
    if not made:
        raise ValueError("no third of a deep range holds a future of every policy: run more futures")
    parts = _parts(names, shares, tables.outcomes["future"].to_numpy())
    told = _cells(tables.outcomes, names, shares, parts) if parts > 1 else []
    first = made[0].analysis
    deep = Deep(
        names, tuple(made), tuple(_spans(first, names, made, told, parts)), parts, len(told),
        min((int(rows["future"].nunique()) for rows, _ in told), default=0), tuple(empty),
    )  # fmt: skip
    return replace(
        first,
        policies=tuple(_whole(each, tables.outcomes) for each in first.policies),
        outcomes=(), differences=(), ladders=(), first_times=(), sights=(), paths=(), convergence=(), record=None,
        deep=deep,
    )  # fmt: skip


def _whole(policy: Any, outcomes: Any) -> Any:
    rows = outcomes[outcomes["policy"] == policy.name]
    return replace(policy, n=len(rows), futures=int(rows["future"].nunique()))


def _parts(names: Sequence[DeepName], shares: Mapping[str, Floats], futures: Any) -> int:
    """Into how many parts each range can be cut so that every joint cell has futures enough; 1 is none."""
    _, first = np.unique(futures, return_index=True)
    for parts in (THIRDS, 2) if len(names) > 1 else ():
        cell = np.zeros(first.size, dtype=np.int64)
        for each in names:
            cell = cell * parts + slices(shares[each.name][first], parts)
        if (
            parts ** len(names) <= first.size
            and np.bincount(cell, minlength=parts ** len(names)).min() >= LEAST_FUTURES
        ):
            return parts
    return 1


Cell = tuple[Any, tuple[int, ...]]


def _cells(outcomes: Any, names: Sequence[DeepName], shares: Mapping[str, Floats], parts: int) -> list[Cell]:
    """The rows of each joint cell, with its place in each range."""
    found = []
    for where in product(range(parts), repeat=len(names)):
        inside = np.ones(len(outcomes), dtype=bool)
        for each, place in zip(names, where, strict=True):
            inside &= slices(shares[each.name], parts) == place
        found.append((outcomes[inside], where))
    return found


def _spans(
    first: "Analysis", names: Sequence[DeepName], made: Sequence[Slice], cells: Sequence[Cell], parts: int
) -> Iterator[Span]:
    from escalation.experiments.analysis import estimate_of

    for question in first.questions:
        for policy in first.policies:
            if cells:
                by_policy = [(rows[rows["policy"] == policy.name], where) for rows, where in cells]
                estimates = [estimate_of(question, rows, first.level)[0] for rows, _ in by_policy]
                at = [
                    tuple((each, *each.part(place, parts)) for each, place in zip(names, where, strict=True))
                    for _, where in cells
                ]
            else:
                estimates = [each.analysis.outcome(policy.name, question.key).estimate for each in made]
                at = [((each.of, each.low, each.high),) for each in made]
            found = between(estimates)
            if found is not None:
                yield Span(policy.name, question.key, found, at[found.low_at], at[found.high_at])
