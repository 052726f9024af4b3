"""`docs/language.md` shows what the language does: its blocks, its paths, its rules' names, and when to use what."""

import re
import shutil
from pathlib import Path

import pytest

from escalation.language.faults import Fault, InvalidScenario
from escalation.language.resolve import Resolved, read_scenario
from escalation.model.build import build

ROOT = Path(__file__).parents[2]
BASE = Path(__file__).with_name("page.yaml")
PAGE = (ROOT / "docs" / "language.frame.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ANNOUNCED = "# a fault: "
EXPECTED_NOTES = ("nothing covers ", "rows of `")
"""A block leaves sources out, and the evidence of the flagship is more than its block maps."""

FEATURES = {
    "A bare range": "deep",
    "Joint draws": "draws",
    "Varying together": "together",
    "What follows what": "follows",
    "Beliefs": "believed",
    "Batches": "deliver",
    "Announcements": "announce",
    "Skipping rungs": "skip: true",
    "Policies that adapt": "then",
    "Evidence": "evidence",
    "Classroom": "classroom",
}
"""Sections about what an author may do without, and the entry that each is about."""


def first_lines(block: str) -> str:
    """What a test of a block is called."""
    return " ".join(block.split("\n")[:3])[:50]


def laid(folder: Path, *texts: str) -> Resolved:
    """The base with these texts laid over it, the files that they name beside it."""
    base = folder / "base.yaml"
    shutil.copy(BASE, base)
    shutil.copytree(ROOT / "scenarios" / "evidence", folder / "evidence", dirs_exist_ok=True)
    (folder / "posterior.csv").write_text("tempo [days],push\n12.1,0.4\n9.7,0.9\n", encoding="utf-8")
    overlays = []
    for number, text in enumerate(texts):
        overlays.append(folder / f"overlay{number}.yaml")
        overlays[-1].write_text(text, encoding="utf-8")
    return read_scenario(base, overlays)


def faults(folder: Path, *texts: str) -> tuple[Fault, ...]:
    """What is wrong with the base under these texts."""
    try:
        laid(folder, *texts)
    except InvalidScenario as invalid:
        return invalid.faults
    return ()


@pytest.mark.parametrize("block", BLOCKS, ids=first_lines)
def test_a_block_is_sound_or_gives_the_fault_it_announces(tmp_path: Path, block: str) -> None:
    """Laid over the base a block is sound and its model can be built, or has exactly the fault of its first line."""
    told = [fault.message for fault in faults(tmp_path, block)]
    if block.startswith(ANNOUNCED):
        assert told == [block.splitlines()[0].removeprefix(ANNOUNCED)]
        return
    assert told == []
    found = laid(tmp_path, block)
    build(found.scenario)
    assert [note.message for note in found.notes if not any(part in note.message for part in EXPECTED_NOTES)] == []


def sections() -> dict[str, str]:
    """The page by headings."""
    parts = re.split(r"^##+ (.+)$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(("heading", "entry"), FEATURES.items(), ids=FEATURES)
def test_a_section_says_when_to_use_it_and_when_not(heading: str, entry: str) -> None:
    """What an author may do without says when to use it, when not, and shows a block that holds it."""
    text = " ".join(sections()[heading].split())
    assert f"Use `{entry}`" in text
    assert "Do not use it" in text
    shown = re.findall(r"^```yaml\n(.*?)^```$", sections()[heading], re.MULTILINE | re.DOTALL)
    assert any(re.search(rf"^[ -]*{entry}\b", block, re.MULTILINE) for block in shown)


def paths() -> list[str]:
    """Whatever the first column of *What can be read* names, in its order."""
    table = sections()["What can be read"].split("|---|---|\n")[1].split("\n\n")[0]
    named = [path for line in table.splitlines() for path in re.findall(r"`([^`]+)`", line.split(" | ")[0])]
    assert len(named) > 20
    return named


def as_number(path: str) -> str:
    """A plain number that reads a path."""
    if path.endswith(".known"):
        return f"1 if {path} else 0"
    if path.endswith(".age") or path.startswith("since("):
        return f"{path} / 1 day"
    if path.startswith("seoul."):
        return f"1 if {path} >= defensive_arms else 0"
    if path in ("threshold", "in_russia", "size") or path.startswith("troops_seen") or path.endswith(".size"):
        return f"{path} / 1 troops"
    return path


@pytest.mark.parametrize("path", paths())
def test_what_the_page_says_can_be_read_can_be_read(tmp_path: Path, path: str) -> None:
    """Each path stands in the effect of an event that follows the lift, and of the lift itself where it is its draw."""
    name, clock = ("sea_lift", "") if path == "size" else ("reader", "    follows: sea_lift\n")
    text = f"events:\n  {name}:\n{clock}    effect:\n      warnings: {as_number(path)}\n"
    assert faults(tmp_path, text) == ()
    misspelt = re.sub(r"\w(?=\)?$)", "q", path)
    assert faults(tmp_path, text.replace(path, misspelt)) != ()


def test_a_bare_ladder_is_no_path(tmp_path: Path) -> None:
    """A ladder is read by one of its parts; the bare name is a fault that offers them."""
    (fault,) = faults(tmp_path, "events:\n  reader: {when: seoul >= defensive_arms, effect: {warnings: 1}}\n")
    assert "seoul.decided" in fault.message + fault.suggestion


def test_the_rules_that_can_be_counted_are_those_of_the_page(tmp_path: Path) -> None:
    """The names of rules that the page gives are all of those that a ladder and a reading with a lag make."""
    text = sections()["What can be read"].split("Rules for `since`")[1]
    named = set(re.findall(r"`([\w.]+)`", text)) - {"count", "lag"}
    ladder = {f"seoul.defensive_arms{part}" for part in named if part.startswith(".") and part != ".publish"}
    expected = ladder | {"seoul.defensive_arms.pending", "troops_seen.nis.observe", "troops_seen.nis.publish"}
    made = {rule.name for rule in build(laid(tmp_path).scenario).rules}
    own = {name for name in made if name.startswith(("seoul.defensive_arms.", "troops_seen.nis."))}
    assert own == expected
    for rule in sorted(expected):
        assert faults(tmp_path, f"measures:\n  made: {{count: {rule}}}\n") == ()


def test_every_numbered_rule_of_ladders_has_its_law() -> None:
    """The page numbers the rules of ladders as the page of laws does, and leaves out none."""
    numbered = re.findall(r"^(\d)\. ", sections()["Ladders"], re.MULTILINE)
    laws = (ROOT / "docs" / "laws.md").read_text(encoding="utf-8").split("## Ladders")[1].split("\nWith `skip")[0]
    assert numbered == sorted(set(re.findall(r"^\| (\d)\. ", laws, re.MULTILINE)))


def test_nothing_is_put_off() -> None:
    """The page is about version 1 whole: it promises nothing for later."""
    assert re.findall(r"(?i)not yet|later version|in a later|to come in", PAGE.replace("still to come", "")) == []
