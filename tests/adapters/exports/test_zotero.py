"""Sending to Zotero, against a local server that keeps to its rules: nothing is there twice, and nothing of a person's is lost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.exports.zotero import Library, key_of, send
from bot.errors import UsageError
from bot.exporting import Export
from tests.adapters.exports.conftest import TITLES, WORDS
from tests.factories import summary


@dataclass
class FakeZotero:
    """A library with versions, as the API of version 3 has them. `status` is answered instead of an answer, where it is set."""

    items: dict[str, dict] = field(default_factory=dict)
    version: int = 1
    writes: int = 0
    status: int = 200
    address: str = ""

    def read(self, keys: list[str]) -> list[dict]:
        return [{"key": key, "data": self.items[key]} for key in keys if key in self.items]

    def write(self, changes: list[dict]) -> dict:
        self.writes += 1
        self.version += 1
        answer: dict = {"success": {}, "unchanged": {}, "failed": {}}
        assert len(changes) <= 50
        for number, one in enumerate(changes):
            known = self.items.get(one["key"])
            if one["version"] != (known["version"] if known else 0):
                answer["failed"][str(number)] = {
                    "code": 412,
                    "message": "Item has been modified since specified version",
                }
            elif "parentItem" in one and one["parentItem"] not in self.items:
                answer["failed"][str(number)] = {"code": 409, "message": "Parent item not found"}
            else:
                self.items[one["key"]] = {
                    "tags": [],
                    "collections": [],
                    **(known or {}),
                    **one,
                    "version": self.version,
                }
                answer["success"][str(number)] = one["key"]
        return answer


@pytest.fixture
async def zotero() -> AsyncIterator[FakeZotero]:
    library = FakeZotero()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            assert "/groups/7/items" == urlsplit(self.path).path
            self._answer(library.read(asked["itemKey"][0].split(",")))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(library.write(body))

        def _answer(self, document: object) -> None:
            good = self.headers["Zotero-API-Key"] == "k" and self.headers["Zotero-API-Version"] == "3"
            self.send_response(library.status if good else 403)
            self.send_header("Retry-After", "30")
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    library.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield library
    server.shutdown()
    server.server_close()


def there(zotero: FakeZotero, key: str = "k") -> Library:
    return Library(name="groups/7", key=key, collection="COLLECTN", address=zotero.address)


async def test_once(zotero: FakeZotero, export: Export) -> None:
    """Works and their summaries are there, whole; sent again, nothing is written."""
    first = await send(export, there(zotero))
    writes = zotero.writes
    second = await send(export, there(zotero))

    assert (5, 0, 0) == (first.new, first.changed, first.same)
    assert (0, 0, 5) == (second.new, second.changed, second.same)
    assert writes == zotero.writes
    items = [zotero.items[key_of(key)] for key in TITLES]
    assert list(TITLES.values()) == [one["title"] for one in items]
    assert ["preprint", "preprint", "conferencePaper", "blogPost"] == [one["itemType"] for one in items]
    assert {"creatorType": "author", "firstName": "Laurens", "lastName": "van der Maaten"} == items[0]["creators"][1]
    assert ["COLLECTN"] == items[0]["collections"]
    (note,) = [one for one in zotero.items.values() if one["itemType"] == "note"]
    assert ":tada: 🎉" in note["note"]
    assert "<i>" not in note["note"]
    assert WORDS.split("\n")[1] in note["note"]


async def test_what_a_person_did_stays(zotero: FakeZotero, export: Export) -> None:
    """Tags, collections and fields of a person's stay when a work has changed."""
    await send(export, there(zotero))
    mine = zotero.items[key_of(export.works[0].key)]
    mine["tags"] = [{"tag": "mine", "type": 0}, *mine["tags"]]
    mine["collections"] = ["MYOWNONE", *mine["collections"]]
    mine["shortTitle"] = "short"
    mine["extra"] = f"PMID: 7\n{mine['extra']}\nread on the train"
    first = export.works[0]
    place = replace(first.places[0], summaries=(*first.places[0].summaries, summary("Third.", "r3")))
    item = replace(first.item, title="Another title")
    changed = replace(first, item=item, places=(replace(place, item=item),))

    sent = await send(replace(export, works=(changed, *export.works[1:])), there(zotero))

    now = zotero.items[key_of(first.key)]
    assert (0, 2, 3) == (sent.new, sent.changed, sent.same)
    assert ("Another title", "short", ["MYOWNONE", "COLLECTN"]) == (now["title"], now["shortTitle"], now["collections"])
    assert "mine" in [one["tag"] for one in now["tags"]]
    assert {"PMID: 7", "read on the train", "Citation Key: lovelace2026w1"} <= set(now["extra"].split("\n"))


async def test_words_that_are_gone(zotero: FakeZotero, export: Export) -> None:
    """Once a summary is deleted here, sending everything again empties its note; a selection tells nothing of what it left out."""
    await send(export, there(zotero))
    first = export.works[0]
    silent = replace(first, places=tuple(replace(place, summaries=()) for place in first.places))
    without = replace(export, works=(silent, *export.works[1:]))
    note = key_of(f"note/{first.key}")

    await send(replace(without, narrowed=True), there(zotero))
    assert WORDS.split("\n")[1] in zotero.items[note]["note"]

    sent = await send(without, there(zotero))
    again = await send(without, there(zotero))
    assert ("", 1, 0) == (zotero.items[note]["note"], sent.changed, again.changed)


@pytest.mark.parametrize(
    ("status", "told"), [(429, "wait 30 seconds"), (503, "wait 30 seconds"), (500, "answered 500")]
)
async def test_when_it_does_not_go(zotero: FakeZotero, export: Export, status: int, told: str) -> None:
    """What Zotero refuses is said with the remedy, and the key is in no message."""
    zotero.status = status
    with pytest.raises(UsageError, match=told):
        await send(export, there(zotero))
    zotero.status = 200
    with pytest.raises(UsageError, match="refuses the key") as caught:
        await send(export, there(zotero, "s3cret"))
    assert "s3cret" not in f"{caught.value!r} {there(zotero, 's3cret')!r}"
    with pytest.raises(UsageError, match="users/123"):
        await send(export, replace(there(zotero), name="../evil"))


def test_keys() -> None:
    """Keys are Zotero's: eight signs of its alphabet, the same each time, others for other works."""
    keys = {key_of(f"arxiv:{number}") for number in range(2000)}

    assert 2000 == len(keys)
    assert all(len(key) == 8 and set(key) <= set("23456789ABCDEFGHIJKLMNPQRSTUVWXYZ") for key in keys)
