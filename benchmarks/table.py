"""One command, one run, one table: `python -m benchmarks.table [--write] [--rounds 9] [--others PYTHON] [GROUP …]`.

--write puts the table into docs/performance.md. --others names a Python that has libRoadRunner and GillesPy2. Groups:
ladder, births and deaths, rules, scenarios, costs, threads, sizes; all of them unless some are named.
"""

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import (
    births_and_deaths,
    costs,
    engines,
    family,
    ladder_rows,
    machine,
    scenarios_rows,
    sizes,
    targets,
    threads,
)
from benchmarks.rows import ROUNDS, Measured, Row, measure

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
MARKS = ("<!-- table: written by python -m benchmarks.table --write -->", "<!-- end of table -->")
ROWS = (ladder_rows.GROUP, births_and_deaths.GROUP, family.GROUP, scenarios_rows.GROUP)
OTHERS = ("costs", "threads", "sizes")
TITLES = {
    ladder_rows.GROUP: "The benchmark ladder: 22 rules, the same for all",
    births_and_deaths.GROUP: "Births and deaths: two rules, beside simulators of chemistry",
    family.GROUP: "The number of rules: models made alike",
    scenarios_rows.GROUP: "Whole scenarios, with everything that a report watches",
}


def main() -> None:
    """Measure and print; write when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", metavar="GROUP")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--others", default=sys.executable, metavar="PYTHON")
    chosen = parser.parse_args()
    unknown = set(chosen.groups) - {*ROWS, *OTHERS}
    if unknown:
        parser.error(f"there is no group {sorted(unknown)[0]!r}")
    text = measured_page(chosen.groups or (*ROWS, *OTHERS), chosen.rounds, chosen.others)
    print(text)
    if chosen.write:
        page = PAGE.read_text(encoding="utf-8")
        written = f"{MARKS[0]}\n{text}\n{MARKS[1]}"
        pattern = re.escape(MARKS[0]) + ".*" + re.escape(MARKS[1])
        PAGE.write_text(re.sub(pattern, lambda _: written, page, flags=re.DOTALL), encoding="utf-8")


def measured_page(groups: Sequence[str], rounds: int, others: str) -> str:
    """All that is measured, as Markdown."""
    about = machine.described()
    rows = all_rows(groups, others)
    measured: dict[str, Measured] = {}
    for group in (each for each in ROWS if each in groups):
        say(group)
        measured |= measure([row for row in rows if row.group == group], rounds, say)
    once = costs.costs() if "costs" in groups else []
    speeds = threads.speeds() if "threads" in groups else None
    promised = targets.targets(measured, {cost.key: cost for cost in once}, speeds, machine.has_wide_vectors())
    parts = [f"Measured on {about} Medians of {rounds} rounds in turns, of the processor's time."]
    parts += [
        of_rows(group, [row for row in rows if row.group == group], measured) for group in ROWS if group in groups
    ]
    parts += [of_costs(once)] if once else []
    parts += [of_threads(speeds)] if "threads" in groups else []
    parts += [of_sizes()] if "sizes" in groups else []
    return "\n\n".join([*parts, of_targets(promised)])


def all_rows(groups: Sequence[str], others: str) -> list[Row]:
    """The rows of the groups asked for."""
    made = {
        ladder_rows.GROUP: ladder_rows.rows,
        births_and_deaths.GROUP: lambda: births_and_deaths.rows(others),
        family.GROUP: family.rows,
        scenarios_rows.GROUP: scenarios_rows.rows,
    }
    return [row for group in ROWS if group in groups for row in made[group]()]


def of_rows(group: str, rows: Sequence[Row], measured: Mapping[str, Measured]) -> str:
    """A group as a table."""
    lines = []
    limits = any(row.limit for row in rows)
    for row in rows:
        cells = [row.name, row.missing or "", "", ""]
        if row.key in measured:
            found = measured[row.key]
            spread = f"{nanoseconds(min(found.costs))} to {nanoseconds(max(found.costs))}"
            cells = [row.name, nanoseconds(found.cost), spread, f"{found.firings:,}"]
        lines.append(cells + ([row.limit] if limits else []))
    head = ["", "ns a firing", "from, to", "firings a round"] + (["what limits it"] if limits else [])
    return f"## {TITLES[group]}\n\n{markdown(head, lines)}"


def of_costs(once: Sequence[costs.Cost]) -> str:
    """What happens once, as a table."""
    lines = [[each.name, each.missing if each.seconds is None else milliseconds(each.seconds)] for each in once]
    return f"## Once\n\n{markdown(['', 'ms'], lines)}"


def of_threads(speeds: threads.Speeds | None) -> str:
    """Threads beside processes, as a table."""
    if speeds is None:
        return "## Threads\n\nNot measured: it takes the compiled engine and two processors."
    lines = [
        ["one thread", f"{speeds.one:.1f}"],
        ["two threads", f"{speeds.two:.1f}"],
        ["two processes, each kept on a processor", f"{speeds.processes:.1f}"],
    ]
    text = f"## Threads\n\n{markdown(['the ladder, compiled', 'million firings a second, wall'], lines)}"
    if not speeds.undisturbed:
        text += "\n\nOthers were at work on the machine, so this says nothing of threads."
    return text


def of_sizes() -> str:
    """How a run grows, as a table."""
    done = sizes.sizes(compiled=not engines.missing_compiled())
    lines = [
        [f"{each.n:,}", each.keep, f"{each.wall:.1f}", f"{each.processor:.1f}", f"{each.peak / 1e6:.0f}"]
        for each in done
    ]
    head = ["n, each of two policies", "kept", "wall, s", "processor, s", "peak memory, MB"]
    return f"## The tutorial from the command, with its report\n\n{markdown(head, lines)}"


def of_targets(promised: Sequence[targets.Target]) -> str:
    """Promises beside measurements, as a table."""
    words = {None: "not measured", True: "met", False: "**missed**"}
    lines = [
        [
            each.name,
            f"{'at least' if each.at_least else 'at most'} {each.bound:g}",
            "" if each.value is None else f"{each.value:.3g}",
            words[each.met],
        ]
        for each in promised
    ]
    return f"## Targets\n\n{markdown(['', 'target', 'measured', ''], lines)}"


def nanoseconds(cost: float) -> str:
    """A cost to three digits."""
    return f"{cost:,.0f}" if cost >= 100 else f"{cost:.3g}"


def milliseconds(seconds: float) -> str:
    """To three digits."""
    return nanoseconds(seconds * 1e3)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def say(line: str) -> None:
    """Progress, beside the table."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
