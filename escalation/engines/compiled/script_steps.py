"""A script as steps that machine code goes through (`scripts`).

What does not hang on a trajectory (names that do not exist, who is played when) is settled as the steps are written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, auto
from itertools import groupby
from typing import TYPE_CHECKING, Any

from escalation.engines.compiled.layout import bits
from escalation.engines.compiled.state import State
from escalation.engines.orders import rules_at_rest
from escalation.engines.playing import together
from escalation.engines.program import Program
from escalation.model.process import Value
from escalation.model.script import Decide, Force, HandOver, Input, Put, Script

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Step = tuple[int, int, int, int]
GOES_ON = -1
"""In the last column of what is told of a script: no step failed. Otherwise the number of the one that did."""


class Op(IntEnum):
    """What a step does. A step is four words: this, and three that each uses as it says."""

    RUN = auto()
    """Every alarm up to and including an instant: (instant)."""
    ADMIT = auto()
    """Whether a choice can be taken now, beside those admitted before: (item, choice)."""
    FILL = auto()
    """A draw is given, if the choice was admitted (-1: in any case): (choice, place of the draw, value)."""
    EMPTY = auto()
    """It is no longer: (place of the draw)."""
    CHOOSE = auto()
    """Realise an admitted choice: (choice, rank)."""
    DECIDE = auto()
    """Fire it: (choice, rank)."""
    FORCE = auto()
    """Fire a rule: (item, rank)."""
    OPEN = auto()
    """A firing of no rule begins."""
    WRITE = auto()
    """A variable is set: (variable, value)."""
    CLOSE = auto()
    """What depends on what was set is looked at again."""
    REST = auto()
    """Whether a rule rests because a person plays its actor: (rank, 0 or 1)."""
    LAY = auto()
    """The clock of a rule that rests from now on, as before the start: (rank)."""
    WAKE = auto()
    """The clock of a rule begins, as at the start: (rank)."""


@dataclass
class Steps:
    """A script as steps. held: items that no trajectory carries out. first: the first step of each item."""

    rows: list[Step] = field(default_factory=list)
    held: set[int] = field(default_factory=set)
    first: dict[int, int] = field(default_factory=dict)

    def add(self, op: Op, *words: int | float) -> None:
        """One more step."""
        one, two, three = (*(bits(word) for word in words), 0, 0, 0)[:3]
        self.rows.append((int(op), one, two, three))

    def array(self) -> "Array":
        """Shape (steps, 4)."""
        import numpy as np

        return np.array(self.rows, dtype=np.uint64).reshape(len(self.rows), 4)

    def told(self, held: "Array", failed_before: "Array") -> "Array":
        """Which items were held, by trajectory: by it, by all, or since it had failed when their instant came.

        held: as `script` tells it, shape (trajectories, items + 1). failed_before: whether one failed before it.
        """
        import numpy as np

        found = held[:, :-1] != 0
        found[:, sorted(self.held)] = True
        first = np.array([self.first[item] for item in range(found.shape[1])], dtype=np.int64)
        never_reached = (held[:, -1:] != GOES_ON) & (first > held[:, -1:])
        told: Array = found | never_reached | failed_before[:, None]
        return told


class Encoding:
    """Writes scripts as steps for one module. state: of the module; program: of the same model."""

    def __init__(self, state: State, program: Program) -> None:
        self.state, self.program = state, program
        self.choices = {item.name: index for index, item in enumerate(program.model.choices)}
        self.variables = {item.name: index for index, item in enumerate(program.model.variables) if not item.hidden}

    def steps(self, script: Script, played: Sequence[str]) -> Steps:
        """A script for trajectories in which the same actors are played."""
        steps, at_play = Steps(), frozenset(played)
        places = iter(sorted(range(len(script)), key=lambda place: script[place].instant))
        ordered = sorted(script, key=lambda item: item.instant)
        for instant, items in groupby(ordered, key=lambda item: item.instant):
            for group in together(items):
                steps.add(Op.RUN, instant)
                placed = [(next(places), item) for item in group]
                steps.first |= {place: len(steps.rows) for place, _ in placed}
                place, first = placed[0]
                match first:
                    case Decide():
                        self._decide(steps, placed)
                    case Force():
                        self._force(steps, place, first)
                    case Put():
                        self._put(steps, place, first)
                    case HandOver():
                        at_play = self._hand_over(steps, place, first, at_play)
        return steps

    def _decide(self, steps: Steps, placed: Sequence[tuple[int, Input]]) -> None:
        chosen: list[tuple[int, int]] = []
        fills: list[tuple[int, int, Value]] = []
        for place, item in placed:
            assert isinstance(item, Decide)
            index = self.choices.get(item.choice)
            rule = "" if index is None else self.program.model.choices[index].rule
            filled = None if index is None else self._filled(rule, item.draws)
            if index is None or filled is None:
                steps.held.add(place)
                continue
            steps.add(Op.ADMIT, place, index)
            chosen.append((index, self.program.by_name[rule]))
            fills += [(index, where, value) for where, value in filled]
        for index, where, value in fills:
            steps.add(Op.FILL, index, where, float(value))
        for index, rank in chosen:
            steps.add(Op.CHOOSE, index, rank)
        for _, where, _ in fills:
            steps.add(Op.EMPTY, where)
        for index, rank in chosen:
            steps.add(Op.DECIDE, index, rank)

    def _force(self, steps: Steps, place: int, item: Force) -> None:
        filled = self._filled(item.rule, item.draws) if item.rule in self.program.by_name else None
        if filled is None:
            steps.held.add(place)
            return
        for where, value in filled:
            steps.add(Op.FILL, -1, where, float(value))
        steps.add(Op.FORCE, place, self.program.by_name[item.rule])
        for where, _ in filled:
            steps.add(Op.EMPTY, where)

    def _put(self, steps: Steps, place: int, item: Put) -> None:
        if not self.variables.keys() >= item.values.keys():
            steps.held.add(place)
            return
        steps.add(Op.OPEN)
        for name, value in item.values.items():
            steps.add(Op.WRITE, self.variables[name], float(value))
        steps.add(Op.CLOSE)

    def _hand_over(self, steps: Steps, place: int, item: HandOver, at_play: frozenset[str]) -> frozenset[str]:
        """Who is played from then on."""
        if all(choice.actor != item.actor for choice in self.program.model.choices):
            steps.held.add(place)
            return at_play
        after = at_play - {item.actor} if item.to == "model" else at_play | {item.actor}
        ranks = sorted(rules_at_rest(self.program, at_play) ^ rules_at_rest(self.program, after))
        for rank in ranks:
            flag = self.state.at_rest(rank)
            assert flag is not None, "a rule that leads to a choice can rest"
            steps.add(Op.REST, flag, int(item.to == "person"))
        for rank in ranks:
            steps.add(Op.LAY if item.to == "person" else Op.WAKE, rank)
        return after

    def _filled(self, rule: str, draws: Mapping[str, Value]) -> list[tuple[int, Value]] | None:
        """Where each draw that is filled in lies, and its value; None if the rule has no such draw."""
        rank = self.program.by_name[rule]
        own = [draw.target for draw in self.program.model.rules[rank].draws]
        known = {name.rpartition(".")[2]: self.state.filled(rank, index) for index, name in enumerate(own)}
        if not known.keys() >= draws.keys():
            return None
        return [(known[name], value) for name, value in draws.items()]
