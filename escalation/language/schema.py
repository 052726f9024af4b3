"""The JSON Schema (draft 7) of a scenario file, for completion and hover in editors.

It is made from the shapes in `document_outcomes`, and shipped as `schema.json`: `python -m escalation.language.schema`
writes that file and `docs/language.md` anew. A study's, from `study_document`, is made so too.
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from escalation.language.document_outcomes import Document
from escalation.language.study_document import Study

NAME = "schema.json"
STUDY = "study.schema.json"
DRAFT = "http://json-schema.org/draft-07/schema#"


class AuthorSchema(GenerateJsonSchema):
    """Draft 7, in which nothing is null: an entry is either there or left out."""

    schema_dialect = DRAFT

    def sort(self, value: Any, parent_key: str | None = None) -> Any:
        """Entries stay in the order in which an author meets them."""
        return value

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        """What may be left out is never written as null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """Defaults are told where they are said, not as null."""
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: core_schema.DictSchema) -> dict[str, Any]:
        """A mapping with free keys of one form."""
        made: dict[str, Any] = {"type": "object"}
        if "values_schema" in schema:
            made["additionalProperties"] = self.generate_inner(schema["values_schema"])
        if schema.get("min_length"):
            made["minProperties"] = schema["min_length"]
        if "keys_schema" in schema:
            made["propertyNames"] = self.generate_inner(schema["keys_schema"])
        return made

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> dict[str, Any]:
        """A list, or one of its items alone; a check of a whole mapping adds nothing to its form."""
        inner = self.generate_inner(schema["schema"])
        return {"anyOf": [inner["items"], inner]} if "items" in inner else inner


def make(form: type[BaseModel] = Document, title: str = "A scenario") -> dict[str, Any]:
    """The schema as data."""
    made = form.model_json_schema(schema_generator=AuthorSchema, ref_template="#/definitions/{model}")
    made["definitions"] = made.pop("$defs")
    made["$schema"] = DRAFT
    made["title"] = title
    tidy: dict[str, Any] = _tidy(made)
    return tidy


def _tidy(node: Any) -> Any:
    """Without titles that repeat a key; draft 7 overlooks whatever stands beside a reference, so that is wrapped."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidied = {
        key: value if key == "examples" else _tidy(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
    }
    if "$ref" in tidied and len(tidied) > 1:
        tidied = {"allOf": [{"$ref": tidied.pop("$ref")}], **tidied}
    return tidied


def text() -> str:
    """The schema of scenarios as it is shipped."""
    return json.dumps(make(), indent=1, ensure_ascii=False) + "\n"


def study_text() -> str:
    """The schema of studies as it is shipped."""
    return json.dumps(make(Study, "A study"), indent=1, ensure_ascii=False) + "\n"


def shipped(name: str = NAME) -> str:
    """A schema file of this package."""
    return files("escalation.language").joinpath(name).read_text(encoding="utf-8")


def write() -> None:
    """Write both schemas, and `docs/language.md` from its frame, into the folder that this source lies in."""
    from escalation.language.reference import reference

    here = Path(__file__).parent
    here.joinpath(NAME).write_text(text(), encoding="utf-8")
    here.joinpath(STUDY).write_text(study_text(), encoding="utf-8")
    docs = here.parents[1] / "docs"
    frame = docs.joinpath("language.frame.md").read_text(encoding="utf-8")
    docs.joinpath("language.md").write_text(reference(frame), encoding="utf-8")


if __name__ == "__main__":
    write()
