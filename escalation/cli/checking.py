"""`escalation check`: every fault of every file, and notes."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast, get_args

import typer

from escalation.cli.exits import Exit
from escalation.language.faults import Fault, InvalidScenario, Sources, render_all
from escalation.language.resolve import Resolved, read_scenario

Format = Literal["text", "json", "github"]


def check_files(files: Sequence[Path], overlays: Sequence[Path], sets: Sequence[str], format_: str, trial: bool) -> int:
    """Faults go to stdout, since they are what was asked for; a count of sound files to stderr."""
    if format_ not in get_args(Format):
        raise typer.BadParameter(f"{format_!r} is not one of {', '.join(get_args(Format))}", param_hint="--format")
    faults: list[Fault] = []
    sources = Sources()
    sound: list[Resolved] = []
    for file in files:
        try:
            sound.append(read_scenario(file, overlays, sets))
        except InvalidScenario as invalid:
            faults += invalid.faults
            sources.texts.update(invalid.sources.texts)
    if faults or format_ == "json":
        print(render_all(faults, sources, cast(Format, format_)))
    for resolved in sound if format_ == "text" else ():
        _tell_notes(resolved)
        if trial:
            from escalation.cli.trying import try_out

            try_out(resolved)
    if not faults and format_ == "text":
        names = ", ".join(str(file) for file in files)
        print(f"{names}: no faults", file=sys.stderr)
    return Exit.INVALID if faults else Exit.DONE


def _tell_notes(resolved: Resolved) -> None:
    for note in resolved.notes:
        print(f"{note.file}:{note.line}:{note.column}: note: {note.message}")
        if note.suggestion:
            print(f"  {note.suggestion}")
