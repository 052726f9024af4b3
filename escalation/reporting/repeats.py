"""Questions about rungs that a measure of the author's, of the same name, already answers: told once is enough."""

from escalation.experiments.analysis import Analysis


def repeated(analysis: Analysis) -> frozenset[str]:
    """Keys of watched questions with the label and, under every policy, the estimate of an author's measure."""
    told = {(each.question, each.policy): each.estimate for each in analysis.outcomes}
    policies = [policy.name for policy in analysis.policies]
    return frozenset(
        rung.key
        for rung in analysis.questions
        if rung.watched
        for measure in analysis.questions
        if not measure.watched
        and measure.label == rung.label
        and all(told[measure.key, policy] == told[rung.key, policy] for policy in policies)
    )
