"""A class whose every private thing has a word of its own, and everything that a browser in it can be answered.

The scenario is made by chance: who plays, what each sees, what nobody sees, what there is to order and to fill in,
news for some. Each private text, label and unit is a word that occurs nowhere else, so that a page which has it has
what the word stands for. Values are told by their units.
"""

import asyncio
import random
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from escalation.classroom.exercise import exercise_of
from escalation.classroom.session import Options, Session
from escalation.language.resolve import read_scenario
from escalation.web.room import FRAGMENTS, WALL_FRAGMENTS, room_routes
from escalation.web.venue import Offer, Venue
from tests.web.browser import Answer, Browser
from tests.web.stand import SmallPlay, room_app, token_in

NOW = 1_800_000_000.0
GHOST = "ghost"
"""An actor that nobody plays: what it alone sees is the truth, and the instructor's."""


@dataclass
class Secrets:
    """Each word, and the actors who may read it; those of nobody are the instructor's."""

    readers: dict[str, set[str]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1001))

    def word(self, *actors: str, kind: str = "") -> str:
        """A new word for these actors."""
        made = f"zq{next(self.numbers)}{kind}qz"
        self.readers[made] = set(actors)
        return made

    def number(self, *actors: str) -> str:
        """A new number, as a person would fill it in; no token of a form has a point."""
        made = f"{next(self.numbers)}.{next(self.numbers)}"
        self.readers[made] = set(actors)
        return made

    def found_in(self, text: str, reader: str) -> list[str]:
        """The words of a text that its reader may not read."""
        return [word for word, readers in self.readers.items() if reader not in readers and word in text]


def written(chance: random.Random, secrets: Secrets) -> dict[str, Any]:
    """A scenario with a classroom, made by chance."""
    actors = [f"land{number}" for number in range(chance.randint(2, 3))]
    made: dict[str, Any] = {
        "escalation": 1,
        "title": "A class with secrets",
        "starts": "2030-01-01",
        "lasts": "10 weeks",
        "units": [],
        "actors": {actor: {"name": actor.title(), "playable": True} for actor in actors} | {GHOST: {}},
        "state": {"open": {"initial": 5, "assumption": "invented"}},
        "events": {},
        "intelligence": {},
        "measures": {"last": {"final": "open"}},
    }
    roles = {actor: _role(chance, secrets, made, actor) for actor in actors}
    for _ in range(chance.randint(1, 3)):
        _thing(secrets, made, GHOST)
    shock = secrets.word(kind="shock")
    hidden = chance.choice([name for name in made["state"] if name.startswith(GHOST)])
    made["events"]["shock"] = {
        "label": shock, "rate": "2 / 1 week", "effect": {hidden: f"{hidden} * 2"}, "assumption": "invented",
    }  # fmt: skip
    made["classroom"] = {
        "turn": "2 weeks",
        "turns": 2,
        "projector": ["open"] if chance.random() < 0.7 else [],
        "roles": roles,
        "forecasts": [{"ask": "Is it open?", "resolves": "open > 4"}],
        "injects": [_inject(chance, secrets, number, actors) for number in range(chance.randint(1, 4))],
    }
    return made


def _thing(secrets: Secrets, made: dict[str, Any], owner: str) -> str:
    """A quantity that its owner alone sees, with a label and a unit of its own."""
    readers = () if owner == GHOST else (owner,)
    name, unit = f"{owner}_{next(secrets.numbers)}", secrets.word(*readers, kind="unit")
    made["units"].append(unit)
    made["state"][name] = {
        "initial": f"{next(secrets.numbers)} {unit}",
        "seen_by": [owner],
        "label": secrets.word(*readers, kind="label"),
        "assumption": "invented",
    }
    return name


def _role(chance: random.Random, secrets: Secrets, made: dict[str, Any], actor: str) -> dict[str, Any]:
    sees = [_thing(secrets, made, actor) for _ in range(chance.randint(1, 3))]
    if chance.random() < 0.5:
        # What an uncertain report says of a thing that nobody else sees.
        behind = _thing(secrets, made, GHOST)
        unit = made["state"][behind]["initial"].split()[1]
        secrets.readers[unit] = {actor}
        reading = f"seen_{actor}"
        report = {"every": "3 days", "error": "lognormal(median=1, sigma=0.1)", "assumption": "invented"}
        made["intelligence"][reading] = {
            "of": behind, "seen_by": [actor], "label": secrets.word(actor, kind="reading"),
            "reports": {"scouts": report},
        }  # fmt: skip
        sees.append(reading)
    orders = []
    for number in range(chance.randint(1, 3)):
        order, own = f"{actor}_act{number}", sees[0]
        unit = made["state"][own]["initial"].split()[1]
        made["events"][order] = {
            "actor": actor,
            "label": secrets.word(actor, kind="order"),
            "while": f"{own} < 1e9 {unit}",
            "rate": "1 / 9 days",
            "draw": {"size": f"uniform(0 {unit}, 90_000 {unit})"},
            "effect": {own: f"{own} + size"} | ({"open": "open + 1"} if chance.random() < 0.3 else {}),
            "play": {"per_turn": 9, "help": secrets.word(actor, kind="help")},
            "assumption": "invented",
        }
        orders.append(order)
    return {
        "seats": [secrets.word(actor, kind="seat")],
        "sees": sees + (["open"] if chance.random() < 0.5 else []),
        "orders": orders,
        "aims": [secrets.word(actor, kind="aim")],
        "brief": secrets.word(actor, kind="brief"),
    }


def _inject(chance: random.Random, secrets: Secrets, number: int, actors: list[str]) -> dict[str, Any]:
    """News for some; nobody may read it before it has come."""
    to = sorted(chance.sample(actors, chance.randint(1, len(actors) - 1)))
    how = chance.choice([{"turn": 1}, {"turn": 2}, {"offered": True}, {"when": "open > 4"}])
    # News on its way is a secret from those whom it is for as well; what has come they may read.
    label, text = secrets.word(*to, kind="head"), secrets.word(*to, kind="news")
    return {"id": f"news{number}", "label": label, "text": text, "to": to, **how}


@dataclass
class SecretClass:
    """The class at play: its venue, its browsers by who sits there, and the words of its secrets."""

    folder: Path
    chance: random.Random
    secrets: Secrets = field(default_factory=Secrets)
    phones: list[tuple[str, Browser]] = field(default_factory=list)
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        scenario = written(self.chance, self.secrets)
        path = self.folder / "secret.yaml"
        path.write_text(yaml.safe_dump(scenario, sort_keys=False), encoding="utf-8")
        resolved = read_scenario(path)
        self.exercise = exercise_of(resolved.scenario)
        offer = Offer("secret", self.exercise.title, resolved.text, self.exercise)

        def make(path: Path, offer: Offer, options: Options, now: float) -> Session:
            return Session.create(path, offer.exercise, offer.text, options, now, play=SmallPlay(offer.exercise))

        self.venue = Venue(self.folder / "sessions", (offer,), make, Session.open)
        self.venue.begin(offer, Options(policy=self.exercise.scenario.policies[0].name, practice=False), NOW)
        self.actors = [role.actor for role in self.exercise.roles]
        self.choices = {role.actor: role.choices for role in self.exercise.roles}
        self._come_in()

    @property
    def session(self) -> Session:
        """The session, itself."""
        assert self.venue.session is not None
        return self.venue.session

    def _come_in(self) -> None:
        """Somebody at each seat, a second at the first one, one who has only joined, one who has not."""
        code, app = self.session.open_room(NOW), room_app(self.venue, *room_routes())
        for number, actor in enumerate((*self.actors, self.actors[0], "", None)):
            browser = Browser(app, "192.168.7.5:8322", self.runner)
            browser.csrf = token_in(browser.get("/").text)
            self.phones.append((actor or "", browser))
            if actor is not None:
                assert browser.post("/join", code=code, nickname=f"Person {number}").status_code == 303
            if actor:
                assert browser.post("/sit", actor=actor).status_code == 303

    def close(self) -> None:
        """The class is over."""
        self.session.close()
        self.runner.close()

    # ------------------------------------------------------------------ what people do

    def act(self) -> None:
        """Everybody does what can be done in a deliberation, by chance, through the forms."""
        turn, secrets, chance = self.session.state.turn, self.secrets, self.chance
        for actor, browser in self.phones[: len(self.actors) + 1]:
            others = [each for each in self.actors if each != actor]
            to = chance.sample(others, chance.randint(1, len(others)))
            token = f"{next(secrets.numbers)}"
            self._say(browser, to, secrets.word(actor, *to, kind="cable"), token)
            if chance.random() < 0.3:
                self._say(browser, ["press"], f"To all from {actor} {token}", f"p{token}")
            browser.post("/seat/draft", field="cable.text", text=secrets.word(actor, kind="draft"))
            browser.post("/seat/forecast", number="0", probability="40")
            self._order(actor, browser, turn, token)
            self._propose(actor, browser, others, token)
        self._answer()
        self._bring_news()

    def _say(self, browser: Browser, to: list[str], text: str, token: str) -> None:
        assert browser.post("/seat/cable", to=to, text=text, token=token).status_code == 303

    def _order(self, actor: str, browser: Browser, turn: int, token: str) -> None:
        choice = self.chance.choice(self.choices[actor])
        fields = {"order": choice, f"draw.{choice}/size": self.secrets.number(actor)}
        first = (actor, browser) in self.phones[: len(self.actors)]
        do = self.chance.choice(["hand-in", "draft", "suggest"]) if first else self.chance.choice(["draft", "suggest"])
        answer = browser.post("/seat/hand-in", turn=str(turn), do=do, token=token, listed=choice, **fields)
        assert answer.status_code == 303, answer.text

    def _propose(self, actor: str, browser: Browser, others: list[str], token: str) -> None:
        """A proposal shows its order, and what was filled in, to those whose consent it needs."""
        choice, needs = self.chance.choice(self.choices[actor]), self.chance.sample(others, 1)
        size = self.secrets.number(actor, *needs)
        fields = {"order": choice, f"draw.{choice}/size": size, "needs": needs, "token": f"o{token}"}
        if browser.post("/seat/proposal", **fields).status_code == 303:
            self.secrets.readers[self.session.play.label(choice)].update(needs)

    def _answer(self) -> None:
        for number in list(self.session.state.proposals):
            for _, browser in self.phones:
                if self.chance.random() < 0.5:
                    how = self.chance.choice(["accept", "refuse", "withdraw"])
                    browser.post(f"/seat/{how}", proposal=str(number))

    def _bring_news(self) -> None:
        to = self.chance.sample(self.actors, 1)
        self.session.send_inject(self.secrets.word(*to, kind="said"), to, NOW, label=self.secrets.word(*to, kind="h"))
        for each in self.exercise.injects:
            if each.offered and all(sent.id != each.id for sent in self.session.state.sent.values()):
                self.session.send_inject(each.id, (), NOW)

    # ------------------------------------------------------------------ what they are answered

    def leaks(self) -> list[tuple[str, str, str]]:
        """(who, where, word) of every private word in anything that one who may not read it is answered."""
        return [
            (actor or "nobody", where, word)
            for actor, browser in self.phones
            for where, told in self._answers(actor, browser)
            for word in self.secrets.found_in(told, actor)
        ]

    def _answers(self, actor: str, browser: Browser) -> Iterator[tuple[str, str]]:
        """Every page, part, redirect and refusal that this browser can be given now, headers and all."""
        numbers = list(self.session.state.proposals)[-4:]
        paths = ["/", "/seats", "/seat", "/debrief", "/debrief/1", "/wall", "/revision", "/teach", "/nothing"]
        paths += [f"/seat/fragment/{name}" for name in (*FRAGMENTS, "menu")]
        paths += [f"/wall/fragment/{name}" for name in WALL_FRAGMENTS]
        paths += [f"/seat/proposal/{number}" for number in (*numbers, 99_999)]
        for path in paths:
            yield path, _whole(browser.get(path))
        for path, fields in self._wrong(actor, numbers):
            yield f"POST {path}", _whole(browser.post(path, **fields))

    def _wrong(self, actor: str, numbers: Collection[int]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Forms that ask for what is another's: refused, and no refusal may tell it."""
        turn = str(self.session.state.turn)
        for other in self.actors:
            if other != actor:
                if actor and self.session.state.phase != "lobby":
                    yield "/sit", {"actor": other}
                yield "/seat/hand-in", {"turn": turn, "order": self.choices[other][0], "token": "w"}
                yield "/seat/proposal", {"order": self.choices[other][0], "needs": [other], "token": "v"}
                yield "/seat/cable", {"to": [other, "press"], "text": "Nothing", "token": "u"}
        for number in numbers:
            asked = self.session.state.proposals[number]
            if actor != asked.actor and actor not in asked.needs:
                yield "/seat/accept", {"proposal": str(number)}
        yield "/debrief/vote", {"order": f"1 {self.actors[-1]} {self.choices[self.actors[-1]][0]}"}
        yield "/seat/pen", {"to": "d1" if actor != self.actors[0] else "d2"}


def _whole(answer: Answer) -> str:
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    return f"{head}\n\n{re.sub(r'&#39;', chr(39), answer.text)}"
