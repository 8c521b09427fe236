"""
Every error Paper Round raises on purpose.

    PaperRoundError
    ├── SettingsError      the configuration is at fault; lists every fault at once
    ├── SourceError        a source could not be asked, or did not answer as it should
    ├── ChatError          a chat platform refused or could not be reached
    │   ├── MessageGone    the message that was asked about is not there: it was deleted
    │   ├── ChatUnsettled  it is unknown whether the message was posted: look before sending again
    │   ├── ChatBlind      it may have been posted, and the platform does not let us look: do not send it again
    │   ├── ChatRefused    it will be refused again until somebody acts: pause the channel
    │   │   └── TokenRefused   it is our token that is refused, whatever was asked
    │   └── ChatRejected   this one message will never be taken, whatever anybody does: go on without it
    ├── StorageError       the database is of no use to us as it is
    │   ├── DatabaseNewer  a newer program brought the database up to date: update this one
    │   ├── StorageFull    there is no room for what was to be stored: go on once somebody made some
    │   └── QueueFull      too many jobs wait for another one: it is put in again later
    ├── RankingError       works could not be ranked by meaning; phrases and votes must do
    │   └── CorpusGone     the works that it was asked about are not loaded (any more): load them
    ├── SummarizerError    the language model gave no sentence; the abstract's own are shown
    └── UsageError         a command was called with something that does not exist

The subject of an error is an attribute; the remedy is in the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class PaperRoundError(Exception):
    """Root of the tree. `str()` of any of them is a sentence for the user, safe to print: it holds no secret."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in the configuration: which key, what is wrong, and what would be right."""

    key: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key}: {self.problem}. {self.remedy}"


class SettingsError(PaperRoundError):
    """The configuration has faults. All of them are in `faults`, in the order of their keys."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n".join([f"The configuration has {count}:", *(f"  {fault}" for fault in faults)]))


class SourceError(PaperRoundError):
    """
    A source failed. `source_id` is who, `reason` is why in plain words.

    `retry_after` is how many seconds the source itself asked us to wait, if it did; `gone` says that it
    answered 410 and should not be asked again until somebody looks. `state` replaces what is remembered of the source,
    where a failure, too, must be remembered: what it cost, for example.
    """

    def __init__(
        self,
        source_id: str,
        reason: str,
        *,
        retry_after: float | None = None,
        gone: bool = False,
        state: Mapping[str, object] | None = None,
    ) -> None:
        self.source_id = source_id
        self.reason = reason
        self.retry_after = retry_after
        self.gone = gone
        self.state = state
        super().__init__(f"{source_id}: {reason}")


class ChatError(PaperRoundError):
    """A chat platform did not do what was asked. `platform` is which, `reason` is why; trying again later may help."""

    def __init__(self, platform: str, reason: str, *, retry_after: float | None = None) -> None:
        self.platform = platform
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(f"{platform}: {reason}")


class MessageGone(ChatError):
    """The platform knows no such message (any more): somebody deleted it."""


class ChatUnsettled(ChatError):
    """A message may or may not have been posted (timeout, dropped connection, 5xx). Ask the platform before re-sending."""


class ChatBlind(ChatError):
    """The platform does not let us look for a message that may have been posted, and will not: sending it again might send it twice."""


class ChatRefused(ChatError):
    """The platform will go on refusing until a person acts (removed from the channel, token revoked, channel archived)."""


class TokenRefused(ChatRefused):
    """The platform does not accept our token: that says nothing of a channel or a member, whom a process with another token may reach."""


class ChatRejected(ChatError):
    """The platform takes this message in no form, its plainest included, and nothing was posted: go on with the next one."""


class StorageError(PaperRoundError):
    """The database cannot be used as it is. The text says why and what to do."""


class DatabaseNewer(StorageError):
    """A newer program brought the database up to date, so that this one does not know its tables. Starting it again is of no use before it is updated."""


class StorageFull(StorageError):
    """The disk that the database is on is full, and nothing of what was to be stored is there. The text says which disk it is."""


class QueueFull(StorageError):
    """So many jobs wait that no more are taken. What was put in together with those refused is in the queue, where there was room for it."""


class UsageError(PaperRoundError):
    """A command named something that does not exist, or cannot be done as asked. The text says what would be right."""


class RankingError(PaperRoundError):
    """Works could not be ranked by meaning. `reason` says why, in plain words."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The ranking {reason}. Until it does, works are ranked by the topics' words and by votes alone."
        )


class SummarizerError(PaperRoundError):
    """A language model gave no answer that can be read. `reason` says why, in plain words; `free`, that it certainly cost nothing."""

    def __init__(self, reason: str, *, free: bool = False) -> None:
        self.reason, self.free = reason, free
        super().__init__(
            f"The language model gave no sentence: {reason}. Look at LLM_BASE_URL, LLM_MODEL and LLM_API_KEY."
        )


class CorpusGone(RankingError):
    """The corpus of this name is not loaded, or not any more: load it and ask again."""

    def __init__(self, corpus: str) -> None:
        self.corpus = corpus
        super().__init__(f"has no works loaded as {corpus!r}")
