"""An invented run of five policies on a ladder of four rungs, drawn without any model, to try a report on."""

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from escalation.expressions.kinds import DURATION, Dimension, Quantity, Truth
from escalation.expressions.tree import Literal, Name
from escalation.model.process import Measure, Origin
from escalation.model.scenario import (
    Actor,
    Basis,
    Expectation,
    Ladder,
    Number,
    PolicySpec,
    Reading,
    RungSpec,
    Scenario,
    Source,
)
from escalation.reporting.run_info import Checked, RunInfo

DAY = 86_400_000
HORIZON = 547 * DAY
HERE = Origin("scenarios/invented.yaml", 12, 5)
TROOPS = Quantity(Dimension.base("troops"))
RUNGS = (
    ("humanitarian", "Humanitarian aid"),
    ("non_lethal", "Non-lethal equipment"),
    ("defensive_arms", "Defensive arms"),
    ("offensive_arms", "Offensive arms"),
)
POLICIES = (
    ("as-stated", "As officials described it"),
    ("early-signal", "Signal early"),
    ("hold-the-line", "Hold at non-lethal aid"),
    ("wait-for-washington", "Wait for Washington"),
    ("quiet-help", "Help quietly through allies"),
)
PACE = {"as-stated": 1.0, "early-signal": 1.9, "hold-the-line": 1.0, "wait-for-washington": 0.55, "quiet-help": 0.97}
CEILING = {"hold-the-line": 1}


def measure(name: str, how: Any, kind: Any = Truth(), label: str = "", **more: Any) -> Measure:
    """A measure as an author would have written it; what it watches does not matter here."""
    return Measure(name, how, kind, Literal(True, Truth()), label=label, origin=HERE, **more)


MEASURES = (
    measure("armed", "ever", label="Defensive arms decided", matters=0.02),
    measure("strategic", "ever", label="Strategic technology handed over", better="lower", matters=0.02),
    measure("moscow_answers", "ever", label="Moscow arms Pyongyang in answer", better="lower", matters=0.05),
    measure("crisis", "ever", label="Domestic crisis", better="lower"),
    measure("combat", "first", Quantity(DURATION), label="First combat", better="higher", matters=14.0 * DAY),
    measure("confirmed", "first", Quantity(DURATION), label="Combat confirmed"),
    measure(
        "threat_high", "time_in", Quantity(DURATION), label="Time of high threat", better="lower", matters=10.0 * DAY
    ),
    measure("peak_front", "max", TROOPS, label="Most troops at the front", better="lower", matters=500.0),
    measure("losses", "final", TROOPS, label="Killed and wounded"),
    measure("lifts", "count", Quantity(), label="Troop lifts", better="lower"),
    measure("tension", "mean", Quantity(), label="Mean tension between the Koreas", better="lower", matters=0.25),
    measure("warnings", "final", Quantity(), label="Warnings from Moscow", better="lower"),
    measure("losses_path", "series", TROOPS, label="Losses as Seoul sees them", every=7 * DAY),
)


def number(path: str, text: str, group: Any, basis: Basis, line: int) -> Number:
    """One line of the list of assumptions."""
    return Number(path, text, "", basis, replace(HERE, line=line), group)


def scenario(**changes: Any) -> Scenario:
    """The invented scenario, with any field replaced."""
    nis = Basis(sources=("nis-2024-10-18",))
    judged = Basis(assumption="judged; nobody has published a figure", as_of="2024-10-18")
    rungs = tuple(RungSpec(name, label, None, None, (), (), (), HERE) for name, label in RUNGS)
    plain = Scenario(
        title="Seoul's phased countermeasures, autumn 2024 (invented numbers)",
        about="An invented run, to see what a report looks like. Nothing in it says anything about the world.",
        start="2024-10-18",
        horizon=HORIZON,
        units=("troops",),
        sources={
            "nis-2024-10-18": Source(
                "nis-2024-10-18", "First sea lift", "KBS World", "2024-10-18", "https://example.org/a"
            )
        },
        actors={"seoul": Actor("seoul", "Seoul", "President and council", True)},
        constants=(),
        uncertainties=(),
        levers=(),
        state=(),
        derived=(),
        events=(),
        intelligence=(
            Reading(
                "troops_seen", TROOPS, Name("deployed", TROOPS), None, "latest", 0, (), ("seoul",), "Troops sent", HERE
            ),
        ),
        ladders=(Ladder("seoul", "seoul", "Seoul's ladder", 0, rungs, HERE),),
        policies=tuple(PolicySpec(name, label, (), HERE) for name, label in POLICIES),
        measures=MEASURES,
        values=(),
        expectations=(
            Expectation(
                "With the ceiling at non-lethal aid nothing lethal is decided",
                (), "hold-the-line", "between", None, "armed", 0.0, 0.0, None, HERE,
            ),
        ),
        numbers=(
            number("lift_interval.value", "12 days", "constant", nis, 40),
            number("planned_force.value", "triangular(10_000 troops, 12_000 troops, 20_000 troops)", "uncertainty",
                   nis, 44),
            number("reluctance.value", "pert(2, 6, 12)", "uncertainty", judged, 47),
            number("defensive_threshold.default", "10_000 troops", "lever", Basis(), 52),
            number("in_russia.initial", "1_500 troops", "state", nis, 60),
            number("seoul.defensive_arms.climb.decide", "lognormal(median=21 days, sigma=0.5)", "ladder", judged, 90),
        ),
    )  # fmt: skip
    return replace(plain, **changes)


@dataclass(frozen=True)
class Size:
    """How large the invented run is."""

    futures: int = 200
    per_future: int = 10
    step: int = 7


def ensemble(of: Scenario | None = None, size: Size = Size(), seed: int = 1) -> SimpleNamespace:
    """Outcomes and series of every policy of a scenario, in the columns that the runner writes."""
    told = of or scenario()
    parts = [_policy(told, policy.name, size, seed) for policy in told.policies]
    outcomes = pd.concat([part[0] for part in parts], ignore_index=True)
    series = pd.concat([part[1] for part in parts], ignore_index=True)
    return SimpleNamespace(outcomes=outcomes, series=series)


def _policy(told: Scenario, policy: str, size: Size, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    n = size.futures * size.per_future
    future = np.repeat(np.arange(size.futures), size.per_future)
    push = np.exp(0.9 * rng.standard_normal(size.futures))[future]
    days = np.arange(0, told.horizon // DAY + 1, size.step, dtype=float)
    horizon = told.horizon / DAY
    outcomes = pd.DataFrame({"policy": policy, "future": future, "luck": np.arange(n)})
    series: dict[str, Any] = {
        "policy": policy,
        "future": np.repeat(future, days.size),
        "luck": np.repeat(np.arange(n), days.size),
        "day": np.tile(days, n),
    }
    pace = PACE.get(policy, 1.0) * push
    for ladder in told.ladders:
        ids = [rung.id for rung in ladder.rungs]
        decided = np.cumsum(
            rng.exponential([[60.0, 420.0, 900.0][i % 3] for i in range(len(ids) - 1)], (n, len(ids) - 1))
            / pace[:, None],
            axis=1,
        )
        decided[:, CEILING.get(policy, len(ids)) :] = np.inf
        delivered = decided + rng.lognormal(4.4, 0.5, decided.shape)
        for stage, times in (("decided", decided), ("delivered", delivered)):
            for index, rung in enumerate(ids[1:]):
                outcomes[f"rung:{ladder.name}.{rung}.{stage}"] = np.where(
                    times[:, index] <= horizon, times[:, index], np.nan
                )
            level = (times[:, :, None] <= days).sum(axis=1)
            series[f"ladder:{ladder.name}.{stage}"] = pd.Categorical.from_codes(level.ravel(), categories=ids)
    for reading in told.intelligence:
        plan = rng.triangular(10_000, 12_000, 20_000, size.futures)[future]
        truth = 1_500 + plan[:, None] * (1 - np.exp(-days / (60 / push[:, None])))
        seen = truth * np.exp(
            0.35 * rng.standard_normal(size.futures)[future][:, None] + 0.1 * rng.standard_normal(truth.shape)
        )
        seen[:, days < 14] = np.nan
        seen = np.where(rng.exponential(20, n)[:, None] > days, np.nan, seen)
        series[f"truth:{reading.name}"], series[f"seen:{reading.name}"] = truth.ravel(), seen.ravel()
    for item in told.measures:
        if item.how == "series":
            path = 3_000 * push[:, None] * (days / horizon) ** 1.5 * np.exp(0.3 * rng.standard_normal((n, 1)))
            series[item.name] = path.ravel()
        else:
            outcomes[item.name] = _measure(item, rng, n, push, pace, horizon)
    return outcomes, pd.DataFrame(series)


def _measure(item: Measure, rng: np.random.Generator, n: int, push: Any, pace: Any, horizon: float) -> Any:
    if item.how == "ever":
        return rng.random(n) < 1 - np.exp(-0.35 * pace)
    if item.how == "first":
        time = rng.exponential(90, n) / push
        return np.where(time <= horizon, time, np.nan)
    if item.how == "count":
        return rng.poisson(9 * push).astype(float)
    scale = {"threat_high": 60.0, "peak_front": 9_000.0, "losses": 3_000.0}.get(item.name, 2.0)
    return scale * push**0.5 * rng.lognormal(0, 0.2, n) * (1 + 0.02 * (pace / push - 1))


SCRIPT = "<script>alert(1)</script>"
HOSTILE_RUNGS = (
    ("a", "=CMD()|calc"),
    ("b", '$x_1^{2}$ & "quoted"'),
    ("c", "한국어로 쓴 방어 무기 지원 단계"),
    ("d", "Оборонительное вооружение"),
    ("e", SCRIPT),
)
HOSTILE_POLICIES = (
    ("as-stated", "=1+1"),
    ("정책", "+한국 정책의 이름 " * 6),
    ("img", "<img src=x onerror=alert(1)>"),
    ("long", "@" + "x" * 10_000),
    ("rtl", "שלום עולם"),
)


def hostile_scenario() -> Scenario:
    """A scenario whose every label tries something."""
    plain = scenario()
    rungs = tuple(RungSpec(name, label, None, None, (), (), (), HERE) for name, label in HOSTILE_RUNGS)
    return replace(
        plain,
        title=f"{SCRIPT} =CMD() $x$ 한국",
        about=f"<b>{SCRIPT}",
        ladders=(Ladder("seoul", "seoul", f"$\\frac{{1}}{{0}}$ {SCRIPT}", 0, rungs, HERE),),
        policies=tuple(PolicySpec(name, label, (), HERE) for name, label in HOSTILE_POLICIES),
        measures=tuple(replace(each, label=f"=cmd|$x$<i>{each.label}") for each in plain.measures),
        intelligence=tuple(replace(each, label=f"<u>$a$ {each.label}") for each in plain.intelligence),
        sources={"x": Source("x", SCRIPT, "=A1", "2024", "javascript:alert(1)")},
        numbers=(number("a.b", SCRIPT * 3, "event", Basis(sources=("x",)), 3),),
    )


RUN = RunInfo(
    command="escalation run scenarios/invented.yaml -n 2000 --futures 200 --seed 1",
    seed=1,
    n=2000,
    per_future=10,
    key="2000-seed1-a1b2c3",
    versions={"escalation": "0.1.0", "numpy": "2.4.6"},
    expectations=(
        Checked(
            "With the ceiling at non-lethal aid nothing lethal is decided", "holds", "hold-the-line", "0 of 2,000",
            "invented.yaml:120",
        ),
    ),
)  # fmt: skip
