"""Trajectories that go on from snapshots, as machine code: each begins with an image of its own.

A snapshot names its fields as the SimPy engine's clocks do; the compiled clocks have the same fields in words of their
own. What a compiled clock does not keep (how long a wait is in all, and with what it was drawn) only a branch needs, so
snapshots are saved and branched on the SimPy engine and gone on from here.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

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
from escalation.model.process import Edge, Following, Model, Rule
from escalation.model.snapshot import Gauged, Kept, Snapshot

if TYPE_CHECKING:
    import numpy as np

    from escalation.engines.compiled.module import Module

    Array = np.ndarray[Any, Any]

Words = Iterator[tuple[int, Word]]
"""Places, in bytes, and what is to stand there."""

FIELDS = {
    "armed", "at", "waits", "first", "running", "base", "steps", "rate", "spent", "since", "needed", "holds", "left",
    "total", "moving", "due_at",
}  # fmt: skip
"""Fields of clocks that have one name on both engines."""
GAUGED = {"held": "held", "at": "at", "total": "total", "known": "known", "best": "best", "value": "value at"}
"""What a watch has kept, and the word in which a compiled gauge keeps it."""


def images(module: "Module", snapshots: Iterable[Snapshot]) -> Iterator[bytes]:
    """For each snapshot the image that a trajectory which goes on from it begins with.

    Branches of one snapshot that follow one another share all but the clocks that were drawn again, and cost less.
    """
    state = module.state
    before: Snapshot | None = None
    words = array("Q")
    for snapshot in snapshots:
        if before is None or not _same_past(snapshot, before):
            words, before = array("Q", state.layout.image), None
            _write(words, _state_words(state, snapshot))
        else:
            words = words[:]
        _write(words, _head(snapshot))
        _write(words, _rules(state, snapshot, {} if before is None else before.clocks))
        assert len(words) == len(state.layout.image), "a snapshot may not ask for new words"
        before = snapshot
        yield words.tobytes()


def _same_past(one: Snapshot, other: Snapshot) -> bool:
    """Whether two snapshots are branches of one, and both go on."""
    failed = one.failure is not None or other.failure is not None
    return not failed and one.values is other.values and one.gauges is other.gauges


def _write(words: "array[int]", made: Words) -> None:
    for place, word in made:
        words[place // WORD] = bits(word)


def write_samples(module: "Module", snapshots: Iterable[Snapshot], series: "Array") -> None:
    """Put the samples of series that snapshots have already into the rows of their trajectories; blank is NaN."""
    places, measures = module.state.layout.places, module.state.model.measures
    before: Mapping[str, Gauged] | None = None
    for row, snapshot in enumerate(snapshots):
        if snapshot.gauges is before:
            series[row] = series[row - 1]
            continue
        before = snapshot.gauges
        for gauge in module.gauges.watching:
            if gauge.times and before:
                first = places["first sample", gauge.index]
                values = snapshot.gauges[measures[gauge.index].name].kept["values"]
                series[row, first : first + len(values)] = [_double(value) for value in values]


def _state_words(state: State, snapshot: Snapshot) -> Words:
    """Everything but the address and the rules."""
    model = state.model
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


def _rules(state: State, snapshot: Snapshot, written: Mapping[str, object]) -> Words:
    """Every rule's words, but for those whose clocks are written already; of a failed trajectory nothing is due."""
    alarm = 0
    for rank, rule in enumerate(state.model.rules):
        delayed = isinstance(rule.clock, Edge) and rule.clock.after is not None
        fields = snapshot.clocks.get(rule.name)
        if fields is not None and fields is not written.get(rule.name) and snapshot.failure is None:
            yield from _rule(state, snapshot, rank, fields)
            for offset, instant in enumerate(_due(rule, fields)):
                yield state.key_place(alarm + offset), _key(state, alarm + offset, instant)
        alarm += 2 if delayed else 1


def _rule(state: State, snapshot: Snapshot, rank: int, fields: Mapping[str, Kept]) -> Words:
    rule, layout = state.model.rules[rank], state.layout
    yield state.fired(rank), snapshot.fired[rule.name]
    yield state.drawn(rank), _double(fields["drawn"])
    yield from _known(layout, ("at rest", rank), int(_is_at_rest(state.model, rule, snapshot)))
    for name in FIELDS & fields.keys():
        value = fields[name]
        yield from _known(layout, ("clock", rank, name), value if isinstance(value, float) else int(value))
    if "delay_runs" in fields:
        yield from _known(layout, ("clock", rank, "runs"), int(fields["delay_runs"]))
    if isinstance(rule.clock, Following):
        yield from _pool(state, rank, fields)


def _is_at_rest(model: Model, rule: Rule, snapshot: Snapshot) -> bool:
    """Whether a person plays the actor for whom the rule chooses."""
    return bool(snapshot.played) and any(
        each.actor in snapshot.played and rule.name in (each.rule, *each.helpers) for each in model.choices
    )


def _due(rule: Rule, fields: Mapping[str, Kept]) -> list[int | None]:
    """When the alarms of a clock are due, in their order; None is never."""
    if isinstance(rule.clock, Following):
        return [min((began + total for _, began, _, _, total, _ in fields["under_way"]), default=None)]
    own = fields["due_at"] if fields["live"] else None
    if "delay_runs" not in fields:
        return [own]
    return [fields["delay_due_at"] if fields["delay_live"] else None, own]


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
