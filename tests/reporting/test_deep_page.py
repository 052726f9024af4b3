"""The page of a run over bare ranges tells between what and what, and on which part every number rests."""

import csv
import re
from dataclasses import fields
from html import unescape
from io import StringIO

import pytest

import escalation
from escalation.experiments.deep import DeepName, Slice
from escalation.reporting import deep_words as words
from escalation.reporting.page import page_of
from escalation.reporting.summary import codebook_csv, summary_csv
from escalation.reporting.view import Page

TEXT = """escalation: 1
title: Deep
starts: 2030-01-01
lasts: 10 weeks
uncertainties:
  push: {deep: [0.2, 2], label: How hard they push, assumption: nobody can say}
levers:
  threshold: {default: 3, assumption: a choice}
state:
  abroad: {initial: 0, assumption: invented}
events:
  crossing:
    rate: push / 12 days
    effect: {abroad: abroad + 1}
    assumption: invented
ladders:
  capital:
    rungs:
      - id: protest
      - id: sanctions
        label: Sanctions
        climb: {when: abroad >= threshold, assumption: invented}
policies:
  late: {label: Wait for three}
  early: {label: Act at one, set: {threshold: 1}}
  same: {label: Three too, set: {threshold: 3}}
measures:
  most: {max: abroad, label: Most abroad}
  sanctioned: {ever: capital.decided >= sanctions, label: Sanctions decided, better: lower}
"""

DECIDED = {
    *("headline", "policies", "ladders", "incidence", "sights", "paths", "compared", "verdicts", "record", "outcomes"),
    *("assumptions", "notes", "about", "convergence"),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("deep") / "deep.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return escalation.load(path).run(n=300, futures=100, workers=1)


@pytest.fixture(scope="module")
def page(run):
    return page_of(run.analysis, run.loaded.scenario)


@pytest.fixture(scope="module")
def told(run):
    return list(csv.DictReader(StringIO(summary_csv(run.analysis).decode("utf-8-sig"))))


def test_every_part_of_a_page_is_decided_here():
    """A new section of the page would average over bare ranges until `deep_page` says what becomes of it."""
    assert {field.name for field in fields(Page)} == DECIDED


def test_the_headline_goes_from_the_lowest_to_the_highest(page):
    """It names the range, where either end lies, the simulation error and n; nothing else is said of the whole."""
    sentence, stays, moves = page.headline.sentences[0]
    assert re.search(r"from [<\d.]+\s% to [>\d.]+\s% of trajectories, depending on How hard they push \(", sentence)
    assert "lowest where push 0.200–0.800 (" in sentence
    assert sentence.count("n = ") == sentence.count("±") == 2
    assert (stays, moves) == ("", "")
    assert "nothing is averaged" in page.headline.note


def test_every_row_of_an_outcome_names_its_part(page):
    """Three rows a policy, in the order of policies, each with the part in its label."""
    for table in page.outcomes:
        labels = [row[0] for row in table.rows]
        assert len(labels) == 9
        assert all(re.search(r" · push [\d.]+–[\d.]+$", label) for label in labels)


def test_charts_are_of_the_lowest_and_the_highest_third_under_names_of_their_own(page):
    """No chart is of the whole range, no two have one file name, and no two one id."""
    charts = page.charts()
    names = [chart.name for chart in charts]
    assert len(set(names)) == len(names) > 0
    assert all(name.endswith(("-push-1", "-push-3")) for name in names)
    ids = [each for chart in charts for each in set(re.findall(r'\bid="([^"]+)"', chart.drawing.svg))]
    assert len(set(ids)) == len(ids)
    for chart in charts:
        used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', chart.drawing.svg))
        assert used <= set(re.findall(r'\bid="([^"]+)"', chart.drawing.svg))


def test_a_policy_that_is_the_same_everywhere_is_told_so_once(page):
    """`identical` in every third is `identical`."""
    row = next(row for row in page.verdicts.rows if row[0] == "Sanctions decided")
    assert row[2] == "identical"


def test_every_line_of_the_summary_says_where(told):
    """And every outcome is there once for each policy and third."""
    assert all(line["where"].startswith("push ") for line in told)
    shares = [line for line in told if line["statement"] == "share" and line["question"] == "sanctioned"]
    assert len({(line["policy"], line["where"]) for line in shares}) == len(shares) == 9
    assert b"where," in codebook_csv(deep=True)
    assert b"where," not in codebook_csv()


def test_what_the_headline_shows_is_in_the_summary(page, told):
    """Every percentage of its table, as it is written there."""
    shown = {line["value_shown"] for line in told if line["section"] == "headline"}
    cells = [cell for row in page.headline.table.rows for cell in row[1:]]
    assert {part for cell in cells for part in re.findall(r"[<>]?[\d.]+\s%", cell)} <= shown


def test_the_written_page_has_no_number_of_the_whole(run, page):
    """The average over the whole range, computed by hand, stands nowhere in a table of outcomes."""
    rows = run.outcomes[run.outcomes["policy"] == "late"]
    whole = f"{100 * rows['sanctioned'].mean():.0f}"
    parts = [each.analysis.outcome("late", "sanctioned").estimate.value for each in run.analysis.deep.slices]
    assert whole not in {f"{100 * part:.0f}" for part in parts}
    table = next(table for table in page.outcomes if unescape(table.caption) == "Sanctions decided")
    assert whole not in {row[2].split("\u202f")[0] for row in table.rows}


def test_a_verdict_that_is_not_the_same_everywhere_names_what_it_depends_on():
    """With several names, only those over which it changes."""
    names = tuple(DeepName(name, name, "", 0.0, 3.0) for name in ("push", "lag"))
    parts = [Slice(of, place, float(place), place + 1.0, None) for of in names for place in range(3)]
    deep = type("Deep", (), {"names": names})
    verdicts = ["better", "better", "worse", "better", "better", "better"]
    said = words.verdict(deep, list(zip(parts, verdicts, strict=True)))
    assert said == "depends on push: better where push 0.00–1.00 or push 1.00–2.00; worse where push 2.00–3.00"
    assert words.verdict(deep, [(part, "better") for part in parts]) == "better"
