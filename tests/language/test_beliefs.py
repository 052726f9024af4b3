"""`believed` as a document: what a bare name means in whose rule, and who sees what."""

from escalation.expressions.tree import names_in
from escalation.language.resolve import read_scenario
from tests.cases.regenerate import VALID as FOLDER

VALID = FOLDER / "beliefs-by-actor.yaml"


def read(folder, *changes):
    text = VALID.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return read_scenario(path)


def test_a_bare_name_is_the_belief_of_whoever_reads_it(tmp_path):
    """In an actor's event, in an actor's ladder, and in a policy that sets an actor's levers."""
    found = read(tmp_path).scenario
    assert names_in(found.events[1].clock.condition) == {"seen.kyiv"}
    assert "seen.seoul" in names_in(found.ladders[0].rungs[1].climb.when)
    assert names_in(found.policies[1].then[0].when) == {"seen.kyiv"}


def test_beside_combine_a_bare_name_is_what_everybody_else_believes(tmp_path):
    """Tokyo has no belief of its own about what was heard, and nobody's derived name reads the common one."""
    found = read(tmp_path).scenario
    assert {"heard", "seen.kyiv", "seen.nis.known"} == names_in(found.events[2].clock.condition)
    assert {"heard.seoul", "heard"} == names_in(found.derived[1].value)


def test_its_age_and_whether_it_is_known_are_the_reader_s_too(tmp_path):
    """`seen.known` in Kyiv's rule is `seen.kyiv.known`, and `seen.age` in its effect `seen.kyiv.age`."""
    when = ("when: seen >= 5_000 troops", "when: seen.known")
    event = read(tmp_path, when, ("effect: {warned: true}", "effect: {warned: seen.age > 3 days}")).scenario.events[1]
    assert names_in(event.clock.condition) == {"seen.kyiv.known"}
    assert names_in(event.effect[0].value) == {"seen.kyiv.age"}


def test_beliefs_without_combine_are_seen_by_those_who_have_them(tmp_path):
    """What only single actors believe is seen by them alone; with `combine:` by everybody."""
    found = {reading.name: reading for reading in read(tmp_path).scenario.intelligence}
    assert found["seen"].combine is None
    assert found["seen"].seen_by == ("seoul", "kyiv", "washington")
    assert (found["heard"].combine, found["heard"].seen_by) == ("median", None)


def test_a_choice_that_reads_the_belief_of_another_is_noted(tmp_path):
    """Tokyo cannot know what Kyiv believes; Kyiv knows its own."""
    notes = [note.message for note in read(tmp_path).notes if "does not see" in note.message]
    assert notes == ["tokyo does not see seen.kyiv, seen.nis.known, which the condition of `blame` reads"]
