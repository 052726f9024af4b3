"""The guide to writing scenarios is true: its blocks are one scenario, and its commands run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.experiments.expectations import check_expectations
from escalation.language.resolve import Resolved, read_scenario, resolve_given
from escalation.model.build import build
from escalation.model.trajectory import Point

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


OVERLAY = re.compile(r"# (\S+): laid over longer\.yaml\n")


def overlays() -> dict[str, str]:
    """The blocks that are files of their own, by name."""
    return {found[1]: block for block in blocks("yaml") if (found := OVERLAY.match(block))}


def write_files(folder: Path) -> Path:
    """The guide's scenario, its overlays and the copy that it asks for."""
    own = "".join(block for block in blocks("yaml") if not OVERLAY.match(block))
    (folder / "longer.yaml").write_text(own, encoding="utf-8")
    (folder / "sooner.yaml").write_text(own.replace("default: 600 soldiers", "default: 500 soldiers"), encoding="utf-8")
    for name, block in overlays().items():
        (folder / name).write_text(block, encoding="utf-8")
    return folder / "longer.yaml"


@pytest.fixture(scope="module")
def guided(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    return read_scenario(write_files(tmp_path_factory.mktemp("guide")))


@pytest.mark.parametrize("name", overlays())
def test_an_overlay_of_the_guide_is_sound_and_runs(tmp_path: Path, name: str) -> None:
    """A block that names a file, laid over the scenario, makes another without a note, of which no trajectory fails."""
    found = read_scenario(write_files(tmp_path), [tmp_path / name])
    assert [note.message for note in found.notes] == []
    program = prepare(build(found.scenario))
    for policy in found.scenario.policies:
        for number in range(10):
            assert simulate(program, Point(policy.name, number, number)).failure is None


def test_the_guide_names_every_scenario_and_no_other() -> None:
    """Its table of files is the folder's listing."""
    table = GUIDE.split("|---|---|\n")[1].split("\n\n")[0]
    named = set(re.findall(r"^\| `([^`]+)`", table, re.MULTILINE))
    files = {path.name + "/" * path.is_dir() for path in (ROOT / "scenarios").iterdir()}
    assert named == files - {"README.md"}


def test_the_guide_names_every_overlay_of_the_flagship() -> None:
    """Its table of overlays is the folder of the flagship's overlays."""
    table = GUIDE.split("| overlay | what it adds |")[1].split("\n\n")[0]
    named = set(re.findall(r"^\| `([^`]+)`", table, re.MULTILINE))
    assert named == {path.name for path in (ROOT / "scenarios" / "seoul-2024").iterdir()}


def test_every_block_belongs_to_the_one_scenario(guided: Resolved) -> None:
    """The guide's only blocks are YAML, which make one scenario without a note (and overlays), and commands."""
    assert len(re.findall(r"^```\w", GUIDE, re.MULTILINE)) == len(blocks("yaml")) + len(blocks("sh"))
    assert [note.message for note in guided.notes] == []


def test_the_guides_scenario_runs_and_its_claims_hold(guided: Resolved) -> None:
    """No trajectory fails, every rule the guide explains fires somewhere, and no claim is false."""
    model = build(guided.scenario)
    program = prepare(model)
    fired = set()
    for policy in model.policies:
        for number in range(40):
            told = simulate(program, Point(policy.name, number, number), record=True)
            assert told.failure is None
            fired |= {firing.rule for firing in told.log}
    assert {event.name for event in guided.scenario.events} <= fired
    assert "capital.sanctions.decide" in fired
    verdicts = check_expectations(guided.scenario, lambda given: resolve_given(guided, given), n=60)
    assert [each.sentence for each in verdicts if each.status == "fails"] == []


def test_the_guides_commands_run(tmp_path: Path) -> None:
    """Each line, in order and of few trajectories, in a folder that holds the guide's scenario and its overlays."""
    write_files(tmp_path)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert lines
    for line in lines:
        program, *arguments = re.sub(r"-n \d+", "-n 40", line).split()
        assert program == "escalation"
        command = [sys.executable, "-m", "escalation", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
