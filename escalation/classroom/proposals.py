"""Proposals: an order of one seat that needs the consent of others before the turn is locked."""

from collections.abc import Mapping, Sequence

from escalation.classroom.log import Entry
from escalation.classroom.orders import Orders
from escalation.classroom.refusals import Refused
from escalation.classroom.state import Proposal, write_orders

MOST_OPEN = 20
"""Proposals of one seat in one turn."""


class Proposals(Orders):
    """Offered, accepted, refused or withdrawn while orders are open; lapsed at the lock."""

    def offer(
        self,
        device: str,
        choice: str,
        draws: Mapping[str, str],
        needs: Sequence[str],
        token: str = "",
        now: float | None = None,
    ) -> Entry:
        """Offer an order to the seats whose consent it needs. Its number is the entry's."""
        with self._lock:
            member = self._seated(device)
            full = self._token(device, "proposed", token)
            earlier = self._again(full)
            if earlier is not None:
                return earlier
            self._deliberating()
            self._holder(device)
            if not needs or len(set(needs)) != len(needs) or member.actor in needs:
                raise Refused("A proposal needs the consent of at least one other seat.", "proposal")
            for actor in needs:
                self._role(actor)
            state = self.state
            mine = [each for each in state.proposals.values() if (each.turn, each.actor) == (state.turn, member.actor)]
            if len(mine) >= MOST_OPEN:
                raise Refused(f"A seat may make {MOST_OPEN} proposals in a turn.", "full")
            order = write_orders([self._order(member.actor, choice, draws)])[0]
            hand = state.hands.get((state.turn, member.actor))
            ordered = sum(each.choice == choice for each in hand.orders) if hand else 0
            self._often(choice, ordered, self._proposed(member.actor)[choice] + 1)
            body = {"turn": state.turn, "device": device, "order": order, "needs": list(needs)}
            return self._enter("proposed", body, now=now, seat=member.actor, token=full)

    def accept(self, device: str, proposal: int, now: float | None = None) -> None:
        """Consent, for the seat."""
        self._answer(device, proposal, yes=True, now=now)

    def refuse(self, device: str, proposal: int, now: float | None = None) -> None:
        """Refuse, for the seat; one refusal is enough."""
        self._answer(device, proposal, yes=False, now=now)

    def withdraw(self, device: str, proposal: int, now: float | None = None) -> None:
        """Take back a proposal that not everybody has answered yet."""
        with self._lock:
            member = self._holder(device)
            asked = self._asked(proposal)
            if asked.actor != member.actor:
                raise Refused("There is no such proposal.", "proposal")
            if asked.state == "withdrawn":
                return
            self._open(asked)
            self._enter("withdrawn", {"proposal": proposal, "by": device}, now=now, seat=member.actor)

    def _answer(self, device: str, proposal: int, *, yes: bool, now: float | None) -> None:
        with self._lock:
            member = self._holder(device)
            asked = self._asked(proposal)
            if member.actor not in asked.needs:
                raise Refused("There is no such proposal.", "proposal")
            if asked.answers.get(member.actor) is yes:
                return
            self._open(asked)
            if member.actor in asked.answers:
                raise Refused("Your seat has answered this proposal already.", "proposal")
            self._enter("answered", {"proposal": proposal, "yes": yes, "by": device}, now=now, seat=member.actor)

    def _asked(self, number: int) -> Proposal:
        found = self.state.proposals.get(number)
        if found is None:
            raise Refused("There is no such proposal.", "proposal")
        return found

    def _open(self, asked: Proposal) -> None:
        self._deliberating()
        if asked.state != "offered" or asked.turn != self.state.turn:
            word = "no longer open" if asked.state == "offered" else asked.state
            raise Refused(f"This proposal is {word}.", "proposal")
