"""Typical trajectories as a page shows them: whom each stands for, its dated lines, and how to see it whole."""

from dataclasses import dataclass

from escalation.experiments.analysis import Analysis
from escalation.experiments.typical import Typical
from escalation.model.build import build
from escalation.model.scenario import Scenario
from escalation.reporting.decimals import count, error_of, percent, percent_range
from escalation.reporting.sentences import quoted
from escalation.reporting.short_labels import short
from escalation.reporting.typical_story import StoryLine, typical_story


@dataclass(frozen=True, slots=True)
class TypicalTold:
    """One typical trajectory. share, stands_for: plain text; lines: in the Markdown of `marks`."""

    heading: str
    share: str
    stands_for: str
    lines: tuple[StoryLine, ...]
    left: str
    command: str


def typical_page(scenario: Scenario, analysis: Analysis, trace: str) -> tuple[TypicalTold, ...]:
    """Every typical trajectory, lowest rung first. trace: the command that tells one, as far as the run decides it."""
    if not analysis.typical:
        return ()
    model = build(scenario)
    made = []
    for each in analysis.typical:
        lines, left = typical_story(scenario, model, each.trajectory)
        point, under = each.trajectory.point, quoted(_label(analysis, each))
        told = f"{count(left)} smaller {'change is' if left == 1 else 'changes are'} not told here."
        made.append(
            TypicalTold(
                heading=class_label(scenario, each),
                share=f"{share_words(each)} of {count(each.share.n)} trajectories under {under}.",
                stands_for=_stands_for(each),
                lines=lines,
                left=told,
                command=f"{trace} --policy {point.policy} --future {point.future} --trajectory {point.luck}",
            )
        )
    return tuple(made)


def share_words(each: Typical) -> str:
    """The share of the class with its interval."""
    error = error_of(each.share)
    told = percent(each.share.value, error)
    if each.share.low is None or each.share.high is None:
        return told
    return f"{told} (interval {percent_range(each.share.low, each.share.high, error)})"


def class_label(scenario: Scenario, each: Typical) -> str:
    """What the members of a class have in common."""
    if not each.ladder:
        return "All trajectories"
    rungs = next(ladder.rungs for ladder in scenario.ladders if ladder.name == each.ladder)
    rung = quoted(short(next(rung.label or rung.id for rung in rungs if rung.id == each.rung)))
    return f"No rung above {rung} is decided" if each.at_start else f"{rung} is the highest rung decided"


def _label(analysis: Analysis, each: Typical) -> str:
    return short(next((policy.label for policy in analysis.policies if policy.name == each.policy), each.policy))


def _stands_for(each: Typical) -> str:
    point = each.trajectory.point
    address = f"Future {point.future}, luck {point.luck}, seed {point.seed}"
    if each.members == 1:
        return f"{address}: the only one of its kind."
    first = f"first {count(each.compared)} of {count(each.members)}" if each.compared < each.members else ""
    members = f"the {first or count(each.members)} members"
    return f"{address}: of {members} of its class the one least far from all others over everything that is measured."
