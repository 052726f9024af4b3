import copy
import pickle
import random
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Philox

from escalation.chance.streams import CollisionError, Streams, check_collisions, stream_key

MASK = 2**64 - 1
WORDS = st.integers(0, MASK)


def philox_block(key: tuple[int, int], counter: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Philox4x64-10 by the definition of Salmon et al. (2011), section 4.3, written without NumPy."""
    k0, k1 = key
    c0, c1, c2, c3 = counter
    for _ in range(10):
        left = 0xD2E7470EE14C6C93 * c0
        right = 0xCA5A826395121157 * c2
        c0, c1, c2, c3 = (right >> 64) ^ c1 ^ k0, right & MASK, (left >> 64) ^ c3 ^ k1, left & MASK
        k0 = (k0 + 0x9E3779B97F4A7C15) & MASK
        k1 = (k1 + 0xBB67AE8584CAA73B) & MASK
    return c0, c1, c2, c3


def by_definition(seed: int, name: str, luck: int, branch: int, k: int) -> float:
    key = int.from_bytes(blake2b(name.encode("utf-8"), digest_size=8).digest(), "little")
    whole = (k // 4 + 1) | luck << 128 | branch << 192
    counter = (whole & MASK, whole >> 64 & MASK, whole >> 128 & MASK, whole >> 192 & MASK)
    top = philox_block((seed, key), counter)[k % 4] >> 11
    return top / 2**53 if top else 2.0**-54


def test_the_reference_gives_the_published_philox_vectors():
    """The pure-Python Philox of these tests gives the known answers published with Random123."""
    ones = (MASK,) * 4
    assert philox_block((0, 0), (0, 0, 0, 0)) == (
        0x16554D9ECA36314C,
        0xDB20FE9D672D0FDC,
        0xD7E772CEE186176B,
        0x7E68B68AEC7BA23B,
    )
    assert philox_block((MASK, MASK), ones) == (
        0x87B092C3013FE90B,
        0x438C3C67BE8D0224,
        0x9CC7D7C69CD777B6,
        0xA09CAEBF594F0BA0,
    )


@given(WORDS, st.text(max_size=20), WORDS, WORDS, st.integers(0, 10**6))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_number_k_is_word_k_mod_4_of_block_k_over_4_plus_1(seed, name, luck, branch, k):
    """A uniform is what the law of addressing defines, for any seed, name, luck, branch and number."""
    assert Streams(seed, luck, branch).stream(name).uniform(k) == by_definition(seed, name, luck, branch, k)


@pytest.mark.parametrize(("seed", "luck", "branch"), [(0, 0, 0), (1, 7, 0), (MASK, MASK, MASK), (20241018, 9999, 3)])
def test_a_stream_is_the_raw_output_of_numpys_philox(seed, luck, branch):
    """The words are those NumPy's own Philox puts out in order from counter [0, 0, luck, branch]."""
    counter = np.array([0, 0, luck, branch], dtype=np.uint64)
    raw = Philox(key=np.array([seed, stream_key("seoul.decide")], dtype=np.uint64), counter=counter).random_raw(1000)
    expected = (raw >> np.uint64(11)) * 2.0**-53
    stream = Streams(seed, luck, branch).stream("seoul.decide")
    assert [stream.uniform(k) for k in range(1000)] == expected.tolist()


def test_numbers_run_on_past_any_block_and_up_to_the_last():
    """Number 2**64 - 1 exists, next to its neighbours."""
    stream = Streams(1, 2).stream("x")
    for k in (2**64 - 1, 2**64 - 9, 2**63, 2**40 + 3):
        assert stream.uniform(k) == by_definition(1, "x", 2, 0, k)


def test_a_word_of_zero_is_read_as_half_the_smallest_step(monkeypatch):
    """A word whose top 53 bits are 0 gives 2**-54, never 0; the greatest word stays below 1."""
    monkeypatch.setattr(Streams, "words", lambda *_: [0, 2**11 - 1, 2**11, MASK])
    stream = Streams(1, 2).stream("x")
    assert [stream.uniform(k) for k in range(4)] == [2.0**-54, 2.0**-54, 2.0**-53, 1.0 - 2.0**-53]


@given(st.lists(st.integers(0, 300), max_size=60), st.lists(st.integers(0, 300), max_size=60))
@settings(derandomize=True, deadline=None, max_examples=100)
def test_the_order_of_calls_changes_nothing(numbers, others):
    """Whatever was read before, from this stream or another, number k is the same."""
    streams = Streams(3, 4)
    for k in others:
        streams.stream("other").uniform(k)
        streams.stream("x").uniform(k)
    for k in numbers:
        assert streams.stream("x").uniform(k) == by_definition(3, "x", 4, 0, k)


def test_each_part_of_an_address_changes_the_number():
    """Seed, stream, luck, branch and number each lead to another uniform: 5,000 addresses, 5,000 values."""
    place = random.Random(5)
    parts = [place.randrange(10) for _ in range(5)]
    seen = set()
    for seed in range(10):
        for name in "abcde":
            for luck in range(10):
                stream = Streams(seed, luck, branch=parts[0]).stream(name)
                seen.update(stream.uniform(k) for k in range(10))
    assert len(seen) == 5000


def test_the_first_lucks_of_many_are_the_lucks_of_few():
    """2,000 lucks give the same uniforms whether they are all, or the first of 4,000 that draw more and elsewhere."""
    few = [Streams(1, luck).stream("a").uniform(0) for luck in range(2000)]
    many = []
    for luck in range(4000):
        streams = Streams(1, luck)
        streams.stream("added.before").uniform(luck % 11)
        many.append(streams.stream("a").uniform(0))
        streams.stream("added.after").uniform(3)
    assert many[:2000] == few


def test_a_stream_survives_pickling_and_copying():
    """A saved or copied stream reads on with the same numbers, and copies do not disturb one another."""
    streams = Streams(1, 2, 3)
    stream = streams.stream("x")
    expected = [by_definition(1, "x", 2, 3, k) for k in range(20)]
    assert stream.uniform(5) == expected[5]
    for twin in (pickle.loads(pickle.dumps(stream)), copy.deepcopy(stream), copy.copy(stream)):
        assert [twin.uniform(k) for k in range(20)] == expected
    again = copy.deepcopy(streams)
    assert (again.seed, again.luck, again.branch) == (1, 2, 3)
    assert again.stream("x").uniform(7) == expected[7]


def test_threads_with_streams_of_their_own_do_not_disturb_one_another():
    """Trajectories run side by side in threads draw what they draw alone."""

    def draws(luck: int) -> list[float]:
        streams = Streams(9, luck)
        return [streams.stream(f"s{k % 7}").uniform(k) for k in range(200)]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(draws, range(40))) == [draws(luck) for luck in range(40)]


def test_a_stream_asked_for_twice_is_one_stream():
    """`stream` hands out the same object for the same name."""
    streams = Streams(1, 2)
    assert streams.stream("x") is streams.stream("x")


@pytest.mark.parametrize("wrong", [-1, 2**64])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_address_outside_64_bits_is_refused(place, wrong):
    """Seed, luck and branch must fit a word, and the message says which does not."""
    address = [1, 1, 1]
    address[place] = wrong
    with pytest.raises(ValueError, match=("seed", "luck", "branch")[place] + " must be at least 0 and below 2"):
        Streams(*address)


@pytest.mark.parametrize("wrong", [1.0, "1", None, True])
def test_an_address_that_is_no_whole_number_is_refused(wrong):
    """A seed that is a float, text, nothing or a truth value is an error, not a conversion."""
    with pytest.raises(TypeError, match="seed must be a whole number"):
        Streams(wrong, 1)


@pytest.mark.parametrize("k", [-1, -5, 2**64])
def test_a_number_outside_64_bits_is_refused(k):
    """A negative number is an error, never the end of a window read backwards."""
    stream = Streams(1, 2).stream("x")
    stream.uniform(0)
    with pytest.raises(ValueError, match="the number of a draw must be at least 0"):
        stream.uniform(k)


def test_colliding_streams_are_refused_by_name():
    """Two names with one key are an error that names both; a name met twice is no collision."""
    check_collisions(["a", "b", "a"])
    with pytest.raises(CollisionError, match=r"'sea_lift\.size' and 'poll\.x' share a 64-bit key"):
        check_collisions(["sea_lift.size", "b", "poll.x"], key={"sea_lift.size": 1, "b": 2, "poll.x": 1}.__getitem__)


def test_the_key_of_a_stream_is_pinned():
    """The key of a name never changes, since every stored result hangs on it."""
    assert stream_key("") == int.from_bytes(blake2b(b"", digest_size=8).digest(), "little")
    assert stream_key("sea_lift.size") == 0x4DDDCC48D21FDD1D
    assert stream_key("서울.decide") == 0xE75338C9585D71D7
