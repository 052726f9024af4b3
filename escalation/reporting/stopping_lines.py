"""`summary.csv` on what a run was to know before it stopped: both intervals of each mean and each pair."""

from collections.abc import Iterator

from escalation.experiments.analysis import Analysis
from escalation.experiments.analysis_questions import Question
from escalation.experiments.stopping import Standing
from escalation.reporting.decimals import answer, difference, error_of, in_percent, plus_minus
from escalation.reporting.deep_words import part_of
from escalation.reporting.summary import Line
from escalation.statistics.estimate import Estimate


def stopping_lines(analysis: Analysis) -> Iterator[tuple[Line, str]]:
    """Each number with the part of a bare range that it is of, if any."""
    if analysis.stopping is None or analysis.stopping.last is None:
        return
    asked = {question.key: question for question in analysis.questions}
    for each in analysis.stopping.last.standings:
        question = asked.get(each.goal.question.key, each.goal.question)
        where = "" if each.goal.part is None else part_of(each.goal.part[0], *each.goal.part[0].part(each.goal.part[1]))
        yield _line(each, question, each.estimate, "valid at every look", each.verdict or ""), where
        if each.fixed is not None:
            yield _line(each, question, each.fixed, "at a fixed n", ""), where


def _line(each: Standing, question: Question, told: Estimate, how: str, verdict: str) -> Line:
    goal, error = each.goal, error_of(told)
    what = "paired difference" if goal.against else "share" if question.share else "mean"

    def write(value: float) -> str:
        return difference(question, value, error) if goal.against else answer(question, value, error)

    return Line(
        "stopping",
        goal.policy,
        question.key,
        question.label,
        f"{what}, {how}",
        "share" if question.share or in_percent(question) else question.unit,
        told.value,
        told.low,
        told.high,
        write(told.value),
        "" if told.low is None else write(told.low),
        "" if told.high is None else write(told.high),
        plus_minus(question, error),
        told.level,
        told.n,
        told.futures,
        against=goal.against,
        verdict=verdict,
        method=told.method,
        note=told.reason,
    )
