"""The debrief's first two pages: what happened, and whether it was likely."""

from collections.abc import Sequence

from escalation.classroom.debrief_path import Path
from escalation.classroom.desk import TEACHER
from escalation.classroom.entries import BY_THE_LOCK
from escalation.classroom.record import Record, TurnRecord
from escalation.expressions.kinds import Quantity
from escalation.model.calendar import DAY
from escalation.model.script import Decide
from escalation.reporting.chart_class_path import draw_class_path
from escalation.reporting.chart_dots import Row, draw_dots, percent_scale
from escalation.reporting.class_debrief import QUESTIONS, Page, Story, share_cells, share_mark
from escalation.reporting.decimals import count, error_of, percent
from escalation.reporting.drawing import Frame
from escalation.reporting.palette import BLUE
from escalation.reporting.sentences import joined, quoted
from escalation.reporting.view import Chart, Table
from escalation.web.debrief_voice import Voice
from escalation.web.text import text

USUAL = (0.05, 0.95)
"""Between these quantiles of the baseline a path went as it often goes."""
SELDOM = 0.05
"""A word that so few worlds end at is seldom."""


def what_happened(
    voice: Voice, record: Record, truth: Sequence[tuple[str, ...]], came: dict[str, float | None]
) -> Page:
    """Every order and what became of it, and turn by turn what happened in truth.

    truth: the lines of each turn. came: the measures of the class's own world.
    """
    orders = [order for turn in record.turns for given in turn.orders_by_actor.values() for order in given]
    held = [each for turn in record.turns for each in turn.held if isinstance(each.input, Decide)]
    stories = tuple(
        Story(_chapter(voice, turn), (*_ordered(voice, record, turn), *(lines or (text("told.quiet"),))))
        for turn, lines in zip(record.turns, truth, strict=True)
    )
    return Page(
        1,
        QUESTIONS[0],
        text(
            "told.happened_held" if held else "told.happened",
            turns=_several(len(record.turns), "turn"),
            orders=_several(len(orders), "order"),
            held=count(len(held)),
        ),
        tuple(_ends(voice, came)),
        tables=(*_numbers(voice, came), orders_table(voice, record)),
        stories=stories,
        note=text("told.happened_note"),
        talk=(*record.exercise.debrief, text("told.happened_talk_1"), text("told.happened_talk_2")),
    )


def _several(number: int, what: str) -> str:
    """`no order at all`, `one turn`, `4 turns`."""
    if number == 0 and what == "order":
        return text("told.order_none")
    return text(f"told.{what}_one") if number == 1 else text(f"told.{what}_many", n=count(number))


def _chapter(voice: Voice, turn: TurnRecord) -> str:
    days = voice.day(turn.snapshot_before.instant), voice.day(turn.snapshot_after.instant)
    return text("told.chapter", turn=turn.turn, begins=days[0], ends=days[1])


def _ends(voice: Voice, came: dict[str, float | None]) -> list[str]:
    """What came about, and what did not."""
    yes = joined([quoted(voice.name(item)) for item in voice.shares if came.get(item.name)])
    no = joined([quoted(voice.name(item)) for item in voice.shares if came.get(item.name) == 0])
    said = []
    if yes or no:
        key = "told.end_yes" if yes and no else "told.end_all" if yes else "told.end_none"
        said.append(text(key, came=yes, not_came=no))
    return said


def _numbers(voice: Voice, came: dict[str, float | None]) -> list[Table]:
    """What everything else came to."""
    others = [item for item in voice.measures if item.how != "ever"]
    rows = tuple((voice.name(item), voice.happened(item, came.get(item.name))) for item in others)
    head = (text("told.measure"), text("told.happened_in_class"))
    return [Table(text("told.luck_table"), head, rows)] if rows else []


def _ordered(voice: Voice, record: Record, turn: TurnRecord) -> list[str]:
    """A line for each order of a turn, and for each seat without one."""
    lines = []
    for role in record.exercise.roles:
        given = turn.orders_by_actor.get(role.actor)
        if not given:
            lines.append(text("told.left" if given is None else "told.waited", seat=role.name))
        for order, became in zip(given or (), _became(voice, turn, given or ()), strict=True):
            became = f"{became[0].upper()}{became[1:].rstrip('.')}."
            lines.append(text("told.ordered", seat=role.name, order=voice.order(order), became=became))
    return lines


def orders_table(voice: Voice, record: Record) -> Table:
    """Turn, seat, order, who gave it, what became of it."""
    rows = [row for turn in record.turns for row in _rows(voice, record, turn)]
    head = ("turn", "seat", "order", "by", "became")
    return Table(text("told.orders"), tuple(text(f"told.{each}") for each in head), tuple(rows))


def _rows(voice: Voice, record: Record, turn: TurnRecord) -> list[tuple[str, ...]]:
    begins = text("told.turn_number", turn=turn.turn, date=voice.day(turn.snapshot_before.instant))
    rows: list[tuple[str, ...]] = []
    for role in record.exercise.roles:
        given = turn.orders_by_actor.get(role.actor)
        if given is None:
            rows.append((begins, role.name, text("told.decided_by_model"), text("told.by_model"), ""))
            continue
        by = turn.by.get(role.actor, "")
        who = text(f"told.by_{by}") if by in (*BY_THE_LOCK, TEACHER) else by
        rows += [
            (begins, role.name, voice.order(order), who, became)
            for order, became in zip(given, _became(voice, turn, given), strict=True)
        ]
        if not given:
            rows.append((begins, role.name, text("told.nothing_given"), who, ""))
    return rows


def _became(voice: Voice, turn: TurnRecord, given: Sequence[Decide]) -> list[str]:
    """What became of each order of a seat; of equal ones the first are those that were carried out."""
    told, left = [], [each for each in turn.held if isinstance(each.input, Decide)]
    for order in reversed(given):
        held = next((each for each in left if each.input == order), None)
        if held is not None:
            left.remove(held)
        told.append(text("told.carried") if held is None else text("told.held", why=voice.why_held(held)))
    return told[::-1]


# ---------------------------------------------------------------------- was it likely


def was_it_likely(voice: Voice, record: Record, paths: Sequence[Path]) -> Page:
    """What all could see, over the futures in which the model decides for every seat."""
    numbers = [each for each in paths if isinstance(voice.exercise.things[each.name].kind, Quantity)]
    words = [each for each in paths if each not in numbers]
    odd = [voice.thing(each.name) for each in paths if _unusual(each, each in numbers)]
    answer = "told.likely_none" if not paths else "told.likely_unusual" if odd else "told.likely_usual"
    failed = max((each.failed for each in paths), default=0)
    return Page(
        2,
        QUESTIONS[1],
        text(answer, names=joined(odd)),
        tuple(_placed(voice, each) for each in numbers),
        tuple([*(_chart(voice, record, each) for each in numbers), *([_ends_chart(voice, words)] if words else [])]),
        note=text("told.likely_note", failed=text("told.likely_failed", n=count(failed)) if failed else "").strip(),
        talk=(text("told.likely_talk_1"), text("told.likely_talk_2")),
    )


def _unusual(path: Path, number: bool) -> bool:
    return not USUAL[0] <= path.quantile[-1] <= USUAL[1] if number else path.same.value < SELDOM


def _value(voice: Voice, path: Path, place: int = -1) -> str:
    return voice.shown(path.name, path.path[place])


def _placed(voice: Voice, path: Path) -> str:
    return text(
        "told.likely_place",
        name=voice.thing(path.name),
        value=_value(voice, path),
        share=percent(path.place.value, error_of(path.place)),
        n=count(path.place.n),
    )


def _chart(voice: Voice, record: Record, path: Path) -> Chart:
    """The fan, the path, and their numbers by day."""
    n, thing = count(path.place.n), voice.exercise.things[path.name]
    heading = text("told.likely_chart", name=voice.thing(path.name), n=n)
    sentence = text("told.likely_sentence", n=n, value=_value(voice, path))
    days = [instant / DAY for instant in path.instants]
    frame = Frame(
        f"path-{path.name.replace('.', '-')}", heading, sentence, record.exercise.starts.isoformat(), days[-1]
    )
    drawing = draw_class_path(frame, days, path.fan, path.path, thing.unit)
    head = ("date", "ours", "fan_5", "fan_25", "fan_50", "fan_75", "fan_95", "futures")
    rows = tuple(
        (
            voice.day(instant),
            _value(voice, path, place),
            *(voice.shown(path.name, float(value)) for value in path.fan.lines[:, place]),
            count(int(path.fan.present[place])),
        )
        for place, instant in enumerate(path.instants)
    )
    return Chart(
        frame.name, heading, sentence, drawing, Table(heading, tuple(text(f"told.{each}") for each in head), rows)
    )


def _ends_chart(voice: Voice, paths: Sequence[Path]) -> Chart:
    """How many of the futures ended as the class did, for what has no fan."""
    heading = text("told.likely_ends")
    labels = [text("told.likely_row", name=voice.thing(each.name), value=_value(voice, each)) for each in paths]
    sentence = " ".join(
        text(
            "told.likely_same",
            name=voice.thing(each.name),
            value=_value(voice, each),
            share=percent(each.same.value, error_of(each.same)),
            n=count(each.same.n),
        )
        for each in paths
    )
    rows = [Row(label, (share_mark(each.same, "o", BLUE),)) for label, each in zip(labels, paths, strict=True)]
    caption = text("told.dots", n=count(paths[0].same.n), level=percent(paths[0].same.level))
    drawing = draw_dots(
        Frame("ends", heading, sentence, "2000-01-01", 1.0),
        rows,
        percent_scale(),
        [("o", text("told.likely_model"), BLUE)],
    )
    head = ("measure", "share", "interval", "level", "futures")
    body = tuple((label, *share_cells(each.same)) for label, each in zip(labels, paths, strict=True))
    return Chart("ends", heading, caption, drawing, Table(heading, tuple(text(f"told.{each}") for each in head), body))
