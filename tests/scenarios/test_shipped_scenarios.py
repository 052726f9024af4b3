"""Every scenario in the repository is sound, covered by sources, and true to its own claims."""

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from escalation.engines.program import Program, prepare
from escalation.engines.simpy import simulate
from escalation.experiments.expectations import check_expectations
from escalation.language.layers import load
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.language.resolve import Resolved, read_scenario, resolve_given
from escalation.model.build import build
from escalation.model.trajectory import Point, Trajectory

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
EVIDENCE = ROOT / "scenarios" / "evidence"
FLAGSHIP = ROOT / "scenarios" / "seoul-2024.yaml"
OVERLAYS = tuple(sorted((ROOT / "scenarios" / "seoul-2024").glob("*.yaml")))
N = 100

every_scenario = pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)


@cache
def resolved(path: Path) -> Resolved:
    return read_scenario(path)


@cache
def program(path: Path) -> Program:
    return prepare(build(resolved(path).scenario))


@cache
def trajectories(path: Path, policy: str) -> tuple[Trajectory, ...]:
    """The first hundred of a plain run with ten trajectories a future."""
    return tuple(simulate(program(path), Point(policy, number // 10, number)) for number in range(N))


def policies(path: Path) -> list[str]:
    return [policy.name for policy in program(path).model.policies]


def rows_named(node: Node) -> Iterator[str]:
    """The rows of evidence that a document names, wherever it does."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from rows_named(item)
    elif isinstance(node, Mapping):
        for key, value in node.entries.items():
            if key == "row" and isinstance(value, Scalar):
                yield from (row.strip() for row in value.text.split(","))
            else:
                yield from rows_named(value)


@every_scenario
def test_a_shipped_scenario_has_no_fault_and_no_note(path: Path) -> None:
    """Reading it finds nothing wrong and nothing that its author may not have meant."""
    assert [note.message for note in resolved(path).notes] == []


@every_scenario
def test_every_number_rests_on_a_source_or_an_assumption(path: Path) -> None:
    """There are numbers, and each is covered."""
    numbers = resolved(path).scenario.numbers
    assert numbers
    assert [each.path for each in numbers if not each.basis.sources and each.basis.assumption is None] == []


@every_scenario
def test_a_resolved_text_resolves_to_itself(path: Path, tmp_path: Path) -> None:
    """What `show` prints is a scenario, and showing that changes nothing."""
    again = tmp_path / "again.yaml"
    again.write_text(resolved(path).text, encoding="utf-8")
    assert read_scenario(again).text == resolved(path).text


@every_scenario
def test_no_trajectory_fails_and_none_is_empty(path: Path) -> None:
    """A hundred trajectories under each policy reach their horizon, and something happens in each."""
    for policy in policies(path):
        failed = [each.failure for each in trajectories(path, policy) if each.failure is not None]
        assert failed == [], policy
        assert all(each.firings for each in trajectories(path, policy)), policy


@pytest.mark.nightly
@every_scenario
def test_no_trajectory_fails_in_five_hundred(path: Path) -> None:
    """Five hundred trajectories under each policy, each in a future of its own, reach their horizon."""
    for policy in policies(path):
        for number in range(500):
            assert simulate(program(path), Point(policy, number, number, 7)).failure is None, (policy, number)


@every_scenario
def test_the_claims_of_a_scenario_do_not_fail(path: Path) -> None:
    """At a small n a claim may be undecided, and none is false."""
    read = resolved(path)
    verdicts = check_expectations(read.scenario, lambda given: resolve_given(read, given), n=60)
    assert len(verdicts) == len(read.scenario.expectations) > 0
    assert [each.sentence for each in verdicts if each.status == "fails"] == []


def test_a_claim_that_is_false_fails() -> None:
    """The flagship's claims can fail: without the gate of the export rules, arms are decided before these allow it."""
    read = resolved(FLAGSHIP)
    claim = "Nothing lethal is decided before the export rules allow it"
    opened = (("seoul.defensive_arms.law.active", "false"), ("temper", "0"))
    verdicts = check_expectations(
        resolve_given(read, opened), lambda given: resolve_given(read, (*opened, *given)), n=40
    )
    assert {each.claim: each.status for each in verdicts}[claim] == "fails"


def test_holding_at_non_lethal_never_arms() -> None:
    """Under the ceiling no trajectory decides or delivers arms, though other policies do in the same futures."""
    held = trajectories(FLAGSHIP, "hold-at-non-lethal")
    assert not any(each.measures["defensive_decided"] or each.measures["defensive_delivered"] for each in held)
    assert any(each.measures["defensive_decided"] for each in trajectories(FLAGSHIP, "early-signal"))


def test_policies_differ_where_they_should() -> None:
    """Every two policies of the flagship differ in some measure of some trajectory."""
    measured = {name: [each.measures for each in trajectories(FLAGSHIP, name)] for name in policies(FLAGSHIP)}
    names = list(measured)
    assert len(names) >= 4
    alike = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if measured[a] == measured[b]]
    assert alike == []


def test_policies_agree_on_what_no_policy_touches() -> None:
    """Same futures, same luck: the deployment does not depend on what Seoul decides."""
    untouched = ("first_clash", "combat_confirmed", "total_sent")
    seen = {
        tuple(tuple(each.measures[name] for name in untouched) for each in trajectories(FLAGSHIP, policy))
        for policy in policies(FLAGSHIP)
    }
    assert len(seen) == 1


def test_every_row_that_the_flagship_names_is_in_its_evidence() -> None:
    """`row:` names rows of parameters.csv, and every row there is used by the core or an overlay."""
    with (EVIDENCE / "parameters.csv").open(newline="", encoding="utf-8") as file:
        known = {row["name"] for row in csv.DictReader(file)}
    documents = [resolved(FLAGSHIP).document, *(load(path)[0] for path in OVERLAYS)]
    assert {row for document in documents if document is not None for row in rows_named(document)} == known


def test_a_judged_row_stands_only_as_an_assumption() -> None:
    """Whatever rests on a row that is no sourced fact says that it is assumed."""
    with (EVIDENCE / "parameters.csv").open(newline="", encoding="utf-8") as file:
        judged = {row["name"] for row in csv.DictReader(file) if row["basis"] != "documented"}
    for each in read_scenario(FLAGSHIP, OVERLAYS).scenario.numbers:
        rows = {row.strip() for row in (each.basis.row or "").split(",")}
        assert not rows & judged or each.basis.assumption is not None, each.path


def test_the_starter_is_the_tutorial() -> None:
    """What `escalation new` writes is the first scenario, byte for byte."""
    starter = ROOT / "escalation" / "language" / "starter.yaml"
    assert starter.read_bytes() == (ROOT / "scenarios" / "first-ladder.yaml").read_bytes()
