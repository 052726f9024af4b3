"""A wheel built from the clone serves someone who has only Python, in a folder with any name."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ODD_NAME = "위기 연습 (autumn 2024)"
SOURCES = ("escalation", "pyproject.toml", "README.md", "LICENSE")
RUN = ("-n", "100", "--futures", "20", "--quiet")


def told(words: list[str | Path], folder: Path, path: Path, **more: str) -> str:
    """What a command printed, run with nothing but `path` to find programs in, and no locale."""
    environment = {"PATH": str(path), "HOME": str(folder), **more}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def a_first_day(escalation: str | Path, folder: Path, path: Path) -> None:
    """The starter is made, checked, run and reported."""
    told([escalation, "new", "border"], folder, path)
    told([escalation, "check", "border/border.yaml"], folder, path)
    report = told([escalation, "run", "border/border.yaml", *RUN], folder, path).splitlines()[-1]
    assert (folder / report).read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of what the clone holds."""
    copy = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", "dist", "."]
    subprocess.run(build, cwd=copy, check=True, capture_output=True, timeout=300)
    (made,) = (copy / "dist").glob("*.whl")
    return made


def test_a_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """Every file of the package that is not cache is in the wheel, and no test or scenario beside it."""
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    kept = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "escalation").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert packed == kept


def test_a_wheel_runs_where_there_is_only_python(wheel: Path, tmp_path: Path) -> None:
    """In a folder with spaces and Hangul, with no make, git, compiler or locale: `new`, `check`, `run`, a report."""
    folder = tmp_path / ODD_NAME
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True, timeout=120)
    install = [sys.executable, "-m", "pip", "--python", folder / "venv", "install", "--quiet", "--no-deps", wheel]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    # The packages that it needs are the ones of these tests; the wheel is the one just installed.
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    needed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "needed.pth").write_text("\n".join(sorted(needed)), encoding="utf-8")
    scripts = folder / "venv" / "bin"
    where = told([scripts / "python", "-c", "import escalation; print(escalation.__file__)"], folder, scripts)
    assert Path(where.strip()).is_relative_to(packages)
    a_first_day(scripts / "escalation", folder, scripts)


@pytest.mark.nightly
@pytest.mark.parametrize("installer", ["pip", "pipx", "uv"])
def test_a_wheel_installs_with_what_people_use(installer: str, wheel: Path, tmp_path: Path) -> None:
    """`pip install` in a virtual environment, `pipx install` and `uv tool install` fetch what it needs, and it runs."""
    folder = tmp_path / ODD_NAME
    folder.mkdir()
    tools = tmp_path / "tools"
    subprocess.run([sys.executable, "-m", "venv", tools], check=True, timeout=120)
    if installer != "pip":
        subprocess.run([tools / "bin" / "pip", "install", "--quiet", installer], check=True, timeout=300)
    places = {"PIPX_HOME": folder / "home", "PIPX_BIN_DIR": folder / "bin", "UV_TOOL_DIR": folder / "home"}
    places |= {"UV_TOOL_BIN_DIR": folder / "bin", "UV_CACHE_DIR": folder / "cache", "HOME": folder}
    environment = {**os.environ, **{name: str(place) for name, place in places.items()}}
    words = {
        "pip": [tools / "bin" / "pip", "install", "--quiet", wheel],
        "pipx": [tools / "bin" / "pipx", "install", "--quiet", wheel],
        "uv": [tools / "bin" / "uv", "tool", "install", "--quiet", "--python", sys.executable, wheel],
    }
    subprocess.run(words[installer], cwd=folder, env=environment, check=True, timeout=900)
    scripts = tools / "bin" if installer == "pip" else folder / "bin"
    a_first_day(scripts / "escalation", folder, scripts)
