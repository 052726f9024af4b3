"""Every file in `studies/` is refused with the message in its first line, as those in `invalid/`."""

from pathlib import Path

import pytest

from escalation.language.faults import InvalidScenario, render
from escalation.language.study import read_study
from tests.cases.test_invalid import EXPECT

STUDIES = Path(__file__).parent / "studies"
FILES = sorted(path.name for path in STUDIES.glob("*.yaml"))


@pytest.fixture(autouse=True)
def among_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(STUDIES)


@pytest.mark.parametrize("name", FILES)
def test_a_fault_of_a_study_is_told_once_at_its_place_in_words(name: str) -> None:
    """Reading the file raises exactly the announced faults: place, message and suggestion."""
    lines = Path(name).read_text(encoding="utf-8").split("\n")
    found = [each for line in lines if (each := EXPECT.fullmatch(line))]
    expected = [(int(each["line"]), int(each["column"]), *each["said"].partition(" // ")[::2]) for each in found]
    with pytest.raises(InvalidScenario) as raised:
        read_study(name)
    told = [(each.line, each.column, each.message, each.suggestion) for each in raised.value.faults]
    assert told == sorted(expected)
    for fault in raised.value.faults:
        assert "^" in render(fault, raised.value.sources)
