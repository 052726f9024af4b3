"""`escalation check --trial`: what 500 trajectories show, in words."""

from escalation.experiments.trial import Trial, trial
from escalation.language.resolve import Resolved
from escalation.model.build import build
from escalation.model.process import Model, Phase, Rule


def try_out(resolved: Resolved) -> None:
    """Print what a person who wrote the scenario would want to know."""
    model = build(resolved.scenario)
    for line in lines(trial(model), model):
        print(line)


def lines(seen: Trial, model: Model) -> list[str]:
    """The notes of a trial, a line each. Only ties that `order:` can decide are told: within one phase, of events."""
    rules = {rule.name: rule for rule in model.rules}
    told = [f"trial of {seen.trajectories} trajectories:"]
    told += [f"  not seen to fire: {name}" for name in seen.silent]
    for what, names in (
        ("lever", seen.idle_levers),
        ("uncertainty", seen.idle_uncertainties),
        ("state", seen.idle_variables),
    ):
        told += [f"  no measure depends on the {what} {name}" for name in names]
    told += [f"  alike in everything measured: {', '.join(names)}" for names in seen.alike]
    told += [
        f"  {swing.variable} came to {swing.rung} up to {swing.most} times in one trajectory "
        f"(more than twice in {swing.trajectories}): does the ladder rise and fall in turn?"
        for swing in seen.swings
    ]
    told += [
        f"  {tie.first} and {tie.second} fell in one instant in {tie.trajectories} trajectories and share "
        f"{', '.join(tie.names)}: say `order:` if it matters which goes first"
        for tie in seen.ties
        if rules[tie.first].phase == rules[tie.second].phase != Phase.REPORTS
    ]
    told += _failures(seen, rules)
    return told if len(told) > 1 else [*told, "  nothing to note"]


def _failures(seen: Trial, rules: dict[str, Rule]) -> list[str]:
    """A line for each rule that failed: how often, where it stands, and the first trajectory to trace."""
    told = []
    for name in dict.fromkeys(failure.rule for failure in seen.failures):
        mine = [failure for failure in seen.failures if failure.rule == name]
        first = mine[0]
        where = f" ({rules[name].origin})" if name in rules and rules[name].origin else ""
        told.append(
            f"  {len(mine)} failed in {name or 'our own code'}{where}: {first.message}; the first: "
            f"--policy {first.policy} --future {first.future} --trajectory {first.luck}"
        )
    return told
