"""What people type made into contributions: tidied, each text in its language, and held to the rules of the base."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlsplit

from bot.community.own import in_language, way_of_writing
from bot.core.expert import Expert
from bot.core.knowledge.base import KnowledgeBase
from bot.core.knowledge.lint import Avoided, long_sentences, odd_code
from bot.core.knowledge.load import meant
from bot.core.knowledge.model import Intent
from bot.core.understand.query import bag
from bot.core.understand.text import clean, tokens, words_of
from bot.locales import Language
from bot.store.model import (
    LONG,
    MAX_PHRASINGS,
    MAX_SOURCES,
    SHORT,
    Content,
    Contribution,
    Correction,
    Entry,
    Reference,
    Words,
)

CONCEPTS: Final = 5
"""Concepts that an entry is filed under by itself."""
_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
_FILLERS: Final = "\u034f\u115f\u1160\u17b4\u17b5\u2028\u2029\u3164\uffa0"
_JOINERS: Final = "\u200c\u200d"
_STRAY_JOINERS: Final = re.compile(f"(?<!\\S)[{_JOINERS}]+|[{_JOINERS}]+(?=[{_JOINERS}]|\\s|$)")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule says about a contribution."""

    rule: str
    """Number of a rule of the base, or a few words; the surface has the sentence."""
    values: Mapping[str, object] = field(default_factory=dict)
    warning: bool = False
    """Whether it may be kept all the same."""


class Unfit(Exception):  # noqa: N818 - read aloud in `except Unfit`
    """What was typed can not become a contribution."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(", ".join(f.rule for f in findings))


def tidy(text: str) -> str:
    """A text in one spelling, without what nobody sees; its lines stay, at most one empty one between two."""
    lines = [tidy_line(line) for line in re.split(r"\r\n?|\n", text)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def tidy_line(text: str) -> str:
    """The same as one line."""
    text = unicodedata.normalize("NFC", text.replace("\t", " "))
    text = "".join(
        c for c in text if c in _JOINERS or (unicodedata.category(c) not in _HIDDEN and c not in _FILLERS) or c == "\n"
    )
    return " ".join(_STRAY_JOINERS.sub("", text).split())


def language_of(text: str) -> Language:
    """The language of a text; Hindi in Latin letters is Hindi."""
    return "en" if way_of_writing(text) == "en" else "hi"


def correction_of(wrong: str, right: str, source: str) -> Correction:
    """A correction as it was typed into three fields.

    Raises:
        Unfit: something is missing or too long, or the source is no web address.
    """
    wrong, right = tidy_line(wrong), tidy(right)
    findings = [*_length("wrong", wrong, SHORT), *_length("right", right, LONG)]
    urls = [*_addresses(source, findings)]
    if findings:
        raise Unfit(findings)
    return Correction(wrong=wrong, right=right, source=urls[0] if urls else None, language=language_of(right))


def entry_of(
    expert: Expert,
    *,
    question: str,
    answer: str,
    other: str = "",
    phrasings: str = "",
    sources: str = "",
    before: Entry | None = None,
) -> Entry:
    """An own entry as it was typed into five fields; `before` is what it replaces.

    `other` has the question on its first line and the answer below, in the other language.  What it is
    about is read from the question, unless it was said before.

    Raises:
        Unfit: something is missing or too long, or the source is no web address.
    """
    question, answer = tidy_line(question), tidy(answer)
    findings = [*_length("question", question, SHORT), *_length("answer", answer, LONG)]
    titles, answers = {language_of(question): question}, {language_of(answer): answer}
    if other := tidy(other):
        first, _, rest = other.partition("\n")
        rest = rest.strip("\n")
        findings += [*_length("other_question", first, SHORT), *_length("other_answer", rest, LONG)]
        if not findings and (language_of(first) in titles or language_of(rest) in answers):
            findings.append(Finding("other_language"))
        titles.setdefault(language_of(first), first)
        answers.setdefault(language_of(rest), rest)
    asked = tuple(dict.fromkeys(filter(None, map(tidy_line, phrasings.split("\n")))))
    for text in asked:
        findings += _length("phrasing", text, SHORT)
    if len(asked) > MAX_PHRASINGS:
        findings.append(Finding("many_phrasings", {"most": MAX_PHRASINGS}))
    known = {source.url: source for source in (before.sources if before else ())}
    cited = tuple(
        known.get(url) or Reference(title=address_title(url), url=url) for url in _addresses(sources, findings)
    )
    if findings:
        raise Unfit(findings)
    # English first, whichever was typed first.
    queries = [expert.reader.read(titles[language]) for language in sorted(titles)]
    named = dict.fromkeys(concept for query in queries for concept in query.named())
    return Entry(
        title=Words(en=titles.get("en"), hi=titles.get("hi")),
        answer=Words(en=answers.get("en"), hi=answers.get("hi")),
        detail=before.detail if before else None,
        intent=queries[0].intent or (before.intent if before else Intent.HOW_TO),
        concepts=before.concepts if before else tuple(named)[:CONCEPTS],
        phrasings=sorted_phrasings(asked),
        sources=cited,
    )


def sorted_phrasings(phrasings: Iterable[str]) -> tuple[str, ...]:
    """Phrasings by the way in which they are written, as a file of the base has them."""
    order = ("en", "hi", "hi-Latn")
    return tuple(sorted(phrasings, key=lambda text: order.index(way_of_writing(text))))


def address_title(url: str) -> str:
    """What to call a document of which only the address is known."""
    parts = urlsplit(url)
    return tidy_line(f"{parts.hostname or ''}{parts.path.rstrip('/')}")[:80] or url[:80]


def plain_address(url: str) -> bool:
    """Whether something is a web address and nothing else."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    # Letters of other scripts grow when they are written as an address.
    return plain and len(quote(url, safe="%/:?#[]@!$&()*+,;=~")) <= 300 and not re.search(r"[\s<>\"'`\\]", url)


def _addresses(typed: str, findings: list[Finding]) -> list[str]:
    """Web addresses, one a line; what is none is noted."""
    urls = list(dict.fromkeys(filter(None, map(tidy_line, typed.split("\n")))))
    findings += [Finding("address", {"text": url[:100]}) for url in urls if not plain_address(url)]
    if len(urls) > MAX_SOURCES:
        findings.append(Finding("many_sources", {"most": MAX_SOURCES}))
    return urls


def _length(what: str, text: str, most: int) -> Iterator[Finding]:
    if not text:
        yield Finding(f"empty.{what}")
    elif len(text) > most:
        yield Finding("long", {"text": text[:40], "count": len(text), "most": most})


class Rules:
    """The rules of the base for one entry of a server."""

    def __init__(self) -> None:
        self._owned: tuple[KnowledgeBase, dict[tuple[str, ...], str]] | None = None
        """The base that was looked at last, and whose each of its phrasings is."""

    def check(self, content: Content, expert: Expert, here: Expert, owned: Owned) -> list[Finding]:
        """What is to be said about a contribution.

        `expert` is the base's, `here` has the server's entries on top; `owned` tells whose their phrasings are,
        without those of the entry that is checked.
        """
        if isinstance(content, Correction):
            return [] if content.source else [Finding("KB050", warning=True)]
        alike = self._alike(content, expert, here, owned)
        return [*self.needed(content, expert, here, owned), *alike, *_readable(content)]

    def needed(self, entry: Entry, expert: Expert, here: Expert, owned: Owned) -> Iterator[Finding]:
        """What keeps an own entry from being taken."""
        yield from _concepts(entry, expert)
        yield from _same(entry, expert)
        base = self._owners(expert.base)
        for text in asked_of(entry):
            key = words_of(text)
            if (other := owned.get(key) or base.get(key)) is not None:
                yield Finding("KB012", {"text": text, "title": _title(here, other)})

    def _alike(self, entry: Entry, expert: Expert, here: Expert, owned: Owned) -> Iterator[Finding]:
        """KB013: what comes to the same words can not be told apart."""
        known = {*expert.base.questions, *owned.values()}
        told: set[str] = set()
        for text in asked_of(entry):
            if words_of(text) in owned or words_of(text) in self._owners(expert.base):
                continue
            terms = here.reader.terms(tokens(clean(text)))
            same = frozenset(bag(terms))
            for hit in here.matcher.index.search(terms):
                if hit.entry not in known or hit.entry in told:
                    continue
                if frozenset(bag(here.reader.terms(tokens(clean(hit.phrasing.text))))) == same:
                    told.add(hit.entry)
                    values = {"text": text, "other": hit.phrasing.text, "title": _title(here, hit.entry)}
                    yield Finding("KB013", values, warning=True)

    def _owners(self, base: KnowledgeBase) -> Mapping[tuple[str, ...], str]:
        if self._owned is None or self._owned[0] is not base:
            found: dict[tuple[str, ...], str] = {}
            for question in base.questions.values():
                for text in (question.title.en, question.title.hi, *question.phrasings.all()):
                    found.setdefault(words_of(text), question.id)
            self._owned = base, found
        return self._owned[1]


Owned = Mapping[tuple[str, ...], str]
"""The words of a phrasing to the reference whose it is."""


def owned_by(approved: Iterable[Contribution], *, but: str = "") -> dict[tuple[str, ...], str]:
    """Whose the phrasings of a server's own entries are, leaving one of these out."""
    return {
        words_of(text): c.entry
        for c in approved
        if isinstance(c.content, Entry) and c.entry != but
        for text in asked_of(c.content)
    }


def asked_of(entry: Entry) -> tuple[str, ...]:
    """All ways of asking for an entry."""
    return tuple(dict.fromkeys(filter(None, (entry.title.en, entry.title.hi, *entry.phrasings))))


def _title(expert: Expert, reference: str) -> str:
    return expert.composer.title(reference, "en") or reference


def _concepts(entry: Entry, expert: Expert) -> Iterator[Finding]:
    """KB004: what an entry is about must exist."""
    for id in entry.concepts:
        if id not in expert.base.concepts:
            close = re.search(r'"([^"]+)"', meant(id, expert.base.concepts))
            rule = "KB004.meant" if close else "KB004"
            yield Finding(rule, {"concept": id} | ({"meant": close[1]} if close else {}))


def _same(entry: Entry, expert: Expert) -> Iterator[Finding]:
    """KB030, KB031, KB034: both languages say the same, and terms are written as everywhere."""
    avoided = Avoided(expert.base.glossary)
    for words in filter(None, (entry.title, entry.answer, entry.detail)):
        if words.en and words.hi:
            if words.en == words.hi:
                yield Finding("KB030")
            if odd := odd_code(words.en, words.hi):
                yield Finding("KB031", {"code": odd})
        for found, better in avoided.find(words.hi or ""):
            yield Finding("KB034", {"found": found, "better": better})


def _readable(entry: Entry) -> Iterator[Finding]:
    """KB041, KB050: short sentences, and a source."""
    for text in filter(None, (entry.answer.en, entry.answer.hi)):
        for count in long_sentences(text):
            yield Finding("KB041", {"count": count}, warning=True)
    if not entry.sources:
        yield Finding("KB050", warning=True)


def headline(content: Content, language: Language) -> str:
    """What a contribution is called in a list."""
    return content.wrong if isinstance(content, Correction) else in_language(content.title, language)


def as_text(content: Content) -> str:
    """Every word of a contribution, to be given back to its author."""
    if isinstance(content, Correction):
        return "\n\n".join(filter(None, (content.wrong, content.right, content.source)))
    parts = [content.title.en, content.answer.en, content.title.hi, content.answer.hi]
    if content.detail:
        parts += [content.detail.en, content.detail.hi]
    parts += ["\n".join(content.phrasings), "\n".join(f"{s.title} {s.url}" for s in content.sources)]
    return "\n\n".join(filter(None, parts))
