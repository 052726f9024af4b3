"""What nobody knows, one by one and together, and the record that the model is held against, in sentences."""

from escalation.expressions import tree
from escalation.model.dependence import JointDraws, RankCorrelation
from escalation.model.evidence import Estimated, Evidence
from escalation.model.process import Uncertainty
from escalation.reporting.expression_words import Words, number_words
from escalation.reporting.marks import code, plain
from escalation.reporting.sentences import joined


def uncertain(words: Words, each: Uncertainty) -> str:
    """What one uncertainty may be, as a sentence goes on after its name."""
    value = each.value
    if isinstance(value, tree.Name) and "#" in value.path:
        table, _, column = value.path.partition("#")
        return f"is what stands under {code(column)} in the row of {code(table)} that a future draws"
    if each.deep and isinstance(value, tree.Draw):
        low, high = (words.value(end) for end in value.arguments)
        return (
            f"lies somewhere from {low} to {high}; no probability is claimed, and results over it are told as a range"
        )
    return f"is {words.value(value)}"


def correlated(words: Words, group: RankCorrelation) -> str:
    """Which uncertainties vary together, and how much."""
    pairs = [
        f"{words.name(first)} with {words.name(group.names[other])} at {number_words(group.spearman[place][other])}"
        for place, first in enumerate(group.names)
        for other in range(place + 1, len(group.names))
    ]
    return f"Some vary together, by these rank correlations (a normal copula): {joined(pairs)}."


def joint(words: Words, table: JointDraws) -> str:
    """A table of which each future takes one row."""
    columns = joined([words.name(column) for column in table.columns])
    return f"Each future takes one of the {len(table.rows):,} rows of {code(table.name)}, all as likely, for {columns}."


def evidence_sentences(words: Words, evidence: Evidence | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How the model is held against the record, and what is: paragraphs and items."""
    if evidence is None:
        return (), ()
    told: tuple[str, ...] = (
        f"Beside the model stand {evidence.rows:,} dated facts, which change no trajectory. It is held against them "
        f"over the first {words.duration(evidence.window)}.",
    )
    if evidence.periods:
        spans = [" to ".join(words.date(float(instant)) for instant in period) for period in evidence.periods]
        told += (f"Estimates of one quantity are compared with one another from {joined(spans)}.",)
    items = [_estimated(words, each) for each in evidence.estimated]
    for event in evidence.dated:
        first, last = words.date(float(event.first)), words.date(float(event.last))
        when = first if event.first == event.last else f"between {first} and {last}"
        told_event = words.being(event.condition, "first")
        items.append(f"{words.both(event.name, event.label)}: when {told_event}, which the record dates {when}.")
    for left in evidence.left_out:
        why = f", because {plain(left.because)}" if left.because else ", without a reason given"
        items.append(
            f"{left.rows:,} rows of {code(left.table)} on {plain(left.subject)} are held against nothing{why}."
        )
    return told, tuple(items)


def _estimated(words: Words, each: Estimated) -> str:
    flow = f", by how much it changed in {words.duration(each.over)}" if each.over is not None else ""
    many = f"{len(each.facts):,} {'fact' if len(each.facts) == 1 else 'facts'}"
    against = f"{words.value(each.value)}{flow}"
    return f"{words.both(each.name, each.label)}: {many} on {plain(each.subject)}, against {against}."
