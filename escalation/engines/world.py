"""What a researcher's own SimPy process sees of a simulation, and how it acts on it.

A process is a generator function of a `World`. It yields SimPy events, reads names, and sets variables as a rule
would: range checked, logged, and with every clock that reads the change looked at again.

    def smuggling(world):
        k = 0
        while True:
            yield world.after(days=30)
            size = lognormal(world.uniform("smuggling.size", k), 200.0, 0.5)
            world.set(stock=world["stock"] + size)
            k += 1
"""

from collections.abc import Mapping, Set
from typing import TYPE_CHECKING

from simpy import Environment
from simpy.events import Event

from escalation.model.calendar import DAY
from escalation.model.process import Value

if TYPE_CHECKING:
    from escalation.engines.simpy import Simulation


class World:
    """A simulation as a process outside the model sees it. `env` is SimPy's own environment, in milliseconds."""

    def __init__(self, simulation: "Simulation") -> None:
        self._simulation = simulation
        self._waiting: list[tuple[frozenset[int], Event]] = []
        simulation.listen_to_changes(self._changed)

    @property
    def env(self) -> Environment:
        """SimPy's environment: processes, resources and conditions of SimPy work on it; times are milliseconds."""
        return self._simulation.env

    @property
    def now(self) -> int:
        """The present instant, in milliseconds since the start."""
        return self._simulation.now

    def __getitem__(self, name: str) -> Value:
        """The present value of a lever, uncertainty, variable or derived name."""
        return self._simulation[name]

    def after(self, *, days: float = 0.0, milliseconds: int = 0) -> Event:
        """An event after a wait, rounded up to whole milliseconds (law 1)."""
        wait = days * DAY + milliseconds
        return self.env.timeout(int(-(-wait // 1)))

    def changed(self, *names: str) -> Event:
        """An event that comes at the next change of any of these names, in the same instant.

        Raises KeyError for a name that the model has not, or does not keep because nothing in it reads it.
        """
        event = self.env.event()
        self._waiting.append((frozenset(self._simulation.program.slots[name] for name in names), event))
        return event

    def uniform(self, stream: str, number: int) -> float:
        """Number `number` of an addressed stream of this trajectory's luck (law 13): a double in (0, 1)."""
        return self._simulation.luck.stream(stream).uniform(number)

    def set(self, values: Mapping[str, Value] | None = None, /, *, rule: str = "process", **more: Value) -> None:
        """Set variables at once, as the effect of a firing of `rule`.

        Raises KeyError for a name that is no variable, and ends the trajectory if a value leaves its range.
        """
        self._simulation.set_from_outside(rule, {**(values or {}), **more})

    def _changed(self, slots: Set[int]) -> None:
        due = [event for watched, event in self._waiting if watched & slots]
        self._waiting = [(watched, event) for watched, event in self._waiting if not watched & slots]
        for event in due:
            event.succeed()
