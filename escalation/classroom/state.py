"""What a session is after so many entries of its log. Turn 0 is the practice turn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
    `the projector`. how: by hand, by plan or by condition. idle: what it does to the world was called off.
    """

    number: int
    id: str
    turn: int
    to: tuple[str, ...] = ()
    label: str = ""
    text: str = ""
    seen: frozenset[str] = frozenset()
    how: str = "hand"
    idle: bool = False


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

    @property
    def of(self) -> str:
        """The change in one word, so that what was read of another is told from it; "" before one is settled."""
        change = self.change
        return (
            ""
            if change is None
            else "/".join(map(str, (change.turn, change.actor, change.choice, change.instead, change.measure)))
        )


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


def read_orders(written: Iterable[Mapping[str, Any]]) -> tuple[Order, ...]:
    """Orders as an entry has them."""
    return tuple(Order(each["choice"], each.get("texts", {}), each.get("values", {})) for each in written)


def write_orders(orders: Iterable[Order]) -> list[dict[str, Any]]:
    """Orders as an entry has them."""
    return [{"choice": each.choice, "texts": dict(each.texts), "values": dict(each.values)} for each in orders]
