"""From a model to an ensemble: the design, its execution, and the tables."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from escalation.experiments.block import BlockResult
from escalation.experiments.deep import deep_names
from escalation.experiments.design import Design, DesignError, plain_design
from escalation.experiments.ensemble import Ensemble, assemble
from escalation.experiments.execution import Process, Progress, Work, execute
from escalation.experiments.over_time import OverTimeReducer
from escalation.experiments.summary import Reducer
from escalation.experiments.summary_sink import SummarySink
from escalation.model.process import Model
from escalation.model.scenario import Scenario

KEEPABLE = ("firings", "summary")


def run_ensemble(
    model: Model,
    *,
    n: int = 10_000,
    policies: Iterable[str] | None = None,
    futures: int | None = None,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
    keep: Collection[str] = (),
    processes: Iterable[Process] = (),
    scenario: Scenario | None = None,
    engine: str = "auto",
    executor: str = "auto",
) -> Ensemble:
    """Run policies in the same futures with the same luck.

    Args:
        model: what to run.
        n: trajectories a policy.
        policies: names; None is all of them.
        futures: how many futures share the n trajectories; None is one for each 50.
        seed: of all randomness.
        workers: how many; None is as many as there are processors. It never changes a result.
        progress: told (done, total) trajectories as blocks are finished.
        keep: `firings` keeps a table of every firing; `summary` keeps no outcomes but what estimates need of them.
        processes: SimPy processes of one's own, started in every trajectory.
        scenario: of the model; a summary cannot be made without.
        engine: auto, compiled or simpy. It never changes a result.
        executor: auto, threads, processes, dask:local or dask:tcp://HOST:PORT. It never changes a result.

    Raises:
        DesignError: the design cannot be run. ValueError: something else cannot be meant.

    Ctrl-C does not raise: what is done comes back, and `Ensemble.stopped` says so.
    """
    if {"firings", "summary"} <= set(keep):
        raise ValueError("firings are kept beside outcomes, not beside a summary")
    unknown = sorted(set(keep) - set(KEEPABLE))
    if unknown:
        raise ValueError(f"{unknown[0]!r} cannot be kept; there is {', '.join(KEEPABLE)}")
    names = [policy.name for policy in model.policies]
    design = plain_design(names, n, policies=policies, futures=futures, seed=seed)
    firings = "firings" in keep
    work = Work(model, design, firings, tuple(processes), engine)
    if "summary" not in keep:
        outcome = execute(work, workers, progress, executor=executor)
        ensemble = assemble(model, design, outcome.results, outcome.stopped, firings)
        return _with_series(ensemble, outcome.over_time, outcome.results)
    sink = _sink(model, scenario, design)
    outcome = execute(work, workers, progress, sink, executor=executor)
    ensemble = replace(assemble(model, design, sink.results(), outcome.stopped), summary=sink.finish())
    return _with_series(ensemble, sink.over_time, sink.results())


def _with_series(ensemble: Ensemble, over_time: OverTimeReducer | None, results: Sequence[BlockResult]) -> Ensemble:
    """The ensemble with what is known of the paths of all trajectories."""
    if over_time is None:
        return ensemble
    series = [column for column in ensemble.columns if column.series]
    return replace(ensemble, over_time=over_time.finish(results, series))


def _sink(model: Model, scenario: Scenario | None, design: Design) -> SummarySink:
    if scenario is None:
        raise ValueError("a summary needs the scenario whose questions it is to answer")
    bare = deep_names(scenario)
    if bare:
        raise DesignError(
            f"a summary cannot be cut into slices of bare ranges, and {bare[0].name} is `deep`: keep the outcomes"
        )
    return SummarySink(Reducer(model, scenario, design))
