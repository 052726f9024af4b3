"""Policies: which levers, ceilings and switches are set, and to what."""

from collections.abc import Mapping as Table

from escalation.expressions.kinds import Instant, Kind
from escalation.expressions.tree import Expr, Literal
from escalation.language.document import Adaptation as WrittenAdaptation
from escalation.language.document import Cases, Policy
from escalation.language.document_outcomes import Document
from escalation.language.faults import nearest
from escalation.language.labels import label_of
from escalation.language.names import CONDITION, DATED, LASTING, SETTING, TIME, TRUTH, Names
from escalation.language.node import Mapping, Path
from escalation.language.quantities import Quantities
from escalation.language.shape import anything_refused, key_origin, node_at
from escalation.language.written import Written
from escalation.model.process import Origin, Value
from escalation.model.scenario import Adaptation, PolicySpec

BASELINE = "baseline"
BASELINE_LABEL = "Every lever at its default"


class Policies:
    """Resolves the policies of one document."""

    def __init__(self, document: Document, root: Mapping, names: Names, quantities: Quantities) -> None:
        self.document, self.root, self.names, self.quantities = document, root, names, quantities
        self.kinds = settable(document, names)

    def all(self) -> tuple[PolicySpec, ...]:
        """Every sound policy, in the author's order; one with every lever at its default when none is written."""
        if not self.document.policies:
            return (PolicySpec(BASELINE, BASELINE_LABEL, (), self.root.origin),)
        found = [self.policy(name, written) for name, written in self.document.policies.items()]
        return tuple(policy for policy in found if policy is not None)

    def policy(self, name: str, written: Policy) -> PolicySpec | None:
        """One policy."""
        path: Path = ("policies", name)
        settings = self.settings(written.set or {}, (*path, "set"))
        then = [self.adaptation((*path, "then", index), entry) for index, entry in enumerate(written.then or [])]
        sound = tuple(entry for entry in then if entry is not None)
        if settings is None or len(sound) < len(then):
            return None
        return PolicySpec(name, label_of(written.label, name), settings, key_origin(self.root, path), sound)

    def adaptation(self, path: Path, written: WrittenAdaptation) -> Adaptation | None:
        """One entry of `then`: on a date or when a condition has lasted, and what it sets."""
        origin = _origin(self.root, path)
        if not self.says_when(path, written, origin):
            return None
        actors = tuple(sorted({owner for key in written.set if (owner := owner_of(self.document, key))}))
        at, when, lasting = None, None, Literal(0.0, TIME)
        if written.at is not None:
            at = self.date(written.at)
        waits: Expr | None = lasting
        with self.names.read_by(actors[0] if len(actors) == 1 else None):
            if written.when is not None:
                when = self.names.read(written.when, CONDITION, TRUTH)
            if written.for_ is not None:
                waits = self.names.value(written.for_, LASTING, TIME)
        settings = self.settings(written.set, (*path, "set"))
        if (at is None and when is None) or waits is None or settings is None:
            return None
        return Adaptation(at, when, waits, settings, _told(written), actors, origin)

    def says_when(self, path: Path, written: WrittenAdaptation, origin: Origin) -> bool:
        """Whether an entry has exactly one of `at` and `when`, `for` only beside `when`, and sets something."""
        if anything_refused(self.root, path):
            return False
        before = len(self.names.faults)
        if (written.at is None) == (written.when is None):
            said = "does not say when it sets" if written.at is None else "says both `at` and `when`"
            self.names.fault(origin, f"this entry of `then` {said}", "give it `at: 2025-01-20` or `when: CONDITION`")
        elif written.at is not None and written.for_ is not None:
            place = key_origin(self.root, (*path, "for"))
            self.names.fault(place, "`for` says how long `when` must hold, and a date does not last", "", len("for"))
        if not written.set:
            place = key_origin(self.root, (*path, "set"))
            self.names.fault(place, "this entry of `then` sets nothing", "name a lever and its value", len("set"))
        return len(self.names.faults) == before

    def date(self, leaf: Written) -> Expr | None:
        """The date of an entry; one that is known must not lie before the start."""
        at = self.names.read(leaf, DATED, Instant())
        if isinstance(at, Literal) and at.value < 0:
            self.names.fault_at(leaf, f"{leaf} is before the scenario starts", "put it into the policy's own `set`")
            return None
        if isinstance(at, Literal) and at.value > self.names.horizon:
            message = f"{leaf} is after the scenario ends: this entry of `then` never sets anything"
            self.names.note(leaf.origin, message, "", len(leaf))
        return at

    def settings(self, written: Table[str, Written], path: Path) -> tuple[tuple[str, Value], ...] | None:
        """What is set, with its final value; None when something cannot be set."""
        made: list[tuple[str, Value]] = []
        for key, leaf in written.items():
            value = self.setting(key, leaf, key_origin(self.root, (*path, key)))
            if value is not None:
                made.append((key, value))
        return tuple(made) if len(made) == len(written) else None

    def setting(self, key: str, leaf: Written, origin: Origin) -> Value | None:
        """One value, within its lever's range."""
        kind = self.kinds.get(key)
        if kind is None:
            self.unknown(key, origin)
            return None
        expr = self.names.read(leaf, SETTING, kind)
        value = self.names.constant_value(expr) if expr is not None else None
        if expr is not None and self.names.outside(expr, key):
            ends = (self.document.levers or {})[key].range or []
            message = f"{leaf} lies outside the range of `{key}`, {' to '.join(ends)}"
            self.names.fault_at(leaf, message, "it is never clamped")
            return None
        return value

    def unknown(self, key: str, origin: Origin) -> None:
        """A path that no policy can set."""
        if self.names.mentions_broken(key):
            return
        found = self.names.meanings.get(key)
        meant = nearest(key, self.kinds)
        if found is not None and meant is None:
            suggestion = "a policy sets levers, ceilings and switches: make it a lever"
        elif key in self.names.hints:
            suggestion = f"did you mean {key}.ceiling?"
        else:
            suggestion = f"did you mean {meant}?" if meant else "a policy sets levers, LADDER.ceiling and NAME.active"
        self.names.fault(origin, f"`{key}` is nothing that a policy can set", suggestion, len(key))


def _origin(root: Mapping, path: Path) -> Origin:
    """Where an entry of a list begins: at its first key."""
    node = node_at(root, path)
    return next(iter(node.keys.values()), node.origin) if isinstance(node, Mapping) else key_origin(root, path)


def _told(written: WrittenAdaptation) -> str:
    """When an entry sets, in the author's words."""
    if written.at is not None:
        return f"at {written.at}"
    lasting = written.for_ if not isinstance(written.for_, Cases) else "as long as its cases say"
    return f"when {' '.join(str(written.when).split())}" + (f", for {lasting}" if lasting is not None else "")


def owner_of(document: Document, key: str) -> str | None:
    """Whose lever, ceiling or switch it is, if anybody's."""
    lever = (document.levers or {}).get(key)
    if lever is not None:
        return str(lever.actor) if lever.actor else None
    head, _, last = key.rpartition(".")
    event = (document.events or {}).get(head)
    if event is not None:
        return str(event.actor) if event.actor else None
    name = head.split(".")[0]
    ladder = (document.ladders or {}).get(name)
    if ladder is None or last not in ("ceiling", "active"):
        return None
    return str(ladder.actor) if ladder.actor else name if name in (document.actors or {}) else None


def settable(document: Document, names: Names) -> dict[str, Kind]:
    """The kind of every path that a policy may set."""
    kinds: dict[str, Kind] = {path: each.kind for path, each in names.meanings.items() if each.group == "lever"}
    for name, ladder in (document.ladders or {}).items():
        ceiling = names.kind(f"{name}.ceiling")
        if ceiling is not None:
            kinds[f"{name}.ceiling"] = ceiling
        for rung in ladder.rungs[1:]:
            switches = [f"{name}.{rung.id}"]
            switches += [f"{name}.{rung.id}.{gate}" for gate in (rung.climb.gates or {} if rung.climb else {})]
            switches += [f"{name}.{rung.id}.announce"] if rung.announce else []
            kinds |= {f"{switch}.active": TRUTH for switch in switches}
    kinds |= {f"{event}.active": TRUTH for event in document.events or {}}
    for name, reading in (document.intelligence or {}).items():
        kinds |= {f"{name}.{source}.active": TRUTH for source in reading.reports}
    return kinds
