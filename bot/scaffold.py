"""For those who write knowledge: a new entry from a question, and the state of the base as a page."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.core.expert import Expert
from bot.core.knowledge import model
from bot.core.knowledge.base import KnowledgeBase
from bot.core.knowledge.hindi import texts
from bot.core.understand.text import words_of

_ID_WORDS: Final = 6


def new_question(expert: Expert, text: str) -> str:
    """YAML of a new question, filled in as far as the question itself tells; with what is near it as a comment."""
    query = expert.reader.read(text)
    reply = expert.ask(text)
    concepts = [concept for concept, sure in query.concepts.items() if sure >= 0.5] or ["CONCEPT"]
    words = [w for w in words_of(text) if w.isascii()][:_ID_WORDS]
    id = "-".join(words) or "-".join([*concepts[:2], "question"])
    line = " ".join(text.split()).replace('"', "'")
    near = [f"#   {c.confidence:.2f} {c.entry}: {c.title}" for c in reply.candidates] or ["#   nothing"]
    title = {language: line if query.written == language else "TODO" for language in ("en", "hi")}
    asked = {
        language: [f'      - "{line}"'] if language == query.written else [] for language in ("en", "hi", "hi-Latn")
    }
    todo = {
        "en": "TODO another way of asking",
        "hi": "TODO पूछने का एक और तरीका",
        "hi-Latn": "TODO poochhne ka ek aur tarika",
    }
    phrasings = [f"    {k}:\n" + "\n".join([*asked[k], f'      - "{todo[k]}"']) for k in todo]
    return "\n".join(
        [
            "# What the bot would answer now; if one of these is right, add the phrasing there instead.",
            *near,
            f"- id: {id[:60].strip('-')}",
            f'  title: {{en: "{title["en"]}", hi: "{title["hi"]}"}}',
            f"  intent: {query.intent or model.Intent.DEFINITION}",
            f"  concepts: [{', '.join(concepts)}]",
            "  phrasings: # at least 6 en, 4 hi, 3 hi-Latn",
            *phrasings,
            "  answer:",
            "    en: >-",
            "      TODO Two to five short sentences, the answer itself first.",
            "    hi: >-",
            "      TODO दो से पाँच छोटे वाक्य, पहले सीधा जवाब।",
            "  sources: [TODO]",
            f"  reviewed: {datetime.datetime.now(datetime.UTC).date()}",
            "",
        ]
    )


def state(base: KnowledgeBase) -> str:
    """The state of the base as a Markdown page: how well each concept is covered, and what to re-check when."""
    questions: dict[str, int] = defaultdict(int)
    for question in base.questions.values():
        for concept in question.concepts:
            questions[concept] += 1
    compared: dict[str, int] = defaultdict(int)
    for table in base.comparisons.values():
        for row in table.dimensions:
            for concept in row.cells:
                compared[concept] += 1
    phrasings = sum(len(q.phrasings.all()) for q in base.questions.values())
    lines = [
        "# The state of the knowledge",
        "",
        "Made by `python -m bot state`; do not edit by hand.",
        "",
        f"{len(base.concepts)} concepts, {sum(len(c.relations) for c in base.concepts.values())} relations, "
        f"{len(base.questions)} questions with {phrasings} phrasings, "
        f"{len(base.misconceptions)} misconceptions, {len(base.corrections)} corrections, "
        f"{len(base.comparisons)} comparisons, {len(base.sources)} sources.",
        "",
        "## Concepts",
        "",
        "Names are all spellings in both scripts; comparisons are the rows in which it has a cell.",
        "",
        "| concept | names | relations | questions | comparisons | reviewed |",
        "|---|--:|--:|--:|--:|---|",
    ]
    for id, card in sorted(base.concepts.items()):
        counts = (
            2 + len(card.aliases) + len(card.weak),
            len(base.edges[id]),
            questions[id],
            compared[id],
        )
        lines.append(f"| `{id}` | {' | '.join(map(str, counts))} | {card.reviewed} |")
    lines += ["", "## To re-check at each release", "", "Entries that name a version of the project.", ""]
    for project, entries in _versioned(base).items():
        lines += [f"### {base.concepts[project].name.en}", "", ", ".join(f"`{entry}`" for entry in sorted(entries)), ""]
    return "\n".join(lines).rstrip() + "\n"


def _versioned(base: KnowledgeBase) -> Mapping[str, set[str]]:
    """Project to the entries that speak of its versions or ask to be re-checked with it."""
    found: dict[str, set[str]] = defaultdict(set)
    asked = {project for _, entry in _entries(base) for project in entry.recheck}
    named = {
        concept.id: re.compile(rf"\b(?:{'|'.join(map(re.escape, _project_names(concept)))}) v?\d", re.IGNORECASE)
        for concept in base.concepts.values()
        if concept.id in asked or concept.scope is not model.Scope.GENERAL
    }
    for kind, entry in _entries(base):
        for project in entry.recheck:
            found[project].add(f"{kind}/{entry.id}")
        said = " ".join(text.en for _, text in texts(entry))
        for project, pattern in named.items():
            if pattern.search(said):
                found[project].add(f"{kind}/{entry.id}")
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def _project_names(concept: model.Concept) -> list[str]:
    """How releases are named: the name, or the word that stands for it (Linux for the Linux kernel)."""
    return [concept.name.en, *(word for word in concept.weak if word.isascii() and word.isalpha() and len(word) > 3)]


def _entries(base: KnowledgeBase) -> Iterator[tuple[str, Any]]:
    for kind, entries in (
        ("concept", base.concepts),
        ("question", base.questions),
        ("misconception", base.misconceptions),
        ("correction", base.corrections),
        ("comparison", base.comparisons),
    ):
        for entry in entries.values():
            yield kind, entry
