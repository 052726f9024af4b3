"""Random small models with everything in them: what holds of all of these holds of the process."""

from hypothesis import strategies as st

from escalation.model.process import Dated, Edge, Following, Hazard, Periodic, Waiting
from tests.models import Sketch

CONDITIONS = (
    "true", "a", "not b", "a and x > 0", "b or x < -1", "warm", "seen > 0.5", "seen.spy.known", "count(e0) < 5",
    "since(e1) >= 2.3 days", "since(e1) >= 1.1 days and a", "since(2030-01-11) >= 1.3 days",
    "seoul.decided >= arms", "seoul.pending == aid", "arms.delivered > 0", "told",
    "seoul.announced >= kit", "seoul.delivered > kit", "since(seoul.kit.announce) >= 1.9 days", "count(f0) < 3",
)  # fmt: skip
EFFECTS = (
    ("a", "not a"), ("b", "x > 0"), ("b", "not b"), ("x", "clip(x + normal(0, 1), 0 - 5, 5)"), ("x", "0 - x"),
    ("x", "clip(x + count(e0) - 2, 0 - 5, 5)"), ("y", "y + 1"), ("x", "0.5 * x"),
)  # fmt: skip
DELAYS = ("exponential(mean=3 days)", "lognormal(median=2 days, sigma=0.7)", "uniform(0 days, 5 days)", "1.7 days")
RATES = ("1 / 3 days", "abs(x) / 4 days", "heat / 5 days", "0.2 / 1 day if a else 0.9 / 1 day")
# Lengths that are no multiples of one another, so that nothing is due in one instant by accident.
LENGTHS = ("0 days", "1.01937 days", "2.30719 days", "0.71113 days")


FOLLOWED = ("e0", "e1", "e2", "seoul.kit.decide", "seoul.arms.deliver", "seoul.arms.announce", "seen.spy.observe")


def clocks() -> st.SearchStrategy[object]:
    """A clock of any kind that an author can write."""
    condition, delay, length = st.sampled_from(CONDITIONS), st.sampled_from(DELAYS), st.sampled_from(LENGTHS)
    memory = st.sampled_from(("restart", "resume", "keep"))
    optional = st.none() | condition
    return st.one_of(
        st.builds(Hazard, st.sampled_from(RATES), condition),
        st.builds(Waiting, condition, delay, memory, optional),
        st.builds(
            Edge, condition, length, st.none() | delay, optional, st.booleans(), st.sampled_from(("ignore", "restart"))
        ),
        st.builds(Periodic, delay, st.none(), optional),
        st.builds(Dated, delay.map(lambda text: f"2030-01-02 + {text}")),
    )


@st.composite
def sketches(draw: st.DrawFn) -> Sketch:
    """A valid sketch with everything in it.

    Events e0 to e5, of which some draw; f0 and f1, which follow a rule; a reading of three sources; a ladder of three
    rungs, of which some are announced or delivered by batches, and may be skipped; derived names, measures.
    """
    sketch = Sketch(days=40, a=draw(st.booleans()), b=False, x=1.0, y=0.0)
    sketch.uncertain(u="uniform(0, 2)", v="normal(u, 1)").lever(push="1.5").constant(half="0.5")
    combine = draw(st.sampled_from(("latest", "median", "mean", "max", "agreed")))
    spy = {
        "every": "exponential(mean=4 days)",
        "lag": "uniform(0 days, 3 days)",
        "error": "lognormal(median=1, sigma=0.2)",
    }
    sat = {"every": "5.137 days", "bias": "lognormal(median=1, sigma=0.3)"}
    initial = draw(st.sampled_from(("", "1")))
    sketch.reading("seen", "x + u", {"spy": spy, "sat": sat, "ham": spy}, initial, combine, 2)
    sketch.reading("told", "a", {"spy": {"every": "3.3 days", "miss": "20%", "false_alarm": "0.1"}})
    sketch.derive(heat="abs(x) * half + v * v", warm="heat > 1 or seen > push")
    sketch.made_rules |= {f"e{number}" for number in range(6)} | {"f0", "f1"}
    condition = st.sampled_from(CONDITIONS[:8])
    rungs = {"aid": {}, "kit": _rung(draw, condition), "arms": _rung(draw, condition)}
    rungs["kit"] |= {"announce": draw(condition), "announce_lasting": draw(st.sampled_from(LENGTHS))}
    sketch.ladder("seoul", rungs, "kim", skip=draw(st.booleans()))
    for number in range(6):
        effects = dict(draw(st.lists(st.sampled_from(EFFECTS), min_size=0, max_size=3)))
        more = {"actor": f"actor{number}", "order": number} if draw(st.integers(0, 4)) == 0 else {}
        drawn = {"size": "normal(0, 1)"} if number < 3 else {}
        sketch.event(f"e{number}", draw(clocks()), effects, drawn, **more)
    for number in range(2):
        _follower(draw, sketch, f"f{number}")
    sketch.measure("x", "final", "x").measure("top", "max", "heat").measure("hot", "time_in", "warm")
    sketch.measure("armed", "first", "seoul.decided >= arms").measure("n", "count", "e0").measure(
        "mean", "mean", "seen"
    )
    return sketch.measure("path", "series", "x", every=86_400_000)


def _follower(draw: st.DrawFn, sketch: Sketch, name: str) -> None:
    """An event that follows another rule, with what that drew where it draws."""
    leader = draw(st.sampled_from((*FOLLOWED, *(("f0",) if name == "f1" else ()))))
    lag, unless = draw(st.sampled_from(DELAYS)), draw(st.none() | st.sampled_from(CONDITIONS))
    draws = {"own": "x + normal(0, 1)"}
    if leader in ("e0", "e1", "e2"):
        lag, draws = f"{lag} + abs({leader}.size) * 1 day", {"own": f"{leader}.size + normal(0, 1)"}
    if leader == "f0":
        draws = {"own": "f0.own"}
    clock = Following(leader, lag, 400, unless=unless)  # type: ignore[arg-type]
    sketch.event(name, clock, {"x": f"clip(x + {name}.own, 0 - 5, 5)"}, draws)


def _rung(draw: st.DrawFn, condition: st.SearchStrategy[str]) -> dict[str, object]:
    delay = st.sampled_from(DELAYS)
    deciding = draw(st.sampled_from(({"decide": "exponential(mean=3 days)"}, {"rate": "1 / 2 days"}, {})))
    return {
        "when": draw(condition),
        "lasting": draw(st.sampled_from(LENGTHS)),
        "withdraw_after": "1.5113 days",
        "gates": {"law": draw(condition)},
        **deciding,
        "deliver": draw(st.sampled_from(((3, draw(delay), draw(delay)), draw(delay)))),
        "down": draw(condition),
        "down_lasting": "1.2219 days",
        "down_after": draw(delay),
        "on_decision": {"y": "y + normal(1, 1)"},
        "announce": draw(condition),
        "announce_after": draw(delay),
        "on_announcement": {"x": "0.5 * x"},
        "on_delivery": {"y": "y - 1"},
    }
