"""
Typed settings from the environment, `.env` and one TOML file.

Secrets and the place of things come from the environment (or `.env`); sources, channels and what emoji mean come from the TOML
file that `PAPERROUND_CONFIG` names. All faults are reported at once, each with its key, what is wrong and what would be right. An unknown
key is a fault: a setting that is silently ignored is worse than one that is refused.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from adapters.environment import EnvironmentSettings
from adapters.platform_settings import PlatformSettings
from adapters.sources.kinds.table import SECRETS
from adapters.sources.settings import FetchSettings
from adapters.web.http.binding import DEFAULT_PROXIES
from bot.channel_fields import ChannelFields, InvalidValue, Meanings
from bot.errors import Fault, SettingsError
from bot.model import DEFAULT_MEANINGS, Channel, Meaning
from bot.permission import Changers
from bot.spread import MOST_MINUTES
from bot.weeks import FIRST_YEAR, LAST_YEAR
from scheduler.platforms import PLATFORMS, settings_of, settings_types
from scheduler.settings.database_url import check_database, passwords_of
from scheduler.settings.faults import EXAMPLES, faults_of, nearest, platform_faults_of

DEFAULT_CONFIG: Final = "paperround.toml"
DEFAULT_DATABASE: Final = "sqlite:///paperround.db"
PREFIX: Final = "PAPERROUND_"
DOTENV: Final = ".env"


class _Table(BaseModel):
    """A table of the TOML file: unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _name(value: str) -> str:
    if not re.fullmatch(r"[\w.\-]{1,80}", value):
        remedy = "Use letters, digits, dots, dashes and underscores, at most 80, like reading-group"
        raise InvalidValue(f"{value!r} is no name for the command line", remedy)
    return value


def _team(value: str) -> str:
    if value and not re.fullmatch(r"[TE][A-Z0-9]{1,20}", value):
        remedy = "Write the id that the page shows at the end of an install, like T0123ABCD"
        raise InvalidValue(f"{value!r} is no workspace of Slack's", remedy)
    return value


def _platform(value: str) -> str:
    if value not in PLATFORMS:
        *others, last = (repr(name) for name in PLATFORMS)
        raise InvalidValue(f"none of {', '.join(others)} or {last}", 'Write one of them, like platform = "web"')
    return value


_PASTED: Final = re.compile(
    r"https://(?:[\w.-]+\.slack\.com/(?:archives|client/\w+)/([CG][A-Z0-9]+)|(?:\w+\.)?discord\.com/channels/\d+/(\d+))(?:[/?].*)?$"
)


class _Place(_Table):
    """Where a channel is. A base of its own, for a model's fields stand in the order of its bases and a file begins with these."""

    name: Annotated[str, AfterValidator(_name)]
    platform: Annotated[str, AfterValidator(_platform)] = "web"
    id: str = ""
    team: Annotated[str, AfterValidator(_team)] = ""


class ChannelTable(ChannelFields, _Place):
    """`[[channels]]`: one subscribed channel."""

    @field_validator("id", mode="before")
    @classmethod
    def _id_as_text(cls, value: object) -> object:
        # A Discord id is a number, and people write it as one.
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        # Or the channel's address, as both Slack and Discord give it with *Copy link*.
        pasted = _PASTED.match(value.strip()) if isinstance(value, str) else None
        return pasted[1] or pasted[2] if pasted else value

    @model_validator(mode="after")
    def _id_is_there(self) -> Self:
        kind = settings_of(self.platform)
        if kind is not None and kind.needs_id and not self.id:
            remedy = f'Add id = "...", as {self.platform} shows it'
            raise InvalidValue(f"a {self.platform} channel needs its id", remedy)
        if kind is not None:
            kind.check_id(self.id)
        return self

    def subscribed(self, meanings: Mapping[str, Meaning]) -> Channel:
        """The channel that this table describes; `meanings` count where it names none of its own."""
        platform, place = self.place()
        found = self.channel(name=self.name, platform=platform, id=place, meanings=meanings)
        return replace(found, team=self.team)

    def place(self) -> tuple[str, str]:
        """Platform and id of the channel. A local channel goes by its name, a workspace's comes before."""
        place = self.id or self.name
        kind = settings_of(self.platform)
        return self.platform, f"{self.team}/{place}" if self.team and kind and kind.has_workspaces else place


def _proxy(value: str) -> str:
    """An address or a network, as `ipaddress` writes it."""
    remedy = 'Write an address or a network, like "10.0.0.0/8"'
    try:
        network = ip_network(value.strip(), strict=False)
    except ValueError:
        raise InvalidValue(f"{value!r} is no address and no network", remedy) from None
    if network.prefixlen == 0:
        raise InvalidValue(f"{value} is everybody, who could then claim any address", remedy)
    return str(network).removesuffix(f"/{network.max_prefixlen}")


def _page_url(value: str) -> str:
    """The address of a page: http or https, a host, and no path, question or fragment."""
    parts = urlsplit(value.strip())
    if value.strip() and (
        parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query
    ):
        raise InvalidValue(
            f"{value!r} is no address of a page", 'Write scheme and host, like "https://papers.example.org"'
        )
    return value.strip().rstrip("/")


class WebTable(_Table):
    """`[web]`: where the local channel is served."""

    host: str = "127.0.0.1"
    port: int = Field(8321, ge=0, le=65535)
    hosts: tuple[str, ...] = ()
    url: Annotated[str, AfterValidator(_page_url)] = ""
    proxies: tuple[Annotated[str, AfterValidator(_proxy)], ...] = DEFAULT_PROXIES

    @property
    def address(self) -> str:
        """Where people reach the page, without a slash at its end: `url`, else this machine."""
        return self.url or f"http://127.0.0.1:{self.port}"


SHORTEST_RETENTION: Final = 13
"""Weeks: what is dropped earlier would be found again by a reconcile, or told again by a source."""


class ReconcileTable(_Table):
    """`[reconcile]`: how far back snapshots are compared with what is recorded."""

    weeks: int = Field(6, ge=1, le=52)


class ScheduleTable(_Table):
    """`[schedule]`: over how many minutes digests that fall due at one hour are spread."""

    spread_minutes: int = Field(0, ge=0, le=MOST_MINUTES)

    @property
    def spread(self) -> timedelta:
        """The same as a span of time."""
        return timedelta(minutes=self.spread_minutes)


class RetentionTable(_Table):
    """`[retention]`: how long what is kept, in weeks; 0 keeps it for good."""

    entry_weeks: int = Field(0, ge=0, le=520)
    member_weeks: int = Field(0, ge=0, le=520)

    @field_validator("entry_weeks", "member_weeks")
    @classmethod
    def _long_enough(cls, weeks: int) -> int:
        if 0 < weeks < SHORTEST_RETENTION:
            raise InvalidValue(
                f"{weeks} weeks are less than sources and platforms are looked back for",
                f"Write at least {SHORTEST_RETENTION}, like 52, or 0 to keep it for good",
            )
        return weeks


class ChatTable(_Table):
    """`[chat]`: who may change things in chat, and the bounds on channels that members set up there."""

    who: Changers = Changers.ADMINS
    max_channels: int | None = Field(None, ge=1)
    workspaces: tuple[str, ...] = ()


class SummariesTable(_Table):
    """`[summaries]`: which replies are summaries."""

    least_letters: int = Field(3, ge=0, le=100)


MIN_PASSWORD: Final = 8


_INSTANT_REMEDY: Final = "Write it like 2026-08-17T09:00:00+00:00"


def _secret_fields() -> dict[str, Any]:
    """The fields for the sources' secrets: each kind of source declares its own (`adapters.sources.kinds.table`)."""
    return {
        secret.name: (
            (SecretStr if secret.hidden else str) | None,
            Field(None, validation_alias=secret.name.upper(), description=secret.meaning),
        )
        for secret in SECRETS
    }


if TYPE_CHECKING:
    _SourceSecrets = EnvironmentSettings
else:
    _SourceSecrets = create_model("_SourceSecrets", __base__=EnvironmentSettings, **_secret_fields())


class Settings(_SourceSecrets):
    """Every setting: the operator's of the whole process here, each platform's in `platforms`, by its name."""

    config: Path = Field(
        Path(DEFAULT_CONFIG),
        validation_alias="PAPERROUND_CONFIG",
        description="The TOML file with sources, channels and emoji meanings; it may be missing",
    )
    database_url: SecretStr = Field(
        SecretStr(DEFAULT_DATABASE),
        validation_alias="DATABASE_URL",
        description="Where everything is kept: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME; several processes take the latter",
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
    metrics_token: SecretStr | None = Field(
        None,
        validation_alias="PAPERROUND_METRICS_TOKEN",
        description="Bearer token for /metrics; with one, or with a password, nobody reads the metrics without",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING",
        validation_alias="PAPERROUND_LOG_LEVEL",
        description="How much is logged to standard error: DEBUG, INFO, WARNING or ERROR",
    )

    zotero_key: SecretStr | None = Field(
        None,
        validation_alias="ZOTERO_KEY",
        description="Key with write access to a Zotero library, for `paperround export --format zotero`",
    )
    llm_base_url: str | None = Field(
        None,
        validation_alias="LLM_BASE_URL",
        description="An OpenAI-compatible endpoint that says of each paper in one sentence what is new; off without it",
    )
    llm_model: str | None = Field(
        None,
        validation_alias="LLM_MODEL",
        validate_default=True,
        description="The model to ask there, by the name it has there",
    )
    llm_api_key: SecretStr | None = Field(None, validation_alias="LLM_API_KEY", description="Its key, if it wants one")
    llm_weekly_tokens: int = Field(
        200_000,
        ge=0,
        validation_alias="LLM_WEEKLY_TOKENS",
        description="How many tokens it may cost in seven days, all channels together",
    )

    sources: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    channels: tuple[ChannelTable, ...] = ()
    fetch: FetchSettings = FetchSettings()
    web: WebTable = WebTable()
    chat: ChatTable = ChatTable()
    reconcile: ReconcileTable = ReconcileTable()
    retention: RetentionTable = RetentionTable()

    @field_validator("retention")
    @classmethod
    def _longer_than_is_looked_back(cls, retention: RetentionTable, info: ValidationInfo) -> RetentionTable:
        weeks = info.data["reconcile"].weeks if "reconcile" in info.data else 0
        if 0 < retention.member_weeks <= weeks:
            raise InvalidValue(
                f"member_weeks = {retention.member_weeks} is no more than [reconcile] weeks = {weeks}, so that what is deleted comes back",
                "Make member_weeks larger, or [reconcile] weeks smaller",
            )
        return retention

    schedule: ScheduleTable = ScheduleTable()
    summaries: SummariesTable = SummariesTable()
    emoji: Meanings = Field(default_factory=dict)
    platforms: Mapping[str, SerializeAsAny[PlatformSettings]] = Field(default_factory=dict)
    _changed: int = PrivateAttr(0)

    @property
    def changed(self) -> int:
        """When the file was changed last, as it was read, in nanoseconds since 1970; 0 without one."""
        return self._changed

    @field_validator("now")
    @classmethod
    def _now_is_an_instant(cls, value: datetime | None) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidValue("the instant has no offset", _INSTANT_REMEDY)
        # Beyond these years there is soon no week before or after; and near the ends of the calendar no UTC.
        if FIRST_YEAR <= value.year <= LAST_YEAR and FIRST_YEAR <= value.astimezone(UTC).year <= LAST_YEAR:
            return value.astimezone(UTC)
        raise InvalidValue(f"the instant is out of range: not between {FIRST_YEAR} and {LAST_YEAR}", _INSTANT_REMEDY)

    @field_validator("llm_base_url")
    @classmethod
    def _llm_is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/]+\S*", value):
            raise InvalidValue("no web address", "Write it up to the version, like http://127.0.0.1:11434/v1")
        return value

    @field_validator("llm_model")
    @classmethod
    def _llm_is_named(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("llm_base_url"):
            raise InvalidValue("LLM_BASE_URL is set, and no model", "Name one that it serves, like llama3.1:8b")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _log_level_in_any_case(cls, value: object) -> object:
        return value.strip().upper() if isinstance(value, str) else value

    @field_validator("password", "metrics_token")
    @classmethod
    def _password_is_not_soon_guessed(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().strip()) < MIN_PASSWORD:
            problem = f"shorter than {MIN_PASSWORD} characters, which is soon guessed by who can reach the page"
            raise InvalidValue(problem, f"Write at least {MIN_PASSWORD}, for example four words of your own")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_is_one(cls, value: SecretStr) -> SecretStr:
        check_database(value.get_secret_value())
        return value

    @field_validator("channels")
    @classmethod
    def _names_are_unique(cls, value: tuple[ChannelTable, ...]) -> tuple[ChannelTable, ...]:
        names = Counter(channel.name for channel in value)
        places: dict[tuple[str, str], dict[str, None]] = {}
        for channel in value:
            places.setdefault(channel.place(), {})[channel.name] = None
        same_name = [f"two channels are called {name!r}" for name, count in names.items() if count > 1]
        same_place = [
            f"the channels {' and '.join(map(repr, called))} are one and the same place, {platform} {channel_id!r}"
            for (platform, channel_id), called in places.items()
            if len(called) > 1
        ]
        said = ((same_name, "Give each a name of its own"), (same_place, "Give each an id of its own"))
        remedies = [remedy for problems, remedy in said if problems]
        if remedies:
            raise InvalidValue("; ".join([*same_name, *same_place]), ". ".join(remedies))
        return value

    def channel_list(self) -> tuple[Channel, ...]:
        """The configured channels; without any, one local channel called `general`."""
        tables = self.channels or (ChannelTable(name="general"),)
        return tuple(table.subscribed(self.emoji or DEFAULT_MEANINGS) for table in tables)

    def secrets(self) -> dict[str, str]:
        """The sources' secrets that are set, by their field names, in clear; for the adapter that needs them alone."""
        found = {secret.name: getattr(self, secret.name) for secret in SECRETS}
        return {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value
            for name, value in found.items()
            if value
        }

    def all_secrets(self) -> frozenset[str]:
        """Every secret, in clear, for redaction in logs: the database's password, too, be it in its address or in libpq's variable."""
        found = {value.get_secret_value() for value in dict(self).values() if isinstance(value, SecretStr)}
        found |= {secret for part in self.platforms.values() for secret in part.secrets()}
        found |= {*passwords_of(self.database_url.get_secret_value()), os.environ.get("PGPASSWORD", "")}
        return frozenset(found - {DEFAULT_DATABASE, ""})


_FILE_TABLES: Final = (
    "channels",
    "sources",
    "fetch",
    "web",
    "chat",
    "schedule",
    "reconcile",
    "retention",
    "summaries",
    "emoji",
)

TABLES: Final[Mapping[str, type[BaseModel]]] = {
    "channels": ChannelTable,
    "fetch": FetchSettings,
    "web": WebTable,
    "chat": ChatTable,
    "schedule": ScheduleTable,
    "reconcile": ReconcileTable,
    "retention": RetentionTable,
    "summaries": SummariesTable,
}
"""The tables of the file whose keys are known here; those of the platforms are known by their own settings (`scheduler.platforms`)."""


def keys_of_tables() -> dict[str, dict[str, FieldInfo]]:
    """Give the keys of each table of the file with their declarations, those of the platforms among them."""
    platforms = {name: {key: kind.model_fields[key] for key in kind.table()} for name, kind in settings_types().items()}
    return {name: table.model_fields for name, table in TABLES.items()} | platforms


def examples_of_keys() -> dict[str, str]:
    """Give how each key is written, as `table.key`."""
    platforms = {
        f"{name}.{key}": str((field.examples or [""])[0])
        for name, fields in keys_of_tables().items()
        if name in settings_types()
        for key, field in fields.items()
    }
    return {**EXAMPLES, **platforms}


def file_tables() -> tuple[str, ...]:
    """Give the names of every table that the file may have."""
    return (*_FILE_TABLES[:5], *settings_types(), *_FILE_TABLES[5:])


SourceCheck = Callable[[Mapping[str, Any]], Iterable[Fault]]
"""Finds the faults of the `[sources]` tables: what a source may be told is known by the adapters alone."""


def load_settings(check_sources: SourceCheck | None = None) -> Settings:
    """
    Read environment, `.env` and the TOML file into settings.

    Raises `SettingsError` with every fault at once, those that `check_sources` finds among them. Nothing is written.
    """
    dotenv, faults = _read_dotenv()
    faults += _unknown_variables({*dotenv, *os.environ})
    path = os.environ.get(f"{PREFIX}CONFIG") or dotenv.get(f"{PREFIX}CONFIG")
    changed = _changed_at(path)
    document, file_faults = _read_file(path)
    faults += file_faults
    if check_sources and isinstance(document.get("sources", {}), dict):
        faults += check_sources(document.get("sources", {}))
    env_file = DOTENV if dotenv else None
    platforms, platform_faults = _read_platforms(document, env_file)
    faults += platform_faults
    tables = {name: value for name, value in document.items() if name not in settings_types()}
    try:
        settings = Settings(**tables, platforms=platforms, _env_file=env_file)
    except ValidationError as error:
        named = {fault.key for fault in faults}  # by the check of the whole, which says more than its type's
        found = faults_of(error, {name: list(table.model_fields) for name, table in TABLES.items()})
        faults += [fault for fault in found if fault.key.replace('"', "") not in named]
        raise SettingsError(tuple(sorted(faults, key=lambda fault: fault.key))) from None
    if faults:
        raise SettingsError(tuple(sorted(faults, key=lambda fault: fault.key)))
    settings._changed = changed  # noqa: SLF001 - ours: it is no setting, which the environment could give
    return settings


def _read_platforms(
    document: Mapping[str, Any], env_file: str | None
) -> tuple[dict[str, PlatformSettings], list[Fault]]:
    """Read each platform's settings: its variables, and its table of the file."""
    found: dict[str, PlatformSettings] = {}
    faults: list[Fault] = []
    for name, kind in settings_types().items():
        table, known = document.get(name, {}), kind.table()
        if not isinstance(table, dict):
            faults.append(Fault(name, "no table", f"Write a table, like [{name}]"))
            continue
        faults += [
            Fault(f"{name}.{key}", "no such key", nearest(key, known) or f"Known are {', '.join(known)}")
            for key in table
            if key not in known
        ]
        try:
            found[name] = kind(**{key: table[key] for key in known if key in table}, _env_file=env_file)
        except ValidationError as error:
            examples = {key: str((kind.model_fields[key].examples or [key])[0]) for key in known}
            faults += platform_faults_of(error, name, examples)
    return found, faults


def sharing_faults(settings: Settings) -> list[Fault]:
    """Give what is missing beside the rest or does not go together, as each platform says of its own settings."""
    named = [
        Fault(
            f"channels[{number}].team", f"a channel on {channel.platform} is in no workspace of Slack's", "Leave it out"
        )
        for number, channel in enumerate(settings.channels)
        if channel.team and not ((kind := settings_of(channel.platform)) and kind.has_workspaces)
    ]
    return [*named, *(fault for part in settings.platforms.values() for fault in part.faults(settings.channels))]


def environment_names() -> dict[str, str]:
    """Give every setting of the environment with its description, in order: the process's, the sources', then each platform's."""
    found = dict(
        sorted(Settings.environment().items(), key=lambda one: one[0] in {secret.name.upper() for secret in SECRETS})
    )
    for kind in settings_types().values():
        found |= kind.environment()
    return found


def _unknown_variables(environ: Iterable[str]) -> list[Fault]:
    known = environment_names()
    ours = {name.removeprefix(PREFIX): name for name in known if name.startswith(PREFIX)}
    return [
        Fault(name, "no such setting", nearest(name.removeprefix(PREFIX), ours) or f"Known are {', '.join(known)}")
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known and not name.startswith(f"{PREFIX}REQUIRE_")
    ]


def _read_dotenv() -> tuple[dict[str, str | None], list[Fault]]:
    """Read `.env`, if there is one, to see which names it sets; pydantic-settings reads the values by itself."""
    from dotenv import dotenv_values  # noqa: PLC0415 - pydantic-settings brings it

    try:
        return dotenv_values(DOTENV, encoding="utf-8"), []
    except UnicodeDecodeError as error:
        return {}, [Fault(DOTENV, f"not readable as UTF-8 ({error.reason})", "Save it as UTF-8")]


def _changed_at(named: str | None) -> int:
    try:
        return Path(named or DEFAULT_CONFIG).stat().st_mtime_ns
    except OSError:
        return 0


def _read_file(named: str | None) -> tuple[dict[str, Any], list[Fault]]:
    """Read the TOML file, if there is one; what is wrong with it as a whole is a fault."""
    path = Path(named or DEFAULT_CONFIG)
    if not path.exists():
        missing = Fault("PAPERROUND_CONFIG", f"there is no file {path}", "Name an existing TOML file, or unset it")
        return {}, [missing] if named else []
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        return {}, [
            Fault(str(path), f"not readable as TOML ({error})", f"Mend line {line[1]}" if line else "Mend its end")
        ]
    except UnicodeDecodeError:
        return {}, [Fault(str(path), "not readable as TOML (it is not UTF-8)", "Save it in UTF-8")]
    except OSError as error:
        return {}, [
            Fault(
                str(path), f"not readable as TOML ({error.strerror})", "Let Paper Round read it, or name another file"
            )
        ]
    faults = [
        Fault(
            key, f"no such key in {path.name}", nearest(key, file_tables()) or f"Known are {', '.join(file_tables())}"
        )
        for key in document
        if key not in file_tables()
    ]
    return {key: value for key, value in document.items() if key in file_tables()}, faults
