import json
import random
import re
from pathlib import Path

import jsonschema
import pytest

from escalation.language.node import Mapping, Sequence
from escalation.language.reference import reference
from escalation.language.schema import make, shipped, text
from escalation.language.shape import shape
from tests.language.changed_documents import CHANGES, changed, node_of, places
from tests.language.written_scenarios import BORDER, EVERYTHING

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = make()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
REAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)([eE][-+]?[0-9]+)?\Z")


def as_editors_see(node):
    """A node as the JSON value that an editor checks: plain numbers and truths are not texts."""
    if isinstance(node, Mapping):
        return {key: as_editors_see(value) for key, value in node.entries.items()}
    if isinstance(node, Sequence):
        return [as_editors_see(item) for item in node.items]
    if node.quoted:
        return node.text
    if node.text in ("true", "false"):
        return node.text == "true"
    if INTEGER.match(node.text):
        return int(node.text)
    return float(node.text) if REAL.match(node.text) else node.text


@pytest.mark.parametrize("path", [BORDER, EVERYTHING], ids=["border", "everything"])
def test_sound_scenarios_satisfy_the_schema(path):
    """What the language accepts, an editor does not underline."""
    VALIDATOR.validate(as_editors_see(node_of(path)))


def test_the_schema_accepts_what_the_language_accepts_in_shape():
    """On documents with one place changed, schema and language agree whether the shape is right."""
    chooser = random.Random(20301)
    node = node_of(EVERYTHING)
    every = list(places(node))
    seen = {True: 0, False: 0}
    for path in chooser.sample(every, 100):
        for change in chooser.sample(CHANGES, 4):
            made = changed(node, path, change)
            accepted = not shape(made).faults
            assert VALIDATOR.is_valid(as_editors_see(made)) == accepted, (path, change)
            seen[accepted] += 1
    assert min(seen.values()) > 75


def test_the_schema_is_draft_7():
    """Editors read draft 7."""
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_every_entry_has_a_description_and_an_example_that_fits():
    """Hover explains every entry, and its example has the right shape."""
    for name, form in {"Document": SCHEMA, **SCHEMA["definitions"]}.items():
        for key, entry in form["properties"].items():
            where = f"{name}.{key}"
            assert entry["description"].strip().endswith("."), where
            assert entry["examples"], where
            validator = jsonschema.Draft7Validator({**entry, "definitions": SCHEMA["definitions"]})
            for example in entry["examples"]:
                assert validator.is_valid(example), where


def test_no_entry_may_be_null():
    """An entry is there or left out."""
    assert '"null"' not in json.dumps(_types(SCHEMA))


def _types(node):
    if isinstance(node, dict):
        found = [node["type"]] if "type" in node else []
        return found + [each for value in node.values() for each in _types(value)]
    return [each for item in node for each in _types(item)] if isinstance(node, list) else []


def test_the_shipped_schema_is_up_to_date():
    """`python -m escalation.language.schema` has been run since the shapes changed."""
    assert shipped() == text()


def test_the_reference_is_up_to_date():
    """`docs/language.md` is its frame filled in from the schema."""
    frame = (DOCS / "language.frame.md").read_text(encoding="utf-8")
    assert (DOCS / "language.md").read_text(encoding="utf-8") == reference(frame)


def test_a_frame_that_forgets_a_mapping_is_refused():
    """Every mapping of the language has its place in the reference."""
    with pytest.raises(ValueError, match="Document"):
        reference("# The language")
