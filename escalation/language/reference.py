"""The reference of the language, `docs/language.md`: a hand-written frame, with a table of entries for each mapping."""

import re
from typing import Any

from escalation.language.schema import make

PLACEHOLDER = re.compile(r"^<!-- entries: (\w+) -->$", re.MULTILINE)

COVERS = ("source", "assumption", "as_of", "row")
"""Entries of whatever can hold numbers."""


def reference(frame: str) -> str:
    """The frame with each placeholder `<!-- entries: Event -->` followed by the entries of that mapping.

    Raises KeyError for a mapping that the schema does not know, and ValueError for one that the frame forgets.
    """
    schema = make()
    known = {"Document": schema, **schema["definitions"]}
    known["Covered"] = {"properties": {key: known["Constant"]["properties"][key] for key in COVERS}}
    named = PLACEHOLDER.findall(frame)
    forgotten = sorted(set(known) - set(named))
    if forgotten:
        raise ValueError(f"the frame has no place for {', '.join(forgotten)}")
    return PLACEHOLDER.sub(lambda found: _table(known[found[1]], found[1] == "Covered"), frame)


def _table(form: dict[str, Any], covers: bool) -> str:
    """A mapping's entries: what each is, an example, and what holds without it; what covers numbers is told once."""
    needed = form.get("required", [])
    lines = ["| entry | what it says | for example |", "|---|---|---|"]
    for key, entry in form["properties"].items():
        if key in COVERS and not covers:
            continue
        name = f"**`{key}`**" if key in needed else f"`{key}`"
        default = f" Default: `{_plain(entry['default'])}`." if "default" in entry else ""
        example = entry["examples"][0] if entry.get("examples") else ""
        lines.append(f"| {name} | {_cell(entry['description'] + default)} | {_example(example)} |")
    return "\n".join(lines)


def _example(example: Any) -> str:
    """An example as YAML on one line; the longer ones stand in the scenarios."""
    first, *more = _flow(example).splitlines() or [""]
    return f"`{_cell(first)}{' …' if more else ''}`" if first else ""


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _plain(value)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
