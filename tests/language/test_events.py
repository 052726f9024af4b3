import math

import pytest

from escalation.expressions.tree import Call, Draw, Literal, Name, names_in, walk
from escalation.language.resolve import read_scenario
from escalation.model.evaluate import evaluate
from escalation.model.process import Dated, Edge, Hazard, Months, Periodic, Waiting
from tests.language.written_scenarios import EVERYTHING, resolved, said

DAY = 86_400_000.0
CLOCK = "rate: push / 12 days, effect"


@pytest.fixture(scope="module")
def events():
    return {event.name: event for event in read_scenario(EVERYTHING).scenario.events}


def test_each_form_is_its_own_clock(events):
    """What an author writes decides which clock it is, with the defaults of the language."""
    assert isinstance(events["election"].clock, Dated)
    assert isinstance(events["accident"].clock, Hazard)
    assert events["accident"].clock.condition == Literal(True, events["accident"].clock.condition.kind)
    assert events["repair"].clock == Waiting(
        events["repair"].clock.condition, Literal(20 * DAY, events["repair"].clock.after.kind), "resume"
    )
    edge = events["first_combat"].clock
    assert isinstance(edge, Edge)
    assert (edge.reversible, edge.unless, edge.overlap) == (True, None, "restart")
    assert edge.lasting.value == 7 * DAY
    assert events["halt"].clock.unless is not None


def test_a_month_is_a_step_of_the_calendar(events):
    """`every: 1 month` is no duration; any other period is."""
    assert events["poll"].clock.every == Months(1)
    assert isinstance(events["supply"].clock, Periodic)
    assert isinstance(events["supply"].clock.every, Draw)
    assert events["supply"].clock.condition is not None


@pytest.mark.parametrize(("share", "days"), [("10%", 365.2425), ("50%", 365.2425), ("99.9%", 365.2425)])
def test_a_chance_within_a_time_is_the_hazard_that_gives_it(tmp_path, share, days):
    """With the hazard −ln(1 − p)/D the chance to fire within D is p: 1 − exp(−hazard × D) = p."""
    found = resolved(tmp_path, (CLOCK, f"chance: {share} in 1 year, effect"))
    hazard = evaluate(found.scenario.events[0].clock.rate, {})
    assert 1 - math.exp(-hazard * days * DAY) == pytest.approx(float(share.rstrip("%")) / 100, rel=1e-12)


def test_a_rule_reads_its_own_draws_by_their_full_path(events):
    """The author writes `size`; the tree says `lift.size`, in the effect and in later draws."""
    draws = {draw.target: draw.value for draw in events["lift"].draws}
    assert list(draws) == ["lift.size", "lift.lost", "lift.kind"]
    assert names_in(draws["lift.lost"]) == {"lift.size"}
    abroad = next(assign.value for assign in events["lift"].effect if assign.target == "abroad")
    assert names_in(abroad) == {"abroad", "lift.size", "lift.lost"}


def test_draws_of_cases_are_numbered_through_all_lines(tmp_path):
    """Each draw of one value has a place of its own."""
    cases = "{cases: [{when: push > 1, value: exponential(mean=1 day)}, {otherwise: exponential(mean=2 days)}]}"
    found = resolved(tmp_path, (CLOCK, f"while: push > 0, after: {cases}, effect"))
    draws = [part.place for part in walk(found.scenario.events[0].clock.after) if isinstance(part, Draw)]
    assert sorted(draws) == [0, 1]


def test_a_drawn_word_is_of_the_category_of_the_same_words(events):
    """`one_of` in a draw can be given to a state with the same words in the same order."""
    kind = next(assign for assign in events["lift"].effect if assign.target == "mood")
    assert isinstance(kind.value, Name)
    assert kind.value.kind.words == ("guard", "assault")


def test_the_stream_is_the_former_name(events):
    """`stream:` keeps the luck of a renamed rule; without it a rule has its own."""
    assert events["quarrel"].stream == "dispute"
    assert events["lift"].stream == "lift"


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("effect", "`crossing` has no clock"),
        ("after: 12 days, effect", "add `while:` (a level), `when:` (an edge) or `follows:` (another rule)"),
        ("while: push > 1, effect", "says while what, and not how often or how soon"),
        ("memory: keep, rate: push / 12 days, effect", "it always keeps what it has spent"),
        ("chance: 10% in 1 year, memory: keep, effect", "it always keeps what it has spent"),
        ("when: push > 1, while: push > 2, effect", "`when` is an edge and `while` a level"),
        ("when: push > 1, rate: 1 / 3 days, effect", "an event has one clock"),
        ("rate: 1 / 3 days, chance: 10% in 1 year, effect", "both are hazards"),
        ("when: push > 1, after: 3 days, memory: keep, effect", "under `when` the delay runs on"),
        ("when: push > 1, unless: push > 2, effect", "`unless` speaks of the delay"),
        ("when: push > 1, overlap: restart, effect", "`overlap` speaks of the delay"),
        ("while: push > 1, after: 3 days, unless: push > 2, effect", "`unless` belongs to `when`"),
        ("while: push > 1, after: 3 days, for: 2 days, effect", "write `when` in place of `while`"),
        ("at: 2030-02-01, while: push > 1, effect", "put the condition into its effect"),
        ("at: 2030-02-01, after: 3 days, effect", "add the delay to the date"),
        ("every: 1 day, after: 3 days, effect", "`every` already says how long it takes"),
        ("every: 1 day, from: 3 days, effect", "expected a date"),
        ("every: 0 days, effect", "it must be above nothing"),
        ("every: 0 months, effect", "at least 1 month"),
        ("at: 2029-12-31, effect", "before the scenario starts"),
        ("rate: push, effect", "expected a rate"),
        ("rate: elapsed / 1 day / 1 day, effect", "elapsed"),
        ("while: elapsed > 3 days, rate: 1 / 1 day, effect", "since(x) >= D"),
        ("when: push > 1, for: 1 month, effect", "a month has no fixed length"),
        ("chance: 100% in 1 year, effect", "less than 100%"),
        ("chance: 10% per year, effect", "in 1 year"),
        ("rate: push / 12 days, play: {per_turn: 0}, effect", "a whole number from 1 to 20"),
        ("rate: push / 12 days, order: high, effect", "expected a whole number"),
        ("rate: push / 12 days, stream: a-b, effect", "expected a name"),
        ("rate: push / 12 days, actor: nobody, effect", "the key"),
    ],
)
def test_a_clock_that_makes_no_sense_says_why(tmp_path, clock, expected):
    """Each wrong combination has a message of its own."""
    if "actor" in clock:
        assert "actor" in said(tmp_path, (CLOCK, clock))
    else:
        assert expected in said(tmp_path, (CLOCK, clock))


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("{abroad: 5 days}", "expected a number in soldiers"),
        ("{threshold: 5 soldiers}", "only policies set it"),
        ("{push: 2}", "drawn once a future"),
        ("{seen: 5 soldiers}", "only reports change what is seen"),
        ("{capital: sanctions}", "moves by its own rungs"),
        ("{abrod: abroad}", "did you mean abroad?"),
        ("{crossing: 1}", "there is no state `crossing`"),
        ("{abroad: 0 soldiers - 5 soldiers}", "below the range"),
        ("[abroad]", "expected a mapping, found a list"),
    ],
)
def test_an_effect_sets_state_and_nothing_else(tmp_path, effect, expected):
    """What cannot be set is refused with the reason."""
    assert expected in said(tmp_path, ("effect: {abroad: abroad + 60 soldiers}", f"effect: {effect}"))


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        ("{abroad: 5}", "already a name of the scenario"),
        ("{max: 5}", "is a function"),
        ("{day: 5}", "is a unit of time"),
        ("{kind: {one_of: {a: 50%, b: 40%}}}", "the shares sum to 90%"),
        ("{size: sise + 1}", "sise is not known"),
    ],
)
def test_a_draw_has_a_name_of_its_own(tmp_path, draw, expected):
    """Draws share the name space of the scenario inside their rule."""
    assert expected in said(tmp_path, (CLOCK, f"rate: push / 12 days, draw: {draw}, effect"))


def test_another_rules_draw_cannot_be_read(tmp_path):
    """A draw is known in its own rule alone."""
    change = ("while: abroad >= 200 soldiers", "while: crossing.size > 1")
    told = said(tmp_path, (CLOCK, "rate: push / 12 days, draw: {size: 2}, effect"), change)
    assert "known only in its own rule" in told


def test_the_hazard_of_a_chance_uses_our_own_logarithm(tmp_path):
    """The tree names `log`, so that both engines compute it alike."""
    found = resolved(tmp_path, (CLOCK, "chance: push / 10 in 1 year, effect"))
    assert any(isinstance(part, Call) and part.function == "log" for part in walk(found.scenario.events[0].clock.rate))
