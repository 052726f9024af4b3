"""The flagship's overlays: each alone and all together are sound, covered by sources, and run without a failure."""

from functools import cache
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.overlays import FUTURES as FUTURES_GUIDE
from benchmarks.overlays import GUIDE, MARKS, MEASURE, OVERLAYS, TOGETHER, advice, cell, changes, files, play, tables
from benchmarks.overlays import N as N_GUIDE
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import simulate
from escalation.experiments.analysis_questions import Question
from escalation.experiments.expectations import check_expectations
from escalation.language.layers import load
from escalation.language.node import Mapping
from escalation.language.resolve import Resolved, read_scenario, resolve_given
from escalation.model.build import build
from escalation.model.trajectory import Point, Trajectory

ROOT = Path(__file__).parents[2]
FLAGSHIP = ROOT / "scenarios" / "seoul-2024.yaml"
FOLDER = ROOT / "scenarios" / "seoul-2024"
CLASSROOM = "classroom"
N = 12

Laid = tuple[Path, ...]
configurations = pytest.mark.parametrize(
    "laid", [files(name) for name in (*OVERLAYS, TOGETHER)], ids=(*OVERLAYS, TOGETHER)
)


@cache
def resolved(laid: Laid) -> Resolved:
    return read_scenario(FLAGSHIP, laid)


@cache
def program(laid: Laid) -> Program:
    return prepare(build(resolved(laid).scenario))


def told(laid: Laid, policy: str, number: int) -> Trajectory:
    return simulate(program(laid), Point(policy, number, number), record=True)


def test_every_file_of_the_folder_is_an_overlay_that_is_tested() -> None:
    """Nothing lies beside the flagship that these tests do not lay over it."""
    assert {file.stem for file in FOLDER.glob("*.yaml")} == {*OVERLAYS, CLASSROOM}


@configurations
def test_an_overlay_has_no_fault_and_no_note(laid: Laid) -> None:
    """Laid over the core it reads clean, and every number rests on a source or an assumption."""
    read = resolved(laid)
    assert [note.message for note in read.notes] == []
    assert [
        each.path for each in read.scenario.numbers if not each.basis.sources and each.basis.assumption is None
    ] == []


@configurations
def test_no_trajectory_fails_under_an_overlay(laid: Laid) -> None:
    """A dozen trajectories under each policy reach their horizon."""
    for policy in program(laid).model.policies:
        for number in range(N):
            assert told(laid, policy.name, number).failure is None, (policy.name, number)


@pytest.mark.nightly
@configurations
def test_no_trajectory_of_three_hundred_fails_under_an_overlay(laid: Laid) -> None:
    """Three hundred trajectories under each policy, each in a future of its own, reach their horizon."""
    for policy in program(laid).model.policies:
        for number in range(300):
            failure = simulate(program(laid), Point(policy.name, number, number, 7)).failure
            assert failure is None, (policy.name, number)


@configurations
def test_the_claims_hold_under_an_overlay(laid: Laid) -> None:
    """No claim of the core is false when a mechanism is added."""
    read = resolved(laid)
    verdicts = check_expectations(read.scenario, lambda given: resolve_given(read, given), n=60)
    assert [each.sentence for each in verdicts if each.status == "fails"] == []


@configurations
def test_an_overlay_tells_of_something(laid: Laid) -> None:
    """Every overlay brings at least one rule that fires and one measure that the core has not."""
    core = program(())
    fired = {firing.rule for number in range(N) for firing in told(laid, "as-stated", number).log}
    assert fired - {rule.name for rule in core.model.rules}
    assert {each.name for each in program(laid).model.measures} - {each.name for each in core.model.measures}


def test_the_classroom_changes_no_firing() -> None:
    """With the exercise laid over it the core plays every trajectory as it was."""
    laid = (FOLDER / f"{CLASSROOM}.yaml",)
    assert [note.message for note in resolved(laid).notes] == []
    for number in range(N):
        assert told(laid, "as-stated", number).log == told((), "as-stated", number).log


def test_overlays_may_be_laid_in_any_order() -> None:
    """No two overlays set one entry to different things, so all together mean the same whichever comes first."""

    def leaves(node: Mapping, path: str = "") -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in node.entries.items():
            found |= leaves(value, f"{path}.{key}") if isinstance(value, Mapping) else {f"{path}.{key}": text(value)}
        return found

    def text(node: object) -> str:
        return repr(getattr(node, "text", None) or [text(item) for item in getattr(node, "items", ())])

    trees = {name: load(files(name)[0])[0] for name in OVERLAYS}
    written = {name: leaves(tree) for name, tree in trees.items() if tree is not None}
    assert len(written) == len(OVERLAYS)
    clashes = [
        (a, b, path)
        for a, b in combinations(written, 2)
        for path in written[a].keys() & written[b].keys()
        if written[a][path] != written[b][path]
    ]
    assert clashes == []


def test_what_changes_the_advice_is_told_by_pairs() -> None:
    """The core beside itself changes no rank, and an executive that nothing can move changes some."""
    core = advice(play((), 80, 80))
    assert changes(core, core) == []
    assert set(core.ranks.values()) <= {-1, 0, 1}
    assert any(core.ranks.values())
    flat = type(core)(core.shares * 0, dict.fromkeys(core.ranks, 0))
    assert len(changes(core, flat)) == sum(map(abs, core.ranks.values()))


def test_the_guide_has_a_row_for_each_overlay() -> None:
    """The tables in the guide were written for the overlays that there are and the policies of the core."""
    guide = GUIDE.read_text(encoding="utf-8")
    table = guide[guide.index(MARKS[0]) : guide.index(MARKS[1])]
    for name in (*OVERLAYS, TOGETHER):
        assert table.count(f"| {name} |") >= 2, name
    for policy in program(()).model.policies:
        assert policy.name in table


def test_a_cell_tells_the_share_the_difference_and_the_verdict() -> None:
    """Half of a hundred against none of them is higher by fifty points; a share against itself is identical."""
    index = pd.MultiIndex.from_product([range(50), range(2)], names=["future", "luck"])
    none, half = pd.Series(0.0, index=index), pd.Series([0.0, 1.0] * 50, index=index)
    question = Question(MEASURE, MEASURE, "Decided", "holds", matters=0.02)
    assert cell(question, half, half).split("; ")[1] == "identical"
    share, difference = cell(question, none, half).split("; ")
    assert share.startswith("50")
    assert difference.startswith("+50")
    assert difference.endswith(", higher")


@pytest.mark.nightly
def test_the_tables_in_the_guide_are_what_the_script_writes() -> None:
    """Played again, every share, difference, verdict and change of rank is the one that the guide tells."""
    guide = GUIDE.read_text(encoding="utf-8")
    assert (
        tables(N_GUIDE, FUTURES_GUIDE) == guide[guide.index(MARKS[0]) + len(MARKS[0]) : guide.index(MARKS[1])].strip()
    )
