"""`escalation serve --rehearse`: a class played by bots over real HTTP against a server of its own, and a verdict."""

import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from escalation.cli.exits import Exit
from escalation.cli.serving import Service
from escalation.web.rehearsal import QUESTIONS, Rehearsal

SECONDS_TO_END = 20.0
WITHIN = 1.0
"""Seconds within which a class does what it is told to do."""
SLOW = 300.0
"""Milliseconds for a page: slower ones, and a class notices."""
SAID = {
    "hand-in": "handed in",
    "suggest": "suggested",
    "proposal": "proposed",
    "cable": "cable",
}
"""The kind of entry that each kind of form leaves in the log."""


@dataclass
class Server:
    """`escalation serve` as a process of its own. port: of the instructor's pages. entry: their path with the key."""

    process: subprocess.Popen[str]
    port: int
    entry: str

    def end(self, by: signal.Signals) -> None:
        """Send a signal, and by force in the end."""
        with self.process as process:
            process.send_signal(by)
            try:
                process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def served(arguments: Sequence[str], folder: Path) -> Iterator[Server]:
    """A server until the block ends, by Ctrl-C. Raises RuntimeError with what it said where it does not begin."""
    server = start(arguments, folder)
    try:
        yield server
    finally:
        server.end(signal.SIGINT)


def start(arguments: Sequence[str], folder: Path) -> Server:
    """Start a server. Raises RuntimeError with what it said where it does not begin."""
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "escalation", "serve", *arguments, "--folder", str(folder)],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            # Ctrl-C is meant for the rehearsal, which ends its server itself.
            start_new_session=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r":(\d+)(/\S*key=\S+)", line)
        if found is None:
            Server(process, 0, "").end(signal.SIGKILL)
            said.seek(0)
            raise RuntimeError(said.read().strip() or line.strip() or "the server did not begin")
    return Server(process, int(found[1]), found[2])


def rehearse(asked: Service, devices: int) -> int:
    """Play the class, print the verdict on stdout, and give the exit status: 0 for a class that can begin."""
    from escalation.cli.reading import read_or_exit

    for file in asked.files:
        read_or_exit(file, asked.overlays, asked.sets)
    arguments = [str(file) for file in asked.files]
    for name, given in (("--overlay", asked.overlays), ("--set", asked.sets)):
        arguments += [word for each in given for word in (name, str(each))]
    with tempfile.TemporaryDirectory(prefix="escalation-rehearsal-") as folder:
        try:
            with served([*arguments, "--port", "0", "--room-port", "0"], Path(folder)) as server:
                rehearsal = Rehearsal(server.port, server.entry, devices, _tell, within=WITHIN)
                rehearsal.play(asked.files[0].stem)
        except (RuntimeError, OSError, HTTPException) as error:
            print(f"escalation: the rehearsal broke off: {error}", file=sys.stderr)
            return Exit.SOME_FAILED
        return _verdict(rehearsal, Path(folder))


def _tell(line: str) -> None:
    print(f"rehearsal: {line}", file=sys.stderr)


def missing(rehearsal: Rehearsal, folder: Path) -> list[str]:
    """What the server said that it had received, and is not in the log of the folder's one session."""
    from escalation.classroom.log import Log

    (path,) = folder.glob("*/session.sqlite")
    log = Log(path)
    try:
        marks = [entry.token.split("/", 2)[1:] for entry in log.entries() if entry.token.count("/") >= 2]
    finally:
        log.close()
    here = {(kind, mark.partition(".")[0]) for kind, mark in marks}
    return [
        f"{kind} {token}"
        for kind, tokens in rehearsal.played.acknowledged.items()
        for token in tokens
        if (SAID[kind], token) not in here
    ]


def replayed(archive: bytes) -> tuple[bool, str]:
    """Whether an exported class is the same when it is played again, and what was said."""
    with tempfile.TemporaryDirectory(prefix="escalation-replay-") as folder:
        path = Path(folder) / "class.zip"
        path.write_bytes(archive)
        command = [sys.executable, "-m", "escalation", "replay", str(path)]
        done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode == Exit.DONE, (done.stderr or done.stdout).strip().splitlines()[-1]


def _verdict(rehearsal: Rehearsal, folder: Path) -> int:
    played, times, odd = rehearsal.played, rehearsal.times, rehearsal.odd
    received = sum(len(tokens) for tokens in played.acknowledged.values())
    lost, (same, said) = missing(rehearsal, folder), replayed(played.archive)
    half, most, slowest = times[len(times) // 2][0], times[int(0.95 * (len(times) - 1))][0], times[-1][0]
    what_if = "no answer" if played.what_if is None else f"answered in {played.what_if:.1f} s"
    seats = len({phone.actor for phone in rehearsal.phones if phone.actor})
    lines = [
        (True, f"{len(rehearsal.phones)} phones at {seats} seats, {played.turns} turns, {played.seconds:.0f} s"),
        (most < SLOW, f"{len(times):,} pages: half in {half:.0f} ms, 95 % in {most:.0f}, the slowest in {slowest:.0f}"),
        (not odd, f"{len(odd)} pages or forms were refused"),
        (not lost, f"{received} orders, cables and proposals were received; {len(lost)} of them are not in the log"),
        (same, f"played again from its export: {'the same' if same else said}"),
        (played.answered == QUESTIONS, f"debrief: {played.answered} of {QUESTIONS} questions answered"),
        (played.what_if is not None, f"What if?: {what_if}"),
    ]
    for good, line in lines:
        print(f"{'ok ' if good else 'BAD'} {line}")
    for line in [*odd, *lost][:20]:
        print(f"    {line}")
    good = all(each for each, _ in lines)
    print("The class can begin." if good else "Something is wrong: see above.")
    return Exit.DONE if good else Exit.SOME_FAILED
