"""The OpenAPI document of the JSON API. A test tries the API by it."""

from __future__ import annotations

from typing import Any, Final

PREFIX: Final = "/api/v1"

_TEXT: Final = {"type": "string"}
_TEXT_OR_NOT: Final = {"type": ["string", "null"]}
_NUMBER: Final = {"type": "integer"}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _counted(about: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "description": about}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_WORK: Final = {
    "key": {"type": "string", "description": "The work's identity, like arxiv:2511.01234."},
    "title": _TEXT,
    "url": _TEXT,
    "authors": _list(_TEXT),
    "kind": _TEXT,
    "published": _TEXT_OR_NOT,
    "doi": _TEXT_OR_NOT,
    "venue": _TEXT_OR_NOT,
    "code": _TEXT_OR_NOT,
}
_MADE_OF_IT: Final = {
    "decisions": _list(_ref("Decision"))
    | {"description": "Who decided what; in a channel that shows no names beside decisions, your own alone."},
    "counts": _list(_ref("Count")),
    "summaries": _list(_ref("Summary")),
}
_WEEK_OF: Final = _object(channel=_TEXT, week=_TEXT)

_SCHEMAS: Final = {
    "Error": _object(error=_TEXT),
    "Decision": _object(member=_TEXT, decision=_TEXT, channel=_TEXT, at=_TEXT),
    "Count": _object(channel=_TEXT, decision=_TEXT, members=_NUMBER),
    "Summary": _object(member=_TEXT, text=_TEXT, channel=_TEXT, at=_TEXT, edited=_TEXT_OR_NOT),
    "Channels": _object(channels=_list(_object(name=_TEXT, platform=_TEXT))),
    "Results": _object(
        results=_list(
            _object(
                **_WORK, digests=_list(_WEEK_OF), summaries=_NUMBER, excerpts=_list(_object(where=_TEXT, text=_TEXT))
            )
        ),
        more={"type": "boolean"},
    ),
    "Item": _object(
        **_WORK,
        **_MADE_OF_IT,
        abstract=_TEXT,
        institutions=_list(_TEXT),
        mentions=_list(_object(source=_TEXT, url=_TEXT, title=_TEXT, quote=_TEXT, at=_TEXT)),
        digests=_list(_object(channel=_TEXT, week=_TEXT, rank=_NUMBER)),
        similar=_list(_object(key=_TEXT, title=_TEXT, url=_TEXT)),
    ),
    "Shown": _object(**_WORK, **_MADE_OF_IT, rank=_NUMBER, minutes=_NUMBER),
    "Week": _object(
        channel=_TEXT,
        week=_TEXT,
        minutes=_NUMBER,
        picks=_list(_ref("Shown")),
        also=_list(_ref("Shown")),
        before=_TEXT_OR_NOT,
        after=_TEXT_OR_NOT,
    ),
    "Listed": _object(**_WORK, channel=_TEXT, decision=_TEXT, since=_TEXT, minutes=_NUMBER, thread=_TEXT_OR_NOT),
    "ReadingList": _object(minutes=_NUMBER, waiting=_list(_ref("Listed")), owed=_list(_ref("Listed"))),
    "WeekFigures": _object(
        week=_TEXT,
        shown=_counted("Works that were shown."),
        wanted=_counted("Works that somebody marked, or read."),
        marked=_counted("Works that somebody marked must-read or to read."),
        read=_counted("Works that somebody read."),
        skipped=_counted("Works that everybody who decided skipped."),
        summarised=_counted("Works with a summary."),
        wanted_and_summarised=_counted("Of the wanted, those with a summary: the thirty-second rule."),
        only_read=_counted("Read, without a summary."),
        only_marked=_counted("Marked, and not read."),
        skipped_unread=_counted("Skipped, and not read."),
        passed_over=_counted("Works on which nobody decided."),
    ),
    "SourceYield": _object(
        source=_TEXT,
        shown=_counted("Works of the source that were shown."),
        marked=_counted("Of these, those that somebody marked, or read."),
        read=_counted("Those that somebody read."),
        summarised=_counted("Those with a summary."),
        rate={"type": "number", "minimum": 0, "maximum": 1, "description": "The share that somebody marked, or read."},
    ),
    "OwnFigures": _object(
        marked=_counted("Works that you marked."),
        read=_counted("Works that you read."),
        skipped=_counted("Works that you skipped."),
        written=_counted("Summaries that you wrote."),
        owed=_counted("Works that you read without a summary of yours."),
    ),
    "Statistics": _object(
        channel=_TEXT,
        members={"type": ["integer", "null"]},
        weeks=_list(_ref("WeekFigures")),
        sources=_list(_ref("SourceYield")),
        own={"anyOf": [_ref("OwnFigures"), {"type": "null"}]},
    ),
}


def _answer(name: str, about: str) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": _ref(name)}}}


def _path(summary: str, schema: str, *parameters: dict[str, Any], errors: tuple[str, ...] = ()) -> dict[str, Any]:
    known = {
        "400": _answer("Error", "The question cannot be answered; the error says what would be right."),
        "404": _answer("Error", "There is nothing of that name that the token may read."),
    }
    return {
        "get": {
            "summary": summary,
            "operationId": schema[0].lower() + schema[1:],
            "parameters": list(parameters),
            "responses": {
                "200": _answer(schema, summary),
                "401": _answer("Error", "No token, or one that was revoked."),
                "503": _answer("Error", "The database cannot be used just now; what was asked may be asked again."),
                **{status: known[status] for status in errors},
            },
        }
    }


def _in_path(name: str, about: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": about,
        "schema": {"type": "string", "minLength": 1},
    }


def _in_query(name: str, about: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": about, "schema": schema}


_CHANNEL: Final = _in_path("channel", "A channel's name.")

DOCUMENT: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Paper Round",
        "version": "1",
        "description": "What the team read, decided and wrote. Read-only. A token reads what its member may read.",
    },
    "security": [{"token": []}],
    "paths": {
        f"{PREFIX}/channels": _path("The channels that the token reads", "Channels"),
        f"{PREFIX}/search": _path(
            "Works that answer a question, best first",
            "Results",
            _in_query(
                "q",
                'Words, "a phrase", begin*, -without, by:MEMBER, decision:must-read, source:ID, week:2026-W30..2026-W34, has:code, has:summary',
                {"type": "string", "minLength": 1, "maxLength": 500},
                required=True,
            ),
            _in_query("most", "How many at most.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
            _in_query(
                "skip", "How many to pass over.", {"type": "integer", "minimum": 0, "maximum": 10_000, "default": 0}
            ),
            errors=("400",),
        ),
        f"{PREFIX}/items/{{key}}": _path(
            "Everything known of a work",
            "Item",
            _in_path("key", "The work's key, or an address of it."),
            errors=("400", "404"),
        ),
        f"{PREFIX}/weeks/{{channel}}/{{week}}": _path(
            "A channel's week with what the team made of it",
            "Week",
            _CHANNEL,
            _in_path("week", "An ISO week like 2026-W34, or latest."),
            errors=("400", "404"),
        ),
        f"{PREFIX}/reading-list": _path("The reading list of the token's member", "ReadingList", errors=("400",)),
        f"{PREFIX}/statistics/{{channel}}": _path("A channel's figures", "Statistics", _CHANNEL, errors=("404",)),
    },
    "components": {
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        "schemas": _SCHEMAS,
    },
}
