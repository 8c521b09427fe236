"""Directory of Slack's channels: a configuration may name one by its id or as `#reading`; payloads have ids only."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, Protocol

from adapters.slack.api import SlackApi, page_of
from adapters.slack.errors import PLATFORM
from adapters.slack.pacing import Timer
from bot.errors import ChatError, ChatRefused
from bot.model import Channel
from bot.ports import UnitOfWorkFactory

_ID: Final = re.compile(r"[CGD][A-Z0-9]+")  # a channel's name is in lower case, so the two cannot be mistaken
_FRESH: Final = 60.0
_PAGES: Final = 50
_PAGE: Final = 500


class KeptIds(Protocol):
    """Remembers between runs which id a channel has, by what we know it by: an older id (docs/platform-facts.md#a19), or a name."""

    async def get(self) -> Mapping[str, str]:
        """Give the present id of each channel that is remembered."""
        ...

    async def put(self, known: str, present: str) -> None:
        """Remember one more, or another id of one."""
        ...


class Directory:
    """
    Looks up the id of a configured channel, and the configured name of an id.

    Archived channels are found, too: posting there fails with the right reason. A name that is not found is looked up again
    after a minute, or at once after `look_again`. A channel that was found by its configured name keeps it, whatever it is called
    later, until it is archived or gone: then the name is that of whichever channel bears it.
    """

    def __init__(
        self,
        api: SlackApi,
        timer: Timer,
        configured: Sequence[Channel] = (),
        moves: KeptIds | None = None,
        names: KeptIds | None = None,
    ) -> None:
        self._api = api
        self._timer = timer
        self._configured = configured
        self._ids: dict[str, str] = {}
        self._live: frozenset[str] = frozenset()
        self._moves = moves
        self._names = names
        self._recalled = moves is None
        self._moved: dict[str, str] = {}
        self._read_at: float | None = None

    async def id_of(self, channel: str) -> str:
        """Id of a channel given by id or name. Raises `ChatRefused` where we see none of that name."""
        await self.recall()
        if _ID.fullmatch(channel):
            return _followed(channel, self._moved)
        name = channel.lstrip("#")
        if name not in self._ids and not self._is_fresh():
            await self._read()
            await self._keep_names()
        if name not in self._ids:
            remedy = (
                "Check its spelling; into a private channel, invite Paper Round first, or configure the channel's id"
            )
            raise ChatRefused(PLATFORM, f"there is no channel #{name} that we can see. {remedy}")
        return self._ids[name]

    async def configured(self, channel_id: str) -> str:
        """A channel as the configuration names it; its id where it names none."""
        for name in [channel.id for channel in self._configured]:
            if name == channel_id:
                return name
            try:
                if await self.id_of(name) == channel_id:
                    return name
            except ChatError:
                continue
        return channel_id

    def look_again(self) -> None:
        """Invalidate the cache of names that were not found: channels changed."""
        self._read_at = None

    async def recall(self) -> None:
        """Load, once, which channels had another id before this process. Without it `origin` knows only what was noted since."""
        if not self._recalled and self._moves is not None:
            self._moved = {**await self._moves.get(), **self._moved}
            self._recalled = True

    async def moved(self, old: str, new: str) -> None:
        """
        Store that Slack gave a channel another id (docs/platform-facts.md#a19): what is configured with the old one goes to the
        new one.
        """
        if self._moves is not None:
            await self._moves.put(old, new)
        self._moved[old] = new
        self._ids = {name: new if known == old else known for name, known in self._ids.items()}

    def origin(self, channel_id: str) -> str:
        """Id under which we first knew a channel: its old messages are stored by that."""
        return _followed(channel_id, {new: old for old, new in self._moved.items()})

    def _is_fresh(self) -> bool:
        return self._read_at is not None and self._timer.now() - self._read_at < _FRESH

    async def _keep_names(self) -> None:
        """Let configured names lead to the channels that they led to first, and remember those that are new."""
        if self._names is None:
            return
        kept, team = await self._names.get(), (await self._api.identity()).team_id
        for name in {one.id.lstrip("#") for one in self._configured if not _ID.fullmatch(one.id)}:
            known = kept.get(f"{team}/{name}", "")
            before = _followed(known, self._moved)
            if before in self._live or (known and name not in self._ids):
                self._ids[name] = before
            elif name in self._ids:
                await self._names.put(f"{team}/{name}", self._ids[name])

    async def _read(self) -> None:
        live: set[str] = set()
        archived: dict[str, str] = {}
        kinds = "public_channel,private_channel"
        for team in await self._teams():
            async for one in self._paged("conversations.list", "channels", types=kinds, team_id=team):
                if one.get("name") and one.get("id"):
                    (archived if one.get("is_archived") else self._ids)[str(one["name"])] = str(one["id"])
                    if not one.get("is_archived"):
                        live.add(str(one["id"]))
        self._live = frozenset(live)
        self._ids = archived | self._ids
        self._read_at = self._timer.now()

    async def _teams(self) -> list[str | None]:
        """Workspaces whose channels are listed: ours, which needs no name; with the token of a whole organisation, each that lets us in."""
        if not (await self._api.identity()).org_wide:
            return [None]
        return [str(one["id"]) async for one in self._paged("auth.teams.list", "teams") if one.get("id")]

    async def _paged(self, method: str, key: str, **arguments: Any) -> AsyncIterator[dict[str, Any]]:
        cursor = ""
        for _ in range(_PAGES):
            response = await self._api.read(method, limit=_PAGE, cursor=cursor or None, **arguments)
            found, cursor = page_of(response, key)
            for one in found:
                yield one
            if not cursor:
                return


def _followed(channel_id: str, moves: Mapping[str, str]) -> str:
    """Follow a channel from id to id to the last one; should they lead in a circle, to where that closes."""
    seen = set()
    while channel_id in moves and channel_id not in seen:
        seen.add(channel_id)
        channel_id = moves[channel_id]
    return channel_id


class _IdsNote:
    """Ids of channels in a note of the database."""

    NAME = ""

    def __init__(self, unit_of_work: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work

    async def get(self) -> dict[str, str]:
        """Give the present id of each channel by what it is known by."""
        async with self._unit_of_work() as uow:
            return self._read(await uow.notes.get(self.NAME))

    async def put(self, known: str, present: str) -> None:
        """Note the id that a channel has now."""
        async with self._unit_of_work() as uow:
            await uow.leases.lock(self.NAME)
            ids = self._read(await uow.notes.get(self.NAME)) | {known: present}
            await uow.notes.put(self.NAME, json.dumps(ids))
            await uow.commit()

    @staticmethod
    def _read(note: str | None) -> dict[str, str]:
        ids: dict[str, str] = json.loads(note or "{}")
        return ids


class MovesNote(_IdsNote):
    """Remembers in the database which channels Slack gave another id: what was posted before is known by the old one."""

    NAME = "slack channels moved"


class NamesNote(_IdsNote):
    """Remembers in the database which channel each configured name led to, as workspace and name: a channel may be renamed while we are away."""

    NAME = "slack channels by name"
