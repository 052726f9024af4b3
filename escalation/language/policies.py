"""Policies: which levers, ceilings and switches are set, and to what."""

from collections.abc import Mapping as Table

from escalation.expressions.kinds import Kind
from escalation.language.document import Policy
from escalation.language.document_outcomes import Document
from escalation.language.faults import nearest
from escalation.language.labels import label_of
from escalation.language.names import SETTING, TRUTH, Names
from escalation.language.node import Mapping, Path
from escalation.language.quantities import Quantities
from escalation.language.shape import key_origin
from escalation.language.written import Written
from escalation.model.process import Origin, Value
from escalation.model.scenario import PolicySpec

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
        if settings is None:
            return None
        return PolicySpec(name, label_of(written.label, name), settings, key_origin(self.root, path))

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
