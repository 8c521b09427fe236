"""Bolt's OAuth flow, on our stores and with our pages. Bolt is slow to import, so this module is imported with the first install."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.api import HISTORY
from adapters.slack.doctor import SCOPES
from adapters.slack.oauth.app import INSTALL, REDIRECT, App
from adapters.slack.oauth.installations import Installations
from adapters.slack.oauth.states import SECONDS, OAuthStates
from bot.errors import PaperRoundError
from bot.log_repeats import OnceAMinute

Installed = Callable[[str], Awaitable[None]]
"""Called when a workspace installed the app, or did so again."""

_HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address of this page has a code in it
    "X-Content-Type-Options": "nosniff",
}

_AGAIN: Final = f'<p><a href="{INSTALL}">Begin again</a></p>'

# By the reason that bolt gives; Slack's own are those of https://docs.slack.dev/authentication/installing-with-oauth.
_FAILURES: Final[Mapping[str, str]] = {
    "access_denied": "The install was cancelled in Slack. Nothing was changed.",
    "invalid_browser": "This install was begun in another browser, or this one keeps no cookies.",
    "invalid_state": "This install was begun too long ago, or is done already.",
    "missing_code": "Slack sent nothing to install with.",
    "invalid_code": "Slack did not take what it had sent us. Who runs Paper Round finds the reason in the log.",
    "storage_error": "The install could not be kept.",
}
_ODD: Final = "Slack did not let the install go through."

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute(actions={"install_failed"}))  # anybody can cause that, as often as they like


def _without_code(record: logging.LogRecord) -> bool:
    # Bolt writes the code into the log: with our secret, it is worth a token.
    record.msg = re.sub(r"with code: .* - error", "- error", record.getMessage(), flags=re.DOTALL)
    record.args = ()
    return True


class OAuthFlow(AsyncOAuthFlow):
    """The flow of one install. `installed` is called once it is stored."""

    def __init__(self, settings: AsyncOAuthSettings, client: AsyncWebClient, installed: Installed) -> None:
        super().__init__(client=client, logger=_bolts_logger(), settings=settings)
        self._installed = installed

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:  # noqa: ARG002 - bolt would put its `team` into a header
        return str(self.settings.authorize_url_generator.generate(state=state))

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:
        """Store an installation. Raises `BoltError`, which becomes a page."""
        if installation.is_enterprise_install and not installation.team_id:
            # A whole organisation is kept as one workspace, under its own id, and so never mistaken for one of its workspaces.
            installation.team_id, installation.team_name = installation.enterprise_id, installation.enterprise_name
        if not installation.team_id or not installation.bot_token:
            raise BoltError("Slack did not say for which workspace it is. Begin again, and choose one.")
        try:
            await super().store_installation(request, installation)
            await self._installed(installation.team_id)
        except PaperRoundError as error:
            logger.exception("An install could not be stored", extra={"action": "install_not_kept"})
            raise BoltError("The database did not take it. Try again in a while.") from error
        logger.warning(
            "Workspace %s (%s) installed us",
            installation.team_id,
            installation.team_name,
            extra={"action": "workspace_installed"},
        )


def flow_settings(app: App, store: Installations, states: OAuthStates, *, history: bool = True) -> AsyncOAuthSettings:
    """Bolt's settings. Environment variables that bolt would read are ignored."""
    return AsyncOAuthSettings(
        client_id=app.client_id,
        client_secret=app.client_secret,
        scopes=[scope for scope in SCOPES if history or scope not in HISTORY],
        user_scopes=[],
        authorization_url=app.authorize_url(),
        install_path=INSTALL,
        redirect_uri_path=REDIRECT,
        install_page_rendering_enabled=False,
        installation_store=store,
        installation_store_bot_only=True,
        state_store=states,
        state_expiration_seconds=SECONDS,
        callback_options=AsyncCallbackOptions(success=_well, failure=_failed),
    )


def page(words: str, more: str = "", status: int = 200) -> BoltResponse:
    """A page with a sentence, and `more`, which is HTML."""
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Paper Round</title>'
        '<body style="font: 1rem/1.5 system-ui; max-width: 34rem; margin: 4rem auto; padding: 0 1rem">'
        f"<h1>Paper Round</h1><p>{html.escape(words)}</p>{more}</body></html>"
    )
    return BoltResponse(status=status, body=body, headers=dict(_HEADERS))


async def _well(args: AsyncSuccessArgs) -> BoltResponse:
    found = args.installation
    team, name = html.escape(str(found.team_id)), found.team_name or found.team_id
    more = (
        "<ol><li>In the channel that is to get the digest: <code>/invite @Paper Round</code></li>"
        "<li>Press <em>Set up</em> under its hello, look at the preview, and start it</li></ol>"
        f'<p><small>Whoever runs Paper Round knows this workspace as <code>team = "{team}"</code>.</small></p>'
    )
    answer = page(f"Installed in {name}. Two steps are left, both in Slack.", more)
    answer.headers["set-cookie"] = [args.settings.state_utils.build_set_cookie_for_deletion()]
    return answer


async def _failed(args: AsyncFailureArgs) -> BoltResponse:
    # The reason may be anybody's words: it comes with the address.
    words = _FAILURES.get(args.reason, _ODD)
    logger.warning("An install failed: %s", words, extra={"action": "install_failed"})
    return page(f"{words} {args.error or ''}".strip(), _AGAIN, args.suggested_status_code)


def _bolts_logger() -> logging.Logger:
    found = logging.getLogger(f"{__name__}.bolt")
    found.addFilter(_without_code)
    return found
