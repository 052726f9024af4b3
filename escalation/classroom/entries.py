"""What each kind of entry of a log does to a session: a pure fold, without a clock, a file or a model.

The same entries give an equal state, whenever and wherever they are folded.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from escalation.classroom.log import Entry
from escalation.classroom.state import (
    BRIEFING,
    DEBRIEF,
    DELIBERATION,
    LOCKED,
    REVEAL,
    Cable,
    Changed,
    Done,
    Hand,
    Member,
    Proposal,
    Sent,
    State,
    Suggested,
    Told,
    read_orders,
)

Body = Mapping[str, Any]
RULES, ENDED = ("hold", "model", "bot"), "ended"
"""By what the lock plays for a seat that handed nothing in (the instructor plays by hand), and that none was asked."""
BY_THE_LOCK = (*RULES, ENDED)


def fold(entries: Iterable[Entry], state: State | None = None) -> State:
    """The state after the entries.

    Raises:
        ValueError: an entry is of a kind that is not known.
    """
    state = State() if state is None else state
    for entry in entries:
        state = step(state, entry)
    return state


def step(state: State, entry: Entry) -> State:
    """The state after one more entry."""
    how = KINDS.get(entry.kind)
    if how is None:
        raise ValueError(f"entry {entry.number} of the log is of an unknown kind, `{entry.kind}`")
    return replace(how(state, entry, entry.body), number=entry.number)


def _created(state: State, entry: Entry, body: Body) -> State:
    return replace(
        state,
        created=entry.at,
        late=body["late"],
        minutes=body["minutes"],
        turns=body["turns"],
        has_practice=body["practice"],
        retention_days=body["retention_days"],
        who=dict(body["seats"]),
        to={name: tuple(actors) for name, actors in body["to"].items()},
        waiting=tuple(body["waiting"]),
        planned=dict(body["planned"]),
    )


def _room(state: State, entry: Entry, body: Body) -> State:
    return replace(state, code=body["code"])


def _joined(state: State, entry: Entry, body: Body) -> State:
    member = Member(body["device"], body["nickname"], body["key"])
    return replace(state, members={**state.members, member.id: member}, joined=state.joined + 1)


def _change(state: State, device: str, **changes: Any) -> State:
    return replace(state, members={**state.members, device: replace(state.members[device], **changes)})


def _pens(state: State) -> State:
    """Each seat with devices has one pen: it stays where it is as long as its holder sits there."""
    pens = {}
    for actor in state.who:
        seated = [member.id for member in state.seated(actor)]
        if seated:
            pens[actor] = state.pens[actor] if state.pens.get(actor) in seated else seated[0]
    return replace(state, pens=pens)


def _sat(state: State, entry: Entry, body: Body) -> State:
    return _pens(_change(state, body["device"], actor=body["actor"]))


def _renamed(state: State, entry: Entry, body: Body) -> State:
    return _change(state, body["device"], nickname=body["nickname"])


def _keyed(state: State, entry: Entry, body: Body) -> State:
    return _change(state, body["device"], key=body["key"])


def _removed(state: State, entry: Entry, body: Body) -> State:
    return _pens(_change(state, body["device"], key="", actor=""))


def _pen(state: State, entry: Entry, body: Body) -> State:
    return replace(state, pens={**state.pens, body["actor"]: body["device"]})


def _seat_set(state: State, entry: Entry, body: Body) -> State:
    return replace(state, who={**state.who, body["actor"]: body["who"]})


def _phase(state: State, entry: Entry, body: Body) -> State:
    phase, turn = body["phase"], body["turn"]
    state = replace(state, phase=phase, turn=turn, deadline=body.get("deadline"), remaining=None, opened=None)
    if "beginning" in body:
        control = dict(body["control"])
        state = replace(state, beginning=body["beginning"], control=control, first_control=control, code="")
        state = _trigger(state, entry.number, body["triggered"], 1)
    if phase == BRIEFING:
        state = _deliver(state, entry.number)
    if phase == BRIEFING and turn == 1:
        state = replace(state, done=())
    if phase == LOCKED:
        state = _lock(state, body)
    if phase == DEBRIEF:
        state = replace(state, code="")
    return state


def _deliver(state: State, number: int) -> State:
    """Injects planned for the turn are sent as it begins."""
    due = [each for each, turn in state.planned.items() if turn == state.turn]
    sent = dict(state.sent)
    for each in due:
        sent[_next(sent, number)] = Sent(_next(sent, number), each, state.turn, state.to.get(each, ()), how="plan")
    return replace(state, sent=sent, planned={each: turn for each, turn in state.planned.items() if each not in due})


def _next(sent: Mapping[int, Sent], number: int) -> int:
    """A number for an inject sent in an entry: a thousand to each entry."""
    found = number * 1000
    while found in sent:
        found += 1
    return found


def _trigger(state: State, number: int, ids: Iterable[str], turn: int) -> State:
    """Injects whose condition has become true are sent with the next turn."""
    sent = dict(state.sent)
    for each in ids:
        sent[_next(sent, number)] = Sent(_next(sent, number), each, turn, state.to.get(each, ()), how="condition")
    return replace(state, sent=sent, waiting=tuple(each for each in state.waiting if each not in ids))


def _lock(state: State, body: Body) -> State:
    hands, turn = dict(state.hands), state.turn
    for actor, played in body["played"].items():
        hands[turn, actor] = Hand(read_orders(played["orders"]), played["by"])
    proposals = {
        number: replace(each, state="lapsed") if each.turn == turn and each.state == "offered" else each
        for number, each in state.proposals.items()
    }
    missed = {**state.missed, turn: tuple(body["missed"])}
    suggestions = tuple(each for each in state.suggestions if each.turn != turn)
    return replace(state, hands=hands, proposals=proposals, missed=missed, suggestions=suggestions)


def _resolved(state: State, entry: Entry, body: Body) -> State:
    done = Done(body["turn"], tuple(body["inputs"]), body["digest"], dict(body["control"]))
    state = replace(state, phase=REVEAL, deadline=None, remaining=None, opened=None, done=(*state.done, done))
    if done.turn == 0:
        return state
    state = replace(state, control=done.control)
    return _trigger(state, entry.number, body["triggered"], done.turn + 1)


def _given(state: State, turn: int) -> Mapping[tuple[int, str], Hand]:
    """What was handed in, without what the lock of a turn played."""
    return {at: hand for at, hand in state.hands.items() if at[0] != turn or hand.by not in BY_THE_LOCK}


def _undone(state: State, entry: Entry, body: Body) -> State:
    """Back to the deliberation of a turn, its orders as they were; what people said and saw since then stays."""
    turn = body["turn"]
    hands = {at: hand for at, hand in _given(state, turn).items() if at[0] <= turn}
    back = [each for each in state.sent.values() if each.turn > turn and not each.seen and each.how != "hand"]
    planned = {each.id: each.turn for each in back if each.how == "plan"}
    waiting = tuple(each.id for each in back if each.how == "condition")
    returned = {each.number for each in back}
    proposals = {
        number: replace(each, state="withdrawn") if each.turn > turn and each.state in ("offered", "accepted") else each
        for number, each in state.proposals.items()
    }
    return replace(
        state,
        phase=DELIBERATION,
        turn=turn,
        deadline=None,
        remaining=None,
        opened=None,
        hands=hands,
        missed={at: actors for at, actors in state.missed.items() if at < turn},
        suggestions=tuple(each for each in state.suggestions if each.turn < turn),
        proposals=proposals,
        sent={number: each for number, each in state.sent.items() if number not in returned},
        planned={**state.planned, **planned},
        waiting=(*state.waiting, *waiting),
        done=state.done[:-1],
        control=dict(state.done[-2].control if len(state.done) > 1 else state.first_control),
        votes={},
        predictions={},
        told=Told(),
    )


def _unlocked(state: State, entry: Entry, body: Body) -> State:
    """Back to the deliberation, as it was but for its clock and for what devices had suggested."""
    turn = state.turn
    hands = _given(state, turn)
    proposals = {
        number: replace(each, state="offered") if each.turn == turn and each.state == "lapsed" else each
        for number, each in state.proposals.items()
    }
    missed = {at: actors for at, actors in state.missed.items() if at != turn}
    return replace(state, phase=DELIBERATION, opened=None, hands=hands, proposals=proposals, missed=missed)


def _clock(state: State, entry: Entry, body: Body) -> State:
    return replace(state, deadline=body["deadline"], remaining=body["remaining"])


def _handed_in(state: State, entry: Entry, body: Body) -> State:
    hand = Hand(read_orders(body["orders"]), body["by"])
    suggestions = tuple(each for each in state.suggestions if (each.turn, each.actor) != (body["turn"], entry.seat))
    return replace(state, hands={**state.hands, (body["turn"], entry.seat): hand}, suggestions=suggestions)


def _recalled(state: State, entry: Entry, body: Body) -> State:
    return replace(state, hands={at: hand for at, hand in state.hands.items() if at != (body["turn"], entry.seat)})


def _suggested(state: State, entry: Entry, body: Body) -> State:
    made = Suggested(entry.number, body["turn"], entry.seat, body["device"], read_orders(body["orders"]))
    others = tuple(each for each in state.suggestions if each.device != made.device)
    return replace(state, suggestions=(*others, made))


def _proposed(state: State, entry: Entry, body: Body) -> State:
    order = read_orders([body["order"]])[0]
    made = Proposal(entry.number, body["turn"], entry.seat, body["device"], order, tuple(body["needs"]))
    return replace(state, proposals={**state.proposals, made.number: made})


def _answered(state: State, entry: Entry, body: Body) -> State:
    asked = state.proposals[body["proposal"]]
    answers = {**asked.answers, entry.seat: body["yes"]}
    refused = not all(answers.values())
    accepted = all(answers.get(actor, False) for actor in asked.needs)
    word = "refused" if refused else "accepted" if accepted else "offered"
    return replace(state, proposals={**state.proposals, asked.number: replace(asked, answers=answers, state=word)})


def _withdrawn(state: State, entry: Entry, body: Body) -> State:
    asked = replace(state.proposals[body["proposal"]], state="withdrawn")
    return replace(state, proposals={**state.proposals, asked.number: asked})


def _cable(state: State, entry: Entry, body: Body) -> State:
    made = Cable(entry.number, state.turn, entry.seat, body["device"], tuple(body["to"]), body["text"])
    return replace(state, cables=(*state.cables, made))


def _cables(state: State, entry: Entry, body: Body) -> State:
    return replace(state, opened=body["open"])


def _inject(state: State, entry: Entry, body: Body) -> State:
    number = _next(state.sent, entry.number)
    made = Sent(number, body["id"], body["turn"], tuple(body["to"]), body["label"], body["text"])
    state = replace(state, sent={**state.sent, number: made})
    if not made.turn:
        # The practice turn takes nothing from the turns that count.
        return state
    planned = {each: turn for each, turn in state.planned.items() if each != made.id}
    waiting = tuple(each for each in state.waiting if each != made.id)
    return replace(state, planned=planned, waiting=waiting)


def _planned(state: State, entry: Entry, body: Body) -> State:
    planned = {each: turn for each, turn in state.planned.items() if each != body["id"]}
    if body["turn"] is not None:
        planned[body["id"]] = body["turn"]
    return replace(state, planned=planned)


def _taken_back(state: State, entry: Entry, body: Body) -> State:
    return replace(state, sent={number: each for number, each in state.sent.items() if number != body["number"]})


def _called_off(state: State, entry: Entry, body: Body) -> State:
    sent = replace(state.sent[body["number"]], idle=True)
    return replace(state, sent={**state.sent, sent.number: sent})


def _seen(state: State, entry: Entry, body: Body) -> State:
    sent = dict(state.sent)
    for number in body["injects"]:
        sent[number] = replace(sent[number], seen=sent[number].seen | {body["by"]})
    return replace(state, sent=sent)


def _forecast(state: State, entry: Entry, body: Body) -> State:
    given = (body["probability"], state.turn)
    return replace(state, forecasts={**state.forecasts, (body["device"], body["number"]): given})


def _vote(state: State, entry: Entry, body: Body) -> State:
    return replace(state, votes={**state.votes, body["device"]: (body["turn"], body["actor"], body["choice"])})


def _predicted(state: State, entry: Entry, body: Body) -> State:
    return replace(state, predictions={**state.predictions, body["device"]: body["probability"]})


def _told(state: State, entry: Entry, body: Body) -> State:
    told = state.told
    if "page" in body:
        told = replace(told, page=body["page"], furthest=max(told.furthest, body["page"]))
    if "stage" in body:
        if (told.stage, body["stage"]) == ("answer", "vote"):
            state = replace(state, votes={})
        told = replace(told, stage=body["stage"])
    if "change" in body:
        told = replace(told, change=Changed(**body["change"]))
        state = replace(state, predictions={})
    return replace(state, told=told)


KINDS: Mapping[str, Callable[[State, Entry, Body], State]] = {
    "created": _created,
    "room": _room,
    "joined": _joined,
    "sat": _sat,
    "renamed": _renamed,
    "keyed": _keyed,
    "removed": _removed,
    "pen": _pen,
    "seat": _seat_set,
    "phase": _phase,
    "resolved": _resolved,
    "undone": _undone,
    "unlocked": _unlocked,
    "clock": _clock,
    "handed in": _handed_in,
    "recalled": _recalled,
    "suggested": _suggested,
    "proposed": _proposed,
    "answered": _answered,
    "withdrawn": _withdrawn,
    "cable": _cable,
    "cables": _cables,
    "inject": _inject,
    "planned": _planned,
    "taken back": _taken_back,
    "called off": _called_off,
    "seen": _seen,
    "forecast": _forecast,
    "vote": _vote,
    "predicted": _predicted,
    "told": _told,
}
"""What each kind of entry does."""
