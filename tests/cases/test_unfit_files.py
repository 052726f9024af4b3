"""What no file with a comment in its first line can hold: bytes that are no text, sizes, links, other line ends."""

import time
import tracemalloc

import pytest

from escalation.language.faults import InvalidScenario, render_all
from escalation.language.resolve import read_scenario

SOUND = "escalation: 1\ntitle: A scenario\nstarts: 2030-01-01\nlasts: 10 weeks\n"


def refused(path):
    """The only fault of a file."""
    with pytest.raises(InvalidScenario) as raised:
        read_scenario(path)
    assert len(raised.value.faults) == 1
    assert str(path) in render_all(raised.value.faults, raised.value.sources)
    return raised.value.faults[0]


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"", (1, 1), "this file is empty"),
        (b"\n\n# nothing but a comment\n", (1, 1), "this file is empty"),
        (b"---\n", (1, 1), "this file is empty"),
        (b"\xef\xbb\xbf", (1, 1), "this file is empty"),
        (SOUND.encode("utf-16"), (1, 1), "this file is not in UTF-8, but in UTF-16 or UTF-32"),
        (SOUND.encode("utf-32"), (1, 1), "this file is not in UTF-8, but in UTF-16 or UTF-32"),
        (SOUND.encode() + "about: Pjöngjang".encode("latin-1"), (5, 10), "the byte 0xF6"),
        (SOUND.encode() + b"about: a\0b\n", (5, 9), "the invisible or control character U+0000"),
        (SOUND.encode() + b"about: \x1b[31mred\n", (5, 8), "the invisible or control character U+001B"),
        (SOUND.replace("\n", "\r").encode(), (1, 14), "a lone carriage return"),
        (SOUND.encode() + b"about: one\rtwo\n", (5, 11), "a lone carriage return"),
        (b"PK\x03\x04" + bytes(range(256)) * 4, (1, 1), ""),
    ],
    ids=[
        *("empty", "a comment", "a marker", "a mark alone", "UTF-16", "UTF-32"),
        *("Latin-1", "a null", "an escape", "CR", "one CR", "a zip"),
    ],
)  # fmt: skip
def test_bytes_that_are_no_scenario_are_one_fault_at_their_place(tmp_path, data, place, message):
    """Empty files, other encodings, control characters and lone carriage returns are told, never guessed at."""
    path = tmp_path / "unfit.yaml"
    path.write_bytes(data)
    fault = refused(path)
    assert fault.message.startswith(message)
    assert (fault.line, fault.column) == place or not message


def test_a_file_of_100_megabytes_is_refused_unread(tmp_path):
    """It is told within a second, and less than 10 MB of it is ever held."""
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    tracemalloc.start()
    began = time.perf_counter()
    fault = refused(path)
    assert time.perf_counter() - began < 1
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
    assert fault.message.startswith("this file is larger than 2_000_000 bytes")


def test_an_alias_bomb_stays_small(tmp_path):
    """Nine levels of nine aliases would be 387 million values: each alias and anchor is one fault, at once."""
    levels = ["a0: &a0 [x]"] + [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 10)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(levels) + "\n")
    began = time.perf_counter()
    with pytest.raises(InvalidScenario) as raised:
        read_scenario(path)
    assert time.perf_counter() - began < 1
    assert any("aliases are not read" in fault.message for fault in raised.value.faults)


def test_ten_thousand_brackets_do_not_end_the_program(tmp_path):
    """Deep nesting, in YAML and in an expression, is a fault and no overflow of a stack."""
    path = tmp_path / "deep.yaml"
    path.write_text(SOUND + "state: " + "[" * 10_000 + "]" * 10_000 + "\n")
    assert "levels of lists and mappings" in refused(path).message
    path.write_text(SOUND + "derived:\n  a:\n    value: " + "(" * 10_000 + "1" + ")" * 10_000 + "\n")
    assert "characters long" in refused(path).message
    path.write_text(SOUND + "derived:\n  a:\n    value: " + "(" * 900 + "1" + ")" * 900 + "\n")
    assert "brackets or operations" in refused(path).message


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    """A base that is a link to a file outside is refused, and nothing of that file is told."""
    outside = tmp_path / "outside.yaml"
    outside.write_text("secret: the password is 1234\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "base.yaml").symlink_to(outside)
    path = folder / "scenario.yaml"
    path.write_text(SOUND + "extends: base.yaml\n")
    with pytest.raises(InvalidScenario) as raised:
        read_scenario(path)
    told = render_all(raised.value.faults, raised.value.sources)
    assert "leads out of it" in told
    assert "password" not in told


def test_a_folder_and_a_missing_file_are_told(tmp_path):
    """A path that leads to no file is one fault in line 1, with the system's reason."""
    assert "cannot be read: is a directory" in refused(tmp_path).message
    assert "cannot be read: no such file" in refused(tmp_path / "none.yaml").message


@pytest.mark.parametrize(
    "label", ["=CMD()", "<script>alert(1)</script>", "북한군", "Войска", "$5", "NO", "12:30", "1e3", "on"]
)
def test_a_label_may_be_any_text(tmp_path, label):
    """Formulas, markup, other letters and YAML's old words are text where text belongs, and stay as they are."""
    path = tmp_path / "label.yaml"
    path.write_text(SOUND + f"policies:\n  as-stated:\n    label: {label}\n", encoding="utf-8")
    assert read_scenario(path).scenario.policies[0].label == label


def test_a_thousand_faults_are_told_in_a_few_seconds(tmp_path):
    """Every fault of a long file is told, in the order of its lines."""
    lines = [f"  s{k}: {{initial: 5 trops, assumption: invented}}" for k in range(1000)]
    path = tmp_path / "long.yaml"
    path.write_text(SOUND + "units: [troops]\nstate:\n" + "\n".join(lines) + "\n")
    began = time.perf_counter()
    with pytest.raises(InvalidScenario) as raised:
        read_scenario(path)
    assert [fault.line for fault in raised.value.faults] == list(range(7, 1007))
    assert time.perf_counter() - began < 5
