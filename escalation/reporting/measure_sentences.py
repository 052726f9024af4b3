"""What is measured, claimed and valued, and what policies set, in sentences."""

from collections.abc import Iterator, Mapping

from escalation.expressions.kinds import Instant, Quantity, Rung, Truth
from escalation.expressions.kinds import Kind as KindOf
from escalation.expressions.tree import Literal
from escalation.model.process import Measure, Value
from escalation.model.scenario import Adaptation, Expectation, PolicySpec, Viewpoint
from escalation.reporting.expression_words import Words, number_words
from escalation.reporting.marks import code, plain
from escalation.reporting.sentences import joined

BETTER = {"higher": "More is better.", "lower": "Less is better.", "neither": ""}
SOONER = {"higher": "Later is better.", "lower": "Sooner is better.", "neither": ""}


def measure_sentence(words: Words, measure: Measure) -> str:
    """What one measure is of a trajectory. Raises TypeError for a measure that nobody has put into words."""
    told = f"{words.both(measure.name, measure.label)}: {_what(words, measure)}"
    if measure.during is not None:
        first, last = (words.date(float(instant)) for instant in measure.during)
        told += f", from {first} to {last}"
    better = (SOONER if measure.how == "first" else BETTER)[measure.better]
    return " ".join(part for part in (f"{told}.", better, _matters(words, measure)) if part)


def _what(words: Words, measure: Measure) -> str:
    if measure.how == "count":
        return f"how often {joined([words.rule(rule) for rule in measure.rules])} happened"
    assert measure.value is not None
    of = measure.value
    match measure.how:
        case "ever":
            return f"whether {words.being(of, 'ever')}"
        case "first":
            return f"the time until {words.being(of, 'first')}, blank if it never is"
        case "time_in":
            return f"how long {words.clause(of)}"
        case "final":
            when = "at the end" if measure.at is None else f"on {words.date(float(measure.at))}"
            return f"{words.value(of)}, {when}"
        case "max" | "min" | "mean":
            which = {"max": "the greatest value of", "min": "the least value of", "mean": "the mean over time of"}
            return f"{which[measure.how]} {words.value(of)}"
        case "series":
            assert measure.every is not None
            return f"{words.value(of)}, every {words.period(measure.every)}"
        case _:
            raise TypeError(f"no sentence tells of a measure by {measure.how}")


def _matters(words: Words, measure: Measure) -> str:
    if measure.matters is None:
        return ""
    if measure.how == "ever" or isinstance(measure.kind, Truth):
        return f"A difference of {words.share(measure.matters)} matters."
    return f"A difference of {words.in_plain_numbers().literal(measure.matters, measure.kind)} matters."


def viewpoint_sentence(words: Words, viewpoint: Viewpoint) -> str:
    """What one viewpoint values."""
    score = words.in_plain_numbers().formula(viewpoint.score)
    return f"{words.both(viewpoint.name, viewpoint.label)} scores a trajectory by {score}; higher is better."


def claim_sentence(words: Words, claim: Expectation, measures: Mapping[str, Measure]) -> str:
    """A claim that travels with the scenario. Raises TypeError for a claim that nobody has put into words."""
    given = joined([f"{code(path)} is {code(text)}" for path, text in claim.given])
    where = f"under {code(claim.policy)}" if claim.policy else "under every policy"
    said = f"{plain(claim.claim)}: {where}{f', where {given}' if given else ''}, {_claimed(words, claim, measures)}."
    return said


def _claimed(words: Words, claim: Expectation, measures: Mapping[str, Measure]) -> str:
    match claim.how:
        case "never" | "always":
            assert claim.condition is not None
            return words.being(claim.condition, claim.how)
        case "more_than" | "less_than":
            word = "more" if claim.how == "more_than" else "less"
            return f"{words.name(claim.measure or '')} is {word} than under {code(claim.than or '')}"
        case "between":
            measure = measures.get(claim.measure or "")
            of = "the share of trajectories with" if measure is not None and measure.how == "ever" else "the mean of"
            low, high = (_bound(words, measure, end) for end in (claim.low, claim.high))
            return f"{of} {words.name(claim.measure or '')} lies between {low} and {high}"
        case _:
            raise TypeError(f"no sentence tells of a claim by {claim.how}")


def _bound(words: Words, measure: Measure | None, end: float | None) -> str:
    if end is None:
        return "any number"
    if measure is None:
        return number_words(end)
    if measure.how == "ever" or isinstance(measure.kind, Truth):
        return words.share(end)
    return words.literal(end, measure.kind)


def policy_sentence(words: Words, policy: PolicySpec, kinds: Mapping[str, KindOf]) -> str:
    """What a policy sets."""
    set_ = [_setting(words, path, value, kinds) for path, value in policy.settings]
    what = joined(set_) if set_ else "leaves every lever at its default"
    told = f"{words.both(policy.name, policy.label, always=True)} {what}."
    return " ".join([told, *(_adaptation(words, each, kinds) for each in policy.then)])


def _adaptation(words: Words, each: Adaptation, kinds: Mapping[str, KindOf]) -> str:
    """What a policy sets on the way."""
    if each.at is not None:
        when = f"On {words.value(each.at)}"
    else:
        assert each.when is not None
        when = f"Once {words.clause(each.when)}"
        if not (isinstance(each.lasting, Literal) and each.lasting.value == 0):
            when += f", and this has held for {words.value(each.lasting)}"
    return f"{when}, it {joined([_setting(words, path, value, kinds) for path, value in each.settings])}."


def _setting(words: Words, path: str, value: Value, kinds: Mapping[str, KindOf]) -> str:
    if path.endswith(".active") and path not in kinds:
        return f"switches {words.name(path.removesuffix('.active'))} {'on' if value else 'off'}"
    if path.endswith(".ceiling") and path not in kinds:
        ladder = path.removesuffix(".ceiling")
        rungs = next(each.rungs for each in words.scenario.ladders if each.name == ladder)
        return f"allows {words.name(ladder)} no rung above {words.rung(rungs[int(value)].id)}"
    return f"sets {words.name(path)} to {words.literal(value, kinds[path])}"


def kind_words(kind: KindOf) -> Iterator[str]:
    """What values a thing of this kind can have."""
    match kind:
        case Truth():
            yield "true or false"
        case Instant():
            yield "a date"
        case Rung():
            yield f"a rung of {code(kind.ladder)}"
        case Quantity():
            return
        case _:
            yield f"one of {joined([code(word) for word in kind.words])}"
