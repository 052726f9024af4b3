"""The debrief as one file that opens from disk and asks nothing of the network."""

from collections.abc import Sequence
from importlib.resources import files

from markupsafe import Markup

from escalation.reporting.class_debrief import Page
from escalation.web.page import templates
from escalation.web.room_words import WORDS
from escalation.web.text import text


def debrief_file(title: str, pages: Sequence[Page]) -> str:
    """One HTML document with every page of the debrief, its charts and its style inside."""
    style = Markup(files("escalation.web").joinpath("static", "style.css").read_text("utf-8"))
    known = {"title": title, "pages": pages, "style": style, "t": text} | WORDS
    return templates().get_template("alone/debrief_file.html").render(known)
