"""How an uncertainty gets its value, in words: a draw, a bare range, a column of joint draws; what varies together."""

from collections.abc import Callable, Iterator

from escalation.expressions.tree import Draw, Expr, Name
from escalation.model.dependence import JointDraws
from escalation.model.process import Uncertainty
from escalation.model.scenario import Scenario
from escalation.reporting.decimals import count, fixed


def how_known(item: Uncertainty, tables: tuple[JointDraws, ...], told: Callable[[Expr], str]) -> str:
    """What follows the name of an uncertainty and `is`. told: a value in words."""
    if item.deep and isinstance(item.value, Draw):
        low, high = (told(end) for end in item.value.arguments)
        return f"somewhere from {low} to {high}: a bare range, with no probability claimed"
    for table in tables:
        if isinstance(item.value, Name) and item.value.path == table.column(item.name):
            many = count(len(table.rows))
            return f"drawn from its column of {many} joint draws, `{table.name}`: a whole row a future"
    return told(item.value)


def what_varies_together(scenario: Scenario, name: Callable[[str], str]) -> Iterator[str]:
    """A sentence a group. name: a name in words."""
    for group in scenario.together:
        pairs = [
            f"{name(group.names[j])} with {name(group.names[i])} {fixed(group.spearman[i][j], 2)}"
            for i in range(len(group.names))
            for j in range(i)
            if group.spearman[i][j] != 0
        ]
        if pairs:
            yield f"These vary together, by rank correlation: {', '.join(pairs)}."
