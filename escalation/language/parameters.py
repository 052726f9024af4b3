"""What constants alone decide is checked before anything runs: parameters of draws, waiting times, rates."""

import re
from collections.abc import Iterator, Mapping

from escalation.chance.distributions import REGISTRY, distribution
from escalation.chance.quantiles import ParameterError
from escalation.expressions.kinds import DURATION, Quantity
from escalation.expressions.problems import Problem
from escalation.expressions.tree import Count, Draw, Elapsed, Expr, Since, names_in, walk
from escalation.model.calendar import DAY
from escalation.model.evaluate import evaluate
from escalation.model.process import Value

_CALL = re.compile(rf"(?<![\w.])(?:{'|'.join(REGISTRY)})[ \t\r\n]*\(")


def known_value(expr: Expr, fixed: Mapping[str, Value]) -> Value | None:
    """The value of an expression that reads constants alone; None when a trajectory decides it."""
    open_ended = any(isinstance(part, Draw | Elapsed | Since | Count) for part in walk(expr))
    if open_ended or not names_in(expr) <= fixed.keys():
        return None
    value: Value = evaluate(expr, fixed)
    return value


def impossible_draws(text: str, expr: Expr, fixed: Mapping[str, Value]) -> Iterator[Problem]:
    """A problem for each draw whose parameters make no sense whatever happens; times are told in days."""
    calls = [match.start() for match in _CALL.finditer(text)]
    for draw in walk(expr):
        if isinstance(draw, Draw) and draw.distribution != "one_of" and draw.place < len(calls):
            reason = _reason(draw, fixed)
            if reason:
                start = calls[draw.place]
                yield Problem(start, text.index("(", start), f"{draw.distribution} cannot be drawn: {reason}")


def _reason(draw: Draw, fixed: Mapping[str, Value]) -> str:
    values = [known_value(each, fixed) for each in draw.arguments]
    known = [float(value) for value in values if value is not None]
    if len(known) < len(values):
        return ""
    timed = [each.kind == Quantity(DURATION) for each in draw.arguments]
    told = [value / DAY if is_time else value for value, is_time in zip(known, timed, strict=True)]
    try:
        distribution(draw.distribution, draw.parameters).check(*told)
    except ParameterError as wrong:
        return f"{wrong}{' (times in days)' if any(timed) else ''}"
    return ""
