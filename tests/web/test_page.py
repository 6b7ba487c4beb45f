"""The page in a real browser: what a person sees and presses."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from bot.core.expert import Expert
from bot.reload import Library
from bot.web import make_app, serve
from tests.web.browsing import PATIENT, chromium, needs_chromium, visiting

playwright = pytest.importorskip("playwright.async_api", reason="the playwright package is not installed")

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

HINDI = (
    "मुझे पता है कि क्यूईएमयू का उपयोग ज़ेन द्वारा किया जाता है, और केवीएम क्यूईएमयू का कांटा है।ज़ेन, क्यूईएमयू और केवीएम के बीच क्या अंतर है?"
)
ENGLISH = "I know that Xen uses QEMU, and KVM is a fork of QEMU. What is the difference between Xen, QEMU and KVM?"
HINGLISH = "mujhe pata hai ki xen qemu use karta hai aur kvm qemu ka fork hai. xen, qemu aur kvm me kya antar hai?"

Open = Callable[..., Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(expert: Expert) -> AsyncIterator[str]:
    runner = await serve(make_app(Library(expert), access=PATIENT), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Any]:
    async with chromium() as found:
        yield found


@pytest.fixture
def visit(browser: Any, address: str) -> Open:
    """Opens the page; afterwards nothing may have been reported, nor asked of another host."""
    return partial(visiting, browser, address)


async def ask(page: Any, text: str) -> Any:
    """Type and send; the new reply."""
    before = await page.locator("article").count()
    await page.fill("#box", text)
    await page.press("#box", "Enter")
    reply = page.locator("article").nth(before)
    await reply.wait_for()
    return reply


async def next_reply(page: Any, act: Callable[[], Awaitable[None]]) -> Any:
    before = await page.locator("article").count()
    await act()
    reply = page.locator("article").nth(before)
    await reply.wait_for()
    return reply


@pytest.mark.parametrize(
    ("question", "written", "language", "belief", "first"),
    [
        (HINDI, "hi", "hi", "KVM, QEMU का फ़ोर्क है", "गलतफ़हमी"),
        (ENGLISH, "en", "en", "KVM is a fork of QEMU", "mix-up"),
        (HINGLISH, "hi-Latn", "hi", "KVM, QEMU का फ़ोर्क है", "गलतफ़हमी"),
    ],
)
async def test_the_question_that_it_is_all_about(
    visit: Open, question: str, written: str, language: str, belief: str, first: str
) -> None:
    async with visit() as page:
        reply = await ask(page, question)
        assert await reply.get_attribute("lang") == language
        assert await page.locator(".asked [lang]").get_attribute("lang") == written
        # The misconception is the first thing in the reply.
        note = await reply.locator(":scope > :first-child").inner_text()
        assert first in note
        assert belief in note
        assert "1.3" in note
        answer = await reply.inner_text()
        for name in ("Xen", "QEMU", "KVM"):
            assert name in await reply.locator(":scope > .prose").inner_text()
        if language == "hi":
            assert re.search("[\u0900-\u097f]{3}", await reply.locator(":scope > .prose").inner_text())
        about_hooks = reply.locator(".correction", has_text="paravirt-ops")
        assert await about_hooks.count() == 1
        assert "VT-x" in await about_hooks.inner_text()
        assert await about_hooks.locator(".verdict").inner_text() in ("Only partly", "आधा सही")
        assert sorted(await reply.locator("table thead th").all_inner_texts()) == ["KVM", "QEMU", "Xen"]
        assert "2026" in await reply.locator(".sources li").first.inner_text()
        assert "undefined" not in answer


async def test_a_choice_opens_and_takes_the_focus(visit: Open) -> None:
    async with visit() as page:
        reply = await ask(page, "/concept kmv swich")
        choice = reply.locator(".options button").first
        title = await choice.inner_text()
        opened = await next_reply(page, choice.click)
        assert await opened.locator("h2").inner_text() == title
        assert await opened.locator("h2").evaluate("node => node === document.activeElement")
        related = opened.locator(".chips button").first
        await next_reply(page, related.click)


async def test_compare(visit: Open) -> None:
    async with visit() as page:
        reply = await ask(page, "/compare xen, केवीएम, क्यूईएमयू")
        # Devanagari in the command: the reply is in Hindi though the page is English.
        assert await reply.get_attribute("lang") == "hi"
        reply = await ask(page, "/compare xen kvm")
        assert await reply.get_attribute("lang") == "en"
        rows = reply.locator("tbody tr")
        shown = await rows.filter(visible=True).count()
        more = reply.locator(".table .fold")
        await more.click()
        assert await rows.filter(visible=True).count() == await rows.count() > shown
        assert await more.get_attribute("aria-expanded") == "true"


async def test_relate_concept_and_help(visit: Open) -> None:
    async with visit() as page:
        assert "QEMU" in await (await ask(page, "/relate xen, qemu")).locator("h2").inner_text()
        assert await (await ask(page, "/concept ज़ेन")).locator("h2").inner_text() == "Xen"
        reply = await ask(page, "/help")
        assert "/compare" in await reply.inner_text()
        await next_reply(page, reply.locator(".options button").first.click)


async def test_a_command_without_its_names_says_what_is_missing(visit: Open) -> None:
    async with visit() as page:
        for text in ("/relate xen", "/concept", "/compare a, b, c, d, e"):
            await page.fill("#box", text)
            await page.press("#box", "Enter")
            assert "commas" in await page.locator("#problem").inner_text()
            assert await page.input_value("#box") == text
        await page.fill("#box", "x" * 6001)
        assert await page.locator("#problem").is_hidden()
        await page.press("#box", "Enter")
        assert "6000" in await page.locator("#problem").inner_text()
        assert await page.locator("article").count() == 0


async def test_a_path_at_the_start_is_a_question(visit: Open) -> None:
    async with visit() as page:
        reply = await ask(page, "/dev/kvm permission denied")
        assert await reply.locator(".why").count() == 1


async def test_suggestions_from_the_keyboard(visit: Open) -> None:
    async with visit() as page:
        await page.locator("#box").press_sequentially("/com")
        await playwright.expect(page.locator("#suggestions li")).to_have_count(1)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        assert await page.input_value("#box") == "/compare "
        await page.locator("#box").press_sequentially("xe")
        await playwright.expect(page.locator("#suggestions li").first).to_have_text("Xen")
        await page.keyboard.press("ArrowDown")
        chosen = await page.get_attribute("#box", "aria-activedescendant")
        assert await page.get_attribute(f"#{chosen}", "aria-selected") == "true"
        await page.keyboard.press("Enter")
        assert await page.input_value("#box") == "/compare Xen, "
        await page.locator("#suggestions li").first.wait_for()
        await page.keyboard.press("Escape")
        assert await page.locator("#suggestions").is_hidden()
        await page.locator("#box").press_sequentially("kvm")
        reply = await next_reply(page, lambda: page.press("#box", "Enter"))
        assert await reply.locator("table").count() == 1


async def test_a_suggested_question_opens(visit: Open) -> None:
    async with visit() as page:
        await page.locator("#box").press_sequentially("what is virtio")
        first = page.locator("#suggestions li").first
        await playwright.expect(first).to_have_text("What is virtio?")
        reply = await next_reply(page, first.click)
        assert await reply.locator("h2").inner_text() == "What is virtio?"


async def test_why_and_the_other_language(visit: Open) -> None:
    async with visit() as page:
        reply = await ask(page, "What is virtio?")
        await reply.locator(".why summary").click()
        told = await reply.locator(".why").inner_text()
        assert "%" in told
        assert "virtio" in told
        await reply.get_by_role("button", name="हिन्दी में").click()
        swapped = page.locator("article[lang=hi]")
        await swapped.wait_for()
        assert await page.locator("article").count() == 1
        await swapped.get_by_role("button", name="In English").click()
        await page.locator("article[lang=en]").wait_for()


async def test_commands_can_be_copied(visit: Open, address: str) -> None:
    async with visit(permissions=["clipboard-read", "clipboard-write"]) as page:
        reply = await ask(page, "What is virtio?")
        await reply.locator(".depth summary").click()
        lines = await reply.locator("pre").first.locator("code").all_inner_texts()
        button = reply.locator(".copy").first
        await button.click()
        await playwright.expect(button).to_have_text("Copied")
        assert await page.evaluate("navigator.clipboard.readText()") == "\n".join(lines)
        assert not lines[0].startswith("$")


async def test_the_language_switch_holds_for_page_and_replies(visit: Open) -> None:
    async with visit() as page:
        assert await page.get_attribute("html", "lang") == "en"
        await page.get_by_role("radio", name="हिन्दी").check()
        assert await page.get_attribute("html", "lang") == "hi"
        assert await page.locator("#send").inner_text() == "पूछें"
        assert await (await ask(page, "what is kvm")).get_attribute("lang") == "hi"
        await page.reload()
        await page.wait_for_selector("body[data-ready]")
        assert await page.get_attribute("html", "lang") == "hi"
    async with visit(locale="hi-IN") as page:
        assert await page.get_attribute("html", "lang") == "hi"
        # Left to itself, a reply speaks the question's language.
        assert await (await ask(page, "What is KVM?")).get_attribute("lang") == "en"


async def test_what_a_person_types_stays_text(visit: Open) -> None:
    async with visit() as page:
        evil = "<img src=x onerror=alert(1)> what is kvm <script>alert(2)</script>"
        await ask(page, evil)
        assert evil in await page.locator(".asked").inner_text()
        assert await page.locator("#log img, #log script").count() == 0


async def test_a_bot_that_went_away(visit: Open) -> None:
    async with visit() as page:
        await page.route("**/api/ask", lambda route: route.fulfill(status=200, content_type="text/html", body="?"))
        reply = await ask(page, "What is KVM?")
        assert "did not work" in await reply.inner_text()
        await page.unroute("**/api/ask")
        await reply.get_by_role("button", name="Try again").click()
        await page.locator("article.answer").wait_for()


async def test_a_phone_in_the_dark(visit: Open) -> None:
    async with visit(width=390, height=844, color_scheme="dark", is_mobile=True, has_touch=True) as page:
        await ask(page, HINDI)
        await ask(page, "/compare xen, kvm, qemu")
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        # The table scrolls inside its own frame.
        frame = page.locator(".scroll").last
        assert await frame.evaluate("node => node.scrollWidth > node.clientWidth")
        red, green, blue = await page.evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        )
        assert max(red, green, blue) < 60
        assert len(await page.screenshot()) > 20_000


async def test_a_narrow_phone_and_a_wide_desk_do_not_scroll_sideways(visit: Open) -> None:
    for width in (320, 768, 1920):
        async with visit(width=width) as page:
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            await ask(page, "x" * 300)
            await ask(page, "What is virtio?")
            await page.locator(".depth summary").click()
            assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_everything_to_press_has_a_name(visit: Open) -> None:
    async with visit() as page:
        await ask(page, ENGLISH)
        nameless = await page.evaluate(
            """[...document.querySelectorAll("button, a, input, textarea, [role=region], [role=log], [role=listbox]")]
            .filter(node => !(node.ariaLabel || node.textContent.trim() || node.labels?.[0]?.textContent.trim()))
            .map(node => node.outerHTML)"""
        )
        assert nameless == []
        assert await page.get_by_role("log").get_attribute("aria-live") == "polite"
        assert await page.evaluate("document.activeElement.id") == "box"
