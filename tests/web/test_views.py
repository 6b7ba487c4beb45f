"""Compare, Explore, Knowledge and Insights in a real browser; all views for everybody."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot import reload
from bot.core.expert import Expert
from bot.core.knowledge import load
from bot.core.knowledge.hindi import confirm
from bot.reload import Library
from bot.web import Access, make_app, serve
from tests.conftest import Damage
from tests.web.browsing import PATIENT, chromium, needs_chromium, visiting

playwright = pytest.importorskip("playwright.async_api", reason="the playwright package is not installed")

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

SMALL = 150_000
"""Bytes that the first view may take on the wire."""
PASSWORD = "correct horse battery"
VIEWS = {
    "ask": "#/ask",
    "compare, empty": "#/compare",
    "compare": "#/compare/xen+kvm+qemu",
    "explore": "#/explore",
    "card": "#/explore/kvm",
    "path": "#/explore/xen+virtio",
    "knowledge": "#/knowledge",
    "entry": "#/knowledge/concept%3Akvm",
    "insights": "#/insights",
}

Visit = Any


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
def visit(browser: Any, address: str) -> Visit:
    return partial(visiting, browser, address)


def count(page: Any, selector: str) -> Any:
    return page.locator(selector).count()


# Getting about


async def test_the_views_are_links_with_addresses(visit: Visit) -> None:
    async with visit() as page:
        for name in ("Compare", "Explore", "Knowledge", "Insights", "Ask"):
            await page.get_by_role("navigation").get_by_role("link", name=name).click()
            await page.wait_for_selector(f"body[data-shown={name.lower()}]")
            assert await page.locator("nav [aria-current=page]").inner_text() == name
            assert await count(page, ".view:not([hidden])") == 1
        await page.go_back()
        await page.wait_for_selector("#view-insights h2")
        assert "Insights" in await page.title()


async def test_an_answer_leads_into_the_other_views_and_back(visit: Visit) -> None:
    async with visit("#/compare/xen+kvm") as page:
        related = page.locator("article .chips button").first
        title = await related.inner_text()
        await related.click()
        await page.wait_for_selector("#view-ask article")
        assert await page.locator("#view-ask article h2").inner_text() == title
        await page.evaluate("location.hash = '#/nonsense'")
        await page.wait_for_selector("body[data-view=ask]")
        assert await count(page, "#view-ask article") == 1


# Compare


async def test_two_are_picked_and_a_third_by_keyboard(visit: Visit) -> None:
    async with visit("#/compare") as page:
        box = page.get_by_role("combobox")
        await box.fill("ज़ेन")
        await page.get_by_role("option", name="Xen", exact=True).click()
        await page.wait_for_url("**/#/compare/xen")
        box = page.get_by_role("combobox")
        await playwright.expect(box).to_be_focused()
        await box.press_sequentially("kv")
        # What the first letter brought has given way to what both did.
        await playwright.expect(page.get_by_role("option", name="KubeVirt", exact=True)).to_have_count(0)
        await page.get_by_role("option", name="KVM", exact=True).wait_for()
        await playwright.expect(page.get_by_role("option", name="Xen", exact=True)).to_have_count(0)
        await page.wait_for_timeout(300)
        await box.press("Enter")
        await page.wait_for_url("**/#/compare/xen+kvm")
        await page.locator("article table").wait_for()
        await page.get_by_role("combobox").press_sequentially("qemu")
        await page.get_by_role("option", name="QEMU", exact=True).wait_for()
        await page.wait_for_timeout(300)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/#/compare/xen+kvm+qemu")
        await page.get_by_role("button", name="Remove KVM").click()
        await page.wait_for_url("**/#/compare/xen+qemu")


async def test_what_differs_comes_first_with_sources_below(visit: Visit) -> None:
    async with visit("#/compare/xen+kvm+qemu") as page:
        article = page.locator("#view-compare article")
        await article.wait_for()
        assert await article.locator(":scope > .prose").first.inner_text()
        groups = await article.locator("tbody").evaluate_all("all => all.map(one => one.className)")
        assert groups[0] == "differ"
        assert groups == sorted(groups, key=["differ", "some", "same"].index)
        for cells in await article.locator("tbody.differ tr:not(.group)").evaluate_all(
            "rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.textContent))"
        ):
            assert len(set(cells)) > 1
        for cells in await article.locator("tbody.same tr:not(.group)").evaluate_all(
            "rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.textContent))"
        ):
            assert len(set(cells)) == 1
        assert await article.locator(".sources a").count() > 1
        await article.get_by_role("button", name="हिन्दी में").click()
        await page.locator("#view-compare article[lang=hi]").wait_for()


async def test_a_comparison_can_be_shared(visit: Visit) -> None:
    async with visit("#/compare/xen+kvm", permissions=["clipboard-read", "clipboard-write"]) as page:
        await page.get_by_role("button", name="Copy link").click()
        await page.get_by_role("button", name="Copied").wait_for()
        assert (await page.evaluate("navigator.clipboard.readText()")).endswith("/#/compare/xen+kvm")


async def test_nothing_picked_offers_what_people_compare(visit: Visit) -> None:
    async with visit("#/compare") as page:
        await page.locator(".chip").first.click()
        await page.locator("#view-compare article table").wait_for()


# Explore


async def test_a_press_on_a_dot_opens_its_card(visit: Visit, expert: Expert) -> None:
    async with visit("#/explore") as page:
        assert await count(page, ".dot") == len(expert.base.concepts)
        await page.locator(".dot[data-id=kvm] circle").click(force=True)
        await page.wait_for_url("**/#/explore/kvm")
        card = page.locator("#explore-card")
        await card.locator("article h2", has_text="KVM").wait_for()
        assert await page.locator(".dot[data-id=kvm]").get_attribute("aria-pressed") == "true"
        told = card.locator(".relations li")
        assert await told.count() == len(expert.base.edges["kvm"])
        assert await count(page, ".lines .on") == len(expert.base.edges["kvm"])
        await told.first.locator("a").click()
        await page.wait_for_function("!location.hash.endsWith('/kvm')")


async def test_a_path_is_drawn_and_told(visit: Visit, expert: Expert) -> None:
    async with visit("#/explore/xen") as page:
        box = page.get_by_role("combobox", name="Way to")
        await box.fill("virtio")
        await page.get_by_role("option", name="virtio", exact=True).click()
        await page.wait_for_url("**/#/explore/xen+virtio")
        path = expert.base.path("xen", "virtio")
        assert path
        steps = page.locator("ol.path li")
        await steps.first.wait_for()
        assert await steps.count() == len(path) + 1
        assert await count(page, ".lines .path") == len(path)
        assert await count(page, ".dot.path") == len(path) + 1
        answer = await page.locator("#explore-card article .prose").first.inner_text()
        assert answer == expert.relate("xen", "virtio").answer
        assert " ".join(answer.split()) in await page.locator("#status").inner_text()


async def test_the_map_by_keyboard_alone(visit: Visit) -> None:
    async with visit("#/explore") as page:
        await page.locator(".dot[tabindex='0']").focus()
        first = await page.evaluate("document.activeElement.dataset.id")
        await page.keyboard.press("ArrowRight")
        then = await page.evaluate("document.activeElement.dataset.id")
        assert then != first
        before = await page.locator(".map > g").get_attribute("transform")
        await page.keyboard.press("+")
        moved = "was => document.querySelector('.map > g').getAttribute('transform') !== was"
        await page.wait_for_function(moved, arg=before)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/#/explore/{then}")
        assert await count(page, ".dot[tabindex='0']") == 1


async def test_the_map_by_mouse_and_by_touch(visit: Visit) -> None:
    def place(page: Any) -> Any:
        return page.locator(".map > g").get_attribute("transform")

    async with visit("#/explore") as page:
        frame = await page.locator(".map").bounding_box()
        x, y = frame["x"] + frame["width"] / 2, frame["y"] + 20
        before = await place(page)
        await page.mouse.move(x, y)
        await page.mouse.wheel(0, -400)
        await page.wait_for_timeout(60)
        zoomed = await place(page)
        assert zoomed != before
        await page.mouse.down()
        await page.mouse.move(x + 80, y + 40, steps=4)
        await page.mouse.up()
        await page.wait_for_timeout(60)
        assert await place(page) != zoomed
        assert page.url.endswith("#/explore")
        await page.get_by_role("button", name="Show all").click()
        await page.wait_for_timeout(60)
        assert await place(page) == before
    async with visit("#/explore", width=390, height=844, has_touch=True, is_mobile=True) as page:
        before = await place(page)
        touch = await page.context.new_cdp_session(page)
        frame = await page.locator(".map").bounding_box()
        x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
        for kind, apart in (("touchStart", 20), ("touchMove", 60), ("touchMove", 100), ("touchEnd", None)):
            points = [] if apart is None else [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
            await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        await page.wait_for_timeout(60)
        after = await place(page)
        assert float(after.split("scale(")[1][:-1]) > 2 * float(before.split("scale(")[1][:-1])


async def test_kinds_of_connections_can_be_left_out(visit: Visit, expert: Expert) -> None:
    shown = "[...document.querySelectorAll('.lines line')].filter(one => one.style.display !== 'none').length"
    async with visit("#/explore") as page:
        everything = await page.evaluate(shown)
        await page.locator(".filter summary").click()
        uses = sum(r.type == "uses" for c in expert.base.concepts.values() for r in c.relations)
        await page.get_by_label(f"({uses})").first.uncheck()
        assert await page.evaluate(shown) == everything - uses
        await page.get_by_role("button", name="None", exact=True).click()
        assert await page.evaluate(shown) == 0


async def test_the_same_as_a_list(visit: Visit, expert: Expert) -> None:
    async with visit("#/explore") as page:
        await page.get_by_role("radio", name="List").check()
        await playwright.expect(page.locator(".outline details")).to_have_count(len(expert.base.concepts))
        assert await page.locator(".chart").is_hidden()
        entry = page.locator(".outline details", has=page.get_by_text("KVM", exact=True)).first
        await entry.locator("summary").click()
        # Filled when it is opened, which the browser tells in a later turn.
        await playwright.expect(entry.locator(".relations li")).to_have_count(len(expert.base.edges["kvm"]))


# Knowledge, on a base that changes


@pytest_asyncio.fixture(loop_scope="module")
async def living(damage: Damage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, Path]]:
    """The address of a page on a copy of the small base, and where it lies."""
    monkeypatch.setattr(reload, "EVERY", 0.05)
    directory = damage("concepts/beans.yaml", "", "")
    confirm(directory)
    edit(directory, "The milder and dearer", "The dearer and milder")
    edit(directory, "reviewed: 2026-11-01", "reviewed: 1900-01-01")
    library = Library(Expert(load(directory)), directory)
    runner = await serve(make_app(library, access=PATIENT), "127.0.0.1", 0)
    watching = asyncio.create_task(library.watch())
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", directory
    watching.cancel()
    await runner.cleanup()


def edit(directory: Path, old: str, new: str) -> None:
    path = directory / "concepts" / "beans.yaml"
    text = path.read_text("utf-8")
    assert old in text
    later = path.stat().st_mtime_ns + 5_000_000
    path.write_text(text.replace(old, new, 1), "utf-8")
    os.utime(path, ns=(later, later))


async def test_a_stale_entry_is_found(browser: Any, living: tuple[str, Path]) -> None:
    address, _ = living
    async with visiting(browser, address, "#/knowledge") as page:
        await page.locator("td.both .badge.warn").wait_for(timeout=15_000)
        everything = await count(page, ".entries tbody tr")
        await page.get_by_label("State").select_option("stale")
        row = page.locator(".entries tbody tr")
        assert await row.count() == 1 < everything
        assert "arabica" in await row.inner_text()
        assert "stale" in await row.inner_text()
        await page.get_by_label("State").select_option("old")
        assert await row.count() == 1
        assert "years" not in await row.locator(".age").inner_text()
        assert "days ago" in await row.locator(".age").inner_text()
        await page.get_by_label("State").select_option("")
        await page.get_by_role("button", name="KB033").click()
        assert await row.count() == 1
        await row.locator("a").click()
        about = page.locator(".about-entry")
        await about.wait_for()
        told = await about.inner_text()
        assert "concepts/beans.yaml:2" in told
        assert "KB033" in told
        assert "KB051" in told
        assert "Arabica is the coffee plant" in await page.locator("#knowledge-detail article").inner_text()


async def test_an_edit_on_disk_appears_and_a_bad_one_is_told(browser: Any, living: tuple[str, Path]) -> None:
    address, directory = living
    async with visiting(browser, address, "#/knowledge/concept%3Aarabica") as page:
        article = page.locator("#knowledge-detail article")
        await article.wait_for()
        edit(directory, "Arabica is the coffee plant", "Arabica, as every farmer knows, is the coffee plant")
        await playwright.expect(article).to_contain_text("as every farmer knows", timeout=15_000)
        edit(directory, "- id: arabica", "- id: [arabica")
        trouble = page.locator("#knowledge-problems")
        await playwright.expect(trouble).to_contain_text("KB001 concepts/beans.yaml", timeout=15_000)
        await playwright.expect(article).to_contain_text("as every farmer knows")
        assert await count(page, ".entries tbody tr") > 10
        edit(directory, "- id: [arabica", "- id: arabica")
        await playwright.expect(trouble).to_be_empty(timeout=15_000)


async def test_search_and_sort(visit: Visit) -> None:
    async with visit("#/knowledge") as page:
        rows = page.locator(".entries tbody tr")
        await rows.first.wait_for()
        await page.get_by_label("Search").fill("kvm")
        some = await rows.count()
        await page.get_by_label("Kind").select_option("concept")
        assert 0 < await rows.count() < some
        assert {await row.locator(".kind").inner_text() for row in await rows.all()} == {"Concept"}
        await page.get_by_label("Sort by").select_option("sources")
        cited = [int(await row.locator(".sources").inner_text()) for row in await rows.all()]
        assert cited == sorted(cited)
        await page.get_by_label("Search").fill("no such thing anywhere")
        assert "Nothing fits" in await page.locator("#knowledge-list").inner_text()


# Insights


async def test_insights_follow_what_is_asked(browser: Any, expert: Expert) -> None:
    runner = await serve(make_app(Library(expert), access=PATIENT), "127.0.0.1", 0)
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with visiting(browser, address, "#/insights") as page:
        tile = page.locator(".tile dd").first
        assert await tile.inner_text() == "0"
        await page.evaluate(
            """fetch("/api/ask", {method: "POST", headers: {"Content-Type": "application/json"},
            body: JSON.stringify({text: "what is kvm"})}).then(() => 1)"""
        )
        await playwright.expect(tile).to_have_text("1")
        assert "KVM" in await page.locator(".bars").first.inner_text()
        assert "1" in str(await page.locator("svg.hour").get_attribute("aria-label"))
    await runner.cleanup()


# The password


async def test_with_a_password_the_page_asks_for_it(browser: Any, expert: Expert) -> None:
    runner = await serve(make_app(Library(expert), access=Access(PASSWORD)), "0.0.0.0", 0)
    # An address of this machine that is not the loopback name.
    address = f"http://127.0.0.2:{runner.addresses[0][1]}"
    context = await browser.new_context(locale="en-GB")
    page = await context.new_page()
    refused = await page.request.post(f"{address}/api/ask", data={"text": "what is kvm"})
    assert refused.status == 401
    other = await page.request.get(f"{address}/api/state", headers={"Host": "evil.example"})
    assert other.status == 403
    await page.goto(f"{address}/#/compare/xen+kvm")
    assert page.url.endswith("/login#/compare/xen+kvm") or page.url.endswith("/login")
    assert await page.locator("#box").count() == 0
    await page.get_by_label("Password").fill("a wrong password")
    await page.get_by_role("button", name="Sign in").click()
    assert "not the password" in await page.get_by_role("alert").inner_text()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_selector("body[data-ready]")
    await page.fill("#box", "What is KVM?")
    await page.press("#box", "Enter")
    await page.locator("article.answer").wait_for()
    assert await page.evaluate("document.cookie") == ""
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_selector("form.login")
    await context.close()
    await runner.cleanup()


# For everybody


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
async def test_nothing_serious_stands_in_anybody_s_way(visit: Visit, scheme: str, width: int) -> None:
    from axe_playwright_python.async_playwright import Axe

    language = {"light": "en-GB", "dark": "hi-IN"}[scheme]
    for name, view in VIEWS.items():
        async with visit(view, width=width, color_scheme=scheme, reduced_motion="reduce", locale=language) as page:
            if name == "ask":
                await page.fill("#box", "KVM is a fork of QEMU, right? What sets Xen, QEMU and KVM apart?")
                await page.press("#box", "Enter")
                await page.locator("article.answer").wait_for()
                await page.locator(".why summary").click()
            await page.wait_for_timeout(100)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
            found = await Axe().run(page)
            assert len(found.response["passes"]) > 15
            grave = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
            assert [(one["id"], one["nodes"][0]["html"]) for one in grave] == [], name


async def test_the_first_view_is_small_and_soon_there(
    browser: Any, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 850})
    page = await context.new_page()
    wire = await context.new_cdp_session(page)
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    await wire.send("Network.enable")
    await page.goto(address)
    await page.wait_for_selector("body[data-ready]")
    ready = await page.evaluate("performance.getEntriesByName('ready')[0].startTime")
    first = sum(sizes)
    for view in ("compare", "explore", "knowledge", "insights"):
        await page.evaluate(f"location.hash = '#/{view}'")
        await page.wait_for_selector(f"body[data-shown={view}]")
    with capsys.disabled():
        print(f"\nfirst view: {first / 1000:.0f} kB in {ready:.0f} ms; all views: {sum(sizes) / 1000:.0f} kB")
    assert first < SMALL
    await context.close()
