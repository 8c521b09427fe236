"""
The files for containers and services: by their own linters, and with the settings loaded that each would hold. Nothing is run: there is no
container engine where the tests run.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import typer
import yaml
from dotenv import dotenv_values
from sqlalchemy import QueuePool, make_url

from adapters.queue.shared import CONNECTIONS
from adapters.storage.database import create_engine
from scheduler.__main__ import _run
from scheduler.bootstrap import feature_file
from scheduler.cli import app
from scheduler.jobs.requests import is_prompt, places
from scheduler.platforms import PLATFORMS
from scheduler.services import SERVED, Services
from scheduler.settings.settings import load_settings

ROOT = Path(__file__).parents[2]


@pytest.mark.process
def test_dockerfile() -> None:
    """Hadolint finds nothing to mend."""
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([str(hadolint), "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


COMPOSE = ("compose.yaml", "deploy/compose/sqlite.yaml")


@pytest.mark.process
@pytest.mark.parametrize("file", COMPOSE)
def test_compose(file: str) -> None:
    """A compose file is valid by the schema of the Compose Specification."""
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", file]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_goes_into_the_image() -> None:
    """The build copies everything that it installs, and neither secrets nor a database."""
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*"
    assert {
        "!adapters",
        "!bot",
        "!scheduler",
        "!requirements.lock",
        "!pyproject.toml",
        "!README.md",
        "!LICENSE",
    } <= set(ignored)
    assert not [line for line in ignored if line.startswith("!") and (".env" in line or ".db" in line)]


def test_containers_write_to_their_volumes_alone() -> None:
    """Paper Round's containers have a read-only file system and no rights that they do not need."""
    services = [one for file in COMPOSE for one in composed(file).items()]
    ours = {name: one for name, one in services if one["image"] == "paperround"}
    assert {"migrate", "web", "worker", "clock", "discord", "paperround"} == ours.keys()
    for service in ours.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
    assert "\nUSER 10001\n" in (ROOT / "Dockerfile").read_text("utf-8")


def composed(file: str) -> dict[str, dict[str, Any]]:
    """The services of a compose file, by name."""
    services: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / file).read_text("utf-8"))["services"]
    return services


OURS = [(file, name) for file in COMPOSE for name, one in composed(file).items() if one["image"] == "paperround"]


def asked_for(file: str) -> tuple[dict[str, str], str]:
    """What a compose file says at its top that `.env` and `paperround.toml` have to hold, to the letter."""
    text = (ROOT / file).read_text("utf-8")
    lines = [line[4:] for line in text.partition("name: paperround")[0].splitlines() if line.startswith("#   ")]
    table = lines.index("[web]")
    variables = dotenv_values(stream=StringIO("\n".join(line for line in lines[:table] if "=" in line)))
    return {name: value or "" for name, value in variables.items()}, "\n".join(lines[table:])


def environment_of(file: str, service: str, dotenv: dict[str, str]) -> dict[str, str]:
    """The variables that a container of ours begins with: the image's, then those of `.env`, then those of the compose file."""
    image = (ROOT / "Dockerfile").read_text("utf-8").partition("\nENV ")[2].partition("\nUSER")[0]
    found = dict(one.split("=", 1) for one in shlex.split(image.replace("\\\n", " ")))
    one = composed(file)[service]
    assert one["env_file"] == [".env"]
    written = {
        name: re.sub(r"\$\{(\w+)[^}]*\}", lambda variable: dotenv[variable[1]], value)
        for name, value in one["environment"].items()
    }
    return {**found, **dotenv, **written}


@pytest.mark.parametrize(("file", "service"), OURS)
def test_settings(file: str, service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever follows a compose file to the letter has settings that load, a page that goes by its name, and a database that is reached."""
    dotenv, table = asked_for(file)
    hard = "p@ss/word:100%#"
    if "POSTGRES_PASSWORD" in dotenv:
        dotenv["POSTGRES_PASSWORD"] = hard
    environment = environment_of(file, service, dotenv)
    (volume,) = [one for one in composed(file)[service]["volumes"] if "paperround.toml" in one]
    assert volume == f"./paperround.toml:{environment['PAPERROUND_CONFIG']}:ro"
    (tmp_path / "paperround.toml").write_text(table, "utf-8")
    monkeypatch.chdir(tmp_path)
    for name, value in {**environment, "PAPERROUND_CONFIG": "paperround.toml"}.items():
        if name != "PATH":
            monkeypatch.setenv(name, value.replace("sqlite:////data", f"sqlite:///{tmp_path}"))
    settings = load_settings()
    assert dotenv["DOMAIN"] in settings.web.hosts
    assert settings.password is not None  # the page listens on every address of the container
    (subnet,) = yaml.safe_load((ROOT / file).read_text("utf-8"))["networks"]["inside"]["ipam"]["config"]
    assert subnet["subnet"] in map(str, settings.web.proxies)
    address = make_url(settings.database_url.get_secret_value())
    if address.get_backend_name() == "postgresql":
        database = composed(file)["postgres"]["environment"]
        assert (address.username, address.host, address.database) == (
            database["POSTGRES_USER"],
            "postgres",
            "paperround",
        )
        # libpq, with which everything of ours connects, takes from PGPASSWORD what is not in the address.
        assert (address.password or environment.get("PGPASSWORD")) == hard


@pytest.mark.parametrize("file", COMPOSE)
def test_what_a_compose_file_needs(file: str) -> None:
    """Each variable that a compose file puts in is one that its top asks for."""
    text = (ROOT / file).read_text("utf-8")
    assert set(re.findall(r"\$\{(\w+)(?!\w|:[-+])", text)) <= asked_for(file)[0].keys()


def test_a_plain_start_is_the_right_one() -> None:
    """How many there are of a role, and whether Discord's runs, stands in `.env`: on a command line the next plain `up -d`, as of an upgrade, would undo it."""
    guide, file = ((ROOT / name).read_text("utf-8") for name in ("docs/operations.md", "compose.yaml"))
    assert [] == re.findall(r"--scale|--profile", guide + file)
    assert {f"{name.upper()}S" for name, one in composed("compose.yaml").items() if "deploy" in one} == set(
        scaled_in(guide)
    )
    (profile,) = composed("compose.yaml")["discord"]["profiles"]
    assert f"`COMPOSE_PROFILES={profile}`" in guide


def scaled_in(guide: str) -> dict[str, int]:
    """How many of a role the guide starts at most, by the variable that says so."""
    return {name: int(count) for name, count in re.findall(r"`(WEBS|WORKERS)=(\d+)`", guide)}


def test_recipes_stand_in_one_place() -> None:
    """The guides link to the compose files and repeat none of them: a recipe that stands twice differs soon."""
    guides = {path.name: path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")}
    assert [] == [name for name, text in guides.items() if "\nservices:\n" in text]
    for file in COMPOSE:
        assert f"(../{file})" in guides["proxies.md"]


async def test_connections() -> None:
    """As many processes as the guide starts at most find connections left, those that PostgreSQL keeps for its superuser put aside."""
    guide = (ROOT / "docs" / "operations.md").read_text("utf-8")
    line = next(line for line in guide.splitlines() if line.startswith("- **Connections**"))
    web, worker = (int(re.search(rf"a {kind} .*?up to (\d+)", line)[1]) for kind in ("web", "worker"))  # type: ignore[index]
    scaled = {name.lower().removesuffix("s"): count for name, count in scaled_in(guide).items()}
    started = {name for name, one in composed("compose.yaml").items() if one["image"] == "paperround"} - {"migrate"}
    each = {"web": web, "worker": worker, "discord": web, "clock": web}
    wanted = sum(each[name] * scaled.get(name, 1) for name in started)
    most = int(re.search(r"max_connections=(\d+)", composed("compose.yaml")["postgres"]["command"])[1])  # type: ignore[index]

    kept_for_superusers = 3
    assert {"web", "worker"} <= scaled.keys()
    assert wanted + kept_for_superusers <= most
    assert str(most) in line
    # The guide's figures hold what the code opens: the engine's pool, the queue's, and what is listened to.
    engine = create_engine("postgresql://host/papers")
    pool = cast("QueuePool", engine.sync_engine.pool)
    opened = pool.size() + pool._max_overflow + CONNECTIONS
    prompt = [queue for queue in places(cast("Services", SimpleNamespace(platforms=PLATFORMS)), 1) if is_prompt(queue)]
    assert web > opened
    assert worker > opened + len(prompt)
    await engine.dispose()


def commands() -> list[tuple[str, str]]:
    """Every command line of ours in the Procfile, the compose file and the units, with where it stands."""
    lines = [
        (f"Procfile: {line.partition(':')[0]}", line.partition(":")[2].strip())
        for line in (ROOT / "Procfile").read_text("utf-8").splitlines()
    ]
    lines += [
        (f"{file}: {name}", one["command"])
        for file in COMPOSE
        for name, one in composed(file).items()
        if one["image"] == "paperround"
    ]
    for unit in sorted((ROOT / "deploy" / "systemd").glob("*.service")):
        text = unit.read_text("utf-8")
        (line,) = [one for one in text.splitlines() if one.startswith("ExecStart=")]
        for name, value in re.findall(r"^Environment=(\w+)=(\S+)$", text, re.MULTILINE):
            line = line.replace(f"${{{name}}}", f"${{{name}:-{value}}}")  # what .env says goes before it
        lines.append((unit.name, line.removeprefix("ExecStart=").rpartition("/")[2]))
    return lines


@pytest.mark.parametrize(("where", "line"), commands(), ids=lambda one: one if ":" in one or "." in one else "")
def test_commands(where: str, line: str) -> None:
    """Each is a command that there is, with options that it takes."""
    named = re.sub(r"\$\{[A-Z]+:-(\d+)\}", r"\1", line).replace("%i", "0-3" if "discord" in where else "8321")
    for shards in ("", "0-3"):
        words = shlex.split(with_shards(named, shards))
        assert words[0] == "paperround", where
        command = typer.main.get_command(app).commands[words[1]]
        context = command.make_context(words[1], words[2:])
        if words[1] == "discord":
            told = "0-3" if "%i" in line else shards if "SHARDS" in line else ""
            assert context.params["shards"] == told


def with_shards(line: str, shards: str) -> str:
    """A command line as a shell or Compose reads it where `SHARDS` says this: `${SHARDS:+...}` stands for nothing where it is empty."""
    return re.sub(r"\$\{SHARDS:\+([^}]*)\}", lambda found: found[1].replace("$SHARDS", shards) if shards else "", line)


def test_shards_can_be_shared() -> None:
    """Whatever it is started by, a process on Discord's gateway can be given some of a bot's shards."""
    lines = {where: line for where, line in commands() if shlex.split(line)[1] == "discord"}
    assert {
        "Procfile: discord",
        "compose.yaml: discord",
        "paperround-discord.service",
        "paperround-discord@.service",
    } == set(lines)
    assert {"paperround-discord.service"} == {where for where, line in lines.items() if "--shards" not in line}


def test_one_concurrency() -> None:
    """A worker serves as many channels at once as `up` does, wherever it is started from, unless CONCURRENCY says otherwise: the figures of docs/scale.md are with these."""
    usual = str(SERVED.running)
    written = [re.search(r"--concurrency (?:\$\{CONCURRENCY:-)?(\d+)", line) for _, line in commands()]
    option = next(one for one in typer.main.get_command(app).commands["worker"].params if "--concurrency" in one.opts)

    assert {usual} == {found[1] for found in written if found}
    workers = [line for _, line in commands() if shlex.split(line)[1] == "worker"]
    assert len(workers) == 3
    assert [] == [line for line in workers if "--concurrency ${CONCURRENCY:-" not in line]
    assert option.default is None
    assert f"{usual} if not given" in (option.help or "")


@pytest.mark.process
def test_what_herokus_buildpack_does(tmp_path: Path) -> None:
    """The file it installs from names what is pinned, and its hook then puts the program of the Procfile on the path, without asking a registry."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-r requirements.lock"]
    pinned = (ROOT / "requirements.lock").read_text("utf-8")
    assert all(f"\n{name}==" in pinned for name in ("hatchling", "editables", "procrastinate", "mcp"))
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    environment = {"PATH": path, "PIP_TARGET": str(tmp_path), "PIP_NO_INDEX": "1", "HOME": str(tmp_path)}
    hook = ROOT / "bin" / "post_compile"
    done = subprocess.run([str(hook)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "bin" / "paperround").exists()


UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))


def directives(unit: Path) -> dict[str, str]:
    """What a unit sets in its service section."""
    lines = unit.read_text("utf-8").partition("[Service]\n")[2].partition("[Install]")[0].splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_wrong_setting_is_not_tried_for_ever(
    unit: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each unit is started again after a fault, and not after the code of one that the user has to mend."""
    monkeypatch.setenv("DATABASE_URL", "sqlite://nowhere")
    monkeypatch.setattr(sys, "argv", ["paperround", "status"])
    with pytest.raises(SystemExit) as ended:
        _run()
    assert "DATABASE_URL" in capsys.readouterr().err
    wanted = directives(unit)
    assert (wanted["Restart"], wanted["RestartPreventExitStatus"]) == ("always", str(ended.value.code))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_features_are_kept(unit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL the features of works are kept where the unit may write: homes are closed to it."""
    wanted = directives(unit)
    assert wanted["ProtectHome"] == "true"
    name, _, value = wanted["Environment"].partition("=")
    monkeypatch.setenv(name, value.replace("%C", str(tmp_path)))
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/paperround")
    monkeypatch.chdir(tmp_path)
    file = feature_file(load_settings())
    assert file is not None
    assert file.parent == tmp_path / wanted["CacheDirectory"]


def test_nowhere_to_keep_features(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the cache cannot be made, a warning says so."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/paperround")
    monkeypatch.chdir(tmp_path)
    assert feature_file(load_settings()) is None
    assert [getattr(record, "action", "") for record in caplog.records] == ["features_not_kept"]


def test_what_everybody_enables() -> None:
    """The guide's line for the roles names units that there are, and none that only somebody with a bot on Discord can start."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    first, *others = re.findall(r"`systemctl enable --now ([^`]+)`", text)
    assert "discord" not in first
    named = {re.sub("@.*", "@", one) for line in (first, *others) for one in line.split()}
    assert named == {"paperround.target", *(unit.stem for unit in UNITS)} - {"paperround"}


@pytest.mark.process
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_units(tmp_path: Path) -> None:
    """Systemd finds nothing wrong in the units, but that the program is not installed where they look for it."""
    for unit in (ROOT / "deploy" / "systemd").iterdir():
        program = "ExecStart=/srv/paperround/.venv/bin/paperround"
        (tmp_path / unit.name).write_text(unit.read_text("utf-8").replace(program, "ExecStart=/bin/true"), "utf-8")
    units = sorted(str(one) for one in tmp_path.iterdir())
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "paperround" in line]
    assert ours == []
