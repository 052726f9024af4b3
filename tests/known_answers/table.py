"""The table of known answers in `docs/known-answers.md`: written by `python -m tests.known_answers.table`, and read."""

import importlib
import math
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.known_answers.answers import ANSWERS, KnownAnswer

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "known-answers.md"
BEGIN = "<!-- the table is written by python -m tests.known_answers.table -->"
END = "<!-- the end of the table -->"
HEADER = (
    "| model | compared | formula | source | n | z | 3 % too high | z then |\n"
    "|---|---|---|---|---:|---:|---|---:|"
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What the table says of one statistic: observations, z, and z with a wrong rate."""

    n: int
    z: float
    z_wrong: float


@dataclass(frozen=True)
class Entry:
    """What the table says of one model: formula, source, the rate that is made wrong, and a row a statistic."""

    formula: str
    source: str
    wrong: str
    rows: dict[str, Row]


def all_answers() -> list[KnownAnswer]:
    """Every known answer of the suite, file by file, whichever file was imported first."""
    for path in sorted(HERE.glob("test_*.py")):
        importlib.import_module(f"tests.known_answers.{path.stem}")
    return sorted(ANSWERS, key=lambda answer: answer.compare.__module__)


@cache
def published() -> dict[str, Entry]:
    """The table as it stands in the document, by model."""
    entries: dict[str, Entry] = {}
    rows: dict[str, Row] = {}
    for line in _between(DOCUMENT.read_text(encoding="utf-8"))[1].splitlines()[3:]:
        model, statistic, formula, source, n, z, wrong, z_wrong = (cell.strip() for cell in line[1:-1].split(" | "))
        if model:
            rows = {}
            entries[model] = Entry(formula, source, wrong, rows)
        rows[statistic] = Row(int(n.replace(",", "")), _number(z), _number(z_wrong))
    return entries


def _between(text: str) -> tuple[str, str, str]:
    before, begin, rest = text.partition(BEGIN)
    table, end, after = rest.partition(END)
    assert begin, "the mark where the table begins is missing"
    assert end, "the mark where the table ends is missing"
    return before + begin, table, end + after


def _number(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


def _text(z: float) -> str:
    return "∞" if math.isinf(z) else f"{z:.2f}".replace("-", "−")


def lines(answer: KnownAnswer) -> list[str]:
    """The rows of one answer, simulated now. Model, formula, source and wrong rate stand in the first of them."""
    right, wrong = answer.right(), answer.with_a_wrong_rate()
    made = []
    for statistic, comparison in right.items():
        words = [answer.model, answer.formula, answer.source, answer.wrong] if not made else [""] * 4
        cells = words[0], statistic, words[1], words[2], f"{comparison.n:,}", _text(comparison.z), words[3]
        made.append(f"| {' | '.join(cells)} | {_text(wrong[statistic].z)} |")
    return made


def write() -> None:
    """Simulate every answer and put the rows in their place."""
    made = [HEADER]
    for answer in all_answers():
        began = time.perf_counter()
        made += lines(answer)
        print(f"{answer.model}: {time.perf_counter() - began:.1f} s", flush=True)
    before, _, after = _between(DOCUMENT.read_text(encoding="utf-8"))
    DOCUMENT.write_text("\n".join([before, *made, after]), encoding="utf-8")


if __name__ == "__main__":
    write()
