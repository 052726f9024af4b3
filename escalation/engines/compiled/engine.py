"""The compiled engine: a model as machine code, and pieces of work run by it.

A trajectory that fails is played again on the SimPy engine, which finds the words; the two must agree that it fails.
"""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from escalation.engines.branching import Branching
from escalation.engines.compiled import externals, machine_code, resuming
from escalation.engines.compiled.call import Call
from escalation.engines.compiled.layout import FAULT, LINE, WORD
from escalation.engines.compiled.module import DONE, LOG_FULL, STATUS, Module, module
from escalation.engines.compiled.redrawing import Redrawing
from escalation.engines.compiled.script_steps import GOES_ON, Encoding, Steps
from escalation.engines.first_values import levers, uncertainties
from escalation.engines.playing import run_script
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import MOST_FIRINGS, RUNAWAY, simulate
from escalation.model.process import Model, Value
from escalation.model.script import Script
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Failure, Point, Trajectory

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]
    Table = tuple[Array, Array]

PORTION = 1000
"""Branches whose images are in memory at a time."""


class Disagreement(AssertionError):
    """The two engines do not give the same trajectory: our own fault."""


@dataclass(frozen=True)
class Batch:
    """Trajectories of one policy, as an engine gives them: base units, NaN for blank, rungs and words by their index.

    lucks, futures: shape (n,). values: (n, measures that are no series). series: (charted, samples of all series).
    failures: by place. firings: (n,), how many each had. log: rows of place, instant, rank, number, and the drawn: what
    the clock drew (NaN: nothing), then the rule's draws. held: shape (n, items of the script), those not carried out.
    """

    lucks: "Array"
    futures: "Array"
    values: "Array"
    series: "Array"
    failures: Mapping[int, Failure]
    firings: "Array"
    log: "tuple[Array, Array] | None" = None
    held: "Array | None" = None


class Compiled:
    """A model as machine code; safe to use from several threads at once, each of which runs on memory of its own.

    scripted: so that it can carry scripts out, at the cost of a longer compilation and slower choices.

    Raises:
        machine_code.NotAvailable: llvmlite is not installed.
    """

    def __init__(self, model: Model, *, scripted: bool = False) -> None:
        self.model = model
        self.module: Module = module(model, scripted=scripted)
        symbols = externals.resolve(self.module.symbols) if self.module.symbols else {}
        self._library = machine_code.load(self.module.ir, symbols)
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
        self._piece = kind(self._library.address("piece"))
        self._program: Program | None = None

    @property
    def program(self) -> Program:
        """The model for the SimPy engine, made when it is first needed."""
        if self._program is None:
            self._program = prepare(self.model)
        return self._program

    def memory(self) -> "tuple[Array, int]":
        """Room for one trajectory in progress, and the pointer that functions are given."""
        import numpy as np

        layout = self.module.state.layout
        room = np.zeros(layout.kept + len(layout.image) * WORD + LINE, dtype=np.uint8)
        start = room.ctypes.data
        return room, start + (-start) % LINE + layout.kept

    def image(self, policy: str, settings: Mapping[str, Value] | None = None) -> "Array":
        """The words that a trajectory begins with: the levers of a policy, and everything else at nothing."""
        import numpy as np

        state = self.module.state
        words = np.array(state.layout.image, dtype=np.uint64)
        doubles = words.view(np.float64)
        for name, value in levers(self.model, policy, settings or {}).items():
            doubles[state.slot_place(state.slots[name]) // WORD] = float(value)
        return words

    def run(
        self,
        policy: str,
        lucks: "Sequence[int] | Array",
        futures: "Sequence[int] | Array",
        *,
        seed: int = 1,
        settings: Mapping[str, Value] | None = None,
        given: Mapping[str, Value] | None = None,
        branch: int = 0,
        charted: int | None = None,
        log: bool = False,
        stop: "Array | None" = None,
    ) -> Batch | None:
        """Run trajectories, one for each luck and the future beside it. Other threads run meanwhile.

        Args:
            policy: whose levers.
            lucks, futures: of one length.
            seed: of all chance.
            settings: levers set otherwise than by the policy.
            given: uncertainties fixed from outside.
            branch: the fourth word of every luck's counter.
            charted: how many of the first have their series kept; None is all.
            log: keep every firing.
            stop: one int8; as soon as it is not 0 the run ends, and there is no batch.

        Raises:
            KeyError: there is no such policy, lever or uncertainty.
        """
        import numpy as np

        count, gauges = len(lucks), self.module.gauges
        charted = count if charted is None else min(charted, count)
        call = Call(
            lucks=np.asarray(lucks, dtype=np.uint64),
            futures=np.asarray(futures, dtype=np.uint64),
            image=self.image(policy, settings),
            values=np.full((count, len(gauges.told)), np.nan),
            series=np.full((charted, gauges.samples), np.nan),
            status=np.zeros((count, STATUS), dtype=np.int64),
            stop=np.zeros(1, dtype=np.int8) if stop is None else stop,
            table=self._table(futures, seed, given or {}),
            seed=seed,
            branch=branch,
            wide=self.module.log_wide if log else 0,
        )
        if not self._run(call):
            return None
        point = Point(policy, 0, 0, seed)
        failures = self._failures(call, point, settings, given, log)
        fired = call.status[:, 1].copy()
        rows = self._rows(call, fired, failures) if log else None
        told = {place: each.failure for place, each in failures.items() if each.failure is not None}
        return Batch(call.lucks, call.futures, call.values, call.series, told, fired, rows)

    def go_on(
        self,
        snapshots: Sequence[Snapshot],
        *,
        script: Script = (),
        charted: int | None = None,
        log: bool = False,
        stop: "Array | None" = None,
    ) -> Batch | None:
        """Trajectories that go on from snapshots to the horizon; the rest as for `run`.

        A log holds the firings from there on; the count of firings is that of the whole trajectory.

        script: carried out in each of them, as `playing.run_script` does; an engine made for scripts is needed, no
            log can be kept, and the same actors must be played in all.

        Raises:
            OtherModel: a snapshot was taken of another model.
            ValueError: an input of the script lies before a snapshot or beyond the horizon, or as told above.
        """
        import numpy as np

        for snapshot in snapshots:
            snapshot.check_model(self.program.identity)
        lucks = np.array([each.point.luck for each in snapshots], dtype=np.uint64)
        futures = np.array([each.point.future for each in snapshots], dtype=np.uint64)
        image = np.frombuffer(bytearray(b"".join(resuming.images(self.module, snapshots))), dtype=np.uint64)
        lost = np.array([each.failure is not None for each in snapshots], dtype=bool)
        image.reshape(-1, len(self.module.state.layout.image))[lost, FAULT // WORD] = 1  # nothing more happens in it
        call = self._resumed(lucks, futures, image, charted, log, stop)
        steps = self._steps(snapshots, script, log) if script else None
        held = np.zeros((len(snapshots), len(script) + 1), dtype=np.int64)
        held[:, -1] = GOES_ON
        if steps is not None:
            call.script, call.held = steps.array(), held
        resuming.write_samples(self.module, snapshots[: len(call.series)], call.series)
        if not self._run(call):
            return None
        call.status[lost, 0] = 0
        before = np.array([each.firings for each in snapshots], dtype=np.int64)
        failed = (lost | (call.status[:, 0] != 0)).nonzero()[0].tolist()
        batch = self._told(call, before, {place: snapshots[place] for place in failed}, log, script)
        return batch if steps is None else replace(batch, held=steps.told(held, lost))

    def _steps(self, snapshots: Sequence[Snapshot], script: Script, log: bool) -> Steps:
        if not self.module.state.scripted or log:
            raise ValueError("a script needs an engine that is made for scripts, and no log is kept of it")
        if len({each.played for each in snapshots}) > 1:
            raise ValueError("a script is carried out only where the same actors are played")
        first = max((each.instant for each in snapshots), default=0)
        for item in script:
            if not first <= item.instant <= self.model.horizon:
                raise ValueError(f"an input of a script is for the instant {item.instant}, beyond what is to come")
        played = snapshots[0].played if snapshots else ()
        return Encoding(self.module.state, self.program).steps(script, played)

    def branches(
        self,
        snapshot: Snapshot,
        numbers: Sequence[int],
        *,
        charted: int | None = None,
        log: bool = False,
        stop: "Array | None" = None,
    ) -> Batch | None:
        """Branches of one snapshot that go on to the horizon: what `go_on` gives of them, at a small part of its cost.

        numbers: of the branches, each 1 or more. The rest as for `go_on`.

        Raises:
            OtherModel: the snapshot was taken of another model.
            CannotBranch: a number names luck that this past has met, or a delay that runs is not monotone in one draw.
        """
        import numpy as np

        branching = Branching(self.program, snapshot)
        if snapshot.failure is not None:
            return self.go_on([branching.branch(number) for number in numbers], charted=charted, log=log, stop=stop)
        for number in numbers:
            branching.check(number)
        count = len(numbers)
        lucks = np.full(count, snapshot.point.luck, dtype=np.uint64)
        futures = np.full(count, snapshot.point.future, dtype=np.uint64)
        call = self._resumed(lucks, futures, np.empty(0, dtype=np.uint64), charted, log, stop)
        resuming.write_samples(self.module, [snapshot] * min(1, len(call.series)), call.series)
        call.series[1:] = call.series[:1]
        for first in range(0, count, PORTION):
            part = slice(first, first + PORTION)
            if not self._run(call.part(part, self._redrawn(branching, numbers[part]))):
                return None
        failed = {place: branching.branch(numbers[place]) for place in call.status[:, 0].nonzero()[0].tolist()}
        return self._told(call, np.full(count, snapshot.firings, dtype=np.int64), failed, log)

    def _redrawn(self, branching: Branching, numbers: Sequence[int]) -> "Array":
        """An image for each branch."""
        import numpy as np

        redrawing, library = self._redrawing
        past = np.frombuffer(next(resuming.images(self.module, [branching.snapshot])), dtype=np.uint64).copy()
        plan = redrawing.plan(branching, past)
        given = np.array(numbers, dtype=np.uint64)
        images = np.empty((len(numbers), len(past)), dtype=np.uint64)
        kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64] * 2, ctypes.c_int64)
        pointers = [each.ctypes.data for each in (images, given, past, plan)]
        kind(library.address("branches"))(
            pointers[0], pointers[1], len(numbers), pointers[2], pointers[3], len(plan), branching.now
        )
        return images

    @cached_property
    def _redrawing(self) -> tuple[Redrawing, machine_code.Library]:
        """What draws clocks again, compiled when it is first needed."""
        redrawing = Redrawing(self.module)
        symbols = externals.resolve(redrawing.symbols) if redrawing.symbols else {}
        return redrawing, machine_code.load(redrawing.ir, symbols)

    def _resumed(
        self, lucks: "Array", futures: "Array", image: "Array", charted: int | None, log: bool, stop: "Array | None"
    ) -> Call:
        import numpy as np

        count, gauges = len(lucks), self.module.gauges
        return Call(
            lucks=lucks,
            futures=futures,
            image=image,
            values=np.full((count, len(gauges.told)), np.nan),
            series=np.full((count if charted is None else min(charted, count), gauges.samples), np.nan),
            status=np.zeros((count, STATUS), dtype=np.int64),
            stop=np.zeros(1, dtype=np.int8) if stop is None else stop,
            table=None,
            seed=0,
            branch=0,
            wide=self.module.log_wide if log else 0,
            resumed=True,
        )

    def _told(
        self, call: Call, before: "Array", failing: Mapping[int, Snapshot], log: bool, script: Script = ()
    ) -> Batch:
        """What became of trajectories that went on; the SimPy engine finds the words for those that failed.

        before: how many firings each had. failing: from where those that failed went on, by place.
        """
        failed: dict[int, Trajectory] = {}
        for place, snapshot in failing.items():
            fault, firings, now = call.status[place].tolist()
            call.values[place] = float("nan")
            if fault and firings > MOST_FIRINGS:
                failed[place] = self._runaway(snapshot.point, fault, firings, now)
                continue
            failed[place] = run_script(self.program, snapshot, script).trajectory
            if failed[place].failure is None:
                raise Disagreement(f"{snapshot.point} fails compiled and not on SimPy")
        since = call.status[:, 1] - before
        rows = self._rows(call, since, failed) if log else None
        told = {place: each.failure for place, each in failed.items() if each.failure is not None}
        return Batch(call.lucks, call.futures, call.values, call.series, told, call.status[:, 1].copy(), rows)

    def _run(self, call: Call) -> bool:
        """Whether all were run; nobody told them to stop."""
        room, pointer = self.memory()
        words = call.words()
        while (why := self._piece(pointer, words.ctypes.data)) == LOG_FULL:
            call.make_room(words)
        call.keep_log(words)
        del room
        return bool(why == DONE)

    def _table(self, futures: "Sequence[int] | Array", seed: int, given: Mapping[str, Value]) -> "Table | None":
        """Uncertainties that the machine code does not draw: given ones, and those that depend on one another."""
        import numpy as np

        if self.module.draws_future and not given:
            return None
        met, rows = np.unique(np.asarray(futures, dtype=np.uint64), return_inverse=True)
        points = (Point("", int(future), 0, seed) for future in met)
        drawn = [[float(value) for value in uncertainties(self.model, point, given).values()] for point in points]
        table = np.array(drawn, dtype=np.float64).reshape(len(met), len(self.model.uncertainties))
        return table, rows.astype(np.int64)

    def _failures(
        self,
        call: Call,
        of: Point,
        settings: Mapping[str, Value] | None,
        given: Mapping[str, Value] | None,
        log: bool,
    ) -> dict[int, Trajectory]:
        """What the SimPy engine tells of the trajectories that failed. A runaway one is told here: it takes long."""
        found = {}
        for place in call.status[:, 0].nonzero()[0].tolist():
            fault, firings, now = call.status[place].tolist()
            point = replace(of, future=int(call.futures[place]), luck=int(call.lucks[place]))
            if firings > MOST_FIRINGS:
                found[place] = self._runaway(point, fault, firings, now)
                continue
            found[place] = simulate(self.program, point, settings=settings, given=given, record=log)
            if found[place].failure is None:
                raise Disagreement(f"{point} fails compiled and not on SimPy")
        return found

    def _runaway(self, point: Point, fault: int, firings: int, now: int) -> Trajectory:
        failure = Failure(self.model.rules[fault - 1].name, now, f"{RUNAWAY} in one trajectory")
        return Trajectory(point, {}, {}, firings, failure)

    def _rows(self, call: Call, fired: "Array", failures: Mapping[int, Trajectory]) -> "tuple[Array, Array]":
        """Rows of (place, instant, rank, number), and what was drawn; of failed ones the firings that were finished."""
        import numpy as np

        rows = np.concatenate(call.logs)
        places = np.repeat(np.arange(len(fired)), fired)
        keys = np.column_stack([places, rows[:, 0], rows[:, 1], rows[:, 2]])
        drawn = rows[:, 3:].copy().view(np.float64)
        unfinished = np.zeros(len(rows), dtype=bool)
        ends = fired.cumsum()
        for place in failures:
            # The firing that failed is counted and not finished; one that failed at its start has none.
            if fired[place]:
                unfinished[ends[place] - 1] = True
        return keys[~unfinished], drawn[~unfinished]
