"""What two documents say differently, entry by entry, with the place of each.

Comments, the order of keys, spaces and the digits' underscores do not count, and neither does a default written out.
Entries are met by their names: a rung by its id, a claim by its words, other entries of a list by their position.
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass, replace
from typing import TypeGuard

from escalation.language.layers import COMMAND_LINE
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.model.process import Origin

NAMED_BY = ("id", "claim")
"""What names an entry of a list, where it has it."""
UNORDERED = ("units", "source", "seen_by")
"""Lists in which order means nothing."""
SETTINGS = ("set", "effect", "draw")
"""Entries that are the sum of their own: absent, they are empty."""
Place = str
"""`file:line`, or `--set`."""
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that two documents say differently.

    path: names from the top, such as ("levers", "threshold", "default"). before, after: what is written, on one line;
    None where there is no such entry. was, now: where it is written; empty where it is not, or is a default.
    whole: the entry has entries of its own, and stands or falls with all of them.
    """

    path: Path
    before: str | None
    after: str | None
    was: Place = ""
    now: Place = ""
    whole: bool = False


def differences(
    before: Mapping,
    after: Mapping,
    was: Table[str, Place] | None = None,
    now: Table[str, Place] | None = None,
) -> tuple[Change, ...]:
    """Every change, in the order of `after`, what was removed after what stands beside it.

    was, now: places of entries, as `places` gives them, where the documents' own would not help a reader.
    """
    was = places(before) if was is None else was
    now = places(after) if now is None else now
    return tuple(
        Change(path, said_before, said_after, was.get(key(path), ""), now.get(key(path), ""), whole)
        for path, said_before, said_after, whole in _changes(before, after, ())
    )


def places(document: Mapping) -> dict[str, Place]:
    """Where each entry of a document is written, by its key; defaults are written nowhere."""
    return dict(_places(document, ()))


def key(path: Path) -> str:
    """A path as the key of a table."""
    return "/".join(path)


def authored(document: Mapping) -> Mapping:
    """The document without what was filled in: the entries that some layer wrote."""
    entries: dict[str, Node] = {}
    for name, node in document.entries.items():
        if node.origin.layer != "default":
            entries[name] = authored(node) if isinstance(node, Mapping) else _authored_items(node)
        elif isinstance(node, Mapping):
            found = authored(node)
            if found.entries:
                # `gates: {law: open}` was written, and `{when: open, label: …}` made of it.
                entries[name] = found.entries.get("when", found)
    return Mapping(entries, document.keys, document.origin, document.flow)


def _authored_items(node: Scalar | Sequence) -> Scalar | Sequence:
    if isinstance(node, Scalar):
        return node
    return Sequence(tuple(authored(item) if isinstance(item, Mapping) else item for item in node.items), node.origin)


def _place(origin: Origin) -> Place:
    if origin.layer == "default":
        return ""
    return COMMAND_LINE if origin.file == COMMAND_LINE else f"{origin.file}:{origin.line}"


def _places(node: Node, path: Path) -> Iterator[tuple[str, Place]]:
    for name, (child, at) in (_entries(node) or {}).items():
        place = _place(child.origin if isinstance(child, Scalar) else at)
        if place:
            yield key((*path, name)), place
        yield from _places(child, (*path, name))


def _entries(node: Node) -> dict[str, tuple[Node, Origin]] | None:
    """The named entries of a node with the places of their names; None if it is one value or a list of values."""
    match node:
        case Scalar():
            return None
        case Mapping():
            return {name: (child, node.keys.get(name, child.origin)) for name, child in node.entries.items()}
        case Sequence():
            if not any(isinstance(item, Mapping) for item in node.items):
                return None
            found: dict[str, tuple[Node, Origin]] = {}
            for number, item in enumerate(node.items, 1):
                name = _name(item, number)
                place = _first(item) if isinstance(item, Mapping) else item.origin
                found[f"{name} ({number})" if name in found else name] = item, place
            return found


def _first(item: Mapping) -> Origin:
    """Where an entry of a list begins: at its first key."""
    return next(iter(item.keys.values()), item.origin)


def _name(item: Node, number: int) -> str:
    named = [item.entries.get(word) for word in NAMED_BY] if isinstance(item, Mapping) else []
    return next((node.text for node in named if isinstance(node, Scalar)), str(number))


def _changes(before: Node, after: Node, path: Path) -> Iterator[tuple[Path, str | None, str | None, bool]]:
    mine, other = _entries(before), _entries(after)
    if mine is None or other is None:
        if _meaning(before, path) != _meaning(after, path):
            yield path, said(before), said(after), False
        return
    for name, (node, _) in other.items():
        if name in mine:
            yield from _changes(mine[name][0], node, (*path, name))
        elif _is_sum(node, path, name):
            yield from _changes(replace(node, entries={}), node, (*path, name))
        else:
            yield (*path, name), None, said(node), _entries(node) is not None
    for name, (node, _) in mine.items():
        if name not in other:
            if _is_sum(node, path, name):
                yield from _changes(node, replace(node, entries={}), (*path, name))
            else:
                yield (*path, name), said(node), None, _entries(node) is not None


def _is_sum(node: Node, path: Path, name: str) -> TypeGuard[Mapping]:
    """Whether an entry says no more than its own entries do: a section, `set`, `effect`."""
    return isinstance(node, Mapping) and (not path or name in SETTINGS)


def said(node: Node) -> str:
    """A node on one line."""
    match node:
        case Scalar():
            return " ".join(node.text.split())
        case Sequence():
            return f"[{', '.join(map(said, node.items))}]"
        case Mapping():
            return "{" + ", ".join(f"{name}: {said(child)}" for name, child in node.entries.items()) + "}"


def _meaning(node: Node, path: Path) -> object:
    """What of a value counts: its words and signs; of a list, its values, in order where order counts."""
    if isinstance(node, Sequence):
        found = [_meaning(item, ()) for item in node.items]
        if path and path[-1] in UNORDERED:
            found.sort(key=repr)
        return found[0] if len(found) == 1 else tuple(found)
    words = re.findall(r"\w+|[^\w\s]", said(node))
    return tuple(word.replace("_", "") if word[0].isdigit() else word for word in words)
