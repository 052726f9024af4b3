"""The view of one device: what its seat reads, may do, has done and was told. Nothing of other seats, nor the truth."""

from typing import Any

from escalation.classroom import view_lines as lines
from escalation.classroom.injects import Injects
from escalation.classroom.questions import Questions
from escalation.classroom.state import BRIEFING, DELIBERATION, PRESS, Member, State
from escalation.classroom.views import Chapter, ForecastLine, News, Person, SeatView, Suggestion
from escalation.classroom.worlds import Turn
from escalation.model.script import Decide


class Viewed(Injects, Questions):
    """A desk with all that a seat's view is made of."""

    def seat_view(self, device: str) -> SeatView:
        """What a device may see now. Injects in it count as seen from now on.

        Raises:
            Refused: the device is not in the class any more.
        """
        with self._lock:
            member = self._member(device)
            role = self._role(member.actor) if member.actor else None
            if role is not None:
                self._mark_seen(member.actor, self._reached(member.actor))
            return SeatView(**_frame(self, member, role), **(_inside(self, member, role) if role else {}))


def _frame(desk: Viewed, member: Member, role: Any) -> dict[str, Any]:
    """What every device sees of the class and of itself."""
    state = desk.state
    return {
        **lines.frame(desk),
        "actor": member.actor,
        "name": role.name if role else "",
        "role": role.role if role else "",
        "brief": role.brief if role else "",
        "aims": role.aims if role else (),
        "seats": role.seats if role else (),
        "device": member.id,
        "nickname": member.nickname,
        "has_pen": bool(role) and state.pens.get(member.actor) == member.id,
        "devices": _devices(state, member),
        "cables_open": state.cables_open,
        "roster": lines.roster(desk, people=True),
        "drafts": tuple(desk.log.drafts(member.id).items()),
        "voted": state.votes.get(member.id),
        "predicted": state.predictions.get(member.id),
    }


def _devices(state: State, member: Member) -> tuple[Person, ...]:
    return tuple(
        Person(each.id, each.nickname, each.actor, state.pens.get(each.actor) == each.id, each.id == member.id)
        for each in (state.seated(member.actor) if member.actor else (member,))
    )


def _inside(desk: Viewed, member: Member, role: Any) -> dict[str, Any]:
    """What belongs to the seat."""
    state, actor = desk.state, member.actor
    hand = state.hands.get((state.turn, actor))
    return {
        "story": tuple(_chapter(desk, turn, role) for turn in _past(desk)),
        "readings": lines.readings(desk, role.sees),
        "menu": _menu(desk, actor),
        "handed_in": None if hand is None else lines.handed_in(desk, state.turn, hand),
        "past_orders": tuple(
            lines.handed_in(desk, turn, each)
            for (turn, whose), each in sorted(state.hands.items(), key=lambda item: item[0])
            if whose == actor and _shown(state, turn) and turn < state.turn
        ),
        "suggestions": tuple(
            Suggestion(
                each.number,
                lines.nickname(desk, each.device),
                tuple(lines.order_line(desk, order) for order in each.orders),
            )
            for each in state.suggestions
            if (each.turn, each.actor) == (state.turn, actor)
        ),
        "proposals": tuple(
            lines.proposal_line(desk, each, actor)
            for each in state.proposals.values()
            if _shown(state, each.turn) and (actor == each.actor or actor in each.needs)
        ),
        "cables": tuple(
            lines.cable_line(desk, each, actor)
            for each in state.cables
            if _shown(state, each.turn) and (actor == each.actor or actor in each.to or each.to == (PRESS,))
        ),
        "news": news(desk, actor),
        "forecasts": _forecasts(desk, member),
    }


def _shown(state: State, turn: int) -> bool:
    """The practice turn has a past of its own, and is no past of the others."""
    return (turn == 0) == state.practice


def _past(desk: Viewed) -> list[Turn]:
    return [turn for turn in desk.worlds.turns if _shown(desk.state, turn.turn)]


def _menu(desk: Viewed, actor: str) -> tuple[Any, ...]:
    """The menu of the world in which the turn is deliberated."""
    if desk.state.phase not in (BRIEFING, DELIBERATION):
        return ()
    return desk.play.menu(actor, desk.worlds.before(desk.state.turn))


def news(desk: Injects, viewer: str) -> tuple[News, ...]:
    """The injects that have reached a viewer."""
    found = []
    for sent in desk._reached(viewer):
        known = desk._known(sent.id) if sent.id else None
        label, text = (sent.label, sent.text) if known is None else (known.label, known.text)
        found.append(News(sent.number, sent.turn, lines.as_of(desk, sent.turn), label, text))
    return tuple(found)


def _forecasts(desk: Viewed, member: Member) -> tuple[ForecastLine, ...]:
    given, found = desk.state.forecasts, []
    for number, each in enumerate(desk.exercise.forecasts):
        mine = given.get((member.id, number), (None,))[0]
        found.append(ForecastLine(number, each.ask, each.by_turn, desk.is_open(number, member.actor), mine))
    return tuple(found)


def _why_not(desk: Viewed, turn: Turn, role: Any, choice: str) -> str:
    """Why an order was not carried out, as far as its seat could know when the turn began."""
    item = next(each for each in desk.play.menu(role.actor, turn.before) if each.choice == choice)
    shut = [label for label, is_open in item.gates if is_open is False]
    if shut:
        return f"could not be carried out, since this did not hold: {'; '.join(shut)}"
    if not item.possible:
        return f"could not be carried out. {item.needs.removesuffix('.')}"
    return "could not be carried out: what stood in the way came up in the turn, or your side could not see it"


def _chapter(desk: Viewed, turn: Turn, role: Any) -> Chapter:
    """What a seat can know of a past turn: what became of its orders, and what it reads otherwise than before."""
    after, said = turn.resolved.snapshot, []
    # By what each is, not by what it says: of two equal orders one may have been carried out.
    held = {id(each.input) for each in turn.resolved.held}
    for order in turn.inputs:
        if isinstance(order, Decide) and order.choice in role.choices:
            label = desk.play.label(order.choice)
            said.append(f"{label}: {_why_not(desk, turn, role, order.choice) if id(order) in held else 'carried out'}.")
    for name in role.sees:
        was, now = desk.play.told(name, turn.before), desk.play.told(name, after)
        if was != now:
            said.append(f"{desk.play.label(name)}: {now}, after {was}.")
    return Chapter(turn.turn, lines.as_of(desk, max(turn.turn, 1) + 1), tuple(said))
