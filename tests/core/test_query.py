"""A question as it was understood."""

from __future__ import annotations

import pytest

from bot.core.expert import Expert
from bot.core.knowledge.model import Intent


def test_concepts_come_in_the_order_in_which_they_are_named(barista: Expert) -> None:
    assert list(barista.reader.read("robusta, espresso and then arabica").concepts) == [
        "robusta",
        "espresso",
        "arabica",
    ]


def test_terms_are_concepts_meanings_and_stems(barista: Expert) -> None:
    keys = [term.key for term in barista.reader.read("Is the Espresso from my kitchen bitter?").terms]
    assert [key for key in keys if key[0] not in "^&"] == ["@espresso", "kitchen", "=bitter"]


def test_words_near_each_other_are_a_term_too_in_any_order(barista: Expert) -> None:
    pairs = [
        {term.key for term in barista.reader.read(text).terms if term.key[0] == "&"}
        for text in ("the kitchen, the espresso", "espresso from the kitchen", "Kitchen! Espresso!")
    ]
    assert pairs == [{"&@espresso kitchen"}, {"&@espresso kitchen"}, set()]


def test_same_meaning_in_three_ways_of_writing_is_the_same_term(barista: Expert) -> None:
    said = {tuple(t.key for t in barista.reader.read(w).terms) for w in ("bitter", "कड़वी", "kadvi", "कड़वाहट")}
    assert said == {("=bitter",)}


def test_intent_of_a_question_is_its_strongest(barista: Expert) -> None:
    assert barista.reader.read("what is the difference between these").intent is Intent.DIFFERENCE
    assert barista.reader.read("espresso").intent is None


def test_short_text_is_no_story_and_a_long_one_is(barista: Expert) -> None:
    assert not barista.reader.read("espresso?").story
    assert barista.reader.read("I went out one day. " * 20).story


def test_aside_of_a_story_counts_less_than_its_question(barista: Expert) -> None:
    text = "Good day. " + "My neighbour drinks robusta. " * 15 + "What is espresso?"
    weights = {t.key: t.weight for t in barista.reader.read(text).terms}
    assert weights["@espresso"] == 1.0
    assert weights["@robusta"] < 1.0


def test_text_as_given_is_kept(barista: Expert) -> None:
    text = "  <@1234> **Espresso**?\u200b "
    assert barista.reader.read(text).text == text
    assert barista.ask(text).text == text


def places(expert: Expert, text: str) -> set[str]:
    return {term.key for term in expert.reader.read(text).terms if term.key.startswith("^in:")}


@pytest.mark.parametrize(
    "text", ["KVM on Windows", "kvm on my windows", "windows pe kvm", "windows ke andar kvm", "विंडोज पर केवीएम"]
)
def test_what_stands_on_what_is_heard(expert: Expert, text: str) -> None:
    assert places(expert, text) == {"^in:windows-guest"}


def test_other_way_round_is_another_question(expert: Expert) -> None:
    assert places(expert, "Windows on KVM") == places(expert, "kvm me windows") == {"^in:kvm"}
    assert places(expert, "KVM, Windows") == set()
