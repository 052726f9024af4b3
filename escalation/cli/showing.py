"""`escalation show`, `schema` and `new`: what a scenario resolves to, its schema, and a starter."""

import json
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from shlex import quote

import typer

from escalation.cli.exits import Exit
from escalation.cli.reading import read_or_exit

SCHEMA = "scenario.schema.json"


def show_file(file: Path, overlays: Sequence[Path], sets: Sequence[str], diff: bool) -> int:
    """The resolved scenario as YAML; with `diff` only what layers changed: what it was, what it is, and where."""
    resolved = read_or_exit(file, overlays, sets)
    if not diff:
        print(resolved.text, end="" if resolved.text.endswith("\n") else "\n")
        return Exit.DONE
    from escalation.language.differences import authored, differences
    from escalation.language.layers import bottom, load
    from escalation.reporting.changes import told

    # What was laid over a file changes that file; a file by itself changes what it extends.
    below = load(file)[0] if overlays or sets else bottom(file)
    for change in differences(below, authored(resolved.document)) if below is not None else ():
        print(told(change))
    return Exit.DONE


def print_schema(study: bool = False) -> int:
    """The JSON Schema of the language, or of studies."""
    print(schema_text("study.schema.json" if study else "schema.json"), end="")
    return Exit.DONE


def schema_text(name: str = "schema.json") -> str:
    """A shipped schema."""
    return files("escalation.language").joinpath(name).read_text(encoding="utf-8")


def notebook_text(scenario: str) -> str:
    """The shipped notebook for a scenario's file beside it."""
    notebook = json.loads(files("escalation.language").joinpath("starter.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = [line.replace('"starter.yaml"', repr(scenario)) for line in cell["source"]]
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def make_starter(name: str) -> int:
    """A folder with a starter scenario, its notebook, and the schema that editors complete it with.

    Nothing is overwritten.
    """
    from escalation.experiments.run_key import not_an_option

    folder = Path(name)
    stem = folder.name
    if not stem or stem in (".", ".."):
        raise typer.BadParameter(f"{name!r} is no name for a folder", param_hint="NAME")
    if folder.exists():
        print(f"{folder} is there already: give another name", file=sys.stderr)
        return Exit.WRONG_USAGE
    folder.mkdir(parents=True)
    scenario = folder / f"{stem}.yaml"
    starter = files("escalation.language").joinpath("starter.yaml").read_text(encoding="utf-8")
    (folder / SCHEMA).write_text(schema_text(), encoding="utf-8")
    scenario.write_text(starter, encoding="utf-8")
    (folder / f"{stem}.ipynb").write_text(notebook_text(scenario.name), encoding="utf-8")
    told = not_an_option(str(scenario))
    print(told)
    print(f"Edit it, then: escalation run {quote(told)}", file=sys.stderr)
    return Exit.DONE
