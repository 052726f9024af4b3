"""What happened once: firings in order, measures, and why it stopped."""

from dataclasses import dataclass, field

from escalation.model.process import Value


@dataclass(frozen=True, slots=True)
class Point:
    """Which trajectory: the policy, the future (fixes every uncertainty) and the luck (fixes every other draw)."""

    policy: str
    future: int
    luck: int
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Firing:
    """One firing, with what a reader needs to believe it.

    time: milliseconds. number: 0 for the rule's first firing. because: values that its condition read.
    draws: what was drawn. changed: name to (before, after). enabled, disabled: clocks that it started and stopped.
    began: when a delay began that ended in this firing; `because` is then as of that instant. follows: the rule whose
    firing it was that began the delay; `because` is then what that rule drew.
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


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a trajectory ended before its horizon: the rule, the instant, and a sentence."""

    rule: str
    time: int
    message: str


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One realised path. measures: None is blank (a `first` that never came). Times and durations in milliseconds."""

    point: Point
    measures: dict[str, Value | None]
    series: dict[str, tuple[Value | None, ...]]
    firings: int
    failure: Failure | None = None
    log: tuple[Firing, ...] = field(default=())
