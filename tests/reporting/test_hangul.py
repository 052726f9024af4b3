"""Hangul is drawn letter by letter in PNG, SVG and page, on a machine that has no Korean font."""

import io
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread

from escalation.reporting.drawing import Drawing, Frame, canvas, drawn
from escalation.reporting.fonts import BUNDLED, CARRIED, KOREAN, carried, families, without_glyph
from escalation.reporting.report import with_letters

NO_LETTER = "\U00013000"
"""An Egyptian hieroglyph, which no font of a report has: it is drawn as the box for a missing letter."""


def chart(title: str, text: str = "") -> Drawing:
    frame = Frame("hangul", title, "A title alone.", "2024-10-18", 10.0)
    with canvas(frame, 20, text) as figure:
        return drawn(figure, frame, text)


def picture(title: str) -> Any:
    return imread(io.BytesIO(chart(title).png))


@pytest.fixture
def only_what_is_installed_with_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has no other font."""
    monkeypatch.setattr("escalation.reporting.fonts.MORE", (KOREAN,))
    monkeypatch.setattr(without_glyph, "__defaults__", ((BUNDLED, KOREAN),))


@pytest.mark.usefixtures("only_what_is_installed_with_us")
def test_different_syllables_are_different_pictures_and_none_is_the_box() -> None:
    """In a PNG every syllable has a shape of its own, and a letter without one is told as missing."""
    letters = ["가", "나", "힣", "무", "기", NO_LETTER]
    pictures = [picture(letter) for letter in letters]
    for place, one in enumerate(pictures):
        for other in pictures[place + 1 :]:
            assert not np.array_equal(one, other)
    assert chart("방어 무기 지원").missing == ""
    assert chart(NO_LETTER).missing == NO_LETTER


@pytest.mark.usefixtures("only_what_is_installed_with_us")
def test_every_syllable_of_modern_korean_has_a_letter() -> None:
    """All 11,172 of them; a label without Hangul asks for no other font."""
    assert without_glyph("".join(map(chr, range(0xAC00, 0xD7A4)))) == ""
    assert families("한국") == [BUNDLED, KOREAN]
    assert families("Seoul, Оборона, שלום") == [BUNDLED]


def test_a_file_carries_the_letters_it_needs_and_no_others() -> None:
    """A few kilobytes with Hangul, nothing without, and the same bytes each time."""
    assert carried("Defensive arms <&> שלום") == ""
    assert b"font-face" not in chart("Defensive arms").file
    assert carried("한국 한국") == carried("국한")
    assert 1_000 < len(carried("방어 무기 지원 단계")) < 40_000
    root = ElementTree.fromstring(chart("방어 무기").file)
    assert "방어 무기" in "".join(root.itertext())
    assert "방어" not in with_letters("<style></style>방어").partition("</style>")[0]


GLYPHS = """async letter => {
  await document.fonts.ready;
  const faces = [...document.fonts].filter(face => face.family.includes('travel'));
  const sheet = document.createElement('canvas');
  sheet.width = sheet.height = 80;
  const pen = sheet.getContext('2d');
  await Promise.all(faces.map(face => face.load()));
  pen.font = "60px 'FAMILY'";
  pen.fillText(letter, 5, 65);
  return [faces.length, sheet.toDataURL()];
}""".replace("FAMILY", CARRIED)


def test_a_browser_without_a_korean_font_draws_the_letters_of_the_page(browser: Any, tmp_path: Path) -> None:
    """The letters come from the page itself: two syllables differ, and both differ from one that is not carried."""
    path = tmp_path / "page.html"
    path.write_text(with_letters("<!doctype html><meta charset=utf-8><style></style><p>가나"), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    drawings = [page.evaluate(GLYPHS, letter) for letter in ("가", "나", NO_LETTER)]
    page.close()
    assert {faces for faces, _ in drawings} == {2}
    assert len({sheet for _, sheet in drawings}) == 3


def test_a_browser_draws_the_letters_of_a_figure(browser: Any, tmp_path: Path) -> None:
    """An SVG opened alone shows different syllables as different pictures."""
    shots = []
    for place, letter in enumerate(("가", "힣", NO_LETTER)):
        path = tmp_path / f"{place}.svg"
        path.write_bytes(chart(letter).file)
        page = browser.new_page(viewport={"width": 400, "height": 80})
        page.goto(path.as_uri())
        shots.append(page.screenshot())
        page.close()
    assert len(set(shots)) == 3
