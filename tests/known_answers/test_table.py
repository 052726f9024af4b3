"""The table in `docs/known-answers.md` is that of this suite; the numbers are compared where they are measured."""

import pytest

from tests.known_answers.answers import BOUND, KnownAnswer
from tests.known_answers.table import all_answers, published


def test_the_table_lists_every_answer_with_its_formula_and_source():
    """Models, formulas, sources and wrong rates of the document are those of the tests' docstrings, in order."""
    told = {answer.model: (answer.formula, answer.source, answer.wrong) for answer in all_answers()}
    shown = {model: (entry.formula, entry.source, entry.wrong) for model, entry in published().items()}
    assert list(shown.items()) == list(told.items())


def test_the_table_claims_what_the_suite_asks():
    """In the document every right statistic lies within the bound and every wrong one beyond it."""
    rows = [row for entry in published().values() for row in entry.rows.values()]
    assert all(abs(row.z) < BOUND < abs(row.z_wrong) for row in rows)


@pytest.mark.nightly
@pytest.mark.parametrize("answer", all_answers(), ids=lambda answer: answer.model)
def test_ten_times_as_many_trajectories_agree_too(answer: KnownAnswer):
    """With other luck and ten times the trajectories every statistic stays within the bound."""
    compared = answer.right(seed=2, times=10)
    assert {name: item for name, item in compared.items() if abs(item.z) > BOUND} == {}
