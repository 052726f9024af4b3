"""The words for workers: threads, processes, Dask's."""

from importlib.util import find_spec

KINDS = ("auto", "threads", "processes", "dask:local", "dask:tcp://HOST:PORT")


class ExecutorError(ValueError):
    """Workers that were asked for cannot be had, said in a sentence."""


def kind_of(wanted: str, engine: str) -> str:
    """Which workers a word means for an engine. Raises ExecutorError."""
    if wanted == "auto":
        return "threads" if engine == "compiled" else "processes"
    if wanted in ("threads", "processes", "dask:local") or wanted.startswith(("dask:tcp://", "dask:tls://")):
        if wanted.startswith("dask") and find_spec("distributed") is None:
            raise ExecutorError(f"{wanted} needs Dask, which is not installed: pip install '.[dask]'")
        return wanted
    raise ExecutorError(f"there are no workers {wanted!r}; there are {', '.join(KINDS)}")
