"""Two weeks in a channel, told as the conversation that people would see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.model import Link
from tests.scenarios.team import ADA, GRACE, Team

THURSDAY = datetime(2026, 8, 13, 12, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


def first_week(team: Team) -> None:
    team.published("arxiv", "Lanterns: Honest Reward Models", "https://arxiv.org/abs/2608.00001v2", THURSDAY)
    team.published(
        "votes", "Lanterns: Honest Reward Models", "https://huggingface.co/papers/2608.00001", THURSDAY, votes=98,
        about="https://arxiv.org/abs/2608.00001", code_url="https://github.com/a/lanterns", code_stars=8,
    )  # fmt: skip
    team.published("arxiv", "Quiet Hands", "https://arxiv.org/abs/2608.00002", THURSDAY)
    team.published(
        "letter", "The Letter 12", "https://letter.example/12", THURSDAY,
        links=(Link(url="https://arxiv.org/pdf/2608.00001", text="Lanterns", quote="production the same week"),),
    )  # fmt: skip
    team.published("lab", "An old note", "https://lab.example/old", THURSDAY - 9 * WEEK)


def second_week(team: Team) -> None:
    team.published("arxiv", "Tides of Attention", "https://arxiv.org/abs/2608.00003", THURSDAY + WEEK)
    team.published(
        "votes", "Lanterns, again", "https://huggingface.co/papers/2608.00001v3", THURSDAY + WEEK, votes=120,
        about="https://arxiv.org/abs/2608.00001",
    )  # fmt: skip
    team.published(
        "arxiv", "Submitted before, announced since", "https://arxiv.org/abs/2608.00004", THURSDAY + timedelta(days=2)
    )


async def test_two_weeks(team: Team) -> None:
    """A team reads, decides, writes, corrects itself and takes back; the week after brings only what is new."""
    first_week(team)
    await team.listens()
    await team.wakes()
    lanterns, hands = team.chat.ref_of("Lanterns"), team.chat.ref_of("Quiet Hands")
    await team.chat.react(ADA, lanterns, "⭐")
    await team.chat.react(GRACE, lanterns, "👀")
    await team.chat.react(GRACE, hands, "👎🏽")
    await team.chat.unreact(GRACE, lanterns, "👀")
    aside = await team.chat.reply(GRACE, lanterns, "// who has time on Friday?")
    summary = await team.chat.reply(ADA, lanterns, "A reward model that knows its limits.")
    await team.chat.edit(summary, "A reward model that knows its limits. The benchmark is the gift.")
    gone = await team.chat.reply(GRACE, hands, "Not convinced.")
    await team.chat.delete(gone)
    second_week(team)
    team.now = datetime(2026, 8, 24, 7, 0, tzinfo=UTC)
    await team.wakes()
    await team.wakes()

    assert [
        "Paper Round: Paper Round · 10 to 16 August",
        "Paper Round: Lanterns: Honest Reward Models",
        "Paper Round: Quiet Hands",
        "Paper Round: The Letter 12",
        "Paper Round: Read: 4 of 4 sources, 4 entries. Chosen: 3 of 3 items. Covered: 7 days, no missed ones.",
        "Ada ⭐ Lanterns: Honest Reward Models",
        "Grace 👀 Lanterns: Honest Reward Models",
        "Grace 👎🏽 Quiet Hands",
        "Grace takes 👀 back from Lanterns: Honest Reward Models",
        "Grace: // who has time on Friday?",
        "Ada: A reward model that knows its limits.",
        "Paper Round: 📝",
        "Ada corrects: A reward model that knows its limits. The benchmark is the gift.",
        "Grace: Not convinced.",
        "Paper Round: 📝",
        "Grace deletes a reply",
        "Paper Round: Paper Round · 17 to 23 August",
        "Paper Round: Submitted before, announced since",
        "Paper Round: Tides of Attention",
        "Paper Round: Read: 4 of 4 sources, 3 entries. Chosen: 2 of 2 items. Covered: 7 days, no missed ones.",
    ] == team.chat.transcript
    assert aside not in team.chat.acknowledged

    known = await team.export()
    assert [("Ada", "must-read")] == [
        (d["member"], d["decision"]) for d in known["Lanterns: Honest Reward Models"]["decisions"]
    ]
    assert [("Ada", "A reward model that knows its limits. The benchmark is the gift.")] == [
        (s["member"], s["text"]) for s in known["Lanterns: Honest Reward Models"]["summaries"]
    ]
    assert [("Grace", "skip")] == [(d["member"], d["decision"]) for d in known["Quiet Hands"]["decisions"]]
    assert [] == known["Quiet Hands"]["summaries"]


async def test_a_work_seen_in_several_places_is_one_pick(team: Team) -> None:
    """arXiv, Hugging Face and a newsletter speak of one paper: it is one pick, and says so."""
    first_week(team)

    digest = await team.wakes()

    assert digest
    (pick,) = [pick for pick in digest.picks if pick.item.key == "arxiv:2608.00001"]
    assert {"arxiv", "votes", "letter"} == {mention.source_id for mention in pick.item.mentions}
    assert "your topic 'reward models'" in [reason.text for reason in pick.reasons]
    assert 8 == pick.item.code_stars


async def test_what_was_done_while_the_bot_was_away(team: Team) -> None:
    """Reactions and replies that nobody heard are there after the next start, taken-back ones are gone."""
    first_week(team)
    await team.listens()
    await team.wakes()
    lanterns = team.chat.ref_of("Lanterns")
    await team.chat.react(ADA, lanterns, "👀")
    reply = await team.chat.reply(ADA, lanterns, "First words.")
    await team.chat.close()
    await team.chat.unreact(ADA, lanterns, "👀")
    await team.chat.react(GRACE, lanterns, "✅")
    await team.chat.edit(reply, "Second words.")
    await team.chat.reply(GRACE, lanterns, "Mine.")
    await team.listens()
    await team.listens()

    known = (await team.export())["Lanterns: Honest Reward Models"]

    assert [("Grace", "read")] == [(d["member"], d["decision"]) for d in known["decisions"]]
    assert [("Ada", "Second words."), ("Grace", "Mine.")] == [(s["member"], s["text"]) for s in known["summaries"]]


async def test_the_first_start_in_mid_week(team: Team) -> None:
    """Started on a Wednesday, a first look comes at once and covers the last seven days; it is extra, and Monday's digest brings the rest."""
    team.now = datetime(2026, 8, 19, 15, 0, tzinfo=UTC)
    team.published("arxiv", "On Tuesday", "https://arxiv.org/abs/2608.00011", datetime(2026, 8, 18, tzinfo=UTC))
    team.published("arxiv", "Too old", "https://arxiv.org/abs/2608.00012", datetime(2026, 8, 11, tzinfo=UTC))
    first = await team.wakes()
    team.published("arxiv", "On Friday", "https://arxiv.org/abs/2608.00013", datetime(2026, 8, 21, tzinfo=UTC))
    team.now = datetime(2026, 8, 24, 7, 0, tzinfo=UTC)

    second = await team.wakes()

    assert first
    assert second
    assert ("2026-08-19-extra", ["On Tuesday"]) == (first.week, [pick.item.title for pick in first.picks])
    assert ("2026-W35", ["On Friday"]) == (second.week, [pick.item.title for pick in second.picks])
