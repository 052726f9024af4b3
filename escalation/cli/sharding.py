"""`escalation run --shard`, and `escalation merge`, which makes one run of all shards."""

import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalation.cli.exits import Exit
from escalation.cli.interruptions import Interruptions
from escalation.cli.running import (
    GO_ON,
    Job,
    Request,
    counted,
    load_plugin,
    refused,
    run_job,
    say,
    tell_failures,
    told_of,
)

if TYPE_CHECKING:
    from escalation.experiments.journal import Journal
    from escalation.experiments.shards import Shards


def store_part(job: Job, journal: "Journal", signals: Interruptions) -> int:
    """Run one shard and store it, without a report; its folder is the last line of stdout."""
    from escalation.experiments.run import run_pieces
    from escalation.experiments.shards import store_shard
    from escalation.storing import kept_beside

    began = time.monotonic()
    with counted(job.request, signals) as counting:
        stopped = run_pieces(
            job.loaded.model,
            journal,
            workers=job.request.workers,
            progress=counting,
            keep=job.name.keep,
            processes=job.processes,
            engine=job.request.engine,
            executor=job.request.executor,
        )
    remark = told_of(journal, time.monotonic() - began)
    say(job.request, remark)
    tell_failures(journal.failures)
    if stopped:
        journal.log(f"stopped early: {stopped}")
        print(f"stopped early ({stopped}); what was done is kept; {GO_ON}", file=sys.stderr)
        return Exit.STOPPED_EARLY
    kept = kept_beside(job.name, job.loaded.scenario.title, job.loaded.resolved.written)
    failed = bool(journal.failures)
    print(store_shard(job.request.out, journal, kept, [remark]), flush=True)
    return Exit.SOME_FAILED if failed else Exit.DONE


def merge_folders(folders: list[Path], out: Path | None, workers: int | None, quiet: bool) -> int:
    """The run of which these are all shards; its report's path is the last line of stdout."""
    from escalation.experiments.shards import CannotMerge, differing_key, together
    from escalation.experiments.store import StoreError

    try:
        shards = together(folders)
        job = _job(shards, out, workers, quiet)
        differs = differing_key(shards.manifest["determined_by"], job.key)
        if differs:
            found = "; ".join(differs)
            raise CannotMerge(f"the shards ({shards.folders[0]}) and this machine would make other runs: {found}")
        return run_job(job)
    except CannotMerge as error:
        for line in str(error).splitlines():
            print(f"escalation: {line}", file=sys.stderr)
        return Exit.WRONG_USAGE
    except StoreError as error:
        return refused(error)


def _job(shards: "Shards", out: Path | None, workers: int | None, quiet: bool) -> Job:
    """The run as it was asked for, read from a shard alone. Raises StoreError."""
    from escalation.api import LoadedScenario
    from escalation.experiments.design import Design
    from escalation.experiments.store import MANIFEST, StoreError
    from escalation.language.resolve import resolve_written
    from escalation.language.written_places import from_text
    from escalation.storing import WRITTEN

    folder, key, name = shards.folders[0], shards.manifest["determined_by"], shards.manifest.get("name")
    if not isinstance(name, Mapping):
        raise StoreError(f"{folder / MANIFEST} does not say `name`: what the run was called, and what was set")
    try:
        resolved = resolve_written(from_text((folder / WRITTEN).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise StoreError(f"{folder / WRITTEN} cannot be read: {error}") from error
    processes = [load_plugin(each.partition("#")[0]) for each in name["plugins"]]
    loaded = LoadedScenario(Path(name["file"]), resolved, tuple(name["overlays"]), tuple(name["sets"]))
    design = Design(tuple(key["policies"]), key["n"], key["per_future"], key["seed"])
    reports = folder.resolve().parent.parent if out is None else out
    request = _request(key, name, reports, workers, quiet)
    named = replace(loaded.run_name(processes, name["keep"]), judged=request.expect)
    return Job(request, loaded, named, processes, design, tuple(shards.entries()))


def _request(key: Mapping[str, Any], name: Mapping[str, Any], out: Path, workers: int | None, quiet: bool) -> Request:
    from escalation.storing import UNJUDGED

    return Request(
        file=Path(name["file"]),
        n=key["n"],
        policies=tuple(key["policies"]),
        futures=None,
        seed=key["seed"],
        engine="auto",
        overlays=(),
        sets=(),
        workers=workers,
        out=out,
        keep=next((table for table in ("summary", "firings") if table in name["keep"]), "outcomes"),
        csv="outcomes.csv" in name["keep"],
        plugins=(),
        quiet=quiet,
        expect=UNJUDGED not in key["overrides"],
    )
