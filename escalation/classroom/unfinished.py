"""A mark in a session's folder while it is deleted or made nameless, so that an interruption is seen and mended.

The mark is on disk before the first byte is removed, and goes after the last one.
"""

import os
from pathlib import Path

MARK = ".unfinished"
DELETE, ANONYMISE = "delete", "anonymise"


def begin(folder: Path, what: str) -> None:
    """Say on disk what is being done."""
    with (folder / MARK).open("w", encoding="utf-8") as file:
        file.write(what)
        file.flush()
        os.fsync(file.fileno())
    flush(folder)


def end(folder: Path) -> None:
    """It is done."""
    flush(folder)
    (folder / MARK).unlink(missing_ok=True)


def interrupted(folder: Path) -> str:
    """What was being done when it was interrupted; "" for nothing.

    A mark that was never written whole is one of a removal that had not begun.
    """
    try:
        said = (folder / MARK).read_text(encoding="utf-8")
    except OSError:
        return ""
    return said if said in (DELETE, ANONYMISE) else ""


def flush(folder: Path) -> None:
    """What the folder lists is on disk, where that can be asked for."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
