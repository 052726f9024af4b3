"""What a policy sets, at the start and on the way, in words."""

from collections.abc import Iterable, Mapping
from datetime import date

from escalation.expressions.kinds import Kind, Rung, Truth
from escalation.model.process import Value
from escalation.model.scenario import PolicySpec, Scenario
from escalation.reporting.said_values import said


def said_policies(scenario: Scenario) -> dict[str, str]:
    """For each policy by name: what it sets, and when; its labels are told elsewhere."""
    kinds: dict[str, Kind] = {lever.name: lever.kind for lever in scenario.levers}
    for ladder in scenario.ladders:
        kinds[f"{ladder.name}.ceiling"] = Rung(ladder.name, tuple(rung.id for rung in ladder.rungs))
    start = date.fromisoformat(scenario.start)
    return {policy.name: _said(policy, kinds, start) for policy in scenario.policies}


def _said(policy: PolicySpec, kinds: Mapping[str, Kind], start: date) -> str:
    parts = [_settings(policy.settings, kinds, start) or "every lever at its default"]
    parts += [f"then {entry.text}: {_settings(entry.settings, kinds, start)}" for entry in policy.then]
    return "; ".join(parts)


def _settings(settings: Iterable[tuple[str, Value]], kinds: Mapping[str, Kind], start: date) -> str:
    return ", ".join(f"{name} = {said(value, kinds.get(name, Truth()), start)}" for name, value in settings)
