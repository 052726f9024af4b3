"""LLVM IR as text becomes functions in memory, by llvmlite; the object code is kept on disk for the next process.

Code generation only: no passes over the module, so what the text says is what is computed, in that order. Fused
multiply-adds come from fast-math flags or `llvm.fmuladd` alone, and the engine writes neither.

An object is kept under the hash of all that made it (`object_key`): the text, the machine's triple, processor and
features, llvmlite's version and the options below. What an object calls outside itself it names; addresses are bound
as it is loaded, so that no address of one process reaches another.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from threading import Lock
from types import MappingProxyType
from typing import Any

from escalation.engines.compiled import object_cache

OPTIONS = MappingProxyType({"opt": 1, "reloc": "pic", "codemodel": "default"})
"""Of code generation. Levels 2 and 3 take up to a fifth longer and their code runs no faster. Position-independent, so
that calls reach whatever lies anywhere in 64 bits."""
DECLARED = re.compile(r'@"?(?!llvm\.)([\w.$-]+)')
"""The name in a declaration, but for LLVM's own."""
ADDRESS = re.compile(r"inttoptr \(?i64 -?\d")


@cache
def available() -> bool:
    """Whether llvmlite can be imported. Looks for it only."""
    return find_spec("llvmlite") is not None


@dataclass(frozen=True)
class Machine:
    """What code is made for: LLVM's names of the triple, the processor and its features, and llvmlite's version."""

    triple: str
    processor: str
    features: str
    llvmlite: str


@cache
def this_machine() -> Machine:
    """The machine we are on, with every feature its processor has."""
    import llvmlite

    llvm = _llvm()
    features = ",".join(sorted(llvm.get_host_cpu_features().flatten().split(",")))
    return Machine(llvm.get_process_triple(), llvm.get_host_cpu_name(), features, llvmlite.__version__)


@dataclass(eq=False)
class Library:
    """Functions in memory, for as long as this object lives. Safe for threads.

    made: `compiled` now, or `cached` when its object came from the disk.
    """

    made: str
    _linked: Any = field(repr=False)
    _compiler: Any = field(repr=False)
    _symbols: Mapping[str, int] = field(repr=False)
    _found: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=Lock, repr=False)

    def address(self, name: str) -> int:
        """Where the function or variable of that name begins.

        Raises:
            KeyError: there is none.
        """
        with self._lock:
            if name not in self._found:
                try:
                    self._found[name] = self._compiler.lookup(LIBRARY, name)
                except RuntimeError:
                    raise KeyError(name) from None
            return int(self._found[name][name])


LIBRARY = "escalation"
NO_SYMBOLS: Mapping[str, int] = MappingProxyType({})


def load(ir: str, symbols: Mapping[str, int] = NO_SYMBOLS) -> Library:
    """Functions of a module of LLVM IR: from the disk when this machine has compiled it before, or compiled now.

    Args:
        ir: the module as text.
        symbols: addresses of the functions and variables it declares and does not define.

    Raises:
        ValueError: LLVM does not understand the text, it declares what `symbols` lacks, or holds an address.
    """
    _refuse(ir, symbols)
    machine = this_machine()
    key = object_key(ir, machine)
    code = object_cache.get(key)
    if code is not None:
        return _link(code, symbols, "cached")
    code = compiled(ir, machine)
    object_cache.put(key, code)
    return _link(code, symbols, "compiled")


def object_key(ir: str, machine: Machine) -> str:
    """The sha256, in hexadecimal digits, of all that an object depends on."""
    parts = (ir, machine.triple, machine.processor, machine.features, machine.llvmlite, repr(sorted(OPTIONS.items())))
    hashed = sha256()
    for part in parts:
        encoded = part.encode()
        hashed.update(len(encoded).to_bytes(8, "little") + encoded)
    return hashed.hexdigest()


def compiled(ir: str, machine: Machine) -> bytes:
    """The object code of a module. Nothing is shared with other threads, and the interpreter's lock is free."""
    llvm = _llvm()
    try:
        module = llvm.parse_assembly(ir, llvm.create_context())
        module.verify()
    except RuntimeError as error:
        raise ValueError(f"LLVM does not understand the module: {error}") from None
    target = llvm.Target.from_triple(machine.triple)
    options = dict(OPTIONS)
    code = target.create_target_machine(cpu=machine.processor, features=machine.features, **options)
    return bytes(code.emit_object(module))


def _refuse(ir: str, symbols: Mapping[str, int]) -> None:
    """A declared name means what we are told, not what the process has by chance; an address dies with its process."""
    # Texts are long and declarations few: find their lines without a regular expression.
    declarations = (line.partition("\n")[0] for line in f"\n{ir}".split("\ndeclare ")[1:])
    named = {found[1] for line in declarations if (found := DECLARED.search(line))}
    missing = sorted(named - symbols.keys())
    if missing:
        raise ValueError(f"no address is given for {', '.join(missing)}")
    if "inttoptr" in ir and ADDRESS.search(ir):
        raise ValueError("the module holds an address as a constant; it must name a symbol instead")


def _link(code: bytes, symbols: Mapping[str, int], made: str) -> Library:
    llvm = _llvm()
    # A linker each: libraries cannot clash in their names, and go when their last reader goes.
    compiler = llvm.create_lljit_compiler(use_jit_link=True)
    builder = llvm.JITLibraryBuilder().add_object_img(code)
    for name, address in symbols.items():
        builder.import_symbol(name, address)
    return Library(made, builder.link(compiler, LIBRARY), compiler, dict(symbols))


@cache
def _llvm() -> Any:
    """llvmlite's binding, ready for this machine. To begin twice does no harm."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding
