"""Both engines give the same trajectories, bit for bit."""

from hypothesis import HealthCheck, given, settings

from escalation.engines.compiled.engine import Compiled
from escalation.engines.program import prepare
from escalation.model.process import Model
from escalation.model.trajectory import Point
from tests.engines.agreement import differences
from tests.laws.random_sketches import sketches
from tests.models import Sketch


def disagreements(model: Model, n: int = 12) -> list[str]:
    """What differs over a few trajectories of every policy."""
    points = [Point(policy.name, k // 4, k) for policy in model.policies for k in range(n)]
    return differences(Compiled(model), prepare(model), points)


@settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(sketches())
def test_random_models_fire_alike(sketch: Sketch) -> None:
    """Two hundred random models with everything in them: the same firings, draws, measures and failures."""
    assert disagreements(sketch.model()) == []
