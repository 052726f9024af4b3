"""Every file in `valid/` resolves to the form stored beside it, which resolves to itself; each builds and runs."""

import re

import pytest
import yaml

from escalation.chance.distributions import REGISTRY
from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.expressions.calls import FUNCTIONS
from escalation.language.resolve import read_scenario
from escalation.language.schema import make
from escalation.model.build import build
from escalation.model.trajectory import Point
from tests.cases.regenerate import RESOLVED, VALID, stored, written

FILES = written()
SCHEMA = make()


@pytest.fixture(autouse=True)
def among_the_files(monkeypatch):
    monkeypatch.chdir(VALID)


def test_there_are_enough_of_them_and_no_form_is_left_over():
    """At least 40 files, and no stored form without the file that it came from."""
    assert len(FILES) >= 40
    assert {path.name for path in VALID.glob("*" + RESOLVED)} == {stored(name).name for name in FILES}


def test_every_entry_function_and_distribution_is_said_somewhere():
    """The files together say every key of the schema, and call every function and every distribution."""
    texts = [path.read_text(encoding="utf-8-sig") for path in sorted(VALID.glob("*.yaml"))]
    said = {key for text in texts for key in keys(yaml.compose(text, Loader=yaml.BaseLoader))}
    known = set(SCHEMA["properties"]).union(*(part.get("properties", ()) for part in SCHEMA["definitions"].values()))
    called = {name for text in texts for name in re.findall(r"([a-z_]+)\(", text)} | said
    assert known <= said
    assert {*FUNCTIONS, *REGISTRY} <= called


def keys(node):
    """Every key at any depth."""
    if isinstance(node, yaml.MappingNode):
        return {key.value for key, _ in node.value}.union(*(keys(value) for _, value in node.value))
    return set().union(*(keys(item) for item in node.value)) if isinstance(node, yaml.SequenceNode) else set()


@pytest.mark.parametrize("name", FILES)
def test_a_scenario_resolves_to_its_stored_form(name):
    """The resolved text is the stored one, letter by letter."""
    assert read_scenario(name).text == stored(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_a_stored_form_resolves_to_itself(name):
    """Resolving the resolved form changes nothing, in its text and in its meaning."""
    again, first = read_scenario(stored(name)), read_scenario(name)
    assert again.text == stored(name).read_text(encoding="utf-8")
    assert [policy.name for policy in again.scenario.policies] == [policy.name for policy in first.scenario.policies]
    assert again.scenario.horizon == first.scenario.horizon


@pytest.mark.parametrize("name", FILES)
def test_a_scenario_builds_and_runs_once_under_each_policy(name):
    """One trajectory for each policy ends at the horizon, and the stored form gives the same measures."""
    outcomes = []
    for path in (name, stored(name)):
        model = build(read_scenario(path).scenario)
        program = prepare(model)
        runs = [simulate(program, Point(policy.name, 0, 0, 1)) for policy in model.policies]
        assert [run.failure for run in runs] == [None] * len(runs)
        outcomes.append(repr([run.measures for run in runs]))
    assert outcomes[0] == outcomes[1]
