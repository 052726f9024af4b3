"""The functions of readings in `model.functions` as LLVM IR, for a given number of sources.

NaN stands for a source that has not reported. Values are put in order as Python's stable sort does, so that of equal
zeros the same one is taken.
"""

from collections.abc import Callable, Sequence

from escalation.chance.elementary import NAN
from escalation.engines.compiled.assembly import Function, Value, function


def median_known(*values: Value) -> Value:
    """The median of the known values; of an even number, the mean of the middle two; NaN of none."""
    ranks, count = _ranks(values), _count(values)
    middle = count.bits("lshr", 1)
    upper = _at(values, ranks, middle)
    both = (_at(values, ranks, middle.bits("sub", 1)) + upper) / 2.0
    return _same(count.bits("and", 1), values[0].code.whole(1)).choose(upper, both)


def mean_known(*values: Value) -> Value:
    """The mean of the known values, summed in their order; NaN of none."""
    total = count = values[0].code.number(0.0)
    for value in values:
        known = value.equals(value)
        total = known.choose(total + value, total)
        count = known.choose(count + 1.0, count)
    return total / count


def max_known(*values: Value) -> Value:
    """The largest of the known values, the last of equals; NaN of none."""
    best = values[0]
    for value in values[1:]:
        best = ((value >= best) | best.compare("uno", best)).choose(value, best)
    return best


def agreed_known(needed: Value, *values: Value) -> Value:
    """The needed-th largest of the known values; NaN if there are fewer."""
    count = _count(values)
    enough = count.cast("sitofp", "double") >= needed
    place = count.bits("sub", enough.choose(needed, 0.0).cast("fptosi", "i64"))
    return enough.choose(_at(values, _ranks(values), place), NAN)


def _count(values: Sequence[Value]) -> Value:
    count = values[0].code.whole(0)
    for value in values:
        count = count.bits("add", value.equals(value).cast("zext", "i64"))
    return count


def _ranks(values: Sequence[Value]) -> list[Value]:
    """The place of each among the known ones: how many are less, or equal and before it."""
    ranks = []
    for place, value in enumerate(values):
        rank = value.code.whole(0)
        for other_place, other in enumerate(values):
            if other_place != place:
                before = other <= value if other_place < place else other < value
                rank = rank.bits("add", before.cast("zext", "i64"))
        ranks.append(rank)
    return ranks


def _at(values: Sequence[Value], ranks: Sequence[Value], place: Value) -> Value:
    """The known value at a place of the ascending order; NaN if it has no such place."""
    found = values[0].code.number(NAN)
    for value, rank in zip(values, ranks, strict=True):
        found = (_same(rank, place) & value.equals(value)).choose(value, found)
    return found


def _same(left: Value, right: Value) -> Value:
    return left.code.write("i1", left.lanes, f"icmp eq {left.told}, {right.name}")


_BODIES: dict[str, Callable[..., Value]] = {
    "median_known": median_known,
    "mean_known": mean_known,
    "max_known": max_known,
    "agreed_known": agreed_known,
}


def readings_function(name: str) -> Function:
    """`double @f_NAME_N(double, ...)` of N sources; `agreed_known` takes before them how many must agree."""
    word, _, number = name.rpartition("_")
    sources = [f"s{place}" for place in range(int(number))]
    parameters = ["needed", *sources] if word == "agreed_known" else sources
    return function(f"f_{name}", " ".join(parameters), _BODIES[word])
