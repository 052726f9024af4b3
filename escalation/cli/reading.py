"""Reading a scenario for a command: its faults are told on stderr, and the command ends with code 3."""

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from escalation.cli.exits import Exit
from escalation.language.faults import InvalidScenario, render_all
from escalation.language.resolve import Resolved, read_scenario


def read_or_exit(file: Path, overlays: Sequence[Path], sets: Sequence[str]) -> Resolved:
    """The scenario of a file; exits with its faults if it has any."""
    try:
        return read_scenario(file, overlays, sets)
    except InvalidScenario as invalid:
        print(render_all(invalid.faults, invalid.sources), file=sys.stderr)
        raise typer.Exit(Exit.INVALID) from None
