"""Names in a box: resolved, guessed, completed."""

from __future__ import annotations

import pytest

from bot.core.expert import Expert
from bot.core.reply import Kind, Outcome


@pytest.mark.parametrize(
    ("typed", "concept"),
    [
        ("Espresso", "espresso"), ("expresso", "espresso"), ("esprseso", "espresso"), ("एस्प्रेसो", "espresso"),
        ("moka-pot", "moka-pot"), ("MOKA POT", "moka-pot"), ("  moka   pot ", "moka-pot"), ("**moka pot**", "moka-pot"),
        ("mokka pot", "moka-pot"), ("फ्रेंच प्रेस", "french-press"), ("CBC", "cold-brew"), ("सीबीसी", "cold-brew"),
        ("pot", "moka-pot"), ("cold\u200bbrew", "cold-brew"),
    ],
)  # fmt: skip
def test_name_is_resolved_in_any_spelling(barista: Expert, typed: str, concept: str) -> None:
    assert barista.names.resolve(typed) == concept
    reply = barista.concept(typed)
    assert (reply.outcome, reply.kind, reply.entry) == (Outcome.ANSWER, Kind.CONCEPT, f"concept:{concept}")
    assert reply.text == typed


@pytest.mark.parametrize(
    "typed", ["", "   ", "tea", "qemu", "espresso and moka pot", "the history of espresso", "?", "🎉"]
)
def test_what_is_no_name_is_not_resolved(barista: Expert, typed: str) -> None:
    assert barista.names.resolve(typed) is None
    assert barista.concept(typed).outcome is not Outcome.ANSWER


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("esspresso machine", "espresso"), ("the coffee grinders", "burr-grinder"), ("robu", "robusta")],
)
def test_unknown_name_says_what_it_could_have_meant(barista: Expert, typed: str, meant: str) -> None:
    reply = barista.concept(typed)
    assert reply.outcome is Outcome.CHOOSE
    assert f"concept:{meant}" in [c.entry for c in reply.choices]
    assert len(reply.choices) <= 5
    assert typed in reply.title


def test_unknown_name_that_is_like_nothing_is_declined(barista: Expert) -> None:
    reply = barista.concept("zzzzqqqq")
    assert (reply.outcome, reply.choices) == (Outcome.NO_ANSWER, ())


def test_long_name_is_not_repeated_in_full(barista: Expert) -> None:
    assert len(barista.concept("x" * 5000).title) < 150


def test_unknown_name_in_a_comparison_or_relation_is_named(barista: Expert) -> None:
    for reply in (barista.compare(["espresso", "robu"]), barista.relate("robu", "espresso")):
        assert reply.outcome is Outcome.CHOOSE
        assert next(c.entry for c in reply.choices) == "concept:robusta"
        assert "robu" in reply.title


def test_suggestions_for_nothing_are_the_most_asked_about(expert: Expert) -> None:
    links = expert.suggest("", what="concept")
    assert len(links) == 25
    assert {"concept:kvm", "concept:qemu"} <= {link.entry for link in links[:8]}
    assert len(expert.suggest("", what="question")) == 25


@pytest.mark.parametrize(
    ("typed", "first"), [("esp", "espresso"), ("mok", "moka-pot"), ("रोब", "robusta"), ("arab", "arabica")]
)
def test_suggestions_complete_what_was_typed(barista: Expert, typed: str, first: str) -> None:
    assert barista.suggest(typed, what="concept")[0].entry == f"concept:{first}"


def test_suggestions_are_titled_in_the_language_of_the_typing(barista: Expert) -> None:
    assert barista.suggest("रोब", what="concept")[0].title == "रोबस्टा"
    assert barista.suggest("rob", what="concept")[0].title == "Robusta"
    assert barista.suggest("rob", what="concept", language="hi")[0].title == "रोबस्टा"


def test_questions_are_suggested_by_their_beginning_and_by_their_words(barista: Expert) -> None:
    assert barista.suggest("Arabica or", what="question")[0].entry == "arabica-or-robusta"
    assert barista.suggest("bitter press", what="question")[0].entry == "bitter-french-press"


@pytest.mark.parametrize("limit", [1, 3, 25])
def test_suggestions_keep_to_the_limit_and_open(barista: Expert, limit: int) -> None:
    for what in ("concept", "question"):
        for typed in ("", "e", "coffee"):
            links = barista.suggest(typed, what=what, limit=limit)
            assert len(links) <= limit
            assert all(barista.open(link.entry) is not None for link in links)
            assert len({link.entry for link in links}) == len(links)


def test_every_concept_of_the_base_is_resolved_by_its_own_names(expert: Expert) -> None:
    for concept in expert.base.concepts.values():
        assert expert.names.resolve(concept.id) is not None
        assert expert.names.resolve(concept.name.en) == concept.id
        assert expert.names.resolve(concept.name.hi) == concept.id
