"""The table of `docs/language.md` that says what an expression may read, and where, row by row against the language."""

import re
from functools import cache
from pathlib import Path

import pytest

from escalation.language.faults import Fault, InvalidScenario
from escalation.language.resolve import read_scenario

ROOT = Path(__file__).parents[2]
BASE = Path(__file__).with_name("places.yaml")
PAGE = (ROOT / "docs" / "language.frame.md").read_text(encoding="utf-8")

KINDS = {
    "truth": "({}) >= 1",
    "number": "{}",
    "time": "({}) * 1 day",
    "rate": "({}) / 1 day",
    "date": "2030-02-01 + ({}) * 1 day",
}
"""How a plain number is written into an expression of another kind."""

NAMES = {
    "constants": "held",
    "uncertainties": "guessed",
    "levers": "chosen",
    "state": "true_now",
    "derived names": "shorthand",
    "readings": "seen",
    "ladders": "level(capital.decided)",
    "rungs": "arms.delivered",
    "counts": "count(tick)",
}
"""A plain number of each group of names."""

AGES = ("elapsed / 1 day", "since(tick) / 1 day", "seen.age / 1 day")


def event(clock: str) -> str:
    """An event with this clock."""
    return "events:\n  made:\n    assumption: invented\n" + "".join(f"    {line}\n" for line in clock.split("; "))


def report(line: str, of: str = "true_now") -> str:
    """A reading whose only source says this."""
    return f"intelligence:\n  made:\n    of: {of}\n    assumption: invented\n    reports:\n      one:\n" + "".join(
        f"        {each}\n" for each in line.split("; ")
    )


def rung(lines: str) -> str:
    """A ladder whose upper rung says this."""
    made = "".join(f"        {each}\n" for each in lines.split("; "))
    return f"ladders:\n  made:\n    assumption: invented\n    rungs:\n      - id: low\n      - id: high\n{made}"


def policy(line: str) -> str:
    """A policy that says this."""
    return "policies:\n  made:\n" + "".join(f"    {each}\n" for each in line.split("; "))


PLACES: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "conditions": (
        "conditions (`when while unless`, gates, measures)",
        {
            "when": ("truth", event("when: HOLE; effect: {true_now: 1}")),
            "while": ("truth", event("while: HOLE; rate: 1 / 1 day; effect: {true_now: 1}")),
            "unless": ("truth", event("when: true_now > 1; after: 1 day; unless: HOLE; effect: {true_now: 1}")),
            "while of a source": ("truth", report("every: 1 day; while: HOLE")),
            "climb": ("truth", rung("climb:;   when: HOLE")),
            "gate": ("truth", rung("climb:;   when: seen > 1;   gates:;     law: HOLE")),
            "stand-down": ("truth", rung("climb: {when: seen > 1}; stand_down:;   when: HOLE")),
            "announce": ("truth", rung("climb: {when: seen > 1}; announce:;   when: HOLE")),
            "then": ("truth", policy("then:;   - when: HOLE;     set: {chosen: 2}")),
            "measure": ("truth", "measures:\n  made:\n    ever: HOLE\n"),
            "claim": ("truth", "expect:\n  - claim: made\n    never: HOLE\n"),
        },
    ),
    "hazards": (
        "`rate`, `chance`",
        {
            "rate": ("rate", event("rate: HOLE; effect: {true_now: 1}")),
            "chance": ("number", event("chance: (HOLE) * 1% in 1 year; effect: {true_now: 1}")),
            "rate of a decision": ("rate", rung("climb:;   when: seen > 1;   rate: HOLE")),
        },
    ),
    "realised": (
        "`draw`, `effect`, `after`, `every`, `lag`, `error`, `reads`, `miss`, `false_alarm`, `decide`, `deliver`",
        {
            "draw": ("number", event("every: 1 day; draw:;   size: HOLE; effect: {true_now: size}")),
            "effect": ("number", event("every: 1 day; effect:;   true_now: HOLE")),
            "after under while": ("time", event("while: true_now > 1; after: HOLE; effect: {true_now: 1}")),
            "after under when": ("time", event("when: true_now > 1; after: HOLE; effect: {true_now: 1}")),
            "after a leader": ("time", event("follows: tick; after: HOLE; effect: {true_now: 1}")),
            "every": ("time", event("every: HOLE; effect: {true_now: 1}")),
            "every of a source": ("time", report("every: HOLE")),
            "lag": ("time", report("every: 1 day; lag: HOLE")),
            "error": ("number", report("every: 1 day; error: HOLE")),
            "reads": ("number", report("every: 1 day; reads: HOLE")),
            "miss": ("number", report("every: 1 day; miss: (HOLE) * 1%", of="true_now > 1")),
            "false alarm": ("number", report("every: 1 day; false_alarm: (HOLE) * 1%", of="true_now > 1")),
            "decide": ("time", rung("climb:;   when: seen > 1;   decide: HOLE")),
            "deliver": ("time", rung("climb:;   when: seen > 1;   deliver: HOLE")),
            "first batch": (
                "time",
                rung("climb:;   when: seen > 1;   deliver:;     in: 2;     every: 1 day;     first: HOLE"),
            ),
            "after of a stand-down": (
                "time",
                rung("climb: {when: seen > 1}; stand_down:;   when: seen < 1;   after: HOLE"),
            ),
            "after of an announcement": (
                "time",
                rung("climb: {when: seen > 1}; announce:;   when: seen > 1;   after: HOLE"),
            ),
            "on_decision": ("number", rung("climb: {when: seen > 1}; on_decision:;   true_now: HOLE")),
        },
    ),
    "bias": ("`bias` (drawn at the start of a trajectory)", {"bias": ("number", report("every: 1 day; bias: HOLE"))}),
    "lasting": (
        "`for`, `withdraw_after`",
        {
            "for": ("time", event("when: true_now > 1; for: HOLE; effect: {true_now: 1}")),
            "for of a rung": ("time", rung("climb:;   when: seen > 1;   for: HOLE")),
            "withdraw_after": ("time", rung("climb:;   when: seen > 1;   withdraw_after: HOLE")),
            "for of then": ("time", policy("then:;   - when: seen > 1;     for: HOLE;     set: {chosen: 2}")),
        },
    ),
    "derived": (
        "derived `value`, `of`",
        {
            "derived": ("number", "derived:\n  place_derived:\n    value: HOLE\n"),
            "of": ("number", report("every: 1 day", of="HOLE")),
        },
    ),
    "calendar": (
        "`at`, `from` of an event",
        {
            "at": ("date", event("at: HOLE; effect: {true_now: 1}")),
            "from": ("date", event("every: 1 day; from: HOLE; effect: {true_now: 1}")),
        },
    ),
    "dated": ("`at` of a policy's `then`", {"at": ("date", policy("then:;   - at: HOLE;     set: {chosen: 2}"))}),
    "uncertainties": (
        "uncertainties",
        {"value": ("number", "uncertainties:\n  place_uncertainty:\n    value: HOLE\n")},
    ),
    "initial": (
        "`initial`",
        {
            "state": ("number", "state:\n  place_initial:\n    initial: HOLE\n"),
            "reading": ("number", "intelligence:\n  seen:\n    initial: HOLE\n"),
        },
    ),
    "settings": (
        "levers, ranges, `deep`, what policies set",
        {
            "lever": ("number", "levers:\n  place_lever:\n    default: HOLE\n"),
            "range": ("number", "state:\n  place_initial:\n    range:\n      - HOLE\n      - none\n"),
            "set": ("number", policy("set:;   chosen: HOLE")),
            "set of then": ("number", policy("then:;   - when: seen > 1;     set:;       chosen: HOLE")),
            "deep": (
                "number",
                "uncertainties:\n  made:\n    assumption: invented\n    deep:\n      - HOLE\n      - 1_000\n",
            ),
        },
    ),
    "constants": ("constants", {"value": ("number", "constants:\n  place_constant:\n    value: HOLE\n")}),
}
"""For each row of the table: its first cell, and scenarios with a hole at each place that the row speaks of."""


def rows() -> dict[str, tuple[str, str, str]]:
    """The table of the page: draws, ages and names by place."""
    table = PAGE.split("| where | draws |")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in table]
    return {where.strip(): (draws, ages, reads) for where, draws, ages, reads in cells}


def faults(folder: Path, overlay: str, kind: str, number: str, *, whole: bool = False) -> tuple[Fault, ...]:
    """What is wrong with the base when the hole of an overlay is filled; `whole`: with this text as it is."""
    made = folder / "overlay.yaml"
    made.write_text(overlay.replace("HOLE", number if whole else KINDS[kind].format(number)), encoding="utf-8")
    try:
        read_scenario(BASE, [made])
    except InvalidScenario as invalid:
        return invalid.faults
    return ()


def readable(cell: str) -> set[str]:
    """The groups of names that a cell of the last column allows."""
    if cell == "everything":
        return set(NAMES)
    return {part.strip().removeprefix("other ") for part in cell.split(",")}


@cache
def holes() -> list[tuple[str, str, str, str]]:
    """(row, place, kind, overlay) for each hole."""
    return [(row, name, *hole) for row, (_, holes) in PLACES.items() for name, hole in holes.items()]


def test_the_table_has_these_rows() -> None:
    """Each row of the page's table is tested, and nothing else."""
    assert list(rows()) == [first for first, _ in PLACES.values()]


@pytest.mark.parametrize(("row", "name", "kind", "overlay"), holes(), ids=[f"{r}-{n}" for r, n, _, _ in holes()])
def test_a_place_takes_what_its_row_says(tmp_path: Path, row: str, name: str, kind: str, overlay: str) -> None:
    """Draws, ages and each group of names are accepted or refused at a place as the table says."""
    draws, ages, reads = rows()[PLACES[row][0]]
    assert faults(tmp_path, overlay, kind, "1") == ()
    expected = {"uniform(1, 2)": draws == "yes"}
    expected |= {age: ages == "yes" for age in AGES}
    expected |= {path: group in readable(reads) for group, path in NAMES.items() if group != "counts"}
    expected["count(tick)"] = reads == "everything"
    told = {number: not faults(tmp_path, overlay, kind, number) for number in expected}
    assert told == expected
    if kind == "truth":
        assert faults(tmp_path, overlay, kind, "since(tick) >= 3 days", whole=True) == ()
        assert faults(tmp_path, overlay, kind, "elapsed >= 3 days", whole=True) != ()


SAID = {
    "at": "2030-02-01",
    "every": "1 week",
    "from": "2030-02-01",
    "rate": "1 / 3 days",
    "chance": "10% in 1 year",
    "while": "true_now > 1",
    "when": "true_now > 1",
    "for": "3 days",
    "after": "3 days",
    "unless": "true_now > 5",
    "overlap": "restart",
    "memory": "resume",
    "follows": "tick",
    "pool": "7",
}
"""A value for each entry that a clock may have."""


def clocks() -> list[tuple[tuple[str, ...], frozenset[str]]]:
    """The page's table of clocks: what makes each, and what may stand beside it."""
    table = PAGE.split("| clock | with | fires |\n|---|---|---|\n")[1].split("\n\n")[0]
    found = []
    for line in table.splitlines():
        made, beside, _ = line.strip("|").split(" | ") if " | | " not in line else (line.split(" | ")[0], "", "")
        names = re.findall(r"`(\w+)`", made)
        with_it = frozenset(re.findall(r"`(\w+)`", beside))
        found += [((name,), with_it) for name in names] if " or " in made else [(tuple(names), with_it)]
    return found


@pytest.mark.parametrize(("made", "beside"), clocks(), ids=["-".join(made) for made, _ in clocks()])
def test_a_clock_takes_what_its_row_says(tmp_path: Path, made: tuple[str, ...], beside: frozenset[str]) -> None:
    """Every entry that the table puts beside a clock is accepted with it, and every other is a fault."""

    def wrong(*keys: str) -> bool:
        lines = "; ".join(f"{key}: {SAID[key]}" for key in keys)
        return bool(faults(tmp_path, event(f"{lines}; effect: {{true_now: 1}}"), "number", "1"))

    assert not wrong(*made)
    assert not wrong(*made, *(key for key in SAID if key in beside))
    others = SAID.keys() - {*made, *beside}
    assert {key for key in others if not wrong(*made, key)} == set()
