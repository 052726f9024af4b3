"""Random small models with everything in them: what holds of all of these holds of the process."""

from hypothesis import strategies as st

from escalation.model.process import Dated, Edge, Hazard, Periodic, Waiting
from tests.models import Sketch

CONDITIONS = (
    "true", "a", "not b", "a and x > 0", "b or x < -1", "warm", "seen > 0.5", "seen.spy.known", "count(e0) < 5",
    "since(e1) >= 2.3 days", "since(e1) >= 1.1 days and a", "since(2030-01-11) >= 1.3 days",
    "seoul.decided >= arms", "seoul.pending == aid", "arms.delivered > 0", "told",
)  # fmt: skip
EFFECTS = (
    ("a", "not a"), ("b", "x > 0"), ("b", "not b"), ("x", "clip(x + normal(0, 1), 0 - 5, 5)"), ("x", "0 - x"),
    ("x", "clip(x + count(e0) - 2, 0 - 5, 5)"), ("y", "y + 1"), ("x", "0.5 * x"),
)  # fmt: skip
DELAYS = ("exponential(mean=3 days)", "lognormal(median=2 days, sigma=0.7)", "uniform(0 days, 5 days)", "1.7 days")
RATES = ("1 / 3 days", "abs(x) / 4 days", "heat / 5 days", "0.2 / 1 day if a else 0.9 / 1 day")
# Lengths that are no multiples of one another, so that nothing is due in one instant by accident.
LENGTHS = ("0 days", "1.01937 days", "2.30719 days", "0.71113 days")


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
    """A valid sketch: events e0 to e5, a reading of two sources, a ladder of three rungs, derived names, measures."""
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
    sketch.made_rules |= {f"e{number}" for number in range(6)}
    condition = st.sampled_from(CONDITIONS[:8])
    sketch.ladder("seoul", {"aid": {}, "kit": _rung(draw, condition), "arms": _rung(draw, condition)}, "kim")
    for number in range(6):
        effects = dict(draw(st.lists(st.sampled_from(EFFECTS), min_size=0, max_size=3)))
        more = {"actor": f"actor{number}", "order": number} if draw(st.integers(0, 4)) == 0 else {}
        sketch.event(f"e{number}", draw(clocks()), effects, **more)
    sketch.measure("x", "final", "x").measure("top", "max", "heat").measure("hot", "time_in", "warm")
    sketch.measure("armed", "first", "seoul.decided >= arms").measure("n", "count", "e0").measure(
        "mean", "mean", "seen"
    )
    return sketch.measure("path", "series", "x", every=86_400_000)


def _rung(draw: st.DrawFn, condition: st.SearchStrategy[str]) -> dict[str, object]:
    delay = st.sampled_from(DELAYS)
    deciding = draw(st.sampled_from(({"decide": "exponential(mean=3 days)"}, {"rate": "1 / 2 days"}, {})))
    return {
        "when": draw(condition),
        "lasting": draw(st.sampled_from(LENGTHS)),
        "withdraw_after": "1.5113 days",
        "gates": {"law": draw(condition)},
        **deciding,
        "deliver": draw(delay),
        "down": draw(condition),
        "down_lasting": "1.2219 days",
        "down_after": draw(delay),
        "on_decision": {"y": "y + normal(1, 1)"},
    }
