"""Scenario to model: ladders, intelligence and policies become plain rules and choices.

What a path means once the model is built:

| path | is |
|---|---|
| `sea_lift.size` | a draw of a rule, as last realised, or in a rule that follows it, as its leader's firing drew it |
| `seen`, `seen.known`, `seen.nis`, `seen.nis.known` | readings (`escalation.model.intelligence`) |
| `seoul.announced`, `seoul.pending`, `seoul.decided`, `seoul.delivered`, `arms.delivered` | ladders (`model.ladders`) |
| `seoul.ceiling`, `sea_lift.active` | levers, made only if some policy sets them or something reads them |
| `x#count`, `x#last`, `x#since.432000000`, `x#observed`, `x#taken` | kept by the build (`#` is in no author's name) |
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from escalation.chance.streams import check_collisions
from escalation.expressions import tree
from escalation.expressions.kinds import Kind, Rung, Truth
from escalation.expressions.tree import Draw, Expr, names_in, transform, walk
from escalation.model.adapting import (
    adaptable,
    armed_levers,
    rules_of_policies,
    settings_of,
    switched_clock_off,
    variables_of,
)
from escalation.model.dependence import factored, future_streams
from escalation.model.evaluate import evaluate
from escalation.model.intelligence import Parts, lower_reading
from escalation.model.ladders import lower_ladder
from escalation.model.process import (
    Choice,
    Clock,
    Dated,
    Derived,
    Edge,
    Following,
    Hazard,
    Lever,
    Measure,
    Model,
    Periodic,
    Phase,
    Policy,
    Rule,
    Uncertainty,
    Value,
    Variable,
    Waiting,
)
from escalation.model.scenario import Event, Scenario
from escalation.model.streams import address, address_rule, hazard_stream
from escalation.model.time_since import TimeSince, rewrite_rule
from escalation.model.unknown import TRUE, Unknowns, both

Rewrite = Callable[[Expr], Expr]
T = TypeVar("T")


def build(scenario: Scenario, watch: tuple[Measure, ...] = ()) -> Model:
    """The model of a scenario; `watch` are measures besides those that the author wrote.

    Raises ValueError if two streams of draws share an address, or derived names form a ring.
    """
    constants = _constants(scenario)
    fold = _replace_names({name: tree.Literal(value, kind) for name, (value, kind) in constants.items()})
    changing = adaptable(scenario)
    switched = frozenset(name for policy in scenario.policies for name, _ in policy.settings) | changing
    readings = [lower_reading(reading, switched) for reading in scenario.intelligence]
    derived = {item.name: item.value for item in scenario.derived}
    derived |= {item.name: item.value for parts in readings for item in parts.derived}
    known = {name: condition for parts in readings for name, condition in parts.known.items()}
    unknowns = Unknowns(known, derived)
    ladders = [lower_ladder(ladder, switched, unknowns) for ladder in scenario.ladders]
    age = _replace_names({name: value for parts in readings for name, value in parts.ages.items()})
    since = TimeSince()
    condition: Rewrite = lambda node: since.rewrite(fold(node))  # noqa: E731
    realised: Rewrite = lambda node: since.realise(fold(age(node)))  # noqa: E731
    settled: Rewrite = lambda node: condition(unknowns.settle(node))  # noqa: E731

    events = [address_rule(_event_rule(event, switched, changing)) for event in scenario.events]
    open_rules = events + [rule for parts in readings for rule in parts.rules] + rules_of_policies(scenario)
    rules = [rewrite_rule(rule, settled, lambda node: realised(unknowns.settle(node))) for rule in open_rules]
    rules += [rewrite_rule(rule, condition, realised) for parts, _ in ladders for rule in parts.rules]
    choices = [choice for _, made in ladders for choice in made] + [
        _event_choice(event, switched, changing, settled) for event in scenario.events if event.actor is not None
    ]
    choices = [_rewrite_choice(choice, condition) for choice in choices]
    measures = tuple(_measure(measure, settled) for measure in scenario.measures + watch)
    every_derived = [Derived(item.name, settled(item.value)) for item in scenario.derived]
    every_derived += [replace(item, value=settled(item.value)) for parts in readings for item in parts.derived]
    every_derived += [replace(item, value=condition(item.value)) for parts, _ in ladders for item in parts.derived]
    rules = [since.extend(rule) for rule in rules + [rewrite_rule(rule, fold, fold) for rule in since.rules]]
    rules = [address_rule(rule) for rule in rules]
    rules.sort(key=lambda rule: (rule.phase, rule.order, rule.name))
    variables = _variables(scenario, [*readings, *(parts for parts, _ in ladders)], fold)
    variables += tuple(replace(item, initial=fold(item.initial)) for item in since.variables.values())
    uncertainties = _uncertainties(scenario, fold)
    read = _names_read(rules, choices, measures)
    derived_read = _in_order(every_derived, read)
    read = read.union(*(names_in(item.value) for item in derived_read))
    levers = _levers(scenario, {name: value for name, (value, _) in constants.items()}, switched | read)
    check_collisions(
        _streams(rules, uncertainties, variables) + future_streams(scenario.together, scenario.joint_draws)
    )
    return Model(
        title=scenario.title,
        horizon=scenario.horizon,
        start=scenario.start,
        levers=levers,
        uncertainties=uncertainties,
        variables=variables + variables_of(levers, changing),
        derived=derived_read,
        rules=tuple(rules),
        choices=tuple(choices),
        measures=measures,
        policies=tuple(Policy(item.name, item.label, settings_of(item)) for item in scenario.policies),
        together=tuple(factored(group) for group in scenario.together),
        joint_draws=scenario.joint_draws,
    )


def _replace_names(values: Mapping[str, Expr]) -> Rewrite:
    if not values:
        return lambda node: node
    return lambda node: transform(
        node, lambda part: values.get(part.path, part) if isinstance(part, tree.Name) else part
    )


def _constants(scenario: Scenario) -> dict[str, tuple[Value, Kind]]:
    """Constants as values; each may read those that stand before it in the order of reading."""
    values: dict[str, Value] = {}
    for constant in _sorted_by_reading({item.name: item for item in scenario.constants}, lambda item: item.value):
        values[constant.name] = evaluate(constant.value, values)
    return {item.name: (values[item.name], item.kind) for item in scenario.constants}


def _sorted_by_reading(items: Mapping[str, T], value: Callable[[T], Expr]) -> list[T]:
    """Items in an order in which each comes after those it reads; alphabetical where that is free."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name in sorted(items):
        sorter.add(name, *sorted(names_in(value(items[name])) & items.keys()))
    try:
        return [items[name] for name in sorter.static_order()]
    except CycleError as ring:
        raise ValueError(f"these names read one another in a ring: {' → '.join(ring.args[1])}") from None


def _uncertainties(scenario: Scenario, fold: Rewrite) -> tuple[Uncertainty, ...]:
    items = {item.name: item for item in scenario.uncertainties}
    ordered = _sorted_by_reading(items, lambda item: item.value)
    return tuple(replace(item, value=address(fold(item.value), item.name)) for item in ordered)


def _event_rule(event: Event, switched: frozenset[str], changing: frozenset[str]) -> Rule:
    """The event with its switch, if some policy sets one, which may be on the way."""
    clock = event.clock
    name = f"{event.name}.active"
    if name in switched:
        clock = _switch(clock, tree.Name(name, Truth()), on_the_way=name in changing)
    if isinstance(clock, Following):  # An author calls it `after`.
        clock = replace(clock, lag=address(clock.lag, f"{event.stream or event.name}.after"))
    return Rule(
        name=event.name,
        phase=_phase(event, clock),
        clock=clock,
        effect=event.effect,
        draws=tuple(_sorted_by_reading({draw.target: draw for draw in event.draws}, lambda draw: draw.value)),
        order=event.order,
        actor=event.actor,
        label=event.label,
        stream=event.stream,
        origin=event.origin,
    )


def _switch(clock: Clock, active: Expr, *, on_the_way: bool) -> Clock:
    """The clock with its switch: what is switched off does not fire, though its delay had begun."""
    if isinstance(clock, Following):
        return replace(clock, unless=switched_clock_off(active, clock.unless))
    assert isinstance(clock, Dated | Periodic | Hazard | Waiting | Edge)
    switched = replace(clock, condition=both(active, clock.condition))
    if on_the_way and isinstance(switched, Edge) and switched.after is not None:
        return replace(switched, unless=switched_clock_off(active, switched.unless))
    return switched


def _phase(event: Event, clock: Clock) -> Phase:
    if event.actor is not None:
        return Phase.CHOICES
    if isinstance(clock, Dated | Periodic):
        return Phase.CALENDAR
    return Phase.LASTED if isinstance(clock, Edge | Following) else Phase.CHANCE


def _event_choice(event: Event, switched: frozenset[str], changing: frozenset[str], settled: Rewrite) -> Choice:
    rule = _event_rule(event, switched, changing)
    assert rule.actor is not None
    guard = getattr(rule.clock, "condition", None)
    return Choice(
        name=event.name,
        actor=rule.actor,
        rule=event.name,
        guard=TRUE if guard is None else settled(guard),
        draws=tuple(draw.target for draw in event.draws),
        label=event.label,
        help=event.play.help if event.play else "",
        per_turn=event.play.per_turn if event.play else None,
    )


def _rewrite_choice(choice: Choice, condition: Rewrite) -> Choice:
    gates = tuple(replace(gate, holds=condition(gate.holds)) for gate in choice.gates)
    return replace(choice, guard=condition(choice.guard), gates=gates)


def _measure(measure: Measure, settled: Rewrite) -> Measure:
    return measure if measure.value is None else replace(measure, value=settled(measure.value))


def _variables(scenario: Scenario, parts: Iterable[Parts], fold: Rewrite) -> tuple[Variable, ...]:
    made = [
        Variable(item.name, item.kind, item.initial, item.low, item.high, label=item.label, origin=item.origin)
        for item in scenario.state
    ]
    made += [variable for part in parts for variable in part.variables]
    return tuple(
        replace(
            item,
            initial=fold(item.initial),
            low=None if item.low is None else fold(item.low),
            high=None if item.high is None else fold(item.high),
        )
        for item in made
    )


def _levers(scenario: Scenario, constants: Mapping[str, Value], wanted: frozenset[str]) -> tuple[Lever, ...]:
    made = []
    for item in scenario.levers:
        low = None if item.low is None else evaluate(item.low, constants)
        high = None if item.high is None else evaluate(item.high, constants)
        made.append(Lever(item.name, item.kind, evaluate(item.default, constants), low, high))
    for ladder in scenario.ladders:
        if f"{ladder.name}.ceiling" in wanted:
            kind = Rung(ladder.name, tuple(rung.id for rung in ladder.rungs))
            made.append(Lever(f"{ladder.name}.ceiling", kind, len(ladder.rungs) - 1))
    known = {item.name for item in made}
    made += [Lever(name, Truth(), True) for name in sorted(wanted - known) if name.endswith(".active")]
    return tuple(made + armed_levers(scenario))


def _expressions(rule: Rule) -> Iterable[Expr]:
    """Every tree of a rule: of its clock, its draws and its effect."""
    for field in ("condition", "running", "unless", "rate", "at", "every", "first", "after", "lag", "lasting"):
        value = getattr(rule.clock, field, None)
        if value is not None and hasattr(value, "kind"):
            yield value
    for assign in rule.draws + rule.effect:
        yield assign.value


def _names_read(rules: Iterable[Rule], choices: Iterable[Choice], measures: Iterable[Measure]) -> frozenset[str]:
    found: set[str] = set()
    for rule in rules:
        for node in _expressions(rule):
            found |= names_in(node)
    for choice in choices:
        for node in (choice.guard, *(gate.holds for gate in choice.gates)):
            found |= names_in(node)
    for measure in measures:
        if measure.value is not None:
            found |= names_in(measure.value)
    return frozenset(found)


def _in_order(items: list[Derived], read: frozenset[str]) -> tuple[Derived, ...]:
    """Derived names that something reads, each after those that it reads."""
    by_name = {item.name: item for item in items}
    wanted: set[str] = set()
    open_names = [name for name in read if name in by_name]
    while open_names:
        name = open_names.pop()
        if name not in wanted:
            wanted.add(name)
            open_names += [other for other in names_in(by_name[name].value) if other in by_name]
    return tuple(_sorted_by_reading({n: i for n, i in by_name.items() if n in wanted}, lambda item: item.value))


def _streams(rules: Iterable[Rule], uncertainties: Iterable[Uncertainty], variables: Iterable[Variable]) -> list[str]:
    """Every address that the model can draw from."""
    trees = [node for rule in rules for node in _expressions(rule)]
    trees += [item.value for item in uncertainties] + [item.initial for item in variables]
    found = {part.stream for node in trees for part in walk(node) if isinstance(part, Draw) and part.stream}
    found |= {hazard_stream(rule) for rule in rules if isinstance(rule.clock, Hazard)}
    return sorted(found)
