"""What a session asks of its scenario: begin and resolve a world, read it out, make a menu, read an order.

`Play` says it; `ModelPlay` answers from the exercise and its model. A session knows no other way to a world.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from escalation.model.script import Decide, Force, HandOver, Held, Input, Put, Script

if TYPE_CHECKING:
    from escalation.classroom.exercise import Exercise, Item
    from escalation.classroom.world import Resolved
    from escalation.model.process import Value
    from escalation.model.snapshot import Snapshot
    from escalation.model.trajectory import Point

Odds = Mapping[str, tuple[float, float, float]]
"""By measure: its share or mean, and the ends of its interval."""


class Play(Protocol):
    """All of it is deterministic and touches no file."""

    @property
    def exercise(self) -> "Exercise":
        """Who plays, how long, with what."""
        ...

    def begin(self, point: "Point", played: Collection[str]) -> "Snapshot":
        """The world at its first instant, people deciding for the actors `played`."""
        ...

    def resolve(self, snapshot: "Snapshot", script: Script, until: int) -> "Resolved":
        """The world at a later instant, with a script's inputs on the way."""
        ...

    def digest(self, snapshot: "Snapshot") -> str:
        """What tells two worlds apart."""
        ...

    def bot_orders(self, actor: str, snapshot: "Snapshot", number: int) -> tuple[Decide, ...]:
        """Orders of an actor by addressed chance; number: the turn."""
        ...

    def odds(self, snapshot: "Snapshot") -> tuple[Odds, Odds]:
        """What may come of the world: if the seats do nothing more, and if the model plays them. Takes its time."""
        ...

    def why_held(self, held: Held) -> str:
        """Why an order could not be carried out, in words of the exercise."""
        ...

    def told(self, name: str, snapshot: "Snapshot") -> str:
        """The present value of a name, as a reader sees it."""
        ...

    def label(self, name: str) -> str:
        """What a name, or a choice, is called."""
        ...

    def menu(self, actor: str, snapshot: "Snapshot") -> "tuple[Item, ...]":
        """What a seat may order."""
        ...

    def filled(self, choice: str, texts: Mapping[str, str]) -> "dict[str, Value]":
        """The values of what a person filled in. Raises ValueError with a sentence."""
        ...

    def per_turn(self, choice: str) -> int:
        """How often a seat may take a choice in one turn."""
        ...

    def holds(self, inject: str, snapshot: "Snapshot") -> bool:
        """Whether the condition of an inject is true."""
        ...

    def settled(self, question: int, snapshot: "Snapshot", actor: str) -> bool:
        """Whether a seat sees that a question (from 0) is settled for good."""
        ...

    def effects(self, inject: str, snapshot: "Snapshot", instant: int) -> tuple[Input, ...]:
        """What an inject does to the world."""
        ...

    def gauges(self) -> tuple[str, ...]:
        """The names that the instructor reads, of the truth."""
        ...

    def happened(self, resolved: "Resolved") -> tuple[str, ...]:
        """What happened in a turn, in truth, a line each."""
        ...

    def date(self, instant: int) -> str:
        """A day of the scenario's calendar."""
        ...


_INPUTS: Mapping[str, type] = {"decide": Decide, "force": Force, "put": Put, "hand over": HandOver}


def write_inputs(script: Script) -> list[dict[str, Any]]:
    """A script as JSON says it."""
    names = {made: name for name, made in _INPUTS.items()}
    return [{"input": names[type(each)], **asdict(each)} for each in script]


def read_inputs(written: Collection[Mapping[str, Any]]) -> Script:
    """A script from what JSON says."""
    return tuple(
        _INPUTS[each["input"]](**{name: value for name, value in each.items() if name != "input"}) for each in written
    )
