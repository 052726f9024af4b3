"""What the things of a scenario are called, and how their values are written for a reader who knows no code."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import isnan

from escalation.experiments.columns import unit_of
from escalation.expressions.kinds import PURE, Category, Dimension, Instant, Kind, Quantity, Rung, Truth
from escalation.expressions.tree import Expr, Literal, Name
from escalation.language.labels import label_of
from escalation.model.calendar import DAY
from escalation.model.evaluate import evaluate
from escalation.model.process import Value
from escalation.model.scenario import Ladder, Reading, Scenario
from escalation.reporting.decimals import at_a_glance, written_date

UNKNOWN = "not known"
_QUANTITIES = ("constant", "uncertainty", "lever", "state", "derived")
_STAGES = {"decided": "decided", "pending": "being decided", "delivered": "delivered", "ceiling": "highest allowed"}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something of the scenario that has a value: its path, label and kind.

    percent: its author writes it in %. reported: it is unknown until a report has come, as `NAME.known` says.
    """

    name: str
    label: str
    kind: Kind
    percent: bool = False
    reported: bool = False

    @property
    def unit(self) -> str:
        """The unit in which it is told: `troops`, `%`, `days`; "" for what has none."""
        if self.percent:
            return "%"
        return unit_of(self.kind.dimension) if isinstance(self.kind, Quantity) else ""


def things_of(scenario: Scenario) -> dict[str, Thing]:
    """Everything that a screen may show, by its path."""
    shares = _in_percent(scenario)
    labels: dict[str, str] = {}
    for number in scenario.numbers:
        labels.setdefault(number.path.partition(".")[2].partition(".")[0], number.label)
    found: dict[str, Thing] = {}
    for constant in scenario.constants:
        found[constant.name] = Thing(constant.name, _label(labels, constant.name), constant.kind)
    for uncertainty in scenario.uncertainties:
        found[uncertainty.name] = Thing(uncertainty.name, _label(labels, uncertainty.name), uncertainty.kind)
    for lever in scenario.levers:
        found[lever.name] = Thing(lever.name, lever.label, lever.kind)
    for state in scenario.state:
        found[state.name] = Thing(state.name, state.label, state.kind)
    for derived in scenario.derived:
        found[derived.name] = Thing(derived.name, derived.label, derived.kind)
    for reading in scenario.intelligence:
        found |= {each.name: each for each in _sights(scenario, reading)}
    for ladder in scenario.ladders:
        found |= {each.name: each for each in _stages(ladder)}
    return {name: _told(thing, name in shares) for name, thing in found.items()}


def _label(labels: Mapping[str, str], name: str) -> str:
    return labels.get(name) or label_of(None, name)


def _told(thing: Thing, percent: bool) -> Thing:
    return replace(thing, percent=thing.kind == Quantity(PURE) and (percent or thing.percent))


def _sights(scenario: Scenario, reading: Reading) -> Iterator[Thing]:
    """A reading, what each source has of it, and what single actors believe."""
    sights = [(reading.name, reading.label)]
    sights += [(f"{reading.name}.{report.name}", f"{reading.label}: {report.label}") for report in reading.reports]
    for belief in reading.believed:
        actor = scenario.actors[belief.actor].name
        sights.append((f"{reading.name}.{belief.actor}", f"{reading.label}: as {actor} believes"))
    for path, label in sights:
        yield Thing(path, label, reading.kind, reported=True)
        yield Thing(f"{path}.known", f"{label}: known", Truth())


def _stages(ladder: Ladder) -> Iterator[Thing]:
    """How far a ladder has been climbed, and how much of each rung has been delivered."""
    kind = Rung(ladder.name, tuple(rung.id for rung in ladder.rungs))
    for part, word in (_STAGES | ({"announced": "announced"} if ladder.announces else {})).items():
        yield Thing(f"{ladder.name}.{part}", f"{ladder.label}: {word}", kind)
    for rung in ladder.rungs:
        yield Thing(f"{rung.id}.delivered", f"{rung.label}: share delivered", Quantity(PURE), percent=True)


def _in_percent(scenario: Scenario) -> frozenset[str]:
    """Names whose author writes them in percent, and what reads or reports such a name as it is."""
    found = {
        number.path.split(".")[1] for number in scenario.numbers if "%" in number.text and number.group in _QUANTITIES
    }
    found |= {each.name for each in scenario.state if _is_share(each.low, each.high)}
    found |= {each.name for each in scenario.levers if _is_share(each.low, each.high)}
    for reading in scenario.intelligence:
        if isinstance(reading.of, Name) and reading.of.path in found:
            found |= {reading.name, *(f"{reading.name}.{report.name}" for report in reading.reports)}
            found |= {f"{reading.name}.{belief.actor}" for belief in reading.believed}
    return frozenset(found)


def _is_share(low: Expr | None, high: Expr | None) -> bool:
    ends = [end.value for end in (low, high) if isinstance(end, Literal)]
    return ends == [0, 1]


def fixed_values(scenario: Scenario) -> dict[str, Value]:
    """The values of constants, which no trajectory has."""
    values: dict[str, Value] = {}
    waiting = {item.name: item.value for item in scenario.constants}
    while waiting:  # They read one another in any order, and never in a ring.
        for name, value in list(waiting.items()):
            try:
                values[name] = evaluate(value, values)
            except KeyError:
                continue
            del waiting[name]
    return values


def written(thing: Thing, value: Value | None, rungs: Mapping[str, str], start: str) -> str:
    """A value as a reader sees it; rungs: labels by id. start: the ISO date of instant 0."""
    if value is None or (isinstance(value, float) and isnan(value)):
        return UNKNOWN
    match thing.kind:
        case Truth():
            return "yes" if value else "no"
        case Rung(_, ids):
            return rungs.get(ids[int(value)], ids[int(value)])
        case Category(_, words):
            return label_of(None, words[int(value)])
        case Instant():
            return written_date(start, float(value) / DAY)
        case Quantity(dimension):
            return at_a_glance(float(value) / factor(dimension), thing.unit)


def factor(dimension: Dimension) -> float:
    """What a value is divided by to be told in its unit: times are held in milliseconds and told in days."""
    return float(DAY ** dict(dimension.exponents).get("time", 0))
