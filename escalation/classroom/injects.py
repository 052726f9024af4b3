"""Injects: what the instructor, the calendar of the exercise or a condition brings into the class."""

from collections.abc import Sequence
from typing import Any

from escalation.classroom.desk import TEACHER, Desk
from escalation.classroom.log import Entry
from escalation.classroom.refusals import Refused
from escalation.classroom.state import BRIEFING, DELIBERATION, REVEAL, Sent
from escalation.classroom.writing import CABLE, NICKNAME, text_of

PROJECTOR = "the projector"
"""Who sees an inject to all besides the seats."""
MOST_INJECTS = 1_000


class Injects(Desk):
    """Sent injects take effect when the turn is resolved; after the lock, in the next one."""

    def send_inject(
        self, inject: str, to: Sequence[str] = (), now: float | None = None, *, label: str = "", token: str = ""
    ) -> Entry:
        """Bring in an inject of the scenario by its id, or a text of one's own.

        to: actors, () for all, or for those whom the scenario names. Its number stands in the instructor's view.
        """
        with self._lock:
            full = self._token(TEACHER, "inject", token)
            earlier = self._again(full)
            if earlier is not None:
                return earlier
            for actor in to:
                self._role(actor)
            if len(self.state.sent) >= MOST_INJECTS:
                raise Refused("There are as many injects as there is room for.", "full")
            known = self._known(inject)
            body: dict[str, Any] = {"turn": self._effective(), "to": sorted(set(to)), "id": "", "label": "", "text": ""}
            if known is None:
                body["label"] = text_of(label, NICKNAME * 2, "A headline", may_be_empty=True)
                body["text"] = text_of(inject, CABLE, "An inject", lines=True)
            else:
                if self._used(inject):
                    raise Refused(f"“{known.label or known.id}” has been sent already.", "inject")
                body |= {"id": inject, "to": body["to"] or list(known.to)}
            return self._enter("inject", body, now=now, token=full)

    def plan_inject(self, inject: str, turn: int | None, now: float | None = None) -> None:
        """Send an inject of the scenario at the start of a turn; None plans it no more."""
        with self._lock:
            if self._known(inject) is None:
                raise Refused("There is no such inject.", "inject")
            if any(each.id == inject and each.turn for each in self.state.sent.values()):
                raise Refused("It has been sent already.", "inject")
            first = self.state.turn + 1
            if turn is not None and not first <= turn <= self.state.turns:
                raise Refused(f"It can be planned for turns {first} to {self.state.turns}.", "turn")
            if self.state.planned.get(inject) != turn:
                self._enter("planned", {"id": inject, "turn": turn}, now=now)

    def take_back(self, inject: int | str, now: float | None = None) -> None:
        """Take back what was sent (by its number) while nobody has seen it, or what is planned (by its id)."""
        with self._lock:
            if isinstance(inject, str):
                return self.plan_inject(inject, None, now)
            sent = self.state.sent.get(inject)
            if sent is None:
                return
            if sent.seen:
                names = ", ".join(_name(self, actor) for actor in sorted(sent.seen))
                raise Refused(f"It cannot be taken back: {names} has seen it.", "seen")
            if self._played(sent):
                raise Refused("It cannot be taken back: its turn has been played.", "turn")
            self._enter("taken back", {"number": inject}, now=now)

    def call_off(self, number: int, now: float | None = None) -> None:
        """Let an inject that was sent do nothing to the world; who has read it has read it."""
        with self._lock:
            sent = self.state.sent.get(number)
            if sent is None or not self._acts(sent):
                raise Refused("There is no inject that does anything.", "inject")
            if self._played(sent):
                raise Refused("What it does is done: its turn has been played.", "turn")
            if not sent.idle:
                self._enter("called off", {"number": number}, now=now)

    def _acts(self, sent: Sent) -> bool:
        """Whether an inject does something to the world, and not to its readers alone."""
        known = self._known(sent.id)
        return known is not None and bool(known.fire or known.set)

    def _played(self, sent: Sent) -> bool:
        """Whether the turn in which an inject takes effect is over."""
        return sent.turn < self.state.turn or any(each.turn == sent.turn for each in self.state.done)

    def _effective(self) -> int:
        """The turn in which an inject sent now takes effect."""
        state = self.state
        if state.phase in (BRIEFING, DELIBERATION):
            return state.turn
        if state.phase == REVEAL and state.turn < state.turns:
            return state.turn + 1
        raise Refused("Injects can be sent while a turn is read or deliberated.", "phase")

    def _used(self, inject: str) -> bool:
        """Whether an inject of the scenario has been sent; one of the practice turn counts in that turn alone."""
        practice = self.state.practice
        return any(each.id == inject and (each.turn == 0) == practice for each in self.state.sent.values())

    def _known(self, inject: str) -> Any:
        return next((each for each in self.exercise.injects if each.id == inject), None)

    def _reached(self, actor: str) -> list[Sent]:
        """The injects that a seat, or the projector, gets to see now."""
        state = self.state
        practice = state.practice
        return [
            each
            for each in state.sent.values()
            if (not each.to or actor in each.to)
            and (each.turn == 0) == practice
            and (each.turn <= state.turn or (each.how == "hand" and state.phase == REVEAL))
        ]

    def _mark_seen(self, viewer: str, injects: Sequence[Sent]) -> None:
        """What is about to be shown is seen from now on: entered before it is shown."""
        fresh = [each.number for each in injects if viewer not in each.seen]
        if fresh:
            self._enter("seen", {"by": viewer, "injects": fresh}, now=None, seat="" if viewer == PROJECTOR else viewer)


def _name(desk: Desk, viewer: str) -> str:
    return PROJECTOR if viewer == PROJECTOR else desk._role(viewer).name
