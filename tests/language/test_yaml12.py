"""Reading YAML 1.2: texts kept as written, places exact, every trap a fault that names its cure."""

import os
import random
import time
from pathlib import Path

import pytest
import yaml

from escalation.language import yaml12
from escalation.language.faults import Fault
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.language.yaml12 import DEEPEST, LARGEST, read_file, read_text

SAMPLE = """\
escalation: 1
title: "Two neighbours: a border, 10,000 soldiers"   # a comment
about: >
  Soldiers cross a border.
  The capital hears of it late.

  It answers in steps.
brief: |
  One
    Two
units: [soldiers, shells]
levers:
  threshold: {actor: capital, default: 600 soldiers, range: [100 soldiers, 2_000 soldiers]}
  서울:
    name: 'Сеул ''и'' 😀'
    note: "tab\\tand \\u263a"
events:
  crossing:
    while: push > 0 and not (ceasefire or frozen)
    rate: push / 12 days
    effect:
      abroad: abroad + lognormal(median=60 soldiers,
        sigma=0.4)
ladders:
  capital:
    rungs:
      - id: protest
        label: A note
      - {id: sanctions, label: Sanctions}
expect:
  - claim: Nobody to see
    given: {push: 0, abroad.initial: 0 soldiers}
"""


def read(text: str | bytes) -> Mapping:
    """The tree of a text without faults."""
    node, faults = read_text(text, "a.yaml")
    assert faults == []
    assert isinstance(node, Mapping)
    return node


def faults_of(text: str | bytes) -> list[Fault]:
    return read_text(text, "a.yaml")[1]


def only(text: str | bytes) -> Fault:
    """The one fault of a text."""
    faults = faults_of(text)
    assert len(faults) == 1, faults
    return faults[0]


def value(text: str) -> Scalar:
    node = read(text).entries["a"]
    assert isinstance(node, Scalar)
    return node


def places(node: Node) -> list[tuple[str, int, int]]:
    """Every scalar with its place."""
    if isinstance(node, Scalar):
        return [(node.text, node.origin.line, node.origin.column)]
    children = node.items if isinstance(node, Sequence) else node.entries.values()
    return [place for child in children for place in places(child)]


BARE = ["NO", "on", "yes", "off", "y", "true", "12:30", "1e3", "1_000", "0x1F", "007", "2027-02-30", "2024-11-05"]
BARE += [".inf", "-3", "13%", "<script>", "=CMD()", "$x", "don't"]


@pytest.mark.parametrize("text", BARE)
def test_a_plain_text_arrives_as_it_was_written(text):
    """Nothing is converted, whatever YAML 1.1 or a spreadsheet would make of it."""
    assert value(f"a: {text}\n").text == text
    assert not value(f"a: {text}\n").quoted
    assert read(f"{text.replace(':', '')}: x\n").entries.keys() == {text.replace(":", "")}


def test_quotes_are_taken_off_and_remembered():
    """The text is what stands between the quotes, and `quoted` tells `"NO"` from `NO`."""
    assert (value('a: "N\\u004F"\n').text, value("a: 'it''s'\n").text) == ("NO", "it's")
    assert value('a: "NO"\n').quoted
    assert value("a: |\n  x\n").quoted


def test_places_count_characters_from_one():
    """Columns are characters, also after Hangul, Cyrillic and emoji."""
    node = read("서울: {имя: 😀나다, 가: x}\nb:\n  - y\n")
    assert places(node) == [("😀나다", 1, 11), ("x", 1, 19), ("y", 3, 5)]
    assert isinstance(first := node.entries["서울"], Mapping)
    assert (first.origin.column, first.keys["가"].column, first.flow) == (5, 16, True)
    assert node.keys["b"].line == 2


@pytest.mark.parametrize("change", [lambda t: t.replace("\n", "\r\n"), lambda t: "\ufeff" + t, lambda t: t.encode()])
def test_line_ends_and_marks_move_nothing(change):
    """CRLF, a byte order mark and bytes for text give the same texts at the same places."""
    assert places(read(change(SAMPLE))) == places(read(SAMPLE))


def test_both_parsers_of_pyyaml_read_the_same(monkeypatch):
    """Where PyYAML was built without libyaml, the slower parser gives the same tree."""
    expected = read(SAMPLE)
    monkeypatch.setattr(yaml12, "LOADER", yaml.SafeLoader)
    assert read(SAMPLE) == expected


@pytest.mark.parametrize(
    ("text", "position", "line", "column"),
    [
        ("a: one two\n", 4, 1, 8),
        ("a: 'one two'\n", 4, 1, 9),
        ("a: one\n  two\n", 4, 2, 3),
        ("a: >\n  one\n  two\n", 5, 3, 4),
        ("a: |\n  one\n    two\n", 6, 3, 5),
        ("a:\n  'one\n   two'\n", 4, 3, 4),
    ],
)
def test_a_character_of_a_text_knows_its_place_in_the_file(text, position, line, column):
    """`Scalar.at` finds the column under which a fault inside an expression is marked."""
    place = value(text).at(position)
    assert (place.line, place.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        # what must not be in YAML for us
        ("a: 1\nb: 2\na: 3\n", 3, 1, '"a" is written twice: first at line 1, column 1'),
        ("a:\n  - {x: 1, x: 2}\n", 2, 12, '"x" is written twice: first at line 2, column 6'),
        ("a: &x 1\n", 1, 4, "&x names a part of the file"),
        ("a: *x\n", 1, 4, "*x repeats another part"),
        ("<<: {b: 1}\n", 1, 1, "<< merges another part"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, 4, "!!python/object/apply:os.system is a YAML tag"),
        ("a: !!str 3\n", 1, 4, "!!str is a YAML tag"),
        ("a: !x y\n", 1, 4, "!x is a YAML tag"),
        ("!!map {a: b}\n", 1, 1, "!!map is a YAML tag"),
        ("!<x> a: b\n", 1, 1, "x is a YAML tag"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document begins here"),
        ("%YAML 1.1\n---\na: b\n", 1, 1, "a line that begins with %"),
        ("%TAG ! x\n---\na: b\n", 1, 1, "a line that begins with %"),
        ("", 1, 1, "this file is empty"),
        ("# only a comment\n", 1, 1, "this file is empty"),
        ("---\n", 1, 1, "this file is empty"),
        ("- a\n", 1, 1, "a scenario is a mapping of names to values, not a list"),
        ("just text\n", 1, 1, "a scenario is a mapping of names to values, not text"),
        ("? [a]\n: b\n", 1, 3, "a list or mapping cannot be a key"),
        ("? {a: {b: c}}\n: b\n", 1, 3, "a list or mapping cannot be a key"),
        ('"": b\n', 1, 1, "a value without a name"),
        ("~: b\n", 1, 1, "a value without a name"),
        ("? |\n  a\n  b\n: c\n", 1, 3, "a key of more than one line"),
        ("a\u200bb: c\n", 1, 1, "this key holds the invisible character U+200B"),
        ("a:\nb: 1\n", 1, 3, "this value is empty"),
        ("a: ~\n", 1, 4, "~ is no value"),
        ("a: null\n", 1, 4, "null is no value"),
        ("a:\n  - \n  - x\n", 2, 4, "this value is empty"),
        ("a: {b: }\n", 1, 8, "this value is empty"),
        ("a: [x, NULL]\n", 1, 8, "NULL is no value"),
        ('a: "\\0"\n', 1, 4, "this text holds the control character U+0000"),
        ("a: x\x07y\n", 1, 5, "the invisible or control character U+0007"),
        ("a: x\u2028y\n", 1, 5, "the invisible or control character U+2028"),
        ("a: x\x85y\n", 1, 5, "the invisible or control character U+0085"),
        ("a: x\ufeff\n", 1, 5, "the invisible or control character U+FEFF"),
        ("a: 1\rb: 2\r", 1, 5, "a lone carriage return"),
        # what YAML drops or refuses
        ("a: Rung #2\n", 1, 9, "YAML drops everything from this #"),
        ("a: #2\n", 1, 3, "this value is empty: YAML drops everything from #"),
        ("a: Phase 2: defensive\n", 1, 11, "a second colon stands in this line"),
        ("a: {b: Phase 2: x}\n", 1, 15, "a second colon stands in this entry"),
        ("a: b\n  c: d\n", 2, 3, "this line is indented under a name that already has a value"),
        ("a: %13\n", 1, 4, "a value cannot begin with %"),
        ("a: @x\n", 1, 4, "a value cannot begin with @"),
        ("a: `x`\n", 1, 4, "a value cannot begin with `"),
        ("a: {b: >, c: d}\n", 1, 8, "a value cannot begin with >"),
        ("a: > 3 troops\n", 1, 4, "a value cannot begin with > or |"),
        ("a: >= 3 troops\n", 1, 4, "a value cannot begin with > or |"),
        ("a: | x\n", 1, 4, "a value cannot begin with > or |"),
        ("a: * x\n", 1, 4, "a value cannot begin with * or &"),
        ("a: & x\n", 1, 4, "a value cannot begin with * or &"),
        ("a: !e!x y\n", 1, 4, "a value cannot begin with !"),
        ("a: ?\n", 1, 4, "a value cannot begin with ?"),
        ("a: ]\n", 1, 4, "a value cannot begin with ]"),
        ("a:\n\tb: c\n", 2, 1, "a tab cannot indent a line"),
        ("a:\n  b: c\n\td: e\n", 3, 1, "a tab cannot indent a line"),
        ("a: |\n  b\n\tc\n", 3, 1, "a tab cannot indent a line"),
        ("a: [1, 2\nb: c\n", 1, 4, "the [ that opens here is not closed before line 2"),
        ("a: {b: c\nd: e\n", 1, 4, "the { that opens here is not closed before line 2"),
        ("a: [b]]\n", 1, 7, "something follows the closing bracket"),
        ("a: [,]\n", 1, 5, "an entry is missing before this ,"),
        ("a: 'b\nc: d\n", 1, 4, "the quote that opens here is never closed"),
        ('a: "x" y\n', 1, 8, "the quote closed before this text"),
        ("a: 'don't'\n", 1, 9, "the quote closed before this text"),
        ('a: "\\q"\n', 1, 5, "inside double quotes"),
        ('a: "\\ud800"\n', 1, 7, "this escape names no character"),
        ('a: {b: "it"s"}\n', 1, 12, "the quote closed before this text"),
        ("a: b\nc\nd: e\n", 2, 1, "this line has no colon"),
        ("a:\n  b: 1\n  c:2\n  d: 3\n", 3, 3, "a colon without a space after it"),
        ("a:\n  b: c\n d: e\n", 3, 2, "this line is not aligned"),
        ("a:\n  - b\n  c: d\n", 3, 3, "this line is no item of the list"),
        ("a: - b\n", 1, 4, "a list item cannot begin here"),
        ("a: b\n- c\n", 2, 1, "a list item stands among names"),
        ("  a: b\nc: d\n", 2, 1, "the document ended above this line"),
        (": b\n", 1, 1, "a colon without a name before it"),
    ],
)
def test_each_trap_is_one_fault_at_its_place(text, line, column, message):
    """A trap gives one fault, which begins with these words and stands where the author must look."""
    fault = only(text)
    assert fault.message.startswith(message)
    assert (fault.line, fault.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        (
            "a: {every: 1 day, lag: lognormal(median=3 days, sigma=0.5), error: x}\n",
            47,
            'the comma after "median=3 days" ended the entry: give "lag" a line of its own, or put it in quotes',
        ),
        ("a: {b: triangular(1, 2, 3), c: d}\n", 20, 'the comma after "1" ended the entry: give "b" a line'),
        ("a: {b: clip(x, max(0, y), 1)}\n", 14, 'the comma after "x" ended the entry: give "b" a line'),
        ("a: {assumption: capital spent, in index points}\n", 30, 'the comma after "capital spent" ended the entry'),
        ("a: {b: one, or two: maybe}\n", 11, 'the comma after "one" ended the entry: give "b" a line'),
        ("a: {b: f(x, y: 3), c: d}\n", 11, 'the comma after "x" ended the entry: give "b" a line'),
        ("a: {label: Combat (10,000 soldiers), b: c}\n", 22, 'the comma after "10" ended the entry: write 10_000'),
        ("a: {b: 3,000 troops, c: d}\n", 9, 'the comma after "3" ended the entry: write 3_000'),
        ("a: [3,000 troops, 5]\n", 6, 'the comma after "3" ended the entry: write 3_000'),
        ("a: [lognormal(median=3, sigma=1), 4]\n", 23, 'the comma after "median=3" ended the entry: give the item'),
        ("a: {b: f(x}\n", 5, '"f(x" has a bracket that is never closed'),
        ("a: {b: x), c: d}\n", 5, '"x)" has a bracket that is never opened'),
        ("a: {two words: x}\n", 5, '"two words" is no name'),
        ("a: {b: 1, c:2}\n", 11, '"c:2" has no value'),
        ("a: {b:1}\n", 5, '"b:1" has no value'),
        ("a: {b, c}\n", 5, '"b" has no value'),
    ],
)
def test_a_comma_that_cuts_an_entry_gets_one_message(text, column, message):
    """Inside brackets all the pieces that one comma trap leaves behind make one fault, at the comma."""
    fault = only(text)
    assert fault.message.startswith(message)
    assert fault.column == column


@pytest.mark.parametrize(
    "text",
    [
        "a: {x-y.z: 1, wt-2024: b, 가: c}\n",
        "a: {label: 'one, two (three', b: \"f(x, y)\"}\n",
        "a: [1, 200]\n",
        "a: [f(x), (y)]\n",
        "a: {b: 3 days, c: {d: [x, y]}}\n",
        "a: {b: Will they?, c: d}\n",
        "a: b   # a comment\nc: d # another\n#e: f\n",
        'a: ["x #2", "y"] #z\n',
        "a: |\n  # no comment\n  \tx #2\n",
        "a: f(x, y: z)\n".replace(": z", " z"),
        "a: [1,\n\t2]\n",
        "%YAML 1.2\n---\na: b\n...\n",
        "a: ''\n",
        "a: 10,000 soldiers\n",
    ],
)
def test_what_is_no_trap_is_read(text):
    """The guards refuse nothing that YAML and the style rule allow."""
    read(text)


def test_all_faults_are_found_in_one_pass():
    """Faults that do not stop the parser are all reported, sorted, and the rest of the tree is there."""
    node, faults = read_text("a: ~\nb: {c: f(1, 2), d: e}\nb: 1\ng: !x y\nh: Rung #2\nok: 1\n", "a.yaml")
    assert [fault.line for fault in faults] == [1, 2, 3, 4, 5]
    assert isinstance(node, Mapping)
    assert list(node.entries) == ["b", "h", "ok"]
    assert node.refused == {"a", "g"}
    assert isinstance(node.entries["b"], Mapping)
    assert node.entries["b"].refused == {"c", "2)"}


def test_after_a_syntax_error_what_was_found_before_is_kept():
    """A syntax error ends the reading with one fault, after those before it."""
    assert [fault.line for fault in faults_of("a: ~\nb: @x\nc: ~\n")] == [1, 2]


def test_every_tab_is_told_at_once():
    """A file indented with tabs gets one fault that says how many lines have one."""
    assert "(2 other lines have one)" in only("a:\n\tb: 1\n\tc: 2\n\td: 3\n").message


def test_bytes_that_are_no_utf8_are_placed():
    """The fault of a foreign encoding stands at the line and column of the first wrong byte."""
    fault = only("a: 1\nb: 가".encode() + b"\xb0\xa1\n")
    assert (fault.line, fault.column) == (2, 5)
    assert "0xB0" in fault.message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_is_refused_by_name(encoding):
    """UTF-16 and UTF-32, with or without a mark, are refused with the cure."""
    fault = only("a: b\n".encode(encoding))
    assert "UTF-16" in fault.message
    assert fault.suggestion == "save it as UTF-8"


def test_nesting_is_bounded():
    """At the limit a tree is read; one level more is a fault, and a bomb of brackets is over at once."""
    read("a: " + "[" * (DEEPEST - 1) + "x" + "]" * (DEEPEST - 1))
    assert "levels" in only("a: " + "[" * DEEPEST + "x" + "]" * DEEPEST).message
    for bomb in ("[", "{a: ", "- ", "? "):
        begun = time.perf_counter()
        assert faults_of("a:\n " + bomb * 100_000 if bomb != "- " else bomb * 100_000)
        assert time.perf_counter() - begun < 1


def test_an_alias_bomb_is_refused_entry_by_entry():
    """Aliases are never followed, so that nine lines of them cost nine faults."""
    lines = ["a0: &a0 [x, x]"] + [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 10)]
    assert len(faults_of("\n".join(lines))) == 10 + 81


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    """100 MB cost under a tenth of a second."""
    path = tmp_path / "huge.yaml"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    begun = time.perf_counter()
    _, faults = read_file(path)
    assert time.perf_counter() - begun < 0.1
    assert "larger than 2_000_000 bytes" in faults[0].message
    assert "larger" in only("x" * (LARGEST + 1)).message


@pytest.mark.parametrize("name", ["absent.yaml", ".", "a\0b", "x" * 5000])
def test_what_is_no_file_is_a_fault(tmp_path, name):
    """A missing file, a folder and an impossible name are faults of their own, without a traceback."""
    node, faults = read_file(os.path.join(tmp_path, name), "shown.yaml")
    assert node is None
    assert [fault.file for fault in faults] == ["shown.yaml"]


def test_a_thousand_lines_are_read_quickly():
    """A file as long and as dense as a large scenario costs under 60 ms of the processor with libyaml."""
    if yaml12.LOADER is yaml.SafeLoader:
        pytest.skip("PyYAML was built without libyaml")
    entry = "  name{}: {{actor: seoul, default: 600 soldiers, range: [1 days, 9 days]}}\n"
    block = "  rule{}:\n    when: a >= b and not c\n    for: 7 days\n    effect:\n      a: min(a, b + 1)\n"
    text = "levers:\n" + "".join(entry.format(k) + block.format(k) for k in range(167))
    assert text.count("\n") > 1000
    assert min(_seconds(text) for _ in range(7)) < 0.06


def _seconds(text: str) -> float:
    begun = time.process_time()
    read(text)
    return time.process_time() - begun


def _mutated(data: bytes, random_: random.Random) -> bytes:
    """The bytes after one to five random changes."""
    marks = b"\t\r\n\0 :#,[]{}()&*!|>'\"%@`?-~\xff\xed\xa0\x80\xef\xbb\xbf"
    for _ in range(random_.randint(1, 5)):
        at, length = random_.randrange(len(data)), random_.choice((0, 0, 1, 1, 2, 40))
        new = random_.choice((b"", bytes([random_.choice(marks)]), random_.randbytes(3), data[at : at + 60]))
        data = data[:at] + new + data[at + length :]
    return data


def test_no_change_of_bytes_makes_the_reader_fail():
    """2,000 mutated files are read or refused: no exception, and each in under a second."""
    random_ = random.Random(20241018)
    clean = 0
    for _ in range(2000):
        data = _mutated(SAMPLE.encode(), random_)
        begun = time.perf_counter()
        node, faults = read_text(data, "a.yaml")
        assert time.perf_counter() - begun < 1
        assert node is not None or faults
        clean += not faults
        lines = data.count(b"\n") + data.count(b"\r") + 2
        assert all(1 <= fault.line <= lines and fault.column >= 1 for fault in faults)
    assert 100 < clean < 1900


def test_a_file_is_named_as_the_user_gave_it(tmp_path: Path, monkeypatch):
    """Origins carry the path as given, not resolved."""
    (tmp_path / "s.yaml").write_text("a: b\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    node, _ = read_file("./s.yaml", layer="overlay:s")
    assert isinstance(node, Mapping)
    assert (node.origin.file, node.origin.layer) == ("./s.yaml", "overlay:s")
