"""From what a person typed to tokens."""

from __future__ import annotations

import pytest

from bot.core.understand.text import (
    MAX_CHARACTERS,
    clean,
    fold,
    is_devanagari,
    sentences,
    skeleton,
    spelled_out,
    tokens,
    words_of,
)

ZWJ, ZWNJ, NUKTA = "\u200d", "\u200c", "\u093c"


def words(text: str) -> list[str]:
    return [token.text for token in tokens(clean(text))]


def test_vowel_signs_stay_part_of_the_word() -> None:
    assert words("मेल और मूल") == ["मेल", "और", "मूल"]
    assert words("मेल") != words("मूल")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ज़ेन", "जेन"),
        ("ज" + NUKTA + "ेन", "\u095bेन"),
        ("फ़र्क", "फर्क"),
        ("केवी" + ZWJ + "एम", "केवीएम"),
        ("केवी" + ZWNJ + "एम", "केवीएम"),
        ("हूँ", "हूं"),
        ("ऑप्स", "ओप्स"),
        ("केवीऍम", "केवीएम"),
        ("४२", "42"),
        ("QEMU", "qemu"),
        ("ＫＶＭ", "kvm"),
        ("ﬁle", "file"),
        ("kv\u00adm", "kvm"),
        ("k\u200bv\u2060m\ufeff", "kvm"),
        ("\u202ekvm\u202c", "kvm"),
        ("cafe\u0301", "caf\u00e9"),
    ],
)
def test_same_word_to_a_reader_is_the_same_word(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(("one", "other"), [("मेल", "मूल"), ("कल", "काल"), ("दिन", "दीन"), ("kvm", "hvm")])
def test_other_words_stay_others(one: str, other: str) -> None:
    assert words(one) != words(other)


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("<@123456789012345678> what", ["what"]),
        ("<@!123> <@&456> <#789> what", ["what"]),
        ("<:party:123456> <a:dance:987> what", ["what"]),
        ("</ask:123456> what", ["what"]),
        ("<t:1700000000:R> what <t:1700000000>", ["what"]),
        ("@everyone what @here", ["what"]),
        ("**what** __is__ ~~this~~ ||secret||", ["what", "is", "this", "secret"]),
        ("```py\nprint\n```", ["print"]),
        ("`code` and ``more``", ["code", "and", "more"]),
        ("> quoted\n>>> all of it", ["quoted", "all", "of", "it"]),
        ("# heading\n-# small", ["heading", "small"]),
        ("see https://example.org/a?b=c now", ["see", "now"]),
        ("see <https://example.org/a> now", ["see", "now"]),
        ("5 < 6 and 7 > 3", ["5", "6", "and", "7", "3"]),
        ("a <- b", ["a", "b"]),
        ("", []),
        ("   \n\t ", []),
        ("🎉🎉 !!! ???", []),
    ],
)
def test_markup_is_taken_off(typed: str, left: list[str]) -> None:
    assert [w for w in words(typed) if w != "-"] == left


def test_link_keeps_its_words_and_loses_its_address() -> None:
    assert words("[press here](https://evil.example/x) now") == ["press", "here", "now"]


def test_sentences_are_counted_by_their_marks() -> None:
    assert [t.sentence for t in tokens("One two. Three? चार पाँच। six")] == [0, 0, 1, 2, 2, 3]


def test_shortened_word_ends_no_sentence() -> None:
    assert {t.sentence for t in tokens("Xen vs. KVM, e.g. on a laptop")} == {0}
    assert [t.sentence for t in tokens("Which one. Xen vs.\nKVM")] == [0, 0, 1, 1, 2]


def test_version_number_ends_no_sentence() -> None:
    assert {t.sentence for t in tokens("since 4.21 it is so")} == {0}


@pytest.mark.parametrize(
    "text",
    [
        "One. Two? Three",
        "...",
        "? what",
        "a\n\n\nb",
        "एक। दो।",
        "x;y",
        "tail.",
        "Ends?! Then.",
        "Straße. ßß? a",
        "A vs. B. C",
        "e.g. x. Y",
        "vs.\nb",
    ],
)
def test_tokens_and_sentences_agree(text: str) -> None:
    """`Token.sentence` counts what `sentences` returns."""
    found, pieces = tokens(text), sentences(text)
    assert (max((t.sentence for t in found), default=-1) + 1) == len(pieces)
    for token in found:
        assert token.text in fold(pieces[token.sentence])


def test_only_punctuation_glues() -> None:
    assert [t.glued for t in tokens("qemu-img, qemu img a.b a/b")] == [
        False, True, False, False, False, True, False, False
    ]  # fmt: skip


def test_text_that_is_too_long_keeps_both_ends() -> None:
    text = "opening " + "x " * MAX_CHARACTERS + " closing?"
    assert len(clean(text)) <= MAX_CHARACTERS + 1
    assert (words(text)[0], words(text)[-1]) == ("opening", "closing")


def test_words_of_a_name_are_folded() -> None:
    assert words_of("KVM-Over-IP") == ("kvm", "over", "ip")
    assert words_of("ज़ेन हाइपरवाइज़र") == ("जेन", "हाइपरवाइजर")


def test_script_is_seen_by_the_first_letter() -> None:
    assert is_devanagari("क")
    assert not is_devanagari("k")
    assert not is_devanagari("")


@pytest.mark.parametrize(("devanagari", "latin"), [("नेटवर्क", "network"), ("कर्नेल", "kernel"), ("ड्राइवर", "driver")])
def test_skeleton_is_the_same_in_both_scripts(devanagari: str, latin: str) -> None:
    assert skeleton(words_of(devanagari)[0]) == skeleton(latin)


@pytest.mark.parametrize(
    ("name", "hindi"),
    [("kvm", ("केवीएम", "के वी एम")), ("HVM", ("एचवीएम", "एच वी एम")), ("long-name", ()), ("x", ()), ("k2", ())],
)
def test_abbreviations_are_spelt_letter_by_letter(name: str, hindi: tuple[str, ...]) -> None:
    assert spelled_out(name) == hindi


def test_word_without_end_is_cut() -> None:
    """What is kept of words stays small, whatever people send."""
    assert [len(t.text) for t in tokens(clean("a" * 4000 + " b"))] == [64, 1]


def test_character_that_grows_when_normalised_stays_bounded() -> None:
    assert len(clean("ﷺ" * MAX_CHARACTERS)) <= 2 * MAX_CHARACTERS
