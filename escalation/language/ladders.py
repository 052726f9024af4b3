"""Ladders: rungs, how each is climbed and left, and what that changes."""

from escalation.expressions.kinds import Kind
from escalation.expressions.tree import Call, Expr, Literal
from escalation.language import document_rules as shapes
from escalation.language.document import Cases
from escalation.language.document_outcomes import Document
from escalation.language.effects import assignments
from escalation.language.labels import label_of
from escalation.language.names import CONDITION, DELAY, HAZARD, LASTING, PER_TIME, TIME, TRUTH, Names, Place
from escalation.language.node import Mapping, Path
from escalation.language.quantities import check_actor
from escalation.language.shape import anything_refused, key_origin
from escalation.language.written import Written
from escalation.model.calendar import DAY
from escalation.model.scenario import Announce, Batches, Climb, Ladder, NamedGate, RungSpec, StandDown

AT_ONCE = Literal(0.0, TIME)
ONE_DAY = Literal(float(DAY), TIME)
EFFECTS = ("on_decision", "on_delivery", "on_stand_down", "on_announcement")


class Ladders:
    """Resolves the ladders of one document."""

    def __init__(self, document: Document, root: Mapping, names: Names) -> None:
        self.document, self.root, self.names = document, root, names

    def all(self) -> tuple[Ladder, ...]:
        """Every sound ladder, in the author's order."""
        found = [self.ladder(name, written) for name, written in (self.document.ladders or {}).items()]
        return tuple(ladder for ladder in found if ladder is not None)

    def ladder(self, name: str, written: shapes.Ladder) -> Ladder | None:
        """One ladder."""
        before = len(self.names.faults)
        check_actor(self.names, self.document, written.actor)
        actor = str(written.actor) if written.actor else name if name in (self.document.actors or {}) else None
        ids = [str(rung.id) for rung in written.rungs]
        starts_at = 0
        if written.starts_at is not None and written.starts_at not in ids:
            self.names.fault_at(
                written.starts_at, f"`{name}` has no rung `{written.starts_at}`", f"one of {', '.join(ids)}"
            )
        elif written.starts_at is not None:
            starts_at = ids.index(written.starts_at)
        with self.names.read_by(actor):
            rungs = [self.rung(name, index, starts_at, rung) for index, rung in enumerate(written.rungs)]
        sound = tuple(rung for rung in rungs if rung is not None)
        if len(sound) < len(rungs) or len(self.names.faults) > before:
            return None
        label = label_of(written.label, name)
        origin = key_origin(self.root, ("ladders", name))
        return Ladder(name, actor, label, starts_at, sound, origin, written.skip == "true")

    def rung(self, ladder: str, index: int, starts_at: int, written: shapes.Rung) -> RungSpec | None:
        """One rung; the first is where everything starts, each other must be reachable."""
        path: Path = ("ladders", ladder, "rungs", index)
        self.reachable(path, index, starts_at, written)
        before = len(self.names.faults)
        climb = self.climb((*path, "climb"), written.climb) if written.climb is not None else None
        stand_down = (
            self.stand_down((*path, "stand_down"), written.stand_down) if written.stand_down is not None else None
        )
        announce = self.announce((*path, "announce"), written) if written.announce is not None else None
        effects = [assignments(self.names, getattr(written, key), self.root, (*path, key)) for key in EFFECTS]
        sound = [effect for effect in effects if effect is not None]
        made = (climb, stand_down, announce)
        lost = any((a is None) != (b is None) for a, b in zip(made, _said(written), strict=True))
        if lost or len(sound) < len(effects) or len(self.names.faults) > before:
            return None
        label = label_of(written.label, str(written.id))
        decision, delivery, left, told = sound
        return RungSpec(
            str(written.id), label, climb, stand_down, decision, delivery, left, written.id.origin, announce, told
        )

    def reachable(self, path: Path, index: int, starts_at: int, written: shapes.Rung) -> None:
        """The first rung is never climbed or left; any above the one in force at the start must be climbed."""
        if index == 0:
            for key in ("climb", "stand_down", "announce", *EFFECTS):
                if getattr(written, key) is not None:
                    place = key_origin(self.root, (*path, key))
                    never = (
                        "never announced" if key in ("announce", "on_announcement") else "never climbed and never left"
                    )
                    message = f"`{written.id}` is the lowest rung: it is {never}, so `{key}` has no use"
                    self.names.fault(place, message, "leave it out", len(key))
        elif written.climb is None and index > starts_at and not anything_refused(self.root, path):
            self.names.fault_at(
                written.id, f"`{written.id}` cannot be reached: it has no `climb`", "add `climb: {when: …}`"
            )
        if written.on_stand_down is not None and written.stand_down is None and index:
            place = key_origin(self.root, (*path, "on_stand_down"))
            self.names.fault(place, f"`{written.id}` is never left: it has no `stand_down`", "", len("on_stand_down"))
        if written.on_announcement is not None and written.announce is None and index:
            place = key_origin(self.root, (*path, "on_announcement"))
            message = f"`{written.id}` is never announced: it has no `announce`"
            self.names.fault(place, message, "add `announce: {when: …}`", len("on_announcement"))

    def climb(self, path: Path, written: shapes.Climb) -> Climb | None:
        """How a rung is reached."""
        names, before = self.names, len(self.names.faults)
        when = names.read(written.when, CONDITION, TRUTH)
        lasting = self.optional(written.for_, LASTING, TIME) if written.for_ is not None else AT_ONCE
        withdraw_after = self.optional(written.withdraw_after, LASTING, TIME)
        gates = [self.gate((*path, "gates", name), each) for name, each in (written.gates or {}).items()]
        decide = self.optional(written.decide, DELAY, TIME)
        rate = self.optional(written.rate, HAZARD, PER_TIME)
        deliver = self.deliver((*path, "deliver"), written.deliver)
        if written.decide is not None and written.rate is not None:
            place = key_origin(self.root, (*path, "rate"))
            names.fault(place, "`rate` stands in place of `decide`: a rung has one of them", "", len("rate"))
        sound = tuple(gate for gate in gates if gate is not None)
        if when is None or lasting is None or len(sound) < len(gates) or len(names.faults) > before:
            return None
        given = (written.withdraw_after, written.decide, written.rate, written.deliver)
        if any(
            a is not None and b is None for a, b in zip(given, (withdraw_after, decide, rate, deliver), strict=True)
        ):
            return None
        withdraw = withdraw_after if withdraw_after is not None else at_least_a_day(lasting)
        return Climb(when, lasting, withdraw, sound, decide, rate, deliver, key_origin(self.root, path))

    def deliver(self, path: Path, written: Written | Cases | shapes.Batches | None) -> Expr | Batches | None:
        """How long delivery takes, or its batches."""
        if not isinstance(written, shapes.Batches):
            return self.optional(written, DELAY, TIME)
        every = self.names.value(written.every, DELAY, TIME)
        first = self.names.value(written.first, DELAY, TIME) if written.first is not None else every
        return Batches(int(written.in_), first, every) if first is not None and every is not None else None

    def announce(self, path: Path, rung: shapes.Rung) -> Announce | None:
        """How a rung is announced."""
        written = rung.announce
        assert written is not None
        if rung.climb is not None and "announce" in (rung.climb.gates or {}):
            place = key_origin(self.root, (*path[:-1], "climb", "gates", "announce"))
            message = "a rung that is announced has no gate of that name: both would be switched by `announce.active`"
            self.names.fault(place, message, "choose another name", len("announce"))
        lasts = self.lasts(written)
        return Announce(*lasts, key_origin(self.root, path)) if lasts is not None else None

    def gate(self, path: Path, written: Written | shapes.Gate) -> NamedGate | None:
        """A named condition."""
        leaf = written if isinstance(written, Written) else written.when
        name = str(path[-1])
        condition = self.names.read(leaf, CONDITION, TRUTH)
        label = label_of(None if isinstance(written, Written) else written.label, name)
        return NamedGate(name, condition, label, key_origin(self.root, path)) if condition is not None else None

    def stand_down(self, path: Path, written: shapes.StandDown) -> StandDown | None:
        """How a rung is left."""
        lasts = self.lasts(written)
        return StandDown(*lasts, key_origin(self.root, path)) if lasts is not None else None

    def lasts(self, written: shapes.StandDown | shapes.Announce) -> tuple[Expr, Expr, Expr | None] | None:
        """`when`, `for` and `after`: a condition, how long it must last, and a delay after that."""
        when = self.names.read(written.when, CONDITION, TRUTH)
        lasting = self.optional(written.for_, LASTING, TIME) if written.for_ is not None else AT_ONCE
        after = self.optional(written.after, DELAY, TIME)
        if when is None or lasting is None or (after is None) != (written.after is None):
            return None
        return when, lasting, after

    def optional(self, written: Written | Cases | None, place: Place, kind: Kind) -> Expr | None:
        """A value that may be left out."""
        return self.names.value(written, place, kind) if written is not None else None


def _said(written: shapes.Rung) -> tuple[shapes.Climb | None, shapes.StandDown | None, shapes.Announce | None]:
    return written.climb, written.stand_down, written.announce


def at_least_a_day(lasting: Expr) -> Expr:
    """The default of `withdraw_after`: as long as `for`, and at least a day."""
    if isinstance(lasting, Literal):
        return Literal(max(float(lasting.value), float(DAY)), TIME)
    return Call("max", (lasting, ONE_DAY), TIME)
