"""
What a work is, looked up at an address that a person gave: at arXiv, Crossref or OpenReview where the address names a work of theirs,
else on the page itself.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

from adapters.sources.discover import shown
from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.request import Request, Response
from adapters.sources.http.walls import kept_out, wall
from adapters.sources.kinds.arxiv import LANE
from adapters.sources.kinds.arxiv_api import parse_arxiv_page
from adapters.sources.kinds.openreview import parse_notes
from adapters.sources.parse.collection import WANTED as COLLECTION
from adapters.sources.parse.collection import read_collection
from adapters.sources.parse.crossref import WANTED, read_crossref
from adapters.sources.parse.page import read_page
from adapters.sources.parse.pool import Parser
from adapters.sources.pasted import ARXIV_API
from bot.errors import SourceError
from bot.item_keys import WORKS, address_of, item_key
from bot.model import Entry, FoundWork, ItemKind, Section

logger = logging.getLogger(__name__)

SECONDS: Final = 20.0
"""How long a look-up may take in all; a person is waiting."""

_DEADLINE: Final = 8.0
_REGISTRY_SECONDS: Final = 10.0
"""How long a registry may take, the wait for its turn included: what is left of `SECONDS` is for the page itself."""
_PAGE_BYTES: Final = 2_000_000
_TOGETHER: Final = 100
_COLLECTION: Final = re.compile(
    r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/collections/(?P<owner>[\w.\-]{1,100})/(?P<slug>[\w.\-]{1,200})/?(?:[?#]|$)",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """Where works are looked up by their number."""

    arxiv: str = ARXIV_API
    crossref: str = "https://api.crossref.org/works/"
    openreview: str = "https://api2.openreview.net/notes"
    collections: str = "https://huggingface.co/api/collections/"
    arxiv_interval: float = 3.0
    """Seconds between two requests to arXiv, one at a time (info.arxiv.org/help/api/tou)."""


class Lookup:
    """Looks works up through the same fetcher, and so under the same guard, as every source. No address is trusted."""

    def __init__(self, fetcher: Fetcher, parser: Parser, registries: Registries | None = None) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._registries = registries or Registries()
        self._by_scheme: Mapping[str, Callable[[str, str], Awaitable[FoundWork]]] = {
            "arxiv": self._arxiv,
            "doi": self._doi,
            "openreview": self._openreview,
        }

    async def find(self, url: str) -> FoundWork:
        """Tell what stands at an address. Raises `SourceError` in its name where nobody says."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._find(url)
        except TimeoutError:
            raise SourceError(shown(url), f"did not say what it is within {SECONDS:g} s") from None

    async def find_together(self, urls: Sequence[str]) -> Mapping[str, FoundWork | None]:
        """
        Tell of those works that arXiv has, in one request for all (API user's manual, 3.1.2), each by the address that was asked for; None for what
        arXiv does not know. Others are not in it, nor is any where arXiv does not answer.
        """
        numbers = {url: key.removeprefix("arxiv:") for url in urls if (key := item_key(url) or "").startswith("arxiv:")}
        numbers = dict(list(numbers.items())[:_TOGETHER])
        if not numbers:
            return {}
        try:
            async with asyncio.timeout(SECONDS):
                entries = await self._of_arxiv(list(dict.fromkeys(numbers.values())), "https://arxiv.org")
        except (SourceError, TimeoutError) as error:
            logger.info("Works of arXiv are asked for one by one: %s", error, extra={"action": "works_one_by_one"})
            return {}
        known = {item_key(entry.url): _of_entry((entry,), entry.url) for entry in entries}
        return {url: known.get(f"arxiv:{number}") for url, number in numbers.items()}

    def is_list(self, url: str) -> bool:
        """Tell whether an address is of a list that is known: a collection of Hugging Face."""
        return _COLLECTION.match(url) is not None

    async def listed(self, url: str) -> Sequence[FoundWork]:
        """Give the works that an address lists, if it is of a list that is known: a collection of Hugging Face. Raises `SourceError` in its name."""
        found = _COLLECTION.match(url)
        if found is None:
            return ()
        try:
            async with asyncio.timeout(SECONDS):
                address = f"{self._registries.collections}{found['owner']}/{found['slug']}"
                response = await self._get(url, address, headers={"Accept": "application/json"}, wanted=COLLECTION)
                return await self._parser.run(shown(url), read_collection, response.body)
        except TimeoutError:
            raise SourceError(shown(url), f"did not say what it lists within {SECONDS:g} s") from None

    async def _find(self, url: str) -> FoundWork:
        key = item_key(url) or ""
        if found := await self._registered(key):
            return found
        page = await self._page(url if key.startswith("url:") else address_of(key) or url)
        # A short link, or the page of a work elsewhere, leads to a work with a number of its own.
        led_to = item_key(page.url) or ""
        if led_to != key and led_to.startswith(WORKS):
            return await self._registered(led_to) or page
        return page

    async def _registered(self, key: str) -> FoundWork | None:
        """What a registry says of a work; None where none is asked, or it does not say."""
        scheme, _, number = key.partition(":")
        ask = self._by_scheme.get(scheme)
        if ask is None:
            return None
        try:
            # Behind a collect that asks the same registry the page is quicker.
            async with asyncio.timeout(_REGISTRY_SECONDS):
                return await ask(number, address_of(key))
        except (SourceError, TimeoutError):
            return None

    async def _arxiv(self, number: str, address: str) -> FoundWork:
        return _of_entry(await self._of_arxiv([number], address), address)

    async def _of_arxiv(self, numbers: Sequence[str], address: str) -> tuple[Entry, ...]:
        query = urlencode({"id_list": ",".join(numbers), "max_results": len(numbers)})
        response = await self._get(
            address, f"{self._registries.arxiv}?{query}", lane=LANE, interval=self._registries.arxiv_interval
        )
        page = await self._parser.run(shown(address), parse_arxiv_page, response.body, "arxiv", Section.PAPERS)
        return page.entries

    async def _doi(self, number: str, address: str) -> FoundWork:
        url = f"{self._registries.crossref}{quote(number, safe='')}"
        response = await self._get(address, url, headers={"Accept": "application/json"}, wanted=WANTED)
        return await self._parser.run(shown(address), read_crossref, response.body, number)

    async def _openreview(self, number: str, address: str) -> FoundWork:
        url = f"{self._registries.openreview}?{urlencode({'id': number})}"
        response = await self._get(address, url, headers={"Accept": "application/json"}, wanted="a list of papers")
        page = await self._parser.run(shown(address), parse_notes, response.body, "openreview", Section.PAPERS)
        return _of_entry(page.entries, address)

    async def _page(self, url: str) -> FoundWork:
        response = await self._get(url, url, page=True, may_be_cut=True, max_bytes=_PAGE_BYTES, wanted="a web page")
        called = wall(response.status, response.headers, response.body)
        if called:
            raise SourceError(shown(url), kept_out(HTTPStatus.OK, called))
        kind = response.headers.get("content-type", "")
        return await self._parser.run(shown(url), read_page, response.body, response.url, kind)

    async def _get(self, name: str, url: str, **more: Any) -> Response:
        return await self._fetcher.get(Request(source_id=shown(name), url=url, deadline=_DEADLINE, **more))


def _of_entry(entries: tuple[Entry, ...], address: str) -> FoundWork:
    if not entries:
        raise SourceError(shown(address), "is not known there")
    entry = entries[0]
    return FoundWork(
        url=entry.url or address,
        title=entry.title,
        authors=entry.authors,
        abstract=entry.abstract,
        published=entry.work_date or entry.published,
        code_url=entry.code_url,
        kind=ItemKind.PAPER,
    )
