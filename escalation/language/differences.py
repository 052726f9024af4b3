"""What layers changed: values of the resolved scenario that came from a base, an overlay or a setting."""

from collections.abc import Iterator

from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.language.resolve import Resolved


def changed_by_layers(resolved: Resolved) -> Iterator[str]:
    """A line for every value that does not come from the scenario's own file: path, value, where it was said."""
    for path, node in _leaves(resolved.document, ""):
        if node.origin.layer not in ("scenario", "default"):
            yield f"{path}: {' '.join(node.text.split())}    # {node.origin.layer}, {node.origin}"


def _leaves(node: Node, path: str) -> Iterator[tuple[str, Scalar]]:
    match node:
        case Scalar():
            yield path, node
        case Mapping():
            for key, child in node.entries.items():
                yield from _leaves(child, f"{path}.{key}" if path else key)
        case Sequence():
            for index, child in enumerate(node.items):
                yield from _leaves(child, f"{path}[{index}]")
