"""What a browser sends: the fields of a form of ours, and orders among them."""

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from escalation.classroom.refusals import Refused
from escalation.web.security import visitor_of
from escalation.web.text import text

FIELDS = 400
"""Fields of one form."""
AGAIN = "#"
"""Between a choice and which of its orders in a turn a field belongs to; no name of a choice has it."""
DIGITS = 18
"""Of a whole number."""


class Form(dict[str, str]):
    """A form as sent: the first value of each field. `all` has every value."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(reversed(pairs))
        self.pairs = pairs

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, in order."""
        return tuple(value for key, value in self.pairs if key == name)

    def under(self, prefix: str) -> Mapping[str, str]:
        """Fields that begin so, without the beginning."""
        return {key.removeprefix(prefix): value for key, value in self.items() if key.startswith(prefix)}


async def read_form(request: Request) -> Form:
    """The fields of a form of ours. Raises HTTPException for another kind, bad text or a wrong CSRF token."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, text("refused.kind"))
    try:
        pairs = parse_qsl(
            (await request.body()).decode("ascii"),
            keep_blank_values=True,
            max_num_fields=FIELDS,
            encoding="utf-8",
            errors="strict",
        )
    except ValueError:
        raise HTTPException(400, text("refused.text")) from None
    form = Form([(key, value.replace("\r\n", "\n")) for key, value in pairs])
    if any(_unprintable(each) for pair in form.pairs for each in pair):
        raise HTTPException(400, text("refused.text"))
    if not hmac.compare_digest(form.get("csrf", "").encode(), visitor_of(request).csrf.encode()):
        raise HTTPException(403, text("refused.form"))
    return form


def _unprintable(value: str) -> bool:
    return any(ord(each) < 32 and each not in "\n\t\r" for each in value)


def orders_in(form: Form) -> list[tuple[str, dict[str, str]]]:
    """The orders ticked in a form: `order` for each, `draw.CHOICE/NAME` for what is filled in.

    What is ordered a second time in a turn is CHOICE#2, a third time CHOICE#3.
    """
    return [(choice.partition(AGAIN)[0], draws_in(form, choice)) for choice in form.all("order")]


def draws_in(form: Form, choice: str) -> dict[str, str]:
    """What is filled in with an order, by the draw's own name. Empty is no answer: the draw is left to chance."""
    return {name: said for name, said in form.under(f"draw.{choice}/").items() if said.strip()}


def whole_in(form: Form, name: str) -> int:
    """A whole number that a form of ours holds. Raises HTTPException for what is none."""
    written = form.get(name, "").strip()
    if not (written.isascii() and written.isdigit()) or len(written) > DIGITS:
        raise HTTPException(400, text("refused.form"))
    return int(written)


def mark_of(form: Form) -> str:
    """The token of a form with what the form says, so that one press is one entry however often it comes.

    A page that a browser kept whole and that is sent again with something else in it says something else.
    """
    said = [pair for pair in form.pairs if pair[0] not in ("csrf", "token")]
    token = form.get("token", "")
    return f"{token}.{sha256(json.dumps(said).encode()).hexdigest()[:16]}" if token else ""


def number_of(form: Form, name: str, low: float, high: float) -> float:
    """A number between two others. Raises Refused, with the name of the field."""
    try:
        value = float(form.get(name, "").strip().replace(",", "."))
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise Refused(text("teach.not_a_number", field=text(f"teach.field.{name}"), low=low, high=high), name)
    return value


def whole_of(form: Form, name: str) -> int:
    """A whole number of at most 18 digits. Raises Refused, with the name of the field."""
    written = form.get(name, "").strip()
    if not (written.isascii() and written.isdigit()) or len(written) > DIGITS:
        raise Refused(text("teach.not_whole", field=text(f"teach.field.{name}")), name)
    return int(written)


def one_of(form: Form, name: str, allowed: tuple[str, ...]) -> Any:
    """One of the words that were offered. Raises Refused."""
    if form.get(name) not in allowed:
        raise Refused(text("teach.not_offered"), name)
    return form[name]
