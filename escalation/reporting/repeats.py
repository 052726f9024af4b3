"""Questions that a measure of the author's already answers: told once is enough."""

from escalation.experiments.analysis import Analysis
from escalation.experiments.analysis_questions import Question


def repeated(analysis: Analysis) -> frozenset[str]:
    """Keys of questions that another one answers with the same estimates under every policy.

    A question about a rung gives way to a measure of the same name; "came by the end" of a `first` gives way to a
    measure that says whether it ever held.
    """
    told = {(each.question, each.policy): each.estimate for each in analysis.outcomes}
    policies = [policy.name for policy in analysis.policies]

    def alike(one: Question, other: Question) -> bool:
        return all(told[one.key, policy] == told[other.key, policy] for policy in policies)

    measures = [question for question in analysis.questions if not question.watched]
    return frozenset(
        question.key
        for question in analysis.questions
        for measure in measures
        if measure is not question and gives_way(question, measure) and alike(question, measure)
    )


def gives_way(question: Question, measure: Question) -> bool:
    """Whether a measure would do for a question, if it had the same answers."""
    if question.watched:
        return measure.label == question.label
    return question.form == "came" and measure.form == "holds"
