"""A typed tree to the instructions that compute it, with the operations and the order of `expressions.python`.

Every slot is a double: a truth is 0 or 1, a rung or a word its index. A truth is an `i1` while it is computed. What has
no effect and costs little is computed on both sides of a condition and chosen; what draws or takes long stands in a
block of its own. A draw whose parameters are not as they should be raises the fault of its rule and is 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from escalation.chance.distributions import REGISTRY, by_quantiles
from escalation.chance.quantiles import ParameterError
from escalation.chance.streams import stream_key
from escalation.engines.compiled import lanes
from escalation.engines.compiled.layout import FUTURE_SEED, LANES, Layout
from escalation.engines.compiled.text import APART, ONE, ZERO, Text, double
from escalation.expressions import tree
from escalation.expressions.kinds import Truth
from escalation.expressions.python import quantile_levels
from escalation.expressions.tree import Draw, Elapsed, Expr, Name, children, walk
from escalation.model.evaluate import evaluate

CHEAP = 24
"""Nodes up to which a tree is computed whether or not it is needed."""
DEAR = ("exp", "log", "median_known", "mean_known", "max_known", "agreed_known")
_SIGNS = {"<": "olt", "<=": "ole", ">": "ogt", ">=": "oge", "==": "oeq", "!=": "une"}
_ARITHMETIC = {"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv"}
MADE_AHEAD = {"normal": "normal quantile", "lognormal": "normal quantile", "exponential": "hazard"}
"""What is made ahead for draws whose parameters change."""


@dataclass(frozen=True)
class Place:
    """Where an expression is computed: the number of its draws, the instant, and who fails if it does.

    rank: of the rule, -1 at the start. number, now: operands of type i64. who: the place of seed, luck and branch.
    """

    rank: int
    number: str = "0"
    now: str = "0"
    future: bool = False


@dataclass
class Chance:
    """What the functions of a module need of chance: streams made ahead, fills and quantiles."""

    layout: Layout
    functions: set[str] = field(default_factory=set)
    fills: dict[str, str] = field(default_factory=dict)
    """By name, their text."""
    makers: dict[str, str] = field(default_factory=dict)
    """By fill, the text of the function that makes the next eight of a stream."""

    def need(self, name: str) -> str:
        """The name of a function of chance, which the module will have."""
        self.functions.add(name)
        return name

    def fill(self, kind: str, parameters: tuple[float, ...] = ()) -> str:
        """The name of what makes eight numbers of a kind."""
        name, text, needs = lanes.fill(kind, parameters)
        self.fills[name] = text
        self.functions |= set(needs)
        return name


_OPEN = (Name, Draw, Elapsed)


def is_closed(node: Expr) -> bool:
    """Whether a tree has one value for ever."""
    return not isinstance(node, _OPEN) and all(map(is_closed, children(node)))


def is_cheap(node: Expr) -> bool:
    """Whether computing a tree in vain costs less than a jump, and can do no harm."""
    parts = list(walk(node))
    return len(parts) <= CHEAP and not any(
        isinstance(part, Draw) or (isinstance(part, tree.Call) and part.function in DEAR) for part in parts
    )


class Lowering:
    """Writes the trees of one model.

    finished, made_ahead: what `made` can give of a draw besides its uniform; see `lanes.FINISHED` and MADE_AHEAD.
    """

    finished = lanes.FINISHED
    made_ahead: Mapping[str, str] = MADE_AHEAD

    def __init__(self, slots: Mapping[str, int], slot_place: Callable[[int], int], chance: Chance) -> None:
        self.slots, self.slot_place, self.chance = slots, slot_place, chance

    def stored(self, text: Text, node: Expr, at: Place) -> str:
        """A value as slots keep it, a double."""
        if node.kind != Truth() or (isinstance(node, Name | Draw) and not is_closed(node)):
            return self.number(text, node, at)
        truth = self.truth(text, node, at)
        if truth in ("true", "false"):
            return ONE if truth == "true" else ZERO
        return text.let(f"select i1 {truth}, double {ONE}, double {ZERO}")

    # ------------------------------------------------------------------ truths

    def truth(self, text: Text, node: Expr, at: Place) -> str:
        """A condition as an `i1`."""
        if is_closed(node):
            return "true" if evaluate(node, {}) else "false"
        match node:
            case tree.Name() | tree.Draw():
                return text.let(f"fcmp une double {self.number(text, node, at)}, {ZERO}")
            case tree.Not(operand):
                return text.negate(self.truth(text, operand, at))
            case tree.Comparison(sign, left, right):
                return self._compared(text, sign, left, right, at)
            case tree.And(operands):
                return self._joined(text, operands, at, every=True)
            case tree.Or(operands):
                return self._joined(text, operands, at, every=False)
            case tree.If():
                return self._chosen(text, node, at, "i1", self.truth)
        raise TypeError(f"{type(node).__name__} is no condition that can be computed")

    def _compared(self, text: Text, sign: str, left: Expr, right: Expr, at: Place) -> str:
        first, second = self.stored(text, left, at), self.stored(text, right, at)
        return text.let(f"fcmp {_SIGNS[sign]} double {first}, {second}")

    def _joined(self, text: Text, operands: tuple[Expr, ...], at: Place, *, every: bool) -> str:
        if all(is_cheap(each) for each in operands):
            truths = [self.truth(text, each, at) for each in operands]
            return text.both(*truths) if every else text.either(*truths)
        # What is dear is looked at only if those before it have not settled the matter.
        after, ends = text.label(), []
        for each in operands[:-1]:
            truth = self.truth(text, each, at)
            ends.append((text.block, "false" if every else "true"))
            following = text.label()
            text.branch(truth, *((following, after) if every else (after, following)))
            text.begin(following)
        truth = self.truth(text, operands[-1], at)
        ends.append((text.block, truth))
        text.jump(after)
        text.begin(after)
        return text.let("phi i1 " + ", ".join(f"[ {value}, %{block} ]" for block, value in ends))

    # ------------------------------------------------------------------ numbers

    def number(self, text: Text, node: Expr, at: Place) -> str:
        """A value that is no truth (or a truth as it is kept), as a double."""
        if is_closed(node):
            return double(float(evaluate(node, {})))
        match node:
            case tree.Name(path):
                return text.load("double", self.slot_place(self.slots[path]))
            case tree.Negative(operand):
                return text.let(f"fneg double {self.number(text, operand, at)}")
            case tree.Arithmetic(sign, left, right):
                first = self.number(text, left, at)
                return text.let(f"{_ARITHMETIC[sign]} double {first}, {self.number(text, right, at)}")
            case tree.If():
                return self._chosen(text, node, at, "double", self.number)
            case tree.Call(function, arguments):
                return self._call(text, function, arguments, at)
            case tree.Draw():
                return self._draw(text, node, at)
            case tree.Elapsed():
                return text.let(f"sitofp i64 {at.now} to double")
        return self.stored(text, node, at)

    def _chosen(
        self, text: Text, node: tree.If, at: Place, kind: str, lower: Callable[[Text, Expr, Place], str]
    ) -> str:
        truth = self.truth(text, node.condition, at)
        if truth in ("true", "false"):
            return lower(text, node.then if truth == "true" else node.otherwise, at)
        if is_cheap(node.then) and is_cheap(node.otherwise):
            first, second = lower(text, node.then, at), lower(text, node.otherwise, at)
            return text.let(f"select i1 {truth}, {kind} {first}, {kind} {second}")
        yes, no, after = text.label(), text.label(), text.label()
        text.branch(truth, yes, no)
        text.begin(yes)
        first = lower(text, node.then, at)
        first_end = text.block
        text.jump(after)
        text.begin(no)
        second = lower(text, node.otherwise, at)
        second_end = text.block
        text.jump(after)
        text.begin(after)
        return text.let(f"phi {kind} [ {first}, %{first_end} ], [ {second}, %{second_end} ]")

    def _call(self, text: Text, function: str, arguments: tuple[Expr, ...], at: Place) -> str:
        if function == "count_of":
            return self._counted(text, [self.truth(text, each, at) for each in arguments])
        values = [self.stored(text, each, at) for each in arguments]
        match function:
            case "min" | "max":
                found = values[0]
                for each in values[1:]:
                    found = _extreme(text, function, found, each)
                return found
            case "clip":
                value, low, high = values
                return _extreme(text, "min", _extreme(text, "max", value, low), high)
            case "level":
                return values[0]
            case "abs":
                return text.let(f"call double @llvm.fabs.f64(double {values[0]})")
            case "sqrt":
                return text.let(f"call double @{self.chance.need('llvm.sqrt.f64')}(double {values[0]})")
            case "exp" | "log" | "floor":
                name = self.chance.need(f"e_{function}")
                return text.let(f"call double @{name}(double {values[0]})")
        name = self.chance.need(f"f_{function}_{len(values) - (function == 'agreed_known')}")
        return text.let(f"call double @{name}({_listed(values)})")

    def _counted(self, text: Text, truths: list[str]) -> str:
        ones = [text.let(f"select i1 {truth}, double {ONE}, double {ZERO}") for truth in truths]
        total = ones[0]
        for each in ones[1:]:
            total = text.let(f"fadd double {total}, {each}")
        return total

    # ------------------------------------------------------------------ draws

    def _draw(self, text: Text, node: Draw, at: Place) -> str:
        assert node.stream is not None
        levels = quantile_levels(node)
        if all(is_closed(each) for each in node.arguments):
            constants = tuple(float(evaluate(each, {})) for each in node.arguments)
            return self._settled(text, node, levels, constants, at)
        values = [self.number(text, each, at) for each in node.arguments]
        name = node.distribution
        if levels is not None:
            values = [code for pair in zip(map(double, levels), values, strict=True) for code in pair]
            name += "_from_quantiles"
        elif name == "one_of":
            name += f"_{len(values)}"
        self._require(text, name, values, at)
        if name in self.made_ahead:
            return self._finished(text, name, self.made(text, node.stream, self.made_ahead[name], (), at), values)
        uniform = self.made(text, node.stream, "uniform", (), at)
        return text.let(f"call double @{self.chance.need(f'q_{name}')}({_listed([uniform, *values])})")

    def _settled(
        self, text: Text, node: Draw, levels: tuple[float, float] | None, constants: tuple[float, ...], at: Place
    ) -> str:
        """A draw whose parameters are numbers: checked here, and finished as it is made ahead where that is known."""
        assert node.stream is not None
        shape = REGISTRY[node.distribution]
        try:
            if levels is not None:
                low, high = levels
                known = by_quantiles(node.distribution, f"p{low * 100:.0f}", f"p{high * 100:.0f}")
                known.check(*constants)
                assert shape.from_quantiles is not None
                constants = shape.from_quantiles(low, constants[0], high, constants[1])
            shape.check(*constants)
        except ParameterError:
            self.fault(text, at)
            return ZERO
        if node.distribution in self.finished:
            return self.made(text, node.stream, node.distribution, constants, at)
        uniform = self.made(text, node.stream, "uniform", (), at)
        name = node.distribution + (f"_{len(constants)}" if shape.variadic else "")
        return text.let(f"call double @{self.chance.need(f'q_{name}')}({_listed([uniform, *map(double, constants)])})")

    def _require(self, text: Text, name: str, values: list[str], at: Place) -> None:
        good = text.let(f"call i1 @{self.chance.need(f'ok_{name}')}({_listed(values)})")
        with text.when(text.negate(good)):
            self.fault(text, at)

    def _finished(self, text: Text, name: str, made: str, values: list[str]) -> str:
        """What is left to do with a normal quantile or a spent hazard, in the order of `chance.quantiles`."""
        if name == "exponential":
            return text.let(f"fmul double {values[0]}, {made}")
        scaled = text.let(f"fmul double {values[1]}, {made}")
        if name == "normal":
            return text.let(f"fadd double {values[0]}, {scaled}")
        power = text.let(f"call double @{self.chance.need('e_exp')}(double {scaled})")
        return text.let(f"fmul double {values[0]}, {power}")

    def made(self, text: Text, stream: str, kind: str, parameters: tuple[float, ...], at: Place) -> str:
        """Number `at.number` of a stream, finished as `kind` says, out of the eight made last if it is among them."""
        fill = self.chance.fill(kind, parameters)
        if at.future:
            return self._made_at_once(text, stream, fill)
        layout = self.chance.layout
        key = signed(stream_key(stream))
        have = layout.word("eight", stream, fill, first=-1)
        made = layout.before("made", stream, fill, count=LANES)
        eight = text.let(f"lshr i64 {at.number}, 3") if not at.number.isdigit() else str(int(at.number) >> 3)
        # Read anew each time: what makes the eight changes it.
        which = text.let(f"load i64, ptr {text.place(have)}, align 8")
        with text.when(text.let(f"icmp ne i64 {which}, {eight}")):
            where = f"ptr {text.place(have)}, ptr {text.place(made)}"
            text.do(f"call {APART} void @{self._maker(fill)}(ptr %s, i64 {eight}, {where}, i64 {key})")
        if at.number.isdigit():
            return text.load("double", made + 8 * (int(at.number) & 7))
        lane = text.let(f"and i64 {at.number}, 7")
        pointer = text.let(f"getelementptr double, ptr {text.place(made)}, i64 {lane}")
        value = text.let(f"load double, ptr {pointer}, align 8")
        # The next eight are made as the last is taken: nobody waits for them yet.
        with text.when(text.let(f"icmp eq i64 {lane}, {LANES - 1}")):
            where = f"ptr {text.place(have)}, ptr {text.place(made)}"
            next_ = text.let(f"add i64 {eight}, 1")
            text.do(f"call {APART} void @{self._maker(fill)}(ptr %s, i64 {next_}, {where}, i64 {key})")
        return value

    def _maker(self, fill: str) -> str:
        name = f"make_{fill}"
        if fill not in self.chance.makers:
            new = Text(f"{APART} void @{name}(ptr %s, i64 %eight, ptr %have, ptr %made, i64 %key) noinline")
            new.do(f"call void @{fill}(ptr %made, ptr %s, i64 %key, i64 %eight)")
            new.do("store i64 %eight, ptr %have, align 8")
            self.chance.makers[fill] = new.finished()
        return name

    def _made_at_once(self, text: Text, stream: str, fill: str) -> str:
        """Number 0 of a stream of the future, which is asked for once."""
        made = text.place(self.chance.layout.before("of the future", count=LANES))
        who = text.place(FUTURE_SEED)
        text.do(f"call void @{fill}(ptr {made}, ptr {who}, i64 {signed(stream_key(stream))}, i64 0)")
        return text.let(f"load double, ptr {made}, align 8")

    def fault(self, text: Text, at: Place) -> None:
        """The rule has failed; the first failure of a trajectory is the one that counts."""
        text.do(f"call {APART} void @fault(ptr %s, i64 {at.rank + 1 if at.rank >= 0 else -1})")


def _extreme(text: Text, function: str, left: str, right: str) -> str:
    """`left if left <= right or left != left else right`, or with >= for the larger."""
    wins = text.let(f"fcmp {'ole' if function == 'min' else 'oge'} double {left}, {right}")
    unknown = text.let(f"fcmp uno double {left}, {left}")
    return text.let(f"select i1 {text.let(f'or i1 {wins}, {unknown}')}, double {left}, double {right}")


def _listed(values: list[str]) -> str:
    return ", ".join(f"double {value}" for value in values)


def signed(key: int) -> int:
    """A word as LLVM writes it."""
    return key - 2**64 if key >= 2**63 else key
