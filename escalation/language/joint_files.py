"""Files of joint draws, read into the document: `file: posterior.csv` becomes `from: posterior.csv` and its `table:`.

So the document holds every number that a run depends on: it can be printed, kept and resolved anywhere.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

from escalation.language.encoding import decode
from escalation.language.faults import Fault, Sources
from escalation.language.node import Mapping, Node, Scalar
from escalation.language.own_folder import forbidden
from escalation.model.process import Origin

LARGEST = 1_000_000
"""Bytes of one file of joint draws: the rows are part of the scenario, which must stay readable itself."""


def with_tables(
    document: Mapping, folder: Path, roots: dict[str, Path], sources: Sources
) -> tuple[Mapping, list[Fault]]:
    """The document with the text of every file that its `draws` name, and the faults.

    folder: of the scenario, for what stands on the command line. roots: by the name of each file read, the folder
    that it must not lead out of.
    """
    section = document.entries.get("draws")
    if not isinstance(section, Mapping):
        return document, []
    faults: list[Fault] = []
    entries = {name: _with_table(each, folder, roots, sources, faults) for name, each in section.entries.items()}
    made = replace(section, entries=entries)
    return replace(document, entries={**document.entries, "draws": made}), faults


def _with_table(entry: Node, folder: Path, roots: dict[str, Path], sources: Sources, faults: list[Fault]) -> Node:
    file = entry.entries.get("file") if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(file, Scalar) or "table" in entry.entries:
        return entry
    root = roots.get(file.origin.file)
    near = os.path.dirname(file.origin.file) if root is not None else os.fspath(folder)
    joined = os.path.join(near, file.text.strip())
    message = forbidden(file.text, joined, root or Path(os.path.realpath(folder)), "file")
    if message:
        faults.append(Fault.at(file.origin, message, "", max(1, len(file.text))))
        return _refused(entry)
    table, found = _read(os.path.normpath(joined), file, sources)
    faults += found
    if table is None:
        return _refused(entry)
    place = entry.keys["file"]
    names = {"file": "from"}
    entries = {names.get(key, key): node for key, node in entry.entries.items()} | {"table": table}
    keys = {names.get(key, key): origin for key, origin in entry.keys.items()} | {"table": place}
    return replace(entry, entries=entries, keys=keys)


def _refused(entry: Mapping) -> Mapping:
    """The entry without its file, which has been told."""
    entries = {key: node for key, node in entry.entries.items() if key != "file"}
    return replace(entry, entries=entries, refused=entry.refused | {"file"})


def _read(path: str, file: Scalar, sources: Sources) -> tuple[Scalar | None, list[Fault]]:
    """The text of a file, each line with its place."""
    try:
        if not os.path.isfile(path):
            return None, [_told(file, f"there is no file {path}")]
        if os.path.getsize(path) > LARGEST:
            cure = "thin it: a few thousand rows say as much"
            return None, [_told(file, f"{path} is larger than {LARGEST:_} bytes", cure)]
        data = Path(path).read_bytes()
    except OSError as error:
        return None, [_told(file, f"{path} cannot be read: {(error.strerror or 'no reason told').lower()}")]
    text, faults = decode(data, path, file.origin.layer)
    sources.texts[path] = data.decode(errors="replace").removeprefix("\ufeff") if text is None else text
    if text is None or faults:
        return None, faults
    if not text.strip():
        return None, [_told(file, f"{path} is empty")]
    lines = re.split("\r\n|\n", text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.rstrip()) + 1)
    segments = tuple((start, number, 1) for number, start in enumerate(starts[:-1], 1))
    body = "\n".join(line.rstrip() for line in lines)
    return Scalar(body, Origin(path, 1, 1, file.origin.layer), True, segments), []


def _told(file: Scalar, message: str, cure: str = "") -> Fault:
    return Fault.at(file.origin, message, cure, max(1, len(file.text)))
