"""
JSON codec for values that are only carried through the database.

A document is what pydantic makes of a frozen dataclass: the fields in their order, instants in ISO 8601, text as UTF-8. The
same value always gives the same document, so a document's hash tells whether a value has changed.
"""

from __future__ import annotations

import hashlib
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import TypeAdapter

Value = TypeVar("Value")


def encode(value: object) -> str:
    """Encode a frozen dataclass as a JSON document."""
    return _encoded(value).decode()


def decode(kind: type[Value], document: str) -> Value:
    """Decode a document that `encode` made of a `kind`. Fields added to the class since then have their defaults."""
    value: Value = _adapter(kind).validate_json(document)
    return value


def content_hash(document: str) -> str:
    """A fingerprint of the whole document, 64 characters."""
    return hashlib.sha256(document.encode()).hexdigest()


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """Built when first needed: making all of them costs more than a start should."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def _encoded(value: object) -> bytes:
    # pydantic does not know read-only mappings: it asks `fallback` for them, and warns that it had to ask.
    return _adapter(type(value)).dump_json(value, fallback=_plain, warnings="none")


def _plain(value: Any) -> dict[Any, Any]:
    if isinstance(value, MappingProxyType):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")
