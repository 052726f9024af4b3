"""Dots with intervals: every value is written beside its mark, within the chart, and said to who cannot see it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.reporting.chart_class_path import draw_class_path
from escalation.reporting.chart_dots import Mark, Row, draw_dots, percent_scale
from escalation.reporting.drawing import WIDTH, Drawing, Frame
from escalation.reporting.lettering import width
from escalation.statistics.fan import fan

FRAME = Frame("dots", "How likely", "War: 31 %.", "2030-01-01", 60.0)
TEXT = re.compile(r"<text([^>]*)>([^<]*)</text>")


def texts(drawing: Drawing) -> list[tuple[str, float, str]]:
    """Each text with the place at which it stands and whether it begins or ends there."""
    found = []
    for attributes, words in TEXT.findall(drawing.svg):
        place = re.search(r"translate\(([-\d.]+)", attributes) or re.search(r'\bx="([-\d.]+)', attributes)
        anchor = re.search(r"text-anchor: (\w+)", attributes)
        found.append((words, float(place[1]) if place else 0.0, anchor[1] if anchor else "start"))
    return found


@settings(derandomize=True, deadline=None, max_examples=12)
@given(value=st.floats(0.0, 1.0), half=st.floats(0.0, 0.3))
def test_a_value_is_written_inside_the_chart_wherever_its_dot_lies(value, half):
    """Right of its interval, or left where the room ends."""
    mark = Mark(value, max(0.0, value - half), min(1.0, value + half), "100 %", "o", "#0072B2")
    drawing = draw_dots(FRAME, [Row("War", (mark,))], percent_scale())
    (words, x, anchor), *_ = [each for each in texts(drawing) if each[0] == "100 %" and each[2] != "middle"] or [
        ("", 0.0, "")
    ]
    assert words
    wide = width(words)
    left = x - wide if anchor == "end" else x
    assert left >= -1.0
    assert left + wide <= WIDTH + 1.0


def test_a_chart_of_dots_says_what_it_shows():
    """Its sentence is its alternative text; rows, values and the legend are letters."""
    mark = Mark(0.31, 0.25, 0.38, "31 %", "D", "#D55E00")
    drawing = draw_dots(FRAME, [Row("War within the year", (mark,))], percent_scale(), [("D", "our class", "#D55E00")])
    assert 'aria-label="War: 31 %."' in drawing.svg
    words = " ".join(each for each, *_ in texts(drawing))
    assert "War within the year" in words
    assert "31 %" in words
    assert "◆ our class" in words


@pytest.mark.parametrize(("unit", "scale"), [("troops", 1000.0), ("%", 0.01), ("", 1.0)])
def test_the_path_of_a_class_is_named_over_its_fan(unit, scale):
    """The line is called our class; a scale of whole numbers has no tick between two of them."""
    table = [[0.0, scale * (place % 4)] for place in range(20)]
    drawing = draw_class_path(FRAME, [0.0, 60.0], fan(table), [0.0, 2 * scale], unit)
    words = [each for each, *_ in texts(drawing)]
    assert "our class" in words
    if unit == "":
        assert not [each for each in words if re.fullmatch(r"\d+\.\d+", each)]
