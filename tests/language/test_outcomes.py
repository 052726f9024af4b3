import pytest

from escalation.expressions.kinds import DURATION, PURE, Quantity, Truth
from escalation.language.resolve import read_scenario
from escalation.model.process import Months
from tests.language.written_scenarios import EVERYTHING, faults, said

DAY = 86_400_000
EVER = "ever: capital.decided >= sanctions,"
MOST = "max: abroad,"
CLAIM = "never: capital.decided >= sanctions}"
SETS = "set: {threshold: 300 soldiers}"


@pytest.fixture(scope="module")
def measures():
    return {measure.name: measure for measure in read_scenario(EVERYTHING).scenario.measures}


def test_a_measure_has_a_kind_of_its_own(measures):
    """Times are times whatever is watched; a count is a number; the rest is what is watched."""
    assert measures["armed"].kind == Truth()
    assert measures["time_to_arms"].kind == Quantity(DURATION)
    assert measures["angry"].kind == Quantity(DURATION)
    assert measures["lifts"].kind == Quantity(PURE)
    assert measures["lifts"].rules == ("lift", "seen.nis.publish")


def test_what_matters_is_in_the_measures_own_unit(measures):
    """A share for a truth, milliseconds for a time, the unit itself for a number."""
    assert measures["armed"].matters == 0.02
    assert measures["time_to_arms"].matters == 10 * DAY
    assert measures["at_end"].matters == 100.0
    assert measures["most"].matters is None


def test_dates_of_measures_are_instants(measures):
    """Windows and instants count from the start; a series has its step."""
    assert measures["most"].during == (DAY, 90 * DAY)
    assert measures["at_end"].at == 121 * DAY
    assert measures["path"].every == Months(1)
    assert measures["seen_path"].every == 7 * DAY


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (EVER, "", "does not say what it measures"),
        (EVER, "ever: push > 1, first: push > 1,", "says ever and first"),
        (EVER, "ever: abroad,", "expected true or false"),
        (EVER, "count: crosing,", "did you mean crossing?"),
        (MOST, "mean: abroad > 0 soldiers,", "`mean` is of a number"),
        (MOST, "max: abroad, matters: 3 days,", "expected a number in soldiers"),
        (MOST, "max: abroad, matters: 0 soldiers - 3 soldiers,", "not negative"),
        (MOST, "final: capital.decided, matters: 2%,", "have a size that matters"),
        (MOST, "max: abroad, every: 1 week,", "`every` belongs to `series`"),
        (MOST, "max: abroad, at: 2030-02-01,", "`at` belongs to `final`"),
        (MOST, "final: abroad, at: 2031-02-01,", "after the scenario ends"),
        (MOST, "final: abroad, at: 2029-02-01,", "before the scenario starts"),
        (MOST, "max: abroad, during: [2030-03-01, 2030-02-01],", "ends before it begins"),
        (MOST, "max: abroad, during: [2030-03-01],", "exactly 2 entries"),
        (MOST, "series: abroad, every: 3,", "expected a duration"),
        ("better: lower}", "better: less}", "expected higher, lower or neither"),
    ],
)
def test_a_measure_that_makes_no_sense_says_why(tmp_path, old, new, expected):
    """A measure says one thing, in its own unit, inside the scenario."""
    assert expected in said(tmp_path, (old, new))


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("set: {threshold: 3_000 soldiers}", "outside the range"),
        ("set: {threshold: 3 days}", "expected a number in soldiers"),
        ("set: {treshold: 300 soldiers}", "did you mean threshold?"),
        ("set: {abroad: 300 soldiers}", "make it a lever"),
        ("set: {capital: protest}", "did you mean capital.ceiling?"),
        ("set: {capital.ceiling: protests}", "did you mean protest?"),
        ("set: {crossing.active: 1}", "expected true or false"),
        ("set: {crosing.active: true}", "did you mean crossing.active?"),
        ("set: {threshold: push * 300 soldiers}", "may read only constants"),
        ("sets: {threshold: 300 soldiers}", "did you mean `set`?"),
    ],
)
def test_a_policy_sets_levers_ceilings_and_switches(tmp_path, new, expected):
    """Anything else is refused; nothing is clamped."""
    assert expected in said(tmp_path, (SETS, new))


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("label: None}", "`expect.1` has no entry `label`"),
        ("policy: patient}", "claims nothing that can be tested"),
        ("measure: sanctioned}", "held against nothing"),
        ("measure: sanctiond, between: [0%, 1%]}", "did you mean sanctioned?"),
        ("measure: sanctioned, between: [2%, 1%]}", "the wrong way round"),
        ("measure: sanctioned, between: [1 day, 2 days]}", "expected a plain number"),
        ("measure: sanctioned, more_than: patient}", "add `policy:`"),
        ("measure: sanctioned, policy: quick, more_than: patent}", "did you mean patient?"),
        ("measure: sanctioned, policy: quick, more_than: quick}", "compared with another one"),
        ("never: push > 1, between: [0%, 1%]}", "`never` needs no measure"),
        ("always: abroad}", "expected true or false"),
    ],
)
def test_a_claim_can_be_tested(tmp_path, new, expected):
    """A claim is of one form, about things that exist."""
    found = faults(tmp_path, (CLAIM, new))
    assert any(expected in f"{fault.message} {fault.suggestion}" for fault in found)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{push: 0 days}", "expected a plain number"),
        ("{abroad: 0 soldiers}", "did you mean abroad.initial?"),
        ("{abroad.initial: 0}", "expected a number in soldiers"),
        ("{threshold: 3 soldiers}", "outside the range"),
        ("{capital.ceiling: none}", "none"),
        ("{nobody: 3}", "nothing that a claim can set"),
    ],
)
def test_what_a_claim_is_given_must_exist(tmp_path, given, expected):
    """Given values have the kind and range of what they replace."""
    assert expected in said(tmp_path, ("given: {push: 0, abroad.initial: 0 soldiers}", f"given: {given}"))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  turn: 2 weeks", "  turn: 0 weeks", "no time at all"),
        ("  turn: 2 weeks", "  turn: 2 wekes", "not a unit of time"),
        ("    kyiv:\n      orders", "    press:\n      orders", "cannot be played"),
        ("    kyiv:\n      orders", "    tokyo:\n      orders", "there is no actor `tokyo`"),
        ("orders: [lift, side]", "orders: [lift, seoul]", "`seoul` is seoul's"),
        ("orders: [lift, side]", "orders: [accident]", "nobody's"),
        ("orders: [lift, side]", "orders: [lft]", "did you mean lift?"),
        ("sees: [seen, support]", "sees: [sen]", "nothing that can be shown"),
        ("by_turn: 4", "by_turn: 9", "the exercise has 8"),
        ("turn: 3, to: [seoul]", "turn: 3, when: combat, to: [seoul]", "says turn and when"),
        ("turn: 3, to: [seoul]", "to: [seoul]", "does not say when it comes"),
        ("to: [seoul], text", "to: [sol], text", "there is no actor `sol`"),
        ("fire: treaty", "fire: treatie", "did you mean treaty?"),
        ("set: {anger: 3}", "set: {anger: 3 days}", "expected a plain number"),
        ("set: {anger: 3}", "set: {gap: 3}", "it is computed from what it reads"),
        ("{id: night-call,", "{id: leak,", "two injects `leak`"),
        ("  late: model", "  late: never", "expected hold, model, bot or instructor"),
    ],
)
def test_the_classroom_is_checked_against_the_scenario(tmp_path, old, new, expected):
    """Roles, orders, screens, questions and injects name things that exist."""
    assert expected in said(tmp_path, (old, new), of=EVERYTHING)


@pytest.mark.parametrize(
    ("score", "expected"),
    [("0 - angri", "did you mean angry?"), ("anger", "may read only measures"), ("path", "a series is not one number")],
)
def test_a_viewpoint_reads_measures(tmp_path, score, expected):
    """A score is arithmetic over measures and nothing else."""
    assert expected in said(tmp_path, ("score: 0 - angry - 2 * armed", f"score: {score}"), of=EVERYTHING)
