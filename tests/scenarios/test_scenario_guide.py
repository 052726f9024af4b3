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


@pytest.fixture(scope="module")
def guided(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    file = tmp_path_factory.mktemp("guide") / "border.yaml"
    file.write_text("".join(blocks("yaml")), encoding="utf-8")
    return read_scenario(file)


def test_every_block_belongs_to_the_one_scenario(guided: Resolved) -> None:
    """The guide's only blocks are YAML, which make one scenario without a note, and commands."""
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
    """Each line, in order, in an empty folder."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert lines
    for line in lines:
        program, *arguments = line.split()
        assert program == "escalation"
        command = [sys.executable, "-m", "escalation", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
