"""Setting one value of a document by its path: what `--set` and an expectation's `given:` share.

A path is the keys from the top, joined by dots (`levers.patience.default`); in a list, an item's `id:` or its number
from 0. Or it is short: the name of a lever (its default), a constant or an uncertainty (its value), `NAME.initial` of a
state, and, kept aside because only policies know them, `LADDER.ceiling` and `NAME.active`.
"""

from collections.abc import Iterator
from dataclasses import replace

from escalation.language.faults import Fault, nearest
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.model.process import Origin

_SHORT = {"levers": "default", "constants": "value", "uncertainties": "value"}
_SPREAD = ("value", "deep", "draws", "cases")


def merge(below: Mapping, above: Mapping) -> Mapping:
    """Both mappings' entries; where both have a key, two mappings merge and anything else is the upper one's."""
    entries = dict(below.entries)
    for name, node in above.entries.items():
        old = entries.get(name)
        entries[name] = merge(old, node) if isinstance(old, Mapping) and isinstance(node, Mapping) else node
    keys = below.keys | above.keys
    refused = (below.refused - set(above.entries)) | (above.refused - set(below.entries))
    return Mapping(entries, keys, above.origin, below.flow and above.flow, refused)


def assign(document: Mapping, path: str, origin: Origin, value: Node) -> tuple[Mapping, dict[str, Node], list[Fault]]:
    """The document with one value set, what was kept aside, and the fault if the path leads nowhere.

    origin: where the path was written. A mapping set on a mapping merges with it. The last key of a path may be new
    where it is a field of something; whether such a field exists is for the check of shape to say.
    """
    name, _, last = path.rpartition(".")
    if last in ("ceiling", "active") and (name in _section(document, "ladders") or last == "active"):
        return document, {path: value}, []
    try:
        for section, key in _SHORT.items():
            if path in _section(document, section):
                return _short(document, section, path, key, origin, value), {}, []
        if last == "initial" and name in _section(document, "state"):
            return _set(document, ["state", name, "initial"], origin, value), {}, []
        return _set(document, path.split("."), origin, value, top=True), {}, []
    except _NoSuchPath as wrong:
        fault = Fault.at(origin, f'there is no "{path}" to set', _suggest(document, path, wrong), max(1, len(path)))
        return document, {}, [fault]
    except _NoSuchWord as wrong:
        cure = "it is one of " + ", ".join(wrong.words)
        return document, {}, [Fault.at(value.origin, f'"{path}" cannot be set to this', cure)]


class _NoSuchPath(Exception):
    """Where a path ends: the step that leads nowhere, its place among the steps, and the keys that stand there."""

    def __init__(self, place: int, candidates: list[str]) -> None:
        self.place, self.candidates = place, candidates


class _NoSuchWord(Exception):
    """The words of a category, none of which was given."""

    def __init__(self, words: list[str]) -> None:
        self.words = words


def _section(document: Mapping, name: str) -> dict[str, Node]:
    node = document.entries.get(name)
    return node.entries if isinstance(node, Mapping) else {}


def _short(document: Mapping, section: str, name: str, key: str, origin: Origin, value: Node) -> Mapping:
    """A lever's default, or the value of a constant or an uncertainty in place of its distribution."""
    old = _section(document, section)[name]
    if not isinstance(old, Mapping):
        return _set(document, [section, name], origin, value)
    words = old.entries.get("one_of")
    if isinstance(words, Mapping):
        return _set(document, [section, name, "one_of"], origin, _certain(words, value), whole=True)
    entries = {field: node for field, node in old.entries.items() if field == key or field not in _SPREAD}
    before = old.entries.get(key)
    if isinstance(before, Scalar) and isinstance(value, Scalar):
        value = replace(value, instead=before)
    entries[key] = value
    keys = {field: old.keys.get(field, origin) for field in entries} | {key: origin}
    fixed = Mapping(entries, keys, old.origin, old.flow, old.refused - {key})
    return _set(document, [section, name], origin, fixed, whole=True)


def _certain(words: Mapping, value: Node) -> Mapping:
    """A category that is one of its words for sure; the words stay known."""
    if not isinstance(value, Scalar) or value.text not in words.entries:
        raise _NoSuchWord(list(words.entries))
    shares: dict[str, Node] = {word: Scalar("0%", value.origin) for word in words.entries}
    shares[value.text] = Scalar("100%", value.origin)
    return Mapping(shares, words.keys, words.origin, words.flow)


def _set(
    node: Mapping, steps: list[str], origin: Origin, value: Node, *, top: bool = False, whole: bool = False
) -> Mapping:
    """The mapping with the value at the path. top: the path begins at the document, whose keys are all there."""
    for size in range(len(steps), 0, -1):
        name = ".".join(steps[:size])
        if name in node.entries:
            new = _descend(node.entries[name], steps, size, origin, value, whole)
            keys = node.keys | ({name: origin} if size == len(steps) and not whole else {})
            return Mapping(node.entries | {name: new}, keys, node.origin, node.flow, node.refused)
    things = isinstance(value, Scalar) and all(isinstance(child, Mapping) for child in node.entries.values())
    if len(steps) > 1 or top or things:
        raise _NoSuchPath(0, list(node.entries))
    entries, keys = node.entries | {steps[0]: value}, node.keys | {steps[0]: origin}
    return Mapping(entries, keys, node.origin, node.flow, node.refused - {steps[0]})


def _descend(old: Node, steps: list[str], size: int, origin: Origin, value: Node, whole: bool) -> Node:
    """What stands at a key after `size` steps of the path have led to it."""
    rest = steps[size:]
    if not rest:
        both = isinstance(old, Mapping) and isinstance(value, Mapping) and not whole
        return merge(old, value) if both and isinstance(old, Mapping) and isinstance(value, Mapping) else value
    try:
        if isinstance(old, Mapping):
            return _set(old, rest, origin, value, whole=whole)
        if isinstance(old, Sequence):
            return _set_item(old, rest, origin, value, whole)
    except _NoSuchPath as deeper:
        raise _NoSuchPath(deeper.place + size, deeper.candidates) from None
    raise _NoSuchPath(size, [])


def _set_item(old: Sequence, steps: list[str], origin: Origin, value: Node, whole: bool) -> Sequence:
    """A list with the value set in the item whose `id:`, or whose number from 0, is the first step."""
    names = list(_item_names(old))
    if steps[0] not in names and not (steps[0].isdecimal() and int(steps[0]) < len(old.items)):
        raise _NoSuchPath(0, [name for name in names if name])
    place = names.index(steps[0]) if steps[0] in names else int(steps[0])
    new = _descend(old.items[place], steps, 1, origin, value, whole)
    return Sequence((*old.items[:place], new, *old.items[place + 1 :]), old.origin)


def _item_names(items: Sequence) -> Iterator[str]:
    for item in items.items:
        name = item.entries.get("id") if isinstance(item, Mapping) else None
        yield name.text if isinstance(name, Scalar) else ""


def _suggest(document: Mapping, path: str, wrong: _NoSuchPath) -> str:
    """The path that was probably meant."""
    steps = path.split(".")
    step = nearest(steps[wrong.place], wrong.candidates)
    if step is not None:
        return f"did you mean {'.'.join([*steps[: wrong.place], step, *steps[wrong.place + 1 :]])}?"
    paths = {name for section in _SHORT for name in _section(document, section)}
    paths |= {f"{name}.initial" for name in _section(document, "state")}
    paths |= {f"{name}.ceiling" for name in _section(document, "ladders")}
    close = nearest(path, paths)
    return f"did you mean {close}?" if close else "write a whole path, or the name of a lever, constant or uncertainty"
