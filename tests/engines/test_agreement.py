"""Both engines give the same trajectories, bit for bit: firings with their draws, measures, series and failures."""

from dataclasses import replace
from math import nextafter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.api import load
from escalation.engines.compiled import machine_code
from escalation.engines.compiled.engine import Compiled
from escalation.engines.compiled.text import double
from escalation.engines.program import prepare
from escalation.expressions.kinds import DURATION, Quantity
from escalation.expressions.tree import Arithmetic, Call, Expr, Literal
from escalation.model.calendar import DAY
from escalation.model.process import Hazard, Model, Rule
from escalation.model.trajectory import Point
from tests.cases.regenerate import VALID, written
from tests.engines.agreement import differences
from tests.laws.random_sketches import sketches
from tests.models import Sketch

ROOT = Path(__file__).parents[2]
SHIPPED = ("first-ladder", "strait-quarantine", "seoul-2024")
OVERLAYS = sorted(path.name for path in (ROOT / "scenarios/seoul-2024").glob("*.yaml"))
TIME = Quantity(DURATION)
A_DAY = Literal(float(DAY), TIME)


def disagreements(model: Model, n: int, per_future: int = 5) -> list[str]:
    """What differs over n trajectories, shared among the policies."""
    names = [policy.name for policy in model.policies]
    points = [Point(names[k % len(names)], k // len(names) // per_future, k // len(names)) for k in range(n)]
    return differences(Compiled(model), prepare(model), points)


def on_whole_days(model: Model) -> Model:
    """The model with every wait cut to whole days, so that much is due in one instant; periods last a day at least."""

    def cut(node: Expr, least: int) -> Expr:
        days = Call("floor", (Arithmetic("/", node, A_DAY, Quantity()),), Quantity())
        return Arithmetic("*", Call("max", (days, Literal(float(least), Quantity())), Quantity()), A_DAY, TIME)

    def tied(rule: Rule) -> Rule:
        parts: dict[str, Any] = {
            part: cut(node, part == "every")
            for part in ("at", "every", "after", "lag", "lasting")
            if hasattr(node := getattr(rule.clock, part, None), "kind")
        }
        return replace(rule, clock=replace(rule.clock, **parts))

    return replace(model, rules=tuple(map(tied, model.rules)))


def everything(examples: int) -> Any:
    """Random models with every kind of rule, memory, ladder and report; of some, all waits are whole days."""

    def decorated(test: Any) -> Any:
        of = given(sketches(), st.booleans())(test)
        return settings(
            max_examples=examples, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
        )(of)

    return decorated


@everything(200)
def test_random_models_fire_alike(sketch: Sketch, tied: bool) -> None:
    """Two hundred random models with everything in them, half of them full of ties."""
    model = sketch.model()
    assert disagreements(on_whole_days(model) if tied else model, 8) == []


@everything(20)
def test_random_models_fire_alike_as_large_ones_are_compiled(sketch: Sketch, tied: bool) -> None:
    """Twenty of them with what is else written for models of more than 64 alarms."""
    model = sketch.model()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("escalation.engines.compiled.state.FEW", 0)
        assert disagreements(on_whole_days(model) if tied else model, 8) == []


@pytest.mark.nightly
@everything(2_000)
def test_thousands_of_random_models_fire_alike(sketch: Sketch, tied: bool) -> None:
    """Two thousand random models with everything in them, half of them full of ties."""
    model = sketch.model()
    assert disagreements(on_whole_days(model) if tied else model, 8) == []


def test_waits_of_whole_days_bring_ties() -> None:
    """Cut to whole days, a model fires several rules in most instants, so that ties are tried and not only allowed."""
    model = on_whole_days(load(ROOT / "scenarios/seoul-2024.yaml").model)
    batch = Compiled(model).run(model.policies[0].name, range(20), [0] * 20, log=True)
    assert batch is not None
    assert batch.log is not None
    instants = {(int(place), int(instant)) for place, instant, _, _ in batch.log[0]}
    assert len(batch.log[0]) > 1.5 * len(instants)
    assert disagreements(model, 20) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenarios_fire_alike(name: str) -> None:
    """A hundred trajectories of each shipped scenario, over all its policies."""
    assert disagreements(load(ROOT / f"scenarios/{name}.yaml").model, 100) == []


@pytest.mark.parametrize("name", written())
def test_valid_cases_fire_alike(name: str) -> None:
    """Twenty trajectories of every file that shows what the language can say."""
    assert disagreements(load(VALID / name).model, 20) == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", SHIPPED)
def test_a_thousand_trajectories_of_shipped_scenarios_fire_alike(name: str) -> None:
    """A thousand trajectories of each shipped scenario, over all its policies."""
    assert disagreements(load(ROOT / f"scenarios/{name}.yaml").model, 1_000, 50) == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", OVERLAYS)
def test_overlays_of_the_flagship_fire_alike(name: str) -> None:
    """A thousand trajectories of the flagship under each overlay."""
    model = load(ROOT / "scenarios/seoul-2024.yaml", overlays=[ROOT / "scenarios/seoul-2024" / name]).model
    assert disagreements(model, 1_000, 50) == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", written())
def test_a_thousand_trajectories_of_valid_cases_fire_alike(name: str) -> None:
    """A thousand trajectories of every file that shows what the language can say."""
    assert disagreements(load(VALID / name).model, 1_000, 50) == []


def one_clock() -> Sketch:
    """A number that grows by a tenth at every firing."""
    sketch = Sketch(days=60, x=1.0)
    sketch.event("grow", Hazard("x / 9 days", "x < 40"), {"x": "x * 1.1"})
    return sketch.measure("top", "max", "x")


def test_a_last_bit_that_differs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Machine code with one constant a unit in the last place too small does not agree: the comparison can fail."""
    model = one_clock().model()
    assert disagreements(model, 30) == []
    right, wrong = double(1.1), double(nextafter(1.1, 0.0))
    assert right in Compiled(model).module.ir
    load_honestly = machine_code.load

    def changed(ir: str, symbols: Any) -> Any:
        return load_honestly(ir.replace(right, wrong), symbols)

    monkeypatch.setattr(machine_code, "load", changed)
    assert disagreements(model, 30) != []
