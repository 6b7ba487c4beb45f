"""What a server taught as one YAML file: to be taken over by another server, or into the base by a pull request.

The lists `questions`, `sources` and `corrections` have the shapes of the base's folders of these names, with a
TODO wherever the base wants more than a server needs.  `beneath` tells where each correction stands.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import yaml

from bot.community.own import hash_of, phrasings_of
from bot.community.taught import (
    Finding,
    Rules,
    address_title,
    asked_of,
    owned_by,
    plain_address,
    sorted_phrasings,
    tidy,
    tidy_line,
)
from bot.core.expert import Expert
from bot.core.knowledge import model
from bot.core.knowledge.lint import FEWEST
from bot.core.knowledge.load import Document, Reading, document, meant, read_sections
from bot.core.understand.text import words_of
from bot.store.contributions import Taken
from bot.store.model import (
    LONG,
    MAX_PHRASINGS,
    MAX_SOURCES,
    MOST_KEPT,
    SHORT,
    Content,
    Contribution,
    Correction,
    Entry,
    Reference,
    Words,
)

TODO: Final = {"en": "TODO: say this in English", "hi": "TODO: say this in Hindi"}
"""What stands for a text that is missing in a language."""
_LANGUAGES: Final = {"en": "English", "hi": "Hindi", "hi-Latn": "Hinglish"}

_Short = Annotated[str, msgspec.Meta(min_length=1, max_length=SHORT)]
_Long = Annotated[str, msgspec.Meta(min_length=1, max_length=LONG)]


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: _Short
    hi: _Short


class _Prose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: _Long
    hi: _Long


class _Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of the base's questions a server can have."""

    id: model.Id
    title: _Line
    intent: model.Intent
    concepts: Annotated[tuple[model.Id, ...], msgspec.Meta(max_length=20)] = ()
    phrasings: model.Phrasings = model.Phrasings()
    answer: _Prose
    detail: _Prose | None = None
    sources: Annotated[tuple[model.Id, ...], msgspec.Meta(max_length=MAX_SOURCES)] = ()
    reviewed: datetime.date


class _Correction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of the base's corrections a server can have."""

    id: model.Id
    corrects: _Line
    verdict: model.Verdict = model.Verdict.WRONG
    text: _Prose
    sources: Annotated[tuple[model.Id, ...], msgspec.Meta(max_length=1)] = ()
    reviewed: datetime.date


class _Beneath(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a correction stands."""

    id: model.Id
    entry: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


_SECTIONS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "questions": _Question,
    "sources": model.Source,
    "corrections": _Correction,
    "beneath": _Beneath,
}


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as they are, and every value written out."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def write(contributions: Sequence[Contribution], expert: Expert, server: str, now: datetime.datetime) -> str:
    """The approved ones of a server as a file."""
    taken = {*expert.base.questions, *expert.base.corrections, *expert.base.sources}
    sections: dict[str, list[str]] = {name: [] for name in _SECTIONS}
    ids: dict[str, str] = {}
    entries = [c for c in contributions if isinstance(c.content, Entry)]
    for contribution in entries:
        assert isinstance(contribution.content, Entry)
        ids[contribution.entry] = _add_question(sections, contribution, contribution.content, taken)
    for contribution in contributions:
        if isinstance(contribution.content, Correction):
            place = ids.get(contribution.entry, contribution.entry)
            if contribution.entry not in ids and expert.open(contribution.entry) is None:
                continue  # what it corrects is gone
            _add_correction(sections, contribution, contribution.content, place, taken)
    head = (
        f"# What {tidy_line(server)} taught the bot, as of {now:%Y-%m-%d}.\n"
        "#\n"
        "# /knowledge import takes this file on any server.  For the knowledge base, put each list into the\n"
        "# folder of its name, do what the TODOs say, and name each correction in its entry (see beneath).\n"
    )
    bodies = (f"\n{name}:\n" + "\n".join(items) if items else f"\n{name}: []\n" for name, items in sections.items())
    return head + "".join(bodies)


def _add_question(sections: dict[str, list[str]], contribution: Contribution, entry: Entry, taken: set[str]) -> str:
    id = _id(entry.title.en or entry.title.hi or "", "entry", taken)
    day = (contribution.decided_at or contribution.created_at).date()
    cited = _add_sources(sections, id, entry.sources, day, taken)
    phrasings = phrasings_of(entry)
    item = {
        "id": id,
        "title": _both(entry.title),
        "intent": entry.intent.value,
        "concepts": list(entry.concepts),
        "phrasings": {key: list(texts) for key, texts in msgspec.to_builtins(phrasings).items()},
        "answer": _both(entry.answer),
        **({"detail": _both(entry.detail)} if entry.detail else {}),
        "sources": cited,
        "reviewed": day,
    }
    wanted = [*_missing(entry.title, entry.answer, *((entry.detail,) if entry.detail else ()))]
    for language, fewest in FEWEST.items():
        there = sum(1 for key, _ in phrasings.items() if key == language)
        if there < fewest:
            wanted.append(f"{fewest - there} more phrasings in {_LANGUAGES[language]}")
    wanted += [] if entry.concepts else ["the concepts that it is about"]
    wanted += [] if cited else ["a source"]
    sections["questions"].append(_item(item, wanted))
    return id


def _add_correction(
    sections: dict[str, list[str]], contribution: Contribution, correction: Correction, place: str, taken: set[str]
) -> None:
    id = _id(correction.wrong, "correction", taken)
    day = (contribution.decided_at or contribution.created_at).date()
    source = correction.source
    references = [Reference(title=address_title(source), url=source)] if source else []
    language = "hi" if correction.language == "hi" else "en"
    wrong, right = Words(**{language: correction.wrong}), Words(**{language: correction.right})
    cited = _add_sources(sections, id, references, day, taken)
    item = {
        "id": id,
        "corrects": _both(wrong),
        "verdict": model.Verdict.WRONG.value,
        "text": _both(right),
        "sources": cited,
        "reviewed": day,
    }
    sections["corrections"].append(_item(item, [*_missing(wrong), *([] if cited else ["a source"])]))
    sections["beneath"].append(_item({"id": id, "entry": place}, []))


def _add_sources(
    sections: dict[str, list[str]], id: str, sources: Iterable[Reference], day: datetime.date, taken: set[str]
) -> list[str]:
    cited: list[str] = []
    for number, source in enumerate(sources, 1):
        cited.append(_id(f"{id[:50]}-{number}", "source", taken))
        item = {"id": cited[-1], "title": source.title, "url": source.url, "reviewed": day}
        sections["sources"].append(_item(item, []))
    return cited


def _both(words: Words) -> dict[str, str]:
    return {"en": words.en or TODO["en"], "hi": words.hi or TODO["hi"]}


def _missing(*texts: Words) -> Iterator[str]:
    for language in ("en", "hi"):
        if not all(getattr(words, language) for words in texts):
            yield f"what is missing in {_LANGUAGES[language]}"


def _item(item: dict[str, Any], wanted: Sequence[str]) -> str:
    marks = "".join(f"# TODO: {what}\n" for what in wanted)
    return marks + yaml.dump([item], Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)


def _id(text: str, otherwise: str, taken: set[str]) -> str:
    """A free id that tells what a thing is about."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    start = "-".join(words)[:48].rstrip("-") or otherwise
    id, number = start, 1
    while id in taken:
        number += 1
        id = f"{start}-{number}"
    taken.add(id)
    return id


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a file, and where."""

    line: int
    what: Finding | str
    """A finding, or the loader's own words."""


@dataclass(slots=True)
class Import:
    """A file, read: what would be taken over, or what keeps it from that."""

    items: list[Taken] = field(default_factory=list)
    known: int = 0
    """Contributions that are here already, word for word."""
    troubles: list[Trouble] = field(default_factory=list)

    def contents(self, kind: type[Entry] | type[Correction]) -> list[Content]:
        """What is new, of one kind."""
        return [item.content for item in self.items if isinstance(item.content, kind)]


def read(
    text: str, expert: Expert, here: Expert, approved: Sequence[Contribution], rules: Rules | None = None
) -> Import:
    """Read a file for a server that has `approved` already; all that is wrong with it is told at once."""
    reading = Reading(Path())
    made = document(reading, "import.yaml", text)
    if made is not None:
        read_sections(reading, made, _SECTIONS)
    result = _Reader(reading, expert, here, approved, rules or Rules()).read(made) if made is not None else Import()
    result.troubles += [Trouble(p.line, p.message) for p in reading.problems]
    result.troubles.sort(key=lambda trouble: trouble.line)
    return result


class _Reader:
    def __init__(
        self, reading: Reading, expert: Expert, here: Expert, approved: Sequence[Contribution], rules: Rules
    ) -> None:
        self._reading, self._expert, self._here, self._rules = reading, expert, here, rules
        self._approved = approved
        self._result = Import()
        self._places: dict[str, int | str] = {}
        """Id of a question of the file to its place in the import, or to the own entry that it is already."""

    def read(self, made: Document) -> Import:
        for key, line in made.repeated_keys():
            self._trouble(made, (), Finding("KB005", {"name": key}), line)
        if not any(self._reading.of(kind) for kind in _SECTIONS.values()) and not self._reading.problems:
            self._trouble(made, (), Finding("nothing"))
        self._questions()
        self._corrections()
        kinds = ((Entry, "too_many"), (Correction, "too_many_corrections"))
        for kind, rule in kinds:
            there = sum(isinstance(c.content, kind) for c in self._approved)
            if there + len(self._result.contents(kind)) > MOST_KEPT:
                self._trouble(made, (), Finding(rule, {"most": MOST_KEPT}))
        return self._result

    def _questions(self) -> None:
        owned = owned_by(self._approved)
        existing = {_same(c.content): c.entry for c in self._approved if isinstance(c.content, Entry)}
        for question in self._reading.of(_Question).values():
            entry = self._entry(question)
            if (reference := existing.get(_same(entry))) is not None:
                self._places[question.id] = reference
                self._result.known += 1
                continue
            for finding in self._rules.needed(entry, self._expert, self._here, owned):
                self._trouble_at(question, _FIELDS.get(finding.rule[:5], ()), finding)
            owned |= dict.fromkeys(map(words_of, asked_of(entry)), question.id)
            self._places[question.id] = len(self._result.items)
            self._result.items.append(Taken(entry))

    def _entry(self, question: _Question) -> Entry:
        phrasings = tuple(dict.fromkeys(filter(None, map(tidy_line, question.phrasings.all()))))
        if len(phrasings) > MAX_PHRASINGS:
            self._trouble_at(question, ("phrasings",), Finding("many_phrasings", {"most": MAX_PHRASINGS}))
        return Entry(
            title=self._words(question, "title", question.title),
            answer=self._words(question, "answer", question.answer),
            detail=self._words(question, "detail", question.detail) if question.detail else None,
            intent=question.intent,
            concepts=question.concepts,
            phrasings=sorted_phrasings(phrasings),
            sources=tuple(self._cited(question, question.sources)),
        )

    def _corrections(self) -> None:
        places = self._reading.of(_Beneath)
        existing = {(_same(c.content), c.entry) for c in self._approved}
        for correction in self._reading.of(_Correction).values():
            content = self._correction(correction)
            placed = places.get(correction.id)
            if placed is None:
                self._trouble_at(correction, (), Finding("not_placed", {"id": correction.id}))
                continue
            about: int | str | None = self._places.get(placed.entry, placed.entry)
            mark = None
            if isinstance(about, str) and about not in self._places.values():
                mark = hash_of(self._expert, about)
                if mark is None:
                    close = meant(placed.entry, [*self._expert.base.questions, *self._reading.of(_Question)])
                    values = {"id": placed.entry, "meant": close}
                    self._trouble_at(placed, ("entry",), Finding("no_entry", values))
                    continue
            if content is None:
                continue
            if isinstance(about, str) and (_same(content), about) in existing:
                self._result.known += 1
            else:
                self._result.items.append(Taken(content, about, mark))
        for placed in places.values():
            if placed.id not in self._reading.of(_Correction) and not self._reading.problems:
                self._trouble_at(placed, (), Finding("no_correction", {"id": placed.id}))

    def _correction(self, correction: _Correction) -> Correction | None:
        before = len(self._result.troubles)
        wrong = self._words(correction, "corrects", correction.corrects)
        right = self._words(correction, "text", correction.text)
        cited = [*self._cited(correction, correction.sources)]
        language = "en" if wrong.en and right.en else "hi" if wrong.hi and right.hi else None
        if language is None:
            self._trouble_at(correction, (), Finding("one_language", {"id": correction.id}))
        if len(self._result.troubles) > before or language is None:
            return None
        return Correction(
            wrong=tidy_line(getattr(wrong, language)),
            right=getattr(right, language),
            source=cited[0].url if cited else None,
            language=language,
        )

    def _words(self, owner: Any, name: str, words: _Line | _Prose) -> Words:
        """A text in the languages in which it is there."""
        found: dict[str, str | None] = {}
        for language, mark in TODO.items():
            text = getattr(words, language)
            made = tidy_line(text) if isinstance(words, _Line) else tidy(text)
            found[language] = made if made and made != mark else None
        if not any(found.values()):
            self._trouble_at(owner, (name,), Finding("no_words", {"id": owner.id}))
        return Words(**found)

    def _cited(self, owner: Any, ids: Iterable[str]) -> Iterator[Reference]:
        ours = self._reading.of(model.Source)
        for number, id in enumerate(ids):
            source = ours.get(id) or self._expert.base.sources.get(id)
            if source is None:
                values = {"id": id, "meant": meant(id, [*ours, *self._expert.base.sources])}
                self._trouble_at(owner, ("sources", number), Finding("no_source", values))
            elif not plain_address(source.url):
                self._trouble_at(source, ("url",), Finding("address", {"text": source.url[:100]}))
            else:
                yield Reference(title=tidy_line(source.title) or address_title(source.url), url=source.url)

    def _trouble_at(self, owner: Any, path: tuple[str | int, ...], finding: Finding) -> None:
        made, start = self._reading.places[type(owner), owner.id]
        self._trouble(made, (*start, *path), finding)

    def _trouble(self, made: Document, path: tuple[str | int, ...], finding: Finding, line: int = 0) -> None:
        self._result.troubles.append(Trouble(line or made.line(path), finding))


_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "KB004": ("concepts",),
    "KB012": ("phrasings",),
    "KB030": ("answer",),
    "KB031": ("answer",),
    "KB034": ("answer",),
}
"""Where a rule's finding stands."""


def _same(content: Content) -> bytes:
    """Two contributions with the same of this are the same."""
    if isinstance(content, Entry):
        content = msgspec.structs.replace(content, phrasings=sorted_phrasings(content.phrasings))
    return msgspec.json.encode(content)
