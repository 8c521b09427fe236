"""
Zotero, by its Web API v3 (zotero.org/support/dev/web_api/v3/write_requests): works become items of a library, once.

Each item has a key that follows from its work, so sending again finds it there: what has changed is changed, and nothing is there twice.
Tags and collections that people gave an item stay, and so does every field that we do not write. The team's summaries are a note below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from typing import Any, Final

import httpx

from adapters.exports.notes import keywords, summaries
from bot.citation import name_parts
from bot.errors import UsageError
from bot.exporting import Export, Work, doi_of, venue_of
from bot.model import ItemKind
from bot.text import counted

ADDRESS: Final = "https://api.zotero.org"

LIBRARY: Final = re.compile(r"(?:users|groups)/\d{1,12}")

_ALPHABET: Final = "23456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
"""What keys of Zotero consist of, eight of them."""

_OUR_LINES: Final = ("Citation Key: ", "Code: ")
"""How the lines of `extra` begin that are ours; every other one is its owner's."""

_AT_ONCE: Final = 50
"""As many items as one request may hold."""

_TYPES: Final = {
    ItemKind.POST: "blogPost",
    ItemKind.NEWSLETTER: "blogPost",
    ItemKind.DISCUSSION: "forumPost",
    ItemKind.CODE: "computerProgram",
    ItemKind.TALK: "presentation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Where works go: `name` is `users/123` or `groups/456`, `collection` the key of one of its collections."""

    name: str
    key: str = field(repr=False)
    collection: str | None = None
    address: str = ADDRESS


@dataclass(slots=True)
class Sent:
    """What sending did: items (notes among them) that are new, that were changed, and that were as they should be."""

    new: int = 0
    changed: int = 0
    same: int = 0


def key_of(name: str) -> str:
    """Give the key of an item: eight signs that follow from what it is of."""
    number = int.from_bytes(sha256(name.encode()).digest()[:8], "big")
    signs = []
    for _ in range(8):
        number, at = divmod(number, len(_ALPHABET))
        signs.append(_ALPHABET[at])
    return "".join(signs)


async def send(export: Export, library: Library) -> Sent:
    """Send an export to a library. Raises `UsageError` with what Zotero said; what was sent by then is there, and is found again."""
    if not LIBRARY.fullmatch(library.name):
        raise UsageError(
            f"{library.name!r} is no library. Write users/123 or groups/456: zotero.org/settings/keys tells your number."
        )
    wanted = [one for work in export.works for one in _items(work, library.collection, whole=not export.narrowed)]
    sent = Sent()
    headers = {"Zotero-API-Version": "3", "Zotero-API-Key": library.key}
    async with httpx.AsyncClient(base_url=library.address, headers=headers, timeout=30) as client:
        # A note's parent must be there before it.
        for notes in (False, True):
            pieces = [one for one in wanted if (one["itemType"] == "note") is notes]
            for start in range(0, len(pieces), _AT_ONCE):
                await _send(pieces[start : start + _AT_ONCE], library, client, sent)
    return sent


async def _send(pieces: Sequence[dict[str, Any]], library: Library, client: httpx.AsyncClient, sent: Sent) -> None:
    keys = ",".join(one["key"] for one in pieces)
    answer = await _asked(
        client.build_request("GET", f"/{library.name}/items", params={"itemKey": keys, "limit": _AT_ONCE}), client
    )
    there = {one["key"]: one["data"] for one in answer.json()}
    changes = []
    for one in pieces:
        known = there.get(one["key"])
        if known is None and one.get("note") == "":
            continue
        if known is None:
            changes.append({**one, "version": 0})
            sent.new += 1
        elif (change := _change(known, one)) is not None:
            changes.append(change)
            sent.changed += 1
        else:
            sent.same += 1
    if changes:
        answer = await _asked(client.build_request("POST", f"/{library.name}/items", json=changes), client)
        if failed := answer.json().get("failed"):
            first = next(iter(failed.values()))
            raise UsageError(
                f"Zotero did not take {len(failed)} of {len(changes)} items: {first.get('message', 'it did not say why')}."
            )


def _change(known: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any] | None:
    """What is to be changed of an item that is there; None if nothing is. What people added stays."""
    merged = dict(wanted)
    if "tags" in wanted:
        ours = [one["tag"] for one in wanted["tags"]]
        theirs = [one["tag"] for one in known.get("tags", ())]
        merged["tags"] = [{"tag": tag} for tag in dict.fromkeys([*theirs, *ours])]
        lines = known.get("extra", "").split("\n")
        theirs = [line for line in lines if line and not line.startswith(_OUR_LINES)]
        merged["extra"] = "\n".join([wanted["extra"], *theirs])
        merged["collections"] = list(dict.fromkeys([*known.get("collections", ()), *wanted["collections"]]))
    same = all(known.get(name) == value or _tags(known.get(name)) == _tags(value) for name, value in merged.items())
    return None if same else {**merged, "version": known["version"]}


def _tags(value: object) -> object:
    """Tags without what Zotero adds to them."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and "tag" in one for one in value):
        return [one["tag"] for one in value]
    return value or None


async def _asked(request: httpx.Request, client: httpx.AsyncClient) -> httpx.Response:
    try:
        answer = await client.send(request)
    except httpx.HTTPError as error:
        raise UsageError(
            f"Zotero cannot be reached ({type(error).__name__}). Try again later; what is there is found again."
        ) from error
    if answer.status_code == httpx.codes.FORBIDDEN:
        raise UsageError(
            "Zotero refuses the key. Make one with write access to this library at zotero.org/settings/keys, as ZOTERO_KEY."
        )
    if answer.status_code in {429, 503}:
        wait = answer.headers.get("Retry-After", "")
        long = counted(int(wait), "second") if wait.isdecimal() else "a while"
        raise UsageError(f"Zotero asks us to wait {long}. Run it again then; what is there is found again.")
    if answer.is_error:
        raise UsageError(f"Zotero answered {answer.status_code}: {answer.text[:200]}")
    return answer


def _items(work: Work, collection: str | None, *, whole: bool) -> Iterator[dict[str, Any]]:
    """
    A work as Zotero's editable JSON, and a note below it where somebody wrote of it.

    In a `whole` export the note is empty where there are no words (any more): what was deleted here is not kept there.
    """
    item, venue = work.item, venue_of(work.item)
    preprint = item.key.startswith("arxiv:")
    kind = _TYPES.get(item.kind, "conferencePaper" if venue and not preprint else "preprint")
    place = {"conferencePaper": "proceedingsTitle", "preprint": "repository", "blogPost": "blogTitle"}.get(kind)
    doi = {"DOI": doi_of(item)} if kind in {"conferencePaper", "preprint"} else {}
    creator = "programmer" if kind == "computerProgram" else "presenter" if kind == "presentation" else "author"
    fields = {
        "key": key_of(work.key),
        "itemType": kind,
        "title": item.title,
        "creators": [_creator(author, creator) for author in item.authors],
        "date": f"{work.dated:%Y-%m-%d}",
        "url": item.url,
        "abstractNote": item.abstract,
        "extra": "\n".join(
            [f"Citation Key: {work.citation_key}", *([f"Code: {item.code_url}"] if item.code_url else [])]
        ),
        **({place: venue} if place and venue else {}),
        **doi,
        "tags": [{"tag": word} for word in keywords(work)],
        "collections": [collection] if collection else [],
    }
    yield {name: value for name, value in fields.items() if value is not None}
    written = summaries(work)
    if written or whole:
        note = "".join(f"<p>{escape(one).replace(chr(10), '<br/>')}</p>" for one in written)
        yield {"key": key_of(f"note/{work.key}"), "itemType": "note", "parentItem": key_of(work.key), "note": note}


def _creator(author: str, kind: str) -> dict[str, str]:
    given, family = name_parts(author)
    if not given:
        return {"creatorType": kind, "name": family}
    return {"creatorType": kind, "firstName": given, "lastName": family}
