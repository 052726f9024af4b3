"""What a report says about the run itself; nothing in it names a machine, a person or a moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Failed:
    """A trajectory that failed, by its address, and why."""

    policy: str
    future: int
    luck: int
    message: str


@dataclass(frozen=True, slots=True)
class Checked:
    """An expectation of the scenario and what came of it. told: the numbers it was judged on, in words."""

    claim: str
    verdict: Literal["holds", "fails", "undecided"]
    policy: str = ""
    told: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """How the run was made and how it went.

    command: the line that makes it again. key: the run's name in its folder (law 21). n: trajectories a policy that
    were asked for; per_future: how many share a future. versions: package to version. failures: the first few; failed:
    how many in all. stopped_early: the run was interrupted, so the report covers what had been done. links: further
    files of the run folder, name to what they hold. trace: the line that tells one trajectory of the run, less
    its address.
    """

    command: str
    seed: int
    n: int
    per_future: int
    key: str
    versions: Mapping[str, str] = field(default_factory=dict)
    stopped_early: bool = False
    failed: int = 0
    failures: tuple[Failed, ...] = ()
    expectations: tuple[Checked, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    trace: str = "escalation trace FILE"
