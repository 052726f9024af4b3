"""What was promised beside what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.costs import Cost
from benchmarks.rows import Measured
from benchmarks.threads import Speeds


@dataclass(frozen=True)
class Target:
    """A promise: what is divided by what, and the bound; `at_least` where more is better."""

    name: str
    bound: float
    value: float | None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """None where it was not measured."""
        if self.value is None:
            return None
        return self.value >= self.bound if self.at_least else self.value <= self.bound


def targets(
    measured: Mapping[str, Measured], costs: Mapping[str, Cost], speeds: Speeds | None, wide: bool
) -> list[Target]:
    """All of them. wide: whether the processor has AVX-512."""

    def ratio(one: str, other: str) -> float | None:
        if one not in measured or other not in measured:
            return None
        return measured[one].cost / measured[other].cost

    def seconds(key: str) -> float | None:
        return costs[key].seconds if key in costs else None

    def times(one: str, other: str) -> float | None:
        first, second = seconds(one), seconds(other)
        return None if first is None or second is None else first / second

    branch = seconds("branch")
    branch = branch * 1e9 / measured["compiled"].cost if branch is not None and "compiled" in measured else None
    limit = 1.25 if wide else 1.6
    reached = speeds.reached if speeds and speeds.undisturbed else None
    return [
        Target(f"ladder: compiled / the limit in C ({'AVX-512' if wide else 'other x86-64'})", limit,
               ratio("compiled", "c limit")),
        Target("ladder: compiled / like for like in C with libm", 0.75, ratio("compiled", "c libm")),
        Target("ladder: SimPy the natural way / compiled", 250, ratio("natural", "compiled"), at_least=True),
        Target("births and deaths: compiled / C with a clock a rule", 2.2, ratio("births compiled", "births c")),
        Target("births and deaths: compiled / the direct method in C", 2.2, ratio("births compiled", "births direct")),
        Target("births and deaths: GillesPy2 / compiled", 8, ratio("gillespy2", "births compiled"), at_least=True),
        Target("births and deaths: libRoadRunner / compiled", 18, ratio("libroadrunner", "births compiled"),
               at_least=True),
        Target("a firing at 100 rules / at 22", 2.0, ratio("rules 100", "rules 22")),
        Target("a firing at 300 rules / at 22", 2.5, ratio("rules 300", "rules 22")),
        Target("two threads / two pinned processes", 0.95, reached, at_least=True),
        Target("a branch of the benchmark ladder, in firings", 300, branch),
        Target("seconds to compile 25 rules", 0.3, seconds("compile 25")),
        Target("seconds to compile 100 rules", 0.8, seconds("compile 100")),
        Target("seconds to compile 300 rules", 2.0, seconds("compile 300")),
        Target("compiling 300 rules / 100", 3.0, times("compile 300", "compile 100")),
        Target("seconds to load 25 rules from the cache", 0.010, seconds("cached")),
    ]  # fmt: skip
