"""One simulation of a model whose answer is known, with every rate right or one of them 3 % too high."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.expressions.kinds import Quantity
from escalation.model.calendar import DAY
from escalation.model.process import Model, Periodic
from escalation.model.trajectory import Point, Trajectory
from tests.models import Sketch

TOO_HIGH = 1.03
"""What the wrong rate is multiplied by."""


@dataclass
class Trial:
    """What a known answer asks of the engine.

    wrong: the rate that is 3 % too high (None: all are right). seed: of every trajectory. times: how many times the
    ordinary number of trajectories to run.
    """

    wrong: str | None = None
    seed: int = 1
    times: int = 1
    asked: set[str] = field(default_factory=set)

    def rate(self, name: str, value: float) -> float:
        """A number of the model by its name; theory keeps the right one."""
        self.asked.add(name)
        return value * TOO_HIGH if name == self.wrong else value

    def run(self, model: Model, trajectories: int) -> list[Trajectory]:
        """Independent trajectories of one model, prepared once."""
        program = prepare(model)
        points = (Point(model.policies[0].name, k, k, self.seed) for k in range(trajectories * self.times))
        made = [simulate(program, point) for point in points]
        failures = [trajectory.failure for trajectory in made if trajectory.failure is not None]
        assert not failures, failures[0]
        return made

    def repeat(
        self, sketch: Sketch, every: float, cycles: int, trajectories: int, again: dict[str, str], value: str
    ) -> NDArray[np.float64]:
        """What a short experiment, begun again and again in one trajectory, shows at the end of each run.

        A start-up costs as much as a dozen firings, so one trajectory holds many runs: every `every` days a calendar
        event notes `value` (a text) and sets the names of `again` to their values at the start. Nothing else remains
        of a run: hazards have no memory, and delays under `while:` are over or forgotten.
        """
        sketch.horizon = round(every * cycles * DAY)
        sketch.start["noted"] = 0.0
        sketch.kinds["noted"] = Quantity()
        sketch.event("again", Periodic(f"{every!r} days"), {**again, "noted": value})
        sketch.measure("noted", "series", "noted", every=round(every * DAY))
        made = self.run(sketch.model(), trajectories)
        return np.concatenate([np.asarray(item.series["noted"][1:], dtype=float) for item in made])

    def days_until(self, sketch: Sketch, done: str, trajectories: int) -> NDArray[np.float64]:
        """The day on which a condition first holds in each trajectory; the horizon must be long enough for all."""
        sketch.measure("done", "first", done)
        times: list[Any] = [item.measures["done"] for item in self.run(sketch.model(), trajectories)]
        assert None not in times, "the horizon came first"
        return np.asarray(times, dtype=float) / DAY
