"""Well-typed trees for property tests, with the draws numbered as a reader of their text would."""

from dataclasses import replace
from functools import cache

from hypothesis import strategies as st

from escalation.expressions import tree
from escalation.expressions.kinds import Instant, Truth
from tests.expressions.border_scope import DISTRIBUTIONS, LADDER, PLAIN, SCOPE, TIME, TROOPS, WINNER

NUMBERS = st.one_of(
    st.integers(0, 10**6).map(float),
    st.floats(0, 1e30, allow_nan=False),
    st.sampled_from([0.0, 0.1, 0.3, 1e16, 1.5, 86_400_000.0, 90_061_000.0, 5e-324]),
)
QUANTITIES = (TROOPS, PLAIN, TIME)


@cache
def names(kind):
    return st.sampled_from([tree.Name(path, each) for path, each in SCOPE.names.items() if each == kind])


def literals(kind):
    if kind == Instant():
        return st.integers(-5000, 5000).map(lambda days: tree.Literal(days * 86_400_000.0, kind))
    if kind == Truth():
        return st.booleans().map(lambda holds: tree.Literal(holds, kind))
    return NUMBERS.map(lambda number: tree.Literal(number, kind))


@cache
def values(kind, depth):
    """Trees of one kind of quantity, truth or date, at most `depth` operations deep."""
    leaves = st.one_of(names(kind), literals(kind))
    if depth == 0:
        return leaves
    below = lambda other: values(other, depth - 1)  # noqa: E731
    if kind == Truth():
        return st.one_of(leaves, *_conditions(below))
    forms = [leaves, st.builds(tree.If, below(Truth()), below(kind), below(kind), st.just(kind)), _folds(kind, below)]
    if kind == Instant():
        forms.append(st.builds(tree.Arithmetic, st.sampled_from("+-"), below(kind), below(TIME), st.just(kind)))
        forms.append(st.builds(tree.Arithmetic, st.just("+"), below(TIME), below(kind), st.just(kind)))
        return st.one_of(forms)
    return st.one_of(*forms, *_arithmetic(kind, below), *_special(kind, below), _draws(kind, below))


def _folds(kind, below):
    several = st.one_of(
        st.tuples(st.sampled_from(["min", "max"]), st.lists(below(kind), min_size=2, max_size=3)),
        st.tuples(st.just("clip"), st.lists(below(kind), min_size=3, max_size=3)),
    )
    return several.map(lambda pair: tree.Call(pair[0], tuple(pair[1]), kind))


def _arithmetic(kind, below):
    yield st.builds(tree.Negative, below(kind), st.just(kind))
    yield st.builds(tree.Arithmetic, st.sampled_from("+-"), below(kind), below(kind), st.just(kind))
    yield st.builds(tree.Arithmetic, st.sampled_from("*/"), below(kind), below(PLAIN), st.just(kind))
    yield st.builds(tree.Arithmetic, st.just("*"), below(PLAIN), below(kind), st.just(kind))
    yield below(kind).map(lambda x: tree.Call("abs", (x,), kind))


def _special(kind, below):
    if kind == TIME:
        yield st.just(tree.Elapsed(TIME))
        yield st.sampled_from(sorted(SCOPE.rules)).map(lambda rule: tree.Since(rule, None, TIME))
        yield st.one_of(names(Instant()), literals(Instant())).map(lambda day: tree.Since(None, day, TIME))
        yield st.builds(tree.Arithmetic, st.just("-"), below(Instant()), below(Instant()), st.just(TIME))
    if kind == PLAIN:
        for function in ("sqrt", "exp", "log", "floor"):
            yield below(PLAIN).map(lambda x, function=function: tree.Call(function, (x,), PLAIN))
        yield st.lists(below(Truth()), min_size=1, max_size=3).map(lambda x: tree.Call("count_of", tuple(x), PLAIN))
        yield names(LADDER).map(lambda x: tree.Call("level", (x,), PLAIN))
        yield st.sampled_from(sorted(SCOPE.rules)).map(tree.Count)
        yield st.one_of(
            st.builds(tree.Arithmetic, st.just("/"), below(each), below(each), st.just(PLAIN)) for each in QUANTITIES
        )


def _draws(kind, below):
    forms = []
    for each in DISTRIBUTIONS.values():
        if each.result == "number" or (each.result == "integer" and kind == PLAIN):
            arguments = st.tuples(*(below(kind if p.role == "value" else PLAIN) for p in each.parameters))
            keywords = tuple(p.name for p in each.parameters)
            forms.append(_draw(each.name, keywords, arguments, kind))
        if each.from_quantiles:
            forms.append(_draw(each.name, ("p10", "p90"), st.tuples(below(kind), below(kind)), kind))
    return st.one_of(forms)


def _draw(name, keywords, arguments, kind):
    return arguments.map(lambda given: tree.Draw(name, keywords, given, 0, kind))


def _conditions(below):
    signs = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    equal = st.sampled_from(["==", "!="])
    yield below(Truth()).map(tree.Not)
    several = st.lists(below(Truth()), min_size=2, max_size=3).map(tuple)
    yield several.map(tree.And)
    yield several.map(tree.Or)
    for kind in (*QUANTITIES, Instant()):
        yield st.builds(tree.Comparison, signs, below(kind), below(kind))
    yield st.builds(tree.Comparison, equal, below(Truth()), below(Truth()))
    rungs = st.integers(0, len(LADDER.rungs) - 1).map(lambda index: tree.Literal(index, LADDER))
    words = st.integers(0, len(WINNER.words) - 1).map(lambda index: tree.Literal(index, WINNER))
    yield st.builds(tree.Comparison, signs, names(LADDER), st.one_of(rungs, names(LADDER)))
    yield st.builds(tree.Comparison, equal, words, names(WINNER))
    yield below(PLAIN).map(lambda p: tree.Draw("bernoulli", ("p",), (p,), 0, Truth()))


def numbered(node, counter=None):
    """The tree with its draws numbered from 0 in the order in which a reader meets them."""
    counter = iter(range(10_000)) if counter is None else counter
    if isinstance(node, tree.Draw):
        place = next(counter)
        return replace(node, place=place, arguments=tuple(numbered(each, counter) for each in node.arguments))
    if isinstance(node, tree.If):
        then = numbered(node.then, counter)
        condition = numbered(node.condition, counter)
        return replace(node, then=then, condition=condition, otherwise=numbered(node.otherwise, counter))
    changed = {}
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        if isinstance(value, tree.NODE_TYPES):
            changed[name] = numbered(value, counter)
        elif isinstance(value, tuple) and any(isinstance(each, tree.NODE_TYPES) for each in value):
            changed[name] = tuple(numbered(each, counter) for each in value)
    return replace(node, **changed) if changed else node


def trees(depth=3):
    return st.one_of(values(kind, depth) for kind in (*QUANTITIES, Truth(), Instant())).map(numbered)
