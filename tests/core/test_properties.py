"""Promises that hold for any text at all."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.expert import Expert
from bot.core.reply import Outcome, Reply, as_json
from bot.terminal import render

_PIECES = [
    "kvm", "qemu", "xen", "ज़ेन", "केवीएम", "difference", "kya hai", "क्या", "?", "!", "\n", " ", "@everyone", "<@123>",
    "<:a:1>", "```", "**", "||", "`", "> ", "# ", "http://",
    "https://x.y/", "\u200b", "\u200d", "\u202e", "\u2066", "\u093c",
    "्", "ा", "{", "}", "{0}", "%s", "\\", "\x00", "\ud800", "🎉",
    "👩‍👩‍👧", "ﷺ", "İ", "ß", "ı", "Ⅷ", "½", "0", "९", ".", "is a fork of",
    "vs", "not", "नहीं", "error", "कैसे", "Zalgo\u0300\u0301\u0302\u0303", "a" * 50, "-", "/", ";",
]  # fmt: skip
ANY = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(_PIECES), max_size=40).map("".join),
    st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=12)), max_size=25).map(" ".join),
)
LIMIT = 20_000
"""Characters of a whole reply besides the text it repeats; the longest entries stay far below."""

PATHOLOGICAL = {
    "empty": "",
    "one letter 100k times": "a" * 100_000,
    "Devanagari letter 100k times": "क" * 100_000,
    "vowel signs 100k times": "ि" * 100_000,
    "viramas": "क्" * 50_000,
    "nuktas": "क" + "\u093c" * 50_000,
    "accents": "a" + "\u0301" * 50_000,
    "stars": "*" * 10_000,
    "backticks": "`" * 10_000,
    "fences": "```\n" * 5_000,
    "angle brackets": "<" * 10_000,
    "open mentions": "<@" * 10_000,
    "open emoji": "<a:" * 10_000,
    "open slash commands": "</a" * 10_000,
    "open links": "[a](" * 5_000,
    "nested markdown": "".join("**__~~||" for _ in range(2_000)) + "kvm" + "".join("||~~__**" for _ in range(2_000)),
    "nested quotes": "> " * 5_000 + "kvm?",
    "addresses": "https://" * 5_000,
    "one long address": "https://example.org/" + "a/" * 20_000,
    "spaces": " " * 100_000,
    "tabs at line starts": ("\t" * 500 + "\n") * 100,
    "newlines": "\n" * 100_000,
    "question marks": "?" * 100_000,
    "dots": ". " * 50_000,
    "zero width": "\u200b" * 50_000 + "kvm" + "\u200b" * 50_000,
    "zero width inside": "\u200b".join("kvm vs xen " * 200),
    "joiners": "\u200d" * 20_000,
    "everyone": "@everyone " * 2_000,
    "right to left": "\u202e" * 1_000 + "kvm vs xen" + "\u202c" * 1_000,
    "isolates": "\u2066kvm\u2069 " * 2_000,
    "emoji": "🎉" * 20_000,
    "ligature that grows": "ﷺ" * 20_000,
    "surrogates": "\ud800" * 5_000,
    "nulls": "\x00" * 5_000,
    "names": "kvm xen qemu " * 3_000,
    "names run together": "kvmxenqemu" * 1_000,
    "typos": "qmeu kmv xne libvrit " * 1_500,
    "cues": "what is the difference between why how kaise kya " * 800,
    "beliefs": "kvm is a fork of qemu. " * 1_500,
    "beliefs without end": "kvm is a fork of qemu and " * 1_500,
    "every word another": " ".join(f"word{n}" for n in range(10_000)),
    "numbers": "9" * 50_000,
    "dashes": "a-" * 20_000,
}


def checked(reply: Reply, asked: str = "") -> None:
    """Whatever a reply is: whole, small, and fit for every surface."""
    said = json.dumps(as_json(reply), ensure_ascii=True)
    assert json.loads(said)["outcome"] in {"answer", "choose", "no_answer"}
    assert reply.title
    assert reply.answer
    size = len(json.dumps(as_json(reply), ensure_ascii=False)) - len(json.dumps(reply.text, ensure_ascii=False))
    assert size < LIMIT + 2_000 * len(reply.table.columns)
    assert len(reply.choices) <= 5
    assert bool(reply.choices) == (reply.outcome is Outcome.CHOOSE)
    assert 0.0 <= reply.confidence <= 1.0
    assert reply.language in {"en", "hi", "hi-Latn"}
    assert reply.reply_language in {"en", "hi"}
    assert (reply.kind is None) <= (reply.entry is None or reply.entry.startswith("belief:"))
    assert render(reply, why=True)


@given(ANY)
def test_any_text_gets_a_reply(expert: Expert, text: str) -> None:
    reply = expert.ask(text)
    assert reply.text == text
    checked(reply, text)


@given(ANY, ANY)
@settings(max_examples=40)
def test_any_text_may_follow_any_other(expert: Expert, first: str, second: str) -> None:
    checked(expert.ask(second, previous=expert.ask(first)))


@given(st.lists(ANY, max_size=5), st.sampled_from(["auto", "en", "hi"]))
@settings(max_examples=40)
def test_any_names_are_compared_or_declined(expert: Expert, names: list[str], language: str) -> None:
    checked(expert.compare(names, language=language))  # type: ignore[arg-type]


@given(ANY, ANY)
@settings(max_examples=40)
def test_any_name_is_explained_related_or_declined(expert: Expert, first: str, second: str) -> None:
    checked(expert.concept(first))
    checked(expert.relate(first, second))


@given(ANY)
@settings(max_examples=40)
def test_any_typing_is_completed(expert: Expert, text: str) -> None:
    for link in (*expert.suggest(text, what="concept"), *expert.suggest(text, what="question")):
        assert link.title
        assert len(link.title) <= 300


@given(ANY)
def test_any_reference_opens_or_does_not(expert: Expert, text: str) -> None:
    for reference in (text, f"concept:{text}", f"compare:{text}+{text}", f"relate:{text}", f"belief:{text}"):
        reply = expert.open(reference)
        assert reply is None or reply.entry == reference


@given(ANY)
@settings(max_examples=40)
def test_asking_twice_gives_the_same(expert: Expert, text: str) -> None:
    assert expert.ask(text) == expert.ask(text)


@pytest.mark.parametrize("text", PATHOLOGICAL.values(), ids=PATHOLOGICAL.keys())
def test_pathological_text_is_read_quickly(expert: Expert, text: str) -> None:
    started = time.process_time()
    checked(expert.ask(text))
    assert time.process_time() - started < 2.0
    started = time.process_time()
    checked(expert.concept(text))
    checked(expert.compare([text, "kvm"]))
    checked(expert.relate("kvm", text))
    expert.suggest(text, what="concept")
    expert.suggest(text, what="question")
    assert time.process_time() - started < 4.0


@pytest.mark.parametrize(
    "piece", ["a", "क", "kvm ", "> ", "*", "<@", "</a", "https://a ", "word? ", "\u200b", "kvm is a fork of qemu. "]
)
def test_time_grows_no_faster_than_the_text(expert: Expert, piece: str) -> None:
    """Ten times the text, at most forty times the time (and what is longer than the limit is cut)."""

    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        best = float("inf")
        for salt in range(3):
            started = time.process_time()
            expert.ask(text + str(salt))
            best = min(best, time.process_time() - started)
        return best

    assert seconds(6_000) < 40 * max(seconds(600), 0.001)


def _typo(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    match chance.choice(["swap", "drop", "double"]):
        case "swap":
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case "drop":
            return word[:at] + word[at + 1 :]
        case _:
            return word[:at] + word[at] + word[at:]


def _with_typo(text: str, chance: random.Random) -> str | None:
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= 5 and word.isalpha() and word.isascii()]
    if not long:
        return None
    at = chance.choice(long)
    words[at] = _typo(words[at], chance)
    return " ".join(words)


def _sample(expert: Expert, language: str) -> Iterator[tuple[str, str]]:
    chance = random.Random(20)
    texts = [t for q in expert.base.questions.values() for kind, t in q.phrasings.items() if kind == language]
    for text in chance.sample(texts, min(400, len(texts))):
        if spoilt := _with_typo(text, chance):
            yield text, spoilt


@pytest.mark.parametrize("language", ["en", "hi-Latn"])
def test_typo_does_not_flip_an_answer(expert: Expert, language: str) -> None:
    """At least 95 of 100 that are answered are answered the same or not at all, never by another entry."""
    answered, flipped, kept = 0, [], 0
    for text, spoilt in _sample(expert, language):
        before, after = expert.ask(text), expert.ask(spoilt)
        if before.outcome is not Outcome.ANSWER:
            continue
        answered += 1
        kept += after.entry == before.entry
        if after.outcome is Outcome.ANSWER and after.entry != before.entry:
            flipped.append((spoilt, before.entry, after.entry))
    assert answered >= 150
    assert len(flipped) <= 0.05 * answered, flipped
    assert kept >= 0.85 * answered
