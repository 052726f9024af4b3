"""Expectations: claims that travel with the scenario, and the values they are made under."""

from escalation.language import document_outcomes as shapes
from escalation.language.faults import nearest
from escalation.language.measures import Measures, own_unit
from escalation.language.names import CONSTANT, INITIAL, TRUTH, UNCERTAINTY, WORLD, Names, Place
from escalation.language.node import Mapping, Path
from escalation.language.policies import BASELINE, Policies
from escalation.language.shape import anything_refused, key_origin
from escalation.language.written import Written
from escalation.model.process import Measure, Origin
from escalation.model.scenario import Expectation

CLAIM = Place("a claim", WORLD, since_at_least=True)
HOW = ("never", "always", "measure")
AGAINST = ("between", "more_than", "less_than")
PLACES = {"constant": CONSTANT, "uncertainty": UNCERTAINTY, "state": INITIAL}


class Expectations:
    """Resolves the claims of one document."""

    def __init__(
        self, document: shapes.Document, root: Mapping, names: Names, measures: Measures, policies: Policies
    ) -> None:
        self.document, self.root, self.names = document, root, names
        self.measures, self.policies = measures, policies

    def all(self, measures: tuple[Measure, ...]) -> tuple[Expectation, ...]:
        """Every sound claim, in the author's order."""
        by_name = {measure.name: measure for measure in measures}
        found = [self.claim(index, written, by_name) for index, written in enumerate(self.document.expect or [])]
        return tuple(claim for claim in found if claim is not None)

    def claim(self, index: int, written: shapes.Expectation, measures: dict[str, Measure]) -> Expectation | None:
        """One claim: never, always, or a measure against bounds or another policy."""
        path: Path = ("expect", index)
        before = len(self.names.faults)
        given = [how for how in HOW if getattr(written, how) is not None]
        if not given and anything_refused(self.root, path):
            return None
        if len(given) != 1:
            said = f"says {' and '.join(given)}" if given else "claims nothing that can be tested"
            self.names.fault_at(written.claim, f"this claim {said}", "exactly one of never, always, measure")
            return None
        self.policy(written.policy)
        self.given(written, path)
        how = given[0]
        condition, low, high = None, None, None
        if how == "measure":
            how = self.against(written, path)
            low, high = self.bounds(written, measures)
        else:
            condition = self.names.read(getattr(written, how), CLAIM, TRUTH)
            self.unused(path, written, f"`{how}` needs no measure")
        if len(self.names.faults) > before or (condition is None and how in ("never", "always")):
            return None
        if how == "between" and (low is None or high is None):
            return None
        than = written.more_than or written.less_than
        return Expectation(
            claim=str(written.claim),
            given=tuple((key, str(value)) for key, value in (written.given or {}).items()),
            policy=str(written.policy) if written.policy else None,
            how=how,  # type: ignore[arg-type]
            condition=condition,
            measure=str(written.measure) if written.measure else None,
            low=low,
            high=high,
            than=str(than) if than else None,
            origin=written.claim.origin,
        )

    def unused(self, path: Path, written: shapes.Expectation, why: str) -> None:
        """Entries that only a measure needs."""
        for key in AGAINST:
            if getattr(written, key) is not None:
                place = key_origin(self.root, (*path, key))
                self.names.fault(place, f"`{key}` compares a measure: {why}", "", len(key))

    def against(self, written: shapes.Expectation, path: Path) -> str:
        """What a measure is held against."""
        given = [key for key in AGAINST if getattr(written, key) is not None]
        assert written.measure is not None
        if not given and anything_refused(self.root, path):
            return "between"
        if len(given) != 1:
            said = f"is held against {' and '.join(given)}" if given else "is held against nothing"
            self.names.fault_at(written.measure, f"the measure {said}", f"exactly one of {', '.join(AGAINST)}")
            return "between"
        if given[0] != "between":
            if written.policy is None and not anything_refused(self.root, path):
                place = key_origin(self.root, (*path, given[0]))
                self.names.fault(place, f"`{given[0]}` compares two policies", "add `policy:`", len(given[0]))
            self.policy(getattr(written, given[0]))
            if written.policy is not None and written.policy == getattr(written, given[0]):
                self.names.fault_at(getattr(written, given[0]), "a policy is compared with another one")
        return given[0]

    def bounds(self, written: shapes.Expectation, measures: dict[str, Measure]) -> tuple[float | None, float | None]:
        """The two bounds of `between`, in the measure's own unit."""
        assert written.measure is not None
        measure = measures.get(written.measure)
        if measure is None:
            if written.measure not in (self.document.measures or {}) and written.measure not in self.names.broken:
                meant = nearest(written.measure, self.document.measures or {})
                suggestion = f"did you mean {meant}?" if meant else ""
                self.names.fault_at(written.measure, f"there is no measure `{written.measure}`", suggestion)
            return None, None
        unit = own_unit(measure.kind)
        if measure.how == "series" or unit is None:
            self.names.fault_at(
                written.measure, f"`{written.measure}` is not one number", "claim something of a number"
            )
            return None, None
        if written.between is None:
            return None, None
        low, high = (self.measures.number(end, unit) for end in written.between)
        if low is not None and high is not None and low > high:
            self.names.fault_at(written.between[0], "the bounds stand the wrong way round")
        for end, value in zip(written.between, (low, high), strict=True):
            if measure.how == "ever" and value is not None and not 0.0 <= value <= 1.0:
                percent = f"did you mean {end}%?" if 1.0 < value <= 100.0 else ""
                self.names.fault_at(end, "a share lies between 0% and 100%", percent)
        return low, high

    def policy(self, written: Written | None) -> None:
        """A policy that is named must exist."""
        known = list(self.document.policies or [BASELINE])
        if written is not None and written not in known and written not in self.names.broken:
            meant = nearest(written, known)
            self.names.fault_at(written, f"there is no policy `{written}`", f"did you mean {meant}?" if meant else "")

    def given(self, written: shapes.Expectation, path: Path) -> None:
        """Each value that is set for the claim must exist and be of the right kind."""
        for key, leaf in (written.given or {}).items():
            origin = key_origin(self.root, (*path, "given", key))
            if key in self.policies.kinds:
                self.policies.setting(key, leaf, origin)
            else:
                self.one_given(key, leaf, origin)

    def one_given(self, key: str, leaf: Written, origin: Origin) -> None:
        """A constant, an uncertainty or an initial value."""
        name = key.removesuffix(".initial")
        found = self.names.meanings.get(name)
        if self.names.mentions_broken(key):
            return
        if found is not None and found.group in PLACES and (found.group == "state") == key.endswith(".initial"):
            self.names.read(leaf, PLACES[found.group], found.kind)
            return
        suggestion = ""
        if found is not None and found.group == "state":
            suggestion = f"did you mean {name}.initial?"
        elif found is not None and found.group == "derived":
            suggestion = "a derived name follows from what it reads: set that"
        else:
            meant = nearest(key, [*self.policies.kinds, *self._settable()])
            known = "a claim sets levers, ceilings, switches, constants, uncertainties and NAME.initial"
            suggestion = f"did you mean {meant}?" if meant and meant != key else known
        self.names.fault(origin, f"`{key}` is nothing that a claim can set", suggestion, len(key))

    def _settable(self) -> list[str]:
        """Constants, uncertainties and initial values, as a claim would name them."""
        found = [(name, meaning.group) for name, meaning in self.names.meanings.items() if meaning.group in PLACES]
        return [f"{name}.initial" if group == "state" else name for name, group in found]
