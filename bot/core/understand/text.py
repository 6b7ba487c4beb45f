"""From what a person typed to tokens: Discord markup off, one spelling for each character."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

import msgspec

MAX_CHARACTERS: Final = 6000
"""What is longer is read from both ends: stories open with a title and end with the question."""
MAX_WORD: Final = 64
"""Characters of a token that are looked at: no longer word is a name, and what is kept of words stays small."""

_DISCORD = re.compile(
    r"<(?:@[!&]?|\#)\d{1,20}>"  # mentions of people, roles, channels
    r"|<a?:\w{1,32}:\d{1,20}>"  # custom emoji
    r"|</[^:>\n]{1,100}:\d{1,20}>"  # slash commands
    r"|<t:-?\d{1,15}(?::\w)?>"  # timestamps
    r"|@(?:everyone|here)\b"
)
_URL = re.compile(r"<?\bhttps?://\S{1,2000}>?")
_FENCE = re.compile(r"```(?:[\w+-]{1,20}\n)?|[*~|`]+|^[ \t]*(?:>{1,3}|#{1,3}|-\#)[ \t]+", re.MULTILINE)
_MARKUP = re.compile(r"[<@`*~|>#]|://")
"""What all of the above have one of: most messages have none, and are spared them."""
_MARKS = r"\u0300-\u036f\u0900-\u0963\u0966-\u097f"
_TOKEN = re.compile(rf"[^\W_]|[{_MARKS}]")
"""Where a word is, in any text."""
_WORD = re.compile(rf"[\w{_MARKS}]+")
"""A word of a folded text, which has no underscore."""
_WORDS = re.compile(rf"([\w{_MARKS}]+)")
_SENTENCE = re.compile(r"[?!।\n;]|\.(?=\s|$)")
_SHORT: Final = frozenset({"vs", "eg", "ie", "cf", "approx", "ver", "incl"})
"""Words that are written with a full stop which ends no sentence; so is a single letter ("e.g.")."""
_LAST_WORD = re.compile(r"(\w{1,8})\.$")
_APART = re.compile(r"[\s,;/]")
_BREAKS = str.maketrans("\n\t", "  ")
_NUKTA = "\u093c"
_FOLD = (
    (_NUKTA, ""),
    ("ँ", "ं"),
    ("ऑ", "ओ"),
    ("ॉ", "ो"),
    ("ॅ", "े"),
    ("ऍ", "ए"),
    *((chr(0x966 + digit), str(digit)) for digit in range(10)),
)


class Token(msgspec.Struct, frozen=True, gc=False):
    """A word of the question."""

    text: str
    """Folded: what everything is compared by."""
    sentence: int
    glued: bool
    """Nothing but punctuation stands between it and the token before (run-time)."""


def clean(text: str) -> str:
    """The words alone: no Discord markup, no addresses, no invisible or direction-changing characters."""
    if len(text) > MAX_CHARACTERS:
        half = MAX_CHARACTERS // 2
        text = f"{text[:half]}\n{text[-half:]}"
    if not text.isascii():
        # Normalising can make one character eighteen.
        text = unicodedata.normalize("NFKC", text)[: 2 * MAX_CHARACTERS]
    if _MARKUP.search(text):
        text = _URL.sub(" ", _DISCORD.sub(" ", text))
        text = _FENCE.sub(" ", text)
    if text.isprintable() or text.translate(_BREAKS).isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _INVISIBLE)


_INVISIBLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


def fold(text: str) -> str:
    """One spelling for what readers see as the same word: case, nukta, candra vowels, digits; no underscore."""
    text = text.casefold().replace("_", "-")
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    for seen, same in _FOLD:
        if seen in text:
            text = text.replace(seen, same)
    return text


def tokens(cleaned: str) -> tuple[Token, ...]:
    """The tokens of a cleaned text, with the sentence that each stands in."""
    # Words stand at odd places, what is between them at even ones.
    pieces = _WORDS.split(fold(cleaned))
    found: list[Token] = []
    sentence = 0
    for at in range(1, len(pieces), 2):
        word, between = pieces[at], pieces[at - 1]
        glued = False
        if between != " " and found:
            ends, glued = _gap(between)
            sentence += ends and not (between[0] == "." and _ends_nothing(between.rstrip(" "), found[-1].text))
        found.append(Token(word if len(word) <= MAX_WORD else word[:MAX_WORD], sentence, glued))
    return tuple(found)


@lru_cache(maxsize=256)
def _gap(between: str) -> tuple[bool, bool]:
    """Whether a sentence ends between two words, and whether they are one word as it is written."""
    return bool(_SENTENCE.search(between + "-")), len(between) <= 4 and not _APART.search(between)


def _ends_nothing(mark: str, word: str) -> bool:
    """Whether a full stop only shortens the word before it."""
    return mark == "." and (word in _SHORT or (len(word) == 1 and word.isascii() and word.isalpha()))


def sentences(cleaned: str) -> tuple[str, ...]:
    """The sentences that `Token.sentence` counts, each with the mark that ends it."""
    found: list[str] = []
    start = 0
    for match in _SENTENCE.finditer(cleaned):
        before = _LAST_WORD.search(cleaned, max(0, match.start() - 9), match.end())
        if before and not cleaned.startswith("\n", match.end()) and _ends_nothing(match[0], before[1].casefold()):
            continue
        if _TOKEN.search(cleaned, start, match.start()):
            found.append(cleaned[start : match.end()].strip())
            start = match.end()
        elif found:
            found[-1] += match[0]
            start = match.end()
    if _TOKEN.search(cleaned, start):
        found.append(cleaned[start:].strip())
    return tuple(found)


def words_of(text: str) -> tuple[str, ...]:
    """Folded tokens of a name or phrase."""
    return tuple(_WORD.findall(fold(text if text.isascii() else unicodedata.normalize("NFKC", text))))


def is_devanagari(word: str) -> bool:
    """Whether a token is written in Devanagari."""
    return "\u0900" <= word[:1] <= "\u097f"


_CONSONANTS: Final = {
    "क": "k", "ख": "k", "ग": "g", "घ": "g", "ङ": "n", "च": "c", "छ": "c", "ज": "j", "झ": "j", "ञ": "n",
    "ट": "t", "ठ": "t", "ड": "d", "ढ": "d", "ण": "n", "त": "t", "थ": "t", "द": "d", "ध": "d", "न": "n",
    "प": "p", "फ": "f", "ब": "b", "भ": "b", "म": "m", "य": "y", "र": "r", "ल": "l", "व": "v", "श": "s",
    "ष": "s", "स": "s", "ह": "h", "ं": "n", "ऋ": "r", "ृ": "r",
}  # fmt: skip
_LATIN_SOUNDS: Final = (
    ("tion", "sn"), ("sion", "sn"), ("tch", "c"), ("dge", "j"), ("ck", "k"), ("ph", "f"), ("sh", "s"), ("ch", "c"),
    ("th", "t"), ("kh", "k"), ("gh", "g"), ("bh", "b"), ("dh", "d"), ("jh", "j"), ("ce", "s"), ("ci", "s"), ("ge", "j"),
    ("x", "ks"),
    ("c", "k"), ("q", "k"), ("w", "v"), ("z", "j"),
)  # fmt: skip


_VOWELS: Final = str.maketrans("", "", "aeiou")
_SILENT: Final = str.maketrans("", "", "aeiouh")
_DOUBLED = re.compile(r"(.)\1+")


@lru_cache(maxsize=16384)
def skeleton(word: str) -> str:
    """The consonants of a word as it sounds, the same for Devanagari and Latin: नेटवर्क, network -> ntvrk.

    A key to find spellings by, not a transliteration: two different words may share one.
    """
    if is_devanagari(word):
        sounds = "".join([_CONSONANTS[c] for c in word if c in _CONSONANTS])
    else:
        for spelt, sound in _LATIN_SOUNDS:
            if spelt in word:
                word = word.replace(spelt, sound)
        sounds = word.translate(_VOWELS if word[:1] == "h" else _SILENT)
    return _DOUBLED.sub(r"\1", sounds)


_LETTERS: Final = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        [
            "ए",
            "बी",
            "सी",
            "डी",
            "ई",
            "एफ",
            "जी",
            "एच",
            "आई",
            "जे",
            "के",
            "एल",
            "एम",
            "एन",
            "ओ",
            "पी",
            "क्यू",
            "आर",
            "एस",
            "टी",
            "यू",
            "वी",
            "डब्ल्यू",
            "एक्स",
            "वाई",
            "जेड",
        ],
        strict=True,
    )
)


def spelled_out(name: str) -> tuple[str, ...]:
    """How Hindi writes a Latin abbreviation letter by letter (tv -> टीवी, टी वी); () if it is none."""
    if not (2 <= len(name) <= 4 and name.isascii() and name.isalpha()):
        return ()
    letters = [_LETTERS[c] for c in name.lower()]
    return "".join(letters), " ".join(letters)
