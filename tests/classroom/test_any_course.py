"""Whatever people do in whatever order: the log folds to the state, nothing acknowledged is lost, nothing leaks."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from escalation.classroom.entries import fold
from escalation.classroom.refusals import Refused
from escalation.classroom.session import Options, Session
from escalation.classroom.state import LOCKED
from tests.classroom.stand_in import ACTORS, play

DEVICES = st.sampled_from(["d1", "d2", "d3", "d4", "d1", "d2", "d3", "d4", "d5", "d99"])
SHELF = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""In memory, where there is such a place: what a disk does is tested with the log."""
SEATS = st.sampled_from(ACTORS)
TOKENS = st.sampled_from(["", "a", "b", "c"])


class Class(RuleBasedStateMachine):
    """A session in the hands of people who press anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.room = tempfile.TemporaryDirectory(prefix="class-", dir=SHELF)
        made = play(practice=True)
        self.session = Session.create(Path(self.room.name) / "class", made.exercise, "x: 1\n", Options(), 0.0, made)
        self.acknowledged: dict[str, int] = {}
        self.now, self.size = 0.0, 1_000_000
        self.sizes: dict[str, tuple[str, int]] = {}
        code = self.session.open_room()
        for number in range(4):
            self.session.sit(self.session.join(code, f"n{number}", 0.0).id, ACTORS[number % 3])

    @initialize(steps=st.sampled_from([0, 2, 2, 2, 6, 6]))
    def begin(self, steps: int) -> None:
        """Some classes are met in the lobby, most while they deliberate."""
        for _ in range(steps):
            self.attempt(self.session.advance)

    def teardown(self) -> None:
        """Leave no folder."""
        self.session.close()
        self.room.cleanup()

    def attempt(self, command: Any, *given: Any, **named: Any) -> Any:
        """What a command gives; None when it was refused, and then nothing may have changed."""
        self.now += 1.0
        before = self.session.state, self.session.log.last
        try:
            return command(*given, now=self.now, **named)
        except Refused as error:
            refusal = error
        assert refusal.sentence.endswith((".", "!"))
        assert before == (self.session.state, self.session.log.last)
        return None

    def acknowledge(self, entry: Any, sender: str, token: str) -> None:
        """What a sender was told is kept, once for each token."""
        if entry is not None:
            address = f"{sender}/{entry.kind}/{token}"
            if token:
                assert self.acknowledged.setdefault(address, entry.number) == entry.number
            else:
                self.acknowledged[f"{address}#{entry.number}"] = entry.number

    @rule(nickname=st.text(max_size=5), wrong=st.booleans())
    def join(self, nickname: str, wrong: bool) -> None:
        """Somebody comes in."""
        self.attempt(self.session.join, "nope" if wrong else self.session.state.code, nickname)

    @rule(device=DEVICES, actor=SEATS)
    def sit(self, device: str, actor: str) -> None:
        """Somebody chooses."""
        self.attempt(self.session.sit, device, actor)

    @rule(device=DEVICES, to=DEVICES, take=st.booleans())
    def pen(self, device: str, to: str, take: bool) -> None:
        """The pen goes round."""
        if take:
            self.attempt(self.session.take_pen, device)
        else:
            self.attempt(self.session.give_pen, device, to)

    @rule(device=DEVICES, actor=SEATS, what=st.sampled_from(["move", "remove", "revoke"]))
    def manage(self, device: str, actor: str, what: str) -> None:
        """The instructor sees to a device."""
        given = (device, actor) if what == "move" else (device,)
        self.attempt(getattr(self.session, what), *given)

    @rule(token=TOKENS)
    def advance(self, token: str) -> None:
        """The next step."""
        self.attempt(self.session.advance, token=token and f"{token}{self.session.state.phase}{self.session.revision}")

    @rule(phase=st.sampled_from(["deliberation", "locked", "reveal", "briefing"]))
    def go_on(self, phase: str) -> None:
        """On to a phase."""
        for _ in range(4):
            if self.session.state.phase != phase:
                self.attempt(self.session.advance)

    @precondition(lambda self: self.session.state.phase != LOCKED)
    @rule(actor=SEATS, who=st.sampled_from(["human", "computer", "bot"]))
    def set_seat(self, actor: str, who: str) -> None:
        """Somebody else decides."""
        self.attempt(self.session.set_seat, actor, who)

    @rule()
    def undo(self) -> None:
        """The last resolve is taken back."""
        self.attempt(self.session.undo)

    @rule()
    def unlock(self) -> None:
        """Locked orders are opened again."""
        self.attempt(self.session.unlock)

    @rule(which=st.integers(0, 5))
    def call_off(self, which: int) -> None:
        """An inject is told, and does nothing."""
        numbers = [*self.session.state.sent, 999]
        self.attempt(self.session.call_off, numbers[which % len(numbers)])

    @precondition(lambda self: len(self.session.state.done) > 1)
    @rule()
    def finish(self) -> None:
        """Time is up."""
        self.attempt(self.session.finish)

    @rule(how=st.sampled_from(["pause", "resume"]))
    def clock(self, how: str) -> None:
        """The clock is stopped or runs on."""
        self.attempt(getattr(self.session, how))

    @rule(
        device=DEVICES,
        token=TOKENS,
        how=st.sampled_from(["hand_in", "propose_order"]),
        late=st.sampled_from([0, 0, 0, 1]),
    )
    def orders(self, device: str, token: str, how: str, late: int) -> None:
        """A seat orders something that only it may know."""
        member, turn = self.session.state.members.get(device), self.session.state.turn - late
        actor = member.actor if member is not None and member.actor else "seoul"
        self.size += 1
        order = [(f"{actor}.act", {"size": str(self.size)})]
        entry = self.attempt(getattr(self.session, how), device, turn, order, token)
        self.acknowledge(entry, device, token)
        if entry is not None and entry.number == self.session.state.number:
            self.sizes[str(self.size)] = actor, turn

    @rule(device=DEVICES)
    def recall(self, device: str) -> None:
        """A seat thinks again."""
        self.attempt(self.session.recall, device, self.session.state.turn)

    @rule(device=DEVICES, to=st.lists(SEATS, min_size=1, max_size=2), token=TOKENS)
    def offer(self, device: str, to: list[str], token: str) -> None:
        """A proposal."""
        member = self.session.state.members.get(device)
        choice = f"{member.actor}.act" if member is not None else "seoul.act"
        self.acknowledge(self.attempt(self.session.offer, device, choice, {}, to, token), device, token)

    @rule(device=DEVICES, yes=st.booleans(), which=st.integers(0, 3))
    def answer(self, device: str, yes: bool, which: int) -> None:
        """An answer to one."""
        numbers = [*self.session.state.proposals, 999]
        command = self.session.accept if yes else self.session.refuse
        self.attempt(command, device, numbers[which % len(numbers)])

    @rule(device=DEVICES, to=st.sampled_from([["press"], ["moscow"], ["seoul", "pyongyang"]]), token=TOKENS)
    def cable(self, device: str, to: list[str], token: str) -> None:
        """A message."""
        self.acknowledge(self.attempt(self.session.cable, device, to, "words", token), device, token)

    @rule(which=st.sampled_from(["planned-news", "waiting-news", "offered-news", "words"]), to=st.lists(SEATS))
    def inject(self, which: str, to: list[str]) -> None:
        """News."""
        self.attempt(self.session.send_inject, which, to)

    @rule(which=st.sampled_from(["planned-news", "offered-news"]), turn=st.none() | st.integers(0, 4))
    def plan(self, which: str, turn: int | None) -> None:
        """News ahead."""
        self.attempt(self.session.plan_inject, which, turn)

    @rule(which=st.integers(0, 5))
    def take_back(self, which: int) -> None:
        """News taken back."""
        numbers = [*self.session.state.sent, 999]
        self.attempt(self.session.take_back, numbers[which % len(numbers)])

    @rule(device=DEVICES, probability=st.integers(-5, 105))
    def believe(self, device: str, probability: int) -> None:
        """A forecast, or a prediction."""
        self.attempt(self.session.forecast, device, 0, probability)
        self.attempt(self.session.predict, device, probability)

    @rule()
    def restart(self) -> None:
        """The process ends and another begins."""
        before = self.session.state, self.session.worlds.turns
        self.session.close()
        self.session = Session.open(self.session.folder, play(practice=True))
        assert before == (self.session.state, self.session.worlds.turns)

    @invariant()
    def the_log_folds_to_the_state(self) -> None:
        """Anew, from the file."""
        assert fold(self.session.log.entries()) == self.session.state

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        """Each entry that a sender was told of is there, under its token."""
        there = {entry.number: entry.token for entry in self.session.log.entries()}
        for address, number in self.acknowledged.items():
            assert there[number] == ("" if "#" in address else address)

    @invariant()
    def each_seat_has_one_pen(self) -> None:
        """In the hand of a device that sits there."""
        state = self.session.state
        for actor in ACTORS:
            seated = [member.id for member in state.seated(actor)]
            assert (state.pens.get(actor) in seated) if seated else actor not in state.pens

    @invariant()
    def no_order_is_seen_by_another_seat(self) -> None:
        """Nor by the projector."""
        projected = repr(self.session.projector_view())
        for member in list(self.session.state.members.values()):
            if not member.key:
                continue
            view = repr(self.session.seat_view(member.id))
            others = [size for size, (actor, _) in self.sizes.items() if actor != member.actor]
            assert [size for size in others if f"'{size}'" in view or f"'{size}'" in projected] == []


Class.TestCase.settings = settings(derandomize=True, deadline=None, max_examples=40, stateful_step_count=60)
TestAnyCourse = Class.TestCase
