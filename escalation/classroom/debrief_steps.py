"""The course of the debrief: which question the room sees, and for `What if?` a vote, predictions, the answer."""

from dataclasses import asdict

from escalation.classroom.desk import Desk
from escalation.classroom.refusals import Refused
from escalation.classroom.state import Changed

PAGES = 6
WHAT_IF = 5
VOTE, PREDICT, ANSWER = "vote", "predict", "answer"


class DebriefSteps(Desk):
    """What the instructor does in the debrief. Doing a step twice is doing it once."""

    def show_question(self, number: int, now: float | None = None) -> None:
        """The question that the room sees; it may go back to those that it has seen."""
        with self._lock:
            self._debriefing()
            if not 1 <= number <= PAGES:
                raise Refused("There is no such question.", "page")
            if self.state.told.page != number:
                self._enter("told", {"page": number}, now=now)

    def open_vote(self, now: float | None = None) -> None:
        """The class votes for the order that is to be changed; another change can be voted for after an answer."""
        with self._lock:
            self._debriefing()
            if self.state.told.stage != VOTE:
                self._enter("told", {"page": WHAT_IF, "stage": VOTE}, now=now)

    def open_predictions(self, turn: int, actor: str, choice: str, instead: str = "", now: float | None = None) -> None:
        """Settle the change, and ask everybody what it does. instead: of an order that was given; "" is to hold.

        Raises:
            Refused: the seat had no such order, nor could have given it, or the change is none.
        """
        with self._lock:
            self._debriefing()
            known = next((each for each in self.changeable() if each[:3] == (turn, actor, choice)), None)
            if known is None:
                raise Refused("There is no such order.", "order")
            change = Changed(turn, actor, choice, known[3], instead)
            if instead and (not change.given or instead not in self._role(actor).choices or instead == choice):
                raise Refused("That cannot be ordered in its place.", "order")
            if (self.state.told.stage, self.state.told.change) != (PREDICT, change):
                self._enter("told", {"page": WHAT_IF, "stage": PREDICT, "change": asdict(change)}, now=now)

    def show_answer(self, now: float | None = None) -> None:
        """Nobody predicts any more, and the answer is shown."""
        with self._lock:
            self._debriefing()
            if self.state.told.stage == ANSWER:
                return
            if self.state.told.stage != PREDICT:
                raise Refused("First the class predicts what the change does.", "stage")
            self._enter("told", {"page": WHAT_IF, "stage": ANSWER}, now=now)

    def changeable(self) -> tuple[tuple[int, str, str, bool], ...]:
        """Turn, actor, choice of all that can be changed, and whether it was given; what the model decided cannot."""
        with self._lock:
            state, found = self.state, []
            for (turn, actor), hand in sorted(state.hands.items(), key=lambda item: item[0]):
                if turn == 0 or hand.by == "model":
                    continue
                orders = [*hand.orders, *(each.order for each in state.accepted(turn, actor))]
                given = {order.choice for order in orders}
                found += [(turn, actor, name, name in given) for name in self._role(actor).choices]
            return tuple(found)
