"""Whatever somebody typed, a card fits into a message of Discord's; so does an answer with all that stands by it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from bot.core.reply import CitedSource, Kind, Link, MisconceptionNote, Outcome, Reply
from bot.discordapp.ui import forms
from bot.discordapp.ui.render import Frame, Note, Origin, render
from bot.discordapp.ui.review import About, card, gone_card, recheck_card
from bot.locales import LANGUAGES, Language
from bot.pictures import Picture
from bot.store.model import (
    LONG,
    MAX_PHRASINGS,
    SHORT,
    Content,
    Contribution,
    Correction,
    Entry,
    Reference,
    Status,
    Words,
)
from tests.discordapp.description import Json, message_problems
from tests.loopback.server import texts

WHEN = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
ALPHABETS = ("*", "`", "अ ", "😀", "[x](https://e.example) ", "\n\n", "$ x\n", "a")


def full(text: str, length: int) -> str:
    return (text * length)[:length].strip("\n ") or "x"


def contents(text: str) -> list[Content]:
    line, prose = full(text.replace("\n", " "), SHORT), full(text, LONG)
    address = "https://e.example/" + "a" * 270
    sources = tuple(Reference(title=line, url=f"{address}{n}") for n in range(5))
    both, words = Words(en=line, hi=line), Words(en=prose, hi=prose)
    entry = Entry(title=both, answer=words, detail=words, phrasings=(line,) * MAX_PHRASINGS, sources=sources)
    return [
        Correction(wrong=line, right=full(text, forms.RIGHT), source=address),
        Correction(wrong=line, right=prose),
        entry,
        Entry(title=Words(hi=line), answer=Words(en=prose)),
    ]


def contribution(content: Content, status: Status) -> Contribution:
    decided = None if status is Status.PENDING else 2**62
    return Contribution(
        id=10**17,
        guild_id=1,
        status=status,
        entry="e",
        content=content,
        author_id=2**62,
        created_at=WHEN,
        revision=10**8,
        decided_by=decided,
        decided_at=WHEN if decided else None,
    )


def sent(view: Any) -> Json:
    return {"components": view.to_components(), "flags": 1 << 15}


@pytest.mark.parametrize("text", ALPHABETS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_card_fits(text: str, language: Language) -> None:
    about = About(full(text, 300), full(text, 1800), (full(text, 300),) * 5, (full(text, 300),) * 5)
    for content in contents(text):
        for status in Status:
            shown = sent(card(contribution(content, status), language, about))
            assert list(message_problems(shown)) == []
        if isinstance(content, Correction):
            for gone in (True, False):
                shown = sent(recheck_card(contribution(content, Status.APPROVED), language, about, gone=gone))
                assert list(message_problems(shown)) == []
    assert list(message_problems(sent(gone_card(language)))) == []


def test_a_card_that_leaves_something_out_says_so() -> None:
    entry = contents("a")[2]
    assert "Shortened here" in texts(sent(card(contribution(entry, Status.PENDING), "en", About())))
    small = Entry(title=Words(en="q"), answer=Words(en="a"))
    assert "Shortened here" not in texts(sent(card(contribution(small, Status.PENDING), "en", About())))


@pytest.mark.parametrize("text", ALPHABETS)
@pytest.mark.parametrize("expanded", [False, True])
def test_an_answer_with_all_that_can_stand_by_it_fits(text: str, expanded: bool) -> None:
    notes = tuple(
        Note(n, full(text, SHORT), full(text, forms.RIGHT), "https://e.example", 2**62, WHEN, outdated=True)
        for n in range(3)
    )
    reply = Reply(
        text="q",
        language="en",
        reply_language="en",
        outcome=Outcome.ANSWER,
        kind=Kind.QUESTION,
        entry="own-" + "1" * 60,
        title=full(text, SHORT),
        answer=full(text, 300),
        detail=full(text, 1500),
        misconceptions=(MisconceptionNote("b", "t", "https://e.example"),),
        sources=tuple(CitedSource(full(text, 300), f"https://e.example/{n}", None, WHEN.date()) for n in range(9)),
        related=tuple(Link(f"e{n}", full(text, 200)) for n in range(9)),
    )
    frame = Frame(
        2**62,
        expanded=expanded,
        footer="-# watched",
        picture=Picture(b"", "words", "p.png"),
        notes=notes,
        origin=Origin(2**62, WHEN, "hi"),
        correctable=True,
        ping=2**62,
        about="https://e.example/m",
    )
    shown = sent(render(reply, frame)) | {"attachments": [{"filename": "p.png"}]}
    assert list(message_problems(shown)) == []


@pytest.mark.parametrize("text", ALPHABETS)
def test_what_a_form_holds_comes_back_from_it(text: str) -> None:
    for content in contents(text):
        filled = forms.filled_in(content)
        assert all(isinstance(value, str) for value in filled.values())
        for language in LANGUAGES:
            form = forms.CorrectionForm if isinstance(content, Correction) else forms.EntryForm
            made: Json = form(language, lambda *_: None, filled).to_dict()  # type: ignore[arg-type]
            assert len(made["title"]) <= 45
            assert len(made["components"]) <= 5
            for label in made["components"]:
                assert len(label["label"]) <= 45
                assert len(label["description"]) <= 100
                assert len(label["component"].get("value", "")) <= label["component"]["max_length"] <= 4000
