"""What each of three viewers may see, as plain text and numbers: a seat, the instructor, the projector.

Nothing stands in a view that its viewer may not know: a page that prints all of it gives nothing away. Texts of people
and of the scenario are as written: whoever makes a page of them escapes them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from escalation.classroom.exercise import Item


@dataclass(frozen=True, slots=True)
class Reading:
    """A name as it is read now. before: as it was at the end of the turn before, or "". note: what to know of it."""

    name: str
    label: str
    text: str
    before: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What became known in one past turn. date: of its end, as text."""

    turn: int
    date: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order as handed in. draws: name and text, as filled in. by: the nickname, "the instructor" or the like."""

    choice: str
    label: str
    draws: tuple[tuple[str, str], ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The orders of a seat for a turn. turn: that. by: who handed them in. played: for it, by rule or instructor."""

    turn: int
    by: str
    orders: tuple[OrderLine, ...]
    played: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Orders that somebody of the same seat without the pen would hand in."""

    number: int
    by: str
    orders: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """An order that needs consent. number: what accept and refuse are told. by: the proposing seat's actor.

    needs: actors whose consent it needs; given: those that gave it. mine: whether the viewer proposed it; answer: what
    the viewer's seat has said ("", "accepted" or "refused"). state: offered, accepted, refused, lapsed or withdrawn.
    """

    number: int
    turn: int
    by: str
    by_name: str
    order: OrderLine
    needs: tuple[str, ...]
    given: tuple[str, ...]
    state: str
    mine: bool = False
    answer: str = ""


@dataclass(frozen=True, slots=True)
class CableLine:
    """A message. to: actors, or ("press",). by: the sender's actor; names are as the scenario says them."""

    number: int
    turn: int
    date: str
    by: str
    by_name: str
    to: tuple[str, ...]
    to_names: tuple[str, ...]
    text: str
    mine: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """An inject that has reached the viewer. number: of its sending."""

    number: int
    turn: int
    date: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """A question. number: from 0. by_turn: the turn by whose end it is decided. mine: 0 to 100, or None."""

    number: int
    ask: str
    by_turn: int
    open: bool
    mine: float | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A device of somebody in the class. actor: where it sits, or ""."""

    device: str
    nickname: str
    actor: str = ""
    has_pen: bool = False
    me: bool = False


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A seat as everybody sees it."""

    actor: str
    name: str
    role: str
    who: str
    people: tuple[str, ...]
    handed_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every viewer sees of the class.

    begins, ends: dates of the turn, as text. deadline: seconds since the epoch, or None. remaining: seconds left while
    the clock stands still. note: the content note.
    """

    title: str
    note: str
    phase: str
    turn: int
    turns: int
    begins: str
    ends: str
    deadline: float | None
    remaining: float | None
    paused: bool
    practice: bool
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatView(Frame):
    """What one device sees: its seat's page, or with actor "" the page where a seat is chosen.

    voted: the order that this device would change, with its turn and actor.
    """

    actor: str
    name: str
    role: str
    brief: str
    aims: tuple[str, ...]
    seats: tuple[str, ...]
    device: str
    nickname: str
    has_pen: bool
    devices: tuple[Person, ...]
    cables_open: bool
    story: tuple[Chapter, ...] = ()
    readings: tuple[Reading, ...] = ()
    menu: "tuple[Item, ...]" = ()
    handed_in: HandedIn | None = None
    past_orders: tuple[HandedIn, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    drafts: tuple[tuple[str, str], ...] = ()
    proposals: tuple[ProposalLine, ...] = ()
    cables: tuple[CableLine, ...] = ()
    news: tuple[News, ...] = ()
    forecasts: tuple[ForecastLine, ...] = ()
    roster: tuple[RosterLine, ...] = ()
    voted: tuple[int, str, str] | None = None
    predicted: float | None = None


@dataclass(frozen=True, slots=True)
class SeatTurn:
    """One cell of seats × turns.

    by: who handed in, or by what rule. orders: None before anything is there. agreed: its proposals that were accepted.
    """

    turn: int
    handed_in: bool
    by: str
    orders: tuple[OrderLine, ...] | None
    held: tuple[str, ...] = ()
    agreed: tuple[OrderLine, ...] = ()


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat before the instructor."""

    actor: str
    name: str
    role: str
    who: str
    people: tuple[Person, ...]
    turns: tuple[SeatTurn, ...]


@dataclass(frozen=True, slots=True)
class InjectLine:
    """An inject before the instructor. id: the scenario's, or "" for free text. number: of its sending, or None.

    state: waiting (for its condition), planned, offered, sent, seen (by the seats in seen_by) or called off. will_do:
    it was sent, and does something to the world when its turn is played.
    """

    id: str
    number: int | None
    label: str
    text: str
    to: tuple[str, ...]
    state: str
    turn: int | None
    seen_by: tuple[str, ...] = ()
    will_do: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructorView(Frame):
    """Everything. gauges: the truth. code: "" once the lobby is closed. differences: what a replay found otherwise."""

    late: str
    minutes: float
    code: str
    code_grown: bool
    cables_open: bool
    next_step: str
    waiting_for: tuple[str, ...]
    can_undo: bool
    can_finish: bool
    unseated: tuple[Person, ...]
    seats: tuple[SeatRow, ...]
    gauges: tuple[Reading, ...] = ()
    story: tuple[Chapter, ...] = ()
    cables: tuple[CableLine, ...] = ()
    injects: tuple[InjectLine, ...] = ()
    proposals: tuple[ProposalLine, ...] = ()
    votes: tuple[tuple[int, str, str, int], ...] = ()
    predictions: tuple[float, ...] = ()
    differences: tuple[str, ...] = ()
    delete_after: str = ""

    @property
    def unmanned(self) -> tuple[str, ...]:
        """Seats that people are to play and where nobody sits."""
        return tuple(row.actor for row in self.seats if row.who == "human" and not row.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectorView(Frame):
    """What all may see. code: while the lobby is open. roster: its seats say only whether they have handed in."""

    code: str
    press: tuple[CableLine, ...] = ()
    news: tuple[News, ...] = ()
    readings: tuple[Reading, ...] = ()
    roster: tuple[RosterLine, ...] = ()
