"""What the functions of one model share: where things lie, how keys are made, and the lowering of expressions."""

from escalation.engines import wiring
from escalation.engines.compiled.expressions import Chance, Lowering
from escalation.engines.compiled.layout import LANES, LIMIT, LINE, NEVER, WORD, Layout
from escalation.engines.compiled.text import Text, double
from escalation.engines.simpy import CASCADE
from escalation.model.process import Edge, Model, Phase, Rule

FEW = 64
"""Alarms up to which keys are compared one by one, and text is spent for speed."""


class State:
    """The places of a model's state.

    slots: of every name. shift: by how many bits an instant stands above the place of its alarm in a key.
    calendar: whether some clock counts months. many: whether a model is compiled for its size. scripted: whether
    decisions and firings can come from outside.
    """

    def __init__(self, model: Model, *, scripted: bool = False) -> None:
        self.model = model
        self.scripted = scripted
        self.horizon = model.horizon
        self.slots = wiring.layout(model)
        self.layout = Layout()
        self.layout.image[LIMIT // WORD] = CASCADE
        self._slots = self.layout.words("slots", count=len(self.slots))
        self.alarms = sum(2 if isinstance(rule.clock, Edge) and rule.clock.after else 1 for rule in model.rules)
        self.many = self.alarms > FEW
        self.shift = max(self.alarms, 1).bit_length()
        if (model.horizon + 1) << self.shift >= NEVER:
            raise OverflowError(f"{model.horizon} ms and {self.alarms} alarms do not fit into one key")
        self.layout.align(LINE)
        self.padded = -(-max(self.alarms, 1) // LANES) * LANES
        self._keys = self.layout.words("keys", count=self.padded, first=NEVER)
        self._fired = self.layout.words("fired", count=len(model.rules))
        self._drawn = self.layout.words("drawn", count=len(model.rules), first=float("nan"))
        self.choices = tuple(rank for rank, rule in enumerate(model.rules) if rule.phase is Phase.CHOICES)
        self.seats = frozenset(name for choice in model.choices for name in (choice.rule, *choice.helpers))
        self.chance = Chance(self.layout)
        self.lowering = Lowering(self.slots, self.slot_place, self.chance)
        self.calendar = False

    def slot_place(self, slot: int) -> int:
        """Where the value of a slot lies."""
        return self._slots + slot * WORD

    def key_place(self, alarm: int) -> int:
        """Where the key of an alarm lies."""
        return self._keys + alarm * WORD

    def fired(self, rank: int) -> int:
        """How often a rule has fired."""
        return self._fired + rank * WORD

    def drawn(self, rank: int) -> int:
        """What the clock of a rule drew last, NaN if nothing."""
        return self._drawn + rank * WORD

    def is_simultaneous(self, rule: Rule) -> bool:
        """Whether a rule is a choice beside which others can be due in the same instant."""
        return rule.phase is Phase.CHOICES and (self.scripted or len(self.choices) > 1)

    def committed(self, rank: int) -> int:
        """Whether a choice has been made and is being carried out in this instant."""
        return self.layout.word("committed", rank)

    def chosen(self, rank: int) -> int:
        """The values that a choice has been made to write."""
        return self.layout.words("chosen", rank, count=len(self.model.rules[rank].effect))

    def filled(self, rank: int, draw: int) -> int:
        """Whether a draw of a rule is filled in from outside; the word after it is with what."""
        return self.layout.words("filled", rank, draw, count=2)

    def at_rest(self, rank: int) -> int | None:
        """Whether a rule rests because a person plays its actor; None if it never can."""
        return self.layout.word("at rest", rank) if self.model.rules[rank].name in self.seats else None

    def rounded_up(self, text: Text, duration: str) -> str:
        """A waiting time of 0 or more in whole milliseconds, at most one beyond the horizon."""
        beyond = double(self.horizon + 1)
        within = text.let(f"fcmp olt double {duration}, {beyond}")
        short = text.let(f"select i1 {within}, double {duration}, double {beyond}")
        down = text.let(f"fptosi double {short} to i64")
        above = text.let(f"fcmp olt double {text.let(f'sitofp i64 {down} to double')}, {short}")
        return text.let(f"add i64 {down}, {text.let(f'zext i1 {above} to i64')}")

    def key(self, text: Text, due: str, alarm: int | str) -> str:
        """The key of an alarm that is due at an instant; beyond the horizon it is never."""
        key = text.let(f"or i64 {text.let(f'shl i64 {due}, {self.shift}')}, {alarm}")
        beyond = text.let(f"icmp sgt i64 {due}, {self.horizon}")
        return text.let(f"select i1 {beyond}, i64 {NEVER}, i64 {key}")
