"""The canonical document: what the author wrote with every default filled in, which resolves to itself."""

from dataclasses import replace

from escalation.expressions.kinds import Kind, Truth
from escalation.expressions.tree import Literal
from escalation.language.follows import POOL
from escalation.language.labels import label_of
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.language.policies import BASELINE, BASELINE_LABEL
from escalation.model.calendar import DAY
from escalation.model.process import Origin
from escalation.model.scenario import Climb, RungSpec, Scenario

LABELLED = (
    "constants",
    "uncertainties",
    "levers",
    "state",
    "derived",
    "events",
    "intelligence",
    "ladders",
    "policies",
    "measures",
    "values",
)
AT_ONCE = "0 days"


def canonical(root: Mapping, scenario: Scenario) -> Mapping:
    """The document with defaults; filled-in values say `default` as their layer."""
    entries = {section: _section(section, node, scenario) for section, node in root.entries.items()}
    made = replace(root, entries=entries)
    if not root.entries.get("policies"):
        origin = _default(root.origin)
        policy = Mapping({}, {}, origin)
        policy = _fill(policy, origin, label=BASELINE_LABEL, set={})
        made = _put(made, "policies", _put(Mapping({}, {}, origin), BASELINE, policy, origin), origin)
    return made


def _default(origin: Origin) -> Origin:
    return replace(origin, layer="default")


def _put(mapping: Mapping, key: str, node: Node, origin: Origin) -> Mapping:
    return replace(mapping, entries={**mapping.entries, key: node}, keys={**mapping.keys, key: origin})


def _fill(mapping: Mapping, origin: Origin, **defaults: str | dict[str, Node] | None) -> Mapping:
    """The mapping with defaults for what is missing; an underscore at the end of a key is Python's."""
    place = _default(origin)
    for key, value in defaults.items():
        name = key.rstrip("_")
        if value is not None and name not in mapping.entries:
            node: Node = Scalar(value, place) if isinstance(value, str) else Mapping(dict(value), {}, place)
            mapping = _put(mapping, name, node, place)
    return mapping


def _section(section: str, node: Node, scenario: Scenario) -> Node:
    """A section with the defaults of each of its entries."""
    if section == "classroom" and isinstance(node, Mapping):
        return _fill(node, node.origin, practice="false", late="hold")
    if not isinstance(node, Mapping):
        return node
    if section == "evidence":
        return _evidence(node)
    entries = {
        name: _entry(section, name, each, node.keys[name], scenario) if isinstance(each, Mapping) else each
        for name, each in node.entries.items()
    }
    return replace(node, entries=entries)


def _evidence(node: Mapping) -> Mapping:
    """Labels for what the record is held against; its tables carry their rows already."""
    for group in ("estimates", "dates"):
        told = node.entries.get(group)
        if isinstance(told, Mapping):
            entries: dict[str, Node] = {
                name: _fill(each, told.keys[name], label=label_of(None, name)) if isinstance(each, Mapping) else each
                for name, each in told.entries.items()
            }
            node = _put(node, group, replace(told, entries=entries), node.keys[group])
    return node


def _entry(section: str, name: str, node: Mapping, origin: Origin, scenario: Scenario) -> Mapping:
    if section in LABELLED:
        node = _fill(node, origin, label=label_of(None, name))
    match section:
        case "actors":
            return _fill(node, origin, name=label_of(None, name), playable="false")
        case "state":
            return _fill(node, origin, seen_by="all")
        case "events":
            return _event(name, node, origin)
        case "intelligence":
            return _reading(name, node, origin, scenario)
        case "ladders":
            return _ladder(name, node, origin, scenario)
        case "policies":
            return _policy(_fill(node, origin, set={}))
        case "measures":
            every = "1 week" if "series" in node.entries else None
            return _fill(node, origin, every=every, better="neither")
    return node


def _policy(node: Mapping) -> Mapping:
    then = node.entries.get("then")
    if not isinstance(then, Sequence):
        return node
    items = tuple(
        _fill(item, item.origin, for_=AT_ONCE) if isinstance(item, Mapping) and "when" in item.entries else item
        for item in then.items
    )
    return replace(node, entries={**node.entries, "then": replace(then, items=items)})


def _event(name: str, node: Mapping, origin: Origin) -> Mapping:
    given = node.entries
    if "follows" in given:
        node = _fill(node, origin, after=AT_ONCE, pool=str(POOL))
    elif "when" in given:
        node = _fill(node, origin, for_=AT_ONCE, overlap="ignore" if "after" in given else None)
    elif "rate" in given or "chance" in given:
        node = _fill(node, origin, while_="true")
    elif "after" in given:
        node = _fill(node, origin, memory="restart")
    play = given.get("play")
    if isinstance(play, Mapping):
        node = _put(node, "play", _fill(play, play.origin, per_turn="1"), node.keys["play"])
    return _fill(node, origin, order="0", stream=name)


def _reading(name: str, node: Mapping, origin: Origin, scenario: Scenario) -> Mapping:
    kind = next(reading.kind for reading in scenario.intelligence if reading.name == name)
    reports = node.entries["reports"]
    assert isinstance(reports, Mapping)
    filled: dict[str, Node] = {
        source: _report(source, each, reports.keys[source], kind)
        for source, each in reports.entries.items()
        if isinstance(each, Mapping)
    }
    node = _put(node, "reports", replace(reports, entries=filled), node.keys["reports"])
    if "believed" not in node.entries:
        return _fill(node, origin, combine="latest", seen_by="all")
    if "combine" in node.entries or "seen_by" in node.entries:
        return _fill(node, origin, seen_by="all")
    believed, place = node.entries["believed"], _default(origin)
    assert isinstance(believed, Mapping)
    return _put(node, "seen_by", Sequence(tuple(Scalar(actor, place) for actor in believed.entries), place), place)


def _report(name: str, node: Mapping, origin: Origin, kind: Kind) -> Mapping:
    node = _fill(node, origin, label=label_of(None, name))
    if isinstance(kind, Truth):
        return _fill(node, origin, miss="0%", false_alarm="0%")
    factors = [factor for factor in ("bias", "error") if factor in node.entries]
    return _fill(node, origin, reads=" * ".join(["of", *factors]))


def _ladder(name: str, node: Mapping, origin: Origin, scenario: Scenario) -> Mapping:
    ladder = next(each for each in scenario.ladders if each.name == name)
    rungs = node.entries["rungs"]
    assert isinstance(rungs, Sequence)
    items = tuple(
        _rung(each, spec) if isinstance(each, Mapping) else each
        for each, spec in zip(rungs.items, ladder.rungs, strict=True)
    )
    node = _put(node, "rungs", replace(rungs, items=items), node.keys["rungs"])
    return _fill(node, origin, actor=ladder.actor, starts_at=ladder.rungs[ladder.starts_at].id, skip="false")


def _rung(node: Mapping, spec: RungSpec) -> Mapping:
    name = node.entries["id"]
    assert isinstance(name, Scalar)
    node = _fill(node, name.origin, label=label_of(None, name.text))
    climb = node.entries.get("climb")
    if isinstance(climb, Mapping) and spec.climb is not None:
        node = _put(node, "climb", _climb(climb, spec.climb), node.keys["climb"])
    for key in ("stand_down", "announce"):
        lasting = node.entries.get(key)
        if isinstance(lasting, Mapping):
            node = _put(node, key, _fill(lasting, lasting.origin, for_=AT_ONCE), node.keys[key])
    return node


def _climb(node: Mapping, climb: Climb) -> Mapping:
    node = _fill(node, node.origin, for_=AT_ONCE)
    lasting = node.entries["for"]
    if isinstance(lasting, Scalar):
        node = _fill(node, node.origin, withdraw_after=_withdraw_after(lasting.text, climb))
    gates = node.entries.get("gates")
    if isinstance(gates, Mapping):
        filled: dict[str, Node] = {name: _gate(name, each, gates.keys[name]) for name, each in gates.entries.items()}
        node = _put(node, "gates", replace(gates, entries=filled), node.keys["gates"])
    deliver = node.entries.get("deliver")
    if isinstance(deliver, Mapping) and "every" in deliver.entries and "first" not in deliver.entries:
        every, place = deliver.entries["every"], _default(deliver.origin)
        every = replace(every, origin=place) if isinstance(every, Scalar) else every
        node = _put(node, "deliver", _put(deliver, "first", every, place), node.keys["deliver"])
    return node


def _withdraw_after(lasting: str, climb: Climb) -> str:
    """How the default is written: as long as `for`, and at least a day."""
    if not isinstance(climb.lasting, Literal):
        return f"max({lasting}, 1 day)"
    return lasting if climb.lasting.value >= DAY else "1 day"


def _gate(name: str, node: Node, origin: Origin) -> Mapping:
    if not isinstance(node, Mapping):
        node = _put(Mapping({}, {}, _default(origin)), "when", node, _default(origin))
    return _fill(node, origin, label=label_of(None, name))
