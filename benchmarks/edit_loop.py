"""From saving a changed scenario to the paired answer: what `compare` costs, beside running both from nothing.

    python -m benchmarks.edit_loop

Whole processes at n = 2,000 on the flagship, its threshold at 6,000 instead of 10,000; each comparison ends with its
page, charts and CSV. Processor time is of all processes together; time on the wall depends on how many are free.
"""

import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
FLAGSHIP = ROOT / "scenarios" / "seoul-2024.yaml"
N = "2000"


def measured(*words: str | Path) -> tuple[float, float]:
    """Processor and wall seconds of one call of the command."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "escalation", *map(str, words), "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 5):
        raise SystemExit(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main() -> None:
    """Print the table of docs/performance.md."""
    text = FLAGSHIP.read_text(encoding="utf-8")
    assert text.count("default: 10_000 troops") == 1
    with TemporaryDirectory() as folder:
        # Beside the original, since both read the tables of evidence there.
        scenarios = Path(shutil.copytree(FLAGSHIP.parent, Path(folder) / "scenarios"))
        original, copy = scenarios / FLAGSHIP.name, scenarios / "seoul-copy.yaml"
        copy.write_text(text.replace("default: 10_000 troops", "default: 6_000 troops"), encoding="utf-8")
        nothing, stored = ("--out", Path(folder) / "nothing"), ("--out", Path(folder) / "stored")
        rows = (
            ("`compare A B`, neither stored", ("compare", original, copy, "-n", N, *nothing)),
            ("`run A`, with its report", ("run", original, "-n", N, *stored)),
            ("`compare A B`, A stored: the edit loop", ("compare", original, copy, "-n", N, *stored)),
            ("the same line again, both stored", ("compare", original, copy, "-n", N, *stored)),
        )
        print("| command | processor, s | on the wall, s | processor / from nothing |")
        print("|---|---|---|---|")
        scratch = 0.0
        for name, words in rows:
            processor, wall = measured(*words)
            scratch = scratch or processor
            print(f"| {name} | {processor:.1f} | {wall:.1f} | {processor / scratch:.2f} |", flush=True)


if __name__ == "__main__":
    main()
