"""The page of a run over bare ranges: every table slice by slice, charts of the lowest and the highest third."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from escalation.experiments.analysis import Analysis
from escalation.experiments.deep import Deep, Slice
from escalation.reporting import deep_words as words
from escalation.reporting.repeats import repeated
from escalation.reporting.sentences import quoted
from escalation.reporting.short_labels import short
from escalation.reporting.view import Chart, Group, Headline, Page, Table

PageOf = Callable[[Analysis], Page]


def page_over_ranges(analysis: Analysis, page_of: PageOf, outcomes_of: Callable[[Analysis], tuple[Table, ...]]) -> Page:
    """The page of an analysis that has `deep`.

    page_of: the page of one slice's analysis. outcomes_of: its tables of outcomes alone.
    """
    deep = analysis.deep
    assert deep is not None
    drawn = [(each, page_of(_labelled(each))) for each in _ends(deep)]
    first = drawn[0][1]
    runs = {each.name: f"{each.n:,} trajectories in {each.futures:,} futures" for each in analysis.policies}
    labels = {each.name: each.label for each in analysis.policies}
    return replace(
        first,
        headline=_headline(analysis, deep),
        policies=tuple((name, labels[name], runs[name], sets) for name, _, _, sets in first.policies),
        ladders=_groups(drawn, "ladders"),
        incidence=_groups(drawn, "incidence"),
        sights=_groups(drawn, "sights"),
        paths=_groups(drawn, "paths"),
        compared=_groups(drawn, "compared"),
        convergence=_groups(drawn, "convergence"),
        verdicts=_verdicts(analysis, deep),
        record=None,
        outcomes=_together([outcomes_of(_labelled(each)) for each in deep.slices]),
        notes=(*_notes(deep), *first.notes),
    )


def _ends(deep: Deep) -> Iterator[Slice]:
    """The lowest and the highest third of each range that has futures."""
    for name in deep.names:
        of = deep.of(name)
        yield from of[:1]
        yield from of[-1:] if len(of) > 1 else ()


def _labelled(told: Slice) -> Analysis:
    """A slice's analysis with the slice in the label of each policy, so that no number stands without it."""
    tail = words.slice_label(told)
    policies = tuple(replace(each, label=f"{short(each.label)} · {tail}") for each in told.analysis.policies)
    return replace(told.analysis, policies=policies)


def _groups(drawn: Sequence[tuple[Slice, Page]], field: str) -> tuple[Group, ...]:
    return tuple(
        replace(
            group,
            heading=f"{group.heading}: {words.slice_label(told)}",
            charts=tuple(_renamed(chart, f"{told.of.name}-{told.place + 1}") for chart in group.charts),
        )
        for told, page in drawn
        for group in getattr(page, field)
    )


def _renamed(chart: Chart, tail: str) -> Chart:
    """A chart under a name of its own, which is also the prefix of the ids in it."""
    name = f"{chart.name}-{tail}"
    svg = chart.drawing.svg
    for before in ('id="', '"#', "url(#"):
        svg = svg.replace(f"{before}{chart.name}-", f"{before}{name}-")
    return replace(chart, name=name, drawing=replace(chart.drawing, svg=svg))


def _together(pages: Sequence[Sequence[Table]]) -> tuple[Table, ...]:
    """Tables of one caption as one, a row a policy and slice."""
    found: dict[str, Table] = {}
    for tables in pages:
        for each in tables:
            before = found.get(each.caption)
            found[each.caption] = each if before is None else replace(before, rows=before.rows + each.rows)
    return tuple(replace(each, rows=tuple(sorted(each.rows, key=_policy_of))) for each in found.values())


def _policy_of(row: tuple[str, ...]) -> str:
    return row[0].rpartition(" · ")[0]


def _headline(analysis: Analysis, deep: Deep) -> Headline:
    keys = analysis.headline
    base = next(policy for policy in analysis.policies if policy.name == analysis.against)
    asked = [replace(analysis.question(key), label=short(analysis.question(key).label)) for key in keys]
    spans = [(question, deep.span(base.name, question.key)) for question in asked]
    told = tuple((words.headline(question, span, short(base.label), deep), "", "") for question, span in spans)
    rest = words.what_it_rests_on(deep)
    rows = tuple(
        (short(policy.label), *(words.ends(question, deep.span(policy.name, question.key)) for question in asked))
        for policy in analysis.policies
    )
    table = Table("From the lowest to the highest, part by part", ("Policy", *(each.label for each in asked)), rows)
    return Headline(told, table, f"{rest} {words.NOTE}")


def _verdicts(analysis: Analysis, deep: Deep) -> Table:
    """One verdict a question and policy where every slice agrees, else what holds where."""
    others = [policy for policy in analysis.policies if policy.name != analysis.against]
    base = next(policy for policy in analysis.policies if policy.name == analysis.against)
    told = {
        (each.question, each.policy, part.of.name, part.place): each.paired.verdict
        for part in deep.slices
        for each in part.analysis.differences
    }
    again = frozenset.intersection(*(repeated(part.analysis) for part in deep.slices))
    rows = tuple(
        (
            short(question.label),
            *(
                words.verdict(
                    deep, [(part, told[question.key, policy.name, part.of.name, part.place]) for part in deep.slices]
                )
                for policy in others
            ),
        )
        for question in analysis.questions
        if question.key not in again
    )
    caption = f"Every policy against {quoted(short(base.label))}: one verdict only where every third agrees"
    return Table(caption, ("Question", *(short(policy.label) for policy in others)), rows if others else ())


def _notes(deep: Deep) -> Iterator[str]:
    yield (
        f"Results depend on {words.depending_on(deep)}. Charts are drawn for the lowest and the highest third of each "
        "range, tables for all three; no chart or number averages over a range."
    )
    if len(deep.names) > 1:
        yield words.SEVERAL
    if deep.empty:
        empty = [words.part_of(name, *name.part(place)) for name, place in deep.empty]
        yield f"No future lies in {words.joined(empty)}, so nothing is told of it: run more futures."
