"""A server's own entries as questions of an expert, and what the base says where a server corrects it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from bot.core.expert import Expert
from bot.core.knowledge import model
from bot.core.understand.language import detect
from bot.core.understand.text import clean, tokens
from bot.locales import LANGUAGES, Language
from bot.store.model import Contribution, Entry, Words

SERVERS: Final = 512
"""Servers whose experts are kept."""
MANY: Final = 50
"""Entries from which an expert is made in a thread: each takes a fraction of a millisecond."""


def question_of(contribution: Contribution) -> tuple[model.Question, dict[str, model.Source]]:
    """An own entry in the shape of the base's, with its sources; a language that is missing has the other's words."""
    entry = contribution.content
    assert isinstance(entry, Entry)
    id, day = contribution.entry, (contribution.decided_at or contribution.created_at).date()
    sources = {
        f"{id}-{number}": model.Source(id=f"{id}-{number}", title=source.title, url=source.url, reviewed=day)
        for number, source in enumerate(entry.sources, 1)
    }
    question = model.Question(
        id=id,
        title=model.LineText(en=in_language(entry.title, "en"), hi=in_language(entry.title, "hi")),
        intent=entry.intent,
        concepts=entry.concepts,
        phrasings=phrasings_of(entry),
        answer=_prose(entry.answer),
        detail=_prose(entry.detail) if entry.detail else None,
        sources=tuple(sources),
        reviewed=day,
    )
    return question, sources


def in_language(words: Words, language: Language) -> str:
    """The words in a language, or in the other one where they are missing."""
    own, other = (words.hi, words.en) if language == "hi" else (words.en, words.hi)
    return own or other or ""


def written_in(entry: Entry, language: Language) -> Language | None:
    """The language that an answer is really in where it is not there in the wanted one; None where it is."""
    if getattr(entry.answer, language):
        return None
    return "en" if language == "hi" else "hi"


def way_of_writing(text: str) -> str:
    """How a text is written: en, hi or hi-Latn."""
    return detect(tokens(clean(text)))


def phrasings_of(entry: Entry) -> model.Phrasings:
    """The phrasings by the way in which they are written."""
    by: dict[str, list[str]] = {"en": [], "hi": [], "hi-Latn": []}
    for text in entry.phrasings:
        by[way_of_writing(text)].append(text)
    return model.Phrasings(en=tuple(by["en"]), hi=tuple(by["hi"]), hi_latn=tuple(by["hi-Latn"]))


def _prose(words: Words) -> model.ProseText:
    return model.ProseText(en=in_language(words, "en"), hi=in_language(words, "hi"))


class _Kept(NamedTuple):
    """What an expert was made from, and the expert."""

    below: Expert
    state: tuple[tuple[int, int], ...]
    """Number and revision of each entry."""
    expert: Expert


class Experts:
    """An expert for every server that has entries of its own; only these are kept for each, never the base."""

    def __init__(self, servers: int = SERVERS) -> None:
        self._servers = servers
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._below: Expert | None = None

    async def of(self, guild_id: int | None, expert: Expert, entries: Sequence[Contribution]) -> Expert:
        """The expert of the moment with a server's own entries on top."""
        if expert is not self._below:
            # The base was loaded anew: nobody should keep the old one until each of these servers is heard of again.
            self._kept.clear()
            self._below = expert
        if not guild_id or not entries:
            return expert
        state = tuple((c.id, c.revision) for c in entries)
        kept = self._kept.get(guild_id)
        if kept is None or kept.below is not expert or kept.state != state:
            many = len(entries) >= MANY
            made = await asyncio.to_thread(_layered, expert, entries) if many else _layered(expert, entries)
            kept = _Kept(expert, state, made)
            if expert is not self._below:
                return made  # the base was loaded anew meanwhile
            self._kept[guild_id] = kept
        self._kept.move_to_end(guild_id)
        while len(self._kept) > self._servers:
            self._kept.popitem(last=False)
        return kept.expert


def _layered(expert: Expert, entries: Sequence[Contribution]) -> Expert:
    questions: dict[str, model.Question] = {}
    sources: dict[str, model.Source] = {}
    for contribution in entries:
        question, cited = question_of(contribution)
        # The base may have lost a concept since.
        known = tuple(c for c in question.concepts if c in expert.base.concepts)
        questions[question.id] = msgspec.structs.replace(question, concepts=known)
        sources |= cited
    return expert.with_questions(questions, sources)


def hash_of(expert: Expert, reference: str) -> str | None:
    """A mark of what is said at a reference, in both languages: another one, once any of it is told differently.

    Sources and dates do not count: an entry that was looked at again and found right has not changed.  None if
    there is nothing at the reference.
    """
    said: list[object] = []
    for language in LANGUAGES:
        reply = expert.open(reference, language=language)
        if reply is None:
            return None
        corrections = [(c.corrects, c.verdict.value, c.text) for c in reply.corrections]
        beliefs = [(b.belief, b.text) for b in reply.misconceptions]
        said += [reply.title, reply.answer, reply.detail, corrections, beliefs, reply.table.headings, reply.table.rows]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:32]


def outdated(expert: Expert, correction: Contribution) -> bool:
    """Whether what is said at a correction's entry has changed since the correction was approved."""
    return correction.base_hash is not None and hash_of(expert, correction.entry) != correction.base_hash
