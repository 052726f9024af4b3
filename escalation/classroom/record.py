"""What a class did, turn by turn, as the debrief takes it: scripts, worlds, orders, and what people believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from escalation.classroom.desk import Desk
from escalation.model.script import Decide, Held, Script
from escalation.model.trajectory import Firing, Point

if TYPE_CHECKING:
    from escalation.classroom.exercise import Exercise
    from escalation.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """A turn that counted.

    inputs: all of its script. orders_by_actor: what each seat ordered, consented proposals among it; an actor that the
    model decided for is not in it. by: whose orders they were: a nickname, `hold`, `bot` or `instructor`, by actor.
    """

    turn: int
    inputs: Script
    snapshot_before: "Snapshot"
    snapshot_after: "Snapshot"
    orders_by_actor: Mapping[str, tuple[Decide, ...]]
    by: Mapping[str, str]
    firings: tuple[Firing, ...]
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Believed:
    """An answer to a question of the exercise: its number, who said so, from which seat, in which turn, 0 to 1."""

    number: int
    nickname: str
    actor: str
    turn: int
    probability: float


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that a debrief computes from. beginning: the world at its first instant.

    votes: orders (turn, actor, choice) that people would change, one a person. predictions: of what it does, 0 to 1.
    """

    exercise: "Exercise"
    point: Point
    beginning: "Snapshot"
    turns: tuple[TurnRecord, ...]
    forecasts: tuple[Believed, ...]
    votes: tuple[tuple[int, str, str], ...]
    predictions: tuple[float, ...]


def record_of(desk: Desk, point: Point) -> Record:
    """The record of a session that has begun, so far. The practice turn is no part of it."""
    with desk._lock:
        state = desk.state
        assert desk.worlds.first is not None
        return Record(
            desk.exercise,
            point,
            desk.worlds.first,
            tuple(_turn(desk, place) for place, turn in enumerate(desk.worlds.turns) if turn.turn),
            _believed(desk),
            tuple(sorted(state.votes.values())),
            tuple(sorted(given / 100 for given in state.predictions.values())),
        )


def _turn(desk: Desk, place: int) -> TurnRecord:
    played, state = desk.worlds.turns[place], desk.state
    orders: dict[str, tuple[Decide, ...]] = {}
    by: dict[str, str] = {}
    for role in desk.exercise.roles:
        hand = state.hands.get((played.turn, role.actor))
        if hand is None or hand.by == "model":
            continue
        found = [each for each in played.inputs if isinstance(each, Decide) and each.choice in role.choices]
        orders[role.actor] = tuple(found)
        member = state.members.get(hand.by)
        by[role.actor] = hand.by if member is None else member.nickname
    resolved = played.resolved
    return TurnRecord(
        played.turn, played.inputs, played.before, resolved.snapshot, orders, by, resolved.firings, resolved.held
    )


def _believed(desk: Desk) -> tuple[Believed, ...]:
    members = desk.state.members
    return tuple(
        Believed(number, members[device].nickname, members[device].actor, turn, given / 100)
        for (device, number), (given, turn) in sorted(desk.state.forecasts.items())
    )
