"""Tables of joint draws: their columns, units and rows, and every cell that is not what it must be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite

from escalation.expressions.kinds import Kind, Quantity
from escalation.expressions.tree import Expr, Name
from escalation.expressions.units import TIME_UNITS
from escalation.language import document_dependence as shapes
from escalation.language.document_outcomes import Document
from escalation.language.faults import nearest
from escalation.language.names import BOUND, NUMBER, Names
from escalation.language.node import Mapping, Scalar
from escalation.language.shape import anything_refused, key_origin
from escalation.language.written import Written, short
from escalation.model.dependence import JointDraws
from escalation.model.process import Origin

MOST_ROWS = 50_000
MOST_TOLD = 10
"""Cells of one table that are told of; the others are counted."""
CELL = re.compile(r'[ \t]*("(?:[^"\n]|"")*"|[^",\n]*)[ \t]*(,|\n|\Z)')
HEADING = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(?:\s*\[([^\[\]]*)\])?\Z")
DECIMAL = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z", re.ASCII)

Cell = tuple[str, int]
"""A text without its quotes, and where it begins in the table."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the uncertainty it is of, its kind, and base units in one of the table's."""

    name: str
    kind: Kind
    factor: float


@dataclass
class Table:
    """A table as far as it is sound. broken: something in it has a fault, so that nothing more is said of it."""

    columns: list[Column] = field(default_factory=list)
    rows: list[tuple[float, ...]] = field(default_factory=list)
    broken: bool = False


class JointTables:
    """Reads the tables of one document."""

    def __init__(self, document: Document, root: Mapping, names: Names) -> None:
        self.document, self.root, self.names = document, root, names
        self.read: dict[str, Table] = {}
        for name, written in (document.draws or {}).items():
            self.read[name] = self.table(name, written)

    def all(self) -> tuple[JointDraws, ...]:
        """Every sound table that something draws from."""
        used = {str(each.draws) for each in (self.document.uncertainties or {}).values() if each.draws is not None}
        for name, table in self.read.items():
            if name not in used and not table.broken:
                self.note_unused(name, table)
            elif not table.broken:
                self.note_undrawn(name, table)
        return tuple(
            JointDraws(name, tuple(column.name for column in table.columns), tuple(table.rows))
            for name, table in self.read.items()
            if name in used and not table.broken
        )

    def note_unused(self, name: str, table: Table) -> None:
        """Nothing draws from a table: it may have been set aside by a layer, so this is no fault."""
        example = table.columns[0].name if table.columns else "tempo"
        origin = key_origin(self.root, ("draws", name))
        self.names.note(origin, f"nothing draws from `{name}`", f"{example}: {{draws: {name}}}", len(name))

    def note_undrawn(self, name: str, table: Table) -> None:
        """A column of an uncertainty that is said otherwise."""
        known = self.document.uncertainties or {}
        for column in table.columns:
            if known[column.name].draws != name:
                origin = key_origin(self.root, ("uncertainties", column.name))
                message = f"`{column.name}` has a column in `{name}` and does not draw from it"
                self.names.note(origin, message, "", len(column.name))

    def value(self, uncertainty: str, table: Written) -> Expr | None:
        """How an uncertainty reads its column, or None with a fault."""
        found = self.read.get(table)
        if found is None:
            if table not in self.names.broken:
                meant = nearest(table, self.read)
                cure = f"did you mean {meant}?" if meant else f"draws: {{{table}: {{file: {table}.csv}}}}"
                self.names.fault_at(table, f"there is no table `{table}` under `draws`", cure)
            return None
        if found.broken:
            return None
        for column in found.columns:
            if column.name == uncertainty:
                return Name(JointDraws(str(table), (), ()).column(uncertainty), column.kind)
        known = ", ".join(column.name for column in found.columns)
        self.names.fault_at(table, f"`{table}` has no column `{uncertainty}`", f"its columns are {known}")
        return None

    def table(self, name: str, written: shapes.JointDraws) -> Table:
        """One table."""
        broken = Table(broken=True)
        if written.table is None or written.file is not None:
            if not anything_refused(self.root, ("draws", name)):
                origin = key_origin(self.root, ("draws", name))
                said = "says both `file` and `table`" if written.table is not None else "has neither file nor table"
                cure = "keep one of them" if written.table is not None else "file: posterior.csv"
                self.names.fault(origin, f"`{name}` {said}", cure, len(name))
            return broken
        before = len(self.names.faults)
        lines = list(_lines(written.table))
        if not lines:
            self.names.fault(written.table.origin, "this table is empty", "tempo [days],push")
            return broken
        columns = [self.column(cell, written.table.node) for cell in lines[0]]
        if len(self.names.faults) > before or not self.unlike(lines[0], written.table.node):
            return broken
        table = Table([column for column in columns if column is not None])
        if len(table.columns) < len(columns):
            return broken
        self.rows(table, lines[1:], written.table.node)
        table.broken = len(self.names.faults) > before
        return table

    def column(self, cell: Cell, node: Scalar) -> Column | None:
        """A heading: the name of an uncertainty, with its unit in square brackets."""
        text, place = cell
        found = HEADING.match(text)
        known = self.document.uncertainties or {}
        if found is None or (found[1] not in known and found[1] not in self.names.broken):
            meant = nearest(found[1] if found else text, known)
            cure = f"did you mean {meant}?" if meant else "a column is named as its uncertainty, such as tempo [days]"
            if ";" in text or "\t" in text:
                cure = "columns are separated by commas"
            elif not text:
                cure = "a column without a name often holds row names: write the file without them"
            said = f"{short(text)} is no uncertainty" if text else "this column has no name"
            self.names.fault(node.at(place), said, cure, len(text))
            return None
        if found[1] not in known:
            return None
        if found[2] is None:
            return Column(found[1], NUMBER, 1.0)
        return self.unit(found[1], found[2].strip(), node.at(place + found.start(2)))

    def unit(self, name: str, unit: str, origin: Origin) -> Column | None:
        """A column in a unit of the language, such as days, troops, troops/day or %."""
        text = f"1{unit}" if unit == "%" else " / ".join(f"1 {part.strip()}" for part in unit.split("/"))
        before = len(self.names.faults)
        expr = self.names.read(Written.of(Scalar(text, origin)), BOUND)
        factor = self.names.constant_value(expr) if expr is not None else None
        if expr is None or factor is None or not isinstance(expr.kind, Quantity):
            del self.names.faults[before:]
            meant = nearest(unit, (*TIME_UNITS, *self.names.units))
            cure = f"did you mean {meant}?" if meant else "such as days, troops, troops/day or %"
            self.names.fault(origin, f"{short(unit)} is not a unit", cure, len(unit))
            return None
        return Column(name, expr.kind, float(factor))

    def unlike(self, cells: list[Cell], node: Scalar) -> bool:
        """Whether every column has a name of its own."""
        seen: set[str] = set()
        for text, place in cells:
            name = text.split("[")[0].strip()
            if name in seen:
                self.names.fault(node.at(place), f"there are two columns `{name}`", "", len(text))
                return False
            seen.add(name)
        return True

    def rows(self, table: Table, lines: list[list[Cell]], node: Scalar) -> None:
        """Every row as numbers in base units."""
        if not lines:
            self.names.fault(node.at(0), "this table has no rows", "a row a joint draw, below the names of the columns")
        if len(lines) > MOST_ROWS:
            place = node.at(lines[MOST_ROWS][0][1])
            self.names.fault(place, f"this table has {len(lines):,} rows, more than {MOST_ROWS:,}", "thin it")
            return
        wrong: list[tuple[Origin, str, str, int]] = []
        for cells in lines:
            if len(cells) != len(table.columns):
                said = f"this row has {_many(len(cells), 'cell')}, the first line {len(table.columns)}"
                wrong.append((node.at(cells[0][1]), said, "", 1))
                continue
            values = tuple(
                _number(text) * column.factor for (text, _), column in zip(cells, table.columns, strict=True)
            )
            bad = [cell for cell, value in zip(cells, values, strict=True) if not isfinite(value)]
            wrong += [_not_a_number(node, text, place) for text, place in bad]
            table.rows.append(values)
        for origin, said, cure, length in wrong[:MOST_TOLD]:
            self.names.fault(origin, said, cure, length)
        if len(wrong) > MOST_TOLD:
            more = f"and {len(wrong) - MOST_TOLD:,} more faults like these in this table"
            self.names.fault(wrong[MOST_TOLD][0], more)


def _lines(text: str) -> Iterator[list[Cell]]:
    """The cells of every line that is not blank; what stands in quotes may hold commas."""
    cells: list[Cell] = []
    place = 0
    while place < len(text):
        found = CELL.match(text, place)
        if found is None:
            # A quote in the middle of a cell: the cell runs on to the next comma or line.
            found = re.compile(r"[ \t]*([^,\n]*)(,|\n|\Z)").match(text, place)
            assert found is not None
        written = found[1].strip()
        quoted = len(written) > 1 and written[0] == written[-1] == '"'
        cells.append((written[1:-1].replace('""', '"').strip() if quoted else written, found.start(1) + quoted))
        place = found.end()
        if found[2] != ",":
            if len(cells) > 1 or cells[0][0]:
                yield cells
            cells = []
        elif place == len(text):
            cells.append(("", place))
    if cells:
        yield cells


def _number(text: str) -> float:
    return float(text) if DECIMAL.match(text) else float("nan")


def _not_a_number(node: Scalar, text: str, place: int) -> tuple[Origin, str, str, int]:
    if not text:
        return node.at(place), "this cell is empty", "every row is one whole joint draw", 1
    if DECIMAL.match(text):
        return node.at(place), f"{short(text)} is too large for a number", "", len(text)
    cure = "units stand beside the name of the column, such as tempo [days]" if text[:1].isdigit() else ""
    return node.at(place), f"{short(text)} is not a number", cure, len(text)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
