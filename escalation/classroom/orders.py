"""Orders of a seat for a turn: drafted on any device, suggested by any, handed in by the one with the pen."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from escalation.classroom.desk import TEACHER, Desk
from escalation.classroom.log import Entry
from escalation.classroom.refusals import Refused
from escalation.classroom.state import DELIBERATION, LOCKED, Order, write_orders
from escalation.classroom.writing import DRAFT, DRAW, FIELD, FIELDS, OF_TURN, ORDERS, text_of

Written = Sequence[tuple[str, Mapping[str, str]]]
"""Choices, and what was filled in with each, by the name of the draw."""


class Orders(Desk):
    """What a seat does in a turn."""

    def draft(self, device: str, field: str, text: str) -> None:
        """Keep what is being typed. It is this device's alone, and no part of the log."""
        with self._lock:
            member = self._member(device)
            field = text_of(field, FIELD, "The name of a field")
            # As typed: a draft is given back to the letter, so only its length is looked at.
            if not isinstance(text, str) or len(text) > DRAFT or "\0" in text or _broken(text):
                raise Refused(f"A draft may have {DRAFT:,} characters.", "text")
            kept = self.log.drafts(device)
            if field not in kept and len(kept) >= FIELDS:
                self._on_disk(lambda: self._drop_of_other_turns(device, kept))
                kept = self.log.drafts(device)
            if field not in kept and len(kept) >= FIELDS:
                said = f"This device has {FIELDS} drafts already, so this one is not kept. What is handed in is kept."
                raise Refused(said, "full")
            self._on_disk(lambda: self.log.draft(member.actor, device, field, text))

    def _drop_of_other_turns(self, device: str, kept: Iterable[str]) -> None:
        """Forget what was ticked and filled in for orders of turns that are over."""
        for field in kept:
            turn = OF_TURN.match(field)
            if turn is not None and int(turn[1]) != self.state.turn:
                self.log.draft("", device, field, "")

    def drafts(self, device: str) -> dict[str, str]:
        """What a device is writing, by field."""
        with self._lock:
            return self.log.drafts(device)

    def propose_order(
        self, device: str, turn: int, orders: Written, token: str = "", now: float | None = None
    ) -> Entry:
        """Suggest orders to the one of the same seat who has the pen; a new suggestion replaces the device's last."""
        with self._lock:
            member = self._seated(device)
            full = self._token(device, "suggested", token)
            earlier = self._again(full)
            if earlier is not None:
                return earlier
            self._deliberating(turn)
            body = {"turn": turn, "device": device, "orders": write_orders(self._read(member.actor, orders))}
            return self._enter("suggested", body, now=now, seat=member.actor, token=full)

    def hand_in(self, device: str, turn: int, orders: Written, token: str = "", now: float | None = None) -> Entry:
        """The seat's orders for the turn, in place of what it handed in before. On disk when this returns."""
        with self._lock:
            member = self._seated(device)
            full = self._token(device, "handed in", token)
            earlier = self._again(full)
            if earlier is not None:
                return earlier
            self._deliberating(turn)
            self._holder(device)
            body = {"turn": turn, "by": device, "orders": write_orders(self._read(member.actor, orders))}
            return self._enter("handed in", body, now=now, seat=member.actor, token=full)

    def recall(self, device: str, turn: int, now: float | None = None) -> None:
        """Take back what the seat handed in, to think again."""
        with self._lock:
            member = self._holder(device)
            self._deliberating(turn)
            if (turn, member.actor) in self.state.hands:
                self._enter("recalled", {"turn": turn, "by": device}, now=now, seat=member.actor)

    def play_for(self, actor: str, orders: Written, now: float | None = None, token: str = "") -> Entry:
        """Orders by the instructor in the place of a seat, which is shown that they are; also when it is locked."""
        with self._lock:
            full = self._token(TEACHER, "handed in", token)
            earlier = self._again(full)
            if earlier is not None:
                return earlier
            self._role(actor)
            if self.state.phase not in (DELIBERATION, LOCKED):
                raise Refused("Orders are not open now.", "phase")
            body = {"turn": self.state.turn, "by": TEACHER, "orders": write_orders(self._read(actor, orders))}
            return self._enter("handed in", body, now=now, seat=actor, token=full)

    def _read(self, actor: str, orders: Written) -> tuple[Order, ...]:
        """The orders with what was filled in as values."""
        if len(orders) > ORDERS:
            raise Refused(f"A seat may hand in {ORDERS} orders in a turn.", "order")
        found = tuple(self._order(actor, choice, texts) for choice, texts in orders)
        proposed = self._proposed(actor)
        for choice, times in Counter(each.choice for each in found).items():
            self._often(choice, times, proposed[choice])
        return found

    def _proposed(self, actor: str) -> Counter[str]:
        """How often a seat orders each choice in this turn by proposals that are accepted, or may still be."""
        return Counter(
            each.order.choice
            for each in self.state.proposals.values()
            if (each.turn, each.actor) == (self.state.turn, actor) and each.state in ("offered", "accepted")
        )

    def _often(self, choice: str, times: int, proposed: int) -> None:
        """Raise Refused where orders and proposals together are more than a turn may have."""
        most = self.play.per_turn(choice)
        if times + proposed > most:
            often = "once" if most == 1 else f"{most} times"
            also = ", proposals included" if proposed else ""
            raise Refused(f"{self.play.label(choice)} may be ordered {often} in a turn{also}.", "order")

    def _order(self, actor: str, choice: str, texts: Mapping[str, str]) -> Order:
        role = self._role(actor)
        if choice not in role.choices:
            raise Refused(f"That is no order of {role.name}.", "order")
        kept = {name: text_of(text, DRAW, "What is filled in", may_be_empty=True) for name, text in texts.items()}
        try:
            values = self.play.filled(choice, kept)
        except ValueError as error:
            raise Refused(str(error), "order") from None
        return Order(choice, kept, values)


def _broken(text: str) -> bool:
    """Whether a text has half a pair, which no file can hold."""
    return any("\ud800" <= character <= "\udfff" for character in text)
