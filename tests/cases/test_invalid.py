"""Every file in `invalid/` is refused with the message in its first line: `# expect LINE:COLUMN MESSAGE // SUGGESTION`.

The line counts those comments. A fault in another file is written `# expect FILE:LINE:COLUMN …`.
"""

import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
import yaml

from escalation.cli.checking import check_files
from escalation.cli.exits import Exit
from escalation.language import yaml12
from escalation.language.faults import InvalidScenario, render
from escalation.language.resolve import read_scenario

INVALID = Path(__file__).parent / "invalid"
FILES = sorted(path.name for path in INVALID.glob("*.yaml"))
EXPECT = re.compile(r"# expect (?:(?P<file>[^ :]+):)?(?P<line>\d+):(?P<column>\d+) (?P<said>.+)")


def expected(name):
    """(file, line, column, message, suggestion) of each fault that a file announces."""
    lines = (INVALID / name).read_text(encoding="utf-8").split("\n")
    found = [EXPECT.fullmatch(line) for line in lines if line.startswith("# expect")]
    parts = [(each, *each["said"].partition(" // ")[::2]) for each in found]
    return [(each["file"] or name, int(each["line"]), int(each["column"]), *said) for each, *said in parts]


def columns(text):
    """How many columns of a terminal a text fills."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.category(letter) in ("Mn", "Me", "Cf") for letter in text)


@pytest.fixture(autouse=True)
def among_the_files(monkeypatch):
    monkeypatch.chdir(INVALID)


def test_there_are_enough_of_them_and_each_says_what_to_expect():
    """At least 120 files, each with at least one expectation and seldom more than one."""
    counts = [len(expected(name)) for name in FILES]
    assert len(FILES) >= 120
    assert min(counts) == 1
    assert sum(count > 1 for count in counts) <= len(FILES) // 50


@pytest.mark.parametrize("name", FILES)
def test_a_fault_is_told_once_at_its_place_in_words(name):
    """Reading the file raises exactly the announced faults: place, message and suggestion."""
    with pytest.raises(InvalidScenario) as raised:
        read_scenario(name)
    told = [(each.file, each.line, each.column, each.message, each.suggestion) for each in raised.value.faults]
    assert told == sorted(expected(name))
    for fault in raised.value.faults:
        _has_its_caret_in_place(fault, raised.value.sources)


def _has_its_caret_in_place(fault, sources):
    """The rendered fault quotes its line, with the caret under the column."""
    shown = render(fault, sources).split("\n")
    line = sources.texts[fault.file].split("\n")[fault.line - 1]
    assert shown[0] == f"{fault.file}:{fault.line}:{fault.column}: {fault.message}"
    if not line.strip() or "…" in shown[1] or "\t" in line:
        return
    gutter = f"{fault.line:>5} | "
    quoted, caret = shown[1].removeprefix(gutter), shown[2]
    assert len(quoted) == len(line)
    assert caret.index("^") == len(gutter) + columns(line[: fault.column - 1])


def test_the_parser_in_python_tells_the_same(monkeypatch):
    """Where PyYAML was built without libyaml, every fault is the same."""
    monkeypatch.setattr(yaml12, "LOADER", yaml.SafeLoader)
    for name in FILES:
        with pytest.raises(InvalidScenario) as raised:
            read_scenario(name)
        told = [(each.file, each.line, each.column, each.message, each.suggestion) for each in raised.value.faults]
        assert told == sorted(expected(name))


@pytest.mark.parametrize("name", FILES)
def test_the_command_says_so_and_ends_with_3(name, capsys):
    """`check` prints the place and the message on stdout and returns the code for an invalid scenario."""
    assert check_files([Path(name)], [], [], "text", False) == Exit.INVALID
    file, line, column, message, _ = expected(name)[0]
    assert f"{file}:{line}:{column}: {message}" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["troops-compared-with-a-time.yaml", "python-object-tag.yaml"])
def test_the_process_ends_with_3(name):
    """`python -m escalation check FILE` is a process that exits with 3 and prints no traceback."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "escalation", "check", str(INVALID / name)],
        capture_output=True, text=True, cwd=root, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == Exit.INVALID
    assert expected(name)[0][3] in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", FILES)
def test_a_reader_is_told_in_plain_words(name):
    """No message speaks of Python or of the libraries that read the file, and none is a bare code."""
    for _, _, _, message, suggestion in expected(name):
        said = message + " " + suggestion
        quoted = re.sub(r'"[^"]*"|`[^`]*`', "", said)
        assert not re.search(r"pydantic|Traceback|Error\b|NoneType|<class|object at 0x|ValidationError", quoted)
        assert len(message) >= 8
        assert len(said) <= 320
