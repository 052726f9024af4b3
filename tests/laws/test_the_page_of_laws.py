"""`docs/laws.md` names the tests that hold each law, and they exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "laws.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_exists():
    """`file::test` in the page is a function of that file."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 150
    for file, function in named:
        text = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert f"def {function}(" in text, f"{file}::{function}"


def test_every_law_names_a_test():
    """No row of the page stands without a test."""
    rows = re.findall(r"^\| (?!law \|)(.+) \| (.*) \|$", PAGE, re.MULTILINE)
    assert len(rows) > 70
    assert [law for law, held in rows if not re.search(r"`[\w/]+\.py::\w+`", held)] == []


def test_every_file_of_laws_is_on_the_page():
    """A file of `tests/laws` holds at least one law of the page."""
    files = {path.name for path in Path(__file__).parent.glob("test_*.py")} - {Path(__file__).name}
    assert {name for name in files if f"`laws/{name}::" not in PAGE} == set()
