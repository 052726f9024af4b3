"""Beliefs by actor: what a reading's bare name means, which depends on whose rule reads it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from escalation.expressions.tree import Expr, Name, names_in, transform


@dataclass(frozen=True, slots=True)
class Believed:
    """Who has a belief of its own about a reading, and whether there is one for everybody else (`common`)."""

    actors: tuple[str, ...]
    common: bool


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A bare name that means nothing where it stands: its place in the text, what is wrong, and what to say."""

    position: int
    name: str
    message: str
    suggestion: str


def as_believed(expr: Expr, reader: str | None, beliefs: Mapping[str, Believed]) -> Expr:
    """The tree with each bare reading (and its `.known`, `.age`) as the one who reads it believes it."""

    def own(part: Expr) -> Expr:
        if not isinstance(part, Name):
            return part
        reading, dot, rest = part.path.partition(".")
        believed = beliefs.get(reading)
        if believed is None or rest not in ("", "known", "age") or reader not in believed.actors:
            return part
        return replace(part, path=f"{reading}.{reader}{dot}{rest}")

    return transform(expr, own) if beliefs else expr


def unsaid(text: str, expr: Expr, reader: str | None, beliefs: Mapping[str, Believed]) -> Unsaid | None:
    """The first bare reading that nobody's belief answers; None when each has its meaning."""
    for path in sorted(names_in(expr)) if beliefs else ():
        reading, _, rest = path.partition(".")
        believed = beliefs.get(reading)
        if believed is None or believed.common or rest not in ("", "known", "age"):
            continue
        found = re.search(rf"(?<![\w.]){reading}(?!\w)", text)
        return Unsaid(found.start() if found else 0, reading, *_words(reading, rest, reader, believed))
    return None


def _words(reading: str, rest: str, reader: str | None, believed: Believed) -> tuple[str, str]:
    ending = f".{rest}" if rest else ""
    offered = " or ".join(f"{reading}.{actor}{ending}" for actor in believed.actors)
    return f"{whose(reading, believed)}, and {_reading_it(reader)}", f"say {offered}, or add `combine:` to it"


def whose(reading: str, believed: Believed) -> str:
    """Whose belief a bare name can be."""
    each = believed.actors[0] if len(believed.actors) == 1 else f"each of {', '.join(believed.actors)}"
    return f"`{reading}` alone is what {each} believes"


def _reading_it(reader: str | None) -> str:
    return f"{reader} has no entry in `believed`" if reader else "no single actor reads it here"
