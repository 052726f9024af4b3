"""The instructor's view, which is of everything, and the projector's, which is of what all may see."""

from datetime import UTC, datetime

from escalation.classroom import view_lines as lines
from escalation.classroom.codes import LENGTH
from escalation.classroom.desk import TEACHER
from escalation.classroom.injects import PROJECTOR
from escalation.classroom.phases import Phases
from escalation.classroom.seat_view import Viewed, news
from escalation.classroom.state import (
    BRIEFING,
    CLOSED,
    DEBRIEF,
    DELIBERATION,
    LOBBY,
    LOCKED,
    PRESS,
    REVEAL,
    Member,
    Sent,
)
from escalation.classroom.views import (
    Chapter,
    InjectLine,
    InstructorView,
    Person,
    ProjectorView,
    SeatRow,
    SeatTurn,
)
from escalation.classroom.worlds import Turn
from escalation.model.script import Decide

NEXT = {
    LOBBY: "begin",
    BRIEFING: "open orders",
    DELIBERATION: "lock",
    LOCKED: "play the turn",
    REVEAL: "next turn",
    DEBRIEF: "close",
    CLOSED: "",
}
"""What `advance` does next."""


class RoomViews(Viewed, Phases):
    """What is seen from the front of the room."""

    def instructor_view(self) -> InstructorView:
        """Everything."""
        with self._lock:
            state = self.state
            return InstructorView(
                **lines.frame(self),
                late=state.late,
                minutes=state.minutes,
                code=state.code,
                code_grown=len(state.code) > LENGTH,
                cables_open=state.cables_open,
                next_step="debrief" if (state.phase, state.turn) == (REVEAL, state.turns) else NEXT[state.phase],
                waiting_for=self.waiting_for(),
                can_undo=self.can_undo,
                can_finish=self.can_finish,
                unseated=tuple(_person(self, each) for each in state.members.values() if each.key and not each.actor),
                seats=tuple(_row(self, role.actor) for role in self.exercise.roles),
                gauges=lines.readings(self, self.play.gauges()),
                story=tuple(_truth(self, turn) for turn in self.worlds.turns),
                cables=tuple(lines.cable_line(self, each) for each in state.cables),
                injects=_injects(self),
                proposals=tuple(lines.proposal_line(self, each) for each in state.proposals.values()),
                votes=_votes(self),
                predictions=tuple(sorted(state.predictions.values())),
                differences=tuple(self.worlds.differences),
                delete_after=_delete_after(self),
            )

    def projector_view(self) -> ProjectorView:
        """What all may see. Injects in it count as seen from now on."""
        with self._lock:
            state = self.state
            self._mark_seen(PROJECTOR, self._reached(PROJECTOR))
            practice = state.practice
            return ProjectorView(
                **lines.frame(self),
                code=state.code,
                press=tuple(
                    lines.cable_line(self, each)
                    for each in state.cables
                    if each.to == (PRESS,) and (each.turn == 0) == practice
                ),
                news=news(self, PROJECTOR),
                readings=lines.readings(self, self.exercise.projector),
                roster=lines.roster(self, people=False),
            )


def _person(desk: Phases, member: Member) -> Person:
    has_pen = desk.state.pens.get(member.actor) == member.id
    return Person(member.id, member.nickname, member.actor, has_pen)


def _row(desk: RoomViews, actor: str) -> SeatRow:
    state, role = desk.state, desk._role(actor)
    first = 0 if state.has_practice else 1
    return SeatRow(
        actor,
        role.name,
        role.role,
        state.who[actor],
        tuple(_person(desk, each) for each in state.seated(actor)),
        tuple(_cell(desk, actor, turn) for turn in range(first, state.turns + 1)),
    )


def _cell(desk: RoomViews, actor: str, turn: int) -> SeatTurn:
    hand = desk.state.hands.get((turn, actor))
    agreed = tuple(lines.order_line(desk, each.order) for each in desk.state.accepted(turn, actor))
    if hand is None:
        return SeatTurn(turn, False, "", None, agreed=agreed)
    said = lines.handed_in(desk, turn, hand)
    by_people = hand.by == TEACHER or hand.by not in lines.BY
    choices = desk._role(actor).choices
    held = tuple(
        f"{desk.play.label(each.input.choice)}: {desk.play.why_held(each)}"
        for done in desk.worlds.turns
        if done.turn == turn
        for each in done.resolved.held
        if isinstance(each.input, Decide) and each.input.choice in choices
    )
    return SeatTurn(turn, by_people, said.by, None if hand.by == "model" else said.orders, held, agreed)


def _truth(desk: RoomViews, turn: Turn) -> Chapter:
    return Chapter(turn.turn, lines.as_of(desk, max(turn.turn, 1) + 1), desk.play.happened(turn.resolved))


def _injects(desk: RoomViews) -> tuple[InjectLine, ...]:
    """What is ahead, then what was sent."""
    state, found = desk.state, []
    for inject in desk.exercise.injects:
        if desk._used(inject.id):
            continue
        turn = state.planned.get(inject.id)
        word = "planned" if turn is not None else "waiting" if inject.id in state.waiting else "offered"
        found.append(InjectLine(inject.id, None, inject.label, inject.text, inject.to, word, turn))
    return (*found, *(_sent(desk, each) for each in state.sent.values() if not each.id or desk._used(each.id)))


def _sent(desk: RoomViews, each: Sent) -> InjectLine:
    known = desk._known(each.id) if each.id else None
    label, text = (each.label, each.text) if known is None else (known.label, known.text)
    word = "called off" if each.idle else "seen" if each.seen else "sent"
    does = desk._acts(each) and not each.idle and not desk._played(each)
    return InjectLine(each.id, each.number, label, text, each.to, word, each.turn, tuple(sorted(each.seen)), does)


def _votes(desk: RoomViews) -> tuple[tuple[int, str, str, int], ...]:
    """Orders that the class would change, most votes first."""
    counted: dict[tuple[int, str, str], int] = {}
    for vote in desk.state.votes.values():
        counted[vote] = counted.get(vote, 0) + 1
    return tuple((*vote, count) for vote, count in sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _delete_after(desk: RoomViews) -> str:
    """The day after which the session is to be deleted, as chosen at the start; "" for none."""
    state = desk.state
    if not state.retention_days:
        return ""
    return datetime.fromtimestamp(state.created + 86_400 * state.retention_days, UTC).date().isoformat()
