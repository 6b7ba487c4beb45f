"""Forms in which people teach: what is wrong with an answer, or an answer of their own.

A form hands on what was typed, tidied by nobody, and gives it back where that fails.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import discord
from discord import ui

from bot.locales import Language, say
from bot.store.model import LONG, SHORT, Content, Correction, Entry

RIGHT: Final = 700
"""Characters of a correction: what is shown of it beneath an answer."""
_FIELD: Final = 4000
"""Characters that a field of Discord's can hold."""

Done = Callable[[discord.Interaction[Any], dict[str, str]], Awaitable[None]]
"""Takes what was typed, by the names of the fields."""


class _Form(ui.Modal):
    """Fields with names."""

    def __init__(self, kind: str, language: Language, done: Done) -> None:
        super().__init__(title=say(language, f"discord.form.{kind}.title"), timeout=None)
        self._kind, self._language, self._done = kind, language, done
        self._fields: dict[str, ui.TextInput[Any]] = {}

    def _add(self, name: str, most: int, filled: Mapping[str, str], *, lines: bool, required: bool = False) -> None:
        key = f"discord.form.{self._kind}.{name}"
        field = ui.TextInput[Any](
            custom_id=name,
            style=discord.TextStyle.paragraph if lines else discord.TextStyle.short,
            max_length=most,
            required=required,
            default=filled.get(name, "")[:most] or None,
        )
        self._fields[name] = field
        about = say(self._language, f"{key}.about")
        self.add_item(ui.Label(text=say(self._language, f"{key}.label"), description=about, component=field))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Hand on what was typed."""
        await self._done(interaction, {name: field.value for name, field in self._fields.items()})


class CorrectionForm(_Form):
    """What is wrong, what is right, and where it says so."""

    def __init__(self, language: Language, done: Done, filled: Mapping[str, str] | None = None) -> None:
        super().__init__("correction", language, done)
        filled = filled or {}
        self._add("wrong", SHORT, filled, lines=True, required=True)
        self._add("right", RIGHT, filled, lines=True, required=True)
        self._add("source", SHORT, filled, lines=False)


class EntryForm(_Form):
    """A question with its answer, in one language or both."""

    def __init__(self, language: Language, done: Done, filled: Mapping[str, str] | None = None) -> None:
        super().__init__("entry", language, done)
        filled = filled or {}
        self._add("question", SHORT, filled, lines=False, required=True)
        self._add("answer", LONG, filled, lines=True, required=True)
        self._add("other", SHORT + LONG + 2, filled, lines=True)
        if len(filled.get("phrasings", "")) <= _FIELD:
            self._add("phrasings", _FIELD, filled, lines=True)
        self._add("sources", 1600, filled, lines=True)


def filled_in(content: Content) -> dict[str, str]:
    """A contribution as the fields of its form."""
    if isinstance(content, Correction):
        return {"wrong": content.wrong, "right": content.right, "source": content.source or ""}
    first, second = _sides(content)
    return {
        "question": first[0],
        "answer": first[1],
        "other": "\n".join(filter(None, second)),
        "phrasings": "\n".join(content.phrasings),
        "sources": "\n".join(source.url for source in content.sources),
    }


def _sides(entry: Entry) -> tuple[tuple[str, str], tuple[str, str]]:
    """Question and answer in the language that has both, then in the other one."""
    english = entry.title.en or "", entry.answer.en or ""
    hindi = entry.title.hi or "", entry.answer.hi or ""
    if all(english) and (all(hindi) or not any(hindi)):
        return english, hindi
    if all(hindi) and not any(english):
        return hindi, english
    # A title in one language and an answer in the other: put together as well as the form can.
    return (english[0] or hindi[0], english[1] or hindi[1]), ("", "")
