"""Ctrl-C, and the SIGTERM with which a batch system ends a job: the first one stops a run, and none loses what is done.

Only while trajectories are run, or claims judged, does one raise KeyboardInterrupt, and only the first. At any other
time there is something to store, and a person who is impatient is told so.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = "stopping: what was done is being stored"
STORING = "the trajectories are done and being stored; this ends by itself"
STDERR = 2
BOTH = (signal.SIGINT, signal.SIGTERM)
_answering: "list[Interruptions]" = []
"""Those in force, the innermost last."""


class Interruptions:
    """What becomes of signals. stopped: whether one came, so that nothing further is to be begun."""

    def __init__(self) -> None:
        self.stopped = False
        self._raises = False
        self._told = False

    def answer(self, number: int, frame: FrameType | None) -> None:
        """The handler of both signals."""
        first, self.stopped = not self.stopped, True
        if first and self._raises:
            self._raises = False
            raise KeyboardInterrupt
        self.tell(STORING if first else STOPPING)

    def hold(self) -> None:
        """From here on there is something to lose: a signal is only noted."""
        self._raises = False

    @contextmanager
    def heard(self) -> Iterator[None]:
        """A signal stops what is done here; one that came before stops it at once."""
        try:
            self._raises = not self.stopped
            if self.stopped:
                raise KeyboardInterrupt
            yield
        finally:
            self._raises = False

    def tell(self, text: str) -> None:
        """One line, once; written past the streams, which a handler may have interrupted in a line of their own."""
        if not self._told:
            self._told = True
            os.write(STDERR, f"{text}\n".encode())


@contextmanager
def interruptions() -> Iterator[Interruptions]:
    """Both signals answered so, but one that the command was begun deaf to: a script's job in the background.

    In a thread, which may not answer any, they are left as they are.
    """
    answered = Interruptions()
    if threading.current_thread() is not threading.main_thread():
        yield answered
        return
    _answering.append(answered)
    heard = [number for number in BOTH if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, answered.answer) for number in heard}
    try:
        yield answered
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _answering.remove(answered)
        # What stopped a run stops the study that it belongs to.
        for outer in _answering if answered.stopped else ():
            outer.stopped = True


def stop_at_sigterm() -> None:
    """SIGTERM ends a command as Ctrl-C does: with its code, and a word."""
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_IGN:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def deaf_to_the_end() -> None:
    """All is done and told: what comes now may not change the exit code."""
    for number in BOTH:
        signal.signal(number, signal.SIG_IGN)
