"""The page of a study: failures first, every estimate with its interval in words and as a drawing."""

import re
from pathlib import Path

from escalation.experiments.study_state import RunState, StudyState
from escalation.reporting.palette import OKABE_ITO
from escalation.reporting.study_page import study_page
from escalation.reporting.study_table import RunTold, Told, headline, study_csv
from tests.language.test_studies import study

HOSTILE = "<script>alert(1)</script>"


def told(policy: str, value: float, question: str = "armed", unit: str = "share", where: str = "") -> Told:
    low, high = value - 0.1, value + 0.1
    shown = tuple(f"{100 * each:.0f} %" for each in (value, low, high))
    statement = "share" if unit == "share" else "mean"
    return Told(
        policy,
        question,
        "Armed",
        statement,
        unit,
        value,
        low,
        high,
        (shown[0], shown[1], shown[2]),
        0.95,
        400,
        80,
        where,
        "",
    )


def page(folder: Path, *answers: Told, message: str = "") -> str:
    """A page of two runs, one of which failed."""
    (folder / "a.yaml").write_text("title: x\n", encoding="utf-8")
    runs = study(folder, "seeds: [1, 2]\nscenarios: {border: {file: a.yaml}}\n").runs
    states = [
        RunState(runs[0].name, (), "a", 100, 1.0, "done", 0, "runs/a", done=100),
        RunState(runs[1].name, (), "b", 100, 1.0, "failed", 5, message=message),
    ]
    state = StudyState(HOSTILE, "a.yaml", "2026-11-22T10:00:00+00:00", states, ended="2026-11-22T11:00:00+00:00")
    return study_page(state, [RunTold(runs[0], answers, "runs/a b/report.html")], "Why.", alive=False)


def test_failures_stand_before_answers(tmp_path: Path) -> None:
    """The run that failed is told with why, before the estimates of the one that did not."""
    html = page(tmp_path, told("quick", 0.5), message="two trajectories failed")
    assert html.index("two trajectories failed") < html.index("Armed")
    assert 'href="./runs/a%20b/report.html"' in html


def test_every_drawing_has_its_words(tmp_path: Path) -> None:
    """Each interval that is drawn says policy, estimate, level and ends, and its colour is of the palette."""
    html = page(tmp_path, told("quick", 0.5), told("patient", 0.3))
    drawings = re.findall(r'<svg[^>]*role="img" aria-label="([^"]+)"', html)
    assert [drawing.replace("\u202f", " ") for drawing in drawings] == [
        "quick: 50 %, 95 % interval 40 % to 60 %",
        "patient: 30 %, 95 % interval 20 % to 40 %",
    ]
    assert set(re.findall(r'stroke="(#[0-9A-F]+)"', html)) <= set(OKABE_ITO)
    assert "400" in html


def test_what_an_author_wrote_is_text(tmp_path: Path) -> None:
    """Nothing of a title, a message or a policy's name is markup."""
    html = page(tmp_path, told(HOSTILE, 0.5), message=HOSTILE)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 4


def test_the_headline_is_the_first_ladder_and_else_the_first_share() -> None:
    """As in a report: rungs decided of the first ladder; without a ladder the first share, else the first question."""
    rungs = (told("a", 0.5, "rung:seoul.aid.decided"), told("a", 0.5, "rung:moscow.arms.decided"))
    assert headline((told("a", 0.5, "armed"), *rungs)) == ("rung:seoul.aid.decided",)
    assert headline((told("a", 5, "troops", "troops"), told("a", 0.5, "armed"))) == ("armed",)
    assert headline((told("a", 5, "troops", "troops"),)) == ("troops",)
    assert headline(()) == ()


def test_no_cell_of_the_table_begins_a_formula(tmp_path: Path) -> None:
    """A label that a spreadsheet would take for a formula stands behind an apostrophe."""
    (tmp_path / "a.yaml").write_text("title: x\n", encoding="utf-8")
    (run,) = study(tmp_path, "scenarios: {border: {file: a.yaml}}\n").runs
    text = study_csv([RunTold(run, (told("=1+1", 0.5),))]).decode("utf-8-sig")
    assert ",'=1+1," in text
