"""One trajectory as a dated story: which rule, which line, what made it true, what it drew, changed and stopped."""

from collections.abc import Iterator
from datetime import date

from escalation.expressions.kinds import DURATION, Kind, Quantity
from escalation.model.process import Model, Value
from escalation.model.trajectory import Firing, Trajectory
from escalation.reporting.said_values import kinds_of, said, said_date

_PLAIN = Quantity()
_WAITED = Quantity(DURATION)


def story(model: Model, trajectory: Trajectory, *, hidden: bool = False) -> Iterator[str]:
    """Lines of text. `hidden` tells also what the build keeps for itself, and reports that changed nothing."""
    point = trajectory.point
    start = date.fromisoformat(model.start)
    yield f"{model.title}: policy {point.policy}, future {point.future}, luck {point.luck}, seed {point.seed}"
    kinds = kinds_of(model)
    rules = {rule.name: rule for rule in model.rules}
    told = 0
    for firing in trajectory.log:
        rule = rules.get(firing.rule)
        changes = [entry for entry in firing.changed if hidden or "#" not in entry[0]]
        if not hidden and not changes and (rule is None or not rule.label):
            continue
        told += 1
        where = f"  {rule.origin}" if rule is not None and rule.origin is not None else ""
        label = rule.label if rule is not None and rule.label else firing.rule
        yield ""
        yield f"{said_date(firing.time, start, with_time=True)}  {label} ({firing.rule}){where}"
        yield from _details(firing, changes, kinds, start, hidden)
    yield ""
    yield from _ending(trajectory, told, start)


def _details(
    firing: Firing, changes: list[tuple[str, Value, Value]], kinds: dict[str, Kind], start: date, hidden: bool
) -> Iterator[str]:
    because = _because(firing, kinds, start, hidden)
    if because:
        yield f"    because   {because}"
    if firing.draws:
        yield f"    drew      {', '.join(_drawn(name, value, kinds, start) for name, value in firing.draws)}"
    if changes:
        told = (
            f"{name} {said(before, kinds.get(name, _PLAIN), start)} → {said(after, kinds.get(name, _PLAIN), start)}"
            for name, before, after in changes
        )
        yield f"    changed   {', '.join(told)}"
    for word, names in (("started", firing.enabled), ("stopped", firing.disabled)):
        shown = [name for name in names if (hidden or "#" not in name) and name != firing.rule]
        if shown:
            yield f"    {word}   {', '.join(shown)}"


def _because(firing: Firing, kinds: dict[str, Kind], start: date, hidden: bool) -> str:
    """What made it fire; after a delay, what began the delay, and when that was."""
    read = [(name, value) for name, value in firing.because if hidden or "#" not in name]
    if firing.began is None:
        return _named(read, kinds, start)
    when = said_date(firing.began, start, with_time=True)
    if not firing.follows:
        return f"on {when}  {_named(read, kinds, start)}" if read else ""
    drew = ", ".join(_drawn(name, value, kinds, start) for name, value in read)
    return f"{firing.follows} on {when}" + (f", which drew {drew}" if drew else "")


def _named(pairs: list[tuple[str, Value]], kinds: dict[str, Kind], start: date) -> str:
    return ", ".join(f"{name} = {said(value, kinds.get(name, _PLAIN), start)}" for name, value in pairs)


def _drawn(name: str, value: Value, kinds: dict[str, Kind], start: date) -> str:
    """A draw: one with a name has its value, a wait its days, one inside an effect its uniform."""
    if name in kinds:
        return f"{name.rpartition('.')[2]} = {said(value, kinds[name], start)}"
    if name.endswith(".waited"):
        return f"a wait of {said(value, _WAITED, start)}"
    if name.endswith(".spent"):
        return f"{value:.4g} of hazard to spend"
    return f"{name} at its {100 * float(value):.1f} % quantile"


def _ending(trajectory: Trajectory, told: int, start: date) -> Iterator[str]:
    if trajectory.failure is not None:
        failure = trajectory.failure
        yield f"{said_date(failure.time, start, with_time=True)}  stopped: in {failure.rule}, {failure.message}"
    yield f"{told} of {trajectory.firings} firings told"
