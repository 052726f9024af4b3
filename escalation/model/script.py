"""What is done to a trajectory from outside, as data: decisions, injects and settings, each at its instant.

A script is replayed while the trajectory runs. At the instant of an input everything that was due then has happened;
decisions listed one after another for one instant are simultaneous: all read the same state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from escalation.model.process import Value


@dataclass(frozen=True, slots=True)
class Decide:
    """A choice is taken, with draws of its rule that the person filled in (by their own names)."""

    instant: int
    choice: str
    draws: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Force:
    """A rule fires, whatever its clock and its condition say: an inject. Draws may be filled in."""

    instant: int
    rule: str
    draws: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Put:
    """Variables are set, as by the firing of a rule that the model does not have."""

    instant: int
    values: Mapping[str, Value]
    rule: str = "outside"


@dataclass(frozen=True, slots=True)
class HandOver:
    """From here on a person, or the model, makes an actor's choices."""

    instant: int
    actor: str
    to: Literal["person", "model"]


Input = Decide | Force | Put | HandOver
Script = tuple[Input, ...]
"""In any order of instants; those of one instant in the order in which they are carried out."""


@dataclass(frozen=True, slots=True)
class Held:
    """An input that could not be carried out, so that nothing was done in its place, and why. shut: names of gates."""

    input: Input
    why: str
    shut: tuple[str, ...] = ()
