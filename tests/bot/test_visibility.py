"""The rule of who may read what."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.visibility import OPERATOR, ChannelScope, Reader, may_read, may_show, readable, shown_in

TEAMS = st.sampled_from(["", "T1", "T2"])
NAMES = st.sampled_from(["a", "b", "c", "d"])
SCOPES = st.builds(
    ChannelScope,
    name=NAMES,
    platform=st.sampled_from(["slack", "discord"]),
    id=NAMES,
    team=st.none() | TEAMS,
    private=st.booleans(),
    shared=st.booleans(),
)
READERS = st.builds(
    Reader,
    platform=st.sampled_from(["slack", "discord"]),
    teams=st.frozensets(TEAMS),
    channels=st.frozensets(NAMES),
    guest=st.booleans(),
    elsewhere=st.booleans(),
)


def scope(name: str, team: str | None = "T1", *, private: bool = False, shared: bool = False) -> ChannelScope:
    return ChannelScope(name=name, platform="slack", id=name, team=team, private=private, shared=shared)


def member(*channels: str, team: str = "T1", guest: bool = False) -> Reader:
    return Reader(platform="slack", teams=frozenset({team}), channels=frozenset(channels), guest=guest)


@given(READERS, SCOPES)
def test_never_beyond_the_workspace(reader, channel):
    """Nobody but the operator reads a channel of a workspace that they are not in, or of one that is not known."""
    if channel.team not in reader.teams or channel.platform != reader.platform:
        assert not may_read(reader, channel)


@given(READERS, SCOPES)
def test_a_private_channel_is_for_its_members(reader, channel):
    """What is private is read by those who are in it alone."""
    if channel.private and channel.name not in reader.channels:
        assert not may_read(reader, channel)


@given(SCOPES)
def test_the_operator_reads_what_they_host(channel):
    """The operator reads everything."""
    assert may_read(OPERATOR, channel)


@given(READERS, SCOPES, SCOPES)
def test_a_card_tells_full_members_nothing_new(reader, where, what):
    """What a card in a channel shows of another one, every full member who reads the first may read there, too."""
    if (
        where.name != what.name
        and may_show(where, what)
        and may_read(reader, where)
        and not (reader.guest or reader.elsewhere)
    ):
        assert may_read(reader, what)


def test_public_and_private_in_one_workspace():
    """A public channel is read by its workspace, a private one by its members, and a guest reads what they joined."""
    scopes = [scope("all"), scope("lab", private=True), scope("unknown", None), scope("theirs", "T2")]

    assert {"all"} == readable(member(), scopes)
    assert {"all", "lab"} == readable(member("lab"), scopes)
    assert {"lab"} == readable(member("lab", guest=True), scopes)
    assert {"lab"} == readable(replace(member("lab"), elsewhere=True), scopes)
    assert {"theirs"} == readable(member("lab", team="T2"), scopes)


def test_what_a_card_shows():
    """A card shows its own channel's words and those of public channels of its workspace; one that strangers read shows its own alone."""
    everywhere = [scope("all"), scope("lab", private=True), scope("shared", shared=True), scope("theirs", "T2")]

    assert {"all", "shared"} == shown_in(scope("all"), everywhere)
    assert {"all", "lab", "shared"} == shown_in(scope("lab", private=True), everywhere)
    assert {"shared"} == shown_in(scope("shared", shared=True), everywhere)
    assert {"new"} == shown_in(scope("new", None), everywhere)
