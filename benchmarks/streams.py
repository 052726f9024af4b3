"""Cost of an addressed uniform and of each quantile, in microseconds: `python -m benchmarks.streams`."""

from collections.abc import Callable
from timeit import repeat

from escalation.chance.distributions import REGISTRY
from escalation.chance.elementary import exp, log, normal_quantile
from escalation.chance.streams import Streams, stream_key

NAMES = [f"rule_{i}.after" for i in range(60)]
PARAMETERS: dict[str, tuple[float, ...]] = {
    "uniform": (1.0, 2.0),
    "normal": (1.0, 2.0),
    "lognormal": (3.0, 0.5),
    "exponential": (3.0,),
    "triangular": (1.0, 2.0, 4.0),
    "pert": (1.0, 2.0, 4.0),
    "gamma": (2.5, 1.0),
    "weibull": (1.5, 1.0),
    "poisson": (5.0,),
    "bernoulli": (0.4,),
    "one_of": (0.2, 0.3, 0.5),
}


def microseconds(work: Callable[[], object], times: int, per: int = 1) -> float:
    return min(repeat(work, number=times, repeat=7)) / times / per * 1e6


def tell(what: str, cost: float) -> None:
    print(f"{what:<44}{cost:8.3f} µs")


def first_uniforms() -> None:
    streams = Streams(1, 5)
    for name in NAMES:
        streams.stream(name).uniform(0)


def in_order() -> None:
    uniform = Streams(1, 5).stream("rule.after").uniform
    for k in range(1000):
        uniform(k)


def a_trajectory() -> None:
    streams = Streams(1, 5)
    for name in NAMES:
        uniform = streams.stream(name).uniform
        for k in range(8):
            uniform(k)


def main() -> None:
    tell("stream_key, not yet known", microseconds(lambda: stream_key.__wrapped__("rule_7.after"), 20_000))
    tell("Streams(seed, luck)", microseconds(lambda: Streams(1, 5), 5_000))
    tell("a fresh (stream, luck) and its first uniform", microseconds(first_uniforms, 200, len(NAMES)))
    tell("uniform(k), read in order", microseconds(in_order, 50, 1000))
    uniform = Streams(1, 5).stream("rule.after").uniform
    uniform(0)
    tell("uniform(k), in the window", microseconds(lambda: uniform(2), 50_000))
    tell("a trajectory of 60 streams and 480 uniforms", microseconds(a_trajectory, 100))
    for function in (log, exp, normal_quantile):
        tell(function.__name__, microseconds(lambda f=function: f(0.03), 50_000))
    for name, parameters in PARAMETERS.items():
        quantile = REGISTRY[name].quantile
        quantile(0.97, *parameters)
        middle = microseconds(lambda f=quantile, p=parameters: f(0.3, *p), 20_000)
        tail = microseconds(lambda f=quantile, p=parameters: f(0.97, *p), 20_000)
        tell(name, (middle + tail) / 2)


if __name__ == "__main__":
    main()
