"""The world of a class is played turn by turn as it would be in one go, and is the same whenever it is played again."""

from functools import cache
from math import sqrt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.classroom import debrief_replay
from escalation.classroom.exercise import Exercise, exercise_of
from escalation.classroom.odds import odds
from escalation.classroom.world import begin, bot_orders, digest, practice_of, program_of, resolve
from escalation.engines.simpy import Simulation
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from escalation.model.script import Decide, Force, HandOver, Put, Script
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Point
from tests.classroom.toys import HEAD, exercise_from

ROOT = Path(__file__).parents[2]
FLAGSHIP = (ROOT / "scenarios" / "seoul-2024.yaml", (ROOT / "scenarios" / "seoul-2024" / "classroom.yaml",))
LIRATH = (ROOT / "scenarios" / "classroom" / "lirath.yaml", ())
every_exercise = pytest.mark.parametrize("files", [FLAGSHIP, LIRATH], ids=["seoul", "lirath"])


@cache
def exercise(files: tuple[Path, tuple[Path, ...]]) -> Exercise:
    scenario = read_scenario(*files).scenario
    return exercise_of(scenario, build(scenario))


def point(of: Exercise, luck: int) -> Point:
    return Point(of.model.policies[0].name, luck, luck)


def actors(of: Exercise) -> tuple[str, ...]:
    return tuple(role.actor for role in of.roles)


def class_of_bots(of: Exercise, luck: int) -> tuple[list[Snapshot], list[Script]]:
    """The worlds between the turns, and what was ordered in each."""
    worlds, scripts = [begin(of, point(of, luck), actors(of))], []
    for turn in range(of.turns):
        orders = tuple(order for role in of.roles for order in bot_orders(of, role, worlds[-1], turn + 1))
        scripts.append(orders)
        worlds.append(resolve(of, worlds[-1], orders, of.instants[turn + 1]).snapshot)
    return worlds, scripts


@every_exercise
@settings(derandomize=True, deadline=None, max_examples=8)
@given(luck=st.integers(0, 2**32))
def test_turn_by_turn_is_one_unbroken_script(files, luck):
    """All orders as one script from the first instant give the bytes of the world that was resolved turn by turn."""
    of = exercise(files)
    worlds, scripts = class_of_bots(of, luck)
    whole = resolve(of, worlds[0], tuple(order for script in scripts for order in script), of.instants[-1])
    assert whole.snapshot.to_bytes() == worlds[-1].to_bytes()
    again, _ = class_of_bots(of, luck)
    assert [digest(each) for each in again] == [digest(each) for each in worlds]


@every_exercise
def test_a_turn_that_is_undone_and_resolved_again_is_the_same(files):
    """Going back is taking the earlier snapshot, also from its bytes; another order gives another world."""
    of = exercise(files)
    worlds, scripts = class_of_bots(of, 3)
    for turn, script in enumerate(scripts):
        kept = Snapshot.from_bytes(worlds[turn].to_bytes())
        assert digest(resolve(of, kept, script, of.instants[turn + 1]).snapshot) == digest(worlds[turn + 1])
    changed = next(turn for turn, script in enumerate(scripts) if script)
    other = resolve(of, worlds[changed], (), of.instants[changed + 1]).snapshot
    assert digest(other) != digest(worlds[changed + 1])


@every_exercise
def test_bots_order_what_they_can_and_no_two_orders_of_one_bot_clash(files):
    """Nothing that a bot orders is held, but for what clashes with another seat's order; and bots do order."""
    of, ordered, held = exercise(files), 0, []
    for luck in range(30):
        worlds, scripts = class_of_bots(of, luck)
        for before, script, end in zip(worlds, scripts, of.instants[1:], strict=False):
            ordered += len(script)
            held += [each for each in resolve(of, before, script, end).held if "in one instant" not in each.why]
    assert held == []
    assert ordered > 30


BOTS = (
    HEAD
    + """
state:
  a: {initial: 0, seen_by: [north], assumption: invented}
  b: {initial: 0, seen_by: [south], assumption: invented}
events:
  up: {actor: north, while: a < 9, rate: 0 / 1 day, effect: {a: a + 1}, play: {help: Up}, assumption: invented}
  down: {actor: north, while: a > -9, rate: 0 / 1 day, effect: {a: a - 1}, play: {help: Down}, assumption: invented}
  go: {actor: south, while: b < 9, rate: 0 / 1 day, effect: {b: b + 1}, play: {help: Go}, assumption: invented}
  come: {actor: south, while: b > -9, rate: 0 / 1 day, effect: {b: b - 1}, play: {help: Come}, assumption: invented}
measures:
  last: {final: a + b}
classroom:
  turn: 10 days
  roles:
    north: {sees: [a], orders: [up, down]}
    south: {sees: [b], orders: [go, come]}
"""
)


def test_a_bot_takes_each_choice_by_chance_of_its_own_and_never_two_that_clash():
    """A third of the time the first; the second where the first is not taken; by seat and turn independently."""
    of, turns = exercise_from(BOTS), range(1, 71)
    taken = []
    for luck in range(500):
        world = begin(of, Point(of.model.policies[0].name, luck, luck), actors(of))
        taken += [[[each.choice for each in bot_orders(of, role, world, turn)] for role in of.roles] for turn in turns]
    every = [orders for turn in taken for orders in turn]
    assert max(len(each) for each in every) == 1
    for choices, exact in ((("up", "go"), 1 / 3), (("down", "come"), 2 / 9)):
        share = sum(each in ([choices[0]], [choices[1]]) for each in every) / len(every)
        error = 4.0 * sqrt(exact * (1.0 - exact) / len(every))
        assert error < 0.03 * exact, "this could not tell 3 % from nothing"
        assert abs(share - exact) < error
    first = [[orders in (["up"], ["go"]) for orders in turn] for turn in taken]
    seats = [north == south for north, south in first]
    later = [one[0] == other[0] for one, other in zip(first[::2], first[1::2], strict=True)]
    for alike in (seats, later):
        assert abs(sum(alike) / len(alike) - 5 / 9) < 4.0 * sqrt(5 / 9 * 4 / 9 / len(alike))


@every_exercise
def test_a_practice_turn_has_other_luck_in_the_same_world(files):
    """What it shows is no hint of the turns that count."""
    of = exercise(files)
    plain = point(of, 5)
    other = practice_of(plain)
    assert (other.future, other.seed, other.policy) == (plain.future, plain.seed, plain.policy)
    first, second = (resolve(of, begin(of, each, actors(of)), (), of.instants[1]).snapshot for each in (plain, other))
    assert digest(first) != digest(second)


@every_exercise
def test_odds_are_alike_on_both_engines(files, monkeypatch):
    """The branches of the compiled engine are those of the other."""
    of = exercise(files)
    before = class_of_bots(of, 7)[0][1]
    fast = odds(of, before, 40)
    monkeypatch.setattr(debrief_replay, "compiled_of", lambda model: None)
    assert odds(of, before, 40) == fast
    nobody, model = fast
    assert nobody != model
    assert set() < nobody.keys() <= model.keys()
    assert all(low <= value <= high for told in fast for value, low, high in told.values())


# ---------------------------------------------------------------------- handing over


@every_exercise
@settings(derandomize=True, deadline=None, max_examples=6)
@given(luck=st.integers(0, 2**32), turn=st.integers(0, 3))
def test_handing_over_at_the_start_is_beginning_so(files, luck, turn):
    """A world in which the model takes every seat at the first instant is the one in which nobody ever sat."""
    of = exercise(files)
    handed = tuple(HandOver(0, actor, "model") for actor in actors(of) if has_choices(of, actor))
    played = resolve(of, begin(of, point(of, luck), actors(of)), handed, of.instants[-1]).snapshot
    alone = Simulation(program_of(of.model), point(of, luck))
    alone.run()
    assert played.values == alone.save().values
    assert played.fired == alone.save().fired


def has_choices(of: Exercise, actor: str) -> bool:
    return any(choice.actor == actor for choice in of.model.choices)


@every_exercise
def test_who_is_handed_over_and_back_at_once_is_as_before(files):
    """A person's clocks are at rest again, and what comes after is what would have come."""
    of = exercise(files)
    worlds, _ = class_of_bots(of, 11)
    for turn, before in enumerate(worlds[:-1]):
        actor = next(each for each in actors(of) if has_choices(of, each))
        both = (HandOver(before.instant, actor, "model"), HandOver(before.instant, actor, "person"))
        swapped = resolve(of, before, both, of.instants[turn + 1]).snapshot
        plain = resolve(of, before, (), of.instants[turn + 1]).snapshot
        if not happened_at_once(of, before, actor):
            assert swapped.values == plain.values
        assert swapped.played == plain.played


def happened_at_once(of: Exercise, before: Snapshot, actor: str) -> bool:
    """Whether the model would choose in the very instant in which it takes over."""
    rules = {name for each in of.model.choices if each.actor == actor for name in (each.rule, *each.helpers)}
    once = resolve(of, before, (HandOver(before.instant, actor, "model"),), before.instant)
    return any(firing.rule in rules for firing in once.firings)


def test_the_model_goes_on_where_a_seat_is_left_and_stops_when_it_is_taken():
    """Handed to the model for two turns, the North prepares; handed back, it does no more of its own accord."""
    scenario = read_scenario(Path(__file__).with_name("small.yaml")).scenario
    of = exercise_of(scenario, build(scenario))
    firings = []
    for luck in range(20):
        start = begin(of, point(of, luck), ("north", "south"))
        left = resolve(of, start, (HandOver(0, "north", "model"),), of.instants[1])
        taken = resolve(of, left.snapshot, (HandOver(of.instants[1], "north", "person"),), of.instants[-1])
        firings.append(tuple(sum(each.rule == "march" for each in part.firings) for part in (left, taken)))
        assert (left.snapshot.played, taken.snapshot.played) == (("south",), ("north", "south"))
    assert sum(first for first, _ in firings) > 40
    assert [second for _, second in firings] == [0] * 20


def test_who_has_nothing_to_choose_is_handed_to_nobody():
    """The input is held with the reason, and the rest of the turn goes on."""
    of = exercise(FLAGSHIP)
    start = begin(of, point(of, 1), actors(of))
    done = resolve(of, start, (HandOver(0, "nobody", "model"),), of.instants[1])
    assert [each.why for each in done.held] == ["'nobody' has no choices to hand over"]
    assert digest(done.snapshot) == digest(resolve(of, start, (), of.instants[1]).snapshot)


def test_a_world_that_fails_says_why_and_stays_there():
    """What is set beyond a range fails the trajectory; nothing later is carried out."""
    scenario = read_scenario(Path(__file__).with_name("small.yaml")).scenario
    of = exercise_of(scenario, build(scenario))
    inputs = (Put(0, {"mood": 7.0}), Force(0, "march"), Decide(0, "march"))
    done = resolve(of, begin(of, point(of, 0), ("north", "south")), inputs, of.instants[1])
    assert done.snapshot.failure is not None
    assert "outside its range" in done.snapshot.failure.message
    assert len(done.held) == 2
