"""A reply on a terminal: plain text, wrapped, everything that the other surfaces show."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from bot.core.markup import Commands, parse
from bot.core.reply import Reply, Table
from bot.locales import Language, say

WIDTH = 96


def render(reply: Reply, *, why: bool = False) -> str:
    """The reply as text for people."""
    language: Language = "hi" if reply.reply_language == "hi" else "en"
    return "\n\n".join(_parts(reply, language, why))


def _parts(reply: Reply, language: Language, why: bool) -> Iterator[str]:
    for note in reply.misconceptions:
        yield _wrap(f'! {say(language, "terminal.misconception")}: "{note.belief}"') + "\n" + _prose(note.text, "  ")
    if reply.title:
        yield f"{reply.title}\n{'=' * min(WIDTH, len(reply.title))}"
    told = {note.text for note in reply.misconceptions}
    if reply.answer and reply.answer not in told:
        yield _prose(reply.answer)
    if reply.table:
        yield _table(reply.table)
    if reply.corrections:
        yield say(language, "terminal.corrections") + ":"
    for correction in reply.corrections:
        verdict = say(language, f"terminal.correction.{correction.verdict}")
        claim = say(language, "terminal.commonly", claim=correction.corrects)
        yield _wrap(f"- {claim} {verdict}.", "  ") + "\n" + _prose(correction.text, "  ")
    if reply.detail:
        yield say(language, "terminal.detail") + ":\n" + _prose(reply.detail)
    for heading, links in (("choices", reply.choices), ("related", reply.related)):
        if links:
            yield say(language, f"terminal.{heading}") + ":\n" + "\n".join(f"- {link.title}" for link in links)
    if reply.sources:
        yield (
            say(language, "terminal.sources")
            + ":\n"
            + "\n".join(
                "- "
                + say(
                    language,
                    "terminal.version" if source.version else "terminal.no_version",
                    title=source.title,
                    version=source.version,
                    reviewed=source.reviewed,
                )
                + f"\n  {source.url}"
                for source in reply.sources
            )
        )
    if why:
        yield (
            say(language, "terminal.why")
            + ":\n"
            + "\n".join(
                [f"- {reason}" for reason in reply.reasons]
                + [f"- {c.confidence:.2f} {c.title} [{c.entry}]" for c in reply.candidates]
            )
        )


def _prose(text: str, indent: str = "") -> str:
    blocks = []
    for block in parse(text):
        if isinstance(block, Commands):
            blocks.append("\n".join(f"{indent}    $ {line}" for line in block.lines))
        else:
            blocks.append(_wrap(indent + "".join(span.text for span in block.spans), indent))
    return "\n\n".join(blocks)


def _wrap(text: str, indent: str = "") -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _table(table: Table) -> str:
    """One block a row: columns of Devanagari can not be aligned on a terminal."""
    rows = []
    for label, *cells in table.rows:
        lines = [f"  {heading}: {cell}" for heading, cell in zip(table.headings, cells, strict=True) if cell]
        rows.append("\n".join([label, *lines]))
    return "\n".join(rows)
