"""`index.html`: the runs that are stored, newest first, each with a link to its report."""

import os
import secrets
from pathlib import Path
from urllib.parse import quote

from escalation.experiments.store import StoreError
from escalation.experiments.stored_runs import StoredRun, stored_runs
from escalation.reporting.report import TEMPLATES, environment
from escalation.reporting.short_labels import short

INDEX = "index.html"
PATIENCE = 20
"""How often the list is written again because another run was finished meanwhile."""


def runs_page(runs: tuple[StoredRun, ...]) -> str:
    """The page; every text is escaped, and a link goes to a folder below the page and nowhere else."""
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    made = environment()
    made.filters |= {"link": _link, "short": short}
    return made.get_template("runs.html").render(runs=runs, css=css)


def _link(path: str) -> str:
    """A path as a relative address: a name with a colon or a `#` stays a name."""
    return "./" + quote(path)


def write_index(reports: Path) -> Path:
    """Write `index.html` into the folder of reports, in one step.

    Two runs that end together both write it; each looks again afterwards and writes once more if the other had come, so
    the last one to write has seen both. Raises StoreError where the disk refuses.
    """
    path = reports / INDEX
    runs = stored_runs(reports)
    for _ in range(PATIENCE):
        _put(path, runs_page(runs).encode("utf-8", "replace"))
        before, runs = runs, stored_runs(reports)
        if runs == before:
            break
    return path


def _put(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error
