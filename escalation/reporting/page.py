"""From an analysis and a scenario to everything that stands on the page, in its order."""

import re
from collections.abc import Iterator

from escalation.experiments.analysis import Analysis, Difference, Outcome
from escalation.experiments.analysis_questions import Question
from escalation.experiments.block import WITH_SERIES
from escalation.model.scenario import Scenario
from escalation.reporting import sentences
from escalation.reporting.assumptions import assumptions_told
from escalation.reporting.charts import Charts, difference_cells
from escalation.reporting.decimals import BLANK, answer, answer_range, count, error_of, percent, simulation_error
from escalation.reporting.deep_page import page_over_ranges
from escalation.reporting.record import record_told
from escalation.reporting.repeats import repeated
from escalation.reporting.said_policies import said_policies
from escalation.reporting.short_labels import short, with_short_labels
from escalation.reporting.view import Group, Headline, Page, Table
from escalation.statistics.quantile_sketch import RELATIVE_ERROR
from escalation.statistics.time_histogram import RELATIVE_ERROR as OF_CELLS


def page_of(analysis: Analysis, scenario: Scenario) -> Page:
    """The page of one run."""
    if analysis.deep is not None:
        return page_over_ranges(analysis, lambda part: _page_of(part, scenario), _outcome_tables)
    return _page_of(analysis, scenario)


def _page_of(analysis: Analysis, scenario: Scenario) -> Page:
    whole, analysis = analysis, with_short_labels(analysis)
    charts = Charts(analysis)
    ladders, incidence = tuple(charts.ladders()), tuple(charts.incidence())
    sights, paths, compared = tuple(charts.sights()), tuple(charts.paths()), tuple(charts.compared())
    sets = said_policies(scenario)
    settled = tuple(charts.convergence())
    groups = (*ladders, *incidence, *sights, *paths, *compared, *settled)
    return Page(
        headline=_headline(analysis),
        policies=tuple(
            (each.name, each.label, _run_of(each.n, each.futures), sets.get(each.name, "")) for each in whole.policies
        ),
        ladders=ladders,
        incidence=incidence,
        sights=sights,
        paths=paths,
        compared=compared,
        convergence=settled,
        about=_about(scenario.about),
        verdicts=_verdicts(analysis, charts.labels),
        record=record_told(analysis, charts.labels),
        outcomes=_outcome_tables(analysis),
        assumptions=assumptions_told(scenario),
        notes=tuple(_notes(analysis, scenario, groups)),
    )


FIRST_WORDS = 180
"""Letters of `about` on the first screen, to the end of a sentence."""


def _about(text: str) -> tuple[str, str]:
    """The first sentences of what a scenario is about, and the rest."""
    words = " ".join(text.split())
    ends = [match.end() for match in re.finditer(r"[.!?](?= |$)", words)]
    cut = max([end for end in ends if end <= FIRST_WORDS] or ends[:1] or [len(words)])
    return words[:cut], words[cut:].strip()


def _outcome_tables(analysis: Analysis) -> tuple[Table, ...]:
    again = repeated(analysis)
    return tuple(_outcomes(analysis, question) for question in analysis.questions if question.key not in again)


def _run_of(n: int, futures: int) -> str:
    return f"{count(n)} trajectories in {count(futures)} futures"


def _headline(analysis: Analysis) -> Headline:
    keys = analysis.headline
    base = next(policy for policy in analysis.policies if policy.name == analysis.against)
    told = []
    for key in keys:
        question, outcome = analysis.question(key), analysis.outcome(base.name, key)
        moves = sentences.moves(question, _against_first(analysis, key), base.label, _never(analysis, question))
        stays = f"{sentences.ends_of_range(question, outcome)} {sentences.share_that_stays(outcome)}".strip()
        told.append((sentences.headline(question, outcome, base.label), stays, moves))
    rows = tuple(
        (policy.label, *(_cell(analysis.question(key), analysis.outcome(policy.name, key)) for key in keys))
        for policy in analysis.policies
    )
    header = ("Policy", *(analysis.question(key).label for key in keys))
    caption = "Range across futures; below it, mean ± simulation error"
    note = (
        "The range is what remains unknown about the world: the middle 90\u202f% of futures. The simulation error "
        "is only that of a finite number of trajectories; it says nothing of how sure anyone can be."
    )
    return Headline(tuple(told), Table(caption, header, rows), note)


def _against_first(analysis: Analysis, key: str) -> list[tuple[str, Difference]]:
    """The differences of one question, each with its policy's label."""
    labels = {policy.name: policy.label for policy in analysis.policies}
    return [(labels[each.policy], each) for each in analysis.differences if each.question == key]


def _never(analysis: Analysis, question: Question) -> list[str]:
    """Other policies under which no trajectory had it."""
    others = [policy for policy in analysis.policies if policy.name != analysis.against]
    return [
        policy.label
        for policy in others
        if question.share and analysis.outcome(policy.name, question.key).estimate.value == 0.0
    ]


def _cell(question: Question, outcome: Outcome) -> str:
    error = error_of(outcome.estimate)
    across = outcome.across
    centre = answer(question, outcome.estimate.value, error)
    if error is not None:
        centre += f" {simulation_error(question, outcome.estimate)}"
    if across.low is None or across.high is None:
        return f"not known\n{centre}".strip()
    return f"{answer_range(question, across.low.value, across.high.value, error)}\n{centre}".strip()


def _verdicts(analysis: Analysis, labels: dict[str, str]) -> Table:
    again = repeated(analysis)
    asked = {question.key: question for question in analysis.questions if question.key not in again}
    others = [policy.name for policy in analysis.policies if policy.name != analysis.against]
    told = {(each.question, each.policy): each for each in analysis.differences}
    rows = []
    for key, question in asked.items():
        cells = []
        for policy in others:
            difference, interval, *_, verdict = difference_cells(question, told[key, policy])
            cells.append(f"{verdict}: {difference} ({interval})" if verdict != "identical" else verdict)
        rows.append((question.label, *cells))
    against = sentences.quoted(labels[analysis.against])
    caption = f"Every policy against {against}: verdict, paired difference and its interval"
    return Table(caption, ("Question", *(labels[name] for name in others)), tuple(rows) if others else ())


def _outcomes(analysis: Analysis, question: Question) -> Table:
    rows = []
    spread = not question.share
    for policy in analysis.policies:
        outcome = analysis.outcome(policy.name, question.key)
        error = error_of(outcome.estimate)
        told = outcome.estimate
        between = outcome.across.share_between
        cells = [
            policy.label,
            _range(question, outcome),
            answer(question, told.value, error),
            answer_range(question, told.low, told.high, error) if error is not None else told.reason,
            percent(between.value) if between else BLANK,
        ]
        if spread:
            cells.append(_spread(question, outcome))
        cells += [count(told.n), count(told.futures), count(outcome.blank)]
        rows.append(tuple(cells))
    header = [
        "Policy",
        "Range across futures (intervals of its ends)",
        "Share" if question.share else "Mean",
        "Interval (simulation error)",
    ]
    header += [
        "Spread that more runs cannot remove",
        *(["Single trajectories: 5\u202f%, median, 95\u202f%"] if spread else []),
    ]
    return Table(question.label, (*header, "n", "Futures", "Blank"), tuple(rows))


def _range(question: Question, outcome: Outcome) -> str:
    """The range across futures and, in brackets, how well its ends are known; or why there is none."""
    across, error = outcome.across, error_of(outcome.estimate)
    if across.low is None or across.high is None:
        return across.reason
    ends = [sentences.interval_of_end(question, end, error) for end in (across.low, across.high)]
    return f"{answer_range(question, across.low.value, across.high.value, error)} (ends {'; '.join(ends)})"


def _spread(question: Question, outcome: Outcome) -> str:
    return " · ".join(answer(question, each.value, error_of(each)) for each in outcome.spread) or BLANK


def _reduced(analysis: Analysis, scenario: Scenario) -> Iterator[str]:
    """What a page made from a summary says of it: what it leaves out and why, and how near its quantiles are."""
    told = (
        "This run kept a summary and no single trajectory (--keep summary). Typical trajectories are left out, since "
        "they have to be found among all"
    )
    dated = scenario.evidence is not None and bool(scenario.evidence.dated)
    yield told + (", and so are the dates of the record, which take every trajectory's own." if dated else ".")
    yield (
        f"Quantiles over single trajectories lie within one part in {count(round(1 / RELATIVE_ERROR))} of the exact "
        "ones; shares, means, differences and their intervals are those of the trajectories themselves."
    )
    if any(policy.futures > analysis.reduced for policy in analysis.policies):
        yield (
            f"The range across futures, the bands of incidence and the steps of convergence rest on the first "
            f"{count(analysis.reduced)} futures of each policy; everything else on all."
        )


def _notes(analysis: Analysis, scenario: Scenario, groups: tuple[Group, ...]) -> Iterator[str]:
    most = max(policy.with_series for policy in analysis.policies)
    if most and any(policy.n > policy.with_series for policy in analysis.policies):
        yield f"Charts over time rest on the first {count(most)} trajectories of each policy, whose paths are kept."
    if most > WITH_SERIES:
        yield (
            "Charts over time rest on all trajectories. The paths of the first "
            f"{count(WITH_SERIES)} of each policy are kept; of the others, counts in cells, so that a line of a fan "
            f"lies within one part in {count(round(1 / OF_CELLS))} of the exact one."
        )
    if analysis.reduced:
        yield from _reduced(analysis, scenario)
    drawn = {path.key for path in analysis.paths}
    left = [
        short(each.label or each.name) for each in scenario.measures if each.how == "series" and each.name not in drawn
    ]
    if left:
        yield f"Not drawn, but kept in series.parquet: {sentences.joined(left)}."
    missing = "".join(
        sorted({letter for group in groups for chart in group.charts for letter in chart.drawing.missing})
    )
    if missing:
        yield f"No font here had the letters {missing} when this was drawn: they are boxes, in the PNG files only."
