"""
Typed settings from the environment, `.env` and one TOML file.

Secrets and the place of things come from the environment (or `.env`); sources, channels and what emoji mean come from the TOML
file that `PAPERROUND_CONFIG` names. All faults are reported at once, each with its key, what is wrong and what would be right. A key
nobody knows is a fault: a setting that is silently ignored is worse than one that is refused.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import Fault, SettingsError
from bot.model import DEFAULT_MEANINGS, NINE, Channel, Meaning, WallTime

DEFAULT_CONFIG: Final = "paperround.toml"
DEFAULT_DATABASE: Final = "sqlite:///paperround.db"
PREFIX: Final = "PAPERROUND_"
DOTENV: Final = ".env"

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class _Table(BaseModel):
    """A table of the TOML file: unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _weekday(value: object) -> object:
    """Take a weekday by its English name or its ISO number, 1 for Monday."""
    if isinstance(value, str):
        named = [
            number
            for number, name in enumerate(WEEKDAYS, start=1)
            if value.strip() and name.startswith(value.strip().lower())
        ]
        if len(named) == 1:
            return named[0]
        raise ValueError(
            f"{value!r} is no weekday. Write its English name, like monday, or its number, 1 (Monday) to 7 (Sunday)"
        )
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= len(WEEKDAYS):
        return value
    raise ValueError(
        f"{value!r} is no weekday. Write its English name, like monday, or its number, 1 (Monday) to 7 (Sunday)"
    )


def _clock_time(value: object) -> object:
    if isinstance(value, time):
        return value
    try:
        return datetime.strptime(str(value), "%H:%M").time()  # noqa: DTZ007 - a wall-clock time has no zone of its own
    except ValueError:
        raise ValueError(f"{value!r} is no time of day. Write hours and minutes, like 09:00") from None


def _name(value: str) -> str:
    if not re.fullmatch(r"[\w.\-]{1,80}", value):
        raise ValueError(
            f"{value!r} is no name for the command line. Use letters, digits, dots, dashes and underscores, at most 80"
        )
    return value


def _zone(value: object) -> object:
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(str(value), _zone_names(), n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ValueError(f"{value!r} is no time zone. Write an IANA name, like Europe/Berlin.{hint}") from None
    return value


def _zone_names() -> list[str]:
    from zoneinfo import available_timezones  # noqa: PLC0415 - walks the disk; wanted only for a hint

    return sorted(available_timezones())


class ChannelTable(_Table):
    """`[[channels]]`: one subscribed channel."""

    name: Annotated[str, AfterValidator(_name)]
    platform: Literal["web", "slack", "discord"] = "web"
    id: str = ""
    zone: Annotated[str, BeforeValidator(_zone)] = "UTC"
    weekday: Annotated[int, BeforeValidator(_weekday)] = 1
    time: Annotated[WallTime, BeforeValidator(_clock_time)] = NINE
    budget_minutes: int = Field(60, ge=5, le=600)
    explore: float = Field(0.2, ge=0, le=1)
    topics: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    emoji: Mapping[str, Meaning] | None = None

    @field_validator("id", mode="before")
    @classmethod
    def _id_as_text(cls, value: object) -> object:
        # A Discord id is a number, and people write it as one.
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _id_is_there(self) -> Self:
        if self.platform != "web" and not self.id:
            raise ValueError(f'a {self.platform} channel needs its id. Add id = "...", as {self.platform} shows it')
        return self


def channel_of(table: ChannelTable, meanings: Mapping[str, Meaning]) -> Channel:
    """Give the channel that a table describes; `meanings` count where it names none of its own."""
    return Channel(
        name=table.name,
        platform=table.platform,
        id=table.id or table.name,
        zone=table.zone,
        weekday=table.weekday,
        time=table.time,
        budget_minutes=table.budget_minutes,
        explore=table.explore,
        topics=table.topics,
        meanings=table.emoji or meanings,
        sources=table.sources,
    )


class FetchTable(_Table):
    """`[fetch]`: how sources are asked."""

    allow_private: bool = False
    deadline_seconds: float = Field(20, gt=0, le=300)
    max_megabytes: float = Field(5, gt=0, le=100)
    at_once: int = Field(24, ge=1, le=128)
    user_agent: str | None = Field(None, max_length=200)
    contact: str | None = Field(None, max_length=200)


class WebTable(_Table):
    """`[web]`: where the local channel is served."""

    host: str = "127.0.0.1"
    port: int = Field(8321, ge=0, le=65535)
    hosts: tuple[str, ...] = ()


class SlackTable(_Table):
    """`[slack]`: how we behave in the workspace."""

    admins: tuple[str, ...] = ()
    outsiders: bool = False
    seed_legend: bool = False
    history_per_minute: float | None = Field(None, gt=0)


class Settings(BaseSettings):
    """
    Every setting. Field descriptions are the comments of `.env.example`; a test holds the two together.

    Secrets are `SecretStr`: they show as asterisks in a repr, and no error message quotes them.
    """

    model_config = SettingsConfigDict(
        env_file=DOTENV,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        # Every setting of the environment has its own name below. The tables of the file are not to be had there, and no
        # variable's name can hold this sign.
        env_prefix="=",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    config: Path = Field(
        Path(DEFAULT_CONFIG),
        validation_alias="PAPERROUND_CONFIG",
        description="The TOML file with sources, channels and emoji meanings; it may be missing",
    )
    database_url: SecretStr = Field(
        SecretStr(DEFAULT_DATABASE),
        validation_alias="DATABASE_URL",
        description="Where everything is kept: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
    )
    now: datetime | None = Field(
        None,
        validation_alias="PAPERROUND_NOW",
        description="Sets the clock at start, from where it runs on; for replaying a recorded week",
    )
    password: SecretStr | None = Field(
        None,
        validation_alias="PAPERROUND_PASSWORD",
        description="Password of the local channel; needed to serve it on any address but loopback",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING",
        validation_alias="PAPERROUND_LOG_LEVEL",
        description="How much is logged to standard error: DEBUG, INFO, WARNING or ERROR",
    )
    x_bearer_token: SecretStr | None = Field(
        None,
        validation_alias="X_BEARER_TOKEN",
        description="Bearer token of the X API; the x-list source is off without it",
    )
    reddit_feed_token: SecretStr | None = Field(
        None,
        validation_alias="REDDIT_FEED_TOKEN",
        description="Private feed token of a Reddit account (reddit.com/prefs/feeds)",
    )
    reddit_feed_user: str | None = Field(
        None,
        validation_alias="REDDIT_FEED_USER",
        description="Name of the Reddit account that the feed token belongs to",
    )
    reddit_client_id: str | None = Field(
        None, validation_alias="REDDIT_CLIENT_ID", description="Id of an approved Reddit app, if you have one"
    )
    reddit_client_secret: SecretStr | None = Field(
        None, validation_alias="REDDIT_CLIENT_SECRET", description="Secret of that Reddit app"
    )

    slack_bot_token: SecretStr | None = Field(
        None,
        validation_alias="SLACK_BOT_TOKEN",
        description="Bot token of the Slack app (xoxb-...), for channels on Slack",
    )
    slack_app_token: SecretStr | None = Field(
        None,
        validation_alias="SLACK_APP_TOKEN",
        description="App token (xapp-...): events come over Socket Mode, behind any firewall",
    )
    slack_signing_secret: SecretStr | None = Field(
        None,
        validation_alias="SLACK_SIGNING_SECRET",
        description="Signing secret: without an app token, events come over HTTP at /slack/events",
    )
    slack_api_url: str = Field(
        "https://slack.com/api/",
        validation_alias="SLACK_API_URL",
        description="Where Slack's Web API is; for trying against another server",
    )

    sources: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    channels: tuple[ChannelTable, ...] = ()
    fetch: FetchTable = FetchTable()
    web: WebTable = WebTable()
    slack: SlackTable = SlackTable()
    emoji: Mapping[str, Meaning] = Field(default_factory=dict)

    @field_validator("now")
    @classmethod
    def _now_is_an_instant(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("the instant has no offset. Write it like 2026-08-17T09:00:00+00:00")
        try:
            return value.astimezone(UTC) if value else None
        except OverflowError:
            raise ValueError("the instant is out of range. Write it like 2026-08-17T09:00:00+00:00") from None

    @field_validator("channels")
    @classmethod
    def _names_are_unique(cls, value: tuple[ChannelTable, ...]) -> tuple[ChannelTable, ...]:
        names = [channel.name for channel in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two channels are called {twice[0]!r}. Give each a name of its own")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings names the arguments
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, dotenv_settings, init_settings

    def channel_list(self) -> tuple[Channel, ...]:
        """Give the configured channels; without any, one local channel called `general`."""
        tables = self.channels or (ChannelTable(name="general"),)
        return tuple(channel_of(table, self.emoji or DEFAULT_MEANINGS) for table in tables)

    def secrets(self) -> dict[str, str]:
        """Give the sources' secrets that are set, by their field names, in clear; for the adapter that needs them alone."""
        found = {
            "x_bearer_token": self.x_bearer_token,
            "reddit_feed_token": self.reddit_feed_token,
            "reddit_feed_user": self.reddit_feed_user,
            "reddit_client_id": self.reddit_client_id,
            "reddit_client_secret": self.reddit_client_secret,
        }
        return {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value
            for name, value in found.items()
            if value
        }

    def all_secrets(self) -> frozenset[str]:
        """Give every secret there is, in clear, for the one who must hide them: the database's password, too."""
        found = {value.get_secret_value() for value in dict(self).values() if isinstance(value, SecretStr)}
        with contextlib.suppress(ValueError):  # of an address that is none: who opens it will say so
            password = urlsplit(self.database_url.get_secret_value()).password or ""
            found |= {password, unquote(password)}
        return frozenset(found - {DEFAULT_DATABASE, ""})


_FILE_TABLES: Final = ("channels", "sources", "fetch", "web", "slack", "emoji")


SourceCheck = Callable[[Mapping[str, Any]], Iterable[Fault]]
"""Finds the faults of the `[sources]` tables: what a source may be told is known by the adapters alone."""


def load_settings(check_sources: SourceCheck | None = None) -> Settings:
    """
    Read environment, `.env` and the TOML file into settings.

    Raises `SettingsError` with every fault at once, those that `check_sources` finds among them. Nothing is written.
    """
    dotenv, faults = _read_dotenv()
    faults += _unknown_variables({*dotenv, *os.environ})
    document, file_faults = _read_file(os.environ.get(f"{PREFIX}CONFIG") or dotenv.get(f"{PREFIX}CONFIG"))
    faults += file_faults
    if check_sources and isinstance(document.get("sources", {}), dict):
        faults += check_sources(document.get("sources", {}))
    try:
        settings = Settings(**document, _env_file=DOTENV if dotenv else None)
    except ValidationError as error:
        faults += _faults_of(error)
        raise SettingsError(tuple(sorted(faults, key=lambda fault: fault.key))) from None
    if faults:
        raise SettingsError(tuple(sorted(faults, key=lambda fault: fault.key)))
    return settings


def environment_names() -> dict[str, str]:
    """Give every setting of the environment with its description, in order."""
    return {
        field.validation_alias: field.description or ""
        for field in Settings.model_fields.values()
        if isinstance(field.validation_alias, str)
    }


def _unknown_variables(environ: Iterable[str]) -> list[Fault]:
    known = environment_names()
    ours = {name.removeprefix(PREFIX): name for name in known if name.startswith(PREFIX)}
    return [
        Fault(name, "no such setting", _nearest(name.removeprefix(PREFIX), ours) or f"Known are {', '.join(known)}")
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known and name != f"{PREFIX}REQUIRE_BROWSER"
    ]


def _read_dotenv() -> tuple[dict[str, str | None], list[Fault]]:
    """Read `.env`, if there is one, to see which names it sets; pydantic-settings reads the values by itself."""
    from dotenv import dotenv_values  # noqa: PLC0415 - pydantic-settings brings it

    try:
        return dotenv_values(DOTENV, encoding="utf-8"), []
    except UnicodeDecodeError as error:
        return {}, [Fault(DOTENV, f"not readable as UTF-8 ({error.reason})", "Save it as UTF-8")]


def _read_file(named: str | None) -> tuple[dict[str, Any], list[Fault]]:
    """Read the TOML file, if there is one; what is wrong with it as a whole is a fault."""
    path = Path(named or DEFAULT_CONFIG)
    if not path.exists():
        missing = Fault("PAPERROUND_CONFIG", f"there is no file {path}", "Name an existing TOML file, or unset it")
        return {}, [missing] if named else []
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        return {}, [Fault(str(path), f"not readable as TOML ({error})", "Mend the line it names")]
    faults = [
        Fault(key, f"no such key in {path.name}", _nearest(key, _FILE_TABLES) or f"Known are {', '.join(_FILE_TABLES)}")
        for key in document
        if key not in _FILE_TABLES
    ]
    return {key: value for key, value in document.items() if key in _FILE_TABLES}, faults


def _faults_of(error: ValidationError) -> list[Fault]:
    return [
        _fault(detail["loc"], detail["type"], detail["msg"])
        for detail in error.errors(include_input=False, include_url=False)
    ]


def _fault(location: tuple[int | str, ...], kind: str, message: str) -> Fault:
    key = _key(location)
    if kind == "extra_forbidden":
        names = _TABLE_KEYS.get(str(location[0]), [])
        return Fault(key, "no such key", _nearest(str(location[-1]), names) or f"Known are {', '.join(names)}")
    if kind == "missing":
        return Fault(key, "missing", "Add it")
    problem, _, remedy = message.removeprefix("Value error, ").partition(". ")
    return Fault(key, problem, remedy or _REMEDIES.get(kind, "Correct it"))


_REMEDIES: Final = {
    "tuple_type": 'Write a list, like ["one", "two"]; a channel is a table of its own, [[channels]]',
    "dict_type": "Write a table, like [fetch]",
    "model_type": "Write a table, like [fetch]",
    "datetime_from_date_parsing": "Write it like 2026-08-17T09:00:00+00:00",
}

_TABLE_KEYS: Final[Mapping[str, list[str]]] = {
    "channels": list(ChannelTable.model_fields),
    "fetch": list(FetchTable.model_fields),
    "web": list(WebTable.model_fields),
    "slack": list(SlackTable.model_fields),
}


def _key(location: tuple[int | str, ...]) -> str:
    """Write a place in the document as people would: `channels[0].zone`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def _nearest(name: str, known: Mapping[str, str] | Sequence[str]) -> str | None:
    """Ask whether the known name that looks most like this one was meant; of a mapping, its value."""
    names = known if isinstance(known, Mapping) else {one: one for one in known}
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"Did you mean {names[near[0]]}?" if near else None
