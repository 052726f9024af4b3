"""Which names are shares that a reader knows as percentages: those whose author wrote them so."""

from dataclasses import replace

from escalation.experiments.analysis import Analysis
from escalation.expressions.kinds import Kind, Quantity
from escalation.expressions.tree import Name
from escalation.model.process import Value
from escalation.model.scenario import Scenario

LEVELS = ("final", "max", "min", "mean", "series")
DEFINING = ("constants", "uncertainties", "levers", "state", "derived")


def shares_of(scenario: Scenario) -> frozenset[str]:
    """Plain numbers with a % in what defines them, readings of these, and draws of a firing written with a %."""
    found: set[str] = set()
    for number in scenario.numbers:
        section, name, *rest = number.path.split(".")
        if "%" in number.text and section in DEFINING:
            found.add(name)
        elif "%" in number.text and section == "events" and rest[:1] == ["draw"]:
            found.add(".".join((name, *rest[1:2])))
    for reading in scenario.intelligence:
        if isinstance(reading.of, Name) and reading.of.path in found:
            found.add(reading.name)
    return frozenset(found)


def is_share(name: str, kind: Kind, shares: frozenset[str]) -> bool:
    """Whether a value is told as a percentage: a plain number of that name, or of a reading's source or belief."""
    if not isinstance(kind, Quantity) or dict(kind.dimension.exponents):
        return False
    head, _, last = name.partition(".")
    return name in shares or (head in shares and last.rpartition(".")[2] not in ("error", "bias"))


def said_share(value: Value) -> str:
    """A single share as a percentage, to four digits: `27.43 %`."""
    return f"{100 * float(value):.4g} %" if value == value else "unknown"


def in_percentages(analysis: Analysis, scenario: Scenario) -> Analysis:
    """The same analysis, in which the unit of every plain number that its author wrote in % is `%`."""
    shares = shares_of(scenario)
    if not shares:
        return analysis
    measured = {
        each.name
        for each in scenario.measures
        if isinstance(each.value, Name) and each.how in LEVELS and is_share(each.value.path, each.kind, shares)
    }
    read = {each.name for each in scenario.intelligence if is_share(each.name, each.kind, shares)}
    deep = analysis.deep
    if deep is not None:
        slices = tuple(replace(each, analysis=in_percentages(each.analysis, scenario)) for each in deep.slices)
        deep = replace(deep, slices=slices)
    return replace(
        analysis,
        questions=tuple(
            replace(each, unit="%") if each.column in measured and not each.share else each
            for each in analysis.questions
        ),
        sights=tuple(
            replace(each, unit="%") if each.reading.partition(".")[0] in read else each for each in analysis.sights
        ),
        paths=tuple(replace(each, unit="%") if each.key in measured else each for each in analysis.paths),
        deep=deep,
    )
