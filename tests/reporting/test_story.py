"""The story of a trajectory: its head, percentages, gates, reports, what is left out."""

import pytest

from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from escalation.model.trajectory import Point
from escalation.reporting.percentages import shares_of
from escalation.reporting.story import Telling, story

TEXT = """escalation: 1
title: A small crisis
starts: 2030-01-01
lasts: 90 days
actors:
  seoul: {name: Seoul}
uncertainties:
  push:
    value: uniform(0.5, 2)
    assumption: invented
state:
  support: {initial: 24%, assumption: invented}
  law: {initial: false, assumption: invented}
  troops: {initial: 0, assumption: invented}
events:
  drift:
    every: 20 days
    effect:
      support: support + normal(0, 3%)
    assumption: invented
  lift: {at: 2030-01-05, effect: {troops: 9}, assumption: invented}
  vote: {at: 2030-02-01, effect: {law: true}, assumption: invented}
intelligence:
  seen:
    of: troops
    combine: median
    assumption: invented
    reports:
      nis:
        label: The service
        every: 3 days
        lag: 2 days
        bias: lognormal(median=1, sigma=0.3)
  poll:
    of: support
    assumption: invented
    reports:
      gallup: {every: 25 days}
ladders:
  seoul:
    label: Seoul's help
    assumption: judged
    rungs:
      - {id: words}
      - id: arms
        label: Arms
        climb:
          when: seen >= 1
          for: 10 days
          gates:
            law: law
            consent: {when: support > 1%, label: Public consent}
          decide: 20 days
policies:
  stated: {}
  adapt:
    then:
      - at: 2030-03-20
        set: {seoul.ceiling: words}
measures:
  armed: {ever: seoul.decided >= arms}
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    path = tmp_path_factory.mktemp("story") / "crisis.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return read_scenario(path).scenario


def told(scenario, policy="stated", **telling):
    model = build(scenario)
    trajectory = simulate(prepare(model), Point(policy, 0, 0), record=True)
    return list(story(model, trajectory, Telling(shares=shares_of(scenario), **telling)))


def line_of(text):
    return next(number for number, line in enumerate(TEXT.split("\n"), 1) if text in line)


def part(lines, heading):
    """The paragraph whose heading contains a text."""
    start = next(index for index, line in enumerate(lines) if heading in line)
    return lines[start : lines.index("", start)]


def test_the_head_tells_future_biases_and_beginning(scenario):
    """What the future and the luck fix stands before the first firing."""
    head = "\n".join(part(told(scenario, policy="stated"), "A small crisis"))
    for text in ("push = ", "seen.nis.bias = ", "support = 24 %", "law = false"):
        assert text in head


def test_shares_are_percentages(scenario):
    """A state written with a %, what is drawn for it, and what is seen of it; a count stays a number."""
    lines = "\n".join(told(scenario))
    assert "changed   support 24 % → " in lines
    assert "normal for support = " in part(told(scenario), "(drift)")[1]
    assert part(told(scenario), "(drift)")[1].endswith(" %")
    assert "%" in part(told(scenario), "(poll.gallup.observe)")[-1]
    assert "troops 0 → 9" in lines


def test_gates_are_told_with_their_lines_as_a_decision_begins_and_as_they_open(scenario):
    """All of them when the rung becomes pending, one when it opens, and that all are open at the decision."""
    lines = told(scenario)
    pending = part(lines, "(seoul.arms.pending)")
    shut = next(line for line in pending if "Law is shut (law = false)" in line)
    assert shut.endswith(f":{line_of('law: law')}:13")
    assert any("Public consent is open (support = " in line for line in pending)
    assert any("Law opens (law = true)" in line for line in part(lines, "(vote)"))
    assert not any("Public consent" in line for line in part(lines, "(vote)"))
    assert any("all are open" in line for line in part(lines, "(seoul.arms.decide)"))


def test_a_condition_that_lasted_says_since_when(scenario):
    """First seen on day 8, pending on day 18."""
    assert any("which became true on 2030-01-09" in line for line in part(told(scenario), "(seoul.arms.pending)"))


def test_a_report_says_what_it_had_observed_and_a_combined_reading_follows(scenario):
    """The service looked on 7 January and reported on the 9th, and the median moved with it."""
    paragraph = "\n".join(part(told(scenario), "2030-01-09 00:00  The service reports"))
    assert "seen.nis.observe of 2030-01-07 00:00" in paragraph
    assert "so        seen 0" in paragraph.replace("unknown", "0") or "so        seen " in paragraph


def test_what_a_policy_changes_is_told_with_its_line(scenario):
    """The ceiling that a `then` lowers."""
    paragraph = part(told(scenario, "adapt"), "(adapt.then.0)")
    assert paragraph[0].endswith(f":{line_of('- at: 2030-03-20')}:9")
    assert "seoul.ceiling arms → words" in paragraph[1]


def test_only_what_concerns_a_name_is_told(scenario):
    """A ladder with its gates, or one state; the count at the end says how much was left out."""
    ladder = [line for line in told(scenario, only=("seoul",)) if line.startswith("2030")]
    assert ["(seoul.arms" in line or "(vote)" in line for line in ladder] == [True] * len(ladder)
    state = [line for line in told(scenario, only=("support",)) if line.startswith("2030")]
    assert state
    assert all("(drift)" in line for line in state)


def test_every_line_of_a_story_names_where_it_is_written(scenario):
    """Each firing's heading ends with file, line and column."""
    headings = [line for line in told(scenario) if line.startswith("2030")]
    assert all(line.rsplit(":", 2)[0].endswith("crisis.yaml") for line in headings)
