"""What a model is, as one short text: two models of one identity give the same trajectories and measures.

The text is a digest of everything that can change a result. Left out is what only people read (titles, labels, where
something was written) and what judges a measure after the run (which direction is better, what difference matters).
Left out, too, is the order in which an author wrote what has a name (variables, measures, gates, the targets of an
effect) or is joined by `and` or `or`. Rules stand in the order of their ranks, which is theirs in any order of writing.
"""

from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import sha256
from typing import Any

from escalation.expressions.tree import And, Or
from escalation.model.process import Model, Rule

FOR_PEOPLE = frozenset({"title", "label", "help", "origin", "better", "matters", "per_turn", "deep"})
"""Fields that no engine reads."""
IN_ORDER = frozenset({"rules", "together"})
"""Fields of a model whose order counts."""


def identity(model: Model) -> str:
    """Sixteen hexadecimal digits: the beginning of the SHA-256 of the model as a text."""
    return sha256(_text(model).encode()).hexdigest()[:16]


def _text(value: Any) -> str:
    """A value as a text that no other value has; doubles as their exact hexadecimal digits."""
    if isinstance(value, Enum):
        return value.name
    if is_dataclass(value) and not isinstance(value, type):
        parts = [f"{each.name}={_field(value, each.name)}" for each in fields(value) if each.name not in FOR_PEOPLE]
        return f"{type(value).__name__}({';'.join(parts)})"
    if isinstance(value, tuple):
        return f"[{','.join(map(_text, value))}]"
    return value.hex() if isinstance(value, float) else repr(value)


def _field(owner: Any, name: str) -> str:
    value = getattr(owner, name)
    if isinstance(owner, And | Or) or name == "gates" or (isinstance(owner, Model) and name not in IN_ORDER):
        return f"[{','.join(sorted(map(_text, value)))}]" if isinstance(value, tuple) else _text(value)
    if isinstance(owner, Rule) and name == "effect":
        # Of two that write one target the last counts, so their own order stays.
        return _text(tuple(sorted(value, key=lambda assign: assign.target)))
    return _text(value)
