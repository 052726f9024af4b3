"""Showing faults: the place, the line, a caret that is right in any script, nothing that steers a terminal."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.language.faults import Fault, InvalidScenario, Sources, nearest, render, render_all
from escalation.model.process import Origin


def shown(line: str, column: int, length: int = 1, message: str = "wrong") -> list[str]:
    """The lines of one rendered fault on the second line of a file."""
    return render(Fault("a.yaml", 2, column, message, length=length), Sources({"a.yaml": f"x\n{line}\ny"})).split("\n")


def columns(text: str) -> int:
    """Columns of a terminal that a text without controls fills."""
    widths = {"W": 2, "F": 2}
    return sum(0 if unicodedata.combining(c) else widths.get(unicodedata.east_asian_width(c), 1) for c in text)


def test_a_fault_is_a_place_a_line_a_caret_and_a_cure():
    """The four parts come in this order, the caret as long as the fault."""
    fault = Fault("s.yaml", 2, 4, 'unknown key "rat"', "did you mean rate?", 3, expected="one of rate, chance")
    assert render(fault, Sources({"s.yaml": "a:\n   rat: 1\n"})).split("\n") == [
        's.yaml:2:4: unknown key "rat"',
        "    2 |    rat: 1",
        "      |    ^^^",
        "  expected one of rate, chance",
        "  did you mean rate?",
    ]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("서울: 나쁜", 5),
        ("имя: плохо", 6),
        ("😀😀: bad", 5),
        ("ｆｕｌｌ bad", 6),
        ("e\u0301e\u0301: bad", 7),
        ("ok: bad", 5),
    ],
)
def test_the_caret_stands_under_wide_and_combining_characters(line, column):
    """The columns before the caret are those of the text before the fault."""
    text, caret = shown(line, column)[1:3]
    assert text == "    2 | " + line
    assert caret.index("^") - len("    2 | ") == columns(line[: column - 1])


def test_the_caret_is_as_wide_as_what_it_underlines():
    """Two Hangul syllables are underlined by four carets."""
    assert shown("서울: 나쁜", 5, 2)[2].endswith("| " + " " * 6 + "^^^^")


def test_tabs_are_shown_as_spaces_to_the_next_stop():
    """A tab fills up to a multiple of four, and the caret after it is moved along."""
    assert shown("\tbad", 2, 3)[1:3] == ["    2 |     bad", "      |     ^^^"]
    assert shown("a\tbad", 1)[1:3] == ["    2 | a   bad", "      | ^"]


@pytest.mark.parametrize("line", ["x" * 5000, "가" * 5000, "\t" * 4999 + "x", "e\u0301" * 3000])
@pytest.mark.parametrize("column", [1, 50, 400, 2999])
def test_a_long_line_is_cut_around_the_caret(line, column):
    """At most a hundred columns are shown, the cut is marked, and the caret is inside."""
    text, caret = shown(line, column, 2000)[1:3]
    text, caret = text.removeprefix("    2 | "), caret.removeprefix("      | ")
    assert columns(text) <= 100
    assert len(caret) <= 100
    assert text.endswith("…")
    assert text.startswith("…") == (columns(line[: column - 1].expandtabs(4)) > 60)


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x07", "\x9b1m", "\u202e", "\u2066", "\r", "\ud800", "\x00"])
def test_nothing_steers_the_terminal(hostile):
    """Escapes, overrides of direction and lone surrogates are made visible, in line, message and file name."""
    fault = Fault(f"a{hostile}.yaml", 1, 3, f"bad {hostile}", f"not {hostile}")
    sources = Sources({fault.file: f"x {hostile} y"})
    for text in (render(fault, sources), render_all([fault], sources, "github"), render_all([fault], sources, "json")):
        assert hostile not in text.replace("\r\n", "")
        text.encode()


@given(st.text(max_size=60), st.integers(1, 80), st.integers(0, 80), st.text(max_size=20))
@settings(derandomize=True, deadline=None)
def test_any_text_can_be_shown(line, column, length, message):
    """Whatever stands in the file, a fault is shown, with a caret unless the line is blank."""
    line = line.replace("\n", "")
    lines = shown(line, column, length, message)
    assert len(lines) == (3 if line.strip() else 1)


def test_a_place_that_no_text_covers_is_shown_without_a_line():
    """A missing file, a line past the end and an empty line leave only the words."""
    assert shown("", 1) == ["a.yaml:2:1: wrong"]
    assert render(Fault("b.yaml", 9, 1, "gone"), Sources({"b.yaml": "x"})) == "b.yaml:9:1: gone"
    assert render(Fault("c.yaml", 1, 1, "gone"), Sources()) == "c.yaml:1:1: gone"


FAULTS = [
    Fault("b.yaml", 1, 1, "three"),
    Fault("a.yaml", 10, 1, "two", "a cure, 100%: yes", 4, expected="a name"),
    Fault("a.yaml", 9, 1, "one"),
]


def test_faults_are_sorted_by_file_and_line_and_counted():
    """Line 9 comes before line 10, and the last line counts."""
    lines = render_all(FAULTS, Sources()).split("\n")
    assert [line for line in lines if line.startswith(("a.", "b."))] == [
        "a.yaml:9:1: one",
        "a.yaml:10:1: two",
        "b.yaml:1:1: three",
    ]
    assert lines[-1] == "3 faults in 2 files"
    assert render_all(FAULTS[:1], Sources()).endswith("1 fault")
    assert render_all([], Sources()) == "no faults"


def test_faults_as_json_are_objects_in_order():
    """Every field is there under its own name."""
    first, second, _ = json.loads(render_all(FAULTS, Sources(), "json"))
    assert first["line"] == 9
    assert second == {
        "file": "a.yaml",
        "line": 10,
        "column": 1,
        "message": "two",
        "suggestion": "a cure, 100%: yes",
        "length": 4,
        "layer": "scenario",
        "expected": "a name",
    }
    assert json.loads(render_all([], Sources(), "json")) == []


def test_faults_for_a_review_are_workflow_commands():
    """Per cent signs and line breaks are escaped, and a file name cannot add a property."""
    assert render_all(FAULTS, Sources(), "github").split("\n")[1] == (
        "::error file=a.yaml,line=10,col=1,endColumn=5::two: expected a name (a cure, 100%25: yes)"
    )
    line = render_all([Fault("a,line=7::x.yaml", 1, 1, "x\n::error::y")], Sources(), "github")
    assert line == "::error file=a%2Cline=7%3A%3Ax.yaml,line=1,col=1,endColumn=2::x%0A::error::y"


def test_the_nearest_word_is_offered_only_when_it_is_near():
    """A slip is recognised, a stranger is not, and the order of the candidates does not matter."""
    assert nearest("patienc", ["threshold", "patience"]) == "patience"
    assert nearest("xyzzy", ["threshold", "patience"]) is None
    assert nearest("ab", ["abd", "abc"]) == nearest("ab", ["abc", "abd"])


def test_a_fault_takes_its_place_from_an_origin():
    """`Fault.at` keeps file, line, column and layer."""
    fault = Fault.at(Origin("o.yaml", 3, 7, "overlay:o.yaml"), "no", "yes", 2, expected="this")
    assert (fault.file, fault.line, fault.column, fault.layer) == ("o.yaml", 3, 7, "overlay:o.yaml")
    assert (fault.suggestion, fault.length, fault.expected) == ("yes", 2, "this")
    assert InvalidScenario(tuple(FAULTS)).faults == tuple(sorted(FAULTS))
