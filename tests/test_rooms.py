"""The rooms of the package hold what they say, import only downwards, and speak to a library through one door."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "escalation"
ROOMS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))

# A library on the left is imported by the rooms on the right and by no other.
DOORS = {
    "starlette": "web",
    "uvicorn": "web",
    "segno": "web",
    "sqlite3": "classroom",
    "typer": "cli",
    "rich": "cli",
    "matplotlib": "reporting",
    "jinja2": "reporting web",
    "pyarrow": "experiments",
    "yaml": "language",
    "pydantic": "language",
    "simpy": "engines",
    "llvmlite": "engines",
    "lark": "expressions",
}


def imported_libraries(file: Path) -> set[str]:
    """Top-level names of everything a file imports absolutely, at its head or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def strangers_at_the_door(package: Path) -> list[str]:
    """`file: library` for each import of a library by a room that is not its door."""
    found = []
    for file in sorted(package.rglob("*.py")):
        room = file.relative_to(package).parts[0].removesuffix(".py")
        found += [
            f"{file.relative_to(package)}: {library}"
            for library in sorted(imported_libraries(file) & DOORS.keys())
            if room not in DOORS[library].split()
        ]
    return found


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package and the contract found in a folder."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture
def copied_package(tmp_path: Path) -> Path:
    """A copy of the package with its contract, to plant faults in."""
    shutil.copytree(PACKAGE, tmp_path / "escalation", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_opens_with_its_docstring_and_nothing_else(room: Path) -> None:
    """The `__init__.py` of a room holds one docstring and no code."""
    body = ast.parse((room / "__init__.py").read_text(encoding="utf-8")).body
    assert len(body) == 1
    assert ast.get_docstring(ast.Module(body=body, type_ignores=[]))


def test_every_folder_of_code_is_a_package() -> None:
    """No folder with Python files in it lacks its `__init__.py`, or the linters would pass it by."""
    folders = {file.parent for file in PACKAGE.rglob("*.py")}
    assert [folder for folder in sorted(folders) if folder != PACKAGE and not (folder / "__init__.py").exists()] == []


def test_each_library_is_imported_through_its_door_alone() -> None:
    """A library that has a door is imported by that room and no other."""
    assert strangers_at_the_door(PACKAGE) == []


def test_a_stranger_at_a_door_is_named(copied_package: Path) -> None:
    """An import of YAML planted inside a function of the model is found and named."""
    (copied_package / "escalation/model/planted.py").write_text(
        "def read():\n    import yaml.nodes\n", encoding="utf-8"
    )
    assert "model/planted.py: yaml" in strangers_at_the_door(copied_package / "escalation")


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("chance", "import escalation.model"),
        ("language", "import escalation.engines"),
        ("engines", "import escalation.language"),
    ],
)
def test_an_import_upwards_or_sideways_breaks_the_contract(copied_package: Path, room: str, line: str) -> None:
    """One planted import of a room above, or beside behind a wall, and import-linter fails naming it."""
    (copied_package / "escalation" / room / "planted.py").write_text(f"{line}\n", encoding="utf-8")
    result = lint_imports(copied_package)
    assert result.returncode == 1
    assert f"escalation.{room}.planted" in result.stdout


def test_a_room_without_a_place_breaks_the_contract(copied_package: Path) -> None:
    """A new module beside the rooms must be given its place in the layers."""
    (copied_package / "escalation/planted.py").write_text('"""A room that nobody placed."""\n', encoding="utf-8")
    result = lint_imports(copied_package)
    assert result.returncode == 1
    assert "planted" in result.stdout
