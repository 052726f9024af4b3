"""The model in prose, under the headings of ODD (Grimm et al. 2020): every rule and number of a scenario in sentences.

Made from the typed scenario alone, so it says what will be run, whatever the author's file looks like.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from escalation.model.process import Phase, Rule
from escalation.model.scenario import Scenario
from escalation.reporting.dependence_sentences import correlated, evidence_sentences, joint, uncertain
from escalation.reporting.design_concepts import design_concepts
from escalation.reporting.expression_words import Words
from escalation.reporting.ladder_sentences import reading_sentence, report_sentence, rung_sentence, seen_by
from escalation.reporting.marks import code, plain, quoted
from escalation.reporting.measure_sentences import claim_sentence, kind_words, policy_sentence
from escalation.reporting.rule_sentences import event_sentence
from escalation.reporting.sentences import joined

PHASES = {
    Phase.CALENDAR: "the calendar",
    Phase.CHANCE: "chance",
    Phase.REPORTS: "reports",
    Phase.LASTED: "what has lasted long enough",
    Phase.CHOICES: "choices",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with what stands below it: paragraphs, then a list, then further parts."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    parts: tuple["Part", ...] = ()


def describe(scenario: Scenario) -> tuple[Part, ...]:
    """The seven parts of ODD, each sentence in the Markdown of `marks`.

    Raises TypeError for something that nobody has put into words.
    """
    words = Words(scenario)
    return (
        _purpose(words, scenario),
        _entities(words, scenario),
        _scheduling(words, scenario),
        Part("Design concepts", parts=tuple(Part(name, told) for name, told in design_concepts(words, scenario))),
        _initialisation(words, scenario),
        _input(words, scenario),
        _submodels(words, scenario),
    )


def as_markdown(title: str, parts: tuple[Part, ...]) -> str:
    """The whole text, ending in a line break."""
    return "\n".join([f"# {plain(title)}", "", *(line for part in parts for line in _lines(part, 2))]).rstrip() + "\n"


def _lines(part: Part, level: int) -> Iterator[str]:
    yield f"{'#' * level} {part.heading}"
    yield ""
    for paragraph in part.paragraphs:
        yield paragraph
        yield ""
    if part.items:
        yield from (f"- {item}" for item in part.items)
        yield ""
    for inner in part.parts:
        yield from _lines(inner, level + 1)


# ---------------------------------------------------------------------- the parts


def _purpose(words: Words, scenario: Scenario) -> Part:
    about = tuple(plain(each) for each in scenario.about.split("\n\n") if each.strip())
    measures = {each.name: each for each in scenario.measures}
    claims = tuple(claim_sentence(words, claim, measures) for claim in scenario.expectations)
    told = (
        "These claims travel with the model, and `escalation run` tries each of them:"
        if claims
        else "No claim about what the model must reproduce travels with it."
    )
    return Part("Purpose and patterns", (*(about or ("The author does not state a purpose.",)), told), claims)


def _entities(words: Words, scenario: Scenario) -> Part:
    start, end = (words.date(float(instant)) for instant in (0, scenario.horizon))
    scales = (
        f"Time runs from {start}, 00:00, to {end}, both included, in steps of a millisecond: things happen when they "
        f"happen, not at the end of a period. There is no space. What is not said to be seen by "
        "some is seen by everybody; a name for what follows from other things, by whoever sees these.",
        f"Counted in {joined([code(unit) for unit in scenario.units])}, besides times, shares and plain numbers."
        if scenario.units
        else "Besides times, shares and plain numbers nothing is counted.",
    )
    parts = [
        Part("Actors", items=tuple(_actor(words, scenario, name) for name in scenario.actors)),
        Part("State variables", items=tuple(_variables(words, scenario))),
        Part("Names for what follows from them", items=tuple(_derived(words, scenario))),
        Part("Ladders", items=tuple(_ladders(words, scenario))),
        Part("Played in class", items=tuple(_exercise(words, scenario))),
    ]
    return Part("Entities, state variables and scales", scales, parts=tuple(part for part in parts if part.items))


def _exercise(words: Words, scenario: Scenario) -> Iterator[str]:
    """What a class is offered; it changes nothing that the model does of its own accord."""
    spec = scenario.classroom
    if spec is None:
        return
    end = words.date(float(spec.instants[-1]))
    yield f"{spec.turns} turns up to {end}, {spec.minutes} minutes to deliberate in each."
    for role in spec.roles:
        yield f"{words.both(role.actor, scenario.actors[role.actor].name, always=True)} is a seat."


def _actor(words: Words, scenario: Scenario, name: str) -> str:
    actor = scenario.actors[name]
    told = words.both(name, actor.name, always=True)
    if actor.role:
        told += f", {plain(actor.role)}"
    return f"{told}. A person can take this seat." if actor.playable else f"{told}."


def _variables(words: Words, scenario: Scenario) -> Iterator[str]:
    for each in scenario.state:
        words = words.within(f"state.{each.name}")
        told = [words.both(each.name, each.label, always=True), *kind_words(each.kind)]
        if each.low is not None:
            told.append(f"at least {words.value(each.low)}")
        if each.high is not None:
            told.append(f"at most {words.value(each.high)}")
        bounded = each.low is not None or each.high is not None
        end = "; a trajectory in which it leaves these bounds ends as an error" if bounded else ""
        yield f"{', '.join(told)}{end}.{_seen(words, each.seen_by)}"


def _derived(words: Words, scenario: Scenario) -> Iterator[str]:
    for each in scenario.derived:
        words = words.within(f"derived.{each.name}")
        yield f"{words.both(each.name, each.label)} is {words.value(each.value)}.{_seen(words, each.seen_by)}"


def _seen(words: Words, actors: tuple[str, ...] | None) -> str:
    """Who sees it, unless everybody does."""
    return "" if actors is None else f" It is seen by {seen_by(words, actors)}."


def _ladders(words: Words, scenario: Scenario) -> Iterator[str]:
    for ladder in scenario.ladders:
        rungs = joined([words.both(rung.id, rung.label, always=True) for rung in ladder.rungs])
        whose = f", climbed by {words.actor(ladder.actor)}" if ladder.actor else ", climbed by no actor"
        told = f"{words.both(ladder.name, ladder.label, always=True)}{whose}. Its rungs, lowest first: {rungs}."
        if ladder.skip:
            told += (
                " Rungs can be skipped: every rung above the one decided is watched, and the highest whose "
                "condition has lasted becomes pending."
            )
        yield told


def _scheduling(words: Words, scenario: Scenario) -> Part:
    from escalation.model.build import build

    model = build(scenario)
    told = (
        "Every rule has a clock of its own. The rule whose clock is due next fires, changes the state at once and as a "
        "whole, and only then is it asked which clocks begin, go on or stop. What a rule reads is the state before it.",
        "Rules that are due in the same instant go in this order, which only breaks ties; within one line the lower "
        "order goes first, then the name by the alphabet. Choices of one instant all read the same state.",
    )
    lines = []
    for phase, name in PHASES.items():
        found = [_scheduled(rule) for rule in model.rules if rule.phase is phase and "#" not in rule.name]
        lines.append(f"{name[0].upper()}{name[1:]}: {', '.join(found) if found else 'nothing here'}.")
    return Part("Process overview and scheduling", told, tuple(lines))


def _scheduled(rule: Rule) -> str:
    order = f" (order {str(rule.order).replace('-', '−')})" if rule.order else ""
    return f"{code(rule.name)}{order}"


def _initialisation(words: Words, scenario: Scenario) -> Part:
    told = ("Every trajectory starts from these values. Its future fixes what nobody knows, its luck everything else.",)
    levers = {each.name: each.kind for each in scenario.levers}
    parts = (
        Part("What the study holds fixed", items=tuple(_constants(words, scenario))),
        Part("What nobody knows, drawn once in each future", items=tuple(_uncertainties(words, scenario))),
        Part("What the decision-maker sets", items=tuple(_levers(words, scenario))),
        Part("Policies", items=tuple(policy_sentence(words, each, levers) for each in scenario.policies)),
        Part("The state at the start", items=tuple(_start(words, scenario))),
    )
    return Part("Initialisation", told, parts=tuple(part for part in parts if part.items))


def _label(words: Words, name: str) -> str:
    """A constant or uncertainty with its label, which stands in the list of numbers only."""
    numbers = (each for each in words.scenario.numbers if each.path.split(".")[1:2] == [name])
    return words.both(name, next((each.label for each in numbers), ""))


def _constants(words: Words, scenario: Scenario) -> Iterator[str]:
    for each in scenario.constants:
        yield f"{_label(words, each.name)} is {words.within(f'constants.{each.name}').value(each.value)}."


def _uncertainties(words: Words, scenario: Scenario) -> Iterator[str]:
    for each in scenario.uncertainties:
        yield f"{_label(words, each.name)} {uncertain(words.within(f'uncertainties.{each.name}'), each)}."
    for group in scenario.together:
        yield correlated(words, group)
    for table in scenario.joint_draws:
        yield joint(words, table)


def _levers(words: Words, scenario: Scenario) -> Iterator[str]:
    for each in scenario.levers:
        words = words.within(f"levers.{each.name}")
        told = f"{words.both(each.name, each.label)} is {words.value(each.default)} unless a policy sets it"
        bounds = []
        if each.low is not None:
            bounds.append(f"at least {words.value(each.low)}")
        if each.high is not None:
            bounds.append(f"at most {words.value(each.high)}")
        whose = f" It is set by {words.actor(each.actor)}." if each.actor else ""
        yield f"{told}{', ' if bounds else ''}{joined(bounds)}.{whose}"


def _start(words: Words, scenario: Scenario) -> Iterator[str]:
    for each in scenario.state:
        initial = words.within(f"state.{each.name}").value(each.initial)
        yield f"{words.name(each.name)} is {initial}."
    for ladder in scenario.ladders:
        yield f"{words.name(ladder.name)} stands on {words.rung(ladder.rungs[ladder.starts_at].id)}."


def _input(words: Words, scenario: Scenario) -> Part:
    sources = tuple(_source(scenario, name) for name in scenario.sources)
    told = "No data from outside drive the model while it runs: all that it uses is written in the scenario"
    told += ", and in its table of joint draws." if scenario.joint_draws else "."
    if sources:
        told += " Its numbers rest on these documents and on the assumptions that the scenario states:"
    record = Part("The record it is held against", *evidence_sentences(words, scenario.evidence))
    return Part("Input data", (told,), sources, (record,) if scenario.evidence is not None else ())


def _source(scenario: Scenario, name: str) -> str:
    source = scenario.sources[name]
    where = f", {plain(source.url)}" if source.url else ""
    return f"{code(name)}: {quoted(source.title)}, {plain(source.publisher)}, {source.date}{where}."


def _submodels(words: Words, scenario: Scenario) -> Part:
    readings = tuple(
        line
        for reading in scenario.intelligence
        for line in (
            reading_sentence(words, reading),
            *(report_sentence(words, reading, each) for each in reading.reports),
        )
    )
    rungs = tuple(
        rung_sentence(words, ladder, place) for ladder in scenario.ladders for place in range(len(ladder.rungs))
    )
    parts = (
        Part("What happens", items=tuple(event_sentence(words, event) for event in scenario.events)),
        Part("What is seen", items=readings),
        Part("How the ladders are climbed", items=rungs),
    )
    kept = tuple(part for part in parts if part.items)
    return Part("Submodels", () if kept else ("Nothing happens in this scenario.",), parts=kept)
