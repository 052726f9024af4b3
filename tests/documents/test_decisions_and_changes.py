"""`docs/decisions.md` and `CHANGELOG.md` keep their form: nothing cut, nothing doubled, no mark of a merge left."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
TITLE = re.compile(r"\*\*(\d{4}-\d{2}-\d{2}) · (.+)\.?\*\*\Z")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("scenarios/**/*.md")])


def entries() -> list[list[str]]:
    """The decisions, each as its lines."""
    return [block.split("\n") for block in DECISIONS.strip().split("\n\n")[2:]]


def test_a_decision_is_three_lines() -> None:
    """The date and the choice; why; what it costs, or what would change it."""
    wrong = [
        lines[0]
        for lines in entries()
        if len(lines) != 3
        or not TITLE.match(lines[0])
        or not lines[1].startswith("Why: ")
        or not lines[2].startswith("Costs: ")
    ]
    assert wrong == []
    assert len(entries()) > 60


def test_decisions_stand_in_the_order_of_their_dates_and_once() -> None:
    """Newest at the end, and no line of a decision twice."""
    dates = [found[1] for lines in entries() if (found := TITLE.match(lines[0]))]
    assert all(earlier <= later for earlier, later in pairwise(dates))
    lines = [line for entry in entries() for line in entry]
    assert len(lines) == len(set(lines))


def changes() -> list[str]:
    """The lines of the changelog, each with what continues it."""
    return [" ".join(part.split()) for part in re.split(r"^- ", CHANGELOG, flags=re.MULTILINE)[1:]]


def test_a_change_is_told_once_and_as_a_sentence() -> None:
    """Each entry of the changelog ends as a sentence does, begins like no other, and stands under a version."""
    told = [re.split(r" ##+ ", change)[0] for change in changes()]
    assert [change for change in told if not change.endswith((".", ")"))] == []
    begins = [" ".join(change.split()[:4]) for change in told]
    assert len(begins) == len(set(begins))
    assert re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_document_holds_no_marks_of_a_merge(document: Path) -> None:
    """No conflict is left, and no two blank lines stand together."""
    text = document.read_text(encoding="utf-8")
    assert re.findall(r"^(?:<{7}|={7}|>{7}|\|{7})", text, re.MULTILINE) == []
    assert "\n\n\n" not in re.sub(r"^```.*?^```$", "code", text, flags=re.MULTILINE | re.DOTALL)
