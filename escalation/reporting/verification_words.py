"""What became of a verification, in lines."""

from collections.abc import Iterator
from pathlib import Path

from escalation.experiments.verification import LEVEL, Verified
from escalation.reporting.decimals import count, fixed, percent

SHOWN = 20
"""Unequal values that are listed."""


def lines(folder: Path, verified: Verified, seed: int) -> Iterator[str]:
    """What was compared, what differs, and the verdict last."""
    played = f"{count(verified.sampled)} of {count(verified.of)} trajectories played again"
    yield f"{folder}: {played}" + (f" (engine {verified.engine}, sample {seed})" if verified.sampled else "")
    yield from (f"damaged: {each}" for each in verified.damage)
    yield from (f"note: {each}" for each in verified.other)
    if verified.sampled:
        yield f"compared, byte for byte: {_what(verified)}"
    yield from (f"not verified: {each}" for each in verified.left_out)
    for each in verified.unequal[:SHOWN]:
        yield (
            f"differs: policy {each.policy}, future {each.future}, luck {each.luck}, {each.what}: "
            f"stored {each.stored}, now {each.again}"
        )
    if len(verified.unequal) > SHOWN:
        yield f"differs: and {count(len(verified.unequal) - SHOWN)} more values"
    if verified.another_platform:
        yield from _elsewhere(verified)
    yield _verdict(verified)


def _what(verified: Verified) -> str:
    told = f"how each ended, and {count(verified.values)} values of {count(verified.measures)} measures"
    return told if verified.firings is None else f"{told}, and {count(verified.firings)} firings"


def _elsewhere(verified: Verified) -> Iterator[str]:
    yield (
        f"another numeric platform: the bytes may differ, so {count(verified.tests)} means are compared within "
        f"simulation error, by z-tests at {percent(LEVEL)} together"
    )
    for shift in verified.shifts:
        yield (
            f"shifted: policy {shift.policy}, {shift.measure}: mean {shift.stored!r} stored, {shift.again!r} now, "
            f"z = {fixed(shift.z, 2)} beyond {fixed(shift.limit, 2)}"
        )


def _verdict(verified: Verified) -> str:
    if verified.damage:
        return "the run is not what it says: files are damaged"
    if not verified.sampled:
        return "nothing could be played again; its files are as the manifest says"
    if verified.another_platform and not verified.shifts:
        same = "the same bytes" if not verified.unequal else "the same within simulation error"
        return f"the run holds, on another numeric platform: {same}"
    if not verified.holds:
        return "the run is not what it says"
    return "the run holds: the same bytes"
