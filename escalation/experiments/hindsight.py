"""What a scenario owes to hindsight: numbers whose assumption is dated after its start (`as_of`)."""

from collections.abc import Iterable
from dataclasses import dataclass

from escalation.model.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Learnt:
    """A name whose numbers rest on something learnt after the start. as_of: the latest date among them."""

    name: str
    as_of: str


def learnt_later(scenario: Scenario) -> tuple[Learnt, ...]:
    """Every such name once, in the order of its first number."""
    found: dict[str, Learnt] = {}
    for number in scenario.numbers:
        as_of = number.basis.as_of
        if as_of is not None and as_of > scenario.start:
            name = number.path.split(".")[1]
            before = found.get(name)
            found[name] = Learnt(name, as_of if before is None else max(before.as_of, as_of))
    return tuple(found.values())


def touched(scenario: Scenario, names: Iterable[str]) -> bool:
    """Whether hindsight is in the names that an expression reads, or in a rule that sets one of them.

    It looks one step back and no further: what those rules read in turn is not followed.
    """
    read = {name.split(".")[0] for name in names}
    late = {each.name for each in learnt_later(scenario)}
    setters = {event.name for event in scenario.events if any(effect.target in read for effect in event.effect)}
    return bool(late & (read | setters))
