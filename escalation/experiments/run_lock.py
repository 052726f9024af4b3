"""One process at a time works on a run's hidden folder; another waits, and takes over when the first one dies.

Where the file system has `flock`, the kernel lets go of the lock however its holder ends. Where it has none (some
network file systems), the holder is the file `holder-K` of the largest K: made in one step by whoever finds the one
before it let go, or dead. A holder on this machine is dead when its process is gone; one elsewhere, when it has given
no sign of life for a while.
"""

import errno
import json
import os
import platform
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

LOCK = "lock"
HOLDER = "holder-"
SIGN_OF_LIFE = 20.0
"""Seconds between two."""
SILENCE = 180.0
"""Seconds after which a holder on another machine is taken for dead."""
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


class RunLock:
    """The lock on a folder. It is let go with `release`, or when the process ends."""

    def __init__(self, folder: Path, *, flock: bool = True) -> None:
        self.folder, self._flock = folder, flock
        self._handle: int | None = None
        self._own: Path | None = None
        self._done = threading.Event()

    def take(self) -> bool:
        """Whether the lock is ours from now on; at once. Raises OSError where the folder is gone, or refuses."""
        if self._flock:
            try:
                return self._take_flock()
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    raise
                self._flock = False
        return self._take_turn()

    def holder(self) -> str:
        """Who has it, as far as it can be read: "process 123 on host"."""
        told = _read(self.folder / LOCK) if self._flock else _read(_last(self.folder)[1])
        return f"process {told['pid']} on {told['host']}" if told else "another process"

    def holder_at_work(self) -> str:
        """Who has it at this moment, or "" if nobody has; it is left as it is."""
        try:
            taken = self._is_taken()
        except OSError:
            return ""
        return self.holder() if taken else ""

    def _is_taken(self) -> bool:
        import fcntl

        _, last = _last(self.folder)
        if last is not None:
            self._flock = False
            return not _let_go(last)
        with (self.folder / LOCK).open("rb") as file:
            try:
                # Shared, so that two who look do not take each other for a holder.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def release(self) -> None:
        """Let go; the folder may be gone."""
        self._done.set()
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        if self._own is not None:
            with suppress(OSError):
                self._own.write_bytes(b"")
            self._own = None

    def _take_flock(self) -> bool:
        import fcntl

        path = self.folder / LOCK
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The one before may have removed the folder while we waited for it.
            if not os.path.samestat(os.fstat(handle), path.stat()):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
            # Whose it is, for people: on a full disk the lock holds all the same.
            with suppress(OSError):
                os.ftruncate(handle, 0)
                os.write(handle, _us())
        except BlockingIOError:
            os.close(handle)
            return False
        except BaseException:
            os.close(handle)
            raise
        self._handle = handle
        return True

    def _take_turn(self) -> bool:
        number, before = _last(self.folder)
        if before is not None and not _let_go(before):
            return False
        own = self.folder / f"{HOLDER}{number + 1}"
        temporary = self.folder / f".{HOLDER}{os.getpid()}-{threading.get_ident()}"
        temporary.write_bytes(_us())
        try:
            # A link is made in one step, with all that stands in the file.
            os.link(temporary, own)
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
        self._own = own
        threading.Thread(target=self._live, args=(own,), daemon=True).start()
        return True

    def _live(self, own: Path) -> None:
        while not self._done.wait(SIGN_OF_LIFE):
            with suppress(OSError):
                os.utime(own)


def _us() -> bytes:
    told = {"pid": os.getpid(), "began": _began(os.getpid()), "host": platform.node()}
    return json.dumps(told).encode()


def _began(pid: int) -> str:
    """When a process began, by the kernel's count, so that its number given anew is told apart; "" where unknown."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _read(path: Path | None) -> dict[str, Any] | None:
    try:
        told = json.loads(path.read_bytes()) if path is not None else None
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and {"pid", "host", "began"} <= told.keys() else None


def _last(folder: Path) -> tuple[int, Path | None]:
    """The file of the largest number, and the number."""
    found = [int(path.name.removeprefix(HOLDER)) for path in folder.glob(f"{HOLDER}*")]
    return (max(found), folder / f"{HOLDER}{max(found)}") if found else (0, None)


def _let_go(path: Path) -> bool:
    """Whether its holder has let go of it, or is dead."""
    told = _read(path)
    if told is None:
        return True
    if told["host"] == platform.node():
        return not _alive(int(told["pid"]), told["began"])
    return _now_there(path.parent) - path.stat().st_mtime > SILENCE


def _alive(pid: int, began: str) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not began or _began(pid) in ("", began)


def _now_there(folder: Path) -> float:
    """The time by the clock that dates the files of the folder, which may be another machine's."""
    probe = folder / f".now-{os.getpid()}-{time.monotonic_ns()}"
    probe.touch()
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)
