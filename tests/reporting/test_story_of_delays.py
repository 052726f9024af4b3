"""The story of a delayed firing: what it rests on is dated, and its leader is named."""

from escalation.model.process import Dated, Edge, Following
from escalation.reporting.story import story
from tests.models import Sketch


def lines(sketch: Sketch) -> list[str]:
    """The story of the first trajectory."""
    return [line.strip() for line in story(sketch.model(), sketch.run(record=True))]


def test_a_follower_s_story_names_the_firing_that_began_it():
    """The leader, the instant, and what it drew then, whatever it has drawn since."""
    sketch = Sketch(days=30, landed=0.0)
    sketch.event("sail", Dated("2030-01-03"), {}, {"size": "2 + 3"})
    sketch.event("land", Following("sail", "9 days", 9), {"landed": "landed + sail.size"})
    told = lines(sketch)
    assert "because   sail of 2030-01-03 00:00, size = 5" in told
    assert "started   land" in told


def test_a_delayed_firing_s_reasons_are_dated():
    """They are what was true as the delay began, which may be so no longer."""
    sketch = Sketch(days=30, x=1.0, y=False).event("rise", Dated("2030-01-05"), {"x": "2"})
    sketch.event("fall", Dated("2030-01-06"), {"x": "0"}).event("e", Edge("x > 1", "0 days", "9 days"), {"y": "true"})
    told = lines(sketch)
    assert told[told.index("because   x = 2") + 1].startswith("which became true on 2030-01-05 00:00")
