"""The debrief's last two pages: what if, and what did we believe."""

from collections.abc import Mapping, Sequence

from escalation.classroom.debrief_beliefs import Beliefs, Bin
from escalation.classroom.debrief_secrets import Secret
from escalation.classroom.debrief_what_if import Story as Branch
from escalation.classroom.debrief_what_if import WhatIf
from escalation.classroom.record import Record
from escalation.classroom.state import Changed
from escalation.model.process import Measure
from escalation.reporting.chart_dots import Mark, Row, draw_dots, percent_scale
from escalation.reporting.class_debrief import QUESTIONS, Page, Story, share_cells, share_mark
from escalation.reporting.decimals import count, error_of, fixed, percent
from escalation.reporting.drawing import Frame
from escalation.reporting.palette import BLUE, ORANGE
from escalation.reporting.sentences import joined, quoted
from escalation.reporting.view import Chart, Table
from escalation.web.debrief_judgement import NOT_TOLD_APART
from escalation.web.debrief_voice import Voice
from escalation.web.text import text

NO_BETTER = 0.25
"""The Brier score of always saying a half."""
Predictions = Sequence[float]
"""Shares that people gave to what the change is asked about, 0 to 1."""


def change_said(voice: Voice, change: Changed) -> str:
    """The change as the beginning of a sentence."""
    seat, order = voice.seat(change.actor), voice.choice(change.choice)
    key = "told.if_given" if not change.given else "told.if_instead" if change.instead else "told.if_hold"
    new = voice.choice(change.instead) if change.instead else ""
    return text(key, seat=seat, order=order, turn=change.turn, new=new)


def what_if_page(voice: Voice, change: Changed, found: WhatIf, predictions: Predictions) -> Page:
    """What the change does, beside what was predicted of it, and three futures with it."""
    item, said = asked_of(voice), change_said(voice, change)
    old, new = (percent(share) for share in found.impossible)
    stories = zip(("typical", "better", "worse"), (found.typical, found.better, found.worse), strict=True)
    return Page(
        5,
        QUESTIONS[4],
        _if_answer(voice, item, said, found),
        (
            *_moved(voice, item, found),
            *_predicted(item, found, predictions),
            text("told.if_impossible", old=old, new=new),
        ),
        _if_charts(voice, found),
        (_if_table(voice, found),),
        tuple(_story(voice, text(f"told.if_{name}"), branch) for name, branch in stories),
        text("told.if_note", n=count(found.branches), turn=change.turn),
        (text("told.if_talk_1"), text("told.if_talk_2")),
    )


def asked_of(voice: Voice) -> Measure:
    """What a prediction is about: the first thing that comes about or not, otherwise the first measure."""
    return (voice.shares or voice.measures)[0]


def _if_answer(voice: Voice, item: Measure, said: str, found: WhatIf) -> str:
    if all(each.verdict == "identical" for each in found.differences.values()):
        return text("told.if_same", change=said)
    if found.differences[item.name].verdict == "identical":
        return text("told.if_asked_same", change=said, name=voice.name(item), n=count(found.branches))
    return text(
        "told.if_answer" if item.how == "ever" else "told.if_mean",
        change=said,
        name=voice.name(item),
        new=voice.level_cells(item, found.with_change.get(item.name))[0],
        old=voice.level_cells(item, found.as_it_was.get(item.name))[0],
        difference=voice.difference(item, found.differences[item.name]),
    )


def _moved(voice: Voice, item: Measure, found: WhatIf) -> list[str]:
    """What else the change moves for certain."""
    if all(each.verdict == "identical" for each in found.differences.values()):
        return []
    moved = [
        text(
            "told.if_moves_one",
            name=voice.name(other),
            difference=voice.difference(other, found.differences[other.name]),
        )
        for other in voice.measures
        if other != item and found.differences[other.name].verdict not in NOT_TOLD_APART
    ]
    return [text("told.if_moves", moved=joined(moved)) if moved else text("told.if_moves_nothing")]


def _predicted(item: Measure, found: WhatIf, predictions: Predictions) -> list[str]:
    """What was predicted beside the answer; of a share alone."""
    estimate = found.with_change.get(item.name)
    if item.how != "ever" or estimate is None:
        return []
    if not predictions:
        return [text("told.if_predicted_none")]
    new, mean = percent(estimate.value, error_of(estimate)), percent(sum(predictions) / len(predictions))
    if len(predictions) == 1:
        return [text("told.if_predicted_one", mean=mean, new=new)]
    low, high = percent(min(predictions)), percent(max(predictions))
    near = percent(min(predictions, key=lambda each: abs(each - estimate.value)))
    said = text("told.if_predicted", n=count(len(predictions)), mean=mean, low=low, high=high, new=new)
    return [said, text("told.if_near", near=near)]


def _if_charts(voice: Voice, found: WhatIf) -> tuple[Chart, ...]:
    items = [each for each in voice.shares if each.name in found.as_it_was and each.name in found.with_change]
    if not items:
        return ()
    heading, kinds = text("told.if_chart"), (("o", "told.if_without", BLUE), ("D", "told.if_with", ORANGE))
    worlds = (found.as_it_was, found.with_change)
    rows = [
        Row(
            voice.name(item),
            tuple(
                share_mark(each[item.name], shape, colour)
                for (shape, _, colour), each in zip(kinds, worlds, strict=True)
            ),
        )
        for item in items
    ]
    sentence = " ".join(
        text(
            "told.if_sentence",
            name=voice.name(item),
            new=voice.level_cells(item, found.with_change[item.name])[0],
            old=voice.level_cells(item, found.as_it_was[item.name])[0],
        )
        for item in items
    )
    frame = Frame("what-if", heading, sentence, "2000-01-01", 1.0)
    drawing = draw_dots(frame, rows, percent_scale(), [(shape, text(key), colour) for shape, key, colour in kinds])
    one = found.as_it_was[items[0].name]
    caption = text("told.dots", n=count(one.n), level=percent(one.level))
    table = voice.levels_table(heading, {text(key): each for (_, key, _), each in zip(kinds, worlds, strict=True)})
    return (Chart("what-if", heading, caption, drawing, table),)


def _if_table(voice: Voice, found: WhatIf) -> Table:
    head = tuple(text(f"told.{each}") for each in ("measure", "difference", "interval", "level", "pairs", "verdict"))
    rows = tuple(
        (voice.name(item), *voice.difference_cells(item, found.differences[item.name])) for item in voice.measures
    )
    return Table(text("told.if_table"), head, rows)


def _story(voice: Voice, heading: str, branch: Branch) -> Story:
    """A future by day; observations on their way have no name and are left out."""
    lines = tuple(
        text("told.story_line", date=voice.iso_day(day), what=voice.rules[rule])
        for day, rule in branch.lines
        if rule in voice.rules
    )
    return Story(heading, lines or (text("told.story_quiet"),))


# ---------------------------------------------------------------------- what did we believe


def what_we_believed(
    voice: Voice, record: Record, found: Beliefs, came: Mapping[int, bool], known: Sequence[Secret]
) -> Page:
    """Forecasts scored, and what every seat was told beside the truth."""
    answer = text("told.beliefs_none")
    if found.brier is not None:
        word = text("told.beliefs_better" if found.brier < NO_BETTER else "told.beliefs_worse")
        score = text("told.beliefs", score=fixed(found.brier, 2))
        answer = score if found.brier == NO_BETTER else f"{score} {word}"
    left = [text("told.beliefs_left", n=count(found.unresolved))] if found.unresolved else []
    return Page(
        6,
        QUESTIONS[5],
        answer,
        (*_questions(record, came), *left, *_farthest(voice, known)),
        (_calibration(found.bins),) if found.bins else (),
        (*_scores(voice, found), *_secrets(voice, known)),
        note=text("told.beliefs_note"),
        talk=(text("told.beliefs_talk_1"), text("told.beliefs_talk_2")),
    )


def _questions(record: Record, came: Mapping[int, bool]) -> list[str]:
    said = []
    for number, each in enumerate(record.exercise.forecasts):
        given = [one.probability for one in record.forecasts if one.number == number]
        word = "open" if number not in came else "yes" if came[number] else "no"
        said.append(text("told.beliefs_question", ask=each.ask, came=text(f"told.beliefs_{word}"), given=_given(given)))
    return said


def _given(given: Sequence[float]) -> str:
    if not given:
        return text("told.beliefs_nobody")
    mean = percent(sum(given) / len(given))
    if len(given) == 1:
        return text("told.beliefs_one", mean=mean)
    return text("told.beliefs_mean", mean=mean, low=percent(min(given)), high=percent(max(given)), n=count(len(given)))


def _calibration(bins: Sequence[Bin]) -> Chart:
    """For each bin of forecasts what was said on average, and how often it came."""
    heading, rows, body, sentences = text("told.beliefs_chart"), [], [], []
    for each in bins:
        low, high = fixed(100 * each.low, 0), fixed(100 * each.high, 0)
        label = text(
            "told.beliefs_row_one" if each.count == 1 else "told.beliefs_row", low=low, high=high, n=count(each.count)
        )
        said = Mark(each.given, None, None, percent(each.given), "D", ORANGE)
        rows.append(Row(label, (said, share_mark(each.came, "o", BLUE))))
        body.append((label, percent(each.given), *share_cells(each.came)))
        came = percent(each.came.value)
        sentences.append(text("told.beliefs_sentence", low=low, high=high, given=percent(each.given), came=came))
    kinds = [("D", text("told.beliefs_said"), ORANGE), ("o", text("told.beliefs_came"), BLUE)]
    sentence = " ".join(sentences)
    drawing = draw_dots(Frame("calibration", heading, sentence, "2000-01-01", 1.0), rows, percent_scale(), kinds)
    head = ("measure", "beliefs_said", "beliefs_came", "interval", "level", "beliefs_answers")
    names = tuple(text(f"told.{each}") for each in head)
    return Chart("calibration", heading, sentence, drawing, Table(heading, names, tuple(body)))


def _scores(voice: Voice, found: Beliefs) -> list[Table]:
    if not found.by_actor:
        return []
    head = (text("told.seat"), text("told.beliefs_score"))
    rows = tuple((voice.seat(actor), fixed(score, 2)) for actor, score in found.by_actor.items())
    return [Table(text("told.beliefs_seats"), head, rows)]


def _farthest(voice: Voice, known: Sequence[Secret]) -> list[str]:
    """For each seat the reading that lay farthest off, of those that are numbers."""
    said = []
    for actor in dict.fromkeys(each.actor for each in known):
        off = [(_off(each), place) for place, each in enumerate(known) if each.actor == actor and _off(each) > 0]
        if off:
            each = known[max(off)[1]]
            read, truth = voice.shown(each.name, each.read), voice.shown(each.name, each.truth)
            said.append(
                text(
                    "told.secrets_far",
                    seat=voice.seat(actor),
                    name=voice.thing(each.name),
                    turn=each.turn,
                    read=read,
                    truth=truth,
                )
            )
    return said


def _off(secret: Secret) -> float:
    """How far a reading lies from the truth, as a share of it; 0 for what is no number or not known."""
    if secret.read is None or isinstance(secret.truth, bool) or not secret.truth:
        return 0.0
    return abs(float(secret.read) - float(secret.truth)) / abs(float(secret.truth))


def _secrets(voice: Voice, known: Sequence[Secret]) -> list[Table]:
    head = tuple(text(f"told.secrets_{each}") for each in ("what", "read", "truth"))
    tables = []
    for actor in dict.fromkeys(each.actor for each in known):
        rows = tuple(
            (
                text("told.secrets_row", name=quoted(voice.thing(each.name)), turn=each.turn),
                voice.shown(each.name, each.read),
                voice.shown(each.name, each.truth),
            )
            for each in known
            if each.actor == actor
        )
        tables.append(Table(text("told.secrets", seat=voice.seat(actor)), head, rows))
    return tables
