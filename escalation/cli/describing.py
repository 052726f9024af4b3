"""`escalation describe`: the model in prose."""

from collections.abc import Sequence
from pathlib import Path

from escalation.cli.exits import Exit
from escalation.cli.reading import read_or_exit
from escalation.reporting.description import as_markdown, describe


def describe_file(file: Path, overlays: Sequence[Path], sets: Sequence[str]) -> int:
    """The model under the headings of ODD, as Markdown on stdout."""
    scenario = read_or_exit(file, overlays, sets).scenario
    print(as_markdown(scenario.title, describe(scenario)), end="")
    return Exit.DONE
