"""A channel's settings as a form, pausing, and the next digest at once: for whoever may change them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.web.channel.validation import ActionRefused
from adapters.web.http.binding import is_loopback
from adapters.web.http.clients import client_of
from adapters.web.http.guards import read_form
from adapters.web.http.sessions import LIBRARY, PERSON
from adapters.web.library.frame import Frame, channel_page
from adapters.web.library.viewer import LOCAL, Viewer
from bot.channel_fields import WEEKDAYS
from bot.errors import PaperRoundError
from bot.model import Channel, Classics, Layout, Names, Rhythm, Triage
from bot.usecases.channels import ON_THE_PAGE, change, form_of, pause, resume
from bot.usecases.channels import read_form as read_fields

CHOICES = {
    "weekday": WEEKDAYS,
    "rhythm": tuple(Rhythm),
    "layout": tuple(Layout),
    "triage": tuple(Triage),
    "names": tuple(Names),
    "classics": tuple(Classics),
    "alerts": ("off", "on"),
}
"""The fields of which one of a few values is chosen."""


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
        said = {"saved": "Saved. It holds from the next digest on.", "paused": "Paused.", "resumed": "It goes on."}
        return await self._page(viewer, channel, may=may, said=said.get(request.query_params.get("said", ""), ""))

    async def save(self, request: Request) -> Response:
        """Change what was filled in; what is wrong is told beside its field, and nothing is changed then."""
        viewer, channel, may = await self._asked(request)
        form = await self._form(request, may=may)
        present = form_of(channel, ON_THE_PAGE)
        changed: dict[str, str] = {
            name: form[name] for name in ON_THE_PAGE if name in form and form[name].strip() != present[name]
        }
        values, faults = read_fields(changed)
        known = {spec.id for spec in await self._frame.library.specs()}
        if unknown := [name for name in values.get("sources", ()) or () if name not in known]:  # type: ignore[attr-defined]
            faults["sources"] = f"There is no source {unknown[0]!r}. Known are {', '.join(sorted(known))}"
        if faults:
            return await self._page(viewer, channel, may=may, given=present | changed, faults=faults, status=422)
        await change(channel, values, self._frame.library.unit_of_work)
        return RedirectResponse(channel_page(channel, "settings") + "?said=saved", 303)

    async def pause(self, request: Request) -> Response:
        """Post nothing until it is resumed, or go on."""
        viewer, channel, may = await self._asked(request)
        form = await self._form(request, may=may)
        if form.get("what") == "resume":
            await resume(channel, self._frame.library.unit_of_work)
        else:
            who = viewer.member.name if viewer.member else "the operator"
            library = self._frame.library
            await pause(channel, f"{who} paused it", library.unit_of_work, self._frame.now, by_people=True)
        said = "resumed" if form.get("what") == "resume" else "paused"
        return RedirectResponse(f"{channel_page(channel, 'settings')}?said={said}", 303)

    async def digest(self, request: Request) -> Response:
        """Post the next digest now."""
        viewer, channel, may = await self._asked(request)
        await self._form(request, may=may)
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

    async def _form(self, request: Request, *, may: bool) -> dict[str, str]:
        if not may:
            raise ActionRefused("Only those who may change the channel's settings in its chat may do so here.", 403)
        return await read_form(request)

    async def _page(
        self,
        viewer: Viewer,
        channel: Channel,
        *,
        may: bool,
        given: dict[str, str] | None = None,
        faults: dict[str, str] | None = None,
        said: str = "",
        status: int = 200,
    ) -> Response:
        library = self._frame.library
        async with library.reading() as uow:
            state = await uow.channels.get(channel.name)
        return self._frame.html(
            "settings.html",
            viewer,
            "settings",
            status,
            channel=channel,
            may=may,
            form=given or form_of(channel, ON_THE_PAGE),
            faults=faults or {},
            choices=CHOICES,
            said=said,
            paused=state.paused_because if state else None,
            sources=[spec for spec in await library.specs() if spec.enabled],
            coming=await library.next_digest(channel) if library.next_digest else "",
            can_send=library.digest_now is not None,
        )
