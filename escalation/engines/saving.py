"""A simulation as a snapshot, and a simulation that goes on from one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from escalation.engines.clocks import Clock, DelayClock, EdgeClock, Ring
from escalation.engines.following import FollowingClock, UnderWay
from escalation.engines.gauges import Gauge, Gauges
from escalation.model.snapshot import Gauged, Kept, Snapshot

if TYPE_CHECKING:
    from escalation.engines.simpy import Simulation

EVERY_CLOCK = ("armed", "due_at", "drawn", "because", "began")
"""Fields that a snapshot keeps of every clock, besides `live`: whether it is on the queue."""


class NotSettled(ValueError):
    """A trajectory cannot be saved now: something is still due in this instant, or runs beside the model."""


def save(simulation: "Simulation") -> Snapshot:
    """The simulation's state at a settled instant; it goes on undisturbed.

    Raises:
        NotSettled: something is still due in this instant, or a SimPy process of one's own runs in it.
    """
    _check_settled(simulation)
    program, names = simulation.program, simulation.program.names
    started = hasattr(simulation, "gauges")
    measures = [item.name for item in program.model.measures]
    return Snapshot(
        model=program.identity,
        point=simulation.point,
        instant=simulation.now,
        firings=simulation.firings,
        latest=simulation._instant,
        in_latest=simulation._in_instant,
        values=dict(zip(names, simulation.s, strict=True)),
        bounds={names[slot]: each for slot, each in enumerate(simulation.bounds) if each is not None}
        if started
        else {},
        fired={code.rule.name: times for code, times in zip(program.rules, simulation.fired, strict=True)},
        clocks={clock.code.rule.name: _clock_fields(clock) for clock in simulation.clocks} if started else {},
        gauges=_gauge_fields(simulation.gauges, measures) if started else {},
        counts=simulation.gauges.counts_by_name() if started else {},
        unread=tuple(sorted(measures[index] for index in simulation.gauges.touched)) if started else (),
        recent=tuple(simulation._recent),
        outside=simulation._outside,
        branches=simulation.branches,
        settings=simulation.settings,
        given=simulation.given,
        played=simulation.played,
        failure=simulation.failure,
    )


def restore(simulation: "Simulation", snapshot: Snapshot) -> None:
    """Bring a simulation that was laid out for the snapshot's instant into its state.

    Raises:
        OtherModel: the snapshot was taken of another model.
    """
    program = simulation.program
    snapshot.check_model(program.identity)
    simulation.s = [snapshot.values[name] for name in program.names]
    simulation.fired = [snapshot.fired[code.rule.name] for code in program.rules]
    simulation.firings, simulation.failure = snapshot.firings, snapshot.failure
    simulation._instant, simulation._in_instant = snapshot.latest, snapshot.in_latest
    simulation._recent, simulation._outside = list(snapshot.recent), snapshot.outside
    simulation.first = dict(simulation.values()) if simulation.recorder is not None else {}
    if not snapshot.clocks:
        return  # It failed before it began.
    simulation.bounds = [snapshot.bounds.get(name) for name in program.names]
    _restore_gauges(simulation, snapshot)
    simulation.make_clocks()
    for clock in simulation.clocks:
        _restore_clock(clock, snapshot.clocks[clock.code.rule.name])


def _check_settled(simulation: "Simulation") -> None:
    if simulation.processes:
        raise NotSettled("a process of your own runs beside the model, and what it does next cannot be saved")
    if simulation.failure is not None:
        return
    now = simulation.now
    for clock in simulation.clocks:
        if any(due == now for due in _due(clock)):
            raise NotSettled(f"{clock.code.rule.name} is still due in this instant: run to its end first")


def _due(clock: Clock) -> list[int]:
    """When what is on the queue for a clock is due."""
    found = [each.due_at for each in parts_of(clock) if each.event is not None]
    if isinstance(clock, FollowingClock):
        found += [delay.began + delay.total for delay in clock.under_way.values()]
    return found


def parts_of(clock: Clock) -> list[Clock]:
    """A clock and the delay that it may have beside it, which began earlier and so comes first in a tie."""
    delay = clock.delay if isinstance(clock, EdgeClock) else None
    return [clock] if delay is None else [delay, clock]


# ---------------------------------------------------------------------- clocks


def _clock_fields(clock: Clock) -> dict[str, Kept]:
    fields: dict[str, Kept] = {"live": clock.event is not None}
    fields |= {name: getattr(clock, name) for name in (*EVERY_CLOCK, *clock.saved)}
    if isinstance(clock, EdgeClock) and clock.delay is not None:
        delay = clock.delay
        fields |= {"delay_live": delay.event is not None, "delay_due_at": delay.due_at, "delay_runs": delay.runs}
    if isinstance(clock, FollowingClock):
        fields["under_way"] = tuple(tuple(delay) for delay in clock.under_way.values())
    return fields


def _restore_clock(clock: Clock, fields: Mapping[str, Kept]) -> None:
    for name in (*EVERY_CLOCK, *clock.saved):
        setattr(clock, name, fields[name])
    if isinstance(clock, EdgeClock) and clock.delay is not None:
        _restore_delay(clock.delay, fields)
    if isinstance(clock, FollowingClock):
        for delay in fields["under_way"]:
            clock.put_under_way(UnderWay(*delay))
    if fields["live"]:
        _put_on_queue(clock)


def _restore_delay(delay: DelayClock, fields: Mapping[str, Kept]) -> None:
    delay.due_at, delay.runs = fields["delay_due_at"], fields["delay_runs"]
    if fields["delay_live"]:
        _put_on_queue(delay)


def _put_on_queue(clock: Clock) -> None:
    """As `Clock.schedule` did, of which no log is told again."""
    env: Any = clock.simulation.env
    clock.event = Ring(clock)
    env.schedule(clock.event, clock.priority, clock.due_at - env.now)


# ---------------------------------------------------------------------- measures


def _gauge_fields(gauges: Gauges, measures: list[str]) -> dict[str, Gauged]:
    return {measures[index]: _gauged(gauge) for index, gauge in gauges.by_measure.items()}


def _gauged(gauge: Gauge) -> Gauged:
    return Gauged(gauge.since, gauge.value, {name: getattr(gauge.watch, name) for name in gauge.watch.kept})


def _restore_gauges(simulation: "Simulation", snapshot: Snapshot) -> None:
    program = simulation.program
    places = {item.name: index for index, item in enumerate(program.model.measures)}
    gauges = simulation.gauges = Gauges(program, simulation.s)
    gauges.touched = {places[name] for name in snapshot.unread}
    for name, times in snapshot.counts.items():
        gauges.counts[places[name]] = times
    for name, gauged in snapshot.gauges.items():
        gauge = gauges.by_measure[places[name]]
        gauge.since, gauge.value = gauged.since, gauged.value
        for part, value in gauged.kept.items():
            setattr(gauge.watch, part, value)
