"""Files of joint draws, read into the document: `file: posterior.csv` becomes `from: posterior.csv` and its `table:`.

So the document holds every number that a run depends on: it can be printed, kept and resolved anywhere.
"""

import os
from dataclasses import replace
from pathlib import Path

from escalation.language.faults import Fault, Sources
from escalation.language.node import Mapping, Node, Scalar
from escalation.language.tables import text_beside

LARGEST = 1_000_000
"""Bytes of one file of joint draws: its rows are part of the scenario, which must stay readable itself."""


def with_joint_draws(document: Mapping, folders: dict[str, Path], sources: Sources) -> tuple[Mapping, list[Fault]]:
    """The document with the text of every file that its `draws` name, and the faults; `folders` as for `with_rows`."""
    section = document.entries.get("draws")
    if not isinstance(section, Mapping):
        return document, []
    faults: list[Fault] = []
    entries = {name: _with_table(each, folders, sources, faults) for name, each in section.entries.items()}
    return replace(document, entries={**document.entries, "draws": replace(section, entries=entries)}), faults


def _with_table(entry: Node, folders: dict[str, Path], sources: Sources, faults: list[Fault]) -> Node:
    file = entry.entries.get("file") if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(file, Scalar) or "table" in entry.entries:
        return entry
    table, found = _table(file, folders, sources)
    faults += found
    if table is None or found:
        entries = {key: node for key, node in entry.entries.items() if key != "file"}
        return replace(entry, entries=entries, refused=entry.refused | {"file"})
    place = entry.keys["file"]
    names = {"file": "from"}
    entries = {names.get(key, key): node for key, node in entry.entries.items()} | {"table": table}
    keys = {names.get(key, key): origin for key, origin in entry.keys.items()} | {"table": place}
    return replace(entry, entries=entries, keys=keys)


def _table(file: Scalar, folders: dict[str, Path], sources: Sources) -> tuple[Scalar | None, list[Fault]]:
    path = os.path.join(os.path.dirname(file.origin.file), file.text.strip())
    try:
        size = os.path.getsize(path)
    except (OSError, ValueError):
        size = 0
    if size > LARGEST:
        cure = "thin it: a few thousand rows say as much"
        return None, [Fault.at(file.origin, f"the file is larger than {LARGEST:_} bytes", cure, max(1, len(file.text)))]
    return text_beside(file, folders.get(file.origin.file), sources)
