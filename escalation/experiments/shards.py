"""Parts of a run that were run apart: each a folder of its own, and what must hold before they are one run again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from escalation.experiments.block import BlockResult
from escalation.experiments.design import CANONICAL, Block, Shard
from escalation.experiments.journal import PIECES, Journal, Kept
from escalation.experiments.piece_file import ENDING, Damaged, Entry, entries_of, piece_files, write_into
from escalation.experiments.pieces import Pieces
from escalation.experiments.run_key import RunKey, key_of_record
from escalation.experiments.store import MANIFEST, SHARD, RunFolder, StoreError, faults, read_manifest

BLOCKS = 10
"""Canonical blocks of one policy in a file of a shard."""
WORDS = {
    "scenario": "the scenario",
    "policies": "the policies",
    "per_future": "trajectories a future",
    "overrides": "settings and overlays",
    "keep": "what is kept",
    "sources": "the version of this program (sha256 of its sources)",
    "platform": "the numeric platform",
    "schema": "the layout of folders",
}


class CannotMerge(ValueError):
    """Folders that are not the shards of one run, all of them: what differs, is missing or is damaged, a line each."""


# ---------------------------------------------------------------------- storing one


def store_shard(reports: Path, journal: Journal, kept: Kept, remarks: Iterable[str] = ()) -> Path:
    """The folder of a shard whose journal is complete: its pieces in canonical order, and whose they are.

    The same shard is the same bytes, however it was run. Raises StoreError.
    """
    design, failures = journal.design, journal.failures
    with RunFolder(reports, journal.key, journal.folder, journal.read_log(), design.shard) as folder:
        for name, text in kept.files.items():
            folder.write(name, text)
        for name, results in _files(design.policies, journal.results()):
            folder.write_with(name, lambda file, results=results: write_into(file, journal.key.digest, results))  # type: ignore[misc]
        if design.shard is not None:
            folder.state(SHARD, [design.shard.number, design.shard.of])
        folder.state("trajectories", {"asked": design.total, "done": journal.done, "failed": len(failures)})
        folder.state("stopped", "")
        for fact, value in kept.facts.items():
            folder.state(fact, value)
        for remark in remarks:
            folder.log(remark)
        place = folder.finish()
    journal.remove()
    return place


def _files(policies: Sequence[str], results: Iterable[BlockResult]) -> Iterator[tuple[str, list[BlockResult]]]:
    """Names of files, and what goes into each."""
    size = BLOCKS * CANONICAL
    for (policy, number), group in groupby(results, key=lambda each: (each.block.policy, each.block.first // size)):
        yield f"{PIECES}/{policies.index(policy)}-{number * size}{ENDING}", list(group)


# ---------------------------------------------------------------------- all of them


@dataclass(frozen=True, slots=True)
class Shards:
    """All shards of one run, by folder what each says of itself: the same but for their numbers and files."""

    manifests: Mapping[Path, Mapping[str, Any]]

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where they are."""
        return tuple(self.manifests)

    @property
    def manifest(self) -> Mapping[str, Any]:
        """That of one of them."""
        return self.manifests[self.folders[0]]

    def entries(self) -> Iterator[Entry]:
        """Their pieces. Raises StoreError."""
        for folder in self.folders:
            yield from self.entries_in(folder)

    def entries_in(self, folder: Path) -> Iterator[Entry]:
        """The pieces of one of them, from the files for which its manifest answers. Raises StoreError."""
        for path in piece_files(folder / PIECES):
            if f"{PIECES}/{path.name}" not in self.manifests[folder]["files"]:
                continue
            try:
                yield from entries_of(path, self.manifest["key"])
            except (Damaged, OSError) as error:
                raise StoreError(f"{path} cannot be read: {error}") from error

    def lacking(self) -> Iterator[str]:
        """Those that do not hold all of their part. Raises StoreError."""
        for folder, manifest in self.manifests.items():
            key, pieces = manifest["determined_by"], Pieces(self.entries_in(folder))
            part = Shard(*manifest[SHARD]).lucks(key["n"])
            blocks = [Block(policy, part.start, part.stop) for policy in key["policies"]]
            gaps = [gap for block in blocks for gap in pieces.gaps(block)]
            if gaps:
                first = gaps[0]
                where = f"trajectories {first.first:,} to {first.last - 1:,} under {first.policy}"
                number, of = manifest[SHARD]
                yield f"{folder} does not hold all of shard {number} of {of}: {where} are not there"


def together(folders: Sequence[Path]) -> Shards:
    """The shards in these folders, whichever their order; a folder may be named twice.

    Raises CannotMerge with everything that keeps them from being one run.
    """
    wrong: list[str] = []
    manifests: dict[Path, Mapping[str, Any]] = {}
    for folder in folders:
        try:
            manifest = read_manifest(folder)
            if not manifest.get(SHARD):
                wrong.append(f"{folder} is no shard: it holds a whole run")
                continue
            manifests[folder] = manifest
            wrong += [f"{folder}: {fault}" for fault in _contradictions(manifest)]
            wrong += [f"{folder} is no longer whole: {fault}" for fault in faults(folder)[:1]]
        except StoreError as error:
            there = (folder / MANIFEST).exists()
            wrong.append(str(error) if there else f"{folder} is no shard of a run: it has no {MANIFEST}")
    wrong += _of_different_runs(manifests)
    if not wrong:
        wrong += _missing(manifests)
    if wrong or not manifests:
        raise CannotMerge("\n".join(wrong or ["no shard is named"]))
    shards = Shards(manifests)
    lacking = list(shards.lacking())
    if lacking:
        raise CannotMerge("\n".join(lacking))
    return shards


def _contradictions(manifest: Mapping[str, Any]) -> Iterator[str]:
    """In what a shard's manifest cannot be right."""
    try:
        if key_of_record(manifest["determined_by"]).digest != manifest["key"]:
            yield "the key is not that of what its manifest says determines the run"
    except ValueError as error:
        yield str(error)


def _of_different_runs(manifests: Mapping[Path, Mapping[str, Any]]) -> Iterator[str]:
    """What each says differently from the one that most agree with."""
    alike = [(manifest["key"], manifest[SHARD][1]) for manifest in manifests.values()]
    if len(set(alike)) < 2:
        return
    most = max(alike, key=alike.count)
    model, usual = next((f, m) for f, m in manifests.items() if (m["key"], m[SHARD][1]) == most)
    for folder, manifest in manifests.items():
        for sentence in differing(manifest["determined_by"], usual["determined_by"]):
            yield f"{folder} is of another run than {model}: {sentence}"
        if manifest["key"] == usual["key"] and manifest[SHARD][1] != usual[SHARD][1]:
            yield f"{folder} is one of {manifest[SHARD][1]} shards, and {model} one of {usual[SHARD][1]}"


def differing(there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    """In what two keys differ, a sentence each: "n is 1000 there, 2000 here"."""
    for name in dict.fromkeys([*here, *there]):
        one, other = there.get(name), here.get(name)
        if one == other:
            continue
        if name == "libraries":
            versions, others = dict(one or ()), dict(other or ())
            for library in sorted({*versions, *others}):
                if versions.get(library) != others.get(library):
                    yield f"{library} is {versions.get(library)} there, {others.get(library)} here"
        else:
            yield f"{WORDS.get(name, name)} is {_short(one)} there, {_short(other)} here"


def _short(value: Any) -> str:
    if isinstance(value, str) and len(value) == 64:
        return f"{value[:12]}…"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def differing_key(there: Mapping[str, Any], here: RunKey) -> list[str]:
    """In what a stored key differs from one that was made here and now."""
    told = asdict(here)
    return list(differing(there, {name: _as_json(value) for name, value in told.items()}))


def _as_json(value: Any) -> Any:
    return [_as_json(each) for each in value] if isinstance(value, tuple) else value


def _missing(manifests: Mapping[Path, Mapping[str, Any]]) -> Iterator[str]:
    numbers = {manifest[SHARD][0] for manifest in manifests.values()}
    of = next((manifest[SHARD][1] for manifest in manifests.values()), 0)
    missing = sorted(set(range(1, of + 1)) - numbers)
    if missing:
        words = f"shard {missing[0]} of {of} is" if len(missing) == 1 else f"shards {_listed(missing)} of {of} are"
        yield f"{words} missing"


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"
