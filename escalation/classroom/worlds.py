"""The worlds of a session, turn by turn: played again from the log, and compared with what the log says of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from escalation.classroom.log import Entry
from escalation.classroom.play import Play, read_inputs
from escalation.model.script import Script
from escalation.model.trajectory import Point

if TYPE_CHECKING:
    from escalation.classroom.world import Resolved
    from escalation.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn as it was resolved."""

    turn: int
    inputs: Script
    before: "Snapshot"
    resolved: "Resolved"


class Worlds:
    """The first world, and the world after each turn. `follow` is told every entry of the log, in order."""

    def __init__(self, play: Play, point: Point) -> None:
        self.play, self.point = play, point
        self.first: Snapshot | None = None
        self.practice: Snapshot | None = None
        self.turns: list[Turn] = []
        self.differences: list[str] = []
        self._ahead: Turn | None = None

    def begin(self, persons: tuple[str, ...]) -> str:
        """Make the first world, in which people decide for these actors; its digest."""
        from escalation.classroom.world import practice_of

        self.first = self.play.begin(self.point, persons)
        self.practice = self.play.begin(practice_of(self.point), persons)
        return self.play.digest(self.first)

    def before(self, turn: int) -> "Snapshot":
        """The world in which a turn begins."""
        assert self.first is not None
        assert self.practice is not None
        if turn <= 1:
            return self.first if turn else self.practice
        return next(each.resolved.snapshot for each in self.turns if each.turn == turn - 1)

    def now(self, turn: int) -> "Snapshot | None":
        """The world as it stands in a turn; None before the first. After its resolve, that is the world after it."""
        if self.first is None:
            return None
        if self.turns and self.turns[-1].turn == turn:
            return self.turns[-1].resolved.snapshot
        return self.before(turn)

    def ahead(self, turn: int, inputs: Script) -> Turn:
        """What a turn would come to; kept until the log says that it has."""
        exercise, before = self.play.exercise, self.before(turn)
        until = exercise.instants[max(turn, 1)]
        self._ahead = Turn(turn, inputs, before, self.play.resolve(before, inputs, until))
        return self._ahead

    def follow(self, entry: Entry) -> None:
        """Do to the worlds what an entry says; a digest that is not the entry's is a difference."""
        body = entry.body
        if entry.kind == "phase" and "beginning" in body:
            persons = tuple(actor for actor, who in body["control"].items() if who == "person")
            made = "" if self.first is None else self.play.digest(self.first)
            self._compare(made or self.begin(persons), body["beginning"], "The world at the start")
        elif entry.kind == "phase" and (body["phase"], body["turn"]) == ("briefing", 1):
            self.turns.clear()
        elif entry.kind == "resolved":
            inputs, ahead = read_inputs(body["inputs"]), self._ahead
            if ahead is None or (ahead.turn, ahead.inputs) != (body["turn"], inputs):
                ahead = self.ahead(body["turn"], inputs)
            self._ahead = None
            self.turns.append(ahead)
            made = self.play.digest(ahead.resolved.snapshot)
            self._compare(made, body["digest"], f"The world after turn {ahead.turn}")
        elif entry.kind == "undone":
            self.turns.pop()

    def _compare(self, made: str, said: str, what: str) -> None:
        if made != said:
            difference = f"{what} is not the one that the class played in: {made[:12]} now, {said[:12]} in the log."
            self.differences.append(difference)
