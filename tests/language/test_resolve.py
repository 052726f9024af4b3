import pytest

from escalation.expressions.tree import Literal
from escalation.language.faults import InvalidScenario
from escalation.language.resolve import read_scenario, resolve_given
from escalation.model.build import build
from tests.language.written_scenarios import BORDER, EVERYTHING, faults, resolved, said, varied, without_places

DAY = 86_400_000


@pytest.mark.parametrize("path", [BORDER, EVERYTHING], ids=["border", "everything"])
def test_the_canonical_document_resolves_to_itself(path, tmp_path):
    """What `show` prints is a scenario that means the same and prints the same."""
    first = read_scenario(path)
    again = tmp_path / "again.yaml"
    again.write_text(first.text, encoding="utf-8")
    second = read_scenario(again)
    assert second.text == first.text
    assert without_places(replace_numbers(second.scenario)) == without_places(replace_numbers(first.scenario))


def replace_numbers(scenario):
    """Without the list of numbers, to which the canonical document adds defaults that are numbers."""
    from dataclasses import replace

    return replace(scenario, numbers=())


@pytest.mark.parametrize("path", [BORDER, EVERYTHING], ids=["border", "everything"])
def test_a_resolved_scenario_builds(path):
    """The model is built from the scenario and from every claim's own version of it."""
    found = read_scenario(path)
    assert build(found.scenario).rules
    for claim in found.scenario.expectations:
        assert build(resolve_given(found, claim.given)).rules


def test_every_fault_is_told_at_once(tmp_path):
    """Shape and meaning are told together, in the order of lines."""
    found = faults(
        tmp_path,
        ("title: A border and a ladder\n", ""),
        ("rate: 1 / 25 days", "rate: 1 / 25 soldiers"),
        ("every: exponential(mean=5 days)", "evry: exponential(mean=5 days)"),
        ("max: abroad", "max: abrod"),
    )
    assert [fault.line for fault in found] == sorted(fault.line for fault in found)
    told = " ".join(fault.message for fault in found)
    for piece in ("`title`", "rate", "`evry`", "abrod"):
        assert piece in told


def test_one_slip_is_one_fault(tmp_path):
    """What reads a name whose definition has a fault is not judged a second time."""
    assert "triangular also needs" in said(tmp_path, ("triangular(0.5, 1, 2)", "triangular(0.5, 1)"))


def test_a_lost_section_is_told_alone(tmp_path):
    """When a whole section has no shape, nothing is said of those who read its names."""
    assert "did you mean `state`?" in said(tmp_path, ("state:", "stat:"))


def test_a_fault_points_into_the_expression(tmp_path):
    """The column of a fault is that of the word, and its length the word's."""
    (fault,) = faults(tmp_path, ("max: abroad", "max: 2 * abrod"))
    line = varied(tmp_path, ("max: abroad", "max: 2 * abrod")).read_text().splitlines()[fault.line - 1]
    assert line[fault.column - 1 :][: fault.length] == "abrod"


def test_months_fall_on_the_calendar(tmp_path):
    """From 31 January a month is 28 February, two are 31 March."""
    for lasts, days in (("1 month", 28), ("2 months", 59)):
        scenario = resolved(tmp_path, ("starts: 2030-01-01", "starts: 2030-01-31"), ("6 months", lasts)).scenario
        assert scenario.horizon == days * DAY


def test_an_end_is_a_date(tmp_path):
    """`ends` is the last instant, at 00:00 of that day."""
    assert resolved(tmp_path, ("lasts: 6 months", "ends: 2030-01-15")).scenario.horizon == 14 * DAY


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("ends: 2030-02-30", "February"),
        ("lasts: 6 months\nends: 2030-02-03", "one of `lasts: 18 months` and"),
        ("lasts: 6 moons", "moons"),
        ("ends: 2029-12-01", "before it starts"),
        ("lasts: 0 days", "no time at all"),
        ("lasts: 900 years", "two centuries"),
    ],
)
def test_a_frame_must_make_sense(tmp_path, frame, expected):
    """Dates exist, a study ends after it starts, and says how long it lasts once."""
    assert expected in said(tmp_path, ("lasts: 6 months", frame))


def test_a_policy_holds_final_values(tmp_path):
    """Settings are numbers, truths and places of rungs, whatever was written."""
    scenario = read_scenario(EVERYTHING).scenario
    settings = {policy.name: dict(policy.settings) for policy in scenario.policies}
    assert settings["early-signal"] == {"threshold": 3000.0, "patience": 3.0 * DAY, "announced": False}
    assert settings["hold"]["seoul.ceiling"] == 1
    assert settings["hold"]["lift.active"] is False


def test_without_policies_there_is_a_baseline(tmp_path):
    """A scenario without policies is run with every lever at its default."""
    found = resolved(
        tmp_path,
        ("policies:\n  patient: {label: Wait for six hundred}\n", ""),
        ("  quick:   {label: Act at three hundred, set: {threshold: 300 soldiers}}\n", ""),
    )
    assert [policy.name for policy in found.scenario.policies] == ["baseline"]
    assert "baseline" in found.document.entries["policies"].entries


def test_what_a_claim_is_given_wins_over_policies(tmp_path):
    """A given lever or ceiling is set in every policy; a given uncertainty where it is defined."""
    found = read_scenario(BORDER)
    given = resolve_given(found, (("threshold", "200 soldiers"), ("push", "0"), ("capital.ceiling", "protest")))
    assert all(dict(policy.settings)["threshold"] == 200.0 for policy in given.policies)
    assert all(dict(policy.settings)["capital.ceiling"] == 0 for policy in given.policies)
    assert isinstance(given.uncertainties[0].value, Literal)


def test_settings_reach_every_policy():
    """`--set LADDER.ceiling=…` holds whatever the policy says."""
    found = read_scenario(BORDER, sets=["capital.ceiling=protest"])
    assert [dict(policy.settings)["capital.ceiling"] for policy in found.scenario.policies] == [0, 0]


def test_a_setting_that_is_wrong_is_told_at_the_command_line():
    """A fault in `--set` points to the setting."""
    with pytest.raises(InvalidScenario) as caught:
        read_scenario(BORDER, sets=["threshold=3 days"])
    assert caught.value.faults[0].file == "--set"


def test_notes_are_no_faults(tmp_path):
    """A number without a basis, a condition true at once and a choice that reads the hidden are noted."""
    found = resolved(
        tmp_path,
        ("seen >= threshold, for", "abroad >= 1 soldiers, for"),
        (
            "initial: 100 soldiers, range: [0 soldiers, none], assumption: invented",
            "initial: 100 soldiers, seen_by: [neighbour]",
        ),
        ("{while: abroad >= 200 soldiers, rate: 1 / 25 days,", "{when: abroad >= 50 soldiers,"),
    )
    told = " ".join(note.message for note in found.notes)
    assert 'nothing covers "100 soldiers"' in told
    assert "true at the start" in told
    assert "capital does not see abroad" in told


def test_an_if_inside_an_if_is_noted(tmp_path):
    """Nested choices are read wrongly by people; `cases` is not."""
    found = resolved(
        tmp_path, ("rate: 1 / 25 days", "rate: (1 if abroad > 300 soldiers else 2 if push > 1 else 3) / 25 days")
    )
    assert any("easily misread" in note.message for note in found.notes)


def test_every_number_knows_what_it_rests_on():
    """The nearest enclosing source or assumption covers a number."""
    numbers = {number.path: number for number in read_scenario(EVERYTHING).scenario.numbers}
    assert numbers["constants.published.value"].basis.sources == ("note-2030-01-02",)
    assert numbers["constants.published.value"].basis.row == "published_first_day"
    assert numbers["constants.doubled.value"].basis.as_of == "2030-01-15"
    assert numbers["intelligence.seen.reports.nis.every"].basis.assumption == "two must agree"
    assert numbers["intelligence.seen.reports.hur.every"].basis.sources == ("note-2030-01-02",)
    assert numbers["ladders.seoul.rungs.arms.climb.gates.law"].basis.assumption == "judged throughout"
    assert numbers["ladders.seoul.rungs.arms.climb.gates.law"].group == "gate"


def test_zero_and_one_inside_arithmetic_are_no_claims():
    """`max(x, 0)` claims nothing about the world, `initial: 0` does."""
    paths = {number.path for number in read_scenario(EVERYTHING).scenario.numbers}
    assert "state.anger.initial" in paths
    assert "events.accident.effect.anger" not in paths


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value: triangular(0.5, 1, 2)", "value: 1 + count(recall)"),
        ("default: 600 soldiers", "default: 600 soldiers * count(recall)"),
        ("initial: 100 soldiers", "initial: 100 soldiers * count(recall)"),
    ],
)
def test_nothing_is_counted_before_anything_has_happened(tmp_path, old, new):
    """`count` stands where a trajectory runs, and nowhere else."""
    assert "before anything has happened" in said(tmp_path, (old, new))


def test_an_overlay_changes_values_and_is_named_where_it_is_wrong(tmp_path):
    """A layer on top wins key by key, and a fault in it points into it."""
    overlay = tmp_path / "higher.yaml"
    overlay.write_text("levers:\n  threshold: {default: 700 soldiers}\n", encoding="utf-8")
    found = read_scenario(BORDER, overlays=[overlay])
    assert found.scenario.levers[0].default.value == 700.0
    assert str(overlay) in found.sources.texts
    overlay.write_text("levers:\n  threshold: {default: 7 days}\n", encoding="utf-8")
    with pytest.raises(InvalidScenario) as caught:
        read_scenario(BORDER, overlays=[overlay])
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [(str(overlay), 2)]
