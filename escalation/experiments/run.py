"""From a model to an ensemble: the design, its execution, and the tables."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from escalation.experiments.block import up_to
from escalation.experiments.design import plain_design
from escalation.experiments.ensemble import Ensemble, assemble
from escalation.experiments.execution import Process, Progress, Work, execute
from escalation.experiments.journal import Journal
from escalation.experiments.looking import Gathered, Looking
from escalation.experiments.stopping import Look, Stopping, stopping_of
from escalation.experiments.stopping_rule import StoppingRule, goals
from escalation.model.process import Model
from escalation.model.scenario import Scenario

KEEPABLE = ("firings",)


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
        keep: `firings` keeps a table of every firing.
        processes: SimPy processes of one's own, started in every trajectory.
        engine: auto, compiled or simpy. It never changes a result.
        executor: auto, threads, processes, dask:local or dask:tcp://HOST:PORT. It never changes a result.
        journal: where finished pieces are kept on disk, and found again; its design counts, and what is in it is not
            run. Its table of firings stays there.

    Raises:
        DesignError: the design cannot be run. ValueError: something else cannot be meant.

    Ctrl-C does not raise: what is done comes back, and `Ensemble.stopped` says so.
    """
    _refuse_unknown(keep)
    names = [policy.name for policy in model.policies]
    firings = "firings" in keep
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
        return assemble(model, journal.design, journal.results(), stopped)
    design = plain_design(names, n, policies=policies, futures=futures, seed=seed)
    outcome = execute(Work(model, design, firings, tuple(processes), engine), workers, progress, executor=executor)
    return assemble(model, design, outcome.results, outcome.stopped, firings)


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
    if journal is None:
        ensemble = assemble(model, design, tuple(up_to(gathered.in_order(design), design.n)), stopped, firings)
    else:
        journal.flush()
        ensemble = assemble(model, design, up_to(journal.results(), design.n), stopped)
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
    unknown = sorted(set(keep) - set(KEEPABLE))
    if unknown:
        raise ValueError(f"{unknown[0]!r} cannot be kept; there is {', '.join(KEEPABLE)}")
