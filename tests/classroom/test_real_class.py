"""A class in a real world: the exercise of a small scenario, played on the engine, killed, opened, replayed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from escalation.classroom.exercise import exercise_of
from escalation.classroom.retention import anonymise, export
from escalation.classroom.session import Options, Session
from escalation.cli.command import app
from escalation.cli.exits import Exit
from escalation.language.resolve import read_scenario
from escalation.web.debrief_course import orders_table
from escalation.web.debrief_voice import Voice
from escalation.web.text import text

SMALL = Path(__file__).parent / "small.yaml"


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session of the small scenario, bots at every seat but the first."""
    resolved = read_scenario(SMALL)
    exercise = exercise_of(resolved.scenario)
    seats = {role.actor: "bot" for role in exercise.roles[1:]}
    return Session.create(tmp_path / "class", exercise, resolved.text, Options(seats=seats, luck=3), 1000.0)


def to_the_end(session: Session) -> None:
    """Every turn, the first seat ordering all that it can."""
    code, actor = session.open_room(), session.exercise.roles[0].actor
    device = session.join(code, "Ada", 1001.0).id
    session.sit(device, actor)
    while session.state.phase != "debrief":
        if session.state.phase == "deliberation":
            view = session.seat_view(device)
            orders = [(item.choice, {}) for item in view.menu if item.possible][:1]
            session.hand_in(device, view.turn, orders, f"turn-{view.turn}", 2000.0)
        session.advance(2000.0)


def test_a_class_on_the_engine_opens_again_to_the_same_worlds(session: Session) -> None:
    """Bit for bit: the digests of the log are those of the worlds played again."""
    to_the_end(session)
    before = [turn.resolved.snapshot.to_bytes() for turn in session.worlds.turns]
    session.close()
    again = Session.open(session.folder)
    assert [turn.resolved.snapshot.to_bytes() for turn in again.worlds.turns] == before
    assert again.worlds.differences == []
    assert len(before) == again.state.turns
    again.close()


def test_every_view_of_a_real_class_can_be_made_in_every_phase(session: Session) -> None:
    """Readings, menus, gauges and dates are texts from lobby to the end."""
    actor = session.exercise.roles[0].actor
    device = session.join(session.open_room(), "Ada", 1001.0).id
    session.sit(device, actor)
    while session.state.phase != "closed":
        seat, room, wall = session.seat_view(device), session.instructor_view(), session.projector_view()
        assert seat.phase == room.phase == wall.phase
        assert all(each.text for each in (*seat.readings, *room.gauges, *wall.readings))
        assert bool(seat.menu) == (seat.phase in ("briefing", "deliberation"))
        session.advance(2000.0)
    assert session.seat_view(device).begins.startswith(session.play.date(session.exercise.instants[-2]))


def test_replay_says_whether_the_worlds_are_the_same(session: Session, tmp_path: Path) -> None:
    """0 for an archive and a nameless folder; 5 when the log was played in another world; 2 for no session."""
    to_the_end(session)
    archive = export(session)
    moved = archive.rename(tmp_path / "class.zip")
    session.close()
    anonymise(session.folder)
    for path in (moved, session.folder):
        result = CliRunner().invoke(app, ["replay", str(path)])
        assert result.exit_code == Exit.DONE, result.output
        assert "every world as the class played in it" in result.stdout
    scenario = session.folder / "scenario.yaml"
    scenario.write_text(scenario.read_text() + "\n# another\n")
    assert CliRunner().invoke(app, ["replay", str(session.folder)]).exit_code == Exit.SOME_FAILED
    assert CliRunner().invoke(app, ["replay", str(tmp_path / "nothing")]).exit_code == Exit.WRONG_USAGE
    assert CliRunner().invoke(app, ["replay", str(SMALL)]).exit_code == Exit.WRONG_USAGE


def test_a_number_of_the_truth_is_told_where_it_may_be_read_and_nowhere_else(tmp_path: Path) -> None:
    """What the North alone reads is in its view and the instructor's, not in the South's nor on the wall."""
    resolved = read_scenario(SMALL, sets=("state.sent.initial=7_110 troops", "state.waited.initial=77 days"))
    exercise = exercise_of(resolved.scenario)
    session = Session.create(tmp_path / "class", exercise, resolved.text, Options(), 1000.0)
    code, devices = session.open_room(), []
    for role in exercise.roles:
        devices.append(session.join(code, role.actor, 1001.0).id)
        session.sit(devices[-1], role.actor)
    session.advance(1002.0)
    while session.state.phase != "closed":
        north, south = (repr(session.seat_view(device)) for device in devices)
        wall, teacher = repr(session.projector_view()), repr(session.instructor_view())
        for secret in ("7,110 troops", "77 days"):
            assert secret in north
            assert secret in teacher
            assert secret not in south
            assert secret not in wall
        session.advance(2000.0)


def test_whoever_was_not_asked_reads_so_in_the_debrief(session: Session) -> None:
    """After *End the turns here* no seat of people is said to have handed nothing in, and bots still order."""
    session.advance(1001.0)
    session.advance(1002.0)
    session.finish(1003.0)
    rows = orders_table(Voice.of(session.exercise), session.record()).rows
    by = {seat: {row[3] for row in rows if row[1] == seat} for seat in {row[1] for row in rows}}
    first, *others = (role.name for role in session.exercise.roles)
    assert by[first] == {text("told.by_ended")}
    assert all(by[each] == {text("told.by_bot")} for each in others)
