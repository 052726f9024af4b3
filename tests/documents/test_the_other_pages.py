"""CONTRIBUTING, the page on SimPy processes and the page on the evidence say what is there."""

import csv
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from simpy.events import Event

from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.engines.world import World
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from escalation.model.trajectory import Point

ROOT = Path(__file__).parents[2]
EVIDENCE = ROOT / "scenarios" / "evidence"
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PROCESSES = (ROOT / "docs" / "simpy-process.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("scenarios/**/*.md")])
DAY = 86_400_000


def section(document: str, heading: str) -> str:
    """The text under a heading of the second level."""
    return document.split(f"## {heading}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> list[str]:
    """The first cell of each row of the tables in a text, without the heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rules = [number for number, line in enumerate(lines) if line.startswith("|---")]
    heads = {number - 1 for number in rules} | set(rules)
    return [line.strip("|").split(" | ")[0].strip() for number, line in enumerate(lines) if number not in heads]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_of_ours_that_is_named_exists(document: Path) -> None:
    """A path in code font that begins with a folder of the repository, or of a room, is there."""
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests|docs|scenarios|benchmarks|escalation|\.ci)/[\w./-]+)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_contributing_names_every_target_of_make() -> None:
    """Each phony target of the Makefile is in the table, and the table names no other."""
    (phony,) = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    told = re.findall(r"`make (\w+)`", section(CONTRIBUTING, "Set up"))
    assert sorted(told) == sorted(phony.split())


def test_contributing_tells_the_rooms_from_above_downwards() -> None:
    """The rooms of its table are those of the import contract, each once."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = " | ".join(contract["contracts"][0]["layers"])
    rooms = {room for room in re.findall(r"\w+", layers) if (ROOT / "escalation" / room).is_dir()}
    told = re.findall(r"\| `(\w+)`", section(CONTRIBUTING, "Which room a line belongs to"))
    assert sorted(told) == sorted(rooms)
    modules = {path.stem for path in (ROOT / "escalation").glob("*.py")} - {"__init__", "__main__"}
    assert {name for name in modules if f"`{name}`" not in CONTRIBUTING} == set()


def test_all_of_a_world_is_on_its_page() -> None:
    """The page's table has a row for each thing that a `World` offers."""
    told = set(re.findall(r"^\| `world[.\[]\"?(\w+)", PROCESSES, re.MULTILINE))
    offered = {name for name in vars(World) if not name.startswith("_")}
    assert told - {"abroad"} == offered
    assert '| `world["abroad"]`' in PROCESSES


def test_a_world_does_what_its_page_says() -> None:
    """Each row of the table, tried in one process: it goes first, waits, reads, draws, sets, and hears of changes."""
    seen: list[float] = []

    def process(world: World) -> Iterator[Event]:
        assert world.now == world.env.now == 0
        yield world.after(days=3)
        assert world.now == 3 * DAY
        assert world.uniform("smuggling.size", 0) == world.uniform("smuggling.size", 0)
        world.set(abroad=900.0, rule="smuggling")
        assert world["abroad"] == 900
        yield world.changed("abroad", "seen")
        seen.append(world.now)

    program = prepare(build(read_scenario(ROOT / "scenarios" / "first-ladder.yaml").scenario))
    told = simulate(program, Point(program.model.policies[0].name, 0, 0), processes=[process], record=True)
    assert told.failure is None
    assert seen
    assert seen[0] >= 3 * DAY
    assert [firing.time for firing in told.log if firing.rule == "smuggling"] == [3 * DAY]


def rows(table: str) -> tuple[list[str], list[dict[str, str]]]:
    """The columns and rows of a table of evidence."""
    with (EVIDENCE / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


def test_the_page_of_the_evidence_tells_every_file_and_column() -> None:
    """Its tables name the files of the folder and the columns that they have."""
    page = (EVIDENCE / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in EVIDENCE.iterdir() if f"`{path.name}`" not in page} == {"README.md"}
    told: dict[str, set[str]] = {"timeline": set(), "estimates": set(), "parameters": set()}
    for line in section(page, "Columns").splitlines():
        if line.startswith("| `"):
            names, tables = line.strip("|").split(" | ")[:2]
            for table in told if tables.strip() == "all" else tables.strip().split(", "):
                told[table] |= set(re.findall(r"`(\w+)`", names))
    assert told == {table: set(rows(table)[0]) for table in told}


def test_the_page_of_the_evidence_tells_every_kind_and_basis() -> None:
    """The kinds of events and the words for what a row may be used for are those of the tables."""
    page = " ".join((EVIDENCE / "README.md").read_text(encoding="utf-8").split())
    kinds = {row["kind"] for row in rows("timeline")[1]}
    assert {kind for kind in kinds if kind not in page.split("| `kind` |")[1].split("| `event` |")[0]} == set()
    words = {row["basis"] for row in rows("parameters")[1]}
    words |= {row["confidence"] for table in ("timeline", "estimates") for row in rows(table)[1]}
    assert words == set(re.findall(r"- \*\*(\w+)\*\*:", page))


def test_actors_of_the_timeline_are_those_of_the_scenario() -> None:
    """Who did or said it is named as the flagship and its overlays name actors, or is somebody else."""
    flagship = ROOT / "scenarios" / "seoul-2024.yaml"
    resolved = read_scenario(flagship, sorted((ROOT / "scenarios" / "seoul-2024").glob("*.yaml")))
    known = set(resolved.scenario.actors)
    assert {row["actor"] for row in rows("timeline")[1]} <= known | {"other"}
