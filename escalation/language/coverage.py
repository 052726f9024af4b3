"""What every number rests on: the nearest enclosing source or assumption."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from escalation.language.calendar import Misdated, day
from escalation.language.definitions import leaves
from escalation.language.document import Covered
from escalation.language.document_outcomes import Document
from escalation.language.document_rules import Gate
from escalation.language.evidence import misnamed_rows
from escalation.language.faults import nearest
from escalation.language.labels import label_of
from escalation.language.names import Names
from escalation.language.written import Written
from escalation.model.scenario import Basis, Number

NUMERAL = re.compile(r"(?<![A-Za-z0-9_.])\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?(?:-\d\d-\d\d)?")
SECTIONS = {
    "constants": "constant",
    "uncertainties": "uncertainty",
    "levers": "lever",
    "state": "state",
    "derived": "derived",
    "events": "event",
    "intelligence": "intelligence",
    "ladders": "ladder",
}
NOT_CLAIMS = frozenset({"source", "assumption", "as_of", "row", "label", "actor", "seen_by", "order", "stream", "play"})
NOT_CLAIMS |= {"draws", "memory", "overlap", "pool", "follows", "id", "starts_at", "values"}
"""Entries that hold no number about the world."""
ALWAYS_CLAIMS = frozenset({"initial", "value", "default", "one_of", "deep"})
"""Entries in which 0 and 1 are claims too, unless the name is derived."""


@dataclass
class Coverage:
    """Walks a document and collects its numbers. rows: what `row:` may name; None where no table of evidence says."""

    document: Document
    names: Names
    rows: frozenset[str] | None = None
    numbers: list[Number] = field(default_factory=list)

    def all(self) -> tuple[Number, ...]:
        """Every number with what it rests on; a source that does not exist is a fault, no basis a note."""
        for section, group in SECTIONS.items():
            for name, written in (getattr(self.document, section) or {}).items():
                self.covered(written, f"{section}.{name}", Basis(), group, label_of(written.label, name))
        self.dependence()
        for number in self.numbers:
            if not number.basis.sources and number.basis.assumption is None:
                message = f"nothing covers {_quoted(number.text)}"
                self.names.note(number.origin, message, "add `source:` or `assumption:`", len(number.text))
        return tuple(self.numbers)

    def dependence(self) -> None:
        """What makes uncertainties depend on one another: correlations, and each table of joint draws as one."""
        for index, group in enumerate(self.document.together or []):
            label = f"{' and '.join(label_of(None, str(name)) for name in group.of)}, together"
            self.covered(group, f"together.{index}", Basis(), "uncertainty", label)
        for name, table in (self.document.draws or {}).items():
            basis, text = self.basis(table, Basis()), (table.table or "").strip()
            if table.table is not None:
                told = f"{max(0, len(text.splitlines()) - 1):,} joint draws" + (
                    f" of {table.from_}" if table.from_ else ""
                )
                place = table.table.origin if table.from_ is None else table.from_.origin
                self.numbers.append(Number(f"draws.{name}", told, label_of(None, name), basis, place, "uncertainty"))

    def covered(self, written: Covered, path: str, outer: Basis, group: str, label: str) -> None:
        """The numbers of one mapping, and of those inside it."""
        basis = self.basis(written, outer)
        for key, entry in _entries(written):
            if key not in NOT_CLAIMS:
                self.entry(entry, f"{path}.{key}", key, basis, group, label)

    def entry(self, entry: Any, path: str, key: str, basis: Basis, group: str, label: str) -> None:
        """The numbers below one entry."""
        if isinstance(entry, Covered):
            inner = label_of(getattr(entry, "label", None), path.split(".")[-1]) if hasattr(entry, "label") else label
            self.covered(entry, path, basis, "gate" if isinstance(entry, Gate) else group, inner)
        elif isinstance(entry, dict):
            for name, item in entry.items():
                self.entry(item, f"{path}.{name}", key, basis, "gate" if key == "gates" else group, label)
        elif isinstance(entry, list):
            for index, item in enumerate(entry):
                self.entry(item, f"{path}.{getattr(item, 'id', index)}", key, basis, group, label)
        else:
            strict = key in ALWAYS_CLAIMS and group != "derived"
            for leaf in leaves(entry):
                if is_claim(leaf, strict):
                    self.numbers.append(Number(path, str(leaf), label, basis, leaf.origin, group))  # type: ignore[arg-type]

    def basis(self, written: Covered, outer: Basis) -> Basis:
        """What this mapping says it rests on, or else what encloses it."""
        known = self.document.sources or {}
        for source in written.source or []:
            if source not in known and source not in self.names.broken:
                meant = nearest(source, known)
                suggestion = f"did you mean {meant}?" if meant else f"add {source} to `sources`"
                self.names.fault_at(source, f"there is no source `{source}`", suggestion)
        if written.as_of is not None:
            try:
                day(written.as_of)
            except Misdated as wrong:
                self.names.faults.append(wrong.fault(written.as_of))
        if written.row is not None and self.rows is not None:
            for origin, name, meant in misnamed_rows(written.row, self.rows):
                cure = f"did you mean {meant}?" if meant else ""
                self.names.fault(origin, f"no table of parameters has a row `{name}`", cure, len(name))
        as_of = str(written.as_of) if written.as_of is not None else None
        row = str(written.row) if written.row is not None else None
        if written.source is None and written.assumption is None:
            return replace(outer, as_of=as_of or outer.as_of, row=row or outer.row)
        return Basis(
            tuple(str(source) for source in written.source or ()),
            str(written.assumption) if written.assumption is not None else None,
            as_of,
            row,
        )


def is_claim(text: Written, strict: bool) -> bool:
    """Whether a text holds a number about the world; 0 and 1 are arithmetic unless `strict`."""
    found = NUMERAL.findall(text)
    return bool(found) if strict else any(numeral not in ("0", "1") for numeral in found)


def _entries(model: BaseModel) -> Iterator[tuple[str, Any]]:
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if value is not None:
            yield info.alias or name, value


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= 60 else f'"{line[:59]}…"'
