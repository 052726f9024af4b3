"""Object code on disk, for this user alone: a folder of whole files, each named by its key and carrying its own hash.

What is loaded is run, so nothing is trusted that another user could have written: the folder must be ours, private and
no link, each file ours and unchanged since it was written. Where no such folder can be had nothing is kept, and nobody
is stopped. Processes need no lock: a file appears whole, under a name that says what is in it, or not at all.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from time import time

LARGEST = 200_000_000
"""Bytes of the whole folder; beyond it, what was not used for longest goes."""
MARK = b"escalation object 1\n"
HASH_BYTES = 32
PRIVATE = 0o700
UNFINISHED = ".part"
ABANDONED = 3600.0
"""Seconds after which a file that was never finished is nobody's."""


def folder() -> Path | None:
    """Where objects are kept: `$XDG_CACHE_HOME/escalation/objects`, or under `~/.cache`."""
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(chosen):
        return Path(chosen) / "escalation" / "objects"
    try:
        return Path.home() / ".cache" / "escalation" / "objects"
    except RuntimeError:
        return None


def get(key: str) -> bytes | None:
    """The object kept under a key, or None. A file that is not what was written is removed."""
    with _opened() as place:
        if place is None:
            return None
        try:
            file = os.open(key, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place)
        except FileNotFoundError:
            return None
        except OSError:
            _remove(key, place)
            return None
        try:
            code = _checked(key, file)
        finally:
            os.close(file)
        if code is None:
            _remove(key, place)
        else:
            with suppress(OSError):
                os.utime(key, dir_fd=place)
        return code


def put(key: str, code: bytes) -> None:
    """Keep an object under a key, if that can be done, and let go of what is too much."""
    with _opened() as place:
        if place is None:
            return
        unfinished = f"{key}.{os.getpid()}.{token_hex(8)}{UNFINISHED}"
        try:
            _write(unfinished, place, MARK + _hash(key, code) + code)
            os.replace(unfinished, key, src_dir_fd=place, dst_dir_fd=place)
        except OSError:
            _remove(unfinished, place)
            return
        _trim(place)


@contextmanager
def _opened() -> Iterator[int | None]:
    """The folder, held open so that it cannot be exchanged meanwhile; None where there is none to trust."""
    path, place = folder(), None
    with suppress(OSError):
        if path is not None:
            path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            with suppress(FileExistsError):
                path.mkdir(mode=PRIVATE)
            place = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    if place is None:
        yield None
        return
    try:
        yield place if _is_private(os.fstat(place)) else None
    finally:
        os.close(place)


def _is_private(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) & ~PRIVATE == 0


def _checked(key: str, file: int) -> bytes | None:
    """What an open file holds, if it is ours, whole and belongs to the key."""
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode) or not _is_private(found):
        return None
    with suppress(OSError), open(file, "rb", closefd=False) as opened:
        whole = opened.read()
        code = whole[len(MARK) + HASH_BYTES :]
        if whole[: len(MARK) + HASH_BYTES] == MARK + _hash(key, code):
            return code
    return None


def _hash(key: str, code: bytes) -> bytes:
    return sha256(key.encode() + b"\n" + code).digest()


def _write(name: str, place: int, content: bytes) -> None:
    file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=place)
    with os.fdopen(file, "wb") as opened:
        opened.write(content)


def _remove(name: str, place: int) -> None:
    with suppress(OSError):
        os.unlink(name, dir_fd=place)


def _trim(place: int) -> None:
    """Remove what was used least recently until the rest is small enough, and what was never finished."""
    found, now = [], time()
    with suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                about = entry.stat(follow_symlinks=False)
                if entry.name.endswith(UNFINISHED) and now - about.st_mtime > ABANDONED:
                    _remove(entry.name, place)
                else:
                    found.append((about.st_mtime_ns, about.st_size, entry.name))
    kept = 0
    for _, size, name in sorted(found, reverse=True):
        kept += size
        if kept > LARGEST and not name.endswith(UNFINISHED):
            _remove(name, place)
