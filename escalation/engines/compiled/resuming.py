"""Trajectories that go on from snapshots, as machine code: each begins with an image of its own.

A snapshot names its fields as the SimPy engine's clocks do; the compiled clocks have the same fields in words of their
own. What a compiled clock does not keep (how long a wait is in all, and with what it was drawn) only a branch needs, so
snapshots are saved and branched on the SimPy engine and gone on from here.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from escalation.engines.compiled.layout import (
    BRANCH,
    FIRINGS,
    FUTURE,
    FUTURE_SEED,
    INSTANT,
    LIMIT,
    LUCK,
    NEVER,
    NOW,
    SEED,
    WORD,
    Layout,
    Word,
    bits,
)
from escalation.engines.compiled.state import State
from escalation.engines.simpy import CASCADE, MOST_FIRINGS
from escalation.model.process import Edge, Following, Model
from escalation.model.snapshot import Gauged, Kept, Snapshot

if TYPE_CHECKING:
    from escalation.engines.compiled.module import Module

Words = Iterator[tuple[int, Word]]
"""Places, in bytes, and what is to stand there."""

FIELDS = {
    "armed", "at", "waits", "first", "running", "base", "steps", "rate", "spent", "since", "needed", "holds", "left",
    "total", "moving", "due_at",
}  # fmt: skip
"""Fields of clocks that have one name on both engines."""
GAUGED = {"held": "held", "at": "at", "total": "total", "known": "known", "best": "best", "value": "value at"}
"""What a watch has kept, and the word in which a compiled gauge keeps it."""


def image(module: "Module", snapshot: Snapshot) -> list[int]:
    """The words, as their bits, that a trajectory which goes on from a snapshot begins with."""
    state = module.state
    layout, words = state.layout, list(state.layout.image)
    for place, word in _all_words(state, snapshot):
        words[place // WORD] = bits(word)
    assert len(words) == len(layout.image), "a snapshot may not ask for new words"
    return words


def samples(module: "Module", snapshot: Snapshot) -> Iterator[tuple[int, float]]:
    """The samples of series that a snapshot has already, by their place among those of a trajectory; blank is NaN."""
    measures = module.state.model.measures
    for gauge in module.gauges.watching:
        if gauge.times:
            first = module.state.layout.places["first sample", gauge.index]
            for offset, value in enumerate(snapshot.gauges[measures[gauge.index].name].kept["values"]):
                yield first + offset, _double(value)


def _all_words(state: State, snapshot: Snapshot) -> Words:
    model = state.model
    yield from _head(snapshot)
    for name, slot in state.slots.items():
        yield state.slot_place(slot), 0.0 if snapshot.values[name] is None else _double(snapshot.values[name])
    for name, limits in snapshot.bounds.items():
        for side, limit in zip(("low", "high"), limits, strict=True):
            yield from _known(state.layout, (side, name), float(limit))
    for index, measure in enumerate(model.measures):
        if measure.name in snapshot.gauges:
            yield from _gauge(state.layout, index, snapshot.gauges[measure.name])
        yield from _known(state.layout, ("counted", index), snapshot.counts.get(measure.name, 0))
    yield from _unread(state.layout, model, snapshot)
    if snapshot.failure is None:
        yield from _rules(state, snapshot)


def _head(snapshot: Snapshot) -> Words:
    point = snapshot.point
    yield from ((SEED, point.seed), (LUCK, point.luck), (BRANCH, snapshot.branch))
    yield from ((FUTURE_SEED, point.seed), (FUTURE, point.future))
    yield from ((NOW, snapshot.instant), (INSTANT, snapshot.latest), (FIRINGS, snapshot.firings))
    yield LIMIT, min(snapshot.firings - snapshot.in_latest + CASCADE, MOST_FIRINGS)


def _known(layout: Layout, name: tuple[object, ...], word: Word) -> Words:
    """A word that the model may or may not have."""
    place = layout.places.get(name)
    if place is not None:
        yield place, word


def _double(value: Kept) -> float:
    return float("nan") if value is None else float(value)


# ---------------------------------------------------------------------- rules


def _rules(state: State, snapshot: Snapshot) -> Words:
    first_alarm = 0
    played = frozenset(snapshot.played)
    at_rest = {name for each in state.model.choices if each.actor in played for name in (each.rule, *each.helpers)}
    for rank, rule in enumerate(state.model.rules):
        fields = snapshot.clocks[rule.name]
        yield state.fired(rank), snapshot.fired[rule.name]
        yield state.drawn(rank), _double(fields["drawn"])
        yield from _known(state.layout, ("at rest", rank), int(rule.name in at_rest))
        for name in FIELDS & fields.keys():
            value = fields[name]
            yield from _known(state.layout, ("clock", rank, name), value if isinstance(value, float) else int(value))
        due: list[int | None] = [fields["due_at"] if fields["live"] else None]
        if isinstance(rule.clock, Edge) and rule.clock.after is not None:
            yield from _known(state.layout, ("clock", rank, "runs"), int(fields["delay_runs"]))
            due = [fields["delay_due_at"] if fields["delay_live"] else None, *due]
        if isinstance(rule.clock, Following):
            yield from _pool(state, rank, fields)
            soonest = min((began + total for _, began, _, _, total, _ in fields["under_way"]), default=None)
            due = [soonest]
        for alarm, instant in enumerate(due, first_alarm):
            yield state.key_place(alarm), _key(state, alarm, instant)
        first_alarm += len(due)


def _key(state: State, alarm: int, instant: int | None) -> int:
    return NEVER if instant is None or instant > state.horizon else instant << state.shift | alarm


def _pool(state: State, rank: int, fields: Mapping[str, Kept]) -> Words:
    yield from _known(state.layout, ("clock", rank, "under_way"), len(fields["under_way"]))
    place = state.layout.places["clock", rank, "pool"]
    for carried, began, _, drawn, total, _ in fields["under_way"]:
        for word in (began + total, drawn, *map(_double, carried)):
            yield place, word
            place += WORD


# ---------------------------------------------------------------------- measures


def _gauge(layout: Layout, index: int, gauged: Gauged) -> Words:
    yield from _known(layout, ("gauge", index, "since"), gauged.since)
    yield from _known(layout, ("gauge", index, "value"), _double(gauged.value))
    for name, value in gauged.kept.items():
        if name == "values":
            yield from _known(layout, ("gauge", index, "next"), len(value))
        else:
            whole = isinstance(value, int) and not isinstance(value, bool) and name in ("total", "known")
            yield from _known(layout, ("gauge", index, GAUGED[name]), value if whole else _double(value))


def _unread(layout: Layout, model: Model, snapshot: Snapshot) -> Words:
    """Bits of the measures that read what changed in the latest instant."""
    touched: dict[int, int] = {}
    for index, measure in enumerate(model.measures):
        if measure.name in snapshot.unread:
            touched[index // 64] = touched.get(index // 64, 0) | 1 << index % 64
    for word, mask in touched.items():
        yield from _known(layout, ("touched", word), mask)
