"""The model in prose says everything that a scenario holds, and fails rather than leave something out."""

import re
import time
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from escalation.expressions import tree
from escalation.expressions.kinds import DURATION, Category, Instant, Quantity, Rung, Truth
from escalation.expressions.text import write, write_duration
from escalation.expressions.tree import NODE_TYPES, Literal
from escalation.expressions.units import MEAN_TIME
from escalation.language.resolve import read_scenario
from escalation.model import scenario as shapes
from escalation.model.calendar import DAY
from escalation.model.process import Months, Origin, Periodic
from escalation.model.scenario import Number, Scenario
from escalation.reporting.decimals import written_date
from escalation.reporting.description import as_markdown, describe
from escalation.reporting.expression_words import Words
from escalation.reporting.marks import as_html, code, plain, quoted
from escalation.reporting.rule_sentences import clock_sentences
from tests.cases.regenerate import VALID, written

SEOUL = Path(__file__).parents[2] / "scenarios" / "seoul-2024.yaml"
ODD = (
    "Purpose and patterns",
    "Entities, state variables and scales",
    "Process overview and scheduling",
    "Design concepts",
    "Initialisation",
    "Input data",
    "Submodels",
)


def scenario_of(path: Path) -> Scenario:
    return read_scenario(path).scenario


def prose(scenario: Scenario) -> str:
    return as_markdown(scenario.title, describe(scenario))


# ---------------------------------------------------------------------- what a scenario holds

SILENT = frozenset({"origin", "numbers", "stream", "order", "how", "combine", "overlap", "memory", "better", "id"})
"""Fields that are no thing to be named: told by their own tests below, or by a sentence's form."""


@dataclass(frozen=True)
class Held:
    """Names, and literals with the ways in which each may be written."""

    names: frozenset[str]
    numbers: tuple[tuple[str, ...], ...]


def held(thing: Any, start: str) -> Held:
    """Every name and every number of a scenario, by walking its dataclasses whatever their fields are."""
    names: set[str] = set()
    numbers: set[tuple[str, ...]] = set()

    def visit(node: Any) -> None:
        if isinstance(node, Origin | Number | Truth | Quantity | Category | Rung | Instant):
            return
        if isinstance(node, NODE_TYPES):
            for part in tree.walk(node):
                names.update(set(re.split("[.#]", part.path)[-1:]) if isinstance(part, tree.Name) else set())
                numbers.update([forms(part, start)] if isinstance(part, Literal) else [])
            return
        if is_dataclass(node):
            for field in fields(node):
                value = getattr(node, field.name)
                if field.name in ("name", "target") and isinstance(value, str):
                    names.add(value.rpartition(".")[2])
                elif field.name not in SILENT:
                    visit(value)
        elif isinstance(node, dict):
            names.update(node)
            for value in node.values():
                visit(value)
        elif isinstance(node, tuple | list):
            for value in node:
                visit(value)

    visit(thing)
    return Held(frozenset(names), tuple(sorted(numbers)))


def forms(literal: Literal, start: str) -> tuple[str, ...]:
    """How a value may stand in prose; () for what needs no telling: true, false, words and rungs are names."""
    kind, value = literal.kind, literal.value
    if isinstance(kind, Truth | Rung | Category):
        return ()
    if isinstance(kind, Instant):
        return (written_date(start, float(value) // DAY), write(literal))
    text = write(literal)
    found = {text, text.replace("_", ","), text.replace("-", "−"), f"{float(value) * 100:.12g}%"}
    if kind == Quantity(DURATION):
        days = float(value) / DAY
        found |= {f"{days:,.12g} day", write_duration(abs(float(value)))}
        found |= {f"{float(value) / MEAN_TIME[unit]:.12g} {unit}" for unit in ("year", "month")}
    return tuple(sorted(found))


IMPLIED = {"0", "1", "0 days"}
"""Numbers that a sentence says by its form: at once, grows by, a mean time, no false alarm."""


def untold(scenario: Scenario) -> list[str]:
    """Names and numbers of a scenario that its prose does not hold."""
    text = prose(scenario)
    known = held(scenario, scenario.start)
    own = sorted(name for name in known.names if "#" not in name)
    missing = [name for name in own if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
    odd = [
        each for each in known.numbers if each and not IMPLIED & set(each) and not any(form in text for form in each)
    ]
    return missing + [" or ".join(each) for each in odd]


@pytest.mark.parametrize("name", written())
def test_every_name_and_number_of_a_case_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name, each number and each label of a valid case stands in its prose."""
    monkeypatch.chdir(VALID)
    scenario = scenario_of(Path(name))
    assert untold(scenario) == []


@pytest.mark.parametrize("path", sorted(SEOUL.parent.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_name_and_number_of_a_shipped_scenario_is_told(path: Path) -> None:
    """Nothing of the scenarios that are shipped is left out."""
    assert untold(scenario_of(path)) == []


def test_a_number_that_is_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the sentences of events, their names and numbers are missed."""
    monkeypatch.setattr("escalation.reporting.description.event_sentence", lambda words, event: "Something happens.")
    missing = untold(scenario_of(SEOUL))
    assert "size" in missing
    assert any("4.5 day" in each for each in missing)


# Every field of what a scenario is made of, and so of what the prose must tell. A field that is added here needs a
# sentence in reporting/description.py and its neighbours first.
TOLD: dict[str, str] = {
    "Basis": "sources assumption as_of row",
    "Source": "id title publisher date url",
    "Actor": "id name role playable",
    "Number": "path text label basis origin group",
    "Constant": "name kind value",
    "LeverSpec": "name kind default actor low high label origin",
    "StateVariable": "name kind initial low high seen_by label origin",
    "DerivedName": "name kind value seen_by label origin",
    "Play": "per_turn help",
    "Event": "name actor label clock draws effect order stream play origin",
    "Report": "name label every condition lag error bias reads miss false_alarm origin",
    "Reading": "name kind of initial combine agreed reports seen_by label origin believed",
    "Belief": "actor combine agreed source",
    "NamedGate": "name condition label origin",
    "Batches": "count first every",
    "Announce": "when lasting after origin",
    "Adaptation": "at when lasting settings text actors origin",
    "Climb": "when lasting withdraw_after gates decide rate deliver origin",
    "StandDown": "when lasting after origin",
    "RungSpec": "id label climb stand_down on_decision on_delivery on_stand_down origin announce on_announcement",
    "Ladder": "name actor label starts_at rungs origin skip",
    "PolicySpec": "name label settings origin then",
    "Viewpoint": "name label score",
    "Expectation": "claim given policy how condition measure low high than origin",
    "Scenario": "title about start horizon units sources actors constants uncertainties levers state derived events "
    "intelligence ladders policies measures values expectations numbers evidence together "
    "joint_draws classroom",
}


def test_every_field_of_a_scenario_has_its_sentence() -> None:
    """What a scenario can hold is what the prose tells; a new field fails here until somebody has told it."""
    found = {
        name: " ".join(field.name for field in fields(each))
        for name, each in vars(shapes).items()
        if isinstance(each, type) and is_dataclass(each) and each.__module__ == shapes.__name__
    }
    assert found == TOLD


def test_a_clock_without_a_sentence_is_an_error() -> None:
    """A kind of clock that nobody has put into words is refused, never skipped."""

    class Unheard:
        """A clock of another kind."""

    with pytest.raises(TypeError, match="no sentence tells of a Unheard"):
        list(clock_sentences(Words(scenario_of(SEOUL)), Unheard(), "rule"))  # type: ignore[arg-type]


# ---------------------------------------------------------------------- what it says


def test_the_headings_are_those_of_odd_in_their_order() -> None:
    """Seven parts, and eight design concepts, as Grimm et al. (2020) name them."""
    parts = describe(scenario_of(SEOUL))
    assert tuple(part.heading for part in parts) == ODD
    assert [part.heading for part in parts[3].parts] == [
        "Basic principles",
        "Emergence",
        "Adaptation",
        "Objectives",
        "Sensing",
        "Interaction",
        "Stochasticity",
        "Observation",
    ]


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("while-after-with-each-memory", "the delay stands still, and goes on from there next time"),
        ("while-after-with-each-memory", "the same delay begins again from its start next time"),
        ("while-after-with-each-memory", "the delay is dropped, and another one is drawn next time"),
        ("edge-that-restarts", "If it is set off again meanwhile, the delay begins anew."),
        ("edge-with-unless-reversed", "It does not come if the condition falls meanwhile."),
        ("chance-in-a-month-and-a-year", "at the hazard `2 / 1 month`."),
        ("chance-in-a-month-and-a-year", "within 1 year"),
        ("month-steps", "It comes every calendar month, first on 28 February 2030."),
        ("month-steps", "It comes every 12 calendar months, first a period after the start."),
        ("rate-with-a-condition", "While “Troops” is above 0, it comes by chance, at the hazard `troops / 20 days`."),
        ("reading-agreed", "The greatest value that at least 2 sources stand behind counts."),
        (
            "reading-of-a-condition",
            "It misses what is true with a chance of 20%, and gives a false alarm with a chance of 1%.",
        ),
        (
            "reading-without-a-first-value",
            "Before the first report it is unknown, and a condition that reads it is false.",
        ),
        ("ladder-with-rate", "While pending, it is decided by chance, "),
        ("since-in-condition", "at least 14 days have passed since “Shot” last happened"),
        ("policies-with-switches", "switches “Send” off"),
        ("policies-with-switches", "allows “Seoul” no rung above “Words”"),
        ("order-and-stream", "as it was once called"),
        ("every-kind-of-measure", "how often “Send” happened"),
        ("every-kind-of-measure", "from 10 January 2030 to 1 February 2030"),
    ],
)
def test_a_construct_is_said_in_these_words(case: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence of a construct says what its law says."""
    monkeypatch.chdir(VALID)
    assert sentence in prose(scenario_of(Path(f"{case}.yaml")))


def test_a_lift_is_told_as_an_author_would_tell_it() -> None:
    """The flagship's first rule reads as a person would put it."""
    told = prose(scenario_of(SEOUL))
    assert (
        "- “Another troop lift” (`sea_lift`), a choice of “Pyongyang”. While “Sent to Russia so far” is below “Ordered "
        "so far” and “Ceasefire” is not true, it comes after a delay: a lognormal draw (median `lift_interval`, "
        "sigma 0.35). If that ends first, the delay is dropped, and another one is drawn next time."
    ) in told


def test_a_description_is_made_in_well_under_a_second() -> None:
    """The prose of the flagship, reading not counted, takes less than half a second of a processor."""
    scenario = scenario_of(SEOUL)
    began = time.process_time()
    prose(scenario)
    assert time.process_time() - began < 0.5


def test_an_authors_text_is_never_markup() -> None:
    """Markdown and HTML in a label are told as the characters they are."""
    hostile = "<script>*x*</script> `y` [z](u) _w_ &amp; \\ $x_1$ # 1. |"
    assert as_html(plain(hostile)) == ("&lt;script&gt;*x*&lt;/script&gt; `y` [z](u) _w_ &amp;amp; \\ $x_1$ # 1. |")
    assert as_html(f"a {code('b < c')} d") == "a <code>b &lt; c</code> d"
    assert plain("# no heading") == "\\# no heading"
    assert quoted("two\nlines") == "“two lines”"


def test_months_and_periods_stand_as_the_calendar_has_them() -> None:
    """A step of months is told as a step of the calendar, never in days."""
    words = Words(scenario_of(SEOUL))
    assert list(clock_sentences(words, Periodic(Months(3)), "x")) == [
        "It comes every 3 calendar months, first a period after the start."
    ]
