"""The world of a class: where it stands at the start of a turn, what a turn's orders make of it, and what may come.

Deterministic: the same point and the same inputs give the same bytes on every machine. Nothing here knows of people.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Generic, TypeVar

from escalation.chance.streams import Streams
from escalation.classroom.exercise import Exercise, Role
from escalation.engines.choice import choose
from escalation.engines.orders import Order, Refused, admit, clashing
from escalation.engines.playing import play
from escalation.engines.program import RuleCode, prepare
from escalation.engines.simpy import Simulation
from escalation.model.process import Model
from escalation.model.script import Decide, Held, Script
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Firing, Point

if TYPE_CHECKING:
    from escalation.engines.compiled.engine import Compiled

Made = TypeVar("Made")
KEPT = 8
"""Models of which something is kept: a server has a few exercises."""
PRACTICE = 2**32
"""Added to the luck of a practice turn, so that it tells nothing of the turns that count."""
BOLD = 1.0 / 3.0
"""The chance at which a bot takes a choice that it can take."""
PLACES = 256
"""Numbers of a bot's stream that belong to one turn: more than a seat has choices."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a turn came to. firings: what happened, in order. held: inputs that could not be carried out, and why."""

    snapshot: Snapshot
    firings: tuple[Firing, ...]
    held: tuple[Held, ...]


def begin(exercise: Exercise, point: Point, played: Collection[str]) -> Snapshot:
    """The world at its first instant; people decide for the actors `played`.

    Raises:
        KeyError: there is no such policy.
    """
    simulation = Simulation(program_of(exercise.model), point, played=played)
    if simulation.failure is None:
        simulation.run(0)
    return simulation.save()


def practice_of(point: Point) -> Point:
    """Where a turn is played that does not count: the same world with other luck."""
    return replace(point, luck=point.luck + PRACTICE)


def resolve(exercise: Exercise, snapshot: Snapshot, inputs: Script, until: int) -> Resolved:
    """The world at a later instant, with a script's inputs on the way.

    A world that fails stays where it failed; its snapshot says why.

    Raises:
        ValueError: an input lies before the snapshot or beyond the horizon, or `until` does.
        OtherModel: the snapshot was taken of another model.
    """
    simulation = Simulation.resume(program_of(exercise.model), snapshot, record=True)
    held = play(simulation, inputs)
    if simulation.failure is None:
        simulation.run(until)
    log = tuple(simulation.recorder.firings) if simulation.recorder is not None else ()
    return Resolved(simulation.save(), log, held)


def digest(snapshot: Snapshot) -> str:
    """What tells two worlds apart: sha256 of a snapshot's bytes, in hexadecimal digits."""
    return sha256(snapshot.to_bytes()).hexdigest()


def bot_orders(exercise: Exercise, role: Role, snapshot: Snapshot, number: int) -> tuple[Decide, ...]:
    """What a bot orders in turn `number`: of what it can take now, each by chance, and never two that clash.

    Chance is addressed: a bot does the same whenever it is asked. Draws are left to the model.
    """
    program, values = program_of(exercise.model), dict(snapshot.values)
    stream = Streams(snapshot.point.seed, snapshot.point.luck).stream(f"bot/{role.actor}")
    taken: list[RuleCode] = []
    orders: list[Decide] = []
    for place, name in enumerate(role.choices):
        if stream.uniform(number * PLACES + place) >= BOLD:
            continue
        try:
            code = admit(program, Order(name), values)  # type: ignore[arg-type]
        except Refused:
            continue
        if clashing(program, [*taken, code]) is None:
            taken.append(code)
            orders.append(Decide(snapshot.instant, name))
    return tuple(orders)


# ---------------------------------------------------------------------- made once a model


class _OfModels(Generic[Made]):
    """Something made of a model, once. A model is never changed, so that it may be known by its place in memory."""

    def __init__(self, make: Callable[[Model], Made]) -> None:
        self.make = make
        self.kept: dict[int, tuple[Model, Made]] = {}

    def __call__(self, model: Model) -> Made:
        """What is made of the model."""
        found = self.kept.get(id(model))
        if found is None:
            found = model, self.make(model)
            while len(self.kept) >= KEPT:
                self.kept.pop(next(iter(self.kept)), None)
            self.kept[id(model)] = found
        return found[1]


def _compiled(model: Model) -> "Compiled | None":
    if choose("auto").engine != "compiled":
        return None
    from escalation.engines.compiled.engine import Compiled

    return Compiled(model, scripted=True)


program_of = _OfModels(prepare)
"""The model for the SimPy engine."""
compiled_of = _OfModels(_compiled)
"""The model as machine code that carries out what people did; None where this machine has no compiled engine."""
