"""What a seat had been told when it gave its orders: dated reports, other names on its screen, its orders' results.

A report stands here with the instant of its observation and its value. How likely it was in some world is the error
model's own answer: `likelihood` inverts what the source's rule computes of its one draw, whatever its distribution.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import erfc, exp, pi, sqrt
from typing import Any

from escalation.chance.quantiles import ParameterError
from escalation.classroom.exercise import Exercise, Role
from escalation.classroom.record import Record, TurnRecord
from escalation.engines.program import RuleCode
from escalation.engines.simpy import Simulation
from escalation.expressions.kinds import Truth
from escalation.expressions.tree import Draw, Name, names_in, walk
from escalation.model.intelligence import Sight, sights_of
from escalation.model.process import Value
from escalation.model.script import Decide, Script
from escalation.model.snapshot import Snapshot

SQRT1_2 = sqrt(0.5)
HALVINGS = 30
"""Of the interval of uniforms: a chance is found to 1e-9."""
FAR = 8.0
"""Nothing that lies this many standard deviations out is told apart from what cannot be."""
STEP = 1e-3
"""Of the normal quantile, to either side of a reading, when the slope there is taken."""


@dataclass(frozen=True, slots=True)
class Told:
    """One report on the seat's screen: its source (a path), when it was observed (milliseconds), what it says."""

    source: str
    observed: int
    value: Value


@dataclass(frozen=True, slots=True)
class Screen:
    """What a seat looks at, by how it is weighed.

    sources: paths of report sources. latest: sights that repeat the newest of their sources. compared: names that are
    set beside those of another world. given: uncertainties that it knows.
    """

    actor: str
    choices: frozenset[str]
    sources: tuple[str, ...]
    latest: tuple[Sight, ...]
    compared: tuple[str, ...]
    given: dict[str, Value]

    def reports(self, world: Snapshot) -> Iterator[Told]:
        """The newest report of each source that is known in a world."""
        newest = [
            (source, world.values[f"{sight.path}#observed"])
            for sight in self.latest
            for source in sight.sources
            if world.values[f"{source}#observed"] == world.values[f"{sight.path}#observed"]
        ]
        for source, at in [*((source, world.values[f"{source}#observed"]) for source in self.sources), *newest]:
            value = world.values[source]
            if at is not None and at >= 0 and value is not None:
                yield Told(source, int(at), value)

    def imposed(self, world: Snapshot) -> dict[str, Value]:
        """The readings on the screen, as they are put into every other world, with when they were observed."""
        paths = [*self.sources, *(sight.path for sight in self.latest)]
        found = {
            f"{path}{part}": world.values[f"{path}{part}"] for path in paths for part in ("", ".known", "#observed")
        }
        return {name: value for name, value in found.items() if value is not None}


def screen_of(record: Record, actor: str) -> Screen:
    """How what a seat sees is weighed. Raises KeyError when the actor has no role."""
    exercise = record.exercise
    role = exercise.role(actor)
    sights = [sight for reading in exercise.scenario.intelligence for sight in sights_of(reading)]
    sources = {f"{each.name}.{report.name}" for each in exercise.scenario.intelligence for report in each.reports}
    shown = {name for name in role.sees if name in sources}
    shown |= {sight.sources[0] for sight in sights if sight.path in role.sees and sight.combine == "source"}
    latest = tuple(sight for sight in sights if sight.path in role.sees and sight.combine == "latest")
    settled = {sight.path for sight in sights if set(sight.sources) <= shown or sight.combine == "latest"}
    compared = tuple(
        name for name in role.sees if name not in shown and name.removesuffix(".known") not in settled | shown
    )
    return Screen(actor, frozenset(role.choices), tuple(sorted(shown)), latest, compared, dict(_given(record, role)))


def _given(record: Record, role: Role) -> Iterator[tuple[str, Value]]:
    """Uncertainties on the screen, or as the first value of a state on it, that hang on no other uncertainty."""
    model = record.exercise.model
    bound = {name for each in model.together for name in each.names}
    bound |= {name for each in model.joint_draws for name in each.columns}
    every = {each.name for each in model.uncertainties}
    free = {each.name for each in model.uncertainties if not names_in(each.value) & every} - bound
    first = {each.name: each.initial.path for each in model.variables if isinstance(each.initial, Name)}
    for name in role.sees:
        found = name if name in free else first.get(name)
        value = record.beginning.values.get(name)
        if found in free and value is not None:
            yield found, value


def own_orders(screen: Screen, script: Script) -> Counter[str]:
    """How often each choice of the seat is among a script's orders."""
    return Counter(item.choice for item in script if isinstance(item, Decide) and item.choice in screen.choices)


def as_it_went(exercise: Exercise, screen: Screen, turn: TurnRecord) -> Script:
    """A turn's inputs with what the seat's own orders drew filled in, since it has seen what came of them."""
    rules = {name: exercise.choice(name) for name in screen.choices}
    # By what each is, not by what it says: of two equal orders one may have been carried out.
    held = {id(each.input) for each in turn.held}
    met: Counter[str] = Counter()
    script = []
    for item in turn.inputs:
        if isinstance(item, Decide) and item.choice in rules and id(item) not in held:
            choice = rules[item.choice]
            fired = [each for each in turn.firings if (each.rule, each.time) == (choice.rule, item.instant)]
            if met[choice.name] < len(fired):
                drawn = dict(fired[met[choice.name]].draws)
                known = {name.rpartition(".")[2]: drawn[name] for name in choice.draws if name in drawn}
                item = Decide(item.instant, item.choice, {**known, **item.draws})
            met[choice.name] += 1
        script.append(item)
    return tuple(script)


# ---------------------------------------------------------------------- how likely a report was


def likelihood(simulation: Simulation, told: Told) -> float:
    """The density (of a true/false thing: the chance) of a report's value, had its source observed this world now.

    A source that draws nothing says what is, and one that draws several numbers cannot be inverted: of both this is
    NaN, and `reading` is to be compared instead.
    """
    code = _observer(simulation, told.source)
    drawn = sum(isinstance(node, Draw) for each in code.rule.draws for node in walk(each.value))
    said = next(each.value for each in code.rule.draws if each.target == f"{code.rule.name}.value")
    truth = isinstance(getattr(said, "kind", None), Truth)
    if drawn == 0 or (drawn > 1 and not truth):
        return float("nan")
    value = _as_drawn(simulation, code)
    try:
        if truth:
            share = _share_below(value, 0.5)
            return 1.0 - share if told.value else share
        return _density(value, float(told.value))
    except ParameterError:
        return 0.0


def reading(simulation: Simulation, told: Told) -> float:
    """What the source would say of this world now, by the world's own luck."""
    code = _observer(simulation, told.source)
    return float(_realised(simulation, code, simulation.u, simulation.fired[code.rank]))


def _observer(simulation: Simulation, source: str) -> RuleCode:
    return simulation.program.rules[simulation.program.by_name[f"{source}.observe"]]


def _as_drawn(simulation: Simulation, code: RuleCode) -> Callable[[float], float]:
    """What the source says as a function of its draw's uniform."""
    given = [0.5]
    uniforms: list[Callable[[int], float]] = [lambda number: given[0]] * len(simulation.u)

    def value(uniform: float) -> float:
        given[0] = uniform
        return float(_realised(simulation, code, uniforms, 0))

    return value


def _realised(simulation: Simulation, code: RuleCode, uniforms: list[Callable[[int], float]], number: int) -> Any:
    s = simulation.s.copy()
    for slot, _, draw in code.draws:
        s[slot] = draw(s, simulation.now, uniforms, number)
    return s[simulation.program.slots[f"{code.rule.name}.value"]]


def _density(value: Callable[[float], float], said: float) -> float:
    """The density of a value at what was said, the value rising or falling throughout with its uniform.

    By the normal quantile z of the uniform, of which most errors are a smooth function: φ(z) over the slope at the z
    that gives what was said. NaN where there is no slope, which is where many uniforms give one value.
    """
    of = lambda z: value(0.5 * erfc(-z * SQRT1_2))  # noqa: E731 - the value as a function of z
    z, low, high = 0.0, -FAR, FAR
    at_low, at_high = of(low) - said, of(high) - said
    if at_low * at_high > 0.0:
        return 0.0
    side = 0
    for step in range(4 * HALVINGS):
        # Halving first; then false position with the end that stays weighed down (Illinois; Dowell and Jarratt 1971).
        z = 0.5 * (low + high) if step < 4 else (low * at_high - high * at_low) / (at_high - at_low)
        at_z = of(z) - said
        if abs(at_z) <= 1e-9 * abs(said) or high - low < 1e-9:
            break
        above = at_z * at_high > 0.0
        if above:
            high, at_high = z, at_z
            at_low *= 0.5 if side > 0 and step > 4 else 1.0
        else:
            low, at_low = z, at_z
            at_high *= 0.5 if side < 0 and step > 4 else 1.0
        side = 1 if above else -1
    slope = abs(of(z + STEP) - of(z - STEP)) / (2.0 * STEP)
    return exp(-0.5 * z * z) / sqrt(2.0 * pi) / slope if slope > 0.0 else float("nan")


def _share_below(value: Callable[[float], float], limit: float) -> float:
    """The share of uniforms whose value lies below a limit; it rises or falls throughout with the uniform."""
    low, high = 2.0**-54, 1.0 - 2.0**-53
    rises = value(high) >= value(low)
    least, most = (low, high) if rises else (high, low)
    if value(least) >= limit:
        return 0.0
    if value(most) < limit:
        return 1.0
    below, above = least, most
    for _ in range(HALVINGS):
        middle = 0.5 * (below + above)
        if value(middle) < limit:
            below = middle
        else:
            above = middle
    return below if rises else 1.0 - below
