"""Features are made once, and a store that is of no use costs seconds and no more."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from adapters.ranking import feature_store
from adapters.ranking.feature_store import KEPT, FeatureStore
from bot.ranking.question import Text
from bot.ranking.terms import Terms, Tokenizer

TODAY = date(2026, 8, 17)
TEXTS = [Text(f"arxiv:{n}", f"Agents {n}", "agentic reasoning with tools", ("Ada Lovelace",)) for n in range(5)]


def features(store: FeatureStore, texts: list[Text] = TEXTS) -> list[tuple[bytes, bytes]]:
    return [(one.ids.tobytes(), one.counts.tobytes()) for one in store.features(texts, Tokenizer())]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "paperround.db-features"


def test_made_once(file: Path) -> None:
    """A text is taken apart once, whoever asks again, and gives the same features."""
    first, second = FeatureStore(file, TODAY), FeatureStore(file, TODAY)
    made = features(first)

    assert made == features(second) == features(FeatureStore(None, TODAY))
    assert (5, 0) == (first.made, second.made)


def test_use_is_noted_once_a_week(file: Path) -> None:
    """That features were asked for is written at most once a week, for every digest asks for thousands."""
    features(FeatureStore(file, TODAY))
    for days, noted in ((6, TODAY), (8, TODAY + timedelta(days=8)), (9, TODAY + timedelta(days=8))):
        features(FeatureStore(file, TODAY + timedelta(days=days)))
        with sqlite3.connect(file) as database:
            assert [(noted.isoformat(),)] == database.execute("SELECT DISTINCT used FROM features").fetchall()


def test_another_text(file: Path) -> None:
    """A work whose text is another one now is taken apart again; the others are not."""
    features(FeatureStore(file, TODAY))
    store = FeatureStore(file, TODAY)
    features(store, [*TEXTS[:4], Text("arxiv:4", "Withdrawn", "")])

    assert store.made == 1


def test_another_version(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Features of another version are made again, and the old ones removed."""
    features(FeatureStore(file, TODAY))
    monkeypatch.setattr(feature_store, "VERSION", feature_store.VERSION + 1)
    store = FeatureStore(file, TODAY)
    features(store)

    assert store.made == 5
    with sqlite3.connect(file) as database:
        assert [(5,)] == database.execute("SELECT count(*) FROM features").fetchall()


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00 but broken"])
def test_a_broken_file(file: Path, content: bytes) -> None:
    """A file that is no database of ours is replaced; the features are there all the same."""
    file.write_bytes(content)
    expected = features(FeatureStore(None, TODAY))

    assert [expected] * 3 == [features(FeatureStore(file, TODAY)) for _ in range(3)]


def test_no_place(tmp_path: Path) -> None:
    """Where no file can be, the features are made each time."""
    store = FeatureStore(tmp_path / "missing" / "features", TODAY)

    assert features(store) == features(FeatureStore(None, TODAY))


def test_forgotten_after_half_a_year(file: Path) -> None:
    """What nobody asked for in half a year is removed; what was asked for stays."""
    features(FeatureStore(file, TODAY))
    features(FeatureStore(file, TODAY + KEPT - timedelta(days=7)), TEXTS[:2])
    store = FeatureStore(file, TODAY + KEPT + timedelta(days=7))
    features(store, TEXTS[:1])
    features(store)

    assert store.made == 3


class TestTerms:
    def test_there_and_back(self) -> None:
        """Terms come back from bytes as they were; bytes that cannot be terms are refused."""
        made = Tokenizer().terms("Agents", "agentic agents", ("Ada Lovelace",))
        back = Terms.from_bytes(made.to_bytes())

        assert np.array_equal(made.ids, back.ids)
        assert np.array_equal(made.counts, back.counts)
        with pytest.raises(ValueError, match="7 bytes are no terms"):
            Terms.from_bytes(b"1234567")

    @pytest.mark.parametrize(
        ("one", "other"), [("agents", "agentic"), ("interpretability", "interpretable"), ("Quantization", "quantized")]
    )
    def test_stems(self, one: str, other: str) -> None:
        """Words of one stem have a term in common, and are terms of their own as well."""
        mine, theirs = (set(Tokenizer().terms(word, "", ()).ids.tolist()) for word in (one, other))

        assert len(mine & theirs) == 1
        assert mine != theirs

    def test_authors_are_no_subject(self) -> None:
        """An author's name has no stem, so that Ms Reasoning is not found by reasoning."""
        topic = set(Tokenizer().terms("reasonings", "", ()).ids.tolist())

        assert not topic & set(Tokenizer().terms("", "", ("Ann Reasoning",)).ids.tolist())
