"""A node tree to a document of the right shape, with every fault of shape in the author's words."""

import re
from collections.abc import Iterator
from collections.abc import Sequence as Many
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic.fields import FieldInfo

from escalation.language.document_outcomes import Document
from escalation.language.faults import Fault, nearest
from escalation.language.node import Mapping, Node, Path, Scalar, Sequence
from escalation.language.written import Written, plain, short
from escalation.language.yaml12 import MERGE
from escalation.model.process import Origin

_DOTTED = re.compile(r"[A-Za-z]\w*(\.\w+)+\Z")
_NO_SPACE = re.compile(r"[A-Za-z_]\w*:\S")

STAND_INS = {"escalation": "1", "title": "untitled", "starts": "2000-01-01", "lasts": "52 weeks"}
"""What stands for a faulty entry at the top while the rest is looked at."""


NAMING = frozenset(
    ("sources", "actors", "constants", "uncertainties", "levers", "state", "derived", "events", "intelligence")
) | {"ladders", "policies", "measures", "draws"}
"""Sections that define names."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """The sound part of a document, the faults of the rest, and the names that went with them.

    lost: a whole section of names has no shape, so that nothing can be said of what reads them.
    """

    document: Document
    node: Mapping
    faults: tuple[Fault, ...]
    broken: frozenset[str]
    lost: bool


def shape(root: Mapping) -> Shaped:
    """Read the shape. Entries with faults are left out, so that the rest can still be checked."""
    node, faults = root, list[Fault]()
    tree = plain(node)
    lost = not node.refused.isdisjoint((*NAMING, "units", MERGE))
    broken = _refused_names(node)
    if not {"lasts", "ends"} & tree.keys() and _means_to_end(node):
        tree["lasts"] = _stand_in("lasts")
    while True:
        try:
            document = Document.model_validate(tree)
            return Shaped(document, node, tuple(faults), frozenset(broken), lost)
        except ValidationError as invalid:
            errors = invalid.errors(include_url=False)
            slips = set(_slips(errors))
            unformed = set(_unformed(errors)) - slips
            told = [
                each
                for each in errors
                if not (_was_refused(node, each) or _path(each["loc"]) in slips or _is_inside(each, unformed))
            ]
            faults += [said(node, error) for error in told]
            for path in [_path(error["loc"]) for error in errors]:
                lost = lost or _loses_names(path, tree)
                broken |= _leave_out(tree, path)


def faults_of(root: Mapping, invalid: ValidationError, form: type[BaseModel]) -> tuple[list[Fault], list[Path]]:
    """What pydantic says of a document of another form than a scenario's: the faults, and where each error lies."""
    errors = invalid.errors(include_url=False)
    slips = set(_slips(errors, form))
    told = [each for each in errors if not (_was_refused(root, each) or _path(each["loc"]) in slips)]
    return [said(root, error, form) for error in told], [_path(error["loc"]) for error in errors]


def _path(location: Many[str | int]) -> Path:
    """A pydantic location without its tags."""
    return tuple(step for step in location if not (isinstance(step, str) and step.startswith(("<", "["))))


def _loses_names(path: Path, tree: Any) -> bool:
    """Whether a fault takes a whole section of names with it, by its form or by a slip in its key."""
    if len(path) != 1:
        return False
    meant = nearest(str(path[0]), Document.model_fields)
    return path[0] in NAMING or (meant in (*NAMING, "units") and meant not in tree)


def _refused_names(root: Mapping) -> set[str]:
    """Names whose definition was refused when the file was read."""
    sections = [root.entries.get(section) for section in NAMING]
    return {name for section in sections if isinstance(section, Mapping) for name in section.refused}


def _means_to_end(root: Mapping) -> bool:
    """Whether something at the top was meant to say how long the scenario lasts, and has a fault of its own."""
    unknown = [key for key in root.entries if key not in Document.model_fields]
    meant = {nearest(key, Document.model_fields) for key in unknown} | root.refused
    return not meant.isdisjoint(("lasts", "ends", MERGE))


def _stand_in(section: str) -> Written:
    return Written.of(Scalar(STAND_INS[section], Origin("", 0, 0)))


def anything_refused(root: Mapping, path: Path) -> bool:
    """Whether part of a mapping was refused when the file was read, so that nobody can say what it lacks."""
    node = node_at(root, path)
    return isinstance(node, Mapping) and bool(node.refused)


def _leave_out(tree: Any, path: Path) -> set[str]:
    """Take the smallest separate entry that holds a fault out of the tree; the names that it defined."""
    section = path[0]
    if section == "units":
        return {unit for unit in _flat(tree.pop("units", None)) if unit}
    if len(path) == 1 or section in ("classroom", "evidence", "extends"):
        tree.pop(section, None)
        if section in STAND_INS:
            tree[section] = _stand_in(section)
            if section == "lasts":
                tree.pop("ends", None)
        return set()
    if isinstance(tree.get(section), dict):
        gone = tree[section].pop(path[1], None)
        return {str(path[1])} | (_rungs(gone) if section == "ladders" else set())
    if isinstance(tree.get(section), list):
        tree.pop(section)
    return set()


def _flat(written: Any) -> list[str]:
    """Every text below something that has no sound shape."""
    if isinstance(written, dict | list):
        items = [*written, *written.values()] if isinstance(written, dict) else written
        return [text for item in items for text in _flat(item)]
    return [] if written is None else [str(written)]


def _rungs(ladder: Any) -> set[str]:
    rungs = ladder.get("rungs") if isinstance(ladder, dict) else None
    found = [rung.get("id") for rung in rungs if isinstance(rung, dict)] if isinstance(rungs, list) else []
    return {str(each) for each in found if isinstance(each, str)}


def node_at(root: Node, path: Path) -> Node | None:
    """The node at a path; a single value stands for the first of a list of one."""
    node: Node | None = root
    for step in path:
        if isinstance(node, Mapping):
            node = node.entries.get(str(step))
        elif isinstance(node, Sequence) and isinstance(step, int):
            node = node.items[step] if step < len(node.items) else None
        elif not (isinstance(node, Scalar) and step == 0):
            return None
    return node


def key_origin(root: Node, path: Path) -> Origin:
    """Where the key at the end of a path is written (the item itself in a list, the document at the top)."""
    if not path:
        return root.origin
    parent = node_at(root, path[:-1])
    if isinstance(parent, Mapping) and path[-1] in parent.keys:
        return parent.keys[str(path[-1])]
    found = node_at(root, path)
    return found.origin if found is not None else key_origin(root, path[:-1])


def said(root: Mapping, error: Any, form: type[BaseModel] = Document) -> Fault:
    """One error of pydantic as a fault in the author's words."""
    path, kind = _path(error["loc"]), error["type"]
    if error["loc"][-1] == "[key]":
        what = f"{short(str(path[-1]))} is not {_context(error, 'said').split(', found')[0].removeprefix('expected ')}"
        hint = _key_hint(str(path[-1])) or _context(error, "hint")
        return Fault.at(key_origin(root, path), what, hint, len(str(path[-1])))
    if kind == "extra_forbidden":
        return _unknown_key(root, path, error["loc"], form)
    if kind == "missing" and path[-1] == "cases":
        inside = node_at(root, path[:-1]) or root
        cure = (
            "what depends on conditions stands under `cases:`, a list of `when` and `value` that ends with `otherwise`"
        )
        return Fault.at(inside.origin, f"{_entry(path[:-1])}expected an expression, found a mapping", cure)
    if kind == "missing":
        return _missing_key(root, path, error["loc"], form)
    node = node_at(root, path)
    origin, length = node.origin if node else key_origin(root, path), _length(node)
    if kind == "written":
        return Fault.at(origin, f"{_entry(path)}{_context(error, 'said')}", _context(error, "hint"), length)
    instead = _form_instead(node, error["loc"], form)
    return Fault.at(origin, _entry(path) + _wrong_form(kind, error, node, path), instead, length)


def _key_hint(key: str) -> str:
    """Why a key is no name, where that is not plain to see."""
    if _DOTTED.match(key):
        return "a name has no dots; a path such as seoul.decided is read and never defined or set"
    foreign = next((letter for letter in key if letter.isalpha() and not letter.isascii()), None)
    if foreign is None:
        return ""
    return f"names have the letters a to z, and {foreign} is U+{ord(foreign):04X}; a `label` may have any letters"


def _was_refused(root: Mapping, error: Any) -> bool:
    """Whether an entry is missing only because its value was refused when the file was read."""
    path = _path(error["loc"])
    parent = node_at(root, path[:-1])
    return (
        error["type"] == "missing" and isinstance(parent, Mapping) and not parent.refused.isdisjoint((path[-1], MERGE))
    )


def _unformed(errors: Many[Any]) -> Iterator[Path]:
    """Where `cases` is missing: a mapping stands in place of an expression."""
    return (_path(error["loc"]) for error in errors if error["type"] == "missing" and error["loc"][-1] == "cases")


def _is_inside(error: Any, unformed: set[Path]) -> bool:
    """Whether an unknown entry stands in a mapping that should not be one, which is told instead."""
    return error["type"] == "extra_forbidden" and (*_path(error["loc"])[:-1], "cases") in unformed


def _slips(errors: Many[Any], form: type[BaseModel] = Document) -> Iterator[Path]:
    """Entries that are missing because their key is misspelt, which is told where it stands."""
    for error in errors:
        path = _path(error["loc"])
        if error["type"] == "extra_forbidden":
            meant = nearest(str(path[-1]), _fields(error["loc"][:-1], form))
            yield (*path[:-1], meant) if meant else path[:-1]


def _wrong_form(kind: str, error: Any, node: Node | None, path: Path) -> str:
    found = _found(node)
    if kind == "list_type":
        return f"expected a list, found {found}"
    if kind in ("too_short", "too_long"):
        least, most = _context(error, "min_length"), _context(error, "max_length")
        pair = path[-1] in ("range", "during", "between", "deep")
        wanted = "exactly 2" if pair else f"at least {least}" if least else f"at most {most}"
        noun = "entry" if wanted.endswith(" 1") else "entries"
        return f"expected {wanted} {noun}, found {_context(error, 'actual_length')}"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"expected a mapping, found {found}"
    return f"cannot be read: {found}"


def _form_instead(node: Node | None, location: Many[str | int], form: type[BaseModel]) -> str:
    """What to write in place of a value of the wrong form."""
    if isinstance(node, Scalar) and _NO_SPACE.match(node.text):
        return "a space follows the colon after a name"
    if not isinstance(location[-1], str):
        return ""
    inside = _bare(_form_at(location[:-1], form))
    known = inside.model_fields if isinstance(inside, type) and issubclass(inside, BaseModel) else {}
    entry = {field.alias or name: field for name, field in known.items()}.get(location[-1])
    example = (entry.examples or [None])[0] if entry is not None else None
    shown = _flow(example)
    return f"For example `{location[-1]}: {shown}`" if shown else ""


def _flow(example: Any) -> str:
    """An example of a list or mapping as an author would write it on one line; empty for anything deeper."""
    parts = [*example.values()] if isinstance(example, dict) else example if isinstance(example, list) else [[]]
    if any(isinstance(part, dict | list) for part in parts):
        return ""
    said = [str(part).lower() if isinstance(part, bool) else str(part) for part in parts]
    if isinstance(example, dict):
        return f"{{{', '.join(f'{key}: {part}' for key, part in zip(example, said, strict=True))}}}"
    return f"[{', '.join(said)}]"


def _context(error: Any, key: str) -> str:
    return str(error.get("ctx", {}).get(key, ""))


def _entry(path: Path) -> str:
    named = [step for step in path if isinstance(step, str)]
    return f"`{named[-1]}`: " if named else ""


def _length(node: Node | None) -> int:
    return max(1, len(node.text)) if isinstance(node, Scalar) and "\n" not in node.text else 1


def _found(node: Node | None) -> str:
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    return short(node.text) if node is not None and node.text.strip() else "nothing"


def _unknown_key(root: Mapping, path: Path, location: Many[str | int], form: type[BaseModel]) -> Fault:
    known = _fields(location[:-1], form)
    meant = nearest(str(path[-1]), known)
    suggestion = f"did you mean `{meant}`?" if meant else "known here: " + ", ".join(known)
    message = f"{_place(root, path[:-1], form)} has no entry `{path[-1]}`"
    return Fault.at(key_origin(root, path), message, suggestion, len(str(path[-1])))


def _missing_key(root: Mapping, path: Path, location: Many[str | int], form: type[BaseModel]) -> Fault:
    entry = _fields(location[:-1], form)[str(path[-1])]
    example = (entry.examples or [""])[0]
    shown = f" For example `{path[-1]}: {example}`" if isinstance(example, str | int) else ""
    message = f"{_place(root, path[:-1], form)} needs an entry `{path[-1]}`"
    last = str(path[-2]) if len(path) > 1 else ""
    return Fault.at(key_origin(root, path[:-1]), message, f"{entry.description}{shown}", max(1, len(last)))


def _place(root: Mapping, path: Path, form: type[BaseModel]) -> str:
    """A path as its author would say it: items of lists by their id, or by their number from 1."""
    if not path:
        return "a scenario" if form is Document else f"a {form.__name__.lower()}"
    steps = [_step(root, path[: at + 1]) for at in range(len(path))]
    return "`" + ".".join(steps) + "`"


def _step(root: Mapping, path: Path) -> str:
    if isinstance(path[-1], str):
        return path[-1]
    item = node_at(root, path)
    name = item.entries.get("id") if isinstance(item, Mapping) else None
    return name.text if isinstance(name, Scalar) else str(path[-1] + 1)


def _fields(location: Many[str | int], top: type[BaseModel]) -> dict[str, FieldInfo]:
    """The entries that the mapping at a location may have, by the author's keys."""
    form = _bare(_form_at(location, top))
    assert issubclass(form, BaseModel)
    return {field.alias or name: field for name, field in form.model_fields.items()}


def _form_at(location: Many[str | int], top: type[BaseModel]) -> Any:
    """The type of what stands at a location."""
    form: Any = top
    for step in location:
        form = _inside(form, step)
    return form


def _bare(form: Any) -> Any:
    """A type without `| None` and without annotations, unless they are tags."""
    while True:
        if get_origin(form) is Annotated:
            form = get_args(form)[0]
        elif get_origin(form) in (Union, UnionType) and type(None) in get_args(form):
            form = next(each for each in get_args(form) if each is not type(None))
        else:
            return form


def _inside(form: Any, step: str | int) -> Any:
    form = _bare(form)
    if get_origin(form) in (Union, UnionType):
        return next(each for each in get_args(form) if Tag(str(step)) in get_args(each))
    if get_origin(form) is dict:
        return get_args(form)[1]
    if get_origin(form) is list:
        return get_args(form)[0]
    return {field.alias or name: field for name, field in form.model_fields.items()}[str(step)].annotation
