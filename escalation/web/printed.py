"""What a teacher prints, made of the exercise: seat cards, order sheets for paper, role briefs, the plan."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from escalation.classroom.exercise import Exercise, Item, label_of, takes
from escalation.classroom.people import MOST_DEVICES
from escalation.model.calendar import DAY
from escalation.reporting.decimals import written_date
from escalation.web import page as pages
from escalation.web.room_words import WORDS
from escalation.web.text import text

KINDS = ("cards", "sheets", "briefs", "plan")


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the lesson plan. minutes: from the beginning of the lesson."""

    begins: int
    minutes: int
    what: str
    how: str


def printed(
    request: Request, kind: str, exercise: Exercise, minutes: float | None = None, people: int | None = None
) -> Response:
    """A page to print.

    kind: one of KINDS. minutes: of deliberation in a turn, when another number was chosen. people: in the class, for
    whom there are to be cards; as many as the seats have titles when it is not said.
    """
    known: dict[str, Any] = {
        "exercise": exercise,
        "kind": kind,
        "dates": dates_of(exercise),
        "menus": {role.actor: menu_of(exercise, role.actor) for role in exercise.roles},
        "steps": plan_of(exercise, minutes),
        "cards": cards_of(exercise, people),
        "most": MOST_DEVICES,
        "label": lambda name: label_of(exercise, name),
    }
    return pages.page(request, f"print_{kind}.html", **WORDS | known)


def dates_of(exercise: Exercise) -> tuple[str, ...]:
    """The dates between the turns: turns + 1 of them."""
    start = exercise.starts.isoformat()
    return tuple(written_date(start, instant / DAY) for instant in exercise.instants)


def cards_of(exercise: Exercise, people: int | None = None) -> tuple[tuple[str, str], ...]:
    """Seat and title of each card. So many people are spread evenly; whom no title is left for is an adviser."""
    found: list[tuple[str, str]] = []
    for place, role in enumerate(exercise.roles):
        titles = role.seats or (role.role,)
        share = len(titles) if people is None else (people + len(exercise.roles) - 1 - place) // len(exercise.roles)
        advisers = (text("print.adviser", n=number) for number in range(1, share - len(titles) + 1))
        found += [(role.name, title) for title in (*titles[:share], *advisers)]
    return tuple(found)


def menu_of(exercise: Exercise, actor: str) -> tuple[Item, ...]:
    """What a seat may order at all, whatever the world is like: gates are told as not known."""
    found = (exercise.choice(name) for name in exercise.role(actor).choices)
    return tuple(
        Item(
            choice.name,
            choice.label or choice.name,
            choice.help,
            takes(exercise, choice.name),
            exercise.needs[choice.name],
            tuple((exercise.gates[choice.name, gate.name], None) for gate in choice.gates),
            True,
            choice.per_turn or 1,
        )
        for choice in found
    )


AROUND = 3
"""Minutes of a turn beside its deliberation: to read, to lock, to play, and to see what happened."""


def plan_of(exercise: Exercise, minutes: float | None = None) -> tuple[Step, ...]:
    """The lesson in steps: joining, briefing, practice, the turns; the debrief, a quarter as long as all before it."""
    each = round(exercise.minutes if minutes is None else minutes)
    whole = each + AROUND
    parts = [("join", 3), ("briefing", 5)] + ([("practice", whole)] if exercise.practice else [])
    steps, begins = [], 0
    for name, length in parts:
        steps.append(Step(begins, length, text(f"plan.{name}"), text(f"plan.{name}_how")))
        begins += length
    for turn in range(1, exercise.turns + 1):
        what = text("plan.turn", turn=turn, turns=exercise.turns)
        steps.append(Step(begins, whole, what, text("plan.turn_how" if turn == 1 else "plan.again_how")))
        begins += whole
    return (*steps, Step(begins, round(begins / 4), text("plan.debrief"), text("plan.debrief_how")))
