"""A template filled: escaped throughout, with words of the catalogue, the form's token and a submit token."""

import secrets
import time
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from escalation.web.security import visitor_of
from escalation.web.text import text


@cache
def templates() -> Environment:
    """The pages' templates."""
    return Environment(
        loader=PackageLoader("escalation.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def page(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page or a part of one. In a template: `t(key, …)`, `csrf`, `token()` (idempotent), `now` (epoch)."""
    known = {"t": text, "csrf": visitor_of(request).csrf, "token": new_token, "now": time.time(), "lang": "en"}
    return HTMLResponse(templates().get_template(template).render(known | values), status)


def new_token() -> str:
    """Names one sending of one form, so that a second tap of it is the same one."""
    return secrets.token_urlsafe(12)
