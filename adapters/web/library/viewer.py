"""Whoever looks at the library: with which rights, as which member, and the channels that they may read."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from starlette.requests import Request

from adapters.web.channel.validation import ActionRefused
from adapters.web.http.access_store import Person
from adapters.web.http.sessions import PERSON
from adapters.web.library.context import LibraryContext
from bot.errors import ChatError
from bot.model import Channel, Member
from bot.visibility import OPERATOR, Reader

LOCAL = "web"

MANY = 30
"""How many channels are listed on every page, and looked at together; more than that have a page of their own, with a search by name."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """
    Who looks. `person` is whose session it is; without one it is a visitor of the local channel. `platform` and `member` are whose
    reading list is theirs, `channels` what they may read.
    """

    reader: Reader
    person: Person
    platform: str
    member: Member | None
    channels: tuple[Channel, ...]

    def channel(self, name: str) -> Channel:
        """A channel by its name. Raises `ActionRefused` where there is none that they may read, which is one answer for both."""
        found = next((one for one in self.channels if one.name == name), None)
        if found is None:
            raise ActionRefused("There is no such channel that you may read.", 404)
        return found

    def together(self, chosen: str | None) -> tuple[Channel, ...]:
        """
        The channels that a page looks at together: all, or where there are more than `MANY`, the one that is `chosen`, else the first. Raises as `channel`
        does.
        """
        if len(self.channels) <= MANY:
            return self.channels
        return (self.channel(chosen) if chosen else self.channels[0],)

    def beside(self, here: Channel | None) -> tuple[Channel, ...]:
        """The channels that the side bar names: the first `MANY` at most, and before them the one whose page is shown, where it is none of these."""
        first = self.channels[:MANY]
        return first if here is None or here in first else (here, *first[:-1])


async def viewer_of(request: Request, library: LibraryContext, local: Member | None) -> Viewer:
    """
    Give who sends a request; `local` is who they are on the local channel. Raises `ActionRefused` where their platform does not tell
    just now what they may read.
    """
    person: Person | None = request.scope.get(PERSON)
    if person is None or person.operator:
        platform, member = LOCAL, local
    else:
        platform, member = person.platform, Member(id=person.member_id, name=person.name)
    if person is not None and person.operator:
        reader = OPERATOR
    else:
        reader = await _reader(library, platform, member.id if member else "")
    channels = await library.channels()
    names = await library.audience.readable(reader)
    return Viewer(
        reader=reader,
        person=person or Person(platform=LOCAL, member_id=member.id if member else ""),
        platform=platform,
        member=member,
        channels=tuple(channel for channel in channels if channel.name in names),
    )


async def _reader(library: LibraryContext, platform: str, member_id: str) -> Reader:
    try:
        return await library.audience.reader(platform, member_id)
    except ChatError as error:
        _log.info("%s does not tell what a member may read: %s", platform, error, extra={"action": "reader_unknown"})
        raise ActionRefused(
            "Your chat does not tell just now what you may read. Try again in a minute.", 503
        ) from error
