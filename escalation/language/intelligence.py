"""Intelligence: what is seen of a thing through its sources of reports."""

import re

from escalation.expressions.kinds import Kind, Quantity, Truth
from escalation.expressions.tree import Arithmetic, Expr, Literal, Name
from escalation.language import document_rules as shapes
from escalation.language.document import Cases
from escalation.language.document_outcomes import Document
from escalation.language.events import period
from escalation.language.faults import nearest
from escalation.language.labels import label_of
from escalation.language.names import BIAS, CONDITION, DELAY, INITIAL, NUMBER, REALISED, TIME, TRUTH, Names
from escalation.language.node import Mapping, Path
from escalation.language.quantities import Defining, Quantities
from escalation.language.shape import key_origin
from escalation.language.written import Written
from escalation.model.scenario import Belief, Combine, Reading, Report

COMBINE = ("latest", "median", "mean", "max")
AGREED = re.compile(r"agreed\( *([0-9]+) *\)\Z")


class Intelligence:
    """Resolves the readings of one document, whose kinds are already known."""

    def __init__(self, document: Document, root: Mapping, names: Names, quantities: Quantities) -> None:
        self.document, self.root, self.names, self.quantities = document, root, names, quantities
        self.defining = Defining(document, root, names)

    def all(self) -> tuple[Reading, ...]:
        """Every sound reading, in the author's order."""
        found = [self.reading(name, written) for name, written in (self.document.intelligence or {}).items()]
        return tuple(reading for reading in found if reading is not None)

    def reading(self, name: str, written: shapes.Reading) -> Reading | None:
        """One reading with its sources."""
        origin = key_origin(self.root, ("intelligence", name))
        seen_by = self.defining.seen_by(written.seen_by)
        of = self.quantities.observed.get(name)
        kind = of.kind if of is not None else None
        if not written.reports:
            self.names.fault(origin, f"`{name}` has no source of reports", "add one under `reports`", len(name))
        reports = [
            self.report(("intelligence", name, "reports", key), each, kind) for key, each in written.reports.items()
        ]
        combine, agreed = self.common(written, kind)
        believed = self.beliefs(name, written, kind)
        if seen_by is None and combine is None:
            seen_by = tuple(written.believed or ())
        initial = None
        if written.initial is not None:
            initial = self.names.value(written.initial, INITIAL, kind)
        sound = [report for report in reports if report is not None]
        if (
            of is None
            or believed is None
            or len(sound) < len(reports)
            or (initial is None) != (written.initial is None)
        ):
            return None
        label = label_of(written.label, name)
        reports_sound = tuple(sound)
        return Reading(name, of.kind, of, initial, combine, agreed, reports_sound, seen_by, label, origin, believed)

    def common(self, written: shapes.Reading, kind: Kind | None) -> tuple[Combine | None, int]:
        """What everybody believes who has no belief of its own: the latest unless told, or nothing beside beliefs."""
        if written.combine is None:
            return (None if written.believed else "latest"), 1
        text = str(written.combine).strip()
        if text not in COMBINE and AGREED.match(text) is None:
            self.names.fault_at(written.combine, f'"{text}" is no way to combine', f"{', '.join(COMBINE)} or agreed(2)")
            return "latest", 1
        return self.combination(written.combine, kind, len(written.reports))

    def beliefs(self, name: str, written: shapes.Reading, kind: Kind | None) -> tuple[Belief, ...] | None:
        """What single actors believe; None when one has a fault."""
        before, made = len(self.names.faults), []
        for actor, leaf in (written.believed or {}).items():
            self.believer(name, actor, written)
            text = str(leaf).strip()
            if text in COMBINE or AGREED.match(text) is not None:
                made.append(Belief(actor, *self.combination(leaf, kind, len(written.reports))))
            elif text in written.reports:
                made.append(Belief(actor, "source", 1, text))
            else:
                meant = nearest(text, written.reports)
                cure = f"did you mean {meant}?" if meant else f"{', '.join(COMBINE)}, agreed(2) or a source of `{name}`"
                self.names.fault_at(leaf, f'"{text}" is no way to believe and no source of `{name}`', cure)
        return tuple(made) if len(self.names.faults) == before else None

    def believer(self, name: str, actor: str, written: shapes.Reading) -> None:
        """Who believes is an actor, and none of the reading's sources has that name."""
        origin, actors = key_origin(self.root, ("intelligence", name, "believed", actor)), self.document.actors or {}
        if actor in written.reports:
            message = f"`{name}.{actor}` would be both a source and what an actor believes"
            self.names.fault(origin, message, "give the source another name", len(actor))
        elif actor not in actors and actor not in self.names.broken:
            meant = nearest(actor, actors)
            cure = f"did you mean {meant}?" if meant else f"add {actor} to `actors`"
            self.names.fault(origin, f"there is no actor `{actor}`", cure, len(actor))

    def combination(self, leaf: Written, kind: Kind | None, sources: int) -> tuple[Combine, int]:
        """A way to combine, and how many sources must stand behind it."""
        text = str(leaf).strip()
        agreed = AGREED.match(text)
        if text != "latest" and kind is not None and not isinstance(kind, Quantity | Truth):
            self.names.fault_at(leaf, "only numbers and true or false can be combined", "latest")
        if agreed is None:
            return text, 1  # type: ignore[return-value]
        if not 1 <= int(agreed[1]) <= sources:
            there = "there is 1 source" if sources == 1 else f"there are {sources} sources"
            self.names.fault_at(leaf, f"{there}, so {agreed[1]} cannot agree")
        return "agreed", int(agreed[1])

    def report(self, path: Path, written: shapes.Report, kind: Kind | None) -> Report | None:
        """One source: how often it looks, how late it publishes, how it errs."""
        name, names, before = str(path[-1]), self.names, len(self.names.faults)
        every = period(names, written.every)
        condition = names.read(written.while_, CONDITION, TRUTH) if written.while_ is not None else None
        lag = names.value(written.lag, DELAY, TIME) if written.lag is not None else None
        own = NUMBER if written.reads is None else None
        error = self.optional(written.error, own)
        bias = names.value(written.bias, BIAS, own) if written.bias is not None else None
        reads = self.reads(written, kind, error, bias)
        miss, false_alarm = self.optional(written.miss, NUMBER), self.optional(written.false_alarm, NUMBER)
        self.fitting(path, written, kind)
        if isinstance(kind, Truth):
            miss = miss if miss is not None else Literal(0.0, NUMBER)
            false_alarm = false_alarm if false_alarm is not None else Literal(0.0, NUMBER)
        if every is None or kind is None or len(names.faults) > before or self.skipped(written):
            return None
        label, origin = label_of(written.label, name), key_origin(self.root, path)
        return Report(name, label, every, condition, lag, error, bias, reads, miss, false_alarm, origin)

    def skipped(self, written: shapes.Report) -> bool:
        """Whether an entry was left unread because it mentions a name with a fault of its own."""
        entries = (getattr(written, field) for field in type(written).model_fields if field not in ("source", "label"))
        return any(self.names.mentions_broken(entry) for entry in entries if isinstance(entry, Written))

    def optional(self, written: Written | Cases | None, kind: Kind | None) -> Expr | None:
        """A value that may be left out."""
        return self.names.value(written, REALISED, kind) if written is not None else None

    def reads(self, written: shapes.Report, kind: Kind | None, error: Expr | None, bias: Expr | None) -> Expr | None:
        """What is reported, over `of`, `bias` and `error`; by default their product."""
        if kind is None or isinstance(kind, Truth):
            return None
        if written.reads is None:
            product: Expr = Name("of", kind)
            for name, factor in (("bias", bias), ("error", error)):
                if factor is not None:
                    product = Arithmetic("*", product, Name(name, factor.kind), kind)
            return product
        if (bias is None) != (written.bias is None) or (error is None) != (written.error is None):
            return None  # What it reads has a fault of its own.
        local: dict[str, Kind] = {"of": kind}
        local |= {"bias": bias.kind} if bias is not None else {}
        local |= {"error": error.kind} if error is not None else {}
        return self.names.value(written.reads, REALISED, kind, local)

    def fitting(self, path: Path, written: shapes.Report, kind: Kind | None) -> None:
        """A number errs by a factor, a true or false thing by a miss or a false alarm."""
        if kind is None:
            return
        wrong: tuple[str, ...]
        if isinstance(kind, Truth):
            wrong, why = ("error", "bias", "reads"), "what is observed is true or false: use `miss` and `false_alarm`"
        elif isinstance(kind, Quantity):
            wrong, why = ("miss", "false_alarm"), "what is observed is a number: use `error`"
        else:
            wrong, why = ("error", "bias", "miss", "false_alarm"), "what is observed is no number: it is seen as it is"
        for key in wrong:
            if getattr(written, key) is not None:
                self.names.fault(key_origin(self.root, (*path, key)), f"`{key}` cannot stand here", why, len(key))
