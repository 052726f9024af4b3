"""Small models written by hand, for tests of the process and its engines: texts in, a `Model` out.

Names are declared with their kind by their first value: a float is a plain number, a bool a truth. What is written
later may read what was written before it; events may also be counted before they are written.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from escalation.chance.distributions import REGISTRY
from escalation.engines.program import prepare
from escalation.engines.simpy import Simulation, simulate
from escalation.expressions.check import read
from escalation.expressions.kinds import DURATION, Kind, Quantity, Rung, Truth
from escalation.expressions.meaning import Scope
from escalation.expressions.tree import Expr
from escalation.model.build import build
from escalation.model.calendar import DAY
from escalation.model.process import Assign, Following, Measure, Model, Uncertainty
from escalation.model.scenario import (
    Adaptation,
    Announce,
    Batches,
    Belief,
    Climb,
    Constant,
    DerivedName,
    Event,
    Ladder,
    LeverSpec,
    NamedGate,
    PolicySpec,
    Reading,
    Report,
    RungSpec,
    Scenario,
    StandDown,
    StateVariable,
)
from escalation.model.trajectory import Point, Trajectory

ORIGIN: Any = None


def number(
    text: str, names: Mapping[str, Kind], rules: frozenset[str] = frozenset(), aged: frozenset[str] = frozenset()
) -> Expr:
    """A tree from a text in which everything may stand."""
    scope = Scope(
        names=names,
        aged=aged,
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
        self.adaptations: dict[str, list[tuple[str, str, str, tuple[tuple[str, Any], ...]]]] = {}
        self.levers: dict[str, str] = {}
        self.constants: dict[str, str] = {}
        self.derived: dict[str, str] = {}
        self.readings: dict[str, tuple[str, str, str, int, dict[str, dict[str, str]]]] = {}
        self.beliefs: dict[str, tuple[Belief, ...]] = {}
        self.ladders: dict[str, tuple[dict[str, dict[str, Any]], str | None, int, bool]] = {}
        self.aged: set[str] = set()
        self.made_rules: set[str] = set()

    def uncertain(self, **texts: str) -> "Sketch":
        """Values drawn once a future."""
        self.uncertainties |= texts
        self.kinds |= {name: Quantity() for name in texts}
        return self

    def event(
        self,
        name: str,
        clock: Any,
        effect: dict[str, str] | None = None,
        draw: dict[str, str] | None = None,
        **more: Any,
    ) -> "Sketch":
        """An event; `clock` is a kernel clock whose expressions are texts (a text left out is None)."""
        self.events[name] = (clock, effect or {}, draw or {}, more)
        return self

    def measure(self, name: str, how: str, value: str = "", **more: Any) -> "Sketch":
        """A measure; `value` is a text, or the rule that `count` counts."""
        self.measures.append((name, how, value, more))
        return self

    def lever(self, **texts: str) -> "Sketch":
        """What a policy may set."""
        self.levers |= texts
        self.kinds |= {name: self._tree(text).kind for name, text in texts.items()}
        return self

    def constant(self, **texts: str) -> "Sketch":
        """What the study holds fixed."""
        self.constants |= texts
        self.kinds |= {name: self._tree(text).kind for name, text in texts.items()}
        return self

    def derive(self, **texts: str) -> "Sketch":
        """Names of pure expressions."""
        for name, text in texts.items():
            self.derived[name] = text
            self.kinds[name] = self._tree(text).kind
        return self

    def reading(
        self,
        name: str,
        of: str,
        reports: dict[str, dict[str, str]],
        initial: str = "",
        combine: str = "latest",
        agreed: int = 1,
        believed: tuple[Belief, ...] = (),
    ) -> "Sketch":
        """What is seen of `of`; a report has texts for every, condition, lag, error, bias, reads, miss, false_alarm."""
        self.readings[name] = (of, initial, combine, agreed, reports)
        self.beliefs[name] = believed
        kind = self._tree(of).kind
        for path in (name, *(f"{name}.{part}" for part in (*reports, *(belief.actor for belief in believed)))):
            self.kinds |= {path: kind, f"{path}.known": Truth()}
            self.aged.add(f"{path}.age")
            self.kinds[f"{path}.age"] = Quantity(DURATION)
        self.made_rules |= {f"{name}.{report}.{step}" for report in reports for step in ("observe", "publish")}
        return self

    def ladder(
        self,
        name: str,
        rungs: dict[str, dict[str, Any]],
        actor: str | None = None,
        starts_at: int = 0,
        skip: bool = False,
    ) -> "Sketch":
        """A ladder, lowest rung first; a rung has texts for

        when, lasting, withdraw_after, decide, rate, deliver (to climb to it), down, down_lasting, down_after (to leave
        it), announce, announce_lasting, announce_after, and mappings for gates, on_decision, on_delivery,
        on_stand_down, on_announcement. `deliver` may be batches: (how many, first, every).
        """
        self.ladders[name] = (rungs, actor, starts_at, skip)
        kind = Rung(name, tuple(rungs))
        self.kinds |= {f"{name}.{part}": kind for part in ("pending", "decided", "delivered", "ceiling")}
        if any("announce" in texts for texts in rungs.values()):
            self.kinds[f"{name}.announced"] = kind
        self.kinds |= {f"{rung}.delivered": Quantity() for rung in rungs}
        steps = ("pending", "withdraw", "decide", "deliver", "stand_down", "announce")
        self.made_rules |= {f"{name}.{rung}.{step}" for rung in rungs for step in steps}
        return self

    def policy(self, name: str, **settings: Any) -> "Sketch":
        """A policy; two underscores stand for a dot (`seoul__ceiling=0`)."""
        self.policies[name] = tuple((lever.replace("__", "."), value) for lever, value in settings.items())
        return self

    def then(self, policy: str, when: str = "", at: str = "", lasting: str = "0 days", /, **settings: Any) -> "Sketch":
        """One more entry of a policy's `then`; two underscores stand for a dot."""
        made = tuple((lever.replace("__", "."), value) for lever, value in settings.items())
        self.policies.setdefault(policy, ())
        self.adaptations.setdefault(policy, []).append((when, at, lasting, made))
        return self

    def _adaptations(self, policy: str) -> tuple[Adaptation, ...]:
        def tree(text: str) -> Expr | None:
            return self._tree(text) if text else None

        return tuple(
            Adaptation(tree(at), tree(when), self._tree(lasting), made, when or at, (), ORIGIN)
            for when, at, lasting, made in self.adaptations.get(policy, ())
        )

    def _tree(self, text: str, **local: Kind) -> Expr:
        rules = frozenset(self.events) | self.made_rules
        return number(text, {**self.kinds, **local}, rules, frozenset(self.aged))

    def scenario(self) -> Scenario:
        """The canonical form of what was sketched."""
        at: Any = self._tree
        return Scenario(
            title="A sketch",
            about="",
            start="2030-01-01",
            horizon=self.horizon,
            units=(),
            sources={},
            actors={},
            constants=tuple(Constant(n, self.kinds[n], at(text)) for n, text in self.constants.items()),
            uncertainties=tuple(Uncertainty(n, Quantity(), at(text)) for n, text in self.uncertainties.items()),
            levers=tuple(
                LeverSpec(n, self.kinds[n], at(text), None, None, None, n, ORIGIN) for n, text in self.levers.items()
            ),
            state=tuple(self._state(name, at) for name in self.start),
            derived=tuple(DerivedName(n, self.kinds[n], at(text), None, n, ORIGIN) for n, text in self.derived.items()),
            events=tuple(self._event(name, at) for name in self.events),
            intelligence=tuple(self._reading(name) for name in self.readings),
            ladders=tuple(self._ladder(name) for name in self.ladders),
            policies=tuple(
                PolicySpec(name, name, settings, ORIGIN, self._adaptations(name))
                for name, settings in self.policies.items()
            ),
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
        local = self._drawn(clock.leader) if isinstance(clock, Following) else {}
        texts = {
            item.name: at(value, **local)
            for item in fields(clock)
            if isinstance(value := getattr(clock, item.name), str)
            and item.name
            in ("at", "every", "first", "condition", "rate", "after", "running", "lasting", "unless", "lag")
        }
        drawn = []
        for draw, text in draws.items():
            tree = at(text, **local)
            local[f"{name}.{draw}"] = tree.kind
            drawn.append(Assign(f"{name}.{draw}", tree))
        assigns = tuple(Assign(target, at(text, **local)) for target, text in effect.items())
        given = {"actor": None, "label": name, "order": 0, "stream": name, "play": None, "origin": ORIGIN} | more
        return Event(name=name, clock=replace(clock, **texts), draws=tuple(drawn), effect=assigns, **given)

    def _drawn(self, leader: str) -> dict[str, Kind]:
        """Kinds of what an event draws, by full path."""
        clock, _, draws, _ = self.events.get(leader, (None, {}, {}, {}))
        local = self._drawn(clock.leader) if isinstance(clock, Following) else {}
        made: dict[str, Kind] = {}
        for draw, text in draws.items():
            made[f"{leader}.{draw}"] = self._tree(text, **local, **made).kind
        return made

    def _reading(self, name: str) -> Reading:
        of, initial, combine, agreed, reports = self.readings[name]
        made = tuple(self._report(name, report, reports[report]) for report in reports)
        how: Any = combine
        first = self._tree(initial) if initial else None
        kind, beliefs = self.kinds[name], self.beliefs[name]
        return Reading(name, kind, self._tree(of), first, how, agreed, made, None, name, ORIGIN, beliefs)

    def _report(self, reading: str, name: str, texts: dict[str, str]) -> Report:
        kind = self.kinds[reading]
        part: Any = lambda key: self._tree(texts[key]) if key in texts else None  # noqa: E731
        error, bias = part("error"), part("bias")
        local: dict[str, Kind] = {"of": kind}
        factors = ["of"]
        for word, tree in (("bias", bias), ("error", error)):
            if tree is not None:
                local[word] = tree.kind
                factors.append(word)
        reads = None if isinstance(kind, Truth) else self._tree(texts.get("reads", " * ".join(factors)), **local)
        every, condition, lag = self._tree(texts["every"]), part("condition"), part("lag")
        return Report(name, name, every, condition, lag, error, bias, reads, part("miss"), part("false_alarm"), ORIGIN)

    def _ladder(self, name: str) -> Ladder:
        rungs, actor, starts_at, skip = self.ladders[name]
        made = tuple(self._rung(rung, texts) for rung, texts in rungs.items())
        return Ladder(name, actor, name, starts_at, made, ORIGIN, skip)

    def _rung(self, rung: str, texts: dict[str, Any]) -> RungSpec:
        part: Any = lambda key: self._tree(texts[key]) if key in texts else None  # noqa: E731
        at: Any = self._tree
        climb = down = announce = None
        if "when" in texts:
            gates = tuple(NamedGate(gate, at(text), gate, ORIGIN) for gate, text in texts.get("gates", {}).items())
            lasting = at(texts.get("lasting", "0 days"))
            after = at(texts.get("withdraw_after", "1 day"))
            count, first, every = texts["deliver"] if isinstance(texts.get("deliver"), tuple) else (0, "", "")
            deliver = Batches(count, at(first), at(every)) if count else part("deliver")
            parts = part("decide"), part("rate"), deliver
            climb = Climb(part("when"), lasting, after, gates, *parts, ORIGIN)
        if "down" in texts:
            down = StandDown(part("down"), at(texts.get("down_lasting", "0 days")), part("down_after"), ORIGIN)
        if "announce" in texts:
            lasting = at(texts.get("announce_lasting", "0 days"))
            announce = Announce(part("announce"), lasting, part("announce_after"), ORIGIN)
        *effects, told = [
            tuple(Assign(target, at(text)) for target, text in texts.get(when, {}).items())
            for when in ("on_decision", "on_delivery", "on_stand_down", "on_announcement")
        ]
        return RungSpec(rung, rung, climb, down, *effects, ORIGIN, announce, told)

    def _measure(self, name: str, how: Any, value: str, more: dict[str, Any], at: Any) -> Measure:
        if how == "count":
            return Measure(name, how, Quantity(), rules=(value,), **more)
        tree = at(value)
        kind = {"ever": Truth(), "first": Quantity(DURATION), "time_in": Quantity(DURATION)}.get(how, tree.kind)
        return Measure(name, how, kind, tree, **more)


def simulate_many(sketch: Sketch, n: int, seed: int = 1, policy: str = "base", **options: Any) -> list[Trajectory]:
    """Trajectories 0 to n - 1 of one sketch, prepared once, each in a future of its own."""
    program = prepare(sketch.model())
    return [simulate(program, Point(policy, k, k, seed), **options) for k in range(n)]


def fired(trajectory: Trajectory) -> list[tuple[float, str]]:
    """The firings of a recorded trajectory: (days, rule)."""
    return [(firing.time / DAY, firing.rule) for firing in trajectory.log]
