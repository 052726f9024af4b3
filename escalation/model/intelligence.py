"""Readings become variables and rules: a source observes, and what it saw is published a lag later.

For a reading `seen` with a source `nis`:

- `seen.nis.observe` takes value and error when observed, in the phase of reports, so that it sees what the calendar
  and chance did in that instant;
- `seen.nis.publish` follows each observation by the lag, up to eight in flight; without a lag the observation
  publishes at once;
- `seen.nis`, `seen.nis.known` and `seen.nis#observed` hold its newest observation; an older one that arrives late
  is dropped;
- `seen` and `seen.known` are the newest of all sources, or a derived combination of their last values;
- `seen.seoul` and `seen.seoul.known` are what an actor makes of the same reports, by a combination of its own.
"""

from dataclasses import dataclass, field, replace

from escalation.expressions import tree
from escalation.expressions.kinds import DURATION, Kind, Quantity, Truth
from escalation.expressions.tree import Expr, transform
from escalation.model.process import Assign, Derived, Following, Months, Periodic, Phase, Rule, Variable
from escalation.model.scenario import Combine, Reading, Report
from escalation.model.streams import address
from escalation.model.unknown import FALSE, TRUE, both

IN_FLIGHT = 8
"""Reports of one source that may be on their way together; more is an error that names the source."""

_TIME = Quantity(DURATION)
_NOT_YET = tree.Literal(-1.0, _TIME)
_NAN = float("nan")


@dataclass
class Parts:
    """What the readings (or ladders) add to a model; `known` says when a name is known, `ages` how old it is."""

    variables: list[Variable] = field(default_factory=list)
    derived: list[Derived] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    known: dict[str, Expr] = field(default_factory=dict)
    ages: dict[str, Expr] = field(default_factory=dict)


def lower_reading(reading: Reading, switched: frozenset[str]) -> Parts:
    """Variables, derived names and rules of one reading; `switched` names the switches that some policy sets."""
    parts = Parts()
    for report in reading.reports:
        _lower_report(reading, report, switched, parts)
    for sight in sights_of(reading):
        if sight.combine == "latest":
            parts.variables += _source_variables(sight.path, reading.kind, reading.initial)
        else:
            _combined(reading, sight, parts)
        parts.ages[f"{sight.path}.age"] = _age(f"{sight.path}#observed")
        if reading.initial is None:
            parts.known[sight.path] = tree.Name(f"{sight.path}.known", Truth())
    return parts


@dataclass(frozen=True)
class Sight:
    """One way in which the reports of a reading become one value, and the path under which it is read.

    sources: paths of the sources that count. actor: whose belief it is; empty when it is everybody's.
    """

    path: str
    combine: Combine
    agreed: int
    sources: tuple[str, ...]
    actor: str = ""


def sights_of(reading: Reading) -> tuple[Sight, ...]:
    """What everybody believes, if there is such a thing, and what single actors believe."""
    every = tuple(sorted(f"{reading.name}.{report.name}" for report in reading.reports))
    found = [] if reading.combine is None else [Sight(reading.name, reading.combine, reading.agreed, every)]
    for belief in reading.believed:
        counts = (f"{reading.name}.{belief.source}",) if belief.combine == "source" else every
        path = f"{reading.name}.{belief.actor}"
        found.append(Sight(path, belief.combine, belief.agreed, counts, belief.actor))
    return tuple(found)


def _unknown(kind: Kind) -> Expr:
    return tree.Literal(_NAN, kind) if isinstance(kind, Quantity) else FALSE


def _source_variables(path: str, kind: Kind, initial: Expr | None) -> list[Variable]:
    return [
        Variable(path, kind, initial or _unknown(kind), may_be_unknown=True, hidden=True),
        Variable(f"{path}.known", Truth(), FALSE if initial is None else TRUE, hidden=True),
        Variable(f"{path}#observed", _TIME, _NOT_YET, hidden=True),
    ]


def _lower_report(reading: Reading, report: Report, switched: frozenset[str], parts: Parts) -> None:
    path = f"{reading.name}.{report.name}"
    parts.variables += _source_variables(path, reading.kind, None)
    parts.known[path] = tree.Name(f"{path}.known", Truth())
    parts.ages[f"{path}.age"] = _age(f"{path}#observed")
    observe = f"{path}.observe"
    draws = list(_observation(reading, report, path, observe, parts))
    switch = tree.Name(f"{path}.active", Truth()) if f"{path}.active" in switched else None
    condition = both(report.condition, switch)
    every = report.every if isinstance(report.every, Months) else address(report.every, f"{path}.every")
    clock = Periodic(every, condition=None if condition == TRUE else condition)
    value = tree.Name(f"{observe}.value", reading.kind)
    seen_at: Expr = tree.Elapsed(_TIME)
    if report.lag is not None:
        seen_at = tree.Name(f"{observe}.at", _TIME)
        draws.append(Assign(seen_at.path, tree.Elapsed(_TIME)))
    publication = _publication(reading, path, value, seen_at)
    told = Rule(observe, Phase.REPORTS, clock, publication, tuple(draws), label=report.label, origin=report.origin)
    if report.lag is None:
        parts.rules.append(told)
        return
    lag = Following(observe, address(report.lag, f"{path}.lag"), IN_FLIGHT)
    parts.rules.append(replace(told, effect=()))
    parts.rules.append(replace(told, name=f"{path}.publish", clock=lag, draws=()))


def _observation(reading: Reading, report: Report, path: str, observe: str, parts: Parts) -> list[Assign]:
    """What is drawn when a source observes: its error, then the value it reads."""
    if isinstance(reading.kind, Truth):
        return [Assign(f"{observe}.value", _seen_truth(reading, report, path))]
    draws, local = [], {"of": reading.of}
    if report.error is not None:
        local["error"] = tree.Name(f"{observe}.error", report.error.kind)
        draws.append(Assign(f"{observe}.error", address(report.error, f"{path}.error")))
    if report.bias is not None:
        bias = Variable(f"{path}.bias", report.bias.kind, address(report.bias, f"{path}.bias"), hidden=True)
        parts.variables.append(bias)
        local["bias"] = tree.Name(bias.name, bias.kind)
    assert report.reads is not None
    reads = transform(address(report.reads, f"{path}.reads"), lambda part: _local(part, local))
    return [*draws, Assign(f"{observe}.value", reads)]


def _local(part: Expr, local: dict[str, Expr]) -> Expr:
    return local.get(part.path, part) if isinstance(part, tree.Name) else part


def _seen_truth(reading: Reading, report: Report, path: str) -> Expr:
    """True when a true thing is not missed, or a false one gives a false alarm; one draw each."""

    def chance_of(share: Expr | None, place: str) -> Expr:
        if share is None:
            return FALSE
        return tree.Draw("bernoulli", ("p",), (share,), 0, Truth(), f"{path}.{place}")

    missed, alarmed = chance_of(report.miss, "miss"), chance_of(report.false_alarm, "false_alarm")
    return tree.If(reading.of, TRUE if missed == FALSE else tree.Not(missed), alarmed, Truth())


def _publication(reading: Reading, path: str, value: Expr, seen_at: Expr) -> tuple[Assign, ...]:
    """The newest observation wins, for the source and for whoever goes by the newest."""
    assigns = _take_if_newer(path, reading.kind, value, seen_at)
    for sight in sights_of(reading):
        if sight.combine == "latest":
            assigns += _take_if_newer(sight.path, reading.kind, value, seen_at)
    return assigns


def _take_if_newer(path: str, kind: Kind, value: Expr, seen_at: Expr) -> tuple[Assign, ...]:
    observed = tree.Name(f"{path}#observed", _TIME)
    newer = tree.Comparison(">=", seen_at, observed)
    return (
        Assign(path, tree.If(newer, value, tree.Name(path, kind), kind)),
        Assign(f"{path}.known", TRUE),
        Assign(observed.path, tree.If(newer, seen_at, observed, _TIME)),
    )


def _age(observed: str) -> Expr:
    """Time since an observation was made; endless before the first."""
    at = tree.Name(observed, _TIME)
    age = tree.Arithmetic("-", tree.Elapsed(_TIME), at, _TIME)
    return tree.If(tree.Comparison(">=", at, tree.Literal(0.0, _TIME)), age, tree.Literal(float("inf"), _TIME), _TIME)


def _combined(reading: Reading, sight: Sight, parts: Parts) -> None:
    """What is computed from the last values of sources."""
    names = sight.sources
    known = tuple(tree.Name(f"{name}.known", Truth()) for name in names)
    needed = tree.Literal(float(sight.agreed if sight.combine == "agreed" else 1), Quantity())
    enough = tree.Comparison(">=", tree.Call("count_of", known, Quantity()), needed)
    value = _combination(reading.kind, sight, known, needed)
    if reading.initial is not None:
        value = tree.If(enough, value, reading.initial, reading.kind)
    parts.derived.append(Derived(sight.path, value))
    parts.derived.append(Derived(f"{sight.path}.known", TRUE if reading.initial is not None else enough))
    observed = tuple(tree.Name(f"{name}#observed", _TIME) for name in names)
    newest = observed[0] if len(observed) == 1 else tree.Call("max", observed, _TIME)
    parts.derived.append(Derived(f"{sight.path}#observed", newest, hidden=True))


def _combination(kind: Kind, sight: Sight, known: tuple[tree.Name, ...], needed: tree.Literal) -> Expr:
    last = tuple(tree.Name(name, kind) for name in sight.sources)
    if sight.combine == "source":
        return last[0]
    if isinstance(kind, Truth):
        # A true/false thing is seen when enough sources say so: one for `max`, more than half for `median` and `mean`.
        says = tree.Call("count_of", tuple(tree.And((k, v)) for k, v in zip(known, last, strict=True)), Quantity())
        if sight.combine in ("max", "agreed"):
            return tree.Comparison(">=", says, needed)
        half = tree.Arithmetic("/", tree.Call("count_of", known, Quantity()), tree.Literal(2.0, Quantity()), Quantity())
        return tree.Comparison(">", says, half)
    if sight.combine == "agreed":
        return tree.Call("agreed_known", (needed, *last), kind)
    return tree.Call(f"{sight.combine}_known", last, kind)
