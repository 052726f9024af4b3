"""`summary.csv` of a study: a row for each run, policy and question, read from what each run says of itself."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from escalation.experiments.analysis import headline_keys
from escalation.experiments.analysis_questions import Question
from escalation.language.study import Wanted
from escalation.reporting.summary import as_csv

ESTIMATES = ("share", "mean")
"""What `summary.csv` of a run calls the main estimate of a question."""
COLUMNS: dict[str, tuple[str, str]] = {
    "run": ("name of the run in the study", "name"),
    "scenario": ("name of its scenario in the study", "name"),
    "overlay": ("name of the variant; empty where there is none", "name"),
    "seed": ("seed of all chance", "number"),
    "policy": ("name of the policy", "name"),
    "question": ("what is asked of each trajectory; a measure's name, or rung:LADDER.RUNG.STAGE", "name"),
    "label": ("the question in words", "words"),
    "statement": ("share of trajectories, or mean", "word"),
    "unit": ("unit of value, low and high", "share (0 to 1), days, or the author's unit; empty for a plain number"),
    "value": ("the estimate", "as in unit"),
    "low": ("lower end of its interval; empty where there is none", "as in unit"),
    "high": ("upper end of its interval; empty where there is none", "as in unit"),
    "level": ("how often such intervals hold the true value over repeated runs", "0 to 1"),
    "n": ("trajectories that the number rests on", "count"),
    "futures": ("futures they come from", "count"),
    "where": ("part of a bare range that the number is of; empty without one", "words"),
    "note": ("why an end is missing or the interval has no width", "words"),
    "report": ("the run's report, from this folder", "path"),
}
SETTING = ("value of this setting in the run; empty where the run leaves it alone", "as written")


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to one question under one policy in one run, as its `summary.csv` says it."""

    policy: str
    question: str
    label: str
    statement: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    shown: tuple[str, str, str]
    level: float | None
    n: int | None
    futures: int | None
    where: str
    note: str


@dataclass(frozen=True, slots=True)
class RunTold:
    """A run with what it found. report: the path of its page from the study's folder, or ""."""

    wanted: Wanted
    told: tuple[Told, ...]
    report: str = ""


def told_by(folder: Path) -> tuple[Told, ...]:
    """The main estimates of a run's folder, in the order of its report; none where it has no summary."""
    try:
        with (folder / "summary.csv").open(encoding="utf-8-sig", newline="") as file:
            return tuple(
                _told(row)
                for row in csv.DictReader(file)
                if row["section"] == "outcomes" and row["statement"] in ESTIMATES
            )
    except (OSError, KeyError, ValueError):
        return ()


def _told(row: dict[str, str]) -> Told:
    return Told(
        policy=row["policy"],
        question=row["question"],
        label=row["label"],
        statement=row["statement"],
        unit=row["unit"],
        value=_number(row["value"]),
        low=_number(row["low"]),
        high=_number(row["high"]),
        shown=(row["value_shown"], row["low_shown"], row["high_shown"]),
        level=_number(row["level"]),
        n=int(row["n"]) if row["n"] else None,
        futures=int(row["futures"]) if row["futures"] else None,
        where=row.get("where", ""),
        note=row["note"],
    )


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def headline(told: Sequence[Told]) -> tuple[str, ...]:
    """The questions that the report of a run answers first."""
    asked = {each.question: each for each in told}
    ladders: dict[str, list[str]] = {}
    for key in asked:
        if key.startswith("rung:") and key.endswith(".decided"):
            ladders.setdefault(key.removeprefix("rung:").partition(".")[0], []).append(key)
    known = tuple(
        Question(each.question, "", each.label, "holds" if each.statement == "share" else "number")
        for each in asked.values()
    )
    return headline_keys(tuple(map(tuple, ladders.values())), known)


def _settings(runs: Sequence[RunTold]) -> list[str]:
    """Every path that some run sets, in the order of the study."""
    return list(dict.fromkeys(setting.path for run in runs for setting in run.wanted.settings))


def study_csv(runs: Sequence[RunTold]) -> bytes:
    """`summary.csv`: the settings are its last columns, one each."""
    paths = _settings(runs)
    return as_csv([*COLUMNS, *(f"set:{path}" for path in paths)], _rows(runs, paths))


def _rows(runs: Sequence[RunTold], paths: Sequence[str]) -> Iterator[list[object]]:
    for run in runs:
        wanted = run.wanted
        chosen = {setting.path: setting.value.text for setting in wanted.settings}
        for told in run.told:
            yield [
                wanted.name, wanted.scenario, wanted.overlay, int(wanted.seed), told.policy, told.question, told.label,
                told.statement, told.unit, told.value, told.low, told.high, told.level, told.n, told.futures,
                told.where, told.note, run.report, *(chosen.get(path, "") for path in paths),
            ]  # fmt: skip


def codebook_of_study(runs: Sequence[RunTold]) -> bytes:
    """`codebook.csv`: what each column of `summary.csv` means, and its unit."""
    rows = [(name, *meaning) for name, meaning in COLUMNS.items()]
    rows += [(f"set:{path}", *SETTING) for path in _settings(runs)]
    return as_csv(("column", "meaning", "unit"), iter(rows))
