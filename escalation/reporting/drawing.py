"""From a matplotlib figure to an SVG that can stand in a page and a PNG, the same bytes every time.

Text stays text and is never read as mathematics; no date, host or user setting gets in; ids carry the chart's name, so
that charts of one page do not meet. Matplotlib is imported only when something is drawn.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from escalation.reporting.fonts import CARRIED, carried, families, without_glyph
from escalation.reporting.lettering import LINE, SIZE, TITLE, wrapped
from escalation.reporting.palette import FAINT, INK, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
WIDTH = 360.0
"""Width of every chart in points."""
FONT_FAMILY = f"'{CARRIED}', 'DejaVu Sans', Verdana, 'Noto Sans CJK KR', 'Malgun Gothic', sans-serif"
"""The letters carried stand first: a browser may take a font of another name for the others and draw boxes with it."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as an SVG document and a PNG. missing: characters for which the PNG had no letter."""

    svg: str
    png: bytes
    missing: str

    @property
    def file(self) -> bytes:
        """The SVG as a file of its own, with the letters that it needs and few machines have."""
        style = carried("".join(ElementTree.fromstring(self.svg).itertext()))
        return (self.svg.replace(">", f"><style>{style}</style>", 1) if style else self.svg).encode()


@dataclass(frozen=True, slots=True)
class Frame:
    """What every chart has besides its data.

    name: its file name without ending, also the prefix of its ids. title: written on it, so that it can stand alone.
    alt: its alternative text. start, horizon: the ISO date of day 0 and the days that a time axis spans.
    """

    name: str
    title: str
    alt: str
    start: str
    horizon: float

    @property
    def lines(self) -> tuple[str, ...]:
        """The title as it is broken."""
        return wrapped(self.title, WIDTH - 4, lines=2, size=TITLE * 1.08)

    @property
    def height(self) -> float:
        """Room that the title takes at the top, in points."""
        return len(self.lines) * TITLE * LINE + 6


@contextmanager
def canvas(frame: Frame, height: float, text: str = "") -> Iterator["Figure"]:
    """A titled figure with room for `height` points below its title, whatever the reader's matplotlibrc says.

    text: everything else that will be written on it, so that a font which has its letters can be found.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_settings(frame.title + text))  # type: ignore[arg-type]
        figure = Figure(figsize=(WIDTH / 72, (frame.height + height) / 72), facecolor="white")
        for place, line in enumerate(frame.lines, start=1):
            write_at(figure, 2, place * TITLE * LINE, line, weight="bold", size=TITLE)
        yield figure


def _settings(text: str) -> dict[str, Any]:
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "escalation",
        "text.parse_math": False,
        "font.family": families(text),
        "font.size": SIZE,
        "axes.unicode_minus": True,
        "axes.linewidth": 0.8,
        "axes.edgecolor": FAINT,
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": FAINT,
        "ytick.color": FAINT,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "hatch.linewidth": 0.6,
        "hatch.color": "#ffffff",
        "figure.dpi": 72,
    }


def axes_at(figure: "Figure", left: float, top: float, width: float, height: float) -> "Axes":
    """Axes at a place measured in points from the upper left corner; only the left and lower spines are drawn."""
    full = figure.get_figheight() * 72
    axes = figure.add_axes((left / WIDTH, 1 - (top + height) / full, width / WIDTH, height / full))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=3, width=0.8)
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    return axes


def write_at(figure: "Figure", x: float, y: float, text: str, **style: Any) -> None:
    """Text whose baseline stands at a place measured in points from the upper left corner."""
    full = figure.get_figheight() * 72
    figure.text(x / WIDTH, 1 - y / full, text, va="baseline", **style)


def drawn(figure: "Figure", frame: Frame, text: str = "") -> Drawing:
    """The finished chart; `text` as for `canvas`."""
    svg, png = BytesIO(), BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    figure.savefig(png, format="png", dpi=144, metadata={"Software": None})
    return Drawing(_cleaned(svg.getvalue(), frame.name, frame.alt), png.getvalue(), without_glyph(frame.title + text))


def _cleaned(svg: bytes, name: str, alt: str) -> str:
    """The SVG with ids of its own, an alternative text, a font that every machine has, and nothing unused."""
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(svg)
    for metadata in root.findall(f"{{{SVG}}}metadata"):
        root.remove(metadata)
    for holder in root.iter(f"{{{SVG}}}defs"):
        for style in holder.findall(f"{{{SVG}}}style"):
            holder.remove(style)
    used = set(re.findall(r"(?:url\(|href=\")#([^)\"]+)", svg.decode()))
    for element in root.iter():
        _renamed(element, name, used)
    root.attrib.pop("version", None)
    root.attrib |= {"role": "img", "aria-label": alt, "stroke-linejoin": "round", "stroke-linecap": "butt"}
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _renamed(element: ElementTree.Element, name: str, used: set[str]) -> None:
    identity = element.attrib.pop("id", None)
    if identity is not None and identity.startswith("matplotlib.axis"):
        element.set("class", "axis")
    if identity in used:
        element.set("id", f"{name}-{identity}")
    for attribute, value in list(element.attrib.items()):
        if attribute == f"{{{XLINK}}}href":
            element.set(attribute, value.replace("#", f"#{name}-", 1))
        elif value.startswith("url(#"):
            element.set(attribute, value.replace("url(#", f"url(#{name}-", 1))
        elif attribute == "style":
            family = re.sub(r"font-family: [^;]+", f"font-family: {FONT_FAMILY}", value)
            element.set(attribute, family.replace("url(#", f"url(#{name}-"))
