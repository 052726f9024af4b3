"""Parts that the views of several viewers are made of."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from escalation.classroom.desk import TEACHER, Desk
from escalation.classroom.entries import ENDED
from escalation.classroom.state import DELIBERATION, LOBBY, LOCKED, PRESS, Cable, Hand, Order, Proposal
from escalation.classroom.views import CableLine, HandedIn, OrderLine, ProposalLine, Reading, RosterLine

if TYPE_CHECKING:
    from escalation.model.snapshot import Snapshot

BY = {TEACHER: "the instructor", "hold": "nobody", "model": "the model", "bot": "a bot", ENDED: "nobody asked"}
"""Who orders are by, when they are by no device."""


def frame(desk: Desk) -> dict[str, Any]:
    """The fields of a `Frame`."""
    state, exercise = desk.state, desk.exercise
    return {
        "title": exercise.title,
        "note": exercise.note,
        "phase": state.phase,
        "turn": state.turn,
        "turns": state.turns,
        "begins": begins(desk),
        "ends": ends(desk),
        "deadline": state.deadline,
        "remaining": state.remaining,
        "paused": state.paused,
        "practice": state.practice,
        "revision": desk.revision,
    }


def begins(desk: Desk) -> str:
    """The first day of the turn."""
    return desk.play.date(desk.exercise.instants[max(desk.state.turn - 1, 0)])


def ends(desk: Desk) -> str:
    """The day on which the turn ends."""
    return desk.play.date(desk.exercise.instants[max(desk.state.turn, 1)])


def as_of(desk: Desk, turn: int) -> str:
    """The first day of a turn, of which a message is dated."""
    return desk.play.date(desk.exercise.instants[max(turn - 1, 0)])


def name_of(desk: Desk, actor: str) -> str:
    """What an actor, or the press, is called."""
    return "the press" if actor == PRESS else desk._role(actor).name


def nickname(desk: Desk, device: str) -> str:
    """Who did something."""
    member = desk.state.members.get(device)
    return BY.get(device, "") if member is None else member.nickname


def order_line(desk: Desk, order: Order, by: str = "") -> OrderLine:
    """An order as it was handed in; what a bot filled in as its value is."""
    draws = order.texts or {name: str(value) for name, value in order.values.items()}
    return OrderLine(order.choice, desk.play.label(order.choice), tuple(sorted(draws.items())), by)


def handed_in(desk: Desk, turn: int, hand: Hand) -> HandedIn:
    """What a seat handed in."""
    lines = tuple(order_line(desk, order) for order in hand.orders)
    return HandedIn(turn, nickname(desk, hand.by), lines, hand.by if hand.by in BY else "")


def has_handed_in(desk: Desk, actor: str) -> bool:
    """Whether a seat, or the instructor for it, has handed in for this turn, while that is asked."""
    state = desk.state
    hand = state.hands.get((state.turn, actor)) if state.phase in (DELIBERATION, LOCKED) else None
    return hand is not None and (hand.by == TEACHER or hand.by not in BY)


def cable_line(desk: Desk, cable: Cable, actor: str = "") -> CableLine:
    """A cable, before a viewer."""
    return CableLine(
        cable.number,
        cable.turn,
        as_of(desk, cable.turn),
        cable.actor,
        name_of(desk, cable.actor),
        cable.to,
        tuple(name_of(desk, each) for each in cable.to),
        cable.text,
        cable.actor == actor,
    )


def proposal_line(desk: Desk, asked: Proposal, actor: str = "") -> ProposalLine:
    """A proposal, before a viewer who is part of it."""
    answer = asked.answers.get(actor)
    return ProposalLine(
        asked.number,
        asked.turn,
        asked.actor,
        name_of(desk, asked.actor),
        order_line(desk, asked.order),
        asked.needs,
        tuple(each for each in asked.needs if asked.answers.get(each)),
        asked.state,
        asked.actor == actor,
        "" if answer is None else "accepted" if answer else "refused",
    )


def readings(desk: Desk, names: Iterable[str]) -> tuple[Reading, ...]:
    """Names as they are read now, and as they were when the latest turn began."""
    now = desk.worlds.now(desk.state.turn)
    if now is None or desk.state.phase == LOBBY:
        return ()
    before = desk.worlds.turns[-1].before if desk.worlds.turns else None
    return tuple(_reading(desk, name, now, before) for name in names)


def _reading(desk: Desk, name: str, now: "Snapshot", before: "Snapshot | None") -> Reading:
    was = "" if before is None else desk.play.told(name, before)
    return Reading(name, desk.play.label(name), desk.play.told(name, now), was)


def roster(desk: Desk, *, people: bool) -> tuple[RosterLine, ...]:
    """The seats as everybody sees them."""
    state = desk.state
    return tuple(
        RosterLine(
            role.actor,
            role.name,
            role.role,
            state.who[role.actor],
            tuple(member.nickname for member in state.seated(role.actor)) if people else (),
            has_handed_in(desk, role.actor),
        )
        for role in desk.exercise.roles
    )
