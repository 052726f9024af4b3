"""Small models written by hand, for tests of the process and its engines: texts in, a `Model` out.

Names are declared with their kind by their first value: a float is a plain number, a bool a truth.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from escalation.chance.distributions import REGISTRY
from escalation.engines.program import prepare
from escalation.engines.simpy import Simulation
from escalation.expressions.check import read
from escalation.expressions.kinds import DURATION, Kind, Quantity, Truth
from escalation.expressions.meaning import Scope
from escalation.expressions.tree import Expr
from escalation.model.build import build
from escalation.model.calendar import DAY
from escalation.model.process import Assign, Measure, Model, Uncertainty
from escalation.model.scenario import Event, PolicySpec, Scenario, StateVariable
from escalation.model.trajectory import Point, Trajectory

ORIGIN: Any = None


def number(text: str, names: Mapping[str, Kind], rules: frozenset[str] = frozenset()) -> Expr:
    """A tree from a text in which everything may stand."""
    scope = Scope(
        names=names,
        rules=rules,
        distributions=REGISTRY,
        start=date(2030, 1, 1),
        draws=True,
        elapsed=True,
        since_at_least=True,
        mean_months=True,
    )
    tree, problems = read(text, scope, None)
    assert tree is not None, (text, problems)
    return tree


class Sketch:
    """A scenario under construction: `state`, `uncertain`, `event(...)`, `measure(...)`, then `model()`."""

    def __init__(self, days: float = 100, **state: float | bool) -> None:
        self.horizon = int(days * DAY)
        self.kinds: dict[str, Kind] = {
            name: Truth() if isinstance(value, bool) else Quantity() for name, value in state.items()
        }
        self.start = dict(state)
        self.ranges: dict[str, tuple[str, str]] = {}
        self.uncertainties: dict[str, str] = {}
        self.events: dict[str, tuple[Any, dict[str, str], dict[str, str], dict[str, Any]]] = {}
        self.measures: list[tuple[str, str, str, dict[str, Any]]] = []
        self.policies: dict[str, tuple[tuple[str, Any], ...]] = {"base": ()}

    def uncertain(self, **texts: str) -> "Sketch":
        """Values drawn once a future."""
        self.uncertainties |= texts
        self.kinds |= {name: Quantity() for name in texts}
        return self

    def event(
        self, name: str, clock: Any, effect: dict[str, str] | None = None, draw: dict[str, str] | None = None, **more: Any
    ) -> "Sketch":
        """An event; `clock` is a kernel clock whose expressions are texts (a text left out is None)."""
        self.events[name] = (clock, effect or {}, draw or {}, more)
        return self

    def measure(self, name: str, how: str, value: str = "", **more: Any) -> "Sketch":
        """A measure; `value` is a text, or the rule that `count` counts."""
        self.measures.append((name, how, value, more))
        return self

    def scenario(self) -> Scenario:
        rules = frozenset(self.events)
        at: Any = lambda text, **local: number(text, {**self.kinds, **local}, rules)  # noqa: E731
        return Scenario(
            title="A sketch",
            about="",
            start="2030-01-01",
            horizon=self.horizon,
            months=(),
            units=(),
            sources={},
            actors={},
            constants=(),
            uncertainties=tuple(Uncertainty(n, Quantity(), at(text)) for n, text in self.uncertainties.items()),
            levers=(),
            state=tuple(self._state(name, at) for name in self.start),
            derived=(),
            events=tuple(self._event(name, at) for name in self.events),
            intelligence=(),
            ladders=(),
            policies=tuple(PolicySpec(name, name, settings, ORIGIN) for name, settings in self.policies.items()),
            measures=tuple(self._measure(*item, at) for item in self.measures),
            values=(),
            expectations=(),
            numbers=(),
        )

    def model(self) -> Model:
        """The model."""
        return build(self.scenario())

    def run(self, luck: int = 0, policy: str = "base", future: int = 0, seed: int = 1, **options: Any) -> Trajectory:
        """One trajectory."""
        simulation = self.simulation(luck, policy, future, seed, **options)
        simulation.run()
        return simulation.trajectory()

    def simulation(
        self, luck: int = 0, policy: str = "base", future: int = 0, seed: int = 1, **options: Any
    ) -> Simulation:
        """One trajectory, not yet run."""
        return Simulation(prepare(self.model()), Point(policy, future, luck, seed), **options)

    def _state(self, name: str, at: Any) -> StateVariable:
        value = self.start[name]
        low, high = (at(text) if text else None for text in self.ranges.get(name, ("", "")))
        initial = at(str(value).lower()) if isinstance(value, bool) else at(repr(float(value)))
        return StateVariable(name, self.kinds[name], initial, low, high, None, name, ORIGIN)

    def _event(self, name: str, at: Any) -> Event:
        clock, effect, draws, more = self.events[name]
        texts = {
            item.name: at(value)
            for item in fields(clock)
            if isinstance(value := getattr(clock, item.name), str)
            and item.name in ("at", "every", "first", "condition", "rate", "after", "running", "lasting", "unless", "lag")
        }
        local: dict[str, Kind] = {}
        drawn = []
        for draw, text in draws.items():
            tree = at(text, **local)
            local[f"{name}.{draw}"] = tree.kind
            drawn.append(Assign(f"{name}.{draw}", tree))
        assigns = tuple(Assign(target, at(text, **local)) for target, text in effect.items())
        given = {"actor": None, "label": name, "order": 0, "stream": name, "play": None, "origin": ORIGIN} | more
        return Event(name=name, clock=replace(clock, **texts), draws=tuple(drawn), effect=assigns, **given)

    def _measure(self, name: str, how: Any, value: str, more: dict[str, Any], at: Any) -> Measure:
        if how == "count":
            return Measure(name, how, Quantity(), rules=(value,), **more)
        tree = at(value)
        kind = {"ever": Truth(), "first": Quantity(DURATION), "time_in": Quantity(DURATION)}.get(how, tree.kind)
        return Measure(name, how, kind, tree, **more)
