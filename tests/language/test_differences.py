"""What two documents say differently: nothing of layout, everything of meaning, each with its line."""

import shutil
from pathlib import Path

import pytest

from escalation.language.differences import Change, authored, differences, places
from escalation.language.layers import bottom
from escalation.language.resolve import read_scenario
from escalation.reporting.changes import told
from tests.language.written_scenarios import BORDER, EVERYTHING, varied

ROOT = Path(__file__).parents[2]


def changes(folder: Path, *replaced: tuple[str, str], of: Path = BORDER) -> tuple[Change, ...]:
    """From a scenario to a variation of it."""
    return differences(read_scenario(of).document, read_scenario(varied(folder, *replaced, of=of)).document)


@pytest.mark.parametrize(
    "file", [BORDER, EVERYTHING, *sorted((ROOT / "scenarios").glob("*.yaml"))], ids=lambda p: p.stem
)
def test_a_scenario_differs_neither_from_itself_nor_from_its_resolved_form(file: Path, tmp_path: Path) -> None:
    """Read twice, or printed by `show` and read again, a scenario has no change."""
    once = read_scenario(file)
    assert differences(once.document, read_scenario(file).document) == ()
    printed = tmp_path / "printed.yaml"
    printed.write_text(once.text, encoding="utf-8")
    assert differences(once.document, read_scenario(printed).document) == ()


def test_layout_does_not_count(tmp_path: Path) -> None:
    """Comments, the order of keys, underscores of digits and spaces are no change."""
    text = BORDER.read_text(encoding="utf-8")
    path = tmp_path / "border.yaml"
    lines = [line + "   # a remark" if line.endswith(":") else line for line in text.splitlines()]
    path.write_text("# first\n" + "\n".join(lines).replace("1_", "1") + "\n", encoding="utf-8")
    assert differences(read_scenario(BORDER).document, read_scenario(path).document) == ()


def test_every_changed_value_is_told_with_both_lines(tmp_path: Path) -> None:
    """A changed default is one change that names what it was, what it is, and the line in each file."""
    flagship = ROOT / "scenarios" / "seoul-2024.yaml"
    text = flagship.read_text(encoding="utf-8")
    number = next(i for i, line in enumerate(text.splitlines(), 1) if "default: 10_000 troops" in line)
    path = Path(shutil.copytree(flagship.parent, tmp_path / "scenarios")) / "copy.yaml"  # with what it extends
    path.write_text(text.replace("default: 10_000 troops", "default: 6_000 troops", 1), encoding="utf-8")
    (change,) = differences(read_scenario(flagship).document, read_scenario(path).document)
    assert change.path == ("levers", "defensive_threshold", "default")
    said = f"`defensive_threshold` default: 10,000 troops → 6,000 troops ({path}:{number}, was {flagship}:{number})"
    assert told(change) == said


WRITTEN = """\
escalation: 1
title: A toy
starts: 2030-01-01
lasts: 100 days
levers:
  wait: {default: 5 days, assumption: a}
state:
  done: {initial: false, assumption: a}
ladders:
  one:
    rungs:
      - {id: low}
      - id: high
        climb:
          when: done
          gates:
            law: not done
          decide: wait
          assumption: a
policies:
  calm: {}
  firm: {set: {wait: 1 day}}
measures:
  came: {ever: done}
"""
EVENT = "events:\n  spark: {rate: 1 / 10 days, effect: {done: true}, assumption: a}\n"


def between(folder: Path, before: str, after: str) -> list[str]:
    """Sentences for the changes from one text to another."""
    documents = []
    for name, text in (("a.yaml", before), ("b.yaml", after)):
        (folder / name).write_text(text, encoding="utf-8")
        documents.append(read_scenario(folder / name).document)
    return [told(change).replace(f"{folder}/", "") for change in differences(*documents)]


def test_an_added_rule_is_one_change_and_a_removed_one_too(tmp_path: Path) -> None:
    """An event in one file only is told once, by its name and line, however many keys it has."""
    assert between(tmp_path, WRITTEN, WRITTEN + EVENT) == ["event `spark`: added (b.yaml:26)"]
    assert between(tmp_path, WRITTEN + EVENT, WRITTEN) == ["event `spark`: removed (was a.yaml:26)"]


def test_policies_and_measures_are_called_by_their_nouns(tmp_path: Path) -> None:
    """What a policy sets is told setting by setting; a measure of another name is two changes."""
    after = WRITTEN.replace("calm: {}", "calm: {set: {wait: 9 days}}").replace("came:", "arrived:")
    assert between(tmp_path, WRITTEN, after) == [
        "policy `calm` set.wait: added, 9 days (b.yaml:21)",
        "measure `arrived`: added (b.yaml:24)",
        "measure `came`: removed (was a.yaml:24)",
    ]
    assert between(tmp_path, WRITTEN, WRITTEN.replace("set: {wait: 1 day}", "label: Firmly!")) == [
        "policy `firm` label: Firm → Firmly! (b.yaml:22, was a default)",
        "policy `firm` set.wait: removed, 1 day (was a.yaml:22)",
    ]


def test_rungs_are_met_by_their_ids_and_gates_by_their_names(tmp_path: Path) -> None:
    """A rung put between two others is one change, and the gate of a rung is named."""
    middle = WRITTEN.replace("      - id: high", "      - id: middle\n      - id: high")
    with_gate = WRITTEN.replace("law: not done", "law: done")
    assert between(tmp_path, WRITTEN, with_gate) == [
        "`one` high.climb.gates.law.when: not done → done (b.yaml:17, was a.yaml:17)"
    ]
    told_ = between(
        tmp_path,
        WRITTEN,
        middle.replace("- id: middle", "- {id: middle, climb: {when: done, decide: 1 day, assumption: a}}"),
    )
    assert told_ == ["`one` middle: added (b.yaml:13)"]


def test_a_value_that_becomes_a_default_is_told_as_one(tmp_path: Path) -> None:
    """A label taken away leaves the one made from the name, which is written nowhere."""
    labelled = WRITTEN.replace("came: {ever: done}", "came: {ever: done, label: It was done}")
    assert between(tmp_path, labelled, WRITTEN) == [
        "measure `came` label: It was done → Came (a default, was a.yaml:24)"
    ]


def test_lists_of_names_have_no_order_and_ranges_have(tmp_path: Path) -> None:
    """Two units the other way round are no change; the ends of a range are."""
    both = WRITTEN.replace("lasts: 100 days", "lasts: 100 days\nunits: [troops, shells]")
    assert between(tmp_path, both, both.replace("[troops, shells]", "[shells, troops]")) == []
    ranged = WRITTEN.replace("default: 5 days", "default: 5 days, range: [1 day, 9 days]")
    assert between(tmp_path, ranged, ranged.replace("9 days]", "8 days]")) == [
        "`wait` range: [1 day, 9 days] → [1 day, 8 days] (b.yaml:6, was a.yaml:6)"
    ]


def test_places_name_every_written_entry_and_no_default() -> None:
    """Each entry that the author wrote has its line, a default has none."""
    document = read_scenario(BORDER).document
    found = places(document)
    lines = BORDER.read_text(encoding="utf-8").splitlines()
    for path, place in found.items():
        name = path.rpartition("/")[2]
        number = int(place.rpartition(":")[2])
        assert place == f"{BORDER}:{number}"
        assert name.isdigit() or any(name in line for line in lines[max(0, number - 3) : number]), path


def test_what_an_overlay_and_a_base_changed(tmp_path: Path) -> None:
    """Below every layer lies the base of a file; what the file and its overlay say otherwise are the changes."""
    (tmp_path / "base.yaml").write_text(WRITTEN, encoding="utf-8")
    (tmp_path / "top.yaml").write_text("extends: base.yaml\ntitle: Another toy\n", encoding="utf-8")
    (tmp_path / "over.yaml").write_text("levers: {wait: {default: 6 days}}\n", encoding="utf-8")
    below = bottom(tmp_path / "top.yaml")
    assert below is not None
    whole = read_scenario(tmp_path / "top.yaml", [tmp_path / "over.yaml"])
    told_ = [told(change).replace(f"{tmp_path}/", "") for change in differences(below, authored(whole.document))]
    assert told_ == [
        "`title`: A toy → Another toy (top.yaml:2, was base.yaml:2)",
        "`wait` default: 5 days → 6 days (over.yaml:1, was base.yaml:6)",
    ]
