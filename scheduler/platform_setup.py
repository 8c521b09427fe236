"""Steps of `paperround setup`: what is asked of the platforms, what is kept in `.env`, and the first channel. The dialogue is the command's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bot.errors import UsageError
from bot.model import CommandCall, Member
from scheduler.env_file import set_variables
from scheduler.settings.settings import DOTENV

if TYPE_CHECKING:
    from adapters.discord.rest import Endpoints
    from adapters.discord.setup import FoundBot
    from adapters.slack.setup import CreatedApp
    from scheduler.services import Services

T = TypeVar("T")


def check_configuration() -> None:
    """Read the settings as they are, before anything is asked: what is wrong in them would be met as something else. Raises `SettingsError`."""
    from scheduler.bootstrap import configuration  # noqa: PLC0415 - not for `--help`

    configuration()


def create_slack_app(configuration_token: str) -> CreatedApp:
    """Create the Slack app from our manifest. Raises `ChatError`."""
    from adapters.slack.setup import create_app  # noqa: PLC0415 - not for `--help`

    return _run(create_app(configuration_token, _slack()))


def check_slack_bot(token: str) -> str:
    """Say who a bot token makes us. Raises `UsageError` or `ChatError`."""
    from adapters.slack.setup import check_bot_token  # noqa: PLC0415

    return _run(check_bot_token(token, _slack()))


def check_slack_app(token: str) -> None:
    """Look whether an app-level token opens Socket Mode. Raises `UsageError` or `ChatError`."""
    from adapters.slack.setup import check_app_token  # noqa: PLC0415

    _run(check_app_token(token, _slack()))


def slack_channels(token: str) -> Sequence[Any]:
    """Channels that the bot can see. Raises `ChatError`."""
    from adapters.slack.setup import visible_channels  # noqa: PLC0415

    return _run(visible_channels(token, _slack()))


def check_discord(token: str) -> FoundBot:
    """Say who a token makes us, and how we are invited. Raises `ChatError`."""
    from adapters.discord.setup import check_token  # noqa: PLC0415

    return _run(check_token(token, _discord()))


def discord_channels(token: str) -> Sequence[Any]:
    """Channels that the bot can see. Raises `ChatError`."""
    from adapters.discord.setup import visible_channels  # noqa: PLC0415

    return _run(visible_channels(token, _discord()))


def local_zone() -> str:
    """Give the IANA name of this machine's time zone; UTC where it has none that we know."""
    from tzlocal import get_localzone_name  # noqa: PLC0415 - not for `--help`

    from bot.channel_fields import is_zone  # noqa: PLC0415

    try:
        name = get_localzone_name()
    except (LookupError, OSError, ValueError):
        return "UTC"
    return "UTC" if name == "Etc/UTC" or not is_zone(name) else name


def keep(values: Mapping[str, str]) -> Path:
    """Write variables into `.env`, readable by its owner alone; give the file. Raises `UsageError` or `StorageError` where it cannot."""
    path = Path(DOTENV)
    try:
        set_variables(path, values)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path.resolve()} cannot be read, or not be given such a value: {error}") from error
    return path


async def subscribe(services: Services, platform: str, channel_id: str, values: Mapping[str, str]) -> None:
    """Set a channel up as if somebody had in chat, with its first digest at once. Raises `PaperRoundError` with what is wrong."""
    from scheduler.bootstrap.commands import answer_command_of_operator  # noqa: PLC0415

    for text, filled in (("setup", values), ("start now", {})):
        call = CommandCall(
            platform=platform,
            channel_id=channel_id,
            member=Member(id="", name="the operator"),
            admin=True,
            text=text,
            values=filled,
        )
        answer = await answer_command_of_operator(services, call)
        if answer.faults:
            raise UsageError("; ".join(f"{name}: {fault}" for name, fault in answer.faults.items()))
        said = " ".join("".join(span.text for span in block.spans) for block in answer.blocks)
        if text != "setup" and not said.startswith(("Started", "This channel has its digest")):
            raise UsageError(said)


def _slack() -> str:
    from adapters.slack.settings import DEFAULT_URL  # noqa: PLC0415

    return str(getattr(_settings("slack"), "api_url", DEFAULT_URL))


def _discord() -> Endpoints:
    from adapters.discord.rest import Endpoints  # noqa: PLC0415

    found = _settings("discord")
    return Endpoints(found.api_url, found.gateway_url) if found else Endpoints()


def _settings(name: str) -> Any:
    from scheduler.bootstrap import configuration  # noqa: PLC0415

    return configuration().platforms.get(name)


def _run(asked: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asked)
