"""LLVM IR as text, written by ordinary formulas: an operator on `Value`s writes the one instruction it stands for.

Instructions appear in the order Python evaluates them and nothing is contracted or reassociated, so a formula here
and the same formula on Python floats round alike. A value has one lane, a `double`, or eight, `<8 x double>`; the
same formula serves both.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

ONE = 1
EIGHT = 8


@dataclass(frozen=True)
class Function:
    """One function as text, and the names of the functions it calls."""

    name: str
    text: str
    needs: frozenset[str] = frozenset()


class Code:
    """The body of one function while it is written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.needs: set[str] = set()
        self._written = 0

    def write(self, element: str, lanes: int, instruction: str) -> "Value":
        """A new value of that type, made by the instruction."""
        self._written += 1
        name = f"%v{self._written}"
        self.lines.append(f"  {name} = {instruction}")
        return Value(self, element, lanes, name)

    def say(self, line: str) -> None:
        """A line that makes no value: a store, a jump, a return."""
        self.lines.append(f"  {line}")

    def label(self, name: str) -> None:
        """Begin the basic block of that name."""
        self.lines.append(f"{name}:")

    def jump(self, label: str) -> None:
        """Go on in that block."""
        self.say(f"br label %{label}")

    def fork(self, condition: "Value", then: str, otherwise: str) -> None:
        """Go on in one of two blocks."""
        self.say(f"br i1 {condition.name}, label %{then}, label %{otherwise}")

    def meet(self, *ways: tuple["Value", str]) -> "Value":
        """The value that came with the block just left."""
        first = ways[0][0]
        came = ", ".join(f"[ {value.name}, %{block} ]" for value, block in ways)
        return self.write(first.element, first.lanes, f"phi {first.kind} {came}")

    def call(self, name: str, *arguments: "Value", element: str = "double") -> "Value":
        """The result of another function, of its arguments' width; it becomes one of those this one needs."""
        self.needs.add(name)
        lanes = arguments[0].lanes
        listed = ", ".join(each.told for each in arguments)
        return self.write(element, lanes, f"call {kind(element, lanes)} @{name}({listed})")

    def call_outside(self, name: str, *arguments: "Value") -> "Value":
        """The result of a Cython function of another library; its last argument says nothing to a function."""
        self.needs.add(name)
        listed = ", ".join(each.told for each in arguments)
        return self.write("double", ONE, f"call double @{name}({listed}, i32 0)")

    def given(self, name: str, element: str = "double", lanes: int = ONE) -> "Value":
        """An argument of this function."""
        return Value(self, element, lanes, f"%{name}")

    def number(self, value: float, lanes: int = ONE) -> "Value":
        """A constant, the same on every lane."""
        return Value(self, "double", lanes, _spread("double", double(value), lanes))

    def whole(self, value: int, lanes: int = ONE) -> "Value":
        """A constant 64-bit whole number, the same on every lane."""
        return Value(self, "i64", lanes, _spread("i64", str(value), lanes))


@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """Numbers (element `double`), whole numbers (`i64`, `i32`) or truths (`i1`) of the function being written."""

    code: Code
    element: str
    lanes: int
    name: str

    @property
    def kind(self) -> str:
        """The type in LLVM's words."""
        return kind(self.element, self.lanes)

    @property
    def told(self) -> str:
        """The type and the name, as an operand is written."""
        return f"{self.kind} {self.name}"

    def __add__(self, other: "Number") -> "Value":
        return self._calculate("fadd", self, self._as_value(other))

    def __radd__(self, other: float) -> "Value":
        return self._calculate("fadd", self._as_value(other), self)

    def __sub__(self, other: "Number") -> "Value":
        return self._calculate("fsub", self, self._as_value(other))

    def __rsub__(self, other: float) -> "Value":
        return self._calculate("fsub", self._as_value(other), self)

    def __mul__(self, other: "Number") -> "Value":
        return self._calculate("fmul", self, self._as_value(other))

    def __rmul__(self, other: float) -> "Value":
        return self._calculate("fmul", self._as_value(other), self)

    def __truediv__(self, other: "Number") -> "Value":
        return self._calculate("fdiv", self, self._as_value(other))

    def __rtruediv__(self, other: float) -> "Value":
        return self._calculate("fdiv", self._as_value(other), self)

    def __neg__(self) -> "Value":
        return self.code.write(self.element, self.lanes, f"fneg {self.told}")

    def __lt__(self, other: "Number") -> "Value":
        return self.compare("olt", other)

    def __le__(self, other: "Number") -> "Value":
        return self.compare("ole", other)

    def __gt__(self, other: "Number") -> "Value":
        return self.compare("ogt", other)

    def __ge__(self, other: "Number") -> "Value":
        return self.compare("oge", other)

    def __and__(self, other: "Value") -> "Value":
        return self.bits("and", other)

    def __or__(self, other: "Value") -> "Value":
        return self.bits("or", other)

    def compare(self, how: str, other: "Number") -> "Value":
        """A truth by one of LLVM's ordered (`olt`, `oeq`) or unordered (`uno`, `une`) comparisons of doubles."""
        return self.code.write("i1", self.lanes, f"fcmp {how} {self.told}, {self._as_value(other).name}")

    def equals(self, other: "Number") -> "Value":
        """Whether both are numbers and equal (0 and -0 are)."""
        return self.compare("oeq", other)

    def bits(self, operation: str, other: "Value | int") -> "Value":
        """`add`, `sub`, `and`, `or`, `lshr`, ... of whole numbers or truths."""
        right = self.code.whole(other, self.lanes) if isinstance(other, int) else other
        return self.code.write(self.element, self.lanes, f"{operation} {self.told}, {right.name}")

    def cast(self, how: str, element: str) -> "Value":
        """`bitcast`, `fptosi`, `sitofp`, `zext`, ... to another element of the same width."""
        return self.code.write(element, self.lanes, f"{how} {self.told} to {kind(element, self.lanes)}")

    def choose(self, yes: "Number", no: "Number") -> "Value":
        """The one or the other number as this truth decides, lane by lane."""
        first, second = self._as_value(yes), self._as_value(no)
        return self.code.write(first.element, self.lanes, f"select {self.told}, {first.told}, {second.told}")

    def square_root(self) -> "Value":
        """Correctly rounded; a NaN below 0. One instruction of every machine, never a call of libm."""
        suffix = "f64" if self.lanes == ONE else f"v{self.lanes}f64"
        return self.code.call(f"llvm.sqrt.{suffix}", self)

    def _calculate(self, operation: str, left: "Value", right: "Value") -> "Value":
        return self.code.write("double", self.lanes, f"{operation} {left.told}, {right.name}")

    def _as_value(self, other: "Number") -> "Value":
        return other if isinstance(other, Value) else self.code.number(other, self.lanes)


class Cell:
    """A place of one double on the stack, for what changes from turn to turn of a loop. Made in the first block."""

    def __init__(self, first: Value) -> None:
        self.code = first.code
        self._place = self.code.write("ptr", ONE, "alloca double, align 8").name
        self.set(first)

    def now(self) -> Value:
        """The number in it."""
        return self.code.write("double", ONE, f"load double, ptr {self._place}, align 8")

    def set(self, value: Value) -> None:
        """Put another in."""
        self.code.say(f"store {value.told}, ptr {self._place}, align 8")


Number: TypeAlias = Value | float


def kind(element: str, lanes: int) -> str:
    """A type in LLVM's words: `double`, or `<8 x double>`."""
    return element if lanes == ONE else f"<{lanes} x {element}>"


def double(value: float) -> str:
    """The constant in LLVM's notation of a double's bits, which holds infinities and NaN as well."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def function(name: str, parameters: str, body: Callable[..., Value], lanes: int = ONE) -> Function:
    """A function of numbers whose result is what the body gives.

    Args:
        name: without the sign @.
        parameters: the names of its numbers, between spaces.
        body: takes the numbers, and gives a number (the result is a double) or a truth (an i1).
        lanes: of its arguments and its result.
    """
    code = Code()
    names = parameters.split()
    result = body(*[code.given(each, lanes=lanes) for each in names])
    code.say(f"ret {result.told}")
    head = ", ".join(f"{kind('double', lanes)} %{each}" for each in names)
    return defined(result.kind, name, head, code)


def defined(result: str, name: str, head: str, code: Code) -> Function:
    """The function whose body has been written."""
    lines = [f"define internal {result} @{name}({head}) nounwind {{", "start:", *code.lines, "}", ""]
    return Function(name, "\n".join(lines), frozenset(code.needs))


def _spread(element: str, constant: str, lanes: int) -> str:
    return constant if lanes == ONE else "<" + ", ".join([f"{element} {constant}"] * lanes) + ">"
