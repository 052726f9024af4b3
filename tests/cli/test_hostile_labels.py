"""Labels that try something go through every command and every file, letter by letter, and nothing comes of them."""

import csv
import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from typer.testing import CliRunner, Result

from escalation.cli.command import app
from escalation.cli.exits import Exit

MATHS, SCRIPT, FORMULA = "$x_1$ and $\\frac{1}{0}$", "<script>alert(1)</script>", "=CMD()|' /C calc'!A0"
ARABIC, HANGUL, LONG = "تصعيد إلى الدرجة الثانية", "한국의 단계적 대응", "@" + "x" * 9_999
MARKDOWN, IMAGE = "[click](javascript:alert(1)) **bold** `code`", '"><img src=x onerror=alert(1)>'
LABELS = (MATHS, SCRIPT, FORMULA, ARABIC, HANGUL, LONG, MARKDOWN, IMAGE)


def quoted(text: str) -> str:
    """A text as YAML with single quotes."""
    return "'" + text.replace("'", "''") + "'"


HOSTILE = f"""
escalation: 1
title: {quoted(f"{SCRIPT} {MATHS} {HANGUL}")}
about: {quoted(f"{IMAGE} {ARABIC}. {FORMULA}")}
starts: 2030-01-01
lasts: 6 weeks
units: [troops]
sources:
  x: {{title: {quoted(SCRIPT)}, publisher: {quoted(FORMULA)}, date: 2029-12-01, url: "https://example.org/<script>"}}
actors:
  seoul: {{name: {quoted(HANGUL)}, role: {quoted(MARKDOWN)}}}
uncertainties:
  pace: {{value: "uniform(5, 40)", label: {quoted(LONG)}, assumption: {quoted(IMAGE)}}}
levers:
  bar: {{default: 3 troops, label: {quoted(FORMULA)}, source: x}}
state:
  there: {{initial: 0 troops, label: {quoted(ARABIC)}, assumption: {quoted(MATHS)}}}
events:
  arrive:
    label: {quoted(SCRIPT)}
    rate: pace / 60 days
    effect: {{there: there + 1 troops}}
    assumption: {quoted(FORMULA)}
intelligence:
  seen:
    of: there
    label: {quoted(MARKDOWN)}
    initial: 0 troops
    assumption: {quoted(HANGUL)}
    reports:
      nis: {{every: 4 days, label: {quoted(IMAGE)}}}
ladders:
  seoul:
    label: {quoted(MATHS)}
    rungs:
      - {{id: a, label: {quoted(FORMULA)}}}
      - {{id: b, label: {quoted(HANGUL)}, climb: {{when: seen >= bar, for: 2 days, assumption: {quoted(SCRIPT)}}}}}
      - {{id: c, label: {quoted(SCRIPT)}, climb: {{when: seen >= 3 * bar, for: 2 days, assumption: {quoted(SCRIPT)}}}}}
policies:
  plain: {{label: {quoted(FORMULA)}}}
  rtl: {{label: {quoted(ARABIC)}, set: {{bar: 2 troops}}}}
  long: {{label: {quoted(LONG)}, set: {{bar: 4 troops}}}}
measures:
  took: {{ever: seoul.decided >= b, label: {quoted(SCRIPT)}, matters: 2%}}
  many: {{final: there, label: {quoted(IMAGE)}, better: lower, matters: 1 troops}}
  when: {{first: seoul.decided >= b, label: {quoted(MATHS)}}}
  path: {{series: there, every: 1 week, label: {quoted(ARABIC)}}}
expect:
  - {{claim: {quoted(SCRIPT)}, measure: took, policy: plain, between: [0%, 100%]}}
"""


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hostile scenario, a run of it, and a changed copy."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "hostile.yaml").write_text(HOSTILE, encoding="utf-8")
    (folder / "copy.yaml").write_text(HOSTILE.replace("uniform(5, 40)", "uniform(5, 30)"), encoding="utf-8")
    made = call(
        "run", folder / "hostile.yaml", "-n", "40", "--futures", "8", "--out", folder / "reports", "--workers", "1",
        "--csv", "-q",
    )  # fmt: skip
    assert made.exit_code == Exit.DONE, made.output
    return folder


@pytest.fixture(scope="module")
def run(desk: Path) -> Path:
    return next((desk / "reports" / "hostile").glob("40-*"))


class Page(HTMLParser):
    """What a browser would make of a page: its elements with their attributes, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def harmless(page: Page) -> None:
    """Nothing runs, nothing is fetched, no link goes anywhere but the web or this page."""
    assert not {"script", "img", "iframe", "object", "embed", "form", "b"} & {tag for tag, _ in page.tags}
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "xlink:href", "src"):
            assert not (attributes.get(name) or "").strip().lower().startswith(("javascript:", "data:text")), tag


def test_check_takes_them(desk: Path) -> None:
    """They are labels like any others."""
    assert call("check", desk / "hostile.yaml").exit_code == Exit.DONE
    assert call("check", desk / "hostile.yaml", "--trial").exit_code == Exit.DONE


def test_show_gives_them_back(desk: Path, tmp_path: Path) -> None:
    """The resolved scenario has each label whole, and resolves to itself."""
    shown = call("show", desk / "hostile.yaml")
    assert shown.exit_code == Exit.DONE
    (tmp_path / "again.yaml").write_text(shown.stdout, encoding="utf-8")
    assert call("show", tmp_path / "again.yaml").stdout == shown.stdout
    told = str(yaml.safe_load(shown.stdout))
    for label in (HANGUL, ARABIC, LONG, SCRIPT):
        assert label in told


def test_the_report_tells_them_letter_by_letter_and_harmlessly(run: Path) -> None:
    """Every label stands in the page as it was written (the long one cut where it is a heading), and is no markup."""
    page = Page(run / "report.html")
    harmless(page)
    for label in LABELS:
        assert (label if label != LONG else LONG[:100]) in page.text


def test_no_cell_of_any_table_is_a_formula(run: Path) -> None:
    """In every CSV of a run a cell that could begin a formula stands behind an apostrophe; the labels are there."""
    tables = sorted(run.rglob("*.csv"))
    assert {"summary.csv", "codebook.csv", "outcomes.csv"} <= {path.name for path in tables}
    for path in tables:
        for row in csv.reader(StringIO(path.read_text(encoding="utf-8-sig"))):
            for cell in row:
                assert not cell.lstrip().startswith(("=", "+", "@")), (path.name, cell[:40])
                assert not cell.startswith("-") or float(cell) < 0
    assert FORMULA in (run / "summary.csv").read_text(encoding="utf-8").replace('""', '"')


def test_the_figures_have_them_as_text(run: Path) -> None:
    """Each SVG parses, holds no script and no formula was read out of a label; each PNG is one."""
    letters = ""
    for path in sorted((run / "figures").iterdir()):
        assert re.fullmatch(r"[a-z0-9-]+\.(svg|png)", path.name)
        if path.suffix == ".svg":
            root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
            assert not [
                each for each in root.iter() if each.tag.rpartition("}")[2] in ("script", "foreignObject", "image")
            ]
            letters += "".join(root.itertext())
        else:
            assert path.read_bytes().startswith(b"\x89PNG")
    for label in ("$x_1$", "<script>", HANGUL, ARABIC.split()[0]):
        assert label in letters


def test_describe_sets_them_as_plain_text(desk: Path) -> None:
    """In the Markdown nothing of a label is a tag, a link or bold."""
    told = call("describe", desk / "hostile.yaml")
    assert told.exit_code == Exit.DONE
    assert HANGUL in told.stdout
    for bare in (r"(?<!\\)<script", r"(?<!\\)<img", r"(?<!\\)\[click", r"(?<![\\*])\*\*bold"):
        assert not re.search(bare, re.sub(r"`[^`]*`", "", told.stdout)), bare


def test_trace_tells_them_and_no_control_character(desk: Path) -> None:
    """A trajectory is told with them; nothing that moves a cursor or turns a line around reaches the terminal."""
    told = call("trace", desk / "hostile.yaml", "--trajectory", "3", "--policy", "rtl")
    assert told.exit_code == Exit.DONE
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", told.stdout)


def test_compare_tells_them_harmlessly(desk: Path) -> None:
    """Two files with such labels: sentences on stdout, a page and its tables."""
    words = ("-n", "40", "--futures", "8", "--out", desk / "reports", "--workers", "1", "--quiet")
    told = call("compare", desk / "hostile.yaml", desk / "copy.yaml", *words)
    assert told.exit_code == Exit.DONE, told.output
    page = Path(told.stdout.splitlines()[-1])
    harmless(Page(page))
    assert SCRIPT in Page(page).text
    for path in page.parent.glob("*.csv"):
        for row in csv.reader(StringIO(path.read_text(encoding="utf-8-sig"))):
            assert not [cell for cell in row if cell.lstrip().startswith(("=", "+", "@"))]


def test_the_list_of_runs_tells_them_harmlessly(desk: Path) -> None:
    """`runs` and the index of reports hold the title, short and as text."""
    listed = call("runs", "--out", desk / "reports")
    assert listed.exit_code == Exit.DONE
    index = Page(desk / "reports" / "index.html")
    harmless(index)
    assert SCRIPT in index.text
