"""What members write can not become more than text: whatever it is, Discord finds our own markup and no other."""

from __future__ import annotations

import datetime
import re
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.discordapp.ui.render import Note
from tests.discordapp.sample import ANSWER
from tests.discordapp.test_render import payload
from tests.loopback.server import texts

WHEN = datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC)

RULES = {
    "mention": r"<(?:@[!&]?|#)\d+>|<id:\w+>|</[^>\n]+:\d+>",
    "emoji": r"<a?:\w+:\d+>",
    "time": r"<t:-?\d+(?::\w)?>",
    "everybody": r"@(?:everyone|here)",
    "link": r"\[[^\]]+\]\(<?[^\s()]+>?[^)]*\)",
    "address": r"https?://[^\s<]",
    "strong": r"(?s)\*\*.+?\*\*(?!\*)",
    "emphasis": r"(?s)(?<!\*)\*(?=\S)[^*]+?(?<=\S)\*(?!\*)|\b_[^_]+_\b",
    "underline": r"(?s)__.+?__(?!_)",
    "struck": r"(?s)~~.+?~~",
    "spoiler": r"(?s)\|\|.+?\|\|",
    "heading": r"(?m)^ *#{1,3} +\S",
    "small": r"(?m)^ *-# +\S",
    "list": r"(?m)^ *[-*+] +\S|^ *\d+[.)] +\S",
    "quote": r"(?m)^ *>(?:>>)? ",
    "invisible": r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]",
}
"""What Discord acts on, where no backslash stands before it and no code is around it."""

HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(
            ["@everyone", "@here", "<@1>", "<@&1>", "<#1>", "</a:1>", "<:a:1>", "<t:1>", "<id:guide>", "*", "**", "***",
             "_", "__", "~~", "||", "|", "`", "``", "```", "\\", "\\\\", "[a](https://e.example)", "](https://e.example)",
             "[", "]", "(", ")", "https://e.example", "http:", "//e", "<https://e.example>", "<", ">", ">>> ", "> ",
             "# ", "## ", "-# ", "- ", "* ", "+ ", "1. ", "1) ",
             "\n", "\n\n", " ", "x", "word", "क", "\u200b", "\u202e", "\u2066",
             "\ufeff", "@", "every\u200bone", "@\u200deveryone", ":", "#", "-", "~", "discord.gg/x", "\u2028", "\t",
             "\ud800", "é"],
        ),
        st.text(max_size=8),
    ),
    max_size=30,
).map("".join)  # fmt: skip


def found(text: str) -> Counter[str]:
    """Everything that Discord would act on, by kind."""
    count: Counter[str] = Counter()
    # The client reads from the left: a backslash before a mark, a block, a span, whichever comes first.
    reading = re.compile(
        r"\\[^0-9A-Za-z\s]|(?P<block>```.+?```)|(?P<span>(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))", re.DOTALL
    )
    for match in reading.finditer(text):
        count["block"] += match["block"] is not None
        count["span"] += match["span"] is not None
    plain = reading.sub("\x01", text)
    for kind, rule in RULES.items():
        count[kind] += len(re.findall(rule, plain))
        plain = re.sub(rule, "\x01", plain) if kind == "link" else plain
    return +count


def acts(text: str) -> Counter[str]:
    """The same without spans of code, which members may write: what is inside one does nothing."""
    count = found(text)
    del count["span"]
    return count


def note(wrong: str, right: str, source: str | None = None) -> str:
    """An answer with what a member says beneath it, as text."""
    return texts(payload(ANSWER["en"], notes=(Note(1, wrong, right, source, 7, WHEN),)))


@pytest.mark.parametrize(
    "text",
    ["<@1>", "<#1>", "</a:1>", "<:a:1>", "<t:1>", "@everyone", "[a](b)", "https://e", "**a**", "*a*", "_a_", "__a__",
     "~~a~~", "||a||", "# a", "-# a", "- a", "1. a", "> a", "`a`", "```a```", "\u202e"],
)  # fmt: skip
def test_the_reader_here_sees_each_of_them(text: str) -> None:
    assert found(text)
    assert not found(re.sub(r"([^\w\s])|(?<=\d)(?=\.)|_", r"\\\g<0>", text).replace("\u202e", ""))


@given(HOSTILE, HOSTILE)
@settings(max_examples=300)
@example("x" * 690 + "**", "a\\")
@example("_a", "b_ c")
@example("`", "`")
@example("||", "||")
def test_a_members_words_stay_text(wrong: str, right: str) -> None:
    assert acts(note(f"w{wrong}w", f"w{right}w")) == acts(note("words", "words"))


@given(HOSTILE, st.integers(660, 740))
def test_words_that_are_cut_stay_text(text: str, length: int) -> None:
    assert acts(note("w" * length + text, ("w" * (length - 9) + " ") + text)) == acts(note("words", "words"))


@given(HOSTILE)
@example("https://e.example/)[x](https://evil.example")
@example("https://e.example/> @everyone")
@example("https://e.example/\n# a")
def test_a_members_source_is_one_link_at_most(source: str) -> None:
    for given_source in (source, f"https://e.example/{source}"):
        told = found(note("words", "words", given_source))
        told.subtract(found(note("words", "words")))
        assert set(+told) <= {"link"}, told
        assert told["link"] in {0, 1}
