"""Values as documents, and instants as columns: what goes in comes out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from adapters.storage.codec import content_hash, decode, encode
from adapters.storage.tables import Instant
from bot.model import Attention, Entry, ItemKind, Link, Section, SourceRecord, SourceReport, SourceStatus
from tests.examples import examples

SQLITE = sqlite.dialect()
POSTGRESQL = postgresql.dialect()

few = settings(max_examples=examples(50))

text = st.text(st.characters(codec="utf-8"), max_size=20)
instants = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.timezones())  # noqa: DTZ001 - hypothesis adds the zone
counts = st.none() | st.integers(0, 10**9)
entries = st.builds(
    Entry,
    source_id=text,
    external_id=text,
    kind=st.sampled_from(ItemKind),
    section=st.sampled_from(Section),
    title=text,
    url=text,
    authors=st.lists(text, max_size=3).map(tuple),
    published=st.none() | st.datetimes(timezones=st.just(UTC)),
    attention=st.builds(Attention, votes=counts, comments=counts),
    links=st.lists(st.builds(Link, url=text, text=text, quote=text), max_size=2).map(tuple),
)


@given(entries)
@few
def test_entry_round_trip(entry: Entry) -> None:
    """Any entry is read back as it was written, and written again as it was."""
    document = encode(entry)

    assert entry == decode(Entry, document)
    assert document == encode(decode(Entry, document))


@given(entries, entries)
@few
def test_hash_tells_entries_apart(one: Entry, other: Entry) -> None:
    """Two entries have one hash if they are the same, and only then."""
    assert (one == other) == (content_hash(encode(one)) == content_hash(encode(other)))


def test_read_only_mappings() -> None:
    """A read-only mapping is kept like any other, at any depth."""
    record = SourceRecord(id="arxiv", state=MappingProxyType({"deep": MappingProxyType({"er": [1]})}))

    assert SourceRecord(id="arxiv", state={"deep": {"er": [1]}}) == decode(SourceRecord, encode(record))


def test_the_old_word_of_a_state() -> None:
    """What was stored of a failing source when that was called `failed` is read as what it is, and written in today's word."""
    report = SourceReport(id="arxiv", kind="arxiv", state=SourceStatus.FAILING, error="answered 503")
    record = SourceRecord(id="arxiv", failures=1, report=report)
    old = encode(record).replace('"failing"', '"failed"')

    assert '"failed"' in old
    assert record == decode(SourceRecord, old)
    assert '"state":"failing"' in encode(decode(SourceRecord, old))
    with pytest.raises(ValueError, match="state"):
        decode(SourceRecord, old.replace('"failed"', '"fallen"'))


def test_no_plain_value() -> None:
    """What JSON cannot hold is refused, not kept as something else."""
    with pytest.raises(ValueError, match="object cannot be kept"):
        encode(SourceRecord(id="arxiv", state=MappingProxyType({"what": object()})))


@given(instants)
@few
@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL], ids=["sqlite", "postgresql"])
def test_instant_round_trip(dialect: sqlite.dialect, at: datetime) -> None:
    """An instant of any zone comes back as the same instant, in UTC."""
    found = Instant().process_result_value(Instant().process_bind_param(at, dialect), dialect)

    assert at.astimezone(UTC) == found
    assert timedelta(0) == found.utcoffset()


@given(instants, instants)
@few
def test_instants_sort_as_text(one: datetime, other: datetime) -> None:
    """On SQLite the order of the texts is the order in time."""
    texts = [Instant().process_bind_param(at, SQLITE) for at in (one, other)]

    assert (one.astimezone(UTC) < other.astimezone(UTC)) == (texts[0] < texts[1])


def test_naive_instant() -> None:
    """An instant without a zone is refused."""
    with pytest.raises(ValueError, match="no zone"):
        Instant().process_bind_param(datetime(2026, 8, 14), SQLITE)  # noqa: DTZ001 - the point of the test
