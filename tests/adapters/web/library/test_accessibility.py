"""axe-core on every page, in a real browser: nothing keeps anybody out."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect
from starlette.applications import Starlette

from adapters.web.http.access_store import Person
from adapters.web.pages.context import MEMBER_COOKIE
from tests.adapters.web.library.conftest import Shelf, filled_shelf
from tests.adapters.web.serving import app_served
from tests.browser import NEEDS_CHROMIUM, PATIENCE_MS, chromium
from tests.half_year import CHANNEL, HABITS

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
REQUIRED = os.environ.get("PAPERROUND_REQUIRE_AXE") == "1"

pytestmark = [
    *NEEDS_CHROMIUM,
    pytest.mark.asyncio(loop_scope="module"),  # one browser for all of them, and so one event loop
    pytest.mark.skipif(
        not AXE.exists() and not REQUIRED, reason="axe-core is not installed: tests/adapters/web/install-axe-core.sh"
    ),
]

RUN = """async () => {
  const found = await axe.run(document, {
    rules: { "label-content-name-mismatch": { enabled: true }, "target-size": { enabled: true } },
  });
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 4).join("; ")}`);
}"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def shelf(tmp_path, tmp_path_factory) -> AsyncIterator[Shelf]:
    """The weeks of the other tests, on the loop of these."""
    async with filled_shelf(tmp_path_factory.getbasetemp(), tmp_path) as found:
        yield found


async def addresses(shelf) -> list[str]:
    """Every page there is, the channel's and the library's, and the addresses of a message and a thread opened directly."""
    async with shelf.year.units.reading() as uow:
        postings = await uow.postings.of("reading", "2026-W09")
        (edited, *_) = [one for one in await uow.summaries.of_channel("reading") if one.edited_at]
    head, card = (next(one.ref.message_id for one in postings if one.ref and one.part == part) for part in (0, 1))
    secret = await shelf.access.make_link(Person(platform="web", member_id=HABITS[0].member.id, name="Ada"))
    channel, library = "/c/reading", "/library/c/reading"
    return [
        "/",
        f"{channel}?thread={card}",
        f"{channel}/m/{card}",
        f"{channel}/m/{head}",
        f"{channel}/m/{card}/thread",
        f"{channel}/m/{card}/react",
        "/you",
        "/nothing",
        f"/enter/{secret}",
        "/library",
        f"{library}/2026-W08",
        f"{library}/2026-W08/left-out",
        f"{library}/statistics",
        f"{library}/sources",
        f"{library}/settings",
        f"/library/item/{edited.item_key}",
        "/library/list",
        "/library/members",
        f"/library/member/web/{HABITS[0].member.id}",
        "/library/feeds",
        "/library/search",
        "/library/search?q=agents",
    ]


async def violations(page) -> list[str]:
    """What is wrong with the page that a browser shows."""
    wrong = await page.evaluate(RUN)
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
        wrong.append("it scrolls sideways")
    return wrong


@asynccontextmanager
async def browsing(
    browser: Browser, shelf: Shelf, app: Starlette, width: int, scheme: str
) -> AsyncIterator[tuple[BrowserContext, str]]:
    """The windows of somebody new, with axe-core in each page, and the address of the served application."""
    async with app_served(app, shelf.year.chat.hub) as (_, home):
        context = await browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
        )
        context.set_default_timeout(PATIENCE_MS)
        try:
            await context.add_init_script(path=AXE)
            yield context, home
        finally:
            await context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
async def test_every_page(browser, shelf, width, scheme):
    """No page of the channel or the library has a violation, wide and light or narrow and dark; none scrolls sideways."""
    ada = await shelf.access.make_device(HABITS[0].member.id)
    for what in ("digest reading",):
        await shelf.access.make_feed(Person(platform="web", member_id=HABITS[0].member.id), *what.split())
    found: dict[str, list[str]] = {}
    async with browsing(browser, shelf, shelf.app(), width, scheme) as (context, home):
        await context.add_cookies([{"name": MEMBER_COOKIE, "value": ada, "url": home}])
        page = await context.new_page()
        for address in await addresses(shelf):
            await page.goto(home + address)
            if wrong := await violations(page):
                found[address] = wrong

    assert {} == found


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
async def test_forms_and_what_they_answer(browser, shelf, width, scheme):
    """The password's page, a wrong password, a name that is taken, a work that was read, settings that are wrong: no violation either."""
    found: dict[str, list[str]] = {}

    async def look(what: str, sign: str) -> None:
        await expect(page.locator(sign).first, what).to_be_visible()
        if wrong := await violations(page):
            found[what] = wrong

    async with browsing(browser, shelf, shelf.app(password="morning paper"), width, scheme) as (context, home):
        page = await context.new_page()
        await page.goto(f"{home}/library")
        await look("password", "#password")
        await page.fill("#password", "evening paper")
        await page.press("#password", "Enter")
        await look("wrong password", "[role=alert]")
        await page.wait_for_timeout(1100)
        await page.fill("#password", "morning paper")
        await page.press("#password", "Enter")
        await page.goto(f"{home}/you")
        # Ben marks much and reads little, so that there is something to be done whatever the weeks brought.
        await page.fill("#name", HABITS[1].name.upper())
        await page.press("#name", "Enter")
        await page.wait_for_selector("#claim-password")
        await look("name taken", "#claim-password")
        await page.fill("#claim-password", "morning paper")
        await page.press("#claim-password", "Enter")
        await page.goto(f"{home}/library/list")
        await page.click("text=Done")
        await page.wait_for_selector("text=Take it back")
        await look("read", "text=Take it back")
        await page.goto(f"{home}/library/c/reading/settings")
        await page.fill("#f-budget_minutes", "much")
        await page.click("text=Save")
        await look("wrong settings", "#e-budget_minutes")

    assert {} == found


STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at), box = at.getBoundingClientRect();
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1);
  const above = document.elementFromPoint(x, y);
  const wrong = [];
  if (!(style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) && style.boxShadow === "none") wrong.push("no ring");
  if (box.width < 2 || box.height < 2 || box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) wrong.push("out of sight");
  if (above && above !== at && !at.contains(above) && !above.contains(at)) wrong.push(`covered by ${above.tagName} ${above.className}`);
  if (at.tabIndex < 0) wrong.length = 0;  // a heading to which the page itself moved the keys is no stop
  return { name: `${at.tagName} ${at.getAttribute("aria-label") || at.textContent.trim().slice(0, 40)}`, href: at.getAttribute("href"), wrong };
}"""
_STOPS = 80


@pytest.mark.parametrize("width", [1280, 820, 390])
async def test_by_keyboard(browser, shelf, width):
    """On every page each stop of the Tab key is seen, with a ring, and nothing lies over it; where there is a side bar, the first stop skips it."""
    ada = await shelf.access.make_device(HABITS[0].member.id)
    await shelf.access.make_feed(Person(platform="web", member_id=HABITS[0].member.id), "digest", "reading")
    found: dict[str, list[str]] = {}
    async with browsing(browser, shelf, shelf.app(), width, "light") as (context, home):
        await context.add_cookies([{"name": MEMBER_COOKIE, "value": ada, "url": home}])
        page = await context.new_page()
        for address in await addresses(shelf):
            # What a page's script brings after the page is there before the first key, or it may move the keys between two of them.
            await page.goto(home + address, wait_until="networkidle")
            first = await page.evaluate(STOP)
            for number in range(_STOPS):
                await page.keyboard.press("Tab")
                stop = await page.evaluate(STOP)
                if stop is None:
                    break
                if stop["wrong"]:
                    found.setdefault(address, []).append(f"{stop['name']}: {', '.join(stop['wrong'])}")
                if number == 0 and first is None and await page.locator(".skip").count():
                    assert (stop["href"] or "").startswith("#"), f"{address}: {stop['name']}"
                    await page.keyboard.press("Enter")
                    await page.keyboard.press("Tab")
                    # Where an open thread lies over the digest, the keys stay in it.
                    inside = "(t) => Boolean(document.activeElement.closest(t) || document.querySelector(t).closest('[inert]'))"
                    assert await page.evaluate(inside, stop["href"]), address

    assert {} == found


@asynccontextmanager
async def channel_page(browser, shelf) -> AsyncIterator[Page]:
    """The channel, as Ada reads it on a wide screen."""
    ada = await shelf.access.make_device(HABITS[0].member.id)
    async with browsing(browser, shelf, shelf.app(), 1280, "light") as (context, home):
        await context.add_cookies([{"name": MEMBER_COOKIE, "value": ada, "url": home}])
        page = await context.new_page()
        await page.goto(home)
        yield page


async def test_escape_from_a_thread(browser, shelf):
    """Escape closes an open thread, and the keys go on where they were."""
    async with channel_page(browser, shelf) as page:
        opener = page.locator("a[href*='thread=']").first
        await opener.focus()
        await page.keyboard.press("Enter")
        await page.wait_for_function("document.activeElement.textContent === 'Thread'")
        await page.keyboard.press("Escape")
        await page.wait_for_function("!location.search.includes('thread=')")

        assert "thread=" in (await page.evaluate("document.activeElement.getAttribute('href') || ''"))


async def test_skip_link_beside_an_open_thread(browser, shelf):
    """The skip link of a channel with an open thread leads to the digest, and the thread, which stays open, does not take the keys back."""
    async with channel_page(browser, shelf) as page:
        await page.locator("a[href*='thread=']").first.click()
        await page.wait_for_function("document.activeElement.textContent === 'Thread'")
        await page.reload(wait_until="networkidle")
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_load_state("networkidle")
        await page.wait_for_timeout(300)
        await page.keyboard.press("Tab")

        assert await page.evaluate("Boolean(document.activeElement.closest('#feed'))")
        assert [url for url in asked if url.endswith("/thread")] == []


async def test_what_comes_after_the_settings(browser, shelf):
    """Whom none of the known works is by is told on the open page, and what was typed into it meanwhile stays."""
    shelf.channels = [replace(CHANNEL, follow=("author:Nobody Atall",))]
    async with browsing(browser, shelf, shelf.app(), 1280, "light") as (context, home):
        page = await context.new_page()
        await page.goto(f"{home}/library/c/reading/settings", wait_until="domcontentloaded")
        await page.fill("#f-topics", "tea")
        await expect(page.get_by_text("that meets author: Nobody Atall")).to_be_visible()

        assert "tea" == await page.input_value("#f-topics")


@pytest.mark.parametrize("width", [360, 390])
async def test_a_few_channels_on_a_phone(browser, shelf, width):
    """Each of a few channels is in sight beside the pages of the one that is open, and what is noted above a form stands apart from it."""
    muted = replace(CHANNEL, follow=("word:music",), mute=("word:music",))
    shelf.channels = [
        muted,
        *(replace(CHANNEL, name=name, id=name) for name in ("vision", "robots", "interpretability")),
    ]
    async with browsing(browser, shelf, shelf.app(), width, "light") as (context, home):
        page = await context.new_page()
        await page.goto(f"{home}/library/c/reading/settings")
        ends = await page.locator(".side-channels a").evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect().right)"
        )
        # Both at one instant, for what is noted is drawn once more when the works have been compared.
        top, bottom = await page.evaluate(
            """() => {
                const last = (one) => [...document.querySelectorAll(one)].at(-1).getBoundingClientRect();
                return [last(".settings").top, last(".note").bottom];
            }"""
        )

    assert len(ends) == 7
    assert max(ends) <= width
    assert top - bottom >= 12
