"""On the flagship: what an author may change without changing anything else."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from escalation.engines.program import Program, prepare
from escalation.engines.simpy import simulate
from escalation.language.dump import dump
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from escalation.model.trajectory import Firing, Point, Trajectory

FLAGSHIP = Path(__file__).parents[2] / "scenarios" / "seoul-2024.yaml"
POLICIES = ("as-stated", "early-signal")
N = 15

Story = list[tuple[int, str, int, tuple[object, ...]]]


@cache
def original() -> Program:
    return prepare(build(read_scenario(FLAGSHIP).scenario))


def told(program: Program, policy: str, number: int) -> Trajectory:
    return simulate(program, Point(policy, number, number), record=True)


def story(log: tuple[Firing, ...], rename: Callable[[str], str] = lambda rule: rule) -> Story:
    """When which rule fired for the how-manieth time, and what it drew."""
    return [(each.time, rename(each.rule), each.number, tuple(value for _, value in each.draws)) for each in log]


def changed(text: str, folder: Path) -> Program:
    """The flagship with another text, in a folder that holds what it extends."""
    file = shutil.copytree(FLAGSHIP.parent, folder / "scenarios") / "changed.yaml"
    file.write_text(text, encoding="utf-8")
    return prepare(build(read_scenario(file).scenario))


def backwards(node: Node, key: str = "") -> Node:
    """Every mapping turned round, but for shares, whose order is the order in which luck picks."""
    if isinstance(node, Sequence):
        return replace(node, items=tuple(backwards(item) for item in node.items))
    if isinstance(node, Scalar):
        return node
    entries = {name: backwards(child, name) for name, child in node.entries.items()}
    return replace(node, entries=entries if key == "one_of" else dict(reversed(entries.items())))


def test_a_policy_that_sets_nothing_is_identical(tmp_path: Path) -> None:
    """A second policy without settings has every firing and measure of the first, exactly."""
    same = tmp_path / "same.yaml"
    same.write_text("policies:\n  another-name: {label: The same again}\n", encoding="utf-8")
    program = prepare(build(read_scenario(FLAGSHIP, [same]).scenario))
    for number in range(N):
        one, other = told(program, "as-stated", number), told(program, "another-name", number)
        assert (one.measures, one.series, one.log) == (other.measures, other.series, other.log)


def test_keeping_a_log_changes_nothing() -> None:
    """Measures, series and the number of firings are the same with the log and without."""
    for policy in POLICIES:
        for number in range(N):
            silent = simulate(original(), Point(policy, number, number))
            assert silent == replace(told(original(), policy, number), log=(), first={})


def test_the_order_of_a_file_does_not_matter(tmp_path: Path) -> None:
    """With every mapping written backwards each rule fires when it did and draws what it drew."""
    document = read_scenario(FLAGSHIP).document
    turned = backwards(document)
    assert isinstance(turned, Mapping)
    assert list(turned.entries) != list(document.entries)
    program = changed(dump(turned), tmp_path)
    for policy in POLICIES:
        for number in range(N):
            expected = [each[:3] for each in story(told(original(), policy, number).log)]
            assert [each[:3] for each in story(told(program, policy, number).log)] == expected


IDLE = """
state:
  coin: {initial: 0, assumption: read by nobody}
events:
  idle:
    while: not ceasefire
    rate: 1 / 10 days
    draw:
      toss: normal(0, 1)
    effect: {coin: toss}
    assumption: read by nobody
"""


def test_an_idle_rule_changes_no_other_firing(tmp_path: Path) -> None:
    """A rule that fires, draws and writes what nobody reads leaves the rest of the story as it was."""
    overlay = tmp_path / "idle.yaml"
    overlay.write_text(IDLE, encoding="utf-8")
    program = prepare(build(read_scenario(FLAGSHIP, [overlay]).scenario))
    idle = 0
    for policy in POLICIES:
        for number in range(N):
            log = told(program, policy, number).log
            idle += sum(each.rule == "idle" for each in log)
            rest = tuple(each for each in log if each.rule != "idle")
            assert story(rest) == story(told(original(), policy, number).log)
    assert idle > 0


@pytest.mark.parametrize(("old", "new"), [("opinion_drifts", "mood"), ("next_wave", "another_wave")])
def test_a_renamed_rule_that_keeps_its_stream_changes_no_firing(old: str, new: str, tmp_path: Path) -> None:
    """With `stream:` a renamed rule keeps even its own luck; nothing else is touched."""
    text = FLAGSHIP.read_text(encoding="utf-8")
    text, times = re.subn(rf"^  {old}:$", f"  {new}:\n    stream: {old}", text, flags=re.MULTILINE)
    assert times == 1
    program = changed(text.replace(f"{old}.active", f"{new}.active"), tmp_path)
    for policy in POLICIES:
        for number in range(N):
            expected = story(told(original(), policy, number).log)
            renamed = story(told(program, policy, number).log, lambda rule: old if rule == new else rule)
            assert renamed == expected
