"""What the bytes of a result could depend on in a worker, and the refusal of one that has it otherwise (law 21)."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

LIBRARIES = ("numpy", "simpy", "llvmlite")
"""Libraries whose version could show in a number, or without which the chosen engine cannot run."""
MISSING = "none"
SHOWN = 12
"""Digits of a hash that a person is shown."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a worker may not take part, in a sentence that names it and what differs."""

    sentence: str


def likeness() -> dict[str, str]:
    """What this process has, by what a person calls it: sources of the package, numeric platform, Python, libraries."""
    from escalation.chance.numeric_platform import platform_hash
    from escalation.experiments.run_key import package_hash

    return {
        "the sources of escalation": package_hash()[:SHOWN],
        "the numeric platform": platform_hash()[:SHOWN],
        "Python": f"{sys.version_info.major}.{sys.version_info.minor}",
        **{library: _version(library) for library in LIBRARIES},
    }


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return MISSING


def unlike(worker: str, theirs: Mapping[str, str], ours: Mapping[str, str]) -> Refusal | None:
    """The refusal of a worker that differs from us; None if it does not."""
    for name, own in ours.items():
        if theirs.get(name, MISSING) != own:
            return Refusal(
                f"the worker {worker} is refused, since its results could differ: "
                f"{name} is {theirs.get(name, MISSING)} there and {own} here"
            )
    return None
