"""The shape of what makes uncertainties depend on one another: groups that vary together, and joint draws."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from escalation.language.document import Covered, needed, said
from escalation.language.written import Expression, OneOrMoreNames, Text


def _scalar_or_list(value: Any) -> str:
    return "<matrix>" if isinstance(value, list) else "<scalar>"


Correlation = Annotated[
    Annotated[Expression, Tag("<scalar>")] | Annotated[list[list[Expression]], Tag("<matrix>")],
    Discriminator(_scalar_or_list),
]


class Together(Covered):
    """Uncertainties that vary together: a rank correlation, which leaves each distribution as it is."""

    of: OneOrMoreNames = Field(
        ...,
        min_length=2,
        description="The uncertainties, each of them one draw; the first keeps the values it has alone.",
        examples=[["tempo", "wave_hazard"]],
    )
    correlation: Correlation = needed(
        "Spearman's rank correlation of every two of them, or a whole matrix of them, a row a line.", "0.6"
    )


class JointDraws(Covered):
    """A table of joint draws, of which each future takes one row: a `file`, or the `table` itself."""

    file: Text | None = said(
        "A CSV file beside the scenario: a column an uncertainty, a row a joint draw.", "posterior.csv"
    )
    table: Text | None = said(
        "The rows themselves; `show` prints those of a file so.", "tempo [days],push\n12.1,0.4\n9.7,0.9\n"
    )
    from_: Text | None = said("Where a `table` came from.", "posterior.csv", key="from")
