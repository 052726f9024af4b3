"""The other thousand of two thousand slips in the largest scenario, for another process."""

from pathlib import Path

from tests.language.test_slips_in_the_flagship import folder, half

__all__ = ["folder"]


def test_another_thousand_slips_in_the_flagship_are_told_or_show(folder: Path) -> None:
    """Those that stand between the thousand of the other file."""
    half(1, folder)
