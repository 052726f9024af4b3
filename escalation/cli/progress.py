"""How far a run is: a bar on a terminal, nothing when quiet, and elsewhere a plain line once it is under way, and then
one a minute."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

A_MINUTE = 60.0

Told = Callable[[int, int], None]


@contextmanager
def progress(quiet: bool) -> Iterator[Told | None]:
    """A function to tell (done, total); everything goes to stderr."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as told:
            yield told
    else:
        yield _lines()


@contextmanager
def _bar() -> Iterator[Told]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("trajectories"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("trajectories", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines() -> Told:
    last = -A_MINUTE

    def told(done: int, total: int) -> None:
        nonlocal last
        if done < total and time.monotonic() - last >= A_MINUTE:
            last = time.monotonic()
            print(f"{done:,} of {total:,} trajectories ({100 * done // total} %)", file=sys.stderr, flush=True)

    return told
