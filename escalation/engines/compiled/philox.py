"""NumPy's Philox4x64-10 as LLVM IR: eight numbers of a stream at a time, as `chance.streams` gives them.

Two blocks of four words are made side by side, so that each fills the waiting times of the other's products. What
does not depend on the block's number (two products of the luck, the key of every round) is computed once.
"""

from escalation.chance.streams import SMALLEST, UNIT
from escalation.engines.compiled.assembly import EIGHT, ONE, Code, Function, Value, defined

MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
KEY_STEPS = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
ROUNDS = 10
ADDRESS = "ptr %who, i64 %key, i64 %eight"
NUMBERS = "<8 x double>"
UNUSED_BITS = 11

Block = tuple[Value, Value, Value, Value]


def uniforms() -> Function:
    """`<8 x double> @uniforms(ptr %who, i64 %key, i64 %eight)`: numbers 8*eight to 8*eight + 7 of the stream.

    %who points at three i64: seed, luck, branch; %key is the stream's.
    """
    code = Code()
    seed, luck, branch = (_word(code, place) for place in range(3))
    # NumPy adds one to the counter before it makes a block, so block k has the counter k + 1.
    before = code.given("eight", "i64").bits("shl", 1)
    blocks: list[Block] = [(before.bits("add", k), code.whole(0), luck, branch) for k in (1, 2)]
    keys = (seed, code.given("key", "i64"))
    for _ in range(ROUNDS):
        blocks = _round(blocks, keys)
        keys = (keys[0].bits("add", KEY_STEPS[0]), keys[1].bits("add", KEY_STEPS[1]))
    made = _doubles(code, [word for block in blocks for word in block])
    code.say(f"ret {made.told}")
    return defined(NUMBERS, "uniforms", ADDRESS, code)


def uniforms8() -> Function:
    """`void @uniforms8(ptr %out, ptr %who, i64 %key, i64 %eight)`: the same eight numbers, put at %out."""
    code = Code()
    put(code, eight_uniforms(code))
    return defined("void", "uniforms8", f"ptr %out, {ADDRESS}", code)


def eight_uniforms(code: Code) -> Value:
    """The eight uniforms that a function with the arguments of `@uniforms` is asked for."""
    code.needs.add("uniforms")
    return code.write("double", EIGHT, f"call {NUMBERS} @uniforms({ADDRESS})")


def put(code: Code, eight: Value) -> None:
    """Store eight numbers at %out and return."""
    code.say(f"store {eight.told}, ptr %out, align 8")
    code.say("ret void")


def _word(code: Code, place: int) -> Value:
    at = code.write("ptr", ONE, f"getelementptr i64, ptr %who, i64 {place}")
    return code.write("i64", ONE, f"load i64, ptr {at.name}, align 8")


def _round(blocks: list[Block], keys: tuple[Value, Value]) -> list[Block]:
    made: list[Block] = []
    known: dict[str, tuple[Value, Value]] = {}
    for a, b, c, d in blocks:
        high0, low0 = _product(a, MULTIPLIERS[0], known)
        high1, low1 = _product(c, MULTIPLIERS[1], known)
        left = high1.bits("xor", b.bits("xor", keys[0]))
        right = high0.bits("xor", d.bits("xor", keys[1]))
        made.append((left, low1, right, low0))
    return made


def _product(word: Value, by: int, known: dict[str, tuple[Value, Value]]) -> tuple[Value, Value]:
    """The high and the low 64 bits of a product, which is selected as one widening multiplication."""
    if word.name not in known:
        code = word.code
        wide = code.write("i128", ONE, f"zext {word.told} to i128")
        product = code.write("i128", ONE, f"mul {wide.told}, {by}")
        upper = code.write("i128", ONE, f"lshr {product.told}, 64")
        high = code.write("i64", ONE, f"trunc {upper.told} to i64")
        known[word.name] = high, code.write("i64", ONE, f"trunc {product.told} to i64")
    return known[word.name]


def _doubles(code: Code, words: list[Value]) -> Value:
    """The top 53 bits of each word over 2**53; a 0 is read as 2**-54."""
    eight = Value(code, "i64", EIGHT, "poison")
    for place, word in enumerate(words):
        eight = code.write("i64", EIGHT, f"insertelement {eight.told}, {word.told}, i64 {place}")
    share = eight.bits("lshr", UNUSED_BITS).cast("uitofp", "double") * UNIT
    return (share > SMALLEST).choose(share, SMALLEST)


FUNCTIONS = {"uniforms": uniforms, "uniforms8": uniforms8}
