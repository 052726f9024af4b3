"""The leaves of a document: one value as the author wrote it, with its place, and the form it must have."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from escalation.language.node import Mapping, Node, Scalar
from escalation.model.process import Origin

NOT_WORDS = ("true", "false", "null")
"""What YAML reads as something other than text; never a name."""


class Written(str):
    """The author's characters, with the node that they are."""

    node: Scalar

    @classmethod
    def of(cls, node: Scalar) -> "Written":
        """The text of a node."""
        leaf = cls(node.text)
        leaf.node = node
        return leaf

    @property
    def origin(self) -> Origin:
        """Where it is written."""
        return self.node.origin

    @property
    def quoted(self) -> bool:
        """Whether it stood in quotes or a block."""
        return self.node.quoted


def plain(node: Node) -> Any:
    """Dicts, lists and `Written` leaves: the tree that pydantic reads."""
    if isinstance(node, Scalar):
        return Written.of(node)
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.entries.items()}
    return [plain(item) for item in node.items]


def short(text: str, most: int = 40) -> str:
    """Text as it is quoted in a message: one line, in quotation marks, cut when long."""
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= most else f'"{line[: most - 1]}…"'


def wrong_form(message: str, hint: str = "") -> PydanticCustomError:
    """The error of a value that does not look as it must, in the author's words."""
    return PydanticCustomError("written", "{said}", {"said": message, "hint": hint})


class Form:
    """What a leaf must look like: the words for it, the test, a hint, and its JSON Schema."""

    def __init__(self, what: str, allowed: Callable[[Written], bool], schema: dict[str, Any], hint: str = "") -> None:
        self.what, self.allowed, self.schema, self.hint = what, allowed, schema, hint

    def read(self, value: Any) -> Written:
        """The leaf itself, or an error that says what was expected."""
        if isinstance(value, dict | list):
            raise wrong_form(f"expected {self.what}, found a {'mapping' if isinstance(value, dict) else 'list'}")
        if not value.strip():
            raise wrong_form(f"expected {self.what}, found nothing")
        if not self.allowed(value):
            raise wrong_form(f"expected {self.what}, found {short(value)}", self.hint)
        leaf: Written = value
        return leaf

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)


def _word(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "not": {"enum": list(NOT_WORDS)}}


IDENTIFIER = r"^[A-Za-z][A-Za-z0-9_]*$"
HYPHENATED = r"^[A-Za-z][A-Za-z0-9_-]*$"
PATH = r"^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*)*$"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DURATION = r"^[0-9][0-9_]*(\.[0-9]+)? [a-z]+( [0-9][0-9_]*(\.[0-9]+)? [a-z]+)*$"
ANY_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"], "pattern": r"\S"}


def matches(pattern: str) -> Callable[[str], bool]:
    """Whether a text has a form, and is no word that YAML takes for something else."""
    compiled = re.compile(pattern.removesuffix("$") + r"\Z")
    return lambda text: compiled.match(text) is not None and text not in NOT_WORDS


def _anything(_: Written) -> bool:
    return True


def named(pattern: str, what: str, hint: str = "") -> Form:
    """A name of a certain pattern."""
    return Form(what, matches(pattern), _word(pattern), hint)


def whole(least: int, most: int | None = None) -> Form:
    """A whole number from `least` on, up to `most`."""
    pattern = re.compile(r"-?[0-9]{1,30}\Z")

    def allowed(leaf: Written) -> bool:
        return (
            pattern.match(leaf) is not None
            and not leaf.quoted
            and int(leaf) >= least
            and (most is None or int(leaf) <= most)
        )

    what = f"a whole number of at least {least}" if least >= 0 else "a whole number"
    what = what if most is None else f"a whole number from {least} to {most}"
    return Form(what, allowed, {"type": "integer", "minimum": least} | ({} if most is None else {"maximum": most}))


def word(*words: str) -> Form:
    """One of a few words of the language."""
    what = f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
    return Form(what, words.__contains__, {"enum": list(words)})


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, Written) else value


BEGIN_WITH_LETTER = "letters a to z, digits and _, beginning with a letter; a hyphen would read as minus"

Text = Annotated[Written, Form("a text", _anything, ANY_SCALAR)]
Expression = Annotated[Written, Form("an expression", _anything, ANY_SCALAR)]
Duration = Annotated[
    Written,
    Form(
        "a duration such as 14 days", matches(DURATION), {"type": "string", "pattern": DURATION}, "a number and a unit"
    ),
]
Identifier = Annotated[Written, named(IDENTIFIER, "a name", BEGIN_WITH_LETTER)]
Hyphenated = Annotated[Written, named(HYPHENATED, "an id", "letters, digits, - and _, beginning with a letter")]
Dotted = Annotated[Written, named(PATH, "a name such as sea_lift or seoul.ceiling")]
Date = Annotated[
    Written,
    Form(
        "a date such as 2024-10-18",
        lambda leaf: re.match(DATE.removesuffix("$") + r"\Z", leaf) is not None,
        {"type": "string", "pattern": DATE, "format": "date"},
        "year-month-day, with two digits each for month and day",
    ),
]
Boolean = Annotated[
    Written,
    Form(
        "true or false",
        lambda leaf: leaf in ("true", "false") and not leaf.quoted,
        {"type": "boolean"},
        "write true or false, unquoted",
    ),
]
Count = Annotated[Written, whole(1)]
Whole = Annotated[Written, whole(-1_000_000)]

OneOrMoreTexts = Annotated[list[Text], BeforeValidator(_listed)]
OneOrMoreNames = Annotated[list[Identifier], BeforeValidator(_listed)]
OneOrMoreIds = Annotated[list[Hyphenated], BeforeValidator(_listed)]
OneOrMorePaths = Annotated[list[Dotted], BeforeValidator(_listed)]

DrawsId = Annotated[
    Written,
    named(IDENTIFIER, "a name that stands under `draws`", "draws: {posterior: {file: posterior.csv}}"),
]

NameKey = Annotated[str, named(IDENTIFIER, "a name", BEGIN_WITH_LETTER)]
IdKey = Annotated[str, named(HYPHENATED, "an id", "letters, digits, - and _, beginning with a letter")]
PathKey = Annotated[str, named(PATH, "a name such as patience, seoul.ceiling or sea_lift.active")]
