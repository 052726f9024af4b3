"""`index.html` of a study: what went wrong first, then every run's answers side by side, with links to the reports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from escalation.experiments.run_key import readable
from escalation.experiments.study_state import RunState, StudyState
from escalation.reporting.decimals import BLANK, count, percent, quantity
from escalation.reporting.palette import colour
from escalation.reporting.report import TEMPLATES, environment, with_letters
from escalation.reporting.short_labels import short
from escalation.reporting.study_table import RunTold, Told, headline
from escalation.reporting.study_words import clock, counted, duration, how_it_stands

WIDE = 100.0
"""Units across the drawing of an interval."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One estimate: in words, and where its dot and the ends of its interval stand, 0 to `WIDE`."""

    policy: str
    value: str
    interval: str
    said: str
    colour: str
    dot: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One run's estimates of one question; `where` is the part of a bare range they are of."""

    name: str
    where: str
    report: str
    n: str
    trouble: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Runs by policies: the answers to one question. scale: what the drawings reach from and to, in words."""

    title: str
    scenario: str
    policies: tuple[str, ...]
    rows: tuple[Row, ...]
    scale: str
    level: str


def study_page(state: StudyState, runs: Sequence[RunTold], about: str, alive: bool) -> str:
    """The page; `runs` are those that found something, in the study's order."""
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    made = environment()
    made.filters |= {"link": _link, "short": short, "clock": clock, "duration": duration}
    html = made.get_template("study.html").render(
        state=state,
        about=about,
        stands=how_it_stands(state, alive),
        counted=counted(state),
        troubles=_troubles(state),
        matrices=tuple(_matrices(state, runs)),
        css=css,
    )
    return with_letters(readable(html))


def _link(path: str) -> str:
    return "./" + quote(path)


def _troubles(state: StudyState) -> tuple[RunState, ...]:
    """What went wrong first, then what has not been run to its end."""
    order = {"failed": 0, "stopped": 1, "running": 2, "waiting": 3}
    wrong = [run for run in state.runs if run.status != "done" or run.code]
    return tuple(sorted(wrong, key=lambda run: order.get(run.status, 0)))


def _matrices(state: StudyState, runs: Sequence[RunTold]) -> Iterator[Matrix]:
    troubled = {run.name: run.message for run in state.runs if run.code}
    for scenario in dict.fromkeys(run.wanted.scenario for run in runs):
        mine = [run for run in runs if run.wanted.scenario == scenario and run.told]
        for key in dict.fromkeys(key for run in mine for key in headline(run.told)):
            yield _matrix(scenario, key, mine, troubled)


def _matrix(scenario: str, key: str, runs: Sequence[RunTold], troubled: dict[str, str]) -> Matrix:
    answers = [told for run in runs for told in run.told if told.question == key]
    policies = tuple(dict.fromkeys(told.policy for told in answers))
    low, high = _scale(answers)
    rows = []
    for run in runs:
        asked = [told for told in run.told if told.question == key]
        for where in dict.fromkeys(told.where for told in asked):
            found = {told.policy: told for told in asked if told.where == where}
            cells = tuple(
                _cell(found[policy], place, low, high) if policy in found else None
                for place, policy in enumerate(policies)
            )
            each = {count(told.n) for told in found.values() if told.n is not None}
            n, trouble = " to ".join(sorted(each)), troubled.get(run.wanted.name, "")
            rows.append(Row(run.wanted.name, where, run.report, n, trouble, cells))
    levels = {percent(told.level) for told in answers if told.level is not None}
    ends = (percent(low), percent(high)) if answers[0].unit == "share" else _ends(low, high, answers[0].unit)
    return Matrix(
        answers[0].label, scenario, policies, tuple(rows), f"{ends[0]} to {ends[1]}", " and ".join(sorted(levels))
    )


def _ends(low: float, high: float, unit: str) -> tuple[str, str]:
    error = (high - low) / 20
    return quantity(low, unit, error), quantity(high, unit, error)


def _scale(answers: Sequence[Told]) -> tuple[float, float]:
    """From nothing to everything for shares, else over all that is drawn."""
    if answers[0].unit == "share":
        return 0.0, 1.0
    drawn = [end for told in answers for end in (told.value, told.low, told.high) if end is not None]
    low, high = min(drawn, default=0.0), max(drawn, default=1.0)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _cell(told: Told, place: int, low: float, high: float) -> Cell | None:
    if told.value is None:
        return None

    def across(value: float | None) -> float | None:
        return None if value is None else round(WIDE * (value - low) / (high - low), 2)

    value, least, most = told.shown
    known = bool(least and most)
    interval = f"{least} to {most}" if known else told.note or BLANK
    level = "" if told.level is None else f"{percent(told.level)} "
    said = f"{told.policy}: {value}, {level}interval {interval}"
    return Cell(
        policy=told.policy,
        value=value,
        interval=interval,
        said=said,
        colour=colour(place),
        dot=across(told.value) or 0.0,
        low=across(told.low) if known else None,
        high=across(told.high) if known else None,
    )
