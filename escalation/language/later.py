"""Parts of the language that are designed and not yet built: refused by name, never read as something else."""

from dataclasses import replace

from escalation.language.faults import Fault
from escalation.language.node import Mapping, Node, Path, Scalar, Sequence

LATER: tuple[tuple[tuple[str, ...], str], ...] = (
    (("intelligence", "*", "believed"), "beliefs by actor; `combine:` says what everybody believes"),
)
"""Where each may be written (`*` is any name or place in a list), and what it is."""


def refuse_later(node: Mapping) -> tuple[Mapping, list[Fault], set[str]]:
    """The document without what a later version brings, a fault for each such entry, and names that went with them."""
    faults: list[Fault] = []
    kept = _without(node, (), faults)
    assert isinstance(kept, Mapping)
    kept, undefined = _without_undefined(node, kept)
    return kept, faults, undefined


def _without_undefined(before: Mapping, after: Mapping) -> tuple[Mapping, set[str]]:
    """An uncertainty or event that only a later version can draw or start is left out whole."""
    undefined: set[str] = set()
    for section in ("uncertainties", "events"):
        old, new = before.entries.get(section), after.entries.get(section)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            gone = {name for name, entry in new.entries.items() if entry != old.entries[name]}
            kept = replace(new, entries={name: entry for name, entry in new.entries.items() if name not in gone})
            after = replace(after, entries={**after.entries, section: kept})
            undefined |= gone
    return after, undefined


def _alike(path: Path, pattern: tuple[str, ...]) -> bool:
    return len(path) == len(pattern) and all(wanted in ("*", step) for step, wanted in zip(path, pattern, strict=True))


def _refusal(path: Path) -> str | None:
    for pattern, what in LATER:
        if _alike(path, pattern):
            return f"`{path[-1]}` ({what}) comes in a later version of the language"
    return None


def _without(node: Node, path: Path, faults: list[Fault]) -> Node:
    if isinstance(node, Scalar):
        return node
    if isinstance(node, Sequence):
        return replace(node, items=tuple(_without(item, (*path, i), faults) for i, item in enumerate(node.items)))
    entries: dict[str, Node] = {}
    for key, value in node.entries.items():
        refusal = _refusal((*path, key))
        if refusal is None:
            entries[key] = _without(value, (*path, key), faults)
        else:
            faults.append(Fault.at(node.keys[key], refusal, length=len(key)))
    return replace(node, entries=entries)
