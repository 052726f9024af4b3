"""The page on saving and branching says what is there."""

import re
from pathlib import Path
from typing import Any

import pytest

from escalation.engines.playing import run_script
from escalation.model.monotone import FUNCTIONS
from escalation.model.snapshot import FORMAT

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "branching.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_runs(monkeypatch) -> None:
    """It resumes bit for bit, its branches differ, and its script is carried out but for the order that is held."""
    monkeypatch.chdir(ROOT)
    code, *_ = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    made: dict[str, Any] = {}
    exec(code, made)
    march, again = made["march"], made["again"]
    march.run()
    assert again.trajectory().measures == march.trajectory().measures
    assert len(set(made["most"])) > 20
    assert min(made["most"]) >= made["saved"].values["abroad"]
    firings = [held.input for held in made["played"].held]
    assert firings in ([], [made["order"]])
    assert made["played"].trajectory.measures["most_abroad"] >= 900


def test_many_branches_go_on_as_single_ones_do(monkeypatch) -> None:
    """The examples run one after another: the hundred branches are the same, and a script in them as one by one."""
    pytest.importorskip("llvmlite")
    monkeypatch.chdir(ROOT)
    made: dict[str, Any] = {}
    one, many, scripted = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(one, made)
    single = made["most"]
    exec(many, made)
    assert made["batch"].values[:100, made["most"]].tolist() == single
    exec(scripted, made)
    for place, branch in enumerate(made["many"][:20]):
        played = run_script(made["border"].program, branch, (made["inject"], made["surge"], made["order"]))
        assert made["with_order"].values[place, made["most"]] == played.trajectory.measures["most_abroad"]
        assert made["with_order"].held[place].sum() == len(played.held)


def test_the_page_names_every_monotone_function() -> None:
    """A draw may stand in these functions and in no others."""
    (told,) = re.findall(r"and stand in `(min [a-z\s]+)`", PAGE)
    assert set(told.split()) == FUNCTIONS


def test_the_page_tells_the_present_format() -> None:
    """The head of the bytes has the version that is written."""
    assert f"the format's number ({FORMAT})" in PAGE
