"""Plain text and knowledge markup made into Discord's markdown, with nothing of it left to chance."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, urlsplit

from bot.core.markup import Commands, Paragraph, Span, parse
from bot.discordapp.ui.limits import units

ELLIPSIS: Final = "…"
_JOINERS = "\u200c\u200d"
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_JOINER_RUN = re.compile(f"(?<![^\\s])[{_JOINERS}]+|[{_JOINERS}]+(?=[{_JOINERS}]|\\s|$)")
_SPECIAL = re.compile(
    r"""
      [\\*`\[<]               # escapes, emphasis, code, links, and all <@…> <#…> <t:…> <:…:…>
    | \|(?=\|) | (?<=\|)\|    # spoilers
    | ~(?=~) | (?<=~)~        # strike-through
    | _(?![0-9A-Za-z])        # emphasis can not close on an underscore inside a word
    | (?<=_)_
    | @(?=everyone|here)
    | :(?=//)                 # addresses do not link themselves: only our own links are links
    """,
    re.VERBOSE,
)
_LINE_START = re.compile(r"^(\s*)(?:([#>-])|(\d+)([.)]))", re.MULTILINE)


def clean(text: str) -> str:
    """The text without controls, invisible marks and changes of direction, on one line."""
    text = _INVISIBLE.sub("", text)
    return " ".join(_JOINER_RUN.sub("", text).split())


def escape(text: str) -> str:
    """Text that shows as it is: no emphasis, no link, no mention, no heading."""
    text = _SPECIAL.sub(lambda match: "\\" + match[0], clean(text))
    return _LINE_START.sub(lambda m: m[1] + (f"\\{m[2]}" if m[2] else f"{m[3]}\\{m[4]}"), text)


def code(text: str) -> str:
    """A code span; what is inside stays as it is."""
    return f"`{clean(text).replace('`', 'ˋ')}`" if clean(text) else ""


def code_block(lines: Iterable[str], language: str = "") -> str:
    """A block of code; it can not be closed from inside."""
    body = "\n".join(_INVISIBLE.sub("", line).replace("```", "ˋˋˋ") for line in lines)
    return f"```{language}\n{body}\n```"


def inline(text: str) -> str:
    """A short text with code spans, as one line."""
    return " ".join(_spans(block.spans) for block in parse(text.replace("\n", " ")) if isinstance(block, Paragraph))


def link(title: str, url: str) -> str:
    """A masked link; the bare title if the address is not a web address."""
    shown = escape(title.replace("[", "(").replace("]", ")"))
    target = web_address(url)
    return f"[{shown}]({target})" if target and shown else shown


def web_address(url: str) -> str | None:
    """The address, fit to stand inside a link; None unless it is a plain http(s) one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or len(url) > 512:
        return None
    return quote(clean(url).replace(" ", "%20"), safe=":/?#!$&'*+,;=%~._-[]").replace("[", "%5B").replace("]", "%5D")


def prose(text: str, room: int | None = None) -> tuple[str, bool]:
    """Knowledge markup as markdown of at most `room` units, and whether all of it is there.

    Whole paragraphs are kept as long as they fit; the last one ends after a word.
    """
    done: list[str] = []
    left = room if room is not None else 1 << 30
    for block in parse(text):
        shown = code_block(block.lines, "sh") if isinstance(block, Commands) else _spans(block.spans)
        if not shown:
            continue
        # A block of code brings its own distance.
        gap = (1 if isinstance(block, Commands) or done[-1].endswith("```") else 2) if done else 0
        if gap + units(shown) > left:
            if isinstance(block, Paragraph) and (part := _words(block.spans, left - gap)):
                done.append("\n" * gap + part)
            return "".join(done), False
        done.append(("\n" * gap) + shown)
        left -= gap + units(shown)
    return "".join(done), True


def pieces(text: str, room: int) -> list[str]:
    """Knowledge markup as pieces of markdown of at most `room` units each, in order and with nothing left out."""
    done: list[str] = []
    for block in parse(text):
        if isinstance(block, Commands):
            done += [code_block(lines, "sh") for lines in _filled(block.lines, room - 10, "\n")]
        elif units(shown := _spans(block.spans)) <= room:
            done += [shown] if shown else []
        else:
            words = [
                word for span in block.spans for word in ([code(span.text)] if span.code else escape(span.text).split())
            ]
            done += [" ".join(chosen) for chosen in _filled(words, room, " ")]
    return done


def _filled(parts: Iterable[str], room: int, between: str) -> list[list[str]]:
    """Parts in groups that fit; one that alone does not fit is cut between letters."""
    groups: list[list[str]] = []
    left = 0
    for part in parts:
        while units(part) > room:
            start = _letters(part, room)
            groups.append([start])
            part, left = part[len(start) :], 0  # noqa: PLW2901 - the rest of it comes next
        needed = units(part) + len(between)
        if not groups or needed > left:
            groups.append([])
            left = room + len(between)
        groups[-1].append(part)
        left -= needed
    return groups


def shorten(text: str, limit: int) -> str:
    """One line of at most `limit` units, cut after a word and marked so."""
    text = clean(text)
    if units(text) <= limit:
        return text
    kept = ""
    for word in text.split(" "):
        longer = f"{kept} {word}" if kept else word
        if units(longer) + 1 > limit:
            break
        kept = longer
    return (kept or _letters(text, limit - 1)) + ELLIPSIS


def quoted(text: str) -> str:
    """Every line as a block quote."""
    return "\n".join(f"> {line}" for line in text.split("\n"))


def _spans(spans: Iterable[Span]) -> str:
    """The spans of one paragraph, escaped as a whole so that spaces between them survive."""
    parts: list[str] = []
    for number, span in enumerate(spans):
        if span.code:
            parts.append(code(span.text))
            continue
        shown = escape(span.text) if number == 0 else escape("." + span.text)[1:]
        before = " " if number and span.text[:1].isspace() and shown else ""
        after = " " if span.text[-1:].isspace() else ""
        parts.append(before + shown.strip() + after)
    return "".join(parts).strip()


def _words(spans: Iterable[Span], room: int) -> str:
    """As many whole words of a paragraph as fit, with an ellipsis."""
    pieces = [
        Span(piece, span.code)
        for span in spans
        for piece in ([span.text] if span.code else re.findall(r"\S+\s*|\s+", span.text))
    ]

    def shown(count: int) -> str:
        return _spans(_merged(pieces[:count]))

    count = bisect_right(range(1, len(pieces) + 1), room, key=lambda n: units(shown(n)) + 2)
    return f"{shown(count)} {ELLIPSIS}" if count else ""


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in spans:
        if merged and not span.code and not merged[-1].code:
            merged[-1] = Span(merged[-1].text + span.text)
        else:
            merged.append(span)
    return merged


def _letters(text: str, limit: int) -> str:
    """The start of one endless word, cut between letters and not inside one."""
    end = bisect_right(range(1, len(text) + 1), limit, key=lambda n: units(text[:n]))
    while 0 < end < len(text) and unicodedata.category(text[end])[0] == "M":
        end -= 1
    return text[:end].rstrip(_JOINERS)
