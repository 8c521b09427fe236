"""
What the service holds, and how long it keeps anybody waiting, when it runs for long: fifty channels at sixty times real time.

    python benchmarks/soak.py [--minutes N] [--speed N] [--where] [--trace [FRAMES]]

One process is the service as `paperround up` runs it: thirty local channels, ten on Slack (Socket Mode), ten on Discord, whose first digest is
due at once and whose second at a time of its own. Three others are the web (forty plain feeds, and ten of the worst), Slack and Discord with
people who react, answer, take back and hang up, and this one, which reads the page, clicks on it, and looks at the service from outside. The
worst feeds are plain for the first quarter of the run, and the worst they can be from then on, every other time they are asked, so that they
are never left alone for long.

Printed are resident memory (its slope by least squares over the last 60 % of the run, in MB an hour of the run and in MB a day of the clock
that it shows, with the standard error), open files, and what a sleep of 10 ms in the service's
event loop takes longer: before there is any work, while the service starts and fifty first digests go out, with plain feeds, and with the
worst ones; beside it the same sleep in a process that does nothing else, at the same time, on the same processors. `--where` also
says in which line of ours the loop was when it was late.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from benchmarks.local_feeds import body  # noqa: E402 - the path is set above

if TYPE_CHECKING:
    from scheduler.services import Services

MONDAY: Final = datetime(2026, 8, 17, tzinfo=UTC)
"""When a week begins: just before it, every channel gets its first digest, and in it the next."""

PLAIN, WEB, SLACK, DISCORD = 40, 30, 10, 10
PROBE: Final = 0.01
"""The sleep that is measured, in seconds."""

LATE: Final = 0.1
"""The aim: no more than one sleep in a hundred is so many seconds late."""

IDLE: Final = 10
"""How many seconds the service's loop is measured before there is any work."""

CALM: Final = 0.25
"""For which part of the run the worst feeds are plain."""

SETTLED: Final = 0.4
"""
After which part of the run the memory counts: every channel has had its first digest, the new week's go out evenly (to `BEFORE` and `SPREAD`),
the worst feeds have been asked, and what was read first has filled the caches.
"""

BEFORE: Final = 0.2
SPREAD: Final = 0.75
"""Which part of the run lies before the Monday, and over which part of it the digests of the new week are spread."""


# ---- the worst feeds


def _rss(items: str) -> bytes:
    head = "<title>Worst</title><link>https://worst.example/</link><description>Of them.</description>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def _item(place: int, description: str) -> str:
    link = f"https://worst.example/{place}"
    return f"<item><title>Post {place}</title><link>{link}</link><guid>{link}</guid><description>{description}</description></item>"


def worst() -> dict[str, bytes]:
    """Give what the worst feeds answer with, by name; `drip`, `hang` and `moved` are ways of answering."""
    many = _rss("".join(_item(place, "word " * 40) for place in range(14_000)))
    long = _rss(_item(1, "word " * 900_000))
    nested = _rss(_item(1, "&lt;div&gt;" * 300_000))
    deep = b"<rss><channel>" + b"<a>" * 1_200_000
    links = _rss(_item(1, "".join(f"&lt;a href='https://l.example/{n}'&gt;l&lt;/a&gt; " for n in range(70_000))))
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]><rss><channel><title>&l9;</title></channel></rss>'
    return {
        "many": many[:4_900_000] if len(many) > 4_900_000 else many,
        "long": long,
        "nested": nested,
        "deep": deep,
        "links": links,
        "entities": bomb.encode(),
        "bomb": gzip.compress(b"0" * 400_000_000, 9),
        "drip": b"",
        "hang": b"",
        "moved": b"",
    }


async def feeds() -> None:
    """Serve all feeds. The worst ones are plain until SIGUSR1 comes."""
    loop = asyncio.get_running_loop()
    bad = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, bad.set)
    bodies = {f"/plain/{number}": body(number) for number in range(PLAIN)}
    worse, asked = worst(), Counter[str]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                path = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
                name = path.removeprefix("/worst/").partition("/")[0]
                asked[path] += 1
                if path.startswith("/plain/"):
                    # What a feed says changes with time, a little.
                    writer.write(_answer(bodies[path].replace(b"Feed ", b"Feed %d " % (asked[path] // 8), 1)))
                elif bad.is_set() and (asked[path] % 2 or name == "moved"):
                    await _misbehave(name, worse[name], path, writer)
                else:
                    writer.write(_answer(body(hash(name) % 1000 + 1000)))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=256)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def _answer(sent: bytes, more: bytes = b"") -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n%s\r\n" % (len(sent), more)
        + sent
    )


async def _misbehave(name: str, sent: bytes, path: str, writer: asyncio.StreamWriter) -> None:
    if name == "moved":
        head = b"HTTP/1.1 302 Found\r\nLocation: " + path.encode() + b"/on\r\nContent-Length: 0\r\n\r\n"
        writer.write(head)
    elif name == "hang":
        await asyncio.sleep(3600)
    elif name == "drip":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n")
        for _ in range(4_000_000):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)
    else:
        writer.write(_answer(sent, b"Content-Encoding: gzip\r\n" if name == "bomb" else b""))


# ---- Slack and Discord, and their people


async def platforms() -> None:
    """Serve both, print where they are as one line of JSON, and let people act for ever."""
    from tests.fake_discord import fake_discord
    from tests.fake_slack import fake_slack

    async with fake_slack() as slack, fake_discord() as discord:
        for number in range(SLACK):
            channel = f"C{number:03}"
            slack.channels[channel] = {
                "id": channel,
                "name": f"papers-{number}",
                "is_member": True,
                "is_archived": False,
            }
            slack.messages[channel] = []
        discord.offset = MONDAY - timedelta(days=1) - datetime.now(UTC)
        rooms = [discord.channel(f"papers-{number}") for number in range(DISCORD)]
        where = {
            "slack": slack.url + "api/", "channels": [f"C{number:03}" for number in range(SLACK)],
            "discord": discord.url, "gateway": discord.gateway_url, "rooms": rooms,
        }  # fmt: skip
        print(json.dumps(where), flush=True)
        await asyncio.gather(_on_slack(slack, random.Random(1)), _on_discord(discord, random.Random(2)))


async def _on_slack(slack: Any, chance: random.Random) -> None:
    people = [slack.person(f"Member{number}") for number in range(20)]
    while True:
        await asyncio.sleep(chance.expovariate(4))
        channel = chance.choice([name for name in slack.messages if name != "C1"])
        cards = [one for one in slack.messages[channel] if "thread_ts" not in one or one["thread_ts"] == one["ts"]]
        if not cards:
            continue
        ts, who = chance.choice(cards)["ts"], chance.choice(people)
        if chance.random() < 0.01:
            await slack.hang_up(politely=chance.random() < 0.5)
        elif chance.random() < 0.2:
            await slack.reply(who, ts, "Worth our Friday. " * chance.randrange(1, 40), channel)
        else:
            await slack.react(
                who, ts, chance.choice(["star", "eyes", "thumbsdown", "white_check_mark", "shrug"]), channel
            )


async def _on_discord(discord: Any, chance: random.Random) -> None:
    people = [discord.user(f"Member{number}") for number in range(20)]
    while True:
        await asyncio.sleep(chance.expovariate(4))
        places = [channel for channel in discord.channels if discord.messages.get(channel)]
        if not places:
            continue
        channel, who = chance.choice(places), chance.choice(people)
        if chance.random() < 0.005:
            await discord.drop()
        elif discord.channels[channel]["type"] != 0:
            await discord.say(who, channel, "Worth our Friday. " * chance.randrange(1, 40))
        else:
            message = chance.choice(list(discord.messages[channel]))
            await discord.react(who, channel, message, chance.choice("⭐👀👎✅🤷"))


# ---- the service


async def service(speed: float, *, where: bool, trace: int | None) -> None:
    """Run it, and print a line of JSON each second: which sleeps were late by how much since the one before."""
    if trace is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, Trace(trace).look)
    from scheduler.bootstrap import configuration, open_services
    from scheduler.bootstrap.database import alone
    from scheduler.cli.up import _first
    from scheduler.logs import configure
    from scheduler.runner import Runner, tune_interpreter

    settings = configuration()
    configure(settings.log_level, settings.all_secrets())
    probe = Probe()
    feeling = asyncio.create_task(probe.run())
    if where:
        threading.Thread(target=probe.watch, args=(threading.get_ident(),), daemon=True).start()
    telling = asyncio.create_task(_tell(probe))
    await asyncio.sleep(IDLE)
    _say("part", "start")

    async def first(services: Services, address: str) -> None:
        await _first(services, address)
        _say("part", "plain feeds")

    async with open_services(settings, speed=speed) as services, alone(services):
        runner = Runner(services, "127.0.0.1", 0)
        _say("address", runner.address)
        tune_interpreter()
        await runner.serve(lambda: first(services, runner.address))
    feeling.cancel()
    telling.cancel()
    _say("late", probe.taken())
    for place, count in probe.places.most_common(12):
        _say("where", [count, place])


class Trace:
    """
    Says on each look after the first one which objects have become more since; with `frames`, where they were made, too.

    That costs several times the memory and the time. The heap's figures tell growth from holes: what is in use, and what is free but kept.
    """

    def __init__(self, frames: int) -> None:
        self._before: Any = None
        self._kinds: Counter[str] = Counter()
        self._frames = frames
        if frames:
            import tracemalloc

            tracemalloc.start(frames)

    def look(self) -> None:
        import gc

        gc.collect()
        _say("where", [0, f"heap: {_heap()}, {sys.getallocatedblocks()} blocks, {len(asyncio.all_tasks())} tasks"])
        kinds = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
        for kind, count in (kinds - self._kinds).most_common(40) if self._kinds else []:
            _say("where", [count, f"more of {kind}, {kinds[kind]} now"])
        self._kinds = kinds
        if self._frames:
            self._tell_places()

    def _tell_places(self) -> None:
        import tracemalloc

        now = tracemalloc.take_snapshot()
        for found in now.compare_to(self._before, "traceback")[:40] if self._before else []:
            way = " > ".join(f"{'/'.join(Path(one.filename).parts[-2:])}:{one.lineno}" for one in found.traceback)
            _say("where", [found.size_diff // 1024, f"KB ({found.count_diff:+} pieces) {way}"])
        self._before = now


def _heap() -> str:
    """Say what the C library's allocator holds, where it is glibc 2.33 or later; what Python's own holds is beside it."""
    import ctypes

    class Registry(ctypes.Structure):
        _fields_ = [
            (name, ctypes.c_size_t)
            for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
        ]

    try:
        ask = ctypes.CDLL(None).mallinfo2
    except (OSError, AttributeError):
        return "unknown"
    ask.restype = Registry
    found = ask()
    return f"{(found.uordblks + found.hblkhd) / 1e6:.1f} MB in use, {found.fordblks / 1e6:.1f} MB free"


def _say(what: str, value: object) -> None:
    sys.stdout.write("@" + json.dumps({what: value}) + "\n")
    sys.stdout.flush()


async def _tell(probe: Probe) -> None:
    while True:
        await asyncio.sleep(1)
        _say("late", probe.taken())


class Probe:
    """Measures by how many seconds a sleep of `PROBE` is late; `places` counts where the loop was meanwhile."""

    def __init__(self) -> None:
        self.places: Counter[str] = Counter()
        self._late: list[float] = []
        self._back = 0.0

    async def run(self) -> None:
        while True:
            began = time.perf_counter()
            self._back = began + PROBE
            await asyncio.sleep(PROBE)
            self._late.append(round(time.perf_counter() - began - PROBE, 5))

    def taken(self) -> list[float]:
        late, self._late = self._late, []
        return late

    def watch(self, loop: int) -> None:
        """Look from another thread where the loop's thread is while it is late."""
        while True:
            time.sleep(LATE / 4)
            if time.perf_counter() - self._back > LATE / 2:
                frames = traceback.extract_stack(sys._current_frames()[loop])  # noqa: SLF001 - the documented way
                ours = [one for one in frames if str(CHECKOUT) in one.filename and ".venv" not in one.filename]
                named = [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in (*ours[-2:], frames[-1])]
                self.places[" > ".join(named)] += 1


def configured(feeds_at: str, places: dict[str, Any], span: timedelta) -> str:
    """Give the configuration: after its first digest every channel is due once more, spread over the run."""
    from adapters.sources.catalog import specs

    rooms = [
        *(("web", f"web-{number}") for number in range(WEB)),
        *(("slack", one) for one in places["channels"]),
        *(("discord", one) for one in places["rooms"]),
    ]
    random.Random(3).shuffle(rooms)
    tables = ["[fetch]\nallow_private = true\ndeadline_seconds = 5\n"]
    tables += [f"[sources.{spec.id}]\nenabled = false\n" for spec in specs() if spec.enabled]
    tables += [_source(f"plain-{number}", f"{feeds_at}/plain/{number}") for number in range(PLAIN)]
    tables += [_source(f"worst-{name}", f"{feeds_at}/worst/{name}") for name in worst()]
    for number, (platform, place) in enumerate(rooms):
        due = MONDAY + SPREAD * span * (number + 0.5) / len(rooms)
        tables.append(
            f'[[channels]]\nname = "{platform}-{number}"\nplatform = "{platform}"\nid = "{place}"\nzone = "UTC"\n'
            f'weekday = {due.isoweekday()}\ntime = "{due:%H:%M}"\nbudget_minutes = 60\ntopics = ["sparse attention"]\n'
        )
    return "\n".join(tables)


def _source(name: str, url: str) -> str:
    return f'[sources.{name}]\nkind = "feed"\nname = "{name}"\nurl = "{url}"\nsection = "labs"\n'


# ---- looking at it from outside


class Watched:
    """What was seen of the service: its memory and files over time, and its late sleeps in each part of the run."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.began = time.perf_counter()
        self.memory: list[tuple[float, float]] = []
        self.files: list[tuple[float, int]] = []
        self.reading: list[float] = []
        self.late: dict[str, list[float]] = {"idle": [], "start": [], "plain feeds": [], "the worst feeds": []}
        self.beside: dict[str, list[float]] = {name: [] for name in self.late}
        self.places: list[tuple[int, str]] = []
        self.address = ""
        self.open = asyncio.Event()
        self.part = "idle"
        self.own = Probe()

    def look(self) -> None:
        """Look at memory and files, and take the late sleeps of this process, which does nothing else."""
        at = time.perf_counter() - self.began
        with contextlib.suppress(OSError):
            self.memory.append((at, _resident(self.pid)))
            self.files.append((at, len(list(Path(f"/proc/{self.pid}/fd").iterdir()))))
            self.reading.append(sum(_resident(child) for child in _children(self.pid)))
        self.beside[self.part] += self.own.taken()

    async def hear(self, lines: asyncio.StreamReader) -> None:
        """Read what the service says."""
        async for line in lines:
            if not line.startswith(b"@"):
                continue
            ((what, value),) = json.loads(line[1:]).items()
            if what == "address":
                self.address = value
                self.open.set()
            elif what == "part":
                self.part = value
            elif what == "where":
                self.places.append((value[0], value[1]))
            else:
                self.late[self.part] += value


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            yield from map(int, (task / "children").read_text().split())


async def people(watched: Watched) -> None:
    """Read the page and act on it, as somebody with a browser."""
    import re

    import httpx

    chance = random.Random(4)
    await watched.open.wait()
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": watched.address, "Accept": "application/json"}
    async with httpx.AsyncClient(base_url=watched.address, headers=headers, timeout=30) as browser:
        with contextlib.suppress(httpx.HTTPError):
            await browser.post("/you", data={"name": "Ada"})
        while True:
            await asyncio.sleep(chance.expovariate(1))
            with contextlib.suppress(httpx.HTTPError):
                page = await browser.get(f"/c/web-{chance.randrange(WEB)}", headers={"Accept": "text/html"})
                if found := re.findall(r'action="(/c/[^"]+/m/[^"]+)/reactions"', page.text):
                    path = chance.choice(found)
                    await browser.post(f"{path}/reactions", data={chance.choice(["put", "take"]): "⭐"})
                    await browser.post(
                        f"{path}/replies", data={"text": "Worth our Friday.", "token": os.urandom(8).hex()}
                    )


def slope(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """
    Give the slope by least squares, an hour, of points whose first number is seconds, and its standard error.

    The error is reckoned from the means of twelve equal pieces: one second's memory is nearly the same as the next one's, so that the
    seconds themselves would seem to know it far better than they do.
    """
    piece = max(len(points) // 12, 1)
    pieces = [points[start : start + piece] for start in range(0, len(points) - piece + 1, piece)]
    at = [statistics.fmean(each / 3600 for each, _ in one) for one in pieces]
    size = [statistics.fmean(value for _, value in one) for one in pieces]
    found, base = statistics.linear_regression(at, size)
    left = sum((value - base - found * each) ** 2 for each, value in zip(at, size, strict=True))
    spread = sum((each - statistics.fmean(at)) ** 2 for each in at)
    return found, (left / max(len(at) - 2, 1) / spread) ** 0.5


def cut(late: Sequence[float]) -> tuple[float, float, float]:
    """Give the median, the 99th percentile and the longest, in milliseconds."""
    if len(late) < 2:
        return 0.0, 0.0, 0.0
    cuts = statistics.quantiles(late, n=100)
    return cuts[49] * 1000, cuts[98] * 1000, max(late) * 1000


@contextlib.asynccontextmanager
async def part(*arguments: str, **more: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a part of this script in a process of its own, for the length of the block."""
    command = [sys.executable, str(CHECKOUT / "benchmarks" / "soak.py"), *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, limit=1 << 24, **more)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 30)
        except TimeoutError:
            process.kill()


async def soak(arguments: argparse.Namespace, folder: str, log: IO[str]) -> Watched:
    """Run everything for so many minutes; give what was seen. The service writes to `log`."""
    seconds, span = arguments.minutes * 60, timedelta(minutes=arguments.minutes * arguments.speed)
    start = MONDAY - BEFORE * span
    async with contextlib.AsyncExitStack() as stack:
        web = await stack.enter_async_context(part("--part", "feeds"))
        rooms = await stack.enter_async_context(part("--part", "platforms"))
        assert web.stdout
        assert rooms.stdout
        feeds_at = (await web.stdout.readline()).decode().strip()
        places = json.loads(await rooms.stdout.readline())
        (Path(folder) / "paperround.toml").write_text(configured(feeds_at, places, span))
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PAPERROUND_", "DATABASE_"))}
        environment = own | {
            "PYTHONPATH": str(CHECKOUT), "PAPERROUND_NOW": start.isoformat(), "PAPERROUND_LOG_LEVEL": "WARNING",
            "SLACK_BOT_TOKEN": "xoxb-test", "SLACK_APP_TOKEN": "xapp-test", "SLACK_API_URL": places["slack"],
            "DISCORD_BOT_TOKEN": "wire-token.of.a-bot", "DISCORD_API_URL": places["discord"], "DISCORD_GATEWAY_URL": places["gateway"],
        }  # fmt: skip
        chosen = [
            "--speed",
            str(arguments.speed),
            *(["--where"] if arguments.where else []),
            *([] if arguments.trace is None else ["--trace", str(arguments.trace)]),
        ]
        process = await stack.enter_async_context(
            part("--part", "service", *chosen, cwd=folder, env=environment, stderr=log)
        )
        assert process.stdout
        watched = Watched(process.pid)
        hearing = asyncio.create_task(watched.hear(process.stdout))
        tasks = [asyncio.create_task(watched.own.run()), asyncio.create_task(people(watched))]
        looks = [] if arguments.trace is None else [each * seconds for each in (SETTLED, 0.7, 0.97)]
        while (at := time.perf_counter() - watched.began) < seconds and process.returncode is None:
            await asyncio.sleep(1)
            watched.look()
            if looks and at > looks[0]:
                looks.pop(0)
                process.send_signal(signal.SIGUSR2)
            if at > CALM * seconds and watched.part == "plain feeds":
                watched.part = "the worst feeds"
                web.send_signal(signal.SIGUSR1)
        ended = process.returncode
        for task in tasks:
            task.cancel()
        if ended is None:
            process.terminate()
        await hearing
    if ended is not None:
        raise SystemExit(f"The service ended by itself: {ended}")
    return watched


def show(watched: Watched, folder: str, minutes: float, speed: float) -> None:
    settled = [point for point in watched.memory if point[0] > SETTLED * minutes * 60]
    files = [count for at, count in watched.files if at > SETTLED * minutes * 60]
    reading = max(watched.reading, default=0)
    (grown, error), highest = slope(settled), max(value for _, value in watched.memory)
    print(
        f"resident: {settled[0][1]:.0f} MB at {SETTLED:.0%} of the run, {settled[-1][1]:.0f} MB at its end, {highest:.0f} MB at most"
    )
    print(
        f"          {grown:+.1f} ± {error:.1f} MB an hour of the run, {grown * 24 / speed:+.2f} ± {error * 24 / speed:.2f} MB a day of its clock; "
        f"the reading processes besides: {reading:.0f} MB at most"
    )
    tenths = [watched.memory[len(watched.memory) * n // 10][1] for n in range(1, 10)]
    print(f"          at each tenth of the run: {', '.join(f'{value:.0f}' for value in tenths)}")
    first, last = files[: len(files) // 4], files[-len(files) // 4 :]
    print(
        f"open files: {min(files)} to {max(files)}, median {statistics.median(first):.0f} at first, {statistics.median(last):.0f} in the end"
    )
    print(
        f"\n{'a sleep of 10 ms is late by':28} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'sleeps':>8}   p99 of the process beside, ratio"
    )
    for name, late in watched.late.items():
        p50, p99, most = cut(late)
        _, beside, _ = cut(watched.beside[name])
        ratio = p99 / beside if beside else 0
        print(f"{name:28} {p50:8.2f} {p99:8.2f} {most:8.1f} {len(late):8}   {beside:8.2f} {ratio:8.1f}")
    for count, place in watched.places:
        print(f"{count:6}  {place}")
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"\nload after: {load}")
    print(" · ".join(f"{count} {what}" for what, count in counted(folder).items()))


def counted(folder: str) -> dict[str, int]:
    """Count what the run did, to show that it did something."""
    import sqlite3

    with contextlib.closing(sqlite3.connect(f"file:{folder}/paperround.db?mode=ro", uri=True)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        wanted = [
            name for name in ("digests", "postings", "entries", "events", "reactions", "summaries") if name in tables
        ]
        found = {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in wanted}
        weeks = database.execute("SELECT week, count(*) FROM digests GROUP BY week").fetchall()
        return {**found, **{f"digests of {week}": count for week, count in weeks}}


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", 1)[0])
    reader.add_argument("--minutes", type=float, default=20)
    reader.add_argument("--speed", type=float, default=60)
    reader.add_argument("--where", action="store_true", help="say where the loop was when it was late")
    reader.add_argument(
        "--trace",
        type=int,
        nargs="?",
        const=0,
        metavar="FRAMES",
        help="say which objects become more, and where they were made",
    )
    reader.add_argument("--log", default=os.devnull, help="write the service's log there")
    reader.add_argument("--part", choices=["feeds", "platforms", "service"], help=argparse.SUPPRESS)
    arguments = reader.parse_args()
    parts: dict[str, Callable[[], Any]] = {
        "feeds": feeds,
        "platforms": platforms,
        "service": lambda: service(arguments.speed, where=arguments.where, trace=arguments.trace),
    }
    if arguments.part:
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(parts[arguments.part]())
        return
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    channels = WEB + SLACK + DISCORD
    print(
        f"{channels} channels, {arguments.minutes:g} minutes at {arguments.speed:g} times real time; {os.cpu_count()} cores, load before: {load}\n"
    )
    with tempfile.TemporaryDirectory() as folder, Path(arguments.log).open("w") as log:
        show(asyncio.run(soak(arguments, folder, log)), folder, arguments.minutes, arguments.speed)


if __name__ == "__main__":
    main()
