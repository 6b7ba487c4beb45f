"""Whatever a reply holds, its payload keeps Discord's limits and shows nothing that was not meant."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from discord import ui
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.knowledge.model import Verdict
from bot.core.reply import CitedSource, CorrectionNote, Kind, Link, MisconceptionNote, Outcome, Reply, Table
from bot.discordapp.ui import controls, limits
from bot.discordapp.ui.markdown import clean, code, code_block, escape, link, prose, shorten, web_address
from bot.discordapp.ui.render import Frame, render
from bot.discordapp.ui.table import fit
from tests.discordapp.description import V2, Json, check, message_problems
from tests.discordapp.preview import markdown
from tests.discordapp.sample import ANSWER, REVIEWED
from tests.loopback.server import texts

ASKER = 2**63 - 1
"""The longest id there can be."""
NASTY = (
    "@everyone <@123> <@&4> <#5> </ask:6> <t:0:R> <:x:7> **bold** __under__ ~~struck~~ ||spoiler|| # Title\n"
    "> quote\n- list\n1. item\n[click](https://evil.example) https://evil.example `x` ```y``` \\* -# small "
    "\u202eright to left\u202c zero\u200bwidth \u2066isolate\u2069 \ufeff"
)


def payload(reply: Reply, **frame: Any) -> Json:
    """What would be sent."""
    view = render(reply, Frame(ASKER, **frame))
    return {"components": components_of(view), "flags": V2, "allowed_mentions": {"parse": []}}


def components_of(view: ui.LayoutView) -> list[Json]:
    """The view as it goes over the wire."""
    components: list[Json] = view.to_components()  # type: ignore[no-untyped-call]
    return components


def wrong(sent: Json) -> list[str]:
    """What Discord would say to it."""
    return [*message_problems(sent), *check("POST", "/channels/1/messages", sent)]


def full(text: str, many: int = 12) -> Reply:
    """A reply with the same text everywhere, and as much of everything as there can be."""
    return Reply(
        text=text,
        language="en",
        reply_language="en",
        outcome=Outcome.ANSWER,
        kind=Kind.QUESTION,
        entry="e" * 80,
        title=text,
        answer=text,
        detail=text,
        misconceptions=(MisconceptionNote(text, text, "https://a.example/" + "b" * 200),) * 3,
        corrections=tuple(CorrectionNote(text, verdict, text, "https://a.example/") for verdict in Verdict),
        table=Table(("a", "b", "c"), ((text, text, "", text),) * many, (text,) * 3),
        sources=tuple(CitedSource(text, f"https://a.example/{n}", text, REVIEWED) for n in range(many)),
        choices=tuple(Link(f"concept:{n:072}", text) for n in range(5)),
        related=tuple(Link(f"question-{n}", text) for n in range(3 * many)),
    )


@pytest.mark.parametrize("expanded", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        "short",
        "word " * 2000,
        "x" * 9000,
        "शब्द " * 2000,
        "क्ष्म्य" * 2000,
        "👩‍👩‍👧‍👦" * 1500,
        "`code` " * 1500,
        "$ make " + "x" * 3000 + "\n$ ls",
        NASTY * 30,
        "\u200b" * 500 + "\u202e" * 500,
        "",
        "*" * 4000,
        "[](" * 1500,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_limits_hold_for_extreme_replies(text: str, expanded: bool) -> None:
    assert wrong(payload(full(text), expanded=expanded, about="https://discord.com/channels/1/2/3")) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=400), st.integers(0, 8), st.sampled_from(Outcome), st.booleans())
def test_limits_hold_for_any_text(text: str, many: int, outcome: Outcome, expanded: bool) -> None:
    reply = msgspec.structs.replace(full(text, many), outcome=outcome)
    assert list(message_problems(payload(reply, expanded=expanded))) == []


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_escaped_text_shows_as_it_is(text: str) -> None:
    escaped = escape(text)
    shown = re.sub(r"\\([^0-9A-Za-z\s])", r"\1", escaped)
    assert shown == clean(text)


def test_nothing_from_content_pings_links_or_formats() -> None:
    sent = texts(payload(full(NASTY, 1)))
    assert not re.search(r"(?<!\\)<[@#/:t]", sent)
    assert not re.search(r"(?<!\\)@everyone", sent)
    assert not re.search(r"(?<!\\)\[click\]", sent)
    assert "https://evil" not in re.sub(r"`[^`]*`", "", sent)
    assert not re.search("[\u200b\u202a-\u202e\u2066-\u2069\ufeff]", sent)
    shown = markdown(escape(NASTY))
    assert "<a " not in shown
    assert "<b>" not in shown
    assert "<i>" not in shown


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("# not a title", "\\# not a title"),
        ("- no list", "\\- no list"),
        ("2. no list", "2\\. no list"),
        ("kvm_intel and pv_ops stay", "kvm_intel and pv_ops stay"),
        ("__init__", "\\_\\_init\\_\\_"),
        ("a -> b, ~5%, x|y", "a -> b, ~5%, x|y"),
        ("~~a~~ ||b||", "\\~\\~a\\~\\~ \\|\\|b\\|\\|"),
        ("see http://x", "see http\\://x"),
    ],
)
def test_escape(text: str, escaped: str) -> None:
    assert escape(text) == escaped


def test_devanagari_keeps_its_joiners() -> None:
    assert clean("क्\u200dष र्\u200cय") == "क्\u200dष र्\u200cय"
    assert clean("क\u200d\u200d\u200d\u200dष") == "क\u200dष"
    assert clean("\u200d\u200c") == ""


def test_code_stays_code() -> None:
    assert prose("Use `a_*b*_` now, then:\n$ rm -rf *\n$ ls")[0] == "Use `a_*b*_` now, then:\n```sh\nrm -rf *\nls\n```"
    assert code("a`b") == "`aˋb`"
    assert code_block(["a ``` b"]).count("```") == 2


def test_spaces_around_code_survive() -> None:
    assert prose("before `a` `b`, after")[0] == "before `a` `b`, after"


@pytest.mark.parametrize("room", range(0, 48, 5))
def test_prose_is_cut_after_a_word(room: int) -> None:
    text = "alpha beta `gamma delta` epsilon\n\nzeta eta theta"
    shown, complete = prose(text, room)
    assert limits.units(shown) <= room
    assert not complete
    words = shown.removesuffix("…").split()
    assert words == prose(text)[0].split()[: len(words)]


def test_titles_are_cut_after_a_word() -> None:
    assert shorten("one two three", 9) == "one two…"
    assert shorten("one two", 7) == "one two"
    assert shorten("क्षत्रिय" * 30, 20)[-2] not in "\u094d\u093f"
    assert limits.units(shorten("👍" * 100, 80)) <= 80


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://a.example/b_(c)", "https://a.example/b_%28c%29"),
        ("http://a.example/%20", "http://a.example/%20"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("https://user:pass@a.example", None),
        ("https://a.example/ b", "https://a.example/%20b"),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_only_web_addresses_are_linked(url: str, address: str | None) -> None:
    assert web_address(url) == address
    assert link("a [b]", url) == (f"[a (b)]({address})" if address else "a (b)")


def test_a_narrow_table_is_aligned() -> None:
    shown, whole = fit(Table(("a", "b"), (("Kind", "one", "two"), ("Age", "3", "")), ("A", "B")), 4000)
    assert whole
    assert shown.splitlines()[1:-1] == [
        "      A    B",
        "────  ───  ───",
        "Kind  one  two",
        "Age   3",
    ]


def test_a_wide_or_hindi_table_goes_row_by_row() -> None:
    wide = Table(("a", "b"), (("Kind", "x " * 30, "y"), ("Same", "z", "z"), ("None", "", "")), ("A", "B"))
    shown, whole = fit(wide, 4000)
    assert whole
    assert shown == "**Kind**\n- A: " + ("x " * 30).strip() + "\n- B: y\n**Same**: z"
    hindi = Table(("a", "b"), (("क़िस्म", "एक", "दो"),), ("A", "B"))
    assert fit(hindi, 4000)[0] == "**क़िस्म**\n- A: एक\n- B: दो"


def test_a_table_loses_whole_rows_only() -> None:
    table = Table(("a", "b"), tuple((f"Row {n}", "long " * 10, "words") for n in range(20)), ("A", "B"))
    shown, whole = fit(table, 300)
    assert not whole
    assert limits.units(shown) <= 300
    assert shown.endswith("- B: words")


def test_long_detail_waits_for_its_button() -> None:
    long = msgspec.structs.replace(ANSWER["en"], detail="An expert would say much. " * 80)
    short, more = payload(long), payload(long, expanded=True)
    assert "An expert" not in texts(short)
    assert "An expert" in texts(more)
    assert "More detail" in str(short)
    assert "More detail" not in str(more)
    assert "More detail" not in str(payload(ANSWER["en"]))


def test_misconceptions_answer_and_corrections_never_wait() -> None:
    text = texts(payload(msgspec.structs.replace(ANSWER["en"], answer="Long. " * 250, detail="More. " * 250)))
    assert "is a fork of the stove" in text
    assert "Stoves are always hotter" in text


def test_controls_carry_the_longest_ids() -> None:
    key = controls.Key("hi", ASKER)
    button = controls.ChoiceButton(key, "e" * 80, "label")
    assert len(button.custom_id) <= limits.CUSTOM_ID
    match = controls.ChoiceButton.__discord_ui_compiled_template__.fullmatch(button.custom_id)
    assert match
    assert controls.Key.of(match) == key
    assert match["entry"] == "e" * 80


def test_references_that_no_control_can_carry_are_left_out() -> None:
    odd = msgspec.structs.replace(
        ANSWER["en"],
        entry="x" * 81,
        related=(Link("y" * 81, "Y"), Link("ü", "Ü"), Link("ok", " "), Link("z", "Z")),
    )
    ids = re.findall(r"'custom_id': '([^']+)'", str(payload(odd)))
    assert [id[0] for id in ids] == ["r", "d"]
    assert re.findall(r"'value': '([^']+)'", str(payload(odd))) == ["z"]


def test_nothing_in_the_reply_about_confidence_or_reasons() -> None:
    reply = msgspec.structs.replace(ANSWER["en"], reasons=("because-of-phrasing",), confidence=0.8765)
    assert "because-of-phrasing" not in str(payload(reply))
    assert "8765" not in str(payload(reply))
