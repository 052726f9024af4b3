"""Several at once: one step only, an order in or refused, one process a folder, and a clock that goes backwards."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from escalation.classroom.refusals import Refused
from escalation.classroom.session import NoSession, Session
from escalation.model.script import Decide, Held
from tests.classroom.stand_in import STEP, Resolved, StandIn, World, play
from tests.classroom.test_session import begun, deliberating, people, played, reopened


def together(*commands: Callable[[], Any]) -> list[Any]:
    """What each comes to, when all begin at the same moment."""
    start = threading.Barrier(len(commands))

    def one(command: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return command()
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(one, commands))


def test_two_tabs_that_advance_at_once_take_one_step(tmp_path: Path) -> None:
    """Both saw the same phase: one goes on, the other is told that the class has moved; in every phase."""
    session = begun(tmp_path)
    while session.state.phase != "closed":
        at, before = f"{session.state.phase} {session.state.turn}", session.revision
        told = together(*(partial(session.advance, 2000.0, f"{tab} {at}", at) for tab in ("one", "other")))
        assert sorted(map(str, told)) == ["None", "moved"]
        assert session.revision == before + 1


def test_two_tabs_that_take_back_at_once_take_one_turn_back(tmp_path: Path) -> None:
    """Of two turns played, one is left."""
    session = begun(tmp_path)
    played(session)
    session.advance(2500.0)
    played(session)
    at = f"{session.state.phase} {session.state.turn}"
    told = together(*(partial(session.undo, 2600.0, tab, at) for tab in ("a", "b", "c")))
    assert sorted(map(str, told)) == ["None", "moved", "moved"]
    assert len(session.worlds.turns) == 1


def test_an_order_that_races_the_lock_is_in_or_refused(tmp_path: Path) -> None:
    """Whatever comes first, what was acknowledged is played, and what was refused is not; also after a restart."""
    outcomes = set()
    for number in range(25):
        session = begun(tmp_path / str(number))
        (device,) = people(session, "seoul")
        deliberating(session)
        orders = [("seoul.act", {"size": "5"})]
        told = together(
            partial(session.advance, 2100.0, "t", "deliberation 1"),
            partial(session.hand_in, device, 1, orders, "h", 2100.0),
        )
        hand = session.state.hands[1, "seoul"]
        refused = told[1] == "phase"
        outcomes.add(refused)
        assert (hand.by == "hold") == refused
        assert len(hand.orders) == (0 if refused else 1)
        again = reopened(session)
        assert again.state.hands[1, "seoul"] == hand
        again.close()
    assert outcomes


def test_twenty_who_join_at_once_under_one_name_are_one(tmp_path: Path) -> None:
    """A nickname is taken once, however many ask for it in the same moment."""
    session = begun(tmp_path)
    code = session.open_room(1000.0)
    told = together(*[lambda: session.join(code, "Ada", 1001.0)] * 20)
    assert sum(each == "nickname" for each in told) == 19
    assert len(session.state.members) == 1


def test_a_folder_that_is_open_is_refused_to_another(tmp_path: Path) -> None:
    """The second is told who has it, and the first goes on; after its end the folder is free."""
    session = begun(tmp_path)
    with pytest.raises(NoSession, match=r"is open already: process \d+ on .* has it"):
        Session.open(session.folder, play())
    session.advance(2000.0)
    session.close()
    Session.open(session.folder, play()).close()


def test_a_clock_that_goes_backwards_loses_nothing(tmp_path: Path) -> None:
    """Set back by a year in mid-turn, every command works, the deadline comes by the new clock, and the log reopens."""
    session, year = begun(tmp_path), 365 * 86_400.0
    (device,) = people(session, "seoul")
    deliberating(session)
    now = 2000.0 - year
    session.hand_in(device, 1, [("seoul.act", {"size": "5"})], "h", now)
    session.cable(device, ["moscow"], "Early", "c", now - 1)
    assert not session.tick(now)
    session.pause(now)
    session.resume(now)
    assert session.state.deadline is not None
    left = session.state.deadline - now
    session.extend(1, now)
    assert session.tick(now + left + 60)
    again = reopened(session)
    assert again.state.hands[1, "seoul"].orders
    assert [each.text for each in again.seat_view(device).cables] == ["Early"]


def test_of_two_equal_orders_one_that_was_held_is_told_as_held_once(tmp_path: Path) -> None:
    """The story has a line for each: the first was carried out, the second could not be."""

    class HoldsTheSecond(StandIn):
        def resolve(self, snapshot: World, script: Any, until: int) -> Resolved:
            done = super().resolve(snapshot, script, until)
            orders = [each for each in script if isinstance(each, Decide)]
            return Resolved(done.snapshot, done.firings, tuple(Held(each, "Once is enough.") for each in orders[1:]))

    made = HoldsTheSecond(play().exercise)
    session = begun(tmp_path, made)
    (device,) = people(session, "seoul")
    deliberating(session)
    session.hand_in(device, 1, [("seoul.act", {"size": "5"}), ("seoul.act", {"size": "5"})], "h", 2001.0)
    played(session)
    assert made.exercise.instants[1] == STEP
    told = session.seat_view(device).story[0].lines[:2]
    assert [line.partition(":")[2][:12] for line in told] == [" carried out", " could not b"]
