"""How far a run is: a bar on a terminal, nothing when quiet, and elsewhere a plain line once it is under way, and then
one a minute."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

A_MINUTE = 60.0


class Told(Protocol):
    """What is told of a run under way: (done, total) trajectories, and what each look saw."""

    def __call__(self, done: int, total: int) -> None:
        """So many are done."""
        ...

    def looked(self, look: Any) -> None:
        """It was looked at (`experiments.stopping.Look`)."""
        ...


@contextmanager
def progress(quiet: bool) -> Iterator[Told | None]:
    """A function to tell (done, total); everything goes to stderr."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as told:
            yield told
    else:
        yield _Lines()


@contextmanager
def _bar() -> Iterator[Told]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("trajectories"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    seen = TextColumn("{task.fields[seen]}", markup=False)
    with Progress(*columns, seen, console=Console(stderr=True), transient=True) as bar:
        yield _Bar(bar, bar.add_task("trajectories", total=None, seen=""))


class _Bar:
    """A bar, and beside it what the last look saw."""

    def __init__(self, bar: Any, task: Any) -> None:
        self.bar, self.task = bar, task

    def __call__(self, done: int, total: int) -> None:
        self.bar.update(self.task, completed=done, total=total)

    def looked(self, look: Any) -> None:
        from escalation.reporting.stopping_page import look_told

        self.bar.update(self.task, seen=look_told(look))


class _Lines:
    """A line once a run is under way, then one a minute, and one a look."""

    def __init__(self) -> None:
        self.last = -A_MINUTE

    def __call__(self, done: int, total: int) -> None:
        if done < total and time.monotonic() - self.last >= A_MINUTE:
            self.last = time.monotonic()
            print(f"{done:,} of {total:,} trajectories ({100 * done // total} %)", file=sys.stderr, flush=True)

    def looked(self, look: Any) -> None:
        from escalation.reporting.stopping_page import look_told

        print(look_told(look), file=sys.stderr, flush=True)
