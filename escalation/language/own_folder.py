"""Which files a scenario may name: those of its own folder, or below it (law 24)."""

import os
from pathlib import Path, PureWindowsPath


def forbidden(text: str, path: str, root: Path, key: str) -> str:
    """Why a file that `key` names may not be opened; empty when it may.

    text: as written. path: that joined to the folder of the file in which it stands. root: the scenario's folder.
    """
    name = text.strip()
    if not name or "\0" in name or "\n" in name:
        return "this is not the name of a file"
    if "://" in name:
        return f"{key} names a file of this folder, never an address"
    if os.path.isabs(name) or PureWindowsPath(name).drive or "\\" in name:
        return f"{key} takes a relative path with / between folders"
    try:
        inside = Path(os.path.realpath(path)).is_relative_to(root)
    except (OSError, ValueError):
        return "this is not the name of a file"
    return "" if inside else f"{key} stays inside the scenario's own folder, and this leads out of it"
