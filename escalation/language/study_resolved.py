"""A study with every default filled in: a study's file itself, which resolves to the same runs."""

import os
from itertools import groupby
from pathlib import Path

from escalation.language.dump import dump
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.language.study import Study, Wanted
from escalation.language.study_document import Asked
from escalation.language.study_sweeps import values_of
from escalation.model.process import Origin

_HERE = Origin("", 0, 0)


def resolved_text(study: Study, folder: Path) -> str:
    """The study as YAML for a file that stands in `folder`: every sweep a list, every scenario with all it asks."""
    scenarios: dict[str, Node] = {
        name: _scenario(study, name, list(runs), folder)
        for name, runs in groupby(study.runs, key=lambda run: run.scenario)
    }
    entries: dict[str, Node] = {"study": _leaf("1"), "title": _leaf(study.title)}
    if study.about:
        entries["about"] = _leaf(study.about)
    if study.document.within is not None:
        entries["within"] = _leaf(str(study.document.within))
    return dump(_mapping({**entries, "scenarios": _mapping(scenarios)}))


def _scenario(study: Study, name: str, runs: list[Wanted], folder: Path) -> Node:
    first = runs[0]
    asked: Asked = study.document.scenarios[name]
    swept = (study.document.set if asked.set is None else asked.set) or {}
    variants = {run.overlay: [_path(each, folder) for each in run.overlays] for run in runs}
    entries: dict[str, Node] = {"file": _path(first.path, folder)}
    if "" not in variants:
        entries["overlays"] = _mapping({variant: _list(files) for variant, files in variants.items()})
    if first.policies:
        entries["policies"] = _list([_leaf(each) for each in first.policies])
    if swept:
        entries["set"] = _mapping({path: _list(list(values_of(sweep)[0])) for path, sweep in swept.items()})
    entries["n"] = _list([_leaf(n) for n in dict.fromkeys(str(run.n) for run in runs)])
    entries["seeds"] = _list([_leaf(seed) for seed in dict.fromkeys(str(run.seed) for run in runs)])
    if first.futures is not None:
        entries["futures"] = _leaf(first.futures)
    entries |= {"engine": _leaf(first.engine), "keep": _leaf(first.keep)}
    if first.precision:
        entries["precision"] = _mapping({measure: _leaf(width) for measure, width in first.precision})
    entries["expectations"] = _leaf("true" if first.expectations else "false")
    return _mapping(entries)


def _path(path: Path, folder: Path) -> Node:
    return _leaf(os.path.relpath(os.path.realpath(path), os.path.realpath(folder)))


def _leaf(text: str) -> Scalar:
    return Scalar(str(text), _HERE)


def _list(items: list[Node]) -> Sequence:
    return Sequence(tuple(items), _HERE)


def _mapping(entries: "dict[str, Node]") -> Mapping:
    return Mapping(dict(entries), dict.fromkeys(entries, _HERE), _HERE)
