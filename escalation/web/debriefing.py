"""The debrief of the class at play: worked out once, beside the class, page by page as each is ready.

What a page is made of is the log; so after a restart the same pages come again. Nothing of it waits on the event loop.
"""

import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from escalation.reporting.class_debrief import QUESTIONS, Page
from escalation.web.text import text
from escalation.web.venue import Venue

if TYPE_CHECKING:
    from escalation.classroom.debrief_what_if import WhatIf
    from escalation.classroom.record import Record
    from escalation.classroom.session import Session
    from escalation.classroom.state import Changed

AHEAD = ("reveal", "debrief", "closed")
WHAT_IF = 5
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many futures each answer rests on. seen: worlds that are weighed by what a seat had seen."""

    worlds: int = 200
    branches: int = 500
    seen: int = 600


@dataclass
class Debriefing:
    """Pages by number. A page is asked for with `page`, which never waits, or with `all`, which does."""

    venue: Venue
    sizes: Sizes = Sizes()
    made: dict[Key, Page] = field(default_factory=dict)
    failed: dict[Key, str] = field(default_factory=dict)
    begun: set[Key] = field(default_factory=set)
    finished: set[Key] = field(default_factory=set)
    changes: dict[str, "WhatIf"] = field(default_factory=dict)
    warmed: set[str] = field(default_factory=set)
    changed: threading.Condition = field(default_factory=threading.Condition)
    numbers: threading.Lock = field(default_factory=threading.Lock)
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def page(self, session: "Session", number: int) -> Page | None:
        """A page, or None while it is worked out; asking for it begins that. `What if?` is none before its answer.

        Raises:
            CannotTell: it cannot be worked out.
        """
        key = self._key(session, number)
        if key is None:
            return None
        with self.changed:
            if key in self.failed:
                raise CannotTell(self.failed[key])
            if key in self.made:
                return self.made[key]
        self._begin(session, number, key)
        return None

    def all(self, session: "Session", patience: float = 120.0) -> tuple[Page, ...]:
        """Every page that there is, once it is worked out: for the archive. One that cannot be is left out."""
        found = []
        for number in range(1, 7):
            key = self._key(session, number)
            if key is None:
                continue
            self._begin(session, number, key)
            with self.changed:
                self.changed.wait_for(lambda key=key: key in self.finished or key in self.failed, patience)  # type: ignore[misc]
                if key in self.made:
                    found.append(self.made[key])
        return tuple(found)

    def look(self) -> None:
        """Begin what will be asked for: machine code as a class begins, pages once the last turn is known."""
        session = self.venue.session
        if session is None or session.state.phase == "lobby":
            return
        if self.venue.name not in self.warmed:
            self.warmed.add(self.venue.name)
            threading.Thread(target=partial(_warm, session), daemon=True).start()
        state = session.state
        if state.phase in AHEAD and state.turn == state.turns:
            for number in range(1, 7):
                key = self._key(session, number)
                if key is not None:
                    self._begin(session, number, key)
        if state.told.stage == "predict" and state.told.change is not None:
            self._begin_change(session, state.told.change)

    def _begin_change(self, session: "Session", change: "Changed") -> None:
        """Work a change out while it is predicted; what stands in the way is told by its page."""
        key = (session.folder, change, tuple(each.digest for each in session.state.done))
        with self.changed:
            if key in self.begun:
                return
            self.begun.add(key)

        def work() -> None:
            with suppress(Exception):
                self._change(session.record(), change)

        threading.Thread(target=work, daemon=True).start()

    def _change(self, record: "Record", change: "Changed") -> "WhatIf":
        """What a change does; worked out while the class predicts."""
        from escalation.classroom.debrief_what_if import change_of, what_if

        key = (change, *(each.inputs for each in record.turns), record.point)
        with self.numbers:
            found = self.changes.get(str(key))
            if found is None:
                found = self.changes[str(key)] = what_if(record, change_of(record, change), self.sizes.branches)
        return found

    def _key(self, session: "Session", number: int) -> Key | None:
        """What a page hangs on: orders and what they led to, names; the change and predictions, or forecasts."""
        state = session.state
        turns: Key = tuple(each.digest for each in state.done if each.turn)
        if not turns:
            return None
        # Two courses may end in one world: an order that could not be carried out leaves no trace in it.
        turns += (repr(sorted(state.hands.items())), repr(sorted(state.proposals.items())))
        turns += tuple((each.id, each.nickname, each.actor) for each in state.members.values())
        if number == WHAT_IF:
            if state.told.stage != "answer" or state.told.change is None:
                return None
            return (session.folder, number, turns, state.told.change, tuple(sorted(state.predictions.values())))
        return (session.folder, number, turns, tuple(sorted(state.forecasts.items())))

    def _begin(self, session: "Session", number: int, key: Key) -> None:
        with self.changed:
            if key in self.begun:
                return
            self.begun.add(key)
            record, change = session.record(), session.state.told.change
            make = partial(self._make, key, self._maker(session, number, record, change))
            threading.Thread(target=make, daemon=True).start()

    def _maker(
        self, session: "Session", number: int, record: "Record", change: "Changed | None"
    ) -> Callable[[], Iterable[Page | None]]:
        """How a page is made; what computes is imported only then."""
        makers: Mapping[int, Callable[[], Iterable[Page | None]]] = {
            1: partial(_happened, session, record),
            2: partial(_likely, record, self.sizes),
            3: partial(_luck, record, self.sizes),
            4: partial(_turns, record, self.sizes),
            5: partial(self._what_if, record, change),
            6: partial(_beliefs, record),
        }
        return makers[number]

    def _what_if(self, record: "Record", change: "Changed | None") -> Iterator[Page]:
        from escalation.web.debrief_answers import what_if_page
        from escalation.web.debrief_voice import Voice

        assert change is not None
        if not Voice.of(record.exercise).measures:
            yield Page(WHAT_IF, QUESTIONS[WHAT_IF - 1], text("told.nothing_measured"))
            return
        yield what_if_page(Voice.of(record.exercise), change, self._change(record, change), record.predictions)

    def _make(self, key: Key, make: Callable[[], Iterable[Page | None]]) -> None:
        """Make a page; two at once would take each other's time, but an answer that is waited for waits for nobody."""
        turn = nullcontext() if key[1] == WHAT_IF else self.one_at_a_time
        try:
            steps = iter(make())
            going = True
            while going:
                # What a change does is waited for by the whole class, so it goes before all else.
                with nullcontext() if key[1] == WHAT_IF else self.numbers:
                    pass
                with turn:
                    page = next(steps, END)
                going = page is not END
                self._say(key, page)
        except Exception as error:
            traceback.print_exc()
            self._say(key, None, str(error))

    def _say(self, key: Key, page: object, why: str = "") -> None:
        """A page is there, or it is finished, or it cannot be made."""
        with self.changed:
            if isinstance(page, Page):
                self.made[key] = page
            if page is END:
                self.finished.add(key)
            if why:
                self.failed[key] = why
            if isinstance(page, Page) or why:
                self.venue.worked += 1
            self.changed.notify_all()


END = object()
"""After the last step of a page."""


class CannotTell(ValueError):
    """A page of the debrief cannot be worked out; a sentence says why."""


def _warm(session: "Session") -> None:
    """The model as machine code, and what draws charts, before they are waited for."""
    from escalation.classroom.debrief_replay import Replayed
    from escalation.classroom.debrief_what_if import ranked
    from escalation.classroom.world import compiled_of
    from escalation.reporting.chart_dots import Row, draw_dots, percent_scale
    from escalation.reporting.drawing import Frame

    draw_dots(Frame("nothing", "", "", "2000-01-01", 1.0), [Row("", ())], percent_scale())
    ranked((), Replayed({}, 0, 0, 0))
    compiled_of(session.exercise.model)


def _happened(session: "Session", record: "Record") -> Iterator[Page]:
    from escalation.classroom.debrief_luck import happened
    from escalation.web.debrief_course import what_happened
    from escalation.web.debrief_voice import Voice

    truth = [session.play.happened(turn) for turn in record.turns]  # type: ignore[arg-type]
    yield what_happened(Voice.of(record.exercise), record, truth, happened(record))


def _likely(record: "Record", sizes: Sizes) -> Iterator[Page]:
    from escalation.classroom.debrief_path import paths
    from escalation.web.debrief_course import was_it_likely
    from escalation.web.debrief_voice import Voice

    yield was_it_likely(Voice.of(record.exercise), record, paths(record, sizes.worlds))


def _luck(record: "Record", sizes: Sizes) -> Iterator[Page]:
    from escalation.classroom.debrief_luck import luck_or_choice
    from escalation.web.debrief_judgement import luck_or_choice as told
    from escalation.web.debrief_voice import Voice

    yield told(Voice.of(record.exercise), luck_or_choice(record, sizes.worlds))


def _turns(record: "Record", sizes: Sizes) -> Iterator[Page | None]:
    """Without what seats could believe, which takes longest; then with it."""
    from escalation.classroom.debrief_seen import odds_given_seen
    from escalation.classroom.debrief_turns import which_turn
    from escalation.web.debrief_judgement import turns_to_judge
    from escalation.web.debrief_judgement import which_turn as told
    from escalation.web.debrief_voice import Voice

    voice = Voice.of(record.exercise)
    if not voice.measures:
        yield Page(4, QUESTIONS[3], text("told.nothing_measured"))
        return
    effects = which_turn(record, sizes.worlds)
    yield told(voice, record, effects, None)
    seen = []
    for actor, turn, _ in turns_to_judge(voice, effects):
        seen.append(odds_given_seen(record, actor, turn, sizes.seen))
        yield None
    yield told(voice, record, effects, seen)


def _beliefs(record: "Record") -> Iterator[Page]:
    from escalation.classroom.debrief_beliefs import beliefs, came_true
    from escalation.classroom.debrief_secrets import secrets
    from escalation.web.debrief_answers import what_we_believed
    from escalation.web.debrief_voice import Voice

    came = came_true(record)
    yield what_we_believed(Voice.of(record.exercise), record, beliefs(record.forecasts, came), came, secrets(record))
