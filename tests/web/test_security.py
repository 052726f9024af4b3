"""Requests that are forged, too large or from elsewhere are refused; every answer carries its headers."""

import asyncio
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from escalation.classroom.session import Options
from escalation.web.forms import read_form
from escalation.web.page import page
from escalation.web.security import HEADERS, LARGEST_BODY, Joins, visitor_of
from escalation.web.text import text
from escalation.web.venue import Venue
from tests.web.stand import phone, room_app, sent, session_of, teacher, token_in, venue_in


@pytest.fixture
def venue(tmp_path: Path) -> Venue:
    return venue_in(tmp_path)


@pytest.fixture
def played(venue: Venue) -> Venue:
    """With a session in it."""
    session_of(venue, teacher(venue))
    return venue


async def form_page(request: Request) -> Response:
    return PlainTextResponse(f'name="csrf" value="{visitor_of(request).csrf}"')


async def form_sent(request: Request) -> Response:
    form = await read_form(request)
    return page(request, "refused.html", said=form.get("said", ""), back="/")


FORM = (Route("/form", form_page), Route("/form", form_sent, methods=["POST"]))


@pytest.mark.parametrize("host", ["evil.example", "192.168.7.5", "192.168.7.5:80", "192.168.7.5:8322.evil.example", ""])
def test_a_host_that_is_not_the_listeners_own_is_refused(played: Venue, host: str) -> None:
    """Only the listener's own names at its own port are answered."""
    assert phone(played).get("/revision", headers={"Host": host}).status_code == 400
    assert phone(played).get("/revision").status_code == 200


def test_two_hosts_are_none(played: Venue) -> None:
    """Which of them another program before ours would have believed cannot be known."""
    client = phone(played)
    own = client.base_url.netloc.decode()
    for names in ((own, "evil.example"), ("evil.example", own), (own, own)):
        assert client.get("/revision", headers=[("Host", each) for each in names]).status_code == 400


@pytest.mark.parametrize("path", ["/teach", "/teach/new", "/teach/odds", "/teach/fragment/world", "/teach/qr.svg"])
def test_no_page_of_the_instructor_is_answered_in_the_room(played: Venue, path: str) -> None:
    """The room's listener knows none of the instructor's routes, whatever key or cookie is shown."""
    client = phone(played)
    client.cookies.set("escalation-teach-8321", played.sealed("teach", "teach"))
    assert client.get(path, params={"key": played.key}).status_code == 404


def test_the_seal_of_one_listener_opens_no_other(played: Venue) -> None:
    """A room's cookie that says `teach` is not the instructor's."""
    client = teacher(played)
    client.cookies.clear()
    client.cookies.set("escalation-teach-8321", played.sealed("room", "teach"))
    assert client.get("/teach").status_code == 403


def test_the_instructors_pages_ask_for_the_key(venue: Venue) -> None:
    """Without the cookie or the key every page of the instructor is 403."""
    client = teacher(venue)
    client.cookies.clear()
    assert client.get("/teach").status_code == 403
    assert client.get("/teach?key=guess").status_code == 403
    assert client.post("/teach/new").status_code == 403
    assert client.post(f"/teach/new?key={venue.key}").status_code == 403


def test_a_wrong_csrf_token_is_refused(played: Venue) -> None:
    """A form needs the token of the browser that sends it."""
    one, other = phone(played, *FORM), phone(played, *FORM)
    mine, theirs = token_in(one.get("/form").text), token_in(other.get("/form").text)
    assert mine != theirs
    assert one.post("/form", data={"csrf": mine}).status_code == 200
    assert one.post("/form", data={"csrf": theirs}).status_code == 403
    assert one.post("/form", data={"said": "hello"}).status_code == 403


def test_a_form_from_another_site_is_refused(played: Venue) -> None:
    """A browser that says that a form comes from elsewhere is believed."""
    client = phone(played, *FORM)
    fields = {"csrf": token_in(client.get("/form").text)}
    for site in ("cross-site", "same-site"):
        assert client.post("/form", data=fields, headers={"Sec-Fetch-Site": site}).status_code == 403


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_of_ten_megabytes_is_refused_with_a_plain_message(played: Venue, announced: bool) -> None:
    """Whether or not its length is announced, a body above 64 kB is 413 and never whole in memory."""
    client = phone(played, *FORM)
    piece = b"x" * 100_000
    body = piece * 100 if announced else (piece for _ in range(100))
    answer = client.post("/form", content=body)
    assert answer.status_code == 413
    assert answer.text == text("refused.large")


def test_a_head_that_is_too_large_is_refused(played: Venue) -> None:
    """Many lines or long ones: 431, before anything is looked up in them."""
    client = phone(played)
    assert client.get("/revision", headers={f"X-{each}": "x" for each in range(60)}).status_code == 200
    assert client.get("/revision", headers={f"X-{each}": "x" for each in range(120)}).status_code == 431
    assert client.get("/revision", headers={"X-Long": "x" * 12_000}).status_code == 200
    assert client.get("/revision", headers={"X-Long": "x" * 17_000}).status_code == 431


def test_the_largest_body_is_still_read(played: Venue) -> None:
    """A form of 64 kB is a form."""
    client = phone(played, *FORM)
    begin = f"csrf={token_in(client.get('/form').text)}&said="
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/form", content=begin + "x" * (LARGEST_BODY - len(begin)), headers=form).status_code == 200
    assert client.post("/form", content=begin + "x" * (LARGEST_BODY - len(begin) + 1), headers=form).status_code == 413


def test_only_forms_of_readable_text_are_accepted(played: Venue) -> None:
    """JSON is 415; bytes that are no UTF-8, and control characters, are 400."""
    client = phone(played, *FORM)
    token = token_in(client.get("/form").text)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/form", json={"csrf": token}).status_code == 415
    assert client.post("/form", content=f"csrf={token}&said=%ff", headers=form).status_code == 400
    assert client.post("/form", content=f"csrf={token}&said=%00", headers=form).status_code == 400
    assert client.post("/form", content="a=&" * 5000, headers=form).status_code == 400


def test_script_in_a_text_is_shown_and_not_run(played: Venue) -> None:
    """What somebody typed stands escaped on the page."""
    client = phone(played, *FORM)
    said = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    answer = client.post("/form", data={"csrf": token_in(client.get("/form").text), "said": said})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text
    assert "<img" not in answer.text


def test_every_answer_carries_the_policy(played: Venue) -> None:
    """Pages, files, refusals and faults have the same headers."""

    async def broken(_: Request) -> Response:
        raise RuntimeError("broken")

    client = phone(played, Route("/broken", broken))
    client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    answers = [
        client.get("/revision"),
        client.get("/static/style.css"),
        client.get("/static/../venue.py"),
        client.get("/nothing"),
        client.get("/broken"),
        client.get("/revision", headers={"Host": "evil.example"}),
        client.put("/revision"),
        client.post("/revision", content=b"x" * 100_000),
    ]
    assert [each.status_code for each in answers] == [200, 200, 404, 404, 500, 400, 405, 413]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
    page = answers[3].headers
    kept = ("x-content-type-options", "x-frame-options", "referrer-policy", "cache-control")
    assert [page[each] for each in kept] == ["nosniff", "DENY", "no-referrer", "no-store"]
    policy = dict(each.strip().split(" ", 1) for each in page["content-security-policy"].split(";"))
    assert (policy.pop("default-src"), policy.pop("base-uri"), policy.pop("frame-ancestors")) == ("'none'",) * 3
    assert set(policy.values()) == {"'self'"}
    assert "broken" not in answers[4].text


def test_cookies_are_for_this_listener_and_no_script(played: Venue) -> None:
    """A cookie is HttpOnly, SameSite=Strict and named after its listener; files set none."""
    client = phone(played, *FORM)
    assert "set-cookie" not in client.get("/static/live.js").headers
    cookie = client.get("/form").headers["set-cookie"]
    assert cookie.startswith("escalation-room-8322=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "set-cookie" not in client.get("/form").headers


def test_the_seals_of_a_room_die_with_its_session(played: Venue) -> None:
    """Cookies, links and tokens of yesterday's class are none of today's; the instructor's cookie stays good."""
    key = "ab" * 16
    of_the_room = {kind: played.sealed(kind, key) for kind in ("room", "link", "csrf-room")}
    of_the_teacher = played.sealed("teach", "teach")
    assert {played.unsealed(kind, seal) for kind, seal in of_the_room.items()} == {key}
    played.leave()
    played.begin(played.offers[0], Options(), 2000.0)
    assert {played.unsealed(kind, seal) for kind, seal in of_the_room.items()} == {None}
    assert played.unsealed("teach", of_the_teacher) == "teach"


def test_a_forged_seat_is_nobody(played: Venue) -> None:
    """A cookie with another's key under a seal that is not ours names a new browser."""
    client = phone(played, *FORM)
    client.get("/form")
    sealed = client.cookies["escalation-room-8322"]
    own = token_in(client.get("/form").text)
    client.cookies.clear()
    client.cookies.set("escalation-room-8322", "0" * 32 + sealed[32:])
    assert token_in(client.get("/form").text) != own


def test_a_link_makes_a_browser_the_device_it_is_for(played: Venue) -> None:
    """A sealed link gives its key to the browser; with one digit changed it is no page."""
    key = "ab" * 16
    client = phone(played, *FORM)
    link = played.sealed("link", key)
    answer = client.get(f"/link/{link}", follow_redirects=False)
    assert answer.headers["location"] == "/seat"
    assert f"{key}." in answer.headers["set-cookie"]
    assert client.get(f"/link/{link[:-1]}{'0' if link[-1] != '0' else '1'}").status_code == 404


def test_the_room_only_shows_that_it_was_reached_before_there_is_a_session(venue: Venue) -> None:
    """Before the session every page of the room is the one that proves that a phone gets through."""
    client = phone(venue, *FORM)
    assert text("reached.title") in client.get("/").text
    assert client.get("/form").status_code == 404


def test_joins_beyond_the_bound_are_told_to_wait() -> None:
    """Only so many joins are held at once, and only so many wrong codes; the next ones are answered at once."""

    async def crowd() -> tuple[list[int], int]:
        joins = Joins(at_once=1, waiting=3)
        reached = 0

        async def one() -> int:
            nonlocal reached
            try:
                async with joins.place():
                    reached += 1
                    await asyncio.sleep(0.01)
                await joins.hold_back(0.05)
            except HTTPException as refused:
                return refused.status_code
            return 200

        return sorted(await asyncio.gather(*(one() for _ in range(10)))), reached

    codes, reached = asyncio.run(crowd())
    assert codes == [200] * 3 + [503] * 7
    assert reached == 3


def test_wrong_codes_beyond_the_bound_are_told_so_at_once() -> None:
    """Only so many wrong answers are held back together: a flood holds no memory, and its places come back."""

    async def flood() -> list[int]:
        joins = Joins(waiting=3)

        async def one() -> int:
            try:
                await joins.hold_back(0.02)
            except HTTPException as refused:
                return refused.status_code
            return 200

        first = sorted(await asyncio.gather(*(one() for _ in range(10))))
        return [*first, await one()]

    assert asyncio.run(flood()) == [200] * 3 + [429] * 7 + [200]


def test_a_right_code_never_waits_for_wrong_ones() -> None:
    """While a hundred wrong codes are held back, a place to join in is free at once."""

    async def flood() -> float:
        joins = Joins()
        held = [asyncio.create_task(joins.hold_back(30.0)) for _ in range(100)]
        await asyncio.sleep(0)
        before = asyncio.get_running_loop().time()
        async with joins.place():
            passed = asyncio.get_running_loop().time() - before
        for each in held:
            each.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        assert joins.slowed == 0
        return passed

    assert asyncio.run(flood()) < 1.0


def test_an_action_of_another_browser_cannot_be_replayed_at_the_instructors(played: Venue) -> None:
    """The instructor's forms need the instructor's token, not that of a phone."""
    client = phone(played, *FORM)
    token = token_in(client.get("/form").text)
    assert teacher(played).post("/teach/do/open", data={"csrf": token}).status_code == 403
    assert sent(teacher(played), "/teach/do/open").status_code == 200


def test_nothing_of_a_browser_is_kept(played: Venue) -> None:
    """No address and no agent of a visitor is in any file of the folder or any attribute of the venue."""
    client = phone(played, *FORM)
    client.get("/form", headers={"User-Agent": "Mark-of-an-agent"})
    kept = b"".join(each.read_bytes() for each in played.folder.rglob("*") if each.is_file())
    assert b"Mark-of-an-agent" not in kept
    assert b"testclient" not in kept
    assert "testclient" not in repr({name: value for name, value in vars(played).items() if name != "offers"})


def test_the_app_of_the_room_answers_no_web_socket(played: Venue) -> None:
    """What is not HTTP is dropped."""
    app = room_app(played)

    async def never(*_: object) -> None:
        raise AssertionError("answered")

    asyncio.run(app({"type": "websocket", "headers": []}, never, never))  # type: ignore[arg-type]
