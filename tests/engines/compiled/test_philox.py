import pytest

from escalation.chance.streams import Streams, stream_key
from escalation.engines.compiled.definitions import definitions
from tests.engines.compiled.machine import MACHINES, called, eight_at_a_time, same_bits

TOP = 2**64 - 1
PLACES = [(1, 0, 0), (0, 0, 0), (7, 123_456, 0), (TOP, 0, 0), (3, TOP, 0), (3, 5, TOP), (TOP, TOP, TOP), (2**63, 1, 2)]
NAMES = ("poll.effect.support.0", "sea_lift.size", "first_combat.after", "")


@pytest.fixture(scope="module", params=MACHINES)
def made(request):
    return eight_at_a_time("uniforms8", definitions(["uniforms8"]), request.param)


def from_python(seed, luck, branch, name, first, count):
    stream = Streams(seed, luck, branch).stream(name)
    return [stream.uniform(8 * first + k) for k in range(8 * count)]


@pytest.mark.parametrize("place", PLACES)
def test_a_stream_has_the_numbers_that_python_gives(made, place):
    """Numbers 0 to 79 of four streams are Python's, whatever the seed, the luck and the branch, up to 2**64 - 1."""
    for name in NAMES:
        assert same_bits(made(*place, stream_key(name), 0, 10), from_python(*place, name, 0, 10)).all()


@pytest.mark.parametrize("first", [1, 1000, 2**32, 2**60, 2**61 - 2])
def test_any_eight_numbers_may_be_asked_for(made, first):
    """Far into a stream its numbers are Python's, without those before them."""
    assert same_bits(made(9, 8, 7, stream_key("a"), first, 2), from_python(9, 8, 7, "a", first, 2)).all()


def test_a_changed_multiplier_is_found():
    """With one bit of Philox's constant changed the comparison above fails."""
    text = definitions(["uniforms8"])
    changed = text.replace(str(0xCA5A826395121157), str(0xCA5A826395121155))
    assert changed != text
    got = eight_at_a_time("uniforms8", changed)(1, 2, 0, stream_key("a"), 0, 10)
    assert not same_bits(got, from_python(1, 2, 0, "a", 0, 10)).all()


def test_a_word_without_bits_is_the_smallest_uniform():
    """The share 0 is read as 2**-54: with all the used bits of a word shifted out, every number is that."""
    text = definitions(["uniforms8"])
    emptied = text.replace("lshr <8 x i64>", "and <8 x i64>").replace(
        "<" + ", ".join(["i64 11"] * 8) + ">", "zeroinitializer"
    )
    assert emptied != text
    assert set(eight_at_a_time("uniforms8", emptied)(1, 2, 0, 3, 0, 2)) == {2.0**-54}


def test_no_function_of_another_library_is_called():
    """Where no wide multiplication or conversion exists the code generator still calls nothing."""
    assert called(definitions(["uniforms8"]), "x86-64") <= {"uniforms"}
