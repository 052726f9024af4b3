"""What a log is called while its session is deleted or made nameless, so that an interruption is seen and mended.

Either begins with one renaming, which needs no room on the disk: of the log that goes, or of the nameless one that is
to take its place. That name goes with the last step.
"""

import os
from pathlib import Path

DELETED, NAMELESS = ".deleted.sqlite", ".nameless.sqlite"
DELETE, ANONYMISE = "delete", "anonymise"


def interrupted(folder: Path) -> str:
    """What was being done when it was interrupted; "" for nothing."""
    if (folder / DELETED).is_file():
        return DELETE
    return ANONYMISE if (folder / NAMELESS).is_file() else ""


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
