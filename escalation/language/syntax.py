"""YAML's complaints in an author's words: where the text stops being YAML, and what was probably meant."""

import re
from typing import Any

import yaml

from escalation.language.faults import Fault
from escalation.model.process import Origin

_TOO_DEEP = "this line is indented under a name that already has a value"
_QUOTE = "put the value in quotes"
_BEGINS_BEFORE = re.compile("while scanning (an alias|an anchor|a tag|a block scalar|a simple key)")
_LINE_BREAK = re.compile("\r\n|\n")

_PROBLEMS: tuple[tuple[str, str, str], ...] = (
    ("block sequence entries are not allowed", "a list item cannot begin here", "begin the list on the next line"),
    ("mapping keys are not allowed", "a value cannot begin with ?", _QUOTE),
    ("unknown escape character", "inside double quotes \\ begins an escape that YAML knows", "use single quotes"),
    ("escape code", "this escape names no character", "write the character itself"),
    ("hexdecimal", "this escape is not complete", "use single quotes, or write the character itself"),
    ("found unexpected document", "--- or ... stands inside a quoted text", "close the quote, or indent the line"),
    ("could not find expected ':'", "this line has no colon", "write `name: value`, or indent it to continue"),
    ("expected '-' indicator", "this line is no item of the list above it", "begin it with -, or align it"),
    (
        "<document start>",
        "the document ended above this line",
        "align it with the top level, or remove the ...",
    ),
    (
        "expected <block end>, but found '<block mapping start>'",
        "this line is not aligned with the lines that it belongs to",
        "align it with its neighbours",
    ),
    ("alphabetic or numeric", "a value cannot begin with * or &", _QUOTE),
    ("comment or line break", "a value cannot begin with > or |, which begin a block of text", _QUOTE),
    ("indentation indicator", "a value cannot begin with > or |, which begin a block of text", _QUOTE),
    ("tag", "a value cannot begin with !, which begins a tag", _QUOTE + "; a negation is `not x`"),
    ("whitespace or line break", "a value cannot begin with * or & or !", _QUOTE),
    ("directive", "a line cannot begin with %", "put it in quotes, or write # for a comment"),
    ("found unexpected ':'", "a colon stands where none can", _QUOTE),
)


def explain(error: yaml.MarkedYAMLError, text: str, file: str, layer: str) -> Fault:
    """The fault behind a syntax error: its place, what is wrong, the likely cause."""
    mark = error.problem_mark or error.context_mark
    index, line, column = (mark.index, mark.line, mark.column) if mark is not None else (0, 0, 0)
    lines = _LINE_BREAK.split(text)
    here = lines[line] if line < len(lines) else ""
    problem, context = str(error.problem or error), str(error.context or "")
    tab = _tab(lines, here, line, column, problem)
    if tab is not None:
        return _at(file, layer, *tab)
    if problem.startswith("found unexpected end of stream") and error.context_mark is not None:
        opening = error.context_mark
        message = "the quote that opens here is never closed"
        return _at(file, layer, opening.line, opening.column, message, "close it; inside '…' write ' as ''")
    if "cannot start any token" in problem:
        first = text[index : index + 1]
        return _at(file, layer, line, column, f"a value cannot begin with {first}", _QUOTE + _percent(text, index))
    if _BEGINS_BEFORE.match(context) and error.context_mark is not None:
        line, column = error.context_mark.line, error.context_mark.column
    if "flow" in context and error.context_mark is not None and mark is not None:
        return _flow(error.context_mark, mark, text, file, layer)
    if "scanning a tag" in context:
        problem = "tag"
    message, cure = _words(problem, lines, line, column)
    if message == _TOO_DEEP:
        column = len(here) - len(here.lstrip())
    return _at(file, layer, line, column, message, cure)


def _at(file: str, layer: str, line: int, column: int, message: str, cure: str) -> Fault:
    return Fault.at(Origin(file, line + 1, column + 1, layer), message, cure)


def _tab(lines: list[str], here: str, line: int, column: int, problem: str) -> tuple[int, int, str, str] | None:
    """The fault of a tab, where one caused the error."""
    lead = here[: len(here) - len(here.lstrip(" \t"))]
    if "\t" not in lead and "tab character" not in problem and here[column : column + 1] != "\t":
        return None
    others = sum("\t" in other[: len(other) - len(other.lstrip(" \t"))] for other in lines) - 1
    message = "a tab cannot indent a line" + (f" ({others} other lines have one)" if others > 1 else "")
    column = lead.index("\t") if "\t" in lead else column
    return line, column, message, "indent with spaces; most editors can replace every tab at once"


def _percent(text: str, index: int) -> str:
    after = re.match(r"%\s*(\d+)", text[index : index + 12])
    return f", or write {after[1]}%" if after else ""


def _flow(opening: Any, mark: Any, text: str, file: str, layer: str) -> Fault:
    """Inside `{ }` or `[ ]`: the bracket was not closed, or something else than a comma follows an entry."""
    closing = {"{": "}", "[": "]"}.get(text[opening.index : opening.index + 1])
    found = text[mark.index : mark.index + 1]
    if closing and (mark.line > opening.line or not found):
        message = f"the {text[opening.index]} that opens here is not closed before line {mark.line + 1}"
        return _at(file, layer, opening.line, opening.column, message, f"write {closing} at its end")
    if text[: mark.index].rstrip().endswith(("'", '"')):
        message, cure = "the quote closed before this text", "put the whole value in quotes; inside '…' write ' as ''"
    elif found == ":":
        message, cure = "a second colon stands in this entry", "give it a line of its own, or put it in quotes"
    elif found in ",]}":
        message, cure = f"an entry is missing before this {found}", "write the entry, or remove the comma"
    else:
        message, cure = "after an entry comes a comma or the closing bracket", "put texts with punctuation in quotes"
    return _at(file, layer, mark.line, mark.column, message, cure)


def _words(problem: str, lines: list[str], line: int, column: int) -> tuple[str, str]:
    """Message and cure for the rest."""
    here = lines[line] if line < len(lines) else ""
    if "mapping values" in problem:
        return _second_colon(here, column)
    if "could not find expected ':'" in problem and re.search(r"\w:\S", here):
        return "a colon without a space after it separates nothing", "write `name: value`, with the space"
    if "expected key" in problem:
        return _no_key(here[:column].rstrip(), here[column:])
    if "node content" in problem:
        return f"a value cannot begin with {here[column : column + 1] or 'this'}", _QUOTE
    for part, message, cure in _PROBLEMS:
        if part in problem:
            return message, cure
    return f"this is not YAML: {problem}", "put the value in quotes"


def _second_colon(here: str, column: int) -> tuple[str, str]:
    if ": " in here[:column] or here[:column].rstrip().endswith(":"):
        return "a second colon stands in this line", "put the value in quotes, or begin a new line"
    return _TOO_DEEP, "align it with its neighbours"


def _no_key(before: str, after: str) -> tuple[str, str]:
    """Where a name was expected: what stands before and after the place says why there is none."""
    if before.endswith(("'", '"')):
        return "the quote closed before this text", "put the whole value in quotes; inside '…' write ' as ''"
    if before.endswith(("]", "}")) or after.startswith(("]", "}")):
        return "something follows the closing bracket", "put the whole value in quotes, or remove one bracket"
    if after == "-" or after.startswith("- "):
        return "a list item stands among names", "indent it under the name that it belongs to"
    if after.startswith(":"):
        return "a colon without a name before it", "write `name: value`"
    return "this line is not aligned with the lines that it belongs to", "align it with its neighbours"
