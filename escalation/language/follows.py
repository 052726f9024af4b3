"""Events that follow the firings of another rule: which leads which, in what order they resolve, and their clock."""

from collections.abc import Mapping as Table

from escalation.expressions.kinds import Kind
from escalation.expressions.tree import Literal
from escalation.language.document_outcomes import Document
from escalation.language.document_rules import Event as Written_Event
from escalation.language.faults import nearest
from escalation.language.names import CONDITION, DELAY, TIME, TRUTH, Names
from escalation.language.node import Mapping
from escalation.language.shape import key_origin
from escalation.model.process import Following

POOL = 100
"""How many delays of one event may run at once, unless it says `pool:`."""

REFUSED = {
    "at": "what follows a rule has no date of its own",
    "every": "what follows a rule has no period of its own; put the condition into its effect",
    "from": "what follows a rule has no date of its own",
    "rate": "each firing starts a delay: write `after: exponential(mean=3 days)`",
    "chance": "each firing starts a delay: write `after: exponential(mean=3 days)`",
    "when": "`when` starts a delay as something becomes true, `follows` at each firing: an event has one of them",
    "for": "a firing does not last; `for` belongs to `when`",
    "while": "a delay that has begun runs on; `unless:` withdraws it, and an `if` in the effect asks at its end",
    "memory": "a delay that has begun runs on, so there is nothing to keep",
    "overlap": "each firing starts a delay of its own, whatever else is on its way",
    "actor": "a choice is open at any time, and this happens only after its leader; let an event of the actor read "
    "`since(leader) >= 3 days`",
}
"""What cannot stand beside `follows`, and why."""


def in_order(events: Table[str, Written_Event]) -> list[str]:
    """Names of events, each after the one that it follows; members of a ring come as they are written."""
    ordered: list[str] = []
    for name in events:
        trail: list[str] = []
        leading: str | None = name
        while leading is not None and leading in events and leading not in (*ordered, *trail):
            trail.append(leading)
            leading = events[leading].follows
        ordered += reversed(trail)
    return ordered


def check(names: Names, document: Document, root: Mapping, name: str, written: Written_Event) -> bool:
    """Whether the leader of an event is a rule, and no ring leads back to the event; if not, that is a fault."""
    leader = written.follows
    assert leader is not None
    if str(leader).split(".")[0] in names.broken:
        return False
    if leader not in names.rules:
        meant = nearest(leader, names.rules)
        hint = f"did you mean {meant}?" if meant else "an event, or a rule of a ladder such as seoul.arms.decide"
        names.fault_at(leader, f"there is no rule `{leader}` to follow", hint)
        return False
    ring = _ring(document.events or {}, name)
    if ring and name == next(each for each in document.events or {} if each in ring):
        told = " → ".join(ring)
        what = f"`{name}` follows itself" if len(ring) == 2 else f"these events follow one another in a ring: {told}"
        names.fault_at(leader, f"{what}, so that none ever begins", "one of them needs a clock of its own")
    return not ring


def _ring(events: Table[str, Written_Event], name: str) -> list[str]:
    """The ring that leads from an event back to it, with the event at both ends; empty when there is none."""
    trail = [name]
    while (event := events.get(trail[-1])) is not None and event.follows is not None:
        trail.append(str(event.follows))
        if trail[-1] == name:
            return trail
        if trail[-1] in trail[:-1]:
            return []
    return []


def following(
    names: Names, root: Mapping, name: str, written: Written_Event, leader_draws: Table[str, Kind]
) -> Following | None:
    """The clock: a delay of its own after each firing of the leader, whose draws the delay may read."""
    assert written.follows is not None
    if written.unless == "reversed":
        place = key_origin(root, ("events", name, "unless"))
        message = "`unless: reversed` speaks of the fall of `when`; a firing is not reversed"
        names.fault(place, message, "give the condition that withdraws it", len("unless"))
        return None
    lag = names.value(written.after, DELAY, TIME, leader_draws) if written.after is not None else Literal(0.0, TIME)
    unless = names.read(written.unless, CONDITION, TRUTH) if written.unless is not None else None
    if lag is None or (unless is None) != (written.unless is None):
        return None
    return Following(str(written.follows), lag, int(written.pool or POOL), unless=unless)
