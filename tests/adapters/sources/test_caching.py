from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.sources.http.caching import fresh_until
from tests.adapters.sources.conftest import NOW


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "public, max-age=300"}, 300),
        ({"cache-control": "MAX-AGE=300, s-maxage=9"}, 300),
        ({"cache-control": "s-maxage=9"}, None),
        ({"cache-control": "max-age=300", "age": "120"}, 180),
        ({"cache-control": "max-age=300", "age": "400"}, None),
        ({"cache-control": "max-age=300", "age": "a while"}, 300),
        ({"cache-control": "no-cache, max-age=300"}, None),
        ({"cache-control": "max-age=0", "expires": "Mon, 17 Aug 2026 10:00:00 GMT"}, None),
        ({"cache-control": "max-age=99999999999999"}, 999_999_999),
        ({"expires": "Mon, 17 Aug 2026 10:00:00 GMT"}, 3600),
        ({"expires": "Mon, 17 Aug 2026 08:00:00 GMT"}, None),
        ({"expires": "Mon, 17 Aug 2026 10:00:00"}, None),
        ({"expires": "0"}, None),
        ({}, None),
    ],
)
def test_takes_a_server_at_its_word(headers, seconds):
    """What a server says of how long its answer is good is understood; nonsense is no statement."""
    assert fresh_until(headers, NOW) == (NOW + timedelta(seconds=seconds) if seconds else None)
