"""A simulator of policy escalation ladders: a crisis in YAML becomes a report.

    import escalation

    scenario = escalation.load("scenarios/seoul-2024.yaml")
    run = scenario.run(n=2_000)
    run.outcomes            # a pandas frame, a row for each policy and trajectory
    run.report()            # stores the run and returns the path of its report
    run.compare(escalation.load("scenarios/seoul-2024.yaml", set={"patience": "3 days"}).run(n=2_000))

`docs/` in the repository tells of the language, the laws, and processes of one's own.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from escalation.api import LoadedScenario, Run, compare, load
    from escalation.comparing import Comparison
    from escalation.language.faults import InvalidScenario

__all__ = ["Comparison", "InvalidScenario", "LoadedScenario", "Run", "compare", "load"]
_HOMES = {"Comparison": "escalation.comparing", "InvalidScenario": "escalation.language.faults"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that the command starts fast."""
    if name not in __all__:
        raise AttributeError(f"module 'escalation' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "escalation.api")), name)
