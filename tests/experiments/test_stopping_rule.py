"""What somebody asks of a run's length: names, sizes and units, and a sentence where it cannot be meant."""

from pathlib import Path
from typing import Any

import pytest

import escalation
from escalation.api import LoadedScenario
from escalation.experiments.design import Design, DesignError
from escalation.experiments.stopping_rule import StoppingRule, goals, looks

TEXT = """\
escalation: 1
title: Every kind of measure
starts: 2030-01-01
lasts: 100 days
units: [troops]
uncertainties: {weather: {one_of: {calm: 50%, storm: 50%}, assumption: a}}
levers: {pace: {default: 1, range: [0, 3], assumption: a}}
state:
  here: {initial: 0 troops, range: [0 troops, 50_000 troops], assumption: a}
events:
  come: {rate: pace / 10 days, effect: {here: here + 10 troops}, assumption: a}
ladders:
  seoul:
    rungs:
      - {id: aid}
      - {id: arms, climb: {when: here >= 50 troops, assumption: a}}
policies:
  plain: {}
  fast: {set: {pace: 2}}
measures:
  many: {ever: here >= 100 troops, label: Many}
  when_many: {first: here >= 100 troops}
  most: {max: here}
  exposure: {time_in: here >= 50 troops}
  sky: {final: weather}
  path: {series: here, every: 1 week}
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedScenario:
    path: Path = tmp_path_factory.mktemp("rule") / "kinds.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return escalation.load(path)


def rule(loaded: LoadedScenario, precision: Any = (), decide: Any = False, n: int = 9_000) -> StoppingRule:
    found = loaded.stopping_rule(n, precision, decide)
    assert found is not None
    return found


def refusal(loaded: LoadedScenario, precision: Any = (), decide: Any = False) -> str:
    with pytest.raises(DesignError) as caught:
        loaded.stopping_rule(9_000, precision, decide)
    return str(caught.value)


def test_nothing_asked_is_no_rule(loaded: LoadedScenario) -> None:
    """A plain run has a fixed length."""
    assert loaded.stopping_rule(9_000) is None


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("many=0.5pp", 0.005),
        ("many=2 points", 0.02),
        ("when_many=1pp", 0.01),
        ("when_many: waited=2 days", 2.0),
        ("when_many: waited=1 week", 7.0),
        ("exposure=36 hours", 1.5),
        ("most=1_500 troops", 1500.0),
        ("most=10,000 troops", 10_000.0),
        ("sky: storm=3pp", 0.03),
        ("rung:seoul.arms.decided=1pp", 0.01),
        ("seoul.arms.decided=1pp", 0.01),
    ],
)
def test_a_precision_is_read_in_the_unit_of_its_measure(loaded: LoadedScenario, text: str, size: float) -> None:
    """Percentage points of shares, days of times, an author's unit; and said again it is the same."""
    (told,) = rule(loaded, [text]).precision
    assert told.half_width == pytest.approx(size)
    assert rule(loaded, [told.text]).said == rule(loaded, [text]).said


def test_a_number_is_in_the_unit_of_the_column(loaded: LoadedScenario) -> None:
    """From Python a share is 0.005; the rule is the same as that of the text, and so is the run's key."""
    assert rule(loaded, {"many": 0.005, "exposure": 2}).said == rule(loaded, ["exposure=2 days", "many=0.5pp"]).said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("many", "must be written as NAME=0.5pp"),
        ("many=", "must be written as NAME=0.5pp"),
        ("money=1pp", "there is no measure 'money'; did you mean 'many'?"),
        ("zzz=1pp", "there is no measure 'zzz'; there are many, when_many"),
        ("sky=1pp", "'sky' is one of several words and has no mean; ask for one of sky: calm, sky: storm"),
        ("path=10 troops", "'path' is a series, which is no single number of a trajectory"),
        ("when_many=2 days", "'when_many' may never come, so its time has no mean: ask how often it came"),
        ("many=2 days", "'2 days' is no precision of 'many': write it like 0.5pp (percentage points)"),
        ("many=0.5%", "write it like 0.5pp (percentage points); a share of the mean is not offered"),
        ("most=5%", "write it like 5 troops; a share of the mean is not offered"),
        ("most=5", "'5' is no precision of 'most': write it like 5 troops"),
        ("most=0 troops", "the precision of 'most' must be finite and above nothing"),
        ("many=60pp", "every share is known to ±50pp: many=60pp asks for nothing"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_could(loaded: LoadedScenario, text: str, words: str) -> None:
    """Each refusal says what would do."""
    assert words in refusal(loaded, [text])


def test_a_measure_is_asked_for_once(loaded: LoadedScenario) -> None:
    """Two precisions of one measure are a slip."""
    assert "is asked for twice" in refusal(loaded, ["many=1pp", "many=2pp"])


def test_without_a_size_that_matters_the_headline_is_decided(loaded: LoadedScenario) -> None:
    """No measure here says which difference matters, so the first ladder's rungs tell policies apart."""
    assert [each.key for each in rule(loaded, decide=True).decide] == ["rung:seoul.arms.decided"]
    assert [each.key for each in rule(loaded, decide="most").decide] == ["most"]
    assert [each.key for each in rule(loaded, decide=["many", "seoul.arms.decided"]).decide] == [
        "many",
        "rung:seoul.arms.decided",
    ]


def test_where_sizes_matter_those_measures_are_decided(tmp_path: Path) -> None:
    """Only there can two policies turn out the same for our purposes."""
    path = tmp_path / "kinds.yaml"
    path.write_text(TEXT.replace("exposure: {", "exposure: {matters: 2 days, "), encoding="utf-8")
    assert [each.key for each in rule(escalation.load(path), decide=True).decide] == ["exposure"]


def test_one_policy_cannot_be_told_apart(loaded: LoadedScenario) -> None:
    """It takes two."""
    with pytest.raises(DesignError, match="cannot be told apart from anything"):
        loaded.run(1_000, policies=["plain"], decide=True)


def test_bounds_come_from_the_model(loaded: LoadedScenario) -> None:
    """A share, a window, a declared range; of a pair, the widest difference to either side."""
    asked = rule(loaded, {"many": 0.1, "exposure": 1, "most": 10}, decide="most")
    found = goals(asked, loaded.scenario, loaded.model, Design(("plain", "fast"), 9_000, 50, 1))
    told = {(each.kind, each.question.key): each.bounds for each in found}
    assert told == {
        ("precision", "many"): (0.0, 1.0),
        ("precision", "exposure"): (0.0, 100.0),
        ("precision", "most"): (0.0, 50_000.0),
        ("decide", "most"): (-50_000.0, 50_000.0),
    }


@pytest.mark.parametrize(
    ("n", "per_future", "expected"),
    [
        (10_000, 50, (1_000, 2_000, 4_000, 8_000, 10_000)),
        (8_000, 50, (1_000, 2_000, 4_000, 8_000)),
        (1_000, 50, (1_000,)),
        (10, 50, (10,)),
        (5_000, 30, (1_020, 2_010, 4_020, 5_000)),
        (20_000, 5_000, (5_000, 10_000, 20_000)),
    ],
)
def test_looks_double_in_whole_futures_up_to_the_budget(n: int, per_future: int, expected: tuple[int, ...]) -> None:
    """1,000·2^k rounded up to whole futures, each once, and the end."""
    assert looks(Design(("a",), n, per_future, 1)) == expected
