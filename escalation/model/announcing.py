"""Announcements: a word, which moves `LADDER.announced` and nothing else of the ladder.

A rung may be announced before or after it is decided, and before those below it; `announced` is the highest rung
announced and not taken back. It begins at the rung in force at the start. A stand-down takes back whatever was
announced above the rung that it leads to. A ceiling holds words as it holds deeds.
"""

from escalation.expressions import tree
from escalation.expressions.kinds import Rung
from escalation.expressions.tree import Expr
from escalation.model.process import Assign, Edge
from escalation.model.scenario import Announce
from escalation.model.streams import address
from escalation.model.unknown import Unknowns, both


def name_of(ladder: str, kind: Rung) -> tree.Name:
    """The highest rung announced."""
    return tree.Name(f"{ladder}.announced", kind)


def may_announce(announced: tree.Name, rung: tree.Literal, *allowed: Expr | None) -> Expr:
    """The rung is above what has been announced, and what else must allow it does."""
    return both(tree.Comparison("<", announced, rung), *allowed)


def announcing_clock(announce: Announce, may: Expr, unknowns: Unknowns, stream: str) -> Edge:
    """Its condition must last; a fall while the announcement is prepared calls it off."""
    after = None if announce.after is None else unknowns.settle(address(announce.after, stream))
    return Edge(both(may, unknowns.holds(announce.when)), announce.lasting, after, reversible=True)


def taken_back(announced: tree.Name, below: Expr) -> Assign:
    """A stand-down leaves no word above the rung that it leads to."""
    higher = tree.Comparison(">", announced, below)
    return Assign(announced.path, tree.If(higher, below, announced, announced.kind))
