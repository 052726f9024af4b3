"""A command that is not carried out: a plain sentence for whoever gave it, and a word for the program."""


class Refused(Exception):
    """Nothing was done, and nothing was written.

    sentence: for the person. code: for pages, one word. wait: seconds for which the answer is to be held back.
    """

    def __init__(self, sentence: str, code: str, wait: float = 0.0) -> None:
        super().__init__(sentence)
        self.sentence, self.code, self.wait = sentence, code, wait


class Differs(ValueError):
    """Playing the log again gave another world than the class played in."""

    def __init__(self, differences: tuple[str, ...]) -> None:
        super().__init__(" ".join(differences))
        self.differences = differences
