"""A trajectory in progress as one value: all that is needed to go on from a settled instant, on any engine.

A snapshot is data. Going on from it gives, bit for bit, what the unbroken trajectory gives. As bytes it is two lines:

    escalation snapshot 1 SHA-256
    JSON

The digest is of the second line, in UTF-8. A double stands as the shortest decimal that gives it back, always with a
point or an exponent, and a whole number without; `{"double": "nan"}`, `"inf"` and `"-inf"` stand for what JSON cannot
say. A list is a tuple here. The docstring of `Snapshot` names every field.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from math import inf, nan
from typing import Any

from escalation.model.process import Value
from escalation.model.trajectory import Failure, Point

FORMAT = 1
"""The version of the bytes: raised whenever a field changes its name or meaning."""
_HEAD = "escalation snapshot"

Kept = Any
"""None, a truth, a whole number, a double, a text, or a tuple of these."""


class DamagedSnapshot(ValueError):
    """Bytes that are no whole snapshot of a version that can be read."""


class OtherModel(ValueError):
    """A snapshot was taken of another model."""


@dataclass(frozen=True, slots=True)
class Gauged:
    """A measure in progress: the value watched and since when, and what its watch has kept, by name."""

    since: int
    value: Kept
    kept: Mapping[str, Kept]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A trajectory at a settled instant. Times are milliseconds. Mappings are never changed.

    model: the identity of the model. branches: numbers of the branches that it came by, the last of which names the
    luck that it draws now; none is the plain luck. settings, given, played: as the trajectory was started with.
    instant: the present. firings: so far. latest: the last instant with a firing. in_latest: how many that had.
    recent: the last rules of an instant with very many. outside: how often variables were set from outside.
    values: of every name; None for a draw that was never made. bounds: lowest and highest value a variable may take.
    fired: how often, by rule. clocks: by rule, the fields of its clock, named as the SimPy engine's clock has them.
    gauges: measures of states, by name. counts: measures of firings, by name. unread: measures that read something
    that changed in the latest instant, which they are shown settled once the next firing comes.
    failure: why it ended, if it did.
    """

    model: str
    point: Point
    instant: int
    firings: int
    latest: int
    in_latest: int
    values: Mapping[str, Value | None]
    bounds: Mapping[str, tuple[float, float]]
    fired: Mapping[str, int]
    clocks: Mapping[str, Mapping[str, Kept]]
    gauges: Mapping[str, Gauged]
    counts: Mapping[str, int]
    unread: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()
    outside: int = 0
    branches: tuple[int, ...] = ()
    settings: Mapping[str, Value] = field(default_factory=dict)
    given: Mapping[str, Value] = field(default_factory=dict)
    played: tuple[str, ...] = ()
    failure: Failure | None = None

    @property
    def branch(self) -> int:
        """The number of the branch whose luck is drawn now; 0 for the plain luck."""
        return self.branches[-1] if self.branches else 0

    def to_bytes(self) -> bytes:
        """The snapshot as a file's content; equal snapshots give equal bytes."""
        body = json.dumps(
            _plain(asdict(self)), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
        )
        content = body.encode()
        return f"{_HEAD} {FORMAT} {sha256(content).hexdigest()}\n".encode() + content + b"\n"

    @staticmethod
    def from_bytes(content: bytes) -> "Snapshot":
        """The snapshot that a file holds.

        Raises:
            DamagedSnapshot: it holds none, or not a whole one, or one of another version.
        """
        return _read(_body(content))

    def check_model(self, identity: str) -> None:
        """Raises OtherModel unless the snapshot was taken of the model of that identity."""
        if self.model != identity:
            raise OtherModel(f"the snapshot is of another model: of {self.model}, and this one is {identity}")


def _plain(value: Any) -> Any:
    """What JSON can say."""
    if isinstance(value, float) and not -inf < value < inf:
        return {"double": "nan" if value != value else "inf" if value > 0.0 else "-inf"}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


_BEYOND = {"nan": nan, "inf": inf, "-inf": -inf}


def _restored(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"double"} and value["double"] in _BEYOND:
            return _BEYOND[value["double"]]
        return {key: _restored(item) for key, item in value.items()}
    return tuple(_restored(item) for item in value) if isinstance(value, list) else value


def _body(content: bytes) -> bytes:
    head, _, body = content.partition(b"\n")
    words = head.split(b" ")
    if words[:2] != _HEAD.encode().split(b" ") or len(words) != 4:
        raise DamagedSnapshot("this is no snapshot: its first line does not say so")
    if words[2] != str(FORMAT).encode():
        version = words[2].decode(errors="replace")
        raise DamagedSnapshot(f"the snapshot has the format {version}, and this version reads {FORMAT}")
    body = body.removesuffix(b"\n")
    if sha256(body).hexdigest().encode() != words[3]:
        raise DamagedSnapshot("the snapshot is damaged: its content does not agree with its digest")
    return body


def _read(body: bytes) -> Snapshot:
    try:
        found = _restored(json.loads(body))
        found["point"] = Point(**found["point"])
        found["failure"] = None if found["failure"] is None else Failure(**found["failure"])
        found["gauges"] = {name: Gauged(**gauged) for name, gauged in found["gauges"].items()}
        return Snapshot(**found)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedSnapshot(f"the snapshot cannot be read: {error}") from None
