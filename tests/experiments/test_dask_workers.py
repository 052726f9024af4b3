import os
import signal
import subprocess
import sys

import pytest

pytest.importorskip("distributed", reason="Dask is not installed")

from escalation.experiments import dask_workers, execution
from escalation.experiments.executor_kinds import ExecutorError
from escalation.experiments.run import run_ensemble
from tests.experiments.births import births, failing, with_rung
from tests.experiments.dask_cluster import OTHER_VERSION, ROOT, Cluster
from tests.experiments.test_execution import assert_rows_of, assert_same


@pytest.fixture(scope="module")
def model():
    return with_rung(failing(16).model())


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("dask"))
    for name in ("one", "two", "three"):
        made.start(name)
    made.await_workers(3)
    yield made
    made.close()


def on(cluster):
    return {"executor": f"dask:{cluster.address}"}


@pytest.mark.parametrize(("engine", "size", "n"), [("compiled", 1000, 450), ("simpy", 7, 120), ("compiled", 1, 60)])
def test_workers_of_a_scheduler_do_not_change_a_result(model, cluster, monkeypatch, engine, size, n):
    """Outcomes, series, firings and failures are those of one process, in pieces of any size."""
    alone = run_ensemble(model, n=n, workers=1, keep=["firings"], engine="simpy")
    monkeypatch.setattr(execution, "piece_size", lambda design, engine, workers: size)
    assert_same(alone, run_ensemble(model, n=n, keep=["firings"], engine=engine, **on(cluster)))


def test_a_worker_runs_another_seed_after_a_first(model, cluster):
    """What a worker keeps ready belongs to one run."""
    first, second = (run_ensemble(model, n=100, seed=seed, **on(cluster)) for seed in (1, 2))
    assert not first.outcomes.equals(second.outcomes)
    assert_same(second, run_ensemble(model, n=100, seed=2, workers=1, engine="simpy"))


def test_a_killed_worker_loses_nothing_and_an_added_one_takes_part(model, cluster):
    """One of three is killed in mid-run, and one is added: the same result, and nothing is counted twice."""
    alone = run_ensemble(model, n=1500, workers=1)
    told, before = [], len(cluster.pieces("two"))

    def disturb(done, total):
        told.append(done)
        if len(told) == 4:
            cluster.kill("one")
            cluster.start("four")
            cluster.await_workers(3)

    assert_same(alone, run_ensemble(model, n=1500, engine="simpy", progress=disturb, **on(cluster)))
    assert told == list(range(100, 3001, 100))
    assert 0 < len(cluster.pieces("four")) < 30
    assert 0 < len(cluster.pieces("two")) - before < 30


def test_a_worker_of_another_version_is_refused_by_name(model, cluster):
    """The sentence has the worker's address and both values; nothing is run."""
    before = len(cluster.client.nthreads())
    cluster.start("other", OTHER_VERSION)
    cluster.await_workers(before + 1)
    address = next(each["id"] for each in workers_of(cluster) if each["name"] == "other")
    words = f"the worker {address} is refused.*the sources of escalation is 0123456789ab there and [0-9a-f]{{12}} here"
    with pytest.raises(ExecutorError, match=words):
        run_ensemble(model, n=100, **on(cluster))
    cluster.kill("other")
    cluster.await_workers(before)


def workers_of(cluster):
    return [value | {"id": key} for key, value in cluster.client.scheduler_info(n_workers=-1)["workers"].items()]


def test_a_worker_of_another_version_that_joins_stops_the_run_and_what_is_done_is_kept(model, cluster):
    """It is looked at before its first piece."""
    before = len(cluster.client.nthreads())
    alone = run_ensemble(model, n=20_000, workers=1)

    def join(done, total):
        if done == 100:
            cluster.start("late", OTHER_VERSION)
            cluster.await_workers(before + 1)

    made = run_ensemble(model, n=20_000, engine="simpy", progress=join, **on(cluster))
    assert "is refused, since its results could differ: the sources of escalation is 0123456789ab" in made.stopped
    assert 100 <= made.done < 40_000
    assert_rows_of(made, alone)
    cluster.kill("late")
    cluster.await_workers(before)


def test_an_interruption_of_a_schedulers_workers_keeps_what_is_finished(model, cluster):
    """The rows that come back are rows of the whole run, and the workers serve the next one."""
    alone = run_ensemble(model, n=3000, workers=1)

    def interrupt(done, total):
        if done == 500:
            os.kill(os.getpid(), signal.SIGINT)

    made = run_ensemble(model, n=3000, engine="simpy", progress=interrupt, **on(cluster))
    assert made.stopped == "interrupted"
    assert 500 <= made.done < 6000
    assert_rows_of(made, alone)
    assert run_ensemble(model, n=10, **on(cluster)).complete


def test_a_scheduler_that_does_not_answer_is_told(model, monkeypatch):
    """With its address."""
    monkeypatch.setattr(dask_workers, "ANSWER", 0.5)
    with pytest.raises(ExecutorError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        run_ensemble(model, n=10, executor="dask:tcp://127.0.0.1:1")


def test_a_scheduler_without_workers_is_told(model, tmp_path, monkeypatch):
    """After it was given some time for the first."""
    monkeypatch.setattr(dask_workers, "FIRST_WORKER", 0.5)
    empty = Cluster(tmp_path)
    with pytest.raises(ExecutorError, match="has had no workers"):
        run_ensemble(model, n=10, **on(empty))
    empty.close()


SCRIPT = """
import sys
sys.path.insert(0, {root!r})
from escalation.experiments.run import run_ensemble
from tests.experiments.births import births
tell = lambda done, total: print(done, flush=True)
ensemble = run_ensemble(
    births(days=300).model(), n=50_000, workers=2, progress=tell, engine="simpy", executor="dask:local"
)
print(ensemble.stopped, len(ensemble.outcomes) == ensemble.done > 0)
"""


def test_ctrl_c_at_a_terminal_ends_a_run_by_dask_here_without_a_word_of_its_workers(tmp_path):
    """Workers of our own need no guard in the caller's script, and leave Ctrl-C to us; twice, as people do."""
    script = tmp_path / "study.py"
    script.write_text(SCRIPT.format(root=str(ROOT)))
    process = subprocess.Popen(
        [sys.executable, "-W", "error", str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline() == "100\n"
    os.killpg(process.pid, signal.SIGINT)
    os.killpg(process.pid, signal.SIGINT)
    said, complaints = process.communicate(timeout=120)
    assert said.splitlines()[-1] == "interrupted True"
    assert complaints == ""


def test_workers_by_dask_here_do_not_change_a_result():
    """`dask:local` gives what one process gives."""
    model = births().model()
    alone = run_ensemble(model, n=150, workers=1, engine="simpy")
    assert_same(alone, run_ensemble(model, n=150, workers=1, executor="dask:local"))


def test_a_scheduler_that_is_lost_stops_the_run_and_what_is_done_is_kept(tmp_path, monkeypatch):
    """It is told that it does not answer any more."""
    monkeypatch.setattr(dask_workers, "ANSWER", 1)
    model = births().model()
    alone = run_ensemble(model, n=5000, workers=1)
    lost = Cluster(tmp_path)
    lost.start("one")
    lost.await_workers(1)
    lost.client.close()

    def disturb(done, total):
        if done == 300:
            lost.kill("scheduler")

    made = run_ensemble(model, n=5000, engine="simpy", progress=disturb, **on(lost))
    lost.close()
    assert made.stopped.startswith("no Dask scheduler answers at tcp://127.0.0.1:")
    assert 300 <= made.done < 10_000
    assert_rows_of(made, alone)
