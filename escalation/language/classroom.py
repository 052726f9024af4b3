"""The classroom block: checked against the scenario; a session reads it later."""

from escalation.language import document_outcomes as shapes
from escalation.language.beliefs import whose
from escalation.language.calendar import Misdated, step
from escalation.language.effects import target_kind
from escalation.language.faults import nearest
from escalation.language.names import CONDITION, SETTING, TRUTH, Names
from escalation.language.node import Mapping
from escalation.language.quantities import check_actor
from escalation.language.shape import anything_refused, key_origin
from escalation.language.written import Written


class ClassroomCheck:
    """Finds what is wrong with one document's classroom block."""

    def __init__(self, document: shapes.Document, root: Mapping, names: Names) -> None:
        self.document, self.root, self.names = document, root, names

    def all(self) -> None:
        """Every fault becomes one of the scenario's."""
        written = self.document.classroom
        if written is None:
            return
        try:
            step(written.turn)
        except Misdated as wrong:
            self.names.faults.append(wrong.fault(written.turn))
        self.shown(written.projector)
        for name, role in (written.roles or {}).items():
            self.role(name, role)
        last = int(written.turns) if written.turns else None
        for forecast in written.forecasts or []:
            self.names.read(forecast.resolves, CONDITION, TRUTH)
            self.turn(forecast.by_turn, last)
        seen: set[str] = set()
        for index, inject in enumerate(written.injects or []):
            if inject.id in seen:
                self.names.fault_at(inject.id, f"there are two injects `{inject.id}`")
            seen.add(inject.id)
            self.inject(index, inject, last)

    def turn(self, written: Written | None, last: int | None) -> None:
        """A turn must be one of the exercise."""
        if written is not None and last is not None and int(written) > last:
            self.names.fault_at(written, f"there is no turn {written}: the exercise has {last}")

    def shown(self, written: list[Written] | None, actor: str | None = None) -> None:
        """Names on a screen must exist, and mean something to whoever looks at it."""
        for each in written or []:
            known, believed = self.names.meanings, self.names.beliefs.get(each)
            if believed is not None and not believed.common and actor not in believed.actors:
                offered = " or ".join(f"{each}.{believer}" for believer in believed.actors)
                self.names.fault_at(each, f"{whose(each, believed)}, and not {actor or 'everybody'}", f"say {offered}")
                continue
            if each in known or each.split(".")[0] in self.names.broken:
                continue
            meant = self.names.hints.get(each) or nearest(each, known)
            self.names.fault_at(
                each, f"`{each}` is nothing that can be shown", f"did you mean {meant}?" if meant else ""
            )

    def role(self, name: str, written: shapes.Role) -> None:
        """A role is a playable actor; its orders are that actor's events and ladders."""
        origin = key_origin(self.root, ("classroom", "roles", name))
        actor = (self.document.actors or {}).get(name)
        if actor is None and name not in self.names.broken:
            meant = nearest(name, self.document.actors or {})
            suggestion = f"did you mean {meant}?" if meant else "a role is an actor"
            self.names.fault(origin, f"there is no actor `{name}`", suggestion, len(name))
        elif actor is not None and actor.playable != "true" and not anything_refused(self.root, ("actors", name)):
            self.names.fault(origin, f"`{name}` cannot be played", "set `playable: true` on the actor", len(name))
        self.shown(written.sees, name)
        for order in written.orders or [] if actor is not None and actor.playable == "true" else []:
            self.order(name, order)

    def order(self, actor: str, order: Written) -> None:
        """An order is an event or a ladder of the role's own actor."""
        event = (self.document.events or {}).get(order)
        ladder = (self.document.ladders or {}).get(order)
        if event is None and ladder is None:
            if order not in self.names.broken:
                meant = nearest(order, [*(self.document.events or {}), *(self.document.ladders or {})])
                suggestion = f"did you mean {meant}?" if meant else ""
                self.names.fault_at(order, f"there is no event or ladder `{order}` to order", suggestion)
            return
        owner = event.actor if event is not None else ladder.actor if ladder is not None else None
        if ladder is not None and owner is None:
            owner = order
        if owner != actor and (owner is None or owner in (self.document.actors or {})):
            whose = f"{owner}'s" if owner else "nobody's"
            self.names.fault_at(order, f"`{order}` is {whose}, and {actor} cannot order it")

    def inject(self, index: int, written: shapes.Inject, last: int | None) -> None:
        """An inject comes at a turn, on a condition, or by hand."""
        given = [key for key in ("turn", "when", "offered") if getattr(written, key) is not None]
        if len(given) != 1 and (given or not anything_refused(self.root, ("classroom", "injects", index))):
            said = f"says {' and '.join(given)}" if given else "does not say when it comes"
            self.names.fault_at(written.id, f"`{written.id}` {said}", "exactly one of turn, when, offered")
        self.turn(written.turn, last)
        if written.when is not None:
            self.names.read(written.when, CONDITION, TRUTH)
        for actor in written.to or []:
            check_actor(self.names, self.document, actor)
        known = self.names.broken | set(self.document.events or {})
        if written.fire is not None and written.fire not in known:
            meant = nearest(written.fire, self.document.events or {})
            suggestion = f"did you mean {meant}?" if meant else ""
            self.names.fault_at(written.fire, f"there is no event `{written.fire}` to fire", suggestion)
        for key, value in (written.set or {}).items():
            kind = target_kind(self.names, key, value.origin)
            if kind is not None:
                self.names.read(value, SETTING, kind)
