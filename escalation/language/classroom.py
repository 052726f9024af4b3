"""The classroom block: checked against the scenario, and every default filled in."""

from collections.abc import Mapping as Table
from math import isfinite
from typing import cast

from escalation.expressions.tree import names_in
from escalation.language import document_outcomes as shapes
from escalation.language.beliefs import whose
from escalation.language.calendar import Misdated, step
from escalation.language.effects import target_kind
from escalation.language.faults import nearest
from escalation.language.labels import label_of
from escalation.language.names import CONDITION, INJECTED, TRUTH, Names
from escalation.language.node import Mapping, Node, Path, Scalar, Sequence
from escalation.language.quantities import check_actor
from escalation.language.shape import anything_refused, key_origin
from escalation.language.written import Written
from escalation.model.calendar import DAY, add_months
from escalation.model.classroom import ClassroomSpec, ForecastSpec, InjectSpec, Late, RoleSpec
from escalation.model.process import Assign, Months

MINUTES = 8
"""To deliberate in a turn, unless the author says otherwise."""
MOST_TURNS = 100
SHORTEST_TURN, LONGEST_TURN = DAY, 3653 * DAY
"""In milliseconds: a day, since every page tells dates and no hours, and ten years."""
MOST_MONTHS = 120
LONGEST_LABEL = 120
"""Characters of what a thing is called, where a class plays it."""
PRESS = "press"
"""Whom a cable to everybody is addressed to, so that no seat can have the name."""


class ClassroomBlock:
    """Resolves the classroom block of one document."""

    def __init__(self, document: shapes.Document, root: Mapping, names: Names) -> None:
        self.document, self.root, self.names = document, root, names

    def all(self) -> ClassroomSpec | None:
        """The block, or None when there is none or it has a fault."""
        written = self.document.classroom
        if written is None:
            return None
        before = len(self.names.faults)
        turn, instants = self.turns(written)
        last = len(instants) - 1 if instants else None
        self.shown(written.projector)
        roles = [self.role(name, role) for name, role in (written.roles or {}).items()]
        self.told_apart(written.roles or {})
        self.short(self.root)
        forecasts = [self.forecast(forecast, last) for forecast in written.forecasts or []]
        injects = [self.inject(index, inject, last) for index, inject in enumerate(written.injects or [])]
        self.unique(written.injects or [])
        if len(self.names.faults) > before or turn is None or None in forecasts or None in injects:
            return None
        return ClassroomSpec(
            turn=turn,
            turns=len(instants) - 1,
            instants=instants,
            minutes=int(written.minutes) if written.minutes else MINUTES,
            practice=written.practice == "true",
            late=cast(Late, str(written.late or "hold")),
            projector=_texts(written.projector),
            roles=tuple(roles),
            forecasts=tuple(each for each in forecasts if each is not None),
            injects=tuple(each for each in injects if each is not None),
            debrief=_texts(written.debrief),
            note=str(written.note or "").strip(),
            origin=key_origin(self.root, ("classroom",)),
        )

    def turns(self, written: shapes.Classroom) -> tuple[int | Months | None, tuple[int, ...]]:
        """The length of a turn, and the start and the end of every turn; no instants when they cannot be told."""
        try:
            length = step(written.turn)
        except Misdated as wrong:
            self.names.faults.append(wrong.fault(written.turn))
            asked = min(int(written.turns), MOST_TURNS) if written.turns else 0
            return None, tuple(range(asked + 1)) if asked else ()
        self.playable(written.turn, length)
        asked = int(written.turns) if written.turns else MOST_TURNS
        instants, number = [0], 0
        while number < min(asked, MOST_TURNS) and self.end(length, number + 1) <= self.names.horizon:
            number += 1
            instants.append(self.end(length, number))
        if number == 0:
            self.names.fault_at(written.turn, "not one turn ends before the scenario does", "a shorter turn")
        elif written.turns and asked > number:
            most = f"an exercise has {MOST_TURNS} turns at most" if number == MOST_TURNS else ""
            said = most or f"the scenario ends in turn {number + 1}, and the exercise has {asked}"
            self.names.fault_at(written.turns, said, f"{number} turns at most")
        return length, tuple(instants) if number else ()

    def playable(self, written: Written, length: int | Months) -> None:
        """A turn is long enough to be told from the next one, and no longer than anybody looks ahead."""
        if isinstance(length, int) and length < SHORTEST_TURN:
            said = "a turn is shorter than a day, and pages tell dates: nobody could tell it from the next one"
            self.names.fault_at(written, said, "1 day, or longer")
        elif length.count > MOST_MONTHS if isinstance(length, Months) else length > LONGEST_TURN:
            self.names.fault_at(written, "a turn lasts ten years at most", "a shorter turn")

    def end(self, length: int | Months, number: int) -> int:
        """The instant at which a turn ends; months are counted from the start."""
        if isinstance(length, int):
            return length * number
        try:
            return add_months(self.names.start, 0, length.count * number)
        except ValueError:
            return self.names.horizon + 1  # After the year 9999.

    def turn(self, written: Written | None, last: int | None) -> None:
        """A turn must be one of the exercise."""
        if written is not None and last is not None and int(written) > last:
            self.names.fault_at(written, f"there is no turn {written}: the exercise has {last}")

    def forecast(self, written: shapes.Forecast, last: int | None) -> ForecastSpec | None:
        """A question with the condition that answers it."""
        resolves = self.names.read(written.resolves, CONDITION, TRUTH)
        closes = None if written.closes is None else self.names.read(written.closes, CONDITION, TRUTH)
        self.turn(written.by_turn, last)
        if closes is not None and written.closes is not None and not names_in(closes):
            said = f"`{written.closes}` never changes, so it settles nothing"
            self.names.fault_at(written.closes, said, "what settles the question for good, or leave `closes` out")
        if resolves is None or last is None or (written.closes is not None and closes is None):
            return None
        return ForecastSpec(str(written.ask), resolves, int(written.by_turn) if written.by_turn else last, closes)

    def once(self, written: list[Written]) -> None:
        """Nothing stands in a list twice."""
        for index, each in enumerate(written):
            if each in written[:index]:
                self.names.fault_at(each, f"`{each}` stands in this list twice", "once is enough")

    def unique(self, written: list[shapes.Inject]) -> None:
        """No two injects have one id."""
        seen: set[str] = set()
        for inject in written:
            if inject.id in seen:
                self.names.fault_at(inject.id, f"there are two injects `{inject.id}`")
            seen.add(inject.id)

    def shown(self, written: list[Written] | None, actor: str | None = None) -> None:
        """Names on a screen must exist, and mean something to whoever looks at it."""
        self.once(written or [])
        for each in written or []:
            known, believed = self.names.meanings, self.names.beliefs.get(each)
            if each in known and each.endswith(".age"):
                self.names.fault_at(
                    each, "an age changes with every moment, and a screen shows what lasts", f"show {each[:-4]} itself"
                )
                continue
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

    def role(self, name: str, written: shapes.Role) -> RoleSpec:
        """A role is a playable actor; its orders are that actor's events and ladders."""
        origin = key_origin(self.root, ("classroom", "roles", name))
        actor = (self.document.actors or {}).get(name)
        if actor is None and name not in self.names.broken:
            meant = nearest(name, self.document.actors or {})
            suggestion = f"did you mean {meant}?" if meant else "a role is an actor"
            self.names.fault(origin, f"there is no actor `{name}`", suggestion, len(name))
        elif actor is not None and actor.playable != "true" and not anything_refused(self.root, ("actors", name)):
            self.names.fault(origin, f"`{name}` cannot be played", "set `playable: true` on the actor", len(name))
        elif name == PRESS:
            said = "`press` cannot be a role: a cable to `press` is read by everybody"
            self.names.fault(origin, said, "another name for the actor, such as `newspaper`", len(name))
        self.shown(written.sees, name)
        for order in written.orders or [] if actor is not None and actor.playable == "true" else []:
            self.order(name, order)
        self.once(written.orders or [])
        self.once(written.seats or [])
        return RoleSpec(
            actor=name,
            seats=_texts(written.seats),
            sees=_texts(written.sees),
            orders=None if written.orders is None else _texts(written.orders),
            aims=_texts(written.aims),
            brief=str(written.brief or "").strip(),
            origin=origin,
        )

    def short(self, node: Node, path: Path = ()) -> None:
        """What a thing is called stands on a phone, whatever part of the scenario says it."""
        if isinstance(node, Mapping):
            for key, entry in node.entries.items():
                self.short(entry, (*path, key))
        elif isinstance(node, Sequence):
            for place, item in enumerate(node.items):
                self.short(item, (*path, place))
        elif isinstance(node, Scalar) and len(node.text) > LONGEST_LABEL and _called(path):
            found = f"{LONGEST_LABEL} characters are the most, and these are {len(node.text):,}"
            said = f"a class reads this on a phone: {found}"
            self.names.fault(node.origin, said, "say it shorter", min(len(node.text), 200))

    def told_apart(self, roles: Table[str, shapes.Role]) -> None:
        """No two roles are called the same: a phone knows a government by its name alone."""
        seen: dict[str, str] = {}
        actors = {name: (self.document.actors or {}).get(name) for name in roles}
        for name, actor in actors.items():
            written = actor.name if actor is not None else None
            called = label_of(written, name)
            earlier = seen.setdefault(" ".join(called.casefold().split()), name)
            if earlier == name:
                continue
            said = f"`{name}` is called {called}, and so is `{earlier}`: on a phone nobody can tell them apart"
            if written is not None:
                self.names.fault_at(written, said, "another `name:` for one of them")
            else:
                place = key_origin(self.root, ("actors", name))
                self.names.fault(place, said, "another `name:` for one of them", len(name))

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

    def inject(self, index: int, written: shapes.Inject, last: int | None) -> InjectSpec | None:
        """An inject comes at a turn, on a condition, or by hand."""
        before = len(self.names.faults)
        given = [key for key in ("turn", "when", "offered") if getattr(written, key) is not None]
        if len(given) != 1 and (given or not anything_refused(self.root, ("classroom", "injects", index))):
            said = f"says {' and '.join(given)}" if given else "does not say when it comes"
            self.names.fault_at(written.id, f"`{written.id}` {said}", "exactly one of turn, when, offered")
        elif given == ["offered"] and written.offered == "false":
            said = f"`{written.id}` never comes: it is not offered, and has no turn and no condition"
            self.names.fault_at(written.offered, said, "offered: true, or a turn, or a condition")
        self.turn(written.turn, last)
        when = self.names.read(written.when, CONDITION, TRUTH) if written.when is not None else None
        for actor in written.to or []:
            check_actor(self.names, self.document, actor)
            self.played(actor)
        self.fired(written.fire)
        changes = self.changes(index, written)
        if len(self.names.faults) > before or (when is None) != (written.when is None):
            return None
        return InjectSpec(
            id=str(written.id),
            label=label_of(written.label, written.id),
            text=str(written.text).strip(),
            to=_texts(written.to),
            turn=int(written.turn) if written.turn else None,
            when=when,
            offered=written.offered == "true",
            fire=str(written.fire) if written.fire is not None else None,
            set=changes,
        )

    def played(self, actor: Written) -> None:
        """Who gets an inject has a role."""
        roles = (self.document.classroom.roles if self.document.classroom is not None else None) or {}
        if actor in (self.document.actors or {}) and actor not in roles and not self.roles_refused:
            suggestion = f"one of {', '.join(roles)}" if roles else "add `roles:`"
            self.names.fault_at(actor, f"nobody plays {actor}: it has no role in class", suggestion)

    @property
    def roles_refused(self) -> bool:
        """Whether some role was left out for a fault of its own."""
        return anything_refused(self.root, ("classroom", "roles")) or anything_refused(self.root, ("classroom",))

    def fired(self, event: Written | None) -> None:
        """What an inject fires is an event."""
        known = self.names.broken | set(self.document.events or {})
        if event is not None and event not in known:
            meant = nearest(event, self.document.events or {})
            suggestion = f"did you mean {meant}?" if meant else ""
            self.names.fault_at(event, f"there is no event `{event}` to fire", suggestion)

    def changes(self, index: int, written: shapes.Inject) -> tuple[Assign, ...]:
        """State that an inject sets."""
        made = []
        for key, value in (written.set or {}).items():
            kind = target_kind(self.names, key, value.origin, "an inject")
            expr = self.names.read(value, INJECTED, kind) if kind is not None else None
            if expr is not None:
                known = self.names.constant_value(expr)
                if isinstance(known, float) and not isfinite(known):
                    self.names.fault_at(value, f"{value} is not a finite number", "a state holds finite numbers alone")
                elif side := self.names.outside(expr, key):
                    self.names.fault_at(value, f"{value} lies {side} the range of `{key}`", "it is never clamped")
                made.append(Assign(str(key), expr, key_origin(self.root, ("classroom", "injects", index, "set", key))))
        return tuple(made)


def _called(path: Path) -> bool:
    """Whether what stands there is what something is called: a label or id, an actor's name or role, a seat."""
    last, before = path[-1], str(path[-2]) if len(path) > 1 else ""
    if path[0] == "actors":
        return last in ("name", "role")
    # Below these stand names of the author's own, which may be `label` too.
    lines = before in ("effect", "set", "draw", "given") or before.startswith("on_")
    return before == "seats" or (last in ("label", "id") and not lines and path[0] not in ("evidence", "sources"))


def _texts(written: list[Written] | None) -> tuple[str, ...]:
    return tuple(str(each) for each in written or ())
