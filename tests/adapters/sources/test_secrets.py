"""What is secret goes to whom it was given to, and stands nowhere else: not in a state, an error, a log or a repr."""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.sources.build import build_source
from adapters.sources.http.request import Request
from adapters.sources.http.secrets import may_keep
from bot.errors import SourceError
from bot.model import Section, SourceSpec
from tests.adapters.sources.conftest import NOW
from tests.local_server import Canned

DATA = Path(__file__).parent / "data"
SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)
SECRETS = {
    name: f"s3cret-{name}"
    for name in ("x_bearer_token", "reddit_feed_token", "reddit_feed_user", "reddit_client_id", "reddit_client_secret")
}
FEED = (DATA / "plain.rss").read_bytes()
TOP = (DATA / "reddit_top.atom").read_bytes()
PAGE = (DATA / "x_page.json").read_bytes()
FAILURES = [
    Canned(b"<!doctype html>no"),
    Canned(b""),
    Canned(status=401),
    Canned(status=403),
    Canned(status=429, headers={"Retry-After": "60"}),
    Canned(status=500),
    Canned(status=302, headers={"Location": "http://10.0.0.1/s3cret"}),
    Canned(status=301, headers={"Location": "/elsewhere?feed=s3cret-reddit_feed_token&token=s3cret-url"}),
    b"",
]


@pytest.fixture
def make_source(fetcher, parser, server):
    def make(kind: str, *answers):
        server.on("/elsewhere", Canned(FEED))
        url = server.on("/r/Example/top/.rss", *answers) + "?token=s3cret-url"
        options = {"interval": 0, "patience": 0} if kind == "arxiv" else {}
        if kind == "reddit":
            options = {
                "routes": ["oauth", "rss"],
                "oauth_url": server.on("/oauth", *answers),
                "token_url": server.on("/token", *answers),
            }
        spec = SourceSpec(
            id="it",
            kind=kind,
            name="It",
            url=url.replace("://", "://s3cret-user:s3cret-pw@"),
            section=Section.LABS,
            options=options,
        )
        return build_source(spec, fetcher, parser, lambda: NOW, SECRETS)

    return make


async def told_by(source, caplog) -> str:
    """Everything that asking a source leaves behind, twice over."""
    left = [repr(source), str(source)]
    state = {}
    # httpcore writes down every header at DEBUG; the command line keeps it at WARNING for that reason.
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.WARNING, "httpcore"):
        for _ in range(4):
            try:
                result = await source.fetch(SINCE, state)
            except SourceError as error:
                left += [repr(error), str(error), "".join(traceback.format_exception(error)), repr(vars(error))]
            else:
                state = result.state
                left.append(repr(result))
    return "\n".join([*left, caplog.text, *(repr(record.__dict__) for record in caplog.records)])


@pytest.mark.parametrize("answer", [Canned(FEED), Canned(TOP), Canned(PAGE), *FAILURES])
@pytest.mark.parametrize("kind", ["feed", "arxiv", "huggingface", "reddit", "x"])
async def test_no_secret_is_left_behind(make_source, caplog, kind, answer):
    """Whatever the answer, nothing that a source leaves behind holds a part of a secret."""
    assert "s3cret" not in await told_by(make_source(kind, answer), caplog)


async def test_each_kind_sees_its_own(make_source, server):
    """A source is shown the secrets of its kind; the others do not even know them."""
    for kind, seen in (("x", {"x_bearer_token"}), ("reddit", set(SECRETS) - {"x_bearer_token"}), ("feed", set())):
        source = make_source(kind, Canned(FEED))

        assert {name for name, value in SECRETS.items() if value in repr(vars(source))} == seen


def test_a_question_shows_no_secret():
    """The repr of a question holds neither its address nor its headers nor its form."""
    asked = Request(
        source_id="it", url="https://x.example/?k=s3cret", headers={"Authorization": "s3cret"}, form={"k": "s3cret"}
    )

    assert "s3cret" not in repr(asked)


class TestForms:
    async def test_posts_a_form(self, fetcher, server):
        """A question with a form is a POST of it."""
        url = server.on("/token", Canned(b"ok"))
        answer = await fetcher.get(Request(source_id="it", url=url, trusted=True, form={"a": "1 &", "b": "2"}))

        assert (answer.body, server.asked[0].body) == (b"ok", b"a=1+%26&b=2")
        assert server.asked[0].headers["content-type"] == "application/x-www-form-urlencoded"

    async def test_a_form_goes_nowhere_else(self, fetcher, server):
        """It is not sent after a redirect."""
        server.on("/other", Canned(b"ok"))
        url = server.on("/token", Canned(status=307, headers={"Location": "/other"}))

        with pytest.raises(SourceError, match="a form is not to be sent elsewhere"):
            await fetcher.get(Request(source_id="it", url=url, trusted=True, form={"a": "1"}))
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://www.youtube.com/feeds/videos.xml?channel_id=UCbfYPyITQ7l4upoX8nvctg", True),
        ("https://lab.example/feed?id=UCbfYPyITQ7l4upoX8nvctg", False),
        ("https://lab.example/feed?token=x", False),
    ],
)
def test_what_may_be_written_down(url, kept):
    """The number of a channel is public, and its feed is exported; what looks like a key elsewhere is not."""
    assert may_keep(url) is kept
