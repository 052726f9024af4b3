"""Hostile texts and forms: shown as they were typed and never run, or refused with a plain sentence."""

import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from escalation.web import instructor
from escalation.web.room import FRAGMENTS, WALL_FRAGMENTS, room_routes
from escalation.web.security import LARGEST_BODY
from escalation.web.text import text
from escalation.web.venue import Venue
from tests.web.stand import phone, sent, session_of, teacher, token_in, venue_in

SCRIPTS = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</textarea><svg onload=alert(1)>",
    "{{ 98765*98765 }}{% raw %}",
    "javascript:alert(1)//",
    "&lt;script&gt; &amp; ]]><!--",
)
SQL = ("'; DROP TABLE entries; --", '" OR ""="', "1 UNION SELECT body FROM entries", "%' ESCAPE '\\")
PATHS = (
    "../../etc/passwd",
    "..%2f..%2fsecret",
    "/etc/passwd",
    "C:\\Windows\\win.ini",
    "secret",
    ".",
    "..",
    "%00",
    "a\nb",
)
ROOM_POSTS = tuple(route.path for route in room_routes() if "POST" in (route.methods or ()))
TEACH_POSTS = tuple(route.path for route in instructor.routes() if "POST" in (route.methods or ()))
NAMES = (
    *("code", "nickname", "actor", "do", "turn", "order", "listed", "token", "to", "text", "needs", "proposal"),
    *("number", "probability", "field", "at", "open", "key", "name", "sure", "scenario", "policy", "seed", "future"),
    *("luck", "minutes", "late", "retention_days", "address", "who", "id", "said"),
)


@pytest.fixture
def venue(tmp_path: Path) -> Venue:
    made = venue_in(tmp_path)
    session_of(made, teacher(made))
    return made


def seated(venue: Venue, nickname: str = "Ada", actor: str = "kyiv") -> Any:
    """A phone at a seat, in a deliberation if the class has come so far."""
    client = phone(venue, *room_routes())
    assert venue.session is not None
    sent(client, "/join", "/", code=venue.session.state.code or venue.session.open_room(0.0), nickname=nickname)
    sent(client, "/sit", "/seats", actor=actor)
    return client


def deliberating(venue: Venue) -> None:
    assert venue.session is not None
    while venue.session.state.phase != "deliberation":
        venue.session.advance(1.0)


class Active(HTMLParser):
    """Finds what of a page would run, or be fetched or sent elsewhere: what no page of ours has."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        ours = tag == "script" and given.get("src") == "/static/live.js"
        goes = [given[each] or "" for each in ("href", "src", "action", "formaction") if each in given]
        away = any(not each.startswith(("/", "#")) or each.startswith("//") for each in goes)
        if (tag in ("script", "img", "iframe", "object", "svg", "base") and not ours) or away or _runs(given):
            self.found.append(self.get_starttag_text() or tag)


def _runs(given: dict[str, str | None]) -> bool:
    return any(name.startswith("on") or name == "style" for name in given)


def inert(page: str) -> list[str]:
    """What of a page would run; none where all text is text."""
    reader = Active()
    reader.feed(page)
    return reader.found


def test_a_page_that_would_run_something_is_caught() -> None:
    """The control: each script, put into a page as it is, is found there, but for those that are no markup."""
    assert [bool(inert(f"<p>{script}</p>")) for script in SCRIPTS] == [True] * 3 + [False] * 3
    assert inert('<a href="javascript:alert(1)">')
    assert inert('<form action="//evil.example">')


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_in_any_text_is_shown_as_typed_on_every_page(venue: Venue, script: str) -> None:
    """Nickname, cable, draft, message, its headline: escaped wherever they are read, by seats, wall and instructor."""
    session, front = venue.session, teacher(venue)
    assert session is not None
    client = seated(venue, f"{script}"[:40])
    other = seated(venue, "Bo", "seoul")
    deliberating(venue)
    sent(client, "/seat/cable", "/seat", to=["seoul"], text=f"cable {script}", token="a")
    sent(client, "/seat/cable", "/seat", to=["press"], text=f"press {script}", token="b")
    sent(client, "/seat/draft", "/seat", field="cable.text", text=f"draft {script}")
    session.send_inject(f"said {script}", (), 2.0, label=f"head {script}")
    front.post(
        "/teach/say", data={"csrf": token_in(front.get("/teach").text), "text": f"preview {script}", "do": "show"}
    )
    pages = [
        *(client.get(f"/seat/fragment/{name}") for name in FRAGMENTS),
        *(client.get(path) for path in ("/", "/seat", "/seats", "/wall", "/debrief", f"/seat?said={quote(script)}")),
        *(client.get(f"/wall/fragment/{name}") for name in WALL_FRAGMENTS),
        other.get("/seat"),
        *(front.get(f"/teach/fragment/{name}") for name in instructor.FRAGMENTS),
        *(front.get(path) for path in ("/teach", "/teach/person/d1", "/teach/seat/kyiv", "/teach/odds")),
        client.get(f"/{quote(script)}"),
        phone(venue, *room_routes()).get(f"/?code={quote(script)}"),
    ]
    told = "".join(page.text for page in pages)
    assert [each for page in pages for each in inert(page.text)] == []
    assert "9754525225" not in told
    for kind in ("cable", "press", "draft", "said", "head"):
        assert (
            str(html.escape(f"{kind} {script}", quote=True)).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
            in told
        )
    assert all("script-src 'self'" in page.headers["content-security-policy"] for page in pages)


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_in_a_refused_text_is_escaped_on_the_page_that_refuses(venue: Venue, script: str) -> None:
    """A code, a nickname and a filled-in draw that are given back are given back as text."""
    client = phone(venue, *room_routes())
    assert venue.session is not None
    venue.session.open_room(0.0)
    answers = [sent(client, "/join", "/", code=script, nickname=script)]
    client = seated(venue)
    deliberating(venue)
    answers.append(sent(client, "/seat/hand-in", "/seat", turn="0", order=script, token="x"))
    answers.append(sent(client, "/seat/forecast", "/seat", number="0", probability=script))
    answers.append(sent(client, "/seat/accept", "/seat", proposal=script))
    answers.append(sent(client, "/sit", "/seat", actor=script))
    assert [each.status_code for each in answers] == [400, 409, 409, 400, 409]
    assert [found for each in answers for found in inert(each.text)] == []


@pytest.mark.parametrize("path", ROOM_POSTS)
def test_whatever_stands_in_a_field_of_a_form_in_the_room_nothing_breaks(venue: Venue, path: str) -> None:
    """SQL, paths, script, long texts in every parameter: no fault of ours, and no entry of the log is changed."""
    client = seated(venue)
    deliberating(venue)
    _try_every_field(venue, client, token_in(client.get("/seat").text), path)


@pytest.mark.parametrize("path", [each for each in TEACH_POSTS if each != "/teach/leave"])
def test_whatever_stands_in_a_field_of_the_instructors_forms_nothing_breaks(venue: Venue, path: str) -> None:
    """The same for the pages on the laptop, whose paths have parameters too."""
    front = teacher(venue)
    seated(venue)
    deliberating(venue)
    venue.open_door = venue.close_door = _no_door
    token = token_in(front.get("/teach").text)
    for part in ("d1", "advance", "kyiv", "../../x", "' OR 1=1"):
        _try_every_field(venue, front, token, re.sub(r"\{\w+\}", quote(part, safe=""), path), few="{" in path)


async def _no_door(*_: object) -> None:
    """A door that is not opened in a test."""


def _try_every_field(venue: Venue, client: Any, token: str, path: str, few: bool = False) -> None:
    assert venue.session is not None
    before = venue.session.log.entries()
    others = {each.name for each in venue.folder.parent.iterdir()}
    for value in (*SQL, *PATHS, SCRIPTS[0], "x" * 60_000, "-1", "9" * 400, "1e999", "nan", "\u202e", "", "💥", "None"):
        names = [*NAMES, "draw.send/size", f"draw.{value[:20]}"]
        for chunk in [names] if few else [names, ["to", "text"], ["order", "number"]]:
            if len(chunk) * len(value) > LARGEST_BODY // 3:
                chunk = chunk[:1]
            answer = client.post(path, data={"csrf": token} | dict.fromkeys(chunk, value), follow_redirects=False)
            assert answer.status_code in (200, 204, 303, 400, 404, 409, 413), (path, value[:30], answer.text)
            assert inert(answer.text) == []
    after = venue.session.log.entries()
    assert after[: len(before)] == before
    assert {each.name for each in venue.folder.parent.iterdir()} == others


def test_paths_that_climb_and_parameters_that_ask_for_files_are_no_pages(venue: Venue) -> None:
    """No file of the folder or of the machine is answered, whatever the path looks like."""
    client, front = seated(venue), teacher(venue)
    (venue.folder / "secret-of-a-test.txt").write_text("KEEP-ME")
    for trick in (*PATHS, *SQL, "..%252f..%252fsecret", "....//secret-of-a-test.txt", "x" * 5000):
        for begin in (
            "/static/",
            "/seat/fragment/",
            "/wall/fragment/",
            "/link/",
            "/seat/proposal/",
            "/debrief/",
            "/clock/",
        ):
            answer = client.get(begin + quote(trick, safe="%/."), follow_redirects=False)
            assert answer.status_code in (200, 303, 404, 405), (begin, trick)
            assert "KEEP-ME" not in answer.text
            assert "root:" not in answer.text
        for begin in ("/teach/fragment/", "/teach/person/", "/teach/seat/", "/teach/inject/", "/teach/print/"):
            if trick.strip("."):
                assert front.get(begin + quote(trick, safe="%/.")).status_code == 404
        assert front.get("/teach/new", params={"scenario": trick}).status_code == 404


def test_a_form_that_is_replayed_is_one_entry_and_anothers_form_is_refused(venue: Venue) -> None:
    """The same bytes again make nothing new; from another browser, or with a token made up, they are 403."""
    client, other = seated(venue), seated(venue, "Bo", "seoul")
    deliberating(venue)
    session = venue.session
    assert session is not None
    data = {"csrf": token_in(client.get("/seat").text), "to": "seoul", "text": "Once", "token": "t"}
    for _ in range(5):
        assert client.post("/seat/cable", data=data).status_code == 200
    assert [each.text for each in session.state.cables] == ["Once"]
    for token in (data["csrf"], "", "0" * 32, "é", data["csrf"][:-1]):
        if token != data["csrf"]:
            assert client.post("/seat/cable", data=data | {"csrf": token, "token": "u"}).status_code == 403
        assert other.post("/seat/cable", data=data | {"csrf": token, "token": "v"}).status_code == 403
    assert len(session.state.cables) == 1


def test_a_forged_or_removed_seat_gets_no_page_and_may_send_nothing(venue: Venue) -> None:
    """A key without a seal, a seal with another's key, a removed person's cookie: nobody's, or refused."""
    client = seated(venue)
    deliberating(venue)
    session, name = venue.session, "escalation-room-8322"
    assert session is not None
    whole = client.cookies[name]
    for forged in (whole[:-1] + ("0" if whole[-1] != "0" else "1"), whole[:32], "d1", f"d1.{whole[33:]}", "." * 9, ""):
        stranger = phone(venue, *room_routes())
        stranger.cookies.set(name, forged)
        assert stranger.get("/seat", follow_redirects=False).headers["location"] == "/"
        assert stranger.get("/seat/fragment/cables").status_code == 404
    token = token_in(client.get("/seat").text)
    session.remove("d1", 5.0)
    answer = client.post("/seat/cable", data={"csrf": token, "to": "seoul", "text": "Still here", "token": "t"})
    assert answer.status_code == 409
    assert session.state.cables == ()


def test_forms_with_hundreds_of_fields_and_odd_kinds_are_refused(venue: Venue) -> None:
    """More fields than a form of ours can have is 400; any other kind of body is 415; each with a plain sentence."""
    client = seated(venue)
    token = token_in(client.get("/seat").text)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    many = client.post("/seat/cable", content=f"csrf={token}&" + "a=1&" * 2000, headers=kind)
    assert many.status_code == 400
    assert text("refused.text") in html.unescape(many.text)
    kinds = ["multipart/form-data; boundary=x", "application/json", "text/plain", "", "application/xml", "x" * 300]
    for each in kinds:
        answer = client.post("/seat/cable", content=f"csrf={token}", headers={"Content-Type": each})
        assert answer.status_code == 415
        assert text("refused.kind") in html.unescape(answer.text)


def test_a_nickname_that_is_too_long_unseen_or_taken_is_told_on_the_form(venue: Venue) -> None:
    """Each is a page with the form again and one sentence; nobody joins."""
    session = venue.session
    assert session is not None
    code = session.open_room(0.0)
    seated(venue)
    for name, sentence in (
        ("x" * 41, "may have 40 characters"),
        ("x" * 50_000, "may have 40 characters"),
        ("\u202eadA", "cannot be seen"),
        ("\u3164", "cannot be seen"),
        ("А\u200bdа", "looks the same"),
        ("The Instructor", "looks the same"),
        ("a" + "\u0301" * 20, "too many marks"),
    ):
        answer = sent(phone(venue, *room_routes()), "/join", "/", code=code, nickname=name)
        assert answer.status_code == 400
        assert sentence in html.unescape(answer.text)
        assert len(answer.text) < 10_000
    assert len(session.state.members) == 1
