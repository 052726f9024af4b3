"""Until when a run goes on: until means are known so precisely, or policies are told apart, or its budget ends."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations
from math import isfinite
from typing import Literal

from escalation.experiments.analysis import asked_of, headline_keys, ladder_keys
from escalation.experiments.analysis_questions import Question
from escalation.experiments.deep import THIRDS, DeepName, deep_names
from escalation.experiments.design import Design, DesignError
from escalation.experiments.known_bounds import Ends, known_bounds
from escalation.experiments.unaffected import felt_between
from escalation.model.process import Model
from escalation.model.scenario import Scenario

FIRST_LOOK = 1_000
"""Trajectories a policy at the first look; each later one has twice as many."""
POINTS = ("pp", "point", "points")
DAYS = {"day": 1.0, "week": 7.0, "hour": 1 / 24, "minute": 1 / 1440, "second": 1 / 86_400}

Part = tuple[DeepName, int]
"""A third of a bare range, 0 the lowest: what nobody claims a probability for is not averaged over."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How precisely a mean is to be known under every policy: half the width of its interval, in the question's
    unit."""

    question: Question
    half_width: float

    @property
    def text(self) -> str:
        """As a person would ask for it again: `armed=0.5pp`, `exposure=2 days`."""
        if self.question.share:
            return f"{self.question.key}={self.half_width * 100:.12g}pp"
        return f"{self.question.key}={self.half_width:.12g} {self.question.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """precision: means that are to be known so well. decide: questions on which every pair of policies is to be told
    apart, or shown to be the same for our purposes. budget: trajectories a policy at most."""

    precision: tuple[Precision, ...]
    decide: tuple[Question, ...]
    budget: int

    @property
    def said(self) -> tuple[str, ...]:
        """What a run's key says of it: the same rule, however it was written."""
        told = sorted(f"precision {each.question.key}={each.half_width!r}" for each in self.precision)
        return (f"budget {self.budget}", *told, *sorted(f"decide {each.key}" for each in self.decide))

    @property
    def options(self) -> tuple[str, ...]:
        """The words of the command line that ask for it again."""
        told = [word for each in self.precision for word in ("--precision", each.text)]
        return (*told, *(word for each in self.decide for word in ("--decide-on", each.key)))


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing that must be known before a run may stop.

    policy: whose mean; less that of `against`, where two are told apart. asked: the half-width, or the difference that
    matters; None where the author says none. bounds: of a single answer, or difference; None where there are none, and
    the interval is asymptotic. part: the third of a bare range that it is of. felt: whether the model lets the question
    feel what the two policies differ in.
    """

    kind: Literal["precision", "decide"]
    question: Question
    policy: str
    against: str
    asked: float | None
    bounds: Ends | None
    part: Part | None = None
    felt: bool = True


def stopping_rule(
    scenario: Scenario,
    model: Model,
    budget: int,
    precision: Mapping[str, float | str] | Sequence[str] = (),
    decide: bool | str | Iterable[str] = False,
) -> StoppingRule | None:
    """The rule that somebody asks for; None if nothing is.

    Args:
        scenario, model: what is run.
        budget: trajectories a policy at most.
        precision: names with a half-width, as texts (`"0.5pp"`, `"2 days"`) or numbers in the unit of the measure's
            column; or texts such as `"armed=0.5pp"`.
        decide: True for the measures that say which difference `matters`, or for the headline if none does; or names.

    Raises:
        DesignError: a name that asks nothing which has a mean, or a precision that cannot be meant.
    """
    asked = tuple(asked_of(scenario, [each.name for each in model.measures], waits=True))
    pairs = precision.items() if isinstance(precision, Mapping) else map(_split, precision)
    wanted = tuple(_precision(_named(scenario, asked, name, value), value) for name, value in pairs)
    names = () if isinstance(decide, bool) else (decide,) if isinstance(decide, str) else tuple(decide)
    questions = tuple(_named(scenario, asked, name, "") for name in names)
    if decide is True:
        questions = _decided_by_default(scenario, model)
    if not wanted and not questions:
        return None
    _refuse_twice([each.question.key for each in wanted])
    return StoppingRule(wanted, tuple(dict.fromkeys(questions)), budget)


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not equals or not name.strip() or not value.strip():
        raise DesignError(f"the precision {text!r} must be written as NAME=0.5pp, or NAME=2 days")
    return name.strip(), value.strip()


def _refuse_twice(keys: list[str]) -> None:
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise DesignError(f"the precision of {twice[0]!r} is asked for twice")


def _decided_by_default(scenario: Scenario, model: Model) -> tuple[Question, ...]:
    """Where the author says which difference matters, since only there can two policies turn out the same."""
    asked = tuple(asked_of(scenario, [each.name for each in model.measures]))
    keys = {question.key for question in asked}
    headline = headline_keys(ladder_keys(scenario, keys), asked)
    told = tuple(each for each in asked if each.matters is not None)
    found = told or tuple(each for each in asked if each.key in headline)
    if not found:
        raise DesignError("the scenario has no ladder and no measure, so there is nothing to tell policies apart by")
    return found


# ---------------------------------------------------------------------- names


def _named(scenario: Scenario, asked: Sequence[Question], name: str, value: float | str) -> Question:
    """The question that somebody means by a name: a measure, one of its words or rungs, or a rung of a ladder."""
    by_key = {question.key: question for question in asked}
    found = by_key.get(name) or by_key.get(f"rung:{name}")
    if found is not None:
        if found.form == "came" and isinstance(value, str) and _days(value) is not None:
            raise DesignError(
                f"{name!r} may never come, so its time has no mean: ask how often it came ({name}=1pp), or how long it "
                f"was waited for by the end ('{name}: waited={value}')"
            )
        return found
    of_words = [question.key for question in asked if question.column == name]
    if of_words:
        raise DesignError(f"{name!r} is one of several words and has no mean; ask for one of {', '.join(of_words)}")
    if any(measure.name == name for measure in scenario.measures):
        raise DesignError(f"{name!r} is a series, which is no single number of a trajectory")
    own = [question.key for question in asked if not question.watched]
    near = get_close_matches(name, [*by_key, *(key.removeprefix("rung:") for key in by_key)], 1)
    told = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(own) or 'none'}"
    raise DesignError(f"there is no measure {name!r}; {told}")


# ---------------------------------------------------------------------- sizes


def _precision(question: Question, value: float | str) -> Precision:
    size = _size(question, value) if isinstance(value, str) else float(value)
    if not (isfinite(size) and size > 0):
        raise DesignError(f"the precision of {question.key!r} must be finite and above nothing, not {value}")
    if question.share and size >= 0.5:
        raise DesignError(f"every share is known to ±50pp: {question.key}={value} asks for nothing")
    return Precision(question, size)


def _size(question: Question, text: str) -> float:
    """A half-width in the unit of the question."""
    number, unit = _number_and_unit(text)
    plain = question.share or not question.unit
    if number is not None and plain and unit in POINTS:
        return number / 100
    if number is not None and question.unit == "days" and _days(text) is not None:
        return _days(text) or 0.0
    if number is not None and not question.share and unit.rstrip("s") == question.unit.rstrip("s"):
        return number
    cure = "0.5pp (percentage points)" if question.share else f"5 {question.unit}".rstrip()
    why = "; a share of the mean is not offered, since a mean near 0 never gets there" if unit == "%" else ""
    raise DesignError(f"{text!r} is no precision of {question.key!r}: write it like {cure}{why}")


def _number_and_unit(text: str) -> tuple[float | None, str]:
    found = re.fullmatch(r"\s*([0-9][0-9_,]*\.?[0-9]*(?:e-?[0-9]+)?)\s*(.*?)\s*", text)
    return (None, "") if found is None else (float(re.sub("[_,]", "", found[1])), found[2])


def _days(text: str) -> float | None:
    number, unit = _number_and_unit(text)
    factor = DAYS.get(unit.removesuffix("s"))
    return None if number is None or factor is None else number * factor


# ---------------------------------------------------------------------- what follows for a run


def looks(design: Design) -> tuple[int, ...]:
    """Trajectories a policy at each look: 1,000, 2,000, 4,000 … up to whole futures, and all of them."""
    found, many = [], FIRST_LOOK
    while (whole := -(-many // design.per_future) * design.per_future) < design.n:
        found.append(whole)
        many *= 2
    return (*dict.fromkeys(found), design.n)


def goals(rule: StoppingRule, scenario: Scenario, model: Model, design: Design) -> tuple[Goal, ...]:
    """Everything that must be known: each mean under every policy, each pair of policies on every question."""
    parts: tuple[Part | None, ...] = tuple((name, place) for name in deep_names(scenario) for place in range(THIRDS))
    if rule.decide and len(design.policies) < 2:
        raise DesignError(f"one policy, {design.policies[0]!r}, cannot be told apart from anything")
    return tuple(goal for part in parts or (None,) for goal in _goals(rule, model, design, part))


def _goals(rule: StoppingRule, model: Model, design: Design, part: Part | None) -> Iterator[Goal]:
    for each in rule.precision:
        bounds = known_bounds(model, each.question)
        for policy in design.policies:
            yield Goal("precision", each.question, policy, "", each.half_width, bounds, part)
    felt = felt_between(model)
    for question in rule.decide:
        bounds = known_bounds(model, question)
        apart = None if bounds is None else (bounds[0] - bounds[1], bounds[1] - bounds[0])
        for first, second in combinations(design.policies, 2):
            feels = felt(question.column, first, second)
            yield Goal("decide", question, second, first, question.matters, apart, part, feels)
