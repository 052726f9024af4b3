import random
import time
from dataclasses import replace

import pytest

from escalation.expressions.check import read, read_chance
from escalation.expressions.kinds import Instant, Truth
from escalation.expressions.syntax import MAX_DEPTH, MAX_LENGTH
from tests.expressions.border_scope import CONDITION, LADDER, PLAIN, RATE, SCOPE, TIME, WINNER

SPELLING = [
    ("3,000 troops", "3,000 can be read as several numbers", "3_000"),
    ("max(1,200)", "1,200 can be read as several numbers", "1_200, or 1, 200"),
    ("12:30", "12:30 is not a number", "12 hours 30 minutes"),
    ("2027-02-30", "February 2027 has 28 days", "2027-02-28"),
    ("2027-13-01", "there is no month 13", ""),
    ("0000-01-01", "years begin at 0001", ""),
    ("2024-1-5", "not a date", "2024-01-05"),
    ("05.11.2024", "not a date", "2024-11-05"),
    ("007", "begins with a zero", "7"),
    (".5", "lacks a digit before the point", "0.5"),
    ("5.", "lacks a digit after the point", "5.0"),
    ("14days", "a space stands between a number and its unit", "14 days"),
    ("1__0", "underscore out of place", "1_0"),
    ("1.2.3", "1.2.3 is not a number", ""),
    ("anger ** 2", "a power is not part of the language", "multiply"),
    ("anger ^ 2", "a power is not part of the language", "multiply"),
    ("anger // 2", "whole division is not part of the language", "floor(a / b)"),
    ("anger => 2", "=> is not a comparison", ">="),
    ("anger ≥ 2", "≥ is written with two signs", ">="),
    ("anger − 2", "− is written with another sign", "-"),
    ("combat && frozen", "&& is not a word", "and"),
    ("!combat", "! is not a word", "not"),
    ("'x'", "nothing in an expression stands in quotes", "x"),
    ("“x”", "nothing in an expression stands in quotes", "x"),
    ("병력 + 1", "is not a name", ""),
    ("anger.", "is not a name", ""),
    ("[1", "a list cannot stand in an expression", ""),
    ("anger $ 2", "'$' cannot stand in an expression", ""),
]
FORM = [
    ("", "there is no expression here", ""),
    ("anger +", "a value should follow +", ""),
    ("(anger + 1", "this bracket is never closed", ")"),
    ("anger + 1)", "this bracket closes nothing", ""),
    ("1 if combat", "needs what holds otherwise", "else"),
    ("anger support", "a sign is missing between anger and support", ""),
    ("anger = 2", "a comparison has two", "=="),
    ("anger AND 2", "AND is not a word of the language", "and"),
    ("()", "nothing in these brackets", ""),
    ("anger, support", "a comma stands only between the arguments", ""),
    ("10% in 1 year", "`in` stands only in a chance", ""),
    ("combat == not frozen", "`not` after == needs brackets", "(not ...)"),
    ("anger * / 2", "a value should stand before /", ""),
    ("anger %", "% stands only after a number", ""),
    ("2 (anger)", "a product needs its sign", "* ("),
    ("min(1 if)", "a value should stand before )", ""),
    ("else 2", "a value should stand before else", ""),
]
MEANING = [
    ("in_russia < 14 days", "in_russia is in troops, 14 days is a time: they cannot be compared", ""),
    ("in_russia > 0", "in_russia is in troops, 0 is a plain number: they cannot be compared", "0 troops"),
    ("in_russia + 3 days", "they cannot be added", ""),
    ("patience - 2", "they cannot be subtracted", "2 days"),
    ("vote * 2", "they cannot be multiplied", ""),
    ("2024-11-05 + vote", "they cannot be added", ""),
    ("max(in_russia, 1)", "they cannot be compared", "1 troops"),
    ("in_russia if combat else 0", "they cannot be chosen between", "0 troops"),
    ("in_rusia", "in_rusia is not known here", "did you mean in_russia?"),
    ("quagmire", "quagmire is not known here", ""),
    ("seoul >= defensive_arms", "seoul cannot be read here", "write seoul.announced"),
    ("seoul.decided >= defensive_arm", "is not a rung of seoul", "did you mean defensive_arms?"),
    ("seoul.decided >= warning", "warning is known only opposite a rung of moscow", "moscow.decided >= warning"),
    ("seoul.decided >= moscow.decided", "is a rung of seoul, moscow.decided is a rung of moscow", ""),
    ("sceptic", "sceptic is known only opposite a word of us_winner", "us_winner == sceptic"),
    ("us_winner > sceptic", "words have no order", "== or !="),
    ("combat < frozen", "true and false have no order", "== or !="),
    ("nis-slant * 2", "nis-slant reads as nis minus slant", "write nis_slant"),
    ("seoul.decided >= defensive-arms", "reads as defensive minus arms", "write defensive_arms"),
    ("0 < anger < 2", "comparisons do not chain", "0 < anger and anger < 2"),
    ("combat and frozen or combat", "`and` and `or` are mixed", "(combat and frozen) or"),
    ("not anger", "anger is a plain number, not true or false", "anger > 0"),
    ("in_russia and combat", "in_russia is in troops, not true or false", "in_russia > 0 troops"),
    ("combat * 2", "combat is true or false, not a number", "(1 if combat else 0)"),
    ("seoul.decided + 1", "seoul.decided is a rung of seoul, not a number", "level(seoul.decided)"),
    ("-combat", "it has no negative", ""),
    ("14 dayz", "dayz is not a unit", "14 days"),
    ("3 anger", "anger is not a unit, and a product needs its sign", "3 * anger"),
    ("3 days 2 troops", "only times are written as several numbers", "12 hours 30 minutes"),
    ("1e999", "this number is too large", ""),
    ("min", "min is a function", "min(...)"),
    ("sea_lift", "sea_lift is a rule, not a value", "since(sea_lift)"),
    ("mim(1, 2)", "mim is not a function", "did you mean min?"),
    ("anger(2)", "anger is a value, not a function", "anger * ("),
    ("elapsed()", "elapsed stands without brackets", "elapsed"),
    ("min(1)", "min takes at least 2 arguments, it was given 1", "min(a, b)"),
    ("clip(1, 2)", "clip takes 3 arguments, it was given 2", "clip(x, lowest, highest)"),
    ("min(a=1, b=2)", "min takes its arguments by their place", "1"),
    ("max(combat, 1)", "combat is true or false: max takes numbers", ""),
    ("abs(vote)", "vote is a date: abs takes numbers", ""),
    ("sqrt(in_russia)", "a square root needs a plain number, or a square", "sqrt(in_russia / 1 troops)"),
    ("exp(patience)", "exp needs a plain number", "exp(patience / 1 day)"),
    ("log(in_russia / 1 day)", "log needs a plain number", ""),
    ("floor(patience)", "its value would depend on the unit", "floor(patience / 1 day)"),
    ("count_of(anger)", "not true or false", ""),
    ("level(anger)", "level takes a rung of a ladder", ""),
    ("count(sea_lif)", "count takes the name of a rule; sea_lif is not one", "did you mean sea_lift?"),
    ("since(anger)", "since takes the name of a rule, a date", ""),
    ("one_of(1, 2)", "written as a mapping", "one_of:"),
    ("lognormal(median=1)", "lognormal also needs sigma", "lognormal(median=..., sigma=...)"),
    ("lognormal(1, 2, 3)", "lognormal has 2 parameters, this is one more", ""),
    ("lognormal(median=1, sigm=2)", "lognormal has no parameter sigm", "did you mean sigma?"),
    ("lognormal(median=1, median=2)", "median is given twice", ""),
    ("lognormal(median=1, 2)", "cannot follow one with a name", ""),
    ("lognormal(median=1, sigma=3 days)", "sigma of lognormal is a plain number; 3 days is a time", "3 days / 1 day"),
    ("normal(1 troops, 3 days)", "they cannot be used in one normal", ""),
    ("normal(0, 3 days)", "they cannot be used in one normal", "0 days"),
    ("normal(vote, 3 days)", "vote is a date, 3 days is not", "vote + normal(0 days, ...)"),
    ("exponential(combat)", "combat is true or false: exponential takes numbers", ""),
    ("exponential(p10=1, p90=2)", "exponential cannot be defined by two quantiles", "lognormal"),
    ("lognormal(p10=1, sigma=2)", "takes exactly two quantiles and nothing else", "lognormal(p10=..., p90=...)"),
    ("lognormal(p10=1, p10=2)", "two quantiles must differ", ""),
]
PLACES = [
    ("exponential(3 days) > 1 days", CONDITION, "happens only where a value is realised", "draw:"),
    ("elapsed > 3 days", CONDITION, "only since(x) >= D may be said here", "since(rule) >= 14 days"),
    ("since(sea_lift) < 3 days", CONDITION, "changes by itself", "since(rule) >= 14 days"),
    ("troops_seen.age > 3 days", CONDITION, "troops_seen.age changes by itself", ""),
    ("1 / since(sea_lift)", RATE, "it cannot stand here", ""),
    ("patience > 3 months", CONDITION, "a month has no fixed length", "91 days"),
]
EXPECTED = [
    ("14", TIME, "expected a time; this is a plain number", "14 days"),
    ("in_russia", TIME, "expected a time, such as 14 days; this is in troops", ""),
    ("14 days", PLAIN, "expected a plain number, such as 0.3; this is a time", ""),
    ("anger", Truth(), "expected true or false; this is a plain number", "anger > 0"),
    ("14 days", Instant(), "expected a date, such as 2024-11-05; this is a time", ""),
    ("combat", WINNER, "expected a word of us_winner, such as sceptic; this is true or false", ""),
    ("humanitarien", LADDER, "humanitarien is not a rung of seoul", "did you mean humanitarian?"),
]


def check(text, scope, expected, message, suggestion):
    expr, problems = read(text, scope, expected)
    assert expr is None
    assert len(problems) == 1, problems
    problem = problems[0]
    assert message in problem.message
    assert suggestion in problem.suggestion
    assert 0 <= problem.start <= problem.end <= len(text)


@pytest.mark.parametrize(("text", "message", "suggestion"), SPELLING + FORM + MEANING)
def test_a_fault_is_told_in_the_authors_words(text, message, suggestion):
    """One fault gives one problem, inside the text, with a suggestion where there is one."""
    check(text, SCOPE, None, message, suggestion)


@pytest.mark.parametrize(("text", "scope", "message", "suggestion"), PLACES)
def test_what_may_not_stand_here_is_told_with_the_reason(text, scope, message, suggestion):
    """Draws, ages and months are refused where they have no meaning."""
    check(text, scope, None, message, suggestion)


@pytest.mark.parametrize(("text", "expected", "message", "suggestion"), EXPECTED)
def test_what_was_expected_is_told(text, expected, message, suggestion):
    """A value of the wrong kind names the kind that was wanted."""
    check(text, SCOPE, expected, message, suggestion)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10%", "a chance needs the time it is spread over"),
        ("10% in 3 troops", "expected a time"),
        ("3 days in 1 year", "expected a plain number"),
        ("10% in", "a value should follow in"),
        ("10% in 1 year in 1 year", "`in` cannot stand here"),
    ],
)
def test_a_chance_has_its_own_faults(text, message):
    """A chance is a share in a time, and says so."""
    pair, problems = read_chance(text, RATE)
    assert pair is None
    assert message in problems[0].message


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("in_rusia + 3 dayz > 0 and combet", [(0, 8), (11, 17), (26, 32)]),
        ("3,000 + 12:30 ** 2", [(0, 5), (8, 13), (14, 16)]),
        ("lognormal(median=angr, sigma=1 dayz)", [(17, 21), (29, 35)]),
    ],
)
def test_every_fault_is_told_at_once_and_in_its_place(text, places):
    """All problems of one kind of reading are told together, in the order of the text."""
    _, problems = read(text, SCOPE)
    assert [(problem.start, problem.end) for problem in problems] == places


def test_a_multiline_text_is_one_expression():
    """Line breaks are spaces, and offsets count them."""
    expr, problems = read("anger\n  + support\n  + unknwon", SCOPE)
    assert expr is None
    assert (problems[0].start, problems[0].end) == (22, 29)


ESCAPES = [
    "__import__('os')",
    "__import__(os)",
    "().__class__",
    "a.b()",
    "anger.__class__",
    "anger.real",
    "(anger).real",
    "lambda: 3",
    "lambda x: x",
    "f'{anger}'",
    "`anger`",
    "{{7*7}}",
    "${anger}",
    "[x for x in anger]",
    "{anger}",
    "anger[0]",
    "exec(anger)",
    "eval(anger)",
    "print(anger)",
    "s[0]",
    "now",
    "f_exp(1)",
    "u",
    "anger := 3",
    "anger; support",
    "import os",
    "yield anger",
    "await anger",
    "*anger",
    "**anger",
    "min(*anger)",
    "...",
    "None",
    "True",
    "0x10",
    "1j",
    "b'x'",
    "\\x41",
    "anger\x00",
    "anger #",
    "!!python/object:os.system",
    "getattr(anger, real)",
    "anger @ support",
    "~anger",
    "1 if combat else __builtins__",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_nothing_of_python_is_reachable(text):
    """Whatever Python would make of a text, here it is a problem."""
    expr, problems = read(text, SCOPE)
    assert expr is None
    assert problems


@pytest.mark.parametrize(
    "text",
    [
        "anger + " * 20_000,
        "(" * 5_000,
        "(" * 4_999 + "1" + ")" * 4_999,
        "(" * 101 + "1" + ")" * 101,
        "-" * 9_999 + "1",
        "not " * 2_000 + "combat",
        "anger" + " + anger" * 1_000,
        "min(" + "1," * 4_900 + "1)",
        "1" + " if combat else 1" * 500,
        "anger" + " < anger" * 1_200,
        "x" * 9_999,
        "1" * 9_999,
        " ".join(f"n{i}" for i in range(1_500)),
        "+".join(f"in_rusia{i}" for i in range(90)),
        " and ".join(f"n{i}" for i in range(900)),
        "-".join(["in"] + ["rusia"] * 90),
        "count_of(" + ",".join(f"in_rusia{i}" for i in range(90)) + ")",
        "(" * 99 + "in_rusia" * 1_000 + ")" * 99,
    ],
)
def test_a_text_of_any_size_is_answered_quickly(text):
    """Length and depth have limits, told as problems and not after seconds."""
    begun = time.process_time()
    expr, problems = read(text, SCOPE)
    assert time.process_time() - begun < 2
    assert expr is None
    assert 0 < len(problems) <= 20


def test_the_limits_are_told():
    """The two limits name themselves."""
    assert f"may have {MAX_LENGTH}" in read("1" * 100_000, SCOPE)[1][0].message
    assert f"more than {MAX_DEPTH}" in read("(" * 5_000, SCOPE)[1][0].message


WORDS = (
    "anger in_russia combat us_winner sceptic seoul.decided defensive_arms vote sea_lift min( max( clip( since( count( "
    "lognormal( normal( median= sigma= p10= 14 days 3_000 troops 30% 2024-11-05 0 1 e3 and or not if else in true "
    "false elapsed 1e999 00 __ is <= == !="
)
PIECES = [*WORDS.split(), *".,:()()+-*/<=_$'\"[]{}#\\\n\té병!%"]
SEEDS = [text for text, _, _ in SPELLING + FORM + MEANING]


def random_text(luck):
    if luck.random() < 0.5:
        return luck.choice(["", " "]).join(luck.choice(PIECES) for _ in range(luck.randrange(1, 12)))
    text = luck.choice(SEEDS)
    for _ in range(luck.randrange(1, 4)):
        at = luck.randrange(len(text) + 1)
        text = text[:at] + luck.choice([*PIECES, "", chr(luck.randrange(0x3000))]) + text[at + luck.randrange(2) :]
    return text


def test_random_texts_are_answered_and_never_raise():
    """Three thousand texts, made of pieces or by changing faulty ones, give a tree or problems, in every scope."""
    luck = random.Random(20241018)
    scopes = (SCOPE, CONDITION, RATE, replace(SCOPE, names={}, rules=frozenset(), distributions={}, units={}))
    begun = time.process_time()
    for _ in range(3_000):
        text = random_text(luck)
        expected = luck.choice([None, TIME, Truth(), WINNER, LADDER, PLAIN])
        expr, problems = read(text, luck.choice(scopes), expected)
        assert (expr is None) == bool(problems), text
        assert all(0 <= each.start <= each.end <= len(text) and each.message for each in problems), text
        read_chance(text, RATE)
    assert time.process_time() - begun < 20
