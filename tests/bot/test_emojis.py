"""Every spelling of an emoji is one emoji, and has one meaning."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.channel_fields import ChannelFields
from bot.emojis import emoji_key, plain_emoji
from bot.model import Meaning
from bot.triage import meaning_of
from bot.usecases.channels import read_form


@pytest.mark.parametrize(
    "spelt",
    [
        "👍",
        "👍🏽",
        "👍\ufe0f",
        ":+1:",
        ":thumbsup:",
        ":thumbsup::skin-tone-4:",
        ":+1::skin-tone-2",
        "+1",
        "thumbsup",
        ":ThumbsUp:",
        ":👍:",
    ],
)
def test_one_emoji(spelt: str) -> None:
    """Character, selector, skin tone, short name and alias: all are one, in the settings and in what people do."""
    assert "👍" == plain_emoji(spelt)
    assert Meaning.READ is meaning_of("👍🏿", {spelt: Meaning.READ})
    assert Meaning.READ is meaning_of(spelt, {"👍": Meaning.READ})
    fields = ChannelFields.model_validate({"emoji": {spelt: "read"}})
    assert ["👍"] == [plain_emoji(one) for one in fields.emoji or ()]


@pytest.mark.parametrize("spelt", ["🤝", "🫱🏻\u200d🫲🏿", ":handshake:", ":handshake::skin-tone-2-6:", "🤝🏽"])
def test_two_tones(spelt: str) -> None:
    """What two people do has two skin tones, which say who they are and not what is meant."""
    assert "🤝" == plain_emoji(spelt)


def test_a_bare_word_is_no_emoji() -> None:
    """A word that names no emoji is refused: as a custom one it would have its colons."""
    with pytest.raises(ValidationError, match="is no emoji"):
        ChannelFields.model_validate({"emoji": {"shipit": "read"}})


def test_custom() -> None:
    """A custom emoji keeps its name; on Discord its id is what it is known by, whatever it is called by now."""
    assert ":shipit:" == plain_emoji(":shipit:")
    names = (":old:1200000000000000001", "new:1200000000000000001", "<a:new:1200000000000000001>")
    assert 1 == len({emoji_key(one) for one in names})
    assert Meaning.SKIP is meaning_of(":_:1200000000000000001", {names[0]: Meaning.SKIP})
    # Written as people see it, without a number; one that is known by its id is that one.
    assert Meaning.SKIP is meaning_of(":shipit:1200000000000000001", {":shipit:": Meaning.SKIP})
    both = {":shipit:": Meaning.SKIP, ":shipit:1200000000000000001": Meaning.READ}
    assert Meaning.READ is meaning_of(":shipit:1200000000000000001", both)
    assert meaning_of(":shipit:", {":other:": Meaning.SKIP}) is None


def test_two_meanings() -> None:
    """One emoji with two meanings is refused, however it is spelt; said twice in one sense it is one."""
    with pytest.raises(ValidationError, match="'⭐' and ':star:' are one emoji with two meanings"):
        ChannelFields.model_validate({"emoji": {"⭐": "must-read", ":star:": "skip"}})
    fields = ChannelFields.model_validate({"emoji": {"⭐": "must-read", ":star:": "must-read"}})
    assert {"⭐": Meaning.MUST_READ} == fields.emoji

    _, faults = read_form({"emoji": ":+1: read, 👍 skip"})
    assert "two meanings" in faults["emoji"]
