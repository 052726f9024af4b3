"""Announcements: a word that moves `announced` and nothing else of the ladder."""

import pytest

from escalation.model.calendar import DAY
from tests.laws.test_ladders import at, crisis, days_of, story
from tests.models import Sketch


def told(**arms: object) -> Sketch:
    """A ladder that decides nothing by itself, whose highest rung is announced."""
    sketch = crisis(**{"gates": {"law": "law"}, **arms})
    return sketch.measure("announced", "final", "level(seoul.announced)")


@pytest.fixture(params=[None, "kim"], ids=["nobody's", "an actor's"])
def actor(request):
    return request.param


def test_an_announcement_comes_when_its_condition_has_lasted(actor):
    """True from day 10 and `for: 3 days`, with a delay of 2: announced on day 15."""
    sketch = told(announce="need", announce_lasting="3 days", announce_after="2 days", actor=actor)
    assert days_of(at(sketch, need_10=True, law_1=False), "arms.announce") == [15]


def test_announcing_moves_nothing_else():
    """With the word given and the gate shut, nothing of the ladder but `announced` is what it was without the word."""
    plain, word = crisis(gates={"law": "law"}), told(announce="need")
    steps = [story(at(sketch, need_10=True, law_1=False, law_60=True)) for sketch in (plain, word)]
    assert [step for step in steps[1] if step[1] != "arms.announce"] == steps[0]
    log = at(told(announce="need"), need_10=True).run(record=True).log
    (firing,) = (each for each in log if each.rule == "seoul.arms.announce")
    assert [name for name, _, _ in firing.changed] == ["seoul.announced"]


def test_deciding_announces_nothing():
    """Decided and delivered, the rung has not been announced."""
    sketch = at(told(announce="drop"), need_10=True)
    assert days_of(sketch, "arms.decide") == [10]
    assert sketch.run().measures["announced"] == 0


def test_announced_begins_at_the_rung_in_force():
    """A ladder that starts above its lowest rung has said so."""
    sketch = Sketch(days=9, need=False).measure("a", "final", "level(seoul.announced)")
    rungs = {"aid": {}, "kit": {"when": "true"}, "arms": {"when": "need", "announce": "need"}}
    assert sketch.ladder("seoul", rungs, starts_at=1).run().measures["a"] == 1


def test_a_rung_is_announced_before_those_below_it():
    """Words keep no order: arms is announced while aid is in force, and kit no longer needs to be."""
    low = {"when": "drop", "announce": "calm"}
    sketch = at(told(low=low, announce="need"), need_10=True, calm_20=True)
    assert [step for _, step in story(sketch)] == ["arms.announce"]
    assert sketch.run().measures["announced"] == 2


def test_two_announced_in_one_instant_leave_the_higher(actor):
    """Both are said, and the higher stands."""
    low = {"when": "drop", "announce": "need", "on_announcement": {"anger": "anger + 1"}}
    sketch = told(low=low, announce="need", on_announcement={"anger": "anger + 10"}, actor=actor)
    sketch = at(sketch, need_10=True)
    assert {step for _, step in story(sketch)} == {"kit.announce", "arms.announce"}
    assert sketch.run().measures["announced"] == 2


def test_a_fall_while_it_is_prepared_calls_it_off():
    """The reason falls away before the words are out."""
    sketch = told(announce="need", announce_after="9 days")
    assert days_of(at(sketch, need_10=True, need_15=False), "arms.announce") == []


def test_a_stand_down_takes_back_what_was_announced_above_where_it_leads():
    """From kit down to aid, with arms announced: nothing above aid is announced any more, and it can be said again."""
    low = {"when": "not drop", "down": "calm"}
    sketch = told(low=low, announce="need", announce_lasting="5 days").measure(
        "path", "series", "level(seoul.announced)", every=10 * DAY
    )
    sketch = at(sketch, law_1=False, need_10=True, drop_29=True, calm_30=True)
    assert days_of(sketch, "arms.announce") == [15, 35]
    assert sketch.run().series["path"][:5] == (0, 0, 2, 0, 2)


def test_a_stand_down_leaves_what_was_announced_below():
    """From arms to kit, with kit announced: kit stays announced."""
    low = {"when": "true", "announce": "true"}
    sketch = told(low=low, announce="drop", down="calm")
    assert at(sketch, need_10=True, need_15=False, calm_20=True).run().measures["announced"] == 1


def test_on_announcement_happens_with_it_and_can_be_dated():
    """`on_announcement` is its effect; `since` and `count` know it by `seoul.arms.announce`."""
    sketch = told(announce="need", on_announcement={"anger": "anger + 7"}).measure("anger", "final", "anger")
    late = "since(seoul.arms.announce) >= 20 days and seoul.decided < arms"
    sketch.measure("kept", "first", late).measure("n", "final", "count(seoul.arms.announce)")
    found = at(sketch, law_1=False, need_10=True).run().measures
    assert found == {"announced": 2, "anger": 7, "kept": 30 * DAY, "n": 1}


def test_a_ceiling_holds_words_as_it_holds_deeds():
    """Below a ceiling of kit arms is neither decided nor announced."""
    sketch = at(told(announce="need").policy("hold", seoul__ceiling=1), need_10=True)
    assert [step for _, step in story(sketch, policy="hold") if "arms" in step] == []


def test_a_policy_may_bluff_or_be_silent():
    """A rung switched off is announced and not climbed; its announcement switched off, climbed and not announced."""
    sketch = told(announce="need").policy("bluff", seoul__arms__active=False)
    sketch = at(sketch.policy("silent", seoul__arms__announce__active=False), need_10=True)
    steps = {name: [step for _, step in story(sketch, policy=name) if "arms" in step] for name in ("bluff", "silent")}
    assert steps == {"bluff": ["arms.announce"], "silent": ["arms.pending", "arms.decide", "arms.deliver"]}


def test_a_person_may_announce():
    """Of a played actor it is a choice, open while the rung is above what has been announced."""
    simulation = told(announce="need").simulation(played=["kim"])
    assert simulation.choices("kim")["seoul.arms.announce"] == {}
    from escalation.engines.orders import Order

    simulation.decide(Order("seoul.arms.announce"))
    assert "seoul.arms.announce" not in simulation.choices("kim")
    assert simulation["seoul.announced"] == 2
