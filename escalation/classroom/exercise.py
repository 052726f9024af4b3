"""A scenario as an exercise: who plays, what each seat reads and may order, what it is asked, and what is brought in.

Made once a session by `exercise_of` and never changed. Nothing here knows of a person, a clock on the wall or a page.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from escalation.classroom.filling import BadOrder, Takes, takes_of, value_of
from escalation.classroom.things import Thing, fixed_values, things_of, written
from escalation.expressions.kinds import Quantity, Truth
from escalation.expressions.tree import Expr, Literal, Name
from escalation.language.labels import label_of as default_label
from escalation.language.menus import asked_for, closes_to, ordered
from escalation.model.build import build
from escalation.model.classroom import ClassroomSpec, ForecastSpec, InjectSpec, Late, RoleSpec
from escalation.model.evaluate import evaluate
from escalation.model.process import Assign, Choice, Derived, Measure, Model, Rule, Value
from escalation.model.scenario import Event, Ladder, NamedGate, RungSpec, Scenario
from escalation.model.script import Decide, Held
from escalation.model.visibility import Visibility
from escalation.reporting.expression_words import Words
from escalation.reporting.marks import as_text

Values = Mapping[str, Value | None]
"""The present values by path, as a snapshot has them."""


NAME = re.compile(r"[A-Za-z_][\w.]*")
LONGEST_GATE = 90
"""Characters of a condition that is told in place of a label."""
SHOWN = "shown."
"""Before the names of measures that keep what is shown; an author's measures have no point in their names."""


class NoClassroom(ValueError):
    """A scenario cannot be played in class; a sentence says why."""


@dataclass(frozen=True, slots=True)
class Role:
    """An actor in class.

    name, role: as the scenario says. seats: titles of the people. sees: names on its screen. choices: names of the
    model's choices that it may take, in the order of its menu.
    """

    actor: str
    name: str
    role: str
    seats: tuple[str, ...]
    sees: tuple[str, ...]
    choices: tuple[str, ...]
    aims: tuple[str, ...]
    brief: str


@dataclass(frozen=True, slots=True)
class Exercise:
    """A scenario as it is played.

    instants: turns + 1 of them, in milliseconds; instants[0] is 0. minutes: to deliberate in a turn. forecasts,
    injects: conditions read the model's names; an inject fires a rule, and sets literals. model: the scenario's, up to
    the end of the last turn, with every name that a screen shows, a question asks or an inject waits for. things: what
    can be shown, by path. needs: by choice, when it can be taken at all, as a sentence. gates: what each
    (choice, gate) is called. unknown_gates: those whose condition its seat does not see.
    """

    title: str
    starts: date
    turns: int
    instants: tuple[int, ...]
    minutes: int
    practice: bool
    late: Late
    projector: tuple[str, ...]
    roles: tuple[Role, ...]
    forecasts: tuple[ForecastSpec, ...]
    injects: tuple[InjectSpec, ...]
    debrief: tuple[str, ...]
    note: str
    model: Model
    scenario: Scenario
    things: Mapping[str, Thing]
    needs: Mapping[str, str]
    gates: Mapping[tuple[str, str], str]
    unknown_gates: frozenset[tuple[str, str]]

    def role(self, actor: str) -> Role:
        """The role of an actor. Raises KeyError when it has none."""
        found = next((role for role in self.roles if role.actor == actor), None)
        if found is None:
            raise KeyError(actor)
        return found

    def choice(self, name: str) -> Choice:
        """A choice of the model. Raises KeyError when there is none of that name."""
        found = next((choice for choice in self.model.choices if choice.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def shut(self, held: Held) -> tuple[str, ...]:
        """The gates, by their labels, that kept an order from being carried out."""
        gates = self.choice(held.input.choice).gates if isinstance(held.input, Decide) and held.shut else ()
        return tuple(gate.label or default_label(None, gate.name) for gate in gates if gate.name in held.shut)

    def rule(self, name: str) -> Rule:
        """A rule of the model. Raises KeyError when there is none of that name."""
        found = next((rule for rule in self.model.rules if rule.name == name), None)
        if found is None:
            raise KeyError(name)
        return found


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a seat's menu.

    takes: what is filled in. needs: when it can be taken at all, as a sentence. gates: label, and whether it is open;
    None is not known to the seat. possible: it can be taken now as far as the seat knows. per_turn: how often.
    """

    choice: str
    label: str
    help: str
    takes: tuple[Takes, ...]
    needs: str
    gates: tuple[tuple[str, bool | None], ...]
    possible: bool
    per_turn: int


# ---------------------------------------------------------------------- making it


def exercise_of(scenario: Scenario, model: Model | None = None) -> Exercise:
    """The exercise of a scenario. model: the scenario's own, if it is built already, to be sure that they agree.

    Raises:
        NoClassroom: it has no classroom block, or no role in it.
        ValueError: the model is another scenario's.
    """
    spec = scenario.classroom
    if spec is None:
        raise NoClassroom("This scenario has no `classroom:` block, so it cannot be played in class.")
    if not spec.roles:
        raise NoClassroom("The `classroom:` block of this scenario has no `roles:`, so there is nobody to play.")
    things, fixed = things_of(scenario), fixed_values(scenario)
    made = build(scenario, watch=tuple(_watched(spec, things)))
    if model is not None and [each.name for each in model.choices] != [each.name for each in made.choices]:
        raise ValueError("the model is not that of this scenario")
    values = {measure.name: measure.value for measure in made.measures if measure.value is not None}
    visibility = Visibility(scenario)
    return Exercise(
        title=scenario.title,
        starts=date.fromisoformat(scenario.start),
        turns=spec.turns,
        instants=spec.instants,
        minutes=spec.minutes,
        practice=spec.practice,
        late=spec.late,
        projector=spec.projector,
        roles=tuple(_role(scenario, made, role) for role in spec.roles),
        forecasts=tuple(
            replace(
                each,
                resolves=values[f"forecast.{number}"],
                closes=values.get(f"forecast.{number}.closes"),
                closes_to=closes_to(each, spec, visibility),
            )
            for number, each in enumerate(spec.forecasts)
        ),
        injects=tuple(_inject(each, values, fixed) for each in spec.injects),
        debrief=spec.debrief,
        note=spec.note,
        model=_cut(made, spec.instants[-1], len(scenario.measures)),
        scenario=scenario,
        things=things,
        needs=dict(_needs(scenario, things)),
        gates=dict(_gates(scenario, things)),
        unknown_gates=frozenset(_unknown_gates(scenario, spec, visibility)),
    )


def _watched(spec: ClassroomSpec, things: Mapping[str, Thing]) -> Iterator[Measure]:
    """What the model must keep the values of, as measures that are taken out again."""
    for number, forecast in enumerate(spec.forecasts):
        yield Measure(f"forecast.{number}", "final", Truth(), forecast.resolves)
        if forecast.closes is not None:
            yield Measure(f"forecast.{number}.closes", "final", Truth(), forecast.closes)
    for inject in spec.injects:
        if inject.when is not None:
            yield Measure(f"inject.{inject.id}", "final", Truth(), inject.when)
    for name in sorted({*spec.projector, *(name for role in spec.roles for name in role.sees)}):
        yield Measure(f"{SHOWN}{name}", "final", things[name].kind, Name(name, things[name].kind))
        if things[name].reported:
            yield Measure(f"{SHOWN}{name}.known", "final", Truth(), Name(f"{name}.known", Truth()))


def _role(scenario: Scenario, model: Model, spec: RoleSpec) -> Role:
    actor, orders = scenario.actors[spec.actor], ordered(scenario, spec)
    ladders = {ladder.name for ladder in scenario.ladders}
    choices = tuple(
        choice.name
        for order in orders
        for choice in model.choices
        if choice.actor == spec.actor
        and (choice.name.startswith(f"{order}.") if order in ladders else choice.name == order)
    )
    return Role(spec.actor, actor.name, actor.role, spec.seats, spec.sees, choices, spec.aims, spec.brief)


def _inject(spec: InjectSpec, values: Mapping[str, Expr], fixed: Mapping[str, Value]) -> InjectSpec:
    """An inject whose condition reads the model's names, and whose settings are values."""
    when = None if spec.when is None else values[f"inject.{spec.id}"]
    settings = tuple(replace(each, value=Literal(evaluate(each.value, fixed), each.value.kind)) for each in spec.set)
    return replace(spec, when=when, set=settings)


def _cut(model: Model, end: int, own: int) -> Model:
    """The model up to an instant; own: how many measures are the author's. One that begins later watches nothing."""
    cut = []
    for measure in model.measures[:own]:
        if (measure.at or 0) > end or (measure.during is not None and measure.during[0] > end):
            continue
        during = None if measure.during is None else (measure.during[0], min(measure.during[1], end))
        times = tuple(instant for instant in measure.times if instant <= end)
        if measure.times and not times:
            continue
        cut.append(replace(measure, during=during, times=times))
    return replace(model, horizon=end, measures=tuple(cut), derived=(*model.derived, *_told_apart(model)))


def _told_apart(model: Model) -> Iterator[Derived]:
    """What is shown and has no place of its own in the model: a constant, or a truth that conditions look through."""
    kept = {item.name for item in model.levers} | {item.name for item in model.uncertainties}
    kept |= {item.name for item in model.variables} | {item.name for item in model.derived}
    for measure in model.measures:
        name = measure.name.removeprefix(SHOWN)
        if name != measure.name and name not in kept and measure.value is not None:
            yield Derived(name, measure.value)


# ---------------------------------------------------------------------- what makes an order possible


def _needs(scenario: Scenario, things: Mapping[str, Thing]) -> Iterator[tuple[str, str]]:
    """By choice, when it can be taken at all, as a sentence."""
    words = Words(scenario)
    labels = {each.name: each.label for each in scenario.events} | {name: each.label for name, each in things.items()}
    for event in scenario.events:
        if event.actor is not None:
            yield event.name, _when_possible(event, words, labels)
    for ladder in scenario.ladders:
        for index, rung in enumerate(ladder.rungs):
            below, path = ladder.rungs[index - 1], f"{ladder.name}.{rung.id}"
            yield f"{path}.decide", _sentence(_next_rung(ladder, below, rung))
            yield f"{path}.announce", _sentence("while nothing as high has been announced")
            yield f"{path}.stand_down", _sentence(f"while “{rung.label}” is in force")


def _next_rung(ladder: Ladder, below: RungSpec, rung: RungSpec) -> str:
    gates = " and all of its conditions hold" if rung.climb is not None and rung.climb.gates else ""
    if ladder.skip:
        return f"while nothing as high as “{rung.label}” has been decided{gates}"
    return f"while “{below.label}” is in force{gates}"


def _gates(scenario: Scenario, things: Mapping[str, Thing]) -> Iterator[tuple[tuple[str, str], str]]:
    """What the gates of each choice are called: by the author's label, else by what the condition says."""
    words = Words(scenario)
    labels = {name: each.label for name, each in things.items()}
    for ladder in scenario.ladders:
        for rung in ladder.rungs:
            for gate in rung.climb.gates if rung.climb is not None else ():
                yield (f"{ladder.name}.{rung.id}.decide", gate.name), _gate(gate, words, labels, ladder.name)


def _gate(gate: NamedGate, words: Words, labels: Mapping[str, str], ladder: str) -> str:
    """An author's label; without one the clause of a short condition, or the gate's name."""
    plain = default_label(None, gate.name)
    if gate.label != plain:
        return gate.label
    if isinstance(gate.condition, Name):
        return labels.get(gate.condition.path, plain)
    said = as_text(words.within(f"ladders.{ladder}").clause(gate.condition), lambda code: _in_labels(code, labels))
    return f"{plain} ({said})" if len(said) <= LONGEST_GATE else plain


def _when_possible(event: Event, words: Words, labels: Mapping[str, str]) -> str:
    condition = getattr(event.clock, "condition", None)
    if condition is None or isinstance(condition, Literal):
        return _sentence("at any time")
    clause = words.within(f"events.{event.name}").clause(condition)
    return _sentence(f"while {as_text(clause, lambda code: _in_labels(code, labels))}")


def _in_labels(formula: str, labels: Mapping[str, str]) -> str:
    """A formula with labels in place of names."""
    told = NAME.sub(lambda found: f"“{labels[found[0]]}”" if found[0] in labels else found[0], formula)
    return told.replace(" * ", " × ")


def _sentence(when: str) -> str:
    return f"Possible {when}."


def _unknown_gates(scenario: Scenario, spec: ClassroomSpec, visibility: Visibility) -> Iterator[tuple[str, str]]:
    sees = {role.actor: role.sees for role in spec.roles}
    for ladder in scenario.ladders:
        for rung in ladder.rungs if ladder.actor in sees else ():
            for gate in rung.climb.gates if rung.climb is not None else ():
                assert ladder.actor is not None
                if visibility.unseen_at_a_seat(gate.condition, ladder.actor, sees[ladder.actor]):
                    yield f"{ladder.name}.{rung.id}.decide", gate.name


# ---------------------------------------------------------------------- what a seat reads


def label_of(exercise: Exercise, name: str) -> str:
    """What a name is called; the name itself when it is nothing that can be shown."""
    return exercise.things[name].label if name in exercise.things else name


def shown(exercise: Exercise, name: str, value: Value | None) -> str:
    """A value of a name as a reader sees it, with its unit: `10,200 troops`, `12 %`, `yes`, a rung's label.

    Raises KeyError for a name that is nothing that can be shown.
    """
    return written(exercise.things[name], value, _rung_labels(exercise), exercise.scenario.start)


def told(exercise: Exercise, name: str, values: Values) -> str:
    """The present value of a name as a reader sees it; `not known` while no report of it has come."""
    if exercise.things[name].reported and not values.get(f"{name}.known", True):
        return shown(exercise, name, None)
    return shown(exercise, name, values.get(name))


def _rung_labels(exercise: Exercise) -> dict[str, str]:
    return {rung.id: rung.label for ladder in exercise.scenario.ladders for rung in ladder.rungs}


# ---------------------------------------------------------------------- what a seat orders


def takes(exercise: Exercise, choice: str) -> tuple[Takes, ...]:
    """What a person fills in with an order, in the author's order. Raises KeyError for what is no choice."""
    found = exercise.choice(choice)
    rule = exercise.rule(found.rule)
    known = {lever.name: lever.default for lever in exercise.model.levers}
    drawn = {draw.target: draw for draw in rule.draws if asked_for(draw.value)}
    asked = [drawn[target] for target in found.draws if target in drawn]
    return tuple(takes_of(draw, _in_percent(exercise, draw, rule), known) for draw in asked)


def _in_percent(exercise: Exercise, draw: Assign, rule: Rule) -> bool:
    """Whether a share is written in %: its author did, in the draw's own line."""
    if not isinstance(draw.value.kind, Quantity) or draw.value.kind.dimension.exponents:
        return False
    name = draw.target.rpartition(".")[2]
    path = f"events.{rule.name}.draw.{name}"
    return any("%" in number.text for number in exercise.scenario.numbers if number.path.startswith(path))


def filled(exercise: Exercise, choice: str, texts: Mapping[str, str]) -> dict[str, Value]:
    """The values of what a person filled in, by the draw's own name; a blank leaves it to chance.

    Raises:
        BadOrder: with a sentence: no such choice, nothing of that name to fill in, a text that cannot be read or is out
            of range.
    """
    try:
        asked = {each.name: each for each in takes(exercise, choice)}
    except KeyError:
        raise BadOrder("There is no such order.") from None
    unknown = sorted(set(texts) - set(asked))
    if unknown:
        raise BadOrder("Something was filled in that this order does not ask for.")
    rule = exercise.rule(exercise.choice(choice).rule)
    kinds = {draw.target.rpartition(".")[2]: draw.value.kind for draw in rule.draws}
    return {name: value_of(asked[name], text, kinds[name]) for name, text in texts.items() if text.strip()}


def offered(exercise: Exercise, role: Role, values: Values) -> tuple[Item, ...]:
    """A seat's menu: every choice of the role, with what it takes and whether it can be taken now."""
    return tuple(_item(exercise, exercise.choice(name), values) for name in role.choices)


def _item(exercise: Exercise, choice: Choice, values: Values) -> Item:
    gates = tuple(
        (
            exercise.gates[choice.name, gate.name],
            None if (choice.name, gate.name) in exercise.unknown_gates else bool(evaluate(gate.holds, values)),  # type: ignore[arg-type]
        )
        for gate in choice.gates
    )
    exists = bool(evaluate(choice.guard, values))  # type: ignore[arg-type]
    return Item(
        choice=choice.name,
        label=choice.label or choice.name,
        help=choice.help,
        takes=takes(exercise, choice.name),
        needs=exercise.needs[choice.name],
        gates=gates,
        possible=exists and all(is_open is not False for _, is_open in gates),
        per_turn=choice.per_turn or 1,
    )
