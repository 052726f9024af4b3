"""Which (policy, future, luck) to run.

A plain run is two-level: trajectory t has luck t and future t // K (law 15), under every policy alike, so that
policies are paired and a larger run begins with a smaller one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from escalation.model.trajectory import Point

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

PER_FUTURE = 50
"""K: trajectories in each future, unless told otherwise."""
BLOCK = 100
"""Trajectories of one policy that a worker runs at a time; it never changes a result."""
CANONICAL = 1_000
"""Consecutive lucks of one policy that are kept, and summed, together: 0 to 999, 1000 to 1999, and so on."""
LARGEST_N = 10**12
"""More than any disk holds, and far from what a whole number of 64 bits does."""
LARGEST_SEED = 2**64 - 1


class DesignError(ValueError):
    """A design that cannot be run, said in a sentence for the person who asked for it."""


@dataclass(frozen=True, slots=True)
class Block:
    """Trajectories `first` up to, but not including, `last` of one policy."""

    policy: str
    first: int
    last: int

    @property
    def size(self) -> int:
        """Trajectories."""
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts of a run that are run apart: canonical blocks that follow each other, of every policy alike.

    number: from 1. of: how many parts there are; one alone is all of it. Parts differ by one block at most.
    """

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number} of {self.of}"

    @property
    def suffix(self) -> str:
        """What its folder is called beyond the run's name: `-shard-3-of-40`."""
        return f"-shard-{self.number}-of-{self.of}"

    def lucks(self, n: int) -> range:
        """The trajectories of each policy that belong to it, of a run of n a policy."""
        blocks = -(-n // CANONICAL)
        first, last = (edge * blocks // self.of * CANONICAL for edge in (self.number - 1, self.number))
        return range(first, min(last, n))


@dataclass(frozen=True, slots=True)
class Design:
    """Every policy in the same futures with the same luck.

    n: trajectories a policy. per_future: K, trajectories in each future; the last future has fewer if K does not
    divide n. shard: the part of it that is to be run here, None for all; it determines no trajectory.
    """

    policies: tuple[str, ...]
    n: int
    per_future: int
    seed: int
    shard: Shard | None = None

    @property
    def futures(self) -> int:
        """How many futures are met."""
        return -(-self.n // self.per_future)

    @property
    def total(self) -> int:
        """Trajectories to be run, of all policies together."""
        return len(self.lucks) * len(self.policies)

    @property
    def lucks(self) -> range:
        """The trajectories to be run of each policy: all, or those of the shard."""
        return range(self.n) if self.shard is None else self.shard.lucks(self.n)

    def point(self, policy: str, number: int) -> Point:
        """Trajectory `number` (from 0) under a policy."""
        return Point(policy, number // self.per_future, number, self.seed)

    def numbers(self, block: Block) -> "tuple[Array, Array]":
        """Futures and lucks of a block's trajectories, in order."""
        import numpy as np

        lucks = np.arange(block.first, block.last, dtype=np.uint64)
        return lucks // np.uint64(self.per_future), lucks

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """All trajectories to be run in blocks, policies in turn, so that a run cut short has met them alike."""
        for first in self.lucks[::size]:
            for policy in self.policies:
                yield Block(policy, first, min(first + size, self.lucks.stop))


def plain_design(
    known: Sequence[str],
    n: int,
    *,
    policies: Iterable[str] | None = None,
    futures: int | None = None,
    seed: int = 1,
) -> Design:
    """The two-level design of a plain run.

    Args:
        known: every policy of the model, in its order.
        n: trajectories a policy, at least 1.
        policies: those to run; they keep the model's order. None is all.
        futures: how many futures, which must divide n; None is one for each 50 trajectories.
        seed: 0 to 2⁶⁴ − 1.

    Raises:
        DesignError: with a sentence that says what would do.
    """
    if n < 1:
        raise DesignError(f"a policy needs at least one trajectory, not {n}")
    if n > LARGEST_N:
        raise DesignError(f"a policy has at most {LARGEST_N:,} trajectories, not {n:,}")
    if not 0 <= seed <= LARGEST_SEED:
        raise DesignError(f"a seed lies between 0 and {LARGEST_SEED}, not {seed}")
    return Design(_chosen(known, policies), n, _per_future(n, futures), seed)


def sharded(design: Design, text: str) -> Design:
    """The part of a design that `3/40` names. Raises DesignError."""
    number, slash, of = text.partition("/")
    if not (slash and text.isascii() and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise DesignError(f"{text!r} is no shard; `--shard 3/40` is the third of forty")
    blocks = -(-design.n // CANONICAL)
    if int(of) > blocks:
        raise DesignError(
            f"{design.n:,} trajectories a policy are {blocks:,} blocks of {CANONICAL:,}, "
            f"which are at most {blocks:,} shards, not {int(of):,}"
        )
    return replace(design, shard=Shard(int(number), int(of)))


def _chosen(known: Sequence[str], policies: Iterable[str] | None) -> tuple[str, ...]:
    wanted = set(known if policies is None else policies)
    unknown = sorted(wanted - set(known))
    if unknown:
        raise DesignError(f"there is no policy {unknown[0]!r}; there are {', '.join(known)}")
    if not wanted:
        raise DesignError("there is no policy to run")
    return tuple(name for name in known if name in wanted)


def _per_future(n: int, futures: int | None) -> int:
    if futures is None:
        return PER_FUTURE
    if not 1 <= futures <= n:
        raise DesignError(f"{n} trajectories can meet 1 to {n} futures, not {futures}")
    if n % futures:
        below = next(each for each in range(futures, 0, -1) if n % each == 0)
        above = next(each for each in range(futures, n + 1) if n % each == 0)
        raise DesignError(
            f"{n:,} trajectories cannot be shared equally among {futures:,} futures; "
            f"the nearest numbers that divide them are {below:,} and {above:,}"
        )
    return n // futures
