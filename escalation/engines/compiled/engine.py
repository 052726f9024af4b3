"""The compiled engine: a model as machine code, and pieces of work run by it.

A trajectory that fails is played again on the SimPy engine, which finds the words; the two must agree that it fails.
"""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from escalation.engines.compiled import externals, machine_code, resuming
from escalation.engines.compiled.layout import LINE, WORD
from escalation.engines.compiled.module import ARGUMENTS, DONE, LOG_FULL, STATUS, Module, module
from escalation.engines.first_values import levers, uncertainties
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import MOST_FIRINGS, RUNAWAY, Simulation, simulate
from escalation.model.process import Model, Value
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Failure, Point, Trajectory

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]
    Table = tuple[Array, Array]

FIRST_LOG = 250_000
"""Firings that a log holds at first; it grows as needed."""


class Disagreement(AssertionError):
    """The two engines do not give the same trajectory: our own fault."""


@dataclass(frozen=True)
class Batch:
    """Trajectories of one policy, as an engine gives them: base units, NaN for blank, rungs and words by their index.

    lucks, futures: shape (n,). values: (n, measures that are no series). series: (charted, samples of all series).
    failures: by place. firings: (n,), how many each had. log: rows of place, instant, rank, number, and the drawn: what
    the clock drew (NaN: nothing), then the rule's draws.
    """

    lucks: "Array"
    futures: "Array"
    values: "Array"
    series: "Array"
    failures: Mapping[int, Failure]
    firings: "Array"
    log: "tuple[Array, Array] | None" = None


class Compiled:
    """A model as machine code; safe to use from several threads at once, each of which runs on memory of its own.

    Raises:
        machine_code.NotAvailable: llvmlite is not installed.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.module: Module = module(model)
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
        call = _Call(
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
        charted: int | None = None,
        log: bool = False,
        stop: "Array | None" = None,
    ) -> Batch | None:
        """Trajectories that go on from snapshots to the horizon; the rest as for `run`.

        A log holds the firings from there on; the count of firings is that of the whole trajectory.

        Raises:
            OtherModel: a snapshot was taken of another model.
        """
        import numpy as np

        count, gauges = len(snapshots), self.module.gauges
        charted = count if charted is None else min(charted, count)
        for snapshot in snapshots:
            snapshot.check_model(self.program.identity)
        call = _Call(
            lucks=np.array([each.point.luck for each in snapshots], dtype=np.uint64),
            futures=np.array([each.point.future for each in snapshots], dtype=np.uint64),
            image=np.frombuffer(b"".join(resuming.images(self.module, snapshots)), dtype=np.uint64),
            values=np.full((count, len(gauges.told)), np.nan),
            series=np.full((charted, gauges.samples), np.nan),
            status=np.zeros((count, STATUS), dtype=np.int64),
            stop=np.zeros(1, dtype=np.int8) if stop is None else stop,
            table=None,
            seed=0,
            branch=0,
            wide=self.module.log_wide if log else 0,
            resumed=True,
        )
        resuming.write_samples(self.module, snapshots[:charted], call.series)
        return self._told(call, snapshots, log) if self._run(call) else None

    def _told(self, call: "_Call", snapshots: Sequence[Snapshot], log: bool) -> Batch:
        """What became of trajectories that went on; the SimPy engine finds the words for those that failed."""
        failed: dict[int, Trajectory] = {}
        for place, snapshot in enumerate(snapshots):
            fault, firings, now = call.status[place].tolist()
            if fault or snapshot.failure is not None:
                call.values[place] = float("nan")
                if fault and firings > MOST_FIRINGS:
                    failed[place] = self._runaway(snapshot.point, fault, firings, now)
                    continue
                simulation = Simulation.resume(self.program, snapshot)
                simulation.run()
                failed[place] = simulation.trajectory()
                if failed[place].failure is None:
                    raise Disagreement(f"{snapshot.point} fails compiled and not on SimPy")
        since = call.status[:, 1] - [each.firings for each in snapshots]
        rows = self._rows(call, since, failed) if log else None
        told = {place: each.failure for place, each in failed.items() if each.failure is not None}
        return Batch(call.lucks, call.futures, call.values, call.series, told, call.status[:, 1].copy(), rows)

    def _run(self, call: "_Call") -> bool:
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
        call: "_Call",
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

    def _rows(self, call: "_Call", fired: "Array", failures: Mapping[int, Trajectory]) -> "tuple[Array, Array]":
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


@dataclass
class _Call:
    """What one call of the machine code reads and writes. It must live until the call returns."""

    lucks: "Array"
    futures: "Array"
    image: "Array"
    values: "Array"
    series: "Array"
    status: "Array"
    stop: "Array"
    table: "Table | None"
    seed: int
    branch: int
    wide: int
    resumed: bool = False
    logs: "list[Array]" = field(default_factory=list)

    def words(self) -> "Array":
        """The arguments."""
        import numpy as np

        self._log = np.zeros((FIRST_LOG if self.wide else 0, max(self.wide, 1)), dtype=np.int64)
        words = np.zeros(len(ARGUMENTS), dtype=np.uint64)
        arrays = {
            name: getattr(self, name) for name in ("lucks", "futures", "image", "values", "series", "status", "stop")
        }
        if self.table is not None:
            arrays |= {"table": self.table[0], "rows": self.table[1]}
        given = {name: each.ctypes.data for name, each in arrays.items()}
        given |= {"seed": self.seed, "branch": self.branch, "count": len(self.lucks), "charted": len(self.series)}
        given["resumed"] = int(self.resumed)
        for name, word in given.items():
            words[ARGUMENTS.index(name)] = word
        self._offer_log(words)
        return words

    def _offer_log(self, words: "Array") -> None:
        words[ARGUMENTS.index("log")] = self._log.ctypes.data if self.wide else 0
        words[ARGUMENTS.index("log_capacity")] = len(self._log)
        words[ARGUMENTS.index("log_used")] = 0

    def keep_log(self, words: "Array") -> int:
        """Put what is logged aside; how many firings that was."""
        used = int(words[ARGUMENTS.index("log_used")])
        self.logs.append(self._log[:used].copy())
        words[ARGUMENTS.index("log_used")] = 0
        return used

    def make_room(self, words: "Array") -> None:
        """The log is full: put it aside, or make a larger one for a trajectory that did not fit."""
        import numpy as np

        if not self.keep_log(words):
            self._log = np.zeros((2 * len(self._log), self.wide), dtype=np.int64)
            self._offer_log(words)
