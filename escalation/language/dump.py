"""Nodes back to YAML: block style, keys in their order, and every text reads back as it was.

A text is put in quotes when it was written so, or when YAML 1.2, YAML 1.1 or an older tool might take it for
something else (`NO`, `on`, `12:30`, `null`).
"""

import json
import re
import textwrap

from escalation.language.node import Mapping, Node, Scalar, Sequence

_WIDEST = 100
_PARAGRAPHS = 10
"""A text of more lines is a table, whose lines are kept however long they are."""
_PLAIN = re.compile(r"[^\W_][^\t\n]*\Z|[(_$][^\t\n]*\Z|[-+.][^\W_][^\t\n]*\Z")
_CUT = re.compile(r":(\s|\Z)|\s#|\A\s|\s\Z")
_MISREAD = re.compile(
    r"(?:y|yes|n|no|on|off|true|false|null|~|=|<<)\Z|[-+]?\d+(?::[\d.]+)+\Z|[-+]?0\d[\d_]*\Z|[-+]?0[obx][\da-f_]+\Z",
    re.IGNORECASE,
)
_BOOLEANS = frozenset(("true", "false"))
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]")


def dump(node: Node) -> str:
    """The YAML text of a tree, ending in a line break."""
    return "\n".join(_block(node, 0)) + "\n"


def _block(node: Node, indent: int) -> list[str]:
    """The lines of a node that begins a line of its own."""
    pad = " " * indent
    if isinstance(node, Mapping) and node.entries:
        return [line for name, child in node.entries.items() for line in _entry(name, child, indent)]
    if isinstance(node, Sequence) and node.items:
        return [line for child in node.items for line in _item(child, indent)]
    first, *rest = _inline(node, indent)
    return [pad + first, *rest]


def _entry(name: str, child: Node, indent: int) -> list[str]:
    key = " " * indent + _text(name, quoted=False) + ":"
    if _is_block(child):
        return [key, *_block(child, indent + 2)]
    first, *rest = _inline(child, indent)
    return [f"{key} {first}", *rest]


def _item(child: Node, indent: int) -> list[str]:
    dash = " " * indent + "- "
    if _is_block(child):
        first, *rest = _block(child, indent + 2)
        return [dash + first[indent + 2 :], *rest]
    first, *rest = _inline(child, indent)
    return [dash + first, *rest]


def _is_block(node: Node) -> bool:
    return (isinstance(node, Mapping) and bool(node.entries)) or (isinstance(node, Sequence) and bool(node.items))


def _inline(node: Node, indent: int) -> list[str]:
    """A text or an empty collection: what stands on the line of its key, and the lines of a block below it."""
    if isinstance(node, Mapping):
        return ["{}"]
    if isinstance(node, Sequence):
        return ["[]"]
    block = _lines(node) if "\n" in node.text else None
    if block is None:
        return [_text(node.text, node.quoted)]
    pad = " " * (indent + 2)
    return [block[0], *(pad + line if line else "" for line in block[1:])]


def _text(text: str, quoted: bool) -> str:
    """A text on one line, in quotes where they are needed."""
    misread = _MISREAD.match(text) and text not in _BOOLEANS
    if quoted or misread or not _PLAIN.match(text) or _CUT.search(text) or _HIDDEN.search(text):
        return _HIDDEN.sub(lambda match: f"\\u{ord(match.group()):04X}", json.dumps(text, ensure_ascii=False))
    return text


def _lines(node: Scalar) -> list[str] | None:
    """The header and lines of a block scalar, or None when only quotes would keep the text."""
    body = node.text.removesuffix("\n")
    lines = body.split("\n")
    kept = all(line == line.strip() for line in lines) and lines[0] and lines[-1]
    if not kept or "\t" in body or _HIDDEN.search(body):
        return None
    chomp = "" if node.text.endswith("\n") else "-"
    if max(map(len, lines)) <= _WIDEST or len(lines) > _PARAGRAPHS:
        return ["|" + chomp, *lines]
    parts = [(part, _wrap(part)) for part in re.split("(\n+)", body)]
    if any("\n" not in part and " ".join(wrapped) != part for part, wrapped in parts):
        return ["|" + chomp, *lines]
    folded = "".join(part + "\n" if "\n" in part else "\n".join(wrapped) for part, wrapped in parts)
    return [">" + chomp, *folded.split("\n")]


def _wrap(line: str) -> list[str]:
    return textwrap.wrap(line, _WIDEST, break_long_words=False, break_on_hyphens=False)
