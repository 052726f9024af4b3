"""The debrief's third and fourth page: luck or choice, and which turn mattered."""

from collections.abc import Sequence

from escalation.classroom.debrief_luck import LuckOrChoice
from escalation.classroom.debrief_seen import Seen
from escalation.classroom.debrief_turns import TurnEffect
from escalation.classroom.record import Record
from escalation.model.process import Measure
from escalation.reporting.chart_dots import Mark, Row, difference_scale, draw_dots, percent_scale
from escalation.reporting.class_debrief import QUESTIONS, Odds, Page, odds_chart, share_cells, share_mark
from escalation.reporting.decimals import count, error_of, percent
from escalation.reporting.drawing import Frame
from escalation.reporting.palette import BLUE, INK, ORANGE
from escalation.reporting.sentences import joined, quoted
from escalation.reporting.view import Chart, Table
from escalation.statistics.paired import PairedDifference
from escalation.web.debrief_voice import Voice
from escalation.web.text import text

GREEN = "#00694c"
"""Okabe and Ito's green, dark enough for letters on white."""
EVEN = (0.4, 0.6)
"""Between these shares something could have gone either way."""
BARRED = 0.5
"""From this share of impossible orders on, what came is not told as choice alone."""
NOT_TOLD_APART = ("cannot be told apart", "same for our purposes", "identical")


def luck_or_choice(voice: Voice, found: LuckOrChoice) -> Page:
    """What came of the class beside what its orders, and the model, bring in other futures."""
    shares = [item for item in voice.shares if _complete(item, found)]
    open_ones = [item for item in shares if not _certain(item, found)]
    said = [_was_luck(voice, item, found) for item in open_ones]
    said += _were_certain(voice, [item for item in shares if item not in open_ones], found)
    impossible = text("told.luck_impossible", same=percent(found.impossible[0]), other=percent(found.impossible[1]))
    choice = _were_choices(voice, shares, found)
    return Page(
        3,
        QUESTIONS[2],
        said[0] if said else text("told.luck_no_share"),
        (*choice, *said[1:], impossible),
        (_luck_chart(voice, shares, found),) if shares else (),
        (_luck_table(voice, found),),
        note=text("told.luck_note", n=count(found.count)),
        talk=(text("told.luck_talk_1"), text("told.luck_talk_2")),
    )


def _complete(item: Measure, found: LuckOrChoice) -> bool:
    every = (found.baseline, found.same_future, found.other_futures)
    return found.happened.get(item.name) is not None and all(item.name in each for each in every)


def _certain(item: Measure, found: LuckOrChoice) -> bool:
    """Whether what came did so in each of the futures like the class's."""
    return found.same_future[item.name].value == float(bool(found.happened[item.name]))


def _were_certain(voice: Voice, items: Sequence[Measure], found: LuckOrChoice) -> list[str]:
    """Those that could not be otherwise, in two sentences."""
    said = []
    for came, key in ((True, "told.luck_sure_had"), (False, "told.luck_sure_had_not")):
        alike = [item for item in items if bool(found.happened[item.name]) == came]
        if alike:
            names = joined([quoted(voice.name(item)) for item in alike])
            said.append(text(key, names=names, n=count(found.same_future[alike[0].name].n)))
    return said


def _was_luck(voice: Voice, item: Measure, found: LuckOrChoice) -> str:
    """How likely what came was, with these orders and these facts."""
    share, came = found.same_future[item.name], bool(found.happened[item.name])
    way = share.value if came else 1.0 - share.value
    verdict = "open" if EVEN[0] <= way <= EVEN[1] else "likely" if way > 0.5 else "unlikely"
    return text(
        "told.luck_had" if came else "told.luck_had_not",
        name=voice.name(item),
        share=voice.level(item, share),
        verdict=text(f"told.luck_{verdict}"),
    )


def _were_choices(voice: Voice, items: Sequence[Measure], found: LuckOrChoice) -> list[str]:
    """Whether the orders move the odds, over the same fresh futures: what they move, or that they move nothing."""
    moved = [item for item in items if _apart(item, found)]
    return [_was_choice(voice, item, found) for item in moved or items[:1]]


def _apart(item: Measure, found: LuckOrChoice) -> bool:
    """Whether the two intervals do not meet."""
    ours, model = found.other_futures[item.name], found.baseline[item.name]
    if ours.low is None or ours.high is None or model.low is None or model.high is None:
        return False
    return ours.low > model.high or model.low > ours.high


def _was_choice(voice: Voice, item: Measure, found: LuckOrChoice) -> str:
    ours, model = found.other_futures[item.name], found.baseline[item.name]
    way = "none" if not _apart(item, found) else "more" if ours.value > model.value else "less"
    told = {"ours": voice.level(item, ours), "model": voice.level(item, model)}
    if way != "none":
        told["verdict"] = text("told.luck_barred" if max(found.impossible) >= BARRED else "told.luck_chosen")
    return text(f"told.luck_choice_{way}", name=voice.name(item), **told)


def _luck_chart(voice: Voice, shares: Sequence[Measure], found: LuckOrChoice) -> Chart:
    kinds = (
        ("o", text("told.luck_ours"), BLUE, found.same_future),
        ("D", text("told.luck_other"), ORANGE, found.other_futures),
        ("s", text("told.luck_model"), GREEN, found.baseline),
    )
    heading, rows, body, sentences = text("told.luck_chart"), [], [], []
    for item in shares:
        came = text("told.luck_came" if found.happened[item.name] else "told.luck_came_not")
        label = text("told.luck_row", name=voice.name(item), came=came)
        rows.append(Row(label, tuple(share_mark(each[item.name], shape, colour) for shape, _, colour, each in kinds)))
        body += [(label, words, *share_cells(each[item.name])) for _, words, _, each in kinds]
        values = [percent(each[item.name].value, error_of(each[item.name])) for *_, each in kinds]
        sentences.append(
            text(
                "told.luck_sentence", name=voice.name(item), ours=values[0], other=values[1], model=values[2], came=came
            )
        )
    sentence = " ".join(sentences)
    one = found.same_future[shares[0].name]
    caption = text("told.dots", n=count(one.n), level=percent(one.level))
    frame = Frame("luck", heading, sentence, "2000-01-01", 1.0)
    drawing = draw_dots(frame, rows, percent_scale(), [each[:3] for each in kinds])
    head = ("measure", "odds_kind", "share", "interval", "level", "futures")
    return Chart(
        "luck", heading, caption, drawing, Table(heading, tuple(text(f"told.{each}") for each in head), tuple(body))
    )


def _luck_table(voice: Voice, found: LuckOrChoice) -> Table:
    """Everything that is no share, with what it was in class."""
    columns = {
        text("told.luck_ours"): found.same_future,
        text("told.luck_other"): found.other_futures,
        text("told.luck_model"): found.baseline,
    }
    rows: list[tuple[str, ...]] = []
    for item in voice.measures:
        if item.how == "ever":
            continue
        came = voice.happened(item, found.happened[item.name])
        rows.append((voice.name(item), text("told.happened_in_class"), came, "", "", ""))
        rows += [
            (voice.name(item), words, *voice.level_cells(item, each.get(item.name))) for words, each in columns.items()
        ]
    head = ("measure", "odds_kind", "mean", "interval", "level", "futures")
    return Table(text("told.luck_table"), tuple(text(f"told.{each}") for each in head), tuple(rows))


# ---------------------------------------------------------------------- which turn


def which_turn(voice: Voice, record: Record, effects: Sequence[TurnEffect], seen: Sequence[Seen] | None = ()) -> Page:
    """Each turn's orders against waiting, and what seats could believe as they gave them.

    seen: of the turns that are told of; None while it is worked out.
    """
    item = most_moved(voice, effects)
    ordered = any(each for turn in record.turns for each in turn.orders_by_actor.values())
    impossible = max((each.impossible for each in effects), default=0.0)
    return Page(
        4,
        QUESTIONS[3],
        _turn_answer(voice, item, effects) if ordered else text("told.turns_nothing"),
        (
            *_also(voice, item, effects),
            *([text("told.seen_working")] if seen is None else _seen_words(voice, effects, seen)),
            *([text("told.turns_impossible", share=percent(impossible))] if impossible else []),
        ),
        (_turns_chart(voice, record, item, effects), *_seen_charts(voice, effects, seen or ())) if ordered else (),
        _turn_tables(voice, item, effects) if ordered else (),
        note=text("told.turns_note", n=count(effects[0].branches if effects else 0)),
        talk=(text("told.turns_talk_1"), text("told.turns_talk_2")),
    )


def most_moved(voice: Voice, effects: Sequence[TurnEffect]) -> Measure:
    """The first measure that some turn moved for certain, shares before others; otherwise the first of all."""
    items = voice.measures
    moved = (item for item in items if any(_told_apart(each.together[item.name]) for each in effects))
    return next(moved, items[0])


def _told_apart(found: PairedDifference) -> bool:
    return found.verdict not in NOT_TOLD_APART


def _turn_answer(voice: Voice, item: Measure, effects: Sequence[TurnEffect]) -> str:
    moved = [each for each in effects if _told_apart(each.together[item.name])]
    if not moved:
        return text("told.turns_none", name=voice.name(item))
    most = max(moved, key=lambda each: abs(each.together[item.name].estimate.value))
    difference = voice.difference(item, most.together[item.name])
    return text("told.turns_most", turn=most.turn, name=voice.name(item), difference=difference)


def _also(voice: Voice, item: Measure, effects: Sequence[TurnEffect]) -> list[str]:
    """What else a turn moved for certain."""
    told = [
        text(
            "told.turns_also_one",
            turn=each.turn,
            name=voice.name(other),
            difference=voice.difference(other, each.together[other.name]),
        )
        for other in voice.measures
        for each in effects
        if other != item and _told_apart(each.together[other.name])
    ]
    return [text("told.turns_also", told="; ".join(told))] if told else []


def _turns_chart(voice: Voice, record: Record, item: Measure, effects: Sequence[TurnEffect]) -> Chart:
    heading = text("told.turns_chart", name=voice.name(item))
    rows = [
        Row(_ordered(voice, record, each), (_difference_mark(voice, item, each.together[item.name]),))
        for each in effects
    ]
    told = joined(
        [
            text("told.turns_is", turn=each.turn, difference=voice.difference(item, each.together[item.name]))
            for each in effects
        ]
    )
    sentence = text("told.turns_sentence", rows=told)
    frame = Frame("turns", heading, sentence, "2000-01-01", 1.0)
    unit = voice.question(item).unit
    drawing = draw_dots(frame, rows, difference_scale(rows, "points" if item.how == "ever" else unit))
    body = tuple(
        (_ordered(voice, record, each), *voice.difference_cells(item, each.together[item.name])) for each in effects
    )
    return Chart("turns", heading, sentence, drawing, Table(heading, _difference_head("turn"), body))


def _difference_head(first: str) -> tuple[str, ...]:
    return tuple(text(f"told.{each}") for each in (first, "difference", "interval", "level", "pairs", "verdict"))


def _ordered(voice: Voice, record: Record, effect: TurnEffect) -> str:
    turn = next(each for each in record.turns if each.turn == effect.turn)
    given = [voice.choice(order.choice) for orders in turn.orders_by_actor.values() for order in orders]
    key = "told.turns_row" if given else "told.turns_row_none"
    return text(key, turn=effect.turn, orders=", ".join(dict.fromkeys(given)))


def _difference_mark(voice: Voice, item: Measure, found: PairedDifference) -> Mark:
    estimate = voice.in_units(item, found.estimate)
    scale = 100.0 if item.how == "ever" else 1.0
    low, high = (None if end is None else end * scale for end in (estimate.low, estimate.high))
    colour = INK if found.verdict in NOT_TOLD_APART else BLUE
    return Mark(estimate.value * scale, low, high, voice.difference_cells(item, found)[0], "o", colour)


def _turn_tables(voice: Voice, item: Measure, effects: Sequence[TurnEffect]) -> tuple[Table, ...]:
    """By seat for the measure that is told of, and every other measure by turn."""
    seats = tuple(
        (
            f"{text('told.turn')} {each.turn}, {voice.seat(actor)}",
            *voice.difference_cells(item, found[item.name]),
        )
        for each in effects
        for actor, found in each.by_actor.items()
    )
    others = tuple(
        (
            f"{text('told.turn')} {each.turn}, {voice.name(other)}",
            *voice.difference_cells(other, each.together[other.name]),
        )
        for other in voice.measures
        if other != item
        for each in effects
        if each.together[other.name].verdict != "identical"
    )
    return (
        Table(text("told.turns_seats"), _difference_head("seat"), seats),
        Table(text("told.turns_other"), _difference_head("measure"), others),
    )


# ---------------------------------------------------------------------- what a seat could know


def turns_to_judge(voice: Voice, effects: Sequence[TurnEffect]) -> tuple[tuple[str, int, Measure], ...]:
    """For each seat whose orders moved something for certain: the turn that moved it most, and what it moved."""
    found = []
    for actor in dict.fromkeys(actor for each in effects for actor in each.by_actor):
        own = [(each.turn, each.by_actor[actor]) for each in effects if actor in each.by_actor]
        item = next((one for one in voice.measures if any(_told_apart(by[one.name]) for _, by in own)), None)
        if item is not None:
            moved = [(turn, by) for turn, by in own if _told_apart(by[item.name])]
            turn, _ = max(moved, key=lambda each, name=item.name: abs(each[1][name].estimate.value))  # type: ignore[misc]
            found.append((actor, turn, item))
    return tuple(found)


def _seen_words(voice: Voice, effects: Sequence[TurnEffect], seen: Sequence[Seen]) -> list[str]:
    """What each seat's orders did in truth, and what they did as far as it could tell."""
    said, items = [], {actor: item for actor, _, item in turns_to_judge(voice, effects)}
    for each in seen:
        seat, item = voice.seat(each.actor), items[each.actor]
        could = each.effect.get(item.name)
        if could is None:
            n, worlds = count(round(each.effective)), count(each.worlds)
            said.append(text("told.seen_few", seat=seat, turn=each.turn, n=n, worlds=worlds))
            continue
        effect = next(one for one in effects if one.turn == each.turn)
        truth = voice.difference(item, effect.by_actor[each.actor][item.name])
        told = {"name": voice.name(item), "truth": truth, "seen": voice.moved(item, could)}
        said.append(text("told.seen_sound", seat=seat, turn=each.turn, **told))
    return [text("told.seen_how"), *said] if said else []


def _seen_charts(voice: Voice, effects: Sequence[TurnEffect], seen: Sequence[Seen]) -> list[Chart]:
    """Odds told twice, for each seat in the turn of its own that is told of; of shares alone."""
    rows, items = [], {actor: item for actor, _, item in turns_to_judge(voice, effects)}
    for each in seen:
        item, effect = items[each.actor], next(one for one in effects if one.turn == each.turn)
        if item.how == "ever" and item.name in each.odds and item.name in effect.odds:
            label = text("told.seen_row", seat=voice.seat(each.actor), turn=each.turn, name=voice.name(item))
            rows.append(Odds(label, effect.odds[item.name], each.odds[item.name]))
    return [odds_chart("seen", text("told.seen_chart"), rows)] if rows else []
