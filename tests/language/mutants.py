"""Small slips of an author in a scenario that is sound: one at a time, with the lines in which they may be told."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

REPLACEMENTS = ("[1, 2]", "{a: 1}", "null", "12:30", "'a text'", "5 zebras", "true", "2030-02-31", "0 - 1")
"""What may stand in place of a value by mistake."""


@dataclass(frozen=True)
class Mutant:
    """A text with one slip. lines: where its faults may be told, from 1; words: names whose lines may tell it too."""

    name: str
    text: str
    lines: frozenset[int]
    words: frozenset[str]


@dataclass(frozen=True)
class _Spot:
    """A key and its value in a text. trail: lines of the keys above. whole: of the definition that holds it.

    around: lines of the mapping that it is an entry of.
    """

    key: yaml.ScalarNode
    value: yaml.Node
    trail: tuple[int, ...]
    path: str
    whole: range
    around: range


def spots(text: str) -> list[_Spot]:
    """Every entry of every mapping."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return list(_below(root, (), "", range(0)))


def _below(node: yaml.Node, trail: tuple[int, ...], path: str, whole: range) -> Iterator[_Spot]:
    if isinstance(node, yaml.MappingNode):
        around = range(node.start_mark.line + 1, node.end_mark.line + 2)
        for key, value in node.value:
            here = f"{path}.{key.value}".lstrip(".")
            inside = range(key.start_mark.line + 1, value.end_mark.line + 2) if len(trail) == 1 else whole
            yield _Spot(key, value, trail, here, inside, around)
            yield from _below(value, (*trail, key.start_mark.line + 1), here, inside)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _below(item, (*trail, item.start_mark.line + 1), f"{path}.{number}", whole)


def _cut(text: str, first: int, last: int, put: str) -> str:
    return text[:first] + put + text[last:]


def _lines(spot: _Spot) -> frozenset[int]:
    """The lines of an entry, of the keys above it, and of the document's head where nothing is above it."""
    own = range(spot.value.start_mark.line + 1, spot.value.end_mark.line + 2)
    head = () if spot.trail else range(1, 9)
    return frozenset((spot.key.start_mark.line + 1, *own, *spot.trail, *head))


def _words(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in re.findall(r"[A-Za-z_]\w+", text))


def misspelt_keys(text: str) -> Iterator[Mutant]:
    """Each key with two letters swapped, and with a letter doubled."""
    for spot in spots(text):
        key, word = spot.key, spot.key.value
        swapped = word[:-2] + word[-1] + word[-2]
        for slip in {swapped, word[:2] + word[1:]} - {word}:
            mutated = _cut(text, key.start_mark.index, key.end_mark.index, slip)
            words = _words(*spot.path.split("."), slip, *_defined(spot.value))
            yield Mutant(f"{spot.path} as {slip}", mutated, _lines(spot), words)


def _defined(value: yaml.Node) -> list[str]:
    """Names that a value defines, which go with it: its own keys and words."""
    if isinstance(value, yaml.ScalarNode):
        return [value.value]
    if isinstance(value, yaml.SequenceNode):
        return [name for item in value.value for name in _defined(item)]
    return [name for key, item in value.value for name in (key.value, *_defined(item))]


def deleted_leaves(text: str) -> Iterator[Mutant]:
    """Each entry without its value, and each value alone."""
    for spot in spots(text):
        first, last = spot.value.start_mark.index, spot.value.end_mark.index
        words = _words(*spot.path.split("."), *_defined(spot.value))
        # What is gone can be missed by anything in the definition that held it.
        lines = _lines(spot) | (set(spot.around) | set(spot.whole) if spot.trail else set())
        if isinstance(spot.value, yaml.ScalarNode):
            yield Mutant(f"{spot.path} empty", _cut(text, first, last, ""), lines, words)
        end = last
        if text[last : last + 2] == ", ":
            end = last + 2
        yield Mutant(f"{spot.path} deleted", _cut(text, spot.key.start_mark.index, end, ""), lines, words)


def replaced_leaves(text: str) -> Iterator[Mutant]:
    """Each value of one line as something else."""
    for spot in spots(text):
        if isinstance(spot.value, yaml.ScalarNode):
            words = _words(*spot.path.split("."), spot.value.value)
            for put in REPLACEMENTS:
                if put == spot.value.value:
                    continue
                mutated = _cut(text, spot.value.start_mark.index, spot.value.end_mark.index, put)
                yield Mutant(f"{spot.path} is {put}", mutated, _lines(spot) | set(spot.whole), words)


def expressions_in_braces(text: str) -> Iterator[Mutant]:
    """Each mapping that holds an expression with a comma, written on one line in braces and without quotes."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for spot in _below(root, (), "", range(0)):
        node = spot.value
        if not isinstance(node, yaml.MappingNode) or node.flow_style:
            continue
        leaves = [(key.value, value.value) for key, value in node.value if isinstance(value, yaml.ScalarNode)]
        if any("," in value and "(" in value for _, value in leaves) and len(leaves) == len(node.value):
            braces = "{" + ", ".join(f"{key}: {value}" for key, value in leaves) + "}"
            first, last = node.start_mark.index, node.end_mark.index
            last -= len(text[first:last]) - len(text[first:last].rstrip())
            mutated = _cut(text, first, last, braces)
            yield Mutant(f"{spot.path} in braces", mutated, frozenset((node.start_mark.line + 1,)), frozenset())


def all_mutants(text: str) -> list[Mutant]:
    """Every slip of every kind."""
    kinds = (misspelt_keys, deleted_leaves, replaced_leaves, expressions_in_braces)
    return [mutant for kind in kinds for mutant in kind(text)]
