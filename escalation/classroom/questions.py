"""What people believe, each for themselves: forecasts on the way, a vote and a prediction in the debrief."""

from escalation.classroom.desk import Desk
from escalation.classroom.refusals import Refused
from escalation.classroom.state import BRIEFING, DELIBERATION
from escalation.classroom.writing import probability_of


class Questions(Desk):
    """Answers can be changed as long as the question is open."""

    def forecast(self, device: str, number: int, probability: float, now: float | None = None) -> None:
        """A probability, 0 to 100, for a question of the exercise (from 0)."""
        with self._lock:
            member = self._seated(device)
            if not 0 <= number < len(self.exercise.forecasts):
                raise Refused("There is no such question.", "forecast")
            if not self.is_open(number, member.actor):
                raise Refused("This question is closed now.", "phase")
            given = probability_of(probability)
            if self.state.forecasts.get((device, number)) != (given, self.state.turn):
                body = {"device": device, "number": number, "probability": given}
                self._enter("forecast", body, now=now, seat=member.actor)

    def is_open(self, number: int, actor: str) -> bool:
        """Whether a seat can answer a question now.

        It can while the question's last turn, or one before, is read or deliberated, and the seat does not see that it
        is settled.
        """
        state = self.state
        by_turn = self.exercise.forecasts[number].by_turn
        if state.phase not in (BRIEFING, DELIBERATION) or not 1 <= state.turn <= by_turn:
            return False
        return not self.play.settled(number, self.worlds.before(state.turn), actor)

    def vote(self, device: str, order: tuple[int, str, str], now: float | None = None) -> None:
        """Which order the class is to change: turn, actor, choice."""
        with self._lock:
            member = self._member(device)
            self._debriefing()
            if self.state.told.stage not in ("", "vote"):
                raise Refused("The vote is closed.", "phase")
            turn, actor, choice = order
            role = self._role(actor)
            if not 1 <= turn <= self.state.turns or choice not in role.choices:
                raise Refused("There is no such order.", "order")
            if self.state.votes.get(device) != order:
                body = {"device": device, "turn": turn, "actor": actor, "choice": choice}
                self._enter("vote", body, now=now, seat=member.actor)

    def predict(self, device: str, probability: float, now: float | None = None, *, of: str = "") -> None:
        """What one expects of the changed order, 0 to 100, before the answer is shown. of: the change that was read."""
        with self._lock:
            member = self._member(device)
            self._debriefing()
            if self.state.told.stage != "predict":
                raise Refused("Predictions are not open now.", "phase")
            if of and of != self.state.told.of:
                raise Refused("The class predicts what another change does now. Load the page again.", "moved")
            given = probability_of(probability)
            if self.state.predictions.get(device) != given:
                self._enter("predicted", {"device": device, "probability": given}, now=now, seat=member.actor)
