import random
from dataclasses import replace

from escalation.language.dump import dump
from escalation.language.faults import InvalidScenario
from escalation.language.node import Mapping, Scalar
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from tests.language.changed_documents import CHANGES, NOWHERE, changed, node_of, places
from tests.language.written_scenarios import BORDER, EVERYTHING, without_places

SECTIONS = ("constants", "uncertainties", "levers", "state", "derived", "events", "intelligence", "ladders", "measures")
TEXTS = ["1", "0 - 1", "true", "guard", "seoul.decided", "abroad", "size", "1 / 0 days", "uniform(0, 1)", "elapsed"]
TEXTS += [
    "since(lift) >= 3 days",
    "seen.age",
    "3 troops",
    "5 days",
    "none",
    "all",
    "reversed",
    "1 month",
    "sqrt(0 - 1)",
]
TEXTS += [
    "sqrt(0 - 1)",
    "9999-12-31",
    "0001-01-01",
    "abroad if combat else force",
    "log(0)",
    "1e308 * 1e308",
    "level(seoul.decided)",
]


def _faults(path):
    try:
        read_scenario(path)
    except InvalidScenario as invalid:
        return invalid.faults
    return ()


def test_whatever_an_author_writes_is_a_scenario_or_has_faults(tmp_path):
    """Documents changed in one to three places resolve or raise `InvalidScenario`, with sentences at places."""
    chooser = random.Random(77)
    path = tmp_path / "scenario.yaml"
    changes = [*CHANGES, *(Scalar(text, NOWHERE) for text in TEXTS)]
    told = sound = 0
    for _ in range(100):
        node = node_of(EVERYTHING)
        for _ in range(chooser.choice([1, 1, 2, 3])):
            node = changed(node, chooser.choice(list(places(node))), chooser.choice(changes))
        path.write_text(dump(node), encoding="utf-8")
        faults = _faults(path)
        told, sound = told + bool(faults), sound + (not faults)
        assert list(faults) == sorted(faults)
        for fault in faults:
            assert fault.line >= 1
            assert fault.message
            assert "Input should" not in fault.message
    assert told > 40
    assert sound > 5


def test_the_order_of_entries_changes_nothing(tmp_path):
    """A document whose sections are written the other way round builds the same rules, variables and streams."""
    for path in (BORDER, EVERYTHING):
        node = node_of(path)
        entries = {key: _reversed(value) if key in SECTIONS else value for key, value in node.entries.items()}
        turned = tmp_path / "turned.yaml"
        turned.write_text(dump(replace(node, entries=entries)), encoding="utf-8")
        first, second = build(read_scenario(path).scenario), build(read_scenario(turned).scenario)
        for part in ("rules", "variables", "uncertainties", "measures", "levers", "choices"):
            ours = sorted((without_places(item) for item in getattr(first, part)), key=lambda item: item.name)
            theirs = sorted((without_places(item) for item in getattr(second, part)), key=lambda item: item.name)
            assert ours == theirs, part


def _reversed(section):
    assert isinstance(section, Mapping)
    return replace(section, entries=dict(reversed(section.entries.items())))


def test_rings_are_told_as_rings(tmp_path):
    """Names that define one another are printed in order; other names are still checked."""
    path = tmp_path / "scenario.yaml"
    text = BORDER.read_text(encoding="utf-8")
    values = {"a": "b + 1", "b": "c", "c": "a"}
    ring = "".join(f"  {name}: {{value: {value}, assumption: x}}\n" for name, value in values.items())
    path.write_text(text.replace("levers:", f"constants:\n{ring}levers:", 1), encoding="utf-8")
    (fault,) = _faults(path)
    assert "a → b → c → a" in fault.message
