"""What a session is after so many entries of its log: a pure fold, without a clock, a file or a model.

The same entries give an equal state, whenever and wherever they are folded. Turn 0 is the practice turn.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from escalation.classroom.log import Entry
from escalation.model.process import Value

LOBBY, BRIEFING, DELIBERATION, LOCKED = "lobby", "briefing", "deliberation", "locked"
REVEAL, DEBRIEF, CLOSED = "reveal", "debrief", "closed"
TALK = (BRIEFING, DELIBERATION)
"""The phases in which cables are allowed unless the instructor says otherwise."""
PRESS = "press"
INSTRUCTOR = "instructor"


@dataclass(frozen=True, slots=True)
class Member:
    """A device in the class. key: the SHA-256 of its key, in hex; "" once its link is revoked."""

    id: str
    nickname: str
    key: str
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A choice with its draws: as typed, and as read."""

    choice: str
    texts: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hand:
    """What a seat handed in. by: a device, `instructor`, `bot`, `hold` or `model`."""

    orders: tuple[Order, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """Orders that a device without the pen would hand in for its seat."""

    number: int
    turn: int
    actor: str
    device: str
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """An order that needs the consent of other seats. answers: by actor, whether it consents.

    state: offered, accepted, refused, lapsed or withdrawn.
    """

    number: int
    turn: int
    actor: str
    device: str
    order: Order
    needs: tuple[str, ...]
    answers: Mapping[str, bool] = field(default_factory=dict)
    state: str = "offered"


@dataclass(frozen=True, slots=True)
class Cable:
    """A message from a seat to seats, or to the press."""

    number: int
    turn: int
    actor: str
    device: str
    to: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """An inject that has been sent. id: the scenario's, or "" for free text. to: actors, () for all.

    label, text: of a free text only. turn: the one in which it takes effect. seen: the actors that have seen it, and
    `the projector`. how: by hand, by plan or by condition.
    """

    number: int
    id: str
    turn: int
    to: tuple[str, ...] = ()
    label: str = ""
    text: str = ""
    seen: frozenset[str] = frozenset()
    how: str = "hand"


@dataclass(frozen=True, slots=True)
class Done:
    """A turn that was resolved. inputs: the script, as JSON says it. digest: of the world after it."""

    turn: int
    inputs: tuple[Any, ...]
    digest: str
    control: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Changed:
    """The order that the class changes in the debrief. instead: another choice of the seat; "" is to hold.

    given: the order was given; otherwise the seat held, and `choice` is what it is to order after all. measure: what is
    predicted of it; "" is the first.
    """

    turn: int
    actor: str
    choice: str
    given: bool
    instead: str = ""
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """How far the debrief has come. page: the question that the room sees; furthest: the last that it has seen.

    stage: of `What if?`: "" before it, vote, predict, answer. change: settled when predictions open.
    """

    page: int = 1
    furthest: int = 1
    stage: str = ""
    change: Changed | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The whole session but for its worlds. Mappings are never changed.

    number: of the last entry. late, minutes, turns, has_practice, who: as chosen at the start, who may be changed.
    waiting: injects that wait for their condition. planned: the turn of each inject that has one ahead.
    control: who decides for each actor in the world as it stands, `person` or `model`; first_control: at its beginning.
    hands: by turn and actor.
    deadline: seconds since the epoch, None when the clock does not run. remaining: seconds, while it stands still.
    opened: whether cables are open in this phase, when the instructor has said so. forecasts: by device and number of
    the question, the probability and the turn in which it was given. beginning: digest of the first world.
    """

    number: int = 0
    created: float = 0.0
    late: str = "hold"
    minutes: float = 8.0
    turns: int = 0
    has_practice: bool = False
    retention_days: int = 0
    who: Mapping[str, str] = field(default_factory=dict)
    to: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    planned: Mapping[str, int] = field(default_factory=dict)
    code: str = ""
    members: Mapping[str, Member] = field(default_factory=dict)
    joined: int = 0
    pens: Mapping[str, str] = field(default_factory=dict)
    phase: str = LOBBY
    turn: int = 0
    deadline: float | None = None
    remaining: float | None = None
    opened: bool | None = None
    control: Mapping[str, str] = field(default_factory=dict)
    first_control: Mapping[str, str] = field(default_factory=dict)
    beginning: str = ""
    hands: Mapping[tuple[int, str], Hand] = field(default_factory=dict)
    missed: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    suggestions: tuple[Suggested, ...] = ()
    proposals: Mapping[int, Proposal] = field(default_factory=dict)
    cables: tuple[Cable, ...] = ()
    sent: Mapping[int, Sent] = field(default_factory=dict)
    done: tuple[Done, ...] = ()
    forecasts: Mapping[tuple[str, int], tuple[float, int]] = field(default_factory=dict)
    votes: Mapping[str, tuple[int, str, str]] = field(default_factory=dict)
    predictions: Mapping[str, float] = field(default_factory=dict)
    told: Told = field(default_factory=Told)

    @property
    def practice(self) -> bool:
        """Whether the practice turn is being played."""
        return self.turn == 0 and self.phase not in (LOBBY, DEBRIEF, CLOSED)

    @property
    def paused(self) -> bool:
        """Whether the clock of the deliberation stands still."""
        return self.remaining is not None

    @property
    def cables_open(self) -> bool:
        """Whether cables are allowed now."""
        return self.phase in TALK if self.opened is None else self.opened

    def seated(self, actor: str) -> tuple[Member, ...]:
        """The devices of a seat, in the order in which they joined the class."""
        return tuple(member for member in self.members.values() if actor and member.actor == actor)

    def accepted(self, turn: int, actor: str) -> tuple[Proposal, ...]:
        """The proposals of an actor that all consented to, and that are carried out in a turn."""
        return tuple(
            each for each in self.proposals.values() if (each.turn, each.actor, each.state) == (turn, actor, "accepted")
        )


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


Body = Mapping[str, Any]


def read_orders(written: Iterable[Mapping[str, Any]]) -> tuple[Order, ...]:
    """Orders as an entry has them."""
    return tuple(Order(each["choice"], each.get("texts", {}), each.get("values", {})) for each in written)


def write_orders(orders: Iterable[Order]) -> list[dict[str, Any]]:
    """Orders as an entry has them."""
    return [{"choice": each.choice, "texts": dict(each.texts), "values": dict(each.values)} for each in orders]


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


def _undone(state: State, entry: Entry, body: Body) -> State:
    """Back to the deliberation of a turn, its orders as they were; what people said and saw since then stays."""
    turn = body["turn"]
    rules = ("hold", "model", "bot")
    hands = {at: hand for at, hand in state.hands.items() if at[0] < turn or (at[0] == turn and hand.by not in rules)}
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
    "seen": _seen,
    "forecast": _forecast,
    "vote": _vote,
    "predicted": _predicted,
    "told": _told,
}
"""What each kind of entry does."""
