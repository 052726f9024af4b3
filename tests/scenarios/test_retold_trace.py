"""The story that docs/a-retold-trace.md retells is the one that is told today."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_story_that_was_retold_is_told_the_same_today() -> None:
    """The document's command prints the document's text, in which offensive arms are decided and lines are named."""
    text = (ROOT / "docs" / "a-retold-trace.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"```sh\nescalation (.+)\n```", text)
    (story,) = re.findall(r"```text\n(.*?)\n```", text, re.S)
    words = [sys.executable, "-m", "escalation", *command.split()]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.stdout.strip() == story
    assert "Offensive arms is decided (seoul.offensive_arms.decide)  scenarios/seoul-2024.yaml:" in story
    told = [line for line in story.splitlines() if re.match(r"\d{4}-\d{2}-\d{2}", line)]
    assert all(re.search(r"scenarios/seoul-2024\.yaml:\d+:\d+$", line) for line in told)
