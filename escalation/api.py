"""The public verbs: from a file to a scenario, from a scenario to a run, from a run to its tables and its report."""

import inspect
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from escalation.experiments.design import Design, plain_design
from escalation.experiments.execution import Process, Progress
from escalation.experiments.expectations import Verdict, check_expectations
from escalation.experiments.run import run_ensemble, run_until
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
    from escalation.engines.program import Program
    from escalation.engines.simpy import Simulation
    from escalation.experiments.analysis import Analysis
    from escalation.experiments.block import FailedTrajectory
    from escalation.experiments.comparison import Side
    from escalation.experiments.ensemble import Ensemble
    from escalation.experiments.journal import Journal
    from escalation.experiments.stopping import Look, Stopping
    from escalation.experiments.stopping_rule import StoppingRule
    from escalation.model.snapshot import Snapshot
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
        journal: "Journal | None" = None,
        precision: Mapping[str, float | str] | Sequence[str] = (),
        decide: bool | str | Iterable[str] = False,
        looked: "Callable[[Look], None] | None" = None,
    ) -> "Run":
        """Run it under its policies, all of which meet the same futures and the same luck.

        Args:
            n: trajectories a policy; with `precision` or `decide`, at most so many.
            policies: names; None is all of them.
            futures: how many futures share the n trajectories; None is one for each 50.
            seed: of all chance.
            workers: how many are at work; None is as many as there are processors. It never changes a result.
            keep: `firings` keeps a table of every firing; `summary` keeps, instead of the outcomes, what estimates need
                of them, in memory that does not grow with n.
            processes: SimPy processes of your own (see docs/simpy-process.md).
            progress: told (done, total) trajectories.
            engine: `compiled`, `simpy`, or `auto` for the faster that can run it. It never changes a result.
            executor: what workers are: `threads`, `processes`, `dask:local`, `dask:tcp://HOST:PORT`, or `auto`.
            journal: where finished pieces are kept on disk, and found again; its design counts.
            precision: stop when these means are known so precisely under every policy: names with half the width of
                their interval, `{"armed": 0.005}` (in the unit of the column) or `{"armed": "0.5pp"}`.
            decide: stop when every pair of policies is told apart, or the same for our purposes: True for the measures
                that say which difference `matters`, or names.
            looked: told of every look, at 1,000, 2,000, 4,000 … trajectories a policy.

        Raises:
            DesignError: the numbers do not fit together, or there is no such policy or measure. EngineError,
                ExecutorError: the engine or the workers cannot be had. All are ValueErrors.
        """
        own = tuple(processes)
        rule = self.stopping_rule(n, precision, decide)
        if rule is not None:
            made, stopping = run_until(
                self.scenario,
                self.model,
                rule,
                policies=policies,
                futures=futures,
                seed=seed,
                workers=workers,
                keep=keep,
                processes=own,
                progress=progress,
                engine=engine,
                executor=executor,
                looked=looked,
                journal=journal,
            )
            return Run(self, made, own, stopping)
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
            scenario=self.scenario,
            engine=engine,
            executor=executor,
            journal=journal,
        )
        return Run(self, ensemble, own)

    def stopping_rule(
        self,
        n: int,
        precision: Mapping[str, float | str] | Sequence[str] = (),
        decide: bool | str | Iterable[str] = False,
    ) -> "StoppingRule | None":
        """Until when a run goes on; None if nothing is asked. See `run`."""
        from escalation.experiments.stopping_rule import stopping_rule

        if not precision and not decide:
            return None
        return stopping_rule(self.scenario, self.model, n, precision, decide)

    def design(self, n: int, policies: Iterable[str] | None, futures: int | None, seed: int) -> Design:
        """Which trajectories a run would consist of."""
        return plain_design(self.policies, n, policies=policies, futures=futures, seed=seed)

    def trace(
        self, policy: str | None = None, trajectory: int = 0, *, future: int | None = None, seed: int = 1
    ) -> Trajectory:
        """One trajectory with its log of firings; its future is trajectory // 50 unless given."""
        from escalation.engines.simpy import simulate

        return simulate(self.program, self._point(policy, trajectory, future, seed), record=True)

    @cached_property
    def program(self) -> "Program":
        """The model, ready for the SimPy engine."""
        from escalation.engines.program import prepare

        return prepare(self.model)

    def start(
        self,
        policy: str | None = None,
        trajectory: int = 0,
        *,
        future: int | None = None,
        seed: int = 1,
        played: Iterable[str] = (),
        record: bool = True,
    ) -> "Simulation":
        """One trajectory in progress, at the start: to run, decide in, save and branch (see docs/branching.md).

        Args:
            policy: its name; None is the first.
            trajectory: its luck.
            future: None is trajectory // 50, as in a plain run.
            seed: of all chance.
            played: actors for whom the model does not choose.
            record: keep a log of firings.
        """
        from escalation.engines.simpy import Simulation

        point = self._point(policy, trajectory, future, seed)
        return Simulation(self.program, point, played=played, record=record)

    def resume(self, saved: "Snapshot | bytes", *, record: bool = True) -> "Simulation":
        """A trajectory in progress, as it was when it was saved; `bytes` are what `Snapshot.to_bytes` gave.

        Raises:
            DamagedSnapshot, OtherModel: the bytes are no whole snapshot; it is not of this scenario's model.
        """
        from escalation.engines.simpy import Simulation
        from escalation.model.snapshot import Snapshot

        snapshot = Snapshot.from_bytes(saved) if isinstance(saved, bytes) else saved
        return Simulation.resume(self.program, snapshot, record=record)

    def _point(self, policy: str | None, trajectory: int, future: int | None, seed: int) -> Point:
        return Point(policy or self.policies[0], trajectory // 50 if future is None else future, trajectory, seed)

    def expectations(
        self, workers: int | None = None, engine: str = "auto", executor: str = "auto"
    ) -> tuple[Verdict, ...]:
        """What becomes of the claims that travel with the scenario (`expect:`), at a fixed seed and n."""
        given = partial(resolve_given, self.resolved)
        return check_expectations(self.scenario, given, workers=workers, engine=engine, executor=executor)

    def run_name(
        self, processes: Iterable[Process] = (), keep: Collection[str] = (), until: "StoppingRule | None" = None
    ) -> "RunName":
        """What a run of this scenario is called by."""
        from escalation.storing import RunName

        plugins = tuple(sorted(map(plugin_name, processes)))
        kept = tuple(sorted(keep))
        where = places(self.resolved.document)
        return RunName(self.path.name, self.resolved.text, self.overlays, self.sets, plugins, kept, where, until)

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
    """What a run gave: `outcomes` and `series` are pandas frames, `analysis` holds every estimate with its interval.

    stopping: what was asked of its length and what came of it; None where that was fixed beforehand.
    """

    loaded: LoadedScenario
    ensemble: "Ensemble"
    processes: tuple[Process, ...] = field(default=(), repr=False)
    stopping: "Stopping | None" = None

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

        scenario, summary = self.loaded.scenario, self.ensemble.summary
        if summary is not None:
            from escalation.experiments.analysis_of_summary import analyse_summary

            return replace(analyse_summary(summary, self.ensemble, scenario), stopping=self.stopping)
        told = replace(analyse(self.ensemble, scenario), stopping=self.stopping)
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

        until = None if self.stopping is None else self.stopping.rule
        kept = (("firings", self.ensemble.firings), ("summary", self.ensemble.summary))
        name = self.loaded.run_name(self.processes, [word for word, there in kept if there is not None], until)
        verdicts = self.loaded.expectations()
        analysis = (lambda: self.analysis) if self.ensemble.reportable else None
        scenario, stopping = self.loaded.scenario, self.stopping
        place = store(Path(reports), name, scenario, self.ensemble, analysis, verdicts, stopping=stopping)
        return place / "report.html"

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
    engine: str = "auto",
    executor: str = "auto",
) -> "Comparison":
    """What B changes against A: B less A, in the same futures with the same luck.

    Args:
        a, b: runs; or scenarios or their files, which are then run; or stored runs, by their folder or name.
        n, policies, futures, seed: of the runs that are made for it.
        level: of every interval.
        firings: how many trajectories of each are played again to find the rule that first fired differently.
        workers, engine, executor: see `LoadedScenario.run`.
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
            given = given.run(
                n, policies=known, futures=futures, seed=seed, workers=workers, engine=engine, executor=executor
            )
        return given.loaded.side(given.ensemble, processes=given.processes)

    return Comparison(
        compare_runs(side(a), side(b), level=level, firings=firings, workers=workers, engine=engine, executor=executor)
    )
