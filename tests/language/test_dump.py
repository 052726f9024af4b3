"""Writing nodes back as YAML: the same texts, whoever reads them."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.language.dump import dump
from escalation.language.node import Mapping, Node, Scalar, Sequence
from escalation.language.yaml12 import read_text
from escalation.model.process import Origin

HERE = Origin("a.yaml", 1, 1)
# fmt: off
HOSTILE = [
    "NO", "on", "Yes", "off", "y", "~", "null", "12:30", "1:20:30", "007", "0o17", "0x1F", "1e3", ".5", ".inf",
    "-.inf", "-3", "-", "--", "---", "...", "=", "<<", "<<:", "?", "?x", ":", ":x", "a:", "a:b", "#", "#x", "a#b",
    "&", "&x", "*", "*x", "!", "!x", "!!str", "|", ">", ">-", "%", "%13", "13%", "@x", "`", '"x"', "'x'", "don't",
    '"a', "{}", "[]", "{", "[", "]", "}", ",", "a,b", "{a", "[b]", "\\", "\\n", "<script>", "=CMD()", "$x", "서울",
    "Киев", "😀", "true", "false", "2024-11-05", "3_000", "(x)", "-x", "+1", "_a", ".a", "é",
]
# fmt: on
SPACED = [
    "",
    " ",
    " x",
    "x ",
    "a: b",
    "a #b",
    "a # b",
    "x\ty",
    "\t",
    "\n",
    "x\n",
    "x\n\n",
    "\nx",
    "x\n\ny\n",
    "x\n  y\n",
    "  x\ny\n",
    "x \ny\n",
    "x\n\ty",
    "- x",
    "? x",
    "--- x",
    "x\n---\ny",
    "x\n# y\n",
    "x\n...\n",
    "a" * 300,
    "word " * 60 + "\n",
    ("word " * 60).strip() + "\n",
    ("word " * 60).strip() + "\nx\n\n" + ("서울 " * 60).strip(),
    "# " + ("word " * 60).strip() + "\nx\n",
    "\ufeff",
    "x\u2028y",
    "x\u200by",
    "\u00a0x",
    "x\u00a0",
    "x\u00a0#y",
    "10,000 soldiers (and more)",
    "seen >= threshold and not (x or y)",
    "not x",
]


NAMES = [text[:100] for text in HOSTILE + SPACED if text.isprintable() and text not in ("", "~", "null", "<<")]


def content(node: Node) -> object:
    """A tree without its places; the order of keys counts."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [content(item) for item in node.items]
    return {"": [(name, content(child)) for name, child in node.entries.items()]}


def again(node: Node) -> Mapping:
    """A tree written and read."""
    text = dump(node)
    read, faults = read_text(text, "a.yaml")
    assert faults == [], text
    assert isinstance(read, Mapping)
    return read


def mapping(entries: dict[str, Node]) -> Mapping:
    return Mapping(entries, dict.fromkeys(entries, HERE), HERE)


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("text", HOSTILE + SPACED)
def test_every_text_reads_back_as_it_was(text, quoted):
    """As a value, an item and a value in a list, quoted or not by its author."""
    scalar = Scalar(text, HERE, quoted)
    node = mapping({"a": scalar, "b": Sequence((scalar, mapping({"c": scalar, "d": scalar})), HERE)})
    assert content(again(node)) == content(node)


@pytest.mark.parametrize("text", NAMES)
def test_every_name_reads_back_as_it_was(text):
    """A key that the reader accepts at all is written so that it is read as the same key."""
    node = mapping({text: Scalar("x", HERE)})
    assert content(again(node)) == content(node)


@pytest.mark.parametrize("text", ["NO", "on", "Yes", "y", "12:30", "1:20:30", "007", "~", "null", "=", "0o17"])
def test_what_yaml_1_1_would_convert_is_put_in_quotes(text):
    """An older tool reads the same text, not a truth, a number or nothing."""
    assert yaml.safe_load(dump(mapping({text: Scalar(text, HERE)}))) == {text: text}


def test_numbers_truths_and_expressions_stay_plain():
    """What the author wrote bare for the language to read is not put in quotes."""
    for text in ("3", "3_000 troops", "13%", "true", "2024-11-05", "-3", "1 / 12 days", "x >= 3 and not y", "서울"):
        assert dump(mapping({"a": Scalar(text, HERE)})) == f"a: {text}\n"


def test_the_layout_is_block_style_in_the_order_of_keys():
    """Two spaces a level, an item's first key beside its dash, long texts folded, empty collections in brackets."""
    text = """\
b: 1
a:
  - id: x
    list:
      - - 1
        - 2
      - z
  - {}
about: |
  One.

  Two.
long: >-
  WORDS
  WORDS

  WORDS
e: []
q: "NO"
""".replace("WORDS", " ".join(["word"] * 20))
    node, faults = read_text(text, "a.yaml")
    assert faults == []
    assert node is not None
    assert dump(node) == text


def test_a_quoted_text_stays_quoted():
    """`"3"` was a text to its author, and remains one."""
    read = again(mapping({"a": Scalar("3", HERE, quoted=True), "b": Scalar("3", HERE)}))
    assert [node.quoted for node in read.entries.values() if isinstance(node, Scalar)] == [True, False]


def test_writing_is_idempotent():
    """What was written, read and written again is the same text."""
    node = mapping({f"k{k}": Scalar(text, HERE) for k, text in enumerate(HOSTILE + SPACED)})
    assert dump(again(node)) == dump(node)


REFUSED = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that turn the direction of writing, which the reader refuses."""
characters = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=REFUSED) | st.sampled_from(
    "\n\t :#-?,[]{}&*!|>'\"%@`"
)
texts = st.text(characters, max_size=30) | st.sampled_from(HOSTILE + SPACED)
names = st.from_regex(r"[^\W\d_][\w.-]{0,8}", fullmatch=True) | st.sampled_from(["NO", "12:30", "a b", "x: y", "- z"])
scalars = st.builds(Scalar, texts, st.just(HERE), st.booleans())
nodes = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: Sequence(tuple(items), HERE))
        | st.dictionaries(names, inner, max_size=4).map(mapping)
    ),
    max_leaves=12,
)


@given(st.dictionaries(names, nodes, max_size=5).map(mapping))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_any_tree_reads_back_with_the_same_content(node):
    """Whatever the texts and the nesting, reading what was written gives the same tree, places aside."""
    if not node.entries:
        assert dump(node) == "{}\n"
    assert content(again(node)) == content(node)
