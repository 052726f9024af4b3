"""The list of known answers, and what it takes to be one of them.

An answer is a function that runs a model and compares statistics of it with theory. Its docstring gives the formula;
the line that begins with `Source:` says whose it is. As a test it is run twice: with every rate right, and with one of
them 3 % too high, which each of its statistics must notice.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.known_answers.comparison import Comparison
from tests.known_answers.trial import Trial

BOUND = 4.5
"""Standard errors. A hundred right statistics all stay within it with a probability above 0.999."""

Compare = Callable[[Trial], dict[str, Comparison]]


@dataclass(frozen=True)
class KnownAnswer:
    """A model that theory has solved.

    model: its name. wrong: the rate that the control makes 3 % too high. compare: runs it; statistic to comparison.
    """

    model: str
    wrong: str
    compare: Compare

    @property
    def formula(self) -> str:
        """The claim, in a line."""
        return " ".join(inspect.cleandoc(self.compare.__doc__ or "").partition("Source:")[0].split())

    @property
    def source(self) -> str:
        """Whose formula it is."""
        return " ".join(inspect.cleandoc(self.compare.__doc__ or "").partition("Source:")[2].split())

    def right(self, seed: int = 1, times: int = 1) -> dict[str, Comparison]:
        """The comparisons when every rate is right."""
        return self.compare(Trial(seed=seed, times=times))

    def with_a_wrong_rate(self) -> dict[str, Comparison]:
        """The same comparisons, with the same luck, when one rate is 3 % too high."""
        trial = Trial(wrong=self.wrong)
        compared = self.compare(trial)
        assert self.wrong in trial.asked, f"{self.model} has no {self.wrong}"
        return compared


ANSWERS: list[KnownAnswer] = []


def known_answer(model: str, wrong: str) -> Callable[[Compare], Callable[[str], None]]:
    """Add an answer to the list, and make it a test that is run with right rates and with a wrong one."""

    def listed(compare: Compare) -> Callable[[str], None]:
        answer = KnownAnswer(model, wrong, compare)
        assert answer.formula, f"{model} gives no formula"
        assert answer.source, f"{model} gives no source"
        ANSWERS.append(answer)

        @pytest.mark.parametrize("rates", ["right", "one wrong"])
        def test(rates: str) -> None:
            confirm(answer, rates == "one wrong")

        test.__name__, test.__doc__, test.__module__ = compare.__name__, compare.__doc__, compare.__module__
        return test

    return listed


def confirm(answer: KnownAnswer, wrong: bool) -> None:
    """Hold an answer to theory, or its control to being noticed, and both to the published table."""
    from tests.known_answers.table import published

    compared = answer.with_a_wrong_rate() if wrong else answer.right()
    missed = {statistic: item for statistic, item in compared.items() if (abs(item.z) > BOUND) != wrong}
    assert not missed, missed
    rows = published()[answer.model].rows
    assert list(rows) == list(compared), "the table has other statistics"
    for statistic, item in compared.items():
        shown = rows[statistic].z_wrong if wrong else rows[statistic].z
        # The table has two decimals, and SciPy's last bits may differ between machines.
        same = shown == item.z or abs(shown - item.z) < 0.006
        assert (rows[statistic].n, same) == (item.n, True), f"{statistic}: {item}; the table says {rows[statistic]}"
