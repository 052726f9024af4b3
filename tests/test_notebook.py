"""The notebook that `new` hands out runs from top to bottom, in a folder with any name."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from escalation.cli.command import app

ROOT = Path(__file__).parents[1]
STARTER = ROOT / "escalation" / "language" / "starter.ipynb"


def shown(cell: str, names: dict[str, Any]) -> Any:
    """Run a cell as a notebook does: its last line, if it is an expression, is what it shows."""
    tree = ast.parse(cell)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if isinstance(last, ast.Expr) else None


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What each code cell of a new notebook shows, run where `new` put it."""
    folder = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert CliRunner().invoke(app, ["new", "위기 'one'"]).exit_code == 0
        notebook = json.loads((folder / "위기 'one'" / "위기 'one'.ipynb").read_text(encoding="utf-8"))
        patch.chdir(folder / "위기 'one'")
        names: dict[str, Any] = {"__name__": "__main__"}
        cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
        found = [shown(cell.replace("n=500", "n=100"), names) for cell in cells]
        assert len(list(Path("reports").rglob("report.html"))) == 1
        assert len(list(Path("reports").rglob("compare.html"))) == 1
    return found


def test_every_cell_runs_and_shows_a_table_or_an_estimate(values: list[Any]) -> None:
    """Scenario, run and comparison show themselves as HTML tables, with the change in a sentence."""
    pages = [value._repr_html_() for value in values if hasattr(value, "_repr_html_")]
    assert len(pages) == 6
    assert all("<table" in page and "<script" not in page for page in pages)
    assert sum("`threshold` default: 600 soldiers → 450 soldiers" in str(page) for page in [*pages, *values]) == 3


def test_the_notebook_is_kept_without_outputs() -> None:
    """What is committed holds no result, no count and no name of a machine."""
    notebook = json.loads(STARTER.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert (notebook["nbformat"], len({cell["id"] for cell in notebook["cells"]})) == (4, len(notebook["cells"]))
