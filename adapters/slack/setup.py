"""What `paperround setup slack` asks of Slack: whether each token is good, an app from our manifest, the channels that the bot can see."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from adapters.slack.api import SlackApi, page_of
from adapters.slack.settings import DEFAULT_URL
from bot.errors import ChatError, UsageError

_PAGE: Final = 500
_PAGES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleChannel:
    """A channel that the bot can see: its id, its name for people, and whether we may post in it now."""

    id: str
    name: str
    ready: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedApp:
    """An app that Slack made: its id, and where it is installed."""

    id: str

    @property
    def install_page(self) -> str:
        """The page on which it is installed and its bot token copied."""
        return f"https://api.slack.com/apps/{self.id}/install-on-team"

    @property
    def token_page(self) -> str:
        """The page on which its app-level token is made."""
        return f"https://api.slack.com/apps/{self.id}/general"


async def create_app(configuration_token: str, api_url: str = DEFAULT_URL) -> CreatedApp:
    """Create the app from our manifest with an app-configuration token (docs.slack.dev/reference/methods/apps.manifest.create). Raises `ChatError`."""
    manifest = files("adapters.slack").joinpath("manifest.json").read_text("utf-8")
    api = SlackApi(configuration_token, api_url)
    try:
        made = await api.write("apps.manifest.create", manifest=manifest)
    finally:
        await api.aclose()
    return CreatedApp(id=str(made["app_id"]))


async def check_bot_token(token: str, api_url: str = DEFAULT_URL) -> str:
    """Say who a bot token makes us. Raises `UsageError` for another sort of token, `ChatError` for one that Slack does not take."""
    if not token.startswith(("xoxb-", "xoxe.xoxb-")):
        raise UsageError("That is no bot token: it begins with xoxb- and stands under OAuth & Permissions.")
    api = SlackApi(token, api_url)
    try:
        me = await api.identity()
    finally:
        await api.aclose()
    return f"@{me.user} in {me.team}"


async def check_app_token(token: str, api_url: str = DEFAULT_URL) -> None:
    """Look whether an app-level token opens Socket Mode. Raises `UsageError` for another sort of token, `ChatError` where Slack refuses it."""
    if not token.startswith("xapp-"):
        raise UsageError(
            "That is no app-level token: it begins with xapp- and is made under Basic Information, App-Level Tokens, with connections:write."
        )
    api = SlackApi("", api_url)
    try:
        await api.read("apps.connections.open", token=token)
    finally:
        await api.aclose()


async def visible_channels(token: str, api_url: str = DEFAULT_URL) -> list[VisibleChannel]:
    """Give the channels that the bot can see, those it is in first, then by name. Raises `ChatError`."""
    api = SlackApi(token, api_url)
    found: list[VisibleChannel] = []
    try:
        cursor = ""
        for _ in range(_PAGES):
            response = await api.read(
                "conversations.list",
                types="public_channel,private_channel",
                exclude_archived="true",
                limit=_PAGE,
                cursor=cursor or None,
            )
            channels, cursor = page_of(response, "channels")
            found += [
                VisibleChannel(id=str(one["id"]), name=f"#{one['name']}", ready=bool(one.get("is_member")))
                for one in channels
                if one.get("id") and one.get("name") and not one.get("is_archived")
            ]
            if not cursor:
                break
    except ChatError:
        if not found:
            raise
    finally:
        await api.aclose()
    return sorted(found, key=lambda one: (not one.ready, one.name))
