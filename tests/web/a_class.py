"""A class as it really is: `escalation serve` in a process of its own, and the log that it leaves."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from escalation.classroom.log import Entry

ROOT = Path(__file__).parents[2]
EIGHT = Path(__file__).with_name("eight.yaml")
HERE = "127.0.0.1"


def free_port() -> int:
    """A port that nobody has; a restart is to find the same one."""
    with socket.socket() as asking:
        asking.bind((HERE, 0))
        return int(asking.getsockname()[1])


@dataclass
class Class:
    """The process, its two addresses and its folder. teach: with the key of the process that runs now."""

    folder: Path
    file: Path = EIGHT
    port: int = field(default_factory=free_port)
    room_port: int = field(default_factory=free_port)
    teach: str = ""
    process: subprocess.Popen[str] | None = None

    @property
    def room(self) -> str:
        """The address that phones load."""
        return f"http://{HERE}:{self.room_port}"

    def start(self) -> None:
        """Serve; returns once the instructor's address is printed."""
        ports = ["--port", str(self.port), "--room-port", str(self.room_port)]
        asked = [sys.executable, "-m", "escalation", "serve", str(self.file), *ports, "--folder", str(self.folder)]
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "said.txt").open("a") as said:
            self.process = subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, text=True)
        assert self.process.stdout is not None
        late = threading.Timer(30, self.process.kill)
        late.start()
        line = self.process.stdout.readline()
        late.cancel()
        assert "http" in line, (self.folder / "said.txt").read_text()
        self.teach = line[line.index("http") :].strip()

    def end(self, how: signal.Signals) -> None:
        """A signal to this process alone, and wait."""
        if self.process is None or self.process.poll() is not None:
            return
        os.kill(self.process.pid, how)
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def restart_by_force(self) -> None:
        """kill -9, and the same command again."""
        self.end(signal.SIGKILL)
        self.start()

    def entries(self, kind: str = "") -> list[Entry]:
        """The log of the one session, as it stands on disk: of one kind, or all."""
        path = next(self.folder.glob("*/session.sqlite"))
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reading:
            rows = reading.execute("SELECT * FROM entries ORDER BY number").fetchall()
        found = [Entry(*row[:5], json.loads(row[5])) for row in rows]
        return [each for each in found if kind in ("", each.kind)]


@contextmanager
def serving(folder: Path, file: Path = EIGHT) -> Iterator[Class]:
    """A class that is served until the block ends."""
    it = Class(folder, file)
    it.start()
    try:
        yield it
    finally:
        it.end(signal.SIGINT)


def ordered(entry: Entry) -> list[tuple[str, dict[str, Any]]]:
    """The orders of an entry, as they were written."""
    return [(each["choice"], dict(each["texts"])) for each in entry.body["orders"]]
