"""Settings are right, or every fault is told at once; and no secret is ever told."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.due import channel_due_period, channel_next_due, channel_window
from bot.errors import Fault, SettingsError
from bot.model import DEFAULT_MEANINGS, Channel, Meaning
from scheduler.settings.faults import PLAIN, faults_of
from scheduler.settings.settings import ChannelTable, Settings, environment_names, keys_of_tables, load_settings
from tests.examples import examples

Write = Callable[..., Path]

# What TOML can say.
ANYTHING = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=300) | st.datetimes() | st.dates() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
GOOD_DATABASES = (
    "sqlite:///paperround.db", "sqlite+aiosqlite:////var/lib/paperround.db", "sqlite:///a%20b.db", "sqlite:///file:x.db?uri=true",
    "postgresql://host/name", "postgres://me@host:5432/name", "postgresql+psycopg://me:p%40ss@[::1]:5432/name?sslmode=require",
    "postgresql:///name?host=/var/run/postgresql", "postgresql://me:@/name",
)  # fmt: skip


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working directory, and an environment without any setting of ours."""
    for name in [*environment_names(), *(name for name in os.environ if name.startswith("PAPERROUND_"))]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configured(toml: str) -> Settings:
    Path("paperround.toml").write_text(toml, "utf-8")
    return load_settings()


def faults(toml: str = "", **environ: str) -> dict[str, Fault]:
    """The faults of a configuration, by key."""
    if toml:
        Path("paperround.toml").write_text(toml, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        with pytest.raises(SettingsError) as raised:
            load_settings()
    return {fault.key: fault for fault in raised.value.faults}


def only_fault(toml: str = "", **environ: str) -> str:
    (fault,) = faults(toml, **environ).values()
    return str(fault)


class TestDefaults:
    def test_one_local_channel(self) -> None:
        """Without any configuration there is one local channel, on Monday at nine, UTC, with an hour to read."""
        assert load_settings().channel_list() == (Channel(name="general", platform="web", id="general"),)

    def test_everything_else(self) -> None:
        """Without any configuration everything is kept beside us, served on loopback, and no secret is set."""
        plain = load_settings()

        assert plain.database_url.get_secret_value() == "sqlite:///paperround.db"
        assert (plain.web.host, plain.web.port) == ("127.0.0.1", 8321)
        assert plain.web.proxies == ("127.0.0.1", "::1")
        assert (plain.now, plain.password, plain.secrets(), plain.all_secrets()) == (None, None, {}, frozenset())
        assert plain.fetch.allow_private is False

    def test_nothing_is_written(self, place: Path) -> None:
        """Reading settings leaves no trace."""
        load_settings()

        assert list(place.iterdir()) == []


class TestChannels:
    def test_a_channel(self) -> None:
        """A channel is what its table says."""
        given = configured(
            """
            [[channels]]
            name = "reading-club"
            platform = "discord"
            id = 123456789012345678
            zone = "Europe/Berlin"
            weekday = "friday"
            time = "16:30"
            budget_minutes = 45
            explore = 0.3
            topics = ["agent safety", "robots"]
            sources = ["arxiv"]
            """
        )

        assert given.channel_list() == (
            Channel(
                name="reading-club",
                platform="discord",
                id="123456789012345678",
                zone="Europe/Berlin",
                weekday=5,
                time=time(16, 30),
                budget_minutes=45,
                explore=0.3,
                topics=("agent safety", "robots"),
                sources=("arxiv",),
            ),
        )

    @pytest.mark.parametrize(
        ("written", "number"), [('"Monday"', 1), ('"sun"', 7), ('"tu"', 2), ("3", 3), ('" friday "', 5)]
    )
    def test_weekdays(self, written: str, number: int) -> None:
        """A weekday is written by its name, as short as it is clear, or by its number."""
        assert configured(f'[[channels]]\nname = "a"\nweekday = {written}').channel_list()[0].weekday == number

    @pytest.mark.parametrize("written", ['"09:15"', '"9:15"', "09:15:00"])
    def test_times(self, written: str) -> None:
        """A time is written as text or as TOML's own."""
        assert configured(f'[[channels]]\nname = "a"\ntime = {written}').channel_list()[0].time == time(9, 15)

    def test_emoji(self) -> None:
        """A channel's own emoji come before those of all, and those before the usual ones."""
        given = configured(
            """
            [emoji]
            "🔥" = "must-read"
            [[channels]]
            name = "a"
            [[channels]]
            name = "b"
            emoji = {"🙈" = "skip"}
            """
        ).channel_list()

        assert [dict(one.meanings) for one in given] == [{"🔥": Meaning.MUST_READ}, {"🙈": Meaning.SKIP}]

    def test_usual_emoji(self) -> None:
        """A channel that says nothing of emoji has the usual ones."""
        assert configured('[[channels]]\nname = "a"').channel_list()[0].meanings == DEFAULT_MEANINGS


class TestFaults:
    def test_all_at_once(self) -> None:
        """Whatever is wrong is told in one go, each fault with its key, in the order of the keys."""
        found = faults(
            """
            chanels = []
            [[channels]]
            nmae = "x"
            platform = "irc"
            zone = "Europe/Berlim"
            weekday = "someday"
            time = "25:00"
            budget_minutes = 1
            explore = 2
            topics = "agents"
            [[channels]]
            name = "a b"
            platform = "slack"
            [web]
            port = 99999
            hots = "x"
            [fetch]
            at_once = 0
            [emoji]
            "⭐" = "love"
            [sources]
            arxiv = 3
            """,
            PAPERROUND_LOG_LEVEL="loud",
            PAPERROUND_NWO="2026-08-17T09:00:00+00:00",
            PAPERROUND_NOW="soon",
        )

        assert list(found) == [
            "PAPERROUND_LOG_LEVEL",
            "PAPERROUND_NOW",
            "PAPERROUND_NWO",
            "chanels",
            "channels[0].budget_minutes",
            "channels[0].explore",
            "channels[0].name",
            "channels[0].nmae",
            "channels[0].platform",
            "channels[0].time",
            "channels[0].topics",
            "channels[0].weekday",
            "channels[0].zone",
            "channels[1].name",
            "emoji.⭐",
            "fetch.at_once",
            "sources.arxiv",
            "web.hots",
            "web.port",
        ]
        assert [fault for fault in found.values() if not fault.problem or not fault.remedy] == []

    @pytest.mark.parametrize(
        ("toml", "words"),
        [
            ("chanels = []", "chanels: no such key in paperround.toml. Did you mean channels?"),
            ("database_url = 'x'", "database_url: no such key in paperround.toml. Known are channels, sources, fetch, web, chat, slack, "),
            ("[web]\nprot = 1", "web.prot: no such key. Did you mean port?"),
            ("[web]\nzzz = 1", "web.zzz: no such key. Known are host, port"),
            ("[[channels]]\nname='a'\nzone='europe/berlim'", "Did you mean Europe/Berlin?"),
            ("[[channels]]\nname='a'\nzone='../../etc/passwd'", "is no time zone. Write an IANA name"),
            ("[[channels]]\nname='a'\nzone=''", "is no time zone"),
            ("[[channels]]\nname='a'\nweekday=0", "1 (Monday) to 7 (Sunday)"),
            ("[[channels]]\nname='a'\nweekday='t'", "'t' is no weekday"),
            ("[[channels]]\nname='a'\nweekday=true", "True is no weekday"),
            ("[[channels]]\nname='a'\ntopics='x'", 'no list. Write a list, like topics = ["reward models", "agent safety"]'),
            ("[[channels]]\nname='a'\nplatform='discord'\nid='#a'", "'#a' is no channel id of Discord, which is a number. Turn on Developer Mode"),
            ("[discord]\nshard='2/2'", "'2/2' is no shard. Write its number, from 0, and how many there are"),
            ("[discord]\nshard='x'", "'x' is no shard"),
            ("[[channels]]\nname='a'\nplatform='slack'", 'a slack channel needs its id. Add id = "..."'),
            ("[[channels]]\nname='a'\ntopics=['b, the']", "channels[0].topics[1]: 'the' is in nearly all works. Write what works are about, like \"agent safety\""),
            ("[[channels]]\nname='a'\nfollow=['autor: Percy Liang']", "channels[0].follow[0]: There is no 'autor:'. Write author:, lab:, word: or source:. Did you mean author: Percy Liang?"),
            ("[[channels]]\nname='a'\nmute=['the']", "channels[0].mute[0]: 'the' is in nearly all works. Write what works are about, like word: world models"),
            ("[[channels]]\nname='a'\ntopics=['b', ' ']", 'channels[0].topics[1]: a topic without a word. Name it, like "agent safety"'),
            ("[[channels]]\nname='a. b'", "'a. b' is no name for the command line. Use letters"),
            ("[web]\nproxies=['caddy']", "web.proxies[0]: 'caddy' is no address and no network. Write an address or a network, like"),
            ("[web]\nproxies=['10.0.0.1', '0.0.0.0/0']", "web.proxies[1]: 0.0.0.0/0 is everybody, who could then claim any address"),
            ("[web]\nproxies='10.0.0.1'", 'web.proxies: no list. Write a list, like proxies = ["10.0.0.0/8"]'),
            ("[web]\nport='http'", "web.port: no whole number. Write digits without quotes, like port = 8080"),
            ("[web]\nport=80.5", "web.port: no whole number"),
            ("[fetch]\nat_once=1000", "fetch.at_once: not 128 or less. Write 128 or less, like at_once = 8"),
            ("[fetch]\nuser_agent=7", 'fetch.user_agent: no text. Write text in quotes, like user_agent = "our-reader/1.0"'),
            ("[slack]\noutsiders='perhaps'", "slack.outsiders: neither true nor false. Write one of the two without quotes, like outsiders = true"),
            ("[emoji]\n'⭐'='love'", """emoji.⭐: none of 'must-read', 'to-read', 'read' or 'skip'. Write one of them, like emoji = {"⭐" = "must-read"}"""),
            ("[[channels]]\nzone='UTC'", 'channels[0].name: missing. Add it, like name = "reading-group"'),
            ("[channels]\nname='a'", "A channel is a table of its own, [[channels]]"),
            ("web = 'x'", "no table. Write a table, like [web]"),
            ("a = = 1", "paperround.toml: not readable as TOML (Invalid value (at line 1, column 5)). Mend line 1"),
        ],
    )  # fmt: skip
    def test_problem_and_remedy(self, toml: str, words: str) -> None:
        """A fault of the file says what is wrong and what would be right."""
        assert words in only_fault(toml)

    def test_two_of_one_name_or_place(self) -> None:
        """Two channels have neither one name nor one place: both digests would go there. Each fault names both."""
        written = [
            ("a", "slack", "C1"), ("b", "slack", "C1"), ("a", "discord", "123456789012345678"), ("c", "web", "d"), ("d", "web", ""), ("C1", "web", ""),
        ]  # fmt: skip
        toml = "".join(f"[[channels]]\nname = '{n}'\nplatform = '{p}'\nid = '{i}'\n" for n, p, i in written)

        assert only_fault(toml) == (
            "channels: two channels are called 'a'; the channels 'a' and 'b' are one and the same place, slack 'C1'; "
            "the channels 'c' and 'd' are one and the same place, web 'd'. "
            "Give each a name of its own. Give each an id of its own"
        )

    @pytest.mark.parametrize("sign", ["", " ", "yes", "starry", "5", "⭐⭐", "⭐ x", "🏽", "::", ":a b:"])
    def test_what_is_no_emoji(self, sign: str) -> None:
        """What nobody can react with is told, blanks above all."""
        everywhere = faults(f"[emoji]\n'{sign}' = 'read'\n[[channels]]\nname = 'a'\nemoji = {{'{sign}' = 'read'}}")

        assert len(everywhere) == 2
        assert all("is no emoji. Write the emoji itself" in str(fault) for fault in everywhere.values())

    @pytest.mark.parametrize(
        "sign", ["⭐", "👎🏽", "❤️", "❤", "🇩🇪", "1️⃣", "👩‍🔬", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", ":shipit:", ":shipit:123456789012345678"]
    )
    def test_what_is_an_emoji(self, sign: str) -> None:
        """Emoji may be of several code points, wear a skin tone, or be a workspace's own."""
        assert list(configured(f"[emoji]\n'{sign}' = 'read'").channel_list()[0].meanings) == [sign]

    @settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.sampled_from([(table, key) for table, fields in keys_of_tables().items() for key in ("", *fields)]),
        ANYTHING,
    )
    def test_in_plain_words(self, where: tuple[str, str], value: object) -> None:
        """Whatever stands in a table, its faults are told in our words, with something to do that shows an example."""
        table, key = where
        row = {"name": "a", key: value} if table == "channels" else {key: value}
        document = {table: ([row] if table == "channels" else row) if key else value}
        try:
            Settings(**document)
        except ValidationError as error:
            kinds = {detail["type"] for detail in error.errors()} - {"value_error", "extra_forbidden"}
            told = [str(fault) for fault in faults_of(error, {table: ["name"]})]

            assert kinds <= set(PLAIN)
            assert [
                text for text in told if re.search("Input should|valid|parse|dictionary|tuple|Correct it", text)
            ] == []
            assert [
                text
                for text in told
                if not re.search(r"like |Known are|Did you mean|name = |Write it|id of its own", text)
            ] == []

    def test_bytes_that_are_no_text(self) -> None:
        """A variable that holds anything but UTF-8 is named, and its bytes are not."""
        told = "PAPERROUND_NOW: not readable as UTF-8. Write it in UTF-8, like PAPERROUND_NOW=2026-08-17T09:00:00+00:00"

        assert told == only_fault(PAPERROUND_NOW="\udcff")

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("PAPERROUND_NWO", "x", "PAPERROUND_NWO: no such setting. Did you mean PAPERROUND_NOW?"),
            ("PAPERROUND_PORT", "1", "PAPERROUND_PORT: no such setting. Known are PAPERROUND_CONFIG, DATABASE_URL"),
            ("PAPERROUND_CHANNELS", "x", "PAPERROUND_CHANNELS: no such setting"),
            ("PAPERROUND_WEB", "{}", "PAPERROUND_WEB: no such setting"),
            ("PAPERROUND_NOW", "2026-08-17T09:00:00", "the instant has no offset. Write it like 2026-08-17T09:00:00+00:00"),
            ("PAPERROUND_NOW", "soon", "no instant. Write date, time and offset, like PAPERROUND_NOW=2026-08-17T09:00:00+00:00"),
            ("PAPERROUND_NOW", "0001-01-01T00:00:00+14:00", "the instant is out of range"),
            ("PAPERROUND_NOW", "0001-01-03T00:00:00+00:00", "the instant is out of range: not between 1990 and 2200"),
            ("PAPERROUND_NOW", "9999-12-31T00:00:00+00:00", "the instant is out of range"),
            ("PAPERROUND_NOW", "1990-01-01T00:00:00+01:00", "the instant is out of range"),
            ("PAPERROUND_NOW", "7", "the instant is out of range"),
            ("PAPERROUND_PASSWORD", "sesame7", "PAPERROUND_PASSWORD: shorter than 8 characters, which is soon guessed"),
            ("PAPERROUND_PASSWORD", "sesame7    ", "Write at least 8"),
            ("PAPERROUND_LOG_LEVEL", "loud", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
            ("PAPERROUND_CONFIG", "nowhere.toml", "there is no file nowhere.toml. Name an existing TOML file, or unset it"),
            ("PAPERROUND_CONFIG", "/", "not readable as TOML"),
        ],
    )  # fmt: skip
    def test_environment(self, name: str, value: str, words: str) -> None:
        """A fault of the environment says what is wrong and what would be right."""
        assert words in only_fault(**{name: value})

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("PAPERROUND_PASWORD=x", "PAPERROUND_PASWORD: no such setting. Did you mean PAPERROUND_PASSWORD?"),
            ("PAPERROUND_NOW=2026-08-17T09:00:00", "the instant has no offset"),
            ("PAPERROUND_CONFIG=nowhere.toml", "there is no file nowhere.toml"),
            ("PAPERROUND_WEB=x", "PAPERROUND_WEB: no such setting"),
        ],
    )
    def test_dotenv(self, line: str, words: str) -> None:
        """A fault in .env is a fault like any other."""
        Path(".env").write_text(line + "\n", "utf-8")

        assert words in only_fault()

    def test_dotenv_in_another_encoding(self) -> None:
        """A .env that is no UTF-8 is a fault."""
        Path(".env").write_bytes("PAPERROUND_PASSWORD=é".encode("latin-1"))

        assert only_fault().startswith(".env: not readable as UTF-8")

    def test_file_in_another_encoding(self) -> None:
        """A file that is no UTF-8 is a fault."""
        Path("paperround.toml").write_bytes("[[channels]]\nname = 'é'".encode("latin-1"))

        assert only_fault().startswith("paperround.toml: not readable as TOML")

    @pytest.mark.parametrize(
        ("address", "words"),
        [
            ("paperround.db", "no address of a database. Write sqlite:///paperround.db, or postgresql://user:password@host/name"),
            ("mysql://u:s3krit@host/db", "begins with 'mysql', which is unknown here. Write sqlite:///"),
            ("Postgresql://u:s3krit@host/db", "begins with 'Postgresql', which is unknown here"),
            ("postgresql://u:s3krit@host:port/db", "no address of a database"),
            ("postgresql://u:s3krit@[x", "no address of a database"),
            ("postgresql://u:s3k@r1t@host/db", "an @ in a password is written %40"),
            ("sqlite://paperround.db", "names a server, and SQLite has none. Write three slashes before the file"),
            ("sqlite://u:s3krit@/paperround.db", "names a server"),
            ("sqlite://", "names no file, and what is kept in memory is soon lost"),
            ("sqlite:///", "names no file"),
            ("sqlite+aiosqlite:///:memory:", "names no file"),
            ("sqlite:///no.%20where/paperround.db", "no. where. Make it, or name a file elsewhere"),
            ("sqlite:///.", ". is a directory. Name a file in it, like sqlite:///./paperround.db"),
            (f"sqlite:///{'x' * 5000}/paperround.db", "there is no directory"),
        ],
    )  # fmt: skip
    def test_database(self, address: str, words: str) -> None:
        """An address that is none of a database is told with all other faults, and never a password in it."""
        found = faults("[web]\nport = -1", DATABASE_URL=address)

        assert list(found) == ["DATABASE_URL", "web.port"]
        assert words in str(found["DATABASE_URL"])
        assert not re.search("s3k|r1t", str(found["DATABASE_URL"]))

    @pytest.mark.parametrize("database", GOOD_DATABASES)
    def test_databases_of_ours(self, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every way of naming a database that the storage understands is right."""
        monkeypatch.setenv("DATABASE_URL", database)

        assert load_settings().database_url.get_secret_value() == database

    def test_faults_of_sources(self) -> None:
        """What the adapters find wrong with the sources is told together with everything else."""
        Path("paperround.toml").write_text("[sources.x]\nkind = 'y'\n[web]\nport = -1", "utf-8")

        def check(sources: Any) -> list[Fault]:
            return [Fault(f"sources.{name}", "wrong", "Right") for name in sources]

        with pytest.raises(SettingsError) as raised:
            load_settings(check)

        assert [fault.key for fault in raised.value.faults] == ["sources.x", "web.port"]


class TestReading:
    def test_dotenv(self) -> None:
        """Settings may stand in .env, beside names that are not ours."""
        Path(".env").write_text("OTHER=1\nDATABASE_URL=sqlite:///x.db\nX_BEARER_TOKEN=token-abc\n", "utf-8")
        read = load_settings()

        assert read.database_url.get_secret_value() == "sqlite:///x.db"
        assert read.secrets() == {"x_bearer_token": "token-abc"}

    def test_environment_comes_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the environment says counts before what .env says; empty says nothing."""
        Path(".env").write_text("PAPERROUND_LOG_LEVEL=ERROR\nDATABASE_URL=sqlite:///x.db\n", "utf-8")
        monkeypatch.setenv("PAPERROUND_LOG_LEVEL", "DEBUG")
        monkeypatch.setenv("DATABASE_URL", "")
        read = load_settings()

        assert (read.log_level, read.database_url.get_secret_value()) == ("DEBUG", "sqlite:///x.db")

    @pytest.mark.parametrize("where", ["environment", "dotenv"])
    def test_another_file(self, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """The file may be another one, named in the environment or in .env."""
        Path("other.toml").write_text("[web]\nport = 1234", "utf-8")
        Path("paperround.toml").write_text("[web]\nport = 4321", "utf-8")
        if where == "dotenv":
            Path(".env").write_text("PAPERROUND_CONFIG=other.toml", "utf-8")
        else:
            monkeypatch.setenv("PAPERROUND_CONFIG", "other.toml")

        assert load_settings().web.port == 1234

    def test_now(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An instant with an offset is kept in UTC."""
        monkeypatch.setenv("PAPERROUND_NOW", "2026-08-17T11:00:00+02:00")

        assert load_settings().now == datetime(2026, 8, 17, 9, 0, tzinfo=UTC)

    def test_the_first_and_last_instant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From the first instant to the last, every channel knows the weeks around it."""
        for instant in ("1990-01-01T00:00:00+00:00", "2200-12-31T23:59:59+00:00"):
            monkeypatch.setenv("PAPERROUND_NOW", instant)
            now, channel = load_settings().now, load_settings().channel_list()[0]

            assert now is not None
            assert channel_window(channel, channel_due_period(channel, now)).end <= now < channel_next_due(channel, now)

    @pytest.mark.parametrize("written", ["debug", "Debug", " DEBUG "])
    def test_log_level_in_any_case(self, written: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """How loud a log is does not depend on how loud it is asked for."""
        monkeypatch.setenv("PAPERROUND_LOG_LEVEL", written)

        assert load_settings().log_level == "DEBUG"

    def test_names_of_other_programs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Variables that only sound like our tables are none of ours."""
        plain = load_settings()
        for name in ("CHANNELS", "SOURCES", "WEB", "FETCH", "EMOJI", "NOW", "CONFIG", "ADMINS", "SHARD", "PLATFORMS"):
            monkeypatch.setenv(name, "{not json")

        assert plain == load_settings()


SECRETS = "PAPERROUND_PASSWORD X_BEARER_TOKEN REDDIT_FEED_TOKEN REDDIT_CLIENT_SECRET".split()
SECRET = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=6, max_size=20).map("s3krit-{}".format)


class TestSecrets:
    @settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.fixed_dictionaries(dict.fromkeys(SECRETS, SECRET)), st.booleans())
    def test_never_told(self, values: dict[str, str], broken: bool) -> None:  # noqa: FBT001 - drawn
        """No secret shows in a repr, a fault or an error and what it was raised from, whatever the secret is."""
        Path("paperround.toml").write_text("[web]\nport = 99999\nhots = 1" if broken else "", "utf-8")
        told = ""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in values.items():
                patch.setenv(name, value)
            password = quote(values["PAPERROUND_PASSWORD"], safe="")
            patch.setenv("DATABASE_URL", f"{'mysql' if broken else 'postgresql'}://me:{password}@host/db")
            if broken:
                patch.setenv("PAPERROUND_NOW", "soon")
            try:
                read = load_settings()
                told = f"{read!r} {read} {read.model_dump_json()}"
                assert set(values.values()) <= read.all_secrets()
            except SettingsError as error:
                told = f"{error!r} {error} {error.faults!r} {error.__context__!r} {error.__context__}"

        assert "s3krit" not in told
        assert told

    def test_unknown_names_tell_no_value(self) -> None:
        """A secret under a wrong name, or in the wrong file, is not told either."""
        found = faults("x_bearer_token = 's3krit'\n[web]\npassword = 's3krit'", PAPERROUND_PASWORD="s3krit")

        assert len(found) == 3
        assert "s3krit" not in "".join(str(fault) for fault in found.values())

    @pytest.mark.parametrize("url", ["postgresql://u:p%40ss-word@host/db", "postgres://u:p%40ss-word@host/db"])
    def test_password_of_the_database(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """The database's password is a secret of its own, as written and as meant."""
        monkeypatch.setenv("DATABASE_URL", url)

        assert load_settings().all_secrets() == {url, "p%40ss-word", "p@ss-word"}
        monkeypatch.setenv("PGPASSWORD", "p@ss/beside")
        assert load_settings().all_secrets() == {url, "p%40ss-word", "p@ss-word", "p@ss/beside"}


def test_environment_names_have_descriptions() -> None:
    """Every setting of the environment is described in a sentence without a full stop."""
    assert [name for name, text in environment_names().items() if not text or text.endswith(".")] == []


@pytest.mark.parametrize(
    ("platform", "pasted", "channel"),
    [
        ("slack", "https://lab.slack.com/archives/C0123ABCD", "C0123ABCD"),
        ("slack", "https://lab.slack.com/archives/C0123ABCD/p1755000000", "C0123ABCD"),
        ("slack", "https://app.slack.com/client/T0123ABCD/C0123ABCD", "C0123ABCD"),
        ("discord", "https://discord.com/channels/123456789012345678/223456789012345678", "223456789012345678"),
    ],
)
def test_a_pasted_address_of_a_channel(platform: str, pasted: str, channel: str) -> None:
    """What *Copy link* gives is understood as the channel's id."""
    assert channel == ChannelTable(name="reading", platform=platform, id=pasted).id


def test_what_is_deleted_stays_so() -> None:
    """Retention that is no longer than what a reconcile looks back for is refused: what it deletes would come back."""
    assert "comes back" in faults("[reconcile]\nweeks = 30\n[retention]\nmember_weeks = 30\n")["retention"].problem
    assert "retention" not in faults("[reconcile]\nweeks = 30\n[retention]\nmember_weeks = 31\n[fetch]\nx = 1\n")
