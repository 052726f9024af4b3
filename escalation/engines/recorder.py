"""A log of firings for people: what made each true, what it drew, what it enabled and cancelled."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from escalation.model.process import Edge, Following
from escalation.model.trajectory import Firing

if TYPE_CHECKING:
    from escalation.engines.clocks import Clock
    from escalation.engines.simpy import Simulation


class Recorder:
    """Listens to one simulation; reading it changes nothing."""

    def __init__(self) -> None:
        self.firings: list[Firing] = []
        self._uniforms: list[tuple[str, float]] = []
        self._enabled: set[str] = set()
        self._disabled: set[str] = set()
        self._changed: list[tuple[str, Any, Any]] = []
        self._open: tuple[Any, ...] | None = None

    def listen(self, names: tuple[str, ...], uniforms: list[Callable[[int], float]]) -> list[Callable[[int], float]]:
        """The same uniforms, each noted with the stream it came from."""

        def noted(name: str, uniform: Callable[[int], float]) -> Callable[[int], float]:
            def draw(number: int) -> float:
                value = uniform(number)
                self._uniforms.append((name, value))
                return value

            return draw

        return [noted(name, uniform) for name, uniform in zip(names, uniforms, strict=True)]

    def note_enabled(self, clock: "Clock") -> None:
        """A clock was put on the queue: remember the values that its condition read."""
        s = clock.simulation.s
        clock.because = tuple((name, s[slot]) for name, slot in clock.code.because)
        clock.began = clock.simulation.env.now
        name = clock.code.rule.name
        if name in self._disabled:
            self._disabled.discard(name)
        else:
            self._enabled.add(name)

    def note_disabled(self, clock: "Clock") -> None:
        """A clock was taken off the queue."""
        name = clock.code.rule.name
        if name in self._enabled:
            self._enabled.discard(name)
        else:
            self._disabled.add(name)

    def note_change(self, simulation: "Simulation", slot: int, value: Any) -> None:
        """A variable is about to be written."""
        self._changed.append((simulation.program.names[slot], simulation.s[slot], value))

    def open(self, simulation: "Simulation", clock: "Clock", number: int) -> None:
        """A rule fires: its draws have been realised, nothing has been written."""
        code = clock.code
        s = simulation.s
        draws = [(name, s[slot]) for slot, name, _ in code.draws]
        if clock.drawn is not None:
            draws.append((f"{code.rule.name}.{clock.drawn_as}", clock.drawn))
        named = {name for name, _ in draws}
        draws += [(stream, u) for stream, u in self._uniforms if ".effect." in stream and stream not in named]
        # A delay fires whether or not its condition still holds: what started it is told. Else what holds now.
        rule_clock = code.rule.clock
        follows = rule_clock.leader if isinstance(rule_clock, Following) else ""
        delayed = bool(follows) or ("after" in code.parts and isinstance(rule_clock, Edge))
        because = clock.because if delayed else tuple((name, s[slot]) for name, slot in code.because)
        began = clock.began if delayed and clock.began >= 0 else None
        self._open = (simulation.env.now, code.rule.name, number, because, tuple(draws), began, follows)
        self._enabled, self._disabled, self._changed, self._uniforms = set(), set(), [], []

    def close(self) -> None:
        """Everything that reads what changed has been looked at."""
        assert self._open is not None
        time, rule, number, because, draws, began, follows = self._open
        self.firings.append(
            Firing(
                time,
                rule,
                number,
                because,
                draws,
                tuple(self._changed),
                tuple(sorted(self._enabled)),
                tuple(sorted(self._disabled)),
                began,
                follows,
            )
        )
        self._uniforms = []
