"""A machine that goes up and down while a job runs on it, under each memory; a condition that must last; a ladder."""

from functools import cache, partial
from math import exp

import numpy as np

from escalation.model.calendar import DAY
from escalation.model.process import Edge, Hazard, Waiting
from tests.known_answers.known_answer import KnownAnswer, Rates
from tests.known_answers.populations import average, transient
from tests.models import Sketch

JOBS = 20


def up_and_down(rates: Rates) -> Sketch:
    """Up at the start; hazards of going down and up again, until the last job is done."""
    sketch = Sketch(days=100_000, up=True, n=0.0).measure("t", "first", f"n >= {JOBS}")
    sketch.event("down", Hazard(f"{rates['down']!r} / 1 day", f"up and n < {JOBS}"), {"up": "false"})
    return sketch.event("repair", Hazard(f"{rates['repair']!r} / 1 day", f"not up and n < {JOBS}"), {"up": "true"})


def jobs(memory: str, rates: Rates) -> Sketch:
    work = f"uniform(0 days, 1 day / {rates['work']!r})"
    return up_and_down(rates).event("job", Waiting(f"up and n < {JOBS}", work, memory=memory), {"n": "n + 1"})


def jobs_deviations(memory: str, sample, rates):
    down, away, longest = rates["down"], 1 / rates["repair"], 1 / rates["work"]
    cycle = 1 / down + away
    if memory == "resume":
        mean = longest / 2 * (1 + down * away)
    elif memory == "keep":
        mean = ((exp(down * longest) - 1) / (down * longest) - 1) * cycle
    else:
        through = (1 - exp(-down * longest)) / (down * longest)
        mean = (1 - through) / through * cycle
    return (sample["t"] / DAY - JOBS * mean,)


def sustained(rates: Rates) -> Sketch:
    return up_and_down(rates).event("lasted", Edge("up", "1 day"), {"n": "n + 1"})


def sustained_deviations(sample, rates):
    cycle = 1 / rates["down"] + 1 / rates["repair"]
    wait = (exp(rates["down"]) - 1) * cycle
    # After a firing the condition must first fall and rise again before it can last anew.
    return (sample["t"] / DAY - JOBS * wait - (JOBS - 1) * cycle,)


DAYS = 60


def three_rungs(rates: Rates) -> Sketch:
    rate = {name: f"{value!r} / 1 day" for name, value in rates.items()}
    sketch = Sketch(days=DAYS, threat=False, law=True)
    sketch.event("alarm", Hazard(rate["alarm"], "not threat"), {"threat": "true"})
    sketch.event("calm", Hazard(rate["calm"], "threat"), {"threat": "false"})
    sketch.event("open", Hazard(rate["open"], "not law"), {"law": "true"})
    sketch.event("shut", Hazard(rate["shut"], "law"), {"law": "false"})
    rung = {
        "when": "threat", "withdraw_after": "1000 days", "gates": {"law": "law"}, "rate": rate["decide"],
        "down": "true", "down_after": f"exponential(mean=1 day / {rates['relax']!r})",
    }  # fmt: skip
    sketch.ladder("seoul", {"aid": {}, "kit": rung, "arms": rung}, "kim")
    sketch.measure("deciding", "time_in", "law and level(seoul.pending) > level(seoul.decided)")
    for rung_id in ("kit", "arms"):
        sketch.measure(f"{rung_id} days", "time_in", f"seoul.decided >= {rung_id}")
        sketch.measure(f"{rung_id} at the end", "final", f"seoul.decided >= {rung_id}")
        sketch.measure(f"{rung_id} decided", "count", f"seoul.{rung_id}.decide")
    return sketch


STATES = [
    (threat, law, at, up) for threat in (0, 1) for law in (0, 1) for at in (0, 1, 2) for up in (0, 1) if at + up < 3
]
"""Threat, gate, the rung decided, and whether the next one is pending."""


def generator(rates: Rates) -> np.ndarray:
    """The chain: a rung becomes pending as soon as the threat is there; a stand-down cancels what is pending."""
    place = {state: index for index, state in enumerate(STATES)}
    matrix = np.zeros((len(STATES), len(STATES)))
    for (threat, law, at, up), index in place.items():
        moves = [
            (rates["calm"], (0, law, at, up)) if threat else (rates["alarm"], (1, law, at, int(at < 2))),
            (rates["shut"] if law else rates["open"], (threat, 1 - law, at, up)),
        ]
        if up and law:
            moves.append((rates["decide"], (threat, law, at + 1, int(threat and at + 1 < 2))))
        if at and not threat:
            moves.append((rates["relax"], (threat, law, at - 1, 0)))
        for rate, state in moves:
            matrix[index, place[state]] += rate
        matrix[index, index] = -matrix[index].sum()
    return matrix


@cache
def solved(names: tuple[str, ...], values: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    matrix = generator(dict(zip(names, values, strict=True)))
    start = STATES.index((0, 1, 0, 0))
    return transient(matrix, start, DAYS), average(matrix, start, DAYS)


def three_rungs_deviations(sample, rates):
    at_end, on_average = solved(tuple(rates), tuple(rates.values()))
    columns = []
    for level, rung in ((1, "kit"), (2, "arms")):
        there = np.array([at >= level for _, _, at, _ in STATES])
        deciding = np.array([law and up and at == level - 1 for _, law, at, up in STATES])
        columns += [
            sample[f"{rung} days"] / DAY / DAYS - on_average @ there,
            sample[f"{rung} at the end"] - at_end @ there,
            sample[f"{rung} decided"] - DAYS * rates["decide"] * (on_average @ deciding),
        ]
    # Decisions less the hazard that they were exposed to are a martingale (Aalen 1978, Ann. Stat. 6, 701).
    decisions = sample["kit decided"] + sample["arms decided"]
    return (*columns, decisions - rates["decide"] * sample["deciding"] / DAY)


TRIVEDI = "Kulkarni, Nicola & Trivedi (1987), Adv. Appl. Prob. 19, 932"
MACHINE = {"down": 1.0, "repair": 3.0, "work": 0.5}
ANSWERS = (
    *(
        KnownAnswer(
            f"alternating renewal, {memory}", f"{formula}: {TRIVEDI}",
            MACHINE, n, partial(jobs, memory), partial(jobs_deviations, memory), ("work",),
        )
        for memory, formula, n in (
            ("restart", "(1−p)/p (1/a + 1/b), p = (1 − e^(−aL))/(aL)", 2000),
            ("resume", "L/2 (1 + a/b)", 1800),
            ("keep", "((e^(aL) − 1)/(aL) − 1)(1/a + 1/b)", 1500),
        )
    ),
    KnownAnswer(
        "sustained for", "E = (e^(aD) − 1)(1/a + 1/b): Barlow & Proschan (1965), Mathematical Theory of Reliability",
        {"down": 1.5, "repair": 3.0}, 1500, sustained, sustained_deviations, ("down",),
    ),
    KnownAnswer(
        "three-rung ladder", "exp(Qt) and its integral, 20 states: Van Loan (1978), IEEE Trans. Autom. Control 23, 395",
        {"alarm": 0.8, "calm": 0.5, "open": 1.0, "shut": 0.3, "decide": 0.3, "relax": 0.6}, 5500,
        three_rungs, three_rungs_deviations, ("decide",),
    ),
)  # fmt: skip
