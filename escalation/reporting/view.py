"""What the templates read: charts with their sentences and tables, in the order of the page."""

from dataclasses import dataclass

from escalation.reporting.drawing import Drawing


@dataclass(frozen=True, slots=True)
class Table:
    """A table of words. rows: the first cell of each is its heading."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its file name (no ending), heading, the sentence that says what it shows, and its numbers."""

    name: str
    heading: str
    sentence: str
    drawing: Drawing
    table: Table


@dataclass(frozen=True, slots=True)
class Group:
    """Charts that belong together, side by side where there is room. note: how to read them. table: of all of them."""

    heading: str
    note: str
    charts: tuple[Chart, ...]
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Headline:
    """The first screen: for each question what is told of it, the share that stays, and how policies move it."""

    sentences: tuple[tuple[str, str, str], ...]
    table: Table
    note: str


@dataclass(frozen=True, slots=True)
class Assumption:
    """One number of the scenario with what it rests on. cites: places in the list of sources."""

    path: str
    label: str
    text: str
    cites: tuple[int, ...]
    assumption: str
    where: str


@dataclass(frozen=True, slots=True)
class CitedSource:
    """A source with its place in the list, from 1. published: publisher and date. address: of the web, or nothing."""

    place: int
    title: str
    published: str
    address: str


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Numbers by heading, the sources they cite, and how many rest on nothing."""

    groups: tuple[tuple[str, tuple[Assumption, ...]], ...]
    sources: tuple[CitedSource, ...]
    uncovered: int


@dataclass(frozen=True, slots=True)
class RecordTold:
    """The section on the public record: what it says in short, how to read it, its tables, and what was hindsight."""

    sentences: tuple[str, ...]
    note: str
    tables: tuple[Table, ...]
    hindsight: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page besides the scenario's title and the run's facts.

    about: what the scenario says of itself, the first sentences and the rest.
    policies: name, label, how many trajectories, and what it sets and when.
    """

    headline: Headline
    policies: tuple[tuple[str, str, str, str], ...]
    ladders: tuple[Group, ...]
    incidence: tuple[Group, ...]
    sights: tuple[Group, ...]
    paths: tuple[Group, ...]
    compared: tuple[Group, ...]
    convergence: tuple[Group, ...]
    about: tuple[str, str]
    verdicts: Table
    record: RecordTold | None
    outcomes: tuple[Table, ...]
    assumptions: Assumptions
    notes: tuple[str, ...]

    def charts(self) -> tuple[Chart, ...]:
        """Every chart, in the order of the page."""
        groups = (*self.ladders, *self.incidence, *self.sights, *self.paths, *self.compared, *self.convergence)
        return tuple(chart for group in groups for chart in group.charts)
