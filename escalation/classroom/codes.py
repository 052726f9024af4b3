"""Room codes that can be read aloud, and keys that cannot be guessed.

A code opens the lobby for as long as it is open. Every wrong code makes the answer to the next wrong one later; a right
one is never held back, since a whole class may come from one address. Somebody who does not wait for answers is so not
stopped from guessing: after `MOST_TRIED` wrong ones a longer code takes the place of the short one.
"""

import hashlib
import secrets

LETTERS = "ACDEFHJKMNPRTVWXY34679"
"""Of look-alikes (B 8, G 6, I 1 L, O 0 Q, S 5, U V, Z 2) at most one."""
LENGTH, LONG = 4, 8
"""Characters of a code, and of one that guessing has made longer: 22 to the 4th is some 230,000, to the 8th 5e10."""
MOST_TRIED = 100
"""Wrong codes for one short code: a class makes fewer slips, and a guess succeeds with a chance of 1 in 2,300."""
FIRST, LONGEST = 0.25, 30.0
"""Seconds for which the answer to the first wrong code is held back, and at most to any."""
FORGIVEN = 30.0
"""Seconds after which one wrong code is forgotten."""
KEY_BITS = 128


def new_code(length: int = LENGTH) -> str:
    """So many characters by chance."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def same_code(typed: object, code: str) -> bool:
    """Whether it is the code; case and white space do not matter. No code is ever the code of a closed room."""
    if not isinstance(typed, str) or len(typed) > 50 or not code:
        return False
    return secrets.compare_digest("".join(typed.split()).upper().encode(), code.encode())


def new_key() -> str:
    """A device's key: 128 bits by chance, in hex."""
    return secrets.token_hex(KEY_BITS // 8)


def is_key(key: object) -> bool:
    """Whether it has the form of a key."""
    return isinstance(key, str) and len(key) == KEY_BITS // 4 and set(key) <= set("0123456789abcdef")


def hashed(key: str) -> str:
    """What is kept of a key. A key is chance alone, so one round without salt is enough."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


class WrongCodes:
    """The wrong codes of late, of one session. tried: all of them for the code that is good now."""

    def __init__(self) -> None:
        self._count, self._since, self.tried = 0, 0.0, 0

    def another(self, now: float) -> float:
        """Seconds for which the answer to one more wrong code is to be held back."""
        forgiven = max(0, int((now - self._since) / FORGIVEN))
        self._count = max(0, self._count - forgiven) + 1
        self._since = now
        self.tried += 1
        return min(LONGEST, FIRST * 2.0 ** min(self._count - 1, 20))
