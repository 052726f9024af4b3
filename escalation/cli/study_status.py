"""`escalation status`: how far a study is, told from its folder while it runs and afterwards."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import typer

from escalation.cli.exits import Exit
from escalation.experiments.store import StoreError
from escalation.experiments.study_state import later, now, read_state, someone_works

FORMATS = ("text", "json")


def tell_status(folder: Path, format_: str) -> int:
    """What the study's folder says of itself, on stdout."""
    if format_ not in FORMATS:
        raise typer.BadParameter(f"{format_!r} is not one of {', '.join(FORMATS)}", param_hint="--format")
    try:
        # Who works is asked first: a study that ends in between has then written its end.
        alive = someone_works(folder)
        state = read_state(folder)
    except StoreError as error:
        print(f"escalation: {error}", file=sys.stderr)
        return Exit.WRONG_USAGE
    if format_ == "json":
        counts = {word: state.count(word) for word in ("done", "running", "waiting", "stopped", "failed")}
        standing = "running" if alive else "ended" if state.ended else "killed"
        left = state.remaining()
        end = later(now(), left) if alive else state.ended
        told = {"standing": standing, "counts": counts, "expected_end": end, "seconds_left": round(left, 1)}
        print(json.dumps({**told, **asdict(state)}, ensure_ascii=False, indent=1))
        return Exit.DONE
    from escalation.reporting.study_words import status_lines

    for line in status_lines(state, alive):
        print(line)
    return Exit.DONE
