"""The captured week, served by the program beside the checkout: every source's answer, and every fault it can have."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from adapters.sources.build import SourceFactory
from adapters.sources.catalog import specs
from adapters.sources.settings import FetchSettings
from bot.errors import SourceError
from bot.model import FetchResult, SourceRecord, SourceStatus
from bot.ports import Upserted
from bot.source_state import SourceAnswer, report_of
from tests.adapters.sources.conftest import NOW

pytestmark = [pytest.mark.replay, pytest.mark.asyncio(loop_scope="module")]

SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)
DEADLINE = 2.5
PATHS = {
    "arxiv": "/arxiv/api/query",
    "huggingface": "/huggingface/api/daily_papers",
    "reddit-machinelearning": "/reddit/r/MachineLearning/top/.rss?t=week",
    "x-list": "/x/2/lists/1217249059016204288/tweets",
}
SECRETS = {"x_bearer_token": "s3cret-bearer", "reddit_feed_token": "s3cret-feed", "reddit_feed_user": "s3cret-user"}
SPEC = {spec.id: spec for spec in specs(secrets=SECRETS) if spec.enabled}  # what is off, the replay does not serve


def options(source_id: str, url: str) -> dict[str, object]:
    if source_id == "arxiv":
        return {"interval": 0, "patience": 0, "rss_url": f"{url}/arxiv/rss/"}
    if source_id == "reddit-machinelearning":
        return {"arctic_url": f"{url}/arctic_shift/api/posts/search"}
    return {}


class Replay:
    def __init__(self, url: str, room: SourceFactory) -> None:
        self._url = url
        overrides = {
            each: {"url": url + PATHS.get(each, f"/feeds/{each}"), "options": options(each, url)} for each in SPEC
        }
        self.sources = {spec.id: room.source(spec) for spec in specs(overrides, SECRETS)}

    async def fetch(self, source_id: str) -> FetchResult:
        return await self.sources[source_id].fetch(SINCE, {})

    def fault(self, source: str, kind: str | None, argument: object = None, times: int | None = None) -> None:
        body = json.dumps({"source": source, "kind": kind, "argument": argument, "times": times}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self._url}/_control/fault", body, method="POST")).close()


@pytest.fixture(scope="module")
def address(shared) -> Iterator[str]:
    command = [sys.executable, str(shared / "replay" / "serve.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().split()[1]
        process.terminate()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replay(address):
    room = SourceFactory(
        lambda: NOW,
        FetchSettings(allow_private=True, deadline_seconds=DEADLINE),
        agent="PaperRound/test",
        secrets=SECRETS,
    )
    yield Replay(address, room)
    await room.aclose()


@pytest.mark.parametrize(
    ("source_id", "least", "newest"),
    [
        ("arxiv", 2000, "2026-08-16"), ("huggingface", 100, "2026-08-14"), ("reddit-machinelearning", 20, "2026-08-16"), ("import-ai", 9, "2026-08-10"),
        ("the-batch", 15, "2026-07-24"), ("alignment-newsletter", 1, "2022-07-21"), ("chinai", 20, "2026-08-02"), ("openai", 20, "2026-08-13"),
        ("deepmind", 20, "2026-08-13"), ("google-research", 20, "2026-05-20"), ("google-ai", 6, "2026-08-17"), ("distill", 3, "2021-09-02"),
        ("the-gradient", 2, "2024-04-20"),
    ],
)  # fmt: skip
async def test_every_source_answers(replay, source_id, least, newest):
    """Each built-in source gives its entries of the week, and the date of its newest."""
    result = await replay.fetch(source_id)

    assert len(result.entries) >= least
    assert str(result.newest).startswith(newest)
    assert "s3cret" not in repr(result)


@pytest.mark.parametrize("source_id", SPEC)
async def test_every_source_tells_its_true_state(replay, source_id):
    """The Batch has gone stale, the quiet ones are quiet, the X list is well with its token, and so is everything else."""
    spec, result = SPEC[source_id], await replay.fetch(source_id)
    answer = SourceAnswer(spec, SourceRecord(id=source_id), 0.0, result=result)
    expected = {
        "the-batch": SourceStatus.STALE,
        "google-research": SourceStatus.STALE,  # its stand-in is of May
        **dict.fromkeys(("distill", "the-gradient", "alignment-newsletter"), SourceStatus.QUIET),
    }

    assert report_of(answer, Upserted(), NOW).state == expected.get(source_id, SourceStatus.OK)


async def test_the_list_is_read_and_paid_for(replay):
    """The captured page of the X list is read, its reposts folded, and its posts are counted."""
    result = await replay.fetch("x-list")

    assert len(result.entries) >= 80
    assert result.state["posts"] == 97
    assert not any(entry.title.startswith("RT @") for entry in result.entries)


async def test_scores_come_from_the_archive(replay):
    """Posts of the top list have scores and flair from Arctic Shift; nothing that was removed is among them."""
    entries = (await replay.fetch("reddit-machinelearning")).entries

    assert any(entry.attention.votes is not None for entry in entries)
    assert all(entry.tags[0] in {"[R]", "[D]", "[P]", "[N]"} for entry in entries)
    assert not any(entry.abstract.startswith("[removed]") for entry in entries)


async def test_either_route_will_do(replay):
    """If Reddit's list is refused, the archive gives the posts."""
    replay.fault("reddit-machinelearning", "status", 403, times=1)
    try:
        result = await replay.fetch("reddit-machinelearning")
    finally:
        replay.fault("reddit-machinelearning", None)

    assert len(result.entries) > 30
    assert result.note == "RSS answered 403 (does not let us in)"


async def test_nothing_is_lost_between_the_signs(replay):
    """In the papers of the week, no formula's dollar sign is left in a title, and every figure of the titles is still there."""
    papers = (await replay.fetch("arxiv")).entries

    assert not any("$" in entry.title.replace("$15", "") or "\\" in entry.title for entry in papers)
    assert any(entry.title.startswith("D²R²: Discrete Diffusion") for entry in papers)


@pytest.mark.parametrize(
    ("kind", "argument", "reason"),
    [
        ("status", 503, "answered 503"),
        ("status", 429, "answered 429 (asks us to slow down)"),
        ("status", 404, "answered 404 (knows no such page; its address may have changed)"),
        ("html", None, "gave an HTML page instead of a feed"),
        ("empty", None, "gave an empty answer"),
        ("path", None, "gave something that is not a feed"),
        ("garbage", None, "gave something that is not a feed"),
        ("slow", 5, f"did not answer within {DEADLINE:g} s"),
        ("drop", None, "closed the connection without an answer"),
        ("drip", 6, f"did not answer within {DEADLINE:g} s"),
        (
            "bomb",
            50,
            "gave an answer of more than 5 MB: if that is meant, raise max_megabytes under [fetch] in the configuration",
        ),
        ("redirect", "http://169.254.169.254/latest/", "leads to an address in a private network, which is refused"),
        ("redirect", "http://localhost:22/", "leads to port 22, which is not a port of the web"),
    ],
)
async def test_every_fault_has_a_name(replay, kind, argument, reason):
    """A source with a fault is an error in plain words within the deadline, and well again after it."""
    replay.fault("distill", kind, argument)
    began = asyncio.get_running_loop().time()
    try:
        with pytest.raises(SourceError) as caught:
            await replay.fetch("distill")
    finally:
        replay.fault("distill", None)

    assert caught.value.reason.startswith(reason)
    assert asyncio.get_running_loop().time() - began < DEADLINE + 3
    assert (await replay.fetch("distill")).entries


async def test_ten_thousand_entries_are_too_many(replay):
    """Of a feed of ten thousand entries five hundred are kept."""
    replay.fault("distill", "huge", 10_000)
    try:
        result = await replay.fetch("distill")
    finally:
        replay.fault("distill", None)

    assert (len(result.entries), result.note) == (500, "kept the newest 500 entries and left 9500 out")


async def test_a_passing_fault_is_not_noticed(replay):
    """What is over with the next attempt is no failure."""
    replay.fault("distill", "drop", times=1)

    assert (await replay.fetch("distill")).entries


@pytest.mark.parametrize("source_id", ["arxiv", "huggingface"])
@pytest.mark.parametrize("kind", ["html", "empty", "path", "garbage"])
async def test_faults_of_the_interfaces_have_names_too(replay, source_id, kind):
    """The programming interfaces fail in words as well."""
    replay.fault(source_id, kind)
    try:
        with pytest.raises(SourceError, match=r"HTML page|empty answer|something that is not"):
            await replay.fetch(source_id)
    finally:
        replay.fault(source_id, None)


async def test_one_fault_keeps_nobody_waiting(replay):
    """While one source hangs, all others give what they always give."""
    replay.fault("distill", "slow", 5)
    others = [each for each in SPEC if each not in {"distill", "arxiv"}]
    try:
        hanging = asyncio.create_task(replay.fetch("distill"))
        results = await asyncio.gather(*(replay.fetch(each) for each in others))
        with pytest.raises(SourceError):
            await hanging
    finally:
        replay.fault("distill", None)

    assert all(result.entries for result in results)
