"""A reply as the page gets it: the public JSON, and its texts already taken apart."""

from __future__ import annotations

import msgspec

from bot.core.markup import Commands, parse
from bot.core.reply import Reply
from bot.web.shapes import Answer, Block, Blocks, Span


def shown(reply: Reply, *, elapsed_ms: float | None = None) -> Answer:
    """The reply plus `blocks`: the same texts as paragraphs and commands, so that markup is read in one place."""
    texts = Blocks(
        answer=blocks(reply.answer),
        detail=blocks(reply.detail or ""),
        misconceptions=tuple(blocks(note.text) for note in reply.misconceptions),
        corrections=tuple(blocks(note.text) for note in reply.corrections),
    )
    return Answer(**msgspec.structs.asdict(reply), elapsed_ms=elapsed_ms, blocks=texts)


def blocks(text: str) -> tuple[Block, ...]:
    """Paragraphs and commands, in order."""
    return tuple(
        Block(commands=block.lines)
        if isinstance(block, Commands)
        else Block(spans=tuple(Span(span.text, span.code) for span in block.spans))
        for block in parse(text)
    )
