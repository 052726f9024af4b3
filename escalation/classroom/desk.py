"""Where commands come in, one at a time: each is checked, entered in the log, folded, and only then answered."""

import json
import sqlite3
import threading
from collections.abc import Callable, Mapping
from typing import Any

from escalation.classroom.codes import WrongCodes, hashed, is_key
from escalation.classroom.entries import step
from escalation.classroom.log import Entry, Log, NoLog
from escalation.classroom.play import Play
from escalation.classroom.refusals import Refused
from escalation.classroom.state import DEBRIEF, DELIBERATION, Member, State
from escalation.classroom.worlds import Worlds
from escalation.classroom.writing import TOKEN, text_of

TEACHER = "instructor"
"""Who sends a command without a device."""


class Desk:
    """A session's log, state and worlds, behind one lock."""

    def __init__(self, log: Log, play: Play, worlds: Worlds) -> None:
        self.log, self.play, self.worlds = log, play, worlds
        self.state = State()
        self.revision = 0
        self._lock = threading.RLock()
        self._wrong = WrongCodes()
        self._latest = 0.0
        self._devices: dict[str, str] = {}

    @property
    def exercise(self) -> Any:
        """Who plays, how long, with what."""
        return self.play.exercise

    def _follow(self, entry: Entry, state: State) -> None:
        """An entry of the log has come to be; `state` is the one after it."""
        self.state = state
        self.worlds.follow(entry)
        self._latest = max(self._latest, entry.at)
        if entry.kind in ("joined", "keyed", "removed"):
            self._devices = {member.key: member.id for member in state.members.values() if member.key}
        if entry.kind != "seen":
            self.revision = entry.number

    def _enter(
        self, kind: str, body: Mapping[str, Any], *, now: float | None, seat: str = "", token: str = ""
    ) -> Entry:
        """One more entry: folded for trial, on disk, and then so.

        Raises:
            Refused: the disk does not take it; nothing has changed.
        """
        at = self._latest if now is None else float(now)
        number = self.state.number + 1
        # As the log will give it back, so that folding it anew cannot differ.
        body = json.loads(json.dumps(body, allow_nan=False))
        state = step(self.state, Entry(number, at, kind, seat, token, body))
        try:
            entry = self.log.append(kind, body, at=at, seat=seat, token=token, expect=number)
        except (sqlite3.Error, NoLog) as error:
            raise Refused(f"Nothing was kept: the disk does not take it ({error}).", "disk") from error
        self._follow(entry, state)
        return entry

    def _on_disk(self, change: Callable[[], None], done: str = "Nothing was kept") -> None:
        """Change drafts. done: what is so although the disk does not take the change."""
        try:
            change()
        except sqlite3.Error as error:
            raise Refused(f"{done}: the disk does not take it ({error}).", "disk") from error

    def _token(self, sender: str, kind: str, token: str) -> str:
        """A token by sender and kind, so that nobody can spoil another's; "" stays without."""
        return f"{sender}/{kind}/{text_of(token, TOKEN, 'A token')}" if token else ""

    def _again(self, full: str) -> Entry | None:
        """The entry that a form sent twice has already made."""
        return self.log.of_token(full) if full else None

    def _member(self, device: str) -> Member:
        """Who has a device."""
        member = self.state.members.get(device)
        if member is None or not member.key:
            raise Refused("This device is not in the class any more. Please ask your instructor.", "gone")
        return member

    def _seated(self, device: str) -> Member:
        """Who has a device, and has a seat."""
        member = self._member(device)
        if not member.actor:
            raise Refused("Please take a seat first.", "seat")
        return member

    def _holder(self, device: str) -> Member:
        """Who has a device, and the pen of its seat."""
        member = self._seated(device)
        holder = self.state.pens.get(member.actor, "")
        if holder != device:
            name = self.state.members[holder].nickname if holder in self.state.members else "Somebody else"
            raise Refused(f"{name} has the pen of this seat. Suggest the orders, or take the pen.", "pen")
        return member

    def _role(self, actor: str) -> Any:
        """The role of an actor."""
        for role in self.exercise.roles:
            if role.actor == actor:
                return role
        raise Refused("There is no such seat.", "seat")

    def _deliberating(self, turn: int | None = None) -> None:
        """Orders are open, of the turn that was meant."""
        state = self.state
        if turn is not None and turn != state.turn:
            raise Refused(f"That was for turn {turn}, and the class is in turn {state.turn}.", "turn")
        if state.phase != DELIBERATION:
            raise Refused("Orders are not open now.", "phase")

    def _debriefing(self) -> None:
        if self.state.phase != DEBRIEF:
            raise Refused("That belongs to the debrief.", "phase")

    def device_of(self, key: str) -> str | None:
        """The device that has a key, if there is one."""
        with self._lock:
            return self._devices.get(hashed(key)) if is_key(key) else None

    def changed_since(self, revision: int) -> bool:
        """Whether there is anything new to see."""
        return self.revision > revision
