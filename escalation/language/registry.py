"""One name space for whatever an expression can mention: every name once, none equal to a word of the language."""

from collections.abc import Iterator

from escalation.chance.distributions import REGISTRY
from escalation.expressions.calls import FUNCTIONS
from escalation.expressions.kinds import Rung
from escalation.expressions.units import TIME_UNITS
from escalation.language.document_outcomes import Document
from escalation.language.names import NUMBER, WORDS, Names, author_unit
from escalation.language.node import Mapping
from escalation.language.shape import anything_refused, key_origin
from escalation.model.process import Origin

LANGUAGE = frozenset(
    (
        *("and", "or", "not", "if", "else", "true", "false", "none", "elapsed", "since", "count", "level", "in"),
        *("of", "bias", "error", "otherwise", "reversed", "all"),
    )
)
"""Words that mean something wherever an expression stands."""

SECTIONS = {
    "constants": "constant",
    "uncertainties": "uncertainty",
    "levers": "lever",
    "state": "state",
    "derived": "derived",
    "intelligence": "reading",
    "events": "event",
    "ladders": "ladder",
}


def register(document: Document, root: Mapping, names: Names) -> None:
    """Declare units, ladders, rules and hints, and refuse a name that is taken."""
    taken: dict[str, tuple[str, Origin]] = {}
    for name, group, origin in _declared(document, root):
        word = reserved(name)
        if word:
            names.fault(origin, f"`{name}` is {word} and cannot name {WORDS[group]}", "choose another name", len(name))
        elif name in taken:
            other, place = taken[name]
            message = f"`{name}` is already {WORDS[other]} (line {place.line}): a name means one thing"
            names.fault(origin, message, "choose another name", len(name))
        else:
            taken[name] = (group, origin)
    for word in ("of", "bias", "error"):
        names.hints[word] = f"only `reads` of a report that says `{word}` knows it"
    for unit in document.units or ():
        names.units[str(unit)] = author_unit(str(unit))
    _ladders(document, names)
    _rules(document, root, names)
    for name, event in (document.events or {}).items():
        for draw in event.draw or {}:
            names.hints[f"{name}.{draw}"] = (
                "a draw is known only in its own rule, by its bare name, and in the delay, draws and effect of what "
                "follows it"
            )


def _declared(document: Document, root: Mapping) -> Iterator[tuple[str, str, Origin]]:
    for unit in document.units or ():
        yield str(unit), "unit", unit.origin
    for section, group in SECTIONS.items():
        for name in getattr(document, section) or {}:
            yield name, group, key_origin(root, (section, name))
    for ladder in (document.ladders or {}).values():
        for rung in ladder.rungs:
            yield str(rung.id), "rung", rung.id.origin


def reserved(name: str) -> str:
    """What a name already is in the language itself; empty when it is free."""
    if name in TIME_UNITS:
        return "a unit of time"
    if name in FUNCTIONS:
        return "a function"
    if name in REGISTRY:
        return "a distribution"
    return "a word of the language" if name in LANGUAGE else ""


def _ladders(document: Document, names: Names) -> None:
    for name, ladder in (document.ladders or {}).items():
        kind = Rung(name, tuple(str(rung.id) for rung in ladder.rungs))
        announces = any(rung.announce for rung in ladder.rungs)
        for part in ("decided", "pending", "delivered", "ceiling", *(("announced",) if announces else ())):
            names.define(f"{name}.{part}", "ladder", kind)
        names.hints[name] = f"say {name}.decided, {name}.pending, {name}.delivered or {name}.ceiling"
        if not announces:
            names.hints[f"{name}.announced"] = f"no rung of {name} is announced: add `announce:` to one"
        for rung in ladder.rungs:
            names.define(f"{rung.id}.delivered", "rung", NUMBER)


def _rules(document: Document, root: Mapping, names: Names) -> None:
    names.watched |= set(document.measures or {})
    names.rules |= set(document.events or {})
    for name, ladder in (document.ladders or {}).items():
        for index, rung in enumerate(ladder.rungs):
            steps: tuple[str, ...] = ("pending", "decide", "withdraw", "deliver") if rung.climb and index else ()
            steps += ("stand_down",) if rung.stand_down and index else ()
            steps += ("announce",) if rung.announce and index else ()
            names.rules |= {f"{name}.{rung.id}.{step}" for step in steps}
    for name, reading in (document.intelligence or {}).items():
        for source, report in reading.reports.items():
            names.rules.add(f"{name}.{source}.observe")
            if report.lag is not None or anything_refused(root, ("intelligence", name, "reports", source)):
                names.rules.add(f"{name}.{source}.publish")
