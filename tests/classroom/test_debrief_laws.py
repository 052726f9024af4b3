"""What the debrief must hold for every exercise, not for those that are at hand."""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from escalation.classroom.debrief_luck import happened
from escalation.classroom.debrief_replay import fresh, script_from
from escalation.classroom.debrief_seen import weighed_turns
from escalation.classroom.debrief_turns import which_turn
from escalation.classroom.debrief_what_if import Change, changed, what_if
from escalation.classroom.record import Record, TurnRecord
from escalation.classroom.world import begin, bot_orders, program_of, resolve
from escalation.engines.playing import run_script
from escalation.model.script import Decide
from escalation.model.trajectory import Point
from tests.classroom.random_exercises import exercises
from tests.classroom.toys import exercise_from

laws = settings(
    derandomize=True, deadline=None, max_examples=25, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
lucks = st.integers(0, 2**32)


def bots(text: str, luck: int) -> Record:
    """A class of bots, and a repeated order that may be impossible."""
    of = exercise_from(text)
    point = Point(of.model.policies[0].name, luck, luck)
    first = world = begin(of, point, ("north", "south"))
    turns = []
    for turn in range(1, of.turns + 1):
        by_actor = {role.actor: bot_orders(of, role, world, turn) for role in of.roles}
        script = tuple(order for orders in by_actor.values() for order in orders)
        script += script[:1]
        found = resolve(of, world, script, of.instants[turn])
        turns.append(TurnRecord(turn, script, world, found.snapshot, by_actor, {}, found.firings, found.held))
        world = found.snapshot
    return Record(of, point, first, tuple(turns), (), (), ())


def test_an_order_given_twice_is_left_out_twice():
    """What if it had not been given? Each of its times goes; another seat's orders stay, and so do later ones."""
    twice, other = (Decide(0, "arm"), Decide(0, "arm", {"size": 2.0})), Decide(0, "send")
    script = (twice[0], other, twice[1])
    assert changed(script, Change(1, twice[0], None), 0) == (other,)
    assert changed(script, Change(1, twice[0], Decide(0, "wait")), 0) == (Decide(0, "wait"), other)
    assert changed(script, Change(1, twice[0], twice[0]), 0) == script


@laws
@given(text=exercises(), luck=lucks)
def test_fresh_luck_is_never_the_class_s_in_any_exercise(text, luck):
    """Its own future and luck would count twice: as what did happen and as one of what else could have."""
    of = bots(text, luck)
    points = [world.point for world in fresh(of, 5)]
    assert len({(each.future, each.luck) for each in points}) == len(points)
    assert not {each.luck for each in points} & {of.point.luck}
    assert not {each.future for each in points} & {of.point.future}
    assert {(each.policy, each.seed) for each in points} == {(of.point.policy, of.point.seed)}


@laws
@given(text=exercises(), luck=lucks)
def test_an_unchanged_order_makes_no_difference_in_any_exercise(text, luck):
    """Each order of each turn put in its own place: every branch is the same, to the last bit."""
    of = bots(text, luck)
    for turn in of.turns:
        for order in turn.inputs[:2]:
            found = what_if(of, Change(turn.turn, order, order), 4)
            for each in found.differences.values():
                assert (each.verdict, each.differing) == ("identical", 0)
                assert each.estimate.value == 0.0 or each.pairs == 0
            assert found.impossible[0] == found.impossible[1]


@laws
@given(text=exercises(), luck=lucks)
def test_the_orders_of_a_class_under_its_luck_give_its_world_in_any_exercise(text, luck):
    """Turn by turn, in one go, and as the debrief replays it: one world, whose last snapshot has the same bytes."""
    of = bots(text, luck)
    script = script_from(of, 1)
    whole = resolve(of.exercise, of.beginning, script, of.exercise.instants[-1])
    assert whole.snapshot.to_bytes() == of.turns[-1].snapshot_after.to_bytes()
    alone = run_script(program_of(of.exercise.model), of.point, script, played=("north", "south")).trajectory
    for name, value in happened(of).items():
        assert value == (None if alone.measures[name] is None else float(alone.measures[name]))


@laws
@given(text=exercises(), luck=lucks)
def test_a_seat_that_ordered_nothing_mattered_nothing_in_any_exercise(text, luck):
    """Against hold it is identical; and a turn of all seats together is one seat's where only that one ordered."""
    of = bots(text, luck)
    for effect, turn in zip(which_turn(of, 4), of.turns, strict=True):
        for actor, orders in turn.orders_by_actor.items():
            if not orders:
                assert {each.verdict for each in effect.by_actor[actor].values()} == {"identical"}
            elif all(isinstance(item, Decide) and item in orders for item in turn.inputs):
                assert str(effect.by_actor[actor]) == str(effect.together)


@laws
@given(text=exercises(), luck=lucks)
def test_weights_are_shares_and_every_world_reads_what_the_seat_read(text, luck):
    """In any exercise the weights sum to 1, and a world that is kept agrees with the seat on what is exact."""
    of = bots(text, luck)
    for weighed in weighed_turns(of, "south", None, 12):
        assert not weighed.weights or abs(sum(weighed.weights) - 1.0) < 1e-9
        own = weighed.turn.snapshot_before.values
        for world in weighed.worlds:
            assert world.values["calm"] == own["calm"]
