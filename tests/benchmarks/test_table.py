"""The table says what was measured, what was not, and which promises were kept."""

import re

import pytest

from benchmarks import family, table
from benchmarks.costs import Cost
from benchmarks.rows import Measured, Row, measure
from benchmarks.targets import targets
from benchmarks.threads import Speeds


def row(key: str, cost: float | None) -> Row:
    """A row that costs so many nanoseconds a firing, or is missing."""
    run = None if cost is None else lambda n: (cost * n * 1e-9, n)
    return Row("ladder", key, f"by {key}", 1_000, run, "", "" if run else "not built")


def test_rows_take_turns() -> None:
    """Each round plays every row once; the turn that warms up is not counted."""
    played: list[str] = []
    rows = [
        Row("ladder", key, key, 100, lambda n, key=key: (played.append(f"{key}{n}") or 1e-6, 10)) for key in ("a", "b")
    ]
    measured = measure(rows, 2, lambda line: None)
    assert played == ["a5", "b5", "a100", "b100", "a100", "b100"]
    assert [each.costs for each in measured.values()] == [[pytest.approx(100.0)] * 2] * 2


def test_a_row_that_cannot_run_says_why() -> None:
    """A missing engine stands in the table with its reason, and is not measured."""
    rows = [row("simpy", 9_876.5), row("compiled", None)]
    measured = measure(rows, 3, lambda line: None)
    text = table.of_rows("ladder", rows, measured)
    assert set(measured) == {"simpy"}
    assert re.search(r"\| by simpy \| 9,87[67] \| 9,87[67] to 9,87[67] \| 1,000 \|", text)
    assert "| by compiled | not built |" in text


def test_targets_are_met_missed_or_not_measured() -> None:
    """A ratio above its bound is missed, below it is met, and without both sides it is not measured."""
    costs = {"c limit": 30.0, "compiled": 36.0, "c libm": 40.0}
    measured = {key: Measured(row(key, cost), [cost]) for key, cost in costs.items()}
    once = {"cached": Cost("cached", "load", 0.008), "compile 25": Cost("compile 25", "compile", None, "not built")}
    speeds = Speeds(10.0, 18.0, 20.0, 0.9)
    found = {each.name: each for each in targets(measured, once, speeds, wide=True)}
    limit = found["ladder: compiled / the limit in C (AVX-512)"]
    assert (limit.value, limit.bound, limit.met) == (pytest.approx(1.2), 1.25, True)
    assert found["ladder: compiled / like for like in C with libm"].met is False
    assert found["ladder: SimPy the natural way / compiled"].met is None
    assert found["two threads / two pinned processes"].met is False
    assert found["seconds to load 25 rules from the cache"].met is True
    assert found["seconds to compile 25 rules"].met is None
    busy = targets(measured, once, Speeds(10.0, 11.0, 11.0, 1.0), wide=True)
    assert [each.met for each in busy if each.name.startswith("two threads")] == [None]
    assert found["ladder: compiled / like for like in C with libm"].name in table.of_targets(list(found.values()))
    assert "the limit in C (other x86-64)" in str(targets(measured, once, speeds, wide=False)[0])


@pytest.mark.parametrize("rules", [10, 22, 30])
def test_a_family_has_as_many_rules_as_it_says(rules: int) -> None:
    """Models made alike have just so many rules after expansion."""
    assert len(family.model(rules).rules) == rules


def test_the_page_has_the_marks_that_the_table_is_written_between() -> None:
    """`--write` finds its place in docs/performance.md, once."""
    page = table.PAGE.read_text(encoding="utf-8")
    assert [page.count(mark) for mark in table.MARKS] == [1, 1]
    assert page.index(table.MARKS[0]) < page.index(table.MARKS[1])
