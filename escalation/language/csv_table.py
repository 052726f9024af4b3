"""Tables of evidence: CSV text to rows, each cell with its place, since a fault is told by line and column.

Python's `csv` tells no columns, so the dozen lines of RFC 4180 that split a text into cells are here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as OneOf

from escalation.language.faults import Fault, nearest
from escalation.language.node import Scalar
from escalation.language.written import short
from escalation.model.process import Origin

Form = OneOf["estimates", "events", "parameters"]
HEADERS: dict[Form, tuple[str, ...]] = {
    "estimates": ("date", "source_agency", "quantity_kind", "low", "best", "high", "source", "confidence", "note"),
    "events": ("date", "actor", "kind", "event", "quantity", "unit", "source", "confidence"),
    "parameters": ("name", "value", "low", "high", "unit", "basis", "source"),
}
"""The columns of each form of table, in their order."""
TELLING: dict[str, Form] = {"quantity_kind": "estimates", "event": "events", "name": "parameters"}
"""The column by which each form is known."""
MOST_ROWS = 10_000
MOST_COLUMNS = 100
MOST_FAULTS = 20
_END = re.compile("[,\n]")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text, less its quotes, and where it begins."""

    text: str
    origin: Origin
    length: int

    def fault(self, message: str, suggestion: str = "") -> Fault:
        """Something is wrong here."""
        return Fault.at(self.origin, message, suggestion, max(1, self.length))


Row = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A table that was read: its form and its rows, by column."""

    form: Form
    rows: tuple[Row, ...]


def read_table(node: Scalar) -> tuple[CsvTable | None, list[Fault]]:
    """The table that a text holds, and its faults: the first twenty, and then how many more."""
    records, faults = _records(node)
    header = records[0] if records else ()
    form = next((TELLING[cell.text] for cell in header if cell.text in TELLING), None)
    if not faults and form is None:
        known = "; or ".join(",".join(columns) for columns in HEADERS.values())
        faults = [Fault.at(node.at(0), "the first line names no columns of a table of evidence", known)]
    if form is None or faults:
        return None, faults
    faults = _wrong_header(header, HEADERS[form])
    if faults:
        return None, faults
    found = list(_ragged(records[1:], len(header)))
    names = [cell.text for cell in header]
    whole = [record for record in records[1:] if len(record) == len(header)]
    return CsvTable(form, tuple(dict(zip(names, record, strict=True)) for record in whole)), first_of(found)


def first_of(faults: list[Fault]) -> list[Fault]:
    """The first few faults of a table, and how many there are besides."""
    if len(faults) <= MOST_FAULTS:
        return faults
    last = faults[MOST_FAULTS]
    more = len(faults) - MOST_FAULTS
    told = Fault(last.file, last.line, last.column, f"and {more:,} more such faults in this table", "", 1, last.layer)
    return [*faults[:MOST_FAULTS], told]


def _wrong_header(header: tuple[Cell, ...], wanted: tuple[str, ...]) -> list[Fault]:
    """Columns that are unknown, missing or there twice; one fault for the whole line, since one slip makes several."""
    names = [cell.text for cell in header]
    unknown = next((cell for cell in header if cell.text not in wanted), None)
    if unknown is not None:
        meant = nearest(unknown.text, [name for name in wanted if name not in names])
        cure = f"did you mean `{meant}`?" if meant else "the columns are " + ",".join(wanted)
        return [unknown.fault(f"there is no column {short(unknown.text)}", cure)]
    twice = next((cell for place, cell in enumerate(header) if cell.text in names[:place]), None)
    if twice is not None:
        return [twice.fault(f"the column `{twice.text}` is there twice")]
    missing = [name for name in wanted if name not in names]
    if missing:
        return [header[0].fault(f"the column `{missing[0]}` is missing", "the columns are " + ",".join(wanted))]
    return []


def _ragged(records: list[tuple[Cell, ...]], width: int) -> Iterator[Fault]:
    for record in records:
        if len(record) != width:
            cells = "1 cell" if len(record) == 1 else f"{len(record):,} cells"
            cure = (
                "a text with a comma in it stands in quotes" if len(record) > width else "an empty cell has its comma"
            )
            yield record[0].fault(f"this row has {cells}, the header {width}", cure)


def _records(node: Scalar) -> tuple[list[tuple[Cell, ...]], list[Fault]]:
    """Every line's cells (RFC 4180); empty lines are no rows. Ends early at a quote that never closes."""
    text, at = node.text, 0
    records: list[tuple[Cell, ...]] = []
    cells: list[Cell] = []
    while at < len(text):
        begin = at
        if text[at] == '"':
            at, value = _quoted(text, at)
            if at < 0 or (at < len(text) and text[at] not in ",\n"):
                message = (
                    "this quote is not closed" if at < 0 else "after a closing quote comes a comma or the line's end"
                )
                return records, [Fault.at(node.at(begin), message, 'a quote inside quotes is written twice: ""')]
        else:
            end = _END.search(text, at)
            at = end.start() if end else len(text)
            value = text[begin:at]
        if len(cells) == MOST_COLUMNS or len(records) > MOST_ROWS:
            what = f"{MOST_COLUMNS} columns" if len(cells) == MOST_COLUMNS else f"{MOST_ROWS:,} rows"
            return records, [Fault.at(node.at(begin), f"a table of evidence has {what} at most")]
        cells.append(Cell(value.strip(), node.at(begin), min(at - begin, 60)))
        ended = at >= len(text) or text[at] == "\n"
        at += 1
        if not ended and at == len(text):
            cells.append(Cell("", node.at(at), 1))
            ended = True
        if ended:
            if len(cells) > 1 or cells[0].text:
                records.append(tuple(cells))
            cells = []
    return records, []


def _quoted(text: str, at: int) -> tuple[int, str]:
    """The place after a quoted cell that begins at `at`, and its text; a place below 0 if it never ends."""
    begin = at + 1
    while True:
        end = text.find('"', at + 1)
        if end < 0:
            return -1, ""
        if text[end + 1 : end + 2] != '"':
            return end + 1, text[begin:end].replace('""', '"')
        at = end + 1
