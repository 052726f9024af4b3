"""Documents with one place changed: what an author may slip into, for properties of the language."""

from escalation.language.node import Mapping, Scalar, Sequence
from escalation.language.yaml12 import read_file
from escalation.model.process import Origin

NOWHERE = Origin("nowhere", 1, 1)


def node_of(path):
    """A scenario's nodes."""
    node, faults = read_file(path)
    assert not faults
    return node


def places(node, path=()):
    """Every place in a tree, the top left out."""
    if path:
        yield path
    inner = (
        node.entries.items()
        if isinstance(node, Mapping)
        else enumerate(node.items)
        if isinstance(node, Sequence)
        else ()
    )
    for step, child in inner:
        yield from places(child, (*path, step))


def changed(node, path, change):
    """A tree with the node at a path replaced (None: taken out) or its key renamed (a text)."""
    step, *rest = path
    if isinstance(node, Sequence):
        items = [changed(each, rest, change) if rest and at == step else each for at, each in enumerate(node.items)]
        if not rest:
            items[step : step + 1] = [] if change is None or isinstance(change, str) else [change]
        return Sequence(tuple(items), node.origin)
    entries = {}
    for key, value in node.entries.items():
        if key != step:
            entries[key] = value
        elif rest:
            entries[key] = changed(value, rest, change)
        elif isinstance(change, str):
            entries[change] = value
        elif change is not None:
            entries[key] = change
    return Mapping(entries, {key: node.keys.get(key, NOWHERE) for key in entries}, node.origin)


CHANGES = [
    None,
    "other_key",
    "other-key",
    "3rd",
    "true",
    *(
        Scalar(text, NOWHERE)
        for text in ("a word", "word", "hy-phen", "3", "-3", "0", "2.5", "true", "yes", "2030-01-01", "1")
    ),
    Scalar("true", NOWHERE, quoted=True),
    Scalar("7", NOWHERE, quoted=True),
    Scalar(" ", NOWHERE, quoted=True),
    Sequence((), NOWHERE),
    Sequence((Scalar("one", NOWHERE),), NOWHERE),
    Sequence((Scalar("one", NOWHERE), Scalar("2", NOWHERE)), NOWHERE),
    Mapping({}, {}, NOWHERE),
    Mapping({"cases": Sequence((), NOWHERE)}, {"cases": NOWHERE}, NOWHERE),
    Sequence((Mapping({}, {}, NOWHERE),), NOWHERE),
    Mapping({"when": Scalar("true", NOWHERE)}, {"when": NOWHERE}, NOWHERE),
    Mapping({"one_of": Mapping({}, {}, NOWHERE)}, {"one_of": NOWHERE}, NOWHERE),
]
