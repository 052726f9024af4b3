"""What an author's event does, in sentences: what sets it off, what it draws, what it changes."""

from collections.abc import Iterable, Iterator

from escalation.expressions import tree
from escalation.expressions.tree import Expr
from escalation.model.process import Assign, Clock, Dated, Edge, Following, Hazard, Memory, Periodic, Waiting
from escalation.model.scenario import Event
from escalation.reporting.expression_words import Words
from escalation.reporting.marks import code, plain
from escalation.reporting.sentences import joined

MEMORIES: dict[Memory, str] = {
    "restart": "If that ends first, the delay is dropped, and another one is drawn next time.",
    "resume": "If that ends first, the delay stands still, and goes on from there next time.",
    "keep": "If that ends first, the same delay begins again from its start next time.",
}


def event_sentence(words: Words, event: Event) -> str:
    """Everything about one event."""
    words = words.within(f"events.{event.name}")
    told = words.both(event.name, event.label, always=True)
    if event.actor is not None:
        told += f", a choice of {words.actor(event.actor)}"
    return " ".join([f"{told}.", *clock_sentences(words, event.clock, event.name), *_rest(words, event)])


def _rest(words: Words, event: Event) -> Iterator[str]:
    for draw in event.draws:
        name = draw.target.removeprefix(event.name + ".")
        yield f"Each time it draws {code(name)}: {words.value(draw.value, event.name)}."
    if event.effect:
        yield f"Then {effects(words, event.effect, event.name)}."
    else:
        yield "It changes nothing by itself."
    if event.order:
        when = "before" if event.order < 0 else "after"
        yield (
            f"Among rules of its kind that are due in the same instant its order is {_signed(event.order)}: it goes "
            f"{when} those without one."
        )
    if event.stream not in ("", event.name):
        yield f"It has the luck of {code(event.stream)}, as it was once called."
    if event.play is not None:
        times = "once" if event.play.per_turn == 1 else f"{event.play.per_turn} times"
        offer = f": {plain(event.play.help)}" if event.play.help else ""
        yield f"In class a person may do it {times} in a turn{offer}."


def _signed(order: int) -> str:
    return str(order).replace("-", "−")


# ---------------------------------------------------------------------- clocks


def clock_sentences(words: Words, clock: Clock, own: str) -> Iterator[str]:
    """When it comes. Raises TypeError for a clock that nobody has put into words."""
    match clock:
        case Dated(at):
            yield _dated(words, at, own)
        case Periodic():
            yield _periodic(words, clock, own)
        case Hazard(rate, condition):
            yield f"{_while(words, condition, own)} it comes by chance, {hazard(words, rate, own)}."
        case Waiting(condition, after, memory):
            yield f"{_while(words, condition, own)} it comes after a delay: {words.value(after, own)}."
            yield MEMORIES[memory]
        case Edge():
            yield from _edge(words, clock, own)
        case Following():
            yield from _following(words, clock, own)
        case _:
            raise TypeError(f"no sentence tells of a {type(clock).__name__}")


def _while(words: Words, condition: Expr, own: str) -> str:
    if isinstance(condition, tree.Literal) and condition.value is True:
        return "At any time"
    return f"While {words.clause(condition, own)},"


def _dated(words: Words, at: Expr, own: str) -> str:
    if isinstance(at, tree.Literal):
        return f"It comes once, on {words.value(at, own)}."
    if isinstance(at, tree.Arithmetic) and at.sign == "+" and isinstance(at.left, tree.Literal):
        return f"It comes once, this long after {words.value(at.left, own)}: {words.value(at.right, own)}."
    return f"It comes once, on the date that is {words.value(at, own)}."


def _periodic(words: Words, clock: Periodic, own: str) -> str:
    every = f"It comes every {words.period(clock.every, own)}"
    if isinstance(clock.every, tree.Name | tree.Draw | tree.If):
        every = f"It comes again and again, each time after {words.period(clock.every, own)}"
    if clock.condition is None:
        return f"{every}, first {_first(words, clock, own)}."
    said = f"While {words.clause(clock.condition, own)}, {every[0].lower()}{every[1:]}"
    if clock.first is not None:
        return f"{said}, first {_first(words, clock, own)}."
    return f"{said}, first a period after that becomes true."


def _first(words: Words, clock: Periodic, own: str) -> str:
    if clock.first is None:
        return "a period after the start"
    return f"on {words.value(clock.first, own)}"


def hazard(words: Words, rate: Expr, own: str) -> str:
    """A hazard as people say it: a mean time, or a chance within a time, and by what it is multiplied."""
    if isinstance(rate, tree.Arithmetic) and rate.sign == "*":
        known = _plain_hazard(words, rate.left, own)
        if known:
            return f"{known}, the hazard multiplied by {words.value(rate.right, own)}"
    return _plain_hazard(words, rate, own) or f"at the hazard {words.value(rate, own)}"


def _plain_hazard(words: Words, rate: Expr, own: str) -> str:
    """`1 / D` and `-log(1 - p) / D` in words; nothing for any other form."""
    if not isinstance(rate, tree.Arithmetic) or rate.sign != "/":
        return ""
    if isinstance(rate.left, tree.Literal) and rate.left.value == 1.0:
        return f"on average once in {words.value(rate.right, own)}"
    share = _chance_of(rate.left)
    if share is None:
        return ""
    told = words.share(float(share.value)) if isinstance(share, tree.Literal) else words.value(share, own)
    return f"with a chance of {told} within {words.value(rate.right, own)}"


def _chance_of(node: Expr) -> Expr | None:
    """p of `-log(1 - p)`, whichever way the minus binds."""
    match node:
        case tree.Negative(tree.Call("log", (tree.Arithmetic("-", tree.Literal(1.0), share),))):
            return share
        case _:
            return None


def _edge(words: Words, clock: Edge, own: str) -> Iterator[str]:
    told = f"It is set off when {words.becoming(clock.condition, own)}"
    if not _nothing(clock.lasting):
        told += f" and this has held for {words.value(clock.lasting, own)}"
    if clock.after is None:
        yield f"{told}, and comes at once."
        return
    yield f"{told}, and comes after a delay: {words.value(clock.after, own)}."
    if clock.unless is not None:
        yield f"It does not come if, meanwhile or when it is set off, {words.clause(clock.unless, own)}."
    if clock.reversible:
        yield "It does not come if the condition falls meanwhile."
    if clock.overlap == "restart":
        yield "If it is set off again meanwhile, the delay begins anew."


def _following(words: Words, clock: Following, own: str) -> Iterator[str]:
    leader = words.rule(clock.leader)
    yield f"Each time that {leader} happens, it comes after a delay of its own: {words.value(clock.lag, own)}."
    if clock.overlap == "restart":
        yield f"If {leader} happens again meanwhile, the delay begins anew."
    else:
        yield f"Up to {clock.capacity} such delays run together; more is an error."
    if clock.unless is not None:
        yield f"It does not come if, meanwhile or when {leader} happens, {words.clause(clock.unless, own)}."


def _nothing(duration: Expr) -> bool:
    return isinstance(duration, tree.Literal) and duration.value == 0


# ---------------------------------------------------------------------- effects


def effects(words: Words, effect: Iterable[Assign], own: str = "") -> str:
    """What changes, all of it at once."""
    return joined([_change(words, assign, own) for assign in effect])


def _change(words: Words, assign: Assign, own: str) -> str:
    target, value = words.name(assign.target), assign.value
    match value:
        case tree.Arithmetic("+" | "-" as sign, tree.Name(path), step) if path == assign.target:
            verb = "grows" if sign == "+" else "falls"
            return f"{target} {verb} by {words.value(step, own)}"
        case _:
            return f"{target} becomes {words.value(value, own)}"
