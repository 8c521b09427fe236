"""A work's code and its own page, as its source gave them: whatever that is, the card is drawn."""

from __future__ import annotations

import pytest

from bot.project_pages import code_and_page

CODE, PAGE = "https://github.com/o/n", "https://o.github.io/n/"


@pytest.mark.parametrize("none", ["\ud800", "http://[", "https://example.org:port/x"])
def test_no_address(none: str) -> None:
    """What is no address, with half a character or a port that is no number, is given back as it is, and left to whoever shows links."""
    assert (CODE, none) == code_and_page(CODE, none)
    assert (none, PAGE) == code_and_page(none, PAGE)
