"""Addresses of draws: every draw in the text has a stream named by its rule and place (law 13)."""

from dataclasses import replace
from typing import Any

from escalation.expressions.tree import Draw, Expr, transform, walk
from escalation.model.process import Assign, Clock, Rule


def address(node: Expr, base: str, *, numbered: bool = False) -> Expr:
    """The tree with an address for each draw: `base` for the first, `base.1`, … for others in the same text.

    With `numbered` the first is `base.0` (effects: `poll.effect.support.0`). Draws that have an address keep it.
    """

    def give(part: Expr) -> Expr:
        if not isinstance(part, Draw) or part.stream is not None:
            return part
        return replace(part, stream=base if part.place == 0 and not numbered else f"{base}.{part.place}")

    return transform(node, give)


def address_rule(rule: Rule) -> Rule:
    """The rule with every draw addressed: clock fields by their name, draws by theirs, effects by target."""
    base = rule.stream or rule.name
    return replace(
        rule,
        stream=base,
        clock=_address_clock(rule.clock, base),
        draws=tuple(replace(draw, value=address(draw.value, f"{base}.{_last(draw.target)}")) for draw in rule.draws),
        effect=tuple(_address_effect(assign, base) for assign in rule.effect),
    )


def _address_effect(assign: Assign, base: str) -> Assign:
    return replace(assign, value=address(assign.value, f"{base}.effect.{assign.target}", numbered=True))


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _address_clock(clock: Clock, base: str) -> Clock:
    named: dict[str, Any] = {
        field: address(getattr(clock, field), f"{base}.{field}")
        for field in ("at", "every", "after", "lag")
        if _has_draw(getattr(clock, field, None))
    }
    return replace(clock, **named) if named else clock


def _has_draw(value: object) -> bool:
    return hasattr(value, "kind") and any(isinstance(part, Draw) for part in walk(value))  # type: ignore[arg-type]


def hazard_stream(rule: Rule) -> str:
    """Where a hazard's own exponential is addressed."""
    return f"{rule.stream or rule.name}.rate"
