"""Which of the flagship's overlays change the advice: `python -m benchmarks.overlays` writes the tables of the guide.

Each overlay is laid over the core alone, and then all of them together. The same futures and the same luck are played
with it and without, under every policy of the core, so that a difference is the overlay's.
"""

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import escalation
from escalation.experiments.analysis_questions import Question
from escalation.reporting.decimals import count, difference_number, error_of, percent, plus_minus
from escalation.statistics.paired import PairedDifference, paired_difference
from escalation.statistics.proportion import proportion

if TYPE_CHECKING:
    import pandas as pd

    from escalation.api import Run

SCENARIOS = Path(__file__).parents[1] / "scenarios"
FLAGSHIP = SCENARIOS / "seoul-2024.yaml"
GUIDE = SCENARIOS / "README.md"
OVERLAYS = ("war", "trade", "allies", "home", "peninsula", "knowing")
"""Those that say something about the world; the classroom's changes nothing."""
TOGETHER = "all together"
MEASURE = "defensive_decided"
N, FUTURES = 1_000, 1_000
MARKS = ("<!-- overlays: written by python -m benchmarks.overlays -->", "<!-- end of overlays -->")


@dataclass(frozen=True)
class Advice:
    """What one configuration says of the policies: who decides on arms how often, and who ranks above whom.

    shares: outcomes of MEASURE, a column a policy, a row a (future, luck). ranks: for each pair of policies +1 (the
    first more often), −1 (less often) or 0 (not told apart, or the same for our purposes).
    """

    shares: "pd.DataFrame"
    ranks: dict[tuple[str, str], int]


def files(name: str) -> tuple[Path, ...]:
    """What is laid over the core under a name: nothing, one overlay, or all."""
    names = OVERLAYS if name == TOGETHER else (name,) if name else ()
    return tuple(SCENARIOS / "seoul-2024" / f"{each}.yaml" for each in names)


def play(overlays: Iterable[Path], n: int, futures: int) -> "Run":
    """The core with overlays, under all policies."""
    run = escalation.load(FLAGSHIP, overlays=tuple(overlays)).run(n, futures=futures)
    if run.ensemble.failures or run.ensemble.stopped:
        raise RuntimeError(f"{len(run.ensemble.failures)} trajectories failed; {run.ensemble.stopped}")
    return run


def advice(run: "Run") -> Advice:
    """What a run says of its policies."""
    table = run.outcomes.set_index(["future", "luck", "policy"])[MEASURE].unstack("policy").astype(float)
    table = table[[policy.name for policy in run.ensemble.policies]]
    matters = run.ensemble.column(MEASURE).matters
    futures = table.index.get_level_values("future").to_numpy()
    ranks = {
        (a, b): rank(paired_difference(table[a], table[b], futures, matters=matters, widest=1.0))
        for a, b in combinations(table.columns, 2)
    }
    return Advice(table, ranks)


def rank(difference: PairedDifference) -> int:
    """Whether the first ranks above (+1), below (−1) or with the second."""
    return {"higher": 1, "lower": -1}.get(difference.verdict, 0)


def changes(core: Advice, laid: Advice) -> list[str]:
    """The pairs of policies whose order is another one, in words."""
    words = {1: "above", 0: "with", -1: "below"}
    return [
        f"{a} {words[laid.ranks[a, b]]} {b} (was {words[old]})"
        for (a, b), old in core.ranks.items()
        if laid.ranks[a, b] != old
    ]


def cell(question: Question, base: "pd.Series[float]", other: "pd.Series[float]") -> str:
    """A share, its paired difference from the base with the simulation error, and the verdict."""
    futures = base.index.get_level_values("future").to_numpy()
    share = proportion(other, futures)
    found = paired_difference(other, base, futures, matters=question.matters, widest=1.0)
    written = percent(share.value, error_of(share))
    if found.verdict == "identical":
        return f"{written}; identical"
    error = error_of(found.estimate)
    by = f"{difference_number(question, found.estimate.value, error)} {plus_minus(question, error)}"
    return f"{written}; {by}, {found.verdict}"


def tables(n: int, futures: int) -> str:
    """The tables as Markdown: shares by overlay and policy, changes of rank, and the overlays' own policies."""
    run = play((), n, futures)
    column, core = run.ensemble.column(MEASURE), advice(run)
    question = Question(MEASURE, MEASURE, column.label, "holds", matters=column.matters)
    policies = list(core.shares.columns)
    shares = [["nothing", *(cell(question, core.shares[each], core.shares[each]) for each in policies)]]
    shares[0] = [each.removesuffix("; identical") for each in shares[0]]
    ranking, own = [], []
    for name in (*OVERLAYS, TOGETHER):
        laid = advice(play(files(name), n, futures))
        shares.append([name, *(cell(question, core.shares[each], laid.shares[each]) for each in policies)])
        ranking.append([name, "; ".join(changes(core, laid)) or "none"])
        stated = laid.shares["as-stated"]
        own += [[name, each, cell(question, stated, laid.shares[each])] for each in laid.shares if each not in policies]
        print(shares[-1], ranking[-1], sep="\n", file=sys.stderr)
    about = (
        f"{column.label}: share of {count(n)} trajectories in {count(futures)} futures, the paired difference from\n"
        "the core in percentage points with its simulation error (95 %), and the verdict (two points matter)."
    )
    return "\n\n".join(
        [
            about,
            markdown(["laid over the core", *policies], shares),
            "Which policies then change places, by how often they decide on defensive arms:",
            markdown(["laid over the core", "pairs"], ranking),
            "Policies that only an overlay has, and their difference from *as-stated* under the same overlay:",
            markdown(["laid over the core", "policy", "defensive arms decided"], own),
        ]
    )


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [" | ".join(row) for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(f"| {line} |" for line in lines)


def main() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    written = f"{MARKS[0]}\n{tables(N, FUTURES)}\n{MARKS[1]}"
    pattern = re.escape(MARKS[0]) + ".*" + re.escape(MARKS[1])
    GUIDE.write_text(re.sub(pattern, lambda _: written, text, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
