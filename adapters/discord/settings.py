"""Discord's settings: the token from the environment, and the `[discord]` table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, SecretStr

from adapters.discord.shard_range import ShardRange
from adapters.platform_settings import ConfiguredChannel, HttpAddress, PlatformSettings, SocketAddress
from bot.channel_fields import InvalidValue
from bot.errors import Fault


def _shard(value: str) -> str:
    if ShardRange.parse(value) is None:
        raise InvalidValue(
            f"{value!r} is no shard",
            'Write its number, from 0, and how many there are: "0/2", and "1/2" for the other process; of several "0-3/8"',
        )
    return value


def _role(value: str) -> str:
    bare = value.removeprefix("<@&").removesuffix(">")
    if not re.fullmatch(r"\d{15,20}", bare):
        remedy = "Turn on Developer Mode (User settings, Advanced); then a role's menu in the server's settings has Copy Role ID"
        raise InvalidValue(f"{value!r} is no id of a role, which is a number", remedy)
    return bare


class ForumPosts(StrEnum):
    """What a post of a forum channel holds: one pick, or a week's digest with the picks as messages in it."""

    PICKS = "picks"
    WEEK = "week"


class DiscordSettings(PlatformSettings):
    """
    One bot, on any number of servers. With `seed_legend`, the legend's emoji stand on each card; `mentions` are the roles that
    it notifies, by channel; with `publish`, it is published to the servers that follow an announcement channel. `forum` says what a post of
    a forum holds, `forums` the same for single channels.
    """

    own_keys: ClassVar[frozenset[str]] = frozenset({"shard", "shards"})
    remedy: ClassVar[str] = "Set DISCORD_BOT_TOKEN"

    bot_token: SecretStr | None = Field(
        None,
        validation_alias="DISCORD_BOT_TOKEN",
        description="Bot token of the Discord application, for channels on Discord",
    )
    api_url: HttpAddress = Field(
        "https://discord.com/api/v10",
        validation_alias="DISCORD_API_URL",
        description="Where Discord's API is; for trying against another server",
    )
    gateway_url: SocketAddress = Field(
        "wss://gateway.discord.gg/",
        validation_alias="DISCORD_GATEWAY_URL",
        description="Where Discord's gateway is; for trying against another server",
    )

    seed_legend: bool = Field(False, examples=["seed_legend = true"])
    mentions: dict[str, Annotated[str, AfterValidator(_role)]] = Field(
        {}, examples=['mentions = { "123456789012345678" = "223456789012345678" }']
    )
    forum: ForumPosts = Field(ForumPosts.PICKS, examples=['forum = "week"'])
    forums: dict[str, ForumPosts] = Field({}, examples=['forums = { "123456789012345678" = "week" }'])
    publish: bool = Field(False, examples=["publish = true"])
    shard: Annotated[str, AfterValidator(_shard)] | None = Field(None, examples=['shard = "0/2"'])
    shards: int | None = Field(None, ge=1, le=9999, examples=["shards = 8"])

    @property
    def configured(self) -> bool:
        """Whether there is a bot token."""
        return self.bot_token is not None

    def bot_token_given(self) -> str:
        """The bot's token."""
        return self.bot_token.get_secret_value() if self.bot_token else ""

    def forum_posts(self, channel_id: str) -> ForumPosts:
        """Give what a post of one forum holds."""
        return self.forums.get(channel_id, self.forum)

    @classmethod
    def check_id(cls, channel_id: str) -> None:
        """Discord's ids are snowflakes: numbers of 15 to 20 digits."""
        if not re.fullmatch(r"\d{15,20}", channel_id):
            remedy = "Turn on Developer Mode (User settings, Advanced); then the channel's menu has Copy Channel ID"
            raise InvalidValue(f"{channel_id!r} is no channel id of Discord, which is a number", remedy)

    def faults(self, channels: Sequence[ConfiguredChannel]) -> Iterator[Fault]:
        """A shard of another number than the bot has: Discord would divide the servers twice, and two processes hear the same ones."""
        _ = channels
        mine = self.shard_range()
        if self.shards and mine and mine.count != self.shards:
            remedy = f'Write both of one number, like shard = "{mine.first}/{self.shards}", or leave shards out'
            yield Fault(
                "discord.shard", f"{self.shard!r} is of {mine.count} shards, and shards says {self.shards}", remedy
            )

    def shard_range(self) -> ShardRange | None:
        """The shards of this process: those of `shard`, or all `shards`; None without sharding."""
        if self.shard:
            return ShardRange.parse(self.shard)
        return ShardRange(0, self.shards - 1, self.shards) if self.shards else None
