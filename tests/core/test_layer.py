"""A server's own questions on top of a base: found like the base's, and in nobody's way."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from types import MappingProxyType

import pytest

from bot.core.expert import Expert
from bot.core.knowledge.model import Intent, LineText, Phrasings, ProseText, Question, Source
from bot.core.reply import Outcome

WHEN = datetime.date(2026, 11, 28)


def question(id: str, en: str, hi: str, *phrasings: str, intent: Intent = Intent.HOW_TO) -> Question:
    return Question(
        id=id,
        title=LineText(en=en, hi=hi),
        intent=intent,
        concepts=(),
        phrasings=Phrasings(en=phrasings),
        answer=ProseText(en="Ask in the channel.", hi="चैनल में पूछें।"),
        sources=(f"{id}-1",),
        reviewed=WHEN,
    )


OWN = {
    "own-1": question(
        "own-1",
        "How do I book the Zubrella machine?",
        "ज़ुब्रेला मशीन कैसे बुक करें?",
        "zubrella booking",
        "zubrella machine kaise book karu",
    ),
    "own-2": question("own-2", "Where do I post latte art?", "लाटे आर्ट कहाँ पोस्ट करूँ?"),
}
SOURCES = {f"{id}-1": Source(id=f"{id}-1", title="Rules", url="https://a.example", reviewed=WHEN) for id in OWN}


@pytest.fixture(scope="module")
def club(barista: Expert) -> Expert:
    return barista.with_questions(OWN, SOURCES)


def test_every_question_of_the_base_is_answered_as_before(barista: Expert, club: Expert) -> None:
    asked = [t for q in barista.base.questions.values() for t in (q.title.en, q.title.hi, *q.phrasings.all())]
    asked += ["espresso vs cold brew", "what is a moka pot", "how is the weather", "espreso", "moka pot kya hai"]
    for text in asked:
        before, after = barista.ask(text), club.ask(text)
        assert (after.outcome, after.entry, after.answer) == (before.outcome, before.entry, before.answer), text
        assert after.confidence == pytest.approx(before.confidence, abs=0.02), text


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("how do i book the zubrella machine", "own-1"),
        ("zubrela machine booking", "own-1"),
        ("how can I book a zubrelal?", "own-1"),
        ("zubrella machine kaise book kare", "own-1"),
        ("ज़ुब्रेला मशीन कैसे बुक करूँ?", "own-1"),
        ("ज़ूब्रैला मशीन बुक कैसे करें", "own-1"),
        ("where can i post latte art", "own-2"),
        ("लाटे आर्ट कहाँ पोस्ट करें", "own-2"),
    ],
)
def test_an_own_question_is_found_there_and_nowhere_else(barista: Expert, club: Expert, text: str, entry: str) -> None:
    assert club.ask(text).entry == entry
    assert barista.ask(text).entry != entry
    assert barista.open(entry) is None


def test_talk_that_only_brushes_an_own_question_is_left_alone(club: Expert) -> None:
    for text in ("where do I post letters to France", "is art expensive", "how do I book a flight", "who won"):
        assert club.ask(text).outcome is Outcome.NO_ANSWER, text


def test_the_nearer_of_two_entries_wins_whoever_wrote_it(barista: Expert) -> None:
    asked = "how fine should I grind for espresso on our lever machine"
    own = question("own-9", "How fine do I grind for espresso on our lever machine?", "लीवर मशीन के लिए कितना बारीक?")
    assert barista.ask(asked).entry == "grind-for-espresso"
    sources = {"own-9-1": SOURCES["own-1-1"]}
    club = barista.with_questions({"own-9": own}, sources)
    assert club.ask(asked).entry == "own-9"
    assert club.ask("how fine should espresso be ground").entry == "grind-for-espresso"


def test_its_answer_opens_with_its_sources_in_both_languages(club: Expert) -> None:
    for language, answer in (("en", "Ask in the channel."), ("hi", "चैनल में पूछें।")):
        reply = club.open("own-1", language=language)  # type: ignore[arg-type]
        assert reply is not None
        assert (reply.answer, [s.url for s in reply.sources]) == (answer, ["https://a.example"])


def test_it_is_suggested_as_one_types(barista: Expert, club: Expert) -> None:
    assert "own-1" in [link.entry for link in club.suggest("how do i book", what="question")]
    assert "own-1" in [link.entry for link in club.suggest("zubrella", what="question")]
    assert "own-1" not in [link.entry for link in barista.suggest("zubrella", what="question")]


def test_an_id_that_the_base_has_stays_the_bases(barista: Expert) -> None:
    id = next(iter(barista.base.questions))
    club = barista.with_questions({id: question(id, "Something else?", "कुछ और?")}, {})
    assert club.open(id) == barista.open(id)
    assert len(club.base.questions) == len(barista.base.questions)


def test_nothing_of_the_base_is_copied(barista: Expert, club: Expert) -> None:
    assert club.reader is barista.reader
    assert club.names is barista.names
    assert club.base.edges is barista.base.edges
    for name in ("concepts", "comparisons", "misconceptions", "homonyms"):
        ours, theirs = getattr(club.base, name), getattr(barista.base, name)
        assert isinstance(ours, Mapping | MappingProxyType)
        assert ours is theirs
    assert list(club.base.questions) == [*barista.base.questions, *OWN]


def test_the_base_is_as_it_was(barista: Expert) -> None:
    known = barista.reader.vocabulary.knows("zubrella")
    barista.with_questions(OWN, SOURCES).ask("zubrella")
    assert not known
    assert not barista.reader.vocabulary.knows("zubrella")
    assert "own-1" not in barista.base.questions
