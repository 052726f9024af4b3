"""What happened once: firings in order, measures, and why it stopped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf

from escalation.model.process import Value


@dataclass(frozen=True, slots=True)
class Point:
    """Which trajectory: the policy, the future (fixes every uncertainty) and the luck (fixes every other draw)."""

    policy: str
    future: int
    luck: int
    seed: int = 1


@dataclass(frozen=True, slots=True)
class ClockDraw:
    """What a clock drew for itself: a wait in milliseconds, or how much hazard it had to spend."""

    what: OneOf["wait", "hazard"]
    value: float


@dataclass(frozen=True, slots=True)
class Firing:
    """One firing, with what a reader needs to believe it.

    time: milliseconds. number: 0 for the rule's first firing. because: values that its condition read.
    draws: what was drawn, by the name of the draw, or by its address where it stands inside an effect. own: what the
    clock drew. changed: name, before and after. enabled, disabled: clocks that it started and stopped.
    began: when the condition of an edge became true, or its delay began; of a delay `because` is as of that instant.
    follows: the rule whose firing it was that began the delay; `because` is then what that rule drew.
    """

    time: int
    rule: str
    number: int
    because: tuple[tuple[str, Value], ...] = ()
    draws: tuple[tuple[str, Value], ...] = ()
    changed: tuple[tuple[str, Value, Value], ...] = ()
    enabled: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    began: int | None = None
    follows: str = ""
    own: ClockDraw | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a trajectory ended before its horizon: the rule, the instant, and a sentence."""

    rule: str
    time: int
    message: str


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One realised path. measures: None is blank (a `first` that never came). Times and durations in milliseconds.

    log, first: kept when it was recorded: every firing, and every name with its value at the first instant.
    """

    point: Point
    measures: dict[str, Value | None]
    series: dict[str, tuple[Value | None, ...]]
    firings: int
    failure: Failure | None = None
    log: tuple[Firing, ...] = field(default=())
    first: Mapping[str, Value] = field(default_factory=dict)
