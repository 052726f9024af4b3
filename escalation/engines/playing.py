"""A script replayed: decisions, injects and settings carried out at their instants while a trajectory runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from escalation.engines.orders import Order, Refused, admit, clashing
from escalation.engines.program import Program, RuleCode
from escalation.engines.simpy import Simulation
from escalation.model.script import Decide, Force, HandOver, Held, Input, Script
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Point, Trajectory


@dataclass(frozen=True, slots=True)
class Played:
    """What happened, and which inputs were not carried out."""

    trajectory: Trajectory
    held: tuple[Held, ...]


def run_script(program: Program, origin: Point | Snapshot, script: Script, **options: Any) -> Played:
    """A trajectory from the start, or from a snapshot, to the horizon, with a script's inputs on the way.

    options: as for `Simulation`, or for `Simulation.resume`. An input that cannot be carried out is held: nothing is
    done in its place, and the rest goes on.

    Raises:
        ValueError: an input lies before the origin or beyond the horizon.
        OtherModel: the snapshot was taken of another model.
    """
    if isinstance(origin, Snapshot):
        simulation = Simulation.resume(program, origin, **options)
    else:
        simulation = Simulation(program, origin, **options)
    held = play(simulation, script)
    simulation.run()
    return Played(simulation.trajectory(), held)


def play(simulation: Simulation, script: Script) -> tuple[Held, ...]:
    """Carry out every input of a script, running up to each; those that could not be are returned.

    Raises:
        ValueError: an input lies before the present instant or beyond the horizon.
    """
    held: list[Held] = []
    for item in script:
        if not simulation.now <= item.instant <= simulation.horizon:
            limits = f"between {simulation.now} and {simulation.horizon}"
            raise ValueError(f"an input of a script is for the instant {item.instant}, which does not lie {limits}")
    for instant, items in groupby(sorted(script, key=lambda item: item.instant), key=lambda item: item.instant):
        for group in together(items):
            simulation.run(instant)
            held += _carry_out(simulation, group)
    return tuple(held)


def together(items: Iterable[Input]) -> list[list[Input]]:
    """Inputs that meet the same state: different choices listed one after another; anything else is alone."""
    groups: list[list[Input]] = []
    for item in items:
        last = groups[-1] if groups else []
        chosen = {each.choice for each in last if isinstance(each, Decide)}
        if isinstance(item, Decide) and chosen and item.choice not in chosen:
            last.append(item)
        else:
            groups.append([item])
    return groups


def _carry_out(simulation: Simulation, group: Sequence[Input]) -> list[Held]:
    if simulation.failure is not None:
        return [Held(item, f"the trajectory had failed: {simulation.failure.message}") for item in group]
    first = group[0]
    if isinstance(first, Decide):
        return _decide(simulation, [item for item in group if isinstance(item, Decide)])
    try:
        if isinstance(first, Force):
            simulation.force(first.rule, first.draws)
        elif isinstance(first, HandOver):
            simulation.hand_over(first.actor, first.to)
        else:
            simulation.put(first.values, first.rule)
    except (Refused, KeyError) as error:
        return [Held(first, str(error.args[0]))]
    return []


def _decide(simulation: Simulation, decisions: Sequence[Decide]) -> list[Held]:
    """All that can be taken are taken at once; of two that set one name the later listed is held."""
    program, values = simulation.program, simulation.values()
    orders: list[Order] = []
    codes: list[RuleCode] = []
    held: list[Held] = []
    for decision in decisions:
        order = Order(decision.choice, decision.draws)
        try:
            code = admit(program, order, values)
        except Refused as error:
            held.append(Held(decision, str(error), error.shut))
            continue
        clash = clashing(program, [*codes, code])
        if clash is not None:
            held.append(Held(decision, clash[1]))
            continue
        orders.append(order)
        codes.append(code)
    simulation.decide(*orders)
    return held
