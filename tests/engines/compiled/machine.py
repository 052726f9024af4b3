"""Emitted text as functions over arrays, and the assembly it becomes: what the tests of chance look at."""

import ctypes
import re
from collections.abc import Iterable
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from escalation.engines.compiled.definitions import definitions, externals
from escalation.engines.compiled.externals import resolve

HOST = "host"
PLAIN = "x86-64"
NARROW = "host without AVX-512"
MACHINES = (HOST, NARROW, PLAIN)
_alive: list[Any] = []


def target(machine: str = HOST, level: int = 2) -> Any:
    """A new code generator for this processor, for it without AVX-512, or for any x86-64."""
    how: dict[str, Any] = {"opt": level, "jit": True, "reloc": "pic", "codemodel": "small"}
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    if machine == PLAIN:
        return llvm.Target.from_triple("x86_64-unknown-linux-gnu").create_target_machine(cpu="x86-64", **how)
    features = llvm.get_host_cpu_features()
    if machine == NARROW:
        for name in list(features):
            features[name] = features[name] and not name.startswith(("avx512", "avx10"))
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features.flatten(), **how
    )


def load(text: str, symbols: dict[str, int] | None = None, machine: str = HOST) -> Any:
    """The engine that holds the module's machine code, kept until the process ends."""
    for name, address in (symbols or {}).items():
        llvm.add_symbol(name, address)
    module = llvm.parse_assembly(text)
    module.verify()
    engine = llvm.create_mcjit_compiler(module, target(machine), use_lmm=False)
    engine.finalize_object()
    _alive.append(engine)
    return engine


def assembly(text: str, machine: str = HOST) -> str:
    """The machine code as a programmer reads it."""
    return target(machine).emit_assembly(llvm.parse_assembly(text))


def called(text: str, machine: str = HOST) -> set[str]:
    """The symbols that the machine code calls or jumps to, but for labels of its own."""
    return set(re.findall(r"(?:call|jmp)[a-z]*\s+([A-Za-z_][\w]*)", assembly(text, machine)))


class Emitted:
    """One emitted function of doubles as a function of rows of doubles.

    Args:
        name: as in `definitions`.
        arity: how many numbers it takes.
        lanes: 1, or 8 for a function of eight numbers at a time.
        truth: whether it gives an i1.
        change: what is done to the text before it is loaded.
    """

    def __init__(
        self, name: str, arity: int, lanes: int = 1, truth: bool = False, machine: str = HOST, change: Any = str
    ) -> None:
        self.arity, self.lanes = arity, lanes
        text = definitions([name]) + _over_rows(name, arity, lanes, truth)
        engine = load(change(text), resolve(externals([name])), machine)
        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
        self._run = kind(engine.get_function_address(f"over_rows_{name}"))

    def __call__(self, rows: Iterable[Any]) -> np.ndarray:
        """The results for rows of arguments (or of single numbers)."""
        given = np.asarray(list(rows), dtype=np.float64).reshape(-1, self.arity)
        padding = -len(given) % self.lanes
        columns = np.concatenate([given, np.repeat(given[:1], padding, axis=0)])
        columns = np.ascontiguousarray(columns.reshape(-1, self.lanes, self.arity).transpose(0, 2, 1))
        results = np.empty(len(given) + padding)
        self._run(results.ctypes.data, columns.ctypes.data, len(columns))
        return results[: len(given)]


def _over_rows(name: str, arity: int, lanes: int, truth: bool) -> str:
    number = "double" if lanes == 1 else f"<{lanes} x double>"
    result = "i1" if truth else number
    lines = []
    for place in range(arity):
        lines += [
            f"  %at{place} = getelementptr {number}, ptr %row, i64 {place}",
            f"  %a{place} = load {number}, ptr %at{place}, align 8",
        ]
    arguments = ", ".join(f"{number} %a{place}" for place in range(arity))
    told = "uitofp i1 %got to double" if truth else f"freeze {number} %got"
    return f"""
define void @over_rows_{name}(ptr %out, ptr %in, i64 %n) {{
start:
  br label %again
again:
  %i = phi i64 [ 0, %start ], [ %next, %again ]
  %skipped = mul i64 %i, {arity}
  %row = getelementptr {number}, ptr %in, i64 %skipped
{chr(10).join(lines)}
  %got = call {result} @{name}({arguments})
  %told = {told}
  %to = getelementptr {number}, ptr %out, i64 %i
  store {number} %told, ptr %to, align 8
  %next = add i64 %i, 1
  %done = icmp eq i64 %next, %n
  br i1 %done, label %end, label %again
end:
  ret void
}}
"""


def same_bits(left: Any, right: Any) -> np.ndarray:
    """Where two arrays of doubles have the same bits, or are both NaN."""
    a, b = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    return (a.view(np.int64) == b.view(np.int64)) | (np.isnan(a) & np.isnan(b))


def eight_at_a_time(name: str, text: str, machine: str = HOST) -> Any:
    """A fill as a function of (seed, luck, branch, key, first eight, count) that gives 8 * count numbers."""
    loop = f"""
define void @over_eights(ptr %out, ptr %who, i64 %key, i64 %first, i64 %count) {{
start:
  br label %again
again:
  %i = phi i64 [ 0, %start ], [ %next, %again ]
  %to = getelementptr <8 x double>, ptr %out, i64 %i
  %eight = add i64 %first, %i
  call void @{name}(ptr %to, ptr %who, i64 %key, i64 %eight)
  %next = add i64 %i, 1
  %done = icmp eq i64 %next, %count
  br i1 %done, label %end, label %again
end:
  ret void
}}
"""
    words = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_int64]
    run = ctypes.CFUNCTYPE(None, *words)(load(text + loop, machine=machine).get_function_address("over_eights"))

    def numbers(seed: int, luck: int, branch: int, key: int, first: int, count: int) -> np.ndarray:
        who = (ctypes.c_uint64 * 3)(seed, luck, branch)
        out = np.empty(8 * count)
        run(out.ctypes.data, ctypes.addressof(who), key, first, count)
        return out

    return numbers
