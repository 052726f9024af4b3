"""Machine code: compiled once, found again by the next process, and never taken from anyone else's hands."""

import ctypes
import dataclasses
import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from escalation.engines.compiled import machine_code, object_cache

pytest.importorskip("llvmlite")

ADD_ONE = "define double @more(double %x) {\n  %y = fadd double %x, 1.0\n  ret double %y\n}\n"
OUTSIDE = (
    "declare i64 @outside(i64)\n"
    "define i64 @twice(i64 %x) {\n  %once = call i64 @outside(i64 %x)\n"
    "  %y = call i64 @outside(i64 %once)\n  ret i64 %y\n}\n"
)
MULTIPLY_ADD = (
    "define double @f(double %a, double %b, double %c) {\n"
    "  %m = fmul double %a, %b\n  %s = fadd double %m, %c\n  ret double %s\n}\n"
)
LOADER = """
import ctypes, sys
from escalation.engines.compiled import machine_code
for k in range({modules}):
    library = machine_code.load({text!r}.replace("1.0", f"{{k}}.0"))
    assert ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(library.address("more"))(40.0) == 40.0 + k
    print(library.made)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of each test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "escalation" / "objects"


def more(library: machine_code.Library, x: float = 1.0) -> float:
    return float(ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(library.address("more"))(x))


def loading(modules: int = 1) -> "subprocess.Popen[str]":
    """Another process that loads modules and says how each was made."""
    script = LOADER.format(modules=modules, text=ADD_ONE)
    root = Path(__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def said(process: "subprocess.Popen[str]") -> list[str]:
    out, problems = process.communicate(timeout=60)
    assert process.returncode == 0, problems
    return out.split()


def test_a_module_is_compiled_and_called() -> None:
    """The function at the address does what its text says."""
    assert more(machine_code.load(ADD_ONE)) == 2.0


def test_the_next_process_finds_the_object() -> None:
    """What one process compiled, another takes from the disk, and it computes the same."""
    assert machine_code.load(ADD_ONE.replace("1.0", "0.0")).made == "compiled"
    assert said(loading()) == ["cached"]


def test_from_the_cache_nothing_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A found object is linked without LLVM reading the text."""
    machine_code.load(ADD_ONE)
    monkeypatch.setattr(machine_code, "compiled", lambda *_: pytest.fail("compiled again"))
    assert more(machine_code.load(ADD_ONE)) == 2.0


@pytest.mark.parametrize("spoil", ["a bit", "the end", "all", "the name", "a link", "a folder", "its mode"])
def test_a_corrupt_object_is_removed_and_made_anew(home: Path, spoil: str) -> None:
    """A changed, cut, empty, exchanged or foreign file is not loaded; the object is compiled and kept again."""
    machine_code.load(ADD_ONE)
    (file,) = home.iterdir()
    good = file.read_bytes()
    if spoil == "a bit":
        file.write_bytes(good[:-9] + bytes([good[-9] ^ 1]) + good[-8:])
    elif spoil == "the end":
        file.write_bytes(good[:-1])
    elif spoil == "all":
        file.write_bytes(b"")
    elif spoil == "its mode":
        file.chmod(0o666)
    elif spoil == "the name":
        machine_code.load(ADD_ONE.replace("1.0", "2.0"))
        (other,) = set(home.iterdir()) - {file}
        other.replace(file)
    elif spoil == "a link":
        file.replace(home.parent / "elsewhere")
        file.symlink_to(home.parent / "elsewhere")
    else:
        file.unlink()
        file.mkdir()
        file = None
    again = machine_code.load(ADD_ONE)
    assert (again.made, more(again)) == ("compiled", 2.0)
    if file is not None:
        assert not file.is_symlink()
        assert file.read_bytes() == good
        assert machine_code.load(ADD_ONE).made == "cached"


@pytest.mark.parametrize("wrong", ["open to others", "another's", "a link", "a file"])
def test_a_folder_that_is_not_private_is_not_used(home: Path, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """Where the folder is open to others, another's, a link or no folder, all works and nothing is kept or read."""
    machine_code.load(ADD_ONE)
    before = sorted(home.iterdir())
    if wrong == "open to others":
        home.chmod(0o770)
    elif wrong == "another's":
        uid = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: uid + 1)
    elif wrong == "a link":
        home.rename(home.with_name("real"))
        home.symlink_to(home.with_name("real"))
    else:
        home.rename(home.with_name("real"))
        home.write_text("")
    for ir, result in ((ADD_ONE, 2.0), (ADD_ONE.replace("1.0", "5.0"), 6.0)):
        library = machine_code.load(ir)
        assert (library.made, more(library)) == ("compiled", result)
    kept = home.with_name("real") if home.with_name("real").exists() else home
    assert sorted(file.name for file in kept.iterdir()) == [file.name for file in before]


@pytest.mark.parametrize("where", ["below a file", "/proc", "nowhere"])
def test_where_nothing_can_be_written_all_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """A home that cannot be written to, or none at all, costs the cache and nothing else."""
    (tmp_path / "file").write_text("")
    monkeypatch.delenv("XDG_CACHE_HOME")
    if where == "nowhere":
        monkeypatch.setattr(object_cache, "folder", lambda: None)
    monkeypatch.setenv("HOME", str(tmp_path / "file") if where == "below a file" else "/proc")
    for _ in range(2):
        library = machine_code.load(ADD_ONE)
        assert (library.made, more(library)) == ("compiled", 2.0)


def test_a_full_disk_leaves_no_half_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When an object cannot be written whole, nothing of it stays."""

    def full(name: str, place: int, content: bytes) -> None:
        (home / name).write_bytes(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(object_cache, "_write", full)
    assert more(machine_code.load(ADD_ONE)) == 2.0
    assert list(home.iterdir()) == []


def test_an_object_made_for_another_machine_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another processor, set of features, triple, llvmlite or option of code generation is another key."""
    machine = machine_code.this_machine()
    changed = {"processor": "x86-64", "features": "", "triple": "none", "llvmlite": "0"}
    others = [dataclasses.replace(machine, **{name: value}) for name, value in changed.items()]
    keys = {machine_code.object_key(ADD_ONE, each) for each in (machine, *others)}
    monkeypatch.setattr(machine_code, "OPTIONS", {**machine_code.OPTIONS, "opt": 0})
    keys.add(machine_code.object_key(ADD_ONE, machine))
    assert len(keys) == 6
    monkeypatch.undo()


def test_fewer_features_are_compiled_for_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """An object in the cache is passed by when this process sees other features than the one that made it."""
    machine = machine_code.this_machine()
    machine_code.load(ADD_ONE)
    monkeypatch.setattr(machine_code, "this_machine", lambda: dataclasses.replace(machine, features=""))
    assert machine_code.load(ADD_ONE).made == "compiled"


def test_eight_processes_at_once_do_no_harm(home: Path) -> None:
    """Eight processes that compile the same twelve modules all compute right, and leave twelve whole files."""
    modules = 12
    processes = [loading(modules) for _ in range(8)]
    for process in processes:
        assert len(said(process)) == modules
    assert len([file for file in home.iterdir() if not file.name.endswith(object_cache.UNFINISHED)]) == modules
    assert len(list(home.iterdir())) == modules
    assert said(loading(modules)) == ["cached"] * modules


def test_threads_load_at_once() -> None:
    """Eight threads that load the same and different modules all compute right."""
    results: list[tuple[float, float]] = []

    def work() -> None:
        for k in range(6):
            results.append((more(machine_code.load(ADD_ONE.replace("1.0", f"{k}.0"))), 1.0 + k))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 48
    assert all(got == expected for got, expected in results)


def test_what_was_used_least_recently_goes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its size the cache lets go of the oldest by use, and of what a killed process left unfinished."""
    monkeypatch.setattr(object_cache, "LARGEST", 3_000)
    for number, key in enumerate("abc"):
        object_cache.put(key, bytes(900))
        os.utime(home / key, (1_000 + number, 1_000 + number))
    (home / f"x{object_cache.UNFINISHED}").write_bytes(b"")
    os.utime(home / f"x{object_cache.UNFINISHED}", (0, 0))
    assert object_cache.get("a") == bytes(900)
    object_cache.put("d", bytes(900))
    assert sorted(file.name for file in home.iterdir()) == ["a", "c", "d"]


def test_outside_functions_are_named_not_remembered(home: Path) -> None:
    """One object, loaded twice with two addresses for one name, calls each time what it was given."""
    signature = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)
    results = []
    for outside in (signature(lambda x: x + 1), signature(lambda x: 10 * x)):
        library = machine_code.load(OUTSIDE, {"outside": ctypes.cast(outside, ctypes.c_void_p).value or 0})
        results.append((library.made, signature(library.address("twice"))(5)))
    assert results == [("compiled", 7), ("cached", 500)]
    assert len(list(home.iterdir())) == 1


def test_a_name_without_an_address_is_refused() -> None:
    """A declared function that no address is given for is an error, even where the process has one of that name."""
    with pytest.raises(ValueError, match="no address is given for sin"):
        machine_code.load("declare double @sin(double)\n" + ADD_ONE)


def test_an_address_in_the_text_is_refused() -> None:
    """A pointer made of a constant number would outlive its process in the cache."""
    with pytest.raises(ValueError, match="address as a constant"):
        machine_code.load("define ptr @p() {\n  ret ptr inttoptr (i64 4096 to ptr)\n}\n")


def test_bad_text_is_refused_and_not_kept(home: Path) -> None:
    """What LLVM cannot read is an error, and leaves nothing on the disk."""
    with pytest.raises(ValueError, match="LLVM does not understand"):
        machine_code.load("define double @more(double %x) {\n  ret double %y\n}\n")
    assert not home.exists() or list(home.iterdir()) == []


def test_a_name_that_is_not_there_is_a_key_error() -> None:
    """Asking for a function that the module lacks names it."""
    with pytest.raises(KeyError, match="less"):
        machine_code.load(ADD_ONE).address("less")


def test_products_and_sums_are_rounded_apart() -> None:
    """No multiply-add is fused: the product is rounded before the sum."""
    a = 1.0 + 2.0**-30
    signature = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * 3)
    library = machine_code.load(MULTIPLY_ADD)
    assert signature(library.address("f"))(a, a, -(a * a)) == 0.0


def test_a_library_outlives_others() -> None:
    """When one library goes, the addresses of another stay good."""
    kept = machine_code.load(ADD_ONE)
    for k in range(20):
        more(machine_code.load(ADD_ONE.replace("1.0", f"{k}.0")))
    gc.collect()
    assert more(kept) == 2.0


def test_without_llvmlite_it_is_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    """`available` says whether llvmlite can be imported."""
    assert machine_code.available()
    machine_code.available.cache_clear()
    monkeypatch.setattr(machine_code, "find_spec", lambda name: None)
    assert not machine_code.available()
    monkeypatch.undo()
    machine_code.available.cache_clear()
