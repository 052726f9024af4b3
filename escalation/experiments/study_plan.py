"""The runs of a study before anything is run: which are sound, which are one and the same, which are stored already."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from escalation.experiments.analysis_questions import questions
from escalation.experiments.design import Design, DesignError, plain_design
from escalation.experiments.store import StoreError
from escalation.language.faults import Fault, InvalidScenario, Sources, nearest
from escalation.language.layers import COMMAND_LINE
from escalation.language.resolve import Resolved, read_scenario
from escalation.language.study import Study, Wanted
from escalation.model.scenario import Scenario

Lookup = Callable[[Wanted, Resolved, Design], tuple[str, Path | None]]
"""The key that a run has, and where it is stored already. Raises DesignError; StoreError if something else is there."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A run as it stands before anything is run.

    also: names of the same run elsewhere in the study. faults: why it cannot be run; the rest is then empty.
    questions: how many a report answers of each trajectory. claims: runs that judging the scenario's claims takes.
    folder: where it is stored already, or None. in_the_way: what stands in its place and is not it, in a sentence.
    overruled: settings that move nothing under a policy, since that sets the same lever: (lever, policy).
    """

    wanted: Wanted
    also: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    design: Design | None = None
    key: str = ""
    questions: int = 0
    claims: int = 0
    folder: Path | None = None
    in_the_way: str = ""
    overruled: tuple[tuple[str, str], ...] = ()

    @property
    def trajectories(self) -> int:
        """Of all policies together."""
        return self.design.total if self.design is not None else 0


def plan(study: Study, lookup: Lookup) -> tuple[Planned, ...]:
    """Every run of a study, in its order, each once; every combination is read, so that all faults are known."""
    order = {run.name: place for place, run in enumerate(study.runs)}
    alike = sorted(study.runs, key=_what_is_read)
    groups = [tuple(runs) for _, runs in groupby(alike, key=_what_is_read)]
    made = [planned for runs in groups for planned in _read(study, runs, lookup)]
    made.sort(key=lambda planned: order[planned.wanted.name])
    first: dict[str, int] = {}
    kept: list[Planned] = []
    for planned in made:
        if planned.key and planned.key in first:
            one = kept[first[planned.key]]
            kept[first[planned.key]] = replace(one, also=(*one.also, planned.wanted.name))
            continue
        if planned.key:
            first[planned.key] = len(kept)
        kept.append(planned)
    return tuple(kept)


def _what_is_read(run: Wanted) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return str(run.path), tuple(map(str, run.overlays)), run.sets


def _read(study: Study, runs: tuple[Wanted, ...], lookup: Lookup) -> Iterator[Planned]:
    """Runs of one scenario with the same overlays and settings, which is read once."""
    one = runs[0]
    try:
        resolved = read_scenario(one.path, one.overlays, one.sets)
    except InvalidScenario as invalid:
        study.sources.texts.update(_texts(invalid.sources))
        for run in runs:
            yield Planned(run, faults=tuple(sorted({_placed(fault, run) for fault in invalid.faults})))
        return
    for run in runs:
        yield _planned(run, resolved, lookup)


def _texts(sources: Sources) -> dict[str, str]:
    return {file: text for file, text in sources.texts.items() if file != COMMAND_LINE}


def _placed(fault: Fault, run: Wanted) -> Fault:
    """A fault of a setting at the place of the study where the setting is written."""
    if fault.file != COMMAND_LINE or not 1 <= fault.line <= len(run.settings):
        return fault
    setting = run.settings[fault.line - 1]
    inside = fault.column - 1 - (len(setting.path) + 1)
    origin = setting.value.at(inside) if inside >= 0 else setting.place
    return Fault.at(origin, f"{run.name}: {fault.message}", fault.suggestion, fault.length, fault.expected)


def _planned(run: Wanted, resolved: Resolved, lookup: Lookup) -> Planned:
    scenario = resolved.scenario
    design, faults = _design(run, scenario)
    faults += list(_unknown_measures(run, scenario))
    if design is None or faults:
        return Planned(run, faults=tuple(faults))
    asked = sum(len(list(questions(measure, scenario.horizon))) for measure in scenario.measures)
    asked += sum(len(ladder.rungs) - 1 for ladder in scenario.ladders)
    givens = {claim.given for claim in scenario.expectations} if run.expectations else set()
    claims = len(givens) * len(scenario.policies)
    overruled = tuple(_overruled(run, design, scenario))
    planned = Planned(run, design=design, questions=asked, claims=claims, overruled=overruled)
    try:
        key, folder = lookup(run, resolved, design)
        return replace(planned, key=key, folder=folder)
    except DesignError as error:
        place = run.precision[0][1] if run.precision else run.n
        return Planned(run, faults=(Fault.at(place.origin, str(error), "", len(place)),))
    except StoreError as error:
        return replace(planned, in_the_way=str(error))


def _overruled(run: Wanted, design: Design, scenario: Scenario) -> Iterator[tuple[str, str]]:
    levers = {lever.name for lever in scenario.levers}
    for setting in run.settings:
        for policy in scenario.policies:
            chosen = {name for name, _ in policy.settings}
            if policy.name in design.policies and setting.path in levers & chosen:
                yield setting.path, policy.name


def _design(run: Wanted, scenario: Scenario) -> tuple[Design | None, list[Fault]]:
    """Which trajectories it consists of, or what is wrong with its policies and numbers."""
    known = [policy.name for policy in scenario.policies]
    faults = []
    for leaf in run.policies:
        if leaf not in known:
            meant = nearest(leaf, known)
            cure = f"did you mean {meant}?" if meant else "there are " + ", ".join(known)
            faults.append(Fault.at(leaf.origin, f"{run.scenario} has no policy {leaf}", cure, len(leaf)))
    if faults:
        return None, faults
    futures = None if run.futures is None else int(run.futures)
    try:
        return plain_design(known, int(run.n), policies=run.policies or None, futures=futures, seed=int(run.seed)), []
    except DesignError as error:
        place = run.n if run.futures is None else run.futures
        return None, [Fault.at(place.origin, str(error), "", len(place))]


def _unknown_measures(run: Wanted, scenario: Scenario) -> Iterator[Fault]:
    known = [measure.name for measure in scenario.measures]
    for measure, width in run.precision:
        if measure not in known and ":" not in measure:
            meant = nearest(measure, known)
            cure = f"did you mean {meant}?" if meant else "there are " + ", ".join(known)
            yield Fault.at(width.origin, f"{run.scenario} has no measure {measure}", cure, len(width))
