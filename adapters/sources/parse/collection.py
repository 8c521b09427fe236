"""A collection of Hugging Face (`/api/collections/{owner}/{slug}`, huggingface.co/docs/hub/api) → the papers in it. Pure."""

from __future__ import annotations

from typing import Final

from adapters.sources.parse.payload import loaded, rows, text
from bot.item_keys import address_of, item_key
from bot.model import FoundWork, ItemKind
from bot.text import cut, plain_title

WANTED: Final = "a collection of Hugging Face"
_MOST: Final = 1_000
_TITLE: Final = 300


def read_collection(body: bytes) -> list[FoundWork]:
    """Read the papers of a collection, in its order; models, data sets and spaces are left out. Raises `Unreadable` where it is none."""
    papers = (one for one in rows(loaded(body, WANTED), "items")[:_MOST] if text(one, "type") == "paper")
    named = ((item_key(f"arXiv:{text(paper, 'id')}"), paper) for paper in papers)
    return [
        FoundWork(url=address_of(key), title=cut(plain_title(text(paper, "title")), _TITLE), kind=ItemKind.PAPER)
        for key, paper in named
        if key
    ]
