"""Addresses that open a feed by a key in them."""

from __future__ import annotations

import pytest

from bot.private_address import opens_by_key

LOOKS = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


@pytest.mark.parametrize(
    "url",
    [
        "https://lab.example/feed?token=abc",
        "https://lab.example/feed?page=1&key=abc",
        "https://lab.example/feed?API_KEY=abc",
        "https://lab.example/feed?private_token=abc",
        "https://lab.example/feed?access-token=abc",
        "https://lab.example/feed?auth=abc",
        "https://lab.example/feed?pwd=abc",
        "https://lab.example/feed?signature=abc",
        f"https://www.reddit.com/.rss?feed={LOOKS}&user=me",
        f"https://pod.example/rss?uuid={LOOKS}",
        "https://api.letter.example/feed/podcast/12/private/0a1b2c3d-4e5f.rss",
    ],
)
def test_a_key(url: str) -> None:
    """A parameter called a key is one, and so is what looks like one where keys stand."""
    assert opens_by_key(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://lab.example/feed",
        "https://lab.example/?feed=rss2",
        "https://lab.example/feed?token=",
        "https://lab.example/feed?keyword=agents&author=me&session=2026",
        "https://www.youtube.com/feeds/videos.xml?channel_id=UCbfYPyITQ7l4upoX8nvctg",
        "https://gitlab.com/group/tool/-/tags?format=atom",
        "https://news.example/topic?hash=x",
        "https://lab.example/private/notes.xml",
        f"https://lab.example/{LOOKS}/feed",
    ],
)
def test_no_key(url: str) -> None:
    """What is a word, empty, or known to be public is none."""
    assert not opens_by_key(url)
