"""A model with its expressions compiled to Python functions and its names laid out in slots.

Made once a process and model; holds nothing of any one trajectory. Values live in one list `s`: levers, then
uncertainties, variables, draws of rules, and derived names. Functions of conditions take `(s)`, of what is realised
`(s, now, u, k)`: the instant, the uniforms of the streams, and the number of the arming or firing.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, TypeVar

from escalation.engines import wiring
from escalation.engines.sure_draws import QUANTILES, without_needless_checks
from escalation.engines.wiring import LOOKED_AT, REALISED
from escalation.expressions.python import compile_functions, python_ast
from escalation.expressions.tree import Expr, names_in
from escalation.model.functions import FUNCTIONS
from escalation.model.identity import identity
from escalation.model.measures import Watch, watcher, window
from escalation.model.process import Assign, Following, Hazard, Measure, Model, Phase, Rule, Value
from escalation.model.streams import hazard_stream

_LOOK = ("s",)
_REALISE = ("s", "now", "u", "k")


@dataclass(slots=True)
class RuleCode:
    """One rule, compiled. rank is its place in the order of ties; followers are ranks of rules that follow it.

    chosen: whether it is an actor's choice, so that those due in one instant read the same state.
    seen: slots that the drawn wait of its clock reads and that can change, so that it could be drawn again.
    """

    rank: int
    rule: Rule
    chosen: bool
    parts: dict[str, Callable[..., Any]]
    draws: tuple[tuple[int, str, Callable[..., Any]], ...]
    targets: tuple[int, ...]
    effect: Callable[..., tuple[Any, ...]]
    followers: tuple[int, ...] = ()
    hazard_stream: int = -1
    because: tuple[tuple[str, int], ...] = ()
    counted_by: tuple[int, ...] = ()
    seen: tuple[int, ...] = ()


@dataclass(slots=True)
class MeasureCode:
    """One measure of states, compiled: how to read what it watches, and what makes a fresh watch for a trajectory."""

    read: Callable[..., Any]
    watcher: Callable[[], Watch]


Slots = tuple[int, ...]
Found = TypeVar("Found")


class ByChange(dict[Slots, Found]):
    """What follows from a change of several slots, worked out the first time that just these change together."""

    def __init__(self, follow: Callable[[Slots], Found]) -> None:
        self._follow = follow

    def __missing__(self, changed: Slots) -> Found:
        found = self[changed] = self._follow(changed)
        return found


@dataclass(slots=True)
class Program:
    """A model, ready to run.

    measure_code: by the measure's place, those that watch states. windows: of every measure. readers: for a slot, the
    ranks of rules that read it. When slots change, stale are the derived names to compute again, in order; heard_by
    the ranks of rules to look at again and the measures to read again, ascending. may_be_unknown: slots that may hold
    NaN. last_future: uncertainties drawn last.
    """

    model: Model
    slots: dict[str, int]
    streams: tuple[str, ...]
    rules: tuple[RuleCode, ...]
    derived_code: tuple[tuple[int, Callable[..., Any]], ...]
    measure_code: dict[int, MeasureCode]
    windows: tuple[tuple[int, int], ...]
    readers: dict[int, tuple[int, ...]]
    stale: ByChange[tuple[int, ...]]
    heard_by: ByChange[tuple[tuple[int, ...], tuple[int, ...]]]
    start: date
    by_name: dict[str, int]
    names: tuple[str, ...]
    may_be_unknown: frozenset[int]
    last_future: tuple[object, dict[str, Value]] = field(default_factory=lambda: (None, {}))
    identity_found: str = ""

    @property
    def identity(self) -> str:
        """What the model is, in short (`escalation.model.identity`)."""
        if not self.identity_found:
            self.identity_found = identity(self.model)
        return self.identity_found


def _union(by_slot: Mapping[int, tuple[int, ...]], slots: Slots) -> tuple[int, ...]:
    return tuple(sorted({item for slot in slots for item in by_slot.get(slot, ())}))


def prepare(model: Model) -> Program:
    """Compile a model's expressions and work out what reads what."""
    slots = wiring.layout(model)
    streams = wiring.streams(model)
    places = {name: index for index, name in enumerate(streams)}
    emit: Emit = lambda node: without_needless_checks(python_ast(node, slots, places))  # noqa: E731
    code = compile_functions(dict(_definitions(model, emit)), {**FUNCTIONS, **QUANTILES})
    start = date.fromisoformat(model.start)
    readers = wiring.readers(model, slots)
    by_name = {rule.name: rank for rank, rule in enumerate(model.rules)}
    derived_slots = tuple(slots[item.name] for item in model.derived)
    program = Program(
        model=model,
        slots=slots,
        streams=streams,
        rules=tuple(_rule_code(rank, rule, code, slots, places) for rank, rule in enumerate(model.rules)),
        derived_code=tuple((slot, code[f"derived_{index}"]) for index, slot in enumerate(derived_slots)),
        measure_code={
            index: MeasureCode(code[f"measure_{index}"], watcher(measure, start, model.horizon))
            for index, measure in enumerate(model.measures)
            if measure.value is not None
        },
        windows=tuple(window(measure, model.horizon) for measure in model.measures),
        stale=ByChange(partial(_union, wiring.derived_after(model, slots))),
        readers=readers,
        heard_by=_hearers(readers, wiring.watched(model, slots)),
        start=start,
        by_name=by_name,
        names=tuple(slots),
        may_be_unknown=frozenset(slots[item.name] for item in model.variables if item.may_be_unknown),
    )
    _link(program, model.measures)
    for each, seen in zip(program.rules, wiring.seen_by_waits(model), strict=True):
        each.seen = tuple(slots[name] for name in seen)
    return program


def _hearers(
    readers: Mapping[int, tuple[int, ...]], watched: Mapping[int, tuple[int, ...]]
) -> ByChange[tuple[tuple[int, ...], tuple[int, ...]]]:
    return ByChange(lambda changed: (_union(readers, changed), _union(watched, changed)))


Emit = Callable[[Expr], ast.expr]


def _definitions(model: Model, emit: Emit) -> Mapping[str, tuple[tuple[str, ...], ast.expr]]:
    """Every function to compile: name, parameters, and the tree of its value."""
    made: dict[str, tuple[tuple[str, ...], ast.expr]] = {}
    for rank, rule in enumerate(model.rules):
        for part in LOOKED_AT + REALISED:
            node = getattr(rule.clock, part, None)
            if node is not None and hasattr(node, "kind"):
                made[f"{part}_{rank}"] = (_LOOK if part in LOOKED_AT else _REALISE, emit(node))
        for index, draw in enumerate(rule.draws):
            made[f"draw_{rank}_{index}"] = (_REALISE, emit(draw.value))
        made[f"effect_{rank}"] = (_REALISE, _tuple(rule.effect, emit))
    for index, item in enumerate(model.derived):
        made[f"derived_{index}"] = (_LOOK, emit(item.value))
    for index, measure in enumerate(model.measures):
        if measure.value is not None:
            made[f"measure_{index}"] = (_LOOK, emit(measure.value))
    return made


def _tuple(effect: tuple[Assign, ...], emit: Emit) -> ast.expr:
    return ast.Tuple(elts=[emit(assign.value) for assign in effect], ctx=ast.Load())


def _rule_code(
    rank: int, rule: Rule, code: Mapping[str, Callable[..., Any]], slots: Mapping[str, int], places: Mapping[str, int]
) -> RuleCode:
    parts = {part: code[f"{part}_{rank}"] for part in LOOKED_AT + REALISED if f"{part}_{rank}" in code}
    condition = getattr(rule.clock, "condition", None)
    return RuleCode(
        rank=rank,
        rule=rule,
        chosen=rule.phase is Phase.CHOICES,
        parts=parts,
        draws=tuple(
            (slots[draw.target], draw.target, code[f"draw_{rank}_{index}"]) for index, draw in enumerate(rule.draws)
        ),
        targets=tuple(slots[assign.target] for assign in rule.effect),
        effect=code[f"effect_{rank}"],
        hazard_stream=places[hazard_stream(rule)] if isinstance(rule.clock, Hazard) else -1,
        because=tuple((name, slots[name]) for name in sorted(names_in(condition))) if condition is not None else (),
    )


def _link(program: Program, measures: tuple[Measure, ...]) -> None:
    """Tell each rule who follows it and who counts it."""
    for code in program.rules:
        name = code.rule.name
        code.followers = tuple(
            other.rank
            for other in program.rules
            if isinstance(other.rule.clock, Following) and other.rule.clock.leader == name
        )
        code.counted_by = tuple(i for i, measure in enumerate(measures) if name in measure.rules)
