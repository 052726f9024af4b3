"""A ladder and the reports of a reading, in sentences."""

from collections.abc import Iterator

from escalation.expressions import tree
from escalation.expressions.kinds import Truth
from escalation.expressions.tree import Expr
from escalation.model.process import Months
from escalation.model.scenario import Announce, Batches, Climb, Combine, Ladder, Reading, Report, RungSpec, StandDown
from escalation.reporting.expression_words import Words
from escalation.reporting.marks import code
from escalation.reporting.rule_sentences import effects, hazard
from escalation.reporting.sentences import joined


def rung_sentence(words: Words, ladder: Ladder, place: int) -> str:
    """How one rung is reached, decided, delivered and left."""
    rung = ladder.rungs[place]
    words = words.within(f"ladders.{ladder.name}.rungs.{rung.id}")
    told = [f"{words.both(rung.id, rung.label, always=True)} on {words.name(ladder.name)}."]
    if rung.climb is None:
        told.append("Nothing leads up to it." if place else "It is the lowest rung.")
    else:
        told += _climb(words, ladder, place, rung.climb)
    if rung.announce is not None:
        told += _announce(words, ladder, rung.announce)
    if rung.stand_down is not None:
        told += _stand_down(words, ladder, place, rung.stand_down)
    told += _effects(words, rung)
    return " ".join(told)


def _climb(words: Words, ladder: Ladder, place: int, climb: Climb) -> Iterator[str]:
    below = words.rung(ladder.rungs[place - 1].id)
    lasting = _for(words, climb.lasting)
    before = f"Once {below} has been decided"
    if ladder.skip:
        before = "While a lower rung is decided and no higher one is pending"
    yield (
        f"{before}, it becomes pending when {words.clause(climb.when)}"
        f"{f', and this has held for {lasting}' if lasting else ''}."
    )
    withdrawn = words.value(climb.withdraw_after)
    yield f"It is withdrawn when that has not been so for {withdrawn}."
    gates = "; ".join(
        f"{words.both(gate.name, gate.label, always=True)}, open while {words.clause(gate.condition)}"
        for gate in climb.gates
    )
    open_ = f", a time that counts only while every gate is open: {gates}" if climb.gates else ""
    if climb.rate is not None:
        yield f"While pending, it is decided by chance, {hazard(words, climb.rate, '')}{open_}."
    elif climb.decide is not None:
        yield f"Once pending, it is decided after a delay: {words.value(climb.decide)}{open_}."
    else:
        yield f"Once pending, it is decided {f'as soon as every gate is open: {gates}' if gates else 'at once'}."
    if isinstance(climb.deliver, Batches):
        yield (
            f"From the decision it is delivered in {climb.deliver.count} equal batches, which no gate holds: the first "
            f"after {words.value(climb.deliver.first)}, each other one after {words.value(climb.deliver.every)}."
        )
    elif climb.deliver is None:
        yield "It is delivered as it is decided."
    else:
        yield f"From the decision to delivery passes a delay, which no gate holds: {words.value(climb.deliver)}."


def _announce(words: Words, ladder: Ladder, told: Announce) -> Iterator[str]:
    lasting = _for(words, told.lasting)
    held = f", and this has held for {lasting}" if lasting else ""
    yield f"It is announced when {words.clause(told.when)}{held}; that moves what is announced and decides nothing."
    if told.after is not None:
        yield f"That takes a further delay: {words.value(told.after)}; it is given up if the condition falls meanwhile."


def _for(words: Words, lasting: Expr) -> str:
    if isinstance(lasting, tree.Literal) and lasting.value == 0:
        return ""
    return words.value(lasting)


def _stand_down(words: Words, ladder: Ladder, place: int, told: StandDown) -> Iterator[str]:
    below = words.rung(ladder.rungs[place - 1].id) if place else "the rung below"
    below = "the highest rung below that was itself decided" if ladder.skip and place > 1 else below
    lasting = _for(words, told.lasting)
    held = f" and this has held for {lasting}" if lasting else ""
    yield (
        f"It is left for {below} when {words.clause(told.when)}{held}, counted only while its own condition for "
        f"climbing is false."
    )
    if told.after is not None:
        yield f"That takes a further delay: {words.value(told.after)}; it is given up if the condition falls meanwhile."


def _effects(words: Words, rung: RungSpec) -> Iterator[str]:
    for when, effect in (
        ("it is announced", rung.on_announcement),
        ("it is decided", rung.on_decision),
        (_delivered(rung), rung.on_delivery),
        ("it is left", rung.on_stand_down),
    ):
        if effect:
            yield f"As {when}, {effects(words, effect)}."


def _delivered(rung: RungSpec) -> str:
    batches = rung.climb is not None and isinstance(rung.climb.deliver, Batches)
    return "each batch is delivered" if batches else "it is delivered"


# ---------------------------------------------------------------------- readings

COMBINED = {
    "latest": "the newest observation counts",
    "median": "the median of the last reports counts",
    "mean": "the mean of the last reports counts",
    "max": "the greatest of the last reports counts",
}
COMBINED_TRUTH = COMBINED | {
    "median": "it is taken as true when more than half of those that have reported last said so",
    "mean": "it is taken as true when more than half of those that have reported last said so",
    "max": "it is taken as true when one of them last said so",
}


def reading_sentence(words: Words, reading: Reading) -> str:
    """What is seen, by whom, and how several sources become one reading."""
    words = words.within(f"intelligence.{reading.name}")
    told = [f"{words.both(reading.name, reading.label)} is what is seen of {words.value(reading.of)}."]
    if reading.initial is None:
        told.append("Before the first report it is unknown, and a condition that reads it is false.")
    else:
        told.append(f"Before the first report it is taken to be {words.value(reading.initial)}.")
    truth = isinstance(reading.kind, Truth)
    if reading.combine is not None:
        told.append(f"{_combined(reading.combine, reading.agreed, truth).capitalize()}.")
    for belief in reading.believed:
        way = _combined(belief.combine, belief.agreed, truth)
        if belief.combine == "source":
            way = f"what {words.name(f'{reading.name}.{belief.source}')} said last counts"
        told.append(f"For {words.actor(belief.actor)} {way}.")
    if reading.seen_by is not None:
        told.append(f"It is seen by {seen_by(words, reading.seen_by)}.")
    return " ".join(told)


def _combined(combine: Combine, agreed: int, truth: bool) -> str:
    if combine != "agreed":
        return (COMBINED_TRUTH if truth else COMBINED).get(combine, "")
    sources = "one source" if agreed == 1 else f"{agreed} sources"
    if truth:
        return f"it is taken as true when at least {sources} last said so"
    return f"the greatest value that at least {sources} stand behind counts"


def seen_by(words: Words, actors: tuple[str, ...] | None) -> str:
    """Everybody, or actors by name."""
    if actors is None:
        return "everybody"
    return joined([words.actor(actor) for actor in actors]) or "nobody"


def report_sentence(words: Words, reading: Reading, report: Report) -> str:
    """How often one source looks, how late it publishes and how it errs."""
    words = words.within(f"intelligence.{reading.name}.reports.{report.name}")
    every = words.period(report.every)
    again = isinstance(report.every, Months | tree.Literal)
    told = f"every {every}" if again else f"again and again, each time after {every}"
    when = f", while {words.clause(report.condition)}" if report.condition is not None else ""
    lag = f"what it saw is published after a delay: {words.value(report.lag)}" if report.lag else "it publishes at once"
    said = [
        f"{words.both(report.name, report.label)} observes {words.value(reading.of)} {told}{when}; {lag}.",
        *_errors(words, report),
    ]
    return " ".join(said)


def _errors(words: Words, report: Report) -> Iterator[str]:
    if report.bias is not None:
        yield f"Its {code('bias')} is drawn once in a trajectory: {words.value(report.bias)}."
    if report.error is not None:
        yield f"Its {code('error')} is made anew each time: {words.value(report.error)}."
    if report.reads is not None:
        exact = isinstance(report.reads, tree.Name) and report.reads.path == "of"
        yield (
            "It reports what is so."
            if exact
            else f"It reports {words.formula(report.reads)}, {code('of')} being the truth."
        )
    if report.miss is not None:
        miss, alarm = (_chance(words, each) for each in (report.miss, report.false_alarm))
        if miss == alarm == "0%":
            yield "It neither misses what is true nor gives a false alarm."
            return
        yield f"It misses what is true with a chance of {miss}, and gives a false alarm with a chance of {alarm}."


def _chance(words: Words, share: Expr | None) -> str:
    if share is None:
        return "0%"
    return words.share(float(share.value)) if isinstance(share, tree.Literal) else words.value(share)
