"""Constants, uncertainties, levers, state and derived names: their kinds, values and ranges."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from escalation.expressions.kinds import Category, Instant, Kind, Quantity
from escalation.expressions.tree import Draw, Expr, Literal
from escalation.language import document as shapes
from escalation.language.beliefs import Believed
from escalation.language.definitions import Definition, in_order
from escalation.language.document_outcomes import Document
from escalation.language.faults import nearest
from escalation.language.joint_draws import JointTables
from escalation.language.labels import label_of
from escalation.language.names import (
    BOUND,
    CONSTANT,
    INITIAL,
    NUMBER,
    PURE_VALUE,
    SETTING,
    TIME,
    TRUTH,
    UNCERTAINTY,
    Names,
)
from escalation.language.node import Mapping
from escalation.language.parameters import known_value
from escalation.language.shape import anything_refused, key_origin
from escalation.language.written import Written
from escalation.model.evaluate import evaluate
from escalation.model.process import Origin, Uncertainty
from escalation.model.scenario import Constant, DerivedName, LeverSpec, StateVariable

UNKNOWN = ("value", "one_of", "deep", "draws")
"""What an uncertainty says exactly one of."""


@dataclass
class Quantities:
    """What has been defined so far. observed: what each reading is of."""

    constants: list[Constant] = field(default_factory=list)
    uncertainties: list[Uncertainty] = field(default_factory=list)
    levers: list[LeverSpec] = field(default_factory=list)
    state: list[StateVariable] = field(default_factory=list)
    derived: list[DerivedName] = field(default_factory=list)
    observed: dict[str, Expr] = field(default_factory=dict)


class Defining:
    """Defines names one after another, in an order in which each can be read."""

    def __init__(self, document: Document, root: Mapping, names: Names) -> None:
        self.document, self.root, self.names = document, root, names
        self.made = Quantities()
        self.tables = JointTables(document, root, names)

    def all(self) -> Quantities:
        """Everything defined, in the author's order."""
        steps: dict[str, Callable[[Definition, Any], bool]] = {
            "constants": self.constant,
            "uncertainties": self.uncertainty,
            "levers": self.lever,
            "state": self.state,
            "derived": self.derived,
            "intelligence": self.reading,
        }
        for definition in in_order(self.document, self.root, self.names):
            if not steps[definition.section](definition, definition.written):
                self.names.broken.add(definition.name)
        for section in ("constants", "uncertainties", "levers", "state", "derived"):
            written = list(getattr(self.document, section) or {})
            getattr(self.made, section).sort(key=lambda item, order=written: order.index(item.name))
        return self.made

    def origin(self, definition: Definition) -> Origin:
        """Where a name is defined."""
        return key_origin(self.root, (definition.section, definition.name))

    def constant(self, definition: Definition, written: shapes.Constant) -> bool:
        """A constant and its value."""
        expected = self.kind_before(written.value) if isinstance(written.value, Written) else None
        expr = self.names.value(written.value, CONSTANT, expected)
        if expr is None:
            return False
        value = evaluate(expr, self.names.fixed)
        if isinstance(value, float) and not isfinite(value):
            self.names.fault(
                self.origin(definition), f"`{definition.name}` is not a finite number", "", len(definition.name)
            )
            return False
        self.made.constants.append(Constant(definition.name, expr.kind, expr))
        self.names.fixed[definition.name] = value
        self.names.define(definition.name, "constant", expr.kind)
        return True

    def uncertainty(self, definition: Definition, written: shapes.Uncertainty) -> bool:
        """An uncertainty: a draw, words with shares, a bare range, or a column of joint draws."""
        name = definition.name
        if anything_refused(self.root, ("uncertainties", name)):
            return False
        said = [how for how in UNKNOWN if getattr(written, how) is not None]
        if len(said) != 1:
            told = f"says {' and '.join(f'`{how}`' for how in said)}" if said else "does not say what it may be"
            cure = "keep one of them" if said else "value: uniform(0.5, 2)"
            self.names.fault(self.origin(definition), f"`{name}` {told}", cure, len(name))
            return False
        expr = self.unknown(name, written, self.origin(definition))
        if expr is None:
            return False
        self.made.uncertainties.append(Uncertainty(name, expr.kind, expr, written.deep is not None))
        self.names.define(name, "uncertainty", expr.kind)
        return True

    def unknown(self, name: str, written: shapes.Uncertainty, origin: Origin) -> Expr | None:
        """How a future gets the value of an uncertainty."""
        if written.one_of is not None:
            return words_with_shares(self.names, name, written.one_of, UNCERTAINTY, origin)
        if written.deep is not None:
            return self.bare_range(written.deep)
        if written.draws is not None:
            return self.tables.value(name, written.draws)
        assert written.value is not None
        return self.names.value(written.value, UNCERTAINTY)

    def bare_range(self, written: list[Written]) -> Expr | None:
        """A range that designs sample evenly, both of whose ends constants decide."""
        low = self.names.read(written[0], BOUND)
        high = self.names.read(written[1], BOUND, _kind(low))
        if low is None or high is None:
            return None
        if not isinstance(low.kind, Quantity):
            self.names.fault_at(written[0], "a deep range is of numbers", "[4, 12]")
            return None
        ends = self.names.constant_value(low), self.names.constant_value(high)
        if ends[0] is None or ends[1] is None:
            return None
        if not ends[0] < ends[1]:
            wrong = "the range ends below its beginning" if ends[0] > ends[1] else "this range is a single value"
            cure = f"[{written[1]}, {written[0]}]" if ends[0] > ends[1] else f"value: {written[0]}"
            self.names.fault_at(written[0], wrong, cure)
            return None
        known = tuple(Literal(float(end), low.kind) for end in ends if end is not None)
        return Draw("uniform", ("low", "high"), known, 0, low.kind)

    def lever(self, definition: Definition, written: shapes.Lever) -> bool:
        """A lever with its bounds; its default must lie within them."""
        self.check_actor(written.actor)
        before = len(self.names.faults)
        low, high = self.bounds(written.range)
        default = self.names.read(written.default, SETTING, _kind(low, high) or self.kind_before(written.default))
        if default is None or len(self.names.faults) > before:
            return False
        self.names.ranges[definition.name] = (low, high)
        self.within(written.default, default, definition.name)
        label = label_of(written.label, definition.name)
        actor = str(written.actor) if written.actor else None
        origin = self.origin(definition)
        self.made.levers.append(LeverSpec(definition.name, default.kind, default, actor, low, high, label, origin))
        self.names.define(definition.name, "lever", default.kind)
        return True

    def kind_before(self, written: Written) -> Kind | None:
        """The kind of the value that a setting has replaced, which the new one must have."""
        if written.node.instead is None:
            return None
        told = len(self.names.faults)
        before = self.names.read(Written.of(written.node.instead), SETTING)
        # What is wrong with a value that no longer stands is nobody's fault.
        del self.names.faults[told:]
        return before.kind if before is not None else None

    def state(self, definition: Definition, written: shapes.State) -> bool:
        """A thing of the world, with its first value and range."""
        name, kind = definition.name, None
        if written.values is not None:
            kind = self.category(name, written.values)
            if kind is None:
                return False
        before = len(self.names.faults)
        low, high = self.bounds(written.range)
        initial = self.names.value(written.initial, INITIAL, kind or _kind(low, high))
        if initial is None or len(self.names.faults) > before:
            return False
        self.names.ranges[name] = (low, high)
        self.within(written.initial, initial, name)
        seen_by = self.seen_by(written.seen_by)
        label = label_of(written.label, name)
        made = StateVariable(name, initial.kind, initial, low, high, seen_by, label, self.origin(definition))
        self.made.state.append(made)
        self.names.define(name, "state", initial.kind)
        return True

    def derived(self, definition: Definition, written: shapes.Derived) -> bool:
        """A name for an expression."""
        seen_by = self.seen_by(written.seen_by)
        value = self.names.value(written.value, PURE_VALUE)
        if value is None:
            return False
        label = label_of(written.label, definition.name)
        self.made.derived.append(
            DerivedName(definition.name, value.kind, value, seen_by, label, self.origin(definition))
        )
        self.names.define(definition.name, "derived", value.kind)
        return True

    def reading(self, definition: Definition, written: Any) -> bool:
        """What can be read of a reading: by its name, of its sources, and as actors believe it."""
        of = self.names.value(written.of, PURE_VALUE)
        if of is None:
            return False
        self.made.observed[definition.name] = of
        believed = tuple(written.believed or ())
        if believed:
            self.names.beliefs[definition.name] = Believed(believed, written.combine is not None)
        below = dict.fromkeys((*written.reports, *believed))
        for path in (definition.name, *(f"{definition.name}.{part}" for part in below)):
            self.names.define(path, "reading", of.kind)
            self.names.define(f"{path}.known", "reading", TRUTH)
            self.names.define(f"{path}.age", "reading", TIME)
            self.names.aged.add(f"{path}.age")
        return True

    def category(self, name: str, words: list[Written]) -> Category | None:
        """The category of a state's words."""
        listed = [str(word) for word in words]
        if len(set(listed)) < len(listed):
            self.names.fault_at(words[0], f"`{name}` has one word twice")
            return None
        return self.names.category(name, listed)

    def bounds(self, written: list[Written] | None) -> tuple[Expr | None, Expr | None]:
        """The two ends of a range, of one kind; `none` is no end."""
        if written is None:
            return None, None
        low = self.names.read(written[0], BOUND) if written[0] != "none" else None
        high = self.names.read(written[1], BOUND, _kind(low)) if written[1] != "none" else None
        kind = _kind(low, high)
        if kind is not None and not isinstance(kind, Quantity | Instant):
            self.names.fault_at(written[0], "only a number has a range", "leave `range` out")
            return None, None
        ends = [self.names.constant_value(end) if end is not None else None for end in (low, high)]
        if ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
            self.names.fault_at(written[0], "the range ends below its beginning", f"[{written[1]}, {written[0]}]")
        return low, high

    def within(self, written: Written | shapes.Cases, value: Expr, name: str) -> None:
        """A first value or a default that is known now must lie in its range."""
        side = self.names.outside(value, name)
        if side and isinstance(written, Written):
            cure = "raise it, or lower the range" if side == "below" else "lower it, or raise the range"
            self.names.fault_at(written, f"{written} lies {side} its range", cure)

    def seen_by(self, written: list[Written] | None) -> tuple[str, ...] | None:
        """Actors who see something; None is all."""
        if written is None or [str(each) for each in written] == ["all"]:
            return None
        for each in written:
            self.check_actor(each)
        return tuple(str(each) for each in written)

    def check_actor(self, written: Written | None) -> None:
        """An actor that is named must exist."""
        check_actor(self.names, self.document, written)


def _kind(*ends: Expr | None) -> Kind | None:
    """The kind of the first end that there is."""
    return next((end.kind for end in ends if end is not None), None)


def check_actor(names: Names, document: Document, written: Written | None) -> None:
    """An actor that is named must exist."""
    actors = document.actors or {}
    if written is not None and written not in actors and written not in names.broken:
        meant = nearest(written, actors)
        suggestion = f"did you mean {meant}?" if meant else f"add {written} to `actors`"
        names.fault_at(written, f"there is no actor `{written}`", suggestion)


def words_with_shares(names: Names, name: str, one_of: dict[str, Written], place: Any, origin: Origin) -> Expr | None:
    """A draw of one word; the shares must sum to 100 %, and are never rescaled."""
    shares = [names.read(share, place, NUMBER) for share in one_of.values()]
    known = [share for share in shares if share is not None]
    if len(known) < len(shares):
        return None
    if not known:
        names.fault(origin, f"`{name}` needs at least one word")
        return None
    values = [known_value(share, names.fixed) for share in known]
    told = [float(value) for value in values if value is not None]
    for share, value in zip(one_of.values(), values, strict=True):
        if value is not None and value < 0:
            names.fault_at(share, f"a share of {share} is less than nothing")
            return None
    if len(told) == len(known) and abs(sum(told) - 1) > 1e-9:
        last = list(one_of.values())[-1]
        cure = "write 50% for a half" if min(told) >= 1 else ""
        names.fault_at(last, f"the shares sum to {sum(told) * 100:.10g}%, not to 100%", cure)
        return None
    words = tuple(one_of)
    return Draw("one_of", words, tuple(known), 0, names.category(name, words))
