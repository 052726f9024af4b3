from dataclasses import replace

from escalation.experiments.influence import influence_of
from escalation.experiments.trial import trial
from escalation.expressions.kinds import Quantity, Rung
from escalation.expressions.tree import Literal
from escalation.model.process import Assign, Dated, Edge, Hazard, Lever, Periodic, Variable
from tests.experiments.births import births, failing, with_lever
from tests.models import Sketch


def test_a_trial_shares_its_trajectories_among_the_policies():
    """Ten futures, as many trajectories of each policy, about 500 in all."""
    assert trial(births().model()).trajectories == 500


def test_rules_that_never_fired_are_named():
    """A rule whose condition is never true is silent; one that fired once is not."""
    sketch = births()
    sketch.event("hidden", Edge(condition="x >= 10000", lasting="0 days"), {"x": "0"})
    sketch.event("once", Dated(at="3 days"), {"x": "x + 1"})
    assert trial(sketch.model()).silent == ("hidden",)


def test_names_from_which_no_measure_can_be_reached_are_idle():
    """Something that is read, but only on the way to nothing that is measured, has no effect."""
    sketch = births()
    sketch.kinds["y"] = Quantity()
    sketch.start["y"] = 0.0
    sketch.uncertain(size="uniform(1, 2)", base="uniform(0, 1)", top="base + 1")
    sketch.event("aside", Hazard(rate="top / (1 day)", condition="x >= 1"), {"y": "y + size"})
    model = sketch.model()
    model = replace(model, levers=(Lever("unread", Quantity(), 1.0),))
    found = trial(model, trajectories=20)
    assert found.idle_levers == ("unread",)
    assert set(found.idle_uncertainties) == {"size", "base", "top"}
    assert found.idle_variables == ("y",)


def test_a_name_that_reaches_a_measure_through_rules_and_counts_is_not_idle():
    """An uncertainty that another one reads, of a hazard of a rule that is counted."""
    sketch = Sketch(days=10, y=0.0).uncertain(base="uniform(0, 1)", top="base + 1")
    sketch.event("aside", Hazard(rate="top / (1 day)", condition="true"), {"y": "y + 1"}).measure("n", "count", "aside")
    assert {"base", "top"} <= influence_of(sketch.model()).telling()
    assert trial(sketch.model(), trajectories=10).idle_uncertainties == ()


def test_policies_that_are_the_same_in_everything_measured_are_grouped():
    """A lever set to its default changes nothing; another does."""
    model = with_lever(births().model(), slow=1.0, fast=2.0, usual=1.0)
    assert trial(model, trajectories=60).alike == (("slow", "usual"),)


def ladder_model(days):
    """A ladder that goes up and down between two rungs every so many days."""
    kind = Rung("ladder", ("low", "high"))
    sketch = Sketch(days=30, other=0.0)
    sketch.event("up", Periodic(every="4 days", first="2 days"), {"other": "1"})
    sketch.event("down", Periodic(every="4 days"), {"other": "2"})
    sketch.measure("end", "final", "other")
    model = sketch.model()
    decided = Variable("ladder.decided", kind, Literal(0, kind))
    effects = {"up": 1, "down": 0}
    rules = tuple(
        replace(rule, effect=(Assign("ladder.decided", Literal(effects[rule.name], kind)),)) for rule in model.rules
    )
    return replace(model, variables=(*model.variables, decided), rules=rules, horizon=days * 86_400_000)


def test_a_ladder_that_rises_and_falls_in_turn_is_told():
    """More than twice in one trajectory; twice is not yet in turn."""
    (swing,) = trial(ladder_model(30), trajectories=20).swings
    assert (swing.variable, swing.rung, swing.trajectories, swing.most) == ("ladder.decided", "high", 20, 8)
    assert trial(ladder_model(8), trajectories=20).swings == ()


def tied(second_at, condition=None):
    sketch = Sketch(days=10, x=0.0, y=0.0)
    sketch.event("doubled", Dated(at="3 days"), {"x": "2 * x + 1"})
    second = Dated(at=second_at) if condition is None else Edge(condition=condition, lasting="0 days")
    sketch.event("tripled", second, {"x": "3 * x"})
    sketch.event("apart", Dated(at="3 days"), {"y": "y + 1"})
    sketch.measure("end", "final", "x")
    return trial(sketch.model(), trajectories=20).ties


def test_a_tie_that_matters_is_told():
    """Two rules of one instant, one of which writes what the other reads; a third that touches neither is none."""
    (tie,) = tied("3 days")
    assert (tie.first, tie.second, tie.names, tie.trajectories) == ("doubled", "tripled", ("x",), 20)


def test_rules_of_different_instants_do_not_tie():
    """A day apart is no tie."""
    assert tied("4 days") == ()


def test_a_rule_that_fires_because_of_another_does_not_tie_with_it():
    """It was started in that instant, by that firing."""
    assert tied("", "x >= 1") == ()


def test_failures_are_kept():
    """A trial goes on past a trajectory that fails."""
    found = trial(failing(8).model(), trajectories=100)
    assert 0 < len(found.failures) < 100
    assert found.failures[0].rule == "birth"
