"""One slip in a sound scenario is told where it stands, or shows in what the scenario resolves to."""

import time
from pathlib import Path

import pytest

from escalation.language.faults import InvalidScenario
from escalation.language.resolve import read_scenario
from tests.language.mutants import (
    all_mutants,
    deleted_leaves,
    expressions_in_braces,
    misspelt_keys,
    replaced_leaves,
)

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "scenarios" / "first-ladder.yaml"
EVERYTHING = Path(__file__).parent / "scenarios" / "everything.yaml"
LONGEST = 2.0
"""Seconds that the reading of one scenario may take."""


def read(mutant, path, core=None):
    """The resolved text of a mutant (laid over `core`), or its faults; any other exception fails the test."""
    path.write_text(mutant.text, encoding="utf-8")
    began = time.process_time()
    try:
        return (read_scenario(path) if core is None else read_scenario(core, [path])).text, ()
    except InvalidScenario as invalid:
        return "", invalid.faults
    finally:
        assert time.process_time() - began < LONGEST, mutant.name


def stands_right(fault, mutant, path):
    """Whether a fault stands in a line of the slip, or its line or message mentions what slipped."""
    text = mutant.text if Path(fault.file).name == path.name else Path(fault.file).read_text(encoding="utf-8")
    told = text.split("\n")[fault.line - 1] + fault.message
    return (text is mutant.text and fault.line in mutant.lines) or any(word in told for word in mutant.words)


def judge(mutants, source, folder, core=None):
    """What went by in silence, and what was told in the wrong place."""
    path = folder / "mutant.yaml"
    path.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    sound = (read_scenario(path) if core is None else read_scenario(core, [path])).text
    silent, astray = [], []
    for mutant in mutants:
        text, faults = read(mutant, path, core)
        if not faults and text == sound and not mutant.name.endswith(" deleted"):  # What was deleted was the default.
            silent.append(mutant.name)
        if mutant.name == "extends deleted" and faults:  # What a base defines is missed wherever it is named.
            continue
        if faults and not any(stands_right(fault, mutant, path) for fault in faults):
            astray.append((mutant.name, [(fault.line, fault.message) for fault in faults]))
    return silent, astray


@pytest.mark.parametrize("slips", [misspelt_keys, deleted_leaves, replaced_leaves, expressions_in_braces])
def test_a_slip_in_the_tutorial_is_told_or_shows(slips, tmp_path):
    """Every third slip of each kind: none is silent, none is told elsewhere, none raises anything else."""
    mutants = list(slips(TUTORIAL.read_text(encoding="utf-8")))
    assert mutants
    assert judge(mutants[:: 3 if len(mutants) > 3 else 1], TUTORIAL, tmp_path) == ([], [])


def test_a_misspelt_key_of_the_language_is_one_fault(tmp_path):
    """A slip in a word of the language (not in a name of the scenario) is told once, with the word that was meant."""
    words = {"title", "starts", "lasts", "value", "initial", "rate", "effect", "when", "for", "climb", "rungs"}
    words |= {"of", "every", "reports", "default", "range", "ever", "max", "claim", "never", "units", "levers"}
    path = tmp_path / "mutant.yaml"
    found = 0
    for mutant in misspelt_keys(TUTORIAL.read_text(encoding="utf-8")):
        word = mutant.name.split(" as ")[0].split(".")[-1]
        if word in words and len(word) > 2 and "given" not in mutant.name:
            found += 1
            _, faults = read(mutant, path)
            assert [fault.suggestion for fault in faults] == [f"did you mean `{word}`?"], mutant.name
    assert found > 30


@pytest.mark.nightly
@pytest.mark.parametrize("source", [TUTORIAL, EVERYTHING], ids=lambda path: path.stem)
def test_every_slip_is_told_or_shows(source, tmp_path):
    """Every slip of every kind in two scenarios: thousands of them."""
    assert judge(all_mutants(source.read_text(encoding="utf-8")), source, tmp_path) == ([], [])
