"""Which rule first fired differently: the same trajectory of two models, firing beside firing.

A firing is (time, rule). Up to the first one that only one of the two trajectories has, nothing can have differed but
values; that rule is where the difference began, or where it first showed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from escalation.experiments.block import BlockResult, Firings
from escalation.experiments.columns import columns_of
from escalation.experiments.design import Block, Design
from escalation.experiments.execution import Process, Progress, Work, execute
from escalation.model.process import Model
from escalation.model.trajectory import Point

TRAJECTORIES = 500
"""Played again with their firings, of all policies together, spread evenly over those that both runs have."""
Side = Literal["A", "B"]
Address = tuple[str, int, int]
"""Policy, future, luck."""


@dataclass(frozen=True, slots=True)
class FirstDifferent:
    """Where two trajectories of one address part.

    time: milliseconds. rule: what one of them fired then and the other did not. by: the one that did. in_a, in_b: the
    firings at this place in each, as (time, rule); None where a trajectory fired nothing more.
    """

    policy: str
    future: int
    luck: int
    time: int
    rule: str
    by: Side
    in_a: tuple[int, str] | None
    in_b: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class FirstDifferences:
    """What became of the trajectories that were played again.

    looked: how many. alike: those with the same firings and the same measures. other_values: those with the same
    firings whose measures differ. failed: those left out since they failed in either. untold: why nothing was played
    again; empty if it was.
    """

    looked: int = 0
    alike: int = 0
    other_values: int = 0
    found: tuple[FirstDifferent, ...] = ()
    untold: str = ""
    failed: int = 0

    def by_rule(self) -> tuple[tuple[str, int, int, FirstDifferent], ...]:
        """(rule, trajectories in which only A fired it, only B, an example), most frequent first."""
        groups: dict[str, list[FirstDifferent]] = {}
        for each in self.found:
            groups.setdefault(each.rule, []).append(each)
        rows = [
            (rule, sum(each.by == "A" for each in group), sum(each.by == "B" for each in group), group[0])
            for rule, group in groups.items()
        ]
        return tuple(sorted(rows, key=lambda row: (-(row[1] + row[2]), row[0])))


@dataclass(frozen=True, slots=True)
class Chosen(Design):
    """A design that plays chosen trajectories only: number k is `pairs[k]`, a (future, luck)."""

    pairs: tuple[tuple[int, int], ...] = ()

    def point(self, policy: str, number: int) -> Point:
        """The k-th of the chosen trajectories."""
        future, luck = self.pairs[number]
        return Point(policy, future, luck, self.seed)

    def numbers(self, block: Block) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
        """Futures and lucks of the chosen ones."""
        chosen = np.array(self.pairs[block.first : block.last], dtype=np.uint64).reshape(-1, 2)
        return chosen[:, 0].copy(), chosen[:, 1].copy()


def spread(pairs: Sequence[tuple[int, int]], most: int) -> tuple[tuple[int, int], ...]:
    """At most so many of the pairs, evenly spread over them, the first among them."""
    if len(pairs) <= most:
        return tuple(pairs)
    return tuple(pairs[index * len(pairs) // most] for index in range(most))


def first_differences(
    models: tuple[Model, Model],
    policies: Sequence[str],
    pairs: Sequence[tuple[int, int]],
    seed: int,
    *,
    processes: tuple[tuple[Process, ...], tuple[Process, ...]] = ((), ()),
    most: int = TRAJECTORIES,
    workers: int | None = None,
    progress: Progress | None = None,
    engine: str = "auto",
    executor: str = "auto",
) -> FirstDifferences:
    """Play chosen trajectories of both models with their firings, and find where each pair parts.

    policies: those that both models have. pairs: the (future, luck) that both runs have. engine: a side with
    processes of its own is played on SimPy whatever is asked for.
    """
    chosen = spread(sorted(pairs, key=lambda pair: (pair[1], pair[0])), max(1, most // len(policies)))
    design = Chosen(tuple(policies), len(chosen), 1, seed, pairs=chosen)
    played = [
        execute(Work(model, design, True, own, "auto" if own else engine), workers, progress, executor=executor)
        for model, own in zip(models, processes, strict=True)
    ]
    stopped = next((outcome.stopped for outcome in played if outcome.stopped), "")
    if stopped:
        return FirstDifferences(untold=f"stopped early ({stopped})")
    a, b = (_Logs(model, outcome.results) for model, outcome in zip(models, played, strict=True))
    return _compared(a, b, design)


def _compared(a: "_Logs", b: "_Logs", design: Chosen) -> FirstDifferences:
    found: list[FirstDifferent] = []
    looked = alike = other_values = failed = 0
    for policy in design.policies:
        for future, luck in design.pairs:
            address = (policy, luck)
            if address not in a.values or address not in b.values:
                failed += 1
                continue
            looked += 1
            parting = part(a.firings[address], b.firings[address])
            if parting is not None:
                found.append(FirstDifferent(policy, future, luck, *parting))
            elif _same_values(a.values[address], b.values[address]):
                alike += 1
            else:
                other_values += 1
    return FirstDifferences(looked, alike, other_values, tuple(found), failed=failed)


Log = tuple["np.ndarray[Any, Any]", Sequence[str]]
"""Times, and the rule of each."""
Parting = tuple[int, str, Side, tuple[int, str] | None, tuple[int, str] | None]


def part(a: Log, b: Log) -> Parting | None:
    """Time, rule and side of the first firing that only one log has, and both logs at that place."""
    (times_a, rules_a), (times_b, rules_b) = a, b
    shared = min(len(times_a), len(times_b))
    place = next(
        (k for k in range(shared) if times_a[k] != times_b[k] or rules_a[k] != rules_b[k]),
        shared,
    )
    in_a = (int(times_a[place]), rules_a[place]) if place < len(times_a) else None
    in_b = (int(times_b[place]), rules_b[place]) if place < len(times_b) else None
    if in_a is None and in_b is None:
        return None
    if in_b is None or (in_a is not None and in_a[0] < in_b[0]):
        assert in_a is not None
        return *in_a, "A", in_a, in_b
    if in_a is None or in_b[0] < in_a[0]:
        return *in_b, "B", in_a, in_b
    # One instant, two rules: the one that the other trajectory does not fire in this instant is the difference.
    later = {rule for time, rule in zip(times_b[place:], rules_b[place:], strict=True) if time == in_a[0]}
    return (*in_b, "B", in_a, in_b) if in_a[1] in later else (*in_a, "A", in_a, in_b)


def _same_values(a: Mapping[str, float], b: Mapping[str, float]) -> bool:
    """Whether the measures that both have are equal."""
    return all(a[name] == b[name] or (a[name] != a[name] and b[name] != b[name]) for name in a.keys() & b.keys())


class _Logs:
    """Firings and measures of trajectories by (policy, luck)."""

    def __init__(self, model: Model, results: Sequence[BlockResult]) -> None:
        self.rules = [rule.name for rule in model.rules]
        self.firings: dict[tuple[str, int], Log] = {}
        self.values: dict[tuple[str, int], dict[str, float]] = {}
        names = [column.name for column in columns_of(model) if not column.series]
        for result in results:
            policy = result.block.policy
            for place, luck in enumerate(result.lucks.tolist()):
                self.values[policy, luck] = {
                    name: float(column[place]) for name, column in zip(names, result.values, strict=True)
                }
                self.firings[policy, luck] = (np.empty(0), ())
            assert result.firings is not None
            self.firings |= {(policy, luck): log for luck, log in self._split(result.firings)}

    def _split(self, firings: Firings) -> Iterator[tuple[int, Log]]:
        """The log of each trajectory; rows stand in the order of luck, then of firing."""
        names = (*self.rules, *firings.others)
        lucks, begins = np.unique(firings.lucks, return_index=True)
        for luck, begin, end in zip(lucks.tolist(), begins, [*begins[1:], len(firings.lucks)], strict=True):
            yield luck, (firings.times[begin:end], [names[code] for code in firings.rules[begin:end]])
