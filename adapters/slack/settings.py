"""Slack's settings: tokens from the environment, and the `[slack]` table."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from pydantic import Field, SecretStr, field_validator

from adapters.platform_settings import ConfiguredChannel, HttpAddress, PlatformSettings
from bot.channel_fields import InvalidValue
from bot.errors import Fault

DEFAULT_URL: Final = "https://slack.com/api/"
KEY_REMEDY: Final = "Make one with: paperround keys new"
_KEY_BYTES: Final = 32
_BASIC: Final = "Copy it from Basic Information, App Credentials, of the Slack app"


class SlackSettings(PlatformSettings):
    """
    With a bot token one workspace is served; with a client id every workspace that installs the app at /slack/install.

    `admins` may change settings beside the workspace's own admins; `outsiders` says whether members of other workspaces in a
    shared channel count. Without `history`, workspaces that install the app are not asked for the right to read channels, which Slack refuses
    to some apps. `history_per_minute` bounds the calls that read history, where Slack does (docs/slack.md).
    """

    has_workspaces: ClassVar[bool] = True
    remedy: ClassVar[str] = "Set SLACK_BOT_TOKEN"

    bot_token: SecretStr | None = Field(
        None,
        validation_alias="SLACK_BOT_TOKEN",
        description="Bot token of the Slack app (xoxb-...), for channels on Slack",
    )
    app_token: SecretStr | None = Field(
        None,
        validation_alias="SLACK_APP_TOKEN",
        description="App token (xapp-...): events come over Socket Mode, behind any firewall",
    )
    signing_secret: SecretStr | None = Field(
        None,
        validation_alias="SLACK_SIGNING_SECRET",
        description="Signing secret: without an app token, events come over HTTP at /slack/events",
    )
    client_id: str | None = Field(
        None,
        validation_alias="SLACK_CLIENT_ID",
        description="Client id of the Slack app, instead of a bot token: several workspaces install it at /slack/install",
    )
    client_secret: SecretStr | None = Field(
        None, validation_alias="SLACK_CLIENT_SECRET", description="Client secret of that Slack app"
    )
    token_keys: SecretStr | None = Field(
        None,
        validation_alias="PAPERROUND_KEYS",
        description="What workspaces' tokens are encrypted with: keys of `paperround keys new`, the first one encrypts, all decrypt",
    )
    api_url: HttpAddress = Field(
        DEFAULT_URL,
        validation_alias="SLACK_API_URL",
        description="Where Slack's Web API is; for trying against another server",
    )

    admins: tuple[str, ...] = Field((), examples=['admins = ["U0123ABCD"]'])
    outsiders: bool = Field(False, examples=["outsiders = true"])
    seed_legend: bool = Field(False, examples=["seed_legend = true"])
    history: bool = Field(True, examples=["history = false"])
    history_per_minute: float | None = Field(None, gt=0, examples=["history_per_minute = 1"])

    @field_validator("token_keys")
    @classmethod
    def _keys_are_some(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not all(map(is_key, keys_in(value.get_secret_value()) or ("",))):
            raise InvalidValue("not a key, or several separated by commas", KEY_REMEDY)
        return value

    @property
    def configured(self) -> bool:
        """Whether there is a bot token, or an app for others to install."""
        return self.bot_token is not None or self.client_id is not None

    def bot_token_given(self) -> str:
        """The bot's token."""
        return self.bot_token.get_secret_value() if self.bot_token else ""

    def secrets(self) -> frozenset[str]:
        """Every secret that is set, each key of a list by itself, too."""
        return super().secrets() | frozenset(keys_in(self.token_keys.get_secret_value()) if self.token_keys else ())

    def faults(self, channels: Sequence[ConfiguredChannel]) -> Iterator[Fault]:
        """What is missing beside SLACK_CLIENT_ID, what contradicts it, and workspaces that are named without it."""
        for number, channel in enumerate(channels):
            if channel.team and channel.platform == "slack" and not self.client_id:
                remedy = "Leave it out, or set SLACK_CLIENT_ID for several workspaces"
                yield Fault(
                    f"channels[{number}].team", "SLACK_BOT_TOKEN serves one workspace, which need not be named", remedy
                )
        if self.client_id:
            yield from self._faults_of_the_app()

    def _faults_of_the_app(self) -> Iterator[Fault]:
        missing = "missing beside SLACK_CLIENT_ID"
        if self.client_secret is None:
            yield Fault("SLACK_CLIENT_SECRET", missing, _BASIC)
        if self.signing_secret is None:
            yield Fault("SLACK_SIGNING_SECRET", f"{missing}: the events of several workspaces come over HTTP", _BASIC)
        if self.token_keys is None:
            yield Fault("PAPERROUND_KEYS", f"{missing}: workspaces' tokens are kept encrypted", KEY_REMEDY)
        if self.bot_token is not None:
            remedy = (
                "Unset it, and let its workspace install at /slack/install like the others; or unset SLACK_CLIENT_ID"
            )
            yield Fault("SLACK_BOT_TOKEN", "serves one workspace, SLACK_CLIENT_ID serves those that install us", remedy)
        if self.app_token is not None:
            remedy = "Unset it, and give Slack the address /slack/events; or unset SLACK_CLIENT_ID"
            yield Fault("SLACK_APP_TOKEN", "Socket Mode serves one workspace", remedy)


def keys_in(text: str) -> tuple[str, ...]:
    """Keys of a list that is separated by commas."""
    return tuple(key.strip() for key in text.split(",") if key.strip())


def is_key(text: str) -> bool:
    """Whether a text is a Fernet key: 32 bytes in URL-safe base64 (https://github.com/fernet/spec)."""
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False
