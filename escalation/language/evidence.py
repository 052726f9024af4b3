"""`evidence:` to what it means: which rows of which tables are about which expression, and every row that is not."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite
from re import compile as pattern

from escalation.expressions.kinds import TIME as TIME_BASE
from escalation.expressions.kinds import Quantity
from escalation.language import document_evidence as shapes
from escalation.language.calendar import Misdated, exact, instant
from escalation.language.csv_table import HEADERS, Cell, CsvTable, Form, Row, first_of, read_table
from escalation.language.document_outcomes import Document
from escalation.language.faults import Fault, nearest
from escalation.language.labels import label_of
from escalation.language.measures import WATCHED, inside
from escalation.language.names import TRUTH, Names
from escalation.language.node import Mapping, Scalar
from escalation.language.shape import key_origin, node_at
from escalation.language.written import Written, short
from escalation.model.calendar import DAY
from escalation.model.evidence import Estimated, Evidence, Fact, Happened, LeftOut
from escalation.model.process import Origin

NUMBER = pattern(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\Z")
GROUPED = pattern(r"\d{1,3}([,_ ]\d{3})+(\.\d+)?\Z")
FACTS: tuple[Form, ...] = ("estimates", "events")
KIND = {"estimates": "quantity_kind", "events": "kind"}
WHO = {"estimates": "source_agency", "events": "actor"}
BEFORE, AFTER = "before the start", "after the end"


@dataclass
class DatedRow:
    """A row of dated facts: its table, its place there, its instant (None if that cannot be read) and who took it."""

    table: str
    form: Form
    cells: Row
    at: int | None
    taken: str = ""

    @property
    def kind(self) -> str:
        """What the row is about."""
        return self.cells[KIND[self.form]].text

    @property
    def who(self) -> str:
        """Who said or did it."""
        return self.cells[WHO[self.form]].text

    def fact(self, factor: float, bound: str) -> Fact:
        """The row as a fact; factor: the model's units in one of the table's."""
        low, best, high = (_number(self.cells[name].text) for name in ("low", "best", "high"))
        scaled = [None if each is None else each * factor for each in (low, best, high)]
        value, low, high = _meant(scaled[0], scaled[1], scaled[2], bound)
        assert self.at is not None
        said = {name: self.cells[name].text for name in ("date", "source", "confidence", "note")}
        return Fact(at=self.at, who=self.who, value=value, low=low, high=high, origin=self.cells["date"].origin, **said)


def _meant(
    low: float | None, best: float | None, high: float | None, bound: str
) -> tuple[float | None, float | None, float | None]:
    """The value and the range of a row: an empty `low` or `high` beside a number in the other is open."""
    if bound == "exact" or (not bound and low is None and high is None):
        return best, best if low is None else low, best if high is None else high
    if bound == "at_least" or (not bound and high is None):
        least = low if low is not None else best
        return (best if best is not None else least), least, None
    if bound == "at_most" or low is None:
        most = high if high is not None else best
        return (best if best is not None else most), None, most
    return best, low, high


def _number(text: str) -> float | None:
    """The number of a cell; what is none has been told as a fault."""
    return float(text) if NUMBER.match(text) else None


@dataclass
class EvidenceCheck:
    """Resolves the evidence of one document. names_of_rows: what `row:` may name; None where no table says."""

    document: Document
    root: Mapping
    names: Names
    tables: dict[str, CsvTable] = field(default_factory=dict)
    rows: list[DatedRow] = field(default_factory=list)
    names_of_rows: frozenset[str] | None = None
    sound: bool = True

    def all(self) -> Evidence | None:
        """The evidence; None where there is none, or where it has a fault."""
        written = self.document.evidence
        if written is None:
            return None
        before = len(self.names.faults)
        self.read_tables(written)
        window = self.duration(written.window)
        periods = [self.days(each) for each in written.periods or []]
        found = [self.estimated(name, each) for name, each in (written.estimates or {}).items()]
        dated = [self.dated(name, each) for name, each in (written.dates or {}).items()]
        left_out = tuple(self.left_out(written)) if self.sound else ()
        if len(self.names.faults) > before:
            return None
        return Evidence(
            window=self.names.horizon if window is None else window,
            periods=tuple(each for each in periods if each is not None),
            estimated=tuple(each for each in found if each is not None),
            dated=tuple(each for each in dated if each is not None),
            left_out=left_out,
            rows=len(self.rows),
        )

    def read_tables(self, written: shapes.Evidence) -> None:
        """Every table, its dated rows, and the names that a table of parameters has."""
        known: set[str] = set()
        for name in written.tables:
            node = node_at(self.root, ("evidence", "tables", name, "rows"))
            if not isinstance(node, Scalar):
                origin = key_origin(self.root, ("evidence", "tables", name))
                self.names.fault(
                    origin, f"`{name}` needs a `file` or `rows`", "file: evidence/estimates.csv", len(name)
                )
                self.sound = False
                continue
            table, faults = read_table(node)
            if table is None or faults:
                self.names.faults += faults
                self.sound = False
                continue
            self.tables[name] = table
            if table.form == "parameters":
                known |= {row["name"].text for row in table.rows}
            else:
                self.names.faults += first_of(list(self.dated_rows(name, table)))
        tables = self.root.entries["evidence"]
        lost = node_at(tables, ("tables",))
        self.sound = self.sound and not (isinstance(lost, Mapping) and lost.refused)
        if any(table.form == "parameters" for table in self.tables.values()) and self.sound:
            self.names_of_rows = frozenset(known)

    def dated_rows(self, name: str, table: CsvTable) -> Iterator[Fault]:
        """Keep the rows of a table of dated facts; a fault for each date or number that is none."""
        for cells in table.rows:
            at = None
            try:
                at = instant(self.names.start, cells["date"].text)
            except (Misdated, OverflowError) as wrong:
                cure = wrong.suggestion if isinstance(wrong, Misdated) else ""
                yield cells["date"].fault(f"{short(cells['date'].text)} is no date", cure or "such as 2024-10-18")
            row = DatedRow(name, table.form, cells, at)
            if not row.kind:
                yield cells[KIND[table.form]].fault("this row does not say of what it is")
            if not cells["source"].text:
                yield cells["source"].fault("this row names no source", "publisher and date")
            yield from _numbers_of(row)
            self.rows.append(row)

    def taken(
        self, entry: str, form: Form, table: Written | None, kind: Written, who: list[Written], during: list[Written]
    ) -> list[DatedRow] | None:
        """The rows that an entry names, in the order of their dates; None with a fault when there are none."""
        name = self.table_of(form, table, kind)
        span = self.days(during) if during else None
        if name is None or (during and span is None):
            return None
        of_kind = [row for row in self.rows if row.table == name and row.kind == kind]
        if not of_kind:
            self.nothing(
                kind, f"no row of `{name}` is of the kind", {row.kind for row in self.rows if row.table == name}
            )
            return None
        found = of_kind
        if who:
            for each in who:
                if all(row.who != each for row in of_kind):
                    self.nothing(each, f"no row of this kind in `{name}` is by", {row.who for row in of_kind})
            found = [row for row in of_kind if row.who in who]
        if span is not None:
            found = [row for row in found if row.at is not None and span[0] <= row.at <= span[1]]
            if not found and during:
                self.names.fault_at(during[0], "no such row has a date between these two")
        for row in found:
            if row.taken:
                place = row.cells["date"].origin
                message = f"`{row.taken}` has the row of {place} already: a row is held against one expression"
                self.names.fault_at(
                    next((each for each in who if each == row.who), kind), message, "narrow one of them by `during`"
                )
                return None
            row.taken = entry
        return sorted(found, key=lambda row: row.at or 0) or None

    def nothing(self, leaf: Written, said: str, there: set[str]) -> None:
        """Nothing in a table bears the text that was written."""
        meant = nearest(leaf, there)
        listed = f"there is {', '.join(sorted(there)[:6])}" if there else ""
        self.names.fault_at(leaf, f"{said} {short(leaf)}", f"did you mean {meant}?" if meant else listed)

    def table_of(self, form: Form, written: Written | None, kind: Written) -> str | None:
        """The table that an entry means: the one it names, or the only one of its form."""
        fitting = [name for name, table in self.tables.items() if table.form == form]
        if not self.sound:
            return None
        if not fitting:
            origin = key_origin(self.root, ("evidence", "tables"))
            self.names.fault(origin, f"there is no table of {form}", f"its columns are {','.join(HEADERS[form])}", 6)
            self.sound = False
            return None
        if written is None:
            if len(fitting) > 1:
                listed = ", ".join(fitting)
                self.names.fault_at(kind, f"there are {len(fitting)} tables of {form}: {listed}", "name one as `table`")
                return None
            return fitting[0]
        if written not in fitting:
            meant = nearest(written, fitting)
            said = f"`{written}` is no table of {form}" if written in self.tables else f"there is no table `{written}`"
            self.names.fault_at(written, said, f"did you mean {meant}?" if meant else "add its file to `tables`")
            return None
        return str(written)

    def estimated(self, name: str, written: shapes.Estimates) -> Estimated | None:
        """Rows of estimates with the expression that they estimate."""
        value = self.names.read(written.of, WATCHED)
        rows = self.taken(name, "estimates", written.table, written.kind, written.agency, written.during or [])
        over = self.duration(written.over)
        if value is None or rows is None or (written.over is not None and over is None):
            return None
        if not isinstance(value.kind, Quantity):
            self.names.fault_at(written.of, "`of` is of a number", "a condition stands under `dates`, as `first`")
            return None
        factor = float(DAY ** dict(value.kind.dimension.exponents).get(TIME_BASE, 0))
        facts = [row.fact(factor, str(written.bound or "")) for row in rows if self.within(row, over or 0)]
        origin = key_origin(self.root, ("evidence", "estimates", name))
        if not facts:
            self.names.note(origin, f"all rows of `{name}` lie outside the study", "", len(name))
        label = label_of(written.label, name)
        return Estimated(name, label, str(written.kind), value.kind, value, over, tuple(facts), origin)

    def dated(self, name: str, written: shapes.RecordedEvent) -> Happened | None:
        """Rows of events with the condition that they date."""
        value = self.names.read(written.first, WATCHED, TRUTH)
        rows = self.taken(name, "events", written.table, written.kind, written.actor or [], written.during or [])
        if value is None or rows is None:
            return None
        here = [row.at for row in rows if row.at is not None and self.within(row, 0)]
        origin = key_origin(self.root, ("evidence", "dates", name))
        if not here:
            self.names.note(origin, f"all rows of `{name}` lie outside the study", "", len(name))
            return None
        source = "; ".join(dict.fromkeys(row.cells["source"].text for row in rows if row.cells["source"].text))
        return Happened(name, label_of(written.label, name), value, min(here), max(here), source, origin)

    def within(self, row: DatedRow, over: int) -> bool:
        """Whether the model has a value at a row's date, and `over` before it."""
        return row.at is not None and over <= row.at <= self.names.horizon

    def left_out(self, written: shapes.Evidence) -> Iterator[LeftOut]:
        """Rows that are held against nothing, with their reason, counted by table and kind."""
        reasons = self.reasons(written)
        counted: Counter[tuple[str, str, str]] = Counter()
        for row in self.rows:
            if not row.taken:
                counted[row.table, row.kind, reasons.get((row.table, row.kind), "")] += 1
            elif not self.within(row, self.over(written, row.taken)):
                counted[row.table, row.kind, BEFORE if (row.at or 0) <= self.names.horizon else AFTER] += 1
        for (table, kind, because), rows in sorted(counted.items()):
            yield LeftOut(table, kind, rows, because)
        self.tell_silent(counted)

    def over(self, written: shapes.Evidence, entry: str) -> int:
        """How far before its date a row of an entry needs a value."""
        estimate = (written.estimates or {}).get(entry)
        return exact(estimate.over) if estimate is not None and estimate.over is not None else 0

    def tell_silent(self, counted: Counter[tuple[str, str, str]]) -> None:
        """A note for each table of whose rows some are left out without a reason."""
        for name, table in self.tables.items():
            silent = [f"{kind} {rows}" for (of, kind, because), rows in counted.items() if of == name and not because]
            if silent:
                total = sum(rows for (of, _, because), rows in counted.items() if of == name and not because)
                origin = key_origin(self.root, ("evidence", "tables", name))
                message = f"{total} of {len(table.rows)} rows of `{name}` are held against nothing: {', '.join(silent)}"
                self.names.note(origin, message, "say why under `unmapped`, or map them", len(name))

    def reasons(self, written: shapes.Evidence) -> dict[tuple[str, str], str]:
        """Why rows are unmapped, by table and kind."""
        found: dict[tuple[str, str], str] = {}
        for each in written.unmapped or []:
            tables = [str(each.table)] if each.table is not None else list(self.tables)
            open_rows = [row for row in self.rows if row.table in tables and not row.taken]
            here = {(row.table, row.kind) for row in open_rows if row.kind == each.kind}
            if each.table is not None and each.table not in self.tables:
                self.names.fault_at(each.table, f"there is no table `{each.table}`", ", ".join(self.tables))
            elif not here:
                self.nothing(each.kind, "no unmapped row is of the kind", {row.kind for row in open_rows})
            elif len(here) > 1:
                names = ", ".join(sorted(table for table, _ in here))
                self.names.fault_at(each.kind, f"{len(here)} tables have this kind: {names}", "name one as `table`")
            else:
                found |= {place: str(each.because) for place in here}
        return found

    def duration(self, written: Written | None) -> int | None:
        """An exact length of time, more than nothing."""
        if written is None:
            return None
        try:
            length = exact(written)
            if length == 0:
                raise Misdated("this is no time at all", "6 weeks")
        except Misdated as wrong:
            self.names.faults.append(wrong.fault(written))
            return None
        return length

    def days(self, written: list[Written]) -> tuple[int, int] | None:
        """First and last day, both inside the study."""
        ends = [inside(self.names, each) for each in written]
        if ends[0] is None or ends[1] is None:
            return None
        if ends[0] > ends[1]:
            self.names.fault_at(written[1], "the last day comes before the first")
            return None
        return ends[0], ends[1]


def _numbers_of(row: DatedRow) -> Iterator[Fault]:
    """A fault for each cell that should hold a number and does not, and for a range the wrong way round."""
    columns = ("low", "best", "high") if row.form == "estimates" else ("quantity",)
    cells = [row.cells[name] for name in columns]
    faults = [fault for cell in cells if (fault := _wrong_number(cell)) is not None]
    yield from faults
    if faults or row.form != "estimates":
        return
    told = [(float(cell.text), cell) for cell in cells if cell.text]
    if not told:
        yield row.cells["best"].fault("this row gives no number", "low, best or high")
    for (smaller, _), (greater, cell) in pairwise(told):
        if smaller > greater:
            yield cell.fault("low, best and high must ascend")
            return


def _wrong_number(cell: Cell) -> Fault | None:
    if not cell.text or (NUMBER.match(cell.text) and isfinite(float(cell.text))):
        return None
    plain = cell.text.replace(",", "").replace("_", "").replace(" ", "")
    return cell.fault(f"{short(cell.text)} is no number", f"write {plain}" if GROUPED.match(cell.text) else "")


def misnamed_rows(row: Written, known: Iterable[str]) -> Iterator[tuple[Origin, str, str]]:
    """Names in a `row:` that no table of parameters has: their place, the name and the nearest that there is."""
    names, at = tuple(known), 0
    for part in str(row).split(","):
        name = part.strip()
        if name and name not in names:
            yield row.node.at(at + len(part) - len(part.lstrip())), name, nearest(name, names) or ""
        at += len(part) + 1
