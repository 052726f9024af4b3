"""The debrief goes in step: vote, predictions, answer; each step is in the log."""

from pathlib import Path

from escalation.classroom.state import Changed
from tests.classroom.test_session import begun, deliberating, people, played, refused, reopened


def at_the_debrief(tmp_path: Path):
    session = begun(tmp_path)
    first, second = people(session, "seoul", "seoul")
    deliberating(session)
    session.hand_in(first, 1, [("seoul.act", {})], "a", 2001.0)
    for _ in range(3):
        played(session)
    with refused("phase"):
        session.show_question(2)
    session.advance(3000.0)
    return session, first, second


def test_nobody_predicts_before_the_change_is_settled_nor_after_the_answer(tmp_path):
    """A vote is open until predictions are; predictions are open until the answer is."""
    session, first, second = at_the_debrief(tmp_path)
    with refused("phase"):
        session.predict(second, 25)
    with refused("stage"):
        session.show_answer()
    session.open_vote()
    session.vote(first, (1, "seoul", "seoul.act"))
    session.open_predictions(1, "seoul", "seoul.act")
    with refused("phase"):
        session.vote(second, (1, "seoul", "seoul.act"))
    session.predict(second, 25)
    session.show_answer()
    with refused("phase"):
        session.predict(second, 30)
    assert session.state.predictions == {second: 25.0}


def test_a_vote_that_is_opened_after_an_answer_begins_with_nothing(tmp_path):
    """What the class would change next is another question; a vote opened before the answer goes on with its votes."""
    session, first, second = at_the_debrief(tmp_path)
    session.open_vote()
    session.vote(first, (1, "seoul", "seoul.act"))
    session.open_predictions(1, "seoul", "seoul.act")
    session.open_vote()
    assert session.state.votes == {first: (1, "seoul", "seoul.act")}
    session.open_predictions(1, "seoul", "seoul.act")
    session.predict(second, 25)
    session.show_answer()
    session.open_vote()
    assert session.state.votes == {}
    session.vote(second, (1, "seoul", "seoul.wait"))
    assert session.state.votes == {second: (1, "seoul", "seoul.wait")}


def test_the_steps_of_a_debrief_survive_a_restart(tmp_path):
    """The question, the stage and the settled change are folded from the log."""
    session, *_ = at_the_debrief(tmp_path)
    session.show_question(3)
    session.show_question(2)
    assert (session.state.told.page, session.state.told.furthest) == (2, 3)
    session.open_predictions(1, "seoul", "seoul.act")
    told = session.state.told
    assert (told.page, told.furthest, told.stage) == (5, 5, "predict")
    assert told.change == Changed(1, "seoul", "seoul.act", True)
    assert reopened(session).state.told == told


def test_a_step_done_twice_is_one_entry(tmp_path):
    """A double click on a step writes nothing more."""
    session, *_ = at_the_debrief(tmp_path)
    for step in (session.open_vote, lambda: session.open_predictions(1, "seoul", "seoul.act"), session.show_answer):
        step()
        number = session.state.number
        step()
        assert session.state.number == number


def test_only_what_a_seat_could_order_is_changed(tmp_path):
    """No other seat's choice, no unknown turn, and nothing put in place of what was not given."""
    session, *_ = at_the_debrief(tmp_path)
    before = session.state.number
    for turn, choice, instead in (
        (9, "seoul.act", ""),
        (1, "no.such", ""),
        (1, "seoul.act", "seoul.act"),
        (2, "seoul.act", "seoul.act"),
    ):
        with refused("order"):
            session.open_predictions(turn, "seoul", choice, instead)
    assert (session.state.number, session.state.told.change) == (before, None)


def test_taking_back_the_last_turn_begins_the_debrief_anew(tmp_path):
    """Votes and predictions of another course of the class do not stay."""
    session, first, _ = at_the_debrief(tmp_path)
    session.vote(first, (1, "seoul", "seoul.act"))
    session.show_question(4)
    session.undo(3100.0)
    assert (session.state.votes, session.state.told.page) == ({}, 1)
