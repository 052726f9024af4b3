"""Which engine runs a model. The choice never changes a result, only how long it takes."""

from dataclasses import dataclass

from escalation.engines.compiled import machine_code

ENGINES = ("auto", "compiled", "simpy")


class EngineError(ValueError):
    """The engine that was asked for cannot run this, said in a sentence."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that runs, `compiled` or `simpy`; remark: why `auto` fell back to SimPy, or ""."""

    engine: str
    remark: str = ""


def choose(wanted: str = "auto", *, own_processes: bool = False) -> Choice:
    """The engine meant by a word.

    own_processes: whether SimPy processes of a researcher's own take part, which only the SimPy engine knows.

    Raises EngineError: there is no such engine, or it cannot run this.
    """
    if wanted not in ENGINES:
        raise EngineError(f"there is no engine {wanted!r}; there are {', '.join(ENGINES)}")
    why = _not_compiled(own_processes)
    if wanted == "compiled" and why:
        raise EngineError(f"the compiled engine cannot run this: {why}")
    if wanted == "simpy":
        return Choice("simpy")
    return Choice("simpy", f"runs on the SimPy engine, some hundred times slower: {why}") if why else Choice("compiled")


def _not_compiled(own_processes: bool) -> str:
    if own_processes:
        return "processes of your own need SimPy"
    if not machine_code.available():
        return "llvmlite is not installed"
    return ""
