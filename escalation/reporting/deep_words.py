"""Words for results over bare ranges: between what and what, depending on which name; never an average."""

from collections.abc import Sequence

from escalation.experiments.analysis_questions import Question
from escalation.experiments.deep import Deep, DeepName, Slice, Span
from escalation.reporting.decimals import BLANK, answer, count, error_of, plus_minus, quantity_range
from escalation.statistics.estimate import Estimate

Where = Sequence[tuple[DeepName, float, float]]


def joined(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def part_of(name: DeepName, low: float, high: float) -> str:
    """A part of a range: `reluctance 4–6.7`."""
    return f"{name.name} {quantity_range(low, high, name.unit, None)}"


def slice_label(told: Slice) -> str:
    """Which third it is."""
    return part_of(told.of, told.low, told.high)


def where(parts: Where) -> str:
    """Several parts together."""
    return joined([part_of(*part) for part in parts])


def depending_on(deep: Deep) -> str:
    """The names that results depend on, each with its whole range."""
    told = [f"{each.label} ({quantity_range(each.low, each.high, each.unit, None)})" for each in deep.names]
    return joined(told)


def estimate(question: Question, told: Estimate) -> str:
    """A number with its simulation error and n: `12 % ±1.9 points, n = 410`."""
    error = error_of(told)
    noise = f" {plus_minus(question, error)}" if error is not None else ""
    return f"{answer(question, told.value, error)}{noise}, n = {count(told.n)}"


def ends(question: Question, span: Span | None) -> str:
    """From the lowest to the highest, at the coarser of their roundings."""
    if span is None:
        return BLANK
    low, high = span.between.low, span.between.high
    error = max((each for each in (error_of(low), error_of(high)) if each is not None), default=None)
    told = [answer(question, each.value, error) for each in (low, high)]
    return told[0] if told[0] == told[1] else f"from {told[0]} to {told[1]}"


def headline(question: Question, span: Span | None, policy: str, deep: Deep) -> str:
    """The first sentence on one question under one policy."""
    if span is None:
        return f"Under “{policy}”: {question.label}: nothing could be estimated."
    kind = "of trajectories" if question.share else "on average within a part"
    lead = f"Under “{policy}”: {question.label}: {ends(question, span)} {kind}"
    low, high = span.between.low, span.between.high
    if low.value == high.value:
        return f"{lead}, wherever {depending_on(deep)} may lie."
    parts = (
        f"lowest where {where(span.low_at)} ({estimate(question, low)}), "
        f"highest where {where(span.high_at)} ({estimate(question, high)})"
    )
    if span.between.apart:
        return f"{lead}, depending on {depending_on(deep)}: {parts}."
    return f"{lead}, wherever {depending_on(deep)} may lie: {parts}, no further apart than simulation error allows."


def what_it_rests_on(deep: Deep) -> str:
    """How the lowest and the highest were looked for."""
    if deep.cells:
        return (
            f"Looked for among {count(deep.cells)} combinations of parts of these ranges, the smallest of which has "
            f"{count(deep.fewest)} futures."
        )
    if len(deep.names) > 1:
        return "There are too few futures for combinations: each range was cut into thirds by itself."
    return "The range was cut into thirds."


def verdict(deep: Deep, found: Sequence[tuple[Slice, str]]) -> str:
    """One verdict where every slice has the same; else which names it depends on, and what holds where."""
    every = list(dict.fromkeys(told for _, told in found))
    if len(every) == 1:
        return every[0]
    names = [each for each in deep.names if len({told for part, told in found if part.of == each}) > 1]
    split = [
        f"{told} where {' or '.join(slice_label(part) for part, said in found if said == told and part.of in names)}"
        for told in every
        if any(said == told and part.of in names for part, said in found)
    ]
    return f"depends on {joined([each.name for each in names])}: {'; '.join(split)}"


NOTE = (
    "Nobody claims how likely any part of a bare range is, so nothing is averaged over the whole of one: every number "
    "is of one part and rests on its own futures alone; their simulation error stands in the tables of every outcome. "
    "Within a part the futures are spread evenly. Typical trajectories and the check against the record are told of no "
    "bare range: set its value (`--set`) to have them."
)
SEVERAL = (
    "A third of one range holds futures from all over the other ranges: only the lowest and the highest are free of "
    "any such mixture."
)
