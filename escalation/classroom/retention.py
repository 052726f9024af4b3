"""What becomes of a session afterwards: taken out as one archive, made nameless, or removed."""

import csv
import io
import json
import os
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from escalation.classroom.entries import BY_THE_LOCK
from escalation.classroom.log import Entry, Log, NoLog, disk_refuses, files_of, first_entry, write_log
from escalation.classroom.refusals import Refused
from escalation.classroom.session import EXPORTS, LOG, SCENARIO, NoSession, Session, locked
from escalation.classroom.state import State, read_orders
from escalation.classroom.unfinished import DELETE, DELETED, NAMELESS, flush, interrupted

REPLAY = "escalation replay"
"""The command that plays an archive again."""
REMOVED = "(removed)"
_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file in an archive: equal sessions give equal bytes."""

README = """{title}

A class played this scenario: {turns} turns, {people} people, {entries} entries.

log.jsonl         everything that happened, in order, one entry a line
orders.csv        the orders of each seat by turn, with what was filled in, and by whom
proposals.csv     orders that needed the consent of others, and what became of them; accepted ones were carried out too
cables.csv        what seats wrote to one another and to the press
forecasts.csv     probabilities, in per cent, by person and question; the last answer of each
{scenario}     the resolved scenario that was played
{log}    the log as the program reads it; drafts and keys of devices are left out
{more}
To play it again, and compare every world with the log:

    {replay} {archive}

Seed {seed}, policy {policy}, future {future}, luck {luck}.
"""


def export(session: Session, more: Mapping[str, bytes] | None = None) -> Path:
    """The session as one archive in its folder: log, orders, cables, forecasts, scenario and how to replay it.

    more: files to go in besides, such as the debrief's page. No key of a device, nor its hash, is in it.

    Raises:
        Refused: the disk does not take it; nothing of it is left there.
    """
    try:
        return _exported(session, more or {})
    except (OSError, sqlite3.Error, NoLog) as error:
        raise Refused(f"No archive was made: {disk_refuses(error)}. The class is kept.", "disk") from error


def _exported(session: Session, more: Mapping[str, bytes]) -> Path:
    with session._lock:
        entries, state = [_keyless(each) for each in session.log.entries()], session.state
        scenario = (session.folder / SCENARIO).read_bytes()
        folder = session.folder / EXPORTS
        folder.mkdir(mode=0o700, exist_ok=True)
        log = _as_log(entries, folder)
    files = {
        "log.jsonl": "".join(_line(each) for each in entries).encode(),
        "orders.csv": _orders(entries, state),
        "cables.csv": _cables(state),
        "forecasts.csv": _forecasts(session, state),
        "proposals.csv": _proposals(state),
        SCENARIO: scenario,
        LOG: log,
    } | dict(more)
    files["README.txt"] = _readme(session, state, len(entries), tuple(more)).encode()
    return _archived(folder / _archive_name(session, state), files)


def anonymise(folder: Path | str) -> tuple[str, ...]:
    """Names and free text of a session that is not open are replaced; what was done. Archives and drafts are removed.

    Orders, phases, probabilities and times stay, so it still replays to the same worlds. Links of devices are dead.
    Interrupted, it can be done again, to the end.

    Raises:
        NoSession: the folder holds none, or it is open.
        Refused: the disk does not take it; the sentence says whether anything was removed.
    """
    folder = Path(folder)
    if interrupted(folder) == DELETE:
        raise NoSession(f"{folder} was being deleted when that was interrupted, so it is no session any more.")
    if not (folder / LOG).is_file():
        raise NoSession(f"{folder} holds no session.")
    with _held(folder, "Nothing was removed"):
        said = () if interrupted(folder) else _nameless_log(folder)
        gone, stuck = _remove([*sorted((folder / EXPORTS).glob("*")), *files_of(folder / LOG)[1:]])
        if stuck:
            raise Refused(_left_over("Not all names were removed", gone, stuck), "disk")
        try:
            os.replace(folder / NAMELESS, folder / LOG)
            flush(folder)
        except OSError as error:
            raise Refused(f"Not all names were removed: {disk_refuses(error)}. Do it again.", "disk") from error
    return (*said, "all drafts and links of devices removed", *(f"removed {each}" for each in gone))


def _nameless_log(folder: Path) -> tuple[str, ...]:
    """Write the log that names nobody, under the name that says that it is to take the other's place; what is in it."""
    fresh = folder / f".{LOG}"
    try:
        with closing(Log(folder / LOG)) as log:
            entries = log.entries()
        _remove(files_of(fresh))
        write_log(fresh, [_nameless(each) for each in entries])
        os.replace(fresh, folder / NAMELESS)
    except (OSError, NoLog) as error:
        _remove(files_of(fresh))
        raise Refused(f"Nothing was removed: {disk_refuses(error)}.", "disk") from error
    people = sum(entry.kind == "joined" for entry in entries)
    texts = sum(entry.kind == "cable" or (entry.kind == "inject" and bool(entry.body["text"])) for entry in entries)
    return f"{people} nicknames replaced", f"{texts} texts removed"


def delete(folder: Path | str) -> tuple[str, ...]:
    """Remove a session that is not open: log, journals, scenario, archives. The files removed, and what was left.

    It needs no room on the disk. Interrupted, it can be done again, to the end. Files that no session writes are left,
    and so is the folder then.

    Raises:
        NoSession: the folder holds none, or it is open.
        Refused: something of the session is still there; the sentence says what, and why.
    """
    folder = Path(folder)
    if not (folder / LOG).is_file() and interrupted(folder) != DELETE:
        raise NoSession(f"{folder} holds no session.")
    with _held(folder, "Nothing was deleted"):
        # Whoever finds the log under this name knows that it was to go.
        if (folder / LOG).is_file():
            os.replace(folder / LOG, folder / DELETED)
        journals = [each for name in (LOG, f".{LOG}", NAMELESS) for each in files_of(folder / name)]
        gone, stuck = _remove([*journals, folder / SCENARIO, *sorted((folder / EXPORTS).glob("*"))])
        with suppress(OSError):
            (folder / EXPORTS).rmdir()
        if not stuck:
            _, stuck = _remove([*folder.glob("holder-*"), folder / "lock", folder / DELETED])
        if stuck:
            raise Refused(_left_over("Not all was deleted", gone, stuck), "disk")
    _remove(folder.glob("holder-*"))
    left = sorted(each.name for each in folder.iterdir())
    with suppress(OSError):
        folder.rmdir()
    named = (f"removed {each}" for each in (LOG, *gone))
    return (*named, *(f"left {each}, which is no file of a session" for each in left))


@contextmanager
def _held(folder: Path, nothing: str) -> Iterator[None]:
    """A folder that nobody else opens meanwhile. nothing: how the refusal of a disk begins, which comes before all."""
    lock = None
    try:
        lock = locked(folder)
        yield
    except OSError as error:
        raise Refused(f"{nothing}: {disk_refuses(error)}.", "disk") from error
    finally:
        if lock is not None:
            lock.release()


def _left_over(what: str, gone: Sequence[str], stuck: Sequence[str]) -> str:
    done = f" Removed: {', '.join(gone)}." if gone else ""
    return f"{what}. Still there: {', '.join(stuck)}.{done} Do it again; the next start of the program does, too."


def tidy(folder: Path, now: float) -> tuple[str, ...]:
    """A session's folder as it should be found: what was interrupted is done to the end, and a session whose days are
    over is deleted. A line for each thing that was done, or could not be; none where all is as it should be.

    now: seconds since the epoch.
    """
    what = interrupted(folder)
    try:
        if what:
            done = delete(folder) if what == DELETE else anonymise(folder)
            word = "deleted" if what == DELETE else "made nameless"
            return (f"{folder.name}: {word} to the end, which had been interrupted ({'; '.join(done)})",)
        if (folder / LOG).is_file():
            # Half-written files of a process that was killed.
            _remove([*files_of(folder / f".{LOG}"), *(folder / EXPORTS).glob(".*")])
        days = _days_over(folder, now)
        if days:
            done = delete(folder)
            return (f"{folder.name}: deleted, since its {days} days are over ({'; '.join(done)})",)
    except (ValueError, OSError, Refused) as error:
        return (f"{folder.name}: left as it is: {error}",)
    return ()


def _days_over(folder: Path, now: float) -> int:
    """The days after which the session was to be deleted, if they are over; else 0."""
    if not (folder / LOG).is_file():
        return 0
    lock = locked(folder)
    try:
        first = first_entry(folder / LOG)
    finally:
        lock.release()
    if first is None or first.kind != "created":
        return 0
    days = int(first.body.get("retention_days", 0))
    return days if days and now > first.at + 86_400 * days else 0


def _remove(paths: Iterable[Path]) -> tuple[list[str], list[str]]:
    """The names of the files that were removed, and of those that could not be, with the reason. A folder is let be."""
    gone, stuck = [], []
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            continue
        try:
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            stuck.append(f"{path.name} ({error.strerror})")
        else:
            gone.append(path.name)
    return gone, stuck


def _keyless(entry: Entry) -> Entry:
    """Without the hash of a device's key, and without tokens."""
    body = {**entry.body, "key": ""} if "key" in entry.body else entry.body
    return replace(entry, body=body, token="")


def _nameless(entry: Entry) -> Entry:
    """An entry that names nobody and quotes nobody."""
    entry = _keyless(entry)
    body = json.loads(json.dumps(entry.body))
    if "nickname" in body:
        body["nickname"] = f"Person {body['device'].removeprefix('d')}"
    if entry.kind == "cable":
        body["text"] = REMOVED
    if entry.kind == "inject" and body["text"]:
        body |= {"text": REMOVED, "label": REMOVED if body["label"] else ""}
    # What was filled in stays as the values that were read from it.
    for orders in ([body["order"]] if "order" in body else [], body.get("orders", [])):
        for order in orders:
            order["texts"] = {name: str(order["values"].get(name, "")) for name in order["texts"]}
    return replace(entry, body=body)


def _as_log(entries: Iterable[Entry], folder: Path) -> bytes:
    """The bytes of a log with these entries."""
    path = folder / ".log"
    _remove(files_of(path))
    try:
        write_log(path, entries)
        return path.read_bytes()
    finally:
        _remove(files_of(path))


def _archive_name(session: Session, state: State) -> str:
    return f"{session.folder.name}-{state.number}.zip"


def _archived(path: Path, files: Mapping[str, bytes]) -> Path:
    """A whole archive, or none."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(info, content)
    made = path.with_name(f".{path.name}")
    try:
        made.write_bytes(whole.getvalue())
        os.replace(made, path)
    except OSError:
        _remove([made])
        raise
    return path


def _line(entry: Entry) -> str:
    told = {"number": entry.number, "at": entry.at, "kind": entry.kind, "seat": entry.seat, "body": entry.body}
    return json.dumps(told, ensure_ascii=False, sort_keys=True) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> bytes:
    """A CSV file. A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    written = io.StringIO(newline="")
    lines = csv.writer(written)
    lines.writerow(head)
    lines.writerows([_inert(cell) for cell in row] for row in rows)
    return written.getvalue().encode()


def _inert(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell


def _name(state: State, device: str) -> str:
    member = state.members.get(device)
    return device if member is None else member.nickname


def _orders(entries: Iterable[Entry], state: State) -> bytes:
    """Every hand-in, also those that were replaced or taken back: `counted` tells which one was played."""
    rows: list[tuple[Any, ...]] = []
    for entry in entries:
        if entry.kind == "handed in":
            turn, orders = entry.body["turn"], read_orders(entry.body["orders"])
            hand = state.hands.get((turn, entry.seat))
            counted = hand is not None and (hand.orders, hand.by) == (orders, entry.body["by"])
            who = _name(state, entry.body["by"])
            filled = [(order.choice, json.dumps(dict(order.values), sort_keys=True)) for order in orders] or [("", "")]
            rows += [(entry.number, turn, entry.seat, who, *each, "yes" if counted else "no") for each in filled]
    for (turn, actor), hand in sorted(state.hands.items()):
        if hand.by in BY_THE_LOCK:
            filled = [(order.choice, json.dumps(dict(order.values), sort_keys=True)) for order in hand.orders]
            rows += [("", turn, actor, hand.by, *each, "yes") for each in filled or [("", "")]]
    return _table(("entry", "turn", "actor", "by", "choice", "filled_in", "counted"), rows)


def _proposals(state: State) -> bytes:
    rows = [
        (
            *(each.number, each.turn, each.actor, _name(state, each.device), each.order.choice),
            json.dumps(dict(each.order.values), sort_keys=True),
            *(" ".join(each.needs), each.state),
        )
        for each in state.proposals.values()
    ]
    return _table(("entry", "turn", "actor", "by", "choice", "filled_in", "needs", "became"), rows)


def _cables(state: State) -> bytes:
    rows = [(each.number, each.turn, each.actor, " ".join(each.to), each.text) for each in state.cables]
    return _table(("entry", "turn", "by", "to", "text"), rows)


def _forecasts(session: Session, state: State) -> bytes:
    rows = [
        (_name(state, device), state.members[device].actor, number, session.exercise.forecasts[number].ask, *given)
        for (device, number), given in state.forecasts.items()
    ]
    return _table(("person", "actor", "question", "ask", "probability", "given_in_turn"), rows)


def _readme(session: Session, state: State, entries: int, more: tuple[str, ...]) -> str:
    return README.format(
        title=session.exercise.title,
        turns=len([each for each in state.done if each.turn]),
        people=len(state.members),
        entries=entries,
        scenario=SCENARIO,
        log=LOG,
        more="".join(f"{name}\n" for name in more),
        replay=REPLAY,
        archive=_archive_name(session, state),
        seed=session.point.seed,
        policy=session.point.policy,
        future=session.point.future,
        luck=session.point.luck,
    )
