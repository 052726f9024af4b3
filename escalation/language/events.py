"""Events: what starts each clock, what is drawn, and what changes."""

from dataclasses import replace

from escalation.expressions.kinds import RATE, Instant, Kind, Quantity
from escalation.expressions.tree import Arithmetic, Call, Expr, Literal, Name, Negative, transform
from escalation.language import follows
from escalation.language.calendar import Misdated, months
from escalation.language.document import Cases, OneOf
from escalation.language.document_outcomes import Document
from escalation.language.document_rules import Event as Written_Event
from escalation.language.effects import assignments
from escalation.language.follows import REFUSED
from escalation.language.labels import label_of
from escalation.language.names import (
    CALENDAR,
    CONDITION,
    DELAY,
    HAZARD,
    LASTING,
    NUMBER,
    PER_TIME,
    PERIOD,
    REALISED,
    TIME,
    TRUTH,
    Names,
)
from escalation.language.node import Mapping
from escalation.language.parameters import known_value
from escalation.language.quantities import check_actor, words_with_shares
from escalation.language.registry import reserved
from escalation.language.shape import anything_refused, key_origin
from escalation.language.written import Written
from escalation.model.process import Assign, Clock, Dated, Edge, Hazard, Months, Origin, Periodic, Waiting
from escalation.model.scenario import Event, Play

ALWAYS = Literal(True, TRUTH)
AT_ONCE = Literal(0.0, TIME)

STARTERS = ("at", "every", "rate", "chance", "while", "when", "after", "follows")
"""Entries that say, alone or together, what starts a clock."""

BELONGS: dict[str, tuple[str, ...]] = {
    "at": (),
    "every": ("from", "while"),
    "rate": ("while",),
    "chance": ("while",),
    "after": ("while", "memory"),
    "when": ("for", "after", "unless", "overlap"),
    "follows": ("after", "unless", "pool"),
}
"""What each kind of clock may have beside it; `after` is the clock of `while` with `after`."""

WHY: dict[tuple[str, str], str] = {
    ("rate", "memory"): "a hazard has no memory to choose: it always keeps what it has spent",
    ("chance", "memory"): "a hazard has no memory to choose: it always keeps what it has spent",
    ("when", "memory"): "`memory` says what a delay keeps when `while` falls; under `when` the delay runs on",
    ("when", "while"): "`when` is an edge and `while` a level: an event has one of them",
    ("rate", "after"): "`rate` draws its own waiting time",
    ("chance", "after"): "`chance` draws its own waiting time",
    ("rate", "chance"): "both are hazards",
    ("at", "while"): "a dated event happens on its date; put the condition into its effect",
    ("at", "after"): "add the delay to the date: `at: 2025-03-14 + lognormal(median=10 days, sigma=0.8)`",
    ("every", "after"): "`every` already says how long it takes",
    ("rate", "for"): "`for` belongs to `when`; a hazard starts at once",
    ("chance", "for"): "`for` belongs to `when`; a hazard starts at once",
    ("after", "for"): "`for` belongs to `when`: write `when` in place of `while`",
    ("after", "unless"): "under `while` the delay stops when the condition falls; `unless` belongs to `when`",
    ("after", "overlap"): "`overlap` belongs to `when`",
} | {("follows", key): reason for key, reason in REFUSED.items()}


class Events:
    """Resolves the events of one document."""

    def __init__(self, document: Document, root: Mapping, names: Names) -> None:
        self.document, self.root, self.names = document, root, names
        self.drawn: dict[str, dict[str, Kind]] = {}
        """Of each event that is resolved, its draws by full path, for those that follow it."""

    def all(self) -> tuple[Event, ...]:
        """Every sound event, in the author's order."""
        events = self.document.events or {}
        found = {name: self.event(name, events[name]) for name in follows.in_order(events)}
        return tuple(event for event in (found[name] for name in events) if event is not None)

    def event(self, name: str, written: Written_Event) -> Event | None:
        """One event; None when it has a fault."""
        with self.names.read_by(str(written.actor) if written.actor else None):
            return self._event(name, written, key_origin(self.root, ("events", name)))

    def _event(self, name: str, written: Written_Event, origin: Origin) -> Event | None:
        check_actor(self.names, self.document, written.actor)
        carried = self.drawn.get(written.follows, {}) if written.follows is not None else {}
        clock = self.clock(name, written, origin, carried)
        draws, local = self.draws(name, written, carried)
        unsound = set(written.draw or ()) - set(local) - self.names.broken
        self.names.broken |= {f"{name}.{draw}" for draw in unsound}
        self.drawn[name] = {f"{name}.{draw}": kind for draw, kind in local.items()}
        self.names.broken |= unsound
        effect = assignments(self.names, written.effect, self.root, ("events", name, "effect"), {**carried, **local})
        self.names.broken -= unsound
        play = self.play(name, written, origin)
        if clock is None or draws is None or effect is None:
            return None
        return Event(
            name=name,
            actor=str(written.actor) if written.actor else None,
            label=label_of(written.label, name),
            clock=clock,
            draws=draws,
            effect=localised(effect, name, local),
            order=int(written.order or 0),
            stream=str(written.stream or name),
            play=play,
            origin=origin,
        )

    def play(self, name: str, written: Written_Event, origin: Origin) -> Play | None:
        """How a person takes the event, which must then be somebody's."""
        if written.play is None:
            return None
        if written.actor is None:
            place = key_origin(self.root, ("events", name, "play"))
            self.names.fault(place, "only an actor's event can be played", "add `actor:`", len("play"))
        return Play(int(written.play.per_turn or 1), str(written.play.help or ""))

    # ------------------------------------------------------------------ clocks

    def clock(
        self, name: str, written: Written_Event, origin: Origin, carried: dict[str, Kind] | None = None
    ) -> Clock | None:
        """The clock: exactly one of at, every, rate or chance, while with after, when, follows.

        carried: kinds of what the rule that it follows draws.
        """
        if anything_refused(self.root, ("events", name)):
            return None
        given = {key for key in BELONGS if getattr(written, _field(key)) is not None}
        given |= {key for keys in BELONGS.values() for key in keys if getattr(written, _field(key)) is not None}
        given |= {"actor"} if written.follows is not None and written.actor is not None else set()
        form = self.form(name, given, origin)
        if form is None:
            return None
        strangers = sorted(given - {form} - set(BELONGS[form]), key=str)
        for key in strangers:
            place = key_origin(self.root, ("events", name, key))
            reason = WHY.get((form, key)) or WHY.get((key, form)) or _owners(key)
            self.names.fault(place, f"`{key}` cannot stand beside `{form}`: {reason}", "", len(key))
        if strangers:
            return None
        if form == "follows":
            sound = follows.check(self.names, self.document, self.root, name, written)
            return follows.following(self.names, self.root, name, written, carried or {}) if sound else None
        make = {"at": self.dated, "every": self.periodic, "rate": self.hazard, "chance": self.hazard}
        make |= {"after": self.waiting, "when": self.edge}
        return make[form](name, written)

    def form(self, name: str, given: set[str], origin: Origin) -> str | None:
        """Which clock it is, or a fault that says what is missing."""
        for form in ("follows", "when", "at", "every", "rate", "chance", "after"):
            if form in given and not (form == "after" and "while" not in given):
                return form
        if "after" in given:
            message = f"`{name}` has a delay and nothing that starts it"
            cure = "add `while:` (a level), `when:` (an edge) or `follows:` (another rule)"
            self.names.fault(origin, message, cure, len(name))
        elif "while" in given:
            message = f"`{name}` says while what, and not how often or how soon"
            self.names.fault(origin, message, "add `rate:`, `chance:`, `after:` or `every:`", len(name))
        else:
            message = f"`{name}` has no clock: nothing says when it happens"
            self.names.fault(
                origin,
                message,
                "add `at`, `every`, `rate`, `chance`, `while` with `after`, `when`, or `follows`",
                len(name),
            )
        return None

    def dated(self, name: str, written: Written_Event) -> Clock | None:
        """`at`: once, on a date that may be drawn."""
        assert written.at is not None
        at = self.names.value(written.at, CALENDAR, Instant())
        if isinstance(at, Literal) and not 0 <= at.value <= self.names.horizon and isinstance(written.at, Written):
            where = "before the scenario starts" if at.value < 0 else "after the scenario ends"
            if at.value < 0:
                self.names.fault_at(written.at, f"{written.at} is {where}")
            else:
                self.names.note(
                    written.at.origin, f"{written.at} is {where}: `{name}` never happens", "", len(written.at)
                )
        return Dated(at) if at is not None else None

    def periodic(self, name: str, written: Written_Event) -> Clock | None:
        """`every`: a period after the start, or first at `from`, and then each period."""
        assert written.every is not None
        every = period(self.names, written.every)
        first = self.names.value(written.from_, CALENDAR, Instant()) if written.from_ is not None else None
        condition = self.names.read(written.while_, CONDITION, TRUTH) if written.while_ is not None else None
        lost = (first is None) != (written.from_ is None) or (condition is None) != (written.while_ is None)
        return None if every is None or lost else Periodic(every, first, condition)

    def hazard(self, name: str, written: Written_Event) -> Clock | None:
        """`rate` or `chance`, as a hazard while a condition holds."""
        condition = self.names.read(written.while_, CONDITION, TRUTH) if written.while_ is not None else ALWAYS
        if written.rate is not None:
            rate = self.names.value(written.rate, HAZARD, PER_TIME)
        else:
            assert written.chance is not None
            pair = self.names.read_chance(written.chance)
            rate = chance_as_rate(*pair) if pair is not None else None
            share, within = (known_value(part, self.names.fixed) for part in pair) if pair is not None else (None, None)
            if share is not None and not 0 <= share < 1:
                self.names.fault_at(written.chance, "a chance is at least 0% and less than 100%")
                return None
            if within is not None and within <= 0:
                self.names.fault_at(written.chance, "a chance needs a time longer than nothing", "10% in 1 year")
                return None
        return Hazard(rate, condition) if rate is not None and condition is not None else None

    def waiting(self, name: str, written: Written_Event) -> Clock | None:
        """`while` with `after`: a delay that runs as long as the condition holds."""
        assert written.while_ is not None
        assert written.after is not None
        condition = self.names.read(written.while_, CONDITION, TRUTH)
        after = self.names.value(written.after, DELAY, TIME)
        if condition is None or after is None:
            return None
        return Waiting(condition, after, memory=str(written.memory or "restart"))  # type: ignore[arg-type]

    def edge(self, name: str, written: Written_Event) -> Clock | None:
        """`when`: becomes true, lasts, and fires after a delay."""
        assert written.when is not None
        condition = self.names.read(written.when, CONDITION, TRUTH)
        lasting = self.names.value(written.for_, LASTING, TIME) if written.for_ is not None else AT_ONCE
        after = self.names.value(written.after, DELAY, TIME) if written.after is not None else None
        reversible = written.unless == "reversed"
        unless = None
        if written.unless is not None and not reversible:
            unless = self.names.read(written.unless, CONDITION, TRUTH)
        if condition is None or lasting is None or (after is None) != (written.after is None):
            return None
        if (unless is None) != (written.unless is None or reversible):
            return None
        for key, useless in (("unless", written.unless), ("overlap", written.overlap)):
            if useless is not None and written.after is None:
                place = key_origin(self.root, ("events", name, key))
                self.names.fault(place, f"`{key}` speaks of the delay, and `{name}` has none", "add `after:`", len(key))
                return None
        overlap = str(written.overlap or "ignore")
        return Edge(condition, lasting, after, unless, reversible, overlap)  # type: ignore[arg-type]

    # ------------------------------------------------------------------ draws

    def draws(
        self, name: str, written: Written_Event, carried: dict[str, Kind]
    ) -> tuple[tuple[Assign, ...] | None, dict[str, Kind]]:
        """Draws of a firing in order, each readable by the next, and their kinds by bare name."""
        made: list[Assign] = []
        local: dict[str, Kind] = {}
        sound = True
        for key, value in (written.draw or {}).items():
            place = key_origin(self.root, ("events", name, "draw", key))
            if key in self.names.meanings or key in self.names.units or key in self.names.rules or reserved(key):
                what = reserved(key) or "already a name of the scenario"
                self.names.fault(place, f"`{key}` is {what}", "choose another name", len(key))
                sound = False
                continue
            if isinstance(value, OneOf):
                expr = words_with_shares(self.names, f"{name}.{key}", value.one_of, REALISED, place)
            else:
                expr = self.names.value(value, REALISED, None, {**carried, **local})
            if expr is None:
                sound = False
                continue
            made += localised((Assign(f"{name}.{key}", expr, place),), name, local)
            local[key] = expr.kind
        return (tuple(made) if sound else None), local


def localised(assigns: tuple[Assign, ...], rule: str, local: dict[str, Kind]) -> tuple[Assign, ...]:
    """A rule's own draws, read bare by its author, under their full path `RULE.NAME`."""

    def full(part: Expr) -> Expr:
        return replace(part, path=f"{rule}.{part.path}") if isinstance(part, Name) and part.path in local else part

    return tuple(replace(assign, value=transform(assign.value, full)) for assign in assigns)


def chance_as_rate(share: Expr, duration: Expr) -> Expr:
    """The constant hazard of a chance p within D: −ln(1 − p) / D, per millisecond."""
    left = Arithmetic("-", Literal(1.0, NUMBER), share, NUMBER)
    return Arithmetic("/", Negative(Call("log", (left,), NUMBER), NUMBER), duration, Quantity(RATE))


def _field(key: str) -> str:
    return f"{key}_" if key in ("from", "while", "for") else key


def _owners(key: str) -> str:
    """Where an entry belongs, for one that stands elsewhere."""
    named = {"after": "`while` with `after`"}
    owners = [named.get(form, f"`{form}`") for form, keys in BELONGS.items() if key in keys]
    if key in BELONGS or not owners:
        return "an event has one clock"
    return f"it belongs to {' or '.join(owners)}"


def period(names: Names, written: Written | Cases) -> Expr | Months | None:
    """A period: calendar months, or a duration that may be drawn."""
    if isinstance(written, Written):
        try:
            step = months(written)
        except Misdated as wrong:
            names.faults.append(wrong.fault(written))
            return None
        if step is not None:
            return step
    return names.value(written, PERIOD, TIME)
