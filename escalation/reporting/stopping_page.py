"""Until when a run was to go on and what came of it, in words: for the page, for `summary.csv` and for the bar."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from escalation.experiments.analysis import Analysis
from escalation.experiments.analysis_questions import Question
from escalation.experiments.stopping import LEVEL, Look, Standing, Stopping
from escalation.reporting.decimals import (
    BLANK,
    answer,
    answer_range,
    as_said,
    count,
    difference,
    difference_range,
    difference_unit,
    error_of,
    in_percent,
    percent,
    plus_minus,
)
from escalation.reporting.deep_words import part_of
from escalation.reporting.sentences import joined
from escalation.reporting.short_labels import short
from escalation.reporting.view import Table
from escalation.statistics.estimate import Estimate

NOTE = (
    "An interval that is valid at every look holds the truth at all of them together as often as its level says, so a "
    "run may stop by it. Each is at that level by itself. The interval beside it is that of the rest of this report, "
    "for a number of trajectories fixed beforehand: narrower, but a run that stops by what it sees makes it promise a "
    "little more than it keeps. Asymptotic: nothing bounds the measure, and the interval rests on a finite variance "
    "and many futures."
)
KNOWN = ("Question", "Policy", "Asked", "Reached", "Mean", "Valid at every look", "At a fixed n", "n", "Known")
APART = ("Question", "Policies", "Matters", "Verdict", "Difference", "Valid at every look", "At a fixed n", "n")


@dataclass(frozen=True, slots=True)
class StoppingTold:
    """The section of the page: what was asked and what came of it, how to read it, and its tables."""

    sentences: tuple[str, ...]
    note: str
    tables: tuple[Table, ...]


def stopping_page(analysis: Analysis) -> StoppingTold | None:
    """The section; None for a run whose length was fixed beforehand."""
    stopping = analysis.stopping
    if stopping is None:
        return None
    policies = {each.name: short(each.label) for each in analysis.policies}
    asked = {each.key: replace(each, label=short(each.label)) for each in analysis.questions}
    standings = stopping.last.standings if stopping.last is not None else ()
    told = [(each, _question(each, asked)) for each in standings]
    known = [_known(each, question, policies) for each, question in told if each.goal.kind == "precision"]
    apart = [_apart(each, question, policies) for each, question in told if each.goal.kind == "decide"]
    tables = []
    if known:
        tables.append(
            Table(f"Means that were to be known so precisely, {percent(LEVEL)} intervals", KNOWN, tuple(known))
        )
    if apart:
        caption = f"Policies that were to be told apart, the first less the second, {percent(LEVEL)} intervals"
        tables.append(Table(caption, APART, tuple(apart)))
    return StoppingTold(tuple(_sentences(stopping)), NOTE, tuple(tables))


def _question(standing: Standing, asked: dict[str, Question]) -> Question:
    """The question as the page tells it."""
    return asked.get(standing.goal.question.key, standing.goal.question)


def _sentences(stopping: Stopping) -> Iterator[str]:
    rule = stopping.rule
    wanted = []
    if rule.precision:
        wanted.append("every mean in the first table was known as precisely as asked")
    if rule.decide:
        wanted.append("every pair of policies was told apart or found the same for our purposes")
    yield f"It was to run until {joined(wanted)}, with at most {count(rule.budget)} trajectories a policy."
    if stopping.last is None:
        yield "It was interrupted before it was first looked at."
        return
    seen = f"It was looked at after {joined([count(n) for n in stopping.looks])} trajectories a policy"
    if stopping.met:
        yield f"{seen}, and ended at {count(stopping.last.n)}, when all of this was so."
    else:
        yield f"{seen}, and not all of this was so: {_open(stopping.last)}."


def _open(look: Look) -> str:
    """How much is still open."""
    told = []
    for kind, what in (("precision", "means"), ("decide", "pairs")):
        of = [each.met for each in look.standings if each.goal.kind == kind]
        if not all(of):
            told.append(f"{count(of.count(False))} of {count(len(of))} {what} {'is' if len(of) == 1 else 'are'} open")
    return joined(told)


def _known(each: Standing, question: Question, policies: dict[str, str]) -> tuple[str, ...]:
    told = each.estimate
    error = error_of(told)
    return (
        question.label,
        _whose(each, policies),
        f"±{_size(question, each.goal.asked)}",
        plus_minus(question, each.half_width),
        answer(question, told.value, error),
        _interval(each, answer_range(question, told.low, told.high, error)),
        _ends(question, each.fixed),
        count(told.n),
        "yes" if each.met else "no",
    )


def _apart(each: Standing, question: Question, policies: dict[str, str]) -> tuple[str, ...]:
    told = each.estimate
    return (
        question.label,
        _whose(each, policies),
        BLANK if each.goal.asked is None else _size(question, each.goal.asked),
        each.verdict or "",
        difference(question, told.value, error_of(told)),
        _interval(each, _differ(question, told)),
        _differ(question, each.fixed),
        count(told.n),
    )


def _whose(each: Standing, policies: dict[str, str]) -> str:
    goal = each.goal
    told = policies.get(goal.policy, goal.policy)
    if goal.against:
        told += f" less {policies.get(goal.against, goal.against)}"
    return told if goal.part is None else f"{told} · {_part(each)}"


def _part(each: Standing) -> str:
    assert each.goal.part is not None
    name, place = each.goal.part
    return part_of(name, *name.part(place))


def _size(question: Question, size: float | None) -> str:
    """A size as somebody said it: `0.5 points`, `2 days`."""
    if size is None:
        return BLANK
    return as_said(size * 100 if in_percent(question) else size, difference_unit(question))


def _interval(each: Standing, written: str) -> str:
    if each.estimate.low is None or each.estimate.high is None:
        return each.estimate.reason
    return written if each.goal.bounds is not None or each.verdict == "identical" else f"{written} (asymptotic)"


def _ends(question: Question, told: Estimate | None) -> str:
    if told is None or told.low is None or told.high is None:
        return BLANK
    return answer_range(question, told.low, told.high, error_of(told))


def _differ(question: Question, told: Estimate | None) -> str:
    if told is None or told.low is None or told.high is None:
        return BLANK
    return difference_range(question, told.low, told.high, error_of(told))


# ---------------------------------------------------------------------- the bar


def look_told(look: Look) -> str:
    """How far a run is, in a line: the mean that is farthest from what was asked, and the pairs that are told apart."""
    told = [f"look at {count(look.n)} a policy"]
    for key in dict.fromkeys(each.goal.question.key for each in _of(look, "precision")):
        told.append(_farthest([each for each in _of(look, "precision") if each.goal.question.key == key]))
    pairs = [each.met for each in _of(look, "decide")]
    if pairs:
        told.append(f"{count(pairs.count(True))} of {count(len(pairs))} comparisons of two policies told apart")
    return "; ".join(told)


def _of(look: Look, kind: str) -> list[Standing]:
    return [each for each in look.standings if each.goal.kind == kind]


def _farthest(standings: Sequence[Standing]) -> str:
    question, asked = standings[0].goal.question, standings[0].goal.asked
    widths = [each.half_width for each in standings]
    known = [width for width in widths if width is not None]
    now = plus_minus(question, max(known)) if len(known) == len(widths) else "not known yet"
    return f"{question.key} {now}, asked ±{_size(question, asked)}"
