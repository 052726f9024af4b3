"""The engine agrees with theory, and would not if a rate were three per cent wrong."""

from functools import cache

import numpy as np
import pytest

from tests.known_answers import first_passages, populations, renewals
from tests.known_answers.known_answer import FAMILY, KnownAnswer, wrong

ANSWERS = {answer.name: answer for answer in populations.ANSWERS + first_passages.ANSWERS + renewals.ANSWERS}


@cache
def sample(name: str) -> dict[str, np.ndarray]:
    return dict(ANSWERS[name].sample())


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=lambda answer: answer.name)
def test_theory_is_met(answer: KnownAnswer):
    """Every deviation of every process lies within 4.5 standard errors of zero."""
    scores = answer.z(sample(answer.name), answer.rates)
    print(f"{answer.name}: n = {answer.n}, z = {', '.join(f'{score:+.2f}' for score in scores)}")
    assert max(map(abs, scores)) < FAMILY, scores


CONTROLS = [(name, rate) for name, answer in ANSWERS.items() for rate in answer.found_out]


@pytest.mark.parametrize(("name", "rate"), CONTROLS)
def test_a_rate_three_per_cent_wrong_is_found_out(name: str, rate: str):
    """The same sample held against theory with one rate 3 % higher fails by more than 4.5 standard errors."""
    answer = ANSWERS[name]
    scores = answer.z(sample(name), wrong(answer.rates, rate))
    print(f"{name}, {rate} × 1.03: z = {', '.join(f'{score:+.2f}' for score in scores)}")
    assert max(map(abs, scores)) > FAMILY, scores
