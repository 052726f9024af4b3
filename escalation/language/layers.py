"""One document from several: bases named by `extends:`, the file, overlays, and settings from the command line.

Later layers win: bases in the order written, then the file that names them, then each `--overlay`, then each `--set`.
Mappings merge key by key; anything else (a list too) replaces what was there whole. Nothing can be removed by a
later layer. Every node keeps the file, place and layer that it came from.

Bases lie in the folder of the file that was asked for, or below it: no absolute path, no way out by `..` or by a link.
What lies outside is never opened, so no message can quote it or tell whether it exists.
"""

import os
from collections.abc import Sequence as Many
from functools import reduce
from pathlib import Path

from escalation.language.encoding import decode
from escalation.language.faults import Fault, Sources
from escalation.language.joint_files import with_joint_draws
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.language.own_folder import forbidden
from escalation.language.settings import assign, merge
from escalation.language.tables import with_rows
from escalation.language.yaml12 import file_bytes, read_text, read_tree
from escalation.model.process import Origin

MOST_FILES = 100
"""Files that one document may be made of."""
COMMAND_LINE = "--set"
"""The file that settings from the command line are said to come from; the k-th stands on line k."""


def load(
    path: str | os.PathLike[str], overlays: Many[str | os.PathLike[str]] = (), sets: Many[str] = ()
) -> tuple[Mapping | None, list[Fault], Sources]:
    """The merged document, every fault, and the texts read; None when any file could not be read at all."""
    sources = Sources()
    reader = _Reader(sources)
    layers = [reader.asked_for(path, "scenario")]
    layers += [reader.asked_for(overlay, f"overlay:{os.fspath(overlay)}") for overlay in overlays]
    faults = reader.faults
    whole = [layer for layer in layers if layer is not None]
    document = reduce(merge, whole) if len(whole) == len(layers) else None
    pairs, more = _command_line(sets, sources)
    faults += more
    if document is not None:
        for (written, origin), value in pairs:
            document, aside, more = assign(document, written, origin, value)
            sources.settings.update(aside)
            faults += more
        document, more = _with_files(document, reader.roots, sources)
        faults += more
    return document, sorted(set(faults)), sources


def apply_given(document: Mapping, given: Mapping) -> tuple[Mapping, dict[str, Node], list[Fault]]:
    """The document with an expectation's `given:` applied, the settings kept aside by path, and the faults."""
    aside: dict[str, Node] = {}
    faults: list[Fault] = []
    for path, value in given.entries.items():
        document, more, found = assign(document, path, given.keys[path], value)
        aside |= more
        faults += found
    return document, aside, faults


def bottom(path: str | os.PathLike[str]) -> Mapping | None:
    """What lies below every layer: the bases of a file, merged, or the file itself where it extends none."""
    sources = Sources()
    reader = _Reader(sources)
    shown, root = os.fspath(path), Path(os.path.realpath(Path(path).parent))
    own = reader.read(Path(path), shown, "scenario")
    named = reader.named(own) if own is not None else []
    if not named:
        reader.roots[shown] = root
        return _with_files(own, reader.roots, sources)[0] if own is not None else None
    ring = ((os.path.realpath(path), shown),)
    found = [base for node in named if (base := reader.base(node, shown, root, ring)) is not None]
    return _with_files(reduce(merge, found), reader.roots, sources)[0] if found else None


def _with_files(document: Mapping, folders: dict[str, Path], sources: Sources) -> tuple[Mapping, list[Fault]]:
    """The document with the texts of the files that it names: joint draws, tables of evidence; and the faults."""
    document, faults = with_joint_draws(document, folders, sources)
    document, more = with_rows(document, folders, sources)
    return document, faults + more


_Ring = tuple[tuple[str, str], ...]
"""(resolved path, name shown) of the files that lead to one."""


class _Reader:
    """Reads files and their bases, each once."""

    def __init__(self, sources: Sources) -> None:
        self.texts = sources.texts
        self.faults: list[Fault] = []
        self.done: dict[tuple[str, str], Mapping | None] = {}
        self.roots: dict[str, Path] = {}

    def asked_for(self, path: str | os.PathLike[str], layer: str) -> Mapping | None:
        """A file named by the user, which may lie anywhere; its bases must lie in its folder."""
        shown = os.fspath(path)
        return self.whole(Path(path), shown, layer, Path(os.path.realpath(Path(path).parent)), ())

    def whole(self, path: Path, shown: str, layer: str, root: Path, ring: _Ring) -> Mapping | None:
        """A file merged onto its bases."""
        resolved = os.path.realpath(path)
        known = (resolved, str(root))
        if known in self.done:
            return self.done[known]
        own = self.read(path, shown, layer)
        self.roots[shown] = root
        merged = None
        if own is not None:
            found = [self.base(node, shown, root, (*ring, (resolved, shown))) for node in self.named(own)]
            bases = [base for base in found if base is not None]
            rest = {name: node for name, node in own.entries.items() if name != "extends"}
            keys = {name: origin for name, origin in own.keys.items() if name != "extends"}
            top = Mapping(rest, keys, own.origin, own.flow, own.refused - {"extends"})
            merged = reduce(merge, [*bases, top]) if len(bases) == len(found) else None
        self.done[known] = merged
        return merged

    def read(self, path: Path, shown: str, layer: str) -> Mapping | None:
        """One file by itself."""
        data, faults = file_bytes(path, shown, layer)
        node: Node | None = None
        if data is not None:
            text = decode(data, shown, layer)[0]
            self.texts[shown] = data.decode(errors="replace").removeprefix("\ufeff") if text is None else text
            node, faults = read_text(data, shown, layer)
        self.faults += faults
        return node if isinstance(node, Mapping) else None

    def named(self, document: Mapping) -> list[Scalar]:
        """What `extends:` names."""
        node = document.entries.get("extends")
        items = node.items if isinstance(node, Sequence) else () if node is None else (node,)
        wrong = [item for item in items if not isinstance(item, Scalar)]
        self.faults += [Fault.at(item.origin, "extends names a file, or a list of files") for item in wrong]
        return [item for item in items if isinstance(item, Scalar)]

    def base(self, node: Scalar, shown: str, root: Path, ring: _Ring) -> Mapping | None:
        """The base that one entry of `extends:` names."""
        joined = os.path.join(os.path.dirname(shown), node.text.strip())
        name = os.path.normpath(joined)
        message = forbidden(node.text, joined, root, "extends")
        resolved = "" if message else os.path.realpath(joined)
        if not message and resolved in [file for file, _ in ring]:
            start = [file for file, _ in ring].index(resolved)
            message = "these files extend one another in a ring: " + " → ".join([n for _, n in ring[start:]] + [name])
        elif not message and not os.path.isfile(resolved):
            message = f"there is no file {name}"
        elif not message and len(self.done) + len(ring) >= MOST_FILES:
            message = f"more than {MOST_FILES} files make up this scenario"
        if message:
            self.faults.append(Fault.at(node.origin, message, "", max(1, len(node.text))))
            return None
        return self.whole(Path(resolved), name, f"extends:{node.text.strip()}", root, ring)


def _command_line(sets: Many[str], sources: Sources) -> tuple[list[tuple[tuple[str, Origin], Node]], list[Fault]]:
    """What each `--set path=value` says: the path with its place, and the value."""
    pairs: list[tuple[tuple[str, Origin], Node]] = []
    faults: list[Fault] = []
    if sets:
        sources.texts[COMMAND_LINE] = "\n".join(" ".join(text.splitlines()) for text in sets)
    for line, text in enumerate(sets, 1):
        path, equals, value = text.partition("=")
        place = Origin(COMMAND_LINE, line, len(path) - len(path.lstrip()) + 1, COMMAND_LINE)
        if not equals or not path.strip() or len(text.splitlines()) != 1:
            faults.append(Fault.at(place, "a setting is written path=value, on one line", "", max(1, len(text))))
            continue
        node, more = _value(value, line, len(path) + 1)
        faults += more
        if node is not None and not more:
            pairs.append(((path.strip(), place), node))
    return pairs, faults


def _value(text: str, line: int, column: int) -> tuple[Node | None, list[Fault]]:
    """A value read as YAML that stands at the line and after `column` characters of the command line."""
    padded, faults = decode("\n" * (line - 1) + " " * column + text, COMMAND_LINE, COMMAND_LINE)
    if not faults and (not text.strip() or text.lstrip().startswith("#")):
        place = Origin(COMMAND_LINE, line, column, COMMAND_LINE)
        faults = [Fault.at(place, "this setting has no value", "a value that begins with # stands in quotes")]
    if padded is None or faults:
        return None, faults
    return read_tree(padded, COMMAND_LINE, COMMAND_LINE)
