import pytest

from escalation.expressions.tree import Call, Literal, names_in
from escalation.language.resolve import read_scenario
from tests.language.written_scenarios import EVERYTHING, resolved, said

DAY = 86_400_000.0
RUNG = "climb: {when: seen >= threshold, for: 7 days, decide: 10 days, assumption: invented}"
ERROR = "error: lognormal(median=0.8, sigma=0.4)"


@pytest.fixture(scope="module")
def scenario():
    return read_scenario(EVERYTHING).scenario


def test_a_number_is_seen_through_the_factors_that_are_given(scenario):
    """`reads` is of × bias × error by default, and what is missing is left out."""
    seen = next(reading for reading in scenario.intelligence if reading.name == "seen")
    by_name = {report.name: report for report in seen.reports}
    assert names_in(by_name["nis"].reads) == {"of", "bias", "error"}
    assert names_in(by_name["hur"].reads) == {"of"}
    assert (seen.combine, seen.agreed) == ("agreed", 2)


def test_a_truth_is_missed_or_alarmed_falsely(scenario):
    """A true or false thing has no factors; what is not said is never."""
    seen = next(reading for reading in scenario.intelligence if reading.name == "combat_seen")
    report = seen.reports[0]
    assert report.reads is None
    assert (report.miss.value, report.false_alarm.value) == (0.1, 0.0)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (ERROR, "miss: 10%", "use `error`"),
        (ERROR, "error: 3 soldiers", "expected a plain number"),
        (ERROR, "reads: of + bias", "only `reads` of a report that says `bias`"),
        (ERROR, "lag: 1 month", "no fixed length"),
        (ERROR, "lag: 0 days - 1 day", "less than nothing"),
        (ERROR, "error: lognormal(median=0.8, sigma=0 - 1)", "sigma"),
        ("seen_by: [capital]", "seen_by: [capitol]", "did you mean capital?"),
        ("seen_by: [capital]", "combine: agreed(2)", "there is 1 source, so 2 cannot agree"),
        ("seen_by: [capital]", "combine: average", "latest, median, mean, max or agreed(2)"),
        ("seen_by: [capital]", "initial: 3 days", "expected a number in soldiers"),
        ("of: abroad", "of: abrod", "did you mean abroad?"),
        ("of: abroad", "of: seen", "`seen` reads itself"),
        ("every: exponential(mean=5 days)", "label: They", "needs an entry `every`"),
    ],
)
def test_a_reading_that_makes_no_sense_says_why(tmp_path, old, new, expected):
    """Sources, errors and combinations are checked against what is observed."""
    assert expected in said(tmp_path, (old, new))


@pytest.mark.parametrize(("lasting", "expected"), [("for: 7 days, ", 7 * DAY), ("for: 3 hours, ", DAY), ("", DAY)])
def test_a_climb_is_withdrawn_after_as_long_as_it_must_last_and_at_least_a_day(tmp_path, lasting, expected):
    """The default of `withdraw_after` is `for`, but never less than a day."""
    found = resolved(tmp_path, (RUNG, f"climb: {{when: seen >= threshold, {lasting}assumption: invented}}"))
    assert found.scenario.ladders[0].rungs[1].climb.withdraw_after == Literal(
        expected, found.scenario.ladders[0].rungs[1].climb.withdraw_after.kind
    )


def test_the_default_follows_a_lever(tmp_path):
    """A `for` that a policy sets gives a `withdraw_after` that it sets too."""
    found = resolved(
        tmp_path,
        ("levers:  ", "levers:\n  patience: {default: 3 days, assumption: invented}\n#"),
        ("for: 7 days", "for: patience"),
    )
    withdraw = found.scenario.ladders[0].rungs[1].climb.withdraw_after
    assert isinstance(withdraw, Call)
    assert withdraw.function == "max"


def test_a_ladder_belongs_to_its_namesake(scenario):
    """The actor of the ladder's name climbs it unless another is named."""
    ladders = {ladder.name: ladder for ladder in scenario.ladders}
    assert ladders["seoul"].actor == "seoul"
    assert ladders["side"].actor == "kyiv"
    assert ladders["seoul"].starts_at == 1


def test_a_ladder_without_an_actor_is_nobodys(tmp_path):
    """A ladder that is no actor's climbs by itself."""
    found = resolved(
        tmp_path,
        ("ladders:\n  capital:", "ladders:\n  fever:"),
        ("ever: capital.decided", "ever: fever.decided"),
        ("never: capital.decided", "never: fever.decided"),
    )
    assert found.scenario.ladders[0].actor is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (RUNG, "source: nobody", "cannot be reached"),
        (RUNG, f"{RUNG}\n        on_stand_down: {{abroad: 0 soldiers}}", "it has no `stand_down`"),
        ("{id: protest, label: A note of protest}", "{id: protest, climb: {when: push > 1}}", "is the lowest rung"),
        ("{id: protest, label: A note of protest}", "{id: abroad}", "already a state"),
        ("{id: protest, label: A note of protest}", "{label: A note}", "needs an entry `id`"),
        ("decide: 10 days", "decide: 10 days, rate: 1 / 3 days", "`rate` stands in place of `decide`"),
        ("decide: 10 days", "decide: 10 soldiers", "expected a time"),
        ("decide: 10 days", "withdraw_after: exponential(mean=3 days)", "draws at random"),
        ("decide: 10 days", "gates: {law: abroad}", "expected true or false"),
        ("decide: 10 days", "gates: {law: {label: The law}}", "needs an entry `when`"),
        ("when: seen >= threshold", "when: seen >= treshold", "did you mean threshold?"),
        ("when: seen >= threshold", "when: capital >= sanctions", "say capital.decided"),
        ("    rungs:  ", "    starts_at: protests\n    rungs:  ", "no rung `protests`"),
        ("    rungs:  ", "    actor: capitol\n    rungs:  ", "did you mean capital?"),
    ],
)
def test_a_ladder_that_makes_no_sense_says_why(tmp_path, old, new, expected):
    """Rungs are reachable, decided in one way, and left only if there is a way."""
    if "nobody" in new:
        old, new = f"\n        {RUNG}", ""
    assert expected in said(tmp_path, (old, new))


def test_a_bias_is_drawn_before_anything_has_happened(tmp_path):
    """A bias holds for the whole trajectory, so it cannot read what changes in it."""
    assert "may read only constants, uncertainties and levers" in said(tmp_path, (ERROR, "bias: abroad / 1 soldiers"))
