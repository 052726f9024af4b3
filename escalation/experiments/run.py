"""From a model to an ensemble: the design, its execution, and the tables."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from escalation.experiments.block import BlockResult, up_to
from escalation.experiments.deep import deep_names
from escalation.experiments.design import Design, DesignError, plain_design
from escalation.experiments.ensemble import Ensemble, assemble
from escalation.experiments.execution import Process, Progress, Work, execute
from escalation.experiments.journal import Journal
from escalation.experiments.looking import Gathered, Looking
from escalation.experiments.over_time import OverTimeReducer
from escalation.experiments.stopping import Look, Stopping, stopping_of
from escalation.experiments.stopping_rule import StoppingRule, goals
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
    journal: Journal | None = None,
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
        journal: where finished pieces are kept on disk, and found again; its design counts, and what is in it is not
            run. Its table of firings stays there.

    Raises:
        DesignError: the design cannot be run. ValueError: something else cannot be meant.

    Ctrl-C does not raise: what is done comes back, and `Ensemble.stopped` says so.
    """
    _refuse_unknown(keep)
    firings, summary = "firings" in keep, "summary" in keep
    if journal is not None:
        stopped = run_pieces(
            model,
            journal,
            workers=workers,
            progress=progress,
            keep=keep,
            processes=processes,
            engine=engine,
            executor=executor,
        )
        reducer = _reducer(model, scenario, journal.design, summary)
        if reducer is not None:
            return summarised_ensemble(model, journal.design, journal.results(abreast=True), stopped, reducer)
        return gathered_ensemble(model, journal.design, journal.results(), stopped)
    names = [policy.name for policy in model.policies]
    design = plain_design(names, n, policies=policies, futures=futures, seed=seed)
    work = Work(model, design, firings, tuple(processes), engine)
    reducer = _reducer(model, scenario, design, summary)
    if reducer is None:
        outcome = execute(work, workers, progress, executor=executor)
        ensemble = assemble(model, design, outcome.results, outcome.stopped, firings)
        return _with_series(ensemble, outcome.over_time, outcome.results)
    sink = SummarySink(reducer)
    outcome = execute(work, workers, progress, sink, executor=executor)
    return _summary_of(model, design, sink, outcome.stopped)


def gathered_ensemble(
    model: Model, design: Design, results: Iterable[BlockResult], stopped: str = "", *, firings: bool = False
) -> Ensemble:
    """The ensemble of results in canonical order, each of which is looked at once."""
    over_time = OverTimeReducer(design)
    charted: list[BlockResult] = []

    def each() -> Iterator[BlockResult]:
        for result in results:
            rest = over_time.take(result)
            if len(rest.series_lucks):
                charted.append(rest)
            yield rest

    return _with_series(assemble(model, design, each(), stopped, firings), over_time, charted)


def summarised_ensemble(
    model: Model, design: Design, results: Iterable[BlockResult], stopped: str, reducer: Reducer
) -> Ensemble:
    """The ensemble of which only a summary is kept; results of all policies should come abreast, since futures wait."""
    sink = SummarySink(reducer)
    for result in results:
        sink.add(result.block, result)
    return _summary_of(model, design, sink, stopped)


def _summary_of(model: Model, design: Design, sink: SummarySink, stopped: str) -> Ensemble:
    ensemble = replace(assemble(model, design, sink.results(), stopped), summary=sink.finish())
    return _with_series(ensemble, sink.over_time, sink.results())


def run_until(
    scenario: Scenario,
    model: Model,
    rule: StoppingRule,
    *,
    policies: Iterable[str] | None = None,
    futures: int | None = None,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
    keep: Collection[str] = (),
    processes: Iterable[Process] = (),
    engine: str = "auto",
    executor: str = "auto",
    looked: Callable[[Look], None] | None = None,
    journal: Journal | None = None,
) -> tuple[Ensemble, Stopping]:
    """Run policies until what the rule asks for is known, or its budget ends; `looked` hears of every look.

    The ensemble is that of a plain run of as many trajectories as the last look had. Otherwise as `run_ensemble`, where
    `futures` are those of the whole budget, which is the design of a journal.
    """
    _refuse_unknown(keep)
    names = [policy.name for policy in model.policies]
    if journal is None:
        design = plain_design(names, rule.budget, policies=policies, futures=futures, seed=seed)
    else:
        design = journal.design
    firings = "firings" in keep

    def told(look: Look) -> None:
        if looked is not None:
            looked(look)
        if look.met and progress is not None:
            ran = look.n * len(design.policies)
            progress(ran, ran)

    gathered = Gathered()
    looking = Looking(journal or gathered, model, design, goals(rule, scenario, model, design), told)
    if journal is not None:
        looking.take_up(journal.results())
    work = Work(model, design, firings, tuple(processes), engine)
    outcome = execute(work, workers, progress, looking, executor)
    stopped = outcome.stopped
    if looking.met:
        design, stopped = replace(design, n=looking.looked[-1].n), ""
    reducer = _reducer(model, scenario, design, "summary" in keep)
    if journal is not None:
        journal.flush()
    found = gathered.in_order(design) if journal is None else journal.results(abreast=reducer is not None)
    here = up_to(found, design.n)
    if reducer is not None:
        ensemble = summarised_ensemble(model, design, here, stopped, reducer)
    else:
        ensemble = gathered_ensemble(model, design, here, stopped, firings=firings and journal is None)
    return ensemble, stopping_of(rule, looking.looked, ensemble)


def run_pieces(
    model: Model,
    journal: Journal,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    keep: Collection[str] = (),
    processes: Iterable[Process] = (),
    engine: str = "auto",
    executor: str = "auto",
) -> str:
    """Run what a journal's design asks for and the journal does not have yet; why it stopped early, or "".

    Raises StoreError where the disk refuses; what is in the journal by then stays there.
    """
    work = Work(model, journal.design, "firings" in keep, tuple(processes), engine)
    stopped = execute(work, workers, progress, journal, executor).stopped
    journal.flush()
    return stopped


def _refuse_unknown(keep: Collection[str]) -> None:
    if {"firings", "summary"} <= set(keep):
        raise ValueError("firings are kept beside outcomes, not beside a summary")
    unknown = sorted(set(keep) - set(KEEPABLE))
    if unknown:
        raise ValueError(f"{unknown[0]!r} cannot be kept; there is {', '.join(KEEPABLE)}")


def _with_series(ensemble: Ensemble, over_time: OverTimeReducer | None, results: Sequence[BlockResult]) -> Ensemble:
    """The ensemble with what is known of the paths of all trajectories."""
    if over_time is None:
        return ensemble
    series = [column for column in ensemble.columns if column.series]
    return replace(ensemble, over_time=over_time.finish(results, series))


def _reducer(model: Model, scenario: Scenario | None, design: Design, wanted: bool) -> Reducer | None:
    if not wanted:
        return None
    if scenario is None:
        raise ValueError("a summary needs the scenario whose questions it is to answer")
    bare = deep_names(scenario)
    if bare:
        raise DesignError(
            f"a summary cannot be cut into slices of bare ranges, and {bare[0].name} is `deep`: keep the outcomes"
        )
    return Reducer(model, scenario, design)
