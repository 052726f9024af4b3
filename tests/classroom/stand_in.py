"""A small exercise and a world without an engine, for tests of the session: every private thing has a value of its own.

The world is a chain of hashes over what was done to it, so that any difference between two pasts is seen.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

from escalation.classroom.play import Odds
from escalation.model.script import Decide, Force, HandOver, Held, Put

ACTORS = ("seoul", "pyongyang", "moscow")
TURNS = 3
STEP = 7 * 86_400_000


@dataclass(frozen=True)
class Item:
    """A line of a menu, as the exercise gives it."""

    choice: str
    label: str
    needs: str = ""
    gates: tuple[tuple[str, bool | None], ...] = ()
    possible: bool = True
    per_turn: int = 1


@dataclass(frozen=True)
class World:
    """Stands for a snapshot."""

    instant: int
    chain: str
    control: Mapping[str, str]
    failure: Any = None


@dataclass(frozen=True)
class Firing:
    """A thing that happened."""

    time: int
    rule: str


@dataclass(frozen=True)
class Resolved:
    """A turn, played."""

    snapshot: World
    firings: tuple[Firing, ...]
    held: tuple[Held, ...]


@dataclass
class StandIn:
    """Stands for `ModelPlay`. salt: another one is another model."""

    exercise: Any
    salt: str = ""
    resolves: int = 0
    fails: set[str] = field(default_factory=set)
    told_to: tuple[str, ...] = ()

    def begin(self, point: Any, played: Collection[str]) -> World:
        """The first world."""
        control = {actor: "person" if actor in played else "model" for actor in ACTORS}
        return World(0, _hash(self.salt, point, sorted(played)), control)

    def resolve(self, snapshot: World, script: Any, until: int) -> Resolved:
        """The chain goes on; an order with the value 13 is held."""
        self.resolves += 1
        chain, control, held, firings = snapshot.chain, dict(snapshot.control), [], []
        for each in script:
            assert each.instant == snapshot.instant
            if isinstance(each, HandOver):
                control[each.actor] = each.to
            elif isinstance(each, Decide) and each.draws.get("size") == 13.0:
                held.append(Held(each, f"WHYTRUTH-{each.choice}"))
                continue
            elif isinstance(each, Decide | Force):
                firings.append(Firing(snapshot.instant, f"TRUTH-{getattr(each, 'choice', '')}"))
            chain = _hash(chain, each)
        failure = SimpleNamespace(message="It broke.") if any(_choice(each) in self.fails for each in script) else None
        return Resolved(World(until, _hash(chain, until), control, failure), tuple(firings), tuple(held))

    def digest(self, snapshot: World) -> str:
        """Of all that it is."""
        return _hash(snapshot.instant, snapshot.chain, sorted(snapshot.control.items()))

    def bot_orders(self, actor: str, snapshot: World, number: int) -> tuple[Decide, ...]:
        """One order."""
        return (Decide(snapshot.instant, f"{actor}.act", {"size": float(number)}),)

    def odds(self, snapshot: World) -> tuple[Odds, Odds]:
        """Made up."""
        return {"war": (0.5, 0.4, 0.6)}, {"war": (0.3, 0.2, 0.4)}

    def why_held(self, held: Held) -> str:
        """As it was told."""
        return held.why

    def told(self, name: str, snapshot: World) -> str:
        """A value of its own for each name and world."""
        return f"VALUE-{name}-{snapshot.chain[:8]}"

    def label(self, name: str) -> str:
        """A label of its own for each name."""
        return f"LABEL-{name}"

    def menu(self, actor: str, snapshot: World) -> tuple[Item, ...]:
        """Two choices."""
        return tuple(Item(choice, f"MENU-{choice}") for choice in (f"{actor}.act", f"{actor}.wait"))

    def per_turn(self, choice: str) -> int:
        return 2 if choice.endswith(".act") else 1

    def filled(self, choice: str, texts: Mapping[str, str]) -> dict[str, float]:
        """Numbers."""
        return {name: float(text) for name, text in texts.items() if text}

    def holds(self, inject: str, snapshot: World) -> bool:
        """True from the end of the first turn on."""
        return snapshot.instant >= STEP

    def settled(self, question: int, snapshot: World, actor: str) -> bool:
        """From the end of the first turn on."""
        return actor in self.told_to and snapshot.instant >= STEP

    def effects(self, inject: str, snapshot: World, instant: int) -> tuple[Any, ...]:
        """Two."""
        return (Force(instant, f"rule.{inject}"), Put(instant, {inject: 1.0}))

    def gauges(self) -> tuple[str, ...]:
        """The truth."""
        return ("truth",)

    def happened(self, resolved: Resolved) -> tuple[str, ...]:
        """What fired."""
        return tuple(each.rule for each in resolved.firings)

    def date(self, instant: int) -> str:
        """A day."""
        return f"day {instant // 86_400_000}"


def exercise(**changes: Any) -> Any:
    """Three seats, three turns, a forecast, and an inject of each sort."""
    made = SimpleNamespace(
        title="A crisis",
        starts=date(2030, 1, 1),
        turns=TURNS,
        instants=tuple(STEP * turn for turn in range(TURNS + 1)),
        minutes=5,
        practice=False,
        late="hold",
        projector=("public",),
        roles=tuple(_role(actor) for actor in ACTORS),
        forecasts=(SimpleNamespace(ask="War?", resolves=None, by_turn=2),),
        injects=(
            _inject("planned-news", turn=2),
            _inject("waiting-news", when=True, to=("seoul",)),
            _inject("offered-news", offered=True, to=("moscow",)),
        ),
        debrief=(),
        note="About war.",
        model=SimpleNamespace(policies=(SimpleNamespace(name="base"),)),
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def play(salt: str = "", **changes: Any) -> StandIn:
    """The stand-in for a model's play."""
    return StandIn(exercise(**changes), salt)


def failing(world: World) -> World:
    """A world that ended."""
    return replace(world, failure=SimpleNamespace(message="It broke."))


def _role(actor: str) -> Any:
    return SimpleNamespace(
        actor=actor,
        name=actor.title(),
        role="Government",
        seats=("Minister",),
        sees=(f"seen_by_{actor}",),
        choices=(f"{actor}.act", f"{actor}.wait"),
        aims=(f"AIM-{actor}",),
        brief=f"BRIEF-{actor}",
    )


def _inject(name: str, **changes: Any) -> Any:
    made = {"id": name, "label": f"HEAD-{name}", "text": f"TEXT-{name}", "to": (), "turn": None, "when": None}
    return SimpleNamespace(**(made | {"offered": False, "fire": f"rule.{name}", "set": ()} | changes))


def _choice(each: Any) -> str:
    return getattr(each, "choice", "") or getattr(each, "rule", "")


def _hash(*parts: Any) -> str:
    return sha256(repr(parts).encode()).hexdigest()
