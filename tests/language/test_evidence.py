"""Tables of evidence: what a file may hold, where it may lie, and what becomes of each of its rows."""

import os
import time
from pathlib import Path

import pytest

from escalation.experiments.design import plain_design
from escalation.language.faults import InvalidScenario, render_all
from escalation.language.resolve import Resolved, read_scenario
from escalation.storing import RunName

HEADER = "date,source_agency,quantity_kind,low,best,high,source,confidence,note\n"
ROWS = HEADER + "2030-01-05,NIS,troops,,5,,Herald,documented,\n2030-01-07,HUR,troops,5,,9,Post,documented,\n"
SCENARIO = """escalation: 1
title: A scenario
starts: 2030-01-01
lasts: 10 weeks
state:
  troops: {initial: 4, assumption: invented}
evidence:
  tables: {counts: counts.csv}
  estimates:
    nis: {of: troops, kind: troops, agency: NIS}
"""


def written(folder: Path, table: bytes | str = ROWS, scenario: str = SCENARIO) -> Path:
    """A scenario with its table beside it."""
    data = table.encode() if isinstance(table, str) else table
    folder.joinpath("counts.csv").write_bytes(data)
    path = folder / "scenario.yaml"
    path.write_text(scenario, encoding="utf-8")
    return path


def refused(path: Path, **more: list) -> list[str]:
    """What is told of a scenario with faults, a line a fault: file:line:column: message."""
    with pytest.raises(InvalidScenario) as raised:
        read_scenario(path, **more)
    assert render_all(raised.value.faults, raised.value.sources)
    return [f"{Path(each.file).name}:{each.line}:{each.column}: {each.message}" for each in raised.value.faults]


@pytest.mark.parametrize(
    "table",
    [ROWS.replace("\n", "\r\n"), "\ufeff" + ROWS, ROWS.rstrip("\n"), ROWS + "\n\n", ROWS.replace("NIS", '"NIS"')],
    ids=["CR LF", "a byte order mark", "no last line end", "empty lines", "quotes"],
)
def test_the_same_rows_in_another_dress_are_the_same(tmp_path: Path, table: str) -> None:
    """Line ends, a byte order mark, quotes and empty lines make no difference to what is read."""
    told = read_scenario(written(tmp_path, table.encode())).scenario.evidence
    assert told is not None
    assert [(each.who, each.value) for each in told.estimated[0].facts] == [("NIS", 5.0)]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (ROWS.encode() + b"2030-01-08,N\0S,troops,,5,,x,documented,\n", "counts.csv:4:13: the invisible or control"),
        (ROWS.encode("utf-16"), "counts.csv:1:1: this file is not in UTF-8"),
        (ROWS.encode() + "Pjöngjang".encode("latin-1"), "counts.csv:4:3: the byte 0xF6"),
        (ROWS.replace("\n", "\r").encode(), "counts.csv:1:70: a lone carriage return"),
        (b"", "counts.csv:1:1: this table is empty"),
        (b"PK\x03\x04" + bytes(range(256)), "counts.csv:2:118: the byte 0x80"),
        (",".join(["date"] * 10_000).encode(), "counts.csv:1:501: a table of evidence has 100 columns at most"),
        (b"," * 1_900_000, "counts.csv:1:101: a table of evidence has 100 columns at most"),
        (b'"' + b"x" * 1_900_000, "counts.csv:1:1: this quote is not closed"),
        (b"x" * 2_000_001, "counts.csv:1:1: "),
    ],
    ids=["NUL", "UTF-16", "Latin-1", "CR", "empty", "a zip", "10,000 columns", "commas", "a quote", "too large"],
)
def test_a_hostile_table_is_told_at_its_place_and_quickly(tmp_path: Path, table: bytes, told: str) -> None:
    """One fault that names the table's own file, line and column, within two seconds, whatever the bytes."""
    path, began = written(tmp_path, table), time.process_time()
    said = refused(path)
    assert said[0].startswith(told)
    assert time.process_time() - began < 2.0


def test_faults_of_a_table_are_told_twenty_at_a_time(tmp_path: Path) -> None:
    """Ten thousand wrong dates are twenty faults and one that counts the others."""
    rows = HEADER + "2030-02-30,NIS,troops,,5,,Herald,documented,\n" * 9_999
    said = refused(written(tmp_path, rows))
    assert len(said) == 21
    assert said[-1] == "counts.csv:22:1: and 9,979 more such faults in this table"


def test_a_table_does_not_lead_out_by_a_link(tmp_path: Path) -> None:
    """A link inside the folder to a file outside it is refused, and what it holds is not told."""
    inside = tmp_path / "inside"
    inside.mkdir()
    path = written(inside)
    outside = tmp_path / "secret.csv"
    outside.write_text("a secret", encoding="utf-8")
    (inside / "counts.csv").unlink()
    os.symlink(outside, inside / "counts.csv")
    assert refused(path) == [
        "scenario.yaml:8:20: a table stays inside the scenario's own folder, and this leads out of it"
    ]


def test_a_table_is_named_in_a_file_and_not_on_the_command_line(tmp_path: Path) -> None:
    """`--set` has no folder of its own beside which a table could lie."""
    said = refused(written(tmp_path), sets=["evidence.tables.counts=counts.csv"])
    assert said == ["--set:1:24: a table is named in a scenario's own file, since it lies beside that file"]


def test_what_is_shown_needs_no_file_beside_it(tmp_path: Path) -> None:
    """The resolved text, moved to another folder, resolves to itself and to the same evidence."""
    first = read_scenario(written(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = elsewhere / "shown.yaml"
    moved.write_text(first.text, encoding="utf-8")
    again = read_scenario(moved)
    assert again.text == first.text
    assert facts(again) == facts(first)


def facts(resolved: Resolved) -> list[tuple]:
    """Every fact without its place."""
    assert resolved.scenario.evidence is not None
    told = [fact for each in resolved.scenario.evidence.estimated for fact in each.facts]
    return [(fact.at, fact.who, fact.value, fact.low, fact.high, fact.source) for fact in told]


def test_a_row_that_changes_gives_a_run_another_key(tmp_path: Path) -> None:
    """The rows are in the resolved text, and so in the key: another number, another run."""
    design = plain_design(["baseline"], 10, policies=None, futures=None, seed=1)
    keys = {
        RunName("scenario.yaml", read_scenario(written(tmp_path, table)).text).key(design).digest
        for table in (ROWS, ROWS, ROWS.replace(",5,,", ",6,,"))
    }
    assert len(keys) == 2


def test_every_row_is_held_or_counted(tmp_path: Path) -> None:
    """Facts and rows left out sum to the rows of the table, and each that is left out has its reason or a note."""
    rows = ROWS + "2029-12-01,NIS,troops,,3,,Herald,documented,\n2031-01-01,NIS,troops,,3,,Herald,documented,\n"
    rows += "2030-01-09,NIS,tanks,,3,,Herald,documented,\n"
    resolved = read_scenario(
        written(tmp_path, rows, SCENARIO + "  unmapped:\n    - {kind: tanks, because: tanks are left out}\n")
    )
    told = resolved.scenario.evidence
    assert told is not None
    assert len(facts(resolved)) + sum(each.rows for each in told.left_out) == told.rows == 5
    assert {(each.subject, each.rows, each.because) for each in told.left_out} == {
        ("tanks", 1, "tanks are left out"),
        ("troops", 1, "before the start"),
        ("troops", 1, "after the end"),
        ("troops", 1, ""),
    }
    assert [note.message for note in resolved.notes] == ["1 of 5 rows of `counts` are held against nothing: troops 1"]


@pytest.mark.parametrize(
    ("numbers", "bound", "meant"),
    [
        (",5,", "", (5, 5, 5)),
        ("4,5,6", "", (5, 4, 6)),
        ("5,5,", "", (5, 5, None)),
        ("5,,", "", (5, 5, None)),
        (",5,5", "", (5, None, 5)),
        (",,5", "", (5, None, 5)),
        ("4,,6", "", (None, 4, 6)),
        (",5,", "at_least", (5, 5, None)),
        (",5,", "at_most", (5, None, 5)),
        ("5,5,", "exact", (5, 5, 5)),
    ],
)
def test_empty_cells_say_whether_a_number_is_a_bound(tmp_path: Path, numbers: str, bound: str, meant: tuple) -> None:
    """An empty `high` is at least, an empty `low` at most, `best` alone exact; `bound` overrules the cells."""
    scenario = SCENARIO.replace("agency: NIS", f"agency: NIS, bound: {bound}" if bound else "agency: NIS")
    table = HEADER + f"2030-01-05,NIS,troops,{numbers},Herald,documented,\n"
    told = read_scenario(written(tmp_path, table, scenario)).scenario.evidence
    assert told is not None
    fact = told.estimated[0].facts[0]
    assert (fact.value, fact.low, fact.high) == meant


def test_numbers_of_a_time_are_days(tmp_path: Path) -> None:
    """A table counts times in days, as the tables of a run do."""
    scenario = SCENARIO.replace("initial: 4,", "initial: 4 days,")
    told = read_scenario(written(tmp_path, ROWS, scenario)).scenario.evidence
    assert told is not None
    assert told.estimated[0].facts[0].value == 5 * 86_400_000


@pytest.mark.parametrize("cell", ["30k", '"21,000"', "1_000", "nan", "--5"])
def test_a_number_that_is_none_is_a_fault_of_the_table(cell: str, tmp_path: Path) -> None:
    """A cell of a mapped row that holds no number is told with its place in the table, and nothing crashes."""
    lines = ROWS.splitlines()
    columns = lines[0].split(",")
    cells = lines[1].split(",")
    cells[columns.index("best")] = cell
    said = refused(written(tmp_path, "\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n"))
    assert any(each.startswith("counts.csv:2:") and "is no number" in each for each in said)
