"""What a YAML file says, with the place of every key and value: the form in which layers are merged."""

from dataclasses import dataclass, field

from escalation.model.process import Origin


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as written. text: the author's characters, unquoted. quoted: it stood in quotes or a block."""

    text: str
    origin: Origin
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple["Node", ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping: keys in the author's order, each with its value and the place of the key."""

    entries: dict[str, "Node"]
    keys: dict[str, Origin]
    origin: Origin
    flow: bool = field(default=False)


Node = Scalar | Sequence | Mapping
Path = tuple[str | int, ...]
"""Keys and list positions from the top of the document to a node."""
