"""A reply as the page gets it: the public JSON, and its texts already taken apart."""

from __future__ import annotations

from bot.core.markup import Commands, parse
from bot.core.reply import Reply, as_json


def shown(reply: Reply, *, elapsed_ms: float | None = None) -> dict[str, object]:
    """`as_json` plus `blocks`: the same texts as paragraphs and commands, so that markup is read in one place."""
    texts = {
        "answer": blocks(reply.answer),
        "detail": blocks(reply.detail or ""),
        "misconceptions": [blocks(note.text) for note in reply.misconceptions],
        "corrections": [blocks(note.text) for note in reply.corrections],
    }
    return as_json(reply, elapsed_ms=elapsed_ms) | {"blocks": texts}


def blocks(text: str) -> list[dict[str, object]]:
    """`{"commands": [line, …]}` or `{"spans": [{"text", "code"}, …]}`, in order."""
    return [
        {"commands": list(block.lines)}
        if isinstance(block, Commands)
        else {"spans": [{"text": span.text, "code": span.code} for span in block.spans]}
        for block in parse(text)
    ]
