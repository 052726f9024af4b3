"""Write the resolved form beside every file of `valid/`: `python -m tests.cases.regenerate`. Read what has changed."""

import os
from pathlib import Path

from escalation.language.resolve import read_scenario

VALID = Path(__file__).parent / "valid"
RESOLVED = ".resolved.yaml"


def written() -> list[str]:
    """The names of the files that an author wrote, in order."""
    return sorted(path.name for path in VALID.glob("*.yaml") if not path.name.endswith(RESOLVED))


def stored(name: str) -> Path:
    """Where the resolved form of a file is kept."""
    return VALID / (name.removesuffix(".yaml") + RESOLVED)


def main() -> None:
    """Write each form that is missing or has changed, and say so."""
    os.chdir(VALID)
    for name in written():
        path, text = stored(name), read_scenario(name).text
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.name)


if __name__ == "__main__":
    main()
