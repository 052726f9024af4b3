"""Who can see what a tree reads, by what the author wrote: `seen_by`, `believed`, and whose lever or ladder it is."""

from collections.abc import Collection, Iterator

from escalation.expressions.kinds import Truth
from escalation.expressions.tree import Expr, Name, names_in
from escalation.model.scenario import Scenario

Seers = dict[str, tuple[str, ...] | None]


class Visibility:
    """What single actors can see of one scenario. Names and trees are the author's."""

    def __init__(self, scenario: Scenario) -> None:
        seen: Seers = {each.name: each.seen_by for each in scenario.state}
        seen |= {each.name: each.seen_by for each in scenario.intelligence}
        seen |= {
            f"{each.name}.{belief.actor}": (belief.actor,) for each in scenario.intelligence for belief in each.believed
        }
        self._seen = seen
        self._derived = {each.name: each for each in scenario.derived}
        self._own: Seers = {each.name: (each.actor,) for each in scenario.levers if each.actor is not None}
        self._own |= {
            f"{each.name}.{part}": (each.actor,)
            for each in scenario.ladders
            for part in ("pending", "ceiling")
            if each.actor is not None
        }
        self._own |= {each.name: () for each in scenario.uncertainties}

    def unseen(self, tree: Expr, actor: str) -> tuple[str, ...]:
        """Names of the world that a tree reads and the actor does not see, sorted; derived names are looked through."""
        return tuple(sorted(set(self._unseen(tree, actor, self._seen, ()))))

    def unseen_at_a_seat(self, tree: Expr, actor: str, granted: Collection[str]) -> tuple[str, ...]:
        """Names that a person who plays the actor does not see, sorted.

        granted: names on its screen, which it sees whatever else is said. Nobody sees what is uncertain; an actor sees
        its own levers, and what is pending on its own ladder.
        """
        return tuple(sorted(set(self._unseen(tree, actor, self._seen | self._own, granted))))

    def secret(self, path: str) -> bool:
        """Whether a name is hidden from somebody: by `seen_by`, as an uncertainty, or as what is being decided."""
        open_to_all = {name for name, seers in self._own.items() if seers and not name.endswith(".pending")}
        tree = Name(path, Truth())
        return bool(set(self._unseen(tree, "", self._seen | self._own, open_to_all)))

    def _unseen(self, tree: Expr, actor: str, seen: Seers, granted: Collection[str]) -> Iterator[str]:
        for path in names_in(tree):
            if path in granted or path.removesuffix(".known") in granted:
                continue
            head = next((own for own in (path, path.rpartition(".")[0]) if own in seen), path.split(".")[0])
            item = self._derived.get(path)
            if item is not None:
                if item.seen_by is None:
                    yield from self._unseen(item.value, actor, seen, granted)
                elif actor not in item.seen_by:
                    yield path
            elif seen.get(head) is not None and actor not in (seen[head] or ()):
                yield path
