"""The command `escalation`: its subcommands, and what happens to an error that nobody caught."""

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from escalation.cli.exits import Exit
from escalation.cli.interruptions import deaf_to_the_end, stop_at_sigterm
from escalation.experiments.executor_kinds import ExecutorError

INTERRUPTED = 130
"""The code with which typer ends at Ctrl-C."""
LARGEST = 2**64 - 1
"""Of seeds, trajectories and futures."""

app = typer.Typer(
    name="escalation",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Simulate policy escalation ladders: a crisis in YAML becomes a report.",
    epilog="Exit codes: 0 done, 1 our own fault, 2 wrong usage, 3 scenario invalid, 4 stopped early (what was done is "
    "kept), 5 finished but some trajectories failed, 6 an expectation of the scenario failed.",
)

File = Annotated[Path, typer.Argument(help="A scenario in YAML.", show_default=False, metavar="FILE")]
Overlays = Annotated[
    list[Path], typer.Option("--overlay", help="Another file laid over the scenario; may be given several times.")
]
Sets = Annotated[
    list[str],
    typer.Option(
        "--set", help="A value set last, such as patience='3 days'; a policy that sets the same lever still wins."
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=LARGEST, help="The seed of all chance: the same seed, the same futures.")
]

Engine = Annotated[str, typer.Option("--engine", help="auto, compiled or simpy; the choice never changes a result.")]
Executor = Annotated[
    str, typer.Option("--executor", help="auto, threads, processes, dask:local or dask:tcp://HOST:PORT.")
]


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Scenarios in YAML.", show_default=False, metavar="FILE…")],
    overlay: Overlays = [],  # noqa: B006 - typer reads the default and never changes it
    set_: Sets = [],  # noqa: B006
    format_: Annotated[str, typer.Option("--format", help="text, json or github.")] = "text",
    trial: Annotated[
        bool, typer.Option("--trial", help="Also tell what 500 trajectories show: rules never seen, ties, and more.")
    ] = False,
) -> None:
    """Tell every fault of a scenario at once, without running it."""
    from escalation.cli.checking import check_files

    raise typer.Exit(check_files(files, overlay, set_, format_, trial))


@app.command()
def run(
    file: File,
    n: Annotated[int, typer.Option("-n", min=1, help="Trajectories for each policy, or how many at most.")] = 10_000,
    policy: Annotated[list[str], typer.Option("--policy", help="Only this policy; may be given several times.")] = [],  # noqa: B006
    futures: Annotated[
        int | None, typer.Option("--futures", min=1, help="Futures to share them among: 50 each.")
    ] = None,
    precision: Annotated[
        list[str], typer.Option("--precision", help="Stop when NAME=0.5pp or NAME=2 days is known; may be repeated.")
    ] = [],  # noqa: B006
    decide: Annotated[
        bool, typer.Option("--decide", help="Stop when policies are told apart by every measure that matters.")
    ] = False,
    decide_on: Annotated[
        list[str], typer.Option("--decide-on", help="Stop when they are told apart by NAME; may be repeated.")
    ] = [],  # noqa: B006
    seed: Seed = 1,
    engine: Engine = "auto",
    executor: Executor = "auto",
    overlay: Overlays = [],  # noqa: B006
    set_: Sets = [],  # noqa: B006
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="How many are at work; all cores.")] = None,
    out: Annotated[Path, typer.Option("--out", help="The folder in which runs are stored.")] = Path("reports"),
    keep: Annotated[
        str,
        typer.Option("--keep", help="outcomes; firings: every firing too; summary: no rows, for a very large n."),
    ] = "outcomes",
    csv: Annotated[bool, typer.Option("--csv", help="Also write the outcomes as CSV.")] = False,
    plugin: Annotated[
        list[str], typer.Option("--plugin", help="A SimPy process of your own, as module:name; may be repeated.")
    ] = [],  # noqa: B006
    against: Annotated[
        Path | None, typer.Option("--against", help="Also tell what this run changes against that run or scenario.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Only go on with a run that was begun; refuse if the scenario has changed.")
    ] = False,
    shard: Annotated[
        str, typer.Option("--shard", help="Only this part of the run, such as 3/40; `merge` makes one run of them.")
    ] = "",
    no_expect: Annotated[
        bool, typer.Option("--no-expect", help="Do not judge the claims that travel with the scenario.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; only the report's path.")] = False,
) -> None:
    """Run a scenario under its policies; store the outcomes and write a report."""
    from escalation.cli.running import Request, run_file

    request = Request(
        file, n, tuple(policy), futures, seed, engine, tuple(overlay), tuple(set_), workers, out, keep, csv,
        tuple(plugin), quiet, against, executor, resume, shard, tuple(precision),
        tuple(decide_on) or decide, expect=not no_expect,
    )  # fmt: skip
    raise typer.Exit(run_file(request))


@app.command()
def merge(
    folders: Annotated[
        list[Path], typer.Argument(help="The folders of all shards of one run.", show_default=False, metavar="FOLDER…")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder in which the run is stored: that of the shards.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes at work; all cores.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; only the report's path.")] = False,
) -> None:
    """Make of all shards of a run the very run, report included."""
    from escalation.cli.sharding import merge_folders

    raise typer.Exit(merge_folders(folders, out, workers, quiet))


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="A stored run (its folder or name), or a scenario in YAML.", metavar="A")],
    b: Annotated[Path, typer.Argument(help="Another; what is told is B less A.", metavar="B")],
    n: Annotated[
        int | None, typer.Option("-n", min=1, help="Trajectories for each policy of a scenario: 10000, or as stored.")
    ] = None,
    policy: Annotated[list[str], typer.Option("--policy", help="Only this policy; may be given several times.")] = [],  # noqa: B006
    futures: Annotated[int | None, typer.Option("--futures", min=1, help="Futures to share them among.")] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, max=LARGEST, help="The seed of all chance: 1, or as stored.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="How many are at work; all cores.")] = None,
    out: Annotated[Path, typer.Option("--out", help="The folder in which runs are stored.")] = Path("reports"),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; only the answer.")] = False,
    engine: Engine = "auto",
    executor: Executor = "auto",
) -> None:
    """Tell what B changes against A: which lines differ, what that changes, and which rule first fired differently."""
    from escalation.cli.comparing import Pair, compare_pair

    raise typer.Exit(compare_pair(Pair(a, b, n, tuple(policy), futures, seed, workers, out, quiet, engine, executor)))


@app.command()
def trace(
    file: File,
    trajectory: Annotated[
        int, typer.Option("--trajectory", "-k", min=0, max=LARGEST, help="Which trajectory: its luck.")
    ] = 0,
    policy: Annotated[str | None, typer.Option("--policy", help="Under which policy: the first.")] = None,
    future: Annotated[
        int | None, typer.Option("--future", min=0, max=LARGEST, help="In which future: trajectory // 50.")
    ] = None,
    seed: Seed = 1,
    overlay: Overlays = [],  # noqa: B006
    set_: Sets = [],  # noqa: B006
    everything: Annotated[bool, typer.Option("--all", help="Also what the model keeps for itself.")] = False,
    only: Annotated[
        list[str], typer.Option("--only", help="Only what concerns this ladder, rule, reading or state.")
    ] = [],  # noqa: B006
    plugin: Annotated[
        list[str], typer.Option("--plugin", help="A SimPy process of your own, as module:name; may be repeated.")
    ] = [],  # noqa: B006
) -> None:
    """Tell one trajectory as a dated story, rule by rule."""
    from escalation.cli.tracing import trace_file

    raise typer.Exit(trace_file(file, trajectory, policy, future, seed, overlay, set_, everything, only, plugin))


@app.command()
def show(
    file: File,
    overlay: Overlays = [],  # noqa: B006
    set_: Sets = [],  # noqa: B006
    diff: Annotated[bool, typer.Option("--diff", help="Only what layers changed.")] = False,
) -> None:
    """Print the resolved scenario, with every default; it is itself a valid scenario."""
    from escalation.cli.showing import show_file

    raise typer.Exit(show_file(file, overlay, set_, diff))


@app.command()
def describe(file: File, overlay: Overlays = [], set_: Sets = []) -> None:  # noqa: B006
    """Tell the model in prose, under the headings of ODD, as Markdown."""
    from escalation.cli.describing import describe_file

    raise typer.Exit(describe_file(file, overlay, set_))


@app.command()
def runs(
    out: Annotated[Path, typer.Option("--out", help="The folder in which runs are stored.")] = Path("reports"),
    format_: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    index: Annotated[bool, typer.Option("--index", help="Also write index.html there anew.")] = False,
) -> None:
    """List what is stored, the newest first; a damaged folder is told."""
    from escalation.cli.listing import list_runs

    raise typer.Exit(list_runs(out, format_, index))


@app.command()
def study(
    file: Annotated[Path, typer.Argument(help="A study in YAML.", show_default=False, metavar="FILE")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The study's folder: reports/studies/NAME unless told otherwise.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many runs, trajectories, minutes and gigabytes it takes.")
    ] = False,
    within: Annotated[
        str | None, typer.Option("--within", help="Its time, such as '8 hours', instead of what the study says.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="How many are at work; all cores.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; only the page's path.")] = False,
    executor: Executor = "auto",
) -> None:
    """Run a study: scenarios, overlays and settings in a batch; the same command again goes on where it ended."""
    from escalation.cli.studying import Batch, study_file

    raise typer.Exit(study_file(Batch(file, out, within, workers, dry_run, quiet, executor)))


@app.command()
def status(
    folder: Annotated[Path, typer.Argument(help="A study's folder.", show_default=False, metavar="DIR")],
    format_: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """Tell how far a study is: done, running, waiting, failed, since when, and its expected end."""
    from escalation.cli.study_status import tell_status

    raise typer.Exit(tell_status(folder, format_))


@app.command()
def verify(
    run: Annotated[Path, typer.Argument(help="A stored run: its folder or its name.", metavar="RUN")],
    n: Annotated[int, typer.Option("-n", min=1, help="How many of its trajectories are played again.")] = 100,
    engine: Annotated[str, typer.Option("--engine", help="Which engine plays them.")] = "auto",
    seed: Annotated[int, typer.Option("--seed", min=0, max=LARGEST, help="The seed of the sampling.")] = 1,
    plugin: Annotated[
        list[str], typer.Option("--plugin", help="A SimPy process that took part, as module:name; may be repeated.")
    ] = [],  # noqa: B006
    out: Annotated[Path, typer.Option("--out", help="The folder in which runs are stored.")] = Path("reports"),
) -> None:
    """Play some trajectories of a stored run again, and compare every byte; 5 if anything differs."""
    from escalation.cli.verifying import Question, verify_run

    raise typer.Exit(verify_run(Question(run, n, engine, seed, tuple(plugin), out)))


@app.command()
def replay(
    session: Annotated[Path, typer.Argument(help="A class: its folder or its archive.", metavar="SESSION")],
) -> None:
    """Play a class again from its log, and compare every world; 5 if anything differs."""
    from escalation.cli.replaying import replay_session

    raise typer.Exit(replay_session(session))


@app.command()
def schema(
    study: Annotated[bool, typer.Option("--study", help="That of studies instead.")] = False,
) -> None:
    """Print the JSON Schema of the scenario language, for editors."""
    from escalation.cli.showing import print_schema, print_study_schema

    raise typer.Exit(print_study_schema() if study else print_schema())


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="A folder for the new scenario, named after it.", show_default=False)],
) -> None:
    """Make a folder with a starter scenario that runs, a notebook of it, and its schema for editors."""
    from escalation.cli.showing import make_starter

    raise typer.Exit(make_starter(name))


@app.command()
def serve(
    files: Annotated[
        list[Path], typer.Argument(help="Scenarios with a classroom, in YAML.", show_default=False, metavar="[FILE…]")
    ] = [],  # noqa: B006
    overlay: Overlays = [],  # noqa: B006
    set_: Sets = [],  # noqa: B006
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Of the instructor's pages; 0: any.")] = 8321,
    room_port: Annotated[int, typer.Option("--room-port", min=0, max=65535, help="Of the room's pages.")] = 8322,
    folder: Annotated[Path, typer.Option("--folder", help="Where sessions are kept.")] = Path("sessions"),
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Let bots play a whole class of the first FILE, and print a verdict.")
    ] = False,
    devices: Annotated[int, typer.Option("--phones", min=2, max=200, help="How many phones rehearse.")] = 20,
) -> None:
    """Serve a class: pages for the instructor, the students and the projector, from this machine alone."""
    from escalation.cli.serving import Service, serve

    service = Service(tuple(files), tuple(overlay), tuple(set_), port, room_port, folder)
    if not rehearse:
        raise typer.Exit(serve(service))
    from escalation.cli.rehearsing import rehearse as play

    if not files:
        raise typer.BadParameter("name a scenario to rehearse", param_hint="FILE")
    raise typer.Exit(play(service, devices))


def _speak_utf8() -> None:
    """Scenarios are UTF-8, so what is printed is too, whatever the locale; a path goes out with the bytes it has."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")


def main() -> NoReturn:
    """Run the command; whatever nobody caught is our own fault, told in one line unless ESCALATION_DEBUG is set."""
    _speak_utf8()
    stop_at_sigterm()
    try:
        app()
    except SystemExit as end:
        deaf_to_the_end()
        if end.code != INTERRUPTED:
            raise
        print("escalation: stopped", file=sys.stderr)
        sys.exit(Exit.STOPPED_EARLY)
    except BrokenPipeError:
        # The reader of a pipe has gone, as with `| head`; nothing is left to tell it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.DONE)
    except OSError as error:
        print(f"escalation: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
        sys.exit(Exit.OUR_FAULT)
    except ExecutorError as error:
        print(f"escalation: {error}", file=sys.stderr)
        sys.exit(Exit.WRONG_USAGE)
    except Exception as error:
        if os.environ.get("ESCALATION_DEBUG"):
            raise
        what = f"{type(error).__name__}: {error}"
        what = "; ".join([what, *getattr(error, "__notes__", ())])
        print(f"escalation: our own fault, please report it: {what} (ESCALATION_DEBUG=1 shows where)", file=sys.stderr)
        sys.exit(Exit.OUR_FAULT)
    sys.exit(Exit.DONE)
