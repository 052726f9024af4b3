"""Whether a stored run is what it says: sampled trajectories are played once more and held against what is stored."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from importlib import metadata
from math import inf, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalation.chance.numeric_platform import platform_hash
from escalation.experiments.block import WITH_SERIES, FailedTrajectory
from escalation.experiments.columns import Column
from escalation.experiments.design import Block
from escalation.experiments.ensemble import Ensemble, assemble
from escalation.experiments.run_key import key_of_record, package_hash
from escalation.experiments.runner import Process, Work, runner_of
from escalation.experiments.store import SHARD, StoreError, faults, load_ensemble, read_manifest
from escalation.experiments.watches import watches
from escalation.language.faults import InvalidScenario
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from escalation.model.process import Model

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

RESOLVED = "scenario.resolved.yaml"
TABLES = ("outcomes.parquet", "series.parquet", "firings.parquet")
"""What is held against trajectories that are played again."""
LEVEL = 0.99
"""Of all z-tests together, on another numeric platform."""
Address = tuple[str, int]
"""Policy and luck."""


@dataclass(frozen=True, slots=True)
class Unequal:
    """A value that is not the same again. what: a measure (and its day), a firing, or the end of the trajectory."""

    policy: str
    future: int
    luck: int
    what: str
    stored: str
    again: str


@dataclass(frozen=True, slots=True)
class Shift:
    """A measure whose mean lies further off than simulation error allows, on another numeric platform."""

    policy: str
    measure: str
    stored: float
    again: float
    z: float
    limit: float


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared and what came of it.

    sampled, of: trajectories. engine: which one played them. values: how many were compared (outcomes and series);
    firings: None where none are kept.
    damage: files that are not as the manifest says. other: what differs from how it was made (sources, libraries).
    another_platform: whether the numeric platform is another one. unequal: values that are not the same bytes; on
    another platform these are told, and `shifts` decides. tests: z-tests made. left_out: what cannot be verified.
    """

    sampled: int
    of: int
    engine: str
    values: int
    firings: int | None
    measures: int
    damage: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    another_platform: bool = False
    unequal: tuple[Unequal, ...] = ()
    tests: int = 0
    shifts: tuple[Shift, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the run is what it says."""
        return not self.damage and not (self.shifts if self.another_platform else self.unequal)


def plugins_of(folder: Path) -> tuple[str, ...]:
    """Processes of someone's own that took part, as `module:name#digest`. Raises StoreError."""
    overrides = read_manifest(folder)["determined_by"]["overrides"]
    return tuple(each.removeprefix("plugin ") for each in overrides if each.startswith("plugin "))


def verify(
    folder: Path, n: int = 100, seed: int = 1, engine: str = "auto", processes: Sequence[Process] = ()
) -> Verified:
    """Play `n` trajectories of a run again, drawn at random with a seed of their own, on an engine.

    engine: `simpy`, `compiled`, or `auto`, which is the compiled one unless llvmlite is missing or a process of
    someone's own took part.

    Raises StoreError where the folder cannot be read as a run, and EngineError where the engine cannot play it.
    """
    manifest = read_manifest(folder)
    key = manifest["determined_by"]
    damage = [*faults(folder), *_contradictions(folder, manifest), *_unlisted(manifest)]
    if damage:
        return Verified(0, 0, "", 0, None, 0, tuple(damage))
    left_out = []
    if manifest["unfinished"]:
        left_out.append(f"the run is not whole ({manifest['unfinished']}): only what is there is compared")
    left_out += [
        f"{name} is made of all trajectories: its digest is held against the manifest, and it is not made again"
        for name in sorted(manifest["files"])
        if name.endswith(".parquet") and name not in TABLES
    ]
    if "outcomes.parquet" not in manifest["files"]:
        what = "a shard is verified once it is merged" if (folder / "pieces").is_dir() else "none can be compared"
        left_out.append(f"no outcomes of single trajectories are kept: {what}")
        return Verified(0, 0, "", 0, None, 0, (), tuple(_other(key)), _elsewhere(key), left_out=tuple(left_out))
    stored = load_ensemble(folder)
    damage += _miscounted(stored, manifest)
    model = _model(folder)
    addresses = _sampled(stored, n, seed)
    work = Work(model, stored.design, stored.firings is not None, tuple(processes), engine)
    again = _again(work, addresses)
    unequal = [*_outcomes(stored, again, addresses), *_series(stored, again, addresses)]
    firings = None
    if stored.firings is not None and again.firings is not None:
        more, firings = _firings(stored.firings, again.firings, addresses)
        unequal += more
    else:
        left_out.append("firings are not kept in it (`--keep firings`)")
    columns = [column for column in stored.columns if not column.series]
    charted = sum(luck < WITH_SERIES for _, luck in addresses)
    days = 0 if not len(stored.series) else stored.series["day"].nunique()
    shifts, tests = _shifts(stored, again, addresses) if _elsewhere(key) else ((), 0)
    return Verified(
        sampled=len(addresses),
        of=stored.done,
        engine=work.chosen,
        values=len(addresses) * len(columns) + charted * days * (len(stored.columns) - len(columns)),
        firings=firings,
        measures=len(stored.columns),
        damage=tuple(damage),
        other=tuple(_other(key)),
        another_platform=_elsewhere(key),
        unequal=tuple(unequal),
        tests=tests,
        shifts=shifts,
        left_out=tuple(left_out),
    )


def _elsewhere(key: dict[str, Any]) -> bool:
    return bool(key["platform"] != platform_hash())


def _contradictions(folder: Path, manifest: dict[str, Any]) -> Iterator[str]:
    """Whether the manifest's key is the key of what it says, and the scenario the one that it names."""
    try:
        key = key_of_record(manifest["determined_by"])
        if key.digest != manifest["key"]:
            yield "the key is not that of what the manifest says determines the run"
        if sha256((folder / RESOLVED).read_bytes()).hexdigest() != key.scenario:
            yield f"{RESOLVED} is not the scenario that the key names"
    except ValueError as error:
        yield str(error)
    except OSError as error:
        raise StoreError(f"{folder / RESOLVED} cannot be read: {error.strerror or error}") from error


def _unlisted(manifest: dict[str, Any]) -> Iterator[str]:
    """Tables that a finished run with this key has, and for which the manifest does not answer."""
    if manifest["unfinished"] or manifest.get(SHARD):
        return
    kept = manifest["determined_by"].get("keep", ())
    wanted = ["summary.parquet" if "summary" in kept else "outcomes.parquet"]
    wanted += ["firings.parquet"] if "firings" in kept else []
    yield from (f"{name} is not among the files of the manifest" for name in wanted if name not in manifest["files"])


def _miscounted(stored: Ensemble, manifest: dict[str, Any]) -> Iterator[str]:
    """Whether there are as many trajectories as the manifest says, and as a finished run has."""
    told = manifest.get("trajectories", {})
    here = {"done": stored.done, "failed": len(stored.failures)}
    for word, number in here.items():
        if told.get(word) != number:
            yield f"{number} trajectories are {word}, and the manifest says {told.get(word)}"
    if not manifest["unfinished"] and stored.done != stored.design.total:
        yield f"{stored.done} trajectories are there of the {stored.design.total} of the run"


def _other(key: dict[str, Any]) -> Iterator[str]:
    """What it was made with that is not what it is verified with."""
    if key["sources"] != package_hash():
        yield f"made by other sources of this program ({key['sources'][:12]}…; these are {package_hash()[:12]}…)"
    for library, version in key["libraries"]:
        try:
            here = metadata.version(library)
        except metadata.PackageNotFoundError:
            here = "absent"
        if here != version:
            yield f"made with {library} {version}, verified with {here}"


def _model(folder: Path) -> Model:
    try:
        scenario = read_scenario(folder / RESOLVED).scenario
    except InvalidScenario as invalid:
        raise StoreError(f"{folder / RESOLVED} is no longer read: {invalid.faults[0].message}") from None
    return build(scenario, watches(scenario))


def _sampled(stored: Ensemble, n: int, seed: int) -> list[Address]:
    """`n` of the trajectories that the run has, each as likely; in the order of policies and luck."""
    import numpy as np

    there = list(zip(stored.outcomes["policy"].astype(str), stored.outcomes["luck"].tolist(), strict=True))
    there += [(failure.policy, failure.luck) for failure in stored.failures]
    place = {policy: index for index, policy in enumerate(stored.design.policies)}
    there.sort(key=lambda address: (place[address[0]], address[1]))
    chosen = np.random.Generator(np.random.Philox(seed)).choice(len(there), min(n, len(there)), replace=False)
    return [there[index] for index in sorted(chosen.tolist())]


def _again(work: Work, addresses: Sequence[Address]) -> Ensemble:
    """The sampled trajectories once more, as tables."""
    import numpy as np

    runner, never = runner_of(work), np.zeros(1, dtype=np.int64)
    results = [runner.run(Block(policy, luck, luck + 1), never) for policy, luck in addresses]
    return assemble(work.model, work.design, [each for each in results if each is not None], firings=work.firings)


# ---------------------------------------------------------------------- the same bytes


def _outcomes(stored: Ensemble, again: Ensemble, addresses: Sequence[Address]) -> Iterator[Unequal]:
    """Outcomes of trajectories that ended, and how the others failed."""
    before, after = ({(f.policy, f.luck): f for f in each.failures} for each in (stored, again))
    for policy, luck in addresses:
        ends = [_end(failures.get((policy, luck))) for failures in (before, after)]
        if ends[0] != ends[1]:
            yield Unequal(policy, luck // stored.design.per_future, luck, "its end", *ends)
    whole = [address for address in addresses if address not in before and address not in after]
    rows = [_rows(ensemble.outcomes, whole) for ensemble in (stored, again)]
    for column in stored.columns:
        if not column.series:
            yield from _compared(column, rows[0], rows[1], column.name)


def _end(failure: FailedTrajectory | None) -> str:
    if failure is None:
        return "reached the horizon"
    told = {name: value for name, value in asdict(failure).items() if name in ("rule", "time", "message", "error")}
    return json.dumps(told, ensure_ascii=False)


def _rows(frame: "pd.DataFrame", addresses: Sequence[Address]) -> "pd.DataFrame":
    """The rows of these trajectories, in their order."""
    import pandas as pd

    index = pd.MultiIndex.from_arrays([frame["policy"].astype(str), frame["luck"]])
    return frame[index.isin(addresses)].reset_index(drop=True)


def _series(stored: Ensemble, again: Ensemble, addresses: Sequence[Address]) -> Iterator[Unequal]:
    failed = {(failure.policy, failure.luck) for each in (stored, again) for failure in each.failures}
    charted = [address for address in addresses if address[1] < WITH_SERIES and address not in failed]
    if not len(stored.series) or not charted:
        return
    rows = [_rows(ensemble.series, charted) for ensemble in (stored, again)]
    if len(rows[0]) != len(rows[1]):
        yield Unequal("every policy", 0, 0, "days of series", str(len(rows[0])), str(len(rows[1])))
        return
    for column in stored.columns:
        if column.series:
            yield from _compared(column, rows[0], rows[1], column.name)


def _compared(column: Column, before: "pd.DataFrame", after: "pd.DataFrame", what: str) -> Iterator[Unequal]:
    """Where one column is not the same bytes in two frames of the same rows."""
    import numpy as np

    told = [frame[column.name].astype(object).to_list() for frame in (before, after)]
    if column.form == "number":
        values = [frame[column.name].to_numpy(dtype=np.float64) for frame in (before, after)]
        blank = np.isnan(values[0]) & np.isnan(values[1])
        places = np.flatnonzero((values[0].view(np.int64) != values[1].view(np.int64)) & ~blank).tolist()
    else:
        pairs = zip(*told, strict=True)
        places = [place for place, pair in enumerate(pairs) if _written(pair[0]) != _written(pair[1])]
    for place in places:
        row = before.iloc[place]
        day = f" on day {row['day']:g}" if "day" in before.columns else ""
        shown = [_written(each[place]) for each in told]
        yield Unequal(str(row["policy"]), int(row["future"]), int(row["luck"]), what + day, *shown)


def _written(value: Any) -> str:
    """A value with every digit that it has."""
    import pandas as pd

    if pd.isna(value):
        return "blank"
    return repr(float(value)) if isinstance(value, float) else str(value)


def _firings(before: "pd.DataFrame", after: "pd.DataFrame", addresses: Sequence[Address]) -> tuple[list[Unequal], int]:
    """The first firing of each trajectory that differs, and how many were compared."""
    found, compared = [], 0
    told = [_rows(frame, addresses) for frame in (before, after)]
    groups = [_by_trajectory(frame) for frame in told]
    for address in addresses:
        logs = [_log(group.get(address)) for group in groups]
        compared += len(logs[0])
        if logs[0] != logs[1]:
            place = next((i for i, pair in enumerate(zip(*logs, strict=False)) if pair[0] != pair[1]), None)
            place = min(map(len, logs)) if place is None else place
            shown = [str(log[place]) if place < len(log) else "none" for log in logs]
            future = 0 if groups[0].get(address) is None else int(groups[0][address]["future"].iloc[0])
            found.append(Unequal(address[0], future, address[1], f"firing {place + 1}", *shown))
    return found, compared


def _by_trajectory(frame: "pd.DataFrame") -> "dict[Address, pd.DataFrame]":
    parts: Any = frame.groupby(["policy", "luck"], observed=True)
    return {(str(policy), int(luck)): part for (policy, luck), part in parts}


def _log(part: "pd.DataFrame | None") -> list[tuple[int, str, int]]:
    if part is None:
        return []
    return list(zip(part["time"].tolist(), part["rule"].astype(str), part["number"].tolist(), strict=True))


# ---------------------------------------------------------------------- another numeric platform


def _shifts(stored: Ensemble, again: Ensemble, addresses: Sequence[Address]) -> tuple[tuple[Shift, ...], int]:
    """Means of the sampled trajectories, before and again, further apart than two samples of that size would be.

    z = difference / (s √(2/m)), s the spread in the whole run, m sampled trajectories of the policy. The two samples
    share their luck and so lie closer than independent ones: the level is at least what is stated. Bonferroni over
    the tests.
    """
    from scipy.special import ndtri

    pairs = list(_means(stored, again, addresses))
    limit = float(-ndtri((1 - LEVEL) / 2 / max(1, len(pairs))))
    return tuple(replace(shift, limit=limit) for shift in pairs if abs(shift.z) > limit), len(pairs)


def _means(stored: Ensemble, again: Ensemble, addresses: Sequence[Address]) -> Iterator[Shift]:
    sampled = _rows(stored.outcomes, addresses)
    for policy in stored.design.policies:
        parts = [frame[frame["policy"] == policy] for frame in (stored.outcomes, sampled, again.outcomes)]
        for column in stored.columns:
            if column.series:
                continue
            whole, before, after = (_numbers(column, part) for part in parts)
            size = min(len(before), len(after))
            if size:
                difference = float(after.mean() - before.mean())
                error = float(whole.std()) * sqrt(2 / size)
                z = difference / error if error else inf if difference else 0.0
                yield Shift(policy, column.name, float(before.mean()), float(after.mean()), z, 0.0)


def _numbers(column: Column, frame: "pd.DataFrame") -> "Array":
    """A column as numbers without its blanks; words and rungs by their places."""
    import numpy as np

    values = frame[column.name]
    if column.words:
        codes = values.cat.codes.to_numpy(dtype=np.float64)
        return codes[codes >= 0]
    numbers = values.astype("float64").to_numpy(dtype=np.float64, na_value=np.nan)
    return numbers[~np.isnan(numbers)]
