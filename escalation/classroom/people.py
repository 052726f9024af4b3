"""People and devices: joining by code, seats with several devices and one pen, what the instructor may do."""

from dataclasses import dataclass, field

from escalation.classroom.codes import LONG, MOST_TRIED, hashed, is_key, new_code, new_key, same_code
from escalation.classroom.desk import TEACHER, Desk
from escalation.classroom.log import Entry
from escalation.classroom.nicknames import nickname_of
from escalation.classroom.refusals import Refused
from escalation.classroom.state import CLOSED, DEBRIEF, LOBBY
from escalation.classroom.view_lines import BY

MOST_DEVICES = 200
"""In one class; more are refused."""
WHO = ("human", "computer", "bot", "instructor")
"""Who may decide for an actor."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device that has joined. key: what it shows from now on; kept nowhere but there."""

    id: str
    key: str = field(repr=False)


class People(Desk):
    """Who is in the room, and where they sit."""

    def open_room(self, now: float | None = None) -> str:
        """Let people join, in the lobby or later; the code by which they do. An open room stays as it is."""
        with self._lock:
            if self.state.phase in (DEBRIEF, CLOSED):
                raise Refused("The turns are over: nobody can join any more.", "phase")
            if not self.state.code:
                self._enter("room", {"code": new_code()}, now=now)
                self._wrong.tried = 0
            return self.state.code

    def close_lobby(self, now: float | None = None) -> None:
        """The code is dead."""
        with self._lock:
            if self.state.code:
                self._enter("room", {"code": ""}, now=now)

    def join(self, code: str, nickname: str, now: float, key: str = "") -> Device:
        """A new device. key: one that the device has made itself, so that a form sent twice joins once.

        Raises:
            Refused: the code is wrong (with the seconds for which to hold the answer back), or the nickname is.
        """
        with self._lock:
            if key and not is_key(key):
                raise Refused("This is no key of a device.", "key")
            earlier = self.device_of(key) if key else None
            if earlier is not None:
                return Device(earlier, key)
            if not same_code(code, self.state.code):
                wait = self._wrong.another(now)
                if self._wrong.tried >= MOST_TRIED and 0 < len(self.state.code) < LONG:
                    self._enter("room", {"code": new_code(LONG)}, now=now)
                where = " The wall shows the one that does." if self.state.code else ""
                raise Refused(f"This code opens no room.{where}", "code", wait)
            if sum(1 for each in self.state.members.values() if each.key) >= MOST_DEVICES:
                raise Refused(f"{MOST_DEVICES} devices have joined, which is as many as there is room for.", "full")
            taken = self._taken()
            made = Device(f"d{self.state.joined + 1}", key or new_key())
            body = {"device": made.id, "nickname": nickname_of(nickname, taken), "key": hashed(made.key)}
            self._enter("joined", body, now=now)
            return made

    def _taken(self, but: str = "") -> dict[str, str]:
        """What others in the class are called, and what pages call those who are no person of it."""
        return BY | {each.id: each.nickname for each in self.state.members.values() if each.key and each.id != but}

    def sit(self, device: str, actor: str, now: float | None = None) -> None:
        """Take a seat in the lobby, or the first one later. Moving after that is for the instructor."""
        with self._lock:
            member, role = self._member(device), self._role(actor)
            if member.actor == actor:
                return
            if self.state.phase == CLOSED:
                raise Refused("The class is over.", "phase")
            if self.state.who.get(actor) != "human":
                raise Refused(f"{role.name} is not played by people in this class.", "seat")
            if member.actor and self.state.phase != LOBBY:
                raise Refused("The class has begun: only the instructor can move you.", "phase")
            self._enter("sat", {"device": device, "actor": actor}, now=now)

    def take_pen(self, device: str, now: float | None = None) -> None:
        """Write for the seat from now on. Whoever had the pen may be asleep, so they are not asked."""
        with self._lock:
            member = self._seated(device)
            if self.state.pens.get(member.actor) != device:
                self._enter("pen", {"actor": member.actor, "device": device}, now=now, seat=member.actor)

    def give_pen(self, device: str, to: str, now: float | None = None) -> None:
        """Let another device of the seat write for it."""
        with self._lock:
            member, other = self._seated(device), self._seated(to)
            if other.actor != member.actor:
                raise Refused("The pen stays in the seat.", "seat")
            if self.state.pens.get(member.actor) == to:
                return
            self._holder(device)
            self._enter("pen", {"actor": member.actor, "device": to}, now=now, seat=member.actor)

    def rename(self, device: str, nickname: str, now: float | None = None) -> None:
        """Another nickname, by the instructor."""
        with self._lock:
            self._member(device)
            taken = self._taken(but=device)
            self._enter("renamed", {"device": device, "nickname": nickname_of(nickname, taken)}, now=now)

    def move(self, device: str, actor: str, now: float | None = None) -> None:
        """Another seat, by the instructor; "" is none."""
        with self._lock:
            member = self._member(device)
            if actor:
                self._role(actor)
            if member.actor != actor:
                self._enter("sat", {"device": device, "actor": actor}, now=now)
                self._forget_drafts(device, "Moved, but the drafts of the seat before could not be removed")

    def remove(self, device: str, now: float | None = None) -> None:
        """Out of the class: its link is dead, its seat is without it. What it did stays in the log."""
        with self._lock:
            self._member(device)
            self._enter("removed", {"device": device}, now=now)
            self._forget_drafts(device, "Out of the class, but its drafts could not be removed")

    def _forget_drafts(self, device: str, done: str) -> None:
        self._on_disk(lambda: self.log.drop_drafts(device), done)

    def revoke(self, device: str, now: float | None = None) -> Device:
        """The device's link is dead; the new one is for whoever is to go on in its place."""
        with self._lock:
            self._member(device)
            made = Device(device, new_key())
            self._enter("keyed", {"device": device, "key": hashed(made.key)}, now=now)
            return made

    def set_seat(self, actor: str, who: str, now: float | None = None) -> Entry | None:
        """Who decides for an actor from the next lock on: human, computer, bot or instructor."""
        with self._lock:
            self._role(actor)
            if who not in WHO:
                raise Refused(f"A seat is {', '.join(WHO[:-1])} or {WHO[-1]}.", "seat")
            if self.state.who[actor] == who:
                return None
            return self._enter("seat", {"actor": actor, "who": who, "by": TEACHER}, now=now, seat=actor)
