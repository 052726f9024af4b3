"""The repository keeps its promises: pinned without addresses, at home on any machine, the same version everywhere."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# Spelled in parts, so that this file does not contain what it forbids.
REGISTRIES = [
    ".".join(parts)
    for parts in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("debian", "org"),
        ("anaconda", "org"),
    ]
]
SOMEONES_PATH = re.compile(r"(?<![\w.~%/-])/(?:home|Users|root|work|opt|mnt)/\w")
LOCKS = ["requirements.txt", "requirements-dev.txt"]


def tracked_texts() -> dict[str, str]:
    """Text of every file git tracks or would add, by path; what is not UTF-8 is a picture or data and left out."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    texts = {}
    for name in filter(None, names):
        file = ROOT / name
        if file.is_file():
            try:
                texts[name] = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return texts


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """The repository's own texts; skipped outside a clone, where nothing says which files are its own."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    return tracked_texts()


def pins(name: str) -> dict[str, str]:
    """Version by package of a requirements file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    parsed = [Requirement(line.rstrip(" \\")) for line in lines if line and not line.startswith((" ", "#"))]
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in parsed}


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_file_names_a_package_registry(texts: dict[str, str], host: str) -> None:
    """Where packages come from is the machine's business: no file says it."""
    assert [name for name, text in texts.items() if host in text.lower()] == []


def test_no_file_knows_someones_machine(texts: dict[str, str]) -> None:
    """No file holds an absolute path of a developer's machine."""
    found = [f"{name}: {match[0]}" for name, text in texts.items() for match in SOMEONES_PATH.finditer(text)]
    assert found == []


@pytest.mark.parametrize("text", ["see " + "/" + "home/kim/run", '"' + "/" + "Users/kim"])
def test_a_path_of_someones_machine_is_recognised(text: str) -> None:
    """The pattern finds a home folder in running text and in quotes."""
    assert SOMEONES_PATH.search(text)


def test_an_address_with_such_a_folder_is_no_path() -> None:
    """A page called home on some site is not a folder on someone's machine."""
    assert not SOMEONES_PATH.search("https://example.test" + "/" + "home/page")


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_is_exact_and_carries_hashes(name: str) -> None:
    """Each package of a requirements file has one version and at least one hash, and there is no other option line."""
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z])", re.sub(r"(?m)^\s*#.*\n", "", text).strip())
    assert entries
    assert [
        entry for entry in entries if not re.match(r"[a-z0-9.-]+==[^\s=*]+ [^\n]*\\\n    --hash=sha256:", entry)
    ] == []


def test_the_pins_satisfy_the_ranges() -> None:
    """What pyproject asks for is pinned, within the range asked."""
    groups = PROJECT["dependency-groups"]
    asked = {
        "requirements.txt": PROJECT["project"]["dependencies"] + groups["build"],
        "requirements-dev.txt": groups["dev"],
    }
    for name, requirements in asked.items():
        pinned = pins(name)
        for requirement in map(Requirement, requirements):
            assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


def test_both_locks_pin_the_same_versions() -> None:
    """A package in both requirements files has one version, so tests run on what users run."""
    run, dev = (pins(name) for name in LOCKS)
    assert {name: dev[name] for name in run.keys() & dev.keys()} == {
        name: run[name] for name in run.keys() & dev.keys()
    }


def test_the_readme_opens_with_the_two_commands() -> None:
    """The first code block of the README is the run and the tests, nothing else."""
    block = re.search(r"```\w*\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    assert block[1].split("\n") == ["make run", "make test", ""]


def test_the_version_is_the_same_wherever_it_stands() -> None:
    """pyproject, the citation and the newest heading of the changelog agree."""
    version = PROJECT["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^version: (\S+)$", citation, re.MULTILINE)[1] == version
    assert re.search(r"^## (\S+)", changes, re.MULTILINE)[1] == version
