"""A run on disk: its folder, its tables and its report, whole or not at all."""

import json
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Table
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from importlib import metadata
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from escalation.experiments.block import up_to
from escalation.experiments.design import PER_FUTURE
from escalation.experiments.expectations import Verdict
from escalation.experiments.journal import Journal, Kept
from escalation.experiments.row_groups import firing_groups
from escalation.experiments.run_key import LIBRARIES, RunKey, not_an_option, readable, run_key
from escalation.experiments.store import RunFolder, StoreError
from escalation.language.node import Mapping
from escalation.language.written_places import to_text
from escalation.model.process import Model, Origin
from escalation.model.scenario import Scenario
from escalation.reporting.run_info import Checked, Failed, RunInfo

if TYPE_CHECKING:
    import pandas as pd

    from escalation.experiments.analysis import Analysis
    from escalation.experiments.design import Design
    from escalation.experiments.ensemble import Ensemble
    from escalation.experiments.stopping import Stopping
    from escalation.experiments.stopping_rule import StoppingRule

FAILURES_LISTED = 20
RESOLVED = "scenario.resolved.yaml"
WRITTEN = "scenario.written.json"
"""What the layers of the scenario say together, with the place of every entry: kept with what is not finished."""
UNJUDGED = "claims not judged"
"""What the key of a run says whose claims were left alone."""
PLACES = "places.json"
"""Where the author wrote each entry of the scenario: the file's name and the line."""
LINKS = {
    "summary.csv": "every estimate of this page, with its interval, level and n",
    "codebook.csv": "what the columns of summary.csv mean",
    "outcomes.parquet": "a row for each policy and trajectory, a column for each measure",
    "series.parquet": "series of the first 2,000 trajectories of each policy, by day",
    "scenario.resolved.yaml": "the scenario with every default filled in",
    "places.json": "where each entry of the scenario was written: file and line",
    "expectations.json": "what became of each claim that the scenario makes",
    "failures.jsonl": "trajectories that failed, with their addresses",
    "manifest.json": "what determines this run, and the sha256 of each file",
}


REDUCED = {
    "summary.json": "what was counted, and sums without rounding, question by question",
    "summary.parquet": "counts over futures, quantile cells, and totals of the first futures, an array a row",
}
BEYOND = {"over_time.parquet": "series of all trajectories: counts by time and cell, by time and rung"}


def links(ensemble: "Ensemble") -> dict[str, str]:
    """The files of a run's folder and what they hold."""
    made = dict(LINKS) if ensemble.summary is None else REDUCED | LINKS
    if ensemble.summary is not None:
        del made["outcomes.parquet"]
    return made | BEYOND if ensemble.over_time else made


@dataclass(frozen=True)
class RunName:
    """What a run is called by: the scenario's file, its resolved text, and what was set or kept besides.

    until: what the run is to know before it stops; its key is that of the n it reached and of what was asked.
    places: where each entry is written, by its key; told beside the text, and no part of the name. judged: whether the
    claims that travel with the scenario are judged.
    """

    file: str
    text: str
    overlays: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    places: Table[str, str] = field(default_factory=dict)
    until: "StoppingRule | None" = None
    judged: bool = True

    def key(self, design: "Design") -> RunKey:
        """The run's key. What overlays and settings did is in the text; the report names them, so the key does too."""
        overrides = (*(f"overlay {Path(each).name}" for each in self.overlays), *(f"set {each}" for each in self.sets))
        overrides += tuple(f"plugin {each}" for each in self.plugins)
        overrides += () if self.until is None else self.until.said
        overrides += () if self.judged else (UNJUDGED,)
        overrides = tuple(map(readable, overrides))
        return run_key(design, name=self.file, scenario_text=self.text, overrides=overrides, keep=self.keep)

    def trace(self, seed: int) -> str:
        """The line that tells a trajectory of the run, in the folder of the scenario; its address is to be added."""
        words = ["escalation", "trace", not_an_option(Path(self.file).name), "--seed", str(seed)]
        for option, values in (("--overlay", tuple(Path(each).name for each in self.overlays)), ("--set", self.sets)):
            for value in values:
                words += [option, value]
        return " ".join(quote(readable(word)) for word in words)

    def command(self, design: "Design", every_policy: bool) -> str:
        """The line that makes the run again, in the folder of the scenario."""
        words = [
            "escalation",
            "run",
            not_an_option(Path(self.file).name),
            "-n",
            str(design.n if self.until is None else self.until.budget),
            "--seed",
            str(design.seed),
        ]
        if design.per_future != PER_FUTURE:
            budget = design if self.until is None else replace(design, n=self.until.budget)
            words += ["--futures", str(budget.futures)]
        words += () if self.until is None else self.until.options
        for option, values in (
            ("--policy", () if every_policy else design.policies),
            ("--overlay", tuple(Path(each).name for each in self.overlays)),
            ("--set", self.sets),
            ("--keep", tuple(each for each in self.keep if each == "summary")),
            ("--plugin", tuple(each.partition("#")[0] for each in self.plugins)),
        ):
            for value in values:
                words += [option, value]
        words += [] if self.judged else ["--no-expect"]
        return " ".join(quote(readable(word)) for word in words)


@dataclass(frozen=True)
class Finished:
    """A journal, and the model that its pieces are of."""

    journal: Journal
    model: Model

    def firings(self, design: "Design") -> "Iterator[pd.DataFrame] | None":
        """The table of firings by row groups, if the run keeps it; the design may end before the journal's."""
        journal = self.journal
        if "firings" not in journal.key.keep:
            return None
        return firing_groups(self.model, design, up_to(journal.results(), design.n), journal.pieces.others())


def store(
    reports: Path,
    name: RunName,
    scenario: Scenario,
    ensemble: "Ensemble",
    analysis: "Callable[[], Analysis] | None",
    verdicts: Sequence[Verdict],
    remarks: Sequence[str] = (),
    kept: "Finished | None" = None,
    stopping: "Stopping | None" = None,
) -> Path:
    """Write the run's folder with its tables and report; returns the folder.

    kept: the journal of the run, which has its table of firings; it is removed once the run is whole elsewhere.
    analysis: makes the estimates once the tables are on disk, so that nothing that goes wrong there can lose them; None
        when no trajectory was finished, and so nothing can be reported. remarks: lines for `run.log`. stopping: what
        the manifest says of a run that was to end when enough was known.

    Raises:
        StoreError: the disk refuses, in a sentence.
    """
    from escalation.reporting.report import write_report
    from escalation.reporting.runs_page import write_index

    design = ensemble.design
    key = name.key(design)
    hidden, log = (kept.journal.folder, kept.journal.read_log()) if kept is not None else (None, "")
    with RunFolder(reports, key, hidden, log) as folder:
        write_scenario(folder, name)
        folder.write("expectations.json", json.dumps([asdict(each) for each in verdicts], ensure_ascii=False, indent=1))
        if stopping is not None:
            folder.state("stopping", stopping.facts())
        folder.write_ensemble(ensemble, kept.firings(design) if kept is not None else None)
        info = RunInfo(
            command=name.command(design, len(design.policies) == len(scenario.policies)),
            seed=design.seed,
            n=design.n,
            per_future=design.per_future,
            key=key.digest,
            versions={library: metadata.version(library) for library in LIBRARIES},
            stopped_early=bool(ensemble.stopped),
            failed=len(ensemble.failures),
            failures=tuple(
                Failed(each.policy, each.future, each.luck, f"{each.rule}: {each.message}")
                for each in ensemble.failures[:FAILURES_LISTED]
            ),
            expectations=tuple(
                Checked(each.claim, each.status, claim.policy or "", each.sentence, _place(claim.origin))
                for each, claim in zip(verdicts, scenario.expectations, strict=False)
            ),
            links=links(ensemble),
            trace=name.trace(design.seed),
        )
        if analysis is not None:
            write_report(Path(), analysis(), scenario, info, partial(_put, folder))
        for remark in remarks:
            folder.log(remark)
        place = folder.finish()
    if kept is not None and not ensemble.stopped:
        kept.journal.remove()
    try:
        write_index(reports)
    except StoreError as error:
        raise StoreError(f"the run is whole in {place}, but {error}") from error
    return place


def write_scenario(folder: RunFolder, name: RunName) -> None:
    """The resolved text, and where each entry was written."""
    for file, text in scenario_files(name).items():
        folder.write(file, text)


def scenario_files(name: RunName) -> dict[str, str]:
    """The resolved text, and where each entry was written: the names of files, not folders, which are not the run's."""
    told = {path: readable(Path(place).name) for path, place in name.places.items()}
    return {RESOLVED: name.text, PLACES: json.dumps(told, ensure_ascii=False, indent=0, sort_keys=True) + "\n"}


def kept_beside(name: RunName, title: str, written: Mapping) -> Kept:
    """What a journal says of its run: enough to finish it where the author's files are not.

    written: what the layers of the scenario say together, with the places of all entries.
    """
    words = {
        "file": readable(name.file),
        "overlays": [readable(Path(each).name) for each in name.overlays],
        "sets": list(map(readable, name.sets)),
        "plugins": list(map(readable, name.plugins)),
        "keep": list(name.keep),
    }
    return Kept({"title": title, "name": words}, scenario_files(name) | {WRITTEN: to_text(written)})


def store_tables(shelf: Path, name: RunName, ensemble: "Ensemble", remarks: Sequence[str] = ()) -> Path:
    """Write a run's folder with its tables alone, for a run that is made to be compared. Raises StoreError."""
    with RunFolder(shelf, name.key(ensemble.design)) as folder:
        write_scenario(folder, name)
        folder.write_ensemble(ensemble)
        for remark in remarks:
            folder.log(remark)
        return folder.finish()


def _place(origin: Origin) -> str:
    """The file's name and the line; not its folder, which is not the run's."""
    return f"{Path(origin.file).name}:{origin.line}"


def _put(folder: RunFolder, path: Path, content: bytes) -> None:
    folder.write(path.as_posix(), content)
