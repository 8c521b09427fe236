"""The table of chat platforms. Adding one takes a row here, the platform's own folder, and its settings in that folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.platform_context import PlatformContext
    from adapters.platform_settings import PlatformSettings
    from bot.ports import Platform

    Build = Callable[[PlatformSettings | None, PlatformContext], Platform]


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """
    One row: where a platform is built and where its settings are declared, as import paths, so that `--help` imports neither.

    `build(settings, context)` gives the platform; it is called, and its module imported, only where the settings are `configured`.
    A platform without settings is always there.
    """

    build: str
    settings: str | None = None


PLATFORMS: dict[str, PlatformEntry] = {
    "web": PlatformEntry("adapters.web.platform:build"),
    "slack": PlatformEntry("adapters.slack.platform:build", "adapters.slack.settings:SlackSettings"),
    "discord": PlatformEntry("adapters.discord.platform:build", "adapters.discord.settings:DiscordSettings"),
}


def settings_of(name: str) -> type[PlatformSettings] | None:
    """Settings class of a platform; None where it has none."""
    entry = PLATFORMS[name]
    found: type[PlatformSettings] | None = resolve_name(entry.settings) if entry.settings else None
    return found


def settings_types() -> Mapping[str, type[PlatformSettings]]:
    """Settings classes of all platforms, by the platform's name."""
    return {name: found for name in PLATFORMS if (found := settings_of(name)) is not None}


def builder_of(name: str) -> Build:
    """The `build` function of a platform."""
    build: Build = resolve_name(PLATFORMS[name].build)
    return build
