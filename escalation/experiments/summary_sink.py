"""Where the pieces of a run go of which only a summary is kept: each is reduced as it comes, and let go."""

from dataclasses import replace

from escalation.experiments.block import BlockResult
from escalation.experiments.design import Block
from escalation.experiments.memory import give_back
from escalation.experiments.over_time import OverTimeReducer
from escalation.experiments.summary import Reducer, Summary


class SummarySink:
    """Takes finished pieces in any order (`experiments.sink.Sink`)."""

    def __init__(self, reducer: Reducer) -> None:
        self.over_time = OverTimeReducer(reducer.design)
        self._reducer = reducer
        self._here: set[Block] = set()
        self._pieces: dict[Block, BlockResult] = {}

    def has(self, block: Block) -> bool:
        """Whether this piece is here."""
        return block in self._here

    def gaps(self, block: Block) -> list[Block]:
        """The piece, if it is not here."""
        return [] if self.has(block) else [block]

    def add(self, block: Block, result: BlockResult) -> None:
        """Reduce a finished piece; one that is here already changes nothing."""
        if not self.has(block):
            self._here.add(block)
            self._reducer.add(result)
            give_back()
            result = self.over_time.take(result)
            if len(result.series_lucks) or result.failures or not self._pieces:
                self._pieces[block] = without_outcomes(result)

    def stop_asked(self) -> str:
        """Nothing here speaks against going on."""
        return ""

    def results(self) -> tuple[BlockResult, ...]:
        """What is kept of pieces, in canonical order: failures, and the paths of the first trajectories."""
        place = {policy: index for index, policy in enumerate(self._reducer.design.policies)}
        return tuple(
            self._pieces[block] for block in sorted(self._pieces, key=lambda each: (place[each.policy], each.first))
        )

    def finish(self) -> Summary:
        """The summary of all pieces."""
        return self._reducer.finish()


def without_outcomes(result: BlockResult) -> BlockResult:
    """A piece less its outcomes: its failures, and its series if it has any."""
    return replace(result, lucks=result.lucks[:0].copy(), values=tuple(each[:0].copy() for each in result.values))
