"""Which fonts a chart is measured and rasterised with, and the letters that travel with what it is written in.

DejaVu Sans comes with matplotlib, so every machine has it. It has no Hangul: NanumGothic, from the package
`koreanize-matplotlib`, is installed with us for that. Only where a label needs letters that both lack is a font of this
machine asked for, and a PNG with such labels can then differ between machines.
"""

from base64 import b64encode
from dataclasses import replace
from functools import cache, lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

BUNDLED = "DejaVu Sans"
KOREAN = "NanumGothic"
CARRIED = "Letters that travel with this file"
"""The family name of the few letters that an SVG or a page brings along."""
MORE = (
    KOREAN,
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Nanum Gothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "AppleGothic",
    "UnDotum",
    "Baekmuk Gulim",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Arial Unicode MS",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "FreeSans",
)


def families(text: str) -> list[str]:
    """The font families to draw a text with, the bundled one first."""
    missing = set(without_glyph(text, (BUNDLED,)))
    chosen = [BUNDLED]
    for name in MORE:
        if missing and (found := missing & _letters(name)):
            chosen.append(name)
            missing -= found
    return chosen


def without_glyph(text: str, names: tuple[str, ...] = (BUNDLED, *MORE)) -> str:
    """The characters of a text that none of these fonts has, each once, sorted; what no font draws is not counted."""
    wanted = {letter for letter in text if letter.isprintable() and not letter.isspace()}
    for name in names:
        if wanted:
            wanted -= _letters(name)
    return "".join(sorted(wanted))


def carried(text: str) -> str:
    """A style rule that brings the Hangul letters of a text along, in regular and bold; empty where there are none.

    A few kilobytes in the file, so that whoever opens it reads the labels without a Korean font and without a network.
    """
    letters = frozenset(without_glyph(text, (BUNDLED,))) & _letters(KOREAN)
    if not letters:
        return ""
    return "".join(
        f"@font-face{{font-family:'{CARRIED}';font-weight:{weight};"
        f"src:url(data:font/ttf;base64,{b64encode(_cut_down(path, letters)).decode()})}}"
        for weight, path in _korean_files().items()
    )


@lru_cache(maxsize=64)
def _cut_down(path: Path, letters: frozenset[str]) -> bytes:
    """A font with only these letters; the same letters give the same bytes."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(hinting=False, layout_features=[], name_IDs=[0, 1, 2, 13, 14], notdef_outline=True)
    options.drop_tables += ["TSI0", "TSI1", "TSI2", "TSI3", "TSI5", "kern"]
    with TTFont(path, recalcTimestamp=False, lazy=True) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=sorted(map(ord, letters)))
        subsetter.subset(font)
        content = BytesIO()
        font.save(content)
    return content.getvalue()


def _korean_files() -> dict[int, Path]:
    """Weight to file of the Korean font; the package that ships it is found without running it."""
    spec = find_spec("koreanize_matplotlib")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    found = {
        weight: Path(place, "fonts", f"{KOREAN}{style}.ttf")
        for place in places
        for weight, style in ((400, ""), (700, "Bold"))
    }
    return {weight: path for weight, path in found.items() if path.exists()}


@cache
def _letters(name: str) -> frozenset[str]:
    """Characters that a font has; empty when it is not installed."""
    from matplotlib.font_manager import fontManager, get_font

    if name == KOREAN:
        for weight, path in _korean_files().items():
            fontManager.addfont(path)
            fontManager.ttflist[-1] = replace(fontManager.ttflist[-1], weight=weight)
    for entry in fontManager.ttflist:
        if entry.name == name and entry.style == "normal":
            return frozenset(map(chr, get_font(entry.fname).get_charmap()))
    return frozenset()
