"""Which addresses of a message are proposed: those of texts, blocks and attachments, and of our own cards the works'."""

from __future__ import annotations

from adapters.slack.blocks import fallback, message_blocks
from adapters.slack.links import links_in
from bot.model import Layout
from bot.rendering import render
from tests import factories


def test_of_other_bots() -> None:
    """Bots write in blocks and attachments: links, buttons and rich text count, pictures and authors do not."""
    message = {
        "text": "New: <https://a.example/1|one> and 2 more",
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "<https://a.example/1|one>"}},
            {"type": "image", "image_url": "https://cdn.example/p.png", "title_url": "https://cdn.example/p"},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "by <https://a.example/2?x=1&amp;y=2>"}]},
            {"type": "actions", "elements": [{"type": "button", "url": "https://a.example/3"}]},
            {
                "type": "rich_text",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "link", "url": "https://a.example/4"}]}
                ],
            },
        ],
        "attachments": [
            {
                "title": "Five",
                "title_link": "https://a.example/5",
                "author_link": "https://a.example/somebody",
                "thumb_url": "https://cdn.example/t.png",
                "fields": [{"title": "Code", "value": "<https://a.example/6>"}],
                "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<https://a.example/7>"}}],
            },
            {"from_url": "https://a.example/8", "text": "javascript:alert(1) <javascript:alert(2)|x>"},
        ],
    }

    assert [f"https://a.example/{n}" for n in ("1", "2?x=1&y=2", *range(3, 9))] == sorted(links_in(message))


def test_of_odd_messages() -> None:
    """What has no blocks, odd blocks or bottomless ones, ends."""
    deep: dict = {"type": "section"}
    deep["text"] = deep

    assert [] == links_in({})
    assert [] == links_in({"text": None, "blocks": "no", "attachments": [None, 7, "x"]})
    assert [] == links_in({"blocks": [deep]})
    assert [] == links_in({"blocks": "no"}, ours=True)


def test_of_our_own_messages() -> None:
    """Of a card it is the work that is meant, and of a list each of its works: not who spoke of them, nor their code."""
    works = [
        factories.item(f"arxiv:2608.0{n:04}", url=f"https://arxiv.org/abs/2608.0{n:04}?a=1&b=2") for n in range(1, 5)
    ]
    picks = [factories.pick(one, rank=rank) for rank, one in enumerate(works, start=1)]
    for layout in Layout:
        digest = factories.digest(*picks, layout=layout)
        posts = render(digest, factories.channel(layout=layout))
        found = [
            link
            for post in posts
            for link in links_in({"text": fallback(post.plain), "blocks": message_blocks(post)}, ours=True)
        ]

        assert [one.url for one in works] == found, layout
