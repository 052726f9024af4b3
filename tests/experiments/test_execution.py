import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from escalation.experiments import execution, runner
from escalation.experiments.run import run_ensemble
from tests.experiments.births import births, failing, visit, with_rung

ROOT = Path(__file__).parents[2]

simulated = partial(run_ensemble, engine="simpy")
"""On the SimPy engine, whose pieces are small and whose workers are processes."""


def assert_same(first, second):
    assert_frame_equal(first.outcomes, second.outcomes, check_exact=True)
    assert_frame_equal(first.series, second.series, check_exact=True)
    assert first.failures == second.failures
    if first.firings is not None:
        assert_frame_equal(first.firings, second.firings, check_exact=True)


@pytest.fixture(scope="module")
def model():
    return with_rung(failing(16).model())


@pytest.fixture(scope="module")
def alone(model):
    return simulated(model, n=450, workers=1, keep=["firings"])


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("executor", ["threads", "processes"])
@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_neither_engine_nor_executor_nor_pieces_change_a_result(model, alone, monkeypatch, engine, executor, size):
    """Outcomes, series, firings and failures are equal whatever runs them, wherever, in pieces of any size."""
    monkeypatch.setattr(execution, "piece_size", lambda design, engine, workers: size)
    assert_same(alone, run_ensemble(model, n=450, workers=2, keep=["firings"], engine=engine, executor=executor))


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("workers", [1, 3])
def test_threads_do_not_change_a_result(model, alone, monkeypatch, workers, size):
    """One thread or three, on the compiled engine."""
    monkeypatch.setattr(execution, "piece_size", lambda design, engine, workers: size)
    assert_same(alone, run_ensemble(model, n=450, workers=workers, keep=["firings"], engine="compiled"))


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_do_not_change_a_result(model, alone, workers):
    """Outcomes, series, firings and failures are equal in one process and in several."""
    assert_same(alone, simulated(model, n=450, workers=workers, keep=["firings"]))


def test_the_size_of_blocks_does_not_change_a_result(model, alone, monkeypatch):
    """A block is only how work is handed out."""
    monkeypatch.setattr(
        execution.Design, "blocks", lambda self, size=0, blocks=execution.Design.blocks: blocks(self, 7)
    )
    assert_same(alone, simulated(model, n=450, workers=1, keep=["firings"]))


def test_the_first_trajectories_of_a_larger_run_are_the_smaller_run(model, alone):
    """Every row of the smaller run is in the larger one."""
    small = simulated(model, n=120, workers=1)
    first = alone.outcomes[alone.outcomes["luck"] < 120].reset_index(drop=True)
    assert_frame_equal(first, small.outcomes, check_exact=True)


def test_a_failing_trajectory_is_recorded_and_the_rest_go_on(alone):
    """Its address, rule and reason are kept; it has no row of outcomes."""
    assert 0 < len(alone.failures) < 900
    assert len(alone.outcomes) + len(alone.failures) == 900
    failure = alone.failures[0]
    assert (failure.policy, failure.seed, failure.rule, failure.error) == ("base", 1, "birth", "")
    assert failure.future == failure.luck // 50
    assert failure.time > 0
    assert "17, outside its range" in failure.message
    rows = alone.outcomes[(alone.outcomes["policy"] == "base") & (alone.outcomes["luck"] == failure.luck)]
    assert rows.empty


def test_an_error_of_our_own_is_recorded_and_the_rest_go_on(monkeypatch):
    """The exception's type and text stand in the record, less addresses in memory."""
    simulate = runner.simulate

    def broken(program, point, **options):
        if point.luck == 3:
            raise RuntimeError("no such thing: <object at 0x7f00aa>")
        return simulate(program, point, **options)

    monkeypatch.setattr(runner, "simulate", broken)
    ensemble = simulated(births().model(), n=10, workers=1)
    assert [(each.luck, each.error, each.time) for each in ensemble.failures] == [(3, "RuntimeError", None)] * 2
    assert ensemble.failures[0].message == "no such thing: <object at 0x…>"
    assert len(ensemble.outcomes) == 18
    assert ensemble.complete


class Killer:
    """Progress that kills a worker whenever it is told of some, so many times."""

    def __init__(self, times):
        self.left = times

    def __call__(self, done, total):
        workers = multiprocessing.active_children()
        if self.left and workers:
            self.left -= 1
            os.kill(workers[0].pid, signal.SIGKILL)


def test_blocks_of_a_killed_worker_are_run_again(model, alone):
    """The result is what it would have been."""
    killer = Killer(1)
    ensemble = simulated(model, n=450, workers=2, progress=killer, keep=["firings"])
    assert killer.left == 0
    assert_same(alone, ensemble)


def test_a_run_whose_workers_are_killed_again_and_again_is_given_up_without_loss(model, alone, monkeypatch):
    """What was finished comes back, with a sentence that says what is missing."""
    monkeypatch.setattr(execution, "NEW_POOLS", 1)
    ensemble = simulated(model, n=20_000, workers=2, progress=Killer(1000))
    assert ensemble.stopped.startswith("workers were killed 2 times")
    assert f"{40_000 - ensemble.done:,} of 40,000 trajectories were not run" in ensemble.stopped
    assert_rows_of(ensemble, alone)


def assert_rows_of(part, whole):
    both = part.outcomes.merge(whole.outcomes, on=["policy", "future", "luck"])
    assert len(both) > 0
    assert (both["x_end_x"] == both["x_end_y"]).all()


def test_an_interruption_keeps_what_is_finished(model, alone):
    """In this process: Ctrl-C after the second block leaves two blocks, equal to those of the whole run."""

    def interrupt(done, total):
        if done == 200:
            os.kill(os.getpid(), signal.SIGINT)

    ensemble = simulated(model, n=450, workers=1, progress=interrupt)
    assert ensemble.stopped == "interrupted"
    assert ensemble.done == 200
    part = alone.outcomes[alone.outcomes["luck"] < 100].reset_index(drop=True)
    assert_frame_equal(ensemble.outcomes, part, check_exact=True)


def test_an_interruption_of_several_processes_keeps_what_is_finished_and_leaves_no_process(model, alone):
    """With workers: the rows that come back are rows of the whole run, and the workers have ended."""

    def interrupt(done, total):
        if done == 100:
            os.kill(os.getpid(), signal.SIGINT)

    ensemble = simulated(model, n=3000, workers=2, progress=interrupt)
    assert ensemble.stopped == "interrupted"
    assert 100 <= ensemble.done < 6000
    assert not multiprocessing.active_children()
    assert_rows_of(ensemble, alone)


def test_an_interruption_of_threads_keeps_what_is_finished(model, monkeypatch):
    """On the compiled engine: pieces under way end without a result, and no thread is left."""
    alone = run_ensemble(model, n=20_000, workers=1)
    monkeypatch.setattr(execution, "piece_size", lambda design, engine, workers: 200)
    before = threading.active_count()

    def interrupt(done, total):
        if done == 1000:
            os.kill(os.getpid(), signal.SIGINT)

    ensemble = run_ensemble(model, n=20_000, workers=2, progress=interrupt, engine="compiled")
    assert ensemble.stopped == "interrupted"
    assert 1000 <= ensemble.done < 40_000
    assert threading.active_count() == before
    assert_rows_of(ensemble, alone)


def test_progress_counts_every_trajectory(model):
    """It rises to the total."""
    told = []
    simulated(model, n=250, workers=1, progress=lambda done, total: told.append((done, total)))
    assert told == [(100, 500), (200, 500), (300, 500), (400, 500), (450, 500), (500, 500)]


def test_there_must_be_a_worker():
    """Fewer than one is refused."""
    with pytest.raises(ValueError, match="at least one worker"):
        run_ensemble(births().model(), n=1, workers=0)


def test_a_process_of_ones_own_runs_in_parallel_if_it_can_be_imported_and_here_if_not():
    """Either way the result is the same."""

    def nested(world):
        yield from visit(world)

    model = births().model()
    here, there = (
        simulated(model, n=150, workers=2, processes=[process], keep=["firings"]) for process in (nested, visit)
    )
    assert_same(here, there)
    assert (there.firings["rule"] == "visit").sum() == 300
    assert (here.outcomes["x_end"] >= 100).all()


def test_tables_are_imported_when_they_are_needed():
    """`check` and `check --trial` start without pandas, PyArrow and SciPy."""
    script = """
import sys
from escalation.experiments import expectations, run, store, trial
print({"pandas", "pyarrow", "scipy"} & {*sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.stdout == "set()\n"


SCRIPT = """
import sys
sys.path.insert(0, {root!r})
from escalation.experiments.run import run_ensemble
from tests.experiments.births import births
print(len(run_ensemble(births().model(), n=250, workers=2, engine="simpy").outcomes))
"""


def test_a_script_without_a_guard_can_run_in_parallel(tmp_path):
    """Workers do not import the caller's script, so it is not run again in each of them; stdout is left alone."""
    script = tmp_path / "study.py"
    script.write_text(SCRIPT.format(root=str(ROOT)))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("500\n", "", 0)


INTERRUPTED = """
import sys
sys.path.insert(0, {root!r})
from escalation.experiments.run import run_ensemble
from tests.experiments.births import births
tell = lambda done, total: print(done, flush=True)
ensemble = run_ensemble(births(days=300).model(), n=50_000, workers=2, progress=tell, engine="simpy")
print(ensemble.stopped, len(ensemble.outcomes) == ensemble.done > 0)
"""


def started(tmp_path):
    """A script that runs for long, in a process group of its own, once it has finished a block."""
    script = tmp_path / "study.py"
    script.write_text(INTERRUPTED.format(root=str(ROOT)))
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout.readline() == "100\n"
    return process


def test_ctrl_c_at_a_terminal_ends_a_run_without_a_word_of_its_workers(tmp_path):
    """The terminal interrupts the whole process group; twice, as people do."""
    process = started(tmp_path)
    os.killpg(process.pid, signal.SIGINT)
    os.killpg(process.pid, signal.SIGINT)
    said, complaints = process.communicate(timeout=60)
    assert said.splitlines()[-1] == "interrupted True"
    assert complaints == ""


def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    """Nothing is left to run on a machine after its run was killed."""
    process = started(tmp_path)
    process.kill()
    process.wait()
    until = time.monotonic() + 30
    while group_lives(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not group_lives(process.pid)
    process.stdout.close()
    process.stderr.close()


def group_lives(group):
    """Whether a process of the group is still running; one that has ended and is not collected does not count."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, member = status.read_text().rpartition(")")[2].split()[:3]
            if int(member) == group and state != "Z":
                return True
    return False
