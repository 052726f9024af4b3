"""Slips with percentages: `anger >= 35` where anger runs from 0 % to 100 %, and so never comes near."""

from collections.abc import Iterator, Mapping

from escalation.expressions.tree import Comparison, Expr, Literal, Name, walk
from escalation.language.parameters import known_value
from escalation.model.process import Value

Ranges = Mapping[str, tuple[Expr | None, Expr | None]]


def is_share(expr: Expr, ranges: Ranges, fixed: Mapping[str, Value]) -> bool:
    """Whether an expression is a name whose range lies between 0 % and 100 %."""
    if not isinstance(expr, Name):
        return False
    low, high = (known_value(end, fixed) if end is not None else None for end in ranges.get(expr.path, (None, None)))
    return low is not None and high is not None and 0.0 <= low <= high <= 1.0


def meant_in_percent(value: float) -> bool:
    """Whether a number is too large for a share and would do as a percentage."""
    return 1.0 < value <= 100.0


def bare_percentages(expr: Expr, ranges: Ranges, fixed: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Each name of a share that is compared with a number meant in percent, and that number."""
    for part in walk(expr):
        if isinstance(part, Comparison):
            for one, other in ((part.left, part.right), (part.right, part.left)):
                if (
                    isinstance(one, Name)
                    and isinstance(other, Literal)
                    and is_share(one, ranges, fixed)
                    and meant_in_percent(float(other.value))
                ):
                    yield one.path, f"{float(other.value):g}"
