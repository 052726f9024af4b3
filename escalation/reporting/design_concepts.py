"""The design concepts of ODD, as far as a scenario uses them."""

from collections.abc import Iterator

from escalation.expressions import tree
from escalation.expressions.tree import Expr, names_in, walk
from escalation.model.process import Hazard
from escalation.model.scenario import Event, Ladder, Scenario
from escalation.reporting.expression_words import Words
from escalation.reporting.measure_sentences import measure_sentence, viewpoint_sentence
from escalation.reporting.sentences import joined

Told = Iterator[tuple[str, tuple[str, ...]]]


def design_concepts(words: Words, scenario: Scenario) -> Told:
    """Heading and paragraphs of each concept."""
    yield "Basic principles", (_principles(scenario),)
    yield "Emergence", (_emergence(words, scenario),)
    yield "Adaptation", (_adaptation(words, scenario),)
    yield "Objectives", _objectives(words, scenario)
    yield "Sensing", (_sensing(words, scenario),)
    yield "Interaction", tuple(_interaction(words, scenario))
    yield "Stochasticity", (_stochasticity(words, scenario),)
    yield "Observation", tuple(measure_sentence(words, each) for each in scenario.measures) or ("Nothing is measured.",)


def _principles(scenario: Scenario) -> str:
    told = (
        "The model is a generalised semi-Markov process: variables that stand still between events, and rules whose "
        "clocks run against one another."
    )
    if scenario.ladders:
        told += (
            " Governments climb ordered rungs (Kahn 1965): a rung becomes pending on a condition that must last, is "
            "decided while its gates are open, and is delivered later."
        )
    return told


def _emergence(words: Words, scenario: Scenario) -> str:
    ladders = joined([words.name(each.name) for each in scenario.ladders])
    climbed = f"How far {ladders} is climbed, and when, follows" if ladders else "What is measured follows"
    return f"{climbed} from the events, what is seen of them and the policy; nothing of it is put in."


def _adaptation(words: Words, scenario: Scenario) -> str:
    climbs = [words.name(each.name) for each in scenario.ladders if each.actor]
    choices = [words.name(each.name) for each in scenario.events if each.actor]
    if not climbs and not choices:
        return "No actor adapts: nothing that happens is anybody's choice."
    told = []
    if climbs:
        told.append(f"decisions on {joined(climbs)}")
    if choices:
        told.append(f"the choices {joined(choices)}")
    return f"Actors respond to the state by fixed rules: {' and '.join(told)}. They do not learn or look ahead."


def _objectives(words: Words, scenario: Scenario) -> tuple[str, ...]:
    views = tuple(viewpoint_sentence(words, each) for each in scenario.values)
    first = "Actors follow their rules and maximise nothing."
    return (f"{first} Outcomes can be valued from these viewpoints:", *views) if views else (first,)


def _sensing(words: Words, scenario: Scenario) -> str:
    read = set().union(*(names_in(node) for _, nodes in _whose(scenario) for node in nodes))
    seen = [words.name(each.name) for each in scenario.intelligence]
    if not seen:
        return "Every actor sees the state as it is: there are no reports."
    true = sorted({each.name for each in scenario.state} & read)
    told = f"What is so is not what is seen: {joined(seen)} {'is' if len(seen) == 1 else 'are'} known through reports."
    if true:
        told += f" Choices and decisions also read, as it is, {joined([words.name(name) for name in true])}."
    return told


def _whose(scenario: Scenario) -> Iterator[tuple[str, list[Expr]]]:
    """Each actor with the conditions of its choices and decisions."""
    for event in scenario.events:
        if event.actor is not None:
            yield event.actor, _conditions(event)
    for ladder in scenario.ladders:
        if ladder.actor is not None:
            yield ladder.actor, _conditions_of_ladder(ladder)


def _conditions(event: Event) -> list[Expr]:
    found = (getattr(event.clock, part, None) for part in ("condition", "unless", "rate"))
    return [each for each in found if each is not None]


def _conditions_of_ladder(ladder: Ladder) -> list[Expr]:
    found: list[Expr] = []
    for rung in ladder.rungs:
        if rung.climb is not None:
            found += [rung.climb.when, *(gate.condition for gate in rung.climb.gates)]
        if rung.stand_down is not None:
            found.append(rung.stand_down.when)
    return found


def _interaction(words: Words, scenario: Scenario) -> Iterator[str]:
    """Who reads what whom has changed: actors meet only through the state."""
    changed: dict[str, set[str]] = {}
    for event in scenario.events:
        if event.actor is not None:
            changed.setdefault(event.actor, set()).update(assign.target for assign in event.effect)
    for ladder in scenario.ladders:
        if ladder.actor is not None:
            steps = {f"{ladder.name}.{stage}" for stage in ("pending", "decided", "delivered")}
            changed.setdefault(ladder.actor, set()).update(steps)
    read: dict[str, set[str]] = {}
    for actor, nodes in _whose(scenario):
        read.setdefault(actor, set()).update(*(names_in(node) for node in _followed(scenario, nodes)))
    told = False
    for actor in sorted(read):
        for other in sorted(changed.keys() - {actor}):
            shared = sorted(read[actor] & changed[other])
            if shared:
                told = True
                things = joined([words.name(name) for name in shared])
                yield f"{words.actor(actor)} reads what {words.actor(other)} changes: {things}."
    if not told:
        yield "No actor's choice reads directly what another actor changes; what they do meets in the state."


def _followed(scenario: Scenario, nodes: list[Expr]) -> list[Expr]:
    """Trees with those of the derived names and readings that they read."""
    values = {each.name: each.value for each in scenario.derived} | {
        each.name: each.of for each in scenario.intelligence
    }
    found, seen, waiting = list(nodes), set[str](), list(nodes)
    while waiting:
        for name in names_in(waiting.pop()) & values.keys() - seen:
            seen.add(name)
            found.append(values[name])
            waiting.append(values[name])
    return found


def _stochasticity(words: Words, scenario: Scenario) -> str:
    hazards = [words.name(each.name) for each in scenario.events if isinstance(each.clock, Hazard)]
    drawn = [words.name(each.name) for each in scenario.events if any(map(_draws, _trees(each)))]
    reports = bool(scenario.intelligence)
    told = []
    if scenario.uncertainties:
        many = len(scenario.uncertainties)
        told.append(f"{many} {'uncertainty is' if many == 1 else 'uncertainties are'} drawn once in each future.")
    if hazards:
        told.append(f"By chance at a hazard come {joined(hazards)}.")
    if drawn:
        told.append(f"Waiting times, sizes or dates are drawn in {joined(drawn)}.")
    if reports:
        told.append("When sources report, how late and with what error may be drawn too; each source tells how.")
    if not told:
        return "Nothing is left to chance."
    told.append(
        "Each draw has an address of its own, so two policies meet the same futures and the same luck, and differ only "
        "by what follows from the policy."
    )
    return " ".join(told)


def _trees(event: Event) -> Iterator[Expr]:
    for part in ("at", "every", "after", "condition", "first", "lasting"):
        value = getattr(event.clock, part, None)
        if value is not None and hasattr(value, "kind"):
            yield value
    yield from (assign.value for assign in (*event.draws, *event.effect))


def _draws(node: Expr) -> bool:
    return any(isinstance(part, tree.Draw) for part in walk(node))
