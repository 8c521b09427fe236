"""The `build` function of Slack: one workspace by its bot token, or every workspace that installs the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.slack.directory import MovesNote, NamesNote
from adapters.slack.people import MemberNames
from adapters.slack.settings import SlackSettings
from adapters.slack.workspace import Hooks, SlackPlatform, SlackTiming, Tokens

if TYPE_CHECKING:
    from adapters.platform_context import PlatformContext
    from adapters.platform_settings import PlatformSettings
    from adapters.slack.oauth.workspaces import Workspaces


def build(settings: PlatformSettings | None, context: PlatformContext) -> SlackPlatform | Workspaces:
    """Build Slack from its settings: one workspace, or every workspace that installs the app."""
    if not isinstance(settings, SlackSettings):
        raise TypeError("Slack is built with SlackSettings")
    hooks = Hooks(
        commands=context.commands,
        learned=MemberNames(context.unit_of_work).store,
        news=context.channel_news,
        reconnected=context.reconcile,
        joined=context.joined,
        moves=MovesNote(context.unit_of_work),
        names=NamesNote(context.unit_of_work),
    )
    if settings.bot_token is None:
        from adapters.slack.oauth.workspaces import build_workspaces  # noqa: PLC0415 - one workspace does without

        return build_workspaces(settings, context, hooks)
    app, signing = settings.app_token, settings.signing_secret
    tokens = Tokens(
        bot=settings.bot_token.get_secret_value(),
        app=app.get_secret_value() if app else None,
        signing_secret=signing.get_secret_value() if signing else None,
        api_url=settings.api_url,
    )
    timing = SlackTiming(redraw_interval=0.0) if context.shared else None
    return SlackPlatform(
        tokens, context.channels, hooks=hooks, settings=settings, timing=timing, limiter=context.limiter
    )
