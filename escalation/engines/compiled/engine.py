"""The compiled engine: a model as machine code, and pieces of work run by it.

A trajectory that fails is played again on the SimPy engine, which finds the words; the two must agree that it fails.
"""

import ctypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escalation.engines.compiled import externals, machine_code
from escalation.engines.compiled.layout import LINE, WORD
from escalation.engines.compiled.module import ARGUMENTS, DONE, LOG_FULL, STATUS, Module, module
from escalation.engines.first_values import levers, uncertainties
from escalation.engines.program import Program, prepare
from escalation.engines.simpy import MOST_FIRINGS, simulate
from escalation.model.process import Model, Value
from escalation.model.trajectory import Failure, Point

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

FIRST_LOG = 250_000
"""Firings that a log holds at first; it grows as needed."""


class Disagreement(AssertionError):
    """The two engines do not give the same trajectory: our own fault."""


@dataclass(frozen=True)
class Batch:
    """Trajectories of one policy, as an engine gives them: base units, NaN for blank, rungs and words by their index.

    lucks, futures: shape (n,). values: (n, measures that are no series). series: (n, samples of all series), or None.
    failures: by place. firings: (n,), how many each had. log: rows of place, instant, rank, number, and the drawn: what
    the clock drew (NaN: nothing), then the rule's draws.
    """

    lucks: "Array"
    futures: "Array"
    values: "Array"
    series: "Array | None"
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
        series: bool = True,
        log: bool = False,
        should_stop: Callable[[], bool] | None = None,
    ) -> Batch:
        """Run trajectories, one for each luck and the future beside it.

        settings: levers set otherwise than by the policy. given: uncertainties fixed from outside.

        Raises KeyError: there is no such policy, lever or uncertainty.
        """
        import numpy as np

        gauges = self.module.gauges
        count = len(lucks)
        batch = Batch(
            np.asarray(lucks, dtype=np.uint64),
            np.asarray(futures, dtype=np.uint64),
            np.full((count, len(gauges.told)), np.nan),
            np.full((count, gauges.samples), np.nan) if series else None,
            {},
            np.zeros(count, dtype=np.int64),
        )
        status = np.zeros((count, STATUS), dtype=np.int64)
        kept = self._call(policy, seed, settings, given, branch, batch, status, log)
        failures = self._failures(batch, status, policy, seed, settings, given)
        return Batch(
            batch.lucks, batch.futures, batch.values, batch.series, failures, status[:, 1].copy(), kept if log else None
        )

    def _call(
        self,
        policy: str,
        seed: int,
        settings: Mapping[str, Value] | None,
        given: Mapping[str, Value] | None,
        branch: int,
        batch: Batch,
        status: "Array",
        log: bool,
    ) -> "tuple[Array, Array] | None":
        import numpy as np

        table, rows = self._table(batch.futures, seed, given or {})
        image, stop = self.image(policy, settings), np.zeros(1, dtype=np.int8)
        room, pointer = self.memory()
        wide, capacity = self.module.log_wide, FIRST_LOG if log else 0
        arguments = np.zeros(len(ARGUMENTS), dtype=np.uint64)
        place = {name: index for index, name in enumerate(ARGUMENTS)}
        logs: list[Any] = []
        buffer = np.zeros((capacity, wide), dtype=np.int64)
        given_words = {
            "seed": seed,
            "count": len(batch.lucks),
            "lucks": batch.lucks.ctypes.data,
            "futures": batch.futures.ctypes.data,
            "rows": 0 if rows is None else rows.ctypes.data,
            "table": 0 if table is None else table.ctypes.data,
            "image": image.ctypes.data,
            "values": batch.values.ctypes.data,
            "series": 0 if batch.series is None else batch.series.ctypes.data,
            "status": status.ctypes.data,
            "log": buffer.ctypes.data if log else 0,
            "log_capacity": capacity,
            "stop": stop.ctypes.data,
            "branch": branch,
        }
        for name, word in given_words.items():
            arguments[place[name]] = word
        while (why := self._piece(pointer, arguments.ctypes.data)) != DONE:
            if why != LOG_FULL:
                break
            used = int(arguments[place["log_used"]])
            if used:
                logs.append(buffer[:used].copy())
                arguments[place["log_used"]] = 0
            else:
                buffer = np.zeros((2 * len(buffer), wide), dtype=np.int64)
                arguments[place["log"]], arguments[place["log_capacity"]] = buffer.ctypes.data, len(buffer)
        del room
        if not log:
            return None
        logs.append(buffer[: int(arguments[place["log_used"]])].copy())
        return self._log(np.concatenate(logs), status)

    def _table(self, futures: "Array", seed: int, given: Mapping[str, Value]) -> "tuple[Array | None, Array | None]":
        """Uncertainties that the machine code does not draw: given ones, and those that depend on one another."""
        import numpy as np

        if self.module.draws_future and not given:
            return None, None
        met, rows = np.unique(futures, return_inverse=True)
        items = self.model.uncertainties
        table = np.array(
            [
                [float(value) for value in uncertainties(self.model, Point("", int(future), 0, seed), given).values()]
                for future in met
            ],
            dtype=np.float64,
        ).reshape(len(met), len(items))
        return table, rows.astype(np.int64)

    def _log(self, rows: "Array", status: "Array") -> "tuple[Array, Array]":
        """Rows of (place, instant, rank, number) and what was drawn; trajectories lie one behind the other."""
        import numpy as np

        places = np.repeat(np.arange(len(status)), status[:, 1])
        keys = np.column_stack([places, rows[:, 0], rows[:, 1], rows[:, 2]])
        return keys, rows[:, 3:].copy().view(np.float64)

    def _failures(
        self,
        batch: Batch,
        status: "Array",
        policy: str,
        seed: int,
        settings: Mapping[str, Value] | None,
        given: Mapping[str, Value] | None,
    ) -> dict[int, Failure]:
        found = {}
        for index in status[:, 0].nonzero()[0].tolist():
            fault, firings, now = status[index].tolist()
            point = Point(policy, int(batch.futures[index]), int(batch.lucks[index]), seed)
            if firings > MOST_FIRINGS:
                rule = self.model.rules[fault - 1].name
                found[index] = Failure(rule, now, f"more than {MOST_FIRINGS:,} firings in one trajectory")
                continue
            told = simulate(self.program, point, settings=settings, given=given).failure
            if told is None:
                raise Disagreement(f"{point} fails compiled and not on SimPy")
            found[index] = told
        return found
