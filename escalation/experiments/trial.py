"""Facts from a few hundred trajectories that a person who checks a scenario would want to know. Words are not here."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from escalation.engines.program import prepare
from escalation.experiments.block import FailedTrajectory
from escalation.experiments.design import Design
from escalation.experiments.influence import Influence, influence_of
from escalation.experiments.runner import run_one
from escalation.expressions.kinds import Rung
from escalation.model.process import Model
from escalation.model.trajectory import Firing, Trajectory

FUTURES = 10
TRAJECTORIES = 500
"""Of all policies together, as nearly as they can be shared."""
OFTEN = 2
"""A rung that is decided more often than this in one trajectory is risen to and fallen from in turn."""


@dataclass(frozen=True, slots=True)
class Tie:
    """Two rules that fired in one instant, neither because of the other, where the order matters.

    first fired before second. names: what one of them writes and the other reads or writes. trajectories: in how many.
    """

    first: str
    second: str
    names: tuple[str, ...]
    trajectories: int


@dataclass(frozen=True, slots=True)
class Swing:
    """A rung decided again and again: in how many trajectories more than twice, and the most often in one."""

    variable: str
    rung: str
    trajectories: int
    most: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What was seen.

    trajectories: how many, of all policies together. silent: rules that never fired. idle_levers, idle_uncertainties,
    idle_variables: names of the author's from which no measure can be reached. alike: groups of policies that were
    the same in everything measured. swings, ties: most frequent first. failures: trajectories that failed.
    """

    trajectories: int
    silent: tuple[str, ...]
    idle_levers: tuple[str, ...]
    idle_uncertainties: tuple[str, ...]
    idle_variables: tuple[str, ...]
    alike: tuple[tuple[str, ...], ...]
    swings: tuple[Swing, ...]
    ties: tuple[Tie, ...]
    failures: tuple[FailedTrajectory, ...]


def trial(model: Model, seed: int = 1, trajectories: int = TRAJECTORIES) -> Trial:
    """Run about so many trajectories in ten futures and say what was seen, in this process."""
    policies = tuple(policy.name for policy in model.policies)
    each = max(1, trajectories // (FUTURES * len(policies)))
    design = Design(policies, FUTURES * each, each, seed)
    program, influence = prepare(model), influence_of(model)
    seen = _Seen(model, influence)
    for policy in policies:
        for number in range(design.n):
            seen.note(policy, run_one(program, design.point(policy, number), True))
    telling = influence.telling()
    return Trial(
        trajectories=design.total,
        silent=tuple(rule.name for rule in model.rules if not seen.fired[rule.name]),
        idle_levers=tuple(item.name for item in model.levers if item.name not in telling and "#" not in item.name),
        idle_uncertainties=tuple(item.name for item in model.uncertainties if item.name not in telling),
        idle_variables=tuple(
            item.name
            for item in model.variables
            if item.name.isidentifier() and not item.hidden and item.name not in telling
        ),
        alike=alike(seen.measured),
        swings=tuple(Swing(*rung, count, seen.most[rung]) for rung, count in _ranked(seen.swings)),
        ties=tuple(Tie(*pair, influence.contended(*pair), count) for pair, count in _ranked(seen.ties)),
        failures=tuple(seen.failures),
    )


class _Seen:
    """Counts over trajectories: firings of each rule, swings of each rung, ties of each pair of rules."""

    def __init__(self, model: Model, influence: Influence) -> None:
        self.model, self.influence = model, influence
        self.fired: Counter[str] = Counter()
        self.swings: Counter[tuple[str, str]] = Counter()
        self.most: dict[tuple[str, str], int] = {}
        self.ties: Counter[tuple[str, str]] = Counter()
        self.failures: list[FailedTrajectory] = []
        self.measured: dict[str, list[object]] = {policy.name: [] for policy in model.policies}

    def note(self, policy: str, result: Trajectory | FailedTrajectory) -> None:
        """Count one trajectory."""
        if isinstance(result, FailedTrajectory):
            self.failures.append(result)
            self.measured[policy].append(result.message)
            return
        if result.failure is not None:
            self.failures.append(FailedTrajectory.of(result))
        self.measured[policy].append((result.measures, result.series, result.failure))
        self.fired.update(firing.rule for firing in result.log)
        for rung, times in decided(self.model, result).items():
            if times > OFTEN:
                self.swings[rung] += 1
                self.most[rung] = max(times, self.most.get(rung, 0))
        self.ties.update(set(ties_of(result.log, self.influence)))


def _ranked(counts: "Counter[tuple[str, str]]") -> list[tuple[tuple[str, str], int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def alike(measured: dict[str, list[object]]) -> tuple[tuple[str, ...], ...]:
    """Groups of two or more policies with equal results, in the order of the policies."""
    groups: list[list[str]] = []
    for policy, results in measured.items():
        for group in groups:
            if measured[group[0]] == results:
                group.append(policy)
                break
        else:
            groups.append([policy])
    return tuple(tuple(group) for group in groups if len(group) > 1)


def decided(model: Model, trajectory: Trajectory) -> "Counter[tuple[str, str]]":
    """How often each rung was risen to, by ladder variable and rung."""
    ladders = {
        item.name: item.kind.rungs
        for item in model.variables
        if isinstance(item.kind, Rung) and item.name.endswith(".decided")
    }
    return Counter(
        (name, ladders[name][int(after)])
        for firing in trajectory.log
        for name, before, after in firing.changed
        if name in ladders and after > before
    )


def ties_of(log: Iterable[Firing], influence: Influence) -> Iterator[tuple[str, str]]:
    """Pairs (earlier, later) of rules that fired in one instant by chance of the calendar, where the order matters.

    A rule that was started in that very instant came because of what fired before it: that is no tie.
    """
    instant = -1
    earlier: list[str] = []
    caused: set[str] = set()
    for firing in log:
        if firing.time != instant:
            instant, earlier, caused = firing.time, [], set()
        if firing.rule not in caused:
            yield from ((other, firing.rule) for other in earlier if influence.contended(other, firing.rule))
            earlier.append(firing.rule)
        caused.update(firing.enabled)
