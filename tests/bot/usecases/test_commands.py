"""What members ask, told as question and answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.usecases import channels
from bot.usecases.commands import Commands
from bot.usecases.deliver import freeze
from tests.command_context import CommandFixture
from tests.factories import ADA, DAY, NOW, digest_of


@pytest.fixture
def desk() -> CommandFixture:
    return CommandFixture()


async def test_help(desk: CommandFixture) -> None:
    """Nothing, help, and help elsewhere all list the commands; a typing error is answered with the nearest."""
    listed = await desk.ask("")
    assert all(word in listed for word in ("mine", "pause", "resume"))
    assert "settings" in await desk.ask("help", channel_id="C9")
    assert "I do not know 'setings'. Did you mean /paperround settings?" == await desk.ask("setings")
    assert "Try /paperround help" in await desk.ask("§§§")


async def test_elsewhere(desk: CommandFixture) -> None:
    """In a channel that gets no digest, commands say so."""
    assert "gets no digest" in await desk.ask("now", channel_id="C9")


@pytest.mark.parametrize(
    "text", ["topics agents", "settings", "sources add https://lab.example", "sources remove arxiv", "pause", "resume"]
)
async def test_changes_are_for_admins(desk: CommandFixture, text: str) -> None:
    """Everybody else is told why, and nothing is changed."""
    before = desk.database.tables.copy()

    assert (await desk.ask(text)).startswith("Only those who keep this channel may")
    assert before == desk.database.tables


@pytest.mark.parametrize(
    ("platform", "keepers"), [("slack", "workspace admins"), ("discord", "members who may manage the server")]
)
async def test_who_may_change(platform: str, keepers: str) -> None:
    """A platform's members are told in that platform's words who may change things, and what it offers alone."""
    desk = CommandFixture(platform=platform)

    assert keepers in await desk.ask("pause", platform=platform)
    assert (platform == "discord") == ("write its summary in a form" in await desk.ask("help", platform=platform))


async def test_topics(desk: CommandFixture) -> None:
    """Topics are shown, set, and shown again."""
    assert "none yet" in await desk.ask("topics")
    assert "topics: reward models, agents" in await desk.ask("topics reward models, agents", admin=True)
    assert "reward models, agents" in await desk.ask("topics")
    assert "Works are in English" in await desk.ask("topics agents, maschinelles Lernen", admin=True)
    assert "Works are in English" not in await desk.ask("topics agents, Schrödinger bridges", admin=True)


async def test_settings(desk: CommandFixture) -> None:
    """An admin gets a form; what is right is kept, what is wrong is told at its field and changes nothing."""
    await desk.ask("settings", admin=True)
    form = desk.answer.form
    assert form
    wrong = await desk.ask("settings", admin=True, values={**form, "time": "late", "budget_minutes": "30"})
    assert "time: 'late' is no time of day" in wrong
    assert {"time"} == desk.answer.faults.keys()
    await desk.ask("settings", admin=True)
    assert form == desk.answer.form

    assert "budget minutes: 30" in await desk.ask("settings", admin=True, values={**form, "budget_minutes": "30"})


async def test_what_a_form_cannot_hold(desk: CommandFixture) -> None:
    """What is longer than a form's field is not in it, and is as it was after the form is sent; the form says how it is changed."""
    names = [f"{number:03} {'of a long name ' * 5}".strip() for number in range(60)]
    for start in range(0, 60, 20):
        await desk.ask("follow " + ", ".join(f"author: {name}" for name in names[start : start + 20]), admin=True)
    shown = await desk.ask("settings", admin=True)
    form = desk.answer.form
    assert form
    assert "follow" not in form
    assert "Follow is longer than a form holds, and stays as it is: /paperround follow" in shown

    await desk.ask("settings", admin=True, values={**form, "budget_minutes": "30"})
    (now,) = await desk.context.channels()
    assert (60, 30) == (len(now.follow), now.budget_minutes)


async def test_only_what_is_changed_is_kept(desk: CommandFixture) -> None:
    """What a member left as it was in the form stays the operator's to change in the configuration file."""
    await desk.ask("settings", admin=True)
    form = desk.answer.form or {}
    assert "Nothing was changed." == await desk.ask("settings", admin=True, values=form)
    assert "Changed.\nbudget minutes: 30" == await desk.ask(
        "settings", admin=True, values={**form, "budget_minutes": "30"}
    )

    desk.channels = [replace(desk.channel, topics=("world models",), budget_minutes=90)]
    (now,) = await desk.context.channels()
    assert (("world models",), 30) == (now.topics, now.budget_minutes)


async def test_a_day_that_is_moved(desk: CommandFixture) -> None:
    """Moved to a later day of a week whose digest is out, the channel is told the day on which the next one really comes."""
    await desk.posted()
    moved = await desk.ask("settings", admin=True, values={"weekday": "friday"})
    assert (
        "weekday: friday\nNext digest: Friday 21 August, 09:00, a short one, with what is new since the last." in moved
    )
    assert "Next digest: Friday 21 August, 09:00." in await desk.ask("status")
    await desk.ask("pause", admin=True)
    assert "Next digest: Friday 21 August, 09:00, a short one" in await desk.ask("resume", admin=True)

    assert "Next digest: Tuesday 25 August, 09:00." in await desk.ask(
        "settings", admin=True, values={"weekday": "tuesday"}
    )


async def test_a_day_that_is_moved_to_one_that_has_passed(desk: CommandFixture) -> None:
    """Where the new settings make a digest due by now, whoever changed them is told that it comes, and not of the next week's alone."""
    await desk.posted()
    desk.commands = Commands(replace(desk.context, clock=lambda: NOW + 8 * DAY))
    moved = await desk.ask("settings", admin=True, values={"weekday": "tuesday", "time": "08:00"})

    assert "The digest of Tuesday 25 August, 08:00 comes in a moment." in moved


async def test_sources(desk: CommandFixture) -> None:
    """Sources are listed, checked, added in the member's name without trust, and removed; troubles are sentences."""
    assert "Arxiv (arxiv): new, not asked yet" in await desk.ask("sources")
    assert "Arxiv answered." == await desk.ask("sources check arxiv")
    assert "Our Lab is followed from now on, as our-lab, in this channel." == await desk.ask(
        "sources add https://lab.example", admin=True
    )
    setting = desk.database.tables.source_settings["our-lab"]
    assert (False, "Ada") == (setting.trusted, setting.by)
    assert "names no feed" in await desk.ask("sources add https://nothing.example", admin=True)
    assert "is no web address" in await desk.ask("sources add javascript:alert(1)", admin=True)
    assert "Arxiv (arxiv) is not read in this channel any more." == await desk.ask("sources remove arxiv", admin=True)
    assert (await desk.ask("sources check nothing-like-it")).endswith("See them all with: /paperround sources")
    assert "Did you mean arxiv?" in await desk.ask("sources check arxif")
    assert "Try /paperround sources add URL" in await desk.ask("sources burn")


async def test_mine(desk: CommandFixture) -> None:
    """My list holds what I marked and have not read, must-reads first, and what I read without a word of mine."""
    await desk.posted()
    assert "Nothing is waiting for you." in await desk.ask("mine")
    first = next(sent.ref for sent in desk.chat.messages if sent.post.item_key)
    await desk.chat.react(ADA, first, "⭐")
    listed = await desk.ask("mine")
    assert all(words in listed for words in ("1 work, about 8 minutes", "must-read · today · 8 min", "thread"))
    await desk.chat.react(ADA, first, "✅")
    assert "no words of mine yet" in await desk.ask("mine")
    await desk.chat.reply(ADA, first, "Worth it.")
    assert "no words of mine yet" not in await desk.ask("mine")


async def test_a_status_while_nobody_works(desk: CommandFixture) -> None:
    """Who asks how a channel stands is told first that nobody does what is due, where that is so."""

    async def idle() -> str:
        return "Nothing is collected or sent for now."

    assert "Nothing is collected" not in await desk.ask("status")
    desk.commands = Commands(replace(desk.context, idle=idle))
    said = await desk.ask("status")
    assert said.index("Nothing is collected or sent for now.") < said.index("digest")


async def test_pause_status_resume(desk: CommandFixture) -> None:
    """A pause is told with who made it and why, and ends with resume."""
    assert "The next digest is due now." in await desk.ask("status")
    await desk.posted()
    assert "Next digest: Monday 24 August, 09:00." in await desk.ask("status")
    assert "Last digest: the week of 17 August, all sent." in await desk.ask("status")
    assert "Paused." in await desk.ask("pause holidays", admin=True)
    assert "Paused: Ada paused it: holidays (since Monday 17 August, 09:00)." in await desk.ask("status")
    assert "already" in await desk.ask("pause", admin=True)
    assert "Next digest" in await desk.ask("resume", admin=True)
    assert "not paused" in await desk.ask("resume", admin=True)


async def test_pause_of_a_refused_channel(desk: CommandFixture) -> None:
    """What people pause while its platform refuses us stays paused until people resume it."""
    write = desk.database.unit_of_work
    await channels.pause(desk.channel, "archived", write, lambda: NOW)
    assert "Paused. Nothing is posted here" in await desk.ask("pause holidays", admin=True)
    resumed_by_itself = await channels.resume(desk.channel, write, by_people=False)

    assert not resumed_by_itself
    assert "Ada paused it: holidays" in await desk.ask("status")
    assert "already" in await desk.ask("pause", admin=True)


@pytest.mark.parametrize("words", ["none", "Off", "clear.", "-", "no topics"])
async def test_no_topics(desk: CommandFixture, words: str) -> None:
    """Who wants no topics says so in a word, is told what the digest goes by then, and how to do it where there are some."""
    await desk.ask("topics agents", admin=True)
    way = await desk.ask("topics")
    unmarked = await desk.ask(f"topics {words}", admin=True)
    again = await desk.ask(f"topics {words}", admin=True)
    await desk.ask("topics agents", admin=True)
    await desk.posted()
    marked = await desk.ask(f"topics {words}", admin=True)

    assert "topics none" in way
    assert (
        "topics: none\nFrom the next digest on I go by what most people take notice of, until you mark something."
        in unmarked
    )
    assert "From the next digest" not in again
    assert "topics: none\nFrom the next digest on I go by what you mark alone." in marked
    assert "none yet" in await desk.ask("topics")


async def test_topics_of_no_work(desk: CommandFixture) -> None:
    """The digest as it stands says which topics nothing is about, so that whoever set them need not wait for the next one."""
    await desk.ask("add https://arxiv.org/abs/2608.77777")
    assert "See what the topics bring: /paperround now" in await desk.ask("topics campanology, numismatics", admin=True)
    assert "Nothing this week was about 'campanology' or 'numismatics'." in await desk.ask("now")


async def test_one_pick(desk: CommandFixture) -> None:
    """One is one."""
    await desk.ask("add https://arxiv.org/abs/2608.77777")

    assert "1 pick, " in await desk.ask("now")


async def test_add(desk: CommandFixture) -> None:
    """What a member proposes is in the next preview, in their name; what was sent, or is no address, is not taken."""
    assert "is proposed for the next digest" in await desk.ask("add <https://arxiv.org/abs/2608.77777>")
    assert "is proposed" in await desk.ask("add https://arxiv.org/pdf/2608.77777v2")
    assert "suggested by Ada" in await desk.ask("now")
    assert "is no web address" in await desk.ask("add lunch")
    await desk.posted()
    assert "in a digest of this channel already" in await desk.ask("add https://arxiv.org/abs/2608.01234")


async def test_add_for_somebody(desk: CommandFixture) -> None:
    """What the message menu proposes is proposed in the name of who posted the link, and the answer says whose that is."""
    posted_by = {"by": "Ben", "by_id": "u7"}
    answer = await desk.ask("add https://arxiv.org/abs/2608.77777", values=posted_by)
    mine = await desk.ask("add https://arxiv.org/abs/2608.88888", values={"by": ADA.name, "by_id": ADA.id})
    unnamed = await desk.ask("add https://arxiv.org/abs/2608.99999", values={"by": "", "by_id": "u8"})

    preview = await desk.ask("now")
    assert "in the name of Ben." in answer
    assert "in your name." in mine
    assert "in the name of who posted it." in unnamed
    assert all(words in preview for words in ("suggested by Ben", "suggested by Ada", "suggested by a member"))


async def test_home(desk: CommandFixture) -> None:
    """The home tab shows this week's digest, my list, the next date and the settings."""
    await desk.posted()

    home = await desk.ask("home", channel_id="")

    assert all(words in home for words in ("Next digest", "My reading list", "On arxiv:2608.01234"))
    assert ["settings in reading"] == [button.asks for button in desk.answer.buttons]


async def test_home_of_a_long_digest(desk: CommandFixture) -> None:
    """Of a digest with more picks than the home tab shows it says how many more there are."""
    long = digest_of([f"arxiv:2608.{number:05}" for number in range(15)], channel=desk.channel.name)
    await freeze(long, desk.channel, desk.database.unit_of_work)

    assert "And 3 more." in await desk.ask("home", channel_id="")


async def test_settings_from_the_home_tab(desk: CommandFixture) -> None:
    """A button of the home tab opens the settings of the channel it names, and of none that the member may not read."""
    await desk.ask("settings in reading", channel_id="", admin=True)
    assert desk.answer.form
    await desk.ask("settings in reading", channel_id="", admin=True, values={"topics": "agents"})
    assert "agents" in await desk.ask("topics")
    desk.readable = frozenset()
    assert "gets no digest" in await desk.ask("settings in reading", channel_id="", admin=True)
