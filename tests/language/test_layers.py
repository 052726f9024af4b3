"""Layers: what wins, where each value says it came from, what may be opened, what `--set` reaches."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.language.dump import dump
from escalation.language.faults import Fault, Sources, render_all
from escalation.language.layers import apply_given, load
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.language.settings import merge
from escalation.language.yaml12 import read_text
from escalation.model.process import Origin

HERE = Origin("a.yaml", 1, 1)
SECRET = "the-launch-code-is-1234"

DOCUMENT = """\
title: A border
constants:
  pay: {value: 3}
uncertainties:
  push: {value: 'triangular(1, 2, 3)', assumption: a guess}
  depth: {deep: [4, 12]}
  winner: {one_of: {sceptic: 50%, supporter: 50%}}
levers:
  patience: {default: 14 days, range: [0 days, 90 days]}
state:
  abroad: {initial: 100 soldiers}
events:
  crossing: {rate: 1 / 12 days}
ladders:
  seoul:
    rungs:
      - id: aid
      - id: arms
        climb: {for: 7 days}
policies:
  firm:
    set: {seoul.ceiling: aid}
"""


def content(node: Node) -> object:
    """A tree without its places."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [content(item) for item in node.items]
    return {name: content(child) for name, child in node.entries.items()}


def mapping(entries: dict[str, Node]) -> Mapping:
    return Mapping(entries, dict.fromkeys(entries, HERE), HERE)


def at(node: Node | None, *path: str | int) -> Node:
    """The node at the end of a path."""
    for step in path:
        node = node.items[step] if isinstance(node, Sequence) and isinstance(step, int) else node.entries[step]
    assert node is not None
    return node


def write(folder: Path, **files: str) -> Path:
    """Files named without their ending; returns the path of `main`."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / "main.yaml"


def good(path, overlays=(), sets=()) -> Mapping:
    """The document of layers without faults."""
    document, faults, _ = load(path, overlays, sets)
    assert faults == []
    assert document is not None
    return document


def only(path, overlays=(), sets=()) -> Fault:
    """The one fault of layers."""
    faults = load(path, overlays, sets)[1]
    assert len(faults) == 1, faults
    return faults[0]


def test_later_layers_win_key_by_key(tmp_path):
    """Bases in order, the file, overlays in order, settings: mappings merge, lists and texts are replaced whole."""
    main = write(
        tmp_path,
        main="extends: [one.yaml, two.yaml]\nm: {main: 1, over: main, last: main, set: main}\n",
        one="m: {one: 1, both: one, main: one}\nlist: [a, b]\nkind: {x: 1}\n",
        two="m: {both: two}\nlist: [c]\nkind: text\n",
        over="m: {over: over, last: over}\n",
        last="m: {last: last, set: last}\n",
    )
    document = good(main, [tmp_path / "over.yaml", tmp_path / "last.yaml"], ["m.set=set"])
    expected = {"one": "1", "both": "two", "main": "1", "over": "over", "last": "last", "set": "set"}
    assert content(document) == {"m": expected, "list": ["c"], "kind": "text"}


def test_every_value_says_its_file_line_and_layer(tmp_path, monkeypatch):
    """Layers are named after what brought them: the scenario, a base, an overlay, the command line."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, main="extends: one.yaml\na: 1\n", one="a: 0\nb: 2\n", over="\nc: 3\n")
    document = good("main.yaml", ["over.yaml"], ["a=9", "b=서울 days"])
    assert str(at(document, "c").origin) == "over.yaml:2:4"
    assert [at(document, name).origin.layer for name in "abc"] == ["--set", "--set", "overlay:over.yaml"]
    assert str(at(document, "b").origin) == "--set:2:3"
    document = good("main.yaml")
    assert [at(document, name).origin.layer for name in "ab"] == ["scenario", "extends:one.yaml"]
    assert str(at(document, "b").origin) == "one.yaml:2:4"
    assert "extends" not in document.entries


def test_bases_may_have_bases_and_meet_again(tmp_path):
    """A base is found from the folder of the file that names it, and one named twice is read once."""
    (tmp_path / "sub").mkdir()
    main = write(tmp_path, main="extends: [sub/a.yaml, sub/b.yaml]\n", base="x: 0\ny: 0\n")
    write(tmp_path / "sub", a="extends: ../base.yaml\nx: 1\n", b="extends: c.yaml\nz: 1\n", c="extends: ../base.yaml\n")
    assert content(good(main)) == {"x": "0", "y": "0", "z": "1"}


def test_a_lattice_of_bases_costs_one_reading_a_file(tmp_path):
    """Two bases a level for 40 levels are 2^40 paths but 80 files."""
    files = {"main": "extends: [a0.yaml, b0.yaml]\n", "a40": "x: 1\n", "b40": "y: 1\n"}
    for k in range(40):
        files |= {f"{side}{k}": f"extends: [a{k + 1}.yaml, b{k + 1}.yaml]\n" for side in "ab"}
    begun = time.perf_counter()
    assert content(good(write(tmp_path, **files))) == {"x": "1", "y": "1"}
    assert time.perf_counter() - begun < 2


def test_too_many_files_are_a_fault(tmp_path):
    """A chain of bases that is longer than the limit ends in a fault."""
    files = {"main": "extends: a0.yaml\n"} | {f"a{k}": f"extends: a{k + 1}.yaml\n" for k in range(120)}
    assert "more than 100 files" in only(write(tmp_path, **files)).message


def test_a_ring_is_printed(tmp_path, monkeypatch):
    """Files that extend one another in a ring are a fault that names every file of the ring."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, main="extends: a.yaml\n", a="extends: b.yaml\n", b="extends: a.yaml\n")
    fault = only("main.yaml")
    assert fault.message == "these files extend one another in a ring: a.yaml → b.yaml → a.yaml"
    assert (fault.file, fault.line, fault.column) == ("b.yaml", 1, 10)
    write(tmp_path, main="extends: main.yaml\n")
    assert only("main.yaml").message.endswith("main.yaml → main.yaml")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.yaml", "there is no file"),
        ("sub", "there is no file"),
        ("../secret.yaml", "leads out of it"),
        ("../not-there.yaml", "leads out of it"),
        ("sub/../../secret.yaml", "leads out of it"),
        ("link.yaml", "leads out of it"),
        ("linked/secret.yaml", "leads out of it"),
        ("{absolute}", "a relative path"),
        ("C:/secret.yaml", "a relative path"),
        ("sub\\x.yaml", "a relative path"),
        ("/dev/zero", "a relative path"),
        ("~/secret.yaml", "there is no file"),
        ('""', "not the name of a file"),
        ("x" * 5000, "there is no file"),
    ],
)
def test_no_base_lies_outside_the_folder(tmp_path, name, message):
    """Nothing outside is opened: the message is the same whether the file exists, and quotes nothing of it."""
    inside = tmp_path / "inside"
    (inside / "sub").mkdir(parents=True)
    secret = tmp_path / "secret.yaml"
    secret.write_text(f"{SECRET}: [\n", encoding="utf-8")
    (inside / "link.yaml").symlink_to(secret)
    (inside / "linked").symlink_to(tmp_path)
    main = write(inside, main=f"extends: {name.replace('{absolute}', str(secret))}\n")
    document, faults, sources = load(main)
    assert document is None
    assert message in only(main).message
    assert SECRET not in render_all(faults, sources) + str(sources)


@pytest.mark.parametrize("name", ["[[x]]", "{x: y}"])
def test_extends_takes_names_of_files_only(tmp_path, name):
    """A list in the list, or a mapping, is a fault, and the rest of the document is still there to be checked."""
    main = write(tmp_path, main=f"extends: {name}\na: 1\n")
    document, faults, _ = load(main)
    assert [fault.message for fault in faults] == ["extends names a file, or a list of files"]
    assert document is not None
    assert content(document) == {"a": "1"}


def test_a_base_of_an_overlay_stays_in_the_overlays_folder(tmp_path):
    """An overlay may lie anywhere; what it extends lies in its own folder."""
    for folder in ("inside", "elsewhere"):
        (tmp_path / folder).mkdir()
    main = write(tmp_path / "inside", main="a: 1\n", base="c: 3\n")
    write(
        tmp_path / "elsewhere", over="extends: base.yaml\nb: 2\n", base="c: 4\n", out="extends: ../inside/base.yaml\n"
    )
    assert content(good(main, [tmp_path / "elsewhere" / "over.yaml"])) == {"a": "1", "c": "4", "b": "2"}
    assert "leads out" in only(main, [tmp_path / "elsewhere" / "out.yaml"]).message


def test_a_scenario_may_itself_be_a_link(tmp_path):
    """The user chose the file: its folder is the one through which it was named."""
    (tmp_path / "inside").mkdir()
    write(tmp_path, main="extends: base.yaml\n")
    write(tmp_path / "inside", base="a: 1\n")
    (tmp_path / "inside" / "link.yaml").symlink_to(tmp_path / "main.yaml")
    assert content(good(tmp_path / "inside" / "link.yaml")) == {"a": "1"}


def test_faults_of_all_files_come_together(tmp_path, monkeypatch):
    """Every layer's faults are reported in one list, with every file's text to quote from."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, main="extends: one.yaml\na: ~\n", one="b: Rung #2\n", over="c: @x\n")
    document, faults, sources = load("main.yaml", ["over.yaml"], ["d", "a=", "a={b: ]}"])
    assert document is None
    assert [fault.file for fault in faults] == ["--set"] * 3 + ["main.yaml", "one.yaml", "over.yaml"]
    assert set(sources.texts) == {"--set", "main.yaml", "one.yaml", "over.yaml"}
    assert "    2 | a: ~\n" in render_all(faults, sources)


@pytest.mark.parametrize(
    ("setting", "path", "expected"),
    [
        ("title=A border, drawn", ["title"], "A border, drawn"),
        ("levers.patience.default=3 days", ["levers", "patience", "default"], "3 days"),
        ("patience=3 days", ["levers", "patience", "default"], "3 days"),
        ("pay=5", ["constants", "pay", "value"], "5"),
        ("push=lognormal(median=1, sigma=2)", ["uncertainties", "push", "value"], "lognormal(median=1, sigma=2)"),
        ("depth=7", ["uncertainties", "depth"], {"value": "7"}),
        ("winner=sceptic", ["uncertainties", "winner"], {"one_of": {"sceptic": "100%", "supporter": "0%"}}),
        ("abroad.initial=0 soldiers", ["state", "abroad", "initial"], "0 soldiers"),
        ("ladders.seoul.rungs.arms.climb.for=1 day", ["ladders", "seoul", "rungs", 1, "climb", "for"], "1 day"),
        ("ladders.seoul.rungs.0.id=help", ["ladders", "seoul", "rungs", 0, "id"], "help"),
        ("ladders.seoul.rungs.arms.label=Arms", ["ladders", "seoul", "rungs", 1, "label"], "Arms"),
        ("policies.firm.set.seoul.ceiling=arms", ["policies", "firm", "set", "seoul.ceiling"], "arms"),
        ("levers.patience.range=[1 day, 2 days]", ["levers", "patience", "range"], ["1 day", "2 days"]),
        ("levers.patience={label: Wait}", ["levers", "patience", "label"], "Wait"),
        ("levers.patience.label='a: b = c'", ["levers", "patience", "label"], "a: b = c"),
        ("levers.new={default: 3}", ["levers", "new"], {"default": "3"}),
        ("events.crossing.order=-1", ["events", "crossing", "order"], "-1"),
    ],
)
def test_a_setting_reaches_its_place(tmp_path, setting, path, expected):
    """Whole paths, short names and items of lists by id are set; nothing else changes."""
    main = write(tmp_path, main=DOCUMENT)
    document = good(main, sets=[setting])
    assert content(at(document, *path)) == expected
    before = content(good(main))
    assert isinstance(before, dict)
    assert [key for key in before if before[key] != content(document)[key]] == [path[0]]


@pytest.mark.parametrize(
    ("setting", "message", "suggestion"),
    [
        ("patienc=3 days", 'there is no "patienc" to set', "did you mean patience?"),
        ("levers.patienec.default=3", 'there is no "levers.patienec.default"', "did you mean levers.patience.default?"),
        ("lever.patience.default=3", 'there is no "lever.patience.default"', "did you mean levers.patience.default?"),
        ("levers.new=3", 'there is no "levers.new"', "write a whole path"),
        ("abroed.initial=0", 'there is no "abroed.initial"', "did you mean abroad.initial?"),
        ("soul.ceiling=aid", 'there is no "soul.ceiling"', "did you mean seoul.ceiling?"),
        (
            "ladders.seoul.rungs.arm.climb.for=1 day",
            'there is no "ladders.seoul.rungs.arm.climb.for"',
            "did you mean ladders.seoul.rungs.arms.climb.for?",
        ),
        ("ladders.seoul.rungs.2.id=x", 'there is no "ladders.seoul.rungs.2.id"', "write a whole path"),
        ("title.x=1", 'there is no "title.x"', "write a whole path"),
        ("winner=nobody", '"winner" cannot be set to this', "it is one of sceptic, supporter"),
        ("patience", "a setting is written path=value", ""),
        ("=3", "a setting is written path=value", ""),
        ("a=b\nc=d", "a setting is written path=value", ""),
        ("patience=", "this setting has no value", ""),
        ("patience=#2", "this setting has no value", "a value that begins with #"),
        ("patience=~", "~ is no value", "give it a value"),
        ("patience=!x y", "!x is a YAML tag", "leave it out"),
        ("patience=[3,000 days]", 'the comma after "3"', ""),
        ("patience=a: b: c", "a second colon", ""),
        ("patience=\x1b[2J", "the invisible or control character U+001B", "delete it"),
    ],
)
def test_a_setting_that_leads_nowhere_is_a_fault(tmp_path, setting, message, suggestion):
    """A wrong path or value is one fault of the command line, with what was probably meant."""
    fault = only(write(tmp_path, main=DOCUMENT), sets=[setting])
    assert fault.message.startswith(message)
    assert fault.suggestion.startswith(suggestion)
    assert (fault.file, fault.line, fault.layer) == ("--set", 1, "--set")


def test_ceilings_and_switches_are_kept_aside(tmp_path):
    """What only policies know changes no document; it is handed up with its place."""
    main = write(tmp_path, main=DOCUMENT)
    document, faults, sources = load(main, sets=["seoul.ceiling=aid", "crossing.active=false"])
    assert faults == []
    assert document == good(main)
    assert {path: content(node) for path, node in sources.settings.items()} == {
        "seoul.ceiling": "aid",
        "crossing.active": "false",
    }


def test_given_is_the_same_mechanism(tmp_path):
    """An expectation's `given:` sets by the same paths, from where it was written."""
    document = good(write(tmp_path, main=DOCUMENT))
    written = read_text("abroad.initial: 0 soldiers\nwinner: supporter\nseoul.ceiling: aid\npatiense: 1 day\n", "g")[0]
    assert isinstance(written, Mapping)
    changed, aside, faults = apply_given(document, written)
    assert content(at(changed, "state", "abroad", "initial")) == "0 soldiers"
    assert at(changed, "state", "abroad", "initial").origin.file == "g"
    assert content(at(changed, "uncertainties", "winner", "one_of", "supporter")) == "100%"
    assert list(aside) == ["seoul.ceiling"]
    assert [(fault.line, fault.suggestion) for fault in faults] == [(4, "did you mean patience?")]
    assert content(document) == content(good(tmp_path / "main.yaml"))


def test_merging_is_idempotent(tmp_path):
    """The merged document, written and loaded again, is the same document."""
    main = write(tmp_path, main="extends: base.yaml\ntitle: NO\n", base=DOCUMENT, over="levers: {x: {default: 3}}\n")
    document = good(main, [tmp_path / "over.yaml"], ["patience=3 days", "winner=sceptic", "title=12:30"])
    (tmp_path / "again.yaml").write_text(dump(document), encoding="utf-8")
    again = good(tmp_path / "again.yaml")
    assert content(again) == content(document)
    assert dump(again) == dump(document)


def test_a_key_refused_below_is_not_refused_where_a_layer_gives_it(tmp_path):
    """`refused` follows the merge, so that a missing key is not told twice."""
    main = write(tmp_path, main="a: {x: 1, y: 2}\n", over="a: {x: ~, z: ~}\n", third="a: {z: 3}\n")
    document, faults, _ = load(main, [tmp_path / "over.yaml"])
    assert len(faults) == 2
    assert isinstance(merged := at(document, "a"), Mapping)
    assert merged.refused == {"z"}
    document, _, _ = load(main, [tmp_path / "over.yaml", tmp_path / "third.yaml"])
    assert isinstance(merged := at(document, "a"), Mapping)
    assert merged.refused == set()


def test_sources_begin_empty():
    """No text is shared between two readings."""
    assert Sources() == Sources({}, {})
    assert Sources().texts is not Sources().texts


def test_a_missing_scenario_is_a_fault(tmp_path):
    """A path that is no file gives one fault and no document."""
    assert "cannot be read" in only(os.path.join(tmp_path, "none.yaml")).message


values = st.recursive(
    st.sampled_from(["1", "2"]).map(lambda text: Scalar(text, HERE)),
    lambda inner: (
        st.lists(inner, max_size=2).map(lambda items: Sequence(tuple(items), HERE))
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(mapping)
    ),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from("abc"), values, max_size=3).map(mapping)


@given(documents, documents)
@settings(derandomize=True, deadline=None)
def test_a_merge_keeps_all_of_the_upper_and_what_the_lower_adds(below, above):
    """Merging twice changes nothing more, an empty layer changes nothing, and every key of either is there."""
    both = merge(below, above)
    assert content(merge(both, above)) == content(both)
    assert content(merge(below, mapping({}))) == content(below)
    assert content(merge(mapping({}), above)) == content(above)
    assert both.entries.keys() == below.entries.keys() | above.entries.keys() == both.keys.keys()
    for name, node in above.entries.items():
        if not isinstance(node, Mapping) or not isinstance(below.entries.get(name), Mapping):
            assert both.entries[name] is node
