"""What a person names as a run, found on disk; and a comparison, put there."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from escalation.experiments.comparison import Side
from escalation.experiments.run_key import RunKey, package_hash
from escalation.experiments.store import MANIFEST, StoreError, faults, latest, load_ensemble, read_manifest
from escalation.language.resolve import read_scenario
from escalation.storing import PLACES

if TYPE_CHECKING:
    import pandas as pd

    from escalation.experiments import comparison

SHELF = "compared"
"""The folder, beside those of scenarios, that holds comparisons and the tables that were run for them alone."""
TABLES = "tables"
"""What is kept of a run that was made to be compared: its outcomes, without a report."""


class NoRun(ValueError):
    """A word that names neither a scenario's file nor a stored run, said in a sentence."""


def named_run(word: Path, reports: Path) -> Path | None:
    """The folder of the stored run that a word names; None if it names a file to be run.

    A run is named by its folder or its report, from here or from `reports`; by its folder's own name, if no other has
    it; or by its scenario's name, which means the run that was finished last.

    Raises NoRun.
    """
    if word.is_file() and word.name != "report.html":
        return None
    for place in (word, reports / word):
        folder = place.parent if place.name == "report.html" else place
        if (folder / MANIFEST).is_file():
            return folder.parent / folder.resolve().name if folder.is_symlink() else folder
    shelved = latest(reports, str(word)) if word.parts and (reports / word).is_dir() else None
    if shelved is not None and (reports / word / shelved.name / MANIFEST).is_file():
        return reports / word / shelved.name
    found = [folder for folder in _folders(reports) if folder.name == word.name] if len(word.parts) == 1 else []
    if len(found) == 1:
        return found[0]
    if found:
        raise NoRun(f"{word} names {len(found)} runs: {', '.join(map(str, found))}")
    if word.is_dir():
        raise NoRun(f"{word} is no stored run: it has no {MANIFEST}")
    raise NoRun(f"{word} is neither a scenario's file nor a run stored under {reports}")


def _folders(reports: Path) -> Iterator[Path]:
    for pattern in ("*/*/", f"{SHELF}/{TABLES}/*/*/"):
        found = [path for path in reports.glob(pattern) if not path.is_symlink()]
        yield from sorted(path for path in found if (path / MANIFEST).is_file())


def stored_side(folder: Path) -> Side:
    """A stored run as one side of a comparison. Raises StoreError, and InvalidScenario if its text no longer reads."""
    manifest = read_manifest(folder)
    wrong = faults(folder)
    if wrong:
        raise StoreError(f"{folder} is no longer whole: {wrong[0]}")
    key, resolved = manifest["determined_by"], read_scenario(folder / "scenario.resolved.yaml")
    return Side(
        name=str(folder),
        key=f"{key['name']}/{folder.name}",
        scenario=resolved.scenario,
        document=resolved.document,
        ensemble=load_ensemble(folder),
        places=_places(folder),
        unrepeatable=_unrepeatable(key),
    )


def _places(folder: Path) -> dict[str, str] | None:
    """Where the author wrote each entry, if the run says so."""
    try:
        told: dict[str, str] = json.loads((folder / PLACES).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"{folder / PLACES} cannot be read: {error}") from error
    return told


def _unrepeatable(key: dict[str, object]) -> str:
    overrides = key["overrides"]
    assert isinstance(overrides, list)
    if any(str(each).startswith("plugin ") for each in overrides):
        return "processes of someone's own took part in it"
    return "" if key["sources"] == package_hash() else "it was stored by another version of this program"


def side_key(key: RunKey) -> str:
    """What a run is stored under, as a person would name it."""
    return f"{key.name}/{key.folder_name()}"


def pair_folder(reports: Path, compared: "comparison.Comparison") -> Path:
    """Where a comparison is put: a folder named by both runs."""
    return reports / SHELF / "--".join(_shortened(key) for key in compared.keys)


def _shortened(key: str) -> str:
    """A run's name as half a folder's name, which has no more than 255 bytes in all."""
    stem, _, rest = key.rpartition("/")
    while len(stem.encode()) > 60:
        stem = stem[:-1]
    return f"{stem}-{rest}"


@dataclass(frozen=True)
class Comparison:
    """What B changes against A, as pandas frames. `result` is what they are made of."""

    result: "comparison.Comparison"

    @property
    def differences(self) -> "pd.DataFrame":
        """B less A: a row for each question and policy, numbers unrounded.

        Columns: question, policy, label, unit, difference, low, high, level, n (pairs), futures, unequal (pairs that
        are), left_out, verdict, better, matters, method, note. Shares are 0 to 1.
        """
        return self._frame("differences")

    @property
    def changes(self) -> "pd.DataFrame":
        """What the scenario says differently: entry, before, after, was, now (file and line), sentence."""
        return self._frame("changes")

    @property
    def first_different(self) -> "pd.DataFrame":
        """Trajectories that were played again and part: policy, future, luck, date, day, rule, by (A or B), and what
        each fired at that place (rule_a, day_a, rule_b, day_b).
        """
        return self._frame("first-different")

    def _frame(self, name: str) -> "pd.DataFrame":
        import pandas as pd

        from escalation.reporting.comparison_tables import tables

        header, rows = tables(self.result)[name]
        return pd.DataFrame(rows, columns=list(header))

    def report(self, reports: str | os.PathLike[str] = "reports") -> Path:
        """Write the page with its tables and figures under `reports`; returns the path of `compare.html`."""
        from escalation.reporting.comparison_page import write_comparison

        return write_comparison(pair_folder(Path(reports), self.result), self.result)

    def __str__(self) -> str:
        from escalation.reporting.comparison_words import lines

        return "\n".join(lines(self.result))

    def __repr__(self) -> str:
        result = self.result
        told = sum(each.paired.verdict != "identical" for each in result.differences)
        return f"<Comparison of {result.a!r} and {result.b!r}: {told} of {len(result.differences)} not identical>"

    def _repr_html_(self) -> str:
        from escalation.reporting.comparison_page import fragment

        return fragment(self.result)
