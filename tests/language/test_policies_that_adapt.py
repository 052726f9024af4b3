"""`then` as a document: what is held from outside, what is noted, what the report says of it."""

from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.language.resolve import read_scenario, resolve_given
from escalation.model.build import build
from escalation.model.trajectory import Point
from escalation.reporting.said_policies import said_policies

TEXT = """escalation: 1
title: A government that changes its mind
starts: 2030-01-01
lasts: 10 weeks
actors:
  seoul: {name: Seoul}
  moscow: {name: Moscow}
levers:
  patience: {actor: seoul, default: 14 days, assumption: judged}
state:
  troops: {initial: 5, assumption: invented, seen_by: moscow}
events:
  send: {actor: moscow, rate: 1 / 9 days, effect: {troops: troops + 1}, assumption: invented}
ladders:
  seoul:
    assumption: judged
    rungs:
      - {id: words}
      - {id: arms, climb: {when: troops >= 9, for: patience}}
policies:
  stated: {}
  adapt:
    set: {patience: 3 days}
    then:
      - when: troops >= 7
        for: 2 days
        set: {patience: 60 days, seoul.ceiling: words}
      - when: troops >= 8
        set: {send.active: false}
      - at: 2030-02-01
        set: {patience: 30 days}
"""


def written(folder, text=TEXT):
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_set_from_outside_holds_throughout(tmp_path):
    """`given` and `--set` take the lever out of every `then`, and an entry that sets nothing else goes with it."""
    found = read_scenario(written(tmp_path))
    held = resolve_given(found, (("patience", "5 days"),)).policies[1]
    assert dict(held.settings) == {"patience": 5 * 86_400_000.0}
    assert [dict(entry.settings) for entry in held.then] == [{"seoul.ceiling": 0}, {"send.active": False}]
    held = read_scenario(written(tmp_path), sets=("seoul.ceiling=arms",)).scenario.policies[1]
    assert [sorted(dict(entry.settings)) for entry in held.then] == [["patience"], ["send.active"], ["patience"]]


def test_a_condition_on_what_the_owner_of_the_lever_does_not_see_is_noted(tmp_path):
    """Seoul's patience hangs on troops that only Moscow sees; Moscow's own switch does not."""
    notes = [note.message for note in read_scenario(written(tmp_path)).notes if "then" in note.message]
    assert notes == ["seoul does not see troops, which `then` of the policy `adapt` reads"]


def test_a_date_beyond_the_end_is_noted(tmp_path):
    """An entry that can never set anything is no fault, and worth knowing."""
    notes = read_scenario(written(tmp_path, TEXT.replace("2030-02-01", "2031-02-01"))).notes
    assert any("never sets anything" in note.message for note in notes)


def test_a_policy_is_told_with_what_it_sets_on_the_way(tmp_path):
    """The report lists settings and entries in the author's words and units."""
    told = said_policies(read_scenario(written(tmp_path)).scenario)
    assert told["stated"] == "every lever at its default"
    assert told["adapt"] == (
        "patience = 3 days; then when troops >= 7, for 2 days: patience = 60 days, seoul.ceiling = words; "
        "then when troops >= 8: send.active = false; then at 2030-02-01: patience = 30 days"
    )


def test_the_rule_of_an_entry_names_its_line(tmp_path):
    """What `trace` tells of a change is where its entry begins."""
    entries = ("      - when: troops >= 7", "      - when: troops >= 8", "      - at: 2030-02-01")
    rules = {rule.name: rule for rule in build(read_scenario(written(tmp_path)).scenario).rules}
    lines = [rules[f"adapt.then.{number}"].origin.line for number in range(3)]
    assert lines == [TEXT.split("\n").index(line) + 1 for line in entries]


SKIPPING = """escalation: 1
title: A ladder that skips
starts: 2030-01-01
lasts: 10 weeks
ladders:
  seoul:
    skip: true
    assumption: judged
    rungs:
      - {id: words}
      - {id: kit, climb: {when: seoul.decided == arms}}
      - {id: arms, climb: {when: true, decide: 20 days}}
policies:
  stated: {}
  adapt:
    then:
      - at: 2030-01-11
        set: {seoul.ceiling: kit}
measures:
  decided: {final: level(seoul.decided)}
  pending: {final: level(seoul.pending)}
"""


def test_a_ceiling_below_a_pending_rung_that_skips_brings_it_back_to_what_is_decided(tmp_path):
    """Arms pending above words, no kit between: withdrawn to words, not to the rung below."""
    program = prepare(build(read_scenario(written(tmp_path, SKIPPING)).scenario))
    for policy, expected in (("stated", {"decided": 2.0, "pending": 2.0}), ("adapt", {"decided": 0.0, "pending": 0.0})):
        assert simulate(program, Point(policy, 0, 0), verify=True).measures == expected
