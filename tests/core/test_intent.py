"""What a question wants, in three ways of writing."""

from __future__ import annotations

import pytest

from bot.core.knowledge.model import Intent
from bot.core.understand.intent import cue_positions, read_intents
from bot.core.understand.text import Token, tokens
from bot.core.understand.words import data, function_words


def strongest(text: str) -> set[Intent]:
    found = tokens(text)
    intents = read_intents(found, [1.0] * len(found))
    return {i for i, strength in intents.items() if strength == max(intents.values())}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("What is the difference between these two?", Intent.DIFFERENCE),
        ("dono me kya farq hai", Intent.DIFFERENCE),
        ("दोनों में क्या फ़र्क है", Intent.DIFFERENCE),
        ("this versus that", Intent.DIFFERENCE),
        ("what is it", Intent.DEFINITION),
        ("ye kya hota hai", Intent.DEFINITION),
        ("यह क्या है", Intent.DEFINITION),
        ("how to do it", Intent.HOW_TO),
        ("ise kaise kare", Intent.HOW_TO),
        ("इसे कैसे करें", Intent.HOW_TO),
        ("why so", Intent.WHY),
        ("aisa kyu hai", Intent.WHY),
        ("ऐसा क्यों है", Intent.WHY),
        ("it is not working", Intent.TROUBLESHOOT),
        ("ye nahi chal raha", Intent.TROUBLESHOOT),
        ("यह काम नहीं करता", Intent.TROUBLESHOOT),
        ("it is very slow", Intent.PERFORMANCE),
        ("bahut slow hai", Intent.PERFORMANCE),
        ("यह बहुत धीमा है", Intent.PERFORMANCE),
        ("is it secure", Intent.SECURITY),
        ("ye surakshit hai kya", Intent.SECURITY),
        ("क्या यह सुरक्षित है", Intent.SECURITY),
        ("is it possible", Intent.CAN_I),
        ("kya ye mumkin hai", Intent.CAN_I),
        ("क्या यह संभव है", Intent.CAN_I),
        ("which one should i choose", Intent.CHOICE),
        ("kaunsa behtar hai", Intent.CHOICE),
        ("कौन सा बेहतर है", Intent.CHOICE),
        ("how are they related", Intent.RELATION),
        ("inka kya sambandh hai", Intent.RELATION),
        ("इनका क्या संबंध है", Intent.RELATION),
    ],
)
def test_intent_is_read(text: str, intent: Intent) -> None:
    assert intent in strongest(text)


@pytest.mark.parametrize("text", ["", "espresso", "lorem ipsum dolor"])
def test_no_cue_no_intent(text: str) -> None:
    found = tokens(text)
    assert read_intents(found, [1.0] * len(found)) == {}


def test_what_is_opens_questions_of_other_kinds() -> None:
    found = tokens("what is the difference")
    intents = read_intents(found, [1.0] * len(found))
    assert intents[Intent.DIFFERENCE] > intents[Intent.DEFINITION] > 0


def test_words_outside_the_focus_count_less() -> None:
    found = tokens("slow")
    assert read_intents(found, [0.3])[Intent.PERFORMANCE] == pytest.approx(
        0.3 * read_intents(found, [1.0])[Intent.PERFORMANCE]
    )


def test_words_of_a_cue_are_marked() -> None:
    assert cue_positions(tokens("tell me the difference between x and y")) >= {3}
    assert cue_positions(tokens("x y z")) == frozenset()


def test_every_intent_has_cues_of_both_strengths_and_all_ways_of_writing() -> None:
    for intent in Intent:
        cues = data()["intents"][intent]
        assert cues["strong"]
        assert cues["cues"]
        assert any("\u0900" <= str(c)[0] <= "\u097f" for c in cues["strong"]), intent


def test_function_words_hold_no_name_of_letters_and_digits() -> None:
    assert {"the", "है", "hai"} <= function_words()
    assert not [w for w in function_words() if any(c.isdigit() for c in w)]


def test_intents_stay_between_nothing_and_sure() -> None:
    found: tuple[Token, ...] = tokens("what is the difference why how to fix slow secure can i which one related " * 3)
    assert all(0 < s <= 1 for s in read_intents(found, [1.0] * len(found)).values())
