"""Odds given what a seat had seen are Bayes' (1763), as exactly as worlds are sampled."""

from functools import cache
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import lognorm, norm

from escalation.chance.quantiles import lognormal, normal
from escalation.classroom.debrief_seen import FEWEST, ONWARD, copies_of, odds_given_seen, seen_by_turn, weighed_turns
from escalation.classroom.debrief_told import _density, screen_of
from escalation.classroom.record import Record
from tests.classroom.toys import HEAD, exercise_from, played

Z = 4.0
"""A fair estimate is further off than so many standard errors once in 16,000 times."""
WORLDS = 400
PRIOR, MISS, ALARM, SIGMA = 0.3, 0.05, 0.1, 0.2

GUILT = (
    HEAD
    + f"""
uncertainties:
  guilty: {{value: bernoulli({PRIOR:.0%}), assumption: invented}}
  known_to_north: {{value: "uniform(0, 1)", assumption: invented}}
state:
  guilt: {{initial: guilty, seen_by: [north], assumption: invented}}
  size: {{initial: 150 if guilty else 100, seen_by: [], assumption: invented}}
  acted: {{initial: false, assumption: invented}}
  reacted: {{initial: false, assumption: invented}}
  dug: {{initial: false, seen_by: [], assumption: invented}}
  drift: {{initial: 0, assumption: invented}}
events:
  act:
    actor: north
    while: not acted
    rate: 1 / 9 days
    draw: {{push: "uniform(0, 1)"}}
    effect: {{acted: true, drift: push}}
    play: {{help: Act}}
    assumption: invented
  dig: {{actor: north, while: drift > 0, rate: 0 / 1 day, effect: {{dug: true}}, play: {{help: Dig}}}}
  wait: {{actor: south, while: not acted, rate: 0 / 1 day, effect: {{reacted: reacted}}, play: {{help: Wait}}}}
  wander: {{every: 1 day, effect: {{drift: "drift + normal(0, 1)"}}, assumption: invented}}
  react: {{when: spotted.spy, effect: {{reacted: true}}}}
intelligence:
  spotted:
    of: guilt
    seen_by: [south]
    reports:
      spy: {{every: 4 days, miss: {MISS:.0%}, false_alarm: {ALARM:.0%}, assumption: invented}}
  counted:
    of: size
    seen_by: [south]
    reports:
      scout:
        every: 3 days
        lag: lognormal(median=1 day, sigma=0.3)
        error: lognormal(median=1, sigma={SIGMA})
        assumption: invented
measures:
  was_guilty: {{ever: guilt}}
  who_acted: {{ever: acted}}
  drifted: {{final: drift}}
classroom:
  turn: 4 days
  roles:
    north: {{sees: [guilt, known_to_north, acted, drift], orders: [act, dig]}}
    south: {{sees: [SEES], orders: [wait]}}
"""
)


@cache
def record(sees: str, luck: int, *orders: str) -> Record:
    """A class whose South sees so; the North gives these orders in turn 2, or none ever."""
    return played(exercise_from(GUILT.replace("SEES", sees)), {2: orders}, luck)


def bayes(prior: float, likelihoods: list[tuple[float, float]]) -> float:
    """The chance of the first state after independent reports, each with its likelihood in both states."""
    first, second = prior, 1.0 - prior
    for one, other in likelihoods:
        first, second = first * one, second * other
    return first / (first + second)


def sampled_prior(of: Record) -> float:
    """The share of guilty worlds among those that are sampled."""
    first = next(iter(weighed_turns(of, "south", 1, WORLDS)))
    return sum(bool(world.values["guilty"]) for world in first.worlds) / len(first.worlds)


def reports_of(of: Record, name: str, turn: int) -> list[float]:
    """What the class's South had read by a turn, each observation once."""
    found = {
        each.snapshot_before.values[f"{name}#observed"]: each.snapshot_before.values[name]
        for each in of.turns
        if each.turn <= turn and each.snapshot_before.values[f"{name}.known"]
    }
    return [float(value) for value in found.values()]


def chance_of_guilt(said: list[float], prior: float = PRIOR, miss: float = MISS) -> float:
    """Bayes' answer after the spy's reports."""
    return bayes(prior, [(1.0 - miss, ALARM) if each else (miss, 1.0 - ALARM) for each in said])


@pytest.mark.parametrize("luck", [0, 2])
def test_a_report_that_can_be_wrong_is_weighed_as_bayes_has_it(luck):
    """The first report's weights are exact, given the worlds that were sampled; a rate that is 3 % wrong is found."""
    of = record("spotted.spy", luck)
    _, second = weighed_turns(of, "south", 2, WORLDS)
    said = reports_of(of, "spotted.spy", 2)
    assert len(said) == 1
    rows = zip(second.weights, second.worlds, strict=True)
    found = sum(weight for weight, world in rows if world.values["guilty"])
    assert found == pytest.approx(chance_of_guilt(said, sampled_prior(of)), abs=1e-8)
    assert abs(found - chance_of_guilt(said, sampled_prior(of), 1.03 * MISS)) > 1e-4


@pytest.mark.parametrize("luck", [0, 2])
def test_the_odds_given_what_was_seen_match_bayes(luck):
    """After each of three reports, within what the number of worlds allows."""
    of = record("spotted.spy", luck)
    for seen in seen_by_turn(of, "south", WORLDS):
        said = reports_of(of, "spotted.spy", seen.turn)
        assert len(said) == seen.turn - 1
        posterior = chance_of_guilt(said)
        slope = (chance_of_guilt(said, PRIOR + 1e-4) - chance_of_guilt(said, PRIOR - 1e-4)) / 2e-4
        error = slope * sqrt(PRIOR * (1.0 - PRIOR) / WORLDS)
        rounded = 2.0 * sqrt(posterior * (1.0 - posterior) * (1.0 / ONWARD + (seen.turn - 1) / WORLDS))
        if seen.enough:
            assert abs(seen.odds["was_guilty"].value - posterior) <= Z * error + rounded


@pytest.mark.parametrize("luck", [0, 2])
def test_the_weights_of_a_noisy_number_are_the_density_of_its_error(luck):
    """By SciPy's lognormal density, with a lag between observation and screen; an error 3 % wider is found."""
    of = record("counted.scout", luck)
    for weighed in weighed_turns(of, "south", None, WORLDS):
        said = reports_of(of, "counted.scout", weighed.turn.turn)
        if len(said) != 1:
            continue

        def exact(sigma: float, said: float = said[0]) -> float:
            law = (lognorm(sigma, scale=scale).pdf(said) for scale in (150.0, 100.0))
            return bayes(sampled_prior(of), [tuple(law)])

        guilty = zip(weighed.weights, weighed.worlds, strict=True)
        found = sum(weight for weight, world in guilty if world.values["guilty"])
        assert found == pytest.approx(exact(SIGMA), abs=1e-6)
        assert abs(found - exact(1.03 * SIGMA)) > 1e-4


def test_what_the_seat_had_read_is_what_it_reads_in_every_world():
    """A world takes over the class's reports, dates and all, and what follows from reading them."""
    of = record("spotted.spy, counted.scout", 1)
    for weighed in weighed_turns(of, "south", None, 60):
        own = weighed.turn.snapshot_before.values
        for world in weighed.worlds:
            for name in ("spotted.spy", "counted.scout", "spotted.spy.known", "counted.scout#observed"):
                assert str(world.values[name]) == str(own[name])


def test_what_a_seat_knows_for_certain_is_so_in_every_world():
    """An uncertainty on its screen, and a state that begins as one, are those of the class; others vary."""
    of = record("spotted.spy", 2)
    own = of.beginning.values
    assert screen_of(of, "north").given == {"guilty": own["guilty"], "known_to_north": own["known_to_north"]}
    first = next(iter(weighed_turns(of, "north", 1, 40)))
    assert {world.values["known_to_north"] for world in first.worlds} == {own["known_to_north"]}
    assert len({world.values["known_to_north"] for world in weighed_turns(of, "south", 1, 40).__next__().worlds}) > 30


@pytest.mark.parametrize("orders", [("act",), ("act", "act")], ids=["once", "twice, the second refused"])
def test_a_seat_has_seen_what_its_own_orders_drew(orders):
    """The push of the North's act is the class's in the North's worlds, and other luck's in the South's."""
    of = record("acted", 3, *orders)
    assert len(of.turns[1].held) == len(orders) - 1
    pushed = of.turns[-1].snapshot_after.values["act.push"]
    *_, north = weighed_turns(of, "north", 4, 60)
    assert {world.values["act.push"] for world in north.worlds} == {pushed}
    *_, south = weighed_turns(of, "south", 4, 60)
    assert len({world.values["act.push"] for world in south.worlds}) > 30


@pytest.mark.parametrize("luck", [0, 1, 2, 3])
def test_a_seat_has_seen_whether_its_own_order_was_carried_out(luck):
    """The North's digging needs a drift that it sees nearly; worlds where it went otherwise are none of its."""
    of = record("spotted.spy", luck, "dig")
    own = of.turns[-1].snapshot_before.values["dug"]
    assert own == (of.turns[1].snapshot_before.values["drift"] > 0)
    *_, north = weighed_turns(of, "north", 4, WORLDS)
    assert {world.values["dug"] for world in north.worlds} == {own}
    *_, south = weighed_turns(of, "south", 4, WORLDS)
    assert {world.values["dug"] for world in south.worlds} == {True, False}


def test_none_of_the_worlds_is_the_class_s_own():
    """Its future and luck would agree with all that was seen, and tell what did happen for what could have been."""
    of = record("spotted.spy", 0)
    first = next(iter(weighed_turns(of, "south", 1, 40)))
    points = [world.point for world in first.worlds]
    assert len({(each.future, each.luck) for each in points}) == 40
    assert of.point.future not in {each.future for each in points}
    assert of.point.luck not in {each.luck for each in points}


def test_worlds_that_are_drawn_again_go_on_with_luck_of_their_own():
    """Copies of one world are as many futures of it: none is another's double."""
    *_, last = weighed_turns(record("spotted.spy", 0), "south", 4, WORLDS)
    assert len(set(last.futures)) < 0.6 * len(last.futures)
    assert len({(world.point, world.branches) for world in last.worlds}) == len(last.worlds)
    assert len({world.values["drift"] for world in last.worlds}) == len(last.worlds)


def test_a_number_that_is_seen_exactly_is_met_nearly():
    """The drift of the North's worlds lies about the class's, closer than it would by chance."""
    of = record("spotted.spy", 0)
    *_, last = weighed_turns(of, "north", 4, WORLDS)
    own = last.turn.snapshot_before.values["drift"]
    rows = zip(last.weights, last.worlds, strict=True)
    off = sum(weight * (world.values["drift"] - own) ** 2 for weight, world in rows)
    assert off < (2.0 * last.width) ** 2 * 12.0


def test_too_few_worlds_are_refused():
    """Below the stated floor no odds are told, but why."""
    found = odds_given_seen(record("spotted.spy", 0), "south", 2, 20)
    assert not found.enough
    assert found.odds == found.effect == {}
    assert found.effective < FEWEST
    assert found.sentence.startswith("Too few futures agree with what the seat had seen: n_eff = ")
    with pytest.raises(ValueError, match="no turn 9"):
        odds_given_seen(record("spotted.spy", 0), "south", 9, 20)


def test_the_effect_of_a_seat_that_held_is_exactly_zero_and_that_of_an_act_is_not():
    """The South ordered nothing; the North's act is what brought about that it acted."""
    of = record("spotted.spy", 3, "act")
    south = odds_given_seen(of, "south", 2, WORLDS)
    assert {(each.value, each.low, each.high) for each in south.effect.values()} == {(0.0, 0.0, 0.0)}
    north = odds_given_seen(of, "north", 2, WORLDS)
    assert (north.odds["who_acted"].value, north.effect["who_acted"].value) == (1.0, 1.0)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(middle=st.floats(0.1, 50.0), sigma=st.floats(0.02, 1.5), z=st.floats(-4.0, 4.0))
def test_a_density_is_that_of_the_distribution(middle, sigma, z):
    """By inverting the quantile, for errors that rise and that fall with their uniform; against SciPy."""
    said = middle * 2.718281828459045 ** (sigma * z)
    rising = _density(lambda u: lognormal(u, middle, sigma), said)
    assert rising == pytest.approx(lognorm(sigma, scale=middle).pdf(said), rel=1e-5)
    falling = _density(lambda u: 1.0 - normal(u, middle, sigma), 1.0 - middle + sigma * z)
    assert falling == pytest.approx(norm(1.0 - middle, sigma).pdf(1.0 - middle + sigma * z), rel=1e-5)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(parts=st.lists(st.floats(0.001, 1.0), min_size=1, max_size=30), start=st.floats(1e-9, 1 - 1e-9))
def test_worlds_are_drawn_again_by_their_weight(parts, start):
    """Each as often as its weight says, rounded up or down, and together as many as asked for."""
    weights = [each / sum(parts) for each in parts]
    copies = copies_of(weights, 50, start)
    assert abs(sum(copies) - 50) <= 1
    assert all(abs(found - 50 * weight) < 1.0 + 1e-9 for found, weight in zip(copies, weights, strict=True))


LOOKED_AT = (
    HEAD
    + """
uncertainties:
  alone: {value: "uniform(0, 1)", assumption: invented}
  upon: {value: "uniform(0, alone)", assumption: invented}
  one: {value: "normal(0, 1)", assumption: invented}
  other: {value: "normal(0, 1)", assumption: invented}
together:
  - {of: [one, other], correlation: 0.5, assumption: invented}
state:
  men: {initial: 100, seen_by: [], assumption: invented}
  from_alone: {initial: alone, seen_by: [north], assumption: invented}
events:
  grow: {every: 1 day, effect: {men: men + 1}, assumption: invented}
  act: {actor: north, rate: 0 / 1 day, effect: {men: men + 9}, play: {help: Act}, assumption: invented}
  wait: {actor: south, rate: 0 / 1 day, effect: {men: men}, play: {help: Wait}, assumption: invented}
intelligence:
  newest:
    of: men
    seen_by: [north]
    combine: latest
    reports:
      slow: {every: 5 days, error: "lognormal(median=1, sigma=0.1)", assumption: invented}
      fast: {every: 3 days, error: "lognormal(median=1, sigma=0.1)", assumption: invented}
  middle:
    of: men
    seen_by: [north]
    combine: mean
    reports:
      here: {every: 4 days, error: "lognormal(median=1, sigma=0.1)", assumption: invented}
      there: {every: 4 days, error: "lognormal(median=1, sigma=0.1)", assumption: invented}
measures:
  last: {final: men}
classroom:
  turn: 4 days
  roles:
    north: {sees: [alone, upon, one, from_alone, newest, middle, middle.here, middle.there], orders: [act]}
    south: {sees: [], orders: [wait]}
"""
)


def test_how_what_a_seat_looks_at_is_weighed():
    """Free uncertainties are given; one that hangs on another, or varies with another, is compared like any number.

    The newest of two reports is that of the source observed last; a mean whose sources are on the screen is no news.
    """
    of = played(exercise_from(LOOKED_AT), {})
    screen = screen_of(of, "north")
    assert set(screen.given) == {"alone"}
    assert set(screen.sources) == {"middle.here", "middle.there"}
    assert [each.path for each in screen.latest] == ["newest"]
    assert not {"middle", "middle.here", "newest"} & set(screen.compared)
    assert {"upon", "one"} <= set(screen.compared)
    day = 86_400_000
    told = {each.source: each.observed // day for each in screen.reports(of.turns[-1].snapshot_after)}
    assert told == {"middle.here": 20, "middle.there": 20, "newest.slow": 20}
    told = {each.source: each.observed // day for each in screen.reports(of.turns[2].snapshot_after)}
    assert told == {"middle.here": 12, "middle.there": 12, "newest.fast": 12}
