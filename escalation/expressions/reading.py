"""A syntax tree to a typed, dimension-checked tree: what the names mean, and whether it makes sense."""

import re
from collections.abc import Sequence
from datetime import date

from escalation.expressions.calls import FUNCTIONS, call
from escalation.expressions.kinds import DURATION, PURE, Category, Dimension, Instant, Kind, Quantity, Rung, Truth
from escalation.expressions.meaning import Meaning, brief
from escalation.expressions.problems import Problem, nearest
from escalation.expressions.spelling import MOST_PROBLEMS
from escalation.expressions.syntax import (
    Application,
    Brackets,
    Choice,
    Compare,
    Date,
    Flag,
    Junction,
    Minus,
    Negation,
    Number,
    Sum,
    Syntax,
    Word,
)
from escalation.expressions.tree import (
    And,
    Arithmetic,
    Comparison,
    Elapsed,
    Expr,
    If,
    Literal,
    Name,
    Negative,
    Not,
    Or,
)
from escalation.expressions.units import DAY, EXACT_TIME, MEAN_TIME, TIME_UNITS, describe, example, with_unit

TRUTHS = frozenset(("yes", "no", "on", "off", "true", "false", "y", "n"))
"""Words that other readers of YAML take for true or false."""

TIME = Quantity(DURATION)
SHARE = Quantity(PURE)
HYPHENATED = re.compile(r"(?<![A-Za-z0-9_.])[A-Za-z_][A-Za-z0-9_.]*+(?:-[A-Za-z_][A-Za-z0-9_.]*+)+")


class Reading(Meaning):
    """One pass over one text: collects problems, and gives None for whatever has one."""

    def finish(self, whole: Expr | None) -> tuple[Expr | None, tuple[Problem, ...]]:
        """The tree if nothing is wrong, and the problems in order."""
        if self.problems:
            return None, tuple(sorted(set(self.problems))[:MOST_PROBLEMS])
        return whole, ()

    def expecting(self, node: Syntax, expected: Kind | None) -> Expr | None:
        """A value of the expected kind."""
        value = self.value(node, expected)
        if value is None or expected is None or value.kind == expected:
            return value
        literal = self.bare_number(node)
        if literal is not None and isinstance(expected, Quantity) and value.kind == SHARE:
            suggestion = with_unit(literal, expected.dimension)
        elif literal is not None and expected == Truth():
            suggestion = "true" if float(literal.replace("_", "")) else "false"
        elif expected == Truth() and isinstance(value.kind, Quantity):
            suggestion = f"{brief(self.text, node)} > {with_unit('0', value.kind.dimension)}"
        else:
            suggestion = ""
        wanted = describe(expected)
        such = f", such as {example(expected)}" if not suggestion and expected != Truth() else ""
        self.fault(node, f"expected {_noun(wanted)}{such}; this is {describe(value.kind)}", suggestion)
        return None

    def value(self, node: Syntax, opposite: Kind | None = None) -> Expr | None:
        """The meaning of a node; `opposite` is the kind that words and rungs may belong to here."""
        match node:
            case Number():
                return self.number(node)
            case Word():
                return self.word(node, opposite)
            case Flag():
                return Literal(node.holds, Truth())
            case Date():
                return self.day(node)
            case Brackets():
                return self.value(node.inner, opposite)
            case Minus():
                return self.minus(node)
            case Negation():
                operand = self.condition(node.operand)
                return None if operand is None else Not(operand)
            case Sum():
                return self.arithmetic(node)
            case Compare():
                return self.comparison(node)
            case Junction():
                return self.junction(node)
            case Choice():
                return self.choice(node, opposite)
            case Application():
                return call(self, node)

    # ------------------------------------------------------------------ numbers and dates

    def number(self, node: Number) -> Expr | None:
        """`10_000`, `30%`, `14 days`, `12 hours 30 minutes`."""
        total, kind = 0.0, SHARE
        for position, (digits, unit) in enumerate(node.parts):
            defined = self.unit(node, digits, unit)
            if defined is None:
                return None
            dimension, factor = defined
            part = float(digits.replace("_", ""))
            part = part / 100 if unit == "%" else part if not unit else part * factor
            if position and not (kind == TIME and dimension == DURATION):
                self.fault(node, "only times are written as several numbers in a row", "12 hours 30 minutes")
                return None
            total = total + part if position else part
            kind = Quantity(dimension)
        if total == float("inf"):
            self.fault(node, "this number is too large")
            return None
        return Literal(total, kind)

    def unit(self, node: Number, digits: str, unit: str) -> tuple[Dimension, float] | None:
        """What a unit measures and how many base units it is."""
        if unit in ("", "%"):
            return PURE, 1.0
        if unit in EXACT_TIME:
            return DURATION, EXACT_TIME[unit]
        if unit in MEAN_TIME:
            if self.scope.mean_months:
                return DURATION, MEAN_TIME[unit]
            days = round(MEAN_TIME[unit] / DAY * float(digits.replace("_", "")))
            self.fault(node, f"a {unit.rstrip('s')} has no fixed length, so it cannot be used here", f"{days} days")
            return None
        if unit in self.scope.units:
            found = self.scope.units[unit]
            return found.dimension, found.factor
        if unit == "per":
            self.fault(node, "per is not a word of the language", f"{digits} / ...")
            return None
        if unit in self.scope.names:
            self.fault(node, f"{unit} is not a unit, and a product needs its sign", f"{digits} * {unit}")
            return None
        close = nearest(unit, [*self.scope.units, *TIME_UNITS])
        self.fault(node, f"{brief(unit)} is not a unit", f"{digits} {close}" if close else "")
        return None

    def day(self, node: Date) -> Expr:
        """A date, in milliseconds since the start."""
        return Literal((date.fromisoformat(node.text) - self.scope.start).days * DAY, Instant())

    # ------------------------------------------------------------------ names

    def word(self, node: Word, opposite: Kind | None) -> Expr | None:
        """A name, or a word of the kind it stands opposite."""
        path = node.path
        if isinstance(opposite, Category) and path in opposite.words:
            return Literal(opposite.words.index(path), opposite)
        if isinstance(opposite, Rung) and path in opposite.rungs:
            return Literal(opposite.rungs.index(path), opposite)
        if path == "elapsed":
            return Elapsed(TIME) if self.ageing(node, "elapsed") else None
        kind = self.scope.names.get(path)
        if kind is None:
            self.unknown(node, opposite)
            return None
        if path in self.scope.aged and not self.ageing(node, path):
            return None
        return Name(path, kind)

    def unknown(self, node: Word, opposite: Kind | None) -> None:
        """Says what a word that names nothing may have been meant for."""
        path, scope = node.path, self.scope
        if len(self.problems) >= MOST_PROBLEMS or self.hyphenated(node):
            return
        if path in scope.hints:
            self.fault(node, f"{path} cannot be read here", scope.hints[path])
            return
        if path.lower() in TRUTHS and path not in scope.rules:
            self.fault(node, f"{path} is not known here", f"true and false are words of the language, {path} is not")
            return
        if path in FUNCTIONS or path in scope.distributions:
            self.fault(node, f"{path} is a function", f"{path}(...)")
            return
        if path in scope.rules:
            self.fault(node, f"{path} is a rule, not a value", f"since({path}) or count({path})")
            return
        for name, kind in scope.names.items():
            if path in _words(kind):
                sign = ">=" if isinstance(kind, Rung) else "=="
                self.fault(node, f"{path} is known only opposite {describe(kind)}", f"{name} {sign} {path}")
                return
        known = [*_words(opposite), *scope.names, *scope.hints, *FUNCTIONS, "elapsed", "true", "false"]
        close = nearest(path, known)
        what = f"{describe(opposite)}, nor known here" if opposite and _words(opposite) else "known here"
        words = f"one of {', '.join(_words(opposite))}" if _words(opposite) else ""
        self.fault(node, f"{brief(path)} is not {what}", f"did you mean {close}?" if close else words)

    def hyphenated(self, node: Word) -> bool:
        """Says so when a name was written with a hyphen, which reads as a minus."""
        for written in HYPHENATED.finditer(self.text):
            if not written.start() <= node.start < written.end():
                continue
            for meant in (written[0], written[0].replace("-", "_")):
                if meant in self.vocabulary:
                    message = f"{written[0]} reads as {written[0].replace('-', ' minus ')}"
                    self.problems.append(Problem(written.start(), written.end(), message, f"write {meant}"))
                    return True
        return False

    # ------------------------------------------------------------------ arithmetic

    def minus(self, node: Minus) -> Expr | None:
        """Minus a quantity."""
        operand = self.value(node.operand)
        if operand is None:
            return None
        if not isinstance(operand.kind, Quantity):
            self.fault(node, f"{brief(self.text, node.operand)} is {describe(operand.kind)}: it has no negative")
            return None
        return Negative(operand, operand.kind)

    def arithmetic(self, node: Sum) -> Expr | None:
        """A sum, difference, product or quotient, with its dimension."""
        left, right = self.value(node.left), self.value(node.right)
        if left is None or right is None:
            return None
        kind = self.result(node, left, right)
        return None if kind is None else Arithmetic(node.sign, left, right, kind)  # type: ignore[arg-type]

    def result(self, node: Sum, left: Expr, right: Expr) -> Kind | None:
        """The kind of a sum, difference, product or quotient; None after saying why there is none."""
        for side, value in ((node.left, left), (node.right, right)):
            if not isinstance(value.kind, (Quantity, Instant)):
                self.not_a_number(side, value.kind)
                return None
        match node.sign, left.kind, right.kind:
            case "*", Quantity(a), Quantity(b):
                return Quantity(a * b)
            case "/", Quantity(a), Quantity(b):
                return Quantity(a / b)
            case (("+" | "-"), Quantity(a), Quantity(b)) if a == b:
                return left.kind
            case "-", Instant(), Instant():
                return TIME
            case (("+" | "-"), Instant(), Quantity(b)) if b == DURATION:
                return Instant()
            case "+", Quantity(a), Instant() if a == DURATION:
                return Instant()
        verb = {"+": "added", "-": "subtracted", "*": "multiplied", "/": "divided"}[node.sign]
        self.unlike(node, (node.left, left.kind), (node.right, right.kind), verb)
        return None

    def not_a_number(self, node: Syntax, kind: Kind) -> None:
        """Says that a condition, word or rung does not count."""
        written = brief(self.text, node)
        suggestion = ""
        if kind == Truth():
            suggestion = f"(1 if {written} else 0)"
        elif isinstance(kind, Rung):
            suggestion = f"level({written})"
        self.fault(node, f"{written} is {describe(kind)}, not a number", suggestion)

    # ------------------------------------------------------------------ conditions

    def condition(self, node: Syntax) -> Expr | None:
        """A value that must be true or false."""
        value = self.value(node)
        if value is None or value.kind == Truth():
            return value
        written = brief(self.text, node)
        suggestion = f"{written} > {with_unit('0', value.kind.dimension)}" if isinstance(value.kind, Quantity) else ""
        self.fault(node, f"{written} is {describe(value.kind)}, not true or false", suggestion)
        return None

    def comparison(self, node: Compare) -> Expr | None:
        """Two values of one kind, compared."""
        if len(node.signs) > 1:
            parts = [brief(self.text, each) for each in node.operands[:4]]
            pairs = [f"{a} {sign} {b}" for a, sign, b in zip(parts, node.signs, parts[1:], strict=False)]
            self.fault(node, "comparisons do not chain", " and ".join(pairs))
            opposite = self.hint(node.operands)
            for each in node.operands:
                self.value(each, opposite)
            return None
        sides = self.sides(node)
        if sides is None:
            return None
        left, right = sides
        sign = node.signs[0]
        if left.kind != right.kind:
            pairs_of_kind = ((node.operands[0], left.kind), (node.operands[1], right.kind))
            self.unlike(node, *pairs_of_kind, "compared")
            return None
        if sign not in ("==", "!=") and isinstance(left.kind, (Truth, Category)):
            what = "words have" if isinstance(left.kind, Category) else "true and false have"
            self.fault(node, f"{what} no order", "compare with == or !=")
            return None
        return Comparison(sign, left, right)  # type: ignore[arg-type]

    def sides(self, node: Compare) -> tuple[Expr, Expr] | None:
        """Both sides of a comparison, each knowing what it stands opposite."""
        first, second = node.operands
        opposite = self.hint(node.operands)
        if not self.scope.elapsed and self.since_at_least(first, node.signs[0]):
            left = self.allowing_since(first)
        else:
            left = self.value(first, opposite)
        if left is None and isinstance(second, Word) and second.path not in self.scope.names:
            return None  # A word cannot be judged without what it stands opposite.
        right = self.value(second, opposite)
        return None if left is None or right is None else (left, right)

    def hint(self, operands: Sequence[Syntax]) -> Kind | None:
        """The category or ladder that words among these operands belong to."""
        for each in operands:
            kind = self.kind_of(each)
            if isinstance(kind, (Category, Rung)):
                return kind
        return None

    def kind_of(self, node: Syntax) -> Kind | None:
        """The kind of a name, perhaps in brackets or in a choice, before anything else is known."""
        match node:
            case Word():
                return self.scope.names.get(node.path)
            case Brackets():
                return self.kind_of(node.inner)
            case Choice():
                return self.hint((node.then, node.otherwise))
        return None

    def since_at_least(self, node: Syntax, sign: str) -> bool:
        """Whether this is the one form in which `since` may stand in a condition."""
        while isinstance(node, Brackets):
            node = node.inner
        is_since = isinstance(node, Application) and node.name == "since"
        return self.scope.since_at_least and sign == ">=" and is_since

    def allowing_since(self, node: Syntax) -> Expr | None:
        """`since(x)` where it is the left of `since(x) >= D`."""
        while isinstance(node, Brackets):
            node = node.inner
        assert isinstance(node, Application)
        return call(self, node, may_age=True)

    def junction(self, node: Junction) -> Expr | None:
        """Conditions joined by `and`, or by `or`."""
        operands = []
        for each in node.operands:
            if isinstance(each, Junction):
                first, second = brief(self.text, each), node.word
                self.fault(node, "`and` and `or` are mixed without brackets", f"({first}) {second} ...")
            operands.append(self.condition(each))
        known = tuple(each for each in operands if each is not None)
        if len(known) < len(operands):
            return None
        return And(known) if node.word == "and" else Or(known)

    def choice(self, node: Choice, opposite: Kind | None) -> Expr | None:
        """One of two values of one kind."""
        opposite = opposite or self.hint((node.then, node.otherwise))
        then = self.value(node.then, opposite)
        condition = self.condition(node.condition)
        otherwise = self.value(node.otherwise, opposite)
        if then is None or condition is None or otherwise is None:
            return None
        if then.kind != otherwise.kind:
            self.unlike(node, (node.then, then.kind), (node.otherwise, otherwise.kind), "chosen between")
            return None
        return If(condition, then, otherwise, then.kind)


def _words(kind: Kind | None) -> tuple[str, ...]:
    if isinstance(kind, Category):
        return kind.words
    return kind.rungs if isinstance(kind, Rung) else ()


def _noun(described: str) -> str:
    return described.replace("in ", "a number in ", 1) if described.startswith("in ") else described
