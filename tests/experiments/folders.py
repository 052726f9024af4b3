"""A run's folder made in circumstances of one's choice: `python folders.py ROOT WORKERS UMASK` prints its hash."""

import os
import sys
from hashlib import sha256
from pathlib import Path

TEXT = "escalation: 1\n"
KEEP = ("firings", "outcomes.csv")


def put(folder, ensemble):
    folder.log("begun")
    folder.write("scenario.resolved.yaml", TEXT)
    folder.write_ensemble(ensemble)
    folder.write("figures/ladder.svg", "<svg/>")


def digest_of(folder):
    """One sha256 of every file's place and bytes, less the log."""
    total = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "run.log":
            total.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()


def main(root, workers, umask):
    sys.path.insert(0, root)
    os.umask(int(umask, 8))
    from escalation.experiments.run import run_ensemble
    from escalation.experiments.run_key import run_key
    from escalation.experiments.store import RunFolder
    from tests.experiments.births import failing, with_rung

    ensemble = run_ensemble(with_rung(failing(10).model()), n=150, workers=int(workers), keep=["firings"])
    with RunFolder(Path("reports"), run_key(ensemble.design, name="a.yaml", scenario_text=TEXT, keep=KEEP)) as folder:
        put(folder, ensemble)
        print(digest_of(folder.finish()))


if __name__ == "__main__":
    main(*sys.argv[1:])
