"""Pages of people: one's own reading list, where ✅ ends a work, the members, and what one of them wrote and decided."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.web.channel.validation import ActionRefused
from adapters.web.http.guards import read_form
from adapters.web.http.sessions import LIBRARY
from adapters.web.library.frame import Frame
from adapters.web.library.viewer import Viewer
from bot.events import DecisionPressed
from bot.model import Meaning
from bot.usecases.readers import Entry, ReadingList, member_sums, reading_list, written_by

_DONE_SHOWN: Final = 30


class People:
    """The routes of people."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route(f"{LIBRARY}/list", self.mine),
            Route(f"{LIBRARY}/list/done", self.done, methods=["POST"]),
            Route(f"{LIBRARY}/members", self.members),
            Route(f"{LIBRARY}/member/{{platform}}/{{member_id}}", self.member),
        ]

    async def mine(self, request: Request) -> Response:
        """The reading list of whoever looks: unread first, then what they read and have no words on."""
        viewer = await self._frame.viewer(request)
        found = await self._list(viewer)
        threads = {
            (one.channel.name, one.work.key): await self._frame.thread(one.channel, one.card)
            for one in (*found.unread, *found.owed)
        }
        wanted = request.query_params.get("channel"), request.query_params.get("key")
        return self._frame.html(
            "list.html",
            viewer,
            "list",
            found=found,
            threads=threads,
            now=self._now(),
            done=found.done[:_DONE_SHOWN],
            # Only what was just now done on this page: a reaction in the channel is taken back there.
            ended=_called((*found.owed, *found.done), wanted),
        )

    async def done(self, request: Request) -> Response:
        """✅: record that whoever looks has read a work of their list; or, pressed on one that is read, take that back."""
        viewer, form = await self._frame.viewer(request), await read_form(request)
        found = await self._list(viewer)
        wanted = form.get("channel"), form.get("key")
        entry = _called(_all(found), wanted)
        if viewer.member is None or entry is None or entry.card is None:
            raise ActionRefused("That is not on your list.", 404)
        await self._frame.library.receive(
            DecisionPressed(
                event_id=f"{viewer.platform}/library/{uuid4().hex}",
                ref=entry.card,
                member=viewer.member,
                meaning=Meaning.READ,
                at=self._now(),
            )
        )
        ended = "" if entry.meaning is Meaning.READ else f"?{urlencode(_fields(entry))}"
        return RedirectResponse(f"{LIBRARY}/list{ended}", 303)

    async def members(self, request: Request) -> Response:
        """
        Everybody who decided or wrote where one may read, with what they wrote; who reads how much is told of nobody. Whoever reads very many channels sees
        those of one.
        """
        viewer = await self._frame.viewer(request)
        together = viewer.together(request.query_params.get("channel"))
        found = await member_sums(together, self._frame.library.reading)
        only = together[0] if len(together) < len(viewer.channels) else None
        return self._frame.html("members.html", viewer, "members", members=found, only=only)

    async def member(self, request: Request) -> Response:
        """
        One member's summaries in the channels that whoever looks may read, or in the one that is named. Who wrote nothing there is looked for among those who
        decided.
        """
        viewer = await self._frame.viewer(request)
        platform, member_id = request.path_params["platform"], request.path_params["member_id"]
        library, chosen = self._frame.library, request.query_params.get("channel")
        together = viewer.together(chosen)
        channels = together if chosen else viewer.channels
        words = await written_by(platform, member_id, channels, library.reading, library.library.facts)
        known = [words[0].summary.member] if words else []
        if not words:
            sums = await member_sums(together, library.reading)
            known = [one.member for one in sums if (one.platform, one.member.id) == (platform, member_id)]
        if not known:
            raise ActionRefused("There is nobody of that name where you may read.", 404)
        return self._frame.html("member.html", viewer, "members", name=known[0].name, words_of=words)

    async def _list(self, viewer: Viewer) -> ReadingList:
        if viewer.member is None:
            return ReadingList()
        library = self._frame.library
        return await reading_list(
            viewer.platform, viewer.member.id, viewer.channels, library.reading, library.library.facts
        )

    def _now(self) -> datetime:
        return self._frame.now()


def _fields(entry: Entry) -> dict[str, str]:
    return {"channel": entry.channel.name, "key": entry.work.key}


def _called(entries: Iterable[Entry], wanted: tuple[str | None, str | None]) -> Entry | None:
    return next((one for one in entries if (one.channel.name, one.work.key) == wanted), None)


def _all(found: ReadingList) -> tuple[Entry, ...]:
    return (*found.unread, *found.owed, *found.done)
