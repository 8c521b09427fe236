"""
Who may read what: the one rule that pages, search, feeds, cards, exports and statistics ask. Pure.

What a team wrote and decided belongs to the channel it was written in, and is shown where that channel's members may read: of a public
channel to its whole workspace, of a private one to its members, never to another workspace. What is not known counts as private.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelScope:
    """
    Where a channel's words may be shown. `name` and `id` are those of the `Channel`; `team` is its workspace or server, None where the
    platform did not tell.

    `private` is true unless every full member of the workspace may read the channel. `shared` is true where people of another workspace
    read it, too (Slack Connect), so that nothing of other channels is shown there.
    """

    name: str
    platform: str
    id: str
    team: str | None = None
    private: bool = True
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """
    Somebody who reads: a member of workspaces or servers (`teams`) on a platform, with the `channels` they are in, by our names for them.

    A `guest` is in the workspace, but sees there only what they joined. So does who is `elsewhere`, a full member of another workspace of
    the same organisation, with a member's rights where they are. The `operator` hosts all of it, and reads all of it.
    """

    platform: str = ""
    teams: frozenset[str] = frozenset()
    member_id: str = ""
    channels: frozenset[str] = frozenset()
    guest: bool = False
    elsewhere: bool = False
    operator: bool = False


OPERATOR = Reader(operator=True)
"""Who runs Paper Round: the command line, and whoever has the page's password."""


def may_read(reader: Reader, scope: ChannelScope) -> bool:
    """
    Tell whether somebody may read a channel's words and decisions.

    >>> lab = ChannelScope(name="lab", platform="slack", id="C1", team="T1", private=True)
    >>> may_read(Reader(platform="slack", teams=frozenset({"T1"})), lab)
    False
    >>> may_read(Reader(platform="slack", teams=frozenset({"T1"}), channels=frozenset({"lab"})), lab)
    True
    """
    if reader.operator:
        return True
    if reader.platform != scope.platform or scope.team is None or scope.team not in reader.teams:
        return False
    return scope.name in reader.channels or not (scope.private or reader.guest or reader.elsewhere)


def readable(reader: Reader, scopes: Iterable[ChannelScope]) -> frozenset[str]:
    """Give the names of the channels that somebody may read."""
    return frozenset(scope.name for scope in scopes if may_read(reader, scope))


def may_show(where: ChannelScope, what: ChannelScope) -> bool:
    """Tell whether a message that everybody in the channel `where` sees may show what was written in the channel `what`."""
    if where.name == what.name:
        return True
    same = where.platform == what.platform and where.team is not None and where.team == what.team
    return same and not what.private and not where.shared


def shown_in(where: ChannelScope, scopes: Iterable[ChannelScope]) -> frozenset[str]:
    """Give the names of the channels whose words may be shown to everybody in the channel `where`; itself always among them."""
    return frozenset(scope.name for scope in scopes if may_show(where, scope)) | {where.name}
