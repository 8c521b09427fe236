"""
`bot.ports.Platform` for several workspaces that installed the app: one `Chat` that dispatches to a `SlackPlatform` each.

A channel's id is `T1/C1` or `T1/#reading` where the configuration names its workspace; without one it is in the workspace that
installed us first, for ever: who installs later, a stranger perhaps, takes nothing over. A message's address has Slack's own id
of the channel, as it has where one workspace is served, so that the same database serves both.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from slack_sdk.oauth.installation_store.models.installation import Installation
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.responses import PlainTextResponse, Response

from adapters.slack.api import SlackApi
from adapters.slack.errors import PLATFORM, SlackFault
from adapters.slack.http_events import HttpEvents
from adapters.slack.oauth.app import INSTALL, App
from adapters.slack.oauth.encryption import Encryption
from adapters.slack.oauth.installations import Installations
from adapters.slack.oauth.routes import InstallRoutes
from adapters.slack.oauth.routing import ChannelIndex, channel_of, ends, owner_of, split, team_of, teams_of, wants
from adapters.slack.oauth.states import OAuthStates
from adapters.slack.oauth.token_rotation import Outcome, TokenRotation
from adapters.slack.oauth.workspace_pool import Tenant, WorkspacePool, identity_of
from adapters.slack.pacing import Timer
from adapters.slack.settings import SlackSettings
from adapters.slack.socket_mode import Reconnected
from adapters.slack.workspace import WORDS, Hooks, SlackPlatform, SlackTiming, Tokens
from bot.errors import ChatError, ChatRefused, SettingsError
from bot.model import Answer, Block, Channel, CommandCall, Finding, MessageRef, Post, Snapshot
from bot.ports import CommandSink, EventSink, Hearing, RateLimiter, UnitOfWorkFactory
from bot.rate_limits import InProcessRateLimiter
from bot.sampling import sample_findings, spread_over
from bot.side_by_side import side_by_side
from bot.usecases.channel_list import ChannelsView
from bot.usecases.unreleased import UnreleasedLeases
from bot.visibility import ChannelScope, Reader

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from adapters.platform_context import PlatformContext

HOME: Final = "slack workspace"
"""Name of the note that says which workspace channels without `team` are in."""

_NOWHERE: Final = "nowhere"
_GONE: Final = "Paper Round is not installed in this workspace any more."
_INSTALL: Final = f"Open https://YOUR-HOST{INSTALL} in a browser, and agree."
_REMEDY: Final = f"Install it at {INSTALL}; its settings are kept"
_KEY_REMEDY: Final = f"Add the key that it was encrypted with; where that is lost, install again at {INSTALL}"
_HOUR: Final = 3600
_EXAMINED_AT_ONCE: Final = 8
"""Workspaces that are asked side by side what the doctor wants to know."""

_RENEWED_AT_ONCE: Final = 20
"""Workspaces whose tokens are renewed side by side: one whose answer takes long keeps no other waiting."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationStore:
    """Database and keys of the installations, our name in leases, and what takes those that could not be given back."""

    engine: AsyncEngine
    encryption: Encryption
    unit_of_work: UnitOfWorkFactory
    owner: Callable[[], str]
    unreleased: UnreleasedLeases = field(default_factory=UnreleasedLeases)


class Workspaces:
    """`bot.ports.Platform`, `Chat`, `Redraws` and `Membership` for every workspace that installed the app; dispatches what Slack sends."""

    words = WORDS
    hearing = Hearing.REQUESTS

    def __init__(
        self,
        app: App,
        channels: Sequence[Channel],
        stored: InstallationStore,
        *,
        hooks: Hooks | None = None,
        settings: SlackSettings | None = None,
        timing: SlackTiming | None = None,
        timer: Timer | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        now: Callable[[], float] = time.time,
        limiter: RateLimiter | None = None,
    ) -> None:
        self._app, self._channels, self._stored = app, channels, stored
        self._hooks, self._timer = hooks or Hooks(), timer or Timer()
        self._settings, self._timing = settings or SlackSettings(), timing or SlackTiming()
        self._clock = clock
        self._limiter = limiter or InProcessRateLimiter(self._timer.now)
        self._api = SlackApi("", app.api_url, timer=self._timer, limiter=self._limiter)
        self.store = Installations(stored.engine, stored.encryption)
        self._tenants = WorkspacePool(self.store, self._build, self._settle, self._timer)
        self._renewal = TokenRotation(
            app, self.store, self._api, stored.unit_of_work, clock, stored.owner, unreleased=stored.unreleased, now=now
        )
        self._installing = InstallRoutes(
            app,
            self.store,
            OAuthStates(stored.engine, stored.encryption, now=now),
            self._api,
            self._installed,
            history=self._settings.history,
        )
        self._event_source = HttpEvents(app.signing_secret, self, self)
        self._home: str | None = None
        self._installers_dropped = False
        self._places: dict[str, str] = {}
        self._index: ChannelIndex | None = None
        self._sink: EventSink | None = None
        self._background: set[asyncio.Task[Any]] = set()
        self.chat = self.redraws = self.membership = self

    # as bot.ports.Platform promises

    def routes(self) -> list[BaseRoute]:
        """Routes for the web application: events, and the OAuth install."""
        return [*self._event_source.routes(), *self._installing.routes()]

    async def is_alive(self) -> bool:
        """Whether events can come in now. Slack makes the requests, so they can."""
        return True

    async def title(self, channel: Channel) -> str:
        """The channel's name in its workspace. Raises `ChatError`."""
        tenant, local = await self._at(channel)
        return await tenant.workspace.title(local)

    async def check(self, channel: Channel) -> None:
        """Check that we can post in a channel; raises `ChatRefused` with the remedy where we cannot."""
        tenant, local = await self._at(channel)
        await tenant.workspace.check(local)

    async def renew(self) -> None:
        """Refresh every token that is due, and pause the channels of a workspace whose token Slack will not refresh."""
        if not self._installers_dropped:
            await self.store.drop_installers()
            self._installers_dropped = True
        # What was just read says whose token is due; of a thousand workspaces it is none, most of the time.
        due = [team for team, one in (await self._tenants.reload()).items() if self._renewal.is_due(one.installation)]
        if not due:
            return
        places = asyncio.Semaphore(_RENEWED_AT_ONCE)

        async def renewed(team: str) -> Outcome:
            async with places:
                return await self._renewal.renew(team)

        found = await asyncio.gather(*map(renewed, due), return_exceptions=True)
        outcomes = {team: one for team, one in zip(due, found, strict=True) if isinstance(one, Outcome)}
        tenants = await self._tenants.reload()
        for team in (team for team, outcome in outcomes.items() if outcome is Outcome.LOST and team in tenants):
            because = f"Slack renews our token for {tenants[team].called()} no more. Install again at {INSTALL}"
            await self._tell(tenants[team], "", because)
        for error in found:
            if isinstance(error, BaseException):
                raise error

    async def examine(self, most: int | None = None) -> list[Finding]:
        """Findings on everything Slack needs in each workspace, for `paperround doctor`; it asks `most` of them, and about as many channels in all."""
        tenants = await self._tenants.reload()
        found = (
            []
            if tenants or self._tenants.undecryptable
            else [Finding(well=False, what="no workspace installed us", remedy=_INSTALL)]
        )
        found += [
            Finding(well=False, what=_sealed(team), remedy=_KEY_REMEDY, about="workspace")
            for team in sorted(self._tenants.undecryptable)
        ]
        looked_at = spread_over(tenants.values(), most)
        each = None if most is None else max(1, most // max(1, len(looked_at)))
        for findings in await side_by_side(partial(self._examine_tenant, most=each), looked_at, _EXAMINED_AT_ONCE):
            found += findings
        found += sample_findings(len(looked_at), len(tenants), "workspace")
        for channel in self._channels:
            team = self._team(channel.id)
            if team not in tenants and team not in self.undecryptable():
                what = f"channel {channel.name}: {self._absent(team)}"
                found.append(Finding(well=False, what=what, remedy=_REMEDY, about="channel"))
        return found

    async def _examine_tenant(self, tenant: Tenant, most: int | None) -> list[Finding]:
        looked = [*await tenant.workspace.examine(most), self._examine_token(tenant.installation)]
        return [replace(_in(one, tenant.called()), about="workspace check") for one in looked]

    # as bot.ports.StoresTokens promises

    async def read_tokens(self) -> None:
        await self._tenants.all()

    def undecryptable(self) -> Collection[str]:
        found = self._tenants.undecryptable
        # Which workspace the channels are in that name none is not known either where it was never settled.
        return found | {""} if found and (self._home is None or self._home in found) else found

    # as bot.ports.Membership promises

    async def scope(self, channel: Channel) -> ChannelScope:
        tenant, local = await self._at(channel)
        return replace(await tenant.workspace.membership.scope(local), id=channel.id)

    async def reader(self, member_id: str, channels: Sequence[Channel]) -> Reader:
        """A member of one workspace; another workspace's channels are not even asked about."""
        team = member_id.partition(":")[0]
        tenants = await self._tenants.all()
        if team not in tenants and team not in self._tenants.undecryptable:
            return Reader(platform=PLATFORM, member_id=member_id)
        tenant = await self._fit(tenants, team)
        local = [replace(one, id=split(one.id)[1]) for one in channels if self._team(one.id) == team]
        return await tenant.workspace.membership.reader(member_id, local)

    async def may_change(self, member_id: str, channel: Channel) -> bool:
        team = member_id.partition(":")[0]
        tenants = await self._tenants.all()
        if self._team(channel.id) != team or (team not in tenants and team not in self._tenants.undecryptable):
            return False
        tenant = await self._fit(tenants, team)
        return await tenant.workspace.membership.may_change(member_id, channel)

    # what the core asks, as bot.ports.Chat promises

    async def post(self, channel: Channel, post: Post, key: str) -> MessageRef:
        tenant, local = await self._at(channel)
        ref = await tenant.workspace.chat.post(local, post, key)
        self._places[ref.channel_id] = tenant.team
        return ref

    async def find(self, channel: Channel, key: str, since: datetime) -> MessageRef | None:
        tenant, local = await self._at(channel)
        return await tenant.workspace.chat.find(local, key, since)

    async def snapshot(self, ref: MessageRef) -> Snapshot:
        return await (await self._of(ref)).workspace.chat.snapshot(ref)

    async def acknowledge(self, ref: MessageRef, *, recorded: bool = True) -> None:
        await (await self._of(ref)).workspace.chat.acknowledge(ref, recorded=recorded)

    async def redraw(self, ref: MessageRef, post: Post) -> None:
        await (await self._of(ref)).workspace.chat.redraw(ref, post)

    async def tell(self, member_id: str, blocks: Sequence[Block]) -> None:
        tenants = await self._tenants.all()
        tenant = await self._fit(tenants, member_id.partition(":")[0])
        await tenant.workspace.chat.tell(member_id, blocks)

    async def message_url(self, channel: Channel, ref: MessageRef) -> str | None:
        tenant, local = await self._at(channel)
        return await tenant.workspace.chat.message_url(local, ref)

    async def listen(self, sink: EventSink) -> None:
        self._sink = sink
        await self.renew()
        for tenant in self._tenants.known().values():
            tenant.workspace.intake.sink = sink
        await self._event_source.open()

    async def stop_listening(self) -> None:
        await self._event_source.close()
        self._sink = None
        for tenant in self._tenants.known().values():
            tenant.workspace.intake.sink = None

    async def close(self) -> None:
        self._sink = None
        await self._event_source.close()
        for task in self._background:
            task.cancel()
        await self._tenants.aclose()
        await self._api.aclose()

    # what `HttpEvents` calls: events and questions, whose signature is good

    def wants(self, body: Mapping[str, Any]) -> bool:
        return wants(body)

    async def take(self, body: Mapping[str, Any]) -> None:
        """Hand an event to the workspace it is for; one of a workspace without an installation is ignored."""
        tenant = await self._for(body)
        if tenant is None:
            logger.debug("Passed over an event of a workspace that did not install us", extra={"action": "slack_event_passed_over"})  # fmt: skip
        elif body.get("type") == "event_callback" and ends(body):
            await self._left(tenant, body)
        elif not (body.get("type") == "event_callback" and body["event"]["type"] == "tokens_revoked"):
            await tenant.workspace.intake.take(body)

    async def over_http(self, body: dict[str, Any]) -> Response:
        """Answer a command by the workspace it is for."""
        tenant = await self._for(body)
        return await tenant.workspace.commands.over_http(body) if tenant else PlainTextResponse(_GONE)

    async def _for(self, body: Mapping[str, Any]) -> Tenant | None:
        teams = teams_of(body)
        if body.get("type") == "event_callback":
            # An event in a channel that two workspaces share comes once, for either: it is for whose channel it is (docs/platform-facts.md#a19).
            owners = self._owners(channel_of(body))
            owner = owner_of(body, owners)
            if owners and owner is None:
                return None
            teams = [*([owner] if owner else []), *teams]
        tenant = await self._tenants.of(teams)
        if tenant is None and (sealed := self._tenants.undecryptable.intersection(teams)):
            raise _without_key(*sealed)
        return tenant

    # comings and goings

    async def _installed(self, team: str) -> None:
        tenants = await self._tenants.reload()
        await self._tell(tenants[team], "", None)
        if self._hooks.reconnected and tenants[team].names:
            self._in_background(self._look_over(self._hooks.reconnected), f"look over {team}")

    def _in_background(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _look_over(self, reconnected: Reconnected) -> None:
        """Reconcile what happened before the install; a browser need not wait for it."""
        try:
            await reconnected()
        except Exception:
            logger.exception("What was missed could not be reconciled yet", extra={"action": "slack_reconcile_failed"})

    async def _left(self, tenant: Tenant, body: Mapping[str, Any]) -> None:
        """
        Delete a token that was revoked, and pause its channels, whose settings stay.

        Slack sends an event again for hours: one from before the present installation is believed only if the token is dead.
        """
        if float(body.get("event_time") or 0) < tenant.installation.installed_at and await self._answers(tenant):
            return
        # First of all: nothing is asked with a dead token. Whoever dies behind this finds at the next digest that the workspace is gone, and pauses then.
        await self.store.async_delete_all(enterprise_id=None, team_id=tenant.team)
        await self._tenants.reload()
        logger.warning("Workspace %s uninstalled us", tenant.called(), extra={"action": "workspace_left"})
        because = f"Paper Round is not installed in workspace {tenant.team}. {_REMEDY}"
        # Behind Slack's three seconds: a workspace may have a hundred channels.
        self._in_background(self._tell_of_leaving(tenant, because), f"leave {tenant.team}")

    async def _tell_of_leaving(self, tenant: Tenant, because: str) -> None:
        if self._hooks.news is None:
            return
        for name in tenant.names.values():
            if tenant.team in self._tenants.known():
                return  # installed again meanwhile
            try:
                await self._hooks.news(name, because)
            except Exception:
                logger.exception("%s is paused with its next digest", name, extra={"action": "workspace_left"})

    async def _answers(self, tenant: Tenant) -> bool:
        try:
            await tenant.workspace.api.read("auth.test")
        except ChatRefused:
            return False
        return True

    async def _tell(self, tenant: Tenant, channel_id: str, because: str | None) -> None:
        """Report on one channel of a workspace, or on all of them (''); channels that are not configured are ignored."""
        if self._hooks.news is None:
            return
        for name in tenant.names.values() if not channel_id else filter(None, [tenant.names.get(channel_id)]):
            await self._hooks.news(name, because)

    async def _settle(self, found: Mapping[str, Installation]) -> None:
        """
        Decide once and for all in which workspace channels are whose workspace is not named. Who cannot decrypt all of the installations leaves it to
        others: the first one may be among those.
        """
        if self._home is not None or not (found or self._tenants.undecryptable):
            return
        async with self._stored.unit_of_work() as uow:
            home = await uow.notes.get(HOME)
            if home is None and self._tenants.undecryptable:
                return
            if home is None:
                home = min(found, key=lambda team: (found[team].installed_at, team))
                await uow.notes.put(HOME, home)
                await uow.commit()
        self._home = home

    def _build(self, installation: Installation) -> Tenant:
        """Build a workspace's platform. Its channels have the names that they have there; what it reports is translated to ours."""
        team = str(installation.team_id)

        def ours() -> Sequence[Channel]:
            return self._channel_index().in_team(team)

        def names() -> dict[str, str]:
            return {split(channel.id)[1]: channel.id for channel in ours()}

        admins = tuple(one for one in self._settings.admins if one.partition(":")[0] in {team, one})

        async def news(channel_id: str, because: str | None) -> None:
            await self._tell(tenant, channel_id, because)

        async def joined(channel_id: str, team_id: str, key: str) -> None:
            if self._hooks.joined:
                await self._hooks.joined(names().get(channel_id, f"{team}/{channel_id}"), team_id, key)

        workspace = SlackPlatform(
            Tokens(
                bot=installation.bot_token or "",
                signing_secret=self._app.signing_secret,
                api_url=self._app.api_url,
            ),
            ChannelsView(lambda: [replace(channel, id=split(channel.id)[1]) for channel in ours()]),
            hooks=Hooks(
                commands=_asked_in(team, names, self._hooks.commands) if self._hooks.commands else None,
                learned=self._hooks.learned,
                news=news,
                joined=joined if self._hooks.joined else None,
                moves=self._hooks.moves,
                names=self._hooks.names,
            ),
            settings=self._settings.model_copy(update={"admins": admins}),
            timing=self._timing,
            timer=self._timer,
            clock=self._clock,
            limiter=self._limiter,
            scope=team,
        )
        workspace.api.introduce(identity_of(installation))
        workspace.intake.sink = self._sink
        tenant = Tenant(installation=installation, workspace=workspace, named=names)
        return tenant

    # where things are

    def _team(self, channel_id: str) -> str:
        """Workspace of a configured channel; '' while none is named and none installed the app."""
        return team_of(channel_id, self._home)

    def _channel_index(self) -> ChannelIndex:
        """The channels by workspace and by Slack's own id: each event asks, and there may be thousands."""
        now = self._channels.now() if isinstance(self._channels, ChannelsView) else tuple(self._channels)
        if self._index is None or self._index.channels is not now or self._index.home != self._home:
            self._index = ChannelIndex(now, self._home)
        return self._index

    def _owner(self, channel_id: str) -> str | None:
        """Workspace that a channel is configured in, by Slack's own id, as far as that is known without asking."""
        if not channel_id:
            return None
        named = next(iter(self._channel_index().serving(channel_id)), None)
        return named or self._places.get(channel_id)

    def _owners(self, channel_id: str) -> dict[str, str]:
        """Workspaces that a channel is known to be served in, each with its organisation's id ('' outside of any)."""
        served = self._channel_index().serving(channel_id)
        teams = dict.fromkeys([*served, *filter(None, [self._places.get(channel_id)])])
        known = self._tenants.known()
        return {team: (known[team].installation.enterprise_id or "") if team in known else "" for team in teams if team}

    async def _at(self, channel: Channel) -> tuple[Tenant, Channel]:
        tenants = await self._tenants.all()
        tenant = await self._fit(tenants, self._team(channel.id))
        return tenant, replace(channel, id=split(channel.id)[1])

    async def _of(self, ref: MessageRef) -> Tenant:
        """Workspace of a message. Raises `ChatRefused` where it has no installation, or is not known, and `ChatError` where we may lack its key."""
        tenants = await self._tenants.all()
        team = self._owner(ref.channel_id) or await self._search(tenants, ref.channel_id)
        self._places[ref.channel_id] = team
        return await self._fit(tenants, team)

    async def _search(self, tenants: Mapping[str, Tenant], channel_id: str) -> str:
        """Find the workspace of a channel that is configured by its name, or not any more."""
        for tenant in tenants.values():
            for local in tenant.names:
                if await tenant.workspace.directory.configured(channel_id) == local:
                    return tenant.team
        for tenant in tenants.values():
            try:
                await tenant.workspace.api.look("conversations.info", channel=channel_id)
            except SlackFault as fault:
                if fault.unsettled or fault.retry_after is not None:
                    raise fault.as_chat_error("conversations.info", writes=False) from fault
            else:
                return tenant.team
        if self._tenants.undecryptable:
            raise _without_key(*self._tenants.undecryptable)
        raise ChatRefused(PLATFORM, f"no workspace that installed Paper Round has the channel {channel_id}")

    async def _fit(self, tenants: Mapping[str, Tenant], team: str) -> Tenant:
        """
        A workspace, with a token that is valid now. Raises `ChatRefused` where it did not install the app, and `ChatError` where this process lacks the
        key of its token: that says nothing of its channels, which another process may serve.
        """
        if team in tenants and self._renewal.is_due(tenants[team].installation, before=60):
            await self.renew()
            tenants = self._tenants.known()
        if team not in tenants and team in self.undecryptable():
            raise _without_key(*([team] if team else self._tenants.undecryptable))
        if team not in tenants:
            raise ChatRefused(PLATFORM, f"{self._absent(team)}. {_REMEDY}")
        return tenants[team]

    def _absent(self, team: str) -> str:
        return f"Paper Round is not installed in workspace {team}" if team else "no workspace installed Paper Round"

    def _examine_token(self, installation: Installation) -> Finding:
        if installation.bot_token_expires_at is None:
            return Finding(well=True, what="our token does not run out")
        hours = (installation.bot_token_expires_at - time.time()) / _HOUR
        if hours > 0:
            return Finding(well=True, what=f"our token is good for {hours:.0f} hours, and is renewed in time")
        remedy = f"It is renewed while `paperround up` runs. If it runs, install again at {INSTALL}"
        return Finding(well=False, what="our token has run out", remedy=remedy)


def _asked_in(team: str, named: Callable[[], Mapping[str, str]], sink: CommandSink) -> CommandSink:
    """
    Give a sink that calls a workspace's channels as the configuration does.

    Whoever asks outside any channel asks in the first of his own workspace; a channel of it that is not configured is none of another's.
    """

    async def answer(call: CommandCall) -> Answer:
        names = named()
        elsewhere = next(iter(names.values()), f"{team}/{_NOWHERE}")
        channel_id = names.get(call.channel_id, f"{team}/{call.channel_id}") if call.channel_id else elsewhere
        return await sink(replace(call, channel_id=channel_id))

    return answer


def _without_key(*teams: str) -> ChatError:
    return ChatError(PLATFORM, f"{_sealed(*sorted(teams))}. {_KEY_REMEDY}")


def _sealed(*teams: str) -> str:
    return f"the token of workspace {', '.join(teams)} cannot be opened with the PAPERROUND_KEYS of this process"


def _in(found: Finding, workspace: str) -> Finding:
    """The finding with the workspace's name."""
    return replace(found, what=f"{workspace}: {found.what}")


def build_workspaces(settings: SlackSettings, context: PlatformContext, hooks: Hooks) -> Workspaces:
    """Build the platform of every workspace that installs the app. Raises `SettingsError` where a setting is missing."""
    secret, signing, keys = settings.client_secret, settings.signing_secret, settings.token_keys
    if not (settings.client_id and secret and signing and keys):
        raise SettingsError(tuple(settings.faults(())))
    return Workspaces(
        App(
            client_id=settings.client_id,
            client_secret=secret.get_secret_value(),
            signing_secret=signing.get_secret_value(),
            api_url=settings.api_url,
        ),
        context.channels,
        InstallationStore(
            engine=context.engine,
            encryption=Encryption(keys.get_secret_value()),
            unit_of_work=context.unit_of_work,
            owner=context.owner,
            unreleased=context.unreleased,
        ),
        hooks=hooks,
        settings=settings,
        limiter=context.limiter,
    )
