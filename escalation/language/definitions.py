"""The order in which names are defined: each after those it reads, and rings told as what they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from escalation.language.document_outcomes import Document
from escalation.language.names import TOKEN, Names
from escalation.language.node import Mapping
from escalation.language.shape import key_origin
from escalation.language.written import Written


@dataclass(frozen=True, slots=True)
class Definition:
    """A name, its section, what was written, and the names that its kind or value rests on."""

    name: str
    section: str
    written: Any
    reads: tuple[str, ...]


DEFINING = {
    "constants": ("value",),
    "uncertainties": ("value", "deep"),
    "levers": ("default", "range"),
    "state": ("initial", "range"),
    "derived": ("value",),
    "intelligence": ("of",),
}
"""Sections that define names, and the entries on which a name's kind or value rests."""


def in_order(document: Document, root: Mapping, names: Names) -> list[Definition]:
    """Every definition after those it reads; the members of a ring are faults and are left out."""
    found: dict[str, Definition] = {}
    for section, fields in DEFINING.items():
        for name, written in (getattr(document, section) or {}).items():
            texts = [leaf for field in fields for leaf in leaves(getattr(written, field))]
            reads = (head for head in _heads(texts) if head not in names.units)
            found[name] = Definition(name, section, written, tuple(reads))
    return _sorted(found, root, names)


def leaves(written: Any) -> Iterator[Written]:
    """Every value below what was written, in the author's order."""
    if isinstance(written, Written):
        yield written
    elif isinstance(written, BaseModel):
        for field in type(written).model_fields:
            yield from leaves(getattr(written, field))
    elif isinstance(written, dict | list):
        for item in written.values() if isinstance(written, dict) else written:
            yield from leaves(item)


def _heads(texts: list[Written]) -> Iterator[str]:
    """Names that texts read for their value; whether and when something was seen has a kind of its own."""
    for text in texts:
        for token in TOKEN.findall(text):
            if not token.endswith((".known", ".age")):
                yield token.split(".")[0]


def _sorted(found: dict[str, Definition], root: Mapping, names: Names) -> list[Definition]:
    ordered: list[Definition] = []
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in done or name not in found:
            return
        if name in trail:
            _ring(found, (*trail[trail.index(name) :], name), root, names)
            return
        for read in found[name].reads:
            visit(read, (*trail, name))
        if name not in done:
            done.add(name)
            if name not in names.broken:
                ordered.append(found[name])

    for name in found:
        visit(name, ())
    return ordered


def _ring(found: dict[str, Definition], ring: tuple[str, ...], root: Mapping, names: Names) -> None:
    if set(ring) <= names.broken:
        return
    names.broken.update(ring)
    first = found[ring[0]]
    origin = key_origin(root, (first.section, first.name))
    what = f"`{first.name}` reads itself" if len(ring) == 2 else "these names read one another in a ring"
    names.fault(origin, f"{what}: {' → '.join(ring)}", "", len(first.name))
