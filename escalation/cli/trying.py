"""`escalation check --trial`: what 500 trajectories show, in words."""

from escalation.experiments.trial import Trial, trial
from escalation.language.resolve import Resolved
from escalation.model.build import build


def try_out(resolved: Resolved) -> None:
    """Print what a person who wrote the scenario would want to know."""
    for line in lines(trial(build(resolved.scenario))):
        print(line)


def lines(seen: Trial) -> list[str]:
    """The notes of a trial, a line each."""
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
    ]
    told += [f"  failed: {failure.message}" for failure in seen.failures]
    return told if len(told) > 1 else [*told, "  nothing to note"]
