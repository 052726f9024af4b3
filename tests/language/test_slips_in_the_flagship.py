"""Slips in the largest scenario and in what is laid over it: told where they stand, or seen in what `show` prints."""

import shutil
from pathlib import Path

import pytest

from tests.language.mutants import all_mutants
from tests.language.test_mutants import ROOT, judge

FLAGSHIP = ROOT / "scenarios" / "seoul-2024.yaml"
OVERLAYS = sorted((ROOT / "scenarios" / "seoul-2024").glob("*.yaml"))
AT_EVERY_TEST, OF_AN_OVERLAY, AT_NIGHT = 300, 10, 10_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the core, its evidence and its overlays, in which a mutant may stand."""
    return Path(shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios"))


def evenly(mutants: list, wanted: int) -> list:
    """So many of a list, evenly over it (all of it if it is shorter)."""
    return [mutants[number * len(mutants) // wanted] for number in range(wanted)] if wanted < len(mutants) else mutants


def test_three_hundred_slips_in_the_flagship_are_told_or_show(folder: Path) -> None:
    """Keys misspelt, leaves deleted or of another type, expressions cut by a brace: none is silent, none is astray."""
    mutants = evenly(all_mutants(FLAGSHIP.read_text(encoding="utf-8")), AT_EVERY_TEST)
    assert len(mutants) == AT_EVERY_TEST
    assert judge(mutants, FLAGSHIP, folder) == ([], [])


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.stem)
def test_slips_in_an_overlay_are_told_or_show(overlay: Path, folder: Path) -> None:
    """Ten slips of every overlay, laid over the core."""
    mutants = evenly(all_mutants(overlay.read_text(encoding="utf-8")), OF_AN_OVERLAY)
    assert judge(mutants, overlay, folder / "seoul-2024", FLAGSHIP) == ([], [])


@pytest.mark.nightly
def test_ten_thousand_slips_are_told_or_show(folder: Path) -> None:
    """Ten thousand slips, evenly over the core and its overlays."""
    sources = (FLAGSHIP, *OVERLAYS)
    mutants = [(source, each) for source in sources for each in all_mutants(source.read_text(encoding="utf-8"))]
    chosen = evenly(mutants, AT_NIGHT)
    assert len(chosen) == AT_NIGHT
    for source in sources:
        slips = [each for of, each in chosen if of == source]
        core, place = (None, folder) if source == FLAGSHIP else (FLAGSHIP, folder / "seoul-2024")
        assert judge(slips, source, place, core) == ([], []), source.name
