"""A change of the scenario in a sentence: what it was, what it is, and the lines that say so."""

import re

from escalation.language.differences import Change

NOUNS = {
    "sources": "source",
    "actors": "actor",
    "constants": "constant",
    "uncertainties": "uncertainty",
    "levers": "lever",
    "state": "state",
    "derived": "derived name",
    "events": "event",
    "intelligence": "reading",
    "ladders": "ladder",
    "policies": "policy",
    "measures": "measure",
    "values": "viewpoint",
    "evidence": "evidence",
    "expect": "claim",
}
OWN_NOUN = frozenset({"sources", "actors", "policies", "measures", "values", "evidence", "expect"})
"""Sections whose names may be met elsewhere too, so that the noun is always said."""
LONGEST = 100


def told(change: Change) -> str:
    """One sentence, without a full stop: `threshold` default: 600 → 500 soldiers (b.yaml:17, was a.yaml:17)."""
    where = _where(change)
    if change.before is None or change.after is None:
        verb, text = ("added", change.after) if change.before is None else ("removed", change.before)
        entire = change.whole or len(change.path) == 2
        said = f"{subject(change.path)}: {verb}" if entire else f"{subject(change.path)}: {verb}, {_written(text)}"
        return said + where
    return f"{subject(change.path)}: {_written(change.before)} → {_written(change.after)}{where}"


def subject(path: tuple[str, ...]) -> str:
    """What was changed: `threshold` default; policy `quick` set.threshold; `lasts`."""
    section, names = path[0], [name for name in path[1:] if name != "rungs"]
    if not names:
        return f"`{section}`"
    noun = f"{NOUNS.get(section, section)} " if section in OWN_NOUN or len(path) == 2 or section not in NOUNS else ""
    return " ".join([f"{noun}`{_short(names[0])}`", ".".join(map(_short, names[1:]))]).strip()


def _written(text: str | None) -> str:
    """A value as people read it: thousands by commas, one line, not endless."""
    return _short(re.sub(r"(?<=\d)_(?=\d)", ",", text or "")) or "nothing"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _where(change: Change) -> str:
    """Where it stands now, and where it stood if that is another line."""
    now, was = change.now, change.was
    if now and was and now != was:
        return f" ({now}, was {was})"
    if now:
        return f" ({now})" if was or change.before is None else f" ({now}, was a default)"
    if was:
        return f" (was {was})" if change.after is None else f" (a default, was {was})"
    return ""
