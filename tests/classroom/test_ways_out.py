"""What an instructor does when a lock came too early, an inject breaks the world, or the lesson is over too soon."""

from pathlib import Path
from typing import Any

import pytest

from escalation.classroom.entries import fold
from escalation.classroom.refusals import Refused
from escalation.classroom.session import Session
from escalation.model.script import Decide, Force
from tests.classroom.stand_in import ACTORS, play
from tests.classroom.test_session import begun, deliberating, people, played, refused, reopened


def orders_of(session: Session, turn: int) -> list[tuple[str, float]]:
    """What was ordered in a turn that was played."""
    found = next(each for each in session.worlds.turns if each.turn == turn)
    return [(each.choice, each.draws["size"]) for each in found.inputs if isinstance(each, Decide)]


def test_orders_opened_again_are_as_they_were(tmp_path: Path) -> None:
    """What was handed in stays, what the lock played goes, a proposal that lapsed is offered again, the clock rests."""
    session = begun(tmp_path)
    seoul, moscow = people(session, "seoul", "moscow")
    deliberating(session)
    session.hand_in(seoul, 1, [("seoul.act", {"size": "3"})], "a", 2001.0)
    asked = session.offer(seoul, "seoul.wait", {}, ["moscow"], "b", 2001.0).number
    before = session.state
    session.advance(2002.0)
    assert session.state.missed == {1: ("pyongyang", "moscow")}
    session.unlock(2003.0, "locked 1")
    after = session.state
    assert (after.hands, after.missed, after.proposals) == (before.hands, {}, before.proposals)
    assert (after.phase, after.deadline) == ("deliberation", None)
    session.accept(moscow, asked, 2004.0)
    session.hand_in(moscow, 1, [("moscow.act", {"size": "4"})], "c", 2004.0)
    session = reopened(session)
    played(session)
    choices = [each.choice for each in session.worlds.turns[-1].inputs if isinstance(each, Decide)]
    assert sorted(choices) == ["moscow.act", "seoul.act", "seoul.wait"]
    for wrong in ("", "locked 1"):
        with pytest.raises(Refused):
            session.unlock(2005.0, wrong)


def broken(tmp_path: Path) -> tuple[Session, Any]:
    """A class in a locked turn 2 whose inject, seen by Seoul, ends the world."""
    made = play()
    made.fails.add("rule.planned-news")
    session = begun(tmp_path, made)
    (seoul,) = people(session, "seoul")
    played(session)
    deliberating(session)
    assert len(session.seat_view(seoul).news) == 2
    session.advance(2600.0)
    return session, made


def test_an_inject_that_ends_the_world_is_named_and_called_off(tmp_path: Path) -> None:
    """The refusal names it; then it does nothing, stays told, and the turn is played."""
    session, made = broken(tmp_path)
    with pytest.raises(Refused, match=r"with the inject “HEAD-planned-news”: It broke\. Please call off"):
        session.advance(2601.0)
    line = next(each for each in session.instructor_view().injects if each.id == "planned-news")
    assert (line.state, line.will_do) == ("seen", True)
    assert line.number is not None
    with refused("seen"):
        session.take_back(line.number)
    session.call_off(line.number, 2602.0)
    session.call_off(line.number, 2602.0)
    session = reopened(session, made)
    session.advance(2603.0)
    forced = [each.rule for each in session.worlds.turns[-1].inputs if isinstance(each, Force)]
    assert forced == ["rule.waiting-news"]
    line = next(each for each in session.instructor_view().injects if each.id == "planned-news")
    assert (line.state, line.will_do) == ("called off", False)
    assert "HEAD-planned-news" in {each.label for each in session.seat_view("d1").news}
    other = next(each for each in session.instructor_view().injects if each.id == "waiting-news")
    for wrong in (other.number, 999):
        with pytest.raises(Refused):
            session.call_off(wrong)


def test_orders_that_end_the_world_are_not_blamed_on_an_inject(tmp_path: Path) -> None:
    """The world fails with and without each inject, so the orders are to be changed, and they can be."""
    made = play()
    made.fails.add("seoul.act")
    session = begun(tmp_path, made)
    (seoul,) = people(session, "seoul")
    played(session)
    deliberating(session)
    session.hand_in(seoul, 2, [("seoul.act", {"size": "3"})], "a", 2501.0)
    session.advance(2600.0)
    with pytest.raises(Refused, match="With these orders"):
        session.advance(2601.0)
    session.unlock(2602.0)
    session.recall(seoul, 2, 2603.0)
    played(session)
    assert session.state.phase == "reveal"


def test_an_inject_that_nobody_has_seen_is_taken_back_after_the_lock(tmp_path: Path) -> None:
    """Its turn is not over until it was played."""
    session = begun(tmp_path)
    deliberating(session)
    number = session.send_inject("offered-news", now=2001.0).number * 1000
    session.advance(2002.0)
    session.take_back(number, 2003.0)
    session.advance(2004.0)
    assert not [each for each in session.worlds.turns[-1].inputs if isinstance(each, Force)]


@pytest.mark.parametrize("phase", ["briefing", "deliberation", "locked", "reveal"])
def test_a_class_out_of_time_ends_with_all_turns_played(tmp_path: Path, phase: str) -> None:
    """From any phase: what was handed in counts, everybody else holds, and the debrief has a whole record."""
    session = begun(tmp_path, late="model")
    (seoul,) = people(session, "seoul")
    played(session)
    handed = phase in ("deliberation", "locked")
    while session.state.phase != phase or session.state.turn == 0:
        session.advance(2500.0)
        if session.state.phase == "deliberation":
            session.hand_in(seoul, 2, [("seoul.act", {"size": "5"})], "a", 2501.0)
    turn = session.state.turn
    assert session.instructor_view().can_finish
    session.finish(2600.0, f"{phase} {turn}")
    assert (session.state.phase, session.state.turn, len(session.record().turns)) == ("debrief", 3, 3)
    assert orders_of(session, 2) == ([("seoul.act", 5.0)] if handed else [])
    assert orders_of(session, 3) == []
    last = session.state.hands
    assert {last[3, actor].by for actor in ACTORS} == {"ended"}
    assert not session.state.missed.get(3)
    assert fold(session.log.entries()) == session.state
    assert not session.instructor_view().can_finish
    with refused("phase"):
        session.finish(2601.0)


def test_a_class_that_has_not_begun_is_not_ended(tmp_path: Path) -> None:
    """Neither in the lobby nor in the practice turn, whose world is thrown away."""
    session = begun(tmp_path, play(practice=True))
    for _ in range(2):
        with refused("phase"):
            session.finish(2000.0)
        session.advance(2000.0)
    with refused("moved"):
        session.finish(2001.0, "lobby 0")


def test_seats_where_nobody_sits_are_told_before_the_class_begins(tmp_path: Path) -> None:
    """A seat of people without people, and not one of the model's."""
    session = begun(tmp_path)
    people(session, "seoul")
    assert session.instructor_view().unmanned == ("pyongyang", "moscow")
    session.set_seat("moscow", "computer", 1500.0)
    assert session.instructor_view().unmanned == ("pyongyang",)
