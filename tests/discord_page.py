"""
Discord's messages as a page, drawn by discord-components (github.com/skyra-project/discord-components), which others wrote.

Nothing is asked of the web: the page and the components' modules are handed to the browser from this machine. Emoji are those of the
machine's font, and people's pictures letters. The narrow page is the desktop's client in a narrow window, not the phone's app. Forms are not
drawn: the components know no label with a description.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page, Route

from tests.browser import chromium

FOLDER: Final = Path(__file__).parent / "adapters" / "discord"
MODULES: Final = FOLDER / "node_modules"
ORIGIN: Final = "http://discord.invalid"

_IMPORTS: Final = {
    "lit": "lit/index.js",
    "lit/": "lit/",
    "lit-html": "lit-html/lit-html.js",
    "lit-html/": "lit-html/",
    "lit-element/": "lit-element/",
    "@lit/reactive-element": "@lit/reactive-element/reactive-element.js",
    "@lit/reactive-element/": "@lit/reactive-element/",
    "@lit/context": "@lit/context/index.js",
}
_PAGE: Final = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>body {{ margin: 0; background: #36393e }} discord-messages {{ min-height: 100vh; border: 0; overflow: hidden }}
discord-message {{ padding-right: 1rem !important }} discord-thread {{ box-sizing: border-box; max-width: min(480px, calc(100vw - 88px)) !important; overflow: hidden }}</style>
<script type="importmap">{imports}</script>
<script type="module">import "/@skyra/discord-components-core/dist/index.js"; document.body.dataset.ready = "yes"</script>
<body>{body}"""


Shown = dict[str, Any]
"""
A message as Discord's API gives it; beside what it gives may stand `thread` (a channel with its `messages`), and `asked` (`name` and `command`: who
used which command).
"""


@dataclass(frozen=True)
class Look:
    """Messages that are seen together: in a channel that is called so, or in a thread (`kind`). With `phone` they are drawn at its width, too."""

    channel: str
    messages: list[Shown]
    kind: str = "text"
    phone: bool = False


@dataclass(frozen=True)
class Window:
    """How wide the client's window is, and how much of it a picture shows, in pixels: messages are never wider than that."""

    width: int
    shown: int
    height: int


DESKTOP: Final = Window(1280, 680, 1350)
PHONE: Final = Window(390, 390, 1100)


async def draw(looks: Mapping[str, Look], folder: Path) -> None:
    """Draw each look as `discord-NAME.png`, and some as `discord-NAME-phone.png` in a window as narrow as a phone."""
    assert MODULES.exists(), (
        "discord-components are not installed: tests/adapters/discord/install-discord-components.sh"
    )
    async with chromium() as browser:
        for ending, window in (("", DESKTOP), ("-phone", PHONE)):
            context = await browser.new_context(viewport={"width": window.width, "height": 200})
            page = await context.new_page()
            for name, look in looks.items():
                if window is PHONE and not look.phone:
                    continue
                await show(page, look)
                tall = await page.evaluate("document.documentElement.scrollHeight")
                part = {"x": 0, "y": 0, "width": window.shown, "height": min(tall, window.height)}
                path = folder / f"discord-{name}{ending}.png"
                await page.screenshot(path=path, full_page=True, clip=part)


async def show(page: Page, look: Look) -> None:
    """Show messages on a page, as if they were all that stands in a channel."""
    node = await asyncio.create_subprocess_exec(
        *("node", str(FOLDER / "draw_messages.mjs")), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    body, _ = await node.communicate(json.dumps(asdict(look)).encode())
    assert node.returncode == 0, "the messages could not be drawn; its reason is above"
    imports = {"imports": {name: f"/{path}" for name, path in _IMPORTS.items()}}
    html = _PAGE.format(imports=json.dumps(imports), body=body.decode())

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).lstrip("/")
        if not route.request.url.startswith(ORIGIN):
            await route.abort()
        elif not path:
            await route.fulfill(body=html, content_type="text/html")
        else:
            await route.fulfill(path=MODULES / path, content_type=mimetypes.guess_type(path)[0])

    await page.unroute_all()
    await page.route("**/*", answer)
    await page.goto(f"{ORIGIN}/")
    await page.locator("body[data-ready]").wait_for()
