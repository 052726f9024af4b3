"""The shape of `evidence:`: tables of dated facts, and the expressions of the model that their rows are about."""

from typing import Annotated

from pydantic import Field, Tag

from escalation.language.document import EITHER, Shape, needed, said
from escalation.language.written import (
    Date,
    Duration,
    Expression,
    Identifier,
    NameKey,
    OneOrMoreTexts,
    Text,
    Written,
    word,
)

Bound = Annotated[Written, word("exact", "at_least", "at_most")]
Days = Annotated[list[Date], Field(min_length=2, max_length=2)]


class Table(Shape):
    """A table of evidence with its rows in the scenario itself, as `show` prints it."""

    rows: Text = needed("The table as CSV, its first line the names of its columns.", "date,source_agency,…")
    from_: Text | None = said("The file that they were read from; it is not read again.", "evidence/t.csv", key="from")


TableValue = Annotated[Annotated[Text, Tag("<scalar>")] | Annotated[Table, Tag("<mapping>")], EITHER]


class Estimates(Shape):
    """Rows of a table of estimates, and the expression that they estimate."""

    of: Expression = needed("What they estimate; an expression of numbers.", "troops_seen.nis")
    kind: Text = needed("The rows' `quantity_kind`.", "troops_in_russia")
    agency: OneOrMoreTexts = needed("The rows' `source_agency`, one or several.", "NIS (ROK)")
    table: Identifier | None = said("Their table; needed only if there are several of estimates.", "estimates")
    during: Days | None = said("First and last day of the rows.", ["2024-10-18", "2024-12-31"])
    over: Duration | None = said(
        "They count a flow: the change within so long before each day. A stock unless told otherwise.", "1 week"
    )
    bound: Bound | None = said(
        "How they are meant; by their columns `low` and `high` unless told otherwise, of which an empty one is open.",
        "at_least",
    )
    label: Text | None = said("The name as it is shown.", "Korean intelligence")


class RecordedEvent(Shape):
    """Rows of a table of events, and the condition whose first time they date, from the first day to the last."""

    first: Expression = needed("What they date: the first time that this holds.", "combat")
    kind: Text = needed("The rows' `kind`.", "casualty")
    actor: OneOrMoreTexts | None = said("The rows' `actor`; any unless told otherwise.", "kyiv")
    table: Identifier | None = said("Their table; needed only if there are several of events.", "timeline")
    during: Days | None = said("First and last day of the rows.", ["2024-11-04", "2024-11-05"])
    label: Text | None = said("The name as it is shown.", "First combat")


class Unmapped(Shape):
    """Why rows of one kind are held against nothing."""

    kind: Text = needed("The rows' kind.", "containers")
    because: Text = needed("Why no expression of the model is about them.", "shells are left out")
    table: Identifier | None = said("Their table; needed only if there are several with this kind.", "estimates")


class Evidence(Shape):
    """What the public record says, held against the model as a check. It changes no trajectory."""

    tables: dict[NameKey, TableValue] = needed(
        "CSV files in the folder of this scenario or below it, by names.", {"estimates": "evidence/estimates.csv"}
    )
    window: Duration | None = said(
        "How long after the start the model is held against the record; throughout unless told otherwise.", "6 weeks"
    )
    periods: list[Days] | None = said(
        "Spans (first and last day) in which estimates of one kind, of two entries or more, are held side by side.",
        [["2024-10-18", "2024-10-31"]],
    )
    estimates: dict[NameKey, Estimates] | None = said(
        "Rows of estimates, with what they estimate.",
        {"nis": {"of": "troops_seen.nis", "kind": "troops_in_russia", "agency": "NIS (ROK)"}},
    )
    dates: dict[NameKey, RecordedEvent] | None = said(
        "Rows of events, with what they date.", {"first_combat": {"first": "combat", "kind": "casualty"}}
    )
    unmapped: list[Unmapped] | None = said(
        "Why other rows are held against nothing.", [{"kind": "containers", "because": "shells are left out"}]
    )
