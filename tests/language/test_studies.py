"""A study's file becomes the runs that it asks for."""

import json
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.language import schema
from escalation.language.node import Scalar
from escalation.language.study import Study, read_study
from escalation.language.study_document import Steps
from escalation.language.study_resolved import resolved_text
from escalation.language.study_sweeps import values_of
from escalation.language.written import Written
from escalation.model.process import Origin

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "scenarios" / "first-ladder.yaml"
SHIPPED = sorted((ROOT / "studies").glob("*.yaml"))


def study(folder: Path, text: str) -> Study:
    """A study of the tutorial, from the rest of its text."""
    path = folder / "study.yaml"
    path.write_text(f"study: 1\ntitle: A study\n{text}".replace("TUTORIAL", str(TUTORIAL)), encoding="utf-8")
    return read_study(path)


def leaf(text: str) -> Written:
    return Written.of(Scalar(text, Origin("study.yaml", 1, 1)))


def test_every_combination_has_a_name_of_what_differs(tmp_path: Path) -> None:
    """Scenario, variant, settings, n and seed make the runs; a name tells only what differs, and is its own."""
    (tmp_path / "war.yaml").write_text("title: At war\n", encoding="utf-8")
    read = study(
        tmp_path,
        "n: 100\nseeds: [1, 2]\nset: {push: 1, threshold: [200 soldiers, 300 soldiers]}\n"
        "scenarios:\n  border: {file: TUTORIAL, overlays: {core: [], war: war.yaml}}\n"
        "  plain:\n    file: TUTORIAL\n    seeds: 3\n    set: {}\n",
    )
    names = [run.name for run in read.runs]
    assert len(names) == len(set(names)) == 2 * 2 * 2 + 1
    assert names[0] == "border, core, threshold=200 soldiers, seed=1"
    assert names[-1] == "plain"
    assert read.runs[0].sets == ("push=1", "threshold=200 soldiers")
    assert [each.name for each in read.runs[4].overlays] == ["war.yaml"]
    assert (read.runs[-1].sets, read.runs[-1].seed) == ((), "3")


def test_a_scenarios_own_entry_stands_in_place_of_the_studys(tmp_path: Path) -> None:
    """What a scenario says of policies, sizes and claims replaces what the top says; the rest holds."""
    read = study(
        tmp_path,
        "n: 100\npolicies: [quick]\nexpectations: false\nprecision: {sanctioned: 1pp}\nwithin: 90 minutes\n"
        "scenarios:\n  one: {file: TUTORIAL}\n"
        "  two: {file: TUTORIAL, n: 50, policies: [patient, quick], expectations: true}\n",
    )
    one, two = read.runs
    assert (one.n, one.policies, one.expectations) == ("100", ("quick",), False)
    assert one.precision == (("sanctioned", "1pp"),)
    assert (two.n, two.policies, two.expectations) == ("50", ("patient", "quick"), True)
    assert read.within == 5400


@settings(derandomize=True, deadline=None)
@given(low=st.integers(-1000, 1000), width=st.integers(1, 5000), steps=st.integers(1, 40))
def test_steps_are_evenly_spaced_and_hold_both_ends(low: int, width: int, steps: int) -> None:
    """k steps are k + 1 values; the ends are as written, and each lies as far as a double can tell from the last."""
    ends = {"from": leaf(f"{low} troops"), "to": leaf(f"{low + width} troops")}
    values, faults = values_of(Steps.model_validate({**ends, "steps": leaf(str(steps))}))
    numbers = [Fraction(each.text.removesuffix(" troops").replace("_", "")) for each in values]
    assert not faults
    assert (len(numbers), numbers[0], numbers[-1]) == (steps + 1, low, low + width)
    for place, number in enumerate(numbers):
        exact = low + Fraction(width * place, steps)
        assert abs(number - exact) <= abs(exact) * Fraction(1, 2**52)


def test_a_resolved_study_resolves_to_itself(tmp_path: Path) -> None:
    """The study with every default, written into another folder, asks for the same runs and is the same text again."""
    read = study(
        tmp_path,
        "about: Why.\nwithin: 2 hours\nset: {threshold: {from: 200 soldiers, to: 1_000 soldiers, steps: 3}}\n"
        "scenarios:\n  border: {file: TUTORIAL, n: [50, 100], futures: 10, precision: {sanctioned: 1pp}}\n",
    )
    folder = tmp_path / "out" / "deep"
    folder.mkdir(parents=True)
    (folder / "again.yaml").write_text(resolved_text(read, folder), encoding="utf-8")
    again = read_study(folder / "again.yaml")
    assert resolved_text(again, folder) == resolved_text(read, folder)
    assert [(run.name, run.path.resolve(), run.sets, run.precision) for run in again.runs] == [
        (run.name, run.path.resolve(), run.sets, run.precision) for run in read.runs
    ]


def test_the_shipped_schema_of_studies_is_that_of_the_shapes() -> None:
    """`study.schema.json` is what `python -m escalation.language.schema` would write."""
    assert schema.shipped(schema.STUDY) == schema.study_text()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_study_is_sound_and_its_editor_says_so(path: Path) -> None:
    """Each study in `studies/` is read without a fault, and its schema accepts it."""
    assert read_study(path).runs
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), json.loads(schema.study_text()))


@pytest.mark.parametrize(
    "slip", ["polices: [a]", "n: 0", "set: {push: {from: 1, to: 2}}", "scenarios: {}", "seeds: []"]
)
def test_the_schema_refuses_what_the_reader_refuses(slip: str) -> None:
    """An unknown key, a number out of range, half a sweep, no scenario and an empty list are marked in an editor."""
    sound = {"study": 1, "title": "A", "scenarios": {"one": {"file": "a.yaml"}}}
    jsonschema.validate(sound, json.loads(schema.study_text()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(sound | yaml.safe_load(slip), json.loads(schema.study_text()))
