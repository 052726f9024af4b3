"""A class from lobby to debrief: what each command does, refuses, and keeps."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from escalation.classroom import people as people_module
from escalation.classroom.entries import fold
from escalation.classroom.people import Device
from escalation.classroom.refusals import Differs, Refused
from escalation.classroom.session import NoSession, Options, Session
from escalation.model.script import Decide, HandOver
from tests.classroom.stand_in import ACTORS, STEP, StandIn, play

YAML = "escalation: 1\n"


def begun(folder: Path, made: StandIn | None = None, **options: Any) -> Session:
    """A session in its lobby."""
    made = play() if made is None else made
    return Session.create(folder / "class", made.exercise, YAML, Options(**options), now=1000.0, play=made)


def people(session: Session, *actors: str) -> list[str]:
    """A device for each actor named, seated."""
    code, found = session.open_room(), []
    for number, actor in enumerate(actors):
        device = session.join(code, f"{actor}-{number}", now=1001.0).id
        session.sit(device, actor)
        found.append(device)
    return found


def deliberating(session: Session) -> None:
    """On to the next deliberation."""
    while session.state.phase != "deliberation":
        session.advance(2000.0)


def played(session: Session) -> None:
    """On to the next reveal."""
    deliberating(session)
    session.advance(2400.0)
    session.advance(2401.0)


def reopened(session: Session, made: StandIn | None = None, **how: Any) -> Session:
    """The same folder, as another process would find it."""
    session.close()
    return Session.open(session.folder, play() if made is None else made, **how)


def decided(session: Session) -> list[Decide]:
    """The orders of the turn that was played last."""
    return [each for each in session.worlds.turns[-1].inputs if isinstance(each, Decide)]


def refused(code: str) -> Any:
    """A refusal with this code."""
    return pytest.raises(Refused, check=lambda error: error.code == code)


def test_a_class_goes_from_lobby_to_debrief(tmp_path: Path) -> None:
    """Every turn has its four phases, and the debrief comes after the last."""
    session, seen = begun(tmp_path), []
    while session.state.phase != "closed":
        seen.append((session.state.phase, session.state.turn))
        session.advance(2000.0)
    turn = ["briefing", "deliberation", "locked", "reveal"]
    expected = [("lobby", 0), *((phase, number) for number in (1, 2, 3) for phase in turn), ("debrief", 3)]
    assert seen == expected
    with refused("phase"):
        session.advance(2000.0)


def test_the_practice_turn_leaves_nothing_behind(tmp_path: Path) -> None:
    """The world after practice is the world before it, and orders and cables of practice are out of sight."""
    session = begun(tmp_path, practice=True)
    seoul, moscow = people(session, "seoul", "moscow")
    session.advance(2000.0)
    first = session.worlds.first
    deliberating(session)
    assert session.seat_view(seoul).practice
    session.hand_in(seoul, 0, [("seoul.act", {"size": "5"})], "a", 2001.0)
    session.cable(seoul, ["moscow"], "Practising", "b", 2001.0)
    assert session.seat_view(moscow).cables
    session.advance(2100.0)
    session.advance(2101.0)
    assert session.seat_view(seoul).story[0].lines[0] == "LABEL-seoul.act: carried out."
    session.advance(2102.0)
    view = session.seat_view(seoul)
    assert (view.turn, view.practice, view.story, view.cables, view.past_orders) == (1, False, (), (), ())
    assert session.worlds.now(1) == first


def test_an_order_handed_in_is_carried_out_and_told(tmp_path: Path) -> None:
    """The seat reads what became of its orders: carried out, or not, and nothing of why the truth forbade it."""
    session = begun(tmp_path)
    (seoul,) = people(session, "seoul")
    deliberating(session)
    session.hand_in(seoul, 1, [("seoul.act", {"size": "13"}), ("seoul.wait", {})], "t", 2001.0)
    session.advance(2002.0)
    session.advance(2003.0)
    lines = session.seat_view(seoul).story[0].lines
    assert lines[0].startswith("LABEL-seoul.act: could not be carried out: ")
    assert lines[1] == "LABEL-seoul.wait: carried out."
    assert "WHYTRUTH" not in repr(session.seat_view(seoul))
    assert "WHYTRUTH" in repr(session.instructor_view())


def test_a_token_makes_one_entry_however_often_it_comes(tmp_path: Path) -> None:
    """A form sent twice gives the first entry again, also after the turn has gone on."""
    session = begun(tmp_path)
    (seoul,) = people(session, "seoul")
    deliberating(session)
    first = session.hand_in(seoul, 1, [("seoul.act", {})], "same", 2001.0)
    session.advance(2002.0)
    assert session.hand_in(seoul, 1, [("seoul.act", {})], "same", 2003.0) == first
    session = reopened(session)
    assert session.hand_in(seoul, 1, [], "same", 2004.0) == first
    session.advance(2005.0, token="step")
    session.advance(2005.0, token="step")
    assert session.state.phase == "reveal"


def test_two_seats_may_use_one_token(tmp_path: Path) -> None:
    """A token is its device's own: nobody can spend another's."""
    session = begun(tmp_path)
    seoul, moscow = people(session, "seoul", "moscow")
    deliberating(session)
    session.hand_in(seoul, 1, [], "same", 2001.0)
    session.hand_in(moscow, 1, [], "same", 2001.0)
    session.cable(moscow, ["press"], "Hello", "same", 2001.0)
    assert session.state.hands.keys() == {(1, "seoul"), (1, "moscow")}
    assert len(session.state.cables) == 1


def test_orders_that_are_not_a_seats_to_give_are_refused(tmp_path: Path) -> None:
    """Another seat's, those of another turn, more than a turn may have, and any while orders are not open."""
    session = begun(tmp_path)
    seoul, beside = people(session, "seoul", "seoul")
    own = [("seoul.act", {})]
    session.advance(2000.0)
    for step in (session.hand_in, session.propose_order):
        with refused("phase"):
            step(seoul, 1, own, "a", 2001.0)
    with refused("phase"):
        session.play_for("seoul", own, 2001.0)
    deliberating(session)
    before = session.state.number
    for step in (session.hand_in, session.propose_order):
        for orders in ([("moscow.act", {})], [("no.such", {})], [("seoul.wait", {})] * 30):
            with refused("order"):
                step(seoul, 1, orders, "b", 2001.0)
        for turn in (0, 2):
            with refused("turn"):
                step(seoul, turn, own, "c", 2001.0)
    with refused("order"):
        session.play_for("seoul", [("moscow.act", {})], 2001.0)
    with refused("order"):
        session.offer(seoul, "moscow.act", {}, ["moscow"], "d", 2001.0)
    assert session.state.number == before
    session.hand_in(seoul, 1, own, "e", 2001.0)
    with refused("pen"):
        session.recall(beside, 1)
    with refused("turn"):
        session.recall(seoul, 2)
    session.recall(seoul, 1)
    assert session.state.hands == {}


def test_one_device_of_a_seat_has_the_pen(tmp_path: Path) -> None:
    """The first to sit has it; others suggest, are refused to hand in, and may take or be given the pen."""
    session = begun(tmp_path)
    first, second, other = people(session, "seoul", "seoul", "moscow")
    deliberating(session)
    with refused("pen"):
        session.hand_in(second, 1, [], "t", 2001.0)
    session.propose_order(second, 1, [("seoul.act", {"size": "2"})], "t", 2001.0)
    session.propose_order(second, 1, [("seoul.act", {"size": "3"})], "u", 2001.0)
    (suggested,) = session.seat_view(first).suggestions
    assert (suggested.by, suggested.orders[0].draws) == ("seoul-1", (("size", "3"),))
    assert session.seat_view(other).suggestions == ()
    session.take_pen(second)
    assert [person.has_pen for person in session.seat_view(first).devices] == [False, True]
    session.give_pen(second, first)
    assert session.seat_view(first).has_pen
    with refused("seat"):
        session.give_pen(first, other)
    with refused("pen"):
        session.give_pen(second, second)
    assert session.seat_view(first).has_pen
    session.remove(first)
    assert session.seat_view(second).has_pen


def test_a_code_opens_the_room_until_the_class_begins(tmp_path: Path) -> None:
    """A right code is never held back; it dies with the lobby, and a device that has joined stays in."""
    session = begun(tmp_path)
    code = session.open_room()
    assert session.open_room() == code
    session.join(f" {code.lower()} ", "Ada", 1001.0)
    session.advance(1002.0)
    assert session.instructor_view().code == ""
    with refused("code"):
        session.join(code, "Grace", 1003.0)
    with refused("code"):
        session.join("", "Grace", 1003.0)


def test_a_latecomer_joins_by_a_new_code(tmp_path: Path) -> None:
    """The teacher opens the room again in a turn; the code is another one, and dies when it is closed or turns end."""
    session = begun(tmp_path)
    old = session.open_room()
    deliberating(session)
    code = session.open_room()
    assert session.instructor_view().code == code
    with refused("code"):
        session.join(old, "Grace", 2001.0)
    late = session.join(code, "Grace", 2001.0)
    session.sit(late.id, "moscow", 2001.0)
    assert session.seat_view(late.id).actor == "moscow"
    session.close_lobby()
    with refused("code"):
        session.join(code, "Hedy", 2001.0)
    code = session.open_room()
    while session.state.phase != "debrief":
        session.advance(3000.0)
    assert session.instructor_view().code == ""
    with refused("code"):
        session.join(code, "Hedy", 3001.0)
    with refused("phase"):
        session.open_room()


def test_who_was_removed_takes_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A room full of devices has room again for as many as the teacher removes."""
    monkeypatch.setattr(people_module, "MOST_DEVICES", 3)
    session = begun(tmp_path)
    code = session.open_room()
    joined = [session.join(code, name, 1001.0) for name in ("Ada", "Bo", "Cy")]
    with refused("full"):
        session.join(code, "Di", 1001.0)
    session.remove(joined[0].id)
    late = session.join(code, "Di", 1001.0)
    assert [each.nickname for each in session.state.members.values() if each.key] == ["Bo", "Cy", "Di"]
    assert late.id not in [each.id for each in joined]


def test_one_device_cannot_fill_everybodys_page(tmp_path: Path) -> None:
    """Sixty cables a turn, and then a sentence; another device of the seat still writes."""
    session = begun(tmp_path)
    first, second = people(session, "seoul", "seoul")
    deliberating(session)
    for number in range(60):
        session.cable(first, ["moscow"], "x", f"c{number}", 2001.0)
    with refused("full"):
        session.cable(first, ["moscow"], "x", "c60", 2001.0)
    session.cable(second, ["moscow"], "y", "d", 2001.0)
    assert [each.device for each in session.state.cables] == [first] * 60 + [second]


def test_wrong_codes_are_answered_later_and_later_and_right_ones_at_once(tmp_path: Path) -> None:
    """The delay doubles to its limit and is forgotten with time; a right code never meets it."""
    session, waits = begun(tmp_path), []
    code = session.open_room()
    for _ in range(10):
        with pytest.raises(Refused) as wrong:
            session.join("9999" if code != "9999" else "3333", "Ada", 1001.0)
        waits.append(wrong.value.wait)
    assert waits[:4] == [0.25, 0.5, 1.0, 2.0]
    assert waits[-1] == 30.0
    session.join(code, "Ada", 1001.0)
    with pytest.raises(Refused) as wrong:
        session.join("9999" if code != "9999" else "3333", "Bob", 1001.0 + 3600)
    assert wrong.value.wait == 0.25


def test_a_code_that_is_being_guessed_becomes_too_long_to_guess(tmp_path: Path) -> None:
    """After a hundred wrong ones the short code is dead; the long one admits, and stays, however one guesses on."""
    session = begun(tmp_path)
    first = session.open_room()
    wrong = "9999" if first != "9999" else "3333"
    for _ in range(99):
        with refused("code"):
            session.join(wrong, "Ada", 1001.0)
    assert session.state.code == first
    with refused("code"):
        session.join(wrong, "Ada", 1001.0)
    longer = session.state.code
    assert (len(first), len(longer)) == (4, 8)
    for each in (first, *[wrong] * 150):
        with refused("code"):
            session.join(each, "Ada", 1001.0)
    assert session.state.code == session.open_room() == longer
    session.join(longer.lower(), "Ada", 1001.0)
    session.close_lobby()
    assert len(session.open_room()) == 4
    assert reopened(session).state.code == session.state.code


def test_a_key_is_kept_only_as_its_hash(tmp_path: Path) -> None:
    """No file of the folder holds a device's key, and the key finds its device after a restart."""
    session = begun(tmp_path)
    device = session.join(session.open_room(), "Ada", 1001.0)
    assert session.device_of(device.key) == device.id
    assert session.device_of("0" * 32) is None
    assert device.key not in repr(device)
    session = reopened(session)
    assert session.device_of(device.key) == device.id
    session.log._database.execute("PRAGMA wal_checkpoint")
    assert all(device.key.encode() not in path.read_bytes() for path in session.folder.iterdir())


def test_a_join_sent_twice_joins_once(tmp_path: Path) -> None:
    """A device that made its key itself gets itself back, also after the lobby has closed."""
    session, key = begun(tmp_path), "ab" * 16
    code = session.open_room()
    first = session.join(code, "Ada", 1001.0, key)
    session.close_lobby()
    assert session.join(code, "Ada", 1001.0, key) == first == Device("d1", key)
    assert len(session.state.members) == 1


def test_a_revoked_link_is_dead_and_its_seat_goes_on(tmp_path: Path) -> None:
    """The old key finds nothing, the new one the same device."""
    session = begun(tmp_path)
    old = session.join(session.open_room(), "Ada", 1001.0)
    session.sit(old.id, "seoul")
    new = session.revoke(old.id)
    assert (session.device_of(old.key), session.device_of(new.key)) == (None, old.id)
    session.remove(old.id)
    assert session.device_of(new.key) is None
    with refused("gone"):
        session.seat_view(old.id)


@pytest.mark.parametrize(
    ("late", "by", "orders", "control"),
    [("hold", "hold", 0, "person"), ("model", "model", 0, "model"), ("bot", "bot", 1, "person")],
)
def test_a_missed_deadline_follows_the_rule(tmp_path: Path, late: str, by: str, orders: int, control: str) -> None:
    """Hold does nothing, the model decides for a turn, a bot orders."""
    session = begun(tmp_path, late=late)
    (seoul,) = people(session, "seoul")
    deliberating(session)
    assert not session.tick(2000.0 + 299)
    assert session.tick(2000.0 + 300)
    hand = session.state.hands[1, "seoul"]
    assert (hand.by, len(hand.orders)) == (by, orders)
    assert set(session.state.missed[1]) == set(ACTORS)
    session.advance(2301.0)
    assert session.worlds.now(1).control["seoul"] == control
    deliberating(session)
    session.hand_in(seoul, 2, [], "t", 2400.0)
    session.advance(2401.0)
    session.advance(2402.0)
    assert session.worlds.now(2).control["seoul"] == "person"


def test_the_instructor_plays_for_whoever_missed_it(tmp_path: Path) -> None:
    """With that rule a locked turn waits until the instructor has played, and the seat is shown who did."""
    session = begun(tmp_path, late="instructor", seats={"pyongyang": "computer", "moscow": "bot"})
    (seoul,) = people(session, "seoul")
    deliberating(session)
    session.advance(2301.0)
    assert session.instructor_view().waiting_for == ("seoul",)
    with refused("waiting"):
        session.advance(2302.0)
    session.play_for("seoul", [("seoul.act", {"size": "1"})], 2303.0)
    session.advance(2304.0)
    assert session.seat_view(seoul).handed_in.played == "instructor"
    assert session.worlds.now(1).control == {"seoul": "person", "pyongyang": "model", "moscow": "person"}
    assert session.state.hands[1, "moscow"].by == "bot"


def test_a_seat_can_be_given_to_the_model_and_back(tmp_path: Path) -> None:
    """Who decides is handed over in the world at the next lock."""
    session = begun(tmp_path)
    played(session)
    session.set_seat("moscow", "computer")
    played(session)
    assert session.worlds.now(2).control["moscow"] == "model"
    session.set_seat("moscow", "human")
    played(session)
    assert session.worlds.now(3).control["moscow"] == "person"


def test_the_clock_can_stand_still_and_be_given_more(tmp_path: Path) -> None:
    """What is left when it is stopped is left when it runs on."""
    session = begun(tmp_path)
    deliberating(session)
    session.pause(2100.0)
    assert (session.instructor_view().remaining, session.instructor_view().deadline) == (200.0, None)
    assert not session.tick(9999.0)
    session.extend(1, 5000.0)
    session.resume(6000.0)
    assert session.instructor_view().deadline == 6260.0
    session.extend(2, 6001.0)
    assert session.instructor_view().deadline == 6380.0
    session.extend(1, 6400.0)
    assert session.instructor_view().deadline == 6460.0, "one more minute is a minute from now once time is up"


def test_a_resolve_taken_back_is_as_if_it_had_not_been(tmp_path: Path) -> None:
    """Its orders stand, its injects are ahead again, and with the same orders the same world comes."""
    session = begun(tmp_path)
    (seoul,) = people(session, "seoul")
    deliberating(session)
    session.hand_in(seoul, 1, [("seoul.act", {"size": "4"})], "t", 2001.0)
    session.advance(2002.0)
    before, session_state = session.worlds.now(1), session.state
    session.advance(2003.0)
    after = session.worlds.now(1)
    session.advance(2004.0)
    deliberating(session)
    session.undo(2005.0)
    assert (session.state.phase, session.state.turn, session.worlds.now(1)) == ("deliberation", 1, before)
    assert session.state.hands == {(1, "seoul"): session_state.hands[1, "seoul"]}
    assert (session.state.waiting, session.state.planned) == (("waiting-news",), {"planned-news": 2})
    session.advance(2006.0)
    session.advance(2007.0)
    assert session.worlds.now(1) == after
    assert reopened(session).worlds.now(1) == after


def test_a_turn_that_is_not_played_any_more_leaves_no_order_behind(tmp_path: Path) -> None:
    """Ordered, offered, agreed, missed: all of it goes with the turn before, and does not come again."""
    session = begun(tmp_path)
    seoul, moscow = people(session, "seoul", "moscow")
    played(session)
    assert set(session.state.missed[1]) == set(ACTORS)
    deliberating(session)
    session.hand_in(seoul, 2, [("seoul.act", {"size": "4"})], "t", 2001.0)
    agreed = session.offer(seoul, "seoul.wait", {}, ["moscow"], "u", 2001.0).number
    session.accept(moscow, agreed)
    asked = session.offer(moscow, "moscow.wait", {}, ["seoul"], "v", 2001.0).number
    session.undo(2005.0)
    assert (session.state.phase, session.state.turn, session.state.hands, session.state.missed) == (
        "deliberation",
        1,
        {},
        {},
    )
    played(session)
    deliberating(session)
    assert session.state.hands.keys() == {(1, actor) for actor in ACTORS}
    assert [session.state.proposals[each].state for each in (agreed, asked)] == ["withdrawn", "withdrawn"]
    session.offer(seoul, "seoul.wait", {}, ["moscow"], "w", 2006.0)
    played(session)
    assert decided(session) == []


def test_a_turn_taken_back_gives_each_actor_back_to_who_decided_before(tmp_path: Path) -> None:
    """The model decided in turn 1, people in turn 2: played again, turn 2 hands over to people again."""
    session = begun(tmp_path, late="model")
    (seoul,) = people(session, "seoul")
    played(session)
    deliberating(session)
    session.hand_in(seoul, 2, [("seoul.act", {"size": "4"})], "t", 2001.0)
    session.advance(2002.0)
    session.advance(2003.0)
    inputs, after = session.worlds.turns[-1].inputs, session.worlds.now(2)
    assert any(isinstance(each, HandOver) for each in inputs)
    session.undo(2004.0)
    session.advance(2005.0)
    session.advance(2006.0)
    assert (session.worlds.turns[-1].inputs, session.worlds.now(2)) == (inputs, after)


def test_practice_takes_nothing_from_the_turns_that_count(tmp_path: Path) -> None:
    """It cannot be taken back from turn 1, hands over nobody, and uses up no inject."""
    session = begun(tmp_path, late="model", practice=True)
    (seoul,) = people(session, "seoul")
    deliberating(session)
    session.send_inject("planned-news", now=2001.0)
    session.send_inject("waiting-news", now=2001.0)
    played(session)
    assert session.can_undo
    session.advance(2003.0)
    assert (session.state.phase, session.state.turn, session.can_undo) == ("briefing", 1, False)
    assert (session.state.planned, session.state.waiting) == ({"planned-news": 2}, ("waiting-news",))
    deliberating(session)
    session.hand_in(seoul, 1, [("seoul.act", {})], "t", 2004.0)
    played(session)
    handed = [each.actor for each in session.worlds.turns[-1].inputs if isinstance(each, HandOver)]
    assert set(handed) == set(ACTORS) - {"seoul"}


def test_a_world_that_cannot_go_on_refuses_the_step(tmp_path: Path) -> None:
    """The turn stays locked, nothing is written, and other orders by the instructor mend it."""
    made = play()
    made.fails.add("seoul.act")
    session = begun(tmp_path, made)
    (seoul,) = people(session, "seoul")
    deliberating(session)
    session.hand_in(seoul, 1, [("seoul.act", {})], "t", 2001.0)
    session.advance(2002.0)
    number = session.state.number
    with refused("failed"):
        session.advance(2003.0)
    assert session.state.number == number
    session.play_for("seoul", [("seoul.wait", {})], 2004.0)
    session.advance(2005.0)
    assert session.state.phase == "reveal"


def test_a_proposal_is_carried_out_when_all_it_needs_consent(tmp_path: Path) -> None:
    """One consent of two leaves it open; both make it an order of its proposer."""
    session = begun(tmp_path)
    seoul, moscow, pyongyang = people(session, "seoul", "moscow", "pyongyang")
    deliberating(session)
    number = session.offer(seoul, "seoul.act", {"size": "7"}, ["moscow", "pyongyang"], "t", 2001.0).number
    session.accept(moscow, number)
    session.accept(moscow, number)
    assert session.state.proposals[number].state == "offered"
    session.accept(pyongyang, number)
    assert session.seat_view(seoul).proposals[0].state == "accepted"
    session.advance(2002.0)
    session.advance(2003.0)
    assert session.seat_view(seoul).story[0].lines[0] == "LABEL-seoul.act: carried out."


def test_only_the_pen_of_a_seat_offers_answers_and_withdraws(tmp_path: Path) -> None:
    """Whoever sits beside the pen speaks for nobody, and no other seat takes a proposal back."""
    session = begun(tmp_path)
    seoul, beside, moscow, aside = people(session, "seoul", "seoul", "moscow", "moscow")
    deliberating(session)
    number = session.offer(seoul, "seoul.act", {}, ["moscow"], "t", 2001.0).number
    before = session.state.number
    with refused("pen"):
        session.offer(beside, "seoul.act", {}, ["moscow"], "u", 2001.0)
    for step in (session.accept, session.refuse):
        with refused("pen"):
            step(aside, number)
        with refused("proposal"):
            step(seoul, number)
    with refused("pen"):
        session.withdraw(beside, number)
    with refused("proposal"):
        session.withdraw(moscow, number)
    assert (session.state.number, session.state.proposals[number].state) == (before, "offered")
    session.withdraw(seoul, number)
    assert session.state.proposals[number].state == "withdrawn"


def test_a_seat_answers_a_proposal_once(tmp_path: Path) -> None:
    """Yes is not no afterwards while another seat still thinks; one refusal ends it before the others have spoken."""
    session = begun(tmp_path)
    seoul, moscow, pyongyang = people(session, "seoul", "moscow", "pyongyang")
    deliberating(session)
    number = session.offer(seoul, "seoul.act", {}, ["moscow", "pyongyang"], "t", 2001.0).number
    session.accept(moscow, number)
    with refused("proposal"):
        session.refuse(moscow, number)
    assert session.state.proposals[number].state == "offered"
    session.refuse(pyongyang, number)
    assert session.state.proposals[number].state == "refused"
    other = session.offer(seoul, "seoul.act", {}, ["moscow", "pyongyang"], "u", 2001.0).number
    session.refuse(moscow, other)
    assert session.state.proposals[other].state == "refused"
    with refused("proposal"):
        session.accept(pyongyang, other)


def test_orders_and_proposals_together_are_no_more_than_a_turn_may_have(tmp_path: Path) -> None:
    """Two of an order that may be given twice: whichever comes third is refused; a refusal makes room again."""
    session = begun(tmp_path)
    seoul, moscow = people(session, "seoul", "moscow")
    deliberating(session)
    session.hand_in(seoul, 1, [("seoul.act", {})], "h", 2001.0)
    number = session.offer(seoul, "seoul.act", {}, ["moscow"], "t", 2001.0).number
    with refused("order"):
        session.offer(seoul, "seoul.act", {}, ["moscow"], "u", 2001.0)
    with refused("order"):
        session.hand_in(seoul, 1, [("seoul.act", {}), ("seoul.act", {})], "i", 2001.0)
    assert [each.state for each in session.state.proposals.values()] == ["offered"]
    assert len(session.state.hands[1, "seoul"].orders) == 1
    session.refuse(moscow, number)
    again = session.offer(seoul, "seoul.act", {}, ["moscow"], "v", 2001.0).number
    session.accept(moscow, again)
    session.advance(2002.0)
    session.advance(2003.0)
    assert [each.choice for each in decided(session)] == ["seoul.act"] * 2


def test_a_bot_at_the_lock_orders_no_more_than_what_was_agreed_leaves(tmp_path: Path) -> None:
    """Its order may be given twice in a turn: with one agreed it is given too, with two it is not."""
    for agreed, ordered in ((1, 1), (2, 0)):
        session = begun(tmp_path / str(agreed), late="bot")
        seoul, moscow = people(session, "seoul", "moscow")
        deliberating(session)
        for token in range(agreed):
            session.accept(moscow, session.offer(seoul, "seoul.act", {}, ["moscow"], f"t{token}", 2001.0).number)
        session.advance(2002.0)
        assert len(session.state.hands[1, "seoul"].orders) == ordered
        session.advance(2003.0)
        assert sum(each.choice == "seoul.act" for each in decided(session)) == 2


def test_a_proposal_lapses_at_the_lock(tmp_path: Path) -> None:
    """What nobody has answered is nobody's order, and can be answered no more."""
    session = begun(tmp_path)
    seoul, moscow, pyongyang = people(session, "seoul", "moscow", "pyongyang")
    deliberating(session)
    number = session.offer(seoul, "seoul.act", {}, ["moscow"], "t", 2001.0).number
    gone = session.offer(seoul, "seoul.act", {}, ["moscow"], "u", 2001.0).number
    session.refuse(moscow, gone)
    with refused("proposal"):
        session.accept(pyongyang, number)
    session.advance(2002.0)
    assert [session.state.proposals[each].state for each in (number, gone)] == ["lapsed", "refused"]
    with refused("phase"):
        session.accept(moscow, number)


def test_cables_go_where_they_are_sent_and_are_open_when_allowed(tmp_path: Path) -> None:
    """A cable to the press is everybody's; the instructor can close them until the phase ends."""
    session = begun(tmp_path)
    seoul, moscow, _ = people(session, "seoul", "moscow", "pyongyang")
    with refused("phase"):
        session.cable(seoul, ["moscow"], "Too early", "t", 1500.0)
    session.advance(2000.0)
    session.cables_open(False)
    with refused("phase"):
        session.cable(seoul, ["moscow"], "Closed", "t", 2001.0)
    session.advance(2002.0)
    session.cable(seoul, ["press"], "To all", "t", 2003.0)
    assert session.projector_view().press[0].text == session.seat_view(moscow).cables[0].text == "To all"
    for wrong in ([], ["seoul"], ["press", "moscow"], ["nobody"]):
        with pytest.raises(Refused):
            session.cable(seoul, wrong, "No", "", 2003.0)


def test_injects_come_by_plan_by_condition_and_by_hand(tmp_path: Path) -> None:
    """Each reaches its seats in its turn and does to the world what it says."""
    session = begun(tmp_path)
    seoul, moscow = people(session, "seoul", "moscow")
    played(session)
    assert session.seat_view(seoul).news == ()
    session.advance(2500.0)
    assert {each.label for each in session.seat_view(seoul).news} == {"HEAD-planned-news", "HEAD-waiting-news"}
    assert {each.label for each in session.seat_view(moscow).news} == {"HEAD-planned-news"}
    session.send_inject("offered-news", now=2501.0)
    session.send_inject("A quake", ["seoul"], 2502.0, label="Quake")
    assert [each.text for each in session.seat_view(moscow).news][-1] == "TEXT-offered-news"
    assert [each.text for each in session.seat_view(seoul).news][-1] == "A quake"
    assert len(session.projector_view().news) == 1
    with refused("inject"):
        session.send_inject("offered-news", now=2503.0)
    played(session)
    forced = [each.rule for each in session.worlds.turns[-1].inputs if hasattr(each, "rule") and "rule" in each.rule]
    assert sorted(forced) == ["rule.offered-news", "rule.planned-news", "rule.waiting-news"]


def test_an_inject_is_taken_back_while_nobody_has_seen_it(tmp_path: Path) -> None:
    """A look at it is on disk before it is shown, so that a restart knows of it."""
    session = begun(tmp_path)
    (seoul,) = people(session, "seoul")
    deliberating(session)
    session.send_inject("One", ["seoul"], 2001.0)
    session.take_back(session.instructor_view().injects[-1].number)
    assert session.seat_view(seoul).news == ()
    session.send_inject("Two", ["seoul"], 2001.0)
    number = session.instructor_view().injects[-1].number
    assert session.seat_view(seoul).news[0].text == "Two"
    session = reopened(session)
    with refused("seen"):
        session.take_back(number)
    for turn in (0, session.state.turn, session.exercise.turns + 1):
        with refused("turn"):
            session.plan_inject("offered-news", turn)
    session.plan_inject("offered-news", 3)
    session.take_back("offered-news")
    assert session.state.planned == {"planned-news": 2}
    session.send_inject("offered-news", now=2001.0)
    unseen = session.instructor_view().injects[-1].number
    played(session)
    for step in (session.take_back, session.call_off):
        with refused("turn"):
            step(unseen)


def test_forecasts_are_each_ones_own_and_close_with_their_turn(tmp_path: Path) -> None:
    """The last answer counts; from the turn after its own a question is closed; a vote belongs to the debrief."""
    session = begun(tmp_path)
    first, second = people(session, "seoul", "seoul")
    deliberating(session)
    session.forecast(first, 0, 30, 2001.0)
    session.forecast(first, 0, 40, 2002.0)
    assert [session.seat_view(each).forecasts[0].mine for each in (first, second)] == [40.0, None]
    for wrong in (-1, 101, float("nan"), True):
        with refused("probability"):
            session.forecast(first, 0, wrong, 2002.0)
    with refused("phase"):
        session.vote(first, (1, "seoul", "seoul.act"))
    played(session)
    deliberating(session)
    session.forecast(second, 0, 20, 2002.0)
    played(session)
    deliberating(session)
    assert session.state.turn == session.exercise.forecasts[0].by_turn + 1
    with refused("phase"):
        session.forecast(first, 0, 50, 2003.0)
    assert [session.seat_view(each).forecasts[0].mine for each in (first, second)] == [40.0, 20.0]
    played(session)
    with refused("phase"):
        session.forecast(first, 0, 50, 2003.0)
    session.advance(3000.0)
    session.vote(first, (1, "seoul", "seoul.act"))
    session.open_predictions(1, "seoul", "seoul.act", now=3001.0)
    session.predict(second, 25)
    assert session.instructor_view().votes == ((1, "seoul", "seoul.act", 1),)
    assert session.instructor_view().predictions == (25.0,)


def test_a_question_closes_to_a_seat_that_sees_its_answer(tmp_path: Path) -> None:
    """Seoul sees at the end of the first turn that it is settled, and is asked no more; Moscow does not."""
    made = play()
    made.told_to = ("seoul",)
    session = begun(tmp_path, made)
    seoul, moscow = people(session, "seoul", "moscow")
    deliberating(session)
    session.forecast(seoul, 0, 30, 2001.0)
    played(session)
    deliberating(session)
    with refused("phase"):
        session.forecast(seoul, 0, 100, 2501.0)
    session.forecast(moscow, 0, 60, 2501.0)
    lines = [session.seat_view(each).forecasts[0] for each in (seoul, moscow)]
    assert [(each.open, each.mine) for each in lines] == [(False, 30.0), (True, 60.0)]


def test_drafts_are_kept_as_typed_for_their_device_alone(tmp_path: Path) -> None:
    """They outlive a restart, and are no entry of the log."""
    session = begun(tmp_path)
    first, second = people(session, "seoul", "seoul")
    number = session.state.number
    session.draft(first, "order/1/size", " 12 ")
    session.draft(first, "gone", "x")
    session.draft(first, "gone", "")
    session = reopened(session)
    assert session.seat_view(first).drafts == (("order/1/size", " 12 "),)
    assert session.seat_view(second).drafts == ()
    assert session.state.number == number
    session.move(first, "moscow")
    assert session.seat_view(first).drafts == (), "they were of the seat that it left"


def test_drafts_of_turns_that_are_over_make_room(tmp_path: Path) -> None:
    """A device that filled in a hundred fields for the orders of one turn can write in the next; a text stays."""
    session = begun(tmp_path)
    (first,) = people(session, "seoul")
    deliberating(session)
    session.draft(first, "cable", "Half a")
    for number in range(99):
        session.draft(first, f"t1.order.{number}", "yes")
    with refused("full"):
        session.draft(first, "t1.order.99", "yes")
    played(session)
    deliberating(session)
    session.draft(first, "t2.order.0", "yes")
    assert session.drafts(first) == {"cable": "Half a", "t2.order.0": "yes"}


def test_the_instructor_sees_what_was_agreed(tmp_path: Path) -> None:
    """A seat that handed in nothing and whose proposal was accepted does not wait."""
    session = begun(tmp_path)
    seoul, moscow = people(session, "seoul", "moscow")
    deliberating(session)
    session.accept(moscow, session.offer(seoul, "seoul.act", {}, ["moscow"], "o", 2001.0).number)
    cells = {row.actor: row.turns[0] for row in session.instructor_view().seats}
    assert [each.label for each in cells["seoul"].agreed] == ["LABEL-seoul.act"]
    played(session)
    cells = {row.actor: row.turns[0] for row in session.instructor_view().seats}
    assert (cells["seoul"].orders, [each.label for each in cells["seoul"].agreed]) == ((), ["LABEL-seoul.act"])
    assert cells["moscow"].agreed == ()


@pytest.mark.parametrize("wrong", ["", "   ", "x" * 41, "a\u202eb", "a\x00b", "\ud800", 5, "x" * 10_000_000, "SEOUL-0"])
def test_a_nickname_that_cannot_be_kept_is_refused(tmp_path: Path, wrong: Any) -> None:
    """Empty, long, unseen, no text, or taken: a sentence, and nothing written."""
    session = begun(tmp_path)
    people(session, "seoul")
    number = session.state.number
    with pytest.raises(Refused):
        session.join(session.open_room(), wrong, 1001.0)
    assert session.state.number == number


def test_another_world_than_the_class_played_in_is_told(tmp_path: Path) -> None:
    """A changed model refuses to open; even so opened, the instructor reads what differs."""
    session = begun(tmp_path)
    played(session)
    session.close()
    with pytest.raises(Differs, match="The world at the start"):
        Session.open(session.folder, play("changed"))
    again = Session.open(session.folder, play("changed"), even_so=True)
    assert len(again.instructor_view().differences) == 2


def test_a_changed_scenario_is_told(tmp_path: Path) -> None:
    """The scenario's file belongs to the log."""
    session = begun(tmp_path)
    session.close()
    (session.folder / "scenario.yaml").write_text("escalation: 2\n")
    with pytest.raises(Differs, match="scenario"):
        Session.open(session.folder, play())


def test_a_folder_is_one_session_open_once(tmp_path: Path) -> None:
    """A second one is not begun in it, and nobody else opens it meanwhile."""
    session = begun(tmp_path)
    with pytest.raises(NoSession, match="open already"):
        Session.open(session.folder, play())
    session.close()
    with pytest.raises(NoSession, match="not empty"):
        begun(tmp_path)
    with pytest.raises(NoSession, match="no session"):
        Session.open(tmp_path, play())


def test_a_seat_changes_hands_only_by_the_instructor_once_the_class_has_begun(tmp_path: Path) -> None:
    """In the lobby people choose; later they are moved."""
    session = begun(tmp_path, seats={"moscow": "bot"})
    (seoul,) = people(session, "seoul")
    with refused("seat"):
        session.sit(seoul, "moscow")
    session.sit(seoul, "pyongyang")
    session.advance(2000.0)
    with refused("phase"):
        session.sit(seoul, "seoul")
    session.move(seoul, "seoul")
    session.rename(seoul, "Ada")
    assert session.instructor_view().seats[0].people[0].nickname == "Ada"


def test_the_record_has_the_turns_that_counted(tmp_path: Path) -> None:
    """Practice is left out; orders are told by seat, those of the model by none; turns follow one another."""
    session = begun(tmp_path, practice=True, seats={"moscow": "computer"})
    with refused("phase"):
        session.record()
    seoul, pyongyang = people(session, "seoul", "pyongyang")
    played(session)
    deliberating(session)
    session.hand_in(seoul, 1, [("seoul.act", {"size": "4"})], "t", 2001.0)
    number = session.offer(pyongyang, "pyongyang.act", {}, ["seoul"], "p", 2001.0).number
    session.accept(seoul, number)
    session.forecast(seoul, 0, 30, 2001.0)
    session.advance(2002.0)
    session.advance(2003.0)
    played(session)
    record = session.record()
    assert [turn.turn for turn in record.turns] == [1, 2]
    first, second = record.turns
    assert (first.snapshot_before, first.snapshot_after) == (record.beginning, second.snapshot_before)
    ordered = {actor: [each.choice for each in orders] for actor, orders in first.orders_by_actor.items()}
    assert ordered == {"seoul": ["seoul.act"], "pyongyang": ["pyongyang.act"]}
    assert first.by == {"seoul": "seoul-0", "pyongyang": "hold"}
    assert (record.forecasts[0].probability, record.forecasts[0].actor) == (0.3, "seoul")


def test_many_at_once_are_each_kept_once(tmp_path: Path) -> None:
    """Forty threads with five forms each, all sent twice: two hundred cables, in one order, folded as logged."""
    session = begun(tmp_path)
    devices = people(session, *(ACTORS[number % 3] for number in range(40)))
    deliberating(session)

    def send(device: str) -> None:
        for number in range(5):
            for _ in range(2):
                session.cable(device, ["press"], f"{device} {number}", f"{number}", 2001.0)
            session.seat_view(device)

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(send, devices))
    assert len({cable.text for cable in session.state.cables}) == len(session.state.cables) == 200
    assert fold(session.log.entries()) == session.state


def test_a_flood_of_joins_ends(tmp_path: Path) -> None:
    """Two hundred devices are let in, and no more; the others go on."""
    session = begun(tmp_path)
    code = session.open_room()
    for number in range(200):
        session.join(code, f"n{number}", 1001.0)
    with refused("full"):
        session.join(code, "one more", 1001.0)
    assert len(session.state.members) == 200
    session.sit("d1", "seoul")
    assert session.seat_view("d1").actor == "seoul"


def test_an_order_is_given_as_often_as_the_scenario_allows(tmp_path: Path) -> None:
    """Twice what may be ordered twice a turn, and no third time; a refused hand-in leaves the one before."""
    session = begun(tmp_path)
    (seoul,) = people(session, "seoul")
    deliberating(session)
    session.hand_in(seoul, 1, [("seoul.act", {})] * 2, "a", 2001.0)
    with refused("order"):
        session.hand_in(seoul, 1, [("seoul.act", {})] * 3, "b", 2002.0)
    with refused("order"):
        session.hand_in(seoul, 1, [("seoul.wait", {})] * 2, "c", 2003.0)
    assert len(session.state.hands[1, "seoul"].orders) == 2


def test_a_full_disk_is_told_and_changes_nothing(tmp_path: Path) -> None:
    """What the disk refuses is not acknowledged, and the session goes on when there is room again."""
    session = begun(tmp_path)
    (seoul,) = people(session, "seoul")
    deliberating(session)
    before = session.state
    session.log._database.execute("PRAGMA query_only=ON")
    with refused("disk"):
        session.hand_in(seoul, 1, [], "t", 2001.0)
    assert session.state == before
    session.log._database.execute("PRAGMA query_only=OFF")
    session.hand_in(seoul, 1, [], "t", 2001.0)
    assert (1, "seoul") in session.state.hands


def test_a_turn_lasts_as_the_scenario_says(tmp_path: Path) -> None:
    """Dates in the views come from the scenario's calendar."""
    session = begun(tmp_path)
    (seoul,) = people(session, "seoul")
    played(session)
    deliberating(session)
    view = session.seat_view(seoul)
    assert (view.begins, view.ends, STEP) == ("day 7", "day 14", 7 * 86_400_000)
    assert view.readings[0].before != view.readings[0].text
