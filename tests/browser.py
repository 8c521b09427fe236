"""A real browser for tests: Debian's chromium, which Playwright drives."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.waiting import PATIENCE

CHROMIUM: Final = shutil.which("chromium")
REQUIRED: Final = os.environ.get("PAPERROUND_REQUIRE_BROWSER") == "1"
PATIENCE_MS: Final = PATIENCE * 1000
"""Milliseconds after which what a page is to show never comes."""

ARGUMENTS: Final = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

NEEDS_CHROMIUM: Final = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no chromium on this machine"),
]
"""Marks of a test that drives one."""

expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser without windows. What one test does in a context of its own, no other sees, so that many may share it."""
    assert CHROMIUM, "PAPERROUND_REQUIRE_BROWSER is set, and there is no chromium on this machine"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()
