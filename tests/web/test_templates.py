"""Templates: no script or style inside them, no words outside the catalogue, no form inside a live region."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import escalation.web
from escalation.web.page import templates
from escalation.web.text import CATALOGUE

FOLDER = Path(escalation.web.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))
JINJA = re.compile(r"\{% block kind %\}\w*\{% endblock %\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
SIGNS = {"min"}
"""Words that are signs: units."""


class Inline(HTMLParser):
    """Finds what the content security policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.found.append(f"<{tag}>")
        self.found += [name for name in given if name == "style" or name.startswith("on")]
        self.found += [value for value in given.values() if value and value.strip().lower().startswith("javascript:")]
        source = given.get("src") or ""
        if tag in ("script", "link", "img") and "://" in source + (given.get("href") or ""):
            self.found.append(source)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_inline_script_or_style(template: Path) -> None:
    """No style or script element or attribute, no address outside: the policy would refuse it."""
    reader = Inline()
    reader.feed(JINJA.sub("x", template.read_text(encoding="utf-8")))
    assert reader.found == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_words_of_its_own(template: Path) -> None:
    """Every word that is shown comes from the catalogue or the scenario."""
    bare = JINJA.sub(" ", template.read_text(encoding="utf-8"))
    shown = re.sub(r"<[^>]*>", " ", bare)
    attributes = re.findall(r'(?:alt|title|placeholder|aria-label)="([^"]*)"', bare)
    words = re.findall(r"[^\W\d_]{2,}", re.sub(r"&\w+;", " ", " ".join([shown, *attributes])))
    assert [each for each in words if each not in SIGNS] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_key_of_a_template_is_in_the_catalogue(template: Path) -> None:
    """A key that is written out is there; one that is put together begins as some key does."""
    keys = set(CATALOGUE["en"])
    source = template.read_text(encoding="utf-8")
    for key in re.findall(r't\("([a-z_.]+)"[,)]', source):
        assert key in keys
    for start in re.findall(r't\("([a-z_.]+\.)" ~', source):
        assert any(key.startswith(start) for key in keys)
    templates().get_template(template.name)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_form_stands_in_a_live_region(template: Path) -> None:
    """What is fetched again holds no form, so nothing that is being typed can be lost."""
    source = template.read_text(encoding="utf-8")
    for region in re.findall(r"<section data-live=.*?</section>", source, re.DOTALL):
        included = [FOLDER / "templates" / name for name in re.findall(r'include "([^"]+)"', region)]
        whole = region + "".join(each.read_text(encoding="utf-8") for each in included)
        assert not re.search(r"<(form|input|select|textarea|button)\b", whole)


def test_every_language_has_the_same_keys_and_the_same_gaps() -> None:
    """Another language's table has every key, with the same values to fill in."""
    for table in CATALOGUE.values():
        assert table.keys() == CATALOGUE["en"].keys()
        for key, words in table.items():
            assert set(re.findall(r"\{(\w+)\}", words)) == set(re.findall(r"\{(\w+)\}", CATALOGUE["en"][key]))


def test_the_script_holds_no_words_that_are_shown() -> None:
    """The only texts in the script are names of attributes, events and fields: no sentence with a blank in it."""
    script = (FOLDER / "static/live.js").read_text(encoding="utf-8")
    code = re.sub(r"^\s*//.*$", "", script, flags=re.MULTILINE)
    texts = re.findall(r'"([^"\n]*)"', code)
    assert [each for each in texts if re.search(r"[A-Za-z]{2,} [a-z]{2,}", each) and each != "use strict"] == []
    assert "innerHTML" not in code
    assert "eval" not in code
