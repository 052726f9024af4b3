"""The STRESS-DES checklist (Monks et al. 2019), answered item by item from the scenario and the run.

What neither can know is answered so, never guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from escalation.experiments.analysis import Analysis
from escalation.model.process import Hazard
from escalation.model.scenario import Scenario
from escalation.reporting.decimals import count, percent, written_date
from escalation.reporting.marks import code, plain, quoted
from escalation.reporting.run_info import RunInfo
from escalation.reporting.sentences import joined

UNSTATED = "Not stated in the scenario."


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the checklist with its answer, in the Markdown of `marks`."""

    number: str
    name: str
    answer: str


def stress_des(scenario: Scenario, analysis: Analysis, run: RunInfo) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    """The six sections of the checklist, each with its items."""
    return (
        ("Objectives", tuple(_objectives(scenario, analysis))),
        ("Logic", tuple(_logic(scenario))),
        ("Data", tuple(_data(scenario))),
        ("Experimentation", tuple(_experimentation(scenario, analysis, run))),
        ("Implementation", tuple(_implementation(run))),
        ("Code access", tuple(_access(run))),
    )


def _many(number: int, one: str, more: str = "") -> str:
    return f"{count(number)} {one if number == 1 else more or one + 's'}"


def _objectives(scenario: Scenario, analysis: Analysis) -> Iterator[Item]:
    yield Item("1.1", "Purpose of the model", plain(scenario.about) or UNSTATED)
    measured = joined([quoted(each.label or each.name) for each in scenario.measures])
    rungs = _many(len(scenario.ladders), "ladder")
    yield Item(
        "1.2",
        "Model outputs",
        f"{measured or 'No measure of the author'}; besides, when each rung of {rungs} is first decided and "
        "delivered. Each is taken once from a trajectory; how, is said under “Observation” in the model in prose.",
    )
    policies = joined([quoted(each.label) for each in analysis.policies])
    base = next(each.label for each in analysis.policies if each.name == analysis.against)
    against = f" Each other one is compared with {quoted(base)}." if len(analysis.policies) > 1 else ""
    yield Item(
        "1.3",
        "Experimentation aims",
        f"What follows from the policies {policies}.{against}"
        if len(analysis.policies) > 1
        else f"What follows from one policy, {policies}.",
    )


def _logic(scenario: Scenario) -> Iterator[Item]:
    yield Item("2.1", "Base model overview diagram", "No diagram is drawn: the overview is the model in prose.")
    parts = (
        (len(scenario.events), "event"),
        (sum(len(each.reports) for each in scenario.intelligence), "source of reports", "sources of reports"),
        (sum(rung.climb is not None for ladder in scenario.ladders for rung in ladder.rungs), "rung", "rungs"),
    )
    told = joined([_many(*each) for each in parts])
    yield Item(
        "2.2", "Base model logic", f"Rules made from {told}; each is told in the model in prose, under “Submodels”."
    )
    set_ = sum(bool(each.settings) for each in scenario.policies)
    yield Item(
        "2.3",
        "Scenario logic",
        f"Policies differ by what they set and by nothing else: {count(set_)} of {count(len(scenario.policies))} set "
        f"something, told in the model in prose under “Policies”.",
    )
    yield Item(
        "2.4",
        "Algorithms",
        "Only the rules: conditions, delays, hazards and arithmetic, each given in full in the model in prose.",
    )
    yield Item("2.5.1", "Components: entities", _entities(scenario))
    waiting = sum(not isinstance(each.clock, Hazard) for each in scenario.events)
    yield Item(
        "2.5.2",
        "Components: activities",
        f"{_many(waiting, 'event')} with a date, a period or a delay, {count(len(scenario.events) - waiting)} at a "
        "hazard; decisions and deliveries of the ladders.",
    )
    yield Item("2.5.3", "Components: resources", "There are none: nothing is seized and released.")
    yield Item(
        "2.5.4",
        "Components: queues",
        "There are none in which anything waits for a resource; reports can be on their way together.",
    )
    yield Item(
        "2.5.5",
        "Components: entry and exit points",
        "There are none: no entity enters or leaves; what begins and ends is the time watched.",
    )


def _entities(scenario: Scenario) -> str:
    actors = joined([quoted(each.name) for each in scenario.actors.values()])
    return f"{f'The actors {actors}' if actors else 'No actor'}, and {_many(len(scenario.state), 'state variable')}."


def _data(scenario: Scenario) -> Iterator[Item]:
    sources = len(scenario.sources)
    yield Item(
        "3.1",
        "Data sources",
        f"{_many(sources, 'document')}, listed in the model in prose under “Input data”." if sources else UNSTATED,
    )
    yield Item("3.2", "Pre-processing", UNSTATED)
    yield Item(
        "3.3",
        "Input parameters",
        f"{_many(len(scenario.numbers), 'number')}, each in the list of assumptions with its line in the "
        f"file; {count(len(scenario.uncertainties))} of the things they describe are drawn once in each future.",
    )
    cited = sum(bool(each.basis.sources) for each in scenario.numbers)
    assumed = sum(not each.basis.sources and bool(each.basis.assumption) for each in scenario.numbers)
    nothing = len(scenario.numbers) - cited - assumed
    yield Item(
        "3.4",
        "Assumptions",
        f"{_many(cited, 'number')} cite a document, {count(assumed)} rest on a stated assumption alone, "
        f"{count(nothing)} on neither.",
    )


def _experimentation(scenario: Scenario, analysis: Analysis, run: RunInfo) -> Iterator[Item]:
    start, end = written_date(scenario.start, 0), written_date(scenario.start, analysis.horizon)
    yield Item("4.1", "Initialisation", f"Every trajectory begins on {start} in the state given; there is no warm-up.")
    yield Item("4.2", "Run length", f"To {end}; what is pending then is censored.")
    yield Item(
        "4.3",
        "Estimation approach",
        f"{count(run.n)} trajectories a policy, {count(run.per_future)} in each future; all policies meet the same "
        f"futures and the same luck. Intervals are at {percent(analysis.level)}, clustered by future; differences "
        "are paired.",
    )


def _implementation(run: RunInfo) -> Iterator[Item]:
    versions = ", ".join(f"{plain(name)} {plain(version)}" for name, version in run.versions.items())
    yield Item(
        "5.1",
        "Software or programming language",
        f"escalation, in Python, on SimPy{f'; {versions}' if versions else ''}.",
    )
    yield Item(
        "5.2",
        "Random sampling",
        f"Philox counters addressed by seed, rule, draw and trajectory; every distribution by inversion, one uniform a "
        f"draw. The seed is {run.seed}.",
    )
    yield Item(
        "5.3",
        "Model execution",
        "By events in continuous time, at a millisecond; ties go by calendar, chance, reports, what has lasted, then "
        "choices.",
    )
    yield Item(
        "5.4",
        "System specification",
        f"The machine and the time taken stand in {code('run.log')} beside this page where the run was made; no number "
        f"depends on them within one numeric platform, which {code('manifest.json')} names.",
    )


def _access(run: RunInfo) -> Iterator[Item]:
    yield Item(
        "6.1",
        "Computer model sharing statement",
        f"The scenario with every default stands beside this page, in {code('scenario.resolved.yaml')}; "
        f"{code(run.command)} makes the run again. The software is under the MIT licence. Where the author shares "
        f"the scenario: {UNSTATED[0].lower()}{UNSTATED[1:]}",
    )
