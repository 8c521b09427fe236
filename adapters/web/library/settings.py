"""A channel's settings as a form, pausing, and the next digest at once: for whoever may change them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.web.channel.validation import ActionRefused
from adapters.web.http.binding import is_loopback
from adapters.web.http.clients import client_of
from adapters.web.http.guards import read_fields
from adapters.web.http.sessions import LIBRARY, PERSON
from adapters.web.library.frame import Frame, channel_page
from adapters.web.library.viewer import LOCAL, Viewer
from bot.channel_fields import WEEKDAYS
from bot.channel_sources import read_by, reads_all, shown_to
from bot.contradictions import contradictions
from bot.credit import paused_by
from bot.errors import PaperRoundError
from bot.model import Channel, Classics, Layout, Names, Rhythm, SourceSpec, Triage
from bot.spread import delay_line
from bot.usecases import open_forms
from bot.usecases.channels import ON_THE_PAGE, chosen_sources, form_of, pause, read_form, resume
from bot.usecases.known_works import KnownWorks, new_among, topic_lines, unmet_lines
from bot.usecases.wishes import in_form

CHOICES = {
    "weekday": WEEKDAYS,
    "rhythm": tuple(Rhythm),
    "layout": tuple(Layout),
    "triage": tuple(Triage),
    "names": tuple(Names),
    "classics": tuple(Classics),
    "alerts": ("off", "on"),
    "pictures": ("off", "on"),
}
"""The fields of which one of a few values is chosen."""


SOURCES: Final = "sources"
"""The field whose value is chosen from a list: `all` or `some`, and then each `source` that is chosen, by its id."""

_PICKED: Final = "source"
"""The field of each source that is chosen."""

_OF_SOURCES: Final = (SOURCES, _PICKED)

COMPARED: Final = "works"
"""In the address of the page that says which followed authors and words no known work meets: it takes a second to know, which nobody waits for to see the form."""

NEW_TOPIC: Final = "topic"
"""In the address each topic that was just set, of which that page says as well whether any known work is about it."""

_SAVED: Final = "Saved. It holds from the next digest on."

_MOST_NEW: Final = 20
"""New topics at most that are looked for: an address holds no more."""

_MOST: Final = 600
"""Fields of the form at most: each source that is chosen is one."""


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """A source that the channel may choose, and whether it is `chosen`."""

    spec: SourceSpec
    chosen: bool


class SettingsPage:
    """The routes of a channel's settings."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[Route]:
        """The routes."""
        page = f"{LIBRARY}/c/{{channel}}/settings"
        return [
            Route(page, self.show),
            Route(page, self.save, methods=["POST"]),
            Route(f"{page}/pause", self.pause, methods=["POST"]),
            Route(f"{page}/digest", self.digest, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The settings: a form for who may change them, and what they are for everybody else."""
        viewer, channel, may = await self._asked(request)
        said = {"saved": _SAVED, "paused": "Paused.", "resumed": "It goes on."}
        asked = request.query_params
        return await self._page(
            viewer,
            channel,
            may=may,
            said=said.get(asked.get("said", ""), ""),
            compared=COMPARED in asked,
            new_topics=[topic for topic in channel.topics if topic in asked.getlist(NEW_TOPIC)],
        )

    async def save(self, request: Request) -> Response:
        """Change what was filled in; what is wrong is told beside its field, and nothing is changed then."""
        viewer, channel, may = await self._asked(request)
        fields = await self._fields(request, may=may)
        form, picked = dict(fields), [value for name, value in fields if name == _PICKED]
        shown = _marks_in(form.pop("shown", ""))
        filled = open_forms.filled_in({name: form[name] for name in form.keys() - {SOURCES}}, shown, channel)
        values, faults = read_form(filled)
        values, unknown = in_form(values, channel, await self._frame.library.specs())
        faults |= unknown
        given = form_of(channel, ON_THE_PAGE) | filled
        others: list[str] = []
        if SOURCES in form:
            found, fault, others = await self._read_sources(channel, form[SOURCES], picked, shown)
            values |= found
            faults |= {SOURCES: fault} if fault else {}
            given[SOURCES] = "all" if found.get(SOURCES) == () else form[SOURCES]
        if faults:
            return await self._page(
                viewer,
                channel,
                may=may,
                given=given,
                picked=picked,
                shown=open_forms.marks_of(given)
                | {name: shown[name] for name in (*filled, *_OF_SOURCES) if name in shown},
                faults=faults,
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
            )
        stored, met = await open_forms.save(channel, values, filled, shown, self._frame.library.unit_of_work)
        topics = values["topics"] if "topics" in stored else ()
        new = new_among(topics, channel.topics)[:_MOST_NEW] if isinstance(topics, tuple) else []
        if met or others:
            viewer, channel, may = await self._asked(request)
            return await self._page(viewer, channel, may=may, said=" ".join((_SAVED, *met, *others)), new_topics=new)
        query = urlencode([("said", "saved"), *((NEW_TOPIC, topic) for topic in new)])
        return RedirectResponse(f"{channel_page(channel, 'settings')}?{query}", 303)

    async def pause(self, request: Request) -> Response:
        """Post nothing until it is resumed, or go on."""
        viewer, channel, may = await self._asked(request)
        form = dict(await self._fields(request, may=may))
        if form.get("what") == "resume":
            await resume(channel, self._frame.library.unit_of_work)
        else:
            library, member = self._frame.library, viewer.member
            because = paused_by(member.name if member else "the operator")
            await pause(channel, because, library.unit_of_work, self._frame.now, by_people=True, by=member)
        said = "resumed" if form.get("what") == "resume" else "paused"
        return RedirectResponse(f"{channel_page(channel, 'settings')}?said={said}", 303)

    async def digest(self, request: Request) -> Response:
        """Post the next digest now."""
        viewer, channel, may = await self._asked(request)
        await self._fields(request, may=may)
        send = self._frame.library.digest_now
        if send is None:
            raise ActionRefused("Digests are sent by the running service, and this page does not belong to one.", 503)
        try:
            said = await send(channel)
        except PaperRoundError as error:
            raise ActionRefused(str(error), 409) from error
        return await self._page(viewer, channel, may=may, said=said)

    async def _asked(self, request: Request) -> tuple[Viewer, Channel, bool]:
        viewer = await self._frame.viewer(request)
        channel = viewer.channel(request.path_params["channel"])
        return viewer, channel, await self._may_change(request, viewer, channel)

    async def _may_change(self, request: Request, viewer: Viewer, channel: Channel) -> bool:
        person = request.scope.get(PERSON)
        if person is not None and person.operator:
            return True
        if person is None:
            # Without a password, whoever sits at this machine keeps the local channel; who comes through a proxy does not.
            return channel.platform == LOCAL and is_loopback(client_of(request.scope))
        may = self._frame.library.may_change
        return bool(may and viewer.member and await may(viewer.platform, viewer.member.id, channel))

    async def _fields(self, request: Request, *, may: bool) -> list[tuple[str, str]]:
        if not may:
            raise ActionRefused("Only those who may change the channel's settings in its chat may do so here.", 403)
        return await read_fields(request, _MOST)

    async def _read_sources(
        self, channel: Channel, said: str, picked: Sequence[str], shown: Mapping[str, str]
    ) -> tuple[dict[str, object], str, list[str]]:
        """
        The values that make the channel read what was chosen, none where that is what the form showed or what it reads; what is wrong; and
        that somebody else chose meanwhile.
        """
        offered = await self._choices(channel)
        now = _marks_of_sources(_way_of(channel), [one.spec.id for one in offered if one.chosen])
        before, given = {name: shown.get(name, mark) for name, mark in now.items()}, _marks_of_sources(said, picked)
        if given == before:
            return {}, "", []
        # Whoever reads all of them and takes one off the list means that, though 'all' is still chosen above it.
        whole = said == "all" and not (picked and given[SOURCES] == before[SOURCES])
        if not whole and (unknown := set(picked) - {one.spec.id for one in offered}):
            return {}, f"There is no source {min(unknown)!r} any more. Choose again", []
        if not whole and not picked:
            return {}, "Choose at least one, or all of them", []
        if reads_all(channel) if whole else given == now:
            return {}, "", []
        was = "all" if reads_all(channel) else ", ".join(one.spec.name for one in offered if one.chosen)
        met = [open_forms.changed_meanwhile(SOURCES, was)] if before != now else []
        return chosen_sources(channel, None if whole else picked), "", met

    async def _choices(self, channel: Channel) -> list[SourceChoice]:
        """What the channel may read, by name. One that is off for everybody is offered only where it is chosen already."""
        specs = await self._frame.library.specs()
        read = read_by(channel, specs)
        offered = [
            one
            for one in shown_to([channel], specs)
            if one.enabled or one.id in {*channel.sources, *channel.sources_added}
        ]
        return [SourceChoice(one, one.id in read) for one in sorted(offered, key=lambda one: one.name.casefold())]

    async def _page(
        self,
        viewer: Viewer,
        channel: Channel,
        *,
        may: bool,
        given: dict[str, str] | None = None,
        picked: Sequence[str] | None = None,
        shown: Mapping[str, str] | None = None,
        faults: dict[str, str] | None = None,
        said: str = "",
        compared: bool = False,
        new_topics: Sequence[str] = (),
        status: int = 200,
    ) -> Response:
        library = self._frame.library
        known = KnownWorks(library.reading, self._frame.now())
        unmet = (
            [*await unmet_lines("follow", channel.follow, known), *await topic_lines(new_topics, known)]
            if compared
            else []
        )
        compare = "&".join([COMPARED, *(urlencode({NEW_TOPIC: topic}) for topic in new_topics)])
        form = given or form_of(channel, ON_THE_PAGE)
        choices = await self._choices(channel)
        if picked is not None:
            choices = [replace(one, chosen=one.spec.id in picked) for one in choices]
        if given is None:
            form[SOURCES] = _way_of(channel)
        marks = shown or open_forms.marks_of(form) | _marks_of_sources(
            form[SOURCES], [one.spec.id for one in choices if one.chosen]
        )
        async with library.reading() as uow:
            state = await uow.channels.get(channel.name)
        return self._frame.html(
            "settings.html",
            viewer,
            "settings",
            status,
            channel=channel,
            may=may,
            form=form,
            shown=json.dumps(marks),
            faults=faults or {},
            choices=CHOICES,
            said=said,
            against=contradictions(channel.follow, channel.mute, channel.topics),
            unmet=unmet,
            to_compare=""
            if compared or not (channel.follow or new_topics)
            else f"{channel_page(channel, 'settings')}?{compare}",
            paused=state.paused_because if state else None,
            sources=choices,
            coming=await library.next_digest(channel) if library.next_digest else "",
            delayed=delay_line(channel),
            can_send=library.digest_now is not None,
        )


def _way_of(channel: Channel) -> str:
    return "all" if reads_all(channel) else "some"


def _marks_of_sources(said: str, picked: Sequence[str]) -> dict[str, str]:
    return open_forms.marks_of({SOURCES: said, _PICKED: ",".join(sorted(picked))})


def _marks_in(text: str) -> dict[str, str]:
    """Read the marks that came with a form; none of what is no such text, for whoever sends it wrote it."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {name: str(mark) for name, mark in found.items()} if isinstance(found, dict) else {}
