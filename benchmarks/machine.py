"""The machine that a table was measured on, in words."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("numpy", "simpy", "llvmlite")


def processor() -> str:
    """The processor's name."""
    return _from_cpuinfo().get("model name", platform.processor() or platform.machine())


def has_wide_vectors() -> bool:
    """Whether it has AVX-512."""
    return "avx512f" in _from_cpuinfo().get("flags", "").split()


def described() -> str:
    """One sentence: processor, system, versions, and how busy it is."""
    wide = " with AVX-512" if has_wide_vectors() else ""
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cores} cores of an {processor()}{wide}, {platform.system()} {platform.machine()}, "
        f"{platform.python_implementation()} {platform.python_version()}, {versions}; "
        f"load {os.getloadavg()[0]:.1f} as it began."
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _from_cpuinfo() -> Mapping[str, str]:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            lines = [line.partition(":") for line in file]
    except OSError:
        return {}
    return {name.strip(): value.strip() for name, _, value in reversed(lines)}
