"""
Actions on the page (POST): react, reply, edit, delete, and set one's name.

Every action is a plain form. A browser with JavaScript sends the same form and asks for JSON; without it, it is redirected to
the page. A visitor without a name is asked for one first, and the same form is then sent again with the name in it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from adapters.web.channel.chat import ActionResult
from adapters.web.channel.emojis import NAMES
from adapters.web.channel.validation import ActionRefused, NameTaken, checked_name
from adapters.web.http.guards import read_form
from adapters.web.pages.context import PageContext, Visitor, channel_path
from bot.model import Channel, CommandCall, Member, PostRole
from bot.usecases.command_edge import STARTING

Form = dict[str, str]
Act = Callable[[Channel, Member, Form, Request], Awaitable[tuple[ActionResult, str]]]
"""Handler of a form; gives the result, and where on the page it is to be seen."""

_LISTS = frozenset({PostRole.LIST, PostRole.ALSO})

SAVED = "Saved. It will be recorded soon."


class Actions:
    """The POST routes of the page."""

    def __init__(self, context: PageContext) -> None:
        self._context = context
        self._chat = context.chat

    def routes(self) -> list[Route]:
        """Every address that takes an act."""
        message, reply = "/c/{channel_id}/m/{message_id}", "/c/{channel_id}/r/{message_id}"
        return [
            Route(f"{message}/reactions", self._route(self._react), methods=["POST"]),
            Route(f"{message}/card", self._route(self._card), methods=["POST"]),
            Route(f"{message}/replies", self._route(self._reply), methods=["POST"]),
            Route(f"{reply}/edit", self._route(self._edit), methods=["POST"]),
            Route(f"{reply}/delete", self._route(self._delete), methods=["POST"]),
            Route("/you", self._rename, methods=["POST"]),
        ]

    async def _react(self, channel: Channel, member: Member, form: Form, request: Request) -> tuple[ActionResult, str]:
        emoji = form.get("put") or form.get("take") or ""
        message_id = request.path_params["message_id"]
        message = await self._chat.store.message(channel.id, message_id)
        if message is not None and message.post.role in _LISTS and "put" in form:
            raise ActionRefused("A list takes no reactions: press a number, and react to the card that comes.", 422)
        if emoji not in NAMES and emoji not in channel.meanings:
            raise ActionRefused("That is none of the emoji on offer here.", 422)
        kept = await self._chat.react(channel.id, message_id, member, emoji, put="put" in form)
        return kept, f"#m-{message_id}"

    async def _card(self, channel: Channel, member: Member, form: Form, request: Request) -> tuple[ActionResult, str]:
        """Somebody wants to see the card of a line: what is a keycap or a command elsewhere is a press here."""
        message_id, number = request.path_params["message_id"], form.get("number", "")
        message = await self._chat.store.message(channel.id, message_id)
        listed = {block.number for block in message.post.blocks} if message else set()
        if message is None or not number.isascii() or not number.isdigit() or int(number[:6]) not in listed:
            raise ActionRefused("There is no such line here.", 404)
        if self._context.site.commands is None:
            raise ActionRefused(STARTING, 503)
        text = f"card {message.post.week}/{int(number)}"
        call = CommandCall(platform="web", channel_id=channel.id, member=member, admin=False, text=text)
        answer = await self._context.site.commands(call)
        said = " ".join(span.text for block in answer.blocks for span in block.spans)
        return ActionResult(message_id, message_id, recorded=True, said=said), f"#m-{message_id}"

    async def _reply(self, channel: Channel, member: Member, form: Form, request: Request) -> tuple[ActionResult, str]:
        parent_id = request.path_params["message_id"]
        text, token = form.get("text", ""), form.get("token", "")[:64]
        kept = await self._chat.reply(channel.id, parent_id, member, text=text, token=token)
        return kept, f"?thread={parent_id}#r-{kept.message_id}"

    async def _edit(self, channel: Channel, member: Member, form: Form, request: Request) -> tuple[ActionResult, str]:
        reply_id = request.path_params["message_id"]
        kept = await self._chat.edit(channel.id, reply_id, member, form.get("text", ""))
        return kept, f"?thread={kept.parent_id}#r-{reply_id}"

    async def _delete(self, channel: Channel, member: Member, form: Form, request: Request) -> tuple[ActionResult, str]:  # noqa: ARG002 - as every act
        kept = await self._chat.delete(channel.id, request.path_params["message_id"], member)
        return kept, f"?thread={kept.parent_id}#m-{kept.parent_id}"

    def _route(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            channel, form = self._context.channel(request), await read_form(request)
            try:
                visitor = await self._named(await self._context.visitor(request), form)
            except NameTaken as refused:
                return self._ask_name(request, form, str(refused), taken=refused.name)
            if visitor.member is None:
                return self._ask_name(request, form)
            try:
                kept, place = await act(channel, visitor.member, form, request)
                response = _done(request, channel, kept, place)
            except ActionRefused as refused:
                response = self.refuse(request, refused)
            if visitor.fresh:
                self._context.remember(response, request, visitor)
            return response

        return endpoint

    async def _rename(self, request: Request) -> Response:
        form = await read_form(request)
        try:
            visitor = await self._named(await self._context.visitor(request), form, again=True)
        except ActionRefused as refused:
            return self._ask_name(
                request, {}, str(refused), taken=refused.name if isinstance(refused, NameTaken) else ""
            )
        response: Response = _plain_done(request)
        if visitor.member is None:
            return self._ask_name(request, {})
        self._context.remember(response, request, visitor)
        return response

    async def _named(self, visitor: Visitor, form: Form, *, again: bool = False) -> Visitor:
        """The visitor with the name that the form tells, where there is none yet (or `again`)."""
        if "name" not in form or (visitor.member is not None and not again):
            return visitor
        member = Member(id=visitor.member_id, name=checked_name(form["name"]))
        known = await self._chat.store.lookalike(member.name, besides=member.id)
        if known is not None:
            raise NameTaken(known.name, behind_password=self._context.site.password is not None)
        await self._chat.rename(member)
        return Visitor(visitor.token, visitor.member_id, member, fresh=True)

    def _ask_name(self, request: Request, form: Form, problem: str | None = None, taken: str = "") -> Response:
        if wants_json(request):
            return JSONResponse({"need": "name", "say": problem}, 422 if problem else 428)
        fields = {name: value for name, value in form.items() if name != "name"}
        return self._context.html(
            "name.html",
            422 if problem else 200,
            me=None,
            action=request.url.path,
            fields=fields,
            problem=problem,
            taken=taken if self._context.site.password is not None else "",
        )

    def refuse(self, request: Request, refused: ActionRefused) -> Response:
        """Tell a person what cannot be done, and why."""
        if wants_json(request):
            return JSONResponse({"say": str(refused)}, refused.status)
        return self._context.html("notice.html", refused.status, title="That did not work", text=str(refused))


def wants_json(request: Request) -> bool:
    """Whether it is our script that asks, and not a plain form."""
    return "application/json" in request.headers.get("accept", "")


def _done(request: Request, channel: Channel, kept: ActionResult, place: str) -> Response:
    if wants_json(request):
        say = kept.said if kept.recorded else SAVED
        return JSONResponse({"recorded": kept.recorded, "say": say, "message": kept.parent_id, "id": kept.message_id})
    if not kept.recorded:
        place = place.replace("#", "&said=kept#" if place.startswith("?") else "?said=kept#")
    return RedirectResponse(channel_path(channel) + quote(place, safe="?=&#-"), 303)


def _plain_done(request: Request) -> Response:
    return JSONResponse({"say": None}) if wants_json(request) else RedirectResponse("/", 303)
