"""A study's file to the runs that it asks for, each with a name that a person can read, and every fault at once.

What is asked at the top is asked of every scenario; a scenario's own entry stands in its place whole. Files are named
from the study's folder and may lie anywhere, as on the command line.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from escalation.language.calendar import Misdated, exact
from escalation.language.encoding import decode
from escalation.language.faults import Fault, InvalidScenario, Sources, nearest
from escalation.language.node import Mapping, Node, Scalar
from escalation.language.node import Path as Place
from escalation.language.shape import faults_of, key_origin
from escalation.language.study_document import Asked, StudyScenario
from escalation.language.study_document import Study as Document
from escalation.language.study_sweeps import values_of
from escalation.language.written import Written, plain, short
from escalation.language.yaml12 import STUDY, file_bytes, read_text
from escalation.model.process import Origin

MOST_RUNS = 10_000
N, SEED = "10000", "1"
"""What is asked where nobody says anything, as of `escalation run`."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that a run sets: the path with the place where it is written, and the value with its own."""

    path: str
    place: Origin
    value: Scalar

    def __str__(self) -> str:
        return f"{self.path}={self.value.text}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One run that a study asks for.

    name: of the run, readable and its own in the study. scenario, overlay: names in the study; overlay is "" where no
    variants are named. file, overlays: paths from the current folder. policies: none are all. precision: measure and
    the width asked for. varied: the settings that differ between runs of the scenario, as (what, value).
    """

    name: str
    scenario: str
    file: Written
    path: Path
    overlay: str
    overlays: tuple[Path, ...]
    settings: tuple[Setting, ...]
    policies: tuple[Written, ...]
    n: Written
    seed: Written
    futures: Written | None
    engine: str
    keep: str
    precision: tuple[tuple[str, Written], ...]
    expectations: bool
    varied: tuple[tuple[str, str], ...]

    @property
    def sets(self) -> tuple[str, ...]:
        """The settings as `--set` takes them."""
        return tuple(map(str, self.settings))


@dataclass(frozen=True, slots=True)
class Study:
    """A study that was read. within: its time in seconds, or None. sources: what was read, for quoting."""

    path: Path
    title: str
    about: str
    within: float | None
    runs: tuple[Wanted, ...]
    sources: Sources
    document: Document

    @property
    def stem(self) -> str:
        """Its file's name without the ending."""
        return self.path.stem


def read_study(path: str | os.PathLike[str]) -> Study:
    """The study of a file.

    Raises:
        InvalidScenario: with every fault of the study itself. Whether its scenarios are sound is not looked at.
    """
    shown = os.fspath(path)
    sources = Sources()
    data, faults = file_bytes(path, shown, STUDY)
    root: Node | None = None
    if data is not None:
        text = decode(data, shown, STUDY)[0]
        sources.texts[shown] = data.decode(errors="replace").removeprefix("\ufeff") if text is None else text
        root, faults = read_text(data, shown, STUDY)
    if not isinstance(root, Mapping):
        raise InvalidScenario(tuple(faults), sources)
    document, more = _shaped(root)
    reading = _Reading(Path(path).parent, root, document)
    runs = reading.runs()
    within = reading.within()
    faults = [*faults, *more, *reading.faults]
    if faults:
        raise InvalidScenario(tuple(dict.fromkeys(faults)), sources)
    if len(runs) > MOST_RUNS:
        message = f"this study asks for {len(runs):,} runs; more than {MOST_RUNS:,} are not begun"
        raise InvalidScenario((Fault.at(root.origin, message, "fewer values, or several studies"),), sources)
    return Study(Path(path), str(document.title), str(document.about or ""), within, runs, sources, document)


def _shaped(root: Mapping) -> tuple[Document, list[Fault]]:
    """The document without what has no sound shape, and the faults of that."""
    tree, faults = plain(root), list[Fault]()
    while True:
        try:
            return Document.model_validate(tree), faults
        except ValidationError as invalid:
            told, places = faults_of(root, invalid, Document)
            faults += told
            for place in places:
                _leave_out(tree, place)


def _leave_out(tree: Any, place: Place) -> None:
    """Take the smallest separate entry that holds a fault out; what must be there has a stand-in."""
    holder = tree
    at = 2 if place[0] == "scenarios" and len(place) > 2 else 0
    at += place[at] in ("set", "overlays", "precision") and len(place) > at + 1
    for step in place[:at]:
        holder = holder.get(step) if isinstance(holder, dict) else None
    if isinstance(holder, dict):
        holder.pop(place[at], None)
    if place[-1] == "file" and isinstance(tree.get("scenarios"), dict):
        tree["scenarios"].pop(place[1], None)
    stand_ins: dict[str, Any] = {"study": _nowhere("1"), "title": _nowhere("untitled")}
    for key, leaf in stand_ins.items():
        tree.setdefault(key, leaf)
    if not isinstance(tree.get("scenarios"), dict) or not tree["scenarios"]:
        tree["scenarios"] = {"none": {"file": _nowhere("")}}


def _nowhere(text: str) -> Written:
    return Written.of(Scalar(text or "?", Origin("", 0, 0)))


class _Reading:
    """Meaning: the runs that the shape stands for."""

    def __init__(self, folder: Path, root: Mapping, document: Document) -> None:
        self.folder, self.root, self.document = folder, root, document
        self.faults: list[Fault] = []

    def within(self) -> float | None:
        """The time of the study, in seconds."""
        leaf = self.document.within
        if leaf is None:
            return None
        try:
            length = exact(leaf) / 1000
        except Misdated as wrong:
            self.faults.append(wrong.fault(leaf))
            return None
        if length <= 0:
            self.faults.append(Fault.at(leaf.origin, "this is no time at all", "8 hours", len(leaf)))
        return length

    def runs(self) -> tuple[Wanted, ...]:
        """Every run, in the order of the file: scenarios, then variants, then settings, the last one fastest."""
        return tuple(
            run
            for name, entry in self.document.scenarios.items()
            if entry.file.origin.line
            for run in self.of_scenario(name, entry)
        )

    def of_scenario(self, name: str, entry: StudyScenario) -> Iterator[Wanted]:
        """The runs of one scenario."""
        path = self.file(entry.file)
        variants = {
            variant: tuple(map(self.file, files)) for variant, files in (self.asked(entry, "overlays") or {}).items()
        } or {"": ()}
        paths, swept = self.settings(name, entry)
        counts, seeds = self.distinct(entry, "n", N), self.distinct(entry, "seeds", SEED)
        sizes = [1 if len(each) == 1 else 2 for each in (variants, *swept, counts, seeds)]
        if len(variants) * len(counts) * len(seeds) * _size(swept) > MOST_RUNS:
            message = f"`{name}` asks for more than {MOST_RUNS:,} runs"
            self.faults.append(Fault.at(entry.file.origin, message, "fewer values, or several studies"))
            return
        for variant, n, seed in product(variants, counts, seeds):
            for values in product(*swept):
                settings = tuple(Setting(*said, value) for said, value in zip(paths, values, strict=True))
                told = [("overlay", variant), *((each.path, each.value.text) for each in settings)]
                told += [("n", str(n)), ("seed", str(seed))]
                varied = tuple(pair for pair, size in zip(told, sizes, strict=True) if size > 1)
                yield Wanted(
                    name=_called(name, varied),
                    scenario=name,
                    file=entry.file,
                    path=path,
                    overlay=variant,
                    overlays=variants[variant],
                    settings=settings,
                    policies=tuple(self.asked(entry, "policies") or ()),
                    n=n,
                    seed=seed,
                    futures=self.asked(entry, "futures"),
                    engine=str(self.asked(entry, "engine") or "auto"),
                    keep=str(self.asked(entry, "keep") or "outcomes"),
                    precision=tuple((self.asked(entry, "precision") or {}).items()),
                    expectations=self.asked(entry, "expectations") != "false",
                    varied=varied,
                )

    def asked(self, entry: Asked, key: str) -> Any:
        """A scenario's own entry, or the study's."""
        own = getattr(entry, key)
        return getattr(self.document, key) if own is None else own

    def distinct(self, entry: Asked, key: str, default: str) -> list[Written]:
        """The values of `n` or `seeds`, none twice."""
        leaves: list[Written] = self.asked(entry, key) or [_nowhere(default)]
        for place, leaf in enumerate(leaves):
            if int(leaf) in map(int, leaves[:place]):
                message = f"{short(leaf)} is written twice"
                self.faults.append(Fault.at(leaf.origin, message, "keep one of the two", len(leaf)))
            if key == "seeds" and int(leaf) >= 2**64:
                self.faults.append(Fault.at(leaf.origin, "a seed lies between 0 and 2^64 - 1", "", len(leaf)))
        return leaves

    def settings(self, name: str, entry: Asked) -> tuple[list[tuple[str, Origin]], list[tuple[Scalar, ...]]]:
        """What is set, each with its place, and the values of each."""
        swept = self.asked(entry, "set") or {}
        above: Place = () if entry.set is None else ("scenarios", name)
        paths, values = [], []
        for path, sweep in swept.items():
            found, faults = values_of(sweep)
            self.faults += faults
            paths.append((str(path), key_origin(self.root, (*above, "set", path))))
            values.append(found)
        return paths, values

    def file(self, leaf: Written) -> Path:
        """A file named in the study, from the current folder; a fault where there is none."""
        path = Path(os.path.normpath(self.folder / leaf.strip()))
        if not path.is_file():
            there = path.parent.glob("*.y*ml") if path.parent.is_dir() else ()
            meant = nearest(path.name, [each.name for each in there])
            cure = f"did you mean {os.path.join(os.path.dirname(leaf), meant)}?" if meant else ""
            self.faults.append(
                Fault.at(
                    leaf.origin,
                    f"there is no file {path}" if not path.is_dir() else f"{path} is a folder",
                    cure,
                    len(leaf),
                )
            )
        return path


def _size(swept: list[tuple[Scalar, ...]]) -> int:
    total = 1
    for values in swept:
        total *= max(1, len(values))
    return total


def _called(scenario: str, varied: tuple[tuple[str, str], ...]) -> str:
    """`seoul, war, patience=7 days, seed=2`."""
    return ", ".join([scenario, *(value if what == "overlay" else f"{what}={value}" for what, value in varied)])
