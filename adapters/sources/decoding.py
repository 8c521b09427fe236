"""Text of a file that a person hands over, in whatever encoding the program wrote it."""

from __future__ import annotations

import codecs
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_OF_NO_FILE: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})
"""What Python knows as encodings of text and no program writes files in; some take quadratic time."""


def decode(document: bytes, declared: str | None = None) -> tuple[str, str]:
    r"""
    Give a document's text, and the encoding it was read in. What cannot be read is U+FFFD.

    Asked in this order: a byte order mark; the zero bytes of UTF-16 without one; `declared`, the encoding that the document names, if it holds, and if
    it writes ASCII as ASCII does, in which the name was read; UTF-8, also with a few bytes broken; else one of a single byte. That is Windows' own for
    Western languages, as the web takes it (encoding.spec.whatwg.org/#names-and-labels), or Mac Roman where lines end in a carriage return alone, as
    only the old Mac OS had them.

    Raises `LookupError` for a declared encoding that is none.

    >>> decode("Müller".encode("latin-1"))
    ('Müller', 'cp1252')
    """
    for mark, encoding in _MARKS:
        if document.startswith(mark):
            return document.removeprefix(mark).decode(encoding, "replace"), encoding
    if document[1:2] == b"\0" or document[:1] == b"\0":  # what is written in any list begins with ASCII
        encoding = "utf-16-le" if document[1:2] == b"\0" else "utf-16-be"
        return document.decode(encoding, "replace"), encoding
    if declared and codecs.lookup(declared).name.replace("_", "-") in _OF_NO_FILE:
        raise LookupError(f"no file is written in {declared}")
    if declared and declared.encode(declared, "replace") != declared.encode("ascii", "replace"):
        declared = None  # a text that .NET took for UTF-16 and saved as UTF-8, say
    for encoding in filter(None, (declared, "utf-8")):
        try:
            return document.decode(encoding), encoding
        except (UnicodeDecodeError, ValueError):
            continue
    text = document.decode("utf-8", "replace")
    if text.count("\ufffd") < sum(1 for one in text if one > "\x7f" and one != "\ufffd"):
        return text, "utf-8"
    old_mac = b"\r" in document and b"\n" not in document
    encoding = "mac-roman" if old_mac else "cp1252"
    return document.decode(encoding, "replace"), encoding
