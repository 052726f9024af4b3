"""Effects: which state a block of lines sets, and to what."""

from collections.abc import Mapping as Table

from escalation.expressions.kinds import Kind
from escalation.language.document import Cases
from escalation.language.faults import nearest
from escalation.language.names import REALISED, WORDS, Names
from escalation.language.node import Mapping, Path
from escalation.language.shape import key_origin
from escalation.language.written import Written
from escalation.model.process import Assign, Origin

REASONS = {
    "derived": "it is computed from what it reads: set that",
    "lever": "only policies set it",
    "uncertainty": "it is drawn once a future and stays",
    "constant": "a constant stays as it is",
    "reading": "only reports change what is seen",
    "ladder": "a ladder moves by its own rungs",
    "rung": "a ladder moves by its own rungs",
}


def assignments(
    names: Names,
    effect: Table[str, Written | Cases] | None,
    root: Mapping,
    path: Path,
    local: Table[str, Kind] | None = None,
) -> tuple[Assign, ...] | None:
    """The lines of an effect, each right side of its target's kind; None when one has a fault."""
    made: list[Assign] = []
    sound = True
    for target, value in (effect or {}).items():
        origin = key_origin(root, (*path, target))
        kind = target_kind(names, target, origin)
        expr = names.value(value, REALISED, kind, local) if kind is not None else None
        if expr is None:
            sound = False
        else:
            side = names.outside(expr, target)
            if side and isinstance(value, Written):
                names.fault_at(value, f"{value} lies {side} the range of `{target}`", "it is never clamped")
            made.append(Assign(target, expr, origin))
    return tuple(made) if sound else None


def target_kind(names: Names, target: str, origin: Origin, by: str = "an effect") -> Kind | None:
    """The kind of a state that an effect (or what `by` says) may set, or None with a fault that says why it may not."""
    found = names.meanings.get(target)
    if found is not None and found.group == "state":
        return found.kind
    if target in names.broken:
        return None
    if found is not None or target in names.hints:
        group = found.group if found is not None else "ladder"
        names.fault(origin, f"{by} cannot set `{target}`, {WORDS[group]}: {REASONS[group]}", "", len(target))
        return None
    states = [name for name, meaning in names.meanings.items() if meaning.group == "state"]
    meant = nearest(target, states)
    suggestion = f"did you mean {meant}?" if meant else f"add {target} to `state`"
    names.fault(origin, f"there is no state `{target}` to set", suggestion, len(target))
    return None
