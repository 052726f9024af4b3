"""The course of a class: lobby, a practice turn, turns of briefing, deliberation, lock and reveal, the debrief.

`advance` does the next step. The practice turn is turn 0, in a world of its own.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from escalation.classroom.desk import TEACHER
from escalation.classroom.entries import ENDED
from escalation.classroom.injects import Injects
from escalation.classroom.log import Entry
from escalation.classroom.play import write_inputs
from escalation.classroom.refusals import Refused
from escalation.classroom.state import (
    BRIEFING,
    CLOSED,
    DEBRIEF,
    DELIBERATION,
    LOBBY,
    LOCKED,
    REVEAL,
    Order,
    Sent,
    write_orders,
)
from escalation.model.classroom import MOST_MINUTES
from escalation.model.script import Decide, HandOver, Script


class Phases(Injects):
    """Who decides when: the instructor, or the clock of a deliberation."""

    def advance(self, now: float, token: str = "", at: str = "") -> None:
        """The next step. A token keeps a double click from being two steps.

        at: "PHASE TURN" that was seen when this was asked for, so that two who ask at once do not take two steps.

        Raises:
            Refused: the class has gone on already (`moved`) or is over, the instructor has still to play for a seat, or
                the world cannot go on.
        """
        with self._lock:
            self._still(at)
            full = self._token(TEACHER, "advance", token)
            if self._again(full) is not None:
                return
            state = self.state
            if state.phase == LOBBY:
                self._begin(now, full)
            elif state.phase == BRIEFING:
                self._go(DELIBERATION, state.turn, now, full, deadline=now + 60 * state.minutes)
            elif state.phase == DELIBERATION:
                self._go(LOCKED, state.turn, now, full, **self._locked())
            elif state.phase == LOCKED:
                self._resolve(now, full)
            elif state.phase == REVEAL and state.turn < state.turns:
                self._go(BRIEFING, state.turn + 1, now, full)
            elif state.phase == REVEAL:
                self._go(DEBRIEF, state.turn, now, full)
            elif state.phase == DEBRIEF:
                self._go(CLOSED, state.turn, now, full)
            else:
                raise Refused("The class is over.", "phase")

    def tick(self, now: float) -> bool:
        """Lock the orders if their time is up; whether it was."""
        with self._lock:
            deadline = self.state.deadline
            if self.state.phase != DELIBERATION or deadline is None or now < deadline:
                return False
            self.advance(now)
            return True

    def pause(self, now: float) -> None:
        """The clock stands still; what can be done can still be done."""
        with self._lock:
            if self.state.deadline is not None:
                left = max(0.0, self.state.deadline - now)
                self._enter("clock", {"deadline": None, "remaining": left}, now=now)

    def resume(self, now: float) -> None:
        """The clock runs on."""
        with self._lock:
            if self.state.remaining is not None:
                self._enter("clock", {"deadline": now + self.state.remaining, "remaining": None}, now=now)

    def extend(self, minutes: float, now: float) -> None:
        """More time for this deliberation."""
        with self._lock:
            self._deliberating()
            if isinstance(minutes, bool) or not 0 < minutes <= MOST_MINUTES:
                raise Refused(f"More minutes are a number above 0, up to {MOST_MINUTES}.", "minutes")
            state, more = self.state, 60.0 * minutes
            body = {"deadline": max(now, state.deadline or now) + more, "remaining": None}
            if state.remaining is not None:
                body = {"deadline": None, "remaining": state.remaining + more}
            self._enter("clock", body, now=now)

    def undo(self, now: float | None = None, token: str = "", at: str = "") -> None:
        """Take the last resolve back: the turn is deliberated again, without a deadline, its orders as they were.

        at: as for `advance`.
        """
        with self._lock:
            self._still(at)
            full = self._token(TEACHER, "undo", token)
            if self._again(full) is not None:
                return
            if not self.can_undo:
                raise Refused("There is no turn to take back.", "undo")
            self._enter("undone", {"turn": self.state.done[-1].turn}, now=now, token=full)

    def unlock(self, now: float | None = None, at: str = "") -> None:
        """Open locked orders again, without a deadline; what was handed in stays, what the lock played goes.

        at: as for `advance`.
        """
        with self._lock:
            self._still(at)
            if self.state.phase != LOCKED:
                raise Refused("Orders are not locked.", "phase")
            self._enter("unlocked", {}, now=now)

    def finish(self, now: float, at: str = "") -> None:
        """Go to the debrief now: the turns that are left are played at once, without orders but for those handed in.

        at: as for `advance`.

        Raises:
            Refused: no turn that counts has begun, or the world cannot go on; the class then stays in that turn.
        """
        with self._lock:
            self._still(at)
            if not self.can_finish:
                raise Refused("The turns have not begun, or are over.", "phase")
            while self.state.phase != DEBRIEF:
                if self.state.phase == DELIBERATION:
                    self._go(LOCKED, self.state.turn, now, "", **self._locked(finishing=True))
                else:
                    self.advance(now)

    @property
    def can_finish(self) -> bool:
        """Whether there are turns left that could be played at once."""
        state = self.state
        return state.turn > 0 and state.phase in (BRIEFING, DELIBERATION, LOCKED, REVEAL)

    def _still(self, at: str) -> None:
        """The class is where it was seen."""
        if at and at != f"{self.state.phase} {self.state.turn}":
            raise Refused("The class has gone on since this page was loaded.", "moved")

    @property
    def can_undo(self) -> bool:
        """Whether the last resolve can be taken back."""
        return bool(self.state.done) and self.state.phase not in (LOBBY, CLOSED)

    def waiting_for(self) -> tuple[str, ...]:
        """Actors for which the instructor has still to play before a locked turn is resolved."""
        with self._lock:
            state = self.state
            if state.phase != LOCKED:
                return ()
            return tuple(role.actor for role in self.exercise.roles if self._unplayed(role.actor))

    def _unplayed(self, actor: str) -> bool:
        return self.state.who[actor] != "computer" and (self.state.turn, actor) not in self.state.hands

    def _go(self, phase: str, turn: int, now: float, token: str, **more: Any) -> Entry:
        return self._enter("phase", {"phase": phase, "turn": turn, **more}, now=now, token=token)

    def _begin(self, now: float, token: str) -> None:
        """Out of the lobby: the worlds are made, and who decides in them at first is settled."""
        control = {role.actor: _control(self.state.who[role.actor]) for role in self.exercise.roles}
        digest = self.worlds.begin(tuple(actor for actor, who in control.items() if who == "person"))
        try:
            self._go(
                BRIEFING,
                0 if self.state.has_practice else 1,
                now,
                token,
                control=control,
                beginning=digest,
                triggered=self._triggered(self.worlds.first),
            )
        except Refused:
            self.worlds.first = None
            raise

    def _triggered(self, snapshot: Any) -> list[str]:
        return [each for each in self.state.waiting if self.play.holds(each, snapshot)]

    def _locked(self, *, finishing: bool = False) -> dict[str, Any]:
        """What the lock does for seats that handed nothing in, by the rule chosen at the start.

        finishing: nobody was asked, so people and the instructor hold and have missed nothing.
        """
        state, played, missed = self.state, {}, []
        for role in self.exercise.roles:
            actor = role.actor
            who = state.who[actor]
            if who == "computer" or (state.turn, actor) in state.hands:
                continue
            rule = state.late if who == "human" else who
            if finishing and who != "bot":
                rule = ENDED
            elif who == "human":
                missed.append(actor)
            if rule != "instructor":
                played[actor] = {"by": rule, "orders": write_orders(self._by_rule(rule, actor))}
        return {"played": played, "missed": missed}

    def _by_rule(self, rule: str, actor: str) -> tuple[Order, ...]:
        if rule != "bot":
            return ()
        state, snapshot = self.state, self.worlds.before(self.state.turn)
        agreed = Counter(each.order.choice for each in state.accepted(state.turn, actor))
        return tuple(
            Order(each.choice, {}, dict(each.draws))
            for each in self.play.bot_orders(actor, snapshot, state.turn)
            if agreed[each.choice] < self.play.per_turn(each.choice)
        )

    def _resolve(self, now: float, token: str) -> None:
        """Play the turn. What it comes to is entered with the inputs and the digest of the world after it."""
        waiting = self.waiting_for()
        if waiting:
            names = ", ".join(self._role(actor).name for actor in waiting)
            raise Refused(f"Please play for {names} first: without orders is an order too.", "waiting")
        turn, control = self.state.turn, self._controls()
        inputs = self._inputs(control)
        snapshot = self.worlds.ahead(turn, inputs).resolved.snapshot
        if snapshot.failure is not None:
            raise Refused(self._failed(control, snapshot.failure.message), "failed")
        body = {
            "turn": turn,
            "inputs": write_inputs(inputs),
            "digest": self.play.digest(snapshot),
            "control": control,
            "triggered": self._triggered(snapshot) if turn else [],
        }
        self._enter("resolved", body, now=now, token=token)

    def _controls(self) -> dict[str, str]:
        """Who decides for each actor in this turn."""
        state, found = self.state, {}
        for role in self.exercise.roles:
            hand = state.hands.get((state.turn, role.actor))
            by_model = hand is None or hand.by == "model"
            found[role.actor] = "model" if by_model else "person"
        return found

    def _failed(self, control: Mapping[str, str], why: str) -> str:
        """Why the world cannot go on, and what is to be done: an inject without which it can is named."""
        turn = self.state.turn
        for sent in self._effective_injects():
            without = self.worlds.ahead(turn, self._inputs(control, without=sent)).resolved.snapshot
            if without.failure is None:
                known = self._known(sent.id)
                name = known.label or known.id
                return f"The world cannot go on with the inject “{name}”: {why} Please call off what it does."
        return f"With these orders the world cannot go on: {why} Please open the orders again and change them."

    def _effective_injects(self) -> list[Sent]:
        """Those that may do something to the world in this turn."""
        return [each for each in self.state.sent.values() if each.turn == self.state.turn and each.id and not each.idle]

    def _inputs(self, control: Mapping[str, str], without: Sent | None = None) -> Script:
        """The script of the turn: who decides, what injects do, then all orders, which read one state."""
        state, turn = self.state, self.state.turn
        instant = self.exercise.instants[max(turn - 1, 0)]
        before, snapshot = state.control, self.worlds.before(turn)
        inputs: list[Any] = [
            HandOver(instant, actor, "person" if who == "person" else "model")
            for actor, who in control.items()
            if who != before.get(actor)
        ]
        for sent in self._effective_injects():
            if sent is not without:
                inputs += self.play.effects(sent.id, snapshot, instant)
        for role in self.exercise.roles:
            hand = state.hands.get((turn, role.actor))
            orders = [*(hand.orders if hand else ()), *(each.order for each in state.accepted(turn, role.actor))]
            inputs += [Decide(instant, each.choice, dict(each.values)) for each in orders]
        return tuple(inputs)


def _control(who: str) -> str:
    return "model" if who == "computer" else "person"
