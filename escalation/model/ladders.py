"""Ladders become variables, rules and choices, so that no engine knows what a ladder is.

For a ladder `seoul` and its rung `arms`, r being the rung's index:

- `seoul.pending`, `seoul.decided` are variables, `arms.delivered` the share delivered, `seoul.delivered` derived;
- `seoul.arms.pending`: when r is the next rung, its condition has lasted and the ceiling allows it;
- `seoul.arms.withdraw`: when the condition has been false for long enough while r is pending;
- `seoul.arms.decide`: drawn when r becomes pending, runs only while every gate is open and keeps its age;
- `seoul.arms.deliver`: from the decision on, not held by gates, cancelled by a stand-down;
- `seoul.arms.stand_down`: only while r is decided and its own climb condition is false;
- `seoul.arms.announce` and the variable `seoul.announced`, where rungs can be announced.

With `skip:` every rung above the one decided may become pending, and `seoul.arms#taken` says that r was decided itself:
a rung that was skipped is neither delivered nor stepped down to.
"""

from dataclasses import replace

from escalation.expressions import tree
from escalation.expressions.kinds import DURATION, Quantity, Rung, Truth
from escalation.expressions.tree import Expr
from escalation.model import announcing, batches
from escalation.model.intelligence import Parts
from escalation.model.process import Assign, Choice, Clock, Derived, Edge, Gate, Hazard, Phase, Rule, Variable, Waiting
from escalation.model.scenario import Announce, Climb, Ladder, RungSpec, StandDown
from escalation.model.streams import address
from escalation.model.unknown import FALSE, TRUE, Unknowns, both, opposite

_SHARE = Quantity()
_AT_ONCE = tree.Literal(0.0, Quantity(DURATION))


def lower_ladder(ladder: Ladder, switched: frozenset[str], unknowns: Unknowns) -> tuple[Parts, tuple[Choice, ...]]:
    """Variables, derived names, rules and choices of one ladder."""
    parts = Parts()
    lowering = _Lowering(ladder, switched, unknowns)
    parts.variables += lowering.variables()
    parts.derived.append(Derived(f"{ladder.name}.delivered", lowering.highest_delivered()))
    choices: list[Choice] = []
    for index, rung in enumerate(ladder.rungs):
        if index and rung.climb is not None:
            parts.rules += lowering.climbing(index, rung, rung.climb)
            choices += lowering.choice_to_climb(index, rung, rung.climb)
        if index and rung.stand_down is not None:
            parts.rules.append(lowering.standing_down(index, rung, rung.stand_down))
            choices += lowering.choice_to_stand_down(index, rung)
        if index and rung.announce is not None:
            parts.rules.append(lowering.announcing(index, rung, rung.announce))
            choices += lowering.choice_to_announce(index, rung)
    return parts, tuple(choices)


class _Lowering:
    """What the rules of one ladder share: its kind, its names, and which phase its decisions belong to."""

    def __init__(self, ladder: Ladder, switched: frozenset[str], unknowns: Unknowns) -> None:
        self.ladder = ladder
        self.switched = switched
        self.unknowns = unknowns
        self.kind = Rung(ladder.name, tuple(rung.id for rung in ladder.rungs))
        self.pending = tree.Name(f"{ladder.name}.pending", self.kind)
        self.decided = tree.Name(f"{ladder.name}.decided", self.kind)
        self.announced = announcing.name_of(ladder.name, self.kind)
        self.deciding = Phase.CHOICES if ladder.actor else Phase.LASTED

    def level(self, index: int) -> tree.Literal:
        return tree.Literal(index, self.kind)

    def is_at(self, name: tree.Name, index: int) -> Expr:
        return tree.Comparison("==", name, self.level(index))

    def variables(self) -> list[Variable]:
        start = self.level(self.ladder.starts_at)
        shares = [
            Variable(f"{rung.id}.delivered", _SHARE, tree.Literal(float(index <= self.ladder.starts_at), _SHARE))
            for index, rung in enumerate(self.ladder.rungs)
        ]
        moving = [(self.pending, "being decided"), (self.decided, "decided")]
        moving += [(self.announced, "announced")] if self.ladder.announces else []
        return [
            *(Variable(name.path, self.kind, start, label=f"{self.ladder.label}: {word}") for name, word in moving),
            *shares,
            *(self.taken_at_start(index) for index in range(1, len(self.ladder.rungs)) if self.ladder.skip),
        ]

    def taken(self, index: int) -> tree.Name:
        """Whether a rung that could be skipped was decided itself."""
        return tree.Name(f"{self.ladder.name}.{self.ladder.rungs[index].id}#taken", Truth())

    def taken_at_start(self, index: int) -> Variable:
        initial = TRUE if index <= self.ladder.starts_at else FALSE
        return Variable(self.taken(index).path, Truth(), initial, hidden=True)

    def highest_delivered(self) -> Expr:
        """Deliveries may overtake: the highest rung of which a share has been delivered."""
        value: Expr = self.level(0)
        for index, rung in enumerate(self.ladder.rungs):
            if index:
                arrived = tree.Comparison(">", self.share(rung), tree.Literal(0.0, _SHARE))
                value = tree.If(arrived, self.level(index), value, self.kind)
        return value

    def share(self, rung: RungSpec) -> tree.Name:
        return tree.Name(f"{rung.id}.delivered", _SHARE)

    def switch(self, path: str) -> Expr | None:
        return tree.Name(f"{path}.active", Truth()) if f"{path}.active" in self.switched else None

    def below_ceiling(self, index: int) -> Expr | None:
        ceiling = tree.Name(f"{self.ladder.name}.ceiling", self.kind)
        return tree.Comparison(">=", ceiling, self.level(index)) if ceiling.path in self.switched else None

    def is_next_above(self, name: tree.Name, index: int) -> Expr:
        """The rung is the next one above another; where rungs may be skipped, any above it is."""
        return tree.Comparison("<", name, self.level(index)) if self.ladder.skip else self.is_at(name, index - 1)

    def may_climb(self, index: int, rung: RungSpec) -> Expr:
        """The rung can be the next one, lies below the ceiling, and is not switched off."""
        above, switch = self.is_next_above(self.decided, index), self.switch(f"{self.ladder.name}.{rung.id}")
        return both(above, self.below_ceiling(index), switch)

    def gates(self, rung: RungSpec, climb: Climb) -> tuple[Gate, ...]:
        """Each gate with its truth value; one that is switched off stands open."""
        made = []
        for gate in climb.gates:
            holds = self.unknowns.holds(gate.condition)
            switch = self.switch(f"{self.ladder.name}.{rung.id}.{gate.name}")
            either = holds if switch is None else tree.Or((tree.Not(switch), holds))
            made.append(Gate(gate.name, either, gate.label, gate.origin))
        return tuple(made)

    def rule(
        self, rung: RungSpec, step: str, phase: Phase, clock: Clock, effect: tuple[Assign, ...], order: int = 0
    ) -> Rule:
        is_choice = phase is Phase.CHOICES
        where = rung.announce if step == "announce" else rung.climb if step != "stand_down" else None
        return Rule(
            name=f"{self.ladder.name}.{rung.id}.{step}",
            phase=phase,
            clock=clock,
            effect=tuple(replace(assign, value=self.unknowns.settle(assign.value)) for assign in effect),
            actor=self.ladder.actor if is_choice else None,
            label=f"{self.ladder.label}: {rung.label}",
            order=order,
            origin=where.origin if where else rung.origin,
        )

    def climbing(self, index: int, rung: RungSpec, climb: Climb) -> list[Rule]:
        when = self.unknowns.holds(climb.when)
        being_decided = both(self.is_at(self.pending, index), self.is_next_above(self.decided, index))
        eligible = both(self.may_climb(index, rung), self.is_next_above(self.pending, index), when)
        rules = [
            self.rule(
                rung,
                "pending",
                Phase.LASTED,
                Edge(eligible, climb.lasting),
                (Assign(self.pending.path, self.level(index), climb.origin),),
                # Of rungs whose conditions have lasted in one instant the highest goes first, and holds the others.
                -index if self.ladder.skip else 0,
            ),
            replace(
                self.rule(
                    rung,
                    "decide",
                    self.deciding,
                    self.deciding_clock(rung, climb, being_decided),
                    self.decision(index, rung),
                ),
                gates=self.gates(rung, climb),
                gated=being_decided,
            ),
            self.delivering(index, rung, climb),
        ]
        if when != TRUE:
            withdrawn = Edge(both(being_decided, opposite(when)), climb.withdraw_after)
            back: Expr = self.decided if self.ladder.skip else self.level(index - 1)
            effect = (Assign(self.pending.path, back, climb.origin),)
            rules.append(self.rule(rung, "withdraw", Phase.LASTED, withdrawn, effect))
        return rules

    def delivering(self, index: int, rung: RungSpec, climb: Climb) -> Rule:
        """From the decision on, until all of it has come; each delivery is a firing."""
        share = self.share(rung)
        undelivered = tree.Comparison("<", share, tree.Literal(1.0, _SHARE))
        reached = self.taken(index) if self.ladder.skip else tree.Comparison(">=", self.decided, self.level(index))
        delay = batches.time_to_next(climb.deliver, share, f"{self.ladder.name}.{rung.id}.deliver")
        clock = Waiting(both(reached, undelivered), self.unknowns.settle(delay))
        effect = (Assign(share.path, batches.share_after(climb.deliver, share)), *rung.on_delivery)
        return self.rule(rung, "deliver", Phase.LASTED, clock, effect)

    def decision(self, index: int, rung: RungSpec) -> tuple[Assign, ...]:
        at = self.level(index)
        taken = (Assign(self.taken(index).path, TRUE),) if self.ladder.skip else ()
        return (Assign(self.decided.path, at), Assign(self.pending.path, at), *taken, *rung.on_decision)

    def deciding_clock(self, rung: RungSpec, climb: Climb, being_decided: Expr) -> Clock:
        gates = both(*(gate.holds for gate in self.gates(rung, climb)))
        if climb.rate is not None:
            return Hazard(self.unknowns.settle(climb.rate), both(being_decided, gates))
        delay = climb.decide if climb.decide is not None else _AT_ONCE
        addressed = self.unknowns.settle(address(delay, f"{self.ladder.name}.{rung.id}.decide"))
        return Waiting(being_decided, addressed, running=None if gates == TRUE else gates)

    def standing_down(self, index: int, rung: RungSpec, stand_down: StandDown) -> Rule:
        climbing = self.unknowns.holds(rung.climb.when) if rung.climb else FALSE
        when = both(self.is_at(self.decided, index), self.unknowns.holds(stand_down.when), opposite(climbing))
        after = None if stand_down.after is None else self.unknowns.settle(stand_down.after)
        name = f"{self.ladder.name}.{rung.id}.stand_down"
        clock = Edge(when, stand_down.lasting, None if after is None else address(after, name), reversible=True)
        return self.rule(rung, "stand_down", self.deciding, clock, self.descent(index, rung))

    def descent(self, index: int, rung: RungSpec) -> tuple[Assign, ...]:
        """What a stand-down changes: what is decided, pending, delivered and announced."""
        below = self.stepped_down_to(index)
        effect = [Assign(self.decided.path, below), Assign(self.pending.path, below)]
        effect += [Assign(self.share(above).path, tree.Literal(0.0, _SHARE)) for above in self.ladder.rungs[index:]]
        if self.ladder.skip:
            effect.append(Assign(self.taken(index).path, FALSE))
        if self.ladder.announces:
            effect.append(announcing.taken_back(self.announced, below))
        return (*effect, *rung.on_stand_down)

    def stepped_down_to(self, index: int) -> Expr:
        """The rung below; where rungs may be skipped, the highest below that was decided itself."""
        if not self.ladder.skip:
            return self.level(index - 1)
        value: Expr = self.level(0)
        for below in range(1, index):
            value = tree.If(self.taken(below), self.level(below), value, self.kind)
        return value

    def may_announce(self, index: int, rung: RungSpec) -> Expr:
        switch = self.switch(f"{self.ladder.name}.{rung.id}.announce")
        return announcing.may_announce(self.announced, self.level(index), self.below_ceiling(index), switch)

    def announcing(self, index: int, rung: RungSpec, announce: Announce) -> Rule:
        name = f"{self.ladder.name}.{rung.id}.announce"
        clock = announcing.announcing_clock(announce, self.may_announce(index, rung), self.unknowns, name)
        effect = (Assign(self.announced.path, self.level(index)), *rung.on_announcement)
        # Of two announced in one instant the higher is written last and stays.
        return self.rule(rung, "announce", self.deciding, clock, effect, index)

    def choice_to_climb(self, index: int, rung: RungSpec, climb: Climb) -> list[Choice]:
        if self.ladder.actor is None:
            return []
        name = f"{self.ladder.name}.{rung.id}"
        helpers = (f"{name}.pending", *((f"{name}.withdraw",) if climb.when != TRUE else ()))
        guard, rule = self.may_climb(index, rung), f"{name}.decide"
        label = f"Decide: {rung.label}"
        return [Choice(rule, self.ladder.actor, rule, guard, self.gates(rung, climb), helpers, label=label)]

    def choice_to_announce(self, index: int, rung: RungSpec) -> list[Choice]:
        if self.ladder.actor is None:
            return []
        rule = f"{self.ladder.name}.{rung.id}.announce"
        return [Choice(rule, self.ladder.actor, rule, self.may_announce(index, rung), label=f"Announce: {rung.label}")]

    def choice_to_stand_down(self, index: int, rung: RungSpec) -> list[Choice]:
        if self.ladder.actor is None:
            return []
        rule = f"{self.ladder.name}.{rung.id}.stand_down"
        guard = self.is_at(self.decided, index)
        return [Choice(rule, self.ladder.actor, rule, guard, label=f"Step down from: {rung.label}")]
