"""Odds given what a seat had seen: many worlds under the class's orders, weighed by how well they agree with it.

A particle filter (Gordon, Salmond and Smith 1993). Each world has a future and luck of its own. All seats' orders are
played in it as they were (an impossible one becomes hold); at the start of each turn it is weighed by the seat's
screen of that moment:

- a report by a source's own error model, at the instant of its observation; the report is then put into the world,
  since the seat reads that and no other;
- whether the seat's own orders could be carried out: exactly;
- a truth, a rung, a word or a count: exactly;
- any other number, as it is on the screen then and not on earlier ones: by a normal kernel of the narrowest width,
  between NARROW and WIDE of the number's spread among the worlds, that leaves ENOUGH of them effective. That is an
  approximation (approximate Bayesian computation), and so is leaving out what a source's silence tells;
- an uncertainty that the seat knows is fixed beforehand.

Where few worlds carry the weight they are drawn again by it, copies going on with luck of their own; a future and all
that came of it is one sample.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import exp, floor, isnan, log
from typing import TYPE_CHECKING

from escalation.chance.streams import Streams
from escalation.classroom.debrief_replay import Replayed, replay, script_from
from escalation.classroom.debrief_told import (
    Screen,
    Told,
    as_it_went,
    likelihood,
    own_orders,
    reading,
    screen_of,
)
from escalation.classroom.outcomes import told
from escalation.classroom.record import Record, TurnRecord
from escalation.classroom.world import program_of
from escalation.engines.branching import Branching
from escalation.engines.playing import play
from escalation.engines.simpy import Simulation
from escalation.model.script import Decide, Held
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Point
from escalation.statistics.estimate import Estimate
from escalation.statistics.reweighted import kish, reweighted_mean, reweighted_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WORLDS = 800
FEWEST = 30.0
"""Fewer effective worlds than this tell nothing that is worth showing."""
ENOUGH = 60.0
NARROW, WIDE = 0.2, 1.0
"""The kernel's standard deviation over that of the number: the narrow one widens what is told by 2 %."""
ONWARD = 400
"""At most so many worlds go on to the end, each counted by its weight."""
AGAIN = 0.5
"""Worlds are drawn again by their weight once their effective number is below this share of them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What may come, as far as a seat could tell when it gave its orders for a turn.

    odds: the share (of `ever`) or mean of each measure under the orders of the class. effect: those minus the same
    with this seat holding in this turn; exactly 0 where it ordered nothing. Both are empty unless there is enough.
    effective: how many independent worlds of equal weight tell as much (Kish 1965), of `worlds` sampled.
    width: within how much of its spread a number without a date was met.
    """

    actor: str
    turn: int
    odds: dict[str, Estimate]
    effect: dict[str, Estimate]
    effective: float
    worlds: int
    width: float

    @property
    def enough(self) -> bool:
        """Whether enough worlds agree with what the seat had seen."""
        return self.effective >= FEWEST

    @property
    def sentence(self) -> str:
        """Why nothing is told, or how much it rests on."""
        if self.enough:
            return f"{self.worlds:,} worlds, weighed by what the seat had seen, tell as much as {self.effective:.0f}."
        return f"Too few futures agree with what the seat had seen: n_eff = {self.effective:.0f} of {self.worlds:,}."


@dataclass(slots=True)
class World:
    """One of the worlds. future: its place among those sampled. weight, near: logarithms; said: of reports, by turn.

    near: what the numbers on the present screen add, at a kernel as wide as their spread. observed: what sources
    without an error to invert would have said, by report.
    """

    simulation: Simulation
    future: int
    weight: float = 0.0
    near: float = 0.0
    said: dict[int, float] = field(default_factory=dict)
    observed: dict[Told, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Worlds as a seat could believe them at the start of a turn; weights sum to 1. Without a world, none agrees.

    width: of the kernel.
    """

    turn: TurnRecord
    worlds: tuple[Snapshot, ...]
    weights: tuple[float, ...]
    futures: tuple[int, ...]
    width: float


def odds_given_seen(record: Record, actor: str, turn: int, count: int = WORLDS) -> Seen:
    """The odds as the seat could see them when it gave its orders for a turn.

    Raises:
        KeyError: the actor has no role.
        ValueError: there is no such turn in the record.
        CannotBranch: a delay that runs cannot be drawn again.
    """
    if turn not in [each.turn for each in record.turns]:
        raise ValueError(f"there is no turn {turn} in the record")
    *_, last = weighed_turns(record, actor, turn, count)
    return seen_of(record, actor, last, count)


def seen_by_turn(record: Record, actor: str, count: int = WORLDS) -> tuple[Seen, ...]:
    """`odds_given_seen` of every turn, at the cost of the last one's worlds and each one's going on.

    Raises:
        KeyError, CannotBranch: as there.
    """
    return tuple(seen_of(record, actor, each, count) for each in weighed_turns(record, actor, None, count))


def seen_of(record: Record, actor: str, weighed: Weighed, count: int) -> Seen:
    """What comes of weighed worlds, as the class ordered and with the seat holding in this turn."""
    effective = kish(weighed.weights, weighed.futures)
    if effective < FEWEST:
        return Seen(actor, weighed.turn.turn, {}, {}, effective, count, weighed.width)
    exercise, turn = record.exercise, weighed.turn
    taken = [(place, copies) for place, copies in enumerate(copies_of(weighed.weights, ONWARD, 0.5)) if copies]
    worlds = [weighed.worlds[place] for place, _ in taken]
    later, choices = script_from(record, turn.turn + 1), exercise.role(actor).choices
    held = tuple(item for item in turn.inputs if not (isinstance(item, Decide) and item.choice in choices))
    was = replay(exercise, worlds, (*turn.inputs, *later))
    hold = was if held == turn.inputs else replay(exercise, worlds, (*held, *later))
    weights, futures = [float(copies) for _, copies in taken], [weighed.futures[place] for place, _ in taken]
    odds, effect = _odds(record, was, weights, futures), _effect(record, was, hold, weights, futures)
    return Seen(actor, turn.turn, odds, effect, effective, count, weighed.width)


def _odds(record: Record, was: Replayed, weights: Sequence[float], futures: Sequence[int]) -> dict[str, Estimate]:
    found = {}
    for item in told(record.exercise.model):
        estimate_of = reweighted_share if item.how == "ever" else reweighted_mean
        estimate = _estimate(estimate_of, was.values[item.name], weights, futures)
        if estimate is not None:
            found[item.name] = estimate
    return found


def _effect(
    record: Record, was: Replayed, hold: Replayed, weights: Sequence[float], futures: Sequence[int]
) -> dict[str, Estimate]:
    found = {}
    for item in told(record.exercise.model):
        both = zip(was.values[item.name], hold.values[item.name], strict=True)
        estimate = _estimate(reweighted_mean, [one - other for one, other in both], weights, futures)
        if estimate is not None:
            found[item.name] = estimate
    return found


def _estimate(
    of: Callable[..., Estimate], values: Sequence[float], weights: Sequence[float], futures: Sequence[int]
) -> Estimate | None:
    """Over the worlds that have a value; None where none has."""
    kept = [place for place, value in enumerate(values) if value == value]
    columns = ([column[place] for place in kept] for column in (values, weights, futures))
    return of(*columns) if kept else None


# ---------------------------------------------------------------------- worlds, turn by turn


def weighed_turns(record: Record, actor: str, last: int | None, count: int) -> Iterator[Weighed]:
    """Worlds weighed by the seat's screen at the start of each turn up to the last one asked for."""
    screen = screen_of(record, actor)
    turns = [turn for turn in record.turns if last is None or turn.turn <= last]
    reports = _reports(screen, turns)
    worlds = _beginnings(record, screen, count)
    for place, turn in enumerate(turns):
        _look(record, screen, turn, worlds, reports)
        worlds = _settled(record, screen, turn, worlds)
        snapshots = tuple(world.simulation.save() for world in worlds)
        width, weights = _narrowest(worlds)
        yield Weighed(turn, snapshots, tuple(weights), tuple(world.future for world in worlds), width)
        if place + 1 < len(turns) and worlds:
            until = turns[place + 1].snapshot_before.instant
            for world in worlds:
                _go_on(record, screen, turn, world, reports, until)


def _beginnings(record: Record, screen: Screen, count: int) -> list[World]:
    """Worlds at the first instant, none of them the class's, in which the seat's certainties hold."""
    own, program = record.point, program_of(record.exercise.model)
    worlds = []
    for place in range(1, count + 1):
        point = Point(own.policy, own.future + place, own.luck + place, own.seed)
        simulation = Simulation(program, point, played=record.beginning.played, given=screen.given)
        simulation.run(0)
        worlds.append(World(simulation, place))
    return worlds


def _reports(screen: Screen, turns: Sequence[TurnRecord]) -> dict[Told, int]:
    """Every report that the seat had read by then, with the first turn in which it was on the screen."""
    found: dict[Told, int] = {}
    for turn in turns:
        for report in screen.reports(turn.snapshot_before):
            found.setdefault(report, turn.turn)
    return found


def _go_on(
    record: Record, screen: Screen, turn: TurnRecord, world: World, reports: dict[Told, int], until: int
) -> None:
    """Play a turn, asking each report's source at the instant of its observation."""
    simulation, script = world.simulation, as_it_went(record.exercise, screen, turn)
    due = sorted((each for each in reports if simulation.now < each.observed <= until), key=lambda each: each.observed)
    refused: list[Held] = []
    for report in due:
        refused += play(simulation, tuple(item for item in script if simulation.now <= item.instant < report.observed))
        script = tuple(item for item in script if item.instant >= report.observed)
        simulation.run(report.observed)
        if simulation.failure is not None:
            break
        _ask(world, report, reports[report])
    if simulation.failure is None:
        refused += play(simulation, script)
        simulation.run(until)
    wanted = own_orders(screen, tuple(each.input for each in turn.held))
    if simulation.failure is not None or own_orders(screen, tuple(each.input for each in refused)) != wanted:
        world.weight = float("-inf")


def _ask(world: World, report: Told, turn: int) -> None:
    chance = likelihood(world.simulation, report)
    if isnan(chance):
        world.observed[report] = reading(world.simulation, report)
        chance = 1.0
    world.said[turn] = world.said.get(turn, 0.0) + (log(chance) if chance > 0.0 else float("-inf"))


def _look(record: Record, screen: Screen, turn: TurnRecord, worlds: Sequence[World], reports: dict[Told, int]) -> None:
    """Weigh worlds by what is on the screen as a turn begins, and let them read what the seat reads."""
    imposed = screen.imposed(turn.snapshot_before)
    for world in worlds:
        world.weight += world.said.pop(turn.turn, 0.0)
        world.near = 0.0
        if imposed and _possible(world):
            world.simulation.set_from_outside("what the seat had read", imposed, hidden=True)
            world.simulation.run(world.simulation.now)
    alive = [world for world in worlds if _possible(world)]
    slots = program_of(record.exercise.model).slots
    for name in screen.compared:
        said = turn.snapshot_before.values[name]
        if said is not None:
            found = [float(world.simulation.s[slots[name]]) for world in alive]
            _compare(alive, found, float(said), isinstance(said, float))
    for report, first in reports.items():
        if first == turn.turn:
            asked = [world for world in alive if report in world.observed]
            numeric = isinstance(report.value, float)
            _compare(asked, [world.observed[report] for world in asked], float(report.value), numeric)


def _possible(world: World) -> bool:
    return world.simulation.failure is None and world.weight > float("-inf")


def _compare(worlds: Sequence[World], found: Sequence[float], said: float, numeric: bool) -> None:
    """Weigh worlds by how near what was found in each lies to what was seen; a world without a number has to be so."""
    import numpy as np

    if not worlds:
        return
    values = np.array(found)
    if isnan(said):
        agrees = np.isnan(values)
        nearness = np.zeros(len(values))
    else:
        spread = _spread(values, np.array([world.weight for world in worlds])) if numeric else 0.0
        agrees = np.abs(values - said) <= (1e-9 * abs(said) if spread == 0.0 else np.inf)
        nearness = -0.5 * ((values - said) / spread) ** 2 if spread > 0.0 else np.zeros(len(values))
    for world, agreed, near in zip(worlds, agrees.tolist(), nearness.tolist(), strict=True):
        world.weight += 0.0 if agreed else float("-inf")
        world.near += near if agreed else 0.0


def _spread(values: "Floats", logs: "Floats") -> float:
    """Of the values that are known; 0 where all are whole numbers, which must be met."""
    import numpy as np

    known = ~np.isnan(values) & (logs > -np.inf)
    numbers, weights = values[known], np.exp(logs[known] - logs[known].max(initial=-np.inf))
    if not numbers.size or (numbers == np.round(numbers)).all():
        return 0.0
    middle = np.average(numbers, weights=weights)
    return float(np.sqrt(np.average((numbers - middle) ** 2, weights=weights)))


def _settled(record: Record, screen: Screen, turn: TurnRecord, worlds: list[World]) -> list[World]:
    """Worlds that are still possible; drawn again by their lasting weight where a few carry it all."""
    alive = [world for world in worlds if _possible(world)]
    weights = _weights([world.weight for world in alive])
    if alive and 1.0 / sum(weight * weight for weight in weights) < AGAIN * len(worlds):
        return _drawn_again(record, screen, turn, alive, weights, len(worlds))
    return alive


def _narrowest(worlds: Sequence[World]) -> tuple[float, list[float]]:
    """The narrowest kernel that leaves enough worlds, or the widest, and the weights by it."""
    futures = [world.future for world in worlds]

    def weights(width: float) -> list[float]:
        return _weights([world.weight + world.near / width**2 for world in worlds])

    def enough(width: float) -> bool:
        return kish(weights(width), futures) >= ENOUGH

    low, high = NARROW, WIDE
    if not worlds or enough(low) or not enough(high):
        width = low if not worlds or enough(low) else high
        return width, weights(width)
    for _ in range(12):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high, weights(high)


def _weights(logs: Sequence[float]) -> list[float]:
    """Weights that sum to 1, from logarithms."""
    heaviest = max(logs, default=0.0)
    total = sum(exp(each - heaviest) for each in logs)
    return [exp(each - heaviest) / total for each in logs]


def _drawn_again(
    record: Record, screen: Screen, turn: TurnRecord, worlds: Sequence[World], weights: Sequence[float], count: int
) -> list[World]:
    """Worlds of equal weight: a heavy one goes on in several copies, each with luck of its own."""
    stream = Streams(record.point.seed, record.point.luck).stream(f"seen/{screen.actor}")
    found: list[World] = []
    program = program_of(record.exercise.model)
    for world, copies in zip(worlds, copies_of(weights, count, stream.uniform(turn.turn)), strict=True):
        if copies:
            world.weight = 0.0
            found.append(world)
        if copies > 1:
            branching = Branching(program, world.simulation.save())
            for copy in range(1, copies):
                number = turn.turn * count + copy
                simulation = Simulation.resume(program, branching.branch(number))
                found.append(World(simulation, world.future, 0.0, world.near, dict(world.said), dict(world.observed)))
    return found


def copies_of(weights: Sequence[float], count: int, start: float) -> list[int]:
    """Systematic resampling (Kitagawa 1996): weight w of a sum of 1 is taken `count * w` times, rounded either way.

    start: a uniform.
    """
    reached, taken, found = 0.0, 0, []
    for weight in weights:
        reached += weight * count
        upto = max(taken, floor(reached - start) + 1)
        found.append(upto - taken)
        taken = upto
    return found
