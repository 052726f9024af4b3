"""The text of one LLVM function while it is written: values are named once, blocks end with a jump."""

from collections.abc import Iterator
from contextlib import contextmanager
from struct import pack


def double(value: float) -> str:
    """A double as LLVM reads it exactly: its bits."""
    return f"0x{int.from_bytes(pack('>d', float(value)), 'big'):016X}"


NAN = double(float("nan"))
ZERO = double(0.0)
ONE = double(1.0)


class Text:
    """One function: `let` gives a value a name, `do` writes a line, `begin` opens a block.

    head: what stands between `define` and the brace, such as `void @look_3(ptr %s, i64 %now)`.
    """

    def __init__(self, head: str) -> None:
        self.head = head
        self.lines: list[str] = []
        self.block = "entry"
        self._names = 0
        self._blocks = 0

    def let(self, code: str) -> str:
        """Name the value of an instruction."""
        self._names += 1
        name = f"%v{self._names}"
        self.lines.append(f"  {name} = {code}")
        return name

    def do(self, code: str) -> None:
        """An instruction without a value."""
        self.lines.append(f"  {code}")

    def label(self) -> str:
        """The name of a block to come."""
        self._blocks += 1
        return f"b{self._blocks}"

    def begin(self, label: str) -> None:
        """Open a block; the one before has ended with a jump."""
        self.lines.append(f"{label}:")
        self.block = label

    def jump(self, label: str) -> None:
        """End the block."""
        self.do(f"br label %{label}")

    def branch(self, condition: str, yes: str, no: str) -> None:
        """End the block with a choice between two."""
        self.do(f"br i1 {condition}, label %{yes}, label %{no}")

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """What is written inside happens only if the condition holds."""
        if condition == "false":
            kept, block = list(self.lines), self.block
            yield
            self.lines, self.block = kept, block
            return
        if condition == "true":
            yield
            return
        yes, after = self.label(), self.label()
        self.branch(condition, yes, after)
        self.begin(yes)
        yield
        self.jump(after)
        self.begin(after)

    def negate(self, truth: str) -> str:
        """The opposite of a truth."""
        if truth in ("true", "false"):
            return "false" if truth == "true" else "true"
        return self.let(f"xor i1 {truth}, true")

    def both(self, *truths: str) -> str:
        """Whether all hold, each being cheap and without effect."""
        return self._joined("and", "true", "false", truths)

    def either(self, *truths: str) -> str:
        """Whether one holds, each being cheap and without effect."""
        return self._joined("or", "false", "true", truths)

    def _joined(self, word: str, neutral: str, final: str, truths: tuple[str, ...]) -> str:
        found = neutral
        for truth in dict.fromkeys(truths):
            if truth == final:
                return final
            if truth != neutral:
                found = truth if found == neutral else self.let(f"{word} i1 {found}, {truth}")
        return found

    def place(self, offset: int, of: str = "%s") -> str:
        """A pointer to a word of the state, by its offset in bytes."""
        return of if offset == 0 else self.let(f"getelementptr i8, ptr {of}, i64 {offset}")

    def load(self, kind: str, offset: int, of: str = "%s") -> str:
        """A word of the state: kind `i64` or `double`."""
        return self.let(f"load {kind}, ptr {self.place(offset, of)}, align 8")

    def store(self, kind: str, value: str, offset: int, of: str = "%s") -> None:
        """Write a word of the state."""
        self.do(f"store {kind} {value}, ptr {self.place(offset, of)}, align 8")

    def load_truth(self, offset: int) -> str:
        """A truth that is kept as 0 or 1."""
        return self.let(f"icmp ne i64 {self.load('i64', offset)}, 0")

    def store_truth(self, truth: str, offset: int) -> None:
        """Keep a truth as 0 or 1."""
        if truth in ("true", "false"):
            self.store("i64", "1" if truth == "true" else "0", offset)
        else:
            self.store("i64", self.let(f"zext i1 {truth} to i64"), offset)

    def add_to(self, offset: int, value: int | str = 1) -> str:
        """Raise a counter; gives what it was."""
        before = self.load("i64", offset)
        self.store("i64", self.let(f"add i64 {before}, {value}"), offset)
        return before

    def finished(self, end: str = "ret void") -> str:
        """The whole function."""
        body = "\n".join(self.lines)
        return f"define internal {self.head} {{\nentry:\n{body}\n  {end}\n}}\n"
