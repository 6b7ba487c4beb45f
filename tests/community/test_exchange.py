"""A file of what a server taught: it comes back as it was, it loads as knowledge, and mistakes are told by line."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pytest
import yaml

from bot.community.exchange import TODO, Import, read, write
from bot.community.taught import Finding, sorted_phrasings
from bot.core.expert import Expert
from bot.core.knowledge import load
from bot.core.knowledge.model import Intent
from bot.store.model import MOST_KEPT, Contribution, Correction, Entry, Reference, Words
from tests.community.test_taught import kept, own
from tests.conftest import COFFEE

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
ODD = [
    "yes", "12:30", "# no comment", "- item", "{a: b}", "a: b", "'quoted'", '"double"', "`code`", "*alias", "&anchor",
    "!tag", "100%", "null", "~", "C:\\path", "ends with colon:", "emoji 👩‍💻", "हिन्दी: नहीं", "|", ">", "2026-11-28",
]  # fmt: skip


def server() -> list[Contribution]:
    full = Entry(
        title=Words(en="How do I book the Zubrella?", hi="ज़ुब्रेला कैसे बुक करें?"),
        answer=Words(en="Ask.\n\n$ zub book\n$ zub pay", hi="पूछें।\n\n$ zub book\n$ zub pay"),
        detail=Words(en="More."),
        intent=Intent.CAN_I,
        concepts=("espresso", "moka-pot"),
        phrasings=sorted_phrasings(["zubrella booking", "ज़ुब्रेला बुकिंग", "zubrella kaise book karu"]),
        sources=tuple(Reference(title=f"Page {n}", url=f"https://a.example/{n}") for n in range(3)),
    )
    entries = [full, Entry(title=Words(hi="क्लब कहाँ है?"), answer=Words(hi="ऊपर।"))]
    entries += [
        own(f"Odd {n}? {text}", f"{text}\nand {text}", phrasings=(f"odd {n} {text}",)) for n, text in enumerate(ODD)
    ]
    found = [kept(n, entry) for n, entry in enumerate(entries, 1)]
    corrections = [
        ("grind-for-espresso", Correction(wrong="w: 1", right="r\n\n$ x", source="https://a.example/c?d=e&f=g#h")),
        ("concept:espresso", Correction(wrong="ग़लत", right="सही", language="hi")),
        ("compare:espresso+moka-pot", Correction(wrong="w2", right="r2")),
        ("own-1", Correction(wrong="w3", right="r3")),
    ]
    return found + [kept(100 + n, content, entry) for n, (entry, content) in enumerate(corrections)]


def test_what_goes_out_comes_back(barista: Expert) -> None:
    contributions = server()
    text = write(contributions, barista, "Club\n- id: injected", NOW)
    result = read(text, barista, barista, [])
    assert result.troubles == []
    assert [item.content for item in result.items] == [c.content for c in contributions]
    assert [item.about for item in result.items[-4:]] == [
        "grind-for-espresso",
        "concept:espresso",
        "compare:espresso+moka-pot",
        0,
    ]
    assert all(item.base_hash for item in result.items[-4:-1])
    again = read(text, barista, barista, contributions)
    assert (again.items, again.known, again.troubles) == ([], len(contributions), [])


def test_its_lists_load_as_a_base(barista: Expert, tmp_path: Path) -> None:
    shutil.copytree(COFFEE, tmp_path / "base")
    document = yaml.safe_load(write(server(), barista, "Club", NOW))
    for name in ("questions", "sources", "corrections"):
        (tmp_path / "base" / name / "club.yaml").write_text(yaml.safe_dump(document[name], allow_unicode=True), "utf-8")
    base = load(tmp_path / "base")
    question = base.questions["how-do-i-book-the-zubrella"]
    assert question.phrasings.hi == ("ज़ुब्रेला बुकिंग",)
    assert [base.sources[id].url for id in question.sources] == [f"https://a.example/{n}" for n in range(3)]
    missing = next(q for q in base.questions.values() if q.title.hi == "क्लब कहाँ है?")
    assert missing.title.en == TODO["en"]
    assert Expert(base).ask("how do i book the zubrella").entry == question.id


def test_what_the_base_wants_besides_is_marked(barista: Expert) -> None:
    text = write([kept(1, Entry(title=Words(hi="क्लब कहाँ है?"), answer=Words(hi="ऊपर।")))], barista, "Club", NOW)
    for what in ("what is missing in English", "6 more phrasings in English", "the concepts", "a source"):
        assert f"# TODO: {what}" in text


def test_what_corrects_an_answer_that_is_gone_stays_behind(barista: Expert) -> None:
    text = write([kept(1, Correction(wrong="w", right="r"), "gone"), *server()[:1]], barista, "Club", NOW)
    assert read(text, barista, barista, []).troubles == []


def rules(result: Import) -> list[tuple[int, str]]:
    return [(t.line, t.what.rule if isinstance(t.what, Finding) else t.what) for t in result.troubles]


def test_all_mistakes_are_told_with_their_lines(barista: Expert) -> None:
    text = """\
questions:
- id: a
  title: {en: "espresso vs moka pot", hi: "TODO: say this in Hindi"}
  intent: how-to
  concepts: [espreso]
  answer:
    en: "TODO: say this in English"
    hi: "TODO: say this in Hindi"
  reviewed: 2026-11-28
- id: b
  title: {en: "Where is b?", hi: "ख कहाँ है?"}
  intent: how-to
  concepts: [espreso]
  answer: {en: "Run `x`.", hi: "`y` चलाएँ।"}
  sources: [nowhere]
  reviewed: 2026-11-28
  comparison: [espresso]
- id: c
  title: {en: "moka pot vs espresso batao", hi: "TODO: say this in Hindi"}
  intent: how-to
  concepts: [espreso]
  answer: {en: "Yes.", hi: "TODO: say this in Hindi"}
  sources: [nowhere, bad]
  reviewed: 2026-11-28
sources:
- {id: bad, title: Bad, url: "https://u:p@a.example", reviewed: 2026-11-28}
corrections:
- id: d
  corrects: {en: x, hi: "TODO: say this in Hindi"}
  text: {en: "TODO: say this in English", hi: "ठीक"}
  reviewed: 2026-11-28
beneath:
- {id: d, entry: grind-for-espreso}
"""
    found = rules(read(text, barista, barista, []))
    assert (6, "no_words") in found
    assert (17, 'b: unknown field "comparison"') in found
    assert (3, "KB012") not in found, "phrasings stand below"
    assert {(2, "KB012"), (5, "KB004.meant"), (18, "KB012"), (21, "KB004.meant")} <= set(found)
    assert (23, "no_source") in found
    assert (26, "address") in found
    assert (28, "one_language") in found
    assert (33, "no_entry") in found
    assert [line for line, _ in found] == sorted(line for line, _ in found)


def test_taken_phrasings_and_unknown_concepts_are_told(barista: Expert) -> None:
    good = own("Where is the club?", concepts=("espresso",), phrasings=("club address",))
    text = write([kept(1, good), kept(2, own("Other?", phrasings=("way there",)))], barista, "Club", NOW)
    spoilt = text.replace("  - espresso\n", "  - espreso\n").replace("way there", "Club address")
    found = rules(read(spoilt, barista, barista, []))
    assert [rule for _, rule in found] == ["KB004.meant", "KB012"]
    assert spoilt.split("\n")[found[0][0] - 1].strip().startswith("concepts")
    again = read(text.replace("Where is the club?", "Where?"), barista, barista, [kept(9, good)])
    assert [rule for _, rule in rules(again)] == ["KB012"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "mapping"),
        ("- a", "mapping"),
        ("questions: 3", "expected a list"),
        ("words: []\nquestions: []", "unknown field"),
        ("questions: &a []\nsources: *a", "aliases"),
        ("questions: " + "[" * 100, "deeper"),
        ("questions: [", "not valid YAML"),
        ("questions: !!python/name:os.system x", "YAML tags"),
        ("questions: []\nquestions: []", "KB005"),
        ("questions: []", "nothing"),
    ],
)
def test_no_file_of_ours_is_told_as_such(barista: Expert, text: str, what: str) -> None:
    found = rules(read(text, barista, barista, []))
    assert any(what in rule for _, rule in found), found


def test_hidden_characters_do_not_come_in(barista: Expert) -> None:
    text = write([kept(1, own("Where is the club?"))], barista, "Club", NOW)
    spoilt = (
        text.replace("Where is", '"Where\\u202E\\u200B is')
        .replace("club?", 'club?"')
        .replace("en: Ask.", "en: |-\n      Ask.\n      \u2066$ rm\u2069")
    )
    (item,) = read(spoilt, barista, barista, []).items
    assert isinstance(item.content, Entry)
    assert item.content.title.en == "Where is the club?"
    assert item.content.answer.en == "Ask.\n$ rm"


def test_a_server_has_room_for_so_many(barista: Expert) -> None:
    full = [kept(n, own(f"What is in room {n}?")) for n in range(1, MOST_KEPT + 1)]
    text = write([kept(1, own("Where is the club?"))], barista, "Club", NOW)
    assert [rule for _, rule in rules(read(text, barista, barista, full))] == ["too_many"]
    assert rules(read(text, barista, barista, full[1:])) == []
