"""What more runs change and what they do not, from a scenario to its page, where the true range is known."""

import csv
from functools import cache
from io import StringIO
from math import exp, sqrt
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

import escalation
from escalation.experiments.analysis import Analysis, Outcome, analyse
from escalation.reporting.charts import Charts
from escalation.reporting.decimals import error_of
from escalation.reporting.palette import BLUE, ORANGE
from escalation.reporting.summary import summary_csv

KNOWN = """
escalation: 1
title: A coin that nobody knows
starts: 2030-01-01
lasts: 1 week
uncertainties: {odds: {value: "uniform(10%, 90%)", assumption: invented}}
state: {heads: {initial: false, assumption: invented}}
events:
  toss:
    at: 2030-01-03
    draw: {fell: bernoulli(odds)}
    effect: {heads: fell}
policies: {plain: {label: As it is}}
measures:
  won: {ever: heads, label: Heads}
"""
WIDTH = 0.8
LOW, HIGH = 0.1 + 0.05 * WIDTH, 0.1 + 0.95 * WIDTH
BETWEEN = WIDTH**2 / 12
INSIDE = 0.25 - BETWEEN
Z = 3.5


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The analysis of so many trajectories in so many futures, each made once."""
    path = tmp_path_factory.mktemp("known") / "coin.yaml"
    path.write_text(KNOWN)
    loaded = escalation.load(path)

    @cache
    def made(n: int, futures: int) -> Analysis:
        return analyse(loaded.run(n, futures=futures, workers=1).ensemble, loaded.scenario)

    return made


def outcome(analysis: Analysis) -> Outcome:
    return analysis.outcome("plain", "won")


def ends(analysis: Analysis) -> tuple[float, float]:
    across = outcome(analysis).across
    assert across.low is not None
    assert across.high is not None
    return across.low.value, across.high.value


def sampled(futures: int, per_future: int) -> float:
    """The standard deviation of an end: a 5 % order statistic of uniforms, and luck in the few futures beside it."""
    beside = max(0.05 * futures, 1.0)
    return sqrt(0.05 * 0.95 / futures * WIDTH**2 + LOW * (1 - LOW) / per_future / beside)


@pytest.mark.parametrize("larger", [(20_000, 40), (20_000, 400)], ids=["more luck", "more futures"])
def test_the_range_across_futures_does_not_shrink_when_n_grows_tenfold(told: Any, larger: tuple[int, int]) -> None:
    """It stays at what is true of the world, whether the tenfold goes into luck or into futures."""
    few, many = (2_000, 40), larger
    for n, futures in (few, many):
        for end, truth in zip(ends(told(n, futures)), (LOW, HIGH), strict=True):
            assert abs(end - truth) < Z * sampled(futures, n // futures)
    before, after = (high - low for low, high in (ends(told(*few)), ends(told(*many))))
    unsure = sqrt(2 * sampled(few[1], few[0] // few[1]) ** 2 + 2 * sampled(many[1], many[0] // many[1]) ** 2)
    assert after > before - Z * unsure


def test_the_simulation_error_shrinks_by_the_root_of_ten(told: Any) -> None:
    """Ten times the futures: √10 up to the sampling error of two standard deviations, 1 / √(2 (G − 1)) each."""
    few, many = (error_of(outcome(told(n, futures)).estimate) for n, futures in ((2_000, 40), (20_000, 400)))
    assert few is not None
    assert many is not None
    spread = exp(Z * sqrt(1 / (2 * 39) + 1 / (2 * 399)))
    assert sqrt(10) / spread < few / many < sqrt(10) * spread


def test_luck_alone_removes_only_its_own_part_of_the_error(told: Any) -> None:
    """Ten times the luck in the same futures: the error falls by what luck had in it, and no further."""
    few, many = (error_of(outcome(told(n, 40)).estimate) for n in (2_000, 20_000))
    assert few is not None
    assert many is not None
    expected = sqrt((BETWEEN + INSIDE / 50) / (BETWEEN + INSIDE / 500))
    # The futures are the same, so what differs is luck: of the variance between future means, its part at K = 50.
    spread = exp(Z * sqrt(2 * (INSIDE / 50) / BETWEEN / 39))
    assert expected / spread < few / many < expected * spread


def test_the_convergence_chart_its_table_and_the_summary_agree(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every bar and dot is drawn where a row of `summary.csv` says, and the table has that row's words."""
    analysis = told(2_000, 40)
    drawn: list[tuple[str, tuple[float, ...]]] = []
    plot = Axes.plot

    def spy(axes: Axes, at: Any, values: Any, *style: Any, **how: Any) -> Any:
        drawn.append((to_hex(how["color"]), tuple(values)))
        return plot(axes, at, values, *style, **how)

    monkeypatch.setattr(Axes, "plot", spy)
    [group] = Charts(analysis).convergence()
    [chart] = group.charts
    rows = [
        row
        for row in csv.DictReader(StringIO(summary_csv(analysis).decode("utf-8-sig")))
        if row["section"] == "convergence"
    ]
    assert [cells[0] for cells in chart.table.rows] == ["5", "10", "20", "40"]
    for place, cells in enumerate(chart.table.rows):
        of = {row["statement"]: row for row in rows if row["futures"] == cells[0]}
        mean = of["share"]
        low, high = (of[f"range across futures (90\u202f% of futures), {side} end"] for side in ("low", "high"))
        number = [row["value_shown"].removesuffix("\u202f%") for row in (low, high)]
        joint = " to " if any(each[0] in "<>" for each in number) else "–"
        assert cells == (
            cells[0], mean["value_shown"], mean["error_shown"], f"{joint.join(number)}\u202f%", f"{int(mean['n']):,}",
        )  # fmt: skip
        blue, orange, dot = drawn[3 * place : 3 * place + 3]
        assert blue == (to_hex(BLUE), pytest.approx([100 * float(row["value"]) for row in (low, high)]))
        assert orange == (to_hex(ORANGE), pytest.approx([100 * float(mean[name]) for name in ("low", "high")]))
        assert dot == (to_hex(ORANGE), pytest.approx([100 * float(mean["value"])]))
