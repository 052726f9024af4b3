"""Scenarios of any number of rules, made alike: what a firing costs as a model grows.

Five rules to a border: soldiers arrive and leave by chance, a patrol comes after a lognormal delay, an alarm rises when
many have been there for a while and falls when few are; an alarm at one border quickens arrivals at the next. The
horizon shrinks as rules are added, so that a trajectory has about as many firings whatever its size.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import escalation
from benchmarks import engines
from benchmarks.rows import Row, processor
from escalation.model.build import build
from escalation.model.process import Model

GROUP = "rules"
SIZES = (10, 22, 30, 100, 300)
RULE_DAYS = 12_000
"""Days of the horizon times rules."""
STATE = """\
  at_{k}: {{initial: 4, range: [0, none], assumption: invented}}
  alarm_{k}: {{initial: false, assumption: invented}}
"""
RULES = (
    """\
  arrive_{k}:
    rate: (2 if alarm_{before} else 1) / 2 days
    effect: {{at_{k}: at_{k} + 1}}
    assumption: invented
""",
    """\
  leave_{k}:
    while: at_{k} > 0
    rate: at_{k} / 8 days
    effect: {{at_{k}: at_{k} - 1}}
    assumption: invented
""",
    """\
  patrol_{k}:
    while: at_{k} >= 3
    after: lognormal(median=4 days, sigma=0.5)
    effect: {{at_{k}: at_{k} - 1}}
    assumption: invented
""",
    """\
  raise_{k}:
    when: at_{k} >= 6
    for: 1 day
    effect: {{alarm_{k}: true}}
    assumption: invented
""",
    """\
  clear_{k}:
    when: alarm_{k} and at_{k} <= 3
    for: 1 day
    effect: {{alarm_{k}: false}}
    assumption: invented
""",
)


def scenario(rules: int) -> str:
    """The YAML of a scenario with that many rules."""
    borders = -(-rules // len(RULES))
    events = [text.format(k=k, before=k - 1 if k else borders - 1) for k in range(borders) for text in RULES]
    return (
        "escalation: 1\ntitle: Borders\nabout: Made to be timed.\nstarts: 2030-01-01\n"
        f"lasts: {RULE_DAYS // rules} days\nstate:\n"
        + "".join(STATE.format(k=k) for k in range(borders))
        + "events:\n"
        + "".join(events[:rules])
        + "policies:\n  alone: {label: As it is}\n"
        + "measures:\n  alarmed: {ever: alarm_0, label: The first border was alarmed}\n"
        + "  most: {max: at_0, label: Most at the first border}\n"
    )


def model(rules: int) -> Model:
    """The model of that many rules."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "borders.yaml"
        path.write_text(scenario(rules), encoding="utf-8")
        return build(escalation.load(path).scenario)


def rows() -> list[Row]:
    """Each size by the compiled engine and by SimPy."""
    missing = engines.missing_compiled()
    made: list[Row] = []
    for rules in SIZES:
        of = model(rules)
        play = None if missing else processor(engines.compiled(of, "alone"))
        made.append(Row(GROUP, f"rules {rules}", f"{rules} rules, **compiled engine**", 1_000, play, "", missing))
    by_simpy: Callable[[int], engines.Play] = lambda rules: engines.simpy(model(rules), "alone")  # noqa: E731
    for rules in (SIZES[0], SIZES[-1]):
        made.append(Row(GROUP, f"rules {rules} simpy", f"{rules} rules, SimPy engine", 8, processor(by_simpy(rules))))
    return made
