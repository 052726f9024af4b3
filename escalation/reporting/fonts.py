"""Which fonts a chart is measured and rasterised with.

DejaVu Sans comes with matplotlib, so every machine has it. It has no Hangul or Han: only where a label needs letters that
it lacks is a font of this machine asked for, and a PNG with such labels can then differ between machines.
"""

from functools import cache

BUNDLED = "DejaVu Sans"
MORE = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "NanumGothic",
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


@cache
def _letters(name: str) -> frozenset[str]:
    """Characters that a font of this machine has; empty when it is not installed."""
    from matplotlib.font_manager import fontManager, get_font

    for entry in fontManager.ttflist:
        if entry.name == name and entry.style == "normal":
            return frozenset(map(chr, get_font(entry.fname).get_charmap()))
    return frozenset()
