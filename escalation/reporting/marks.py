"""Prose with code in it, as the smallest part of Markdown: backticks, backslashes before what would mean something.

A sentence is one string: `plain` puts an author's text into it, `code` a name or a formula. It reads well on a terminal
as it is, and `as_html` sets it in a page. Nothing that an author writes can become markup in either.
"""

import re
from collections.abc import Callable
from html import escape

from markupsafe import Markup

_SPECIAL = re.compile(r"([\\`*\[\]<>~|]|&(?=[#\w])|(?<!\w)_|_(?!\w)|^[#+\-](?=\s)|^\d+(?=[.)]\s))")
_PIECE = re.compile(r"\\(.)|`([^`]*)`|([^\\`]+)|(.)", re.DOTALL)


def plain(text: str) -> str:
    """A text on one line, in which nothing is markup."""
    return _SPECIAL.sub(_escaped, " ".join(text.split()))


def _escaped(match: re.Match[str]) -> str:
    found = match[1]
    return found + "\\" if found.isdigit() else "\\" + found


def code(text: str) -> str:
    """A name or a formula, set as code."""
    return "`" + " ".join(text.replace("`", "ʼ").split()) + "`"


def quoted(text: str) -> str:
    """A name that an author gave, set off from our own words."""
    return f"“{plain(text)}”"


def as_html(line: str) -> Markup:
    """A sentence as HTML: code in its element, everything else as text."""
    made = []
    for match in _PIECE.finditer(line):
        escaped, in_code, rest, odd = match.groups()
        if in_code is not None:
            made.append(f"<code>{escape(in_code)}</code>")
        else:
            made.append(escape(escaped or rest or odd or ""))
    return Markup("".join(made))


def as_text(line: str, said: Callable[[str], str] = str) -> str:
    """A sentence as plain text, without the marks of code; said: how what is code is written."""
    return "".join(escaped or said(in_code) or rest or odd for escaped, in_code, rest, odd in _PIECE.findall(line))
