"""Notes on what an author may not have meant: choices that read what is hidden from them, conditions true at once."""

from collections.abc import Iterator, Mapping

from escalation.expressions.tree import Expr, Literal, names_in
from escalation.language.names import Names
from escalation.model.evaluate import evaluate
from escalation.model.process import Edge, Hazard, Origin, Periodic, Value, Waiting
from escalation.model.scenario import Scenario
from escalation.model.visibility import Visibility


def note_unseen(scenario: Scenario, names: Names) -> None:
    """Note each condition of a choice that reads what its actor does not see."""
    visibility = Visibility(scenario)
    for actor, what, condition, origin in (*_conditions(scenario), *_changes(scenario)):
        hidden = visibility.unseen(condition, actor)
        if hidden:
            message = f"{actor} does not see {', '.join(hidden)}, which {what} reads"
            names.note(origin, message, "read what is seen of it, or add the actor to its `seen_by`")


def _conditions(scenario: Scenario) -> Iterator[tuple[str, str, Expr, Origin]]:
    for event in scenario.events:
        condition = _condition(event.clock)
        if event.actor is not None and condition is not None:
            yield event.actor, f"the condition of `{event.name}`", condition, event.origin
    for ladder in scenario.ladders:
        for rung in ladder.rungs if ladder.actor is not None else ():
            actor = ladder.actor or ""
            if rung.climb is not None:
                yield actor, f"the climb to `{rung.id}`", rung.climb.when, rung.climb.origin
                for gate in rung.climb.gates:
                    yield actor, f"the gate `{gate.name}` of `{rung.id}`", gate.condition, gate.origin
            if rung.announce is not None:
                yield actor, f"the announcement of `{rung.id}`", rung.announce.when, rung.announce.origin
            if rung.stand_down is not None:
                yield actor, f"the way down from `{rung.id}`", rung.stand_down.when, rung.stand_down.origin


def _changes(scenario: Scenario) -> Iterator[tuple[str, str, Expr, Origin]]:
    """Conditions on which a policy changes levers, for whoever's levers they are."""
    for policy in scenario.policies:
        for entry in policy.then:
            for actor in entry.actors if entry.when is not None else ():
                assert entry.when is not None
                yield actor, f"`then` of the policy `{policy.name}`", entry.when, entry.origin


def _condition(clock: object) -> Expr | None:
    return clock.condition if isinstance(clock, Hazard | Waiting | Edge | Periodic) else None


def note_true_at_start(scenario: Scenario, names: Names) -> None:
    """Note each `when` that is true at the start, which counts as becoming true."""
    values = _first_values(scenario, names)
    edges = [(e.name, e.clock.condition, e.origin) for e in scenario.events if isinstance(e.clock, Edge)]
    for ladder in scenario.ladders:
        above = ladder.rungs[ladder.starts_at + 1 :]
        for rung in above if ladder.skip else above[:1]:
            edges += [(rung.id, rung.climb.when, rung.climb.origin)] if rung.climb is not None else []
        told = [rung for rung in above if rung.announce is not None]
        edges += [(f"{rung.id}.announce", rung.announce.when, rung.announce.origin) for rung in told if rung.announce]
    for name, condition, origin in edges:
        if condition != Literal(True, condition.kind) and _holds(condition, values):
            message = f"the condition of `{name}` is true at the start, which counts as becoming true"
            names.note(origin, message, "if it should not, say so in the condition")


def _holds(condition: Expr, values: Mapping[str, Value]) -> bool:
    try:
        return evaluate(condition, values) is True
    except (KeyError, TypeError, ValueError):
        return False  # It reads what only a trajectory knows.


def _first_values(scenario: Scenario, names: Names) -> dict[str, Value]:
    """What is known of the first instant before any draw: constants, levers, initial values, ladders."""
    values: dict[str, Value] = dict(names.fixed)
    items: list[tuple[str, Expr]] = [(lever.name, lever.default) for lever in scenario.levers]
    items += [(each.name, each.initial) for each in scenario.state]
    for each in scenario.intelligence:
        paths = (each.name, *(f"{each.name}.{belief.actor}" for belief in each.believed))
        items += [(path, each.initial) for path in paths if each.initial is not None]
    for ladder in scenario.ladders:
        for part in ("pending", "decided", "delivered", "announced"):
            values[f"{ladder.name}.{part}"] = ladder.starts_at
        values[f"{ladder.name}.ceiling"] = len(ladder.rungs) - 1
        values |= {f"{rung.id}.delivered": float(k <= ladder.starts_at) for k, rung in enumerate(ladder.rungs)}
    for name, expr in items:
        _put(name, expr, values)
    waiting = {each.name: each.value for each in scenario.derived}
    while True:  # Derived names read one another in any order.
        ready = [name for name, expr in waiting.items() if names_in(expr) <= values.keys()]
        if not ready:
            return values
        for name in ready:
            _put(name, waiting.pop(name), values)


def _put(name: str, expr: Expr, values: dict[str, Value]) -> None:
    try:
        values[name] = evaluate(expr, values)
    except (KeyError, TypeError, ValueError):
        return  # A name without a value here makes whatever reads it unknown.
