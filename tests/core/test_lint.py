"""Every rule of a knowledge base: what breaks it, what does not, and where it is reported."""

# ruff: noqa: E501  (the cases are a table: one a line)

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import bot.core
from bot.core.check import check
from bot.core.knowledge import KnowledgeError, load
from bot.core.knowledge.problems import Problem
from tests.conftest import COFFEE, Damage

ROOT = Path(__file__).parents[2]

LONG = "word " * 40
QUESTION = """
- id: {id}
  title: {{en: "Is there a copy?", hi: "क्या नकल है?"}}
  intent: can-i
  concepts: [espresso]
  phrasings:
    en: [{first}, copied two, copied three, copied four, copied five, copied six]
    hi: [नकल एक, नकल दो, नकल तीन, नकल चार]
    hi-Latn: [nakal ek, nakal do, nakal teen]
  answer: {{en: "Yes.", hi: "हाँ।"}}
  sources: [brew-guide]
  reviewed: 2026-11-01
"""


@dataclass(frozen=True)
class Case:
    """A change to the coffee base and the rule that it breaks (or nearly breaks: `at` is None)."""

    rule: str
    file: str
    old: str
    new: str
    at: str | None
    """A piece of the line where the problem is reported; None where there is none."""
    warning: bool = False
    says: str = ""
    where: str = ""
    """The file where the problem is reported, if not the changed one."""

    def __str__(self) -> str:
        return f"{self.rule}-{'breaks' if self.at else 'keeps'}-{self.file}-{self.says or self.new[:20]!r}"


DRINKS, BEANS, QUESTIONS = "concepts/drinks.yaml", "concepts/beans.yaml", "questions/brewing.yaml"
BELIEFS, TABLE, SOURCES = "misconceptions/core.yaml", "comparisons/methods.yaml", "sources/all.yaml"
MOKA_RELATION = "- {type: alternative-to, to: espresso}"

BREAKS = [
    Case("KB001", "words.yaml", "- {id: bitter", "- {id: [bitter", "- {id: [bitter", says="not valid YAML"),
    Case("KB001", "words.yaml", "- {id: grind", "- &a {id: x, words: [y]}\n- *a\n- {id: grind", "- {id: bitter", says="alias"),
    Case("KB001", "words.yaml", "- {id: bitter", f"- {'[' * 3000}{']' * 3000}\n- {{id: bitter", "- [[", says="nested deeper"),
    Case("KB001", "words.yaml", "- {id: bitter", f"{'- ' * 3000}x\n- {{id: bitter", "- - -", says="nested deeper"),
    Case("KB001", "words.yaml", "- {id: bitter", "- {id: bi\x07tter", "- {id", says="can not be read"),
    Case("KB002", DRINKS, "scope: neighbour", "scpoe: neighbour", "scpoe", says='did you mean "scope"?'),
    Case("KB002", DRINKS, "scope: neighbour", "scope: elsewhere", "scope: elsewhere", says="scope"),
    Case("KB002", DRINKS, "id: moka-pot\n", "id: Moka Pot\n", "id: Moka Pot", says="id"),
    Case("KB002", BEANS, "- {type: uses, to: caffeine}", "- {type: uses}", "- {type: uses}", says="relations.0"),
    Case("KB002", SOURCES, "url: https://coffee.example/beans", "url: coffee.example", "url: coffee", says="url"),
    Case("KB002", SOURCES, '  title: "Atlas of beans"\n', "", "- id: bean-atlas", says='"title" is missing'),
    Case("KB002", QUESTIONS, "reviewed: 2026-11-01", "reviewed: soon", "reviewed: soon", says="reviewed"),
    Case("KB002", "glossary.yaml", "- {term", "- just text\n- {term", "- just text", says="expected a mapping"),
    Case("KB002", "words.yaml", "- {id: bitter", "words:\n- {id: bitter", "words:", says="must be a list"),
    Case("KB002", "relations.yaml", "forbidden:", "forbiden:", "forbiden:", says='did you mean "forbidden"?'),
    Case("KB002", "relations.yaml", "forbidden:", "forbidden: 5\nrest:", "forbidden: 5", says="expected a list"),
    Case("KB002", "base.yaml", "about:", "abuot:", "abuot:", says='did you mean "about"?'),
    Case("KB003", BEANS, "id: robusta\n", "id: espresso\n", "- id: espresso", says="concepts/beans", where=DRINKS),
    Case("KB003", SOURCES, "id: bean-atlas", "id: brew-guide", "2:- id: brew-guide", says="taken"),
    Case("KB004", BEANS, "sources: [bean-atlas]", "sources: [bean-atlass]", "sources: [bean-atlass]", says="bean-atlas"),
    Case("KB004", DRINKS, "to: burr-grinder", "to: burr-grindr", "burr-grindr}", says='did you mean "burr-grinder"?'),
    Case("KB004", DRINKS, "{type: uses, to", "{type: use, to", "{type: use,", says='relationtype "use"'),
    Case("KB004", DRINKS, "[stovetop-espresso]", "[stovetop]", "[stovetop]", says="correction"),
    Case("KB004", QUESTIONS, "concepts: [espresso, moka", "concepts: [latte, moka", "concepts: [latte", says="latte"),
    Case("KB004", QUESTIONS, "comparison: [espresso", "comparison: [latte", "comparison: [latte", says="latte"),
    Case("KB004", QUESTIONS, "related: [grind-for", "related: [grnd-for", "related: [grnd", says="question"),
    Case("KB004", QUESTIONS, "{of: arabica,", "{of: arabika,", "holds_for", says="arabika"),
    Case("KB004", BELIEFS, "concepts: [robusta", "concepts: [rob", "concepts: [rob", says='"rob"'),
    Case("KB004", TABLE, "cells: {espresso: 9 bar", "cells: {expresso: 9 bar", "id: pressure", says="expresso"),
    Case("KB004", TABLE, "of: [french-press", "of: [press", "of: [press", says='"press"'),
    Case("KB004", "homonyms.yaml", "concept: espresso", "concept: expresso", "concept: expresso", says="expresso"),
    Case("KB004", "relations.yaml", "{from: moka-pot", "{from: mokapot", "from: mokapot", says="mokapot"),
    Case("KB005", DRINKS, "weak: [pot]", "weak: [pot]\n  weak: [jug]", "weak: [jug]", says='"weak" stands twice'),
    Case("KB010", BEANS, "[arabika,", "[mokapot, arabika,", "[mokapot", says="names arabica too", where=DRINKS),
    Case("KB011", BEANS, "[arabika,", "[kaise, arabika,", "[kaise", says="everyday word"),
    Case("KB012", QUESTIONS, '"moka pot vs espresso batao"', '"arabica le ya robusta"', "4:hi-Latn:", says="phrasing of espresso"),
    Case("KB013", QUESTIONS, '"espresso grind setting"', '"the espresso vs a moka pot"', "3:phrasings:", warning=True, says="the same words as"),
    Case("KB020", DRINKS, MOKA_RELATION, "- {type: is-a, to: espresso}", "{type: is-a, to: espresso}", says="1.5 bar"),
    Case("KB021", BEANS, "aliases: [brewing methods", "relations: [{type: is-a, to: espresso}]\n  aliases: [brewing methods", "to: espresso}]", says="back to itself"),
    Case("KB022", DRINKS, MOKA_RELATION, MOKA_RELATION + "\n    " + MOKA_RELATION, f"2:{MOKA_RELATION}", says="told twice"),
    Case("KB022", DRINKS, "{type: uses, to: burr", "{type: alternative-to, to: moka-pot}\n    - {type: uses, to: burr", MOKA_RELATION, says="told twice"),
    Case("KB022", DRINKS, MOKA_RELATION, "- {type: uses, to: moka-pot}", "- {type: uses, to: moka-pot}", says="of itself"),
    Case("KB030", QUESTIONS, 'hi: "हाँ। उसे मोटे पर रखें, समुद्री नमक जितना।"', 'hi: "Yes. Set it to coarse, about the size of sea salt."', 'hi: "Yes.', says="the Hindi is the English"),
    Case("KB030", DRINKS, 'hi: "छोटी, तेज़ कॉफ़ी, जो ऊँचे दबाव से बनती है।"', 'hi: "choti coffee"', "choti", says="no Devanagari"),
    Case("KB031", DRINKS, "बारीक पिसी कॉफ़ी से `9 bar`", "बारीक पिसी कॉफ़ी से `8 bar`", "`8 bar`", says="8 bar, 9 bar"),
    Case("KB031", QUESTIONS, "यहाँ से शुरू करें:\n\n      $ brew --ratio 1:16 --minutes 4", "शुरू करें:\n\n      $ brew -m 4", "hi: |-", says="brew -m 4"),
    Case("KB032", BEANS, "एक मज़बूत", "एक म\u095bबूत", "म\u095bबूत", says="NFC"),
    Case("KB033", BEANS, "A cup holds about 80", "A cup holds about 90", "जगाए रखती है", warning=True, says="has changed"),
    Case("KB034", BEANS, "एक कप में", "एक क़हवा कप में", "क़हवा", says="write कॉफ़ी for क़हवा"),
    Case("KB040", QUESTIONS, '      - "moka pot vs espresso batao"\n', "", "phrasings:", says="2 phrasings in hi-Latn"),
    Case("KB041", QUESTIONS, "Yes. Set it", f"{LONG}. Set it", LONG, warning=True, says="of 41 words"),
    Case("KB050", BELIEFS, "sources: [bean-atlas]", "sources: []", "sources: []", says="cite at least one"),
    Case("KB050", TABLE, "sources: [brew-guide]", "sources: []", "id: pressure", says="methods, pressure"),
    Case("KB051", BEANS, "reviewed: 2026-11-01", "reviewed: 1901-11-01", "1901", warning=True, says="days ago"),
    Case("KB052", BEANS, "reviewed: 2026-11-01", "reviewed: 9998-11-01", "9998", says="future"),
    Case("KB053", SOURCES, "https://coffee.example/beans", "https://coffee.example/brewing", "2:url: https://coffee.example/brewing", warning=True, says="same document"),
    Case("KB054", SOURCES, "- id: bean-atlas", '- id: book\n  title: "A book"\n  url: https://coffee.example/b\n  reviewed: 2026-11-01\n- id: bean-atlas', "- id: book", warning=True, says="nothing cites"),
    Case("KB061", QUESTIONS, "concepts: [brewing-method]", "concepts: [espresso]", "id: brewing-method", where=BEANS, warning=True, says="no question"),
    Case("KB062", BELIEFS, '"robusta is a bred form of arabica"', '"robusta arabica"', "worded:", warning=True, says="not recognised"),
    Case("KB063", BEANS, "[arabika,", "[Espresso, arabika,", "id: espresso", where=DRINKS, warning=True, says="finds arabica instead"),
]  # fmt: skip

KEEPS = [
    Case("KB001", "words.yaml", "- {id: bitter", "# *not an alias, [only a remark\n- {id: bitter", None),
    Case("KB002", DRINKS, "scope: neighbour", "scope: general", None),
    Case("KB003", BEANS, "id: robusta\n", "id: robusta\n", None, says="a question and a concept may share an id"),
    Case("KB004", QUESTIONS, "related: [grind-for-espresso]", "related: [ways-to-brew]", None),
    Case("KB005", DRINKS, "weak: [pot]", "weak: [pot, weak]", None),
    Case("KB010", BEANS, "[arabika,", "[arabika, arabica, Arabika,", None, says="twice for one concept"),
    Case("KB011", BEANS, "scope: general\n  summary: {en: \"The substance", "weak: [kaise]\n  scope: general\n  summary: {en: \"The substance", None),
    Case("KB012", QUESTIONS, '"moka pot vs espresso batao"', '"espresso vs moka pot"', None, says="twice for one question"),
    Case("KB013", QUESTIONS, '"espresso grind setting"', '"espresso grind setting on my machine"', None),
    Case("KB020", DRINKS, MOKA_RELATION, "- {type: uses, to: espresso}", None),
    Case("KB021", BEANS, "- {type: uses, to: caffeine}", "- {type: is-a, to: brewing-method}", None),
    Case("KB022", DRINKS, MOKA_RELATION, MOKA_RELATION + "\n    - {type: uses, to: espresso}", None),
    Case("KB030", DRINKS, "hi: एस्प्रेसो", "hi: Espresso", None, says="a name may stay Latin"),
    Case("KB031", DRINKS, "बारीक पिसी कॉफ़ी से `9 bar`", "`9 bar` पर", None, says="the same code elsewhere"),
    Case("KB032", BEANS, "एक मज़बूत", "एक मज\u093cबूत", None),
    Case("KB033", BEANS, "एक कप में", "हर कप में", None, says="the Hindi changed"),
    Case("KB034", BEANS, "एक कप में", "एक क़हवाख़ाने के कप में", None, says="inside another word"),
    Case("KB040", QUESTIONS, '"moka pot vs espresso batao"', '"espresso batao aur moka pot bhi"', None),
    Case("KB041", QUESTIONS, "Yes. Set it", f"{'word ' * 20}. {'word ' * 20}. Set it", None, says="two sentences"),
    Case("KB050", BELIEFS, "sources: [bean-atlas]", "sources: [brew-guide]", None),
    Case("KB051", BEANS, "reviewed: 2026-11-01", "reviewed: 2020-11-01", None, says="within the shelf life"),
    Case("KB052", BEANS, "reviewed: 2026-11-01", "reviewed: 2026-10-01", None),
    Case("KB053", SOURCES, "https://coffee.example/beans", "https://coffee.example/brewing#beans", None),
    Case("KB054", SOURCES, '  version: "3rd edition"', '  version: "4th edition"', None),
    Case("KB061", TABLE, "instant-coffee: 1 min", "instant-coffee: 2 min", None),
    Case("KB062", BELIEFS, '"robusta is a bred form of arabica"', '"robusta is a selected form of arabica"', None),
    Case("KB063", BEANS, "[arabika,", "[arabeeka, arabika,", None),
]  # fmt: skip


def _problems(case: Case, damage: Damage) -> tuple[Path, list[Problem]]:
    if case.says == "two sentences":
        # Its Hindi has not changed, which is another rule.
        (damage("base.yaml", "", "") / "hindi.lock.json").unlink()
    if case.says == "a question and a concept may share an id":
        damage(QUESTIONS, "", QUESTION.format(id="espresso", first="copied one"))
    directory = damage(case.file, case.old, case.new)
    return directory, check(directory)


def _line(path: Path, marker: str) -> int:
    """The line with the marker; "2:…" is its second one."""
    nth, text = (int(marker[0]), marker[2:]) if marker[1] == ":" else (1, marker)
    return [number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if text in line][nth - 1]


@pytest.mark.parametrize("case", BREAKS, ids=str)
def test_rule_reports_file_and_line(case: Case, damage: Damage) -> None:
    directory, problems = _problems(case, damage)
    assert case.at
    found = [
        p for p in problems if p.rule == case.rule and p.path == (case.where or case.file) and case.says in p.message
    ]
    assert found, f"nothing of {case.rule} in {problems}"
    assert _line(directory / (case.where or case.file), case.at) in {p.line for p in found}
    assert {p.severity for p in found} == {"warning" if case.warning else "error"}


@pytest.mark.parametrize("case", KEEPS, ids=str)
def test_rule_lets_the_good_pass(case: Case, damage: Damage) -> None:
    _, problems = _problems(case, damage)
    assert problems == []


@pytest.mark.parametrize("case", [c for c in BREAKS if c.rule < "KB005"], ids=str)
def test_base_that_breaks_its_form_does_not_load(case: Case, damage: Damage) -> None:
    directory = damage(case.file, case.old, case.new)
    with pytest.raises(KnowledgeError) as failed:
        load(directory)
    assert case.rule in {p.rule for p in failed.value.problems}
    assert f"{case.rule} {case.where or case.file}:" in str(failed.value)


@pytest.mark.parametrize("missing", ["base.yaml", "relations.yaml"])
def test_missing_file_is_named(missing: str, damage: Damage) -> None:
    directory = damage("base.yaml", "", "")
    (directory / missing).unlink()
    assert any(p.rule == "KB001" and missing in p.message for p in check(directory))


def test_file_that_is_too_large_is_refused(damage: Damage) -> None:
    directory = damage("words.yaml", "- {id: bitter", "#" * 2_000_001 + "\n- {id: bitter")
    assert [(p.rule, p.path) for p in check(directory)] == [("KB001", "words.yaml")]


def test_file_that_is_no_utf8_is_refused(damage: Damage) -> None:
    directory = damage("base.yaml", "", "")
    (directory / "words.yaml").write_bytes(b"- {id: a, words: [\xff]}\n")
    assert [(p.rule, p.path) for p in check(directory)] == [("KB001", "words.yaml")]


def test_empty_lists_are_fine(damage: Damage) -> None:
    directory = damage("base.yaml", "", "")
    for optional in ("words.yaml", "homonyms.yaml", "glossary.yaml"):
        (directory / optional).write_text("")
    assert check(directory) == []


def test_everything_wrong_is_told_at_once(damage: Damage) -> None:
    """One run, every kind of problem, each in its place; the loader tells those that are its own."""
    together = [
        Case("KB002", DRINKS, "scope: neighbour", "scpoe: neighbour", "scpoe"),
        Case("KB002", BEANS, "scope: general", "scope: wide", "scope: wide"),
        Case("KB003", SOURCES, "- id: brew-guide", '- id: bean-atlas\n  title: "x"\n  url: https://x.example\n  reviewed: 2026-11-01\n- id: brew-guide', ""),
        Case("KB004", QUESTIONS, "related: [grind", "related: [grnd", "grnd"),
        Case("KB005", DRINKS, "weak: [pot]", "weak: [pot]\n  weak: [jug]", "[jug]"),
        Case("KB040", QUESTIONS, '      - "moka pot vs espresso batao"\n', "", "phrasings"),
        Case("KB052", BELIEFS, "reviewed: 2026-11-01", "reviewed: 9998-11-01", "9998"),
        Case("KB001", "words.yaml", "- {id: bitter", "- {id: [bitter", "grind"),
    ]  # fmt: skip
    for case in together:
        directory = damage(case.file, case.old, case.new)
    found = check(directory)
    assert {c.rule for c in together} <= {p.rule for p in found}
    assert {c.file for c in together} <= {p.path for p in found}
    assert found == sorted(found)
    with pytest.raises(KnowledgeError) as failed:
        load(directory)
    assert {"KB001", "KB002", "KB003", "KB004"} == {p.rule for p in failed.value.problems}


def test_one_entry_with_many_faults_reports_each(damage: Damage) -> None:
    directory = damage(SOURCES, '  title: "Atlas of beans"\n', "  titel: x\n  verison: y\n  version: 5\n")
    messages = [p.message for p in check(directory) if p.rule == "KB002"]
    assert len(messages) == 4
    assert all(m.startswith("bean-atlas: ") for m in messages)
    assert len({m for m in messages if "titel" in m or "verison" in m or '"title"' in m or "version: " in m}) == 4


def test_small_base_is_clean() -> None:
    assert check(COFFEE) == []


def _rules() -> set[str]:
    sources = Path(bot.core.__file__).parent.rglob("*.py")
    return {number for path in sources for number in re.findall(r"\bKB\d{3}\b", path.read_text("utf-8"))}


def test_every_rule_has_a_case_that_breaks_it_and_one_that_keeps_it() -> None:
    assert {c.rule for c in BREAKS} == _rules()
    assert {c.rule for c in KEEPS} == _rules()


def test_every_rule_is_explained() -> None:
    text = (ROOT / "docs" / "RULES.md").read_text("utf-8")
    explained = re.findall(r"^\| (KB\d{3}) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    assert [number for number, *_ in explained] == sorted(_rules())
    assert all(len(cell.strip()) > 10 for _, *cells in explained for cell in cells)
