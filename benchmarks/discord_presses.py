"""
How long it takes on Discord from a tap on a card's button until the card that shows it was handed to Discord.

    python benchmarks/discord_presses.py [--presses N] [--rate A_SECOND]

Paper Round whole, on the wire server of the tests: the interaction comes over the gateway, is stored in SQLite before it is acknowledged, and
its card is drawn again over REST. The same is measured on Slack by `slack_events.py --presses`. What Discord itself would take is not in it,
nor its rate limits, below which the pace of redraws stays by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from adapters.discord.platform import DiscordPlatform, DiscordTiming
from adapters.discord.rest import Endpoints
from adapters.storage.database import create_engine
from adapters.storage.migrations import migrate
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.model import Channel
from bot.usecases.deliver import deliver, freeze
from bot.usecases.record import Recorder
from bot.usecases.redraw import Redrawer, one_by_one
from tests.factories import WEEK, digest_of
from tests.fake_discord import TOKEN, FakeDiscord, fake_discord
from tests.waiting import until

CARDS: Final = 10
BUTTON: Final = "paperround:press:1/must-read"


async def measure(presses: int, rate: float, folder: str) -> None:
    """Press buttons as a lively team does, and tell how long a tap takes to be on its card."""
    engine = create_engine(f"sqlite:///{folder}/presses.db")
    await migrate(engine)
    units = SqlUnitOfWorkFactory(engine)
    async with fake_discord() as fake:
        channel = Channel(name="reading", platform="discord", id=fake.channel("reading"))
        platform = DiscordPlatform(
            TOKEN,
            [channel],
            lambda: datetime.now(UTC),
            endpoints=Endpoints(fake.url, fake.gateway_url),
            timing=DiscordTiming(identify_pause=0.01),
        )

        async def channels() -> list[Channel]:
            return [channel]

        redrawer = Redrawer({"discord": platform.chat}, channels, units)
        recorder = Recorder(
            units, lambda: datetime.now(UTC), {}, changed=one_by_one(redrawer.changed), channels=channels
        )
        await platform.chat.listen(recorder.receive)
        await freeze(digest_of([f"arxiv:2608.{n:05d}" for n in range(CARDS)]), channel, units)
        await deliver(channel, WEEK, platform.chat, units, lambda: datetime.now(UTC), owner="we")
        cards = [one for one, said in fake.messages[channel.id].items() if BUTTON in _buttons(said)]
        shown = _note_redraws(fake, cards)
        people = [fake.user(f"member{number}") for number in range(-(-presses // len(cards)))]
        pressed: dict[str, list[float]] = {card: [] for card in cards}
        for number in range(presses):
            card = cards[number % len(cards)]
            pressed[card].append(time.perf_counter())
            await fake.press(people[number // len(cards)], channel.id, card, BUTTON)
            await asyncio.sleep(1 / rate)
        await until(lambda: sum(map(len, shown.values())) >= presses, 30)
        await recorder.settle()
        await platform.chat.close()
    await engine.dispose()
    took = [seen - at for card in cards for at, seen in zip(pressed[card], shown[card], strict=False)]
    cuts = statistics.quantiles(took, n=100)
    print(
        f"{rate:g} taps a second on {len(cards)} cards: p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms; "
        f"{len(took)} of {presses} taps shown"
    )


def _note_redraws(fake: FakeDiscord, cards: list[str]) -> dict[str, list[float]]:
    """Note when each card shows one more decider: a press is shown from the first drawing on that counts as many as had pressed by then."""
    shown: dict[str, list[float]] = {card: [] for card in cards}
    patch = fake._patch  # noqa: SLF001 - where the server is told of a redraw

    async def noted(channel_id: str, message_id: str, body: dict[str, Any]) -> dict[str, Any]:
        if message_id in shown:
            drawn = shown[message_id]
            drawn += [time.perf_counter()] * (_deciders(body) - len(drawn))
        return await patch(channel_id, message_id, body)

    fake._patch = noted  # type: ignore[method-assign] # noqa: SLF001 - as above
    return shown


def _buttons(message: dict[str, Any]) -> list[str]:
    return [one.get("custom_id", "") for row in message.get("components") or () for one in row["components"]]


def _deciders(body: dict[str, Any]) -> int:
    """How many must-read deciders a card names or counts."""
    texts = [embed.get("description") or "" for embed in body.get("embeds") or ()]
    texts += [field["value"] for embed in body.get("embeds") or () for field in embed.get("fields") or ()]
    lines = (line for text in texts for line in text.splitlines())
    named = next((line.partition("⭐ ")[2] for line in lines if "⭐ member" in line), "")
    names, _, more = named.partition(" and ")
    return (names.count(",") + 1 if names else 0) + (int(more.split()[0]) if more else 0)


def main() -> None:
    """Measure as the command line says."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n\n", 1)[0])
    reader.add_argument("--presses", type=int, default=60)
    reader.add_argument("--rate", type=float, default=0.6, help="how many a second")
    arguments = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(arguments.presses, arguments.rate, folder))


if __name__ == "__main__":
    main()
