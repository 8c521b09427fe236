"""Base class of a platform's settings: its secrets from the environment and its table of the configuration file, in one object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Protocol

from pydantic import SecretStr

from adapters.environment import EnvironmentSettings
from bot.errors import Fault


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

    def faults(self, channels: Sequence[ConfiguredChannel]) -> Iterable[Fault]:
        """What is missing beside the rest, and what contradicts it, with all configured `channels` in view."""
        _ = channels
        return ()
