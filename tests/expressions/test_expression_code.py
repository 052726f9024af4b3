import ast
import math
import struct
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.chance.elementary import divide, exp, floor, log, sqrt
from escalation.expressions import tree
from escalation.expressions.check import read
from escalation.expressions.kinds import Category, Instant, Rung, Truth
from escalation.expressions.python import compile_functions, python_ast
from tests.expressions.border_scope import DISTRIBUTIONS, SCOPE
from tests.expressions.expression_trees import trees

SLOTS = {path: position for position, path in enumerate(SCOPE.names)}
STREAMS = {f"rule.{place}": place for place in range(400)}


def drawn(u, *parameters):
    return u + 2.0 * sum(parameters)


FUNCTIONS = {
    "divide": divide,
    "sqrt": sqrt,
    "exp": exp,
    "log": log,
    "floor": floor,
    **{name: drawn for name in DISTRIBUTIONS},
    **{f"{name}_from_quantiles": drawn for name in DISTRIBUTIONS},
    "bernoulli": lambda u, p: u < p,
}


def uniform(stream):
    return lambda k: (stream * 7 + k) % 11 / 11.0


def addressed(expr):
    """The tree as the model leaves it: draws have streams; `since` and `count` have become names."""

    def change(node):
        if isinstance(node, tree.Draw):
            return replace(node, stream=f"rule.{node.place}")
        if isinstance(node, tree.Since):
            return tree.Name("patience", node.kind)
        return tree.Name("anger", node.kind) if isinstance(node, tree.Count) else node

    return tree.transform(expr, change)


def walked(node, s, now, k):
    """The value of a tree by walking it: the plain meaning that emitted code must repeat."""
    below = lambda child: walked(child, s, now, k)  # noqa: E731
    match node:
        case tree.Literal():
            return node.value
        case tree.Name():
            return s[SLOTS[node.path]]
        case tree.Negative():
            return -below(node.operand)
        case tree.Not():
            return not below(node.operand)
        case tree.Arithmetic():
            a, b = below(node.left), below(node.right)
            return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: divide(a, b)}[node.sign]()
        case tree.Comparison():
            a, b = below(node.left), below(node.right)
            return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[node.sign]
        case tree.And():
            return all([below(each) for each in node.operands])
        case tree.Or():
            return any([below(each) for each in node.operands])
        case tree.If():
            return below(node.then) if below(node.condition) else below(node.otherwise)
        case tree.Elapsed():
            return float(now)
        case tree.Draw():
            return _drawn(node, [below(each) for each in node.arguments], k)
        case tree.Call():
            return _called(node.function, [below(each) for each in node.arguments])
    raise AssertionError(node)


def _drawn(node, given, k):
    u = uniform(STREAMS[node.stream])(k)
    if node.parameters == ("p10", "p90"):
        return drawn(u, 0.1, given[0], 0.9, given[1])
    return FUNCTIONS[node.distribution](u, *given)


def _called(function, given):
    def least(a, b):
        return a if a <= b or math.isnan(a) else b

    def most(a, b):
        return a if a >= b or math.isnan(a) else b

    match function:
        case "min" | "max":
            result = given[0]
            for each in given[1:]:
                result = (least if function == "min" else most)(result, each)
            return result
        case "clip":
            return least(most(given[0], given[1]), given[2])
        case "abs":
            return math.fabs(given[0])
        case "level":
            return float(given[0])
        case "count_of":
            return float(sum(given))
    return FUNCTIONS[function](*given)


def bits(value):
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    return struct.pack(">d", value) if isinstance(value, float) else value


def slot(kind):
    match kind:
        case Truth():
            return st.booleans()
        case Rung() | Category():
            return st.integers(0, 1)
        case Instant():
            return st.integers(-3000, 3000).map(lambda day: day * 86_400_000.0)
    return st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.0, -0.0, math.inf, -math.inf, math.nan, 1e308]))


STATES = st.tuples(*(slot(kind) for kind in SCOPE.names.values())).map(list)


def compiled(expr):
    code = python_ast(addressed(expr), SLOTS, STREAMS)
    return compile_functions({"value": (("s", "now", "u", "k"), code)}, FUNCTIONS)["value"]


@settings(derandomize=True, deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(trees(), STATES, st.integers(0, 10**12), st.integers(0, 5))
def test_emitted_code_computes_what_walking_the_tree_computes(expr, s, now, k):
    """Code and tree give the same bits, infinities, NaN and minus zero included."""
    u = [uniform(stream) for stream in range(len(STREAMS))]
    assert bits(compiled(expr)(s, now, u, k)) == bits(walked(addressed(expr), s, now, k))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("in_russia / 3 troops", "s[0] / 3.0"),
        ("1 / lift_interval", "1.0 / s[6] if s[6] else f_divide(1.0, s[6])"),
        ("anger + 1 + support", "s[2] + 1.0 + s[3]"),
        ("lognormal(median=3 troops, sigma=0.5)", "f_lognormal(u[0](k), 3.0, 0.5)"),
        ("lognormal(p90=4 troops, p10=2 troops)", "f_lognormal_from_quantiles(u[0](k), 0.1, 2.0, 0.9, 4.0)"),
        ("elapsed", "now * 1.0"),
        ("min(anger, 3)", "s[2] if s[2] <= 3.0 or s[2] != s[2] else 3.0"),
        ("count_of(combat, frozen)", "(1.0 if s[7] else 0.0) + (1.0 if s[8] else 0.0)"),
        ("seoul.decided >= defensive_arms", "s[11] >= 1"),
        ("exp(-anger)", "f_exp(-s[2])"),
        ("anger / -2", "s[2] / -2.0"),
        ("anger / 0", "s[2] / 0.0 if 0.0 else f_divide(s[2], 0.0)"),
    ],
)
def test_code_is_short(text, code):
    """The usual forms become the Python that one would write by hand."""
    expr, problems = read(text, SCOPE)
    assert problems == ()
    assert ast.unparse(python_ast(addressed(expr), SLOTS, STREAMS)) == code


@pytest.mark.parametrize("text", ["since(sea_lift)", "count(sea_lift)", "since(vote)"])
def test_what_the_model_must_replace_is_refused(text):
    """`since` and `count` have no code of their own."""
    expr, _ = read(text, SCOPE)
    with pytest.raises(TypeError, match="the model replaces it"):
        python_ast(expr, SLOTS, STREAMS)


def test_a_draw_without_an_address_is_refused():
    """A draw whose stream was never assigned cannot be emitted."""
    expr, _ = read("exponential(mean=7 days)", SCOPE)
    with pytest.raises(TypeError, match="no stream"):
        python_ast(expr, SLOTS, STREAMS)


def test_statements_and_expressions_compile_together():
    """A function's body is either an expression to return or statements."""
    store = ast.parse("s[0] = value").body
    functions = compile_functions(
        {"get": (("s",), ast.parse("s[0]", mode="eval").body), "put": (("s", "value"), store)}, {}
    )
    s = [1.0]
    functions["put"](s, 2.0)
    assert functions["get"](s) == 2.0


@pytest.mark.parametrize(
    "text",
    [
        "min(" + ", ".join(["anger * 2"] * 99) + ")",
        " + ".join(["anger"] * 100),
        "(" * 98 + "anger" + ")" * 98,
        "1" + " / (anger" * 49 + ")" * 49,
        " and ".join(["combat"] * 900),
        "not " * 98 + "combat",
    ],
)
def test_the_deepest_expressions_compile(text):
    """Whatever the limits let through can be walked, written and compiled."""
    expr, problems = read(text, SCOPE)
    assert problems == ()
    s = [1.0] * len(SLOTS)
    assert compiled(expr)(s, 0, [], 0) is not None
