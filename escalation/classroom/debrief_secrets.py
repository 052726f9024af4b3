"""What each seat was told, beside the truth of the same instant."""

from collections.abc import Iterator
from dataclasses import dataclass

from escalation.classroom.exercise import Exercise
from escalation.classroom.record import Record
from escalation.classroom.things import fixed_values
from escalation.expressions.tree import Expr
from escalation.model.evaluate import evaluate
from escalation.model.process import Value


@dataclass(frozen=True, slots=True)
class Secret:
    """A reading of a seat at the end of a turn. read: None while no report of it has come. truth: in the same unit."""

    actor: str
    name: str
    turn: int
    read: Value | None
    truth: Value


def secrets(record: Record) -> tuple[Secret, ...]:
    """Every reading of every seat after every turn; a reading whose truth no world keeps is left out."""
    return tuple(each for role in record.exercise.roles for each in _of_seat(record, role.actor))


def _of_seat(record: Record, actor: str) -> Iterator[Secret]:
    exercise = record.exercise
    fixed = fixed_values(exercise.scenario)
    for name in exercise.role(actor).sees:
        of = read_of(exercise, name)
        if of is None:
            continue
        for turn in record.turns:
            values = {**fixed, **turn.snapshot_after.values}
            try:
                truth = evaluate(of, values)  # type: ignore[arg-type]
            except KeyError:
                break
            read = values.get(name) if values.get(f"{name}.known", True) else None
            yield Secret(actor, name, turn.turn, read, truth)


def read_of(exercise: Exercise, name: str) -> Expr | None:
    """What a name on a screen is a report of; None for what is seen as it is."""
    if not exercise.things[name].reported:
        return None
    head = name.partition(".")[0]
    return next((each.of for each in exercise.scenario.intelligence if each.name == head), None)
