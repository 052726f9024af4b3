"""The numbers of a comparison as tables, raw: what its CSV files hold, and its pandas frames."""

from escalation.experiments.comparison import Comparison
from escalation.model.calendar import DAY
from escalation.reporting.changes import told
from escalation.reporting.decimals import calendar_day

Cell = str | float | int | None
Rows = list[tuple[Cell, ...]]

DIFFERENCES = (
    "question", "policy", "label", "unit", "difference", "low", "high", "level", "n", "futures", "unequal", "left_out",
    "verdict", "better", "matters", "method", "note",
)  # fmt: skip
CHANGES = ("entry", "before", "after", "was", "now", "sentence")
FIRST = ("policy", "future", "luck", "date", "day", "rule", "by", "rule_a", "day_a", "rule_b", "day_b")


def tables(comparison: Comparison) -> dict[str, tuple[tuple[str, ...], Rows]]:
    """Header and rows of each table, by its name."""
    return {
        "differences": (DIFFERENCES, _differences(comparison)),
        "changes": (CHANGES, _changes(comparison)),
        "first-different": (FIRST, _first(comparison)),
    }


def _differences(comparison: Comparison) -> Rows:
    asked = {question.key: question for question in comparison.questions}
    rows: Rows = []
    for each in comparison.differences:
        question, paired = asked[each.question], each.paired
        told_, unit = paired.estimate, "share" if question.share else question.unit
        head = (question.key, each.policy, question.label, unit, told_.value, told_.low, told_.high, told_.level)
        counts = (told_.n, told_.futures, paired.differing, paired.left_out)
        tail = (paired.verdict, question.better, question.matters, told_.method, told_.reason)
        rows.append((*head, *counts, *tail))
    return rows


def _changes(comparison: Comparison) -> Rows:
    return [
        (".".join(change.path), change.before, change.after, change.was, change.now, told(change))
        for change in comparison.changes
    ]


def _first(comparison: Comparison) -> Rows:
    rows: Rows = []
    for each in comparison.first_different.found:
        places: list[Cell] = []
        for one in (each.in_a, each.in_b):
            places += [None, None] if one is None else [one[1], one[0] / DAY]
        day = each.time / DAY
        date = calendar_day(comparison.start, day).isoformat()
        rows.append((each.policy, each.future, each.luck, date, day, each.rule, each.by, *places))
    return rows
