from dataclasses import replace
from typing import Any

import pytest

from escalation.experiments.expectations import check_expectations
from escalation.expressions.kinds import Quantity
from escalation.expressions.tree import Comparison, Expr, Literal, Name
from escalation.model.calendar import DAY
from escalation.model.process import Hazard
from escalation.model.scenario import Expectation, LeverSpec, PolicySpec
from tests.experiments.births import births

ORIGIN: Any = None
X = Name("x", Quantity())


def above(size: float) -> Expr:
    return Comparison(">=", X, Literal(size, Quantity()))


def claim(how: str, **more: Any) -> Expectation:
    fields: dict[str, Any] = {"given": (), "policy": None, "condition": None, "measure": None, "low": None}
    fields |= {"high": None, "than": None, "origin": ORIGIN, "claim": f"{how} is claimed"}
    return Expectation(how=how, **{**fields, **more})  # type: ignore[arg-type]


def racing():
    """Births twice as fast under `fast` as under `slow`; `same` is `slow` under another name."""
    sketch = births()
    sketch.kinds["pace"] = Quantity()
    clock = Hazard(rate="speed * pace / (1 day)", condition="true")
    sketch.events["birth"] = (clock, {"x": "x + 1"}, {}, {})
    scenario = sketch.scenario()
    lever = LeverSpec("pace", Quantity(), Literal(1.0, Quantity()), None, None, None, "Pace", ORIGIN)
    policies = {"slow": 1.0, "fast": 2.0, "same": 1.0}
    made = tuple(PolicySpec(name, name, (("pace", pace),), ORIGIN) for name, pace in policies.items())
    return replace(scenario, levers=(lever,), policies=made)


def judged(scenario, *claims, resolve=None, **options):
    return check_expectations(replace(scenario, expectations=claims), resolve, **options)


@pytest.fixture(scope="module")
def scenario():
    return racing()


def test_never_holds_until_a_trajectory_says_otherwise(scenario):
    """The counter-example is named by its future and luck."""
    safe, wrong = judged(scenario, claim("never", condition=above(1_000)), claim("never", condition=above(3)))
    assert (safe.status, wrong.status) == ("holds", "fails")
    assert "in none of 400 trajectories" in safe.sentence
    assert "the first in future 0, luck 0" in wrong.sentence


def test_always_fails_at_the_first_instant_at_which_it_does_not_hold(scenario):
    """It is a claim about every settled instant, the first one included."""
    safe, wrong = judged(scenario, claim("always", condition=above(0)), claim("always", condition=above(1)))
    assert (safe.status, wrong.status) == ("holds", "fails")
    assert "did not hold throughout in 400 of 400" in wrong.sentence


def test_between_fails_only_if_the_whole_interval_lies_outside(scenario):
    """Births in 30 days at a mean speed of 0.3 a day are 9 on average: E[x] = 30 · (0.1 + 0.5) / 2."""
    bounds = [(8, 10), (9, 20), (0, 5)]
    verdicts = judged(
        scenario, *(claim("between", measure="born", policy="slow", low=low, high=high) for low, high in bounds)
    )
    assert [verdict.status for verdict in verdicts] == ["holds", "undecided", "fails"]
    estimate = verdicts[0].estimate
    assert (estimate.level, estimate.n, estimate.futures) == (0.99, 400, 400)
    assert estimate.low < 9 < estimate.high


def test_a_share_and_a_median_time_are_claimed_in_the_units_of_the_model(scenario):
    """A truth is a share; a time is its median, bounds in milliseconds, and never is late."""
    share, soon, late = judged(
        scenario,
        claim("between", measure="many", policy="slow", low=0.5, high=0.95),
        claim("between", measure="when_many", policy="slow", low=15 * DAY, high=25 * DAY),
        claim("between", measure="when_many", policy="slow", low=0.0, high=10 * DAY),
    )
    assert (share.status, soon.status, late.status) == ("holds", "holds", "fails")
    assert "median" in soon.sentence
    assert "days" in soon.sentence


@pytest.mark.parametrize(
    ("how", "policy", "than", "measure", "status"),
    [
        ("more_than", "fast", "slow", "born", "holds"),
        ("less_than", "fast", "slow", "born", "fails"),
        ("less_than", "slow", "fast", "many", "holds"),
        ("more_than", "same", "slow", "born", "fails"),
        ("less_than", "fast", "slow", "when_many", "holds"),
        ("more_than", "fast", "slow", "when_many", "fails"),
    ],
)
def test_policies_are_compared_in_the_same_futures_with_the_same_luck(scenario, how, policy, than, measure, status):
    """More than an identical policy fails; a time compares the share of pairs in which it is later."""
    (verdict,) = judged(scenario, claim(how, policy=policy, than=than, measure=measure))
    assert verdict.status == status
    assert verdict.estimate.n == 400


def test_without_a_policy_the_worst_of_all_decides(scenario):
    """What holds under two policies and fails under the third fails, and says where."""
    (verdict,) = judged(scenario, claim("between", measure="born", low=0.0, high=12.0))
    assert verdict.status == "fails"
    assert "under fast" in verdict.sentence


def test_claims_are_run_with_what_is_given(scenario):
    """Claims under the same values share a run; verdicts keep the author's order."""
    asked = []

    def resolve(given):
        asked.append(given)
        stopped = replace(scenario.state[0], initial=Literal(50.0, Quantity()))
        return replace(scenario, state=(stopped,))

    given = (("x.initial", "50"),)
    verdicts = judged(
        scenario,
        claim("always", condition=above(50), given=given),
        claim("always", condition=above(50)),
        claim("never", condition=above(49), given=given),
        resolve=resolve,
    )
    assert [verdict.status for verdict in verdicts] == ["holds", "fails", "fails"]
    assert asked == [given]


def test_a_claim_is_undecided_where_trajectories_fail():
    """What was not run to its end cannot show that a claim holds."""
    sketch = births()
    sketch.ranges["x"] = ("0", "12")
    verdict = judged(sketch.scenario(), claim("never", condition=above(20)))[0]
    assert verdict.status == "undecided"
    assert "trajectories failed, the first" in verdict.sentence


def test_verdicts_do_not_change_from_run_to_run(scenario):
    """Seed and n are fixed."""
    claims = [
        claim("between", measure="born", low=8.0, high=10.0),
        claim("more_than", policy="fast", than="slow", measure="born"),
    ]
    assert judged(scenario, *claims) == judged(scenario, *claims, workers=2)
