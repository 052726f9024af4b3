"""What determines a run, and the name that follows from it (law 21). Same key, same bytes."""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePath
from re import sub
from typing import Any

from escalation.chance.numeric_platform import platform_hash
from escalation.experiments.design import Design

SCHEMA = 1
"""Version of the layout of a run's folder."""
LIBRARIES = ("jinja2", "matplotlib", "numpy", "pandas", "pyarrow", "simpy")
"""Libraries whose version shows in the bytes they write, or could show in a number."""
SHORTEST = 6


@dataclass(frozen=True, slots=True)
class RunKey:
    """Everything that the bytes of a run's folder depend on. No time, host, path or processor is in it.

    name: the scenario's file name without its ending, made safe. scenario: sha256 of the resolved text.
    overrides: settings and overlays as a person would say them again. keep: tables that are kept on request
    (`firings`, `outcomes.csv`). sources: sha256 of the package's sources. platform: the numeric platform.
    """

    name: str
    scenario: str
    policies: tuple[str, ...]
    seed: int
    n: int
    per_future: int
    overrides: tuple[str, ...]
    keep: tuple[str, ...]
    sources: str
    platform: str
    libraries: tuple[tuple[str, str], ...]
    schema: int = SCHEMA

    @property
    def digest(self) -> str:
        """Sixty-four hexadecimal digits that name the run."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def folder_name(self, digits: int = SHORTEST) -> str:
        """`10000-seed1-a1b2c3`."""
        return f"{self.n}-seed{self.seed}-{self.digest[:digits]}"


def key_of_record(told: Mapping[str, Any]) -> RunKey:
    """The key that a manifest tells of. Raises ValueError where it tells of none, or of one of another version."""
    try:
        return RunKey(**{name: _tuples(value) for name, value in told.items()})
    except (TypeError, AttributeError) as error:
        raise ValueError(f"the manifest is of another version: {error}") from error


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def run_key(
    design: Design, *, name: str, scenario_text: str, overrides: Iterable[str] = (), keep: Iterable[str] = ()
) -> RunKey:
    """The key of a run of a scenario, given as its resolved text; `name` is the scenario's file or its stem."""
    return RunKey(
        name=safe_stem(name),
        scenario=sha256(scenario_text.encode()).hexdigest(),
        policies=design.policies,
        seed=design.seed,
        n=design.n,
        per_future=design.per_future,
        overrides=tuple(overrides),
        keep=tuple(sorted(set(keep))),
        sources=package_hash(),
        platform=platform_hash(),
        libraries=tuple((library, metadata.version(library)) for library in LIBRARIES),
    )


def safe_stem(name: str) -> str:
    """A scenario's name as a folder's name: letters of any script, digits, `-`, `_`, `.` and spaces stay."""
    stem = unicodedata.normalize("NFC", PurePath(name).name)
    stem = sub(r"\.(ya?ml)$", "", stem)
    stem = sub(r"[^\w\-. ]+", "-", stem).strip(". ")
    while len(stem.encode()) > 120:
        stem = stem[:-1]
    return stem.rstrip(". ") or "scenario"


def readable(text: str) -> str:
    """A word of the command line as UTF-8 can write it: bytes that were no UTF-8 become U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def not_an_option(path: str) -> str:
    """A path as an argument that no command takes for an option."""
    return f"./{path}" if path.startswith("-") else path


@cache
def package_hash() -> str:
    """sha256 of every source file of the package, with its place in it."""
    total = sha256()
    for place, content in sorted(_sources(files("escalation"), "")):
        total.update(f"{place}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def _sources(folder: Traversable, place: str) -> Iterable[tuple[str, bytes]]:
    for item in folder.iterdir():
        if item.is_dir():
            if item.name != "__pycache__":
                yield from _sources(item, f"{place}{item.name}/")
        elif not item.name.endswith((".pyc", ".pyo")) and not item.name.startswith("."):
            yield f"{place}{item.name}", item.read_bytes()
