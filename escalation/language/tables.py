"""Tables that lie beside a scenario: read once, when its layers are merged, and from then on part of the document.

`estimates: evidence/estimates.csv` becomes `estimates: {from: evidence/estimates.csv, rows: …}`. So what `show` prints
needs no file beside it, and the rows are in a run's key. A table lies beside the file that names it, and never outside
the scenario's own folder (law 24).
"""

import os
from dataclasses import replace
from pathlib import Path

from escalation.language.encoding import decode
from escalation.language.faults import Fault, Sources
from escalation.language.node import Mapping, Node, Scalar
from escalation.language.own_folder import forbidden
from escalation.language.yaml12 import file_bytes
from escalation.model.process import Origin


def with_rows(root: Mapping, folders: dict[str, Path], sources: Sources) -> tuple[Mapping, list[Fault]]:
    """The document with the rows of each table of evidence, and a fault for each file that could not be read.

    folders: by the name of each file of the scenario, the folder that it must not lead out of.
    """
    evidence = root.entries.get("evidence")
    tables = evidence.entries.get("tables") if isinstance(evidence, Mapping) else None
    if not isinstance(evidence, Mapping) or not isinstance(tables, Mapping):
        return root, []
    faults: list[Fault] = []
    entries = {name: _table(node, tables.keys[name], folders, sources, faults) for name, node in tables.entries.items()}
    refused = tables.refused | {name for name, node in entries.items() if node is None}
    kept = {name: node for name, node in entries.items() if node is not None}
    tables = replace(tables, entries=kept, refused=refused)
    evidence = replace(evidence, entries={**evidence.entries, "tables": tables})
    return replace(root, entries={**root.entries, "evidence": evidence}), faults


def _table(node: Node, key: Origin, folders: dict[str, Path], sources: Sources, faults: list[Fault]) -> Node | None:
    """A table as a mapping with its rows; None when its file has a fault. What has no shape is left to others."""
    if not isinstance(node, Scalar) or not node.text.strip():
        return node
    rows, found = text_beside(node, folders.get(node.origin.file), sources)
    faults += found
    if rows is None:
        return None
    return Mapping({"from": node, "rows": rows}, {"from": node.origin, "rows": rows.origin}, key)


def text_beside(file: Scalar, root: Path | None, sources: Sources) -> tuple[Scalar | None, list[Fault]]:
    """The text of a file, each of its lines with its place. root: the folder that holds it; None on a command line."""
    if root is None:
        message = "a table is named in a scenario's own file, since it lies beside that file"
        return None, [Fault.at(file.origin, message, "", len(file.text))]
    path = os.path.join(os.path.dirname(file.origin.file), file.text.strip())
    shown = os.path.normpath(path) if "\0" not in path else ""
    message = forbidden(file.text, path, root, "a table")
    if not message and not os.path.isfile(path):
        message = f"there is no file {shown}"
    if message:
        return None, [Fault.at(file.origin, message, "", max(1, len(file.text)))]
    layer = file.origin.layer
    data, faults = file_bytes(path, shown, layer)
    text = None
    if data is not None:
        text, faults = decode(data, shown, layer)
        sources.texts[shown] = data.decode(errors="replace").removeprefix("\ufeff") if text is None else text
    if text is None:
        return None, faults
    text = text.replace("\r\n", "\n")
    if not text.strip():
        return None, [*faults, Fault(shown, 1, 1, "this table is empty", "its first line names its columns", 1, layer)]
    return Scalar(text, Origin(shown, 1, 1, layer), True, _lines(text)), faults


def _lines(text: str) -> tuple[tuple[int, int, int], ...]:
    """Where each line begins: (position, line, column)."""
    places, at = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        places.append((at, number, 1))
        at += len(line) + 1
    return tuple(places)
