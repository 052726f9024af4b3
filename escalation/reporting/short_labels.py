"""Labels short enough for a page; `summary.csv` and the list of policies keep them whole."""

from dataclasses import replace

from escalation.experiments.analysis import Analysis

LONGEST = 120


def short(label: str) -> str:
    """A label cut to `LONGEST` characters with an ellipsis, if it is longer."""
    return label if len(label) <= LONGEST else label[: LONGEST - 1].rstrip() + "…"


def with_short_labels(analysis: Analysis) -> Analysis:
    """The same analysis with every label short."""
    return replace(
        analysis,
        policies=tuple(replace(each, label=short(each.label)) for each in analysis.policies),
        questions=tuple(replace(each, label=short(each.label)) for each in analysis.questions),
        ladders=tuple(
            replace(each, label=short(each.label), labels=tuple(map(short, each.labels))) for each in analysis.ladders
        ),
        first_times=tuple(replace(each, label=short(each.label)) for each in analysis.first_times),
        sights=tuple(replace(each, label=short(each.label)) for each in analysis.sights),
        paths=tuple(replace(each, label=short(each.label)) for each in analysis.paths),
    )
