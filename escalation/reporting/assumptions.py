"""The section on assumptions: every number of the scenario with what it rests on, and its sources numbered once."""

from collections.abc import Mapping
from pathlib import PurePath

from escalation.model.scenario import Number, Scenario
from escalation.reporting.view import Assumption, Assumptions, CitedSource

GROUPS = {
    "constant": "What the study holds fixed",
    "uncertainty": "What nobody knows",
    "lever": "What the decision-maker sets",
    "state": "The world at the start",
    "derived": "What follows from these",
    "event": "What happens",
    "intelligence": "What is seen",
    "ladder": "The ladders",
    "gate": "Gates",
}


def assumptions_told(scenario: Scenario) -> Assumptions:
    """Numbers by their group, and sources in the order in which they are first cited."""
    of = {group: [each for each in scenario.numbers if each.group == group] for group in GROUPS}
    cited = dict.fromkeys(
        name for numbers in of.values() for each in numbers for name in each.basis.sources if name in scenario.sources
    )
    places = {name: place for place, name in enumerate(cited, start=1)}
    groups = tuple(
        (GROUPS[group], tuple(_assumption(each, places) for each in numbers))
        for group, numbers in of.items()
        if numbers
    )
    sources = tuple(
        CitedSource(place, told.title, f"{told.publisher}, {told.date}", _address(told.url))
        for name, place in places.items()
        for told in (scenario.sources[name],)
    )
    uncovered = sum(not (each.cites or each.assumption) for _, group in groups for each in group)
    return Assumptions(groups, sources, uncovered)


def _assumption(number: Number, places: Mapping[str, int]) -> Assumption:
    assumed = number.basis.assumption or ""
    if assumed and number.basis.as_of:
        assumed += f" (as of {number.basis.as_of})"
    cites = tuple(places[name] for name in number.basis.sources if name in places)
    where = f"{PurePath(number.origin.file).name}:{number.origin.line}"
    return Assumption(number.path, number.label, number.text, cites, assumed, where)


def _address(url: str | None) -> str:
    """Only a web address becomes a link."""
    return url if url and url.startswith(("https://", "http://")) else ""
