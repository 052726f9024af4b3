"""What people may be called: two names that look alike on a screen are one name."""

import unicodedata
from collections.abc import Mapping

from escalation.classroom.refusals import Refused
from escalation.classroom.writing import NICKNAME, text_of

_LATIN = {
    "A": "АΑ", "B": "ВΒ", "C": "СϹ", "E": "ЕΕ", "H": "НΗ", "I": "ІΙӀ|lL1iіιⅼı", "J": "Ј", "K": "КΚҚ", "M": "МΜ",
    "N": "Ν", "O": "ОΟ0Օοоօ", "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "X": "ХΧ", "Y": "УΥҮ", "Z": "Ζ",
    "a": "аα", "c": "сϲ", "d": "ԁ", "e": "еҽ", "g": "ɡ", "h": "һ", "j": "ј", "k": "κк", "p": "рρ", "q": "ԛ", "s": "ѕ",
    "u": "υ", "v": "νѵ", "w": "ԝ", "x": "хχ", "y": "уγү", "'": "’‘ʼ`´", "-": "‐‑–—−",
}  # fmt: skip
"""Letters and signs that are drawn like a Latin one, by that one."""
_ALIKE = {other: letter for letter, others in _LATIN.items() for other in others}
MARKS = 4
"""Marks that one letter may carry: more than the orthography of any school language."""


def nickname_of(written: object, taken: Mapping[str, str]) -> str:
    """A nickname that nobody else has, nor one that looks like it. taken: the others', by device."""
    nickname = " ".join(text_of(written, NICKNAME, "A nickname").split())
    looks = look_of(nickname)
    if not looks:
        raise Refused("This nickname cannot be seen. Please choose another one.", "nickname")
    if _piled(nickname):
        raise Refused("This nickname has too many marks on one letter. Please choose another one.", "nickname")
    if looks in {look_of(each) for each in taken.values()}:
        raise Refused(
            f"Somebody is called {nickname} already, or so that it looks the same. Please choose another nickname.",
            "nickname",
        )
    return nickname


def look_of(name: str) -> str:
    """What two names that cannot be told apart on a screen have in common; "" for one that cannot be seen.

    Compatible forms are one (Unicode Standard Annex 15), letter case does not count, nor does what takes no ink, and
    the letters and digits of other alphabets that are drawn like Latin ones are those (after Unicode Technical
    Standard 39, the letters that keyboards of schools have).
    """
    plain = unicodedata.normalize("NFKC", name)
    drawn = "".join(_ALIKE.get(each, each) for each in plain)
    folded = "".join(_ALIKE.get(each, each) for each in unicodedata.normalize("NFKC", drawn.casefold()))
    return "".join(each for each in folded.casefold() if not _inkless(each))


def _inkless(character: str) -> bool:
    """White space, and what is drawn as nothing: joiners, selectors, fillers."""
    blank = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return unicodedata.category(character) in ("Cf", "Cn", "Zs") or character in blank or selector


def _piled(name: str) -> bool:
    run = 0
    for each in unicodedata.normalize("NFD", name):
        run = run + 1 if unicodedata.category(each) in ("Mn", "Me") else 0
        if run > MARKS:
            return True
    return False
