"""What is misspelt in a text (all of it at once), and what to say where its form breaks."""

import re
from calendar import month_name, monthrange
from collections.abc import Iterator
from unicodedata import normalize

from escalation.expressions.problems import Problem

MOST_PROBLEMS = 20
"""Problems told of one text."""

_WORD = r"[A-Za-z_][A-Za-z0-9_]*"
_PATH = rf"{_WORD}(?:\.{_WORD})*"
_NUMBER = r"(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_TOKEN = re.compile(
    rf"""
      (?P<space>[ \t\r\n]+)
    | (?P<date>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?![0-9A-Za-z_]))
    | (?P<odd_date>[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}(?![0-9])
        |[0-9]{{1,2}}[/.][0-9]{{1,2}}[/.](?:19|20)[0-9]{{2}}(?![0-9])
        |(?:19|20)[0-9]{{2}}/[0-9]{{1,2}}/[0-9]{{1,2}}(?![0-9]))
    | (?P<clock>[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?(?![0-9]))
    | (?P<thousands>[0-9]{{1,3}}(?:,[0-9]{{3}})+(?![0-9]))
    | (?P<number>{_NUMBER}(?![0-9A-Za-z_.]))
    | (?P<odd_number>\.?[0-9][0-9A-Za-z_.]*)
    | (?P<name>{_PATH}(?![\w.]))
    | (?P<odd_name>(?:[^\W0-9]|_)[\w.]*)
    | (?P<odd_sign>\*\*|//|=<|=>|<>|===|:=|&&|\|\||[&|!](?!=)|[\u2212\u2013\u2014\xd7\xf7\xb7\u2264\u2265\u2260])
    | (?P<sign><=|>=|==|!=|[-+*/<>()=,%])
    | (?P<quoted>'[^']*'|"[^"]*"|`[^`]*`|[\u2018-\u201f][^\u2018-\u201f]*[\u2018-\u201f])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_GOOD = frozenset(("space", "date", "number", "name", "sign"))

_SIGNS = {
    "**": ("a power is not part of the language", "multiply, or use sqrt or exp"),
    "^": ("a power is not part of the language", "multiply, or use sqrt or exp"),
    "//": ("whole division is not part of the language", "floor(a / b)"),
    "=<": ("=< is not a comparison", "<="),
    "=>": ("=> is not a comparison", ">="),
    "<>": ("<> is not a comparison", "!="),
    "===": ("=== is not a comparison", "=="),
    ":=": ("an expression sets nothing", "=="),
    "&&": ("&& is not a word of the language", "and"),
    "&": ("& is not a word of the language", "and"),
    "||": ("|| is not a word of the language", "or"),
    "|": ("| is not a word of the language", "or"),
    "!": ("! is not a word of the language", "not"),
    "\u2264": ("\u2264 is written with two signs", "<="),
    "\u2265": ("\u2265 is written with two signs", ">="),
    "\u2260": ("\u2260 is written with two signs", "!="),
    "\xd7": ("\xd7 is written with another sign", "*"),
    "?": ("? is not a word of the language", "a if condition else b"),
    "\xb7": ("\xb7 is written with another sign", "*"),
    "\xf7": ("\xf7 is written with another sign", "/"),
}

_CLOSING = {"]": "[", "}": "{", ":": "?"}
_OTHER = {
    "[": "a list cannot stand in an expression",
    "]": "a list cannot stand in an expression",
    "{": "braces cannot stand in an expression",
    "}": "braces cannot stand in an expression",
    ".": "a dot stands only inside a name or a number",
    ":": "a colon cannot stand in an expression",
    ";": "one text is one expression",
    "\xa0": "this is a space of an unusual kind",
}


def misspellings(text: str) -> tuple[Problem, ...]:
    """Everything in a text that is no word, number, date or sign of the language, in order (at most 20)."""
    found: list[Problem] = []
    for match in _TOKEN.finditer(text):
        group = match.lastgroup or "other"
        if group in _GOOD and group != "date":
            continue
        if match[0] in _CLOSING and any(text[problem.start] == _CLOSING[match[0]] for problem in found):
            continue  # Its opening has been told.
        problem = _judge(group, match)
        if problem is not None:
            found.append(problem)
            if len(found) == MOST_PROBLEMS:
                break
    return tuple(found)


def _judge(group: str, match: re.Match[str]) -> Problem | None:
    word, start, end = match[0], match.start(), match.end()
    match group:
        case "date":
            said = _calendar(word)
        case "odd_date":
            said = _odd_date(word)
        case "clock":
            said = _clock(word)
        case "thousands":
            several = f", or {word.replace(',', ', ')}" if "(" in match.string[:start] else ""
            said = (f"{word} can be read as several numbers", word.replace(",", "_") + several)
        case "odd_number":
            said = _odd_number(word)
        case "odd_name":
            plain = normalize("NFKC", word)
            instead = plain if plain != word and plain.isascii() else ""
            said = (f"{_short(word)} is not a name: names have the letters a to z, digits, _ and single dots", instead)
        case "odd_sign":
            said = _SIGNS.get(word, (f"{word} is written with another sign", "-"))
        case "quoted":
            said = (f"{_short(word)}: nothing in an expression stands in quotes", _short(word[1:-1]))
        case _:
            said = _SIGNS.get(word) or (_OTHER.get(word, f"{word!r} cannot stand in an expression"), "")
    return None if said is None else Problem(start, end, *said)


def _short(word: str) -> str:
    return word if len(word) <= 40 else word[:37] + "..."


def _calendar(word: str) -> tuple[str, str] | None:
    year, month, day = (int(part) for part in word.split("-"))
    if year == 0:
        return f"{word} is not in the calendar: years begin at 0001", ""
    if not 1 <= month <= 12:
        return f"{word} is not in the calendar: there is no month {month:02}", ""
    length = monthrange(year, month)[1]
    if not 1 <= day <= length:
        return (
            f"{word} is not in the calendar: {month_name[month]} {year} has {length} days",
            f"{year:04}-{month:02}-{min(max(day, 1), length):02}",
        )
    return None


def _odd_date(word: str) -> tuple[str, str]:
    parts = re.split("[-/.]", word)
    if "-" in word or len(parts[0]) == 4:
        year, month, day = parts
        suggestion = f"{year}-{month:>02}-{day:>02}"
    else:
        suggestion = f"{parts[2]}-{parts[1]:>02}-{parts[0]:>02}"
    return f"{word} is not a date: dates are written year-month-day with two digits each", suggestion


def _clock(word: str) -> tuple[str, str]:
    units = ("hour", "minute", "second")
    counts = [(int(part), unit) for part, unit in zip(word.split(":"), units, strict=False)]
    written = " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in counts if count)
    return f"{word} is not a number", written or "0 hours"


def _odd_number(word: str) -> tuple[str, str]:
    if re.fullmatch(r"0[0-9_]+(\.[0-9]+)?", word):
        return f"{word} begins with a zero", word.lstrip("0_").replace("__", "_") or "0"
    if re.fullmatch(r"\.[0-9]+", word):
        return f"{word} lacks a digit before the point", "0" + word
    if re.fullmatch(r"[0-9_]+\.", word):
        return f"{word} lacks a digit after the point", word + "0"
    if re.fullmatch(r"0[xob][0-9A-Fa-f]+", word):
        return f"{_short(word)} is not a number: numbers are written in tens", ""
    unit = re.fullmatch(rf"({_NUMBER})({_WORD})", word)
    if unit and "__" not in word and not unit[2].startswith("_"):
        return f"{_short(word)}: a space stands between a number and its unit", f"{unit[1]} {unit[2]}"
    if re.fullmatch(r"[0-9][0-9_]*", word):
        return f"{_short(word)} has an underscore out of place", re.sub("_+", "_", word).strip("_")
    return f"{_short(word)} is not a number", ""


_INSTEAD = {
    "AND": "and",
    "And": "and",
    "OR": "or",
    "Or": "or",
    "NOT": "not",
    "IF": "if",
    "ELSE": "else",
    "is": "==",
    "equals": "==",
    "mod": "a - b * floor(a / b)",
    "then": "a if condition else b",
    "xor": "a != b",
    "lambda": "",
    "for": "",
}
_RESERVED = frozenset(("if", "else", "and", "or", "not", "in"))
_OPERATORS = frozenset(("+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "and", "or", "if", "else", "in", "not"))


def surprise(text: str, at: int, start: str) -> Problem:
    """What to say where the form of a well-spelt text breaks: the offset is that of the token nobody expected."""
    tokens = list(_tokens(text))
    index = next((i for i, (begin, _) in enumerate(tokens) if begin >= at), len(tokens))
    before = tokens[index - 1][1] if index else ""
    if index == len(tokens):
        return _ends_early(text, tokens, start)
    begin, found = tokens[index]
    return Problem(begin, begin + len(found), *_unexpected(before, found, _open(tokens[:index]), start))


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "space":
            yield match.start(), match[0]


def _open(tokens: list[tuple[int, str]]) -> list[int]:
    stack: list[int] = []
    for begin, token in tokens:
        if token == "(":
            stack.append(begin)
        elif token == ")" and stack:
            stack.pop()
    return stack


def _ends_early(text: str, tokens: list[tuple[int, str]], start: str) -> Problem:
    end = len(text)
    if not tokens:
        return Problem(0, end, "there is no expression here")
    begin, last = tokens[-1]
    if last in _OPERATORS:
        return Problem(begin, end, f"a value should follow {last}")
    if unclosed := _open(tokens):
        return Problem(unclosed[-1], unclosed[-1] + 1, "this bracket is never closed", ")")
    words = [token for _, token in tokens]
    if start == "chance" and "in" not in words:
        return Problem(0, end, "a chance needs the time it is spread over", f"{text.strip()} in 1 year")
    if words.count("if") > words.count("else"):
        return Problem(begin, end, "`a if condition` needs what holds otherwise", "a if condition else b")
    return Problem(begin, end, "the expression ends too early")


def _unexpected(before: str, found: str, unclosed: list[int], start: str) -> tuple[str, str]:
    if found in _INSTEAD or before in _INSTEAD:
        word = found if found in _INSTEAD else before
        return f"{word} is not a word of the language", _INSTEAD[word]
    if found == "=":
        return "= stands only before the value of a named argument; a comparison has two", "=="
    if found == ")" and not unclosed:
        return "this bracket closes nothing", ""
    if found == ")" and before == "(":
        return "there is nothing in these brackets", ""
    if found == "," and not unclosed:
        return "a comma stands only between the arguments of a function", ""
    if found == "in" and start != "chance":
        return "`in` stands only in a chance, such as 10% in 1 year", ""
    if found == "not":
        return f"`not` after {before} needs brackets", "(not ...)"
    if before in _OPERATORS or before in ("", "(", ",", "="):
        if found in _OPERATORS or found in (")", ",", "%"):
            return f"a value should stand before {found}", ""
        return f"{_short(found)} cannot stand here", ""
    if found == "%":
        return "% stands only after a number", ""
    if found == "(":
        return "no function stands before this bracket, and a product needs its sign", "* ("
    if found == "per":
        return "per is not a word of the language", "10% in 1 year" if start == "chance" else "/"
    if found in _RESERVED:
        return f"`{found}` cannot stand here", ""
    return f"a sign is missing between {_short(before)} and {_short(found)}", ""
