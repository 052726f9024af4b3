"""A file and its layers to a scenario: every default, reference and unit resolved, every fault at once."""

import os
from collections.abc import Mapping as Table
from collections.abc import Sequence as Many
from dataclasses import dataclass, replace
from datetime import date

from escalation.language.blind import note_true_at_start, note_unseen
from escalation.language.calendar import LONGEST, TOO_LONG, Misdated, day, horizon
from escalation.language.canonical import canonical
from escalation.language.classroom import ClassroomBlock
from escalation.language.coverage import Coverage
from escalation.language.document_outcomes import Document
from escalation.language.dump import dump
from escalation.language.events import Events
from escalation.language.evidence import EvidenceCheck
from escalation.language.expectations import Expectations
from escalation.language.faults import Fault, InvalidScenario, Sources
from escalation.language.intelligence import Intelligence
from escalation.language.labels import label_of
from escalation.language.ladders import Ladders
from escalation.language.layers import apply_given, load
from escalation.language.measures import Measures
from escalation.language.menus import refuse_hidden_menus
from escalation.language.names import Names
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.language.policies import BASELINE, Policies
from escalation.language.quantities import Defining
from escalation.language.registry import register
from escalation.language.shape import shape
from escalation.language.together import Groups
from escalation.model.process import Origin
from escalation.model.scenario import Actor, Scenario, Source

ENDLESS = 10_000 * 366 * 86_400_000
"""The last instant of a frame that cannot be read, in milliseconds: no date is held against it."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A scenario, and the document it comes from.

    document: the canonical document, every default filled in; it resolves to itself. text: that document as YAML.
    notes: what is no fault and worth knowing, in the order of lines. sources: the files read, for quoting.
    written: what the layers say together, with the place of every entry, before defaults are filled in.
    """

    scenario: Scenario
    document: Mapping
    text: str
    notes: tuple[Fault, ...]
    sources: Sources
    written: Mapping


def read_scenario(
    path: str | os.PathLike[str], overlays: Many[str | os.PathLike[str]] = (), sets: Many[str] = ()
) -> Resolved:
    """The scenario of a file, with overlays and settings on top.

    Raises:
        InvalidScenario: with every fault that can be told, in the order of files and lines.
    """
    root, faults, sources = load(path, overlays, sets)
    if root is None:
        raise InvalidScenario(tuple(faults), sources)
    return _resolved(_with_settings(root, sources.settings), faults, sources)


def resolve_written(written: Mapping) -> Resolved:
    """The scenario of what layers said together, as `Resolved.written` has it; no file is read.

    Raises:
        InvalidScenario: with every fault.
    """
    return _resolved(written, [], Sources())


def resolve_given(resolved: Resolved, given: Many[tuple[str, str]]) -> Scenario:
    """The scenario with an expectation's values set.

    Initial values, constants and uncertainties are set where they are defined; levers, ceilings and switches in every
    policy, so that the claim is made under them whatever a policy says.

    Raises:
        InvalidScenario: a value cannot be set.
    """
    place = Origin("given", 1, 1, "given")
    texts = dict(given)
    levers = {lever.name for lever in resolved.scenario.levers}
    aside: dict[str, Node] = {key: Scalar(text, place) for key, text in texts.items() if key in levers}
    rest = {key: Scalar(text, place) for key, text in texts.items() if key not in levers}
    overrides = Mapping(dict(rest), dict.fromkeys(rest, place), place)
    root, settings, faults = apply_given(resolved.document, overrides)
    return _resolved(_with_settings(root, settings | aside), faults, resolved.sources).scenario


def _with_settings(root: Mapping, settings: Table[str, Node]) -> Mapping:
    """The document with settings in every one of its policies."""
    if not settings:
        return root
    policies = root.entries.get("policies")
    place = next(iter(settings.values())).origin
    if not isinstance(policies, Mapping) or not policies.entries:
        policies = Mapping({BASELINE: Mapping({}, {}, place)}, {BASELINE: place}, place)
    entries = {name: _with_set(policy, settings) for name, policy in policies.entries.items()}
    keys = {"policies": place, **root.keys}
    return replace(root, entries={**root.entries, "policies": replace(policies, entries=entries)}, keys=keys)


def _with_set(policy: Node, settings: Table[str, Node]) -> Node:
    if not isinstance(policy, Mapping):
        return policy
    chosen = policy.entries.get("set")
    before = chosen if isinstance(chosen, Mapping) else Mapping({}, {}, policy.origin)
    keys = {**before.keys, **{key: node.origin for key, node in settings.items()}}
    merged = replace(before, entries={**before.entries, **settings}, keys=keys)
    policy = _without_later(policy, set(settings))
    return replace(policy, entries={**policy.entries, "set": merged}, keys={"set": merged.origin, **policy.keys})


def _without_later(policy: Mapping, held: set[str]) -> Mapping:
    """The policy without what its `then` would set of these: what is set from outside holds throughout."""
    then = policy.entries.get("then")
    if not isinstance(then, Sequence):
        return policy
    items: list[Node] = []
    for item in then.items:
        chosen = item.entries.get("set") if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not isinstance(chosen, Mapping) or not held & chosen.entries.keys():
            items.append(item)
            continue
        rest = {key: node for key, node in chosen.entries.items() if key not in held}
        if rest:
            items.append(replace(item, entries={**item.entries, "set": replace(chosen, entries=rest)}))
    return replace(policy, entries={**policy.entries, "then": replace(then, items=tuple(items))})


def _resolved(root: Mapping, faults: Many[Fault], sources: Sources) -> Resolved:
    shaped = shape(root)
    start, last, wrong = _frame(shaped.document)
    names = Names(start, last, broken=set(shaped.broken))
    names.faults += [*faults, *shaped.faults, *wrong]
    scenario = None if shaped.lost else _scenario(shaped.document, shaped.node, names)
    if names.faults or scenario is None:
        raise InvalidScenario(tuple(dict.fromkeys(names.faults)), sources)
    document = canonical(root, scenario)
    return Resolved(scenario, document, dump(document), tuple(sorted(set(names.notes))), sources, root)


def _frame(document: Document) -> tuple[date, int, list[Fault]]:
    """The first day and the last instant; a stand-in for either when it cannot be read."""
    start, last, faults = date(1, 1, 1), 0, []
    known = document.starts.origin.line > 0
    try:
        start = day(document.starts) if known else start
    except Misdated as wrong:
        known = False
        faults.append(wrong.fault(document.starts))
    if (document.lasts is None) == (document.ends is None):
        message = (
            "`lasts` and `ends` say the same thing" if document.lasts else "nothing says how long the scenario lasts"
        )
        leaf = document.ends or document.starts
        faults.append(Fault.at(leaf.origin, message, "one of `lasts: 18 months` and `ends: 2026-04-18`", len(leaf)))
    try:
        if document.lasts is not None:
            last = horizon(start, document.lasts)
        elif document.ends is not None:
            last = (day(document.ends) - start).days * 86_400_000
            if last <= 0:
                faults.append(Fault.at(document.ends.origin, "the scenario ends before it starts", "", 10))
            elif last > LONGEST:
                raise Misdated(TOO_LONG)
    except Misdated as wrong:
        leaf = document.lasts or document.ends or document.starts
        faults.append(wrong.fault(leaf))
    return start, last if last and known else ENDLESS, faults


def _scenario(document: Document, root: Mapping, names: Names) -> Scenario | None:
    """Every section in the order in which one needs another."""
    register(document, root, names)
    defining = Defining(document, root, names)
    quantities = defining.all()
    together, tables = Groups(document, root, names, quantities).all(), defining.tables.all()
    intelligence = Intelligence(document, root, names, quantities).all()
    events = Events(document, root, names).all()
    ladders = Ladders(document, root, names).all()
    policies = Policies(document, root, names, quantities)
    measuring = Measures(document, root, names, quantities)
    measures = measuring.all()
    viewpoints = measuring.viewpoints(measures)
    expectations = Expectations(document, root, names, measuring, policies).all(measures)
    classroom = ClassroomBlock(document, root, names).all()
    for source in (document.sources or {}).values():
        try:
            day(source.date)
        except Misdated as wrong:
            names.faults.append(wrong.fault(source.date))
    checking = EvidenceCheck(document, root, names)
    evidence = checking.all()
    chosen, numbers = policies.all(), Coverage(document, names, checking.names_of_rows).all()
    if names.faults:
        return None
    scenario = Scenario(
        title=str(document.title),
        about=str(document.about or "").strip(),
        start=names.start.isoformat(),
        horizon=names.horizon,
        units=tuple(str(unit) for unit in document.units or ()),
        sources=_sources(document),
        actors=_actors(document),
        constants=tuple(quantities.constants),
        uncertainties=tuple(quantities.uncertainties),
        levers=tuple(quantities.levers),
        state=tuple(quantities.state),
        derived=tuple(quantities.derived),
        events=events,
        intelligence=intelligence,
        ladders=ladders,
        policies=chosen,
        measures=measures,
        values=viewpoints,
        expectations=expectations,
        numbers=numbers,
        evidence=evidence,
        together=together,
        joint_draws=tables,
        classroom=classroom,
    )
    _nothing_lost(document, scenario)
    refuse_hidden_menus(document, root, scenario, names)
    note_unseen(scenario, names)
    note_true_at_start(scenario, names)
    return scenario


def _nothing_lost(document: Document, scenario: Scenario) -> None:
    """What has no fault is in the scenario; anything else would be our own mistake, told as one."""
    sections = ("constants", "uncertainties", "levers", "state", "derived", "events", "intelligence", "ladders")
    for section in (*sections, "measures", "values"):
        lost = set(getattr(document, section) or {}) - {item.name for item in getattr(scenario, section)}
        if lost:
            raise RuntimeError(f"{section} lost without a fault: {', '.join(sorted(lost))}")
    if len(scenario.expectations) < len(document.expect or []):
        raise RuntimeError("a claim was lost without a fault")
    if document.evidence is not None and scenario.evidence is None:
        raise RuntimeError("evidence was lost without a fault")
    if document.classroom is not None and scenario.classroom is None:
        raise RuntimeError("the classroom block was lost without a fault")


def _sources(document: Document) -> dict[str, Source]:
    return {
        name: Source(name, str(each.title), str(each.publisher), str(each.date), str(each.url) if each.url else None)
        for name, each in (document.sources or {}).items()
    }


def _actors(document: Document) -> dict[str, Actor]:
    return {
        name: Actor(name, label_of(each.name, name), str(each.role or ""), each.playable == "true")
        for name, each in (document.actors or {}).items()
    }
