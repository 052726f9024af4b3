"""`summary.csv` of a run over bare ranges: every line says of which part of a range it is."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

from escalation.experiments.analysis import Analysis
from escalation.experiments.analysis_questions import Question
from escalation.experiments.deep import Span
from escalation.reporting import deep_words as words
from escalation.reporting.decimals import answer, error_of, in_percent, plus_minus

WHERE = ("part of a bare range that the number is of; nothing is averaged over the whole of one", "words")

Lines = Callable[[Analysis], Iterator[Any]]


def rows_over_ranges(analysis: Analysis, lines: Lines, line: Callable[..., Any]) -> Iterator[list[object]]:
    """The lines of every slice, then the lowest and the highest of each question; `where` is the last cell.

    lines: of one slice's analysis. line: makes one of them.
    """
    deep = analysis.deep
    assert deep is not None
    for part in deep.slices:
        for each in lines(part.analysis):
            yield [*asdict(each).values(), words.slice_label(part)]
    for span in deep.spans:
        for side, told, at in (
            ("lowest", span.between.low, span.low_at),
            ("highest", span.between.high, span.high_at),
        ):
            made = _line(analysis.question(span.question), span, f"{side} over the deep ranges", told, line)
            yield [*asdict(made).values(), words.where(at)]


def _line(question: Question, span: Span, statement: str, told: Any, line: Callable[..., Any]) -> Any:
    error = error_of(told)
    ends = ["" if end is None else answer(question, end, error) for end in (told.low, told.high)]
    made = line(
        "headline", span.policy, question.key, question.label, statement,
        "share" if in_percent(question) else question.unit, told.value, told.low, told.high,
    )  # fmt: skip
    return replace(
        made, value_shown=answer(question, told.value, error), low_shown=ends[0], high_shown=ends[1],
        error_shown=plus_minus(question, error), level=told.level, n=told.n, futures=told.futures, method=told.method,
        note=told.reason,
    )  # fmt: skip
