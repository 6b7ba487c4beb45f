"""Replies from entries, cards, tables and paths."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from itertools import combinations, permutations

import msgspec
import pytest

from bot.core.compose import RELATED, say_edge
from bot.core.expert import Expert
from bot.core.knowledge import load
from bot.core.knowledge.base import Edge, KnowledgeBase
from bot.core.reply import Kind, Outcome, Reply, as_json
from bot.locales import LANGUAGES, Language
from tests.conftest import Damage


def references(base: KnowledgeBase) -> Iterator[str]:
    """Everything that opens, but for sets of concepts."""
    yield from base.questions
    yield from (f"concept:{c}" for c in base.concepts)
    yield from (f"belief:{b}" for b in base.misconceptions)


def opened(expert: Expert, reference: str, language: str = "en") -> Reply:
    reply = expert.open(reference, language=language)  # type: ignore[arg-type]
    assert reply is not None, reference
    return reply


def test_question_is_told_in_full(barista: Expert) -> None:
    reply = opened(barista, "espresso-or-moka-pot")
    entry = barista.base.questions["espresso-or-moka-pot"]
    assert (reply.kind, reply.entry, reply.outcome) == (Kind.QUESTION, entry.id, Outcome.ANSWER)
    assert (reply.title, reply.answer, reply.detail) == (entry.title.en, entry.answer.en, None)
    assert (reply.intent, reply.concepts, reply.confidence) == (entry.intent, entry.concepts, 1.0)
    (note,) = reply.corrections
    assert (note.corrects, note.verdict, note.source) == (
        "A moka pot makes stovetop espresso", "nuance", "https://coffee.example/brewing"
    )  # fmt: skip
    assert reply.table.columns == ("espresso", "moka-pot")
    assert reply.table.headings == ("Espresso", "moka pot")
    assert reply.table.rows == (
        ("Pressure", "9 bar", "1.5 bar"), ("Time", "25 s", "5 min"), ("Grind", "very fine", "fine")
    )  # fmt: skip
    assert [(s.title, s.version, s.reviewed) for s in reply.sources] == [
        ("The brewing guide", "3rd edition", datetime.date(2026, 11, 1))
    ]
    assert [link.entry for link in reply.related] == ["grind-for-espresso"]


def test_same_entry_is_told_in_hindi(barista: Expert) -> None:
    reply = opened(barista, "espresso-or-moka-pot", "hi")
    entry = barista.base.questions["espresso-or-moka-pot"]
    assert (reply.title, reply.answer, reply.reply_language) == (entry.title.hi, entry.answer.hi, "hi")
    assert reply.table.headings == ("एस्प्रेसो", "मोका पॉट")
    assert reply.table.rows[2] == ("पिसाई", "बहुत बारीक", "बारीक")


def test_versions_are_told_with_the_detail(barista: Expert) -> None:
    assert opened(barista, "arabica-or-robusta").detail == "Holds for Arabica 1999 and later."
    assert "1999" in str(opened(barista, "arabica-or-robusta", "hi").detail)


def test_card_of_a_concept_leads_on(barista: Expert) -> None:
    reply = opened(barista, "concept:moka-pot")
    assert reply.answer == barista.base.concepts["moka-pot"].explanation.en
    assert [c.verdict for c in reply.corrections] == ["nuance"]
    entries = [link.entry for link in reply.related]
    assert entries[0] == "espresso-or-moka-pot"
    assert "concept:espresso" in entries
    assert len(entries) <= RELATED


def test_written_comparison_beats_a_composed_one(barista: Expert) -> None:
    pair = barista.base.comparisons["methods"].pairs[0]
    for order in permutations(["cold-brew", "french-press"]):
        reply = opened(barista, "compare:" + "+".join(order))
        assert (reply.answer, reply.detail) == (pair.summary.en, None)
        assert reply.table.columns == order


def test_composed_comparison_says_that_it_is(barista: Expert) -> None:
    reply = opened(barista, "compare:espresso+arabica")
    for concept in ("espresso", "arabica"):
        assert barista.base.concepts[concept].summary.en in reply.answer
    assert "Nobody has written" in str(reply.detail)
    assert not reply.table


def test_short_path_is_read_aloud_in_a_composed_comparison(barista: Expert) -> None:
    assert "moka pot can be drunk instead of Espresso" in str(opened(barista, "compare:moka-pot+espresso").detail)


def test_rows_that_differ_come_first_and_gaps_are_empty(barista: Expert) -> None:
    reply = opened(barista, "compare:french-press+cold-brew+instant-coffee")
    assert [row[0] for row in reply.table.rows] == ["Time", "Pressure", "Grind"]
    assert reply.table.rows[1] == ("Pressure", "none", "none", "")
    same = opened(barista, "compare:french-press+cold-brew")
    assert [row[0] for row in same.table.rows] == ["Time", "Pressure", "Grind"]


@pytest.mark.parametrize(
    ("first", "second", "english", "hindi"),
    [
        ("espresso", "burr-grinder", "Espresso uses burr grinder.", "एस्प्रेसो, बर ग्राइंडर का इस्तेमाल करता है।"),
        ("burr-grinder", "espresso", "burr grinder is used by Espresso.", "बर ग्राइंडर का इस्तेमाल एस्प्रेसो करता है।"),
        (
            "arabica", "robusta",
            "Arabica can be drunk instead of Robusta.", "अरेबिका को रोबस्टा की जगह पिया जा सकता है।",
        ),
        (
            "cold-brew", "moka-pot",
            "cold brew is a kind of brewing method; one kind of brewing method is moka pot.",
            "कोल्ड ब्रू एक तरह का कॉफ़ी बनाने का तरीका है; कॉफ़ी बनाने का तरीका का एक प्रकार मोका पॉट है।",
        ),
    ],
)  # fmt: skip
def test_path_is_read_aloud(barista: Expert, first: str, second: str, english: str, hindi: str) -> None:
    reply = barista.relate(first, second)
    assert (reply.kind, reply.answer.split("\n\n")[0]) == (Kind.RELATION, english)
    assert (reply.concepts[0], reply.concepts[-1]) == (first, second)
    assert barista.relate(first, second, language="hi").answer.split("\n\n")[0] == hindi


def test_things_without_a_path_are_said_to_have_none(barista: Expert) -> None:
    reply = barista.relate("espresso", "arabica")
    assert (reply.outcome, reply.kind, reply.confidence) == (Outcome.NO_ANSWER, Kind.RELATION, 0.0)
    assert "Espresso" in reply.answer
    assert "Arabica" in reply.answer


@pytest.mark.parametrize("names", [["espresso"], [], ["espresso", "expresso"], ["Espresso"] * 4])
def test_comparison_of_one_thing_is_refused(barista: Expert, names: list[str]) -> None:
    assert barista.compare(names).outcome is Outcome.NO_ANSWER
    assert barista.compare(names).answer


def test_relation_of_a_thing_with_itself_is_refused(barista: Expert) -> None:
    assert barista.relate("espresso", "expresso").outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    "reference",
    [
        "", ":", "concept:", "concept:tea", "tea", "compare:espresso", "compare:espresso+tea", "compare:", "belief:",
        "belief:nothing", "relate:espresso", "relate:espresso+moka-pot+arabica",
        "nonsense:espresso", "concept:espresso+arabica",
        "compare:espresso+moka-pot+arabica+robusta+cold-brew", "compare:espresso+espresso", "relate:espresso+espresso",
        "compare:espresso+", "concept:concept:espresso", "CONCEPT:espresso", "espresso-or-moka-pot\n", "a" * 10_000,
    ],
)  # fmt: skip
def test_reference_that_leads_nowhere_opens_nothing(barista: Expert, reference: str) -> None:
    assert barista.open(reference) is None
    assert barista.composer.link(reference, "en") is None


def test_names_with_braces_stay_as_they_are(damage: Damage) -> None:
    directory = damage("concepts/drinks.yaml", "name: {en: Espresso,", 'name: {en: "{b} {0} {names} %s $x",')
    who = Expert(load(directory))
    assert who.relate("espresso", "burr-grinder").answer.startswith("{b} {0} {names} %s $x uses burr grinder.\n\n")
    assert "{b} {0} {names} %s $x" in who.compare(["espresso", "moka-pot"]).title
    assert "{b} {0}" in opened(who, "concept:espresso").title


def test_sentence_pattern_takes_each_name_once(barista: Expert) -> None:
    base = barista.base
    assert say_edge(base, Edge("uses", "espresso", "burr-grinder", True), "en") == "Espresso uses burr grinder"
    assert say_edge(base, Edge("uses", "burr-grinder", "espresso", False), "en") == "burr grinder is used by Espresso"


def test_entry_without_sources_still_opens(damage: Damage) -> None:
    damage("misconceptions/core.yaml", "sources: [bean-atlas]", "sources: []")
    who = Expert(load(damage("corrections/common.yaml", "sources: [brew-guide]", "sources: []")))
    assert opened(who, "belief:robusta-comes-from-arabica").misconceptions[0].source == ""
    assert opened(who, "concept:moka-pot").corrections[0].source == ""


def test_help_tells_what_the_bot_is_for(barista: Expert) -> None:
    assert barista.help(language="hi").answer == barista.base.about.about.hi
    assert barista.examples("en") == barista.base.about.examples.en
    assert barista.examples("hi") == barista.base.about.examples.hi


def _checked(expert: Expert, reply: Reply) -> None:
    assert reply.title
    assert reply.answer
    assert len(reply.title) < 400
    assert len(reply.related) <= RELATED
    assert len({link.entry for link in reply.related}) == len(reply.related)
    assert all(len(row) == 1 + len(reply.table.columns) for row in reply.table.rows)
    assert len(reply.table.columns) == len(reply.table.headings)
    assert len({s.url for s in reply.sources}) <= len(reply.sources)
    json.dumps(as_json(reply))


def test_every_reference_of_the_base_opens_in_both_languages(expert: Expert) -> None:
    for reference in references(expert.base):
        for language in LANGUAGES:
            reply = opened(expert, reference, language)
            _checked(expert, reply)
            assert reply.outcome is Outcome.ANSWER
            assert reply.entry == reference
            assert reply.sources, reference
            for link in reply.related:
                assert expert.composer.title(link.entry, language) == link.title


def test_every_pair_that_shares_a_table_is_compared_in_both_languages(expert: Expert) -> None:
    pairs = {
        tuple(sorted(pair))
        for table in expert.base.comparisons.values()
        for row in table.dimensions
        for pair in combinations(row.cells, 2)
    }
    assert len(pairs) > 100
    for first, second in sorted(pairs):
        for language in LANGUAGES:
            reply = opened(expert, f"compare:{first}+{second}", language)
            _checked(expert, reply)
            assert reply.table, (first, second)
            assert reply.table.columns == (first, second)


def test_every_pair_is_related_or_said_not_to_be(expert: Expert) -> None:
    concepts = list(expert.base.concepts)
    for first, second in list(combinations(concepts, 2))[::37]:
        for language in LANGUAGES:
            reply = opened(expert, f"relate:{first}+{second}", language)
            _checked(expert, reply)
            assert (reply.outcome is Outcome.ANSWER) == (expert.base.path(first, second) is not None)


def test_curated_pairs_of_the_base_are_found_in_any_order(expert: Expert) -> None:
    for table in expert.base.comparisons.values():
        for pair in table.pairs:
            if 2 <= len(pair.of) <= 3:
                for order in permutations(pair.of):
                    assert opened(expert, "compare:" + "+".join(order)).answer == pair.summary.en


def test_json_of_a_reply_is_plain_data(barista: Expert) -> None:
    said = as_json(opened(barista, "espresso-or-moka-pot"), id={"any": [1]}, elapsed_ms=0.5)
    assert json.dumps(json.loads(json.dumps(said))) == json.dumps(said)
    assert list(said)[:2] == ["id", "text"]
    assert (said["id"], said["elapsed_ms"]) == ({"any": [1]}, 0.5)


def test_replies_can_not_be_changed(barista: Expert) -> None:
    with pytest.raises(AttributeError):
        barista.help().title = "other"  # type: ignore[misc]
    assert msgspec.structs.replace(barista.help(), title="other").title == "other"


@pytest.mark.parametrize("second", ["Espresso", "एस्प्रेसो"])
def test_what_is_one_entry_is_said_to_be_that(barista: Expert, second: str) -> None:
    for reply in (
        barista.relate("espresso", second, language="en"),
        barista.compare(["espresso", second], language="en"),
    ):
        assert reply.outcome is Outcome.NO_ANSWER
        assert reply.title == "That is one entry"
        assert "Espresso" in reply.answer
    assert barista.relate("espresso", second, language="hi").title == "यह एक ही एंट्री है"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_connection_says_what_both_ends_are(barista: Expert, language: Language) -> None:
    reply = barista.relate("espresso", "moka pot", language=language)
    for concept in ("espresso", "moka-pot"):
        assert getattr(barista.base.concepts[concept].summary, language) in reply.answer
