"""What a seat may not know is not in its view, nor on the projector: every private thing has a value of its own."""

from pathlib import Path

from escalation.classroom.session import Session
from escalation.classroom.views import ProjectorView, SeatView
from tests.classroom.stand_in import ACTORS
from tests.classroom.test_session import begun, deliberating, people

BOTH = {"seoul": "moscow", "moscow": "seoul"}


def eventful(session: Session) -> tuple[list[str], dict[str, list[str]]]:
    """A class in mid-turn with all sorts of private things; the devices, and whose secrets are whose."""
    devices = people(session, *ACTORS, "seoul")
    secrets: dict[str, list[str]] = {actor: [] for actor in ACTORS}
    for turn in (1, 2):
        deliberating(session)
        for device, actor in zip(devices[:3], ACTORS, strict=True):
            size = 9_000_000 + 1_000 * turn + ACTORS.index(actor)
            session.hand_in(device, turn, [(f"{actor}.act", {"size": str(size)})], f"h{turn}", 2001.0)
            session.draft(device, f"field-{turn}", f"DRAFT-{actor}-{turn}")
            session.forecast(device, 0, 11.5 + ACTORS.index(actor), 2001.0)
            session.send_inject(f"PRIVATE-NEWS-{actor}-{turn}", [actor], 2001.0, label=f"PRIVATE-HEAD-{actor}-{turn}")
            secrets[actor] += [str(size), f"DRAFT-{actor}-{turn}", f"-NEWS-{actor}-{turn}", f"-HEAD-{actor}-{turn}"]
            secrets[actor].append(repr(11.5 + ACTORS.index(actor)))
        session.propose_order(devices[3], turn, [("seoul.wait", {"note": f"{8_000_000 + turn}"})], f"s{turn}", 2001.0)
        secrets["seoul"].append(str(8_000_000 + turn))
        if turn == 1:
            session.advance(2002.0)
            session.advance(2003.0)
    for actor in ACTORS:
        secrets[actor] += [f"BRIEF-{actor}", f"AIM-{actor}", f"MENU-{actor}", f"seen_by_{actor}", f"LABEL-{actor}"]
    return devices, secrets


def test_nothing_of_one_seat_is_in_the_view_of_another(tmp_path: Path) -> None:
    """Orders, drafts, suggestions, forecasts, readings and injects stay in their seat, in every phase."""
    session = begun(tmp_path)
    devices, secrets = eventful(session)
    for _ in range(8):
        for device, actor in zip(devices[:3], ACTORS, strict=True):
            view = repr(session.seat_view(device))
            for other in set(ACTORS) - {actor}:
                assert [each for each in secrets[other] if each in view] == []
        projected = repr(session.projector_view())
        assert [each for actor in ACTORS for each in secrets[actor] if each in projected] == []
        if session.state.phase == "closed":
            break
        session.advance(3000.0)


def test_each_seat_does_see_its_own(tmp_path: Path) -> None:
    """The values are told where they belong: else the test above would hold of empty views."""
    session = begun(tmp_path)
    devices, secrets = eventful(session)
    for device, actor in zip(devices[:3], ACTORS, strict=True):
        view = repr(session.seat_view(device))
        missing = [each for each in secrets[actor] if each not in view]
        assert [each for each in missing if not each.startswith(("800000", "LABEL"))] == []
    everything = repr(session.instructor_view())
    assert all(text in everything for actor in ACTORS for text in secrets[actor] if text[0] == "9")


def test_the_truth_is_the_instructors(tmp_path: Path) -> None:
    """Gauges, what fired and why an order was held are in no other view."""
    session = begun(tmp_path)
    devices, _ = eventful(session)
    assert "TRUTH" in repr(session.instructor_view())
    for view in (*map(session.seat_view, devices), session.projector_view()):
        assert "TRUTH" not in repr(view)
        assert "VALUE-truth" not in repr(view)


def test_cables_and_proposals_are_read_by_those_they_are_for(tmp_path: Path) -> None:
    """The third seat and the projector know nothing of what two seats say to each other."""
    session = begun(tmp_path)
    seoul, pyongyang, moscow = people(session, *ACTORS)
    deliberating(session)
    session.cable(seoul, ["moscow"], "SENTINEL-CABLE", "c", 2001.0)
    session.offer(seoul, "seoul.act", {"size": "7777777"}, ["moscow"], "p", 2001.0)
    for text in ("SENTINEL-CABLE", "7777777"):
        assert text in repr(session.seat_view(seoul))
        assert text in repr(session.seat_view(moscow))
        assert text not in repr(session.seat_view(pyongyang))
        assert text not in repr(session.projector_view())


def test_a_device_without_a_seat_sees_no_seat(tmp_path: Path) -> None:
    """Nothing private is shown to somebody who has only joined."""
    session = begun(tmp_path)
    _, secrets = eventful(session)
    session.advance(2500.0)
    session.move("d4", "")
    view = session.seat_view("d4")
    own = {repr(each) for each in view.drafts}
    assert [each for actor in ACTORS for each in secrets[actor] if each in repr(view)] == []
    assert own == set()


def test_no_view_holds_a_key_or_its_hash(tmp_path: Path) -> None:
    """A page can show a view whole: nobody gets in by what it says."""
    session = begun(tmp_path)
    device = session.join(session.open_room(), "Ada", 1001.0)
    session.sit(device.id, "seoul")
    stored = session.state.members[device.id].key
    views: tuple[object, ...] = (session.seat_view(device.id), session.projector_view(), session.instructor_view())
    for view in views:
        assert device.key not in repr(view)
        assert stored not in repr(view)
    assert isinstance(views[0], SeatView)
    assert isinstance(views[1], ProjectorView)
