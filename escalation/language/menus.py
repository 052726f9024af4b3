"""What a class is shown and may order: secrets on the wall, roles with nothing to order, orders that hang on secrets.

What makes an order possible must be seen: `while` or `when` of an event, and what a person fills in. What a
climb waits for is the model's way of leading a government to it, and a gate may be hidden: a person who decides does
not wait for the one, and is told of the other that it is not known.
"""

from collections.abc import Iterator

from escalation.expressions.kinds import Instant
from escalation.expressions.tree import Draw, Expr, Literal, Name, transform, walk
from escalation.language import document_outcomes as shapes
from escalation.language.names import Names
from escalation.language.node import Mapping, Path
from escalation.language.shape import key_origin, node_at
from escalation.model.classroom import ClassroomSpec, ForecastSpec, RoleSpec
from escalation.model.process import Dated, Edge, Hazard, Origin, Periodic, Waiting
from escalation.model.scenario import Event, Scenario
from escalation.model.visibility import Visibility

CONDITION_KEYS = ("while", "when")


def refuse_hidden_menus(document: shapes.Document, root: Mapping, scenario: Scenario, names: Names) -> None:
    """A fault for each secret on the wall, question that nobody sees settled, and order that hangs on a secret."""
    visibility = Visibility(scenario)
    for name in (document.classroom.projector or []) if document.classroom is not None else ():
        if visibility.secret(name):
            cure = "take it off the projector, and put it into `sees` of who may know it"
            names.fault_at(name, f"not everybody sees `{name}`, and the wall shows it to all", cure)
    if scenario.classroom is None or document.classroom is None:
        return
    _refuse_unseen_closings(document.classroom, scenario.classroom, visibility, names)
    for role in scenario.classroom.roles:
        orders = ordered(scenario, role)
        if not orders:
            message = f"`{role.actor}` is played and can order nothing"
            names.fault(role.origin, message, _cure(scenario, role), len(role.actor))
        for event in scenario.events:
            if event.name in orders:
                _refuse_hidden(event, role, visibility, root, names)


def _refuse_unseen_closings(
    written: shapes.Classroom, spec: ClassroomSpec, visibility: Visibility, names: Names
) -> None:
    """A question that would close to nobody, since no seat sees that it is settled."""
    for said, forecast in zip(written.forecasts or [], spec.forecasts, strict=True):
        unseen = _unseen_closing(forecast, spec, visibility)
        if said.closes is not None and all(unseen.values()):
            hidden = ", ".join(sorted({name for each in unseen.values() for name in each}))
            names.fault_at(said.closes, f"no seat sees {hidden}, so it is asked to the end", "leave `closes` out")


def closes_to(forecast: ForecastSpec, spec: ClassroomSpec, visibility: Visibility) -> tuple[str, ...]:
    """The actors whose seats see, on their screen or the wall, what settles a question."""
    return tuple(actor for actor, hidden in _unseen_closing(forecast, spec, visibility).items() if not hidden)


def _unseen_closing(forecast: ForecastSpec, spec: ClassroomSpec, visibility: Visibility) -> dict[str, tuple[str, ...]]:
    """By actor what of it no screen of its seat shows; nobody stands here when nothing settles the question."""
    if forecast.closes is None:
        return {}
    return {
        role.actor: visibility.unseen_at_a_seat(forecast.closes, role.actor, (*role.sees, *spec.projector))
        for role in spec.roles
    }


def _refuse_hidden(event: Event, role: RoleSpec, visibility: Visibility, root: Mapping, names: Names) -> None:
    for tree, what, place, length in _read_by_a_person(event, root):
        hidden = ", ".join(visibility.unseen_at_a_seat(tree, role.actor, role.sees))
        if hidden:
            message = f"{role.actor} may order `{event.name}` and does not see {hidden}, which {what} reads"
            cure = f"add `sees: [{hidden}]` to its role, or leave `{event.name}` out of its orders"
            names.fault(place, message, cure, length)


def ordered(scenario: Scenario, role: RoleSpec) -> tuple[str, ...]:
    """Events and ladders with which a role can do something, in the order in which it says them."""
    own = {each.name for each in scenario.events if each.actor == role.actor}
    for ladder in scenario.ladders:
        moves = (rung.climb or rung.stand_down or rung.announce for rung in ladder.rungs[1:])
        if ladder.actor == role.actor and any(move is not None for move in moves):
            own.add(ladder.name)
    everything = [each.name for each in scenario.ladders] + [each.name for each in scenario.events]
    return tuple(name for name in (everything if role.orders is None else role.orders) if name in own)


def _cure(scenario: Scenario, role: RoleSpec) -> str:
    own = [each.name for each in scenario.ladders if each.actor == role.actor]
    own += [each.name for each in scenario.events if each.actor == role.actor]
    if own and role.orders is not None:
        return f"add to its `orders`: {', '.join(own)}"
    return f"give it an event with `actor: {role.actor}`, or leave the role out"


def _read_by_a_person(event: Event, root: Mapping) -> Iterator[tuple[Expr, str, Origin, int]]:
    """The condition of an order and what is filled in, each with a word for it and its place."""
    clock, path = event.clock, ("events", event.name)
    condition = clock.condition if isinstance(clock, Dated | Edge | Hazard | Periodic | Waiting) else None
    if condition is not None:
        key = next((key for key in CONDITION_KEYS if node_at(root, (*path, key)) is not None), None)
        yield condition, f"its `{key}`" if key else "its condition", *_place(root, (*path, key) if key else path)
    for draw in event.draws:
        if not asked_for(draw.value):
            continue
        name = draw.target.rpartition(".")[2]
        own = {each.target for each in event.draws}
        yield _without(draw.value, own), f"its draw `{name}`", *_place(root, (*path, "draw", name))


def asked_for(tree: Expr) -> bool:
    """Whether a person fills a value in: it is drawn and not only computed, and it is no date."""
    return not isinstance(tree.kind, Instant) and any(isinstance(part, Draw) for part in walk(tree))


def _without(tree: Expr, own: set[str]) -> Expr:
    """A draw may read those before it: these are filled in too."""
    return transform(
        tree, lambda part: Literal(0.0, part.kind) if isinstance(part, Name) and part.path in own else part
    )


def _place(root: Mapping, path: Path) -> tuple[Origin, int]:
    return key_origin(root, path), len(str(path[-1]))
