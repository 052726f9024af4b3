"""Groups of uncertainties that vary together: who is in one, and whether its correlations are possible."""

from escalation.chance.copula import Impossible, factor, most_possible
from escalation.expressions.tree import Draw, names_in, walk
from escalation.language import document_dependence as shapes
from escalation.language.document_outcomes import Document
from escalation.language.faults import nearest
from escalation.language.names import FIXED, NUMBER, WORDS, Names, Place
from escalation.language.node import Mapping
from escalation.language.quantities import Quantities
from escalation.language.shape import key_origin
from escalation.language.written import Written
from escalation.model.dependence import RankCorrelation
from escalation.model.process import Origin, Uncertainty

CORRELATION = Place("a correlation", FIXED)


class Groups:
    """Resolves `together` of one document."""

    def __init__(self, document: Document, root: Mapping, names: Names, quantities: Quantities) -> None:
        self.document, self.root, self.names = document, root, names
        self.uncertainties = {item.name: item for item in quantities.uncertainties}
        self.taken: dict[str, Origin] = {}

    def all(self) -> tuple[RankCorrelation, ...]:
        """Every sound group, in the author's order."""
        found = [self.group(index, written) for index, written in enumerate(self.document.together or [])]
        return tuple(group for group in found if group is not None)

    def group(self, index: int, written: shapes.Together) -> RankCorrelation | None:
        """One group; its factor is checked here and made when the model is built."""
        before = len(self.names.faults)
        for leaf in written.of:
            self.member(leaf)
        matrix = self.matrix(written, len(written.of), key_origin(self.root, ("together", index, "correlation")))
        known = all(str(leaf) in self.uncertainties for leaf in written.of)
        if matrix is None or not known or len(self.names.faults) > before:
            return None
        return RankCorrelation(tuple(str(leaf) for leaf in written.of), matrix)

    def member(self, leaf: Written) -> None:
        """A name must be an uncertainty that is one draw, and in one group only."""
        if leaf in self.taken:
            line = self.taken[leaf].line
            self.names.fault_at(
                leaf, f"`{leaf}` varies together already (line {line})", "write one group with a matrix"
            )
            return
        self.taken[leaf] = leaf.origin
        item = self.uncertainties.get(leaf)
        if item is not None:
            self.one_draw(leaf, item)
        elif not self.names.mentions_broken(leaf):
            self.unknown(leaf)

    def unknown(self, leaf: Written) -> None:
        """A name that is no uncertainty."""
        found = self.names.meanings.get(leaf)
        if found is not None:
            self.names.fault_at(leaf, f"`{leaf}` is {WORDS[found.group]}", "only uncertainties vary together")
            return
        meant = nearest(leaf, self.document.uncertainties or {})
        self.names.fault_at(leaf, f"there is no uncertainty `{leaf}`", f"did you mean {meant}?" if meant else "")

    def one_draw(self, leaf: Written, item: Uncertainty) -> None:
        """A rank correlation is of things that have an order, each of them drawn by one uniform."""
        written = (self.document.uncertainties or {})[leaf]
        draws = [part for part in walk(item.value) if isinstance(part, Draw)]
        if item.deep:
            self.names.fault_at(leaf, f"`{leaf}` is deep: without a probability there is no correlation", "")
        elif written.draws is not None:
            self.names.fault_at(leaf, f"`{leaf}` comes with the rows of `{written.draws}`", "which say how it varies")
        elif written.one_of is not None or any(draw.distribution == "one_of" for draw in draws):
            self.names.fault_at(
                leaf, f"the words of `{leaf}` have no order", "draw it as true or false: bernoulli(30%)"
            )
        elif not draws and names_in(item.value) <= self.names.fixed.keys():
            self.names.note(leaf.origin, f"`{leaf}` is fixed, so nothing varies together with it", "", len(leaf))
        elif not isinstance(item.value, Draw):
            self.names.fault_at(leaf, f"`{leaf}` is not one draw", _cure(draws))
        elif not names_in(item.value) <= self.names.fixed.keys():
            read = ", ".join(sorted(names_in(item.value) - self.names.fixed.keys()))
            self.names.fault_at(leaf, f"`{leaf}` reads {read}, so its rank correlation would not be this one", "")

    def matrix(self, written: shapes.Together, size: int, origin: Origin) -> tuple[tuple[float, ...], ...] | None:
        """The rank correlations, every one of them; None with a fault."""
        if isinstance(written.correlation, Written):
            value = self.number(written.correlation)
            if value is None:
                return None
            matrix = [[1.0 if i == j else value for j in range(size)] for i in range(size)]
            place, length = written.correlation.origin, len(written.correlation)
        else:
            found = self.whole(written.correlation, written.of, origin)
            if found is None:
                return None
            matrix, place, length = found, origin, len("correlation")
        try:
            factor(matrix)
        except Impossible:
            share = most_possible(matrix)
            cure = f"with all of them times {share:g} it would be possible"
            self.names.fault(
                place,
                f"these {size} cannot vary together so: some of their correlations exclude the others",
                cure,
                length,
            )
            return None
        return tuple(map(tuple, matrix))

    def whole(self, rows: list[list[Written]], of: list[Written], origin: Origin) -> list[list[float]] | None:
        """A matrix that is square, symmetric and 1 on its diagonal."""
        size, before = len(of), len(self.names.faults)
        if len(rows) != size or any(len(row) != size for row in rows):
            odd = next((number for number, row in enumerate(rows, 1) if len(row) != size), 0)
            many = f"row {odd} of the matrix has {len(rows[odd - 1])} entries" if len(rows) == size else ""
            said = f"{many or f'the number of rows is {len(rows)}'}, and there are {size} names"
            self.names.fault(origin, said, "a row for each name, in which each name has an entry", len("correlation"))
            return None
        values = [[self.number(leaf) for leaf in row] for row in rows]
        matrix = [[value for value in row if value is not None] for row in values]
        if any(len(row) < size for row in matrix):
            return None
        for i in range(size):
            if matrix[i][i] != 1.0:
                self.names.fault_at(rows[i][i], f"{of[i]} varies with itself at 1, not {rows[i][i]}", "")
            for j in range(i):
                if matrix[i][j] != matrix[j][i]:
                    said = (
                        f"{of[i]} with {of[j]} is {rows[i][j]} here and {rows[j][i]} in line {rows[j][i].origin.line}"
                    )
                    self.names.fault_at(rows[i][j], said, "a correlation is the same both ways")
        return matrix if len(self.names.faults) == before else None

    def number(self, leaf: Written) -> float | None:
        """One correlation, from -1 to 1."""
        expr = self.names.read(leaf, CORRELATION, NUMBER)
        value = self.names.constant_value(expr) if expr is not None else None
        if value is not None and not -1.0 <= value <= 1.0:
            self.names.fault_at(leaf, f"a correlation of {leaf} does not exist", "it lies between -1 and 1")
            return None
        return float(value) if value is not None else None


def _cure(draws: list[Draw]) -> str:
    if len(draws) > 1:
        return "make each draw an uncertainty of its own"
    return "let it be the draw alone, and do the arithmetic where it is read"
