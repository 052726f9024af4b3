"""The public verbs: from a file to a scenario, from a scenario to a run, from a run to its tables and its report."""

import inspect
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from escalation.experiments.design import Design, plain_design
from escalation.experiments.execution import Process, Progress
from escalation.experiments.expectations import Verdict, check_expectations
from escalation.experiments.run import run_ensemble
from escalation.experiments.watches import watches
from escalation.language.differences import places
from escalation.language.resolve import Resolved, read_scenario, resolve_given
from escalation.model.build import build
from escalation.model.process import Model
from escalation.model.scenario import Scenario
from escalation.model.trajectory import Point, Trajectory

if TYPE_CHECKING:
    import pandas as pd

    from escalation.comparing import Comparison
    from escalation.experiments.analysis import Analysis
    from escalation.experiments.block import FailedTrajectory
    from escalation.experiments.comparison import Side
    from escalation.experiments.ensemble import Ensemble
    from escalation.storing import RunName


def load(
    path: str | os.PathLike[str],
    *,
    overlays: Sequence[str | os.PathLike[str]] = (),
    set: Mapping[str, object] | Sequence[str] = (),
) -> "LoadedScenario":
    """Read a scenario.

    Args:
        path: the YAML file.
        overlays: further files laid over it, in order.
        set: values set last, as `{"patience": "3 days"}` or `["patience=3 days"]`.

    Raises:
        InvalidScenario: with every fault, each with its file, line and column.
    """
    sets = tuple(f"{name}={value}" for name, value in set.items()) if isinstance(set, Mapping) else tuple(set)
    return LoadedScenario(Path(path), read_scenario(path, overlays, sets), tuple(map(str, overlays)), sets)


def plugin_name(process: Process) -> str:
    """A process by its module and name, and a digest of its module's source, which a run's key depends on."""
    source = inspect.getsourcefile(process)
    content = Path(source).read_bytes() if source is not None else repr(process.__code__.co_code).encode()
    return f"{process.__module__}:{process.__qualname__}#{sha256(content).hexdigest()[:16]}"


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario that was read, ready to run.

    path: its file. resolved: the scenario with every default filled in, and the YAML that says so. overlays, sets:
    what was laid over the file.
    """

    path: Path
    resolved: Resolved = field(repr=False)
    overlays: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()

    @property
    def scenario(self) -> Scenario:
        """The canonical scenario."""
        return self.resolved.scenario

    @property
    def policies(self) -> tuple[str, ...]:
        """Names of its policies."""
        return tuple(policy.name for policy in self.scenario.policies)

    @cached_property
    def model(self) -> Model:
        """The model of the scenario, with what a report watches besides the author's measures."""
        return build(self.scenario, watches(self.scenario))

    def run(
        self,
        n: int = 10_000,
        *,
        policies: Iterable[str] | None = None,
        futures: int | None = None,
        seed: int = 1,
        workers: int | None = None,
        keep: Collection[str] = (),
        processes: Iterable[Process] = (),
        progress: Progress | None = None,
        engine: str = "auto",
        executor: str = "auto",
    ) -> "Run":
        """Run it under its policies, all of which meet the same futures and the same luck.

        Args:
            n: trajectories a policy.
            policies: names; None is all of them.
            futures: how many futures share the n trajectories; None is one for each 50.
            seed: of all chance.
            workers: how many are at work; None is as many as there are processors. It never changes a result.
            keep: `firings` keeps a table of every firing.
            processes: SimPy processes of your own (see docs/simpy-process.md).
            progress: told (done, total) trajectories.
            engine: `compiled`, `simpy`, or `auto` for the faster that can run it. It never changes a result.
            executor: what workers are: `threads`, `processes`, `dask:local`, `dask:tcp://HOST:PORT`, or `auto`.

        Raises:
            DesignError: the numbers do not fit together, or there is no such policy. EngineError, ExecutorError: the
                engine or the workers cannot be had. All are ValueErrors.
        """
        own = tuple(processes)
        ensemble = run_ensemble(
            self.model,
            n=n,
            policies=policies,
            futures=futures,
            seed=seed,
            workers=workers,
            keep=keep,
            processes=own,
            progress=progress,
            engine=engine,
            executor=executor,
        )
        return Run(self, ensemble, own)

    def design(self, n: int, policies: Iterable[str] | None, futures: int | None, seed: int) -> Design:
        """Which trajectories a run would consist of."""
        return plain_design(self.policies, n, policies=policies, futures=futures, seed=seed)

    def trace(
        self, policy: str | None = None, trajectory: int = 0, *, future: int | None = None, seed: int = 1
    ) -> Trajectory:
        """One trajectory with its log of firings; its future is trajectory // 50 unless given."""
        from escalation.engines.program import prepare
        from escalation.engines.simpy import simulate

        point = Point(policy or self.policies[0], trajectory // 50 if future is None else future, trajectory, seed)
        return simulate(prepare(self.model), point, record=True)

    def expectations(self, workers: int | None = None) -> tuple[Verdict, ...]:
        """What becomes of the claims that travel with the scenario (`expect:`), at a fixed seed and n."""
        return check_expectations(self.scenario, lambda given: resolve_given(self.resolved, given), workers=workers)

    def run_name(self, processes: Iterable[Process] = (), keep: Collection[str] = ()) -> "RunName":
        """What a run of this scenario is called by."""
        from escalation.storing import RunName

        plugins = tuple(sorted(map(plugin_name, processes)))
        kept = tuple(sorted(keep))
        where = places(self.resolved.document)
        return RunName(self.path.name, self.resolved.text, self.overlays, self.sets, plugins, kept, where)

    def side(self, ensemble: "Ensemble", name: str = "", processes: Iterable[Process] = ()) -> "Side":
        """An ensemble of this scenario as one side of a comparison; `name` is what a person calls it."""
        from escalation.comparing import side_key
        from escalation.experiments.comparison import Side

        own = tuple(processes)
        key = side_key(self.run_name(own).key(ensemble.design))
        laid = [f"--overlay {each}" for each in self.overlays] + [f"--set {each}" for each in self.sets]
        called = name or " ".join([str(self.path), *laid])
        return Side(called, key, self.scenario, self.resolved.document, ensemble, None, own, "", lambda: self.model)

    def _repr_html_(self) -> str:
        scenario = self.scenario
        policies = "".join(
            f"<tr><td><code>{escape(each.name)}</code></td><td>{escape(each.label)}</td></tr>"
            for each in scenario.policies
        )
        about = f"<p>{escape(scenario.about.strip())}</p>" if scenario.about.strip() else ""
        counts = (
            f"{len(scenario.events)} events, {len(scenario.ladders)} ladders, {len(scenario.intelligence)} readings, "
            f"{len(scenario.uncertainties)} uncertainties, {len(scenario.measures)} measures"
        )
        return (
            f"<h3>{escape(scenario.title)}</h3>{about}<p>From {escape(scenario.start)}: {counts}.</p>"
            f"<table><thead><tr><th>Policy</th><th>Meaning</th></tr></thead><tbody>{policies}</tbody></table>"
        )


@dataclass(frozen=True)
class Run:
    """What a run gave: `outcomes` and `series` are pandas frames, `analysis` holds every estimate with its interval."""

    loaded: LoadedScenario
    ensemble: "Ensemble"
    processes: tuple[Process, ...] = field(default=(), repr=False)

    @property
    def outcomes(self) -> "pd.DataFrame":
        """A row for each policy and trajectory: `policy`, `future`, `luck`, then a column a measure."""
        return self.ensemble.outcomes

    @property
    def series(self) -> "pd.DataFrame":
        """A row for each policy, trajectory and day of a series: the first 2,000 trajectories of each policy."""
        return self.ensemble.series

    @cached_property
    def analysis(self) -> "Analysis":
        """Every estimate of the report."""
        from escalation.experiments.analysis import analyse
        from escalation.experiments.typical import typical_trajectories

        scenario = self.loaded.scenario
        told = analyse(self.ensemble, scenario)
        if told.deep is not None:
            return told
        seed = self.ensemble.design.seed
        return replace(told, typical=typical_trajectories(self.ensemble, scenario, seed, self.play, told.level))

    def play(self, point: Point) -> Trajectory:
        """One trajectory of the run once more, with its log of firings."""
        from escalation.engines.program import prepare
        from escalation.engines.simpy import simulate

        return simulate(prepare(self.loaded.model), point, record=True, processes=self.processes)

    def report(self, reports: str | os.PathLike[str] = "reports") -> Path:
        """Store the run under `reports` and write its report; returns the path of `report.html`."""
        from escalation.storing import store

        name = self.loaded.run_name(self.processes, () if self.ensemble.firings is None else ("firings",))
        verdicts = self.loaded.expectations()
        analysis = (lambda: self.analysis) if len(self.outcomes) else None
        return store(Path(reports), name, self.loaded.scenario, self.ensemble, analysis, verdicts) / "report.html"

    def compare(self, other: "Run", *, level: float = 0.95, firings: int = 500) -> "Comparison":
        """What the other run changes against this one; `firings`: see `escalation.compare`."""
        return compare(self, other, level=level, firings=firings)

    @property
    def failures(self) -> "tuple[FailedTrajectory, ...]":
        """Trajectories that did not reach their horizon, each with its address and why; they have no row."""
        return self.ensemble.failures

    def __repr__(self) -> str:
        told = f"{self.ensemble.done:,} of {self.ensemble.design.total:,} trajectories"
        if self.failures:
            told += f", {len(self.failures):,} of which failed, the first: {self.failures[0].message}"
        return f"<Run of {self.loaded.scenario.title!r}: {told}>"

    def _repr_html_(self) -> str:
        return self.ensemble._repr_html_()


Comparable = Run | LoadedScenario | str | os.PathLike[str]


def compare(
    a: Comparable,
    b: Comparable,
    *,
    n: int = 2_000,
    policies: Iterable[str] | None = None,
    futures: int | None = None,
    seed: int = 1,
    level: float = 0.95,
    firings: int = 500,
    workers: int | None = None,
    reports: str | os.PathLike[str] = "reports",
) -> "Comparison":
    """What B changes against A: B less A, in the same futures with the same luck.

    Args:
        a, b: runs; or scenarios or their files, which are then run; or stored runs, by their folder or name.
        n, policies, futures, seed: of the runs that are made for it.
        level: of every interval.
        firings: how many trajectories of each are played again to find the rule that first fired differently.
        workers: processes at work.
        reports: where names of stored runs are looked for.

    Raises:
        NoRun, Incomparable: a word names no run; nothing of the two can be paired (both are ValueErrors).
        InvalidScenario: a file is not valid.
    """
    from escalation.comparing import Comparison, named_run, stored_side
    from escalation.experiments.comparison import compare_runs

    chosen = None if policies is None else tuple(policies)

    def side(given: Comparable) -> "Side":
        if isinstance(given, str | os.PathLike):
            folder = named_run(Path(given), Path(reports))
            if folder is not None:
                return stored_side(folder)
            given = load(given)
        if isinstance(given, LoadedScenario):
            known = None if chosen is None else [name for name in chosen if name in given.policies]
            given = given.run(n, policies=known, futures=futures, seed=seed, workers=workers)
        return given.loaded.side(given.ensemble, processes=given.processes)

    return Comparison(compare_runs(side(a), side(b), level=level, firings=firings, workers=workers))
