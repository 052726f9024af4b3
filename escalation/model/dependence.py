"""Uncertainties that are not drawn one by one: those that vary together, and those that come in rows of joint draws.

Both leave every address as it was (law 13): each member of a group keeps the uniform of its own stream as the source
of its independent part, and a table of joint draws has a stream of its own, so that whatever is drawn alone is drawn
the same beside them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from escalation.chance.copula import Rows, factor, vary_together
from escalation.chance.streams import Streams


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """Uncertainties that vary together; `spearman` holds their rank correlations, in the order of `names`."""

    names: tuple[str, ...]
    spearman: Rows


@dataclass(frozen=True, slots=True)
class Together:
    """A group whose uniforms are correlated by a normal copula; `factor` is the triangle of its normal variables."""

    names: tuple[str, ...]
    factor: Rows


@dataclass(frozen=True, slots=True)
class JointDraws:
    """A table of which a future takes one row, every row being as likely; values in base units, a column a name."""

    name: str
    columns: tuple[str, ...]
    rows: Rows

    @property
    def stream(self) -> str:
        """Where the uniform that picks the row is addressed (`#` is in no author's name)."""
        return f"{self.name}#row"

    def column(self, name: str) -> str:
        """The name under which the drawn row's value is read."""
        return f"{self.name}#{name}"

    def row(self, uniform: float) -> dict[str, float]:
        """The row that a uniform picks, by the names under which it is read."""
        # The product may be rounded up to the number of rows.
        place = min(int(uniform * len(self.rows)), len(self.rows) - 1)
        return {self.column(name): value for name, value in zip(self.columns, self.rows[place], strict=True)}


def factored(group: RankCorrelation) -> Together:
    """The group as the model draws it. Raises `chance.copula.Impossible`."""
    return Together(group.names, factor(group.spearman))


def future_streams(groups: Iterable[RankCorrelation], tables: Iterable[JointDraws]) -> list[str]:
    """Addresses that these draw from besides those in the text."""
    return [name for group in groups for name in group.names] + [table.stream for table in tables]


class Future:
    """The draws of one future. rows: values of joint draws, by the names under which they are read."""

    def __init__(self, streams: Streams, groups: Iterable[Together], tables: Iterable[JointDraws]) -> None:
        self._streams = streams
        self._together: dict[str, float] = {}
        for group in groups:
            own = [streams.stream(name).uniform(0) for name in group.names]
            self._together |= dict(zip(group.names, vary_together(group.factor, own), strict=True))
        self.rows: dict[str, float] = {}
        for table in tables:
            self.rows |= table.row(streams.stream(table.stream).uniform(0))

    def uniform(self, stream: str) -> float:
        """The uniform of a stream in this future."""
        found = self._together.get(stream)
        return self._streams.stream(stream).uniform(0) if found is None else found
