"""Where finished pieces of a run go: memory, or a journal on disk."""

from typing import Protocol

from escalation.experiments.block import BlockResult
from escalation.experiments.design import Block


class Sink(Protocol):
    """Takes the pieces as they are finished, in any order, and knows which it has."""

    def has(self, block: Block) -> bool:
        """Whether every trajectory of this piece is here, so that it need not be run."""
        ...

    def gaps(self, block: Block) -> list[Block]:
        """What of a piece is not here; it alone is run."""
        ...

    def add(self, block: Block, result: BlockResult) -> None:
        """Keep a finished piece; one that is here already, or a part of it, changes nothing."""
        ...

    def stop_asked(self) -> str:
        """Why no further piece should be begun; "" if nothing speaks against it."""
        ...
