"""What every part of the checker shares: the text, the scope, the problems found, and how to say them."""

from abc import ABC, abstractmethod
from functools import cached_property

from escalation.expressions.kinds import DURATION, PURE, Category, Instant, Kind, Quantity, Rung
from escalation.expressions.problems import Problem
from escalation.expressions.scope import Scope
from escalation.expressions.syntax import Application, Argument, Brackets, Minus, Number, Syntax
from escalation.expressions.tree import Expr
from escalation.expressions.units import describe, with_unit

Located = Syntax | Argument
LONGEST_QUOTE = 40
"""Characters of the author's text that a message repeats."""


def brief(text: str, node: Located | None = None) -> str:
    """The author's words for a node (or a word), on one line, shortened in the middle."""
    words = " ".join((text if node is None else text[node.start : node.end]).split())
    if len(words) <= LONGEST_QUOTE:
        return words
    return f"{words[: LONGEST_QUOTE // 2]} ... {words[-LONGEST_QUOTE // 2 :]}"


class Meaning(ABC):
    """One pass over one text. `places` counts its draws; `problems` holds what was found so far."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.text = text
        self.scope = scope
        self.problems: list[Problem] = []
        self.places = 0

    @abstractmethod
    def value(self, node: Syntax, opposite: Kind | None = None) -> Expr | None:
        """The meaning of a node, or None after a problem was noted."""

    @abstractmethod
    def condition(self, node: Syntax) -> Expr | None:
        """The meaning of a node that must be true or false."""

    def fault(self, node: Located, message: str, suggestion: str = "") -> None:
        """Notes a problem with everything from a node's first to its last character."""
        self.problems.append(Problem(node.start, node.end, message, suggestion))

    def name_fault(self, node: Application, message: str, suggestion: str = "") -> None:
        """Notes a problem with the name of a call."""
        self.problems.append(Problem(node.start, node.name_end, message, suggestion))

    def ageing(self, node: Located, what: str) -> bool:
        """Whether something that changes by itself as time passes may be read here; says so if not."""
        if self.scope.elapsed:
            return True
        where = "only since(x) >= D may be said here" if self.scope.since_at_least else "it cannot stand here"
        self.fault(node, f"{what} changes by itself as time passes: {where}", self.age_instead())
        return False

    def age_instead(self) -> str:
        """What to write instead of something that changes by itself."""
        return self.scope.instead_of_age or ("since(rule) >= 14 days" if self.scope.since_at_least else "")

    def bare_number(self, node: Located) -> str | None:
        """The digits of a number without a unit, or None."""
        match node:
            case Number(_, _, _, ((digits, ""),)):
                return digits
            case Minus():
                digits_below = self.bare_number(node.operand)
                return None if digits_below is None else f"-{digits_below}"
            case Brackets():
                return self.bare_number(node.inner)
            case Argument():
                return self.bare_number(node.value)
        return None

    def unlike(self, node: Located, left: tuple[Located, Kind], right: tuple[Located, Kind], verb: str) -> None:
        """Notes that two values are not of one kind, in the author's words for both."""
        sides = [f"{brief(self.text, each)} is {describe(kind)}" for each, kind in (left, right)]
        suggestion = self._unit_missing(left, right) or self._unit_missing(right, left)
        self.fault(node, f"{sides[0]}, {sides[1]}: they cannot be {verb}", suggestion)

    def _unit_missing(self, plain: tuple[Located, Kind], other: tuple[Located, Kind]) -> str:
        digits = self.bare_number(plain[0])
        if digits is not None and other[1] == Instant():
            return with_unit(digits, DURATION)
        if digits is None or not isinstance(other[1], Quantity) or other[1].dimension == PURE:
            return ""
        return with_unit(digits, other[1].dimension)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every name, rule, word and rung that the scope knows of."""
        scope = self.scope
        words = {
            word
            for kind in scope.names.values()
            for word in (kind.words if isinstance(kind, Category) else kind.rungs if isinstance(kind, Rung) else ())
        }
        return frozenset(words | scope.names.keys() | scope.hints.keys() | scope.rules)
