"""What the layers of a scenario say together, with the place of every entry, as text: read back, it resolves alike.

So a part of a run can be finished where the author's files are not. Of places it keeps the names of files, not their
folders, which are not the run's.
"""

import json
from pathlib import PurePath
from typing import Any

from escalation.language.layers import COMMAND_LINE
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.model.process import Origin


def to_text(written: Mapping) -> str:
    """A document with its places as one line of JSON."""
    places: dict[tuple[str, str], int] = {}
    told = _told(written, places)
    files = [[_name(file), layer] for file, layer in places]
    return json.dumps({"files": files, "document": told}, ensure_ascii=False, separators=(",", ":")) + "\n"


def from_text(text: str) -> Mapping:
    """The document of such a text. Raises ValueError where it is none."""
    try:
        told = json.loads(text)
        node = _node(told["document"], [(str(file), str(layer)) for file, layer in told["files"]])
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"it is no document with places: {error}") from error
    if not isinstance(node, Mapping):
        raise ValueError("it is no document with places")
    return node


def _name(file: str) -> str:
    return file if file == COMMAND_LINE else PurePath(file).name


Place = list[int]
"""Number of the file, line, column."""


def _place(origin: Origin, places: dict[tuple[str, str], int]) -> Place:
    kind, _, name = origin.layer.partition(":")
    layer = f"{kind}:{PurePath(name).name}" if kind == "overlay" else origin.layer
    return [places.setdefault((origin.file, layer), len(places)), origin.line, origin.column]


def _told(node: Node | None, places: dict[tuple[str, str], int]) -> Any:
    match node:
        case None:
            return None
        case Scalar():
            place = _place(node.origin, places)
            return ["s", place, node.text, node.quoted, node.segments, _told(node.instead, places)]
        case Sequence():
            return ["q", _place(node.origin, places), [_told(item, places) for item in node.items]]
        case Mapping():
            entries = [[name, _told(child, places)] for name, child in node.entries.items()]
            keys = [[name, _place(origin, places)] for name, origin in node.keys.items()]
            return ["m", _place(node.origin, places), entries, keys, node.flow, sorted(node.refused)]


Files = list[tuple[str, str]]


def _origin(place: Place, files: Files) -> Origin:
    number, line, column = place
    file, layer = files[number]
    return Origin(file, line, column, layer)


def _node(told: Any, files: Files) -> Node:
    match told:
        case ["s", place, text, quoted, segments, instead]:
            before = None if instead is None else _node(instead, files)
            assert before is None or isinstance(before, Scalar)
            spans = tuple((start, line, column) for start, line, column in segments)
            return Scalar(text, _origin(place, files), quoted, spans, before)
        case ["q", place, items]:
            return Sequence(tuple(_node(item, files) for item in items), _origin(place, files))
        case ["m", place, entries, keys, flow, refused]:
            return Mapping(
                entries={name: _node(child, files) for name, child in entries},
                keys={name: _origin(origin, files) for name, origin in keys},
                origin=_origin(place, files),
                flow=flow,
                refused=frozenset(refused),
            )
        case _:
            raise ValueError("it is no document with places")
