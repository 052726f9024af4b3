"""The text of one LLVM function while it is written: values are named once, blocks end with a jump."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from struct import pack, unpack


def double(value: float) -> str:
    """A double as LLVM reads it exactly: its bits."""
    return f"0x{int.from_bytes(pack('>d', float(value)), 'big'):016X}"


def number_of(operand: str) -> float | None:
    """The double of an operand that is a constant."""
    if not operand.startswith("0x"):
        return None
    value: float = unpack(">d", int(operand, 16).to_bytes(8, "big"))[0]
    return value


NAN = double(float("nan"))
ZERO = double(0.0)
ONE = double(1.0)


APART = "preserve_mostcc"
"""The convention of what is seldom called: it writes no word of the state that is looked at before the next call."""


class Text:
    """One function: `let` gives a value a name, `do` writes a line, `begin` opens a block.

    Nothing is computed or read twice where the first value still stands: LLVM runs no passes that would see it.
    head: what stands between `define` and the brace, such as `void @look_3(ptr %s, i64 %now)`.
    """

    def __init__(self, head: str) -> None:
        self.head = head
        self.lines: list[str] = []
        self.block = "entry"
        self._names = 0
        self._blocks = 0
        self._words: dict[int, tuple[str, str]] = {}
        """Words of the state that are in a value here: its kind and name."""
        self._values: dict[str, str] = {}
        """What has been computed on every way here, by its code."""
        self._places: dict[str, str] = {}
        """Pointers of this block."""

    def let(self, code: str) -> str:
        """Name the value of an instruction; of one without memory and effect, the name it has already."""
        word = code[:4]
        kept = self._places if word == "gete" else self._values
        found = kept.get(code)
        if found is not None:
            return found
        self._names += 1
        name = f"%v{self._names}"
        self.lines.append(f"  {name} = {code}")
        if word == "call" and "(ptr %s" in code:
            self._words.clear()
        elif word not in ("load", "phi "):
            kept[code] = name
        return name

    def do(self, code: str) -> None:
        """An instruction without a value. After a store by a pointer, or a call, nothing is known of the state."""
        self.lines.append(f"  {code}")
        if code.startswith(("call", "tail", "store")) and APART not in code:
            self._words.clear()

    def call(self, name: str) -> None:
        """Call a function of the state and the instant; where nothing follows, it takes this one's place."""
        self.do(f"tail call void @{name}(ptr %s, i64 %now)")

    def label(self) -> str:
        """The name of a block to come."""
        self._blocks += 1
        return f"b{self._blocks}"

    def begin(self, label: str) -> None:
        """Open a block, to which any way may lead; the one before has ended with a jump."""
        self._open(label)
        self._words, self._values = {}, {}

    def _open(self, label: str) -> None:
        """Open a block of whose ways the caller knows."""
        self.lines.append(f"{label}:")
        self.block = label
        self._places = {}

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
            kept = list(self.lines), self.block, dict(self._words), dict(self._values), dict(self._places)
            yield
            self.lines, self.block, self._words, self._values, self._places = kept
            return
        if condition == "true":
            yield
            return
        yes, after = self.label(), self.label()
        self.branch(condition, yes, after)
        words, values, known = self._words, self._values, len(self._values)
        self._open(yes)
        self._words = dict(words)
        yield
        self.jump(after)
        inside = self._words
        self._open(after)
        self._words = {place: word for place, word in words.items() if inside.get(place) == word} if inside else {}
        self._values = values
        self._forget(known)

    def _forget(self, known: int) -> None:
        """The values that were made since there were that many."""
        while len(self._values) > known:
            self._values.popitem()

    def instead(self, condition: str, value: str, make: Callable[[], str]) -> str:
        """A double: another one, if the condition holds."""
        if condition in ("true", "false"):
            return make() if condition == "true" else value
        before, found = self.block, [value]
        with self.when(condition):
            found.append(make())
            inside = self.block
        return self.let(f"phi double [ {value}, %{before} ], [ {found[1]}, %{inside} ]")

    def choose(self, condition: str, yes: Callable[[], None], no: Callable[[], None]) -> None:
        """Write what happens if the condition holds, and what if it does not."""
        if condition in ("true", "false"):
            (yes if condition == "true" else no)()
            return
        labels, after = (self.label(), self.label()), self.label()
        self.branch(condition, *labels)
        words, values, known = self._words, self._values, len(self._values)
        left: list[dict[int, tuple[str, str]]] = []
        for label, way in zip(labels, (yes, no), strict=True):
            self._open(label)
            self._words, self._values = dict(words), values
            way()
            self.jump(after)
            left.append(self._words)
            self._values = values
            self._forget(known)
        self._open(after)
        self._words = {place: word for place, word in words.items() if all(each.get(place) == word for each in left)}

    def negate(self, truth: str) -> str:
        """The opposite of a truth."""
        if truth in ("true", "false"):
            return "false" if truth == "true" else "true"
        return self.let(f"xor i1 {truth}, true")

    def differ(self, one: str, other: str) -> str:
        """Whether one of two truths holds and the other does not."""
        for known, unknown in ((one, other), (other, one)):
            if known in ("true", "false"):
                return self.negate(unknown) if known == "true" else unknown
        return self.let(f"xor i1 {one}, {other}")

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
        if of == "%s" and offset in self._words and self._words[offset][0] == kind:
            return self._words[offset][1]
        value = self.let(f"load {kind}, ptr {self.place(offset, of)}, align 8")
        if of == "%s" and offset > 0:
            self._words[offset] = kind, value
        return value

    def store(self, kind: str, value: str, offset: int, of: str = "%s") -> None:
        """Write a word of the state."""
        self.lines.append(f"  store {kind} {value}, ptr {self.place(offset, of)}, align 8")
        if of == "%s":
            self._words[offset] = kind, value

    def load_truth(self, offset: int) -> str:
        """A truth that is kept as 0 or 1."""
        word = self.load("i64", offset)
        return {"0": "false", "1": "true"}.get(word) or self.let(f"icmp ne i64 {word}, 0")

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
        return f"define internal {self.head} nounwind {{\nentry:\n{body}\n  {end}\n}}\n"
