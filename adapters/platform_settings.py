"""Base class of a platform's settings: its secrets from the environment and its table of the configuration file, in one object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar, Protocol
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from adapters.environment import EnvironmentSettings
from bot.channel_fields import InvalidValue
from bot.errors import Fault


def _reachable(value: str, scheme: str) -> str:
    """Give an address of a server, secure or not; raise `InvalidValue` for anything else, before somebody is told that it cannot be reached."""
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {scheme, f"{scheme}s"} or not parts.hostname:
        raise InvalidValue(
            f"{value!r} is no address of a server", f"Write one that begins with {scheme}s://, or unset it"
        )
    return value


HttpAddress = Annotated[str, AfterValidator(lambda value: _reachable(value, "http"))]
"""Where a platform's API is."""

SocketAddress = Annotated[str, AfterValidator(lambda value: _reachable(value, "ws"))]
"""Where a platform's gateway is."""


class ConfiguredChannel(Protocol):
    """A channel as the configuration file names it."""

    @property
    def platform(self) -> str: ...

    @property
    def team(self) -> str: ...


class PlatformSettings(EnvironmentSettings):
    """
    Settings of a platform. A subclass declares each setting once: with an alias it is an environment variable, without one a
    key of the platform's table in the configuration file. The object is handed to the platform's `build` as it is.
    """

    needs_id: ClassVar[bool] = True
    """Whether a channel on this platform must be configured with its id."""

    has_workspaces: ClassVar[bool] = False
    """Whether channels of several workspaces can be served, each named by the channel's `team`."""

    own_keys: ClassVar[frozenset[str]] = frozenset()
    """Keys of its table that are each process's own, where several share a database; all of them need the same of the others."""

    remedy: ClassVar[str] = ""
    """What to set so that the platform can be reached, as a sentence without its full stop."""

    @property
    def configured(self) -> bool:
        """Whether enough is set for the platform to be built; no SDK is imported where it is not."""
        return True

    @classmethod
    def check_id(cls, channel_id: str) -> None:
        """Raise `bot.channel_fields.InvalidValue` for what is no id of a channel on this platform."""

    def secrets(self) -> frozenset[str]:
        """Every secret that is set, in clear, for redaction in logs."""
        return frozenset(value.get_secret_value() for value in dict(self).values() if isinstance(value, SecretStr))

    def bot_token_given(self) -> str:
        """The token of the bot as which this process alone was told to act; "" without one, and where tokens are stored for all processes."""
        return ""

    def faults(self, channels: Sequence[ConfiguredChannel]) -> Iterable[Fault]:
        """What is missing beside the rest, and what contradicts it, with all configured `channels` in view."""
        _ = channels
        return ()
