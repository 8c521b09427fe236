"""The entrance: a link that opens a session once, a link that makes a second device a member's, and leaving."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.web.channel.validation import ActionRefused
from adapters.web.http.access_store import Person
from adapters.web.http.sessions import LIBRARY, SESSION_COOKIE, SESSION_SECONDS
from adapters.web.pages.context import MEMBER_COOKIE, PageContext, Visitor
from bot.model import Member

_LOCAL = "web"
_SPENT = (
    "This link was used already, or is older than ten minutes. Ask for a new one where you got it: /paperround page in your chat, "
    "or 'another device' beside your name on the local channel."
)


class Entrance:
    """Shows what a link opens, and uses it up only at a press: programs that preview links in chats follow them, too."""

    def __init__(self, context: PageContext) -> None:
        self._context = context

    def routes(self) -> list[Route]:
        """The addresses of coming in by a link, and of leaving."""
        return [
            Route("/enter/{secret}", self.show),
            Route("/enter/{secret}", self.enter, methods=["POST"]),
            Route("/you/device", self.device, methods=["POST"]),
            Route("/logout", self.leave, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Who will come in, and a button."""
        person = await self._context.access.link(request.path_params["secret"])
        if person is None:
            raise ActionRefused(_SPENT, 410)
        return self._context.html("enter.html", person=person, local=person.platform == _LOCAL, link=request.url.path)

    async def enter(self, request: Request) -> Response:
        """Begin a session with the rights of whom the link is for; one of the local channel makes this device theirs."""
        person = await self._context.access.use_link(request.path_params["secret"])
        if person is None:
            raise ActionRefused(_SPENT, 410)
        if person.platform == _LOCAL:
            response = RedirectResponse("/", 303)
            token = await self._context.access.make_device(person.member_id)
            member = Member(id=person.member_id, name=person.name)
            self._context.remember(response, request, Visitor(token, person.member_id, member))
            return response
        response = RedirectResponse(LIBRARY, 303)
        cookie = await self._context.access.open_session(person)
        secure = request.url.scheme == "https"
        response.set_cookie(
            SESSION_COOKIE, cookie, max_age=SESSION_SECONDS, httponly=True, samesite="lax", secure=secure
        )
        return response

    async def device(self, request: Request) -> Response:
        """Give the link with which another device is this member, too."""
        visitor = await self._context.visitor(request)
        if visitor.member is None:
            raise ActionRefused("Tell your name first; then another device can be yours, too.", 409)
        person = Person(platform=_LOCAL, member_id=visitor.member_id, name=visitor.member.name)
        secret = await self._context.access.make_link(person)
        address = f"{request.url.scheme}://{request.headers.get('host', '')}/enter/{secret}"
        return self._context.html("device.html", address=address, me=visitor.member)

    async def leave(self, request: Request) -> Response:
        """End the session on the server; where there is a password, forget on this device who its member is."""
        session = request.cookies.get(SESSION_COOKIE, "")
        await self._context.access.end_session(session)
        self._context.chat.hub.end(session)
        response = RedirectResponse("/login" if self._context.site.password is not None else "/", 303)
        response.delete_cookie(SESSION_COOKIE)
        if self._context.site.password is not None:
            # Whoever comes in next with the password is somebody else, and may say by it who they are.
            response.delete_cookie(MEMBER_COOKIE)
        return response
