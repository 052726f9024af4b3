"""Secrets over random classes: no private word is in anything that another seat, the wall or a stranger is answered."""

import asyncio
import random
import re
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from escalation.classroom.session import Session
from escalation.web.stream import Streams
from tests.web.secret_class import NOW, SecretClass
from tests.web.stand import teacher


@contextmanager
def secret_class(seed: int) -> Iterator[SecretClass]:
    """A class made by a number, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        made = SecretClass(Path(folder), random.Random(seed))
        try:
            yield made
        finally:
            made.close()


PHASES = ("lobby", "briefing", "deliberation", "locked", "reveal")
"""All before the debrief, which is there to reveal."""


def no_secret_is_told(seed: int, phases: Collection[str] = PHASES) -> None:
    """Play both turns, and look at everything in these phases."""
    with secret_class(seed) as made:
        session = made.session
        while True:
            if session.state.phase == "deliberation":
                made.act()
            if session.state.phase in phases:
                assert made.leaks() == []
            if session.state.phase == "debrief":
                return
            session.advance(NOW)


# A number says all of a class, so that there is nothing to make smaller.
AS_FOUND = (Phase.explicit, Phase.generate)


@given(st.integers(0, 2**32))
@settings(max_examples=25, derandomize=True, deadline=None, phases=AS_FOUND)
def test_no_private_word_reaches_who_may_not_read_it(seed: int) -> None:
    """Over random scenarios and orders: pages, parts, redirects, refusals, headers, wall, when most is to be told."""
    no_secret_is_told(seed, ("deliberation", "reveal"))


@pytest.mark.nightly
@given(st.integers(0, 2**32))
@settings(max_examples=400, deadline=None, database=None, phases=AS_FOUND)
def test_no_private_word_reaches_who_may_not_read_it_over_hundreds_of_classes(seed: int) -> None:
    """The same at night, in every phase of hundreds of classes that are new each time."""
    no_secret_is_told(seed)


@pytest.mark.parametrize("part", ["brief", "readings", "menu", "cables", "news", "drafts"])
def test_a_view_that_leaks_is_caught(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """The control: with one part of the first seat's view put into everybody's, words are found in the wrong place."""
    honest = Session.seat_view

    def leaking(self: Session, device: str) -> Any:
        view = honest(self, device)
        return replace(view, **{part: getattr(honest(self, "d1"), part)}) if view.actor else view

    with secret_class(7) as made:
        made.session.advance(NOW)
        made.session.advance(NOW)
        made.act()
        made.session.draft("d1", "cable.text", made.secrets.word(made.actors[0], kind="draft"))
        assert made.leaks() == []
        monkeypatch.setattr(Session, "seat_view", leaking)
        assert made.leaks() != []


def test_a_wall_that_leaks_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control for the projector: what is private among its readings is found by everybody's eyes."""
    honest = Session.projector_view

    def leaking(self: Session) -> Any:
        return replace(honest(self), readings=self.seat_view("d1").readings)

    with secret_class(7) as made:
        made.session.advance(NOW)
        monkeypatch.setattr(Session, "projector_view", leaking)
        assert {where for _, where, _ in made.leaks()} == {"/wall", "/wall/fragment/body"}


def test_each_seat_is_told_its_own_and_the_instructor_everything() -> None:
    """Words do reach those whom they are for: else the test above would hold of empty pages."""
    with secret_class(7) as made:
        made.session.advance(NOW)
        made.session.advance(NOW)
        made.act()
        for actor, browser in made.phones[: len(made.actors)]:
            page = browser.get("/seat").text
            own = [word for word, readers in made.secrets.readers.items() if actor in readers]
            kinds = {re.sub(r"[\dqz.]", "", word) for word in own if word in page}
            assert {"unit", "label", "order", "help", "brief", "aim", "seat"} <= kinds
        front = teacher(made.venue).get("/teach").text
        assert {
            word for word, readers in made.secrets.readers.items() if not readers and "unit" in word and word in front
        }


def test_a_stream_holds_numbers_and_nothing_else() -> None:
    """Of all that has happened in a class with secrets, the stream of a browser tells the revision."""
    with secret_class(7) as made:
        made.session.advance(NOW)
        made.session.advance(NOW)
        made.act()

        async def begin() -> str:
            lines = Streams(made.venue).lines("somebody")
            told = await anext(lines) + await anext(lines)
            await lines.aclose()  # type: ignore[attr-defined]
            return told

        assert re.fullmatch(r"retry: \d+\n\ndata: \d+\n\n", asyncio.run(begin()))
