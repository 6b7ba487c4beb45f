"""What people type: tidied, in its language, and held to the rules of the base."""

from __future__ import annotations

import datetime

import pytest

from bot.community.own import Experts, hash_of, outdated, question_of, written_in
from bot.community.taught import (
    Finding,
    Rules,
    Unfit,
    as_text,
    correction_of,
    entry_of,
    owned_by,
    plain_address,
    tidy,
    tidy_line,
)
from bot.core.expert import Expert
from bot.core.knowledge.model import Intent
from bot.store.model import Contribution, Correction, Entry, Reference, Status, Words
from tests.conftest import Damage

WHEN = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)


def kept(id: int, content: Entry | Correction, entry: str = "", base_hash: str | None = None) -> Contribution:
    return Contribution(
        id=id,
        guild_id=1,
        status=Status.APPROVED,
        entry=entry or f"own-{id}",
        content=content,
        base_hash=base_hash,
        created_at=WHEN,
    )


def own(question: str, answer: str = "Ask.", **more: object) -> Entry:
    return Entry(title=Words(en=question), answer=Words(en=answer), **more)  # type: ignore[arg-type]


def rules_broken(barista: Expert, entry: Entry, *approved: Contribution) -> list[str]:
    here = barista.with_questions({c.entry: question_of(c)[0] for c in approved}, {})
    return [finding.rule for finding in Rules().check(entry, barista, here, owned_by(approved))]


@pytest.mark.parametrize(
    ("typed", "tidied"),
    [
        ("a\u200bb\u202ec\u2066d\ufeff\u3164", "abcd"),
        ("  a \t b  ", "a b"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("a\u200d b\u200d", "a b"),
        ("cafe\u0301", "caf\u00e9"),
        ("\x00\x1bq\x7f", "q"),
    ],
)
def test_what_nobody_sees_is_not_kept(typed: str, tidied: str) -> None:
    assert tidy_line(typed) == tidied


def test_lines_and_paragraphs_stay() -> None:
    assert tidy("\r\na  b\r\n\n\n\n$ c\u200b\n") == "a b\n\n$ c"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://a.example",
        "https://",
        "https://user:pw@a.example",
        "https://a.example/ b",
        'https://a.example/"',
        "https://a.example/<x>",
        "https://[a.example",
        "https://a.example:port/",
        "http//a.example",
        "https://a.example/" + "a" * 300,
        "https://a.example/" + "क" * 40,
    ],
)
def test_only_plain_web_addresses_are_sources(url: str) -> None:
    assert not plain_address(url)
    with pytest.raises(Unfit):
        correction_of("wrong", "right", url)


def test_a_correction_knows_its_language() -> None:
    assert correction_of("w", "It is not.", "").language == "en"
    assert correction_of("w", "ऐसा नहीं है।", "https://a.example/b").language == "hi"
    assert correction_of("w", "aisa nahi hai bhai", "").language == "hi"


def test_all_that_is_missing_is_told_at_once(barista: Expert) -> None:
    with pytest.raises(Unfit) as unfit:
        entry_of(barista, question="\u200b", answer=" ", other="x" * 400, sources="a\nb", phrasings="y" * 301)
    rules = [finding.rule for finding in unfit.value.findings]
    assert rules == ["empty.question", "empty.answer", "long", "empty.other_answer", "long", "address", "address"]


def test_an_entry_is_filed_by_what_its_question_says(barista: Expert) -> None:
    entry = entry_of(
        barista, question="Why is our espreso so sour?", answer="Grind finer.", sources="https://a.example/x/"
    )
    assert entry.concepts == ("espresso",)
    assert entry.intent in (Intent.WHY, Intent.TROUBLESHOOT)
    assert entry.title == Words(en="Why is our espreso so sour?")
    assert entry.sources == (Reference(title="a.example/x", url="https://a.example/x/"),)


def test_either_language_may_come_first(barista: Expert) -> None:
    fields = {"en": ("Where is the club?", "Upstairs."), "hi": ("क्लब कहाँ है?", "ऊपर।")}
    made = [
        entry_of(barista, question=fields[first][0], answer=fields[first][1], other="\n".join(fields[second]))
        for first, second in (("en", "hi"), ("hi", "en"))
    ]
    assert made[0] == made[1]
    assert made[0].title == Words(en="Where is the club?", hi="क्लब कहाँ है?")


def test_an_edit_keeps_what_the_form_does_not_show(barista: Expert) -> None:
    before = own("Where is the club?", concepts=("espresso",), detail=Words(en="Third door."), intent=Intent.CAN_I)
    before = Entry(
        title=before.title,
        answer=before.answer,
        detail=before.detail,
        concepts=before.concepts,
        sources=(Reference(title="Map", url="https://a.example/map"),),
    )
    after = entry_of(
        barista,
        question="Where is our club?",
        answer="Down.",
        sources="https://a.example/map\nhttps://b.example",
        before=before,
    )
    assert (after.detail, after.concepts) == (before.detail, before.concepts)
    assert after.sources == (*before.sources, Reference(title="b.example", url="https://b.example"))


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        (own("espresso vs moka pot"), "KB012"),
        (own("Where?", concepts=("espreso",)), "KB004.meant"),
        (own("Where?", concepts=("zzzzzz",)), "KB004"),
        (Entry(title=Words(en="Same?", hi="Same?"), answer=Words(en="a", hi="ख")), "KB030"),
        (Entry(title=Words(en="Q?", hi="प्र?"), answer=Words(en="Run `a`.", hi="`b` चलाएँ।")), "KB031"),
        (Entry(title=Words(hi="क़हवा कहाँ है?"), answer=Words(hi="यहाँ।")), "KB034"),
        (own("Where?", " ".join(["word"] * 50)), "KB041"),
        (own("Where?"), "KB050"),
        (own("the espresso vs the moka pot"), "KB013"),
    ],
)
def test_the_rules_of_the_base_hold(barista: Expert, entry: Entry, rule: str) -> None:
    assert rule in rules_broken(barista, entry)


def test_a_phrasing_of_another_own_entry_is_taken(barista: Expert) -> None:
    first = kept(1, own("Where is the club?", phrasings=("club address",)))
    assert "KB012" in rules_broken(barista, own("Club, address!"), first)
    assert "KB012" not in rules_broken(barista, own("When does it open?"), first)
    findings = Rules().check(own("club address"), barista, barista, owned_by([first]))
    assert findings[0] == Finding("KB012", {"text": "club address", "title": "own-1"})


def test_an_entry_is_not_in_its_own_way(barista: Expert) -> None:
    entry = own("Where is the club?", sources=(Reference(title="x", url="https://a.example"),))
    first = kept(1, entry)
    here = barista.with_questions({"own-1": question_of(first)[0]}, {})
    assert Rules().check(entry, barista, here, owned_by([first], but="own-1")) == []


def test_every_word_is_given_back(barista: Expert) -> None:
    entry = Entry(
        title=Words(en="q1", hi="q2"),
        answer=Words(en="a1", hi="a2"),
        detail=Words(en="d1"),
        phrasings=("p1", "p2"),
        sources=(Reference(title="t1", url="https://a.example"),),
    )
    for word in ("q1", "q2", "a1", "a2", "d1", "p1", "p2", "t1", "https://a.example"):
        assert word in as_text(entry)


def test_the_missing_language_is_told() -> None:
    entry = Entry(title=Words(en="q", hi="प्र"), answer=Words(hi="उ"))
    assert (written_in(entry, "en"), written_in(entry, "hi")) == ("hi", None)
    question, _ = question_of(kept(3, entry))
    assert (question.id, question.title.en, question.answer.en) == ("own-3", "q", "उ")


async def test_an_expert_is_made_once_and_anew_when_anything_changes(barista: Expert) -> None:
    experts = Experts(servers=2)
    first, second = kept(1, own("Where is the club?")), kept(2, own("When does it open?"))
    assert await experts.of(1, barista, ()) is barista
    assert await experts.of(None, barista, (first,)) is barista
    made = await experts.of(1, barista, (first,))
    assert await experts.of(1, barista, (first,)) is made
    assert await experts.of(1, barista, (first, second)) is not made
    other = Expert(barista.base)
    assert (await experts.of(1, other, (first,))).reader is other.reader
    for guild in (2, 3, 4):
        await experts.of(guild, barista, (first,))
    assert len(experts._kept) == 2
    many = [kept(n, own(f"What is a gadget{n}?")) for n in range(1, 60)]
    assert (await experts.of(9, barista, many)).ask("what is a gadget59").entry == "own-59"


async def test_a_concept_that_the_base_has_lost_does_no_harm(barista: Expert) -> None:
    here = await Experts().of(1, barista, (kept(1, own("Where is the club?", concepts=("gone", "espresso"))),))
    reply = here.ask("where is the club")
    assert (reply.entry, reply.title) == ("own-1", "Where is the club?")


def test_a_mark_changes_with_what_is_said_and_only_then(barista: Expert, damage: Damage) -> None:
    from bot.core.knowledge import load

    before = hash_of(barista, "grind-for-espresso")
    correction = kept(1, Correction(wrong="w", right="r"), "grind-for-espresso", before)
    assert hash_of(barista, "nothing-like-that") is None
    changed = {
        "reviewed": ("reviewed: 2026-11-01", "reviewed: 2026-11-02", False),
        "phrasing": ("grind size for espresso", "the size for espresso", False),
        "answer": ("Grind as fine as table salt", "Grind as fine as flour", True),
    }
    for old, new, differs in changed.values():
        other = Expert(load(damage("questions/brewing.yaml", old, new)))
        assert (hash_of(other, "grind-for-espresso") != before) is differs, old
        assert outdated(other, correction) is differs
    assert not outdated(barista, kept(1, Correction(wrong="w", right="r"), "grind-for-espresso"))
