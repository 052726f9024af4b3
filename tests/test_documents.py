"""The documents' commands and Python run as they stand, and their links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from escalation.cli.command import app
from escalation.cli.exits import Exit

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("scenarios/**/*.md")])


def blocks(document: Path, language: str) -> list[str]:
    """Fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text(encoding="utf-8"), re.M | re.S)


def run_script(folder: Path, script: str, *, shell: bool) -> subprocess.CompletedProcess[str]:
    """Run a block in a copy of the place that it speaks of, with `escalation` on the path."""
    tools = folder / "tools"
    tools.mkdir()
    command = tools / "escalation"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m escalation "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    (folder / "scenarios").symlink_to(ROOT / "scenarios")
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": f"{ROOT}:{folder}"}
    words = ["sh", "-e", "-c", script] if shell else [sys.executable, "-c", script]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=240)


def command_lines(text: str) -> list[str]:
    """What a document writes as a command of ours: from `escalation` to the end of its code."""
    return re.findall(r"(?:^|`)(escalation(?: [^`\n]+)?)", text, re.M)


def known_options() -> dict[str, set[str]]:
    """Options by subcommand."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    return {
        name: {"--help", *(option for each in command.params for option in (*each.opts, *each.secondary_opts))}
        for name, command in root.commands.items()
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_and_option_named_exists(document: Path) -> None:
    """A subcommand or an option that a document names is one that the command has."""
    known = known_options()
    wrong = []
    for line in command_lines(document.read_text(encoding="utf-8")):
        words = line.split()[1:]
        command = words[0] if words and re.fullmatch(r"[a-z]+", words[0]) else ""
        options = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        if command not in {"", *known} or options - known.get(command, {"--help", "--version"}):
            wrong.append(line)
    assert wrong == []


def test_the_readmes_table_names_every_command() -> None:
    """The README tells every subcommand that there is."""
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in known_options() if f"`escalation {name}" not in told] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_scenario_that_a_command_names_exists(document: Path) -> None:
    """A file under `scenarios/` that a command of a document reads is there."""
    named = re.findall(r"\bscenarios/[\w./-]+\.yaml", document.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def readme_section(heading: str) -> str:
    """The text of the README under a heading."""
    return (ROOT / "README.md").read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]


def readme_script(heading: str) -> str:
    """The commands of the README under a heading."""
    (found,) = re.findall(r"^```sh\n(.*?)^```", readme_section(heading), re.M | re.S)
    assert isinstance(found, str)
    return found


def test_the_readme_is_read_in_two_minutes() -> None:
    """The README has fewer than 130 lines."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 130


def test_the_readme_names_the_parts_of_the_report() -> None:
    """The parts of the report that the README names are its headings, in their order."""
    template = (ROOT / "escalation" / "reporting" / "templates" / "report.html").read_text(encoding="utf-8")
    headings = re.findall(r'<section id="[^"]*"[^>]*>\s*<h2[^>]*>([^<{]+)</h2>', template)
    assert len(headings) > 12
    told = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", " ".join(readme_section("The report").split()))
    assert told == headings


def test_the_readme_names_every_exit_code() -> None:
    """Each exit code of the command is in the README, once and in order."""
    told = re.search(r"Exit codes: (.+?); the first", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    assert told is not None
    assert [int(part.split()[0]) for part in told[1].split(" · ")] == [code.value for code in Exit]


def test_the_readmes_overlays_can_be_laid_over_the_flagship(tmp_path: Path) -> None:
    """The README's commands about the flagship run, and tell what an overlay changed."""
    done = run_script(tmp_path, readme_script("The flagship"), shell=True)
    assert done.returncode == 0, done.stderr
    assert "war.yaml" in done.stdout


def test_the_readme_opens_with_the_two_commands() -> None:
    """The first block of the README is `make run` and `make test`, and nothing else."""
    assert blocks(ROOT / "README.md", "sh")[0] == "make run\nmake test\n"


def test_the_readmes_walk_through_works(tmp_path: Path) -> None:
    """The README's commands for a scenario of one's own run in an empty folder and end with a story."""
    script = readme_script("Your own scenario").replace("source .venv/bin/activate\n", "")
    done = run_script(tmp_path, script, shell=True)
    assert done.returncode == 0, done.stderr
    assert "firings told" in done.stdout


def test_the_readmes_comparison_works(tmp_path: Path) -> None:
    """The README's question of what changed is answered twice alike: by the line, the measure and the page's path."""
    done = run_script(tmp_path, readme_script("What changed?").replace("-n 1000", "-n 100"), shell=True)
    assert done.returncode == 0, done.stderr
    places = "(edited.yaml:17, was scenarios/first-ladder.yaml:17)"
    assert done.stdout.count(f"`threshold` default: 600 soldiers → 500 soldiers {places}") == 2
    assert (tmp_path / done.stdout.splitlines()[-1]).name == "compare.html"


def test_the_readmes_python_works(tmp_path: Path) -> None:
    """The README's Python runs and leaves a report."""
    (script,) = blocks(ROOT / "README.md", "python")
    done = run_script(tmp_path, script, shell=False)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.glob("reports/first-ladder/*/report.html"))


def test_the_process_of_the_documents_works(tmp_path: Path) -> None:
    """docs/simpy-process.md: its process runs from the command and from Python, and makes a difference."""
    document = ROOT / "docs" / "simpy-process.md"
    process, from_python = blocks(document, "python")
    (tmp_path / "smuggling.py").write_text(process, encoding="utf-8")
    (command,) = blocks(document, "sh")
    done = run_script(tmp_path, command.replace("-n 500", "-n 50"), shell=True)
    assert done.returncode == 0, done.stderr
    compare = """
plain = escalation.load("scenarios/first-ladder.yaml").run(n=50)
assert (run.outcomes["most_abroad"].head(50) >= plain.outcomes["most_abroad"].head(50)).mean() > 0.5
assert (run.outcomes["most_abroad"] != plain.outcomes["most_abroad"]).any()
"""
    other = tmp_path / "other"
    other.mkdir()
    (other / "smuggling.py").write_text(process, encoding="utf-8")
    done = run_script(other, from_python.replace("n=500", "n=50") + compare, shell=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link of a document names a file that exists."""
    links = re.findall(r"\]\(([^)#:\s]+?)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []
