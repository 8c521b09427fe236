"""Which addresses of a message are proposed: those of texts, embeds and buttons, and of our own cards the works'."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import discord

from adapters.discord.embeds import face_of
from adapters.discord.links import links_in
from bot.model import Layout
from bot.rendering import render
from tests import factories


def message(content: str = "", embeds: list[dict] | None = None, **more: Any) -> Any:
    shown = [discord.Embed.from_dict(embed) for embed in embeds or ()]
    return SimpleNamespace(**{"content": content, "embeds": shown, "components": [], "message_snapshots": [], **more})


def test_of_other_programs() -> None:
    """Programs write in embeds and link by buttons; what is forwarded counts, pictures and authors do not."""
    embed = {
        "title": "Two",
        "url": "https://a.example/2",
        "description": "see [three](https://a.example/3), https://a.example/wiki/4_(x).",
        "fields": [{"name": "Code", "value": "<https://a.example/5>"}],
        "author": {"name": "x", "url": "https://a.example/somebody"},
        "image": {"url": "https://cdn.example/p.png"},
    }
    button = SimpleNamespace(url="https://a.example/6")
    row = SimpleNamespace(children=[button, SimpleNamespace(url=None, content="https://a.example/7")])
    forwarded = message("https://a.example/8")
    found = links_in(message("https://a.example/1!", [embed], components=[row], message_snapshots=[forwarded]))

    assert [f"https://a.example/{n}" for n in (1, 2, 3, "wiki/4_(x)", 5, 6, 7, 8)] == found


def test_of_our_own_messages() -> None:
    """Of a card it is the work that is meant, and of a list each of its works: not who spoke of them, nor their code."""
    works = [
        factories.item(f"arxiv:2608.0{n:04}", title="A [b] *c*", url=f"https://lab.example/{n}?a=1&b_c=2")
        for n in range(1, 5)
    ]
    picks = [factories.pick(one, rank=rank) for rank, one in enumerate(works, start=1)]
    for layout in Layout:
        digest = factories.digest(*picks, layout=layout)
        posts = render(digest, factories.channel(layout=layout))
        shown = [face_of(post) for post in posts]
        found = [link for one in shown for link in links_in(message(one["content"], one["embeds"]), ours=True)]

        assert [one.url for one in works] == found, layout
