"""From a model to an ensemble: the design, its execution, and the tables."""

from collections.abc import Collection, Iterable

from escalation.experiments.design import plain_design
from escalation.experiments.ensemble import Ensemble, assemble
from escalation.experiments.execution import Process, Progress, Work, execute
from escalation.model.process import Model

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

    Raises:
        DesignError: the design cannot be run. ValueError: something else cannot be meant.

    Ctrl-C does not raise: what is done comes back, and `Ensemble.stopped` says so.
    """
    unknown = sorted(set(keep) - set(KEEPABLE))
    if unknown:
        raise ValueError(f"{unknown[0]!r} cannot be kept; there is {', '.join(KEEPABLE)}")
    names = [policy.name for policy in model.policies]
    design = plain_design(names, n, policies=policies, futures=futures, seed=seed)
    firings = "firings" in keep
    outcome = execute(Work(model, design, firings, tuple(processes), engine), workers, progress, executor=executor)
    return assemble(model, design, outcome.results, outcome.stopped, firings)
