"""Who is who on a screen: nicknames that look alike are refused, whatever alphabet or invisible sign they use."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.classroom.nicknames import look_of, nickname_of
from escalation.classroom.refusals import Refused
from escalation.classroom.view_lines import BY

ALIKE = [
    ("Ada", "ada"),
    ("Ada", "АdА"),
    ("Ada", "A\u200bda"),
    ("Ada", "Ad\u2060a"),
    ("Ada", "A d a"),
    ("Ada", "\uff21da"),
    ("Ada", "Ad\ufe0fa"),
    ("Ada", "A\u034fda"),
    ("BOB", "ΒΟΒ"),
    ("Bo", "B0"),
    ("Al", "AI"),
    ("Al", "A1"),
    ("zoé", "zoe\u0301"),
    ("O'Neil", "O’Neil"),
    ("Kim", "Kím".replace("í", "i")),
]
UNALIKE = [
    ("Ada", "Ida"),
    ("José", "Jose"),
    ("Zoë", "Zoé"),
    ("김민수", "김민서"),
    ("Вова", "Bob"),
    ("שרה", "שדה"),
    ("Bo 2", "Bo 3"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_two_nicknames_that_look_alike_are_one(one: str, other: str) -> None:
    """The second of them is refused, whichever came first; the person may choose another."""
    for first, second in ((one, other), (other, one)):
        with pytest.raises(Refused, match="looks the same"):
            nickname_of(second, {"d1": first})


@pytest.mark.parametrize(("one", "other"), UNALIKE)
def test_two_nicknames_that_can_be_told_apart_are_two(one: str, other: str) -> None:
    """A mark, a syllable or a digit of difference is one that can be seen."""
    assert nickname_of(other, {"d1": one}) == unicodedata.normalize("NFC", other)


@pytest.mark.parametrize(
    "name", ["\u200b", "\u3164", "\u2800", "\u200d\ufe0f", "\u2066a", "a\u202eb", "a\u0000", "\ud800"]
)
def test_a_nickname_that_cannot_be_seen_or_turns_others_is_refused(name: str) -> None:
    """What takes no ink, what overrides the direction of text, and what no file can hold is no nickname."""
    with pytest.raises(Refused):
        nickname_of(name, {})


def test_marks_piled_on_a_letter_are_refused() -> None:
    """Four marks on a letter are some language's; more grow over the lines of others."""
    assert nickname_of("a" + "\u0301" * 4, {})
    with pytest.raises(Refused, match="too many marks"):
        nickname_of("a" + "\u0323\u0301" * 3, {})


@pytest.mark.parametrize("name", ["The instructor", "the  Model", "NOBODY", "a b0t"])
def test_nobody_is_called_what_pages_call_those_who_are_no_person(name: str) -> None:
    """Orders by the instructor, the model, a bot or nobody cannot be mistaken for a person's."""
    with pytest.raises(Refused, match="Please choose another"):
        nickname_of(name, BY)


@given(st.text(max_size=30))
@settings(derandomize=True, deadline=None)
def test_a_look_is_the_look_of_itself(name: str) -> None:
    """Folding twice is folding once: the order in which two people come does not matter."""
    assert look_of(look_of(name)) == look_of(name)


@given(st.text(min_size=1, max_size=60))
@settings(derandomize=True, deadline=None)
def test_whatever_is_typed_is_a_nickname_that_is_kept_or_is_refused(name: str) -> None:
    """No text breaks it, and what is kept is taken from then on."""
    try:
        kept = nickname_of(name, {})
    except Refused:
        return
    with pytest.raises(Refused):
        nickname_of(kept, {"d1": kept})
