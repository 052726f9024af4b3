"""What the command's exit codes mean."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, stable for scripts."""

    DONE = 0
    OUR_FAULT = 1
    WRONG_USAGE = 2
    INVALID = 3
    STOPPED_EARLY = 4
    SOME_FAILED = 5
    EXPECTATION_FAILED = 6
