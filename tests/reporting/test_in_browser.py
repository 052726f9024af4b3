"""The report in a real browser, on a wide screen and on a telephone."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from escalation.experiments.analysis import analyse
from escalation.reporting.report import write_report
from tests.reporting.synthetic import RUN, Size, ensemble, hostile_scenario, scenario

WIDTHS = (1280, 390)
TEXTS = """
() => [...document.querySelectorAll('figure > svg')].map(svg => {
  const box = each => { const b = each.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  const letters = [...svg.querySelectorAll('text')].filter(text => text.textContent.trim());
  return {
    name: svg.closest('figure').id,
    alt: svg.getAttribute('aria-label'),
    role: svg.getAttribute('role'),
    sentence: svg.closest('figure').querySelector('figcaption').textContent,
    caption: svg.closest('figure').querySelector('details table caption').textContent,
    scale: svg.getBoundingClientRect().width / svg.viewBox.baseVal.width,
    edge: box(svg),
    texts: letters.map(text => [text.textContent, parseFloat(getComputedStyle(text).fontSize), box(text)]),
  };
})
"""
"""Every chart with the boxes of its texts: left, top, right, bottom in pixels."""


def overlap(first: list[float], second: list[float]) -> bool:
    """Whether letters lie over one another: a line's box has room above and below, so boxes may touch by a third."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    tall = min(first[3], second[3]) - max(first[1], second[1])
    return wide > 1 and tall > 0.3 * min(first[3] - first[1], second[3] - second[1])


def outside(text: list[float], edge: list[float]) -> bool:
    """Whether a text reaches over the edge of its chart by more than a pixel."""
    return text[0] < edge[0] - 1 or text[1] < edge[1] - 1 or text[2] > edge[2] + 1 or text[3] > edge[3] + 1


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    plain, hostile, size = scenario(), hostile_scenario(), Size(20, 5, 28)
    hostile = replace(hostile, measures=hostile.measures[5:8])
    return {
        name: write_report(tmp_path_factory.mktemp(name), analyse(ensemble(told, size), told), told, RUN)
        for name, told in (("plain", plain), ("hostile", hostile))
    }


@pytest.fixture(
    scope="module",
    params=[(name, width) for name in ("plain", "hostile") for width in WIDTHS],
    ids=lambda each: f"{each[0]}-{each[1]}",
)
def page(request: pytest.FixtureRequest, browser: Any, written: dict[str, Path]) -> Iterator[Any]:
    name, width = request.param
    opened = browser.new_page(viewport={"width": width, "height": 900})
    opened.heard = []
    opened.asked = []
    opened.on("console", lambda message: opened.heard.append(message.text))
    opened.on("pageerror", lambda error: opened.heard.append(str(error)))
    opened.on("dialog", lambda dialog: opened.heard.append(dialog.message))
    opened.on("request", lambda asked: opened.asked.append(asked.url))
    opened.goto(written[name].as_uri())
    opened.charts = opened.evaluate(TEXTS)
    yield opened
    opened.close()


def test_the_page_asks_for_nothing_but_itself_and_no_error_is_heard(page: Any) -> None:
    """Opening the report makes one request, for its own file, and the console stays silent."""
    assert page.heard == []
    assert page.asked == [page.url]


def test_nothing_is_wider_than_the_page(page: Any) -> None:
    """The page never scrolls sideways."""
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_the_printed_page_loses_nothing_at_its_edge(page: Any) -> None:
    """On paper nothing can be scrolled: no table is wider than an A4 page between margins."""
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": 700, "height": 900})
    page.emulate_media(media="print")
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": width, "height": 900})
    assert wider == 0


HIDDEN = """() => [...document.querySelectorAll('details.prints')].filter(
  each => !each.querySelector('table').checkVisibility()
).length"""


def test_what_is_folded_on_a_screen_is_open_on_paper(page: Any) -> None:
    """Long tables are closed until somebody opens them, and print; links in the list of sources print their address."""
    folded = page.locator("details.prints").count()
    assert page.evaluate(HIDDEN) == folded > 0
    page.emulate_media(media="print")
    printed = page.evaluate(HIDDEN)
    link = "link => getComputedStyle(link, '::after').content"
    addresses = page.locator(".sources a").evaluate_all(f"links => links.map({link})")
    page.emulate_media(media="screen")
    assert printed == 0
    assert all("http" in address or "attr(href)" in address for address in addresses)


def test_no_two_texts_of_a_chart_overlap(page: Any) -> None:
    """The boxes of two texts in one chart never lie over one another."""
    found = [
        (chart["name"], first, second)
        for chart in page.charts
        for (first, _, one), (second, _, other) in combinations(chart["texts"], 2)
        if overlap(one, other)
    ]
    assert found == []


def test_no_text_of_a_chart_is_cut(page: Any) -> None:
    """Every text of a chart lies inside it."""
    found = [
        (chart["name"], text) for chart in page.charts for text, _, box in chart["texts"] if outside(box, chart["edge"])
    ]
    assert found == []


def test_every_chart_has_an_alternative_text_a_sentence_and_a_table(page: Any) -> None:
    """Whoever cannot see a chart is told the same in words and numbers."""
    assert page.charts
    for chart in page.charts:
        assert chart["role"] == "img"
        assert len(chart["alt"]) > 30
        assert len(chart["sentence"]) > 20
        assert chart["caption"]


def test_letters_of_charts_are_large_enough_to_read(page: Any) -> None:
    """No text of a chart is drawn smaller than ten and a half pixels."""
    assert min(chart["scale"] * size for chart in page.charts for _, size, _ in chart["texts"]) >= 10.5
