"""A value of the process in the reader's words: dates, days, units, words and rungs instead of milliseconds."""

from datetime import UTC, date, datetime, time, timedelta

from escalation.expressions.kinds import TIME, Category, Instant, Kind, Quantity, Rung, Truth
from escalation.model.calendar import DAY
from escalation.model.process import Model, Value


def said(value: Value | None, kind: Kind, start: date) -> str:
    """The value with its unit; `unknown` for None and NaN."""
    if value is None or value != value:
        return "unknown"
    match kind:
        case Truth():
            return "true" if value else "false"
        case Category() | Rung():
            return (kind.words if isinstance(kind, Category) else kind.rungs)[int(value)]
        case Instant():
            return said_date(int(value), start)
        case Quantity():
            return _said_quantity(float(value), kind)


def said_date(instant: int, start: date, *, with_time: bool = False) -> str:
    """The calendar date of an instant, with hours and minutes if asked."""
    moment = datetime.combine(start, time(), UTC) + timedelta(milliseconds=instant)
    return moment.strftime("%Y-%m-%d %H:%M" if with_time else "%Y-%m-%d")


def kinds_of(model: Model) -> dict[str, Kind]:
    """The kind of every name of a model."""
    kinds: dict[str, Kind] = {item.name: item.kind for item in model.variables}
    kinds |= {item.name: item.kind for item in model.levers}
    kinds |= {item.name: item.kind for item in model.uncertainties}
    kinds |= {item.name: item.value.kind for item in model.derived}
    kinds |= {draw.target: draw.value.kind for rule in model.rules for draw in rule.draws}
    return kinds


def _said_quantity(value: float, kind: Quantity) -> str:
    exponents = dict(kind.dimension.exponents)
    by_time = exponents.pop(TIME, 0)
    number = f"{value / float(DAY) ** by_time:,.4g}" if abs(value) < 1e4 or by_time else f"{value:,.0f}"
    if exponents or by_time:
        return " ".join([number, _unit(exponents, by_time)]).strip()
    return number


def _unit(exponents: dict[str, int], by_time: int) -> str:
    above = [_power(name, exponent) for name, exponent in exponents.items() if exponent > 0]
    below = [_power(name, -exponent) for name, exponent in exponents.items() if exponent < 0]
    if by_time > 0:
        above.append(_power("days", by_time))
    if by_time < 0:
        below.append(_power("day", -by_time))
    return "·".join(above) + (f" per {'·'.join(below)}" if below else "")


def _power(name: str, exponent: int) -> str:
    return name if exponent == 1 else f"{name}^{exponent}"
