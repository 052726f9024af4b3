"""The text of a function reads and computes again only what may have changed."""

from escalation.engines.compiled.text import APART, Text


def reads(text: Text) -> int:
    """How often the function reads the state."""
    return sum(" = load " in line for line in text.lines)


def test_a_word_that_was_written_is_not_read():
    """The value stored is the value read, until it is asked for as another kind."""
    text = Text("void @f(ptr %s)")
    text.store("double", "%x", 96)
    assert text.load("double", 96) == "%x"
    assert text.load("i64", 96) != "%x"
    assert text.load("double", 104) == text.load("double", 104)
    assert reads(text) == 2


def test_after_a_call_every_word_is_read_anew():
    """A function that is given the state may have changed all of it; what is seldom called changes nothing known."""
    for code, fresh in (
        ("call void @look_3(ptr %s, i64 %now)", True),
        ("tail call void @look_3(ptr %s, i64 %now)", True),
        ("store i64 0, ptr %p, align 8", True),
        (f"call {APART} void @fault(ptr %s, i64 1)", False),
    ):
        text = Text("void @f(ptr %s)")
        before = text.load("i64", 96)
        text.do(code)
        assert (text.load("i64", 96) != before) is fresh
    text = Text("void @f(ptr %s)")
    before = text.load("i64", 96)
    text.let("call i1 @derive_3(ptr %s)")
    assert text.load("i64", 96) != before


def test_what_only_one_way_did_is_not_known_behind_it():
    """Behind a condition stands what held before it and was left alone; a value made inside has no name there."""
    text = Text("void @f(ptr %s)")
    kept, changed = text.load("i64", 96), text.load("i64", 104)
    with text.when("%c"):
        inside = text.let("add i64 %a, %b")
        text.store("i64", "7", 104)
        assert text.load("i64", 96) == kept
        assert text.load("i64", 104) == "7"
        text.load("i64", 112)
    assert text.load("i64", 96) == kept
    assert text.load("i64", 104) not in (changed, "7")
    assert text.let("add i64 %a, %b") != inside
    assert reads(text) == 4


def test_of_two_ways_both_must_have_left_a_word_alone():
    """What either way wrote is read anew behind both."""
    text = Text("void @f(ptr %s)")
    kept, changed = text.load("i64", 96), text.load("i64", 104)
    text.choose("%c", lambda: text.store("i64", "1", 104), lambda: None)
    assert text.load("i64", 96) == kept
    assert text.load("i64", 104) not in (changed, "1")


def test_nothing_is_known_at_a_label_to_which_any_way_may_lead():
    """The head of a loop is reached from its end as well."""
    text = Text("void @f(ptr %s)")
    before, sum_ = text.load("i64", 96), text.let("add i64 %a, %b")
    text.jump("again")
    text.begin("again")
    assert text.load("i64", 96) != before
    assert text.let("add i64 %a, %b") != sum_


def test_what_never_happens_leaves_no_trace():
    """Under a condition that is false nothing is written, and nothing that it wrote is known."""
    text = Text("void @f(ptr %s)")
    with text.when("false"):
        text.store("i64", "7", 96)
        made = text.let("add i64 %a, %b")
    assert text.lines == []
    assert text.load("i64", 96) != "7"
    assert text.let("add i64 %a, %b") in text.lines[-1]
    assert made not in text.lines[0]
