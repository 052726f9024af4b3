"""Cables: what seats say to one another and to the press, in the log, before the instructor's eyes."""

from collections.abc import Sequence

from escalation.classroom.desk import Desk
from escalation.classroom.log import Entry
from escalation.classroom.refusals import Refused
from escalation.classroom.state import CLOSED, PRESS
from escalation.classroom.writing import CABLE, text_of

MOST_CABLES = 5_000
"""In one session."""
MOST_IN_A_TURN = 60
"""Cables of one device in one turn, so that one phone cannot fill everybody's page."""


class Cables(Desk):
    """Sent by any device of a seat, where the phase or the instructor allows it."""

    def cable(self, device: str, to: Sequence[str], text: str, token: str = "", now: float | None = None) -> Entry:
        """A message to seats, or to `["press"]`, which everybody reads."""
        with self._lock:
            member = self._seated(device)
            full = self._token(device, "cable", token)
            earlier = self._again(full)
            if earlier is not None:
                return earlier
            if not self.state.cables_open:
                raise Refused("Cables are closed now.", "phase")
            receivers = sorted(set(to))
            if PRESS in receivers and receivers != [PRESS]:
                raise Refused("What goes to the press goes to everybody: send it to the press alone.", "cable")
            if not receivers or member.actor in receivers:
                raise Refused("A cable goes to at least one other seat, or to the press.", "cable")
            for actor in receivers:
                if actor != PRESS:
                    self._role(actor)
            if len(self.state.cables) >= MOST_CABLES:
                raise Refused(f"{MOST_CABLES:,} cables have been sent, which is as many as there is room for.", "full")
            mine = [each for each in self.state.cables if (each.device, each.turn) == (device, self.state.turn)]
            if len(mine) >= MOST_IN_A_TURN:
                raise Refused(f"You have sent {MOST_IN_A_TURN} cables in this turn, which is as many as go.", "full")
            body = {"device": device, "to": receivers, "text": text_of(text, CABLE, "A cable", lines=True)}
            return self._enter("cable", body, now=now, seat=member.actor, token=full)

    def cables_open(self, is_open: bool, now: float | None = None) -> None:
        """Allow cables, or close them, until the phase ends."""
        with self._lock:
            if self.state.phase == CLOSED:
                raise Refused("The class is over.", "phase")
            if self.state.cables_open != bool(is_open):
                self._enter("cables", {"open": bool(is_open)}, now=now)
