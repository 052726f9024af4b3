"""Scenarios for the tests of resolution: files on disk, and variations of a small one."""

from dataclasses import fields, is_dataclass, replace
from pathlib import Path

from escalation.language.faults import Fault, InvalidScenario
from escalation.language.resolve import Resolved, read_scenario
from escalation.model.process import Origin

HERE = Path(__file__).parent / "scenarios"
BORDER = HERE / "border.yaml"
EVERYTHING = HERE / "everything.yaml"


def varied(folder: Path, *changes: tuple[str, str], of: Path = BORDER) -> Path:
    """A copy of a scenario with some of its text replaced, each piece once."""
    text = of.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    made = folder / "scenario.yaml"
    made.write_text(text, encoding="utf-8")
    return made


def resolved(folder: Path, *changes: tuple[str, str], of: Path = BORDER) -> Resolved:
    """What a variation resolves to."""
    return read_scenario(varied(folder, *changes, of=of))


def faults(folder: Path, *changes: tuple[str, str], of: Path = BORDER) -> tuple[Fault, ...]:
    """The faults of a variation; none when it is sound."""
    try:
        read_scenario(varied(folder, *changes, of=of))
    except InvalidScenario as invalid:
        return invalid.faults
    return ()


def said(folder: Path, *changes: tuple[str, str], of: Path = BORDER) -> str:
    """The only fault of a variation, message and suggestion."""
    found = faults(folder, *changes, of=of)
    assert len(found) == 1, [fault.message for fault in found]
    return f"{found[0].message} [{found[0].suggestion}]"


def without_places(value: object) -> object:
    """A scenario without its origins, so that two files can be compared."""
    if isinstance(value, Origin):
        return None
    if isinstance(value, tuple):
        return tuple(without_places(item) for item in value)
    if isinstance(value, dict):
        return {key: without_places(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: without_places(getattr(value, field.name)) for field in fields(value)})
    return value
