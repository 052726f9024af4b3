"""An actor's choices pass from a person to the model, or back, in the middle of a simulation."""

from typing import TYPE_CHECKING, Literal

from escalation.engines.clocks import DatedClock, HazardClock
from escalation.engines.saving import parts_of

if TYPE_CHECKING:
    from escalation.engines.simpy import Simulation


def hand_over(simulation: "Simulation", actor: str, to: Literal["person", "model"]) -> None:
    """See `Simulation.hand_over`.

    Raises:
        KeyError: the actor has no choices.
    """
    if all(choice.actor != actor for choice in simulation.program.model.choices):
        raise KeyError(f"{actor!r} has no choices to hand over")
    played = set(simulation.played) - {actor} if to == "model" else {*simulation.played, actor}
    before = simulation.at_rest
    simulation.set_played(played)
    for rank in sorted(before ^ simulation.at_rest):
        if to == "person":
            _put_to_rest(simulation, rank)
        else:
            _wake(simulation, rank)


def _put_to_rest(simulation: "Simulation", rank: int) -> None:
    """A clock as it is before it has started, but for how often it was armed.

    A hazard's exponential that was drawn is used up: met again, it would be known to outlast what it has spent.
    """
    before = simulation.clocks[rank]
    used = isinstance(before, HazardClock) and before.needed >= 0.0
    for part in parts_of(before):
        part.cancel()
    clock = simulation.make_clock(before.code)
    clock.armed = before.armed + used
    simulation.set_clocks([*simulation.clocks[:rank], clock, *simulation.clocks[rank + 1 :]])


def _wake(simulation: "Simulation", rank: int) -> None:
    """Begin as at the start; a date that was used up stays so."""
    clock = simulation.clocks[rank]
    simulation.at_work = clock.code.rule.name
    if not (isinstance(clock, DatedClock) and simulation.fired[rank]):
        clock.start()
