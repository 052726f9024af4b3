"""The sample that is committed: whole, small, and with every link leading somewhere."""

import json
import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

import pytest

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"
MOST = 4_000_000
"""Bytes of the sample."""


@pytest.fixture(scope="module")
def page() -> str:
    """The sample's page, which `make sample` makes."""
    return (SAMPLE / "report.html").read_text(encoding="utf-8")


def test_every_link_of_the_sample_leads_somewhere(page: str) -> None:
    """Links to files find them, links within the page find their places."""
    places = set(re.findall(r'\bid="([^"]+)"', page))
    for link in re.findall(r'<a\b[^>]*href="([^"]+)"', page):
        if link.startswith("#"):
            assert link[1:] in places
        elif not link.startswith(("https://", "http://")):
            assert (SAMPLE / unquote(link)).is_file(), link


def test_the_sample_is_whole_and_names_no_machine(page: str) -> None:
    """Every file but the paths and the figures is as its manifest says, and the log of the machine is not there."""
    files = json.loads((SAMPLE / "manifest.json").read_text(encoding="utf-8"))["files"]
    kept = {name: digest for name, digest in files.items() if not name.startswith(("series.parquet", "figures/"))}
    assert {name: sha256((SAMPLE / name).read_bytes()).hexdigest() for name in kept} == kept
    assert not (SAMPLE / "run.log").exists()


def test_the_sample_is_small(page: str) -> None:
    """It can be cloned without a thought."""
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < MOST
