"""Request context of the page: the channel, the site's settings, the templates and the visitor."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from adapters.web.channel.board import BoardMessage, derived_id
from adapters.web.channel.chat import WebChannel
from adapters.web.channel.emojis import PICKER
from adapters.web.channel.hub import MAX_WATCHERS
from adapters.web.channel.validation import MAX_NAME, MAX_REPLY, ActionRefused
from adapters.web.channel.views import MessageView, face, message_views, safe_url
from adapters.web.http.access_store import AccessStore
from adapters.web.http.assets import Assets
from adapters.web.http.binding import DEFAULT_PROXIES
from adapters.web.http.health import HealthChecks
from adapters.web.library.context import LibraryContext
from adapters.web.library.filters import FILTERS
from bot.card import MEANING_WORDS
from bot.model import Channel, Member
from bot.ports import Clock, CommandSink
from bot.text import counted

MEMBER_COOKIE = "paperround_member"
_COOKIE_SECONDS = 400 * 24 * 3600  # the longest that browsers grant
_FOLDER = Path(__file__).parents[1] / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """
    What a person should know: `lines` say why, since when, and what to do. Of a channel, by name and platform, that it is paused; of all of them
    without a name.
    """

    lines: tuple[str, ...]
    channel: str = ""
    platform: str = ""


async def _none() -> Sequence[Notice]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """
    What the page is told about itself.

    `channels` are those with platform `web`, in the order of the side bar; the first one is the first page.
    `next_digest` gives a line such as 'Next digest: Monday 24 August, 09:00'. `notices` are what a person should act on, of any
    channel. `commands` answers what a press on the page asks. `host` is what the server listens on, `hosts` are further names it answers to. `proxies` are the
    addresses and networks whose word on a visitor's address counts; `windows` is how many may be kept up to date at once.
    `instance` names this process. With a `password`, nobody sees
    anything without it, but whether the service is well; `metrics_token` opens its metrics alone. `vitals` is what it knows of itself. `library` is what its pages of weeks and
    works are made from, None where there are none.
    """

    channels: Sequence[Channel]
    next_digest: Callable[[Channel], Awaitable[str]]
    clock: Clock
    notices: Callable[[], Awaitable[Sequence[Notice]]] = _none
    commands: CommandSink | None = None
    health: HealthChecks | None = None
    metrics_token: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    hosts: frozenset[str] = frozenset()
    proxies: tuple[str, ...] = DEFAULT_PROXIES
    windows: int = MAX_WATCHERS
    instance: str = ""
    password: str | None = field(default=None, repr=False)
    library: LibraryContext | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """
    Whoever sends a request. `token` is the cookie's secret, `member` is who that is, None until a name was given.

    `member_id` is the id they have, or will have once a name was told. It is derived from the token, of the device on which they first
    were, and not the token itself: ids are seen in exports, and must not be of use for acting in somebody's name.
    """

    token: str
    member_id: str
    member: Member | None
    fresh: bool = False


class PageContext:
    """Shared by all routes. Immutable."""

    def __init__(self, chat: WebChannel, site: Site) -> None:
        self.chat = chat
        self.site = site
        self.assets = Assets()
        self.access = AccessStore(chat.store.engine, site.clock)
        self._templates = _environment(self.assets)

    def channel(self, request: Request) -> Channel:
        """The channel in the address of this request. Raises `ActionRefused` if there is none of that name."""
        wanted = request.path_params.get("channel_id")
        for channel in self.site.channels:
            if wanted in {None, channel.id}:
                return channel
        raise ActionRefused("There is no such channel here.", 404)

    async def visitor(self, request: Request) -> Visitor:
        """The visitor who sends this request. A new one gets a token, which is stored once a name was given."""
        token = request.cookies.get(MEMBER_COOKIE, "")
        if not token:
            token = secrets.token_urlsafe(24)
            return Visitor(token, derived_id("member", token), None, fresh=True)
        member_id = await self.access.member_of_device(token)
        return Visitor(token, member_id, await self.chat.store.member(member_id))

    async def views(self, channel: Channel, messages: list[BoardMessage], viewer: Member | None) -> list[MessageView]:
        """The messages with everything people have done to them."""
        ids = [message.message_id for message in messages]
        reactions = await self.chat.store.reactions_on(channel.id, ids)
        replies = await self.chat.store.replies_to(channel.id, ids)
        return message_views(channel, messages, reactions, replies, viewer)

    async def view(self, channel: Channel, message_id: str, viewer: Member | None) -> MessageView:
        """One message. Raises `ActionRefused` if it is not there."""
        message = await self.chat.store.message(channel.id, message_id)
        if message is None:
            raise ActionRefused("There is no such message here any more.", 404)
        return (await self.views(channel, [message], viewer))[0]

    def html(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page from a template."""
        return HTMLResponse(self._templates.get_template(template).render(context), status)

    def remember(self, response: Response, request: Request, visitor: Visitor) -> None:
        """Let the visitor's browser keep the token."""
        response.set_cookie(
            MEMBER_COOKIE,
            visitor.token,
            max_age=_COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )


def channel_path(channel: Channel) -> str:
    """Where a channel is found."""
    return f"/c/{quote(channel.id, safe='')}"


def _environment(assets: Assets) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "safe_url": safe_url,
        "clock": _clock_time,
        "utc": _utc,
        "face": face,
        "path": channel_path,
        **FILTERS,
    }
    environment.globals |= {
        "asset": assets.url,
        "counted": counted,
        "picker": PICKER,
        "meaning_names": MEANING_WORDS,
        "max_reply": MAX_REPLY,
        "max_name": MAX_NAME,
        "new_token": lambda: secrets.token_urlsafe(12),
    }
    return environment


def _clock_time(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
