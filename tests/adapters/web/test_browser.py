"""The page in a real browser, as people use it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from adapters.web.channel.chat import WebChannel
from adapters.web.channel.hub import Hub
from bot.model import CARD_PARTS, Answer, BlockRole, CommandCall, Layout, Member, MessageRef, Reason
from bot.rendering import DigestParts, render
from tests import factories
from tests.adapters.web import demo
from tests.adapters.web.serving import served
from tests.browser import NEEDS_CHROMIUM, PATIENCE_MS, chromium
from tests.waiting import until

# One browser for all of them, and so one event loop: each has its own channel, served on its own port, and windows of its own.
pytestmark = [*NEEDS_CHROMIUM, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class Room:
    """The channel on a real server, and a browser that can open windows on it."""

    chat: WebChannel
    refs: list[MessageRef]
    home: str
    browser: Browser
    foreign: list[str]
    complaints: list[str]

    async def window(self, **options) -> Page:
        """A window of somebody new."""
        context = await self.browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        return await self.page(context)

    async def page(self, context: BrowserContext) -> Page:
        """Another window of the same person. Requests that leave the origin and complaints of the console are kept."""
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", lambda request: self._note(request.url))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(self.home)
        return page

    def _note(self, url: str) -> None:
        if not url.startswith((self.home, "data:")):
            self.foreign.append(url)


async def answered(call: CommandCall) -> Answer:
    """A core that answers every command, and does nothing."""
    return Answer(blocks=(demo.block(BlockRole.NOTE, f"Asked: {call.text}"),))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def furnished(tmp_path) -> AsyncIterator[tuple[WebChannel, demo.Recorder]]:
    """The channel of the other tests, on the loop of these."""
    async with demo.engine_at(tmp_path) as engine:
        yield await demo.furnished(engine)


@pytest_asyncio.fixture(loop_scope="module")
async def room(chat, browser) -> AsyncIterator[Room]:
    refs = await demo.post_week(chat)
    async with served(chat, demo.site(commands=answered)) as (_, home):
        room = Room(chat, refs, home, browser, [], [])
        yield room
        for context in browser.contexts:
            await context.close()
    assert [] == room.foreign
    assert [] == room.complaints


async def tell_name(page: Page, name: str) -> None:
    await page.locator("#name-dialog input").fill(name)
    await page.keyboard.press("Enter")
    await expect(page.locator(".me-name")).to_have_text(name)


def pick(page: Page, rank: int):
    return page.locator("[data-pick]").nth(rank - 1)


async def test_a_click_on_the_star(room, recorder):
    """A click on ⭐ asks for a name once, is recorded, shown in the other window, and can be taken back."""
    mine, other = await room.window(), await room.window()
    await pick(mine, 1).get_by_label("must-read").click()
    await tell_name(mine, "Ada")

    await expect(pick(mine, 1).locator(".decisions")).to_contain_text("Ada")
    await expect(pick(mine, 1).get_by_label("must-read: Ada")).to_have_attribute("aria-pressed", "true")
    await expect(pick(other, 1).get_by_label("must-read: Ada")).to_have_attribute("aria-pressed", "false")

    await pick(mine, 1).get_by_label("must-read").click()
    await expect(pick(other, 1).get_by_label("must-read: nobody yet")).to_be_visible()
    assert ["ReactionAdded", "ReactionRemoved"] == [type(event).__name__ for event in recorder.events]


async def test_a_thread(room, recorder):
    """A reply becomes a summary, is seen in the other window, and is edited and deleted by its author."""
    mine, other = await room.window(), await room.window()
    for page in (mine, other):
        await pick(page, 1).locator(".thread-link").click()
    await mine.locator(".composer textarea").fill("Two sentences. Here they are.")
    await mine.keyboard.press("Control+Enter")
    await tell_name(mine, "Ada")

    for page in (mine, other):
        await expect(page.locator(".reply-text")).to_have_text("Two sentences. Here they are.")
        await expect(page.locator(".recorded")).to_be_visible()
        await expect(pick(page, 1).locator(".thread-link")).to_contain_text("1 reply, 1 summary")
    await expect(mine.locator(".composer textarea")).to_have_value("")
    await expect(other.locator(".own")).to_have_count(0)

    await mine.get_by_text("Edit", exact=True).click()
    await mine.locator(".own-edit textarea").fill("Better ones.")
    await mine.get_by_role("button", name="Save").click()
    for page in (mine, other):
        await expect(page.locator(".reply-text")).to_have_text("Better ones.")
        await expect(page.locator(".edited")).to_have_text("edited")

    await mine.get_by_text("Delete", exact=True).click()
    await mine.get_by_role("button", name="Delete it").click()
    for page in (mine, other):
        await expect(page.locator(".reply")).to_have_count(0)
    assert ["ReplyPosted", "ReplyEdited", "ReplyDeleted"] == [type(event).__name__ for event in recorder.events]


async def test_a_digest_arrives(room):
    """A digest that is posted while the page is open appears by itself, on top; an open thread and its draft stay."""
    page = await room.window()
    await pick(page, 2).locator(".thread-link").click()
    await page.locator(".composer textarea").fill("Half a thought")
    await expect(page.locator("body")).to_have_attribute("data-live", "yes")
    await demo.post_week(room.chat, "2026-W35")

    await expect(page.locator(".head")).to_have_count(2)
    await expect(page.locator(".foot")).to_have_count(2)
    await expect(page.locator("#toast")).to_have_text("A new digest has arrived.")
    assert "Half a thought" == await page.locator(".composer textarea").input_value()


async def test_missed_news(room):
    """A window that was away for a while catches up when its stream comes back."""
    page = await room.window()
    await expect(page.locator("body")).to_have_attribute("data-live", "yes")
    await page.evaluate(
        "document.body.dataset.version = 'long ago'; dispatchEvent(new PageTransitionEvent('pagehide'))"
    )
    await demo.lively(room.chat, room.refs)
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    await expect(pick(page, 1).locator(".decisions")).to_contain_text("Ada, Grace")


async def test_drafts(room):
    """A thread can be left and found again with the unfinished reply, and the browser's way back works."""
    page = await room.window()
    await pick(page, 1).locator(".thread-link").click()
    await page.locator(".composer textarea").fill("Half a thought")
    await page.keyboard.press("Escape")
    await expect(page.locator(".thread")).to_have_count(0)
    await page.go_back()

    await expect(page.locator(".composer textarea")).to_have_value("Half a thought")


async def open_edit(page: Page, text: str):
    """Say something in the thread of the first pick, and open it to be edited; gives the field."""
    await page.keyboard.press("j")
    await page.keyboard.press("r")
    await page.locator(".composer textarea").fill(text)
    await page.keyboard.press("Control+Enter")
    await tell_name(page, "Ada")
    await page.get_by_text("Edit", exact=True).click()
    return page.locator(".own-edit textarea")


async def test_an_edit_takes_the_keys(room, recorder):
    """Edit puts the caret behind the last word, and no key is a shortcut there, on the word Cancel neither."""
    page = await room.window()
    field = await open_edit(page, "One sentence.")
    await page.keyboard.type(" 4 or")  # at once: the first key is not lost
    await expect(field).to_have_value("One sentence. 4 or")

    await page.keyboard.press("Shift+Tab")  # the summary stands before the field
    await expect(page.locator(".own-edit summary")).to_be_focused()
    await page.keyboard.type("4o?rj")
    await expect(page.locator("#help-dialog")).to_be_hidden()
    await expect(page.locator(".own-edit summary")).to_be_focused()
    await (
        pick(page, 2).get_by_label("must-read").click()
    )  # what comes after the keys comes after what they would have done
    await until(lambda: len(recorder.events) > 1)
    assert 1 == len(page.context.pages)
    assert ["ReplyPosted", "ReactionAdded"] == [type(event).__name__ for event in recorder.events]


async def test_escape_from_an_edit(room):
    """Escape puts an edit aside and leaves the thread open; what was typed is there again, in this thread and after another."""
    page = await room.window()
    field = await open_edit(page, "One sentence.")
    summary = page.locator(".own-edit summary")
    await page.keyboard.type(" Half a")
    await page.keyboard.press("Escape")
    await expect(field).to_be_hidden()
    await expect(summary).to_be_focused()
    await expect(page.locator(".reply-text")).to_have_text("One sentence.")
    await page.keyboard.press("Enter")
    await expect(field).to_be_focused()
    await page.keyboard.type(" thought")

    await pick(page, 2).locator(".thread-link").click()
    await expect(page.locator(".reply")).to_have_count(0)
    await pick(page, 1).locator(".thread-link").click()
    await summary.click()
    await expect(field).to_have_value("One sentence. Half a thought")

    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(page.locator(".thread")).to_have_count(0)


async def test_cancel_and_save(room):
    """Cancel throws away what was typed; what was saved is what stands in the field the next time."""
    page = await room.window()
    field = await open_edit(page, "One sentence.")
    await field.fill("Nonsense")
    await page.get_by_text("Cancel", exact=True).click()
    await page.get_by_text("Edit", exact=True).click()
    await expect(field).to_have_value("One sentence.")

    await field.fill("Another.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".reply-text")).to_have_text("Another.")
    await page.get_by_text("Edit", exact=True).click()
    await expect(field).to_have_value("Another.")


async def test_too_long_by_one(room):
    """One character too many is called so on a phone, and the notice of it stands beside the line, not on it."""
    page = await room.window(viewport={"width": 390, "height": 844})
    await pick(page, 1).get_by_label("must-read").click()
    await tell_name(page, "Ada")
    await pick(page, 1).locator(".thread-link").click()
    await page.locator(".composer textarea").fill("x" * 40_001)
    await expect(page.locator(".over")).to_have_text("1 character too many")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#toast")).to_contain_text("too long by 1")

    await expect(page.locator("#toast")).to_have_css("opacity", "1")
    between = "document.querySelector('.over').getBoundingClientRect().top - document.querySelector('#toast').getBoundingClientRect().bottom"
    assert await page.evaluate(between) > 0
    assert room.complaints.pop().startswith("Failed to load resource")  # the answer that refused it


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
@pytest.mark.parametrize("text", ["word " * 7600, "line\n" * 13], ids=["words", "lines"])
async def test_a_long_reply(room, scripts, text):
    """A long reply shows twelve lines and can be unfolded by keyboard; it stays so when another comes. A short one is whole."""
    ada = Member(id="ada", name="Ada")
    await room.chat.rename(ada)
    await room.chat.reply("local", room.refs[1].message_id, ada, text=text, token="1")
    page = await room.window(java_script_enabled=scripts)
    await pick(page, 1).locator(".thread-link").click()
    reply = page.locator(".reply-text").first
    lines = "node => Math.round(node.clientHeight / parseFloat(getComputedStyle(node).lineHeight))"
    assert 12 == await reply.evaluate(lines)
    assert text.strip() == await reply.text_content()

    await page.locator(".fold summary").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("show less")).to_be_visible()
    whole = await reply.evaluate(lines)
    assert 12 < whole
    await room.chat.reply("local", room.refs[1].message_id, ada, text="A short one.", token="2")
    if scripts:
        await expect(page.locator(".reply-text")).to_have_count(2)
        await expect(page.locator(".fold")).to_have_count(1)
        assert whole == await reply.evaluate(lines)


async def test_picker(room):
    """Any emoji is found by its name and chosen by keyboard alone; the focus comes back."""
    page = await room.window()
    await page.keyboard.press("j")
    await page.keyboard.press("+")
    await page.keyboard.type("rocket")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await tell_name(page, "Ada")

    await expect(pick(page, 1).get_by_label("rocket: Ada")).to_be_visible()
    await page.keyboard.press("+")
    await page.keyboard.type("no such thing")
    await expect(page.get_by_text("No emoji of that name.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#picker")).to_be_hidden()


async def test_keyboard(room):
    """The digest can be read and decided on without a mouse."""
    page = await room.window()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("2")
    await tell_name(page, "Ada")
    await expect(pick(page, 2).get_by_label("to read: Ada")).to_be_visible()

    await page.keyboard.press("k")
    await expect(pick(page, 1)).to_be_focused()
    await page.keyboard.press("r")
    await expect(page.locator(".composer textarea")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.locator("#help-dialog")).to_contain_text("next pick")
    await page.keyboard.press("Escape")
    await expect(page.locator("#help-dialog")).to_be_hidden()


async def test_renaming(room):
    """A name can be changed, and is changed where it was seen."""
    page = await room.window()
    await pick(page, 1).get_by_label("must-read").click()
    await tell_name(page, "Ada")
    await page.locator(".me").click()
    await tell_name(page, "Countess")

    await page.reload()
    await expect(pick(page, 1).get_by_label("must-read: Countess")).to_be_visible()


async def test_nothing_is_lost(room, recorder):
    """What cannot be recorded right now is kept, and said to be."""
    recorder.broken = True
    page = await room.window()
    await pick(page, 1).get_by_label("must-read").click()
    await tell_name(page, "Ada")

    await expect(page.locator("#toast")).to_have_text("Saved. It will be recorded soon.")
    await expect(pick(page, 1).get_by_label("must-read: Ada")).to_be_visible()


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
async def test_widths(room, width):
    """Nothing is wider than the screen, in the channel, with the receipt open, and in a thread."""
    await demo.lively(room.chat, room.refs)
    page = await room.window(viewport={"width": width, "height": 800})
    overflow = "document.documentElement.scrollWidth - innerWidth"
    assert await page.evaluate(overflow) <= 0
    await page.locator(".receipt summary").click()
    assert await page.evaluate(overflow) <= 0

    await pick(page, 1).locator(".thread-link").click()
    await expect(page.locator(".composer")).to_be_in_viewport()
    assert await page.evaluate(overflow) <= 0


async def test_a_short_title_on_a_phone(room):
    """On a phone a card's number stands beside its title alone: every other line begins at the margin."""
    classic = factories.pick(
        factories.item("a:1", title="Forests", authors=()),
        reasons=(Reason(name="classic", text="The baseline for tables. " * 6, weight=1.0),),
        classic=True,
    )
    for post in render(factories.digest(classic), demo.CHANNEL):
        await room.chat.post(demo.CHANNEL, post, f"classic{post.part}")
    page = await room.window(viewport={"width": 390, "height": 844})
    lefts = """node => { const range = document.createRange(); range.selectNodeContents(node);
        return [...new Set([...range.getClientRects()].map(one => Math.round(one.top / 12)).values())].map(top =>
        Math.min(...[...range.getClientRects()].filter(one => Math.round(one.top / 12) === top).map(one => Math.round(one.left)))) }"""
    begins = await page.locator("[data-pick]", has_text="Forests").locator(".why").evaluate(lefts)

    assert len(begins) > 2
    assert 1 == len(set(begins))


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_card_is_whole(room, width):
    """What a card says is not cut off by the page: neither a long title, nor what is new, nor the end of a result with its figure."""
    title = "Harness: " + "A Benchmark of Long-Horizon Agents under Hostile Tools and Changing Goals " * 2
    abstract = (
        "Agents are tested on short tasks. We introduce Harness, a benchmark of long tasks on which tools, files and goals change between the steps of an agent, "
        "and whatever made it fail is kept for the next episode and the next agent. Extensive experiments on twelve frontier models and three open agent frameworks, "
        "with budgets from ten to one thousand steps and two kinds of adversary, show that success falls steadily with the number of steps, and that the best model "
        "completes only 31.4% of the tasks."
    )
    paper = factories.pick(factories.item("a:1", title=title, abstract=abstract))
    for post in render(factories.digest(paper), demo.CHANNEL):
        await room.chat.post(demo.CHANNEL, post, f"whole{post.part}")
    page = await room.window(viewport={"width": width, "height": 844})
    card = page.locator("[data-pick]", has_text="Harness")
    cut_off = "all => all.filter(one => one.scrollHeight > one.clientHeight + 2).map(one => one.textContent)"

    assert "31.4%" in await card.locator(".abstract").inner_text()
    assert [] == await card.locator(".title, .new, .abstract p, .why, .seen").evaluate_all(cut_off)


async def test_a_font_for_text(room):
    """No text is drawn with an emoji font, which has digits and a space as wide as its pictures; and an emoji is."""
    await demo.lively(room.chat, room.refs)
    page = await room.window()
    browser = await page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        await browser.send(f"{domain}.enable")
    root = (await browser.send("DOM.getDocument"))["root"]["nodeId"]

    async def fonts(selector: str) -> set[str]:
        found = (await browser.send("DOM.querySelectorAll", {"nodeId": root, "selector": selector}))["nodeIds"]
        assert found, selector
        drawn = [(await browser.send("CSS.getPlatformFontsForNode", {"nodeId": one}))["fonts"] for one in found]
        return {font["familyName"] for one in drawn for font in one}

    for text in (".said-by", ".facts", ".next", ".title", ".abstract", ".why", ".seen", ".badge", ".count", ".rank"):
        assert not [name for name in await fonts(text) if "emoji" in name.casefold()], text
    assert not await fonts(".chip .emoji") & await fonts(".abstract")


async def test_topics_are_told_apart(room):
    """Between the topics above a channel, each of which may be of several words, stands a dot."""
    page = await room.window()
    after = "all => all.map(one => getComputedStyle(one, '::after').content)"

    assert ["·", "·", "none"] == [one.strip('"\xa0 ') for one in await page.locator(".topics li").evaluate_all(after)]


@pytest.mark.parametrize("there", [True, False], ids=["there", "still to come"])
async def test_the_card_that_was_asked_for(room, there):
    """Whoever presses a number at the top of a long list is taken to its card at the bottom: at once where it is there, else when it comes."""
    works = [factories.pick(factories.item(f"a:{n}", title=f"Work {n}"), rank=n) for n in range(1, 26)]
    ours = factories.digest(*works, layout=Layout.COMPACT)
    card = DigestParts(ours, demo.CHANNEL)[CARD_PARTS + 2]
    for post in render(ours, demo.CHANNEL):
        await room.chat.post(demo.CHANNEL, post, f"compact{post.part}")
    if there:
        await room.chat.post(demo.CHANNEL, card, "asked")
    page = await room.window(viewport={"width": 390, "height": 700})
    await page.get_by_role("button", name="Bring the card of 2: Work 2").click()
    await tell_name(page, "Ada")
    if not there:
        await page.wait_for_timeout(300)
        await room.chat.post(demo.CHANNEL, card, "asked")

    await expect(page.locator("[data-pick]", has_text="Work 2")).to_be_in_viewport()
    await expect(page.locator("[data-pick]", has_text="Work 2")).to_be_focused()


@pytest.mark.parametrize("title", ["Supercali" * 600, "A title of many words " * 250], ids=["unbroken", "wordy"])
async def test_an_endless_title(room, title):
    """On a phone a title of thousands of characters takes eight lines on its card and two above its thread, and nothing scrolls sideways."""
    week = [demo.head(), demo.pick(1, title), demo.pick(2, "A short one"), demo.foot()]
    await demo.post_week(room.chat, "2026-W35", week)
    page = await room.window(viewport={"width": 390, "height": 844})
    lines = "node => Math.round(node.clientHeight / parseFloat(getComputedStyle(node).lineHeight))"
    overflow = "document.documentElement.scrollWidth - innerWidth"

    assert [8, 1] == [await pick(page, rank).locator(".title").evaluate(lines) for rank in (1, 2)]
    assert title == await pick(page, 1).locator(".title").get_attribute("title")
    assert await page.evaluate(overflow) <= 0

    await pick(page, 1).locator(".thread-link").click()
    await expect(page.locator(".composer")).to_be_in_viewport()
    assert 2 == await page.locator(".about-title").evaluate(lines)
    assert title == await page.locator(".about-title").get_attribute("title")
    assert await page.evaluate(overflow) <= 0


async def test_themes(room):
    """The page follows the system, and a choice of one's own outlives a reload."""
    page = await room.window(color_scheme="dark")
    ground = "getComputedStyle(document.querySelector('.main')).backgroundColor"
    dark = await page.evaluate(ground)
    await page.get_by_label("Light or dark").click()
    light = await page.evaluate(ground)
    await page.reload()

    assert dark != light
    assert light == await page.evaluate(ground)


async def test_without_javascript(room, recorder):
    """Reading, reacting, picking an emoji and replying work by plain forms."""
    page = await room.window(java_script_enabled=False)
    await pick(page, 1).get_by_label("must-read").click()
    await page.get_by_label("Your name").fill("Ada")
    await page.get_by_role("button", name="That's me").click()
    await expect(pick(page, 1).get_by_label("must-read: Ada")).to_be_visible()

    await pick(page, 1).get_by_label("Add a reaction").click()
    await page.get_by_label("rocket").click()
    await expect(pick(page, 1).get_by_label("rocket: Ada")).to_be_visible()

    await pick(page, 1).locator(".thread-link").click()
    await page.locator(".composer textarea").fill("Said without scripts.")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".reply-text")).to_have_text("Said without scripts.")
    assert 3 == len(recorder.events)


async def alone(room: Room) -> Page:
    """A window whose complaints about a server that is away are none of a fault."""
    page = await (await room.browser.new_context()).new_page()
    page.set_default_timeout(PATIENCE_MS)
    return page


class TestPresence:
    async def test_a_server_that_is_away(self, room: Room) -> None:
        """While the server is away the page says so and since when, and when it is back it is up to date by itself."""
        page = await alone(room)
        bar = page.locator("#presence")
        site = demo.site()
        async with served(room.chat, site) as (_, home):
            await page.goto(home)
            await expect(page.locator("body[data-live]")).to_be_attached()
            await expect(bar).to_be_hidden()
        await expect(bar).to_contain_text("Paper Round does not answer. What you see is from ")
        room.chat.hub = Hub()  # as another process has
        ada = Member(id="ada", name="Ada")
        await room.chat.rename(ada)
        await room.chat.react("local", room.refs[1].message_id, ada, "⭐", put=True)
        async with served(room.chat, site, port=int(home.rpartition(":")[2])):
            await expect(bar).to_be_hidden()
            await expect(page.locator(f"[data-message='{room.refs[1].message_id}'] .decisions")).to_contain_text("Ada")
            await page.close()

    async def test_a_connection_that_dies_silently(self, room: Room) -> None:
        """Where nothing is heard any more, though the connection seems to stand, the page says so and connects again."""
        page = await alone(room)
        await page.clock.install()
        await page.goto(room.home)
        await expect(page.locator("body[data-live]")).to_be_attached()
        await page.context.set_offline(True)
        await page.clock.fast_forward(65_000)
        await expect(page.locator("#presence")).to_be_visible()
        await page.context.set_offline(False)
        await page.clock.run_for(30_000)

        await expect(page.locator("#presence")).to_be_hidden()
        await expect(page.locator("body[data-live]")).to_be_attached()

    async def test_a_new_digest_marks_the_tab(self, room: Room) -> None:
        """A hidden window's tab says that a digest has come, and forgets it when it is looked at."""
        page = await alone(room)
        await page.clock.install()
        await page.goto(room.home)
        await expect(page.locator("body[data-live]")).to_be_attached()
        title = await page.title()
        await hide(page, hidden=True)
        await page.clock.run_for(130_000)
        before = await page.title()
        await demo.post_week(room.chat, "2026-W35")
        await page.clock.run_for(130_000)
        await expect(page).to_have_title(f"● {title}")
        assert "mark-new.svg" in await page.locator("link[rel=icon]").get_attribute("href")
        await hide(page, hidden=False)

        assert title == before
        await expect(page).to_have_title(title)
        await expect(page.locator(".head")).to_have_count(2)


async def hide(page: Page, *, hidden: bool) -> None:
    """Let the window believe that it is hidden, or is not: a browser without a screen shows every page."""
    await page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


async def test_on_paper(room):
    """In print an open thread stands behind the channel, whole, in the light colours, and nothing stands there that is for pressing."""
    page = await room.window(color_scheme="dark")
    await pick(page, 1).locator(".thread-link").click()
    await page.locator(".composer textarea").fill("\n".join(f"Line {number} of many." for number in range(1, 31)))
    await page.keyboard.press("Control+Enter")
    await tell_name(page, "Ada")
    await expect(page.locator(".reply-text")).to_contain_text("Line 30 of many.")

    await page.emulate_media(media="print")
    await page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 pixels an inch

    # Asked in one go: the window may still scroll to the new reply.
    main, pane = await page.evaluate(
        "['.main', '.pane'].map(one => document.querySelector(one).getBoundingClientRect())"
    )
    assert main["bottom"] <= pane["top"]
    assert main["height"] > 1123
    for pressed in (
        ".side",
        ".composer",
        ".own",
        ".chip.is-add",
        ".more",
        ".pane-bar a",
        ".thread-link:not(.has-replies)",
    ):
        for one in await page.locator(pressed).all():
            assert not await one.is_visible(), pressed
    for clamped in (".reply-text", ".abstract p"):
        whole = "all => all.every(one => one.scrollHeight <= one.clientHeight + 2)"
        assert await page.locator(clamped).evaluate_all(whole), clamped
    assert await page.evaluate("document.documentElement.scrollWidth") <= 794
    ink, paper = await page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.documentElement).backgroundColor]"
    )
    assert ("rgb(27, 36, 48)", "rgba(0, 0, 0, 0)") == (ink, paper)
