"""The tiny markup of knowledge texts: paragraphs, `code`, and lines of commands ("$ …")."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text inside a paragraph."""

    text: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Commands:
    """Lines to type in a shell, without the prompt."""

    lines: tuple[str, ...]


def parse(text: str) -> tuple[Paragraph | Commands, ...]:
    """Split a knowledge text into its blocks, in order."""
    blocks: list[Paragraph | Commands] = []
    prose: list[str] = []
    commands: list[str] = []

    def flush() -> None:
        if prose:
            blocks.append(Paragraph(_spans(" ".join(prose))))
            prose.clear()
        if commands:
            blocks.append(Commands(tuple(commands)))
            commands.clear()

    for line in text.splitlines():
        if line.startswith("$ "):
            if prose:
                flush()
            commands.append(line[2:].strip())
        elif not line.strip():
            flush()
        else:
            if commands:
                flush()
            prose.append(line.strip())
    flush()
    return tuple(blocks)


def code_of(text: str) -> frozenset[str]:
    """All code of a text: what must be the same in every language."""
    found: set[str] = set()
    for block in parse(text):
        if isinstance(block, Commands):
            found.update(block.lines)
        else:
            found.update(span.text for span in block.spans if span.code)
    return frozenset(found)


def _spans(text: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    end = 0
    for match in _CODE.finditer(text):
        if match.start() > end:
            spans.append(Span(text[end : match.start()]))
        spans.append(Span(match[1], code=True))
        end = match.end()
    if end < len(text):
        spans.append(Span(text[end:]))
    return tuple(spans)
