"""YAML 1.2 to nodes: every scalar keeps its author's text, and nothing is converted.

So `NO`, `on`, `12:30`, `1e3` and `2027-02-30` arrive as they were written, for whoever knows what belongs there.
The dialect is smaller than YAML: no tags, no anchors, aliases or merge keys (`extends:` shares text between files,
`constants:` shares numbers; without aliases there are no alias bombs), one document, no empty values, keys of one
line. PyYAML's event stream does the parsing, libyaml's where PyYAML was built with it (ten times faster).
"""

import os
import re
from pathlib import Path
from typing import Any

import yaml

from escalation.language.braces import Piece, torn_entries
from escalation.language.encoding import decode
from escalation.language.faults import Fault
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.language.syntax import explain
from escalation.model.process import Origin

LARGEST = 2_000_000
"""Bytes: a larger file is refused before it is read."""
DEEPEST = 50
"""Levels of lists and mappings inside one another."""
LONGEST_KEY = 100
"""Characters."""
STUDY = "study"
"""The layer of a study's file, which is no scenario."""
MERGE = "<<"
"""The merge key; among a mapping's refused keys it stands for every key that might have come with it."""
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Read = tuple[Node | None, list[Fault]]
"""A tree, and the faults found on the way."""

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_PLAIN_TAGS = frozenset(("!", "str", "int", "float", "bool", "null", "seq", "map"))
_REUSE = "share text with extends:, numbers with constants:, or put the value in quotes"
_INVISIBLE = re.compile("[\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_TOUCHING = re.compile(r"[ \t]+#(?=[^\s#])")
_LINE_BREAK = re.compile("\r\n|\n")
_Event = Any


def read_file(path: str | os.PathLike[str], file: str | None = None, layer: str = "scenario") -> Read:
    """The tree of one file, as `read_text`. file: the name to show, by default the path as given."""
    shown = os.fspath(path) if file is None else file
    data, faults = file_bytes(path, shown, layer)
    return (None, faults) if data is None else read_text(data, shown, layer)


def file_bytes(path: str | os.PathLike[str], file: str, layer: str = "scenario") -> tuple[bytes | None, list[Fault]]:
    """The bytes of a file of at most `LARGEST` bytes, or the fault that says why not."""
    place = Origin(file, 1, 1, layer)
    try:
        with Path(path).open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            data = stream.read(LARGEST + 1) if size <= LARGEST else b""
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "this is no path").lower()
        return None, [Fault.at(place, f"this file cannot be read: {reason}")]
    if max(size, len(data)) > LARGEST:
        return None, [_too_large(place)]
    return data, []


def read_text(text: str | bytes, file: str, layer: str = "scenario") -> Read:
    """The tree of one document, and every fault found, sorted.

    The tree is None where nothing can be made of the text (syntax, encoding, no mapping at the top). Otherwise what
    was refused is left out of it, and `Mapping.refused` names the keys.
    """
    if len(text) > LARGEST:
        return None, [_too_large(Origin(file, 1, 1, layer))]
    decoded, faults = decode(text, file, layer)
    if decoded is None:
        return None, faults
    node, more = read_tree(decoded, file, layer)
    if node is not None and not isinstance(node, Mapping):
        colon = "put a space after each colon" if isinstance(node, Scalar) and ":" in node.text else ""
        kind = "a list" if isinstance(node, Sequence) else "text"
        what = _called(layer)
        more.append(Fault.at(node.origin, f"a {what} is a mapping of names to values, not {kind}", colon))
        node = None
    return node, sorted(faults + more)


def _called(layer: str) -> str:
    return STUDY if layer == STUDY else "scenario"


def read_tree(text: str, file: str, layer: str) -> Read:
    """The tree of decoded text, whatever stands at its top."""
    tree = _Tree(text, file, layer)
    try:
        return tree.document(), tree.faults
    except yaml.MarkedYAMLError as error:
        tree.faults.append(explain(error, text, file, layer))
    except _Stop:
        pass
    return None, tree.faults


def _too_large(place: Origin) -> Fault:
    return Fault.at(
        place, f"this file is larger than {LARGEST:_} bytes", "keep data in files of their own, not in YAML"
    )


def _is_null(event: _Event) -> bool:
    return isinstance(event, yaml.ScalarEvent) and not event.style and event.value in _NULLS


class _Stop(Exception):
    """Nothing more can be read; the fault has been given."""


class _Tree:
    """One pass over the events of one text."""

    def __init__(self, text: str, file: str, layer: str) -> None:
        self.text, self.file, self.layer = text, file, layer
        self.faults: list[Fault] = []
        self.events = yaml.parse(text, Loader=LOADER)
        self.reached: _Event = None

    def take(self) -> _Event:
        """The next event."""
        self.reached = next(self.events)
        return self.reached

    def origin(self, mark: Any) -> Origin:
        """The place of a mark."""
        return Origin(self.file, mark.line + 1, mark.column + 1, self.layer)

    def fault(self, event: _Event, message: str, suggestion: str = "", length: int = 0) -> None:
        """A fault at the event; the caret underlines `length` characters, or the event when it is on one line."""
        start, end = event.start_mark, event.end_mark
        length = length or (end.index - start.index if start.line == end.line else 1)
        self.faults.append(Fault.at(self.origin(start), message, suggestion, max(1, length)))

    def document(self) -> Node | None:
        """The tree of the only document."""
        self.take()
        start = self.take()
        if isinstance(start, yaml.StreamEndEvent):
            self.empty()
            return None
        if start.tags or (start.version is not None and tuple(start.version) != (1, 2)):
            self.fault(start, "a line that begins with % changes how YAML is read", "leave it out: this is YAML 1.2", 1)
        first = self.take()
        if _is_null(first) and not first.value:
            self.empty()
            return None
        node = self.node(first, 1)
        self.take()
        after = self.take()
        if isinstance(after, yaml.DocumentStartEvent):
            cure = "" if self.layer == STUDY else ": use extends for parts"
            what = f"one file holds one {_called(self.layer)}"
            self.fault(after, "a second document begins here", what + cure, 3)
        return node

    def empty(self) -> None:
        """An empty file."""
        begin = "study: 1" if self.layer == STUDY else "escalation: 1"
        self.faults.append(Fault(self.file, 1, 1, "this file is empty", f"begin with `{begin}`", 1, self.layer))

    def node(self, event: _Event, depth: int) -> Node | None:
        """The node that begins with the event, or None when it was refused."""
        if isinstance(event, yaml.AliasEvent):
            self.fault(event, f"*{event.anchor} repeats another part of the file: aliases are not read", _REUSE)
            return None
        self.properties(event)
        if _is_foreign(event):
            self.pass_over(event, depth)
            return None
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if depth > DEEPEST:
            self.fault(event, f"more than {DEEPEST} levels of lists and mappings inside one another", length=1)
            raise _Stop
        return self.sequence(event, depth) if isinstance(event, yaml.SequenceStartEvent) else self.mapping(event, depth)

    def pass_over(self, event: _Event, depth: int) -> None:
        """What stands behind a tag of another language: read to its end, and nothing said of it."""
        before = len(self.faults)
        event.tag = event.anchor = None
        self.node(event, depth)
        del self.faults[before:]

    def properties(self, event: _Event) -> None:
        """Anchors and tags are faults; what they stand before is read."""
        if event.anchor is not None:
            self.fault(event, f"&{event.anchor} names a part of the file for reuse: anchors are not read", _REUSE, 1)
        if event.tag is not None:
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")
            cure = "leave it out; a text that begins with ! stands in quotes, and a negation is `not x`"
            self.fault(event, f"{shown} is a YAML tag: tags are not read", cure, 1)

    def scalar(self, event: _Event) -> Scalar | None:
        """One value."""
        if _is_null(event):
            self.null(event)
            return None
        if event.style and (match := _CONTROL.search(event.value)):
            self.fault(event, f"this text holds the control character U+{ord(match.group()):04X}", "leave it out")
            return None
        if not event.style:
            self.comment(event)
        return Scalar(event.value, self.origin(event.start_mark), bool(event.style), self.segments(event))

    def null(self, event: _Event) -> None:
        """A value that is none."""
        if event.tag is not None or event.anchor is not None:
            return
        rest = _LINE_BREAK.split(self.text[event.end_mark.index : event.end_mark.index + 200], 1)[0].lstrip(" \t")
        if not event.value and rest.startswith("#") and not rest.startswith("# "):
            self.fault(event, "this value is empty: YAML drops everything from #", "put the value in quotes", 1)
        elif event.value:
            self.fault(event, f"{event.value} is no value", "give it a value or leave the key out")
        else:
            self.fault(event, "this value is empty", "give it a value or leave the key out", 1)

    def comment(self, event: _Event) -> None:
        """A comment that touches its text was probably meant as text: `Rung #2`."""
        match = _TOUCHING.match(self.text, event.end_mark.index)
        if match:
            mark = event.end_mark
            place = Origin(self.file, mark.line + 1, mark.column + len(match.group()), self.layer)
            cure = "put the whole value in quotes, or write a space after # if it is a comment"
            self.faults.append(Fault.at(place, "YAML drops everything from this # to the end of the line", cure))

    def segments(self, event: _Event) -> tuple[tuple[int, int, int], ...]:
        """Where the source lines of a text begin inside it; see `Scalar`."""
        start, end = event.start_mark, event.end_mark
        if not event.style and start.line == end.line:
            return ()
        quote = event.style if event.style in ("'", '"') else ""
        found: list[tuple[int, int, int]] = []
        cursor = 0
        for number, line in enumerate(_LINE_BREAK.split(self.text[start.index : end.index])):
            if number == 0 and event.style in ("|", ">"):
                continue
            lead = len(line) - len(line.lstrip(" \t")) if number else len(quote)
            body = line[lead:].removesuffix(quote).rstrip(" \t")
            position = event.value.find(body, cursor) if body else -1
            if position >= 0:
                found.append((position, start.line + number + 1, lead + 1 + (0 if number else start.column)))
                cursor = position + len(body)
        return tuple(found)

    def sequence(self, start: _Event, depth: int) -> Sequence | None:
        """One list; None when commas tore its entries, so that nobody counts them."""
        items: list[Node] = []
        pieces: list[Piece] = []
        while not isinstance(event := self.take(), yaml.SequenceEndEvent):
            node = self.node(event, depth + 1)
            if start.flow_style:
                pieces.append(self.piece(None, event))
            if node is not None:
                items.append(node)
        torn = torn_entries(pieces, self.origin)[0]
        self.faults += torn
        return None if torn else Sequence(tuple(items), self.origin(start.start_mark))

    def mapping(self, start: _Event, depth: int) -> Mapping:
        """One mapping."""
        pairs: list[tuple[_Event, Node | None]] = []
        pieces: list[Piece] = []
        merged = False
        while not isinstance(key := self.take(), yaml.MappingEndEvent):
            usable = self.key(key, depth)
            merged = merged or _is_merge(key)
            event = self.take()
            bare = bool(start.flow_style) and self.bare(key, event)
            node = None if bare else self.node(event, depth + 1)
            if usable:
                pairs.append((key, node))
                if start.flow_style:
                    pieces.append(self.piece(key, event, bare))
        faults, torn = torn_entries(pieces, self.origin)
        self.faults += faults
        tight = {pieces[at].key or "" for at in torn if pieces[at].tight}
        missing = {name.partition(":")[0] for name in tight} | ({MERGE} if merged else set())
        return self.collect(pairs, torn, start, missing)

    def bare(self, key: _Event, value: _Event) -> bool:
        """Whether a key inside braces has neither colon nor value."""
        empty = _is_null(value) and not value.value and value.tag is None and value.anchor is None
        return empty and not self.text[key.end_mark.index :].lstrip().startswith(":")

    def collect(
        self, pairs: list[tuple[_Event, Node | None]], torn: set[int], start: _Event, missing: set[str]
    ) -> Mapping:
        """The entries, less those refused or written twice. missing: what refused keys stood for."""
        entries: dict[str, Node] = {}
        keys: dict[str, Origin] = {}
        refused = set(missing)
        for place, (key, node) in enumerate(pairs):
            name = key.value
            first = keys.setdefault(name, here := self.origin(key.start_mark))
            if place in torn:
                refused.add(name)
            elif first != here:
                message = f'"{name}" is written twice: first at line {first.line}, column {first.column}'
                self.fault(key, message, "keep one of the two")
            elif node is None:
                refused.add(name)
            else:
                entries[name] = node
        keys = {name: keys[name] for name in entries}
        return Mapping(entries, keys, self.origin(start.start_mark), bool(start.flow_style), frozenset(refused))

    def piece(self, key: _Event, event: _Event, bare: bool = False) -> Piece:
        """An entry as braces see it, once it has been read."""
        first, last = key or event, key if bare else self.reached
        text = "" if bare else self.text[event.start_mark.index : last.end_mark.index]
        scalar = isinstance(event, yaml.ScalarEvent) and not event.style
        plain = not key.style if key is not None else scalar
        name = None if key is None else key.value
        return Piece(name, text, plain, scalar, bare, first.start_mark, last.end_mark)

    def key(self, event: _Event, depth: int) -> bool:
        """Whether the event is a key that can be used; otherwise it is a fault, and passed over."""
        if not isinstance(event, yaml.ScalarEvent):
            self.fault(event, "a list or mapping cannot be a key", "a key is a name", 1)
            before = len(self.faults)
            self.node(event, depth + 1)
            del self.faults[before:]
            return False
        self.properties(event)
        message, cure = _key_fault(event)
        if message:
            self.fault(event, message, cure)
        return not message


def _is_foreign(event: _Event) -> bool:
    """Whether a tag asks for something that plain YAML does not have."""
    return event.tag is not None and event.tag.removeprefix("tag:yaml.org,2002:") not in _PLAIN_TAGS


def _is_merge(event: _Event) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.value == MERGE and not event.style


def _key_fault(event: _Event) -> tuple[str, str]:
    """What is wrong with a key, and the cure; empty texts when nothing is."""
    if _is_merge(event):
        return "<< merges another part of the file: merge keys are not read", _REUSE
    if not event.value or (event.value in _NULLS and not event.style):
        return "a value without a name", "write `name: value`"
    if "\n" in event.value or len(event.value) > LONGEST_KEY or _CONTROL.search(event.value):
        return f"a key of more than one line or {LONGEST_KEY} characters", "a key is a name"
    if match := _INVISIBLE.search(event.value):
        return f"this key holds the invisible character U+{ord(match.group()):04X}", "type the name anew"
    return "", ""
