"""`docs/statistics.md`: the numbers it states by the way are those of the software, and it names every estimate."""

import re
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from scipy.stats import binom

from escalation.statistics.future_range import range_across_futures
from escalation.statistics.paired import Verdict
from escalation.statistics.proportion import proportion

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
PLAIN = " ".join(PAGE.split())
NAMED = re.findall(r"^\*\*[^*]+\*\* \((?:`(\w+)`|in the same answer)\):", PAGE, re.MULTILINE)
REDUCTIONS = {"exact_sum", "future_counts", "future_moments", "quantile_sketch", "time_histogram"}


def test_every_estimate_is_on_the_page() -> None:
    """What the page names are functions of `statistics`, and each module that estimates or reduces is named."""
    files = {file.stem: file.read_text(encoding="utf-8") for file in (ROOT / "escalation" / "statistics").glob("*.py")}
    named = [name for name in NAMED if name]
    homes = {name: [stem for stem, text in files.items() if f"def {name}(" in text] for name in named}
    assert [name for name, found in homes.items() if not found] == []
    told = {stem for found in homes.values() for stem in found}
    assert files.keys() - told - REDUCTIONS == {"__init__", "clusters", "estimate", "mixing"}
    assert [name for name in sorted(REDUCTIONS) if f"(`{name}`)" not in PAGE] == []


def test_every_verdict_is_on_the_page() -> None:
    """Each verdict of a paired difference is explained."""
    told = PLAIN.split("**Paired difference**")[1].split("**Fan**")[0]
    assert [verdict for verdict in get_args(Verdict) if f"*{verdict}*" not in told] == []


def test_never_in_ten_thousand_reads_as_the_page_says() -> None:
    """No event in 200 futures of 50 is told as 0 to 1.9 %."""
    assert 'so "never in 10,000" from 200 futures reads 0–1.9 %' in PLAIN
    told = proportion(np.zeros(10_000), np.repeat(np.arange(200), 50))
    assert told.low == 0
    assert told.high is not None
    assert f"{told.high:.1%}" == "1.9%"


@pytest.mark.parametrize(("futures", "bounded"), [(71, False), (72, True)])
def test_the_low_end_of_a_mean_has_a_bound_from_72_futures_on(futures: int, bounded: bool) -> None:
    """With fewer than 72 futures nothing bounds the 5 % point of a mean from below."""
    assert "With fewer than 72 futures nothing bounds the 5 % point of a mean from below" in PLAIN
    assert "when futures are fewer than 72" in PLAIN
    luck = np.random.default_rng(20301)
    values = np.repeat(luck.normal(size=futures), 20) + luck.normal(size=futures * 20)
    told = range_across_futures(values, np.repeat(np.arange(futures), 20)).low
    assert told is not None
    assert (told.low is not None) is bounded


def test_the_binomial_bands_are_those_of_the_page() -> None:
    """Counts and shares that 99.9 % of binomial experiments give, as the page states them."""
    for n, share, low, high in ((60, 0.05, 0, 10), (1000, 0.05, 29, 74)):
        assert (binom.ppf(0.0005, n, share), binom.ppf(0.9995, n, share)) == (low, high)
        assert f"{low} to {high}" in PLAIN
    held = binom.ppf(0.0005, 1000, 0.95) / 1000, binom.ppf(0.9995, 1000, 0.95) / 1000
    assert f"between {held[0]:.3f} and {held[1]:.3f}" in PLAIN


def test_every_row_of_coverage_outside_its_band_is_owned_up_to() -> None:
    """What held less often than 0.926 stands under *Where it falls short*, with that number."""
    rows = re.findall(
        r"^\| [^|]+ \| [^|]+ \| [^|]+ \| (0\.\d{3}) \|", PAGE.split("## Measured coverage")[1], re.MULTILINE
    )
    assert len(rows) > 80
    short = PLAIN.split("## Where it falls short")[1].split("## ")[0]
    low = sorted({f"{float(row):.2f}" for row in rows if float(row) < 0.926})
    assert [share for share in low if share not in short] == []
