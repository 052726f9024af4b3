"""A session: one folder, one log, one world. Whoever opens the folder has the class as it was left.

    FOLDER/session.sqlite   the log, and drafts
    FOLDER/scenario.yaml    the resolved scenario that is played
    FOLDER/exports/         archives, once some were made
    FOLDER/lock             who has the folder open

The folder holds no address, no user agent and no key; nicknames are what people chose to be called.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalation.classroom.cables import Cables
from escalation.classroom.debrief_steps import DebriefSteps
from escalation.classroom.entries import RULES, step
from escalation.classroom.log import Log, NoLog, disk_refuses, files_of
from escalation.classroom.model_play import ModelPlay
from escalation.classroom.people import WHO, People
from escalation.classroom.play import Odds, Play
from escalation.classroom.proposals import Proposals
from escalation.classroom.record import Record, record_of
from escalation.classroom.refusals import Differs, Refused
from escalation.classroom.room_views import RoomViews
from escalation.classroom.unfinished import DELETE, flush, interrupted
from escalation.classroom.worlds import Worlds
from escalation.experiments.run_lock import RunLock
from escalation.model.classroom import MOST_MINUTES
from escalation.model.trajectory import Point

if TYPE_CHECKING:
    from escalation.classroom.exercise import Exercise

LOG, SCENARIO, EXPORTS = "session.sqlite", "scenario.yaml", "exports"
LATE = (*RULES, "instructor")


class NoSession(ValueError):
    """A folder that holds no session, or one that cannot be opened now."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is chosen at the start. None is as the scenario says.

    policy, seed, future, luck: which trajectory the class plays in. minutes: of deliberation a turn. late: what a
    missed deadline means. retention_days: after which the session is to be deleted; 0 is not said. seats: who decides
    for each actor (human, computer, bot, instructor); human where nothing is said.
    """

    policy: str = ""
    seed: int = 1
    future: int = 0
    luck: int = 0
    minutes: float | None = None
    late: str | None = None
    practice: bool | None = None
    retention_days: int = 0
    seats: Mapping[str, str] = field(default_factory=dict)


class Session(RoomViews, People, Proposals, Cables, DebriefSteps):
    """Every command of a class. Safe to use from several threads; a command is on disk before it returns."""

    def __init__(self, folder: Path, lock: RunLock, log: Log, play: Play, point: Point) -> None:
        """By `create` and `open` only."""
        super().__init__(log, play, Worlds(play, point))
        self.folder, self._folder_lock, self.point = folder, lock, point

    @staticmethod
    def create(
        path: Path | str,
        exercise: "Exercise",
        resolved_yaml: str,
        options: Options,
        now: float,
        play: Play | None = None,
    ) -> "Session":
        """A new session in a new, or empty, folder. play: instead of the exercise's own model.

        Raises:
            NoSession: something is in the folder already.
            Refused: an option that cannot be, or a disk that does not take it; nothing of it is left there.
        """
        folder = Path(path)
        play = ModelPlay(exercise) if play is None else play
        body = _created(play, resolved_yaml, options)
        new = not folder.exists()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = locked(folder)
        except OSError as error:
            raise _unmade(folder, new, error) from error
        if any(each.name != "lock" for each in folder.iterdir()):
            lock.release()
            raise NoSession(f"{folder} is not empty, so no session is begun in it.")
        log = None
        try:
            _write(folder / SCENARIO, resolved_yaml)
            log = Log(folder / LOG)
            session = Session(folder, lock, log, play, Point(**body["point"]))
            session._enter("created", body, now=now)
            flush(folder)
        except (OSError, NoLog, Refused) as error:
            if log is not None:
                log.close()
            lock.release()
            raise _unmade(folder, new, error) from error
        return session

    @staticmethod
    def open(path: Path | str, play: Play | None = None, *, even_so: bool = False) -> "Session":
        """The session of a folder, its log folded and its worlds played again.

        even_so: go on although the worlds are others than those that the class played in; the instructor is told.

        Raises:
            NoSession: the folder holds none, or another process has it open.
            Differs: the worlds, or the scenario, are not those of the log.
        """
        folder = Path(path)
        what = interrupted(folder)
        if what:
            was = "deleted" if what == DELETE else "made nameless"
            raise NoSession(f"{folder} was being {was} when that was interrupted. Do it again, to the end.")
        if not (folder / LOG).is_file() or not (folder / SCENARIO).is_file():
            raise NoSession(f"{folder} holds no session.")
        lock = locked(folder)
        log = None
        try:
            log = Log(folder / LOG)
            session = _replayed(folder, lock, log, play)
            if session.worlds.differences and not even_so:
                raise Differs(tuple(session.worlds.differences))
        except BaseException:
            if log is not None:
                log.close()
            lock.release()
            raise
        return session

    def close(self) -> None:
        """Let go of the folder."""
        with self._lock:
            self.log.close()
            self._folder_lock.release()

    def record(self) -> Record:
        """What the class did so far, for the debrief."""
        if self.worlds.first is None:
            raise Refused("The world has not begun yet.", "phase")
        return record_of(self, self.point)

    def odds(self) -> tuple[Odds, Odds]:
        """What may come of the world as it is: if the seats do nothing more, and if the model plays them from here.

        For the instructor. Takes its time, and holds nobody up.
        """
        with self._lock:
            snapshot = self.worlds.now(self.state.turn)
        if snapshot is None:
            raise Refused("The world has not begun yet.", "phase")
        return self.play.odds(snapshot)


def _unmade(folder: Path, new: bool, error: Exception) -> Refused:
    """Nothing is left of a session that the disk did not take; what is told of it. new: its folder came with it."""
    for each in (*files_of(folder / LOG), folder / SCENARIO, folder / "lock"):
        with suppress(OSError):
            each.unlink()
    if new:
        with suppress(OSError):
            folder.rmdir()
    why = disk_refuses(error.__cause__ if isinstance(error, Refused) else error)
    return Refused(f"No session was made: {why}.", "disk")


def _created(play: Play, resolved_yaml: str, options: Options) -> dict[str, Any]:
    """The first entry: all that the fold needs to know of the exercise, and what was chosen."""
    exercise = play.exercise
    actors = [role.actor for role in exercise.roles]
    seats = {actor: options.seats.get(actor, "human") for actor in actors}
    late = exercise.late if options.late is None else options.late
    minutes = float(exercise.minutes if options.minutes is None else options.minutes)
    strangers = sorted(set(options.seats) - set(actors))
    if strangers:
        raise Refused(f"There is no seat {', '.join(strangers)}.", "seat")
    if any(who not in WHO for who in seats.values()):
        raise Refused(f"A seat is {', '.join(WHO[:-1])} or {WHO[-1]}.", "seat")
    if late not in LATE:
        raise Refused(f"A missed deadline means {', '.join(LATE[:-1])} or {LATE[-1]}.", "late")
    if not 0 < minutes <= MOST_MINUTES:
        raise Refused(f"A deliberation has a number of minutes above 0, up to {MOST_MINUTES}.", "minutes")
    policies = [policy.name for policy in exercise.model.policies]
    policy = options.policy or (policies[0] if policies else "")
    return {
        "point": asdict(Point(policy, options.future, options.luck, options.seed)),
        "late": late,
        "minutes": minutes,
        "turns": exercise.turns,
        "practice": bool(exercise.practice if options.practice is None else options.practice),
        "retention_days": options.retention_days,
        "seats": seats,
        "to": {each.id: list(each.to) for each in exercise.injects},
        "waiting": [each.id for each in exercise.injects if each.when is not None],
        "planned": {each.id: each.turn for each in exercise.injects if each.turn is not None},
        "scenario": sha256(resolved_yaml.encode()).hexdigest(),
    }


def _replayed(folder: Path, lock: RunLock, log: Log, play: Play | None) -> Session:
    entries = log.entries()
    if not entries or entries[0].kind != "created":
        raise NoSession(f"{folder} holds a session that was never begun.")
    first = entries[0].body
    play = ModelPlay.of_file(folder / SCENARIO) if play is None else play
    session = Session(folder, lock, log, play, Point(**first["point"]))
    if sha256((folder / SCENARIO).read_bytes()).hexdigest() != first["scenario"]:
        session.worlds.differences.append("The scenario in the folder is not the one that the class began with.")
    for number, entry in enumerate(entries, 1):
        if entry.number != number:
            raise NoSession(f"{folder} holds a log that lacks entry {number}.")
        try:
            session._follow(entry, step(session.state, entry))
        except (LookupError, TypeError, AttributeError) as error:
            raise NoSession(f"{folder} holds a log whose entry {number} says nothing that can be.") from error
    return session


def locked(folder: Path) -> RunLock:
    """The lock on a session's folder. Raises NoSession where another has it."""
    lock = RunLock(folder)
    if not lock.take():
        raise NoSession(f"{folder} is open already: {lock.holder()} has it.")
    return lock


def _write(path: Path, text: str) -> None:
    """A whole file, on disk."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
